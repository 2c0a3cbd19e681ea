"""A field: any JSON value, one place."""

import copy
import json
import math
import pickle
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.envelope import (
    Envelope,
    FieldKey,
    Kind,
    around_record,
    box,
    canonical_json,
    expand,
    field_place,
    nonces,
    pad,
)
from crypto.errors import Tampered

DEK = bytes(range(32))
RECORD = UUID("00000000-0000-4000-8000-000000000001")
OTHER = UUID("00000000-0000-4000-8000-000000000002")
PLACE = field_place("person", "name", RECORD, "identity", 1)
KEY = FieldKey(DEK, 1)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def same(left, right):
    """Equal, and of the same types: True is not 1, 1.0 is not 1, -0.0 is not 0.0."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True) and left == right


@given(st.text(max_size=20), st.text(max_size=20), st.uuids(), st.integers(0, 2**32 - 1))
def test_a_seal_put_together_of_its_parts_opens_at_its_place_and_nowhere_else(table, column, record, version):
    key = FieldKey(DEK, version)
    before, after = around_record(table, column, "identity", version)
    (nonce,) = nonces(1)
    sealed = key.seal_under({"age": 30}, before + record.bytes + after, nonce)
    place = field_place(table, column, record, "identity", version)
    assert key.open(sealed, place) == {"age": 30}
    assert sealed == key.seal({"age": 30}, place, nonce)
    with pytest.raises(Tampered):
        key.open(sealed, field_place(table, column, record, "facts", version))


@given(JSON)
def test_every_json_value_comes_back_as_it_was(value):
    assert same(KEY.open(KEY.seal(value, PLACE), PLACE), value)


@pytest.mark.parametrize(
    "value",
    [
        "Jose\u0301",  # decomposed stays decomposed
        "Jos\u00e9",
        "👩🏽‍👧 huyó",
        "مُحَمَّد \u202bאבגד\u202c",
        "a\0b",
        "\x80\0\0",
        '{"not": "parsed"}',
        "\u2028\u2029\ufeff",
        "",
        None,
        0,
        False,
        -0.0,
        5e-324,
        1e308,
        10**400,
        [],
        {},
        {"b": [1, {"a": None}], "a": "x"},
    ],
)
def test_difficult_values_come_back_as_they_were(value):
    assert same(KEY.open(KEY.seal(value, PLACE), PLACE), value)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 5_000_000])
def test_a_long_text_comes_back_as_it_was(size):
    text = ("Ñandú 🕊 " * (size // 8 + 1))[:size]
    assert KEY.open(KEY.seal(text, PLACE), PLACE) == text


def test_half_an_emoji_is_kept_and_not_a_crash():
    assert KEY.open(KEY.seal("cut \ud83d", PLACE), PLACE) == "cut \ud83d"
    assert canonical_json("\ud83d") == rb'"\ud83d"'
    assert canonical_json("\\ud83d") == rb'"\\ud83d"'


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [1, {"a": math.nan}]])
def test_what_is_no_number_in_json_is_refused(value):
    with pytest.raises(ValueError):
        KEY.seal(value, PLACE)


@pytest.mark.parametrize("value", [b"bytes", RECORD, {1, 2}, object()])
def test_what_json_lacks_is_refused(value):
    with pytest.raises(TypeError):
        KEY.seal(value, PLACE)


def test_canonical_json_has_one_spelling():
    assert canonical_json({"b": 1, "a": [True, None, "ñ"]}) == '{"a":[true,null,"ñ"],"b":1}'.encode()
    assert canonical_json({"a": 1, "b": 2}) == canonical_json({"b": 2, "a": 1})


def test_short_values_cannot_be_told_apart_by_length():
    lengths = {len(KEY.seal(value, PLACE).data) for value in ("", None, "no", "sí", "María " * 8)}
    assert lengths == {64 + 35}


PLACES = {
    "table": field_place("witness", "name", RECORD, "identity", 1),
    "column": field_place("person", "phone", RECORD, "identity", 1),
    "record": field_place("person", "name", OTHER, "identity", 1),
    "compartment": field_place("person", "name", RECORD, "facts", 1),
    "version": field_place("person", "name", RECORD, "identity", 2),
    "borders": field_place("personn", "ame", RECORD, "identity", 1),
    "nowhere": b"",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_an_envelope_opens_only_at_its_place(place):
    envelope = KEY.seal("Ana", PLACE)
    with pytest.raises(Tampered):
        KEY.open(envelope, place)


@pytest.mark.parametrize("key", [FieldKey(DEK, 2), FieldKey(DEK[::-1], 1)], ids=["version", "key"])
def test_an_envelope_opens_only_with_its_key_and_version(key):
    with pytest.raises(Tampered):
        key.open(KEY.seal("Ana", PLACE), PLACE)


def test_every_flipped_bit_of_a_field_is_noticed(flips):
    for damaged in flips(KEY.seal("Ana", PLACE).data):
        with pytest.raises(Tampered):
            KEY.open(Envelope(damaged), PLACE)


def test_every_cut_of_a_field_is_noticed(cuts):
    for damaged in cuts(KEY.seal("Ana", PLACE).data):
        with pytest.raises(Tampered):
            KEY.open(Envelope(damaged), PLACE)


def test_a_field_is_a_box_of_its_kind_and_nothing_else():
    derived = expand(DEK, "field")
    assert KEY.open(Envelope(box(derived, Kind.FIELD, 1, pad(b'"x"'), PLACE)), PLACE) == "x"
    for kind in Kind:
        if kind is not Kind.FIELD:
            with pytest.raises(Tampered):
                KEY.open(Envelope(box(derived, kind, 1, pad(b'"x"'), PLACE)), PLACE)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"1 2", b'"x" ', b'"open', b"\xff\xfe", b"nul", b"[" * 20_000, b'{"a":1}x']
)
def test_an_envelope_that_holds_no_single_value_is_refused(content):
    derived = expand(DEK, "field")
    for plaintext in (pad(content), content):
        with pytest.raises(Tampered):
            KEY.open(Envelope(box(derived, Kind.FIELD, 1, plaintext, PLACE)), PLACE)


def test_ten_thousand_sealed_fields_have_nonces_of_their_own():
    nonces = {KEY.seal("the same", PLACE).data[7:19] for _ in range(10_000)}
    assert len(nonces) == 10_000


def test_a_field_key_hides_itself_and_does_not_travel():
    shown = f"{KEY} {KEY!r}"
    assert shown == "FieldKey(version 1) FieldKey(version 1)"
    for travel in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            travel(KEY)


@pytest.mark.parametrize("dek", [b"", bytes(16), bytes(31), bytes(33)])
def test_a_data_key_has_32_bytes(dek):
    with pytest.raises(ValueError, match="32 bytes"):
        FieldKey(dek, 1)
