"""From a release to the decisions it counts on: by name and with reasons for who may, by number for who may not."""

from html import unescape

import pytest

from incidents.intake import editing
from incidents.model.incident import Act
from tests.release.test_publish import prepared, signed, story, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
REASONS = "Detailed and consistent account."


def test_a_coordinator_reads_who_and_why_and_an_analyst_that_somebody_did(staff, browser_for):
    tell(staff, [story(sources=[{"type": "INP", "relation": "VIC"}]) for _each in range(6)])
    id = prepared(staff)
    coordinator, analyst = browser_for("coordinator"), browser_for("analyst")
    assert "it is not signed yet" in analyst.get(f"/releases/{id}/decisions").text
    signed(staff, id)
    assert f'href="/releases/{id}/decisions"' in coordinator.get(f"/releases/{id}").text
    page = unescape(coordinator.get(f"/releases/{id}/decisions").text)
    assert page.count("Rita Inventada") == page.count(REASONS) == page.count("1 source") == 6
    assert "All of them stand as they did then." in page
    assert page.count(">Act 1<") == 6  # each is the first of its incident, as that one's page has it
    assert "Act 2" not in page
    closed = unescape(analyst.get(f"/releases/{id}/decisions").text)
    assert closed.count("Reviewer 1,") == 6
    assert "Line 6" in closed
    assert not any(word in closed for word in ("Rita", REASONS, "/review/", "Kidnapping"))
    with staff.second.work() as work:
        row = work.db.query(Act).first()
        now = editing.read(work, row)["facts"]
        editing.edit(work, row, row.version, {**now, "status": "A"}, "The recording says otherwise.")
    later = coordinator.get(f"/releases/{id}/decisions").text
    assert "1 of them does not stand as it did then." in later
    assert "What the row was made from changed." in later
    for who in ("reviewer", "researcher", "auditor", "administrator"):
        assert browser_for(who).get(f"/releases/{id}/decisions").status_code == 403
