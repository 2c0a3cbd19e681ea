"""Values, months, days and languages as a report writes them; what stands on axes is said by `tables.captions`."""

from incidents.model import tongues, vocabulary
from incidents.release.hierarchy import NOT_SHOWN
from incidents.release.tables.captions import figures, when
from incidents.release.text.numbers import Value
from incidents.release.text.words import say


def month(code: str, language: str) -> str:
    """“November 2019”, “noviembre de 2019”."""
    return when(code, language)


def day(code: str, language: str) -> str:
    """“November 14, 2019”, “14 de noviembre de 2019”."""
    return when(code, language)


def language_name(code: str, language: str) -> str:
    """A spoken language by its code or its mark, in the middle of a sentence."""
    named = tongues.code(code)
    found = vocabulary.label("language", named, language)
    return found.lower() if language == "es" or named == tongues.OTHER else found


def printed(value: Value, language: str) -> str:
    """A cell: a number, “<5”, the mark of what would give a small one away; or that it is not shown at all."""
    if isinstance(value, int):
        return figures(value)
    return say("not_shown", language) if value == NOT_SHOWN else value
