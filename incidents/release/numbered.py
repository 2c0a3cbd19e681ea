"""Rows of text as columns of numbers: of a million rows each different value is kept once."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import eq
from typing import overload

Line = tuple[str, ...]
CHUNK = 10_000  # rows that are taken in together


class _Numbers(dict[str, int]):
    """Text → its number; one that was not seen yet gets the next."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


class Column:
    """One column: its different values, and the number of each row's."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._known, self.codes = _Numbers(), array("I")
        self.extend(values)

    def extend(self, values: Iterable[str]) -> None:
        """More rows."""
        self.codes.extend(map(self._known.__getitem__, values))

    @property
    def different(self) -> list[str]:
        """The different values, by their numbers."""
        return list(self._known)

    def _number(self, text: str) -> int:
        return self._known[text]

    def mapped(self, say: Callable[[str], str]) -> "Column":
        """The same rows with each value said otherwise; two that are said alike become one."""
        made = Column()
        into = [made._number(say(value)) for value in self._known]
        made.codes.extend(map(into.__getitem__, self.codes))
        return made

    def at(self, places: Iterable[int]) -> "Column":
        """The rows at these places, in this order."""
        made = Column(self._known)
        made.codes = array("I", map(self.codes.__getitem__, places))
        return made

    def told(self) -> set[str]:
        """The values that a row has."""
        values = self.different
        return {values[code] for code in set(self.codes)}

    def __iter__(self) -> Iterator[str]:
        return map(self.different.__getitem__, self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def says_as(self, other: "Column", mine: Callable[[str], str], theirs: Callable[[str], str]) -> bool:
        """Whether every row says the same, once each value is said so."""
        known = _Numbers()
        ours = [known[mine(value)] for value in self._known]
        its = [known[theirs(value)] for value in other.different]
        pairs = map(eq, map(ours.__getitem__, self.codes), map(its.__getitem__, other.codes))
        return len(self) == len(other) and all(pairs)


class Texts(Sequence[Line]):
    """Rows, all as wide as `columns`; as a sequence it gives one tuple a row."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns

    @classmethod
    def of(cls, rows: Iterable[Line], width: int) -> "Texts":
        """These rows. ValueError: one of another width."""
        if isinstance(rows, cls):
            return rows
        made, source = cls([Column() for _each in range(width)]), iter(rows)
        while chunk := list(islice(source, CHUNK)):
            made.extend(zip(*chunk, strict=True))
        return made

    def extend(self, columns: Iterable[Iterable[str]]) -> None:
        """More rows, by column. ValueError: more columns, or fewer."""
        for column, more in zip(self.columns, columns, strict=True):
            column.extend(more)

    def mapped(self, say: Callable[[str], str]) -> "Texts":
        """The same with each value said otherwise."""
        return Texts([column.mapped(say) for column in self.columns])

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> "Texts": ...
    def __getitem__(self, place: int | slice) -> "Line | Texts":
        if isinstance(place, slice):
            places = range(*place.indices(len(self)))
            return Texts([column.at(places) for column in self.columns])
        return tuple(column.different[column.codes[place]] for column in self.columns)

    def __iter__(self) -> Iterator[Line]:
        return zip(*self.columns, strict=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]
