"""The shelf: what may be quoted today, as a report would say it."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import redaction
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.model.moment import Moment
from incidents.redaction import Quoted
from incidents.release import making
from incidents.web import wanted
from incidents.web.frame import go, page, work, wrong
from incidents.web.language import label, speaks
from incidents.web.records import as_id
from incidents.work import Permission

routes = Blueprint("quotes", __name__)
ADULT = "ADU"
WITH_AGE = {
    "F": _l("a %(age)s-year-old woman"),
    "M": _l("a %(age)s-year-old man"),
    "TW": _l("a %(age)s-year-old trans woman"),
    "TM": _l("a %(age)s-year-old trans man"),
}
WITH_BAND = {
    "F": _l("a woman aged %(band)s"),
    "M": _l("a man aged %(band)s"),
    "TW": _l("a trans woman aged %(band)s"),
    "TM": _l("a trans man aged %(band)s"),
}
BARE = {"F": _l("a woman"), "M": _l("a man"), "TW": _l("a trans woman"), "TM": _l("a trans man")}
CHILD = {"F": _l("a girl"), "M": _l("a boy")}


@routes.get("/quotes")
@needs(Permission.RELEASE_DOWNLOAD)
def shelf() -> Response:
    """What two people signed, and what everybody in it agrees to today; nothing else is ever shown here."""
    chosen = {name: request.args.get(name, "") for name in ("act", "state", "kind")}
    found = redaction.shelf(work(), **chosen)
    return page("redaction/shelf.html", quotes=[as_shown(each) for each in found], chosen=chosen)


@routes.route("/releases/quotes", methods=["GET", "POST"])
@needs(Permission.RELEASE_PREPARE)
def choose() -> Response:
    """Which of these the report prints that goes with tables: none, unless somebody chooses it."""
    rules, asked = wanted.asked(request.args)
    if rules.product != "tables":
        raise NotFound
    found = redaction.shelf(work())
    address: dict[str, Any] = request.args.to_dict(flat=False)
    context: dict[str, Any] = {
        "quotes": [as_shown(each) for each in found],
        "chosen": [str(id) for id in asked.quotes],
        "again_url": url_for("release.new", **address),
    }
    if request.method == "GET":
        return page("release/quotes.html", **context)
    ids = [as_id(each) for each in request.form.getlist("quotes")]
    try:
        if not {each.id for each in found} >= set(ids):
            raise InvalidInput(
                {"quotes": [_("Something that you chose may not leave any more, and is not below.")]}
            )
        job = making.start(work(), replace(asked, quotes=tuple(ids)))
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return wrong("release/quotes.html", problem, **{**context, "chosen": [str(id) for id in ids]})
    return go("making.show", id=job.id)


def as_shown(quoted: Quoted) -> dict[str, Any]:
    line = {
        "age": quoted.age,
        "age_band": quoted.age_band,
        "gender": quoted.gender,
        "nationality": quoted.nationality,
    }
    return {
        "id": quoted.id,
        "kind": quoted.kind.value,
        "text": quoted.text,
        "language": quoted.language,
        "called": called(quoted.pseudonym, line),
        "state": quoted.state,
        "month": month(quoted.month),
        "acts": list(quoted.acts),
        "signed_on": quoted.signed_on,
    }


def month(said: str) -> str:
    return Moment.parse(said).in_words(speaks()) if said else ""


def called(pseudonym: str, line: dict[str, Any]) -> str:
    """As a report writes it: Cecilia P., a 36-year-old woman from Venezuela."""
    who = _who(line)
    countries = [label(each, "nationality") for each in line.get("nationality") or ()]
    where = _("from %(country)s", country=" / ".join(countries)) if countries else ""
    beside = " ".join(part for part in (who, where) if part)
    return f"{pseudonym}, {beside}" if beside else pseudonym


def _who(line: dict[str, Any]) -> str:
    age, band, gender = line.get("age"), line.get("age_band"), line.get("gender") or ""
    if age is not None:
        said = str(WITH_AGE.get(gender, _l("a %(age)s-year-old person"))) % {"age": age}
        return _an(said, age)
    if band == "CHI":
        return str(CHILD.get(gender, _l("a child")))
    if band and band != ADULT:
        return str(WITH_BAND.get(gender, _l("a person aged %(band)s"))) % {"band": label(band, "age_band")}
    return str(BARE.get(gender, _l("an adult") if band == ADULT else ""))


def _an(said: str, age: int) -> str:
    """English says an 18-year-old."""
    vowel = str(age).startswith("8") or age in (11, 18)
    return f"an{said[1:]}" if vowel and speaks() == "en" and said.startswith("a ") else said
