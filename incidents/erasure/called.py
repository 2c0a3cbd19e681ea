"""What somebody is called, and whether a text names them; asked while their name can still be read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidents.erasure.texts import Texts
from incidents.model.people import Person
from incidents.work import Work, normal_name, normal_phone

WHY = "erasure"  # why a text is opened, as the trail says it
SHORTEST_NAME = 3  # letters: of a shorter word a text says nothing


@dataclass(frozen=True)
class Called:
    """What somebody is called: words of their names, whole names, telephones."""

    names: frozenset[frozenset[str]]
    phones: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word for name in self.names for word in name if len(word) >= SHORTEST_NAME)

    def in_part(self, said: Iterable[str]) -> bool:
        """A word of a name, or a telephone."""
        said = list(said)
        return any(_words(text) & self.words for text in said) or self._phone_in(said)

    def in_whole(self, said: Iterable[str]) -> bool:
        """A whole name of two words or more in one text, or a telephone."""
        said = list(said)
        whole = [name for name in self.names if len(name) > 1]
        return any(name <= _words(text) for text in said for name in whole) or self._phone_in(said)

    def in_texts(self, said: Texts) -> bool:
        """A word of a name, or a telephone; in what somebody else is called, more than a name alike."""
        more = [text for text in said.own_names.values() if _words(text) not in self.names]
        return self.in_part([*said.words.values(), *said.names.values()]) or self.in_whole(more)

    def in_texts_whole(self, said: Texts) -> bool:
        """The same for texts of elsewhere, which must hold the whole name."""
        more = [text for text in said.own_names.values() if _words(text) not in self.names]
        return self.in_whole([*said.words.values(), *said.names.values(), *more])

    def _phone_in(self, said: Sequence[str]) -> bool:
        return any(phone in _digits(text) for text in said for phone in self.phones)


def _words(text: str) -> frozenset[str]:
    return frozenset(normal_name("".join(sign if sign.isalnum() else " " for sign in text)).split())


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def called(work: Work, person: Person) -> Called:
    """Asked before the name is gone; nobody, where it is gone already."""
    names = [work.read_all([person], column, WHY)[0] for column in ("name", "other_names")]
    phone = work.read_all([person], "phone", WHY)[0]
    found = {frozenset(normal_name(name).split()) for said in names for name in _each(said)}
    phones = {normal_phone(said) for said in _each(phone)}
    return Called(frozenset(found - {frozenset()}), frozenset(each for each in phones if len(each) >= 7))


NOBODY = Called(frozenset(), frozenset())


def _each(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for inner in said.values():
            yield from _each(inner)
    elif isinstance(said, list):
        for inner in said:
            yield from _each(inner)
