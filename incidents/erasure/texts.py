"""The open texts in a sealed value: which of its strings are somebody's words, and the same value with others in place.

A value is a text, or a document with texts somewhere in it. A string of a document is open text where it is of several
words, or stands where one's own words are asked for. Names, which have fields of their own, are left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

OWN_WORDS = ("narrative", "summary", "asks", "words", "closing", "notes")
NAMES = ("identity", "safe_contact", "names")  # of others: opened one by one and with a reason, not here
WHOLE = "text"  # the place of a value that is a text itself


def found(value: Any) -> dict[str, str]:
    """Place → text."""
    return dict(_walk(value, ""))


def _walk(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        name = place.rpartition(".")[2]
        if value.strip() and (not place or name in OWN_WORDS or len(value.split()) > 1):
            yield place or WHOLE, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in NAMES:
                yield from _walk(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(inner, f"{place}.{number}" if place else str(number))


def replaced(value: Any, given: Mapping[str, str], place: str = "") -> Any:
    """The same value with these texts in their places."""
    if isinstance(value, str):
        return given.get(place or WHOLE, value)
    if isinstance(value, Mapping):
        return {
            name: replaced(inner, given, f"{place}.{name}" if place else name)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [replaced(inner, given, f"{place}.{n}" if place else str(n)) for n, inner in enumerate(value)]
    return value
