"""Principals: a user, compartment, service or escrow is one 32-byte seed; all its keys come from it.

KEM X-Wing (draft-connolly-cfrg-xwing-kem: ML-KEM-768 and X25519), signatures Ed25519 (RFC 8032).
"""

import base64
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256, shake_256
from os import urandom
from typing import NoReturn, Self
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from crypto.envelope import LABEL, canon, expand, need_key
from crypto.errors import Tampered

_MLKEM_PUBLIC = 1184
_MLKEM_SEED = 64
_XWING_SEED = 96
_KID_BYTES = 16
_FINGERPRINT_BYTES = 20
_GROUP = 4


@dataclass(frozen=True, slots=True)
class Public:
    """The half everybody may know: kem 1,216 bytes (ML-KEM-768 || X25519), sign 32 bytes (Ed25519)."""

    id: UUID
    kem: bytes = field(repr=False)
    sign: bytes = field(repr=False)

    @property
    def kid(self) -> bytes:
        """Key id, 16 bytes: changes with the seed, so a generation has one of its own."""
        return _kid(self.kem, self.sign)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if this principal signed the message; Tampered if not."""
        try:
            Ed25519PublicKey.from_public_bytes(self.sign).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise Tampered("the signature is not by this principal") from None

    def kem_key(self) -> MLKEM768X25519PublicKey:
        """Return the public key in the form HPKE takes; Tampered if its bytes are no key."""
        return _kem_key(self.kem)


@lru_cache(maxsize=64)  # a report is sealed part by part, each to the same few
def _kem_key(kem: bytes) -> MLKEM768X25519PublicKey:
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(kem[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(kem[_MLKEM_PUBLIC:]),
        )
    except ValueError:
        raise Tampered("the public key is not well formed") from None


@lru_cache(maxsize=4096)
def _kid(kem: bytes, sign: bytes) -> bytes:
    return sha256(canon(LABEL + "kid", kem, sign)).digest()[:_KID_BYTES]


def _xwing(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """Expand a 32-byte X-Wing decapsulation key (the draft's expandDecapsulationKey)."""
    expanded = shake_256(seed).digest(_XWING_SEED)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED]),
        X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED:]),
    )


class Principal:
    """A seed and what follows from it. Deriving the pairs takes 0.2 ms, so it waits until one is asked for."""

    def __init__(self, id: UUID, seed: bytes) -> None:
        """Take the 32-byte seed of this id."""
        self.id = id
        self.seed = need_key(seed)

    @classmethod
    def new(cls, id: UUID | None = None) -> Self:
        """Make a principal with a random seed."""
        return cls(id or uuid4(), urandom(32))

    def __repr__(self) -> str:
        """Name the id, never the seed."""
        return f"Principal({self.id})"

    def __reduce__(self) -> NoReturn:
        """Refuse pickling and copying: seeds travel in grants and locks only."""
        raise TypeError("a principal is never pickled")

    @cached_property
    def wrap(self) -> bytes:
        """Symmetric key, 32 bytes, that closes this principal's data keys."""
        return expand(self.seed, "wrap")

    @cached_property
    def _kem_parts(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        return _xwing(expand(self.seed, "kem"))

    @cached_property
    def kem(self) -> MLKEM768X25519PrivateKey:
        """The X-Wing private key in the form HPKE takes."""
        return MLKEM768X25519PrivateKey(*self._kem_parts)

    @cached_property
    def _sign(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(expand(self.seed, "sign"))

    @cached_property
    def public(self) -> Public:
        """The public half."""
        kem = b"".join(part.public_key().public_bytes_raw() for part in self._kem_parts)
        return Public(self.id, kem, self._sign.public_key().public_bytes_raw())

    @cached_property
    def kid(self) -> bytes:
        """Key id, 16 bytes."""
        return self.public.kid

    def sign(self, message: bytes) -> bytes:
        """Sign with Ed25519: 64 bytes. The message itself says what it is: a labelled canon, a block hash, a note."""
        return self._sign.sign(message)


def _enrolment(enroller: Public, who: Public, name: str) -> bytes:
    return canon(LABEL + "enrol", enroller.id, enroller.kid, who.id, who.kem, who.sign, name)


def enrol(enroller: Principal, who: Public, name: str) -> bytes:
    """Sign a principal's row under a name ("user", "compartment:facts:2"): 64 bytes to stand beside it."""
    return enroller.sign(_enrolment(enroller.public, who, name))


def check_enrolment(enroller: Public, who: Public, name: str, signature: bytes) -> None:
    """Return if this enroller vouched for exactly these keys under this name; Tampered if not."""
    enroller.verify(signature, _enrolment(enroller, who, name))


def fingerprint(public: Public) -> str:
    """160 bits over id and keys in eight groups of four letters: what init prints and people compare."""
    digest = sha256(canon(LABEL + "fingerprint", public.id, public.kem, public.sign)).digest()
    letters = base64.b32encode(digest[:_FINGERPRINT_BYTES]).decode()
    return " ".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))
