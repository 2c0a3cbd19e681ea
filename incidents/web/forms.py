"""What is typed into a form, and the document it says: there and back, so that nothing typed is lost.

A field is named by its path in the report document (`persons.1.facts.gender`). Codes of a list
repeat one name; moments and places come in pieces (see moments.py). What a block leaves wholly empty is
not in the document; a problem is told at the field where it was typed, whatever was left out before it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeAlias

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput
from incidents.intake import schema
from incidents.model.people import IDENTITY_FIELDS
from incidents.model.vocabulary import Purpose
from incidents.web import moments
from incidents.web.blocks import Form, lay_out, links
from incidents.web.numbers import is_whole, whole


class Leaf(Enum):
    """How one field is typed."""

    AHEAD = auto()  # a day to come: one of a few, or NAME.day
    CHECK = auto()  # a box that says yes or nothing
    CODES = auto()  # one name, repeated
    LINES = auto()  # one name each: name.0, name.1
    MOMENT = auto()
    PLACE = auto()
    TEXT = auto()
    TO_COME = auto()  # a moment that may lie ahead, such as a hearing
    WORDS = auto()  # somebody's own words: every character is kept


Shape: TypeAlias = "Leaf | dict[str, Shape] | list[Shape]"
T = Leaf.TEXT


def _texts(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, T)


COUNT: Shape = _texts("min", "best", "max")
TERMS: Shape = {
    **_texts("since", "until"),
    **dict.fromkeys(("restricted", "no_place", "no_date"), Leaf.CHECK),
    **dict.fromkeys(("parts", "recipients"), Leaf.LINES),
}
CONSENT: Shape = {
    **_texts("method", "language", "given_by", "relation", "kin", "guardian_doer", "capacity"),
    **_texts("explained", "interpreter", "legal_basis", "safe", "for_search", "notice", "on"),
    "restricted": Leaf.CHECK,
    "terms": {purpose.value: TERMS for purpose in Purpose},
    "names": _texts("interviewer", "interpreter", "witness", "guardian"),
    "decisions": _texts(*(purpose.value for purpose in Purpose)),
}
MPP: Shape = {
    "returned_on": [Leaf.MOMENT],
    "next_hearing": Leaf.TO_COME,
    **_texts("port", "times_returned", "hearing_missed", "fear_expressed", "fear_interview"),
    **_texts("outcome", "counsel"),
}
KIDNAPPING: Shape = {
    "taken": Leaf.PLACE,
    "held": [Leaf.PLACE],
    "released": Leaf.PLACE,
    "since": Leaf.MOMENT,
    "until": Leaf.MOMENT,
    **_texts("asked", "paid", "currency", "usd", "channel", "release"),
}
PERSON: Shape = {
    "key": T,
    "kind": T,
    "teller": Leaf.CHECK,
    "identity": _texts(*(name for name in IDENTITY_FIELDS if name != "safe_contact")),
    "safe_contact": _texts("may_call", "hours", "language", "message", "code_word", "phone_held"),
    "facts": {
        **_texts("gender", "age", "age_band", "birth_year", "family", "origin"),
        "nationality": Leaf.LINES,
        "population": Leaf.CODES,
        "group_size": COUNT,
    },
    "consent": CONSENT,
}
ACT: Shape = {
    **_texts("key", "type", "status"),
    "moment": Leaf.MOMENT,
    "place": Leaf.PLACE,
    "first": Leaf.MOMENT,
    "last": Leaf.MOMENT,
    "times": COUNT,
    "methods": Leaf.CODES,
    "weapons": Leaf.CODES,
    "kidnapping": KIDNAPPING,
    "extortion": _texts("asked", "paid", "currency", "usd", "recurring", "purpose", "channel"),
}
REPORT: dict[str, Shape] = {
    "interview": {
        "on": Leaf.MOMENT,
        "place": Leaf.PLACE,
        **_texts("mode", "language", "private", "interpreter", "outcome", "told_before"),
        **dict.fromkeys(("others_present", "told_whom"), Leaf.CODES),
    },
    "danger": T,
    "danger_before": Leaf.AHEAD,
    "asks": T,
    "narrative": Leaf.WORDS,
    "summary": T,
    "incident": {
        "moment": Leaf.MOMENT,
        "time": T,
        "place": Leaf.PLACE,
        **_texts("exposure", "programme", "response", "hearing_missed"),
        **dict.fromkeys(("outcome", "authorities", "not_reported", "tags"), Leaf.CODES),
        "mpp": MPP,
        "targeting": {**dict.fromkeys(("reasons", "recognised"), Leaf.CODES), "said_by": T},
    },
    "acts": [ACT],
    "persons": [PERSON],
    "involvements": [
        {**_texts("person", "act", "part", "age"), **dict.fromkeys(("outcome", "injury"), Leaf.CODES)}
    ],
    "perpetrators": [{**_texts("type", "name", "group", "collusion", "basis", "degree"), "number": COUNT}],
    "sources": [_texts("type", "relation", "reliability", "first_hand", "origin", "citation")],
}
FIELDS = frozenset({*REPORT, "practice"})  # the last says that no report is meant
BLOCKS = ("acts", "persons", "involvements", "perpetrators", "sources")

# The schema speaks to programs too; to a person the same is said like this.
PLAINER = {
    "Not a valid integer.": _l("Write a whole number, such as 17."),
    "Missing data for required field.": _l("Choose one, or leave all of this block empty."),
    "Must be greater than or equal to 0.": _l("A number of people is never below zero."),
}


@dataclass
class Read:
    """A document as it was typed, where its entries stand in the form, what could not be read."""

    document: dict[str, Any] = field(default_factory=dict)
    stands: dict[str, list[int]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    lists: dict[str, set[int]] = field(default_factory=dict)  # path of a list → which entries were sent


# -- from the form to the document


def load(form: Form, keep: Iterable[str] = ()) -> dict[str, Any]:
    """The document that was typed, checked. Entries with a key to `keep` stay even where they say nothing."""
    typed = read(form, keep)
    errors = dict(typed.errors)
    try:
        document = schema.load(typed.document)
    except InvalidInput as problem:
        errors = at_fields(problem.fields, typed, form) | errors
    if errors:
        raise InvalidInput(errors)
    return document


def read(form: Form, keep: Iterable[str] = ()) -> Read:
    """The document that was typed, not checked yet."""
    typed = Read(lists=_lists(form))
    document = _take(form, REPORT, "", typed)
    for name in BLOCKS:
        entries = document.pop(name, {})
        kept = {at: entry for at, entry in entries.items() if _says(name, entry, document, set(keep))}
        if kept:
            typed.stands[name], document[name] = list(kept), list(kept.values())
    typed.document = _linked(document, typed)
    return typed


def _lists(form: Form) -> dict[str, set[int]]:
    """Which entries of which lists were sent, found in one walk: a large form is not gone through once a person."""
    found: dict[str, set[int]] = {}
    for name in form:
        parts = name.split(".", 8)
        for at, part in enumerate(parts):
            if is_whole(part) and len(part) <= 6:
                found.setdefault(".".join(parts[:at]), set()).add(whole(part))
    return found


def filled(form: Form) -> set[str]:
    """Every field that says something, and whatever it lies in (`acts.0.kidnapping.since`, `acts.0.kidnapping`)."""
    found: set[str] = set()
    for name in {name for name, value in form.items(multi=True) if value}:
        parts = name.split(".")
        found.update(".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return found


def is_field(name: str) -> bool:
    """Whether a name is one of a report's fields, and not something else that a browser sends along."""
    return name.partition(".")[0] in FIELDS


