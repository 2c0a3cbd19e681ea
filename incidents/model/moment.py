"""When something happened, exactly as precisely as somebody knows it.

A Moment is EDTF text (ISO 8601-2, the few shapes below) and a code of the list `date_precision`, or a no-answer.
Our own reader instead of a library: `edtf` on PyPI covers levels 0 to 2 of the standard (sets, masked digits,
exponents), far more than a form can say or a reader would follow, and lacks what we need most: that text and
precision agree, and words in each of our languages. The subset fits on a page and is tested shape by shape.

    DAY 2019-11-14      MON 2019-11      YEA 2019      SEA 2019-21 … 2019-24 (spring … winter)
    APX 2019-11-14~     RNG 2019-11-14/2019-11-18 (each end a day, a month or a year)
    BEF ../2019-11-14   AFT 2019-11-14/..              UNK NAS DEC NAP (empty: one of the four no-answers)
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from incidents.errors import Problem, _
from incidents.model import tongues


class DateNotKept(Problem):
    status = 422
    code = "date-not-kept"
    sentence = _("This date cannot be kept. Write a day (2019-11-14), a month (2019-11) or a year (2019).")


class PrecisionDisagrees(Problem):
    status = 422
    code = "precision-disagrees"
    sentence = _(
        "The date and how exactly it is known do not agree. Give no more digits than the person knows."
    )


class RangeBackwards(Problem):
    status = 422
    code = "range-backwards"
    sentence = _("The first date of this range must come before the last.")


_POINT = r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-\d{2})?)?"
_SHAPES = {
    "DAY": r"\d{4}-\d{2}-\d{2}",
    "APX": r"\d{4}-\d{2}-\d{2}~",
    "RNG": f"{_POINT}/{_POINT}",
    "MON": r"\d{4}-(?:0[1-9]|1[0-2])",
    "YEA": r"\d{4}",
    "SEA": r"\d{4}-2[1-4]",
    "BEF": rf"\.\./{_POINT}",
    "AFT": rf"{_POINT}/\.\.",
    "UNK": "",
    "NAS": "",
    "DEC": "",
    "NAP": "",
}
_COMPILED = {precision: re.compile(shape, re.ASCII) for precision, shape in _SHAPES.items()}
PRECISIONS = tuple(_SHAPES)

# “About the 15th” is taken as ten to twenty: the middle third of the month, as speakers use it.
APPROXIMATE = timedelta(days=5)
# A season is kept wide, for both the calendar's and the weather's: from its first month to the month it ends in.
# “Winter 2019” may be January or December of that year, so it reaches over both.
_SEASONS = {
    21: (3, 0, 6),
    22: (6, 0, 9),
    23: (9, 0, 12),
    24: (1, 1, 3),
}  # first month, years later, last month

Bounds = tuple[date | None, date | None]


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _point(text: str) -> tuple[date, date]:
    """First and last day that a day, a month or a year may mean."""
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    if day:
        return date(year, month, day), date(year, month, day)
    if month:
        return date(year, month, 1), _month_end(year, month)
    return date(year, 1, 1), date(year, 12, 31)


def _approximate(text: str) -> Bounds:
    day = date.fromisoformat(text[:-1])
    return day - APPROXIMATE, day + APPROXIMATE


def _season(text: str) -> Bounds:
    year, (first, later, last) = int(text[:4]), _SEASONS[int(text[5:])]
    return date(year, first, 1), _month_end(year + later, last)


def _range(text: str) -> Bounds:
    (first, first_end), (last, last_end) = (_point(end) for end in text.split("/"))
    if first > last or first_end > last_end or (first, first_end) == (last, last_end):
        raise RangeBackwards
    return first, last_end


@lru_cache(maxsize=8192)
def _bounds(edtf: str, precision: str) -> Bounds:
    shape = _COMPILED.get(precision)
    if shape is None or not shape.fullmatch(edtf):
        raise PrecisionDisagrees if shape is not None and _known_shape(edtf) else DateNotKept
    try:
        return _BOUNDS[precision](edtf)
    except (ValueError, OverflowError):  # 30 February, the year 0: no such day
        raise DateNotKept from None


_BOUNDS: dict[str, Callable[[str], Bounds]] = {
    "DAY": _point,
    "MON": _point,
    "YEA": _point,
    "APX": _approximate,
    "SEA": _season,
    "RNG": _range,
    "BEF": lambda text: (None, _point(text[3:])[1]),
    "AFT": lambda text: (_point(text[:-3])[0], None),
    **dict.fromkeys(("UNK", "NAS", "DEC", "NAP"), lambda _text: (None, None)),
}


def _known_shape(edtf: str) -> str | None:
    return next((precision for precision, shape in _COMPILED.items() if shape.fullmatch(edtf)), None)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date at the precision known; made only where text and precision agree."""

    edtf: str
    precision: str

    def __post_init__(self) -> None:
        _bounds(self.edtf, self.precision)

    @classmethod
    def parse(cls, edtf: str) -> "Moment":
        """The Moment that this EDTF text says; its shape gives the precision."""
        precision = _known_shape(edtf)
        if precision is None:
            raise DateNotKept
        return cls(edtf, precision)

    @classmethod
    def from_json(cls, value: object) -> "Moment":
        if not isinstance(value, dict) or set(value) != {"edtf", "precision"}:
            raise DateNotKept
        edtf, precision = value["edtf"], value["precision"]
        if not isinstance(edtf, str) or not isinstance(precision, str):
            raise DateNotKept
        return cls(edtf, precision)

    def to_json(self) -> dict[str, str]:
        return {"edtf": self.edtf, "precision": self.precision}

    @property
    def earliest(self) -> date | None:
        """First day this may mean; None where it is open."""
        return _bounds(self.edtf, self.precision)[0]

    @property
    def latest(self) -> date | None:
        return _bounds(self.edtf, self.precision)[1]

    @property
    def month(self) -> str | None:
        """`2019-11` where the whole of it lies in one month: then it may be counted there."""
        first, last = _bounds(self.edtf, self.precision)
        if first is None or last is None or (first.year, first.month) != (last.year, last.month):
            return None
        return f"{first:%Y-%m}"

    @property
    def year(self) -> int | None:
        first, last = _bounds(self.edtf, self.precision)
        return first.year if first and last and first.year == last.year else None

    def in_words(self, language: str = "en") -> str:
        """As a report writes it: “13 November 2019”, “mid-November 2019”, “some day in 2019”."""
        return _in_words(self.edtf, self.precision, tongues.language(language))


