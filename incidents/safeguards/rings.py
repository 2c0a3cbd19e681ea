"""What is held: a ring of open principals, a holder to seal to, a wrapped data key; and our fixed names."""

import os
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from crypto import envelope
from crypto.principal import Principal, Public
from incidents.model.base import Compartment

AMPARO = UUID("a3c1f3c2-6b0e-5d57-9e0c-6a1f0f9d2b11")  # the root of our fixed names
NODE = uuid5(AMPARO, "node")
ESCROW = uuid5(AMPARO, "escrow")
LEDGER = uuid5(AMPARO, "ledger")  # the thing whose data key makes our keyed hashes
SCHEMA = 1


@cache
def compartment_id(compartment: Compartment) -> UUID:
    return uuid5(AMPARO, f"compartment/{compartment}")


class DataKey(NamedTuple):
    """One wrap of a data key, as stored."""

    object: UUID
    compartment: str
    version: int
    holder: UUID
    generation: int
    born: int
    form: str
    blob: bytes
    commitment: bytes
    maker: UUID | None
    maker_generation: int | None


class Holder(NamedTuple):
    """A principal's public half at one generation: what may be sealed to."""

    public: Public
    generation: int


@dataclass
class Ring:
    """The principals open in this session: the user's own, and compartments as they are needed."""

    own: Principal = field(repr=False)
    generation: int
    opened: dict[tuple[UUID, int], Principal] = field(default_factory=dict, repr=False)
    newest: dict[UUID, int] = field(default_factory=dict)  # generation, looked up once
    grants: dict[tuple[UUID, int], Any] = field(default_factory=dict, repr=False)  # their rows, likewise
    behind: UUID | None = None  # of a token's ring: the member for whom it acts


def wrap_context(object: UUID, compartment: str, version: int, holder: Public) -> bytes:
    """What a wrapped data key is bound to: canon("dek", object, compartment, version, holder's id, holder's kid)."""
    return _BEFORE_OBJECT + object.bytes + _after_object(compartment, version, holder.id, holder.kid)


def around_object(compartment: str, version: int, holder: Public) -> tuple[bytes, bytes]:
    """What stands in that context before and after the object's id."""
    return _BEFORE_OBJECT, _after_object(compartment, version, holder.id, holder.kid)


# Of that canon, what stands before the object's id, and what is the same for many objects.
_BEFORE_OBJECT = b"\x06" + envelope.canon("dek", bytes(16))[1:-16]


@lru_cache(maxsize=1024)
def _after_object(compartment: str, version: int, holder: UUID, kid: bytes) -> bytes:
    return envelope.canon(compartment, version, holder, kid)[1:]


def commitment(key: bytes) -> bytes:
    return envelope.expand(key, "commit")


def label(kind: str, generation: int, enrols: bool) -> str:  # noqa: FBT001  positional by nature: a row's columns
    return f"{kind}:{generation}:{'enrols' if enrols else 'does not enrol'}"


def random_key() -> bytes:
    return os.urandom(32)
