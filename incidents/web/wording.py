"""What is typed for the text of an edition: its page, and how a form and a release show it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from incidents import members
from incidents.errors import InvalidInput
from incidents.gate import needs
from incidents.release import named, policy, tabled, wording
from incidents.release.text.accounts import FORMS
from incidents.release.text.numbers import LANGUAGES
from incidents.release.text.words import words
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import reads, speaks
from incidents.work import Permission

P = Permission
routes = Blueprint("wording", __name__, url_prefix="/releases/wording")
REFUSED = (named.NamesSomebody, named.WordsLikeNames)
ALIKE = named.WordsLikeNames.code

CALLED = {
    "organisation": _l("Name of the organization"),
    "title": _l("Title of the report"),
    "places": _l("Where you worked"),
    "not_reached": _l("Who was not reached"),
    "overlap": _l("Overlap with other organizations"),
    "requests": _l("Requests for comment"),
    "purpose_explained": _l("We explained who we are, what the interview was for, and how it would be used"),
    "could_stop": _l("People could leave out any question and stop at any time"),
    "nobody_paid": _l("Nobody was paid or offered anything for speaking"),
    "in_private": _l("We spoke in a private place (printed only where no interview says so itself)"),
    "person": _l("An interview in person"),
    "phone": _l("An interview by telephone or video"),
    "withheld": _l("An interview with name and place withheld"),
    "record": _l("A case that rests on no interview with the person"),
}
TONGUES = {"en": _l("English"), "es": _l("Spanish")}


@routes.route("", methods=["GET", "POST"], endpoint="typed")
@needs(P.RELEASE_PREPARE)
def typed() -> Response:
    """Type it, or what was typed last; then back to the choice that stands in the address."""
    if request.method == "GET":
        return page("release/wording.html", form=_as_form(_last()), **_context())
    try:
        wording.keep(work(), _document())
    except InvalidInput as problem:
        return wrong("release/wording.html", problem, **_context())
    say(_("Kept, sealed. It goes into the text of the edition that you prepare next."))
    return go("release.new", **request.args.to_dict(flat=False))


def _context() -> dict[str, Any]:
    return {
        "paragraphs": [(name, CALLED[name], HELP[name]()) for name in wording.PARAGRAPHS],
        "said": [(name, CALLED[name]) for name in wording.SAID],
        "forms": [(name, CALLED[name]) for name in FORMS],
        "usual": words()["note"],
        "tongues": list(TONGUES.items()),
        "called": {place: in_words(place) for place in _places()},
        "back_url": _back_url(),
    }


def _back_url() -> str:
    address: dict[str, Any] = request.args.to_dict(flat=False)
    return url_for("release.new", **address)


HELP = {
    "places": lambda: _("Cities, shelters by kind, when you were there. No place by which somebody could be found."),
    "not_reached": lambda: _("Who is missing from these interviews, and why: people held, languages, places."),
    "overlap": lambda: _("Whom else people may have told, and what that means for adding figures."),
    "requests": lambda: _("Which authorities were asked for comment, when, and what they answered."),
}  # fmt: skip


def _places() -> Iterator[str]:
    """The fields of the page."""
    yield from ("organisation", *wording.SAID)
    for name in (*wording.LINES, *wording.PARAGRAPHS, *(f"style.{form}" for form in FORMS)):
        yield from (f"{name}.{language}" for language in LANGUAGES)


def in_words(place: str) -> str:
    """What a field is called on pages: “Title of the report (Spanish)”."""
    *above, last = place.split(".")
    if last not in TONGUES:
        return str(CALLED[last])
    return f"{CALLED[above[-1]]} ({TONGUES[last]})"


def _document() -> dict[str, Any]:
    """The form as a document; what the page does not ask for is not read."""
    found: dict[str, Any] = {}
    for place in _places():
        *above, last = place.split(".")
        inner = found
        for name in above:
            inner = inner.setdefault(name, {})
        text = request.form.get(place, "")
        inner[last] = text == "yes" if last in wording.SAID else text
    return found


def _as_form(said: wording.Texts) -> "MultiDict[str, str]":
    flags = ((name, "yes") for name in wording.SAID if said.get(name))
    return MultiDict([*wording.places(said), *flags])


def _last() -> wording.Texts:
    row = wording.newest(work())
    return wording.texts(work(), row) if row else {}


# -- on other pages


def line() -> dict[str, Any] | None:
    """What was typed last, as the form of a choice shows it."""
    row = wording.newest(work())
    if row is None:
        return None
    by = members.names(work()).get(row.typed_by, "–")
    return {"id": str(row.id), "on": row.typed_at.date(), "by": by, **_shown(wording.texts(work(), row))}


def chosen(rules: policy.Policy) -> dict[str, str]:
    """Which of what was typed goes in, as part of an address; nothing, where no text is made."""
    id = request.form.get("wording", "")
    return {"wording": id} if id and rules.product == tabled.PRODUCT else {}


def of(manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was typed for a release, as its page shows it; nothing, where nothing was."""
    said = manifest.get(tabled.TYPED)
    return _shown(said) if said else None


def _own_first(places: Iterable[str]) -> list[str]:
    """In the order of the fields; of each, the language of whoever reads before the other."""
    fields: dict[str, list[str]] = {}
    for place in places:
        fields.setdefault(place.removesuffix(".en").removesuffix(".es"), []).append(place)
    return [
        each for found in fields.values() for each in sorted(found, key=lambda one: not one.endswith(reads()))
    ]


def _shown(said: wording.Texts) -> dict[str, Any]:
    typed = dict(wording.places(said))
    return {
        "texts": [(in_words(place), typed[place]) for place in _own_first(typed)],
        "said": [str(CALLED[name]) for name in wording.SAID if said.get(name)],
        "missing": [in_words(f"{name}.{language}") for name, language in wording.missing(said)],
        "numbered": [in_words(place) for place in _own_first(wording.numbered(said))],
        "language": speaks(),
    }
