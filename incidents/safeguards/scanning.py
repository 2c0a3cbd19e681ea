"""Fields of many records, opened once and let go: what is the same for all of them is worked out once.

Only the ordinary key is opened here, wrapped for its compartment. Whatever else there is (sealed by somebody who cannot
read it, erased, altered) is left to the vault, which says why it does not open.
"""

import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import String, bindparam, select, type_coerce

from crypto.envelope import Envelope, after_record, before_record, read_json
from crypto.errors import CryptoError, Tampered
from crypto.rows import Rows
from incidents.errors import NoKey, Problem
from incidents.model import upgrades
from incidents.model.base import Compartment
from incidents.safeguards.keystore import Keystore, Ring, commitment, compartment_id
from incidents.safeguards.keytables import dek
from incidents.safeguards.rings import around_object

Worth = Callable[[bytes], bool]  # whether the JSON of a record's fields, one below the other, is to be read
Sealed = Envelope | bytes  # bytes: as the driver gives them
_VERSION = slice(3, 7)  # of an envelope: which key, not authenticated yet
_Wrap = tuple[int, bytes, bytes]  # generation, box, commitment

_OBJECT = type_coerce(dek.c.object, String)  # an id stays the hex digits that it is stored as
_BOXES = select(_OBJECT, dek.c.version, dek.c.generation, dek.c.blob, dek.c.commitment).where(
    _OBJECT.in_(bindparam("these", expanding=True)),
    dek.c.compartment == bindparam("compartment"),
    dek.c.holder == bindparam("holder"),
    dek.c.form == "box",
)


def as_envelope(seal: Sealed) -> Envelope:
    return Envelope(seal) if isinstance(seal, bytes) else seal


class Scan:
    """The same columns, of one compartment, of records that are things of their own."""

    def __init__(
        self, keystore: Keystore, ring: Ring | None, table: str, columns: Sequence[str], compartment: str
    ) -> None:
        self._keystore, self._ring = keystore, ring
        self._table, self._columns, self._compartment = table, columns, compartment
        self._holder = compartment_id(Compartment(compartment))
        self._wraps: dict[tuple[str, int], _Wrap] = {}  # by id and version
        self._rows: dict[tuple[int, int], Rows] = {}  # by generation and version

    def look_up(self, things: Sequence[UUID]) -> list[UUID]:
        """Fetch the wraps of these, in place of those before; the things that have none of the ordinary kind."""
        asked = {
            "these": [thing.hex for thing in things],
            "compartment": self._compartment,
            "holder": self._holder,
        }
        with self._keystore.step() as step:
            rows = step.execute(_BOXES, asked).all()
        self._wraps = {(row[0], row[1]): row[2:] for row in rows}
        found = {row[0] for row in rows}
        return [thing for thing in things if thing.hex not in found]

    def read(self, id: UUID, seals: Iterable[Sealed], worth: Worth | None) -> list[Any] | None:
        """The values, each None where it is not worth it; no list where something does not open here."""
        try:
            raw = self._opened(id, seals)
            if worth is not None and not worth(b"\n".join(raw)):
                return [None] * len(raw)
            read = zip(self._columns, map(read_json, raw), strict=True)
            return [upgrades.current(self._table, column, value) for column, value in read]
        except (CryptoError, Problem, KeyError):
            return None

    def _opened(self, thing: UUID, seals: Iterable[Sealed]) -> list[bytes]:
        id, raw = thing.bytes, []
        said: bytes | None = None
        for column, seal in enumerate(seals):
            data = seal if isinstance(seal, bytes) else seal.data
            if data[_VERSION] != said:
                said = data[_VERSION]
                version = int.from_bytes(said, "big")
                generation, blob, committed = self._wraps[thing.hex, version]
                rows = self._rows.get((generation, version)) or self._rows_of(generation, version)
                key = rows.key(id, blob)
                if not hmac.compare_digest(commitment(key), committed):
                    raise Tampered("key commitment")
                cipher = rows.cipher(key)
            raw.append(rows.open(cipher, column, id, data))
        return raw

    def _rows_of(self, generation: int, version: int) -> Rows:
        if self._ring is None:
            raise NoKey
        holder, _generation = self._keystore.open(self._ring, self._holder, generation)
        after = after_record(self._compartment, version)
        places = [(before_record(self._table, column), after) for column in self._columns]
        around = around_object(self._compartment, version, holder.public)
        made = self._rows[generation, version] = Rows(holder.wrap, generation, around, version, places)
        return made
