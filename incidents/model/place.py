"""Where something happened, by official codes and exactly as precisely as somebody knows it.

Country: ISO 3166-1 alpha-3. State: ISO 3166-2. Municipality: INEGI code as text (`02004`, the nought counts).
Names are labels and never keys: Juárez, Guerrero and Hidalgo each name several Mexican municipalities.
`places.csv` ships the municipalities along the border with the United States, Monterrey, Saltillo, Torreón,
Tapachula and the sixteen of Mexico City (codes: INEGI, Marco Geoestadístico). An instance may load the official
catalogue: a `places.csv` of the same shape in its folder, read at start and again whenever it changed.
"""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self

import pycountry

from incidents.errors import Problem, WillNotStart, _
from incidents.model import tongues
from incidents.model.countries import country_label as country_label
from incidents.model.countries import iso_names
from incidents.model.vocabulary import codes


class PlaceNotKept(Problem):
    status = 422
    code = "place-not-kept"
    sentence = _(
        "This place cannot be kept: it is not given as country, state, municipality, kind of place and precision."
    )


class CountryUnknown(Problem):
    status = 422
    code = "country-unknown"
    sentence = _("There is no such country. Use its three letters of ISO 3166-1, such as MEX.")


class StateUnknown(Problem):
    status = 422
    code = "state-unknown"
    sentence = _("There is no such state in this country. Use its code of ISO 3166-2, such as MX-BCN.")


class MunicipalityUnknown(Problem):
    status = 422
    code = "municipality-unknown"
    sentence = _("This is no municipality of this state. Use the five digits of INEGI, such as 02004.")


class PlaceTypeUnknown(Problem):
    status = 422
    code = "place-type-unknown"
    sentence = _("This kind of place is not in the list.")


class PlaceTooPrecise(Problem):
    status = 422
    code = "place-too-precise"
    sentence = _(
        "The place is said to be known more precisely than what is given of it. Choose the precision that fits."
    )


class CatalogueNotUsable(Problem):
    status = 422
    code = "catalogue-not-usable"
    sentence = _("This file is no catalogue of municipalities. Row %(row)s: %(why)s")


NO_COLUMNS = _(
    "no columns with a five-digit code of INEGI and a name (cvegeo and municipio, or code and name)."
)
NOT_FIVE_DIGITS = _("the code is not the five digits of INEGI, such as 02004.")
NO_SUCH_STATE = _("the first two digits of the code are no state of Mexico.")
OTHER_STATE = _("the state is not the one that the code belongs to.")
GEONAMES = _(
    "states are numbered by GeoNames (MX.02), which counts them otherwise than INEGI; use INEGI's codes."
)
NO_NAME = _("the name is missing.")
TWICE = _("the code stands there twice, with different names.")
NOT_TEXT = _("the file is no CSV in UTF-8 or ISO-8859-1.")

FILE = Path(__file__).with_name("places.csv")
UNKNOWN = "UNK"  # the precision of a place of which nothing is known

