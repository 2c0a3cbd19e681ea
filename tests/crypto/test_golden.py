"""What version 1 sealed stays readable, and what it derives stays the same.

golden_v1.json was made once by the code of version 1 from the fixed keys below. It is never made again: a change that
breaks these tests would make real testimonies unreadable. A new format gets a file of its own beside it.
"""

import json
from pathlib import Path
from uuid import UUID

import pytest

from crypto.envelope import Envelope, FieldKey, Kind, expand, field_place, keyver, unbox
from crypto.escrow import join
from crypto.lock import normal_code, unlock
from crypto.principal import Principal, check_enrolment, fingerprint
from crypto.seal import open_grant, open_seal
from crypto.stream import open_stream
from crypto.tokens import facet_token, keyed
from crypto.trail import GENESIS, block_hash, leaf, merkle_root, read_checkpoint

GOLDEN = json.loads((Path(__file__).parent / "golden_v1.json").read_text())
KEY = bytes(range(32))
ONE = UUID("00000000-0000-4000-8000-00000000000a")
TWO = UUID("00000000-0000-4000-8000-00000000000b")
ANA, BEA = Principal(ONE, KEY), Principal(TWO, KEY[::-1])
AT = "2026-05-01T10:00:00Z"


def golden(name):
    return bytes.fromhex(GOLDEN[name])


def test_a_field_of_version_1_opens():
    place = field_place("person", "name", ONE, "identity", 1)
    value = FieldKey(KEY, 1).open(Envelope(golden("field")), place)
    assert value == {"name": "José Ñandú", "n": [1, None, True, 0.5]}


def test_the_boxes_of_version_1_open():
    assert unbox(ANA.wrap, Kind.WRAP, golden("wrap"), b"golden") == KEY
    assert keyver(golden("wrap"), Kind.WRAP) == 2
    assert unbox(expand(KEY, "session", b"boot"), Kind.SESSION, golden("session"), b"golden") == KEY


def test_the_locks_of_version_1_open():
    assert unlock("nueve garzas cruzan el río", golden("lock"), b"golden", b"pepper") == KEY
    assert unlock(normal_code(GOLDEN["recovery_code"]), golden("lock_by_code"), b"golden") == KEY


def test_the_seals_of_version_1_open():
    assert open_seal(ANA, Kind.DEK, golden("seal_signed"), b"golden", BEA.public) == KEY
    assert open_seal(ANA, Kind.DEK, golden("seal_unsigned"), b"golden", None) == KEY


def test_a_grant_of_version_1_opens():
    assert open_grant(ANA, golden("grant"), BEA.public, BEA.public, 4).seed == BEA.seed


@pytest.mark.parametrize(("name", "content"), [("stream", b"photograph"), ("empty_stream", b"")])
def test_a_file_of_version_1_opens(name, content):
    assert b"".join(open_stream(KEY, ONE, TWO, [golden(name)])) == content
    assert keyver(golden(name), Kind.FILE) == 5


def test_the_shares_of_version_1_join():
    assert join(GOLDEN["shares"][1:]) == KEY


def test_what_version_1_signed_is_still_by_its_signer():
    check_enrolment(ANA.public, BEA.public, "user", golden("enrolment"))
    assert read_checkpoint(GOLDEN["checkpoint"], ANA.public) == (41, KEY)


def test_what_version_1_derived_is_derived_again():
    assert ANA.kid == golden("kid")
    assert ANA.wrap == golden("wrap_key")
    assert fingerprint(ANA.public) == GOLDEN["fingerprint"]
    assert facet_token(KEY, "place", "MX-BCN") == golden("facet_token")
    assert keyed(KEY, "digest", ONE, 7, "x", b"y") == golden("keyed")
    root = merkle_root([leaf(b"a"), leaf(b"b")])
    assert block_hash(GENESIS, 1, root, ONE, AT) == golden("block_hash")