def anything(document: dict[str, Any]) -> bool:
    """Whether a document says anything at all; nobody being in danger is not yet something."""
    outcome = document.get("interview", {}).get("outcome")  # that nothing had happened is something
    return bool(outcome) or bool(
        {name for name, value in document.items() if value} - {"danger", "interview"}
    )


def _take(form: Form, shape: Shape, at: str, typed: Read) -> Any:
    if isinstance(shape, dict):
        inner = {name: _take(form, one, f"{at}.{name}".lstrip("."), typed) for name, one in shape.items()}
        return {name: value for name, value in inner.items() if value not in (None, "", [], {})}
    if isinstance(shape, list):
        entries = {n: _take(form, shape[0], f"{at}.{n}", typed) for n in sorted(typed.lists.get(at, ()))}
        return entries if at in BLOCKS else _full(entries, at, typed)
    if shape in (Leaf.MOMENT, Leaf.TO_COME, Leaf.PLACE):
        return _pieces(form, shape, at, typed)
    return _text(form, shape, at, typed)


def _full(entries: dict[int, Any], at: str, typed: Read) -> list[Any]:
    """The entries of a short list that say anything."""
    kept = {number: entry for number, entry in entries.items() if entry}
    typed.stands[at] = list(kept)
    return list(kept.values())


def _pieces(form: Form, shape: Leaf, at: str, typed: Read) -> dict[str, str] | None:
    """A moment or a place out of its pieces; what is missing is told at the piece."""
    names = moments.PLACE_PIECES if shape is Leaf.PLACE else moments.MOMENT_PIECES
    given = {name: form.get(f"{at}.{name}", "") for name in names}
    said: dict[str, str] | None
    if shape is Leaf.PLACE:
        said, wrong = moments.where(given)
    else:
        said, wrong = moments.moment(given, may_come=shape is Leaf.TO_COME)
    typed.errors |= {f"{at}.{piece}": [sentence] for piece, sentence in wrong.items()}
    return said


def _text(form: Form, shape: Leaf, at: str, typed: Read) -> Any:
    if shape is Leaf.CHECK:
        return form.get(at) == "yes" or None
    if shape is Leaf.AHEAD:
        day = form.get(f"{at}.day") or form.get(at)
        return day if form.get("danger") == "before" else None
    if shape is Leaf.CODES:
        return list(dict.fromkeys(value for value in form.getlist(at) if value))
    if shape is Leaf.LINES:
        lines = sorted(typed.lists.get(at, ()))
        return list(dict.fromkeys(value for n in lines if (value := form.get(f"{at}.{n}"))))
    text = form.get(at, "").replace("\r\n", "\n")  # how a browser sends a line's end
    return (text if text.strip() else "") if shape is Leaf.WORDS else text.strip()


