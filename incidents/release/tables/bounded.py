"""Counts that one person, or one incident, changes by so much and no more: what noise is laid over (method D).

Each person counts in one incident, drawn by key among those that they are in, so that whoever leaves changes one
incident and no other. Of an incident so many codes count in each table, and so many people, drawn by key where there
are more. What nobody counted here was harmed by is not counted: an act that stayed when its person left would be one
more change. A group counts as one. Which cells there are is fixed before anything is counted: lists, the states, the
months that were typed. How many cells that makes for one stands in `release.noising`, and the tests try it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidents.model import place
from incidents.model.vocabulary import codes, lists
from incidents.release.hierarchy import NOT_RECORDED, NOT_SHOWN
from incidents.release.noising import SLOTS, Noise
from incidents.release.tables import axes, months
from incidents.release.tables.cells import ALL, Axis, Key, Table
from incidents.release.tables.cross import key
from incidents.release.tables.merging import OTHERS
from incidents.release.tables.plan import ALONE, Plan
from incidents.release.tables.tally import ATTACK, FLAGS, NAMED, WITHIN, attack

Row = Mapping[str, Any]
Lot = Callable[..., bytes]  # of texts, always the same, and known to nobody without a key
INCIDENTS, PERSONS, ATTACKS = key("incidents", {}), key("persons", {}), key("incidents", WITHIN)
YEARS = 10  # that a table by month goes over; a longer one is rows of noise
FIXED_ROWS = "fixed_rows"  # a note
# Tables that an edition has by other methods, and has none of with noise.
NOT_MADE = ("T3", "T5", "T6", "T7", "T8")
EXACTNESS, PERIOD = (
    "exactness",
    "period",
)  # why: it would cost all others some; no end of ten years or less was typed


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table by one thing. `codes`: its rows, without those of all others; `read`: the codes of a line."""

    name: str
    axis: str
    codes: tuple[str, ...]
    read: Callable[[Row], Iterable[str]] = field(repr=False)
    slots: int = 1
    unit: str = "incidents"
    within: Mapping[str, str] = field(default_factory=dict)
    others: bool = True
    notes: tuple[str, ...] = ()

    def key(self, code: str) -> Key:
        """That of a row."""
        return key(self.unit, {**self.within, **({} if code == ALL else {self.axis: code})})

    def of(self, rows: Iterable[Row]) -> set[str]:
        """The rows of the table in which these lines count; what has no row of its own is all others."""
        found = {code for row in rows for code in self.read(row)}
        known = found & {*self.codes}
        return known | ({OTHERS} if self.others and found != known else set())

    def table(self) -> Table:
        """As it is printed."""
        rows = (*self.codes, *([OTHERS] if self.others else []), ALL)
        cells = {(code, ALL): self.key(code) for code in rows}
        words = axes.KINDS[self.axis].words if self.axis in axes.KINDS else ""
        axis = Axis(self.axis, rows, words, (OTHERS,) if self.others else ())
        return Table(self.name, self.unit, axis, ALONE, cells, (*self.notes, FIXED_ROWS))


@dataclass(frozen=True, slots=True)
class Sheets:
    """The tables of an edition, and of those that it has not, why."""

    incidents: tuple[Sheet, ...]
    persons: tuple[Sheet, ...]
    left_out: Mapping[str, str]

    @property
    def tables(self) -> tuple[Table, ...]:
        """In their order."""
        return tuple(each.table() for each in sorted((*self.incidents, *self.persons), key=lambda s: s.name))


# -- which cells there are


def sheets(noise: Noise, plan: Plan, filters: Mapping[str, Any], data_date: str) -> Sheets:
    """Made of lists, of the policy and of what was typed; of no line that is counted."""
    acts = tuple(filters.get("acts") or (*_acts(), NOT_SHOWN))
    states = tuple(filters.get("states") or (code for code in place.states() if code.startswith("MX-")))
    ages = {
        "age": [{"age": str(age)} for age in range(100)],
        "gender": [{"gender": c} for c in codes("gender")],
    }
    named = _rows(plan.act, [{"act": code} for code in acts])
    found = [
        Sheet("T1-act", plan.act, named, _reading(plan.act), SLOTS["act"]),
        Sheet("T1-state", "state", _rows("state", map(_in_state, states)), _reading("state"), SLOTS["state"]),
        _attacks(),
    ]
    left_out = dict.fromkeys((*NOT_MADE, *(["X"] if plan.free else [])), EXACTNESS)
    typed = _months(filters)
    if typed:
        notes = ("date_rule", *months.incomplete(typed, data_date))
        found.append(Sheet("T2-month", "month", typed, _reading("month"), SLOTS["month"], notes=notes))
    else:
        left_out["T2"] = PERIOD
    people = [
        Sheet(
            "T4-nationality",
            plan.nationality,
            noise.nationalities,
            _reading(plan.nationality),
            unit="persons",
        ),
        *(
            Sheet(f"T4-{name}", name, _rows(name, rows), _reading(name), unit="persons")
            for name, rows in ages.items()
        ),
    ]
    return Sheets(tuple(found), tuple(people), dict(sorted(left_out.items())))


