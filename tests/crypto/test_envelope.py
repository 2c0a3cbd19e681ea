"""The envelope under a secret key, and the encodings everything is bound with."""

import hmac
import struct
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.envelope import Envelope, Kind, box, canon, expand, keyver, mac, nonces, pad, unbox, unpad
from crypto.errors import CryptoError, Tampered

KEY = bytes(range(32))
RFC_4231 = [  # key, message, HMAC-SHA-256: test cases 1, 2, 3 and 6
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]
PARTS = st.lists(
    st.binary(max_size=40) | st.text(max_size=20) | st.uuids() | st.integers(0, 2**64 - 1), max_size=8
)


def parts_of(encoded):
    """Read a canon back: that this is possible is what makes it injective."""
    rest, parts = encoded[1:], []
    while rest:
        size = int.from_bytes(rest[:4], "big")
        parts.append(rest[4 : 4 + size])
        rest = rest[4 + size :]
    assert len(parts) == encoded[0]
    return parts


@given(PARTS)
def test_a_canon_can_be_read_back_so_no_two_lists_share_one(parts):
    def raw(part):
        if isinstance(part, UUID):
            return part.bytes
        if isinstance(part, int):
            return struct.pack(">Q", part)
        return part.encode() if isinstance(part, str) else part

    assert parts_of(canon(*parts)) == [raw(part) for part in parts]


def test_a_canon_keeps_the_borders_between_its_parts():
    assert canon(b"ab", b"c") != canon(b"a", b"bc") != canon(b"abc")
    assert canon() != canon(b"") != canon(b"", b"")


@pytest.mark.parametrize("wrong", [-1, 2**64])
def test_a_canon_refuses_an_int_that_does_not_fit(wrong):
    with pytest.raises(OverflowError):
        canon(wrong)


@pytest.mark.parametrize("wrong", [True, None, 1.5, bytearray(b"x"), [b"x"]])
def test_a_canon_refuses_what_is_not_a_part(wrong):
    with pytest.raises(TypeError, match="canon takes"):
        canon(wrong)


def test_a_canon_has_at_most_255_parts():
    assert canon(*[b""] * 255)[0] == 255
    with pytest.raises(ValueError):
        canon(*[b""] * 256)


def test_a_canon_takes_broken_text_without_a_crash():
    assert canon("\ud83d") != canon("\ude00") != canon("?")


def test_expanded_keys_differ_by_label_context_and_key():
    keys = [
        expand(KEY, "a"),
        expand(KEY, "b"),
        expand(KEY, "a", b"x"),
        expand(KEY, "a", b"y"),
        expand(KEY[::-1], "a"),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 for key in keys)
    assert len(expand(KEY, "a", length=64)) == 64


def test_a_short_key_is_never_expanded():
    with pytest.raises(ValueError, match="32 bytes"):
        expand(bytes(31), "a")


@pytest.mark.parametrize("size", [0, 16, 24, 31, 33, 64])
def test_a_box_takes_256_bit_keys_only(size):
    with pytest.raises(ValueError, match="32 bytes"):
        box(bytes(size), Kind.WRAP, 1, b"", b"")
    blob = box(KEY, Kind.WRAP, 1, b"", b"")
    with pytest.raises(ValueError, match="32 bytes"):
        unbox(bytes(size), Kind.WRAP, blob, b"")


@pytest.mark.parametrize("kind", list(Kind))
def test_a_box_opens_as_its_own_kind_only(kind):
    blob = box(KEY, kind, 1, b"what it holds", b"here")
    for other in Kind:
        if other is kind:
            assert unbox(KEY, other, blob, b"here") == b"what it holds"
        else:
            with pytest.raises(Tampered):
                unbox(KEY, other, blob, b"here")
            with pytest.raises(Tampered):
                keyver(blob, other)


def test_a_box_is_35_bytes_longer_and_begins_as_no_text_does():
    blob = box(KEY, Kind.WRAP, 7, b"1234", b"here")
    assert len(blob) == 4 + 35
    assert blob[:7] == b"\xe1\x02\x01\x00\x00\x00\x07"
    with pytest.raises(UnicodeDecodeError):
        blob[:2].decode()


def test_every_flipped_bit_of_a_box_is_noticed(flips):
    blob = box(KEY, Kind.WRAP, 1, bytes(32), b"here")
    refused = 0
    for damaged in flips(blob):
        with pytest.raises(Tampered):
            unbox(KEY, Kind.WRAP, damaged, b"here")
        refused += 1
    assert refused == len(blob) * 8


def test_every_cut_of_a_box_is_noticed(cuts):
    blob = box(KEY, Kind.WRAP, 1, bytes(32), b"here")
    for damaged in cuts(blob):
        with pytest.raises(Tampered):
            unbox(KEY, Kind.WRAP, damaged, b"here")


