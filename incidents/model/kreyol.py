"""Haitian Creole days, months, numbers, lists and countries: the locale data that Babel ships has the French ones.

Laid over Babel's own data once, so that every date, number and list of a page comes out right by itself.
"""

from functools import cache
from typing import Any

from babel import localedata

CODE = "ht"
MONTHS = "janvye fevriye mas avril me jen jiyè out septanm oktòb novanm desanm".split()
SHORT_MONTHS = "janv. fev. mas avr. me jen jiyè out sept. okt. nov. des.".split()
DAYS = "lendi madi mèkredi jedi vandredi samdi dimanch".split()  # Babel counts from Monday: 0
SHORT_DAYS = "len. mad. mèk. jed. van. sam. dim.".split()

# Where people come from and go through; others are said as ISO has them in Haitian Creole, or in French.
COUNTRIES = {
    "AR": "Ajantin", "BB": "Babad", "BO": "Bolivi", "BR": "Brezil", "BS": "Baamas", "BZ": "Beliz", "CA": "Kanada",
    "CD": "Repiblik Demokratik Kongo", "CG": "Kongo", "CL": "Chili", "CM": "Kamewoun", "CN": "Lachin",
    "CO": "Kolonbi", "CR": "Kosta Rika", "CU": "Kiba", "DE": "Almay", "DM": "Dominik", "DO": "Repiblik Dominikèn",
    "EC": "Ekwatè", "ES": "Espay", "FR": "Lafrans", "GB": "Wayòm Ini", "GD": "Grenad", "GF": "Giyàn franse",
    "GP": "Gwadloup", "GT": "Gwatemala", "GY": "Giyana", "HN": "Ondiras", "HT": "Ayiti", "IN": "End",
    "IT": "Itali", "JM": "Jamayik", "MQ": "Matinik", "MX": "Meksik", "NI": "Nikaragwa", "PA": "Panama",
    "PE": "Pewou", "PR": "Pòtoriko", "PY": "Paragwe", "RU": "Larisi", "SN": "Senegal", "SR": "Sirinam",
    "SV": "Salvadò", "TT": "Trinidad ak Tobago", "UA": "Ikrèn", "US": "Etazini", "UY": "Irigwe",
    "VE": "Venezyela",
}  # fmt: skip


def _widths(wide: list[str], short: list[str], narrow: list[str], first: int) -> dict[str, dict[int, str]]:
    named = {"wide": wide, "abbreviated": short, "narrow": narrow, "short": short}
    return {width: dict(enumerate(names, first)) for width, names in named.items()}


def _both(widths: dict[str, dict[int, str]]) -> dict[str, dict[str, dict[int, str]]]:
    return {
        context: {width: dict(names) for width, names in widths.items()}
        for context in ("format", "stand-alone")
    }


def _list(word: str) -> dict[str, str]:
    return {
        "start": "{0}, {1}",
        "middle": "{0}, {1}",
        "end": f"{{0}} {word} {{1}}",
        "2": f"{{0}} {word} {{1}}",
    }


OURS: dict[str, Any] = {
    "months": _both(_widths(MONTHS, SHORT_MONTHS, [name[0].upper() for name in MONTHS], 1)),
    "days": _both(_widths(DAYS, SHORT_DAYS, [name[0].upper() for name in DAYS], 0)),
    "list_patterns": {
        **{name: _list("ak") for name in ("standard", "standard-short", "standard-narrow")},
        **{name: _list("oswa") for name in ("or", "or-short", "or-narrow")},
    },
    "territories": COUNTRIES,
}


@cache
def lay() -> None:
    """Babel keeps what it loaded by code; under this one it finds ours over the French, which stays as it was."""
    data = dict(localedata.load(CODE))
    localedata.merge(data, OURS)
    localedata._cache[CODE] = data  # noqa: SLF001  Babel has no public way to add what CLDR lacks; a test holds it
