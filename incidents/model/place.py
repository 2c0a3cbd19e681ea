"""Where something happened, by official codes and exactly as precisely as somebody knows it.

Country: ISO 3166-1 alpha-3. State: ISO 3166-2. Municipality: INEGI code as text (`02004`, the nought counts).
Names are labels and never keys: Juárez, Guerrero and Hidalgo each name several Mexican municipalities.
`places.csv` ships the municipalities along the border with the United States, Monterrey, Saltillo, Torreón,
Tapachula and the sixteen of Mexico City (codes: INEGI, Marco Geoestadístico).
"""

import csv
import gettext
import re
from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import pycountry

from incidents.errors import Problem, _
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
def municipalities() -> dict[str, Municipality]:
    """The shipped municipalities by code."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Municipality(row["code"], row["name"], row["state"]) for row in csv.DictReader(file)
        }


def named(name: str, state: str = "") -> tuple[Municipality, ...]:
    """Every shipped municipality of this name: often several, so that a person must choose."""
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
        """The place in a document; a precision left out is that of the finest code given."""
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
        unknown = "lugar desconocido" if language.startswith("es") else "place unknown"
        return ", ".join(name for name in names if name) or unknown


def precision_of(codes_given: dict[str, Any]) -> str:
    """The precision that the finest given code says by itself."""
    for name, precision in (("municipality", "MUN"), ("state", "STA"), ("country", "CTY")):
        value = codes_given.get(name)
        if value and not _no_answer(value):
            return precision
    return UNKNOWN


def municipality_label(code: str | None) -> str:
    """The name of a shipped municipality; any other is shown by its code."""
    if code is None or _no_answer(code):
        return ""
    found = municipalities().get(code)
    return found.name if found else code


@cache
def _translations(standard: str, language: str) -> gettext.NullTranslations:
    return gettext.translation(standard, pycountry.LOCALES_DIR, languages=[language[:2]], fallback=True)


@cache
def country_label(code: str | None, language: str = "en") -> str:
    country = pycountry.countries.get(alpha_3=code) if code else None
    if country is None:
        return ""
    name: str = getattr(country, "common_name", None) or country.name
    return _translations("iso3166-1", language).gettext(name)


@cache
def state_label(code: str | None, language: str = "en") -> str:
    """The usual name of a state; Mexico's are said in Spanish, as people there and reports about it do."""
    name = states().get(code or "", "")
    return (
        _USUAL.get(code or "", name) if (code or "").startswith("MX-") else _translated_state(name, language)
    )


def _translated_state(name: str, language: str) -> str:
    return _translations("iso3166-2", language).gettext(name) if name else ""


# ISO prints the full legal names; nobody says “Coahuila de Zaragoza”, and “México” alone is the country.
_USUAL = {
    "MX-COA": "Coahuila",
    "MX-MEX": "Estado de México",
    "MX-MIC": "Michoacán",
    "MX-VER": "Veracruz",
}
