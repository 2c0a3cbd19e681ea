"""Two sign at once: neither knows of the other when it is checked, and only one of the two may go out unseen."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from incidents.errors import Conflict
from incidents.model.base import db
from incidents.model.release import Release
from incidents.release import editions, publish
from tests.release.test_publish import prepared, signed, story, tell

POLICY = "public-table"


def test_of_two_that_are_signed_at_once_the_later_is_looked_at_again(staff, house):
    tell(staff, [story("2019-01") for _ in range(6)])
    first, second = prepared(staff, POLICY), prepared(staff, POLICY, {"to": "2019-12-31"})
    with Session(db.engine, autoflush=False, expire_on_commit=False) as elsewhere:
        actor = replace(staff.second.actor, fresh=True)
        late = replace(house, db=lambda: elsewhere).work(actor, staff.second.ring)
        publish.sign(late, late.get(Release, first))
        signed(staff, second)
        with pytest.raises(Conflict):
            late.commit()
    with pytest.raises(editions.TooSoon):
        signed(staff, first)
