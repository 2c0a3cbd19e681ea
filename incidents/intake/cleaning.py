"""One cell of a real file becomes one value, or a Problem that says why not. Nothing is guessed.

Own strict patterns instead of a library: dateparser fills what is missing and takes `06/07/2021` in the order of
a language it guesses; here the order is said by the mapping or the cell is refused.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from incidents.errors import Problem, _
from incidents.model.moment import DateNotKept, Moment

Cell = str | int | float | bool | datetime | date | time | timedelta | None


class CellNotUnderstood(Problem):
    """A cell that the mapping cannot turn into a value; `column` says where, the cell itself is never quoted."""

    status = 422
    code = "cell-not-understood"
    sentence = _("The cell in column “%(column)s” is not understood.")


class DateNotUnderstood(CellNotUnderstood):
    code = "date-not-understood"
    sentence = _("The date in column “%(column)s” is not understood, or there is no such day.")


class DateOrderUnclear(CellNotUnderstood):
    code = "date-order-unclear"
    sentence = _("The date in column “%(column)s” may be day-month or month-day. Say date_order: DMY or MDY.")


class DateOrderWrong(CellNotUnderstood):
    code = "date-order-wrong"
    sentence = _(
        "The date in column “%(column)s” does not fit the date_order of the mapping. It was not turned around."
    )


class CenturyUnclear(CellNotUnderstood):
    code = "century-unclear"
    sentence = _("The year in column “%(column)s” has two digits. Say century in the mapping, such as 20.")


class DateIsNumber(CellNotUnderstood):
    code = "date-is-number"
    sentence = _(
        "Column “%(column)s” holds a number where a date is expected. If Excel counted days, say serial."
    )


class TimeNotUnderstood(CellNotUnderstood):
    code = "time-not-understood"
    sentence = _("The time of day in column “%(column)s” is not understood.")


class NumberNotUnderstood(CellNotUnderstood):
    code = "number-not-understood"
    sentence = _("The number in column “%(column)s” is not understood.")


class NumberUnclear(CellNotUnderstood):
    code = "number-unclear"
    sentence = _("The number in column “%(column)s” may be thousands or a fraction. Say decimal: “.” or “,”.")


class NumberNotCount(CellNotUnderstood):
    code = "number-not-count"
    sentence = _(
        "The number in column “%(column)s” is below zero or not whole. If it means “unknown”, say so."
    )


class AmountNotUnderstood(CellNotUnderstood):
    code = "amount-not-understood"
    sentence = _("The amount in column “%(column)s” is below zero or has more than two decimals.")


class PointNotUnderstood(CellNotUnderstood):
    code = "point-not-understood"
    sentence = _(
        "The point in column “%(column)s” is not understood: latitude, longitude, altitude, accuracy."
    )


class PointIsExactPlace(CellNotUnderstood):
    code = "point-is-exact-place"
    sentence = _(
        "Column “%(column)s” holds a point of a map. It is an exact place: map it to identity.exact_place alone."
    )


class AnswerNotUnderstood(CellNotUnderstood):
    code = "answer-not-understood"
    sentence = _("The answer in column “%(column)s” is neither yes, no nor one of the four no-answers.")


_LONG = 100
# What nobody sees: soft hyphens, zero-width marks and joiners, marks of direction, a BOM inside a cell, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0001-\U000e007f]"
)


def visible(text: str) -> str:
    """Text without invisible marks, entities resolved, composed (NFC), spaces single and trimmed."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return " ".join(text.split())


def as_text(cell: Cell) -> str:
    """A cell as a person sees it in the file: 43.0 is 43, a date is its ISO form."""
    match cell:
        case str():
            return visible(cell)
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time(0) and cell.tzinfo is None:
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def folded(cell: Cell) -> str:
    """A cell as a key: two spellings that differ only in case, spaces or invisible marks are one."""
    if isinstance(cell, str) and len(cell) > _LONG:  # a narrative is no key, and not kept in a cache
        return visible(cell).casefold()
    return _folded(cell)


