"""Figures that were frozen before a release went out count what it counts: nobody is shown the two side by side."""

import pytest
from sqlalchemy import select

from incidents.model.release import Release
from incidents.release import weekly
from tests.release.test_publish import prepared, signed, tell
from tests.release.test_weekly import as_told, world

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def test_a_freeze_from_before_a_release_is_told_to_nobody_once_that_is_out(staff, browser_for):
    tell(staff, [as_told(one) for one in world("before", 40)])
    with staff.analyst.work() as work:
        frozen = weekly.freeze(work)
        assert weekly.overtaken(work, frozen) == []
    page = "/figures/"
    before = browser_for("researcher").get(page).text
    assert "incidents</p>" in before
    edition = prepared(staff, "public-table", {})
    assert browser_for("researcher").get(page).text == before  # what nobody signed is not out
    signed(staff, edition)
    after = browser_for("researcher").get(page).text
    with staff.analyst.work() as work:
        reference = work.db.scalars(select(Release.reference)).one()
        assert weekly.overtaken(work, weekly.newest(work)) == [reference]
    assert reference in after
    assert "incidents</p>" not in after
    assert "–" not in after
