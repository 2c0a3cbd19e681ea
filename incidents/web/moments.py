"""The pieces in which moments and places are typed, and what they say: in two taps, never more exactly than known.

A moment's `kind` says which further pieces count (a day, a month, a year …), is a no-answer, or is itself the date:
a recent day or month as it stands in a chip (`2026-11-27`, `2026-11`), or whatever else was told and has no pieces. A
place's `city` is the official code of a city met often, a state's, or a no-answer; any other place comes as country,
state and municipality.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from flask_babel import format_date
from flask_babel import lazy_gettext as _l

from incidents.errors import Problem
from incidents.model import clock, place
from incidents.model.moment import Moment
from incidents.model.vocabulary import NO_ANSWERS
from incidents.web.language import codes, speaks

PLACE_PIECES = ("city", "country", "state", "municipality", "type", "precision")
MOMENT_PIECES = ("kind", "day", "until", "between", "month", "year", "earlier", "season", "part")

DAY_MISSING = _l("Choose the day, or say that it is not known so exactly.")
MONTH_MISSING = _l("Choose the month and the year, or say that they are not known.")
YEAR_MISSING = _l("Choose the year, or write it with four digits, such as 2019.")
SEASON_MISSING = _l("Choose the season and the year, or say that they are not known.")
POINT_MISSING = _l("Choose a day, or a year and perhaps its month.")
TO_COME = _l("This has not come yet. Look at the year.")
TWO_PLACES = _l("Two places are chosen here. Keep the city, or the other place.")

Pieces = Mapping[str, str]
Wrong = dict[str, Any]  # piece → sentence

PARTS = {"early": ("01", "10"), "mid": ("15", ""), "late": ("21", "")}
SEASONS = ("21", "22", "23", "24")
MONTHS = tuple(f"{number:02}" for number in range(1, 13))
# Official codes of the cities where most of it happens, west to east and then inland, by the names people use.
CITIES = {
    "02004": "Tijuana",
    "02002": "Mexicali",
    "26055": "San Luis Río Colorado",
    "26043": "Nogales",
    "26002": "Agua Prieta",
    "08037": "Ciudad Juárez",
    "08052": "Ojinaga",
    "05002": "Ciudad Acuña",
    "05025": "Piedras Negras",
    "28027": "Nuevo Laredo",
    "28032": "Reynosa",
    "28022": "Matamoros",
    "19039": "Monterrey",
    "05030": "Saltillo",
    "05035": "Torreón",
    "07089": "Tapachula",
    "MX-CMX": "Ciudad de México",
}
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_POINT = re.compile(r"\d{4}(?:-(?:0\d|1[0-2])(?:-\d{2})?)?")


# -- what may be chosen


def here() -> date:
    """Today, where the conversations are held."""
    return clock.today()


def recent(chosen: str = "") -> list[tuple[str, str]]:
    """Today, yesterday and the last twelve months, as a moment's chips have them; and what was chosen before."""
    today = here()
    days = [(today, _l("Today")), (today - timedelta(days=1), _l("Yesterday"))]
    found = [(day.isoformat(), f"{word}, {format_date(day, 'd MMM')}") for day, word in days]
    for back in range(12):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        found.append((f"{year}-{month + 1:02}", format_date(date(year, month + 1, 1), "MMM y")))
    if chosen not in dict(found) and chosen and _holds(chosen):
        found.append((chosen, Moment.parse(chosen).in_words(speaks())))
    return found


def years(chosen: str = "") -> list[str]:
    """The last ten years, and one that was chosen before."""
    found = [str(here().year - back) for back in range(10)]
    return [*found, chosen] if chosen and chosen not in found else found


def ahead(chosen: str = "") -> list[tuple[str, str]]:
    """Days soon to come, for a danger that has a date."""
    soon = (
        (1, _l("Tomorrow")),
        (2, _l("In two days")),
        (3, _l("In three days")),
        (7, _l("In a week")),
        (14, _l("In two weeks")),
        (30, _l("In a month")),
    )
    days = [(here() + timedelta(days=later), word) for later, word in soon]
    found = [(day.isoformat(), f"{word}, {format_date(day, 'd MMM')}") for day, word in days]
    return found if not chosen or chosen in dict(found) else [*found, (chosen, chosen)]


def month_name(month: str, *, short: bool = False) -> str:
    return str(format_date(date(2000, int(month), 1), "LLL" if short else "LLLL"))


