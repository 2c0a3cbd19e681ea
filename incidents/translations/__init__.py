"""Languages: a catalogue each, and the marks for sentences that a library wrote."""

from collections.abc import Callable
from copy import copy
from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

from incidents.model import tongues

FOLDER = Path(__file__).parent
Say = Callable[[str], str]


def into(language: str) -> Say:
    """Says a sentence in a language, where no page does."""
    return catalogue(language).ugettext


def catalogue(language: str) -> NullTranslations:
    """The sentences of a language; what it has no words for is said in the language that stands in."""
    return _with_second(language, tongues.stands_in(language))


@cache
def _with_second(language: str, second: str) -> NullTranslations:
    """A language without a catalogue says each sentence as the code does: that is English."""
    found = copy(_own(language))
    if second != language:
        found.add_fallback(_own(second))
    return found


@cache
def _own(language: str) -> NullTranslations:
    """One catalogue. Where a plural is missing the file that is read says it in English: that is no translation."""
    found = Translations.load(FOLDER, [language])
    kept = found.__dict__.get("_catalog", {})
    missing = {key[0] for key, said in kept.items() if isinstance(key, tuple) and key == (said, 0)}
    for key in [key for key in kept if isinstance(key, tuple) and key[0] in missing]:
        del kept[key]
    return found
