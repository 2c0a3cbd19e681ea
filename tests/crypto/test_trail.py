"""The shapes of the trail: roots, block hashes, checkpoints."""

import base64
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import Tampered
from crypto.principal import Principal
from crypto.trail import GENESIS, block_hash, checkpoint, leaf, merkle_root, read_checkpoint

COORDINATOR, EVE = Principal.new(), Principal.new()
BLOCK = bytes(range(32))
ACTOR = UUID(int=7)
AT = "2026-05-01T10:00:00Z"

# Entries and roots of the Certificate Transparency reference tests (RFC 6962), for one to eight leaves.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_a_root_is_the_published_one(size):
    leaves = [leaf(bytes.fromhex(entry)) for entry in ENTRIES[:size]]
    assert merkle_root(leaves).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert merkle_root([]) == sha256(b"").digest()


def recursive_root(leaves):
    """The definition of RFC 6962 §2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + recursive_root(leaves[:half]) + recursive_root(leaves[half:])).digest()


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=70))
def test_a_root_follows_the_definition(entries):
    leaves = [leaf(entry) for entry in entries]
    assert merkle_root(leaves) == recursive_root(leaves)


def test_a_root_notices_an_entry_changed_swapped_dropped_or_doubled():
    leaves = [leaf(bytes([number])) for number in range(5)]
    others = [
        leaves[:4],
        leaves[1:],
        [*leaves, leaves[4]],
        [leaves[1], leaves[0], *leaves[2:]],
        [*leaves[:4], leaf(b"x")],
    ]
    assert merkle_root(leaves) not in {merkle_root(each) for each in others}


def test_an_entry_never_passes_for_an_inner_node():
    left, right = leaf(b"a"), leaf(b"b")
    assert merkle_root([leaf(left + right)]) != merkle_root([left, right])


def test_a_block_hash_binds_everything_in_it():
    other = bytes(31) + b"\1"
    hashes = [
        block_hash(GENESIS, 1, BLOCK, ACTOR, AT),
        block_hash(other, 1, BLOCK, ACTOR, AT),
        block_hash(GENESIS, 2, BLOCK, ACTOR, AT),
        block_hash(GENESIS, 1, other, ACTOR, AT),
        block_hash(GENESIS, 1, BLOCK, UUID(int=8), AT),
        block_hash(GENESIS, 1, BLOCK, ACTOR, AT + "0"),
    ]
    assert len(set(hashes)) == len(hashes)
    assert {len(each) for each in hashes} == {32}
    assert bytes(32) == GENESIS


def test_a_checkpoint_can_be_read_by_its_signer_s_key():
    text = checkpoint(COORDINATOR, "amparo.example/trail", 41, BLOCK, AT)
    assert read_checkpoint(text, COORDINATOR.public) == (41, BLOCK)


def test_a_checkpoint_is_a_signed_note_that_other_tools_can_verify():
    text = checkpoint(COORDINATOR, "amparo.example/trail", 41, BLOCK, AT)
    body, signature_line = text.split("\n\n")
    assert body.split("\n") == ["amparo.example/trail", "41", base64.b64encode(BLOCK).decode(), AT]
    dash, name, encoded = signature_line.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", "amparo.example/trail")
    raw = base64.b64decode(encoded)
    sign = COORDINATOR.public.sign
    assert raw[:4] == sha256(name.encode() + b"\n\x01" + sign).digest()[:4]
    Ed25519PublicKey.from_public_bytes(sign).verify(raw[4:], f"{body}\n".encode())


def test_a_checkpoint_by_somebody_else_is_refused():
    text = checkpoint(EVE, "origin", 41, BLOCK, AT)
    with pytest.raises(Tampered):
        read_checkpoint(text, COORDINATOR.public)


def test_a_checkpoint_relabelled_with_the_signer_s_key_id_is_refused():
    mine, hers = (checkpoint(who, "origin", 41, BLOCK, AT) for who in (COORDINATOR, EVE))
    raw = [base64.b64decode(text.split()[-1]) for text in (mine, hers)]
    forged = base64.b64encode(raw[0][:4] + raw[1][4:]).decode()
    with pytest.raises(Tampered):
        read_checkpoint(hers.replace(hers.split()[-1], forged), COORDINATOR.public)


def test_a_checkpoint_signed_in_the_name_of_another_origin_is_refused():
    body, _ = checkpoint(COORDINATOR, "origin", 41, BLOCK, AT).split("\n\n")
    key_id = sha256(b"other\n\x01" + COORDINATOR.public.sign).digest()[:4]
    signature = base64.b64encode(key_id + COORDINATOR.sign(f"{body}\n".encode())).decode()
    with pytest.raises(Tampered):
        read_checkpoint(f"{body}\n\n— other {signature}\n", COORDINATOR.public)


def test_a_second_spelling_of_the_same_signature_is_refused():
    text = checkpoint(COORDINATOR, "origin", 41, BLOCK, AT)
    last = text[-3]  # of this character two bits stand for nothing
    respelt = text[:-3] + chr(ord(last) + 1) + text[-2:]
    assert base64.b64decode(respelt.split()[-1]) == base64.b64decode(text.split()[-1])
    with pytest.raises(Tampered):
        read_checkpoint(respelt, COORDINATOR.public)


def test_every_character_of_a_checkpoint_counts():
    text = checkpoint(COORDINATOR, "origin", 41, BLOCK, AT)
    for position, char in enumerate(text):
        for other in {"A", "0", " ", "\n", "=", chr(ord(char) ^ 1)} - {char}:
            with pytest.raises(Tampered):
                read_checkpoint(text[:position] + other + text[position + 1 :], COORDINATOR.public)
        with pytest.raises(Tampered):
            read_checkpoint(text[:position] + text[position + 1 :], COORDINATOR.public)
        with pytest.raises(Tampered):
            read_checkpoint(text[:position], COORDINATOR.public)


@pytest.mark.parametrize("extra", ["\n", " ", "x", "— origin AAAA\n"])
def test_nothing_stands_before_or_behind_a_checkpoint(extra):
    text = checkpoint(COORDINATOR, "origin", 41, BLOCK, AT)
    for changed in (text + extra, extra + text, text + text):
        with pytest.raises(Tampered):
            read_checkpoint(changed, COORDINATOR.public)


@pytest.mark.parametrize("number", ["041", "+41", "-41", "4_1", "٤١", "41.0", "", "9" * 20])
def test_a_number_has_one_spelling(number):
    text = checkpoint(COORDINATOR, "origin", 41, BLOCK, AT).replace("\n41\n", f"\n{number}\n")
    with pytest.raises(Tampered):
        read_checkpoint(text, COORDINATOR.public)


@pytest.mark.parametrize("text", ["", "\n", "origin", "— origin AAAA\n", "\ud83d"])
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(Tampered):
        read_checkpoint(text, COORDINATOR.public)


@pytest.mark.parametrize(
    ("origin", "number", "block", "at"),
    [
        ("two words", 1, BLOCK, AT),
        ("a+b", 1, BLOCK, AT),
        ("", 1, BLOCK, AT),
        ("line\nbreak", 1, BLOCK, AT),
        ("origin", -1, BLOCK, AT),
        ("origin", 10**19, BLOCK, AT),
        ("origin", 1, BLOCK[:-1], AT),
        ("origin", 1, BLOCK + b"x", AT),
        ("origin", 1, BLOCK, ""),
        ("origin", 1, BLOCK, "then\nand more"),
    ],
)
def test_what_cannot_be_read_back_is_not_signed(origin, number, block, at):
    with pytest.raises(ValueError, match="checkpoint"):
        checkpoint(COORDINATOR, origin, number, block, at)
