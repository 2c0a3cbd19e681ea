"""SEAL: closed to a public key, signed by its maker; grants are seals that carry a principal's seed.

SEAL = E1 | kind | suite | key version u32be | enc 1120 | ciphertext | tag 16 | signature 64, absent if unsigned
info = those first 7 bytes || canon(context)
HPKE base mode (RFC 9180; draft-ietf-hpke-pq): X-Wing, HKDF-SHA-256, AES-256-GCM. Anybody can seal in base mode, so
the suite byte says whether the maker's Ed25519 signature stands at the end: 02 signed, 12 unsigned. It is bound in
info, so a signed seal stripped of its signature opens as nothing. Byte 03 is reserved for X25519 alone.
"""

import base64
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from crypto.envelope import (
    HEAD,
    LABEL,
    SUITE_SEAL_SIGNED,
    SUITE_SEAL_UNSIGNED,
    Kind,
    canon,
    head,
    keyver,
    read_head,
)
from crypto.errors import CryptoError, Tampered
from crypto.principal import Principal, Public

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_SIGNATURE_BYTES = 64


def _signed_message(info: bytes, sealed: bytes) -> bytes:
    return canon(LABEL + "seal", info, sha256(sealed).digest())


def seal(
    to: Public, kind: Kind, keyver: int, plaintext: bytes, context: bytes, maker: Principal | None
) -> bytes:
    """Close to a public key; 1,143 bytes longer than the plaintext, and 64 more if a maker signs.

    Check `to` against its enrolment first. Tampered if its bytes are no key.
    """
    start = head(kind, SUITE_SEAL_SIGNED if maker else SUITE_SEAL_UNSIGNED, keyver)
    info = start + canon(context)
    sealed = _SUITE.encrypt(plaintext, to.kem_key(), info=info)
    signature = maker.sign(_signed_message(info, sealed)) if maker else b""
    return start + sealed + signature


def open_seal(owner: Principal, kind: Kind, blob: bytes, context: bytes, maker: Public | None) -> bytes:
    """Open a seal made for this owner in this context; Tampered otherwise.

    With a maker the signature is verified before anything is opened. Without one only an unsigned seal opens: it
    says nothing of who made it, so what it holds may narrow (withdraw), never give.
    """
    suite = SUITE_SEAL_SIGNED if maker else SUITE_SEAL_UNSIGNED
    read_head(blob, kind, frozenset({suite}))
    info = blob[: HEAD.size] + canon(context)
    sealed = blob[HEAD.size :]
    if maker:
        sealed, signature = sealed[:-_SIGNATURE_BYTES], sealed[-_SIGNATURE_BYTES:]
        maker.verify(signature, _signed_message(info, sealed))
    try:
        return _SUITE.decrypt(sealed, owner.kem, info=info)
    except (InvalidTag, ValueError):
        raise Tampered("the seal was altered, cut or moved, or is not for this owner") from None


def _grant_context(what: Public, to: Public, generation: int) -> bytes:
    return canon(LABEL + "grant", what.id, what.kid, to.id, to.kid, generation)


def grant(what: Principal, to: Public, maker: Principal, generation: int) -> bytes:
    """Seal the seed of `what` to `to`, signed by the maker; the generation stands as key version."""
    return seal(to, Kind.GRANT, generation, what.seed, _grant_context(what.public, to, generation), maker)


def open_grant(owner: Principal, blob: bytes, what: Public, maker: Public, generation: int) -> Principal:
    """Rebuild the granted principal; Tampered unless its keys are those of `what` in this generation."""
    if keyver(blob, Kind.GRANT) != generation:
        raise Tampered("the grant is of another generation")
    context = _grant_context(what, owner.public, generation)
    seed = open_seal(owner, Kind.GRANT, blob, context, maker)
    if len(seed) != len(owner.seed):
        raise Tampered("the grant holds no seed")
    rebuilt = Principal(what.id, seed)
    if rebuilt.public != what:
        raise Tampered("the grant holds another principal than it says")
    return rebuilt


