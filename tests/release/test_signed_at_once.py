"""Two at once: two who sign and know nothing of each other; an erasure, while a release is made that read them."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents import erasure
from incidents.errors import Conflict
from incidents.model.base import db
from incidents.model.people import Person
from incidents.model.release import Release, ReleasedRow
from incidents.release import editions, publish
from tests.release.test_publish import prepared, signed, story, tell

POLICY = "public-table"


def test_of_two_that_are_signed_at_once_the_later_is_looked_at_again(staff, house):
    tell(staff, [story("2019-01") for _ in range(6)])
    first, second = prepared(staff, POLICY), prepared(staff, POLICY, {"to": "2019-12-31"})
    with Session(db.engine, autoflush=False, expire_on_commit=False) as elsewhere:
        actor = replace(staff.second.actor, fresh=True)
        late = replace(house, db=lambda: elsewhere).work(actor, staff.second.ring)
        publish.sign(late, late.get(Release, first), declared=True)
        signed(staff, second)
        with pytest.raises(Conflict):
            late.commit()
    with pytest.raises(editions.TooSoon):
        signed(staff, first)


def test_whoever_is_erased_while_a_release_is_made_is_not_written_into_its_ledger(staff, house):
    tell(staff, [story() for _ in range(7)])
    with staff.analyst.work() as work:
        made = publish.look(work, publish.Wanted("dataset-research", {}))
    with staff.coordinator.work() as work:
        gone = work.db.scalars(select(Person)).first().id
        erasure.erase_person(
            work, work.get(Person, gone), "They asked for it on the phone; two of us agreed."
        )
    erasure.finish(house)
    with pytest.raises(Conflict), staff.analyst.work() as work:
        publish.keep(work, "dataset-research", made)
    prepared(staff)  # made anew
    with staff.coordinator.work() as work:
        hashed = publish.keyed(work, "person", gone)
        assert hashed not in {entry.person for entry in work.db.scalars(select(ReleasedRow))}


def test_whose_names_alone_were_erased_today_still_counts(staff, house):
    tell(staff, [story() for _ in range(6)])
    with staff.coordinator.work() as work:
        person = work.db.scalars(select(Person)).first()
        erasure.erase_names(work, person, "Their name is not needed any more; two of us agreed.")
    erasure.finish(house)
    signed(staff, prepared(staff))
