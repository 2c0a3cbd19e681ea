"""What lies in the database is digested as the records that are made of it; in another spelling it fits no digest."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import JSON, String, func, select, type_coerce, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import LargeBinary

from crypto.envelope import Envelope
from incidents.intake import report
from incidents.model.audit import Revision
from incidents.model.base import SealedColumn, UtcDateTime
from incidents.model.people import Person
from incidents.safeguards import audit, lying
from incidents.safeguards.digests import parts_of
from tests import make

NAME = b"a name"
VALUES = {
    UUID: [UUID(int=7), UUID(int=2**128 - 1)],
    bool: [True, False, True],
    int: [0, -7, 10**12, 1],
    str: ["", "ñ", "1", "\ud800 half a pair", '"quoted"\n'],
    date: [date(2019, 1, 30), date(1, 1, 1)],
    bytes: [b"\0", bytes(range(256))],
    dict: [{}, {"b": 1, "a": ["ñ", None, True, 1.5]}, {"text": "x" * 600}],
    list: [[], ["b", "a"]],
    datetime: [datetime(2019, 1, 30, 4, 5, 6, 7, tzinfo=UTC)],
}


def as_sqlite_keeps(column, values):
    bind = column.type.dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())
    return [bind(value) if bind and value is not None else value for value in values]


def samples(column):
    kind = column.type
    if isinstance(kind, SealedColumn):
        return [Envelope(b"a seal"), Envelope(b"another seal")]
    if isinstance(kind, LargeBinary):
        return VALUES[bytes]
    if hasattr(kind, "enum_class") and kind.enum_class is not None:
        return list(kind.enum_class)
    if isinstance(kind, JSON):
        return [*VALUES[dict], *VALUES[list]]
    return VALUES[datetime if isinstance(kind, UtcDateTime) else kind.python_type]


@pytest.mark.parametrize("kind", audit.all_kinds(), ids=lambda kind: kind.__tablename__)
def test_each_column_s_values_as_sqlite_keeps_them_are_hashed_as_the_values(kind):
    looked = 0
    for column in kind.__table__.columns:
        maker = lying._maker(column.type)
        for values in ([*samples(column)], [samples(column)[0], None, *samples(column), None], [None]):
            if maker is not None:
                assert maker(NAME, as_sqlite_keeps(column, values)) == parts_of(NAME, values), column.name
                looked += 1
    assert looked > 3


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("id", "0" * 31 + "A"),
        ("id", "0" * 31),
        ("id", " " + "0" * 32),
        ("id", "no id"),
        ("id", b"0" * 32),
        ("id", 7),
        ("version", "1"),
        ("version", 1.0),
        ("facts", "a seal"),
        ("kind", b"individual"),
        ("teller", 2),
    ],
)
def test_a_value_in_another_form_is_none_that_the_program_wrote(kind, wrong):
    column = Person.__table__.columns[kind]
    known = as_sqlite_keeps(column, samples(column))
    parts = lying._maker(column.type)(NAME, [known[0], wrong, None])
    assert parts[0] == parts_of(NAME, samples(column)[:1])[0]
    assert parts[2] == parts_of(NAME, [None])[0]
    assert parts[1] == NAME + (1).to_bytes(4, "big") + lying.NO_VALUE


@pytest.mark.parametrize("piece", [1, 3, 50_000])
def test_every_row_that_lies_there_has_the_digest_of_its_record(house, coordinator, monkeypatch, piece):
    monkeypatch.setattr(lying, "PIECE", piece)
    with coordinator.work() as work:
        report.send(work, make.report_document(), "page")
        for _number in range(5):
            make.person(work)
    found, there = set(), set()
    with coordinator.work() as work:
        for within in lying.pieces(work.db, audit.DIGESTS.record_id):
            for kind in audit.all_kinds():
                rows = [row for some in lying.as_they_lie(work.db, kind, within) for row in some]
                assert not found & set(rows)
                found |= set(rows)
        for kind in audit.all_kinds():
            for record in work.db.scalars(select(kind)):
                there.add((lying.key_for(work.db, record.id), record.version, audit.digest(record)))
    assert found == there
    assert len(found) > 8


def test_an_id_in_capitals_which_no_question_finds_is_named(house, coordinator):
    """PostgreSQL has one spelling of an id."""
    with coordinator.work() as work:
        kept = make.person(work)
    with coordinator.work() as work:
        changed = work.get(Person, kept.id)
        work.seal(changed, name="Xiomara con otro nombre")
        work.note("person.changed", changed)
    revision = Revision.__table__
    with make.behind(house) as data:
        id = data.scalar(select(revision.c.id).where(revision.c.record_id == kept.id))
        spelt = func.upper(type_coerce(revision.c.record_id, String))
        if data.dialect.name == "sqlite":
            data.execute(update(revision).where(revision.c.id == id).values(record_id=spelt))
    with coordinator.work() as work:
        found = [each.where for each in work.breaks()]
        assert found == ([f"revision/{id}"] if work.db.get_bind().dialect.name == "sqlite" else [])
