"""A data key as it is stored: in a box under a key that its maker holds, or sealed to somebody's public half."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from crypto import seal
from crypto.envelope import BoxKey, Kind, unbox
from crypto.errors import Tampered
from crypto.principal import Principal, Public
from incidents.errors import Erased, NoKey, Unopened
from incidents.model.base import Compartment
from incidents.safeguards.keystore import (
    ESCROW,
    DataKey,
    Holder,
    Keystore,
    Ring,
    commitment,
    compartment_id,
    wrap_context,
)
from incidents.safeguards.rings import around_object

Thing = tuple[UUID, str]  # the id of an erasable thing, and a compartment
Unboxed = tuple[Thing, int, bytes]  # a thing, a version, and its key


@dataclass(frozen=True, slots=True)
class Box:
    """What keys are closed with, its generation, and for whom."""

    closing: BoxKey
    generation: int
    holder: Public
    bounds: dict[tuple[str, int], tuple[bytes, bytes]] = field(default_factory=dict)  # around a thing's id
    waiting: list[Unboxed] = field(default_factory=list, repr=False)  # keys that are closed together

    def around(self, compartment: str, version: int) -> tuple[bytes, bytes]:
        bound = self.bounds.get((compartment, version))
        if bound is None:
            bound = self.bounds[compartment, version] = around_object(compartment, version, self.holder)
        return bound


class Wrapping:
    """How the new keys of one Work are closed: what many of them share is worked out once."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore
        self._held: dict[Compartment, bool] = {}
        self._targets: dict[UUID, Holder] = {}  # what is sealed to, each verified once a Work
        self._shared: dict[str, Box | None] = {}  # of compartments; none: whoever writes does not hold it
        self._own: Box | None = None

    def holds(self, ring: Ring, compartment: Compartment) -> bool:
        if compartment not in self._held:
            try:
                self._keystore.open(ring, compartment_id(compartment))
            except NoKey:
                self._held[compartment] = False
            else:
                self._held[compartment] = True
        return self._held[compartment]

    def wrap(self, ring: Ring, thing: Thing, version: int, key: bytes, *, private: bool) -> list[DataKey]:
        """A new key for whoever holds its compartment. Private, or not held by its maker: for the maker too.

        By a token: for the member behind it as well, who reads again what it sent. What goes into a box waits for
        `closed`; what has to be sealed is given back.
        """
        box = None if private else self._box_of_all(ring, thing[1])
        if box is not None:
            box.waiting.append((thing, version, key))
            return []
        if ring.behind is not None and thing[1] != Compartment.INTAKE:
            raise NoKey  # nobody would open it: all but reports is closed by who can open it
        target = ESCROW if private else compartment_id(Compartment(thing[1]))
        to = self._targets[target] = self._targets.get(target) or self._keystore.holder(target)
        if self._own is None:
            self._own = Box(BoxKey(ring.own.wrap, Kind.WRAP), ring.generation, ring.own.public)
        self._own.waiting.append((thing, version, key))
        readers = [to] if ring.behind is None else [to, self._keystore.holder(ring.behind)]
        return [sealed(reader, ring, thing, version, key) for reader in readers]

    def closed(self) -> list[DataKey]:
        """The keys that waited, each in its box: an import makes seven of them a row."""
        found: list[DataKey] = []
        for box in (*self._shared.values(), self._own):
            if box is not None:
                found += _boxed(box)
        return found

    def _box_of_all(self, ring: Ring, compartment: str) -> Box | None:
        if compartment not in self._shared:
            self._shared[compartment] = self._box(ring, Compartment(compartment))
        return self._shared[compartment]

    def _box(self, ring: Ring, compartment: Compartment) -> Box | None:
        if not self.holds(ring, compartment):
            return None
        holder, generation = self._keystore.open(ring, compartment_id(compartment))
        return Box(BoxKey(holder.wrap, Kind.WRAP), generation, holder.public)


def _boxed(box: Box) -> list[DataKey]:
    """The keys that wait for this box, in it."""
    waiting, born, holder = box.waiting[:], box.generation, box.holder.id
    box.waiting.clear()
    blobs = box.closing.seal_all(
        born, [(key, _context(box, thing, version)) for thing, version, key in waiting]
    )
    return [
        DataKey(*thing, version, holder, born, born, "box", blob, commitment(key), None, None)
        for (thing, version, key), blob in zip(waiting, blobs, strict=True)
    ]


def _context(box: Box, thing: Thing, version: int) -> bytes:
    """As wrap_context."""
    id, compartment = thing
    before, after = box.around(compartment, version)
    return before + id.bytes + after


def sealed(to: Holder, ring: Ring, thing: Thing, version: int, key: bytes) -> DataKey:
    """For somebody whose key the ring's owner does not hold; signed by the owner."""
    context = wrap_context(*thing, version, to.public)
    blob = seal.seal(to.public, Kind.DEK, to.generation, key, context, ring.own)
    made_by = (ring.own.id, ring.generation)
    return DataKey(
        *thing, version, to.public.id, to.generation, to.generation, "seal", blob, commitment(key), *made_by
    )


def unwrapped(wrap: DataKey, with_key: bytes, holder: Public) -> bytes:
    """The key out of a box."""
    context = wrap_context(wrap.object, wrap.compartment, wrap.version, holder)
    return committed(unbox(with_key, Kind.WRAP, wrap.blob, context), wrap)


def opened(keystore: Keystore, wrap: DataKey, owner: Principal) -> bytes:
    """The key for somebody who holds the owner's: out of a box, or of what somebody else sealed for them, signed.

    Sealed keys are of what comes in, and of what is asked about it: all else is closed by who can open it.
    """
    if wrap.form == "box":
        return unwrapped(wrap, owner.wrap, owner.public)
    if wrap.compartment != Compartment.INTAKE or wrap.maker is None:
        raise Tampered("only a report may be sealed by someone who cannot read it")
    maker = keystore.holder(wrap.maker, wrap.maker_generation, removed=True).public
    context = wrap_context(wrap.object, wrap.compartment, wrap.version, owner.public)
    return committed(seal.open_seal(owner, Kind.DEK, wrap.blob, context, maker), wrap)


def any_opened(
    keystore: Keystore, ring: Ring | None, thing: Thing, version: int, wraps: Sequence[DataKey]
) -> bytes:
    """The key of this version out of whichever wrap the ring opens. Problem: Erased, Unopened, NoKey."""
    if not wraps:
        raise Erased if _is_gone(keystore, thing, version) else Unopened
    if ring is None:
        raise NoKey
    for wrap in wraps:
        if wrap.holder == ring.own.id and wrap.generation == ring.generation:
            return opened(keystore, wrap, ring.own)
    for wrap in wraps:
        if wrap.holder == compartment_id(Compartment(thing[1])):
            holder, _generation = keystore.open(ring, wrap.holder, wrap.generation)
            return opened(keystore, wrap, holder)
    raise NoKey


def _is_gone(keystore: Keystore, thing: Thing, version: int) -> bool:
    """All its keys were destroyed, or those up to this version when a text of it was rewritten."""
    erased = thing in keystore.erased([thing[0]])
    return erased or version <= keystore.over([thing[0]]).get(thing, 0)


def committed(key: bytes, wrap: DataKey) -> bytes:
    """The same key, if it is the one that was wrapped."""
    if not hmac.compare_digest(commitment(key), wrap.commitment):
        raise Tampered("key commitment")
    return key