@lru_cache(maxsize=16384, typed=True)
def _folded(cell: Cell) -> str:
    return as_text(cell).casefold()


# --- dates -------------------------------------------------------------------------------------------------------

_MONTH_NAMES = {
    1: "january jan enero ene",
    2: "february feb febrero",
    3: "march mar marzo",
    4: "april apr abril abr",
    5: "may mayo",
    6: "june jun junio",
    7: "july jul julio",
    8: "august aug agosto ago",
    9: "september sep sept septiembre setiembre set",
    10: "october oct octubre",
    11: "november nov noviembre",
    12: "december dec diciembre dic",
}
_MONTHS = {name: number for number, names in _MONTH_NAMES.items() for name in names.split()}
_NAME = r"(?P<name>[a-z]{3,10})\.?"
_GAP = r"(?:[\s./-]+(?:de[l]?\s+)?|,\s*)"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|º|°)?"
_ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?\s*(?:Z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII)
_NUMERIC = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?\s?m\.?)?)?",
    re.ASCII | re.IGNORECASE,
)
_MONTH_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{4})", re.ASCII)
_MONTH_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})", re.ASCII)
_DAY_NAMED = re.compile(rf"{_DAY}{_GAP}{_NAME}{_GAP}{_YEAR}", re.ASCII)
_NAMED_DAY = re.compile(rf"{_NAME}\s*{_DAY}(?:\s*,\s*|\s+(?:de[l]?\s+)?){_YEAR}", re.ASCII)
_NAMED = re.compile(rf"{_NAME}{_GAP}(?P<year>\d{{4}})", re.ASCII)
_YEAR_ONLY = re.compile(r"\d{4}", re.ASCII)
_NUMBER_ONLY = re.compile(r"\d{5,6}(?:\.\d+)?", re.ASCII)
_EXCEL_FIRST = 61  # below lies 29 February 1900, a day that Excel counts and that never was
_EPOCHS = {"1900": date(1899, 12, 30), "1904": date(1904, 1, 1)}


@dataclass(frozen=True, slots=True)
class DateStyle:
    """What a mapping says of its dates.

    `order`: DMY, MDY, YMD or empty; `century`: 20, or 0 for not said; `serial`: 1900, 1904 or empty;
    `approximate`: the source says that its days are estimates.
    """

    order: str = ""
    century: int = 0
    serial: str = ""
    approximate: bool = False


@lru_cache(maxsize=32768, typed=True)
def read_date(cell: Cell, style: DateStyle) -> Moment:
    """The date in a cell, as precise as it is written; the time and offset beside it do not move the day."""
    if isinstance(cell, bool | time | timedelta):
        raise DateNotUnderstood
    if isinstance(cell, date):  # a datetime too: its own calendar day
        return _day(cell.year, cell.month, cell.day, style)
    text = as_text(cell)
    found = _read_iso(text, style) or _read_numeric(text, style) or _read_named(text.casefold(), style)
    if found is None:
        found = _read_serial(text, style)
    return found


def _day(year: int, month: int, day: int, style: DateStyle) -> Moment:
    try:
        return (
            Moment(f"{date(year, month, day)}~", "APX")
            if style.approximate
            else Moment(f"{date(year, month, day)}", "DAY")
        )
    except ValueError:
        raise DateNotUnderstood from None


def _month(year: int, month: int) -> Moment:
    try:
        return Moment(f"{year:04}-{month:02}", "MON")
    except Problem:
        raise DateNotUnderstood from None


def _read_iso(text: str, style: DateStyle) -> Moment | None:
    if match := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in match["day"].split("-"))
        return _day(year, month, day, style)
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]), style)
    if match := _MONTH_YEAR_FIRST.fullmatch(text):
        return _month(int(match[1]), int(match[2]))
    if _YEAR_ONLY.fullmatch(text):
        return Moment(text, "YEA") if text > "1000" else _refuse_date()
    return None


