"""Rows as columns: each value is kept once, and a row is numbers; as a sequence it gives one dictionary a row."""

from array import array
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast, overload
from uuid import UUID

from incidents.release import frames
from incidents.release.frames import Ints

Part = tuple[Any, ...]  # the values of some columns

I = TypeVar("I", bound=UUID | None)  # noqa: E741 – an id
NOT_THERE = object()  # a column that a row has not
_NOBODY = bytes(16)


class Ids(Sequence[I]):
    """Ids, sixteen bytes each; where none is, zeros."""

    def __init__(self, raw: Iterable[bytes] = ()) -> None:
        self._held = bytearray(b"".join(raw))

    def append(self, id: I) -> None:
        """One more."""
        self._held += _NOBODY if id is None else id.int.to_bytes(16, "big")  # id.bytes, without a call

    @property
    def held(self) -> bytes:
        """All of them."""
        return bytes(self._held)

    def raw(self, place: int) -> bytes:
        """Its bytes."""
        return bytes(self._held[16 * place : 16 * place + 16])

    def at(self, places: Sequence[int]) -> "Ids[I]":
        """Those at these places, in that order."""
        return Ids([frames.some(self._held, places)])

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


class Coded(NamedTuple):
    """A column whose values come again and again: each stands in `values`, and a row has its number there."""

    codes: Ints
    values: Sequence[Any]

    def __getitem__(self, place: Any) -> Any:
        return self.values[self.codes[place]]


class Together:
    """Columns whose values come together: each combination is kept once, and a row is its number."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names, self.parts = tuple(names), list[Part]()
        self.numbers = array("i")
        self._known: dict[Hashable, int] = {}

    def at(self, places: Sequence[int]) -> "Together":
        """Those of the rows at these places, in that order."""
        numbers, there = frames.renumbered(self.numbers, places)
        found = Together(self.names)
        for each in there:
            found.number(self.parts[each])
        found.numbers.frombytes(numbers)
        return found

    def number(self, part: Part) -> int:
        """The number of these values, in the order of the names."""
        key = part if _PLAIN.issuperset(map(type, part)) else tuple(map(_key, part))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = len(self.parts)
            self.parts.append(part)
        return known

    def coded(self, name: str) -> Coded:
        """One of the columns."""
        at, single = self.names.index(name), Together((name,))
        of_part = [single.number((part[at],)) for part in self.parts]
        return Coded(frames.taken(of_part, self.numbers), [value for (value,) in single.parts])


_PLAIN = frozenset({str, int, type(None), object})  # equal ones are the same; `object`: what is not there


def _key(value: Any) -> Hashable:
    """1, 1.0 and True are equal, and three values. A table whose keys stand in another order is kept again."""
    return (value.__class__, repr(value) if isinstance(value, dict | list) else value)


class Rows(Sequence[dict[str, Any]]):
    """Rows that `gather` made, in columns. `together`: of those that all rows have, which values come together."""

    def __init__(self, together: Sequence[Sequence[str]] = ()) -> None:
        self._incidents, self._persons = Ids[UUID](), Ids[UUID | None]()
        self.together = [Together(names) for names in together]
        self._of: dict[str, Together] = {name: each for each in self.together for name in each.names}
        self._size = 0

    def append(self, row: Mapping[str, Any]) -> None:
        """One more; it stands for one person at most."""
        (person,) = row["persons"] or (None,)
        for name in row.keys() - self._of.keys() - {"incident", "persons"}:
            self._widen(name)
        numbers = [each.number(tuple(row.get(n, NOT_THERE) for n in each.names)) for each in self.together]
        self.add(UUID(row["incident"]), person and UUID(person), numbers)

    def add(self, incident: UUID, person: UUID | None, numbers: Sequence[int]) -> None:
        """The same of a row whose values have their numbers already, in the order of `together`."""
        self._incidents.append(incident)
        self._persons.append(person)
        for each, number in zip(self.together, numbers, strict=True):
            each.numbers.append(number)
        self._size += 1

    def at(self, places: Sequence[int]) -> "Rows":
        """The rows at these places, in that order, as columns too: as a list, a million of them fill the memory."""
        found = Rows()
        found._incidents, found._persons = self._incidents.at(places), self._persons.at(places)
        found.together = [each.at(places) for each in self.together]
        found._of = {name: each for each in found.together for name in each.names}
        found._size = len(places)
        return found

    def said(self, numbers: Sequence[int]) -> dict[str, Any]:
        """What such a row says; not of whom."""
        return {
            name: value
            for each, number in zip(self.together, numbers, strict=True)
            for name, value in zip(each.names, each.parts[number], strict=True)
            if value is not NOT_THERE
        }

    def _widen(self, name: str) -> None:
        """A column that no row before had."""
        self._of[name] = new = Together((name,))
        new.numbers.extend([new.number((NOT_THERE,))] * self._size)
        self.together.append(new)

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

    def distinct(self, places: Sequence[int]) -> dict[str, int]:
        """How many different incidents and persons these rows speak of."""
        return {
            "incidents": frames.distinct(self.incidents, places),
            "persons": frames.distinct(self.persons, places),
        }

    def coded(self, name: str) -> Coded | None:
        """The numbers and values of a column, where a row has it."""
        return self._of[name].coded(name) if name in self._of else None

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
        return row | self.said([each.numbers[at] for each in self.together])

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


def only(rows: Sequence[dict[str, Any]], places: Sequence[int]) -> Sequence[dict[str, Any]]:
    """The rows at these places, in that order."""
    return rows.at(places) if isinstance(rows, Rows) else [rows[place] for place in places]


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