def _says(name: str, entry: dict[str, Any], document: dict[str, Any], keep: set[str]) -> bool:
    """Whether a block says anything. Whoever told the account is in the report, even without a name."""
    if name == "involvements":
        return bool(entry.keys() - {"act", "person"})
    if name == "persons":
        _tidy(entry, of_its_kind=entry.get("key") not in keep)
        told = entry.get("teller") and any(document.get(word) for word in ("narrative", "summary", "asks"))
        return bool(told) or entry.get("key") in keep or bool(entry.keys() - {"key", "kind", "teller"})
    return entry.get("key") in keep or bool(entry.keys() - {"key"})


def _tidy(entry: dict[str, Any], *, of_its_kind: bool) -> None:
    """Consent only where something was asked; of a person or a group only what such a one can have."""
    consent = entry.pop("consent", {})
    asked = {purpose: said for purpose, said in consent.get("decisions", {}).items() if said != "not_asked"}
    if asked:
        entry["consent"] = {**consent, "decisions": asked}
    if not of_its_kind:
        return
    group, facts = entry.get("kind") == "group", entry.pop("facts", {})
    hidden = ("gender", "age", "age_band") if group else ("group_size",)
    facts = {name: value for name, value in facts.items() if name not in hidden}
    if facts:
        entry["facts"] = facts
    if group:
        entry.pop("identity", None)


def _linked(document: dict[str, Any], typed: Read) -> dict[str, Any]:
    """Parts in acts, without those of blocks that were left empty."""
    known = {name: {e.get("key") for e in document.get(f"{name}s", [])} for name in ("person", "act")}
    links, stands = document.pop("involvements", []), typed.stands.pop("involvements", [])
    kept = [
        (at, link)
        for at, link in zip(stands, links, strict=True)
        if all(link.get(name) in known[name] for name in known)
    ]
    if kept:
        typed.stands["involvements"], document["involvements"] = (
            [at for at, _ in kept],
            [link for _, link in kept],
        )
    return document


def at_fields(found: dict[str, list[str]], typed: Read, form: Form) -> dict[str, list[str]]:
    """The schema's paths as the form has them, in words for people."""
    moved: dict[str, list[str]] = {}
    for path, sentences in found.items():
        parts: list[str] = []
        for part in path.split("."):
            stands = typed.stands.get(".".join(parts), [])
            at = whole(part) if is_whole(part) else len(stands)
            parts.append(str(stands[at]) if at < len(stands) else part)
        here = ".".join(parts)
        if is_whole(parts[-1]) and not any(name == here or name.startswith(f"{here}.") for name in form):
            parts.pop()  # one of several codes under one name
        moved[".".join(parts)] = [str(PLAINER.get(sentence, sentence)) for sentence in sentences]
    return moved


# -- from the document to the form


def typed_from(document: dict[str, Any]) -> Form:
    """A document as a form would have typed it."""
    made: Form = MultiDict(_put(document, REPORT, ""))
    return lay_out(made, links(made))


def _put(value: Any, shape: Shape, at: str) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if isinstance(shape, dict):
        for name, one in shape.items():
            yield from _put(value.get(name), one, f"{at}.{name}".lstrip("."))
    elif isinstance(shape, list):
        for number, entry in enumerate(value):
            yield from _put(entry, shape[0], f"{at}.{number}")
    else:
        yield from _put_leaf(value, shape, at)


def _put_leaf(value: Any, shape: Leaf, at: str) -> Iterator[tuple[str, str]]:
    if shape in (Leaf.MOMENT, Leaf.TO_COME):
        yield from ((f"{at}.{piece}", said) for piece, said in moments.pieces_of(value).items())
    elif shape is Leaf.PLACE:
        yield from ((f"{at}.{piece}", said) for piece, said in moments.place_pieces(value))
    elif shape is Leaf.LINES:
        yield from ((f"{at}.{number}", one) for number, one in enumerate(value))
    elif shape is Leaf.CODES:
        yield from ((at, one) for one in value)
    elif shape is not Leaf.CHECK:
        yield at, str(value)
    elif value is True:
        yield at, "yes"


# -- take-in: what the page does not show stays as it was told

AS_TOLD = ("narrative", "asks", "danger", "danger_before", "interview")


def carried(told: dict[str, Any], coded: dict[str, Any]) -> dict[str, Any]:
    """The document as coded, with what the page of take-in does not show."""
    document = coded | {name: told[name] for name in AS_TOLD if name in told}
    document["incident"] = _kept(told.get("incident", {}), coded.get("incident", {}))
    for name in ("acts", "persons"):
        before = {entry["key"]: entry for entry in told.get(name, [])}
        document[name] = [_kept(before.get(entry["key"], {}), entry) for entry in coded.get(name, [])]
    return document


def _kept(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {name: before[name] for name in ("labels", "consent") if name in before} | now
