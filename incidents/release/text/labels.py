"""Values, months, days and languages as a report writes them; what stands on axes is said by `tables.captions`."""

from incidents.model import vocabulary
from incidents.release.hierarchy import NOT_SHOWN
from incidents.release.tables.captions import figures, when
from incidents.release.text.numbers import Value
from incidents.release.text.words import say

ISO_639 = {"es": "spa", "en": "eng", "ht": "hat", "pt": "por", "fr": "fra"}  # as forms give them


def month(code: str, language: str) -> str:
    """“November 2019”, “noviembre de 2019”."""
    return when(code, language)


def day(code: str, language: str) -> str:
    """“November 14, 2019”, “14 de noviembre de 2019”."""
    return when(code, language)


def language_name(code: str, language: str) -> str:
    """A spoken language, in the middle of a sentence."""
    found = vocabulary.label("language", ISO_639.get(code, code), language)
    return found.lower() if language == "es" else found


def printed(value: Value, language: str) -> str:
    """A cell: a number, “<5”, the mark of what would give a small one away; or that it is not shown at all."""
    if isinstance(value, int):
        return figures(value)
    return say("not_shown", language) if value == NOT_SHOWN else value