def between(form: Mapping[str, str]) -> list[str]:
    """Ranges from each day in court or of return to the next, as far as the report names them."""
    names = {
        name.rpartition(".")[0] for name in form if name.startswith("incident.mpp.") and "." in name[13:]
    }
    said = (moment({piece: form.get(f"{name}.{piece}", "") for piece in MOMENT_PIECES})[0] for name in names)
    days = sorted({each["edtf"] for each in said if each and each["precision"] == "DAY"})
    return [f"{first}/{last}" for first, last in pairwise(days)]


def words(form: Mapping[str, str], name: str) -> str:
    """What the pieces of this moment say, read back; nothing where they say nothing yet."""
    said, _wrong = moment({piece: form.get(f"{name}.{piece}", "") for piece in MOMENT_PIECES}, may_come=True)
    return Moment.from_json(said).in_words(speaks()) if said and _holds(said["edtf"]) else ""


# -- a moment


def moment(pieces: Pieces, *, may_come: bool = False) -> tuple[dict[str, str] | None, Wrong]:
    """What the pieces say, and which of them are missing or wrong."""
    given = {name: pieces.get(name, "").strip() for name in MOMENT_PIECES}
    given["year"] = given["year"] or given["earlier"]
    kind = given["kind"] or _kind(given)
    if not kind:
        return None, {}
    if kind in NO_ANSWERS or kind == "unknown":
        return {"edtf": "", "precision": "UNK" if kind == "unknown" else kind}, {}
    wrong = _missing(kind, given)
    edtf = "" if wrong else _said(kind, given)
    if edtf and not may_come and _is_to_come(edtf, kind, given):
        wrong = {_last_piece(kind, given): TO_COME}
    if wrong or not edtf:
        return None, wrong
    return {"edtf": edtf, "precision": _precision(edtf)}, {}


def _kind(given: Pieces) -> str:
    """What the pieces say by themselves, where nobody said how exactly it is known."""
    if given["day"]:
        return "range" if given["until"] else "day"
    return "month" if given["month"] and given["year"] else "year" if given["year"] else ""


def _missing(kind: str, given: Pieces) -> Wrong:
    point = given["day"] or given["year"]
    ends = {name: DAY_MISSING for name in ("day", "until") if not given[name]}
    wanted: dict[str, Wrong] = {
        "day": {} if given["day"] else {"day": DAY_MISSING},
        "about": {} if given["day"] else {"day": DAY_MISSING},
        "range": {} if given["between"] else ends,
        "month": {} if given["month"] and given["year"] else {"month": MONTH_MISSING},
        "season": {} if given["season"] and given["year"] else {"season": SEASON_MISSING},
        "year": {} if given["year"] else {"year": YEAR_MISSING},
        "before": {} if point else {"day": POINT_MISSING},
        "after": {} if point else {"day": POINT_MISSING},
    }
    return wanted.get(kind, {})


def _said(kind: str, given: Pieces) -> str:
    """The EDTF text; it may still be none, where a piece holds what is no date."""
    day, year, month = given["day"], given["year"], given["month"]
    point = day or (f"{year}-{month}" if month else year)
    said = {
        "day": day,
        "about": f"{day}~",
        "range": f"{day}/{given['until']}" if day and given["until"] else given["between"],
        "month": _part(f"{year}-{month}", given["part"]),
        "season": f"{year}-{given['season']}",
        "year": year,
        "before": f"../{point}",
        "after": f"{point}/..",
    }.get(kind)
    if said is not None:
        return said
    return _part(kind, given["part"]) if len(kind) == len("2026-11") else kind if _holds(kind) else ""


def _part(month: str, part: str) -> str:
    """Early, mid or late in a month; the middle is about the 15th."""
    if part not in PARTS or not _MONTH.fullmatch(month) or not _holds(month):
        return month
    first, last = PARTS[part]
    end = last or f"{Moment.parse(month).latest:%d}"
    return f"{month}-15~" if part == "mid" else f"{month}-{first}/{month}-{end}"


def _is_to_come(edtf: str, kind: str, given: Pieces) -> bool:
    """Whether what happened would lie beyond tomorrow, wherever on earth it is written."""
    tomorrow = (here() + timedelta(days=1)).isoformat()
    points = _POINT.findall(edtf)
    point = points[0] if given["part"] and kind != "range" else points[-1] if points else ""
    return bool(point > tomorrow[: len(point)])


