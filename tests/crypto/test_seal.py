"""Seals to a public key, and the grants made of them."""

from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from crypto import seal as module
from crypto.envelope import Kind, box, canon, keyver
from crypto.errors import CryptoError, Tampered
from crypto.principal import Principal
from crypto.seal import grant, open_grant, open_seal, seal, self_test

OWNER, MAKER, EVE = Principal.new(), Principal.new(), Principal.new()
FACTS = Principal.new()
PLAIN = bytes(range(32))
SIGNED = seal(OWNER.public, Kind.DEK, 3, PLAIN, b"here", MAKER)
UNSIGNED = seal(OWNER.public, Kind.DEK, 3, PLAIN, b"here", None)


def test_a_seal_opens_for_its_owner():
    assert open_seal(OWNER, Kind.DEK, SIGNED, b"here", MAKER.public) == PLAIN
    assert open_seal(OWNER, Kind.DEK, UNSIGNED, b"here", None) == PLAIN
    assert keyver(SIGNED, Kind.DEK) == keyver(UNSIGNED, Kind.DEK) == 3


@pytest.mark.parametrize("maker", [MAKER, None])
@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_a_seal_holds_any_length(size, maker):
    blob = seal(OWNER.public, Kind.JOB, 0, bytes(size), b"", maker)
    assert len(blob) == size + 1143 + (64 if maker else 0)
    assert open_seal(OWNER, Kind.JOB, blob, b"", maker.public if maker else None) == bytes(size)


def test_two_seals_of_the_same_share_nothing_but_the_head():
    again = seal(OWNER.public, Kind.DEK, 3, PLAIN, b"here", MAKER)
    assert again[:7] == SIGNED[:7]
    assert again[7:39] != SIGNED[7:39]


@pytest.mark.parametrize(
    ("owner", "kind", "context", "maker"),
    [
        (EVE, Kind.DEK, b"here", MAKER),
        (OWNER, Kind.JOB, b"here", MAKER),
        (OWNER, Kind.DEK, b"there", MAKER),
        (OWNER, Kind.DEK, b"", MAKER),
        (OWNER, Kind.DEK, b"here", EVE),
    ],
    ids=["owner", "kind", "context", "no context", "maker"],
)
def test_a_seal_opens_only_where_it_belongs(owner, kind, context, maker):
    with pytest.raises(Tampered):
        open_seal(owner, kind, SIGNED, context, maker.public)


@pytest.mark.parametrize(
    ("owner", "kind", "context"),
    [(EVE, Kind.DEK, b"here"), (OWNER, Kind.JOB, b"here"), (OWNER, Kind.DEK, b"there")],
)
def test_an_unsigned_seal_opens_only_where_it_belongs(owner, kind, context):
    with pytest.raises(Tampered):
        open_seal(owner, kind, UNSIGNED, context, None)


def test_signed_and_unsigned_are_never_taken_for_each_other():
    with pytest.raises(Tampered):
        open_seal(OWNER, Kind.DEK, SIGNED, b"here", None)
    with pytest.raises(Tampered):
        open_seal(OWNER, Kind.DEK, UNSIGNED, b"here", MAKER.public)
    stripped = bytearray(SIGNED[:-64])
    stripped[2] = UNSIGNED[2]
    with pytest.raises(Tampered):
        open_seal(OWNER, Kind.DEK, bytes(stripped), b"here", None)


def test_a_signature_by_somebody_else_does_not_make_an_unsigned_seal_theirs():
    forged = bytearray(UNSIGNED)
    forged[2] = SIGNED[2]
    info = bytes(forged[:7]) + canon(b"here")
    signature = EVE.sign(module._signed_message(info, bytes(forged[7:])))
    with pytest.raises(Tampered):
        open_seal(OWNER, Kind.DEK, bytes(forged) + signature, b"here", MAKER.public)
    with pytest.raises(Tampered):  # and Eve, who did sign, cannot pass a seal off that was closed as unsigned
        open_seal(OWNER, Kind.DEK, bytes(forged) + signature, b"here", EVE.public)


def test_a_signature_behind_a_seal_that_says_it_has_none_does_not_count():
    signature = MAKER.sign(module._signed_message(UNSIGNED[:7] + canon(b"here"), UNSIGNED[7:]))
    for maker in (MAKER.public, None):
        with pytest.raises(Tampered):
            open_seal(OWNER, Kind.DEK, UNSIGNED + signature, b"here", maker)


def test_the_signature_is_checked_before_anything_is_opened(monkeypatch):
    class Untouched:
        def decrypt(self, *_, **__):
            pytest.fail("opened before the signature was checked")

    monkeypatch.setattr(module, "_SUITE", Untouched())
    with pytest.raises(Tampered):
        open_seal(OWNER, Kind.DEK, SIGNED[:-1] + bytes([SIGNED[-1] ^ 1]), b"here", MAKER.public)


