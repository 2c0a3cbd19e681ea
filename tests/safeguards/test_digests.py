"""The digests of many rows are the digests of each, and ids that are made together differ all the same."""

from datetime import date
from uuid import RFC_4122, UUID, uuid4

import pytest

from crypto.envelope import BoxKey, Envelope, Kind, box, canon, unbox
from crypto.errors import Tampered
from incidents.model.base import in_bulk, new_id
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.safeguards import audit
from incidents.safeguards.digests import digests, of_row, shape_of
from tests import make


def rows_of(kind, *choices):
    """Rows of a kind in which a column's values are of one type, of several, repeated, and none."""
    shape = shape_of(kind)
    return shape, [
        [choices[(number + place) % len(choices)] for place in range(len(shape.columns))]
        for number in range(2 * len(choices) + 1)
    ]


@pytest.mark.parametrize("kind", audit.all_kinds())
@pytest.mark.parametrize(
    "choices",
    [
        (None,),
        (UUID(int=7), UUID(int=8)),
        (Envelope(b"a seal"), Envelope(b"")),
        (Envelope(b"a seal"), None, UUID(int=7), True, 1, "1", b"1", date(2019, 1, 30), {"b": 1}, ["b"]),
    ],
    ids=["nothing", "ids", "seals", "all sorts"],
)
def test_digests_of_many_rows_are_those_of_each(kind, choices):
    shape, rows = rows_of(kind, *choices)
    assert digests(shape, rows) == [of_row(shape, row) for row in rows]


def test_an_equal_value_of_another_type_is_another_part():
    shape = shape_of(Person)
    rows = [[value] * len(shape.columns) for value in (1, True, "1", 1, 1)]
    found = digests(shape, rows)
    assert len(set(found)) == 3
    assert found[0] == found[3] == found[4]


def test_of_no_rows_there_are_no_digests():
    assert digests(shape_of(Report), []) == []


@pytest.mark.parametrize("said", [None, bytes(range(32))])
def test_a_mark_is_hashed_as_its_canon(said):
    id = uuid4()
    wanted = canon("row", "person", id, 3, said or b"")
    assert audit._mark_bytes("person", id, 3, said) == wanted
    assert audit._mark_bytes("person", id.bytes, 3, said) == wanted


# -- ids


def test_ids_made_together_share_their_beginning_and_nothing_else():
    with in_bulk():
        ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert len({id.bytes[:4] for id in ids}) == 1
    assert {(id.version, id.variant) for id in ids} == {(4, RFC_4122)}
    assert len({id.bytes[4:6] for id in ids}) > 900
    assert ids == sorted(ids)


def test_ids_of_two_chunks_begin_otherwise_and_those_outside_are_strewn():
    beginnings = set()
    for _chunk in range(20):
        with in_bulk():
            beginnings |= {new_id().bytes[:4], new_id().bytes[:4]}
    assert len(beginnings) == 20
    assert len({new_id().bytes[:4] for _ in range(20)}) == 20


def test_a_record_made_meanwhile_has_such_an_id(house, coordinator):
    with coordinator.work() as work, in_bulk():
        one, other = make.person(work), make.person(work)
    assert one.id != other.id
    assert one.id.bytes[:4] == other.id.bytes[:4]


# -- a key that closes many boxes


def test_a_kept_key_closes_what_any_opens_and_opens_what_any_closed():
    key, context = bytes(range(32)), b"where it lies"
    kept = BoxKey(key, Kind.WRAP)
    closed = kept.seal_all(
        3, [(b"a data key", context), (b"another", b"elsewhere"), (b"a data key", context)]
    )
    assert unbox(key, Kind.WRAP, closed[0], context) == b"a data key"
    assert unbox(key, Kind.WRAP, closed[1], b"elsewhere") == b"another"
    assert kept.open(box(key, Kind.WRAP, 3, b"a data key", context), context) == b"a data key"
    assert closed[0] != closed[2]
    assert kept.seal_all(3, []) == []
    with pytest.raises(Tampered):
        unbox(key, Kind.WRAP, closed[0], b"elsewhere")
