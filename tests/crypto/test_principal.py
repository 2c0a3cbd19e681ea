"""Principals: one seed each, keys that follow from it, and who vouches for them."""

import copy
import pickle
import re
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from crypto.envelope import canon
from crypto.errors import Tampered
from crypto.principal import Principal, Public, check_enrolment, enrol, fingerprint

ID = UUID("00000000-0000-4000-8000-00000000000a")
SEED = bytes(range(32))
ADMIN, ANA, EVE = Principal.new(), Principal.new(), Principal.new()


def test_everything_follows_from_the_seed():
    one, two = Principal(ID, SEED), Principal(ID, SEED)
    assert (one.public, one.kid, one.wrap) == (two.public, two.kid, two.wrap)
    other = Principal(ID, SEED[::-1])
    assert one.kid != other.kid
    assert one.wrap != other.wrap
    assert one.public.sign != other.public.sign


def test_the_parts_have_their_sizes():
    ana = Principal(ID, SEED)
    assert (len(ana.public.kem), len(ana.public.sign), len(ana.kid), len(ana.wrap)) == (1216, 32, 16, 32)
    assert len(ana.sign(b"")) == 64


def test_a_new_principal_has_a_seed_and_an_id_of_its_own():
    assert len({Principal.new().seed for _ in range(50)}) == 50
    assert Principal.new(ID).id == ID
    assert Principal.new().id != Principal.new().id


def test_the_key_id_does_not_depend_on_the_id_so_a_public_row_is_bound_by_its_enrolment():
    moved = Public(EVE.id, ANA.public.kem, ANA.public.sign)
    assert moved.kid == ANA.kid
    with pytest.raises(Tampered):
        check_enrolment(ADMIN.public, moved, "user", enrol(ADMIN, ANA.public, "user"))


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_seed_has_32_bytes(size):
    with pytest.raises(ValueError, match="32 bytes"):
        Principal(ID, bytes(size))


def test_a_signature_is_plain_ed25519_and_by_its_signer_only():
    signature = ANA.sign(b"message")
    Ed25519PublicKey.from_public_bytes(ANA.public.sign).verify(signature, b"message")
    ANA.public.verify(signature, b"message")
    for signer, signed, message in [
        (EVE, signature, b"message"),
        (ANA, signature, b"massage"),
        (ANA, signature[:-1], b"message"),
        (ANA, b"", b"message"),
        (ANA, EVE.sign(b"message"), b"message"),
    ]:
        with pytest.raises(Tampered):
            signer.public.verify(signed, message)


def test_every_flipped_bit_of_a_signature_is_noticed(flips):
    for damaged in flips(ANA.sign(b"message")):
        with pytest.raises(Tampered):
            ANA.public.verify(damaged, b"message")


@pytest.mark.parametrize("sign", [b"", bytes(31), b"\xff" * 32])
def test_a_verifying_key_that_is_none_verifies_nothing(sign):
    with pytest.raises(Tampered):
        replace(ANA.public, sign=sign).verify(ANA.sign(b"m"), b"m")


@pytest.mark.parametrize("kem", [b"", bytes(1184), bytes(1217), b"\xff" * 1216])
def test_an_encryption_key_that_is_none_is_refused(kem):
    with pytest.raises(Tampered):
        replace(ANA.public, kem=kem).kem_key()


NOT_VOUCHED_FOR = {
    "another enroller": (EVE.public, ANA.public, "user"),
    "another principal": (ADMIN.public, EVE.public, "user"),
    "another name": (ADMIN.public, ANA.public, "compartment:facts:2"),
    "a swapped encryption key": (ADMIN.public, replace(ANA.public, kem=EVE.public.kem), "user"),
    "a swapped verifying key": (ADMIN.public, replace(ANA.public, sign=EVE.public.sign), "user"),
    "another id": (ADMIN.public, replace(ANA.public, id=EVE.id), "user"),
    "the enroller under another id": (replace(ADMIN.public, id=EVE.id), ANA.public, "user"),
}


@pytest.mark.parametrize(("enroller", "who", "name"), NOT_VOUCHED_FOR.values(), ids=NOT_VOUCHED_FOR)
def test_an_enrolment_vouches_for_one_row_under_one_name(enroller, who, name):
    signature = enrol(ADMIN, ANA.public, "user")
    check_enrolment(ADMIN.public, ANA.public, "user", signature)
    with pytest.raises(Tampered):
        check_enrolment(enroller, who, name, signature)


def test_a_generation_of_a_compartment_is_enrolled_on_its_own():
    signature = enrol(ADMIN, ANA.public, "compartment:facts:1")
    with pytest.raises(Tampered):
        check_enrolment(ADMIN.public, ANA.public, "compartment:facts:2", signature)


def test_a_forged_enrolment_is_refused(flips):
    signature = enrol(EVE, ANA.public, "user")
    with pytest.raises(Tampered):
        check_enrolment(ADMIN.public, ANA.public, "user", signature)
    good = enrol(ADMIN, ANA.public, "user")
    for damaged in flips(good[:8]):
        with pytest.raises(Tampered):
            check_enrolment(ADMIN.public, ANA.public, "user", damaged + good[8:])


def test_a_signature_over_something_else_is_no_enrolment():
    message = canon("amparo/v1/other", ADMIN.id, ADMIN.kid, ANA.id, ANA.public.kem, ANA.public.sign, "user")
    with pytest.raises(Tampered):
        check_enrolment(ADMIN.public, ANA.public, "user", ADMIN.sign(message))


def test_a_fingerprint_reads_in_groups_and_changes_with_every_part():
    shown = fingerprint(ANA.public)
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", shown)
    assert shown == fingerprint(Principal(ANA.id, ANA.seed).public)
    others = [
        replace(ANA.public, id=EVE.id),
        replace(ANA.public, kem=EVE.public.kem),
        replace(ANA.public, sign=EVE.public.sign),
    ]
    assert shown not in {fingerprint(public) for public in others}


def test_a_principal_hides_its_seed_and_does_not_travel():
    ana = Principal(ID, SEED)
    assert f"{ana} {ana!r}" == f"Principal({ID}) Principal({ID})"
    assert f"{ana.public!r}" == f"Public(id={ID!r})"
    for travel in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            travel(ana)
