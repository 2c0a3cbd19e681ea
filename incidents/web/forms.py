"""What is typed into a form, and the document it says: there and back, so that nothing typed is lost.

A field is named by its path in the report document (`persons.1.facts.gender`). Codes of a list
repeat one name; moments and places come in pieces. What a block leaves wholly empty is not in
the document; a problem is told at the field where it was typed, whatever was left out before it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, TypeAlias

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput
from incidents.intake import schema
from incidents.model import place
from incidents.model.people import IDENTITY_FIELDS
from incidents.model.vocabulary import Purpose
from incidents.web.blocks import Form, lay_out


class Leaf(Enum):
    """How one field is typed."""

    CHECK = auto()  # a box that says yes or nothing
    CODES = auto()  # one name, repeated
    LINES = auto()  # one name each: name.0, name.1
    MOMENT = auto()
    PLACE = auto()
    TEXT = auto()
    WORDS = auto()  # somebody's own words: every character is kept


Shape: TypeAlias = "Leaf | dict[str, Shape] | list[Shape]"
T = Leaf.TEXT
COUNT: Shape = {"min": T, "best": T, "max": T}
CONSENT: Shape = {
    **dict.fromkeys(("method", "language", "given_by"), T),
    "restricted": Leaf.CHECK,
    "decisions": dict.fromkeys([purpose.value for purpose in Purpose], T),
}
PERSON: Shape = {
    "key": T,
    "kind": T,
    "teller": Leaf.CHECK,
    "identity": dict.fromkeys(IDENTITY_FIELDS, T),
    "facts": {
        **dict.fromkeys(("gender", "age", "age_band", "origin"), T),
        "nationality": Leaf.LINES,
        "population": Leaf.CODES,
        "group_size": COUNT,
    },
    "consent": CONSENT,
}
REPORT: dict[str, Shape] = {
    "interview": {"on": Leaf.MOMENT, **dict.fromkeys(("mode", "language", "private"), T)},
    "danger": T,
    "asks": T,
    "narrative": Leaf.WORDS,
    "summary": T,
    "incident": {
        "moment": Leaf.MOMENT,
        "time": T,
        "place": Leaf.PLACE,
        **dict.fromkeys(("exposure", "programme", "response", "hearing_missed"), T),
        **dict.fromkeys(("outcome", "authorities"), Leaf.CODES),
    },
    "acts": [{"key": T, "type": T, "status": T, "moment": Leaf.MOMENT, "place": Leaf.PLACE}],
    "persons": [PERSON],
    "involvements": [{"person": T, "act": T, "part": T}],
    "perpetrators": [
        {**dict.fromkeys(("type", "group", "collusion", "basis", "degree"), T), "number": COUNT}
    ],
    "sources": [dict.fromkeys(("type", "relation", "reliability", "first_hand", "origin", "citation"), T)],
}
FIELDS = frozenset(REPORT)
PLACE_PIECES = ("country", "state", "municipality", "type", "precision")
MOMENT_PIECES = ("kind", "day", "until", "month", "year")

# The schema speaks to programs too; to a person the same is said like this.
PLAINER = {
    "Not a valid integer.": _l("Write a whole number, such as 17."),
    "Missing data for required field.": _l("Choose one, or leave all of this block empty."),
    "Must be greater than or equal to 0.": _l("A number of people is never below zero."),
}
DAY_MISSING = _l("Choose the day, or say that it is not known so exactly.")
MONTH_MISSING = _l("Choose the month and the year, or say that they are not known.")
YEAR_MISSING = _l("Write the year with four digits, such as 2019.")
TO_COME = _l("This has not come yet. Look at the year.")


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
        errors = _at_fields(problem.fields, typed, form) | errors
    if errors:
        raise InvalidInput(errors)
    return document


def read(form: Form, keep: Iterable[str] = ()) -> Read:
    """The document that was typed, not checked yet."""
    typed = Read(lists=_lists(form))
    document = _take(form, REPORT, "", typed)
    for name in ("acts", "persons", "involvements", "perpetrators", "sources"):
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
            if part.isdecimal() and len(part) <= 6:
                found.setdefault(".".join(parts[:at]), set()).add(int(part))
    return found


def is_field(name: str) -> bool:
    """Whether a name is one of a report's fields, and not something else that a browser sends along."""
    return name.partition(".")[0] in FIELDS


