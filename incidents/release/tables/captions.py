"""What stands above and under a table, ready to print, in English or Spanish; and what its codes are called."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from incidents.model import place, tongues
from incidents.model import vocabulary as words
from incidents.model.moment import FIRST, Moment
from incidents.release import hierarchy
from incidents.release.hierarchy import AT_MOST, NOT_RECORDED, NOT_SHOWN, OR_LATER
from incidents.release.tables import merging
from incidents.release.tables.axes import kind as axis_kind
from incidents.release.tables.cells import ALL, OUT, Axis, Shown, Table
from incidents.release.tables.edition import Edition
from incidents.release.tables.months import INCOMPLETE, gaps
from incidents.release.tables.plan import WHERE
from incidents.release.tables.spread import Spread
from incidents.release.tables.tally import KINDS, LGBTQ, LGBTQ_HIDDEN

FILE = Path(__file__).with_name("captions.toml")
LANGUAGES = ("en", "es")
OWN_TITLE = frozenset({"T6", "T8-aside", "T8-elsewhere", "T9"})
CHILDREN = "T1-children"
ACT_GROUP = "act_group"
LABEL, ASIDE = "label:", "aside"
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_QUARTER = re.compile(r"(?P<year>\d{4})-Q(?P<number>\d)", re.ASCII)
_COARSER = {"month": re.compile(r"\d{4}(-Q\d)?", re.ASCII), "quarter": re.compile(r"\d{4}", re.ASCII)}
BY_ROWS = "B"  # the method of tables that are counted from the rows of a file
ANY = "(any)"  # what a row file tells as “*” among finer values: here that is the total
ANYWHERE = frozenset({ALL, ANY, "yes", "suspected", "no"})  # codes that stand on several axes
LEFT = "left"  # a note, and after a colon how many rows of a file are not in it


@dataclass(frozen=True, slots=True)
class About:
    """What every caption of an edition says. `first`, `last`: days or months, empty where open."""

    data_date: str
    first: str
    last: str
    states: tuple[str, ...]
    method: str
    at_least: bool
    noise: Mapping[str, str] = field(default_factory=dict)  # of method D, what its sentence is filled with

    @classmethod
    def of(cls, made: Edition, method: str) -> "About":
        """As it was asked for, else from the first month in which anything lies to the last."""
        lines, months = made.lines, sorted(filter(_MONTH.fullmatch, _dated(made)))
        first, last = (lines.filters.get(name) or "" for name in ("from", "to"))
        if not (first or last) and months:
            first, last = months[0], months[-1]
        return cls(lines.data_date, first, last, made.policy.states, method, lines.at_least)


def _dated(made: Edition) -> Iterable[str]:
    """The months of everything counted."""
    coded = made.lines.counted.coded("moment")
    for value in coded.values if coded else ():
        moment = Moment.from_json(value) if isinstance(value, dict) else None
        if moment is not None and moment.earliest and moment.latest:
            yield from (f"{day:%Y-%m}" for day in (moment.earliest, moment.latest))


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def said(code: str, language: str, **more: Any) -> str:
    """A text by its code, filled in; what has no words in this language is said in the one that stands in."""
    told = _texts()[code]
    text = told.get(language) or told[tongues.stands_in(language)]
    return text % more if more else text


# -- titles and labels


def title(table: Table, language: str) -> str:
    """What a table is of."""
    if table.name in OWN_TITLE:
        return said(table.name, language)
    number, *_of = table.name.split("-")
    unit = "children" if table.name.startswith(CHILDREN) else table.unit
    told = {"number": number, "unit": said(f"unit.{unit}", language), "rows": axis(table.rows.name, language)}
    if table.columns.name:
        text = said("by_two", language, **told, columns=axis(table.columns.name, language))
    else:
        text = said("by_one", language, **told)
    status = ", ".join(said(f"title.{each}", language) for each in _of[1:]) if number == "T1" else ""
    return said("of_status", language, title=text, status=status) if status else text


def axis(name: str, language: str) -> str:
    """An axis, in the middle of a sentence."""
    if name.startswith(LABEL):
        return name.removeprefix(LABEL)
    return said(f"axis.{name}", language)


def label(of: Axis, code: str, language: str) -> str:
    """A code on an axis, as a reader reads it; of one that stands for several, that it does."""
    if code == merging.OTHERS:
        return said("others_unknown" if NOT_RECORDED not in of.codes else "others", language)
    if code in of.together and merging.beneath(of.name, code, of.codes):
        return said("others_of", language, what=_label(of, code, language))
    return _label(of, code, language)


def _label(of: Axis, code: str, language: str) -> str:
    own = f"{of.name}.{code}"
    if code == NOT_RECORDED and of.name in merging.APART:
        return said("not_noted", language)
    if own in _texts():
        return said(own, language)
    if code in ANYWHERE:
        return said(code, language)
    if of.words and (told := words.label(of.words, code, language)) != code:
        return told
    if (pair := hierarchy.labels().get(code)) is not None:
        return pair[tongues.stands_in(language) == "es"]
    if (told := words.label("no_answer", code, language)) != code:
        return told
    return _place_or_time(of.name, code, language)


def _place_or_time(name: str, code: str, language: str) -> str:
    if name in _COARSER and _COARSER[name].fullmatch(code):
        return said(f"coarser.{name}", language, time=_quarter(code, language))
    if _MONTH.fullmatch(code):
        return when(code, language)
    if _QUARTER.fullmatch(code):
        return _quarter(code, language)
    for mark, end in (("at_most", AT_MOST), ("or_later", OR_LATER)):
        if end in code:
            return said(mark, language, time=_place_or_time(name, code.replace(end, ""), language))
    return place.state_label(code, language) or code


def _quarter(code: str, language: str) -> str:
    """A quarter in words; anything else as it is."""
    match = _QUARTER.fullmatch(code)
    return said("quarter", language, **match.groupdict()) if match else code


def when(code: str, language: str) -> str:
    """A day or a month: “November 14, 2019”, “noviembre de 2019”."""
    if _DAY.fullmatch(code):
        return day(code, language)
    if not _MONTH.fullmatch(code):
        return Moment.parse(code).in_words(language)
    first = Moment(f"{code}-01", "DAY").in_words(language)
    return first.removeprefix(FIRST.get(language, "1")).removeprefix(" ").removeprefix("de ")


def day(code: str, language: str) -> str:
    """A day, as a report of the country writes it: “November 14, 2019”, “14 de noviembre de 2019”."""
    told = Moment(code, "DAY").in_words(language)
    if language == "es":
        return told.removeprefix("el ")
    number, name, year = told.split(" ")
    return f"{name} {number}, {year}"


# -- what is printed


def printed(table: Table, shown: Shown, row: str, column: str) -> int | str:
    """A number, a mark; or that it is not shown, where nought would say that it did not happen.

    In a row file each row tells its act or that it is not shown: where none is not shown, nought is nought.
    """
    value = shown.values.get(table.cells[row, column], OUT)
    if value != 0 or (shown.method == BY_ROWS and not _hidden_beside(table, shown, row, column)):
        return value
    stands = ((table.rows, row), (table.columns, column), *_fixed(table))
    return NOT_SHOWN if any(_may_hide(table, of, code) for of, code in stands) else value


def _hidden_beside(table: Table, shown: Shown, row: str, column: str) -> bool:
    """Whether the table counts something under “not shown” that could be of this cell."""
    beside = product({row, NOT_SHOWN}, {column, NOT_SHOWN})
    return any(shown.values.get(table.cells.get(each, ()), 0) for each in beside)


def _fixed(table: Table) -> Iterable[tuple[Axis, str]]:
    """Further axes of which the table is of one code only; whether something is not shown there, nobody sees in it."""
    for name, _is, code in (each.partition("=") for each in _of_kind(table, WHERE)):
        yield Axis(name, (NOT_SHOWN,), axis_kind(name).words), code


def _may_hide(table: Table, of: Axis, code: str) -> bool:
    """Whether something of this code may stand under “not shown”."""
    if code == LGBTQ and LGBTQ_HIDDEN in table.notes:
        return True
    if NOT_SHOWN not in of.codes:
        return False
    if code in of.together:
        return True
    if of.name == ACT_GROUP:
        acts = words.codes("act").values()
        return any(act.restricted and hierarchy.group_of("act", act.code) == code for act in acts)
    if of.words:
        return code in {each.code for each in words.codes(of.words).values() if each.restricted}
    return any((act := words.codes("act").get(each)) and act.restricted for each in KINDS.get(code, ()))


# -- notes


def notes(table: Table, about: About, language: str) -> tuple[str, ...]:
    """The sentences under a table: unit, rows that do not add, dates, place, period, date of the data, protection."""
    once = "_once" if about.noise and table.unit == "persons" else ""
    codes = [f"unit_{table.unit}{once}", *(("unit_children",) if table.name.startswith(CHILDREN) else ())]
    codes += [code for code in table.notes if ":" not in code]
    codes += ["place_rule"] if "state" in {table.rows.name, table.columns.name} else []
    together = (table.rows.together or table.columns.together) and not about.noise
    codes += ["together"] if together else []
    codes += ["not_shown"] if NOT_SHOWN in table.rows.codes else []
    codes += ["at_least"] if table.unit in {"persons", "families"} and about.at_least else []
    found = [said(code, language) for code in codes]
    if ASIDE not in table.notes:
        states = (words.label("verification", code, language) for code in about.states)
        found.append(said("states", language, states="; ".join(states)))
    found = [*_left(table, language), *_only(table, language), *found]
    return (*found, *left_between(table.rows, language), *_late(table, language), *of_all(about, language))


def _left(table: Table, language: str) -> Iterable[str]:
    for number in _of_kind(table, LEFT):
        shown = figures(int(number)) if number.isdecimal() else number
        yield said("left_none", language) if shown == "0" else said("left", language, n=shown)


def _only(table: Table, language: str) -> Iterable[str]:
    for axis_code in _of_kind(table, WHERE):
        name, _is, code = axis_code.partition("=")
        what = label(Axis(name, (), axis_kind(name).words), code, language)
        yield said("only", language, axis=axis(name, language), what=what)


def left_between(of: Axis, language: str) -> Iterable[str]:
    """That years in which nothing lies have no rows: beside each other, the months would be taken for neighbors."""
    for first, last in gaps(of.codes) if of.name == "month" else ():
        yield said("gap", language, first=when(first, language), last=when(last, language))


def _late(table: Table, language: str) -> Iterable[str]:
    months = ", ".join(when(month, language) for month in _of_kind(table, INCOMPLETE))
    if months:
        yield said(INCOMPLETE, language, months=months)


def _of_kind(table: Table, note: str) -> list[str]:
    """What stands after the colon of the notes of this kind."""
    return [each.partition(":")[2] for each in table.notes if each.startswith(f"{note}:")]


def of_all(about: About, language: str) -> Iterable[str]:
    """What holds of every table: period, date of the data, protection."""
    yield _period(about, language)
    yield said("data_date", language, day=when(about.data_date, language))
    if about.noise:
        yield said("bounded", language, **about.noise)
    yield said(f"method.{about.method}", language, **about.noise)


def _period(about: About, language: str) -> str:
    told = {name: when(code, language) for name in ("first", "last") if (code := getattr(about, name))}
    none = "any_period" if about.noise else "no_period"
    kind = {("first", "last"): "period", ("first",): "from", ("last",): "until"}.get(tuple(told), none)
    return said(kind, language, **told)


def of_spread(spread: Spread, count: int | str, language: str) -> str:
    """The sentence of T6 about days or dollars. `count`: what is printed of how many told it."""
    what = said(f"measure.{spread.measure}", language)
    if spread.median is None or not isinstance(count, int):
        return said("no_quartiles", language, what=what)
    values = {name: figures(getattr(spread, name)) for name in ("lower", "median", "upper")}
    return said("quartiles", language, what=what, n=figures(count), **values)


def figures(number: int) -> str:
    """12,345, as Mexico and the United States write it; the pages do, too."""
    return f"{number:,}"