def _last_piece(kind: str, given: Pieces) -> str:
    if kind == "range":
        return "until"
    if kind[:1] in "2.1":
        return "kind"  # the chip itself is the date
    by_day = kind in ("day", "about") or (kind in ("before", "after") and given["day"])
    return "day" if by_day else "year"


def _holds(edtf: str) -> bool:
    try:
        Moment.parse(edtf)
    except Problem:
        return False
    return True


def _precision(edtf: str) -> str:
    """The precision that its shape says; what is no date is left for the schema to refuse, in its own words."""
    return Moment.parse(edtf).precision if _holds(edtf) else "DAY"


def pieces_of(value: dict[str, str]) -> dict[str, str]:
    """The pieces of a moment; its own text where it is of a kind that the form has no pieces for."""
    edtf, precision = value["edtf"], value["precision"]
    if precision in NO_ANSWERS:
        return {"kind": "unknown" if precision == "UNK" else precision}
    first, _slash, last = edtf.partition("/")
    year, month = edtf[:4], edtf[5:7]
    by_precision = {
        "DAY": {"kind": "day", "day": edtf},
        "APX": {"kind": "about", "day": edtf.rstrip("~")},
        "MON": {"kind": "month", "year": year, "month": month},
        "SEA": {"kind": "season", "year": year, "season": month},
        "YEA": {"kind": "year", "year": year},
        "BEF": {"kind": "before", **_point_pieces(last)},
        "AFT": {"kind": "after", **_point_pieces(first)},
        "RNG": {"kind": "range", "day": first, "until": last},
    }
    part = next((part for part in PARTS if _part(edtf[:7], part) == edtf), "")
    if part and precision in ("APX", "RNG"):
        return {"kind": "month", "year": year, "month": month, "part": part}
    by_days = precision != "RNG" or len(first) == len(last) == len("2019-11-14")
    return by_precision[precision] if by_days else {"kind": edtf}


def _point_pieces(point: str) -> dict[str, str]:
    if len(point) == len("2019-11-14"):
        return {"day": point}
    return {"year": point[:4]} | ({"month": point[5:]} if len(point) > len("2019") else {})


# -- a place


def where(pieces: Pieces) -> tuple[dict[str, str], Wrong]:
    """A city's code says its state, a state's its country; the precision is that of the finest code."""
    given = {name: value for name in PLACE_PIECES if (value := pieces.get(name, "").strip())}
    chosen = _of_city(given.pop("city", ""))
    if any(given.get(name, code) != code for name, code in chosen.items()):
        return {}, {"city": TWO_PLACES}
    given |= chosen
    state = place.MEXICAN_STATES.get(given.get("municipality", "")[:2])
    if state and "state" not in given:
        given["state"] = state
    if "state" in given and "country" not in given:
        country = next((a3 for a3, a2 in place.countries().items() if a2 == given["state"][:2]), None)
        given |= {"country": country} if country else {}
    return given, {}


def municipalities(state: str, chosen: str = "") -> tuple[list[str], list[str]]:
    """Which to offer: those of the chosen state, the ones that come with the program first; without one, these alone.

    A whole catalogue has 2,475, which nobody finds anything in. What is chosen already is always among them.
    """
    known = codes("municipality")
    first = [code for code in known if code in place.shipped() and _within(code, state)]
    others = [code for code in known if state and code not in place.shipped() and _within(code, state)]
    return first, others if chosen in ("", *first, *others) else [*others, chosen]


def _within(code: str, state: str) -> bool:
    return not state or place.MEXICAN_STATES.get(code[:2]) == state


def _of_city(code: str) -> dict[str, str]:
    if not code:
        return {}
    return {"country" if code in NO_ANSWERS else "state" if code.startswith("MX-") else "municipality": code}


def place_pieces(value: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The pieces of a place: a city met often is its chip, and only that, so that another tap changes it."""
    codes = {name: value[name] for name in ("country", "state", "municipality") if value.get(name)}
    city = next((code for code in reversed(codes.values()) if code in CITIES or code in NO_ANSWERS), "")
    if city and where({"city": city})[0] == codes:
        codes = {"city": city}
    yield from codes.items()
    if value.get("type"):
        yield "type", value["type"]
    if value.get("precision") and value["precision"] != place.precision_of(value):
        yield "precision", value["precision"]
