"""A data key as it is stored: in a box under a key that its maker holds, or sealed to somebody's public half."""

import hmac
from uuid import UUID

from crypto import seal
from crypto.envelope import BoxKey, Kind, unbox
from crypto.errors import Tampered
from crypto.principal import Principal, Public
from incidents.model.base import Compartment
from incidents.safeguards.keystore import DataKey, Holder, Keystore, Ring, commitment, wrap_context

Thing = tuple[UUID, str]  # the id of an erasable thing, and a compartment


Box = tuple[BoxKey, int, Public]  # what keys are closed with, its generation, and for whom


def box_of(keystore: Keystore, ring: Ring, target: UUID) -> Box:
    """The box of the ring's owner, or of a principal that was granted to them."""
    own = target == ring.own.id
    holder, generation = (ring.own, ring.generation) if own else keystore.open(ring, target)
    return BoxKey(holder.wrap, Kind.WRAP), generation, holder.public


def boxed(box: Box, thing: Thing, version: int, key: bytes, target: UUID) -> DataKey:
    """A new key in this box."""
    closing, generation, holder = box
    said = closing.seal(generation, key, wrap_context(*thing, version, holder)), commitment(key)
    return DataKey(*thing, version, target, generation, generation, "box", *said, None, None)


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


def committed(key: bytes, wrap: DataKey) -> bytes:
    """The same key, if it is the one that was wrapped."""
    if not hmac.compare_digest(commitment(key), wrap.commitment):
        raise Tampered("key commitment")
    return key
