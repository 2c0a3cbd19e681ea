"""Rows as columns: each value is kept once, and a row is numbers; as a sequence it gives one dictionary a row."""

from array import array
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast, overload
from uuid import UUID

I = TypeVar("I", bound=UUID | None)  # noqa: E741 – an id
NOT_THERE = object()  # a column that a row has not
_NOBODY = bytes(16)


class Ids(Sequence[I]):
    """Ids, sixteen bytes each; where none is, zeros."""

    def __init__(self) -> None:
        self._held = bytearray()

    def append(self, id: I) -> None:
        """One more."""
        self._held += _NOBODY if id is None else id.int.to_bytes(16, "big")  # id.bytes, without a call

    def append_digits(self, digits: str | None) -> None:
        """One more, as it stands in a row."""
        self._held += _NOBODY if digits is None else bytes.fromhex(digits)

    @property
    def held(self) -> bytes:
        """All of them."""
        return bytes(self._held)

    def raw(self, place: int) -> bytes:
        """Its bytes."""
        return bytes(self._held[16 * place : 16 * place + 16])

    def __len__(self) -> int:
        return len(self._held) // 16

    @overload
    def __getitem__(self, place: int) -> I: ...
    @overload
    def __getitem__(self, place: slice) -> list[I]: ...
    def __getitem__(self, place: int | slice) -> I | list[I]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        raw = self.raw(range(len(self))[place])
        return cast("I", None if raw == _NOBODY else UUID(bytes=raw))


class Coded:
    """A column whose values come again and again: each is kept once, and a row holds its number."""

    def __init__(self) -> None:
        self.codes = array("q")
        self.values: list[Any] = []
        self._known: dict[Hashable, int] = {}

    def append(self, value: Any) -> None:
        """One more."""
        key = value if value.__class__ is str or value is None else _key(value)
        code = self._known.get(key)
        if code is None:
            code = self._known[key] = len(self.values)
            self.values.append(value)
        self.codes.append(code)

    def __getitem__(self, place: int) -> Any:
        return self.values[self.codes[place]]


def _key(value: Any) -> Hashable:
    """What is no text: 1, 1.0 and True are three values. A table whose keys stand in another order is kept again."""
    return (value.__class__, repr(value) if isinstance(value, dict | list) else value)


class Rows(Sequence[dict[str, Any]]):
    """Rows that `gather` made, in columns."""

    def __init__(self) -> None:
        self._incidents, self._persons = Ids[UUID](), Ids[UUID | None]()
        self._coded: dict[str, Coded] = {}
        self._names = {"incident", "persons"}
        self._size = 0

    def append(self, row: Mapping[str, Any]) -> None:
        """One more; it stands for one person at most."""
        (person,) = row["persons"] or (None,)
        self._incidents.append_digits(row["incident"])
        self._persons.append_digits(person)
        if not self._names.issuperset(row):
            self._widen(row)
        for name, coded in self._coded.items():
            coded.append(row.get(name, NOT_THERE))
        self._size += 1

    def _widen(self, row: Mapping[str, Any]) -> None:
        """Columns that no row before had."""
        for name in [name for name in row if name not in self._names]:
            self._names.add(name)
            self._coded[name] = coded = Coded()
            for _row in range(self._size):
                coded.append(NOT_THERE)

    @property
    def incidents(self) -> bytes:
        """The ids of the incidents, sixteen bytes each."""
        return self._incidents.held

    @property
    def persons(self) -> bytes:
        """Those of the persons; of nobody, zeros."""
        return self._persons.held

    def spoken_of(self, place: int) -> tuple[bytes, bytes | None]:
        """The incident and the person of one row, by their bytes."""
        person = self._persons.raw(place)
        return self._incidents.raw(place), None if person == _NOBODY else person

    def coded(self, name: str) -> Coded | None:
        """The numbers and values of a column, where a row has it."""
        return self._coded.get(name)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(self._size))]
        at = range(self._size)[place]
        person = self._persons.raw(at)
        row = {
            "incident": self._incidents.raw(at).hex(),
            "persons": [] if person == _NOBODY else [person.hex()],
        }
        values = ((name, coded[at]) for name, coded in self._coded.items())
        return row | {name: value for name, value in values if value is not NOT_THERE}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self.__getitem__, range(self._size))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def spoken_of(rows: Sequence[Mapping[str, Any]], place: int) -> tuple[Hashable, Sequence[Hashable]]:
    """The incident and the persons of one row, under names that are alike for all of these rows."""
    if isinstance(rows, Rows):
        incident, person = rows.spoken_of(place)
        return incident, () if person is None else (person,)
    return rows[place]["incident"], rows[place]["persons"]


class Lines(Sequence[dict[str, str]]):
    """Rows of text as columns, each value shared; as a sequence it gives one dictionary a row."""

    def __init__(self, names: Sequence[str], columns: Mapping[str, Sequence[str]], size: int) -> None:
        self.names, self._size = tuple(names), size
        self._columns = [columns[name] for name in self.names]

    def lines(self, names: Sequence[str] | None = None) -> Iterator[tuple[str, ...]]:
        """The values of each row, in the order of these names, or of all."""
        asked = self._columns if names is None else [self._columns[self.names.index(name)] for name in names]
        return zip(*asked, strict=True) if asked else iter([()] * self._size)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> dict[str, str]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, str]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, str] | list[dict[str, str]]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(self._size))]
        at = range(self._size)[place]
        return {name: column[at] for name, column in zip(self.names, self._columns, strict=True)}

    def __iter__(self) -> Iterator[dict[str, str]]:
        return (dict(zip(self.names, line, strict=True)) for line in self.lines())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def lines_of(rows: Sequence[Mapping[str, str]], names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The values of each row under these names."""
    if isinstance(rows, Lines):
        return rows.lines(names)
    return (tuple(row[name] for name in names) for row in rows)
