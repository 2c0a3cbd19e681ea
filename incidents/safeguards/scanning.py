"""Fields of many records, opened once and let go: what is the same for all of them is worked out once.

Only the ordinary key is opened here, wrapped for its compartment. Whatever else there is (sealed by somebody who cannot
read it, erased, altered) is left to the vault, which says why it does not open.
"""

import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import String, bindparam, select, type_coerce

from crypto.envelope import BoxKey, Envelope, FieldKey, Kind, after_record, before_record, read_json
from crypto.errors import CryptoError, Tampered
from incidents.errors import NoKey, Problem
from incidents.model import upgrades
from incidents.model.base import Compartment
from incidents.safeguards.keystore import Keystore, Public, Ring, commitment, compartment_id, wrap_context
from incidents.safeguards.keytables import dek

Worth = Callable[[bytes], bool]  # whether the JSON of a record's fields, one below the other, is to be read
_VERSION = slice(3, 7)  # of an envelope: which key, not authenticated yet
Sealed = Envelope | bytes  # bytes: as the driver gives them
_Wrap = tuple[int, bytes, bytes]  # generation, box, commitment

_BOXES = select(  # an id stays the hex digits that it is stored as: nothing is made of it
    type_coerce(dek.c.object, String), dek.c.version, dek.c.generation, dek.c.blob, dek.c.commitment
).where(
    dek.c.object.in_(bindparam("these", expanding=True)),
    dek.c.compartment == bindparam("compartment"),
    dek.c.holder == bindparam("holder"),
    dek.c.form == "box",
)


class Scan:
    """The same columns, of one compartment, of records that are things of their own."""

    def __init__(
        self, keystore: Keystore, ring: Ring | None, table: str, columns: Sequence[str], compartment: str
    ) -> None:
        self._keystore, self._ring = keystore, ring
        self._table, self._columns, self._compartment = table, columns, compartment
        self._before = [before_record(table, column) for column in columns]
        self._holder = compartment_id(Compartment(compartment))
        self._wraps: dict[tuple[str, int], _Wrap] = {}
        self._boxes: dict[int, tuple[BoxKey, Public]] = {}  # by generation, with the holder's public half

    def look_up(self, things: Sequence[UUID]) -> list[UUID]:
        """Fetch the wraps of these, in place of those before; the things that have none of the ordinary kind."""
        asked = {"these": things, "compartment": self._compartment, "holder": self._holder}
        with self._keystore.step() as step:
            rows = step.execute(_BOXES, asked).all()
        self._wraps = {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}
        found = {digits for digits, _version in self._wraps}
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

    def _opened(self, id: UUID, seals: Iterable[Sealed]) -> list[bytes]:
        key, said, after, raw = None, b"", b"", []
        for before, seal in zip(self._before, seals, strict=True):
            data = seal if isinstance(seal, bytes) else seal.data
            if key is None or data[_VERSION] != said:
                said = data[_VERSION]
                key = self._key(id, int.from_bytes(said, "big"))
                after = id.bytes + after_record(self._compartment, key.keyver)
            raw.append(key.open_json(data, before + after))
        return raw

    def _key(self, id: UUID, version: int) -> FieldKey:
        generation, blob, committed = self._wraps[id.hex, version]
        box, holder = self._boxes.get(generation) or self._box(generation)
        key = box.open(blob, wrap_context(id, self._compartment, version, holder))
        if not hmac.compare_digest(commitment(key), committed):
            raise Tampered("key commitment")
        return FieldKey(key, version)

    def _box(self, generation: int) -> tuple[BoxKey, Public]:
        if self._ring is None:
            raise NoKey
        holder, _generation = self._keystore.open(self._ring, self._holder, generation)
        self._boxes[generation] = made = BoxKey(holder.wrap, Kind.WRAP), holder.public
        return made
