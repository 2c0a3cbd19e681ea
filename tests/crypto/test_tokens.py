"""Tokens that are equal under a key, and the normal forms of names and phones."""

import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.envelope import canon
from crypto.tokens import facet_token, keyed, normal_name, normal_phone

KEY = bytes(range(32))


def test_a_token_is_hmac_over_what_it_stands_for():
    whole = hmac.digest(KEY, canon("amparo/v1/facet", "place", "MX-BCN"), "sha256")
    assert facet_token(KEY, "place", "MX-BCN") == whole[:16]
    assert keyed(KEY, "facet", "place", "MX-BCN") == whole


def test_equal_codes_have_equal_tokens_only_in_their_facet_and_under_their_key():
    tokens = [
        facet_token(KEY, "place", "MEX"),
        facet_token(KEY, "nationality", "MEX"),
        facet_token(KEY, "place", "HND"),
        facet_token(KEY, "plac", "eMEX"),
        facet_token(KEY[::-1], "place", "MEX"),
    ]
    assert len(set(tokens)) == len(tokens)
    assert {len(token) for token in tokens} == {16}
    assert facet_token(KEY, "place", "MEX") == tokens[0]


def test_keyed_values_differ_by_label_and_by_every_part():
    record = UUID(int=5)
    values = [
        keyed(KEY, "a"),
        keyed(KEY, "a", b""),
        keyed(KEY, "b", b""),
        keyed(KEY, "a", record, 1),
        keyed(KEY, "a", record, 2),
        keyed(KEY, "a", record, "1"),
    ]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_token_key_has_32_bytes(size):
    with pytest.raises(ValueError, match="32 bytes"):
        facet_token(bytes(size), "place", "MEX")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("María José Núñez", "NUNEZ, maria jose"),
        ("José", "Jose\u0301"),
        ("Strauß", "STRAUSS"),
        ("Iñárritu-Peña", "pena inarritu"),
        ("  Ana\tMaría ", "maria ana"),
        ("İbrahim", "ibrahim"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("محـــمد", "محمد"),
        ("\u200fمحمد\u200f", "محمد"),
        ("ａｎａ", "Ana"),  # noqa: RUF001  full width, as some phones type it
        ("Ana (la grande)", "ana grande la"),
        ("Νίκος", "νικοσ"),
    ],
)
def test_names_meet_whatever_their_case_accents_and_order(one, other):
    assert normal_name(one) == normal_name(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("Ana", "Anna"), ("José", "Josefa"), ("Li Wei", "Liwei"), ("", "A")]
)
def test_different_names_stay_different(one, other):
    assert normal_name(one) != normal_name(other)


@given(st.text())
def test_a_normal_name_is_its_own_normal_name(text):
    once = normal_name(text)
    assert normal_name(once) == once


@given(st.lists(st.sampled_from(["ana", "josé", "ÑUÑO", "محمد", "li"]), min_size=1), st.randoms())
def test_the_order_of_words_never_matters(words, random):
    shuffled = random.sample(words, len(words))
    assert normal_name(" ".join(words)) == normal_name(" ".join(shuffled))


@pytest.mark.parametrize("name", ["", "  ", "—", "…", "\u200f"])
def test_a_name_without_letters_is_empty(name):
    assert normal_name(name) == ""


@pytest.mark.parametrize(
    "text", ["+52 (664) 123-4567", "6641234567", "52 1 664 123 4567", "tel. 664.123.45.67", "+٥٢٦٦٤١٢٣٤٥٦٧"]
)
def test_phones_meet_by_their_last_nine_digits_in_any_script(text):
    assert normal_phone(text) == "641234567"


@pytest.mark.parametrize(("text", "digits"), [("", ""), ("no phone", ""), ("12-34", "1234"), ("5²", "5")])
def test_a_short_phone_keeps_what_digits_it_has(text, digits):
    assert normal_phone(text) == digits
