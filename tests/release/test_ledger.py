"""The entries of a release are written at once, and those who are in it are asked some at a time."""

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.errors import ConsentChanged
from incidents.model.people import Person
from incidents.model.release import ReleasedRow
from incidents.release import publish
from tests.release.test_publish import pack, prepared, signed, story, tell

ENTRIES = ReleasedRow.__table__.c


def test_the_ids_of_the_entries_follow_their_hashes_and_not_the_rows(staff, house):
    """Ids that are made together rise: made in the order of the rows they would tell it."""
    tell(staff, [story() for _number in range(12)])
    prepared(staff)
    columns = (ENTRIES.person, ENTRIES.incident, ENTRIES.told, ENTRIES.whose)
    found = [tuple(row) for row in house.db().execute(select(*columns).order_by(ENTRIES.id))]
    assert len(set(found)) == 12
    assert found == sorted(found)


@pytest.mark.parametrize("together", [1, 5, 2_000])
@pytest.mark.parametrize("last", [False, True])
def test_whoever_withdraws_stops_the_pack_however_many_are_asked_at_once(staff, monkeypatch, together, last):
    monkeypatch.setattr(publish, "TOGETHER", together)
    tell(staff, [story() for _number in range(12)])
    release = prepared(staff)
    signed(staff, release)
    assert pack(staff, release)
    with staff.reviewer.work() as work:
        people = list(work.db.scalars(select(Person).order_by(Person.id)))
        consent.withdraw(work, people[-1 if last else 0])
    with pytest.raises(ConsentChanged):
        pack(staff, release)