def anything(document: dict[str, Any]) -> bool:
    """Whether a document says anything at all; nobody being in danger is not yet something."""
    return bool({name for name, value in document.items() if value} - {"danger", "interview"})


def _take(form: Form, shape: Shape, at: str, typed: Read) -> Any:
    if isinstance(shape, dict):
        inner = {name: _take(form, one, f"{at}.{name}".lstrip("."), typed) for name, one in shape.items()}
        return {name: value for name, value in inner.items() if value not in (None, "", [], {})}
    if isinstance(shape, list):
        entries = sorted(typed.lists.get(at, ()))
        return {number: _take(form, shape[0], f"{at}.{number}", typed) for number in entries}
    if shape is Leaf.MOMENT:
        return _moment(form, at, typed)
    if shape is Leaf.PLACE:
        return _place({piece: form.get(f"{at}.{piece}", "").strip() for piece in PLACE_PIECES})
    return _text(form, shape, at, typed)


def _text(form: Form, shape: Leaf, at: str, typed: Read) -> Any:
    if shape is Leaf.CHECK:
        return form.get(at) == "yes" or None
    if shape is Leaf.CODES:
        return list(dict.fromkeys(value for value in form.getlist(at) if value))
    if shape is Leaf.LINES:
        lines = sorted(typed.lists.get(at, ()))
        return list(dict.fromkeys(value for n in lines if (value := form.get(f"{at}.{n}"))))
    text = form.get(at, "").replace("\r\n", "\n")  # how a browser sends a line's end
    return (text if text.strip() else "") if shape is Leaf.WORDS else text.strip()


def _moment(form: Form, at: str, typed: Read) -> dict[str, str] | None:
    kind, day, until, month, year = (form.get(f"{at}.{piece}", "").strip() for piece in MOMENT_PIECES)
    kind = kind or _kind(day, until, month, year)
    missing = {
        "day": {"day": DAY_MISSING} if not day else {},
        "about": {"day": DAY_MISSING} if not day else {},
        "range": {name: DAY_MISSING for name, value in (("day", day), ("until", until)) if not value},
        "month": {"month": MONTH_MISSING} if not (month and year) else {},
        "year": {"year": YEAR_MISSING} if not year else {},
    }.get(kind, {})
    typed.errors |= {f"{at}.{piece}": [sentence] for piece, sentence in missing.items()}
    said = {
        "day": (day, "DAY"),
        "about": (f"{day}~", "APX"),
        "range": (f"{day}/{until}", "RNG"),
        "month": (f"{year}-{month}", "MON"),
        "year": (year, "YEA"),
        "unknown": ("", "UNK"),
    }.get(kind)
    if said is None or missing:
        return None
    piece = {"range": "until", "month": "year", "year": "year"}.get(kind, "day")
    if said[0].rpartition("/")[2].rstrip("~") > _tomorrow()[: len(said[0])]:
        typed.errors[f"{at}.{piece}"] = [TO_COME]
        return None  # said once, at its field
    return {"edtf": said[0], "precision": said[1]}