def _refuse_date() -> Moment:
    raise DateNotUnderstood


def _read_numeric(text: str, style: DateStyle) -> Moment | None:
    if match := _MONTH_NUMERIC.fullmatch(text):
        return _month(int(match[2]), int(match[1]))
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return None
    first, second = int(match[1]), int(match[3])
    if style.order == "YMD":  # 19-01-30 could be meant, 30/01/2019 not
        if len(match[4]) == len("2019"):
            raise DateOrderWrong
        return _day(_year(match[1].zfill(2), style), second, int(match[4]), style)
    day, month = _ordered(first, second, style.order)
    return _day(_year(match[4], style), month, day, style)


def _ordered(first: int, second: int, order: str) -> tuple[int, int]:
    """Day and month. Without a said order only what can be read in one way alone is read."""
    if order:
        day, month = (first, second) if order == "DMY" else (second, first)
        if month > 12 >= day:
            raise DateOrderWrong
        return day, month
    if first == second or second > 12:
        return second, first
    if first > 12:
        return first, second
    raise DateOrderUnclear


def _year(text: str, style: DateStyle) -> int:
    if len(text) == len("2019"):
        return int(text)
    if not style.century:
        raise CenturyUnclear
    return style.century * 100 + int(text)


def _read_named(text: str, style: DateStyle) -> Moment | None:
    match = _DAY_NAMED.fullmatch(text) or _NAMED_DAY.fullmatch(text)
    if match and (month := _MONTHS.get(match["name"])):
        return _day(_year(match["year"], style), month, int(match["day"]), style)
    match = _NAMED.fullmatch(text)
    if match and (month := _MONTHS.get(match["name"])):
        return _month(int(match["year"]), month)
    return None


def _read_serial(text: str, style: DateStyle) -> Moment:
    if not _NUMBER_ONLY.fullmatch(text):
        raise DateNotUnderstood
    if not style.serial:
        raise DateIsNumber
    days = int(float(text))
    if days < _EXCEL_FIRST:
        raise DateNotUnderstood
    found = _EPOCHS[style.serial] + timedelta(days=days)
    return _day(found.year, found.month, found.day, style)


@lru_cache(maxsize=8192)
def read_edtf(text: str) -> Moment:
    """A date that the file already keeps as EDTF."""
    try:
        return Moment.parse(text)
    except DateNotKept:
        raise DateNotUnderstood from None


# --- times -------------------------------------------------------------------------------------------------------

_TIME = re.compile(
    r"(?:\d{4}-\d{2}-\d{2}[t ])?(?P<hour>\d{1,2})(?:[:h.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?:z|[+-]\d{2}(?::?\d{2})?|hrs?\.?)?",
    re.ASCII,
)


@lru_cache(maxsize=8192, typed=True)
def read_time(cell: Cell) -> str:
    """A time of day as `15:25`, from `3:25:00 p. m.`, `15:25`, `11:00:00`, a native time."""
    if isinstance(cell, datetime | time):
        return f"{cell:%H:%M}"
    match = _TIME.fullmatch(as_text(cell).casefold()) if isinstance(cell, str) else None
    if match is None or not (match["minute"] or match["half"]):  # a bare “11” is a number, not a time
        raise TimeNotUnderstood
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise TimeNotUnderstood
        hour = hour % 12 + (12 if match["half"][0] == "p" else 0)
    if hour > 23 or minute > 59 or int(match["second"] or 0) > 59:
        raise TimeNotUnderstood
    return f"{hour:02}:{minute:02}"


# --- numbers -----------------------------------------------------------------------------------------------------

_GROUP = {".": "[,  '’]", ",": "[.  '’]"}  # what may part thousands beside each decimal mark
_NUMBERS = {
    mark: re.compile(
        rf"[+-]?(?:\d+|\d{{1,3}}(?P<group>{group})\d{{3}}(?:(?P=group)\d{{3}})*)(?:{re.escape(mark)}\d+)?",
        re.ASCII,
    )
    for mark, group in _GROUP.items()
}
_UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)  # 1,022 and 1.022: thousands or a fraction