@pytest.mark.parametrize("suite", [0x00, 0x01, 0x03, 0x13, 0xFF])
def test_a_seal_of_an_unknown_or_reserved_suite_is_refused(suite):
    for blob, maker in ((SIGNED, MAKER.public), (UNSIGNED, None)):
        changed = blob[:2] + bytes([suite]) + blob[3:]
        with pytest.raises(Tampered):
            open_seal(OWNER, Kind.DEK, changed, b"here", maker)


def test_a_box_is_no_seal():
    blob = box(OWNER.wrap, Kind.DEK, 3, PLAIN, b"here")
    for maker in (MAKER.public, None):
        with pytest.raises(Tampered):
            open_seal(OWNER, Kind.DEK, blob, b"here", maker)


@pytest.mark.parametrize(("blob", "maker"), [(SIGNED, MAKER), (UNSIGNED, None)], ids=["signed", "unsigned"])
def test_every_flipped_bit_of_a_seal_is_noticed(flips, blob, maker):
    public = maker.public if maker else None
    for damaged in flips(blob):
        with pytest.raises(Tampered):
            open_seal(OWNER, Kind.DEK, damaged, b"here", public)


@pytest.mark.parametrize(("blob", "maker"), [(SIGNED, MAKER), (UNSIGNED, None)], ids=["signed", "unsigned"])
def test_every_cut_of_a_seal_is_noticed(cuts, blob, maker):
    public = maker.public if maker else None
    for damaged in cuts(blob):
        with pytest.raises(Tampered):
            open_seal(OWNER, Kind.DEK, damaged, b"here", public)


def test_nothing_is_sealed_to_a_key_that_is_none():
    with pytest.raises(Tampered):
        seal(replace(OWNER.public, kem=b"\xff" * 1216), Kind.DEK, 1, PLAIN, b"", MAKER)


def test_a_grant_gives_the_principal_back():
    blob = grant(FACTS, OWNER.public, MAKER, 2)
    opened = open_grant(OWNER, blob, FACTS.public, MAKER.public, 2)
    assert (opened.id, opened.seed, opened.kid) == (FACTS.id, FACTS.seed, FACTS.kid)
    assert keyver(blob, Kind.GRANT) == 2


def test_a_grant_opens_only_for_whom_by_whom_and_when_it_was_made():
    blob = grant(FACTS, OWNER.public, MAKER, 2)
    namesake = replace(FACTS.public, id=uuid4())
    wrong = [
        (EVE, FACTS.public, MAKER.public, 2),
        (OWNER, EVE.public, MAKER.public, 2),
        (OWNER, namesake, MAKER.public, 2),
        (OWNER, FACTS.public, EVE.public, 2),
        (OWNER, FACTS.public, MAKER.public, 1),
        (OWNER, FACTS.public, MAKER.public, 3),
        (Principal(uuid4(), OWNER.seed), FACTS.public, MAKER.public, 2),
    ]
    for owner, what, maker, generation in wrong:
        with pytest.raises(Tampered):
            open_grant(owner, blob, what, maker, generation)


@pytest.mark.parametrize(
    "seed", [EVE.seed, b"", bytes(31), bytes(64)], ids=["another", "none", "short", "long"]
)
def test_a_grant_with_another_seed_inside_is_refused_even_from_its_maker(seed):
    context = module._grant_context(FACTS.public, OWNER.public, 2)
    blob = seal(OWNER.public, Kind.GRANT, 2, seed, context, MAKER)
    with pytest.raises(Tampered):
        open_grant(OWNER, blob, FACTS.public, MAKER.public, 2)


def test_a_grant_whose_head_names_another_generation_is_refused():
    context = module._grant_context(FACTS.public, OWNER.public, 2)
    blob = seal(OWNER.public, Kind.GRANT, 3, FACTS.seed, context, MAKER)
    with pytest.raises(Tampered):
        open_grant(OWNER, blob, FACTS.public, MAKER.public, 2)


def test_a_grant_put_in_by_a_database_writer_is_refused():
    # Public keys stand in the database and base mode lets anybody seal: only the maker's signature holds this back.
    context = module._grant_context(FACTS.public, OWNER.public, 2)
    for maker in (EVE, None):
        blob = seal(OWNER.public, Kind.GRANT, 2, FACTS.seed, context, maker)
        with pytest.raises(Tampered):
            open_grant(OWNER, blob, FACTS.public, MAKER.public, 2)


def test_the_library_reads_the_pinned_seal():
    self_test()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_TEST_SEAL", module._TEST_SEAL[:-1] + b"\0"),
        ("_TEST_SEED", bytes(32)),
        ("_TEST_KID", "00" * 16),
        ("_TEST_PLAINTEXT", b"something else"),
    ],
)
def test_a_library_that_reads_otherwise_is_noticed_at_start(monkeypatch, name, value):
    monkeypatch.setattr(module, name, value)
    with pytest.raises(CryptoError, match="pinned seal"):
        self_test()


def test_a_library_without_the_algorithm_is_noticed_at_start(monkeypatch):
    def absent(*_):
        raise UnsupportedAlgorithm("no ML-KEM")

    monkeypatch.setattr(module, "Principal", absent)
    with pytest.raises(CryptoError, match="pinned seal"):
        self_test()