def _tomorrow() -> str:
    """Today, wherever on earth it is written; nothing that is told lies beyond."""
    return (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


def _kind(day: str, until: str, month: str, year: str) -> str:
    """What the pieces say by themselves, where nobody said how exactly it is known."""
    if day:
        return "range" if until else "day"
    return "month" if month and year else "year" if year else ""


def _place(pieces: dict[str, str]) -> dict[str, str]:
    """A municipality's code says its state, a state's its country; the precision is that of the finest code."""
    given = {name: value for name, value in pieces.items() if value}
    state = place.MEXICAN_STATES.get(given.get("municipality", "")[:2])
    if state and "state" not in given:
        given["state"] = state
    if "state" in given and "country" not in given:
        country = next((a3 for a3, a2 in place.countries().items() if a2 == given["state"][:2]), None)
        given |= {"country": country} if country else {}
    return given


def _says(name: str, entry: dict[str, Any], document: dict[str, Any], keep: set[str]) -> bool:
    """Whether a block says anything. Whoever told the account is in the report, even without a name."""
    if name == "involvements":
        return bool(entry.get("part"))
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


def _at_fields(found: dict[str, list[str]], typed: Read, form: Form) -> dict[str, list[str]]:
    """The schema's paths as the form has them, in words for people."""
    moved: dict[str, list[str]] = {}
    for path, sentences in found.items():
        parts = path.split(".")
        stands = typed.stands.get(parts[0], [])
        if len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(stands):
            parts[1] = str(stands[int(parts[1])])
        if parts[-1].isdigit() and ".".join(parts) not in form:
            parts.pop()  # one of several codes under one name
        moved[".".join(parts)] = [str(PLAINER.get(sentence, sentence)) for sentence in sentences]
    return moved


# -- from the document to the form


def typed_from(document: dict[str, Any]) -> Form:
    """A document as a form would have typed it."""
    pairs = list(_put(document, REPORT, ""))
    made = MultiDict((name, value) for name, value in pairs if not name.startswith("involvements."))
    links = {(link["act"], link["person"]): link.get("part", "") for link in document.get("involvements", [])}
    return lay_out(made, links)


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
    if shape is Leaf.MOMENT:
        yield from ((f"{at}.{piece}", said) for piece, said in pieces_of(value).items())
    elif shape is Leaf.PLACE:
        yield from ((f"{at}.{piece}", value[piece]) for piece in PLACE_PIECES if value.get(piece))
    elif shape is Leaf.LINES:
        yield from ((f"{at}.{number}", one) for number, one in enumerate(value))
    elif shape is Leaf.CODES:
        yield from ((at, one) for one in value)
    elif shape is not Leaf.CHECK:
        yield at, str(value)
    elif value is True:
        yield at, "yes"


def pieces_of(moment: dict[str, str]) -> dict[str, str]:
    """The pieces of a moment; none where it is of a kind that the form has no pieces for."""
    edtf, (first, _, last) = moment["edtf"], moment["edtf"].partition("/")
    match moment["precision"]:
        case "DAY":
            return {"kind": "day", "day": edtf}
        case "APX":
            return {"kind": "about", "day": edtf.rstrip("~")}
        case "MON":
            return {"kind": "month", "year": edtf[:4], "month": edtf[5:]}
        case "YEA":
            return {"kind": "year", "year": edtf}
        case "RNG" if len(first) == len(last) == len("2019-11-14"):
            return {"kind": "range", "day": first, "until": last}
        case "UNK":
            return {"kind": "unknown"}
    return {}


# -- take-in: what the page does not show stays as it was told

AS_TOLD = ("narrative", "asks", "danger", "interview")


def carried(told: dict[str, Any], coded: dict[str, Any]) -> dict[str, Any]:
    """The document as coded, with what the page of take-in does not show."""
    document = coded | {name: told[name] for name in AS_TOLD if name in told}
    document["incident"] = _kept(told.get("incident", {}), coded.get("incident", {}))
    for name in ("acts", "persons"):
        before = {entry["key"]: entry for entry in told.get(name, [])}
        document[name] = [_kept(before.get(entry["key"], {}), entry) for entry in coded.get(name, [])]
    parts = {(link["person"], link["act"]): link for link in told.get("involvements", [])}
    document["involvements"] = [
        parts.get((link["person"], link["act"]), {}) | link for link in coded.get("involvements", [])
    ]
    return document


def unshown(told: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Moments that the pieces of the form cannot say: by the key of their act, the incident's by an empty one."""
    moments = {entry["key"]: entry.get("moment") for entry in told.get("acts", [])}
    moments[""] = told.get("incident", {}).get("moment")
    return {key: moment for key, moment in moments.items() if moment and not pieces_of(moment)}


def _kept(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    kept = {name: before[name] for name in ("labels", "consent") if name in before} | now
    if "moment" in before and "moment" not in now and not pieces_of(before["moment"]):
        kept["moment"] = before["moment"]
    return kept