UNKNOWN = Moment("", "UNK")

_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
    "ht": "janvye fevriye mas avril me jen jiyè out septanm oktòb novanm desanm".split(),
}
FIRST = {"fr": "1er", "pt": "1º", "ht": "1ye"}  # of a month, where it is no plain number
_OF = {"es": " de ", "pt": " de "}  # between day, month and year
_ARTICLE = {"es": "el ", "fr": "le "}  # before a day
_SEASON_NAMES = {
    "en": {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"},
    "es": {"21": "primavera", "22": "verano", "23": "otoño", "24": "invierno"},
    "fr": {"21": "printemps", "22": "été", "23": "automne", "24": "hiver"},
    "pt": {"21": "primavera", "22": "verão", "23": "outono", "24": "inverno"},
    "ht": {"21": "prentan", "22": "ete", "23": "otòn", "24": "ivè"},
}
_PHRASES = {
    "en": {
        "about": "about {0}",
        "MON": "some day in {0}",
        "YEA": "some day in {0}",
        "SEA": "{0} {1}",
        "RNG": "between {0} and {1}",
        "BEF": "{0} or before",
        "AFT": "{0} or after",
        "UNK": "date unknown",
        "NAS": "date not asked",
        "DEC": "date not told",
        "NAP": "no date applies",
        "thirds": ("early {0}", "mid-{0}", "late {0}"),
    },
    "es": {
        "about": "hacia el {0}",
        "MON": "algún día de {0}",
        "YEA": "algún día de {0}",
        "SEA": "{0} de {1}",
        "RNG": "entre {0} y {1}",
        "BEF": "{0} o antes",
        "AFT": "{0} o después",
        "UNK": "fecha desconocida",
        "NAS": "no se preguntó la fecha",
        "DEC": "prefirió no decir la fecha",
        "NAP": "no aplica ninguna fecha",
        "thirds": ("principios de {0}", "mediados de {0}", "finales de {0}"),
    },
    "fr": {
        "about": "vers le {0}",
        "MON": "un jour en {0}",
        "YEA": "un jour en {0}",
        "SEA": "{0} {1}",
        "RNG": "entre {0} et {1}",
        "BEF": "{0} ou avant",
        "AFT": "{0} ou après",
        "UNK": "date inconnue",
        "NAS": "date non demandée",
        "DEC": "a préféré ne pas dire la date",
        "NAP": "aucune date ne s’applique",
        "thirds": ("début {0}", "mi-{0}", "fin {0}"),
    },
    "pt": {
        "about": "por volta de {0}",
        "MON": "algum dia de {0}",
        "YEA": "algum dia de {0}",
        "SEA": "{0} de {1}",
        "RNG": "entre {0} e {1}",
        "BEF": "{0} ou antes",
        "AFT": "{0} ou depois",
        "UNK": "data desconhecida",
        "NAS": "data não perguntada",
        "DEC": "preferiu não dizer a data",
        "NAP": "nenhuma data se aplica",
        "thirds": ("início de {0}", "meados de {0}", "fim de {0}"),
    },
    "ht": {
        "about": "anviwon {0}",
        "MON": "yon jou nan mwa {0}",
        "YEA": "yon jou nan ane {0}",
        "SEA": "{0} {1}",
        "RNG": "ant {0} ak {1}",
        "BEF": "{0} oswa anvan",
        "AFT": "{0} oswa apre",
        "UNK": "dat la pa konnen",
        "NAS": "yo pa mande dat la",
        "DEC": "pito pa di dat la",
        "NAP": "pa gen dat pou sa",
        "thirds": ("nan kòmansman {0}", "nan mitan {0}", "nan fen {0}"),
    },
}


def _said(text: str, language: str, like: str = "") -> str:
    """A day, month or year in words, without the year and month that it shares with what follows (`like`)."""
    year, month, day = ([*text.split("-"), "", ""])[:3]
    of = _OF.get(language, " ")
    name = _MONTHS[language][int(month) - 1] if month else ""
    same_year = bool(month) and like[:4] == year and len(like) > len("2019")
    same_month = bool(day) and like[:7] == text[:7] and len(like) > len("2019-11")
    number = FIRST.get(language, "1") if day == "01" else day.lstrip("0")
    parts = [number, "" if same_month else name, "" if same_year else year]
    return of.join(part for part in parts if part)


def _third(first: str, last: str) -> int | None:
    """Which third of a month a range is: 1–10, 11–20, 21–end."""
    if first[:7] != last[:7] or len(first) != len("2019-11-01") or len(last) != len(first):
        return None
    end = f"{calendar.monthrange(int(first[:4]), int(first[5:7]))[1]:02}"
    return {("01", "10"): 0, ("11", "20"): 1, ("21", end): 2}.get((first[8:], last[8:]))


def _range_in_words(edtf: str, language: str) -> str:
    first, last = edtf.split("/")
    third = _third(first, last)
    if third is not None:
        return str(_PHRASES[language]["thirds"][third]).format(_said(first[:7], language))
    ends = [_said(first, language, like=last), _said(last, language)]
    if article := _ARTICLE.get(language):
        ends = [
            f"{article}{end}" if len(text) > len("2019-11") else end
            for end, text in zip(ends, (first, last), strict=True)
        ]
    return str(_PHRASES[language]["RNG"]).format(*ends)


def _approximate_in_words(day: str, language: str) -> str:
    if day.endswith("-15"):
        return str(_PHRASES[language]["thirds"][1]).format(_said(day[:7], language))
    return str(_PHRASES[language]["about"]).format(_said(day, language))


def _open_in_words(point: str, phrase: str, language: str) -> str:
    article = _ARTICLE.get(language, "") if len(point) > len("2019-11") else ""
    return phrase.format(article + _said(point, language))


@lru_cache(maxsize=4096)
def _in_words(edtf: str, precision: str, language: str) -> str:
    phrase = str(_PHRASES[language].get(precision, ""))
    match precision:
        case "DAY":
            return _said(edtf, language)
        case "APX":
            return _approximate_in_words(edtf[:-1], language)
        case "RNG":
            return _range_in_words(edtf, language)
        case "SEA":
            return phrase.format(_SEASON_NAMES[language][edtf[5:]], edtf[:4])
        case "BEF":
            return _open_in_words(edtf[3:], phrase, language)
        case "AFT":
            return _open_in_words(edtf[:-3], phrase, language)
        case "MON" | "YEA":
            return phrase.format(_said(edtf, language))
        case _:
            return phrase
