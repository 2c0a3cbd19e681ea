"""The axes of tables: what each is read from, its codes in their order, and the list that labels them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from incidents.model.vocabulary import NO_ANSWERS, lists
from incidents.release import frames, hierarchy
from incidents.release.hierarchy import NOT_RECORDED, NOT_SHOWN, OVER_YEARS
from incidents.release.rows import NOT_THERE, Rows
from incidents.release.table import classes_of
from incidents.release.tables import merging
from incidents.release.tables.cross import NONE, Column, Ints, Things
from incidents.release.tables.lines import Lines

Row = Mapping[str, Any]
Bools = npt.NDArray[np.bool_]
LAST = (OVER_YEARS, NOT_RECORDED, NOT_SHOWN)
LABEL = "label:"
# Of the list of whom it was reported to; what a house adds to it is an authority.
NOT_AUTHORITIES = frozenset({"NOB", "SHE"})
ANSWERS = ("yes", "suspected", "no")
STAGES = ("CHI", "ADU")


@dataclass(frozen=True, slots=True)
class Kind:
    """An axis. `reads`: columns of a line; `codes`: what a line is there; `words`: the code list that labels it."""

    reads: tuple[str, ...]
    codes: Callable[[Row], Sequence[str]]
    words: str = ""


def _plain(name: str, row: Row) -> Sequence[str]:
    """A code, or the reason why there is none: to refuse is not to be unknown, and neither is a no."""
    return (str(row.get(name) or NOT_RECORDED),)


def _several(name: str, row: Row) -> Sequence[str]:
    return tuple(sorted({*(row.get(name) or ())})) or (NOT_RECORDED,)


def _level(name: str, level: int, row: Row) -> Sequence[str]:
    """What a value is at a level of its hierarchy; one known less well stands at its own."""
    tree = hierarchy.named(name)
    leaf = tree.leaf(row, name)
    return (tree.paths([leaf])[leaf][level],)


def _group(name: str, reads: str, row: Row) -> Sequence[str]:
    found = row.get(reads)
    codes = found if isinstance(found, list) else [found]
    groups = {hierarchy.group_of(name, code) or code for code in codes if code}
    return tuple(sorted(groups)) or (NOT_RECORDED,)


def _reported(row: Row) -> Sequence[str]:
    """Whether to an authority; a shelter is none, and whoever says why they did not report it did not."""
    said = {*(row.get("authorities") or ())}
    if said - NOT_AUTHORITIES - NO_ANSWERS:
        return ("yes",)
    did_not = said & NOT_AUTHORITIES or {*(row.get("not_reported") or ())} - NO_ANSWERS
    return ("no",) if did_not else (min(said, default=NOT_RECORDED),)


def _response(row: Row) -> Sequence[str]:
    """What an authority did; of what was not reported there is nothing to note, which is not that nobody noted it."""
    return _or_why_none([row["response"]] if row.get("response") else [], row, "no", merging.UNREPORTED)


def _not_reported(row: Row) -> Sequence[str]:
    """Why not; of what was reported there is nothing to note."""
    return _or_why_none(row.get("not_reported") or (), row, "yes", merging.REPORTED)


def _or_why_none(given: Iterable[str], row: Row, where: str, code: str) -> Sequence[str]:
    if _reported(row) == (where,):
        return (*sorted({*given} - NO_ANSWERS), code)
    return tuple(sorted({*given})) or (NOT_RECORDED,)


PLACE, AGE = ("municipality", "state", "country"), ("age", "age_band")
REPORTING = ("authorities", "not_reported")
KINDS: Mapping[str, Kind] = {
    "act": Kind(("act",), partial(_plain, "act"), "act"),
    "act_group": Kind(("act",), partial(_group, "act", "act")),
    "status": Kind(("act_status",), partial(_plain, "act_status"), "act_status"),
    "state": Kind(PLACE, partial(_level, "place", 1)),
    "region": Kind(PLACE, partial(_level, "place", 2)),
    "country": Kind(PLACE, partial(_level, "place", 3)),
    "month": Kind(("moment",), partial(_level, "moment", 1)),
    "quarter": Kind(("moment",), partial(_level, "moment", 2)),
    "year": Kind(("moment",), partial(_level, "moment", 3)),
    "perpetrator": Kind(("doers",), partial(_several, "doers"), "perpetrator"),
    "perpetrator_group": Kind(("doers",), partial(_group, "perpetrator", "doers")),
    "collusion": Kind(("collusion",), partial(_plain, "collusion")),
    "gender": Kind(("gender",), partial(_level, "gender", 1), "gender"),
    "age": Kind(AGE, partial(_level, "age", 1), "age_band"),
    "stage": Kind(AGE, partial(_level, "age", 2), "age_band"),
    "nationality": Kind(("nationality",), partial(_level, "nationality", 0)),
    "population": Kind(("population",), partial(_several, "population"), "population"),
    "exposure": Kind(("exposure",), partial(_plain, "exposure"), "exposure"),
    "authority": Kind(("authorities",), partial(_several, "authorities"), "authority"),
    "reported": Kind(REPORTING, _reported),
    "response": Kind((*REPORTING, "response"), _response, "authority_response"),
    "not_reported": Kind(REPORTING, _not_reported, "not_reported_because"),
    "hearing_missed": Kind(("hearing_missed",), partial(_plain, "hearing_missed")),
    "told_others": Kind(("told_others",), partial(_plain, "told_others")),
    "published": Kind(("published",), partial(_plain, "published")),
    "source_type": Kind(("source_types",), partial(_several, "source_types"), "source_type"),
    "verification": Kind(("verification",), partial(_plain, "verification"), "verification"),
}  # fmt: skip


def kind(name: str) -> Kind:
    """The axis of this name; a label of the project is one too."""
    if name.startswith(LABEL):
        return Kind(
            ("labels",),
            lambda row: ((row.get("labels") or {}).get(name.removeprefix(LABEL)) or NOT_RECORDED,),
        )
    return KINDS[name]


def order(name: str, seen: Iterable[str]) -> list[str]:
    """Codes as a table prints them: those of a list as it has them, all others sorted; what is not known last."""
    listed = [*STAGES] if name == "stage" else [*ANSWERS, *lists().get(kind(name).words, {})]
    left = sorted({*seen} - {*listed} - {*LAST} - {*NO_ANSWERS}, key=_by_time)
    return [*listed, *left, *(code for code in sorted(NO_ANSWERS) if code not in listed), *LAST]


def _by_time(code: str) -> tuple[str, int, str]:
    """Months of a year, then what is known to a quarter of it, then to the year."""
    month = len(code) == len("2019-11")
    return (code[:4], (not month) + (len(code) == len("2019")), code)


@dataclass(frozen=True)
class Counting:
    """Lines made ready: their axes, and what they speak of.

    `least`: what fewer incidents carry is told with others, 0: nothing is. `merged`: of each axis that was asked for,
    the lines that stand, None for all of them; what is there already stays.
    """

    lines: Lines
    rows: Rows
    least: int = 0
    merged: dict[str, merging.Lines | None] = field(default_factory=dict)

    @classmethod
    def of(
        cls, lines: Lines, least: int = 0, merged: Mapping[str, merging.Lines | None] | None = None
    ) -> "Counting":
        """Of everything that is counted."""
        return cls(lines, lines.counted, least, dict(merged or {}))

    def column(self, name: str, also: Iterable[str] = ()) -> Column:
        """An axis, rare codes told together; `also`: codes that stand on it though no line has them."""
        also = (*also, *merging.APART.get(name, ()))
        whole = self._whole(name, also)
        lines = self.standing(name, whole)
        if lines is None:
            return whole
        told = [merging.told(name, code, lines) for code in whole.codes]
        values = [
            tuple(dict.fromkeys(told[label] for label in whole.labels[start : start + many].tolist()))
            for start, many in zip(whole.start.tolist(), whole.many.tolist(), strict=True)
        ]
        several = [code for code in dict.fromkeys(told) if merging.coarse(name, code)]
        order = [code for code in whole.codes if code not in {*several, *LAST}]
        return Column.of(name, values, whole.value, [*order, *sorted(several), *LAST], also, several)

    def _whole(self, name: str, also: Iterable[str] = ()) -> Column:
        value, seen = self.seen(kind(name).reads)
        values = [tuple(kind(name).codes(row)) for row in seen]
        codes = {*also, *(code for each in values for code in each)}
        return Column.of(name, values, value, order(name, codes), also)

    def standing(self, name: str, whole: Column | None = None) -> merging.Lines | None:
        """The lines of an axis that stand by themselves; None: all."""
        if not self.least or name not in merging.MERGED:
            return None
        if name not in self.merged:
            whole = whole or self._whole(name)
            things = [self.incidents, self.persons] if name in merging.OF_PERSONS else [self.incidents]
            by = self.persons if name in merging.OF_PERSONS else self.incidents
            pairs = [carried(whole, each, by) for each in things]
            self.merged[name] = merging.lines(name, whole.codes, pairs, self.least)
        return self.merged[name]

    def seen(self, names: Sequence[str]) -> tuple[Ints, list[dict[str, Any]]]:
        """Which of the lines that differ in these columns each line is, and these."""
        there = {name: coded for name in names if (coded := self.rows.coded(name)) is not None}
        if not there or not len(self.rows):
            return np.zeros(len(self.rows), np.int64), [{}] if len(self.rows) else []
        codes = [np.array(coded.codes, np.int64) for coded in there.values()]
        value, first = classes_of(codes, [max(len(coded.values), 1) for coded in there.values()])
        found = ({name: coded[place] for name, coded in there.items()} for place in first.tolist())
        return value, [{n: v for n, v in one.items() if v is not NOT_THERE} for one in found]

    def where(self, names: Sequence[str], so: Callable[[Row], bool]) -> Bools:
        """The lines of which this is so."""
        value, seen = self.seen(names)
        found: Bools = np.array([so(row) for row in seen], bool)[value]
        return found

    # -- what is counted

    @cached_property
    def incidents(self) -> Things:
        """Different incidents, joined ones once."""
        of_line, first = _numbered(self.rows.incidents)
        return Things("incidents", of_line, np.ones(len(first), np.int64))

    @cached_property
    def persons(self) -> Things:
        """Different persons directly harmed; a group for as many as it has and nobody named."""
        ids = self.rows.persons
        of_line, first = _numbered(ids)
        names = [ids[16 * place : 16 * place + 16].hex() for place in first.tolist()]
        sizes = self.lines.sizes
        size = np.array([sizes.get(name, 1) or 0 for name in names], np.int64)
        nobody = np.frombuffer(ids, "V16") == np.void(bytes(16))
        return Things("persons", np.where(nobody, NONE, of_line), size)

    @cached_property
    def families(self) -> Things:
        """Different family units of those who say so; who is said to be of none is in none."""
        of_line, first = _numbered(self.rows.persons)
        ids = self.rows.persons
        names = [ids[16 * place : 16 * place + 16].hex() for place in first.tolist()]
        known = {name: number for number, name in enumerate(dict.fromkeys(self.lines.families.values()))}
        numbers = [known.get(self.lines.families.get(name, ""), NONE) for name in names]
        return Things(
            "families",
            np.array(numbers, np.int64)[of_line] if names else of_line,
            np.ones(len(known), np.int64),
        )

    def reports(self) -> tuple[Things, Ints]:
        """Different reports that tell of the incidents, and the line each entry is of: a line may have several."""
        ids, told = self.rows.incidents, self.lines.reports
        incident, first = _numbered(ids)
        names = [told.get(ids[16 * place : 16 * place + 16].hex(), ()) for place in first.tolist()]
        known = {name: number for number, name in enumerate(dict.fromkeys(chain.from_iterable(names)))}
        each = np.array([known[name] for name in chain.from_iterable(names)], np.int64)
        many = np.array([len(of_one) for of_one in names], np.int64)
        line = np.repeat(np.arange(len(incident)), many[incident])
        within = np.arange(len(line)) - np.repeat(np.cumsum(many[incident]) - many[incident], many[incident])
        of_line = each[(np.cumsum(many) - many)[incident[line]] + within]
        return Things("reports", of_line, np.ones(len(known), np.int64)), line


def carried(column: Column, things: Things, among: Things) -> merging.Pairs:
    """Which thing carries which code, in the lines of which these others speak."""
    lines = np.flatnonzero((things.of_line != NONE) & (among.of_line != NONE))
    value, thing = column.value[lines], things.of_line[lines]
    both = frames.unique(thing * max(len(column.many), 1) + value)
    thing, value = both // max(len(column.many), 1), both % max(len(column.many), 1)
    many = column.many[value]
    again = np.repeat(np.arange(len(value)), many)
    within = np.arange(len(again)) - np.repeat(np.cumsum(many) - many, many)
    return thing[again], column.labels[column.start[value[again]] + within]


def only(things: Things, lines: Bools) -> Things:
    """Of these lines."""
    return replace(things, of_line=np.where(lines, things.of_line, NONE))


def _numbered(ids: bytes) -> tuple[Ints, Ints]:
    """A number an id of sixteen bytes, and the first line of each."""
    number, distinct = frames.numbered(ids)
    first = np.empty(len(distinct), np.int64)
    first[number[::-1]] = np.arange(len(number) - 1, -1, -1)
    return number, first