# INEGI numbers the states in the order of their former names; GeoNames numbers them otherwise: never mix the two.
MEXICAN_STATES = dict(
    zip(
        (f"{number:02}" for number in range(1, 33)),
        (
            "MX-AGU MX-BCN MX-BCS MX-CAM MX-COA MX-COL MX-CHP MX-CHH MX-CMX MX-DUR MX-GUA "
            "MX-GRO MX-HID MX-JAL MX-MEX MX-MIC MX-MOR MX-NAY MX-NLE MX-OAX MX-PUE MX-QUE "
            "MX-ROO MX-SLP MX-SIN MX-SON MX-TAB MX-TAM MX-TLA MX-VER MX-YUC MX-ZAC"
        ).split(),
        strict=True,
    )
)
# What a precision claims must be given: nobody knows “the municipality” without saying which.
_CLAIMS = {"EXA": "country", "NEA": "country", "MUN": "municipality", "STA": "state", "CTY": "country"}
_FIELDS = ("country", "state", "municipality", "type", "precision")
_MUNICIPALITY = re.compile(r"\d{5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Municipality:
    code: str
    name: str
    state: str


@cache
def shipped() -> dict[str, Municipality]:
    """The municipalities that come with the program, by code."""
    return {m.code: m for m in read_catalogue(FILE.read_bytes())}


Mark = tuple[int, int, int]


@dataclass
class _Known:
    """What this process knows now: the shipped municipalities and those of the instance's own file."""

    file: Path | None = None
    mark: Mark | None = None  # of the file as it was last read
    places: dict[str, Municipality] = field(default_factory=dict)
    whole: bool = False  # every state is in the file: a code that is not in it is none


_known_here = _Known()


def look_in(folder: Path) -> None:
    """From here on this instance's own catalogue counts; one that is damaged is said at the start."""
    _known_here.file, _known_here.mark, _known_here.whole = folder / FILE.name, None, False
    _known_here.places = {}
    try:
        _renew(strict=True)
    except CatalogueNotUsable as problem:
        raise WillNotStart(why=f"{_known_here.file}: {problem.said()} Remove it and load it again.") from None


def _mark(file: Path | None) -> Mark | None:
    try:
        found = os.stat(file) if file is not None else None  # noqa: PTH116  asked at each check: twice as fast
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None


def _renew(*, strict: bool = False) -> None:
    """Read the file again where it changed; one that became damaged leaves what was known."""
    known, mark = _known_here, _mark(_known_here.file)
    if mark == known.mark:
        return
    try:
        own = read_catalogue(known.file.read_bytes()) if known.file and mark else ()
    except (CatalogueNotUsable, OSError):
        if strict:
            raise
    else:
        known.places = shipped() | {m.code: m for m in own}
        known.whole = {m.state for m in own} >= set(MEXICAN_STATES.values())
    known.mark = mark


def catalogue() -> Mark | None:
    """Which catalogue counts now: what is remembered of a place holds as long as this stays the same."""
    _renew()
    return _known_here.mark


def municipalities() -> dict[str, Municipality]:
    """The municipalities by code: the shipped ones and those that were loaded here."""
    _renew()
    return _known_here.places or shipped()


def no_municipality(code: str | None) -> bool:
    """The official catalogue was loaded here, and this code is not in it."""
    if code is None or _no_answer(code) or code in municipalities():
        return False
    return _known_here.whole


# -- catalogues

_CODE = ("code", "cvegeo", "inegi_cvegeo")
_NAME = ("name", "municipio", "municipality")
_STATE = ("state", "iso_3166_2", "cve_ent", "inegi_cve_ent")


def read_catalogue(data: bytes) -> tuple[Municipality, ...]:
    """The municipalities of a catalogue, each row checked; what is wrong is said with its row."""
    rows = csv.DictReader(io.StringIO(_text(data), newline=""))
    try:
        columns = [name.strip().casefold() for name in rows.fieldnames or ()]
        code, name = (next((each for each in of if each in columns), "") for of in (_CODE, _NAME))
        if not code or not name:
            numbered = any("geonames" in each or each == "admin1" for each in columns)
            raise CatalogueNotUsable(row=1, why=GEONAMES if numbered else NO_COLUMNS)
        rows.fieldnames = columns
        return tuple(_distinct(_municipality(n, row, code, name) for n, row in enumerate(rows, 2)))
    except csv.Error:
        raise CatalogueNotUsable(row=rows.line_num, why=NOT_TEXT) from None


def _text(data: bytes) -> str:
    if b"\0" in data:
        raise CatalogueNotUsable(row=1, why=NOT_TEXT)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def _municipality(number: int, row: Mapping[str, str | None], code: str, name: str) -> Municipality:
    given, label = (row[code] or "").strip(), " ".join((row[name] or "").split())
    state = MEXICAN_STATES.get(given[:2], "")
    why = _fault(given, label, state, [(row.get(column) or "").strip() for column in _STATE])
    if why:
        raise CatalogueNotUsable(row=number, why=why)
    return Municipality(given, label, state)


def _fault(code: str, label: str, state: str, said: Iterable[str]) -> str:
    """What is wrong with a row; its state may be said by its number of INEGI or by ISO 3166-2."""
    codes_said = [each for each in said if each[:1].isdigit() or each[:2].upper() == "MX"]
    if any(each.upper().startswith("MX.") for each in (code, *codes_said)):
        return GEONAMES
    if not _MUNICIPALITY.fullmatch(code) or code.endswith("000"):
        return NOT_FIVE_DIGITS
    if not state:
        return NO_SUCH_STATE
    if any(each not in (state, code[:2]) for each in codes_said):
        return OTHER_STATE
    return "" if label else NO_NAME


def _distinct(found: Iterable[Municipality]) -> Iterator[Municipality]:
    """Each code once; `found` is numbered as the rows of the file."""
    known: dict[str, Municipality] = {}
    for number, each in enumerate(found, 2):
        before = known.setdefault(each.code, each)
        if before is each:
            yield each
        elif before != each:
            raise CatalogueNotUsable(row=number, why=TWICE)


def named(name: str, state: str = "") -> tuple[Municipality, ...]:
    """Every municipality of this name that we know: often several, so that a person must choose."""
    wanted = name.casefold().strip()
    return tuple(
        m for m in municipalities().values() if m.name.casefold() == wanted and state in ("", m.state)
    )


@cache
def countries() -> dict[str, str]:
    """Alpha-3 → alpha-2 of every country of ISO 3166-1."""
    return {country.alpha_3: country.alpha_2 for country in pycountry.countries}


@cache
def states() -> dict[str, str]:
    """ISO 3166-2 code → its name in its own language, for every country."""
    return {subdivision.code: subdivision.name for subdivision in pycountry.subdivisions}


def _known(vocabulary: str) -> Container[str]:
    return codes(vocabulary)  # as they are now: a coordinator may add one


def _no_answer(value: str | None) -> bool:
    return value is not None and value in _known("no_answer")


@dataclass(frozen=True, slots=True)
class Place:
    """A place whose codes fit together. A no-answer (UNK, NAS, DEC, NAP) may stand for any code but the precision."""

    country: str | None = None
    state: str | None = None
    municipality: str | None = None
    type: str | None = None
    precision: str = UNKNOWN

    def __post_init__(self) -> None:
        self._check_country()
        self._check_state()
        self._check_municipality()
        if self.type is not None and not _no_answer(self.type) and self.type not in _known("location_type"):
            raise PlaceTypeUnknown
        self._check_precision()

    def _check_country(self) -> None:
        if self.country is not None and not _no_answer(self.country) and self.country not in countries():
            raise CountryUnknown

    def _check_state(self) -> None:
        if self.state is None or _no_answer(self.state):
            return
        # The first two letters of a subdivision are its country's, so a state cannot stand alone or elsewhere.
        if self.state not in states() or countries().get(self.country or "") != self.state[:2]:
            raise StateUnknown

    def _check_municipality(self) -> None:
        if self.municipality is None or _no_answer(self.municipality):
            return
        shaped = _MUNICIPALITY.fullmatch(self.municipality) and not self.municipality.endswith("000")
        if not shaped or self.state is None or MEXICAN_STATES.get(self.municipality[:2]) != self.state:
            raise MunicipalityUnknown

    def _check_precision(self) -> None:
        if self.precision == UNKNOWN:
            return
        if self.precision not in _known("place_precision"):
            raise PlaceNotKept
        given = getattr(self, _CLAIMS[self.precision])
        if given is None or _no_answer(given):
            raise PlaceTooPrecise

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The place in a document that comes in; a precision left out is that of the finest code given."""
        place = cls.kept(value)
        if no_municipality(place.municipality):
            raise MunicipalityUnknown
        return place

    @classmethod
    def kept(cls, value: object) -> Self:
        """The place in a document that was kept, whatever catalogue was loaded since."""
        if not isinstance(value, dict) or not set(value) <= set(_FIELDS):
            raise PlaceNotKept
        if any(given is not None and not isinstance(given, str) for given in value.values()):
            raise PlaceNotKept
        fields: dict[str, Any] = {name: given or None for name, given in value.items()}
        fields["precision"] = fields.get("precision") or precision_of(fields)
        return cls(**fields)

    def to_json(self) -> dict[str, str]:
        """Only what is given, so that an empty field stays empty."""
        given = ((name, getattr(self, name)) for name in _FIELDS)
        return {name: value for name, value in given if value is not None}

    def in_words(self, language: str = "en") -> str:
        """“Tijuana, Baja California, Mexico”: the names of what is known, finest first."""
        names = (
            municipality_label(self.municipality),
            state_label(self.state, language),
            country_label(self.country, language),
        )
        return ", ".join(name for name in names if name) or _UNKNOWN[tongues.language(language)]


def precision_of(codes_given: dict[str, Any]) -> str:
    """The precision that the finest given code says by itself."""
    for name, precision in (("municipality", "MUN"), ("state", "STA"), ("country", "CTY")):
        value = codes_given.get(name)
        if value and not _no_answer(value):
            return precision
    return UNKNOWN


def municipality_label(code: str | None) -> str:
    """The name of a municipality that we know; any other is shown by its code."""
    if code is None or _no_answer(code):
        return ""
    found = municipalities().get(code)
    return found.name if found else code


def told_apart(code: str) -> str:
    """The name as a menu says it: with its state where several municipalities bear it."""
    name, state = municipality_label(code), MEXICAN_STATES.get(code[:2], "")
    return f"{name}, {state_label(state)}" if name in _borne_twice(catalogue()) else name


@lru_cache(maxsize=2)
def _borne_twice(_catalogue: Mark | None) -> frozenset[str]:
    return frozenset(name for name, n in Counter(m.name for m in municipalities().values()).items() if n > 1)


@cache
def state_label(code: str | None, language: str = "en") -> str:
    """The usual name of a state; Mexico's are said in Spanish, as people there and reports about it do."""
    name = states().get(code or "", "")
    return (
        _USUAL.get(code or "", name) if (code or "").startswith("MX-") else _translated_state(name, language)
    )


def _translated_state(name: str, language: str) -> str:
    return iso_names("iso3166-2", language).gettext(name) if name else ""


_UNKNOWN = {
    "en": "place unknown",
    "es": "lugar desconocido",
    "fr": "lieu inconnu",
    "pt": "lugar desconhecido",
    "ht": "kote a pa konnen",
}

# ISO prints the full legal names; nobody says “Coahuila de Zaragoza”, and “México” alone is the country.
_USUAL = {
    "MX-COA": "Coahuila",
    "MX-MEX": "Estado de México",
    "MX-MIC": "Michoacán",
    "MX-VER": "Veracruz",
}
