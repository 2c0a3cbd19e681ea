"""What two tired eyes found: danger that stays seen, drafts told apart, nothing lost between two sign-in steps."""

import re
from uuid import uuid4

from incidents.intake import drafts, report, schema
from incidents.intake.take_in import take_in
from incidents.web import beside
from tests import make


def keep(staff, *typed):
    id = uuid4()
    with staff.researcher.work() as work:
        drafts.save(work, id, typed)
    return id


def test_a_draft_that_stops_in_danger_says_that_nobody_else_sees_it(browser_for, staff):
    id = keep(staff, ("narrative", "Me buscan."), ("danger", "today"))
    page = browser_for("researcher").get(f"/reports/drafts/{id}/stopped").text
    assert "Nobody else sees this draft" in page
    calm = keep(staff, ("narrative", "Algo."), ("danger", "no"))
    assert "Nobody else sees" not in browser_for("researcher").get(f"/reports/drafts/{calm}/stopped").text


def test_drafts_of_one_day_are_told_apart_by_the_minute(browser_for, staff):
    keep(staff, ("narrative", "Algo."))
    page = browser_for("researcher").get("/reports/").text
    assert re.search(r'Draft of .*<time datetime="[0-9T:-]+Z">\d\d:\d\d</time>', page)


def test_danger_is_still_seen_on_the_incident(browser_for, staff):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document(danger="today")), "page", uuid4()).id
    with staff.reviewer.work() as work:
        taken = take_in(work, sent).id
    assert "In danger now" in browser_for("reviewer").get(f"/incidents/{taken}").text


def test_a_contradiction_names_no_field_by_its_raw_name(app):
    with app.test_request_context():
        assert beside.field_in_words("interview.on") == "The conversation"
