"""No message, repr or error context shows a key, a word of a code, or a plaintext."""

import base64
import traceback
from dataclasses import replace
from uuid import UUID

import pytest

from crypto.envelope import FieldKey, Kind, box, canon, canonical_json, expand, field_place, pad, unbox
from crypto.errors import CryptoError
from crypto.escrow import join, split
from crypto.lock import FLOOR, Cost, lock, normal_code, recovery_code, unlock
from crypto.principal import Principal, check_enrolment
from crypto.seal import grant, open_grant, open_seal, seal
from crypto.stream import open_stream, seal_stream
from crypto.trail import checkpoint, read_checkpoint

ID = UUID("00000000-0000-4000-8000-0000000000aa")
SEED = b"canary-seed-canary-seed-canary!!"
CANARY = "canary-testimony"
PLACE = field_place("person", "name", ID, "identity", 1)
ANA, EVE = Principal(ID, SEED), Principal.new()
KEY = FieldKey(SEED, 1)
CODE = recovery_code()
SHARES = split(SEED, 2, 3)


def sealed_badly(content):
    """A field whose plaintext is no JSON value: what only a fault of ours could make."""
    return replace(KEY.seal("", PLACE), data=box(expand(SEED, "field"), Kind.FIELD, 1, pad(content), PLACE))


LOCKED = lock(CANARY, SEED, b"ana", SEED, FLOOR)
STREAM = b"".join(seal_stream(SEED, 1, ID, ID, [CANARY.encode()]))
FAILURES = {
    "field moved": lambda: KEY.open(KEY.seal(CANARY, PLACE), b""),
    "field without json": lambda: KEY.open(sealed_badly(CANARY.encode()), PLACE),
    "field cut in json": lambda: KEY.open(sealed_badly(f'"{CANARY}'.encode()), PLACE),
    "field not utf-8": lambda: KEY.open(sealed_badly(CANARY.encode() + b"\xff"), PLACE),
    "field not a number": lambda: KEY.seal({CANARY: float("nan")}, PLACE),
    "field not json": lambda: KEY.seal({CANARY: CANARY.encode()}, PLACE),
    "json of another type": lambda: canonical_json({1: CANARY, "1": CANARY}),
    "box moved": lambda: unbox(SEED, Kind.WRAP, box(SEED, Kind.WRAP, 1, CANARY.encode(), b"a"), b"b"),
    "box short key": lambda: box(SEED[:-1], Kind.WRAP, 1, CANARY.encode(), b"a"),
    "key too short": lambda: expand(SEED[:-1], "a"),
    "canon of a wrong part": lambda: canon(CANARY, [CANARY]),
    "seed too long": lambda: Principal(ID, SEED + b"x"),
    "forged signature": lambda: ANA.public.verify(EVE.sign(SEED), CANARY.encode()),
    "forged enrolment": lambda: check_enrolment(ANA.public, EVE.public, CANARY, bytes(64)),
    "seal moved": lambda: open_seal(
        ANA, Kind.DEK, seal(ANA.public, Kind.DEK, 1, SEED, b"a", EVE), b"b", EVE.public
    ),
    "unsigned seal moved": lambda: open_seal(
        ANA, Kind.DEK, seal(ANA.public, Kind.DEK, 1, SEED, b"a", None), b"b", None
    ),
    "grant of another": lambda: open_grant(EVE, grant(ANA, EVE.public, ANA, 1), EVE.public, ANA.public, 1),
    "wrong passphrase": lambda: unlock(CANARY + "x", LOCKED, b"ana", SEED),
    "lock moved": lambda: unlock(CANARY, LOCKED, b"eve", SEED),
    "lock too costly": lambda: lock(CANARY, SEED, b"ana", SEED, Cost(99, 1)),
    "mistyped code": lambda: normal_code(CODE.replace(CODE.split()[0], CODE.split()[0] + "x")),
    "half a code": lambda: normal_code(" ".join(CODE.split()[:7])),
    "one share": lambda: join(SHARES[:1]),
    "mistyped share": lambda: join([SHARES[0] + " notaword", SHARES[1]]),
    "share of another set": lambda: join([SHARES[0], split(SEED, 2, 3)[1]]),
    "seed too short to split": lambda: split(SEED[:-1], 2, 3),
    "file moved": lambda: list(open_stream(SEED, ID, EVE.id, [STREAM])),
    "file damaged": lambda: list(open_stream(SEED, ID, ID, [STREAM[:-1]])),
    "forged checkpoint": lambda: read_checkpoint(checkpoint(EVE, "o", 1, SEED, CANARY), ANA.public),
    "bad checkpoint": lambda: checkpoint(ANA, "o o", 1, SEED, CANARY),
}


def everything_said(error):
    """Whatever a log, an error page or a crash reporter could show of an error and of those behind it."""
    said = list(traceback.format_exception_only(error))
    while error is not None:
        said += [str(error), repr(error), repr(error.args), repr(vars(error))]
        said += [repr(getattr(error, name, None)) for name in ("object", "doc", "msg", "__notes__")]
        error = error.__cause__ or error.__context__
    return "\n".join(said)


@pytest.mark.parametrize("fail", FAILURES.values(), ids=FAILURES)
def test_no_error_shows_a_key_or_a_plaintext(fail):
    with pytest.raises((CryptoError, ValueError, TypeError)) as caught:
        fail()
    said = everything_said(caught.value)
    secrets = [CANARY, "canary", SEED.hex(), base64.b64encode(SEED).decode(), repr(SEED)]
    words = [" ".join(text.split()[:2]) for text in (CODE, *SHARES)]
    assert [secret for secret in secrets + words if secret in said] == []


@pytest.mark.parametrize(
    "shown",
    [ANA, ANA.public, KEY, KEY.seal(CANARY, PLACE), [ANA], {"who": ANA}, (KEY,)],
    ids=lambda it: type(it).__name__,
)
def test_nothing_shows_a_key_or_a_plaintext_when_printed(shown):
    said = f"{shown} {shown!r} {[shown]}"
    hidden = [SEED.hex(), repr(SEED)[2:-1], CANARY, repr(ANA.public.kem)[2:20], repr(ANA.public.sign)[2:20]]
    assert [secret for secret in hidden if secret in said] == []
    assert "\\x" not in said
