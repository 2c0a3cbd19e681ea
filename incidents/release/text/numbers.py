"""Numbers in a sentence: one to nine in words, the others in figures; a small one as “fewer than five”."""

from typing import NamedTuple

from incidents.release.tables.captions import figures
from incidents.release.tables.cells import FEW

Value = int | str  # what is printed of a count: a number, FEW or OUT
LANGUAGES = ("en", "es")
SMALLEST_BASE = 50  # below it a share is no percentage

_WORDS = {
    "en": "no one two three four five six seven eight nine".split(),
    "es": "ninguna un dos tres cuatro cinco seis siete ocho nueve".split(),
}
_FEWER = {"en": "fewer than five", "es": "menos de cinco"}


class Noun(NamedTuple):
    """What is counted: one and several, in English and Spanish; whether the Spanish word is feminine."""

    en: tuple[str, str]
    es: tuple[str, str]
    feminine: bool

    def of(self, language: str) -> tuple[str, str]:
        """One, and several."""
        return self.es if language == "es" else self.en


NOUNS = {
    "interviews": Noun(("interview", "interviews"), ("entrevista", "entrevistas"), feminine=True),
    "people": Noun(("person", "people"), ("persona", "personas"), feminine=True),
    "persons": Noun(("person", "people"), ("persona", "personas"), feminine=True),
    "women": Noun(("woman", "women"), ("mujer", "mujeres"), feminine=True),
    "men": Noun(("man", "men"), ("hombre", "hombres"), feminine=False),
    "children": Noun(
        ("child", "children"), ("niña, niño o adolescente", "niñas, niños y adolescentes"), feminine=True
    ),
    "families": Noun(("family", "families"), ("familia", "familias"), feminine=True),
    "incidents": Noun(("incident", "incidents"), ("incidente", "incidentes"), feminine=False),
    "acts": Noun(("act", "acts"), ("acto", "actos"), feminine=False),
    "reports": Noun(("report", "reports"), ("reporte", "reportes"), feminine=False),
    "rows": Noun(("row", "rows"), ("renglón", "renglones"), feminine=False),
    "records": Noun(("record", "records"), ("registro", "registros"), feminine=False),
}


def known(value: Value | None) -> bool:
    """Whether a sentence can say it: a number that is not zero, or a small one."""
    return value == FEW or (isinstance(value, int) and value > 0)


def exact(value: Value | None) -> bool:
    """Whether it is printed as a number."""
    return isinstance(value, int)


def spoken(value: Value, language: str, *, feminine: bool = False) -> str:
    """As a sentence says it. ValueError for what no sentence can say."""
    if value == FEW:
        return _FEWER[language]
    if not isinstance(value, int):
        raise ValueError("nothing to say")  # noqa: TRY004  it is a value of a cell, of the wrong kind
    words = _WORDS[language]
    if value >= len(words):
        return figures(value)
    if language == "es" and value < 2:
        return ("ninguna" if feminine else "ningún", "una" if feminine else "un")[value]
    return words[value]


def counted(value: Value, noun: str, language: str) -> str:
    """With what is counted: “five interviews”, “una entrevista”, “fewer than five people”."""
    forms, feminine = NOUNS[noun].of(language), NOUNS[noun].feminine
    one = value == 1 or (value == 0 and language == "es")
    return f"{spoken(value, language, feminine=feminine)} {forms[0 if one else 1]}"


def at_least(value: Value, noun: str, language: str) -> str:
    """A number of what was told is a minimum: “at least 48 incidents”; “fewer than five” is no minimum."""
    said = counted(value, noun, language)
    return said if value == FEW else f"{AT_LEAST[language]} {said}"


AT_LEAST = {"en": "at least", "es": "al menos"}


def share(part: Value, whole: Value, noun: str, language: str) -> str:
    """“18 of 41 interviews”; from a base of 50 on with the percentage: “120 of 400 interviews (30 percent)”."""
    of = {"en": "of", "es": "de"}[language]
    some = f"{spoken(part, language, feminine=NOUNS[noun].feminine)} {of} {counted(whole, noun, language)}"
    if not (isinstance(part, int) and isinstance(whole, int)) or whole < SMALLEST_BASE or part > whole:
        return some
    return f"{some} ({percent(part, whole)} {PERCENT[language]})"


def percent(part: int, whole: int) -> int:
    """In whole percent, half rounded up."""
    return (200 * part + whole) // (2 * whole)


PERCENT = {"en": "percent", "es": "por ciento"}


def listed(parts: list[str], language: str) -> str:
    """“a, b, and c”, “a, b y c”; before a sound of i the Spanish y is e."""
    if len(parts) < 2:
        return "".join(parts)
    if language == "en":
        return " and ".join(parts) if len(parts) == 2 else f"{', '.join(parts[:-1])}, and {parts[-1]}"
    begins = parts[-1].lower()
    like_i = begins.startswith(("i", "í", "hi", "hí")) and not begins.startswith(("hie", "hia", "io"))
    return f"{', '.join(parts[:-1])} {'e' if like_i else 'y'} {parts[-1]}"