def _acts() -> list[str]:
    """Those of the shipped list: one of the house's own came of what somebody told."""
    return [each.code for each in codes("act").values() if not each.own]


def _in_state(code: str) -> Row:
    return {"country": "MEX" if code.startswith("MX-") else None, "state": code}


def _rows(axis: str, rows: Iterable[Row]) -> tuple[str, ...]:
    """What these would be on this axis, in its order."""
    found = {code for row in rows for code in axes.kind(axis).codes(row)} - {
        NOT_RECORDED,
        *lists()["no_answer"],
    }
    return tuple(code for code in dict.fromkeys(axes.order(axis, found)) if code in found)


def _reading(axis: str) -> Callable[[Row], Iterable[str]]:
    of = axes.kind(axis).codes
    return lambda row: of({**row, "act": _shipped(row.get("act"))})


def _shipped(act: str | None) -> str | None:
    """An own code is what the shipped one above it is."""
    own = codes("act").get(act or "")
    return own.above if own and own.own else act


def _attacks() -> Sheet:
    rows = (*NAMED, NOT_SHOWN, *FLAGS)
    return Sheet(
        "T9-attack", ATTACK, rows, _attack, SLOTS["attack"], within=WITHIN, others=False, notes=("tally",)
    )


def _attack(row: Row) -> Iterable[str]:
    kind = attack(row.get("act"))
    return (kind, *(name for name, (_reads, so) in FLAGS.items() if so(row))) if kind else ()


def _months(filters: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of the period typed; none where an end of it is open, or where it goes over more than ten years."""
    first, last = (str(filters.get(name) or "")[: len("2019-11")] for name in ("from", "to"))
    if not (first and last) or int(last[:4]) - int(first[:4]) >= YEARS:
        return ()
    return tuple(months.between((first, last)))


# -- counting


def counts(rows: Iterable[Row], made: Sheets, people: int, lot: Lot) -> dict[Key, int]:
    """Every cell of these tables and their totals, zeros too. `people`: of one incident."""
    cells = [sheet.key(code) for sheet in (*made.incidents, *made.persons) for code in (*_all(sheet), ALL)]
    found: Counter[Key] = Counter(dict.fromkeys([*cells, INCIDENTS, PERSONS, ATTACKS], 0))
    for incident, lines in _by_incident(rows, lot).items():
        found.update(_of_incident(incident, lines, made, people, lot))
    return dict(found)


def _all(sheet: Sheet) -> Sequence[str]:
    return (*sheet.codes, *([OTHERS] if sheet.others else []))


def _by_incident(rows: Iterable[Row], lot: Lot) -> dict[str, dict[str, list[Row]]]:
    """Of each incident the people who count in it, and their lines there."""
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for person in row["persons"]:
            found[person][row["incident"]].append(row)
    counted: dict[str, dict[str, list[Row]]] = defaultdict(dict)
    for person, incidents in found.items():
        incident = min(incidents, key=lambda id: lot("incident", person, id))
        counted[incident][person] = incidents[incident]
    return counted


def _of_incident(
    incident: str, lines: Mapping[str, Sequence[Row]], made: Sheets, people: int, lot: Lot
) -> Iterable[Key]:
    """The cells in which an incident and its people count, each by one."""
    rows = [row for of_one in lines.values() for row in of_one]
    yield INCIDENTS
    for sheet in made.incidents:
        in_it = sheet.of(rows)
        yield from map(sheet.key, _drawn(in_it, sheet.slots, lot, sheet.name, incident))
        if sheet.within and in_it:
            yield ATTACKS
    for person in _drawn(lines, people, lot, "people", incident):
        yield PERSONS
        for sheet in made.persons:
            yield from map(sheet.key, _drawn(sheet.of(lines[person]), sheet.slots, lot, sheet.name, person))


def _drawn(among: Iterable[str], most: int, lot: Lot, *what: str) -> list[str]:
    """At most so many, always the same ones."""
    return sorted(among, key=lambda each: lot(*what, each))[:most]