@lru_cache(maxsize=8192, typed=True)
def read_number(cell: Cell, decimal: str = "") -> float:
    """The number in a cell; `decimal` is the mark that the mapping says, empty for not said."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    if not isinstance(cell, str):
        raise NumberNotUnderstood
    text = visible(cell)
    if not decimal and _UNCLEAR.fullmatch(text):
        raise NumberUnclear
    for mark in decimal or ".,":
        if _NUMBERS[mark].fullmatch(text):
            return float(re.sub(_GROUP[mark], "", text).replace(mark, "."))
    raise NumberNotUnderstood


def read_count(cell: Cell, decimal: str = "") -> int:
    """A number that counts something: whole, zero or above."""
    number = read_number(cell, decimal)
    if number < 0 or not number.is_integer():
        raise NumberNotCount
    return int(number)


def read_amount(cell: Cell, decimal: str = "") -> str:
    """Money as decimal text: whole, or with two decimals."""
    number = read_number(cell, decimal)
    if number < 0 or round(number, 2) != number or number >= 10**12:
        raise AmountNotUnderstood
    return f"{int(number)}" if number.is_integer() else f"{number:.2f}"


# --- points of a map ---------------------------------------------------------------------------------------------

_DEGREES = r"([+-]?\d{1,3}(?:\.\d+)?)"
_METRES = r"(-?\d+(?:\.\d+)?)"
_POINT = re.compile(rf"{_DEGREES}[\s,]+{_DEGREES}(?:[\s,]+{_METRES}(?:[\s,]+{_METRES})?)?", re.ASCII)
_EXACT = re.compile(r"[+-]?\d{1,3}\.\d{3,}[\s,;]+[+-]?\d{1,3}\.\d{3,}(?:[\s,;]+[\d.,;+\s-]*)?", re.ASCII)


def read_point(cell: Cell) -> str:
    """A geopoint, trace or shape of KoboToolbox: `lat lon alt acc` each, as a person reads it."""
    points = [part for part in as_text(cell).split(";") if part.strip()]
    if not points:
        raise PointNotUnderstood
    return "; ".join(_point(part.strip()) for part in points)


def _point(text: str) -> str:
    match = _POINT.fullmatch(text)
    if match is None or abs(float(match[1])) > 90 or abs(float(match[2])) > 180:
        raise PointNotUnderstood
    further = [f"alt. {match[3]} m"] if match[3] and float(match[3]) else []
    further += [f"±{match[4]} m"] if match[4] and float(match[4]) else []
    return f"{match[1]}, {match[2]}" + (f" ({', '.join(further)})" if further else "")


def holds_point(text: str) -> bool:
    """Whether a text is a point of a map to the hundred metres, which belongs to no fact."""
    return text[:1] in _SIGNS and _EXACT.fullmatch(text) is not None


_SIGNS = frozenset("0123456789+-")


# --- answers -----------------------------------------------------------------------------------------------------

_ANSWERS = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "sí", "si", "s", "verdadero", "x"), "yes"),
    **dict.fromkeys(("no", "n", "false", "f", "0", "falso"), "no"),
    **dict.fromkeys(("n/a", "not applicable", "no aplica", "nap"), "NAP"),
    **dict.fromkeys(("unknown", "don't know", "desconocido", "se desconoce", "no sabe", "unk"), "UNK"),
    **dict.fromkeys(("not asked", "no se preguntó", "nas"), "NAS"),
    **dict.fromkeys(
        ("declined", "prefer not to answer", "prefirió no responder", "no responde", "dec"), "DEC"
    ),
}


def read_answer(cell: Cell) -> str:
    """`yes`, `no` or a no-answer, from Yes, Sí, True, 1, N/A and their like in English and Spanish."""
    answer = _ANSWERS.get(folded(cell))
    if answer is None:
        raise AnswerNotUnderstood
    return answer
