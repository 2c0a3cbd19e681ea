"""Fields of many records, opened once and let go: what is the same for all of them is worked out once.

Only the ordinary key is opened here, wrapped for its compartment. Whatever else there is (sealed by somebody who cannot
read it, erased, altered) is left to the vault, which says why it does not open.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import String, bindparam, select, type_coerce

from crypto.envelope import Envelope, after_record, before_record, read_json
from crypto.errors import CryptoError, Tampered
from crypto.rows import Rows
from incidents.errors import NoKey, Problem
from incidents.model import upgrades
from incidents.model.base import Base, Compartment
from incidents.safeguards.keystore import Keystore, Ring, compartment_id
from incidents.safeguards.keytables import dek
from incidents.safeguards.rings import around_object

Worth = Callable[[bytes], bool]  # whether the JSON of a record's fields, one below the other, is to be read
Sealed = Envelope | bytes  # bytes: as the driver gives them
Place = tuple[str, str]  # table and column
MANY = 2000  # things in one question
_VERSION = slice(3, 7)  # of an envelope: which key, not authenticated yet
_Wrap = tuple[int, bytes, bytes]  # generation, box, commitment

_OBJECT = type_coerce(dek.c.object, String)  # an id stays the hex digits that it is stored as
_BOXES = select(_OBJECT, dek.c.version, dek.c.generation, dek.c.blob, dek.c.commitment).where(
    _OBJECT.in_(bindparam("these", expanding=True)),
    dek.c.compartment == bindparam("compartment"),
    dek.c.holder == bindparam("holder"),
    dek.c.form == "box",
)


@cache
def places(compartment: str) -> tuple[Place, ...]:
    """Every column of a compartment."""
    return tuple(
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.info.get("compartment") == compartment
    )


@cache
def place_of(compartment: str, table: str, column: str) -> int:
    """Which of them a column is."""
    return places(compartment).index((table, column))


def as_envelope(seal: Sealed) -> Envelope:
    return Envelope(seal) if isinstance(seal, bytes) else seal


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands where a field does not open: one bad row breaks no list, page or release."""

    why: str  # erased, altered, no-key, closed

    def __bool__(self) -> bool:
        return False


MISSING = object()  # a value that does not open here
Bare = tuple[UUID, UUID, bytes | None]  # a row that nobody holds: its id, its thing's, its seal


class Scan:
    """Some columns, of one compartment. `places`: the table and column of each."""

    def __init__(
        self, keystore: Keystore, ring: Ring | None, compartment: str, places: Sequence[Place]
    ) -> None:
        self._keystore, self._ring = keystore, ring
        self._compartment, self._places = compartment, list(places)
        self._holder = compartment_id(Compartment(compartment))
        self._wraps: dict[tuple[str, int], _Wrap] = {}  # by id and version
        self._rows: dict[tuple[int, int], Rows] = {}  # by generation and version
        # By thing: the version that was opened last, as it stands in a seal, and what opens it.
        self._kept: dict[int, tuple[bytes, Rows, AESGCM]] = {}
        self._read: dict[int, dict[bytes, Any]] = {}  # by place and JSON: most rows say what others say
        self._known: set[int] = set()  # things whose wraps are kept

    def look_up(self, things: Sequence[UUID]) -> list[UUID]:
        """Fetch the wraps of these, in place of those before; the things that have none of the ordinary kind."""
        self._wraps = {}
        found = self._fetch(things)
        return [thing for thing in things if thing.hex not in found]

    def look_up_too(self, things: Iterable[UUID]) -> None:
        """Fetch the wraps of these besides those before."""
        new = {thing.int: thing for thing in things}
        self._fetch([new[number] for number in new.keys() - self._known])
        self._known |= new.keys()

    def _fetch(self, things: Sequence[UUID]) -> set[str]:
        found = set[str]()
        with self._keystore.step() as step:
            for start in range(0, len(things), MANY):
                asked = {
                    "these": [thing.hex for thing in things[start : start + MANY]],
                    "compartment": self._compartment,
                    "holder": self._holder,
                }
                rows = step.execute(_BOXES, asked).all()
                self._wraps.update(((row[0], row[1]), row[2:]) for row in rows)
                found.update(row[0] for row in rows)
        return found

    def read(self, id: UUID, seals: Iterable[Sealed], worth: Worth | None) -> list[Any] | None:
        """The values of a record that is its own thing, one a place, each None where it is not worth it.

        No list where something does not open here.
        """
        try:
            raw = self._opened(id, seals)
            if worth is not None and not worth(b"\n".join(raw)):
                return [None] * len(raw)
            read = zip(self._places, map(read_json, raw), strict=True)
            return [upgrades.current(*place, value) for place, value in read]
        except (CryptoError, Problem, KeyError):
            return None

    def values(self, place: int, rows: Sequence[Bare]) -> Iterator[Any]:
        """One column of some rows, MISSING where it does not open here. The ciphers of their things are kept.

        Two rows that say the same have the same value: what is read here is looked at, and never written in.
        """
        self.look_up_too(row[1] for row in rows)
        (table, column), known, read = self._places[place], self._kept, self._read.setdefault(place, {})
        under: Rows | None = None
        for id, thing, seal in rows:
            if not seal:
                yield None
                continue
            try:
                kept = known.get(thing.int)
                if kept is None or seal[_VERSION] != kept[0]:
                    said = seal[_VERSION]
                    kept = known[thing.int] = (said, *self._cipher(thing, said))
                if kept[1] is not under:
                    under = kept[1]
                    opened = under.opens(place)
                json = opened(kept[2], id.bytes, seal)
                value = read.get(json, MISSING)
                if value is MISSING:
                    value = read[json] = upgrades.current(table, column, read_json(json))
                yield value
            except (CryptoError, Problem, KeyError):
                yield MISSING

    def _opened(self, thing: UUID, seals: Iterable[Sealed]) -> list[bytes]:
        id, raw = thing.bytes, []
        said: bytes | None = None
        for column, seal in enumerate(seals):
            data = seal if isinstance(seal, bytes) else seal.data
            if data[_VERSION] != said:
                said = data[_VERSION]
                rows, cipher = self._cipher(thing, said)
            raw.append(rows.open(cipher, column, id, data))
        return raw

    def _cipher(self, thing: UUID, said: bytes) -> tuple[Rows, AESGCM]:
        """What opens the fields of a thing under the key of this version."""
        version = int.from_bytes(said, "big")
        generation, blob, committed = self._wraps[thing.hex, version]
        rows = self._rows.get((generation, version)) or self._rows_of(generation, version)
        commitment, cipher = rows.committed(rows.key(thing.bytes, blob))
        if not hmac.compare_digest(commitment, committed):
            raise Tampered("key commitment")
        return rows, cipher

    def _rows_of(self, generation: int, version: int) -> Rows:
        if self._ring is None:
            raise NoKey
        holder, _generation = self._keystore.open(self._ring, self._holder, generation)
        after = after_record(self._compartment, version)
        places = [(before_record(*place), after) for place in self._places]
        around = around_object(self._compartment, version, holder.public)
        made = self._rows[generation, version] = Rows(holder.wrap, generation, around, version, places)
        return made
