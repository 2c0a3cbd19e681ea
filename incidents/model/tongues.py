"""The languages of the house: of screens, of code labels, of what is read aloud, and which one stands in for which.

The language of a screen is its reader's, the language of an interview is the person's: two things, kept apart. Forms
keep the second as ISO 639-3 says it; `of` gives the screen's way of writing it.
"""

from dataclasses import dataclass

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "pt": "Português", "ht": "Kreyòl ayisyen"}
WHOLE = ("en", "es")  # nothing is missing in these, ever: a test holds it
FURTHER = tuple(language for language in LANGUAGES if language not in WHOLE)
ISO_639 = {"spa": "es", "eng": "en", "fra": "fr", "por": "pt", "hat": "ht"}  # ISO 639-3 → ours
CODES = {ours: iso for iso, ours in ISO_639.items()}
OTHER, UNCODED = "oth", "mis"  # a language that the list has not, as the list and as ISO 639-3 call it


@dataclass(slots=True)
class _Held:
    second: str = "es"


_held = _Held()


def use(language: str) -> None:
    """From now on this one stands in, in this process, if nothing is ever missing in it; else Spanish does."""
    _held.second = language if language in WHOLE else "es"


def stands_in(language: str) -> str:
    """The language of a sentence that this one has no words for: itself, where it is whole."""
    return language if language in WHOLE else _held.second


def language(locale: str) -> str:
    """Our code of a locale such as `es-MX`; English where it is none of ours."""
    code = locale.replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else "en"


def of(iso: str | None) -> str:
    """Our code of a language that somebody spoke, `hat` or `ht`; empty where we have no words in it."""
    code = str(iso or "").partition("-")[0].lower()
    return code if code in LANGUAGES else ISO_639.get(code, "")


def tag(code: str) -> str:
    """A code of the list of languages as a page marks its words (BCP 47): es, ht, mam; empty: not noted."""
    return UNCODED if code == OTHER else ISO_639.get(code, code)


def code(tag: str) -> str:
    """The code of the list for such a mark: spa, hat, mam."""
    return OTHER if tag == UNCODED else CODES.get(tag, tag)
