"""Two documents beside each other: a report as it was told and an incident as it is understood, line by line."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents.intake.coded import list_of
from incidents.model.place import precision_of
from incidents.web import language
from incidents.web.language import label
from incidents.web.numbers import is_whole, whole

Place: TypeAlias = tuple[str, str]  # a block and the key of an entry in it
HIDDEN = frozenset(
    {"key", "person", "act", "labels", "origin", "schema", "consent", "identity", "safe_contact"}
)
BLOCKS = ("acts", "persons", "involvements", "perpetrators", "sources")
TRI = {"yes": _l("Yes"), "no": _l("No"), "suspected": _l("Suspected")}
KINDS = {"individual": _l("One person"), "group": _l("A group")}
WORDS = {
    "age": _l("Age"), "age_band": _l("Age group"), "asked": _l("How much was asked?"), "authorities": _l("Told to"),
    "basis": _l("How it is known"), "birth_year": _l("Year of birth"), "channel": _l("How was it paid?"),
    "collusion": _l("State agents"), "counsel": _l("Was there a lawyer?"), "currency": _l("In which currency?"),
    "degree": _l("Part played"), "exposure": _l("Situation"), "family": _l("Family"),
    "fear_expressed": _l("Did they say that they were afraid to go back?"),
    "fear_interview": _l("Was there an interview about that fear?"), "first": _l("The first time"),
    "first_hand": _l("First hand"), "gender": _l("Gender"), "group": _l("Group"), "group_size": _l("How many people"),
    "hearing_missed": _l("Hearing missed"), "held": _l("Held where?"), "injury": _l("Injuries"),
    "interpreter": _l("Interpreter"), "interview": _l("The conversation"), "kind": _l("Kind"),
    "language": _l("Language"), "last": _l("The last time"), "methods": _l("How was it done?"),
    "mode": _l("How the conversation was held"), "moment": _l("When"),
    "mpp.outcome": _l("What came of the case"), "name": _l("Name"),
    "nationality": _l("Nationality"), "next_hearing": _l("Next hearing"),
    "not_reported": _l("If nobody was told, why?"), "number": _l("How many"), "outcome": _l("Outcome"),
    "paid": _l("How much was paid?"), "part": _l("Part in the act"), "place": _l("Where"),
    "population": _l("Also true of the person"), "port": _l("Through which port?"), "private": _l("Private setting"),
    "programme": _l("Programme"),
    "purpose": _l("What for?"), "reasons": _l("Why, as they believe?"),
    "recognised": _l("How were they recognized?"), "recurring": _l("Was it asked again and again?"),
    "relation": _l("Relation"), "release": _l("How did it end?"), "released": _l("Let go where?"),
    "reliability": _l("Reliability"), "response": _l("Their response"), "returned_on": _l("Sent back on"),
    "said_by": _l("Who says so?"), "since": _l("Held from"), "status": _l("Completed or attempted"),
    "summary": _l("Summary"), "tags": _l("Labels"), "taken": _l("Taken where?"), "teller": _l("Told us"),
    "time": _l("Time"), "told_before": _l("Told somebody before"), "told_whom": _l("Told before to"),
    "times": _l("How many times?"), "times_returned": _l("How many times sent back?"),
    "type": _l("Kind"), "until": _l("Held until"), "usd": _l("In US dollars, then"),
    "weapons": _l("With which weapons?"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One field as both sides have it; None where a side says nothing of it."""

    name: str
    told: str | None
    understood: str | None

    @property
    def differs(self) -> bool:
        return self.told != self.understood


@dataclass(frozen=True)
class Block:
    """One act, one person and so on; `only` says which side alone has it."""

    title: str
    lines: list[Line]
    only: str = ""  # told, understood

    @property
    def differs(self) -> bool:
        return bool(self.only) or any(line.differs for line in self.lines)


def compared(told: Mapping[str, Any], understood: Mapping[str, Any]) -> list[Block]:
    """Every coded field of both, block by block; identity and consent have places of their own."""
    both = [_linked(document) for document in (told, understood)]
    sides = [_fields(document) for document in both]
    there = [_entries(document) for document in both]
    blocks = []
    for place in sorted(dict.fromkeys([*there[0], *there[1]]), key=lambda place: _stands(place, there)):
        names = dict.fromkeys(name for side in sides for at, name in side if at == place)
        lines = [Line(_word(name), *(_said(side, place, name) for side in sides)) for name in names]
        only = "" if all(place in each for each in there) else ("told" if place in there[0] else "understood")
        if lines or only:
            blocks.append(Block(_title(place, there), lines, only))
    return blocks


def changes(told: Mapping[str, Any], understood: Mapping[str, Any]) -> list[Block]:
    """What differs, and nothing else."""
    blocks = [block for block in compared(told, understood) if block.differs]
    return [
        Block(block.title, [line for line in block.lines if line.differs], block.only) for block in blocks
    ]


