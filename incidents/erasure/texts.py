"""The open texts in a sealed value: which of its strings are somebody's words, and the same value with others in place.

A value is a text, or a document with texts somewhere in it. A string of a document is open text where it is of several
words, or stands where one's own words are asked for. Fields for names and for how somebody is reached are told apart:
they are looked at for somebody else's name, and are nobody's account.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OWN_WORDS = ("narrative", "summary", "asks", "words", "closing", "notes", "citation", "reasons")
OWN_NAMES = ("name", "other_names")  # of somebody: what they are called, or "the sister of Rosa Ibarra"
# Of a document, what is names and ways to reach somebody → what in it may name somebody else.
NAMES: Mapping[str, tuple[str, ...]] = {
    "identity": (*OWN_NAMES, "address", "documents", "contact", "exact_place"),
    "safe_contact": ("hours", "code_word"),
    "names": ("interviewer", "interpreter", "witness", "guardian"),
}
BEYOND = 3  # words: what somebody is called tells of another only if it holds a whole name and more
WHOLE = "text"  # the place of a value that is a text itself


@dataclass
class Texts:
    """Place → text: of words, of names and ways to reach somebody, of what somebody is called."""

    words: dict[str, str] = field(default_factory=dict, repr=False)
    names: dict[str, str] = field(default_factory=dict, repr=False)
    own_names: dict[str, str] = field(default_factory=dict, repr=False)
    unread: str = ""  # why a column of it does not open, where it is not erased

    def __bool__(self) -> bool:
        return bool(self.words or self.names or self.own_names or self.unread)

    def add(self, table: str, column: str, value: Any) -> None:
        """The texts of one more column, each at its column and its place in it."""
        if table == "person" and column in NAMES["identity"]:
            if isinstance(value, str) and value.strip():
                self._put(f"{column}.{WHOLE}", column, value)
            return
        if column not in NAMES:
            self.words |= {f"{column}.{place}": text for place, text in found(value).items()}
        for place, name, text in _named(value, "", NAMES.get(column, ())):
            self._put(f"{column}.{place}", name, text)

    def _put(self, place: str, name: str, text: str) -> None:
        if name not in OWN_NAMES:
            self.names[place] = text
        elif len(text.split()) >= BEYOND:
            self.own_names[place] = text


def found(value: Any) -> dict[str, str]:
    """Place → text, without names."""
    return dict(_walk(value, ""))


def _walk(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        name = place.rpartition(".")[2]
        if value.strip() and (not place or name in OWN_WORDS or len(value.split()) > 1):
            yield place or WHOLE, value
    elif isinstance(value, Mapping | list):
        for name, inner in _inside(value):
            if name not in NAMES:
                yield from _walk(inner, f"{place}.{name}" if place else name)


def _named(value: Any, place: str, here: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Place, field and text of names and ways to reach somebody. `here`: the fields that may hold one."""
    for name, inner in _inside(value):
        at = f"{place}.{name}" if place else name
        if name in here and isinstance(inner, str) and inner.strip():
            yield at, name, inner
        else:
            yield from _named(inner, at, NAMES.get(name, ()))


def _inside(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    return [(str(n), inner) for n, inner in enumerate(value)] if isinstance(value, list) else []


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