# Made once by this code from a seed that protects nothing. The HPKE suite is not an RFC yet: if a new version of
# the library reads or derives otherwise, we must hear it at start, not when the first testimony does not open.
_TEST_ID, _TEST_SEED = UUID(int=1), bytes(range(32))
_TEST_KID = "ddffeb6f7d20019ec4ad1a0ba3daefc1"
_TEST_PLAINTEXT = b"amparo self-test"
_TEST_CONTEXT = b"self-test"
_TEST_SEAL = base64.b64decode(
    "4QYSAAAAASkCv4jDWhuo5iEN+BBPG/BZgERdJErKZOeeE7ZddM6Cz3TSwGYv6jQwUbgtWyhTyURKcg8Eh1rg6rHnqsLbcR9u"
    "IkYnLsrCRRASeSyjXhpRFpQa/2zASqzE1fZokORBlu56at/i7wjwj3RO/YctTaB3AyTOeukfSuzkGPth2Uxpn0kFsws9K7Q5"
    "sd9QT7cq85TnsJSaA2uuVpzRDBDGoRARQrzyUMzuJowKQb16H3e/IFzZTaQvVY+UgreSiAbwl6fHJ46ynU2qc/9M9ahhHQzC"
    "VZPSbG2Ujy4Vry/ZzXPB0cKSRfuuWwALWU+xg3R3ZCZdS9PUIeQLmjtnhXqZh7aB+XkwWqDgOf0i+xCk3rudE1cNOuy8D8K3"
    "iJ6VVGxByI48Ek7FXafWHB2EhzIvRLlR+4rQP2wuKC9+AWXE/ncfD6bkR3XqQf97X9m4LvkM6B7GG9Xk8G0haGIpd/Hjzs8C"
    "nw3k7Zirn4YTa4xyoXvmZx0k2OKQaVnD5fazmkejgZwYSDI2Jffoqy7B7ircQi9IKB8NswBV5W8BAjPXcGKv4yP59S9Yw9Pq"
    "o2kOpM5sxcL3rLHMy6Sb8NLHqms/cN5gRY46jrMXa88skqCSzvWvhi/vS/o6z1nVFrWZ+l/bcWJ5YmO97pDbzLxaWG9FRMMo"
    "3ejWYHodavlh/RpGscbfHOr6j1vTs+VLL7Y1HBtw7gmYmkuMsKy4+VxSxU0uFs2mMRAhxSvPxJQkGNwTvVOg1oI/L8s+uYhx"
    "T0+nnqf9SJsyUEEiECG1VK+lHuUdWG9VfyDeiP0Blzbo+Q4P5NQse6SLmvxvwwjfAhnDgD0REcrm7fe1a8LXxzJhr0/8/Rxh"
    "ru5YPxVjyxz228WjNHi5UcPpmYPEf0Y0zoe6ulI/PBau7F0g0yBteQ/KHZeIIwvnqDktP98j4unJQL/CPZX+3Z2YLhF9R1Co"
    "ZqmmFBQMkPkmw2bygUyXar5Zb4cF/iKQOakYqwrOk2eozHvuKCt7Tkrwrvr41afWyXsFwMMgLIDXUOFCAQEbWITh3wrQmVxA"
    "HcJ4LI7YEldHlStH603p3A2w7NdD46mVbxYxnytkkXnkkF4Axp/p1ou0kQEb20UmRBvCICZZzt16fmVcXADsJ/er8mt1lbCd"
    "ZHwr9gz4C2BkQQjhtmf7E2hVO9EiSw8Zr2uHWQntb0Jsj21G1W35qzAGnz+ps0LGxItRVYcZMLRAzM/wtjB4yDWGFlE0VowU"
    "mGNftHMCPKHswttBu+b4lpFgMgSgtn3QQWJHCCTZTw9+jCkY5L4W8jrMig/zw4Fjn4zWgZldh6YC10t+yylj4Xx3vK+F04uO"
    "Oe+s5mQzeAUDlXTmLGvgl3lseiY05x2WvWRVmVYitszlw8UMGWTIGG12hq+u8DpYavQpcqnn+tIw3fxHni3lEjroOok3L2ki"
    "ITtTWn/CleCdsVAizQ1q9cVTBeXarKfgmkVQYjPB3B5mNvcRRBzVI3vwRi291HlJEsJJSr0qlpbDdYwXyeDtqhozLMXfZ1/+"
    "TYsIzcVptg=="
)


def _reads_pinned() -> bool:
    owner = Principal(_TEST_ID, _TEST_SEED)
    again = seal(owner.public, Kind.GRANT, 1, _TEST_PLAINTEXT, _TEST_CONTEXT, None)
    opened = [open_seal(owner, Kind.GRANT, blob, _TEST_CONTEXT, None) for blob in (_TEST_SEAL, again)]
    return owner.kid.hex() == _TEST_KID and opened == [_TEST_PLAINTEXT] * 2


def self_test() -> None:
    """Derive, open and seal against the pinned vector; CryptoError if the library no longer reads what it wrote."""
    try:
        good = _reads_pinned()
    except (Tampered, UnsupportedAlgorithm):  # the latter: a build of the library without ML-KEM
        good = False
    if not good:
        raise CryptoError("the cryptography library here does not read the pinned seal")
