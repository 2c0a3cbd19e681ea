"""The names of countries in each of our languages."""

import gettext
from functools import cache

import pycountry
from babel import Locale

from incidents.model import kreyol, tongues

# Countries that pycountry leaves in English, misspells in Spanish, or names as only a treaty does.
_SPANISH = {
    "ASM": "Samoa Americana", "BFA": "Burkina Faso", "BMU": "Bermudas", "BRN": "Brunéi",
    "CIV": "Costa de Marfil", "COD": "República Democrática del Congo", "COM": "Comoras", "DZA": "Argelia",
    "FLK": "Islas Malvinas (Falkland)", "FSM": "Micronesia", "GGY": "Guernesey", "MDV": "Maldivas",
    "MMR": "Myanmar (Birmania)", "NER": "Níger", "PCN": "Islas Pitcairn", "PSE": "Palestina",
    "RUS": "Rusia", "SPM": "San Pedro y Miquelón", "SUR": "Surinam", "TUN": "Túnez",
    "VAT": "Ciudad del Vaticano", "VGB": "Islas Vírgenes Británicas",
    "VIR": "Islas Vírgenes de los Estados Unidos",
}  # fmt: skip


@cache
def iso_names(standard: str, language: str) -> gettext.NullTranslations:
    """What ISO 3166-1 or -2 calls its countries or states, where the language has it."""
    return gettext.translation(standard, pycountry.LOCALES_DIR, languages=[language[:2]], fallback=True)


@cache
def country_label(code: str | None, language: str = "en") -> str:
    country = pycountry.countries.get(alpha_3=code) if code else None
    if country is None:
        return ""
    if language.startswith("es") and country.alpha_3 in _SPANISH:
        return _SPANISH[country.alpha_3]
    name: str = getattr(country, "common_name", None) or country.name
    if tongues.language(language) not in tongues.FURTHER:
        return iso_names("iso3166-1", language).gettext(name)
    return _in_a_further_language(country.alpha_2, name, tongues.language(language))


def _in_a_further_language(alpha_2: str, name: str, language: str) -> str:
    """As the locale data has it, which for Haitian Creole are our own names and then French; before French, ISO's."""
    said: str = iso_names("iso3166-1", language).gettext(name)
    if language == kreyol.CODE and alpha_2 not in kreyol.COUNTRIES and said != name:
        return said
    kreyol.lay()
    return str(Locale.parse({"pt": "pt_BR"}.get(language, language)).territories.get(alpha_2, said))