def test_a_box_opens_with_its_key_and_in_its_context_only():
    blob = box(KEY, Kind.WRAP, 1, b"x", b"here")
    for key, context in [(KEY, b"there"), (KEY, b""), (KEY, b"here "), (KEY[::-1], b"here")]:
        with pytest.raises(Tampered):
            unbox(key, Kind.WRAP, blob, context)


def test_parts_of_two_boxes_do_not_make_a_third():
    one, two = (box(KEY, Kind.WRAP, 1, text, b"here") for text in (b"one", b"two"))
    mixed = [one[:19] + two[19:], one[:-16] + two[-16:], one[:7] + two[7:19] + one[19:]]
    for blob in mixed:
        with pytest.raises(Tampered):
            unbox(KEY, Kind.WRAP, blob, b"here")


@pytest.mark.parametrize("suite", [0x00, 0x02, 0x03, 0x12, 0xFF])
def test_an_unknown_or_reserved_suite_is_refused(suite):
    blob = bytearray(box(KEY, Kind.WRAP, 1, b"x", b"here"))
    blob[2] = suite
    with pytest.raises(Tampered):
        unbox(KEY, Kind.WRAP, bytes(blob), b"here")


@pytest.mark.parametrize("suite", [0x00, 0x03, 0xFF])
def test_no_key_version_is_read_from_an_unknown_suite(suite):
    blob = bytearray(box(KEY, Kind.WRAP, 9, b"x", b"here"))
    assert keyver(bytes(blob), Kind.WRAP) == 9
    blob[2] = suite
    with pytest.raises(Tampered):
        keyver(bytes(blob), Kind.WRAP)


@pytest.mark.parametrize("version", [0, 1, 2**32 - 1])
def test_the_key_version_stands_in_the_head(version):
    assert keyver(box(KEY, Kind.DEK, version, b"", b""), Kind.DEK) == version


@pytest.mark.parametrize("version", [-1, 2**32])
def test_a_key_version_that_does_not_fit_is_refused(version):
    with pytest.raises(ValueError, match="key version"):
        box(KEY, Kind.DEK, version, b"", b"")


def test_ten_thousand_nonces_are_unique():
    blobs = [box(KEY, Kind.WRAP, 1, b"the same", b"here") for _ in range(10_000)]
    assert len({blob[7:19] for blob in blobs}) == 10_000
    assert len({blob[19:] for blob in blobs}) == 10_000


@given(st.binary(max_size=400))
def test_padding_comes_off_again(data):
    assert unpad(pad(data)) == data


@pytest.mark.parametrize("data", [b"", b"\x80", b"\0", b"\x80\0\0", b"\0" * 63, b"\x80" * 64])
def test_padding_comes_off_data_that_looks_like_it(data):
    assert unpad(pad(data)) == data


def test_everything_short_has_the_same_length():
    assert {len(pad(bytes(size))) for size in range(64)} == {64}


def test_padding_costs_at_most_12_percent_and_leaves_few_lengths():
    sizes = {size: len(pad(bytes(size - 1))) for size in [*range(65, 5000), 65_537, 1_000_003, 5_000_001]}
    assert all(size <= padded <= 1.12 * size for size, padded in sizes.items())
    assert len({padded for size, padded in sizes.items() if size < 5000}) < 100
    assert all(len(pad(bytes(padded - 1))) == padded for padded in sizes.values())


@pytest.mark.parametrize("bad", [b"", b"\0" * 64, b"x" * 64, b"x\0\0", b"\x81\0"])
def test_padding_without_its_mark_is_refused(bad):
    with pytest.raises(Tampered):
        unpad(bad)


def test_an_envelope_is_no_text_and_prints_nothing():
    envelope = Envelope(b"\xe1sealed")
    assert not isinstance(envelope, str)
    assert "sealed" not in f"{envelope} {envelope!r}"
    assert envelope == Envelope(b"\xe1sealed") != Envelope(b"\xe1other")
    with pytest.raises(AttributeError):
        envelope.data = b""


def test_every_refusal_is_a_crypto_error():
    assert issubclass(Tampered, CryptoError)
    with pytest.raises(CryptoError):
        unbox(KEY, Kind.WRAP, uuid4().bytes, b"")


@pytest.mark.parametrize(("key", "message", "expected"), RFC_4231)
def test_the_mac_is_that_of_the_standard(key, message, expected):
    assert mac(key, message).hex() == expected


@given(st.binary(max_size=140), st.binary(max_size=140))
def test_the_mac_is_that_of_the_library(key, message):
    assert mac(key, message) == hmac.digest(key, message, "sha256")


def test_nonces_drawn_together_are_all_different():
    drawn = [*nonces(500), *nonces(500)]
    assert len(set(drawn)) == 1000
    assert {len(nonce) for nonce in drawn} == {12}
