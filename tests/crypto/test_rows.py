"""Columns of many records: what is opened one record after the other is what is opened alone, and as strictly."""

import pickle
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.envelope import (
    FieldKey,
    Kind,
    after_record,
    before_record,
    box,
    canon,
    canonical_json,
    expand,
    field_place,
    pad,
    unbox,
)
from crypto.errors import Tampered
from crypto.rows import Rows

WRAPPING, DEK = bytes(range(32)), bytes(range(1, 33))
RECORD = UUID("00000000-0000-4000-8000-000000000001")
OTHER = UUID("00000000-0000-4000-8000-000000000002")
COLUMNS = ("narrative", "summary")


def context(record):
    return canon("dek", record)


BEFORE = context(RECORD)[:-16]
PLACES = [(before_record("incident", column), after_record("testimony", 3)) for column in COLUMNS]
ROWS = Rows(WRAPPING, 7, (BEFORE, b""), 3, PLACES)
PLACE = field_place("incident", "narrative", RECORD, "testimony", 3)
WRAP = box(WRAPPING, Kind.WRAP, 7, DEK, context(RECORD))


def sealed(value, column=COLUMNS[0], record=RECORD, keyver=3):
    place = field_place("incident", column, record, "testimony", keyver)
    return FieldKey(DEK, keyver).seal(value, place).data


@given(st.text(), st.text())
def test_a_record_opens_as_it_opens_alone(narrative, summary):
    key = ROWS.key(RECORD.bytes, WRAP)
    assert key == unbox(WRAPPING, Kind.WRAP, WRAP, context(RECORD))
    cipher = ROWS.cipher(key)
    for column, value in enumerate((narrative, summary)):
        data = sealed(value, COLUMNS[column])
        assert ROWS.open(cipher, column, RECORD.bytes, data) == canonical_json(value)


def test_a_key_altered_cut_or_of_another_record_does_not_open(flips, cuts):
    for damaged in (*flips(WRAP), *cuts(WRAP)):
        with pytest.raises(Tampered):
            ROWS.key(RECORD.bytes, damaged)
    with pytest.raises(Tampered):
        ROWS.key(OTHER.bytes, WRAP)


def test_a_field_altered_or_cut_does_not_open(flips, cuts):
    cipher, data = ROWS.cipher(DEK), sealed("a")
    for damaged in (*flips(data), *cuts(data)):
        with pytest.raises(Tampered):
            ROWS.open(cipher, 0, RECORD.bytes, damaged)


@pytest.mark.parametrize(
    "data",
    [
        sealed("a", "summary"),
        sealed("a", record=OTHER),
        sealed("a", keyver=4),
        box(expand(DEK, "field"), Kind.WRAP, 3, pad(b'"a"'), PLACE),
        box(expand(DEK, "field"), Kind.FIELD, 3, b'"a"', PLACE),
    ],
    ids=["another column", "another record", "another version", "another kind", "no padding"],
)  # fmt: skip
def test_a_field_of_another_place_or_kind_does_not_open(data):
    with pytest.raises(Tampered):
        ROWS.open(ROWS.cipher(DEK), 0, RECORD.bytes, data)


@pytest.mark.parametrize("generation", [6, 8])
def test_a_key_of_another_generation_does_not_open(generation):
    with pytest.raises(Tampered):
        ROWS.key(RECORD.bytes, box(WRAPPING, Kind.WRAP, generation, DEK, context(RECORD)))


def test_keys_of_another_length_are_refused():
    for length in (0, 16, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            ROWS.cipher(bytes(length))
        with pytest.raises(ValueError, match="32 bytes"):
            Rows(bytes(length), 7, (BEFORE, b""), 3, PLACES)


def test_what_a_key_commits_itself_to_and_its_cipher_are_those_of_the_key_alone():
    committed, cipher = ROWS.committed(DEK)
    assert committed == expand(DEK, "commit")
    assert ROWS.open(cipher, 0, RECORD.bytes, sealed("a")) == b'"a"'
    with pytest.raises(ValueError, match="32 bytes"):
        ROWS.committed(DEK[1:])


def test_what_opens_rows_is_never_pickled_and_shows_no_key():
    with pytest.raises(TypeError):
        pickle.dumps(ROWS)
    assert WRAPPING.hex() not in repr(ROWS)
