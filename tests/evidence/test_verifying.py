"""One flipped bit anywhere is named: in a stored original, in a copy, in the chain of custody, in a row."""

import pytest
from sqlalchemy import delete, select, update

from crypto.envelope import Envelope
from incidents import evidence
from incidents.errors import Unopened
from incidents.evidence import pieces, store
from incidents.model.evidence import CustodyEvent, Evidence, EvidencePerson, WorkingCopy
from tests import make
from tests.evidence import invented


def breaks(member, *, opening=False):
    with member.work() as work:
        return [(found.what, found.where) for found in evidence.breaks(work, opening=opening)]


def node_breaks(house):
    work = house.work(make.Actor(make.keys.NODE), None)
    found = [(one.what, one.where) for one in evidence.breaks(work)]
    work.drop()
    return found


def flip(folder, name):
    """One bit in the middle of a stored file."""
    path = folder / "evidence" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.fixture
def id(keep):
    keep(invented.pdf())
    return keep(invented.jpeg())


def names(member, kind, id):
    with member.work() as work:
        column = Evidence.id if kind is Evidence else WorkingCopy.evidence_id
        row = work.db.scalars(select(kind).where(column == id)).one()
        return row.id, (pieces.original if kind is Evidence else pieces.copy)(row).names


def test_what_was_not_touched_holds_with_keys_and_without(staff, house, id):
    assert breaks(staff.reviewer, opening=True) == []
    assert node_breaks(house) == []
    with staff.reviewer.work() as work:
        assert evidence.verified(work) == evidence.Verified(2, 0)


@pytest.mark.parametrize("kind", [Evidence, WorkingCopy])
def test_one_flipped_bit_in_a_stored_file_is_named_without_any_key(staff, house, instance, id, kind):
    row, (name,) = names(staff.reviewer, kind, id)
    flip(instance.folder, name)
    named = [("the stored file was altered", f"{kind.__tablename__}/{row}")]
    assert node_breaks(house) == named
    assert breaks(staff.reviewer, opening=True) == named


def test_an_altered_original_does_not_open(staff, instance, id):
    _row, (name,) = names(staff.reviewer, Evidence, id)
    flip(instance.folder, name)
    with pytest.raises(Unopened), staff.reviewer.work() as work:
        b"".join(evidence.take_original(work, evidence.one(work, id), "court")[2])


def test_a_missing_file_is_named(staff, house, id):
    row, listed = names(staff.reviewer, Evidence, id)
    store.of(house).drop(listed)
    assert breaks(staff.reviewer) == [("a part of the stored file is missing", f"evidence/{row}")]


def test_a_file_that_fits_its_changed_hash_is_named_by_the_trail(staff, house, instance, id):
    """Whoever writes to the store and to the database still does not sign the trail."""
    row, (name,) = names(staff.reviewer, Evidence, id)
    flip(instance.folder, name)
    with staff.reviewer.work() as work:
        fits = pieces.sealed_sha256(work, pieces.original(work.get(Evidence, row)))
    with make.behind(house) as data:
        data.execute(update(Evidence.__table__).where(Evidence.id == row).values(sealed_sha256=fits))
    assert ("a row was changed or moved", f"evidence/{row}") in breaks(staff.reviewer)
    assert ("the content is not what was received", f"evidence/{row}") in breaks(staff.reviewer, opening=True)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_one_flipped_bit_in_the_chain_of_custody_is_named(staff, house, id, number):
    with staff.reviewer.work() as work:
        link = work.db.scalars(
            select(CustodyEvent).where(CustodyEvent.evidence_id == id, CustodyEvent.number == number)
        ).one()
        sealed, event = bytearray(link.facts.data), link.id
    sealed[-1] ^= 1
    with make.behind(house) as data:
        table = CustodyEvent.__table__
        data.execute(update(table).where(table.c.id == event).values(facts=Envelope(bytes(sealed))))
    found = node_breaks(house)
    assert ("a row was changed or moved", f"custody_event/{event}") in found
    last = 4
    named = [("the chain of custody does not hold", f"evidence/{id}, custody {number + 1}")]
    assert found[1:] == (named if number < last else [])


@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_link_that_was_taken_out_is_named(staff, house, id, number):
    with make.behind(house) as data:
        table = CustodyEvent.__table__
        data.execute(delete(table).where(table.c.evidence_id == id, table.c.number == number))
    found = breaks(staff.reviewer)
    assert "a row is missing" in {what for what, _where in found}
    if number < 4:
        assert ("the chain of custody does not hold", f"evidence/{id}, custody {number}") in found


def test_whoever_was_taken_out_of_a_picture_behind_the_program_is_named(staff, house, incident, id):
    with staff.reviewer.work() as work:
        person = evidence_people(work, incident)[0]
        evidence.name_people(work, evidence.one(work, id), [], [person])
    with make.behind(house) as data:
        data.execute(delete(EvidencePerson.__table__))
    assert {what for what, _where in breaks(staff.reviewer)} == {"a row is missing"}


def evidence_people(work, incident):
    from incidents import search

    return [person.id for person, _facts in search.people_of(work, incident)]


def test_a_stored_file_that_no_record_knows_is_counted_and_breaks_nothing(staff, house, id):
    store.of(house).put(f"{id}/original", 0, b"left by a request that was cut")
    with staff.reviewer.work() as work:
        assert evidence.verified(work).left_over == 1
    assert breaks(staff.reviewer) == []
    with staff.reviewer.work() as work:
        data = b"".join(evidence.take_original(work, evidence.one(work, id), "court")[2])
    assert data == invented.jpeg()
