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
    """One catalogue. A plural that it lacks stands in its compiled file in English, and is said so."""
    return Translations.load(FOLDER, [language])
