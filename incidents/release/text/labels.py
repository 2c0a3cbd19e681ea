"""What the codes of a table are called in the text: from the code lists, the hierarchies, the calendar."""

import re

from incidents.model import place, vocabulary
from incidents.model.moment import Moment
from incidents.release import hierarchy
from incidents.release.tables.cells import ALL, FEW, OUT, Axis
from incidents.release.text.numbers import Value, figures

_DATED = re.compile(r"\d{4}(-(?:0[1-9]|1[0-2])|-Q[1-4])?", re.ASCII)
_MUNICIPALITY = re.compile(r"\d{5}", re.ASCII)
# Codes of no list that a table may stand on: English, Spanish.
OWN = {
    ALL: ("All", "Total"),
    "": ("Not recorded", "Sin dato"),
    "C": ("Completed", "Consumado"),
    "A": ("Attempted", "Tentativa"),
    "U": ("Not known", "Se desconoce"),
    "adult": ("Adults", "Personas adultas"),
    "child": ("Children", "Niñas, niños y adolescentes"),
    "F": ("Women and girls", "Mujeres y niñas"),
    "M": ("Men and boys", "Hombres y niños"),
    "yes": ("Yes", "Sí"),
    "no": ("No", "No"),
}


def label(axis: Axis, code: str, language: str) -> str:
    """A code on an axis, as a reader reads it; one that nobody explains stands for itself."""
    if code in OWN and (code == ALL or code not in vocabulary.lists().get(axis.words, {})):
        return OWN[code][language == "es"]
    if axis.words and (said := vocabulary.label(axis.words, code, language)) != code:
        return said
    return _elsewhere(code, language)


def _elsewhere(code: str, language: str) -> str:
    if (pair := hierarchy.labels().get(code)) is not None:
        return pair[language == "es"]
    if code in place.states():
        return place.state_label(code, language)
    if _MUNICIPALITY.fullmatch(code):
        return place.municipality_label(code)
    return period(code, language) if _DATED.fullmatch(code) else code


def period(code: str, language: str) -> str:
    """A month, quarter or year: “November 2019”, “noviembre de 2019”."""
    if "Q" in code:
        year, quarter = code.split("-Q")
        return (
            f"{quarter}.º trimestre de {year}"
            if language == "es"
            else f"{ORDINALS[quarter]} quarter of {year}"
        )
    return month(code, language) if "-" in code else code


ORDINALS = {"1": "first", "2": "second", "3": "third", "4": "fourth"}


def month(code: str, language: str) -> str:
    """“November 2019”, “noviembre de 2019”."""
    first = Moment(f"{code}-01", "DAY").in_words(language)
    return first.removeprefix("1 de ") if language == "es" else first.removeprefix("1 ")


def day(code: str, language: str) -> str:
    """“November 14, 2019”, “14 de noviembre de 2019”."""
    said = Moment(code, "DAY").in_words(language)
    if language == "es":
        return said.removeprefix("el ")
    number, name, year = said.split(" ")
    return f"{name} {number}, {year}"


def language_name(code: str, language: str) -> str:
    """A spoken language, in the middle of a sentence."""
    found = vocabulary.label("language", ISO_639.get(code, code), language)
    return found.lower() if language == "es" else found


ISO_639 = {"es": "spa", "en": "eng", "ht": "hat", "pt": "por", "fr": "fra"}  # as forms give them


def printed(value: Value, language: str) -> str:
    """A cell: a number, “<5”, or the mark of what is not shown."""
    return figures(value, language) if isinstance(value, int) else {FEW: FEW, OUT: OUT}[value]