def _linked(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where nobody said who was part of what, each person is in each act: as the take-in has it."""
    if document.get("involvements"):
        return document
    links = [
        {"person": person["key"], "act": act["key"], "part": "DIR"}
        for act in document.get("acts") or ()
        for person in document.get("persons") or ()
        if isinstance(person, dict)
    ]
    return {**document, "involvements": links}


def said(block: str, facts: Any, besides: Collection[str] = ()) -> list[tuple[str, str]]:
    """The fields of one block with their words, but for those that the page shows elsewhere."""
    if not isinstance(facts, dict):
        return []
    rest = {name: value for name, value in facts.items() if name not in besides}
    return [
        (_word(name), in_words(name, value)) for (_place, name), value in _leaves((block, ""), block, rest)
    ]


# -- a document, field by field


def _entries(document: Mapping[str, Any]) -> list[Place]:
    found: list[Place] = [("incident", "")]
    for block in BLOCKS:
        found += [(block, _key(block, entry, n)) for n, entry in enumerate(document.get(block) or ())]
    return found


def _key(block: str, entry: Any, number: int) -> str:
    if block == "involvements" and isinstance(entry, dict):
        return f"{entry['person']} {entry['act']}"
    said = entry.get("key") if isinstance(entry, dict) and block in ("acts", "persons") else None
    return str(said or number)


def _fields(document: Mapping[str, Any]) -> dict[tuple[Place, str], Any]:
    found = dict(_leaves(("incident", ""), "incident", document.get("incident") or {}))
    if document.get("summary"):
        found[("incident", ""), "incident.summary"] = document["summary"]
    for block in BLOCKS:
        for number, entry in enumerate(document.get(block) or ()):
            if isinstance(entry, dict):
                found |= dict(_leaves((block, _key(block, entry, number)), block, entry))
    return found


def _leaves(place: Place, at: str, value: Mapping[str, Any]) -> Iterator[tuple[tuple[Place, str], Any]]:
    for name, inner in value.items():
        if name in HIDDEN or inner in (None, "", [], {}, False) or (name, inner) == ("kind", "individual"):
            continue
        if isinstance(inner, dict) and not _is_value(inner):
            yield from _leaves(place, f"{at}.{name}", inner)
        else:
            yield (place, f"{at}.{name}"), inner


def _is_value(said: Mapping[str, Any]) -> bool:
    """A moment, a place or a count, which is read as one."""
    return bool(said.keys() & {"edtf", "precision", "country", "state", "municipality", "min", "best", "max"})


# -- in words


def _said(side: Mapping[tuple[Place, str], Any], place: Place, name: str) -> str | None:
    value = side.get((place, name))
    return None if value is None else in_words(name, value)


def in_words(name: str, value: Any) -> str:
    """A value of a field, as the lines beside each other have it."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, list):
        return "; ".join(in_words(name, each) for each in value)
    if isinstance(value, dict):
        return _value_text(value)
    if isinstance(value, bool):
        return str(TRI["yes" if value else "no"])
    if value in TRI:
        return str(TRI[value])
    return str(KINDS.get(value) or label(value, list_of(name)))


def _value_text(value: Mapping[str, Any]) -> str:
    if "edtf" in value:
        return str(language.moment(value))
    if value.keys() & {"min", "best", "max"}:
        return " – ".join(str(value[n]) for n in ("min", "best", "max") if value.get(n) is not None)
    return _place_text(value)


def _place_text(value: Mapping[str, Any]) -> str:
    """With its kind, and how exactly it is known where the codes do not say it: two places of one name differ so."""
    kind, exactly = value.get("type"), value.get("precision")
    more = [label(kind, "location_type")] if kind else []
    if exactly and exactly != precision_of(dict(value)):
        more.append(label(exactly, "place_precision"))
    said = str(language.in_words(value))
    return f"{said} ({', '.join(more)})" if more else said


def _word(name: str) -> str:
    last = name.rsplit(".", maxsplit=1)[-1]
    within = ".".join(name.split(".")[-2:])
    return str(WORDS.get(within) or WORDS.get(last, last))


def field_in_words(name: str) -> str:
    """A field of the form, with the number of the block that it stands in."""
    block, *path = name.split(".")
    last = next((part for part in reversed(path) if not is_whole(part)), block)
    if name == "interview.on":
        return str(WORDS["interview"])
    if not path or not is_whole(path[0]):
        return _word(last)
    return f"{block_in_words(block, whole(path[0]) + 1)}: {_word(last)}"


def _stands(place: Place, there: Sequence[Sequence[Place]]) -> tuple[int, int, int]:
    """Block by block, in the order of the pages; parts in acts by act and person."""
    block, key = place
    if block != "involvements":
        return (0 if block == "incident" else 1 + BLOCKS.index(block)), _number(place, there), 0
    person, act = key.split(" ", 1)
    return 1 + BLOCKS.index(block), _number(("acts", act), there), _number(("persons", person), there)


def _title(place: Place, there: Sequence[Iterable[Place]]) -> str:
    block, key = place
    if block == "involvements":
        person, act = key.split(" ", 1)
        numbers = {"person": _number(("persons", person), there), "act": _number(("acts", act), there)}
        return str(_("Person %(person)s in act %(act)s", **numbers))
    return block_in_words(block, _number(place, there))


def block_in_words(block: str, number: int) -> str:
    titles: dict[str, str] = {
        "incident": _("When, where and the rest"),
        "acts": _("Act %(number)s", number=number),
        "persons": _("Person %(number)s", number=number),
        "perpetrators": _("Alleged perpetrator %(number)s", number=number),
        "sources": _("Source %(number)s", number=number),
    }
    return titles.get(block, "")


def _number(place: Place, there: Sequence[Iterable[Place]]) -> int:
    """As the pages count: where both have an entry, as it stands in what is understood."""
    for side in reversed(there):
        of_its_kind = [each for each in side if each[0] == place[0]]
        if place in of_its_kind:
            return of_its_kind.index(place) + 1
    return 0
