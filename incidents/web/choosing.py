"""The differences of a newer version in words, each with what stands here and what its source says now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents.intake import closed, wording
from incidents.intake.differences import NEW, Difference, Leaves
from incidents.model.people import IDENTITY_FIELDS
from incidents.web import beside, edits
from incidents.web.language import day, label

# A label, a value, and in which words of the templates the value is said; "" says it as it is.
Said = tuple[str, Any, str]
SAFE = {
    "phone_held": (_l("The phone may be in captors' hands"), "TRI"), "may_call": (_l("May be called"), "TRI"),
    "hours": (_l("Hours"), ""), "language": (_l("Language"), "LANGUAGE"),
    "message": (_l("A message may be left"), "TRI"), "code_word": (_l("Code word"), ""),
}  # fmt: skip
CONSENT = {
    "given_by": (_l("Who decides"), "GIVEN_BY"), "relation": (_l("Relation"), "RELATION"),
    "guardian_doer": (_l("Did they do it, or are they in the power of whoever did?"), "DOER"),
    "method": (_l("How agreement was given"), "CONSENT_METHOD"),
    "capacity": (_l("Did they understand what it is about?"), "TRI"),
    "explained": (_l("Was it explained how to take back a yes?"), "TRI"),
    "language": (_l("Language"), "LANGUAGE"),
}  # fmt: skip
WORDS = {"narrative": _l("The account"), "summary": _l("The summary")}


def blocks(
    found: Sequence[Difference], document: Mapping[str, Any], *, names_open: bool
) -> list[dict[str, Any]]:
    """The differences of a page: block by block, with a title and the differences of each; names closed or shown."""
    there: dict[tuple[str, str], dict[str, Any]] = {}
    for each in found:
        block = there.setdefault(each.place, {"title": _title(each, document), "lines": []})
        block["lines"].append(_line(each, names_open=names_open))
    return list(there.values())


def _line(each: Difference, *, names_open: bool) -> dict[str, Any]:
    """One choice. `texts`: somebody's own words, which are shown as they are; `marked`: long ones, word by word."""
    block = each.place[0]
    words = (_text(each.ours), _text(each.theirs)) if block == "words" else ()
    return {
        "name": f"take.{each.name}",
        "legend": _legend(each),
        "whole": each.whole,
        "texts": block == "words",
        "marked": wording.passages(*map(str, words)) if words and edits.is_long(*words) else None,
        "ours": _text(each.ours)
        if block == "words"
        else list(_said(block, each.ours, names_open=names_open)),
        "theirs": _text(each.theirs)
        if block == "words"
        else list(_said(block, each.theirs, names_open=names_open)),
        "as_told": any(path[:1] in (("identity",), ("safe_contact",)) for path in each.ours or {}),
    }


def _text(side: Leaves | None) -> str | None:
    return next(iter((side or {}).values()), None)


# -- titles


def _title(each: Difference, document: Mapping[str, Any]) -> str:
    block, key = each.place
    alone = {
        "words": _("In their own words"),
        "interview": _("The conversation"),
        "perpetrators": _("Alleged perpetrators"),
        "sources": _("Sources"),
    }
    if block == "involvements":
        person, act = key.split(" ", 1)
        numbers = {
            "person": _number("persons", person, document),
            "act": _number("acts", act, document),
        }
        return str(_("Person %(person)s in act %(act)s", **numbers))
    return str(alone.get(block) or beside.block_in_words(block, _number(block, key, document) if key else 0))


def _number(block: str, key: str, document: Mapping[str, Any]) -> int:
    """As the newer version counts; whoever it names no more stands behind."""
    keys = [entry["key"] for entry in document.get(block) or ()]
    return keys.index(key) + 1 if key in keys else len(keys) + 1


def _legend(each: Difference) -> str:
    """The fields that it is about; a whole entry says whether it is new or gone."""
    if each.whole == NEW:
        return str(_("New at its source"))
    if each.whole:
        return str(_("No longer at its source"))
    paths = [path for path in {**(each.before or {}), **(each.theirs or {})} if path]
    differ = [path for path in paths if (each.before or {}).get(path) != (each.theirs or {}).get(path)]
    return ", ".join(dict.fromkeys(_word(path) for path in differ)) or str(_("What is told of it"))


def _word(path: Sequence[str]) -> str:
    if path[0] == "consent":
        return str(_("Consent"))
    if path[0] == "safe_contact":
        return str(_("How to reach this person safely"))
    if path[-2:-1] == ("labels",):
        return str(path[-1])
    return str(WORDS.get(path[-1]) or beside.WORDS.get(path[-1], path[-1]))


# -- one side


def _said(block: str, side: Leaves | None, *, names_open: bool) -> Iterator[Said]:
    for path, value in (side or {}).items():
        if not path:
            yield from _entries(block, value)
        elif path[0] in closed.HELD and not names_open:
            yield path[-1], "", "CLOSED"
        elif path[0] == "consent":
            yield from _consent(value)
        elif path[0] == "safe_contact":
            yield from ((str(SAFE[name][0]), inner, SAFE[name][1]) for name, inner in value.items())
        elif path[0] == "identity":
            yield (path[-1], value, "IDENTITY") if path[-1] in IDENTITY_FIELDS else (path[-1], value, "")
        elif path[-2:-1] == ("labels",):
            yield path[-1], value, ""
        elif value not in ("", [], {}, False) and (path[-1], value) != ("kind", "individual"):
            yield _word(path), beside.in_words(".".join((block, *path)), value), ""


def _entries(block: str, entries: Iterable[Mapping[str, Any]]) -> Iterator[Said]:
    """Several of a kind, one after another; the names of alleged doers are not opened for this."""
    for number, entry in enumerate(entries, 1):
        said = "; ".join(f"{word}: {text}" for word, text in beside.said(block, entry))
        one = _("Part in the act") if block == "involvements" else beside.block_in_words(block, number)
        yield one, said, ""


def _consent(given: Mapping[str, Any]) -> Iterator[Said]:
    for purpose, said in (given.get("decisions") or {}).items():
        yield label(purpose, "consent_purpose"), said, "ANSWER"
    for name, (text, words) in CONSENT.items():
        if given.get(name):
            yield str(text), given[name], words
    if given.get("restricted"):
        yield _("It may be said that there was sexual violence or torture"), "yes", "TRI"
    for purpose, terms in (given.get("terms") or {}).items():
        if limits := list(_limits(terms)):
            yield _("Limits: %(use)s", use=label(purpose, "consent_purpose")), "; ".join(limits), ""
    if given.get("on"):
        yield _("Date"), day(given["on"]), ""


def _limits(terms: Mapping[str, Any]) -> Iterator[str]:
    if terms.get("no_place"):
        yield _("Without the place")
    if terms.get("no_date"):
        yield _("Without the date")
    if terms.get("until"):
        yield _("until %(day)s", day=day(terms["until"]))
    yield from terms.get("parts") or ()
    yield from terms.get("recipients") or ()
