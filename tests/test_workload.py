"""How the work stands: weeks, medians, reviewers and places, counted from days alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from incidents import review
from incidents.errors import NotAllowed
from incidents.intake import rearranging, report, schema, take_in
from incidents.model.incident import Act, Incident
from incidents.model.report import Report
from incidents.model.vocabulary import Verification
from tests import make

V = Verification
WHY = "Detailed, consistent with two other accounts."
MONDAY = date(2026, 6, 1)


@pytest.fixture
def on(house):
    """Let it be noon of this day."""

    def day(wanted: date) -> None:
        house.now = lambda: datetime(wanted.year, wanted.month, wanted.day, 20, tzinfo=UTC)

    return day


def came(staff, *kinds, channel="page", state="MX-BCN"):
    place = {"country": "MEX", "state": state, "precision": "STA"} if state else None
    acts = [{"key": f"a{n}", "type": kind, "status": "C"} for n, kind in enumerate(kinds or ("KID",), 1)]
    told = make.report_document(acts=acts, involvements=None, incident={"place": place} if place else {})
    with staff.researcher.work() as work:
        return report.send(work, schema.load(told), channel).id


def taken(staff, id, by="reviewer"):
    with getattr(staff, by).work() as work:
        return take_in.take_in(work, id).id


def decided(staff, incident, to, by="second"):
    with getattr(staff, by).work() as work:
        for act in work.db.scalars(select(Act).where(Act.incident_id == incident)):
            review.move(work, act, to, WHY)


def seen(staff):
    with staff.reviewer.work() as work:
        return review.workload(work)


def test_what_came_and_what_was_decided_by_week(staff, on):
    on(MONDAY)
    first = came(staff, "KID", "EXT")
    came(staff, channel="practice")
    on(MONDAY + timedelta(days=6))
    second = came(staff)
    on(MONDAY + timedelta(days=9))
    one, two = taken(staff, first), taken(staff, second)
    decided(staff, one, V.CREDIBLE)
    decided(staff, two, V.UNDER_VERIFICATION)
    found = seen(staff)
    assert [week.monday for week in found.weeks[:2]] == [MONDAY + timedelta(days=7), MONDAY]
    assert len(found.weeks) == 12
    now, before = found.weeks[:2]
    assert (now.received, now.taken_in, now.decided, now.counted) == (0, 2, 2, 2)
    assert (before.received, before.taken_in, before.decided, before.counted) == (2, 0, 0, 0)
    assert (found.reports_waiting, found.acts_waiting) == (0, 1)
    assert found.oldest == MONDAY + timedelta(days=6)


def test_the_median_is_of_days_to_the_first_decision(staff, on):
    on(MONDAY)
    incidents = [taken(staff, came(staff)) for _ in range(3)]
    for days, incident in zip((2, 3, 10), incidents, strict=True):
        on(MONDAY + timedelta(days=days))
        decided(staff, incident, V.NOT_VERIFIED)
    decided(staff, incidents[0], V.UNDER_VERIFICATION)
    decided(staff, incidents[0], V.CREDIBLE)  # decided once more: the first one is what was waited for
    assert seen(staff).days == 3
    on(MONDAY + timedelta(days=2 + 7 * 13))
    assert seen(staff).days is None


def test_a_first_word_of_two_is_no_decision(staff, on):
    on(MONDAY)
    incident = taken(staff, came(staff, "SXA"))
    decided(staff, incident, V.CREDIBLE)
    found = seen(staff)
    assert (found.weeks[0].decided, found.acts_waiting, found.days) == (0, 1, None)
    decided(staff, incident, V.CREDIBLE, by="reviewer")
    assert (seen(staff).weeks[0].decided, seen(staff).acts_waiting) == (1, 0)


def test_an_act_counts_once_and_only_while_it_counts(staff, on):
    on(MONDAY)
    sources = [
        {"type": "INP", "relation": "VIC", "origin": "one"},
        {"type": "DOC", "relation": "OFF", "origin": "two"},
    ]
    with staff.researcher.work() as work:
        told = make.report_document(sources=sources)
        sent = report.send(work, schema.load(told), "page").id
    incident = taken(staff, sent)
    decided(staff, incident, V.CREDIBLE)
    decided(staff, incident, V.VERIFIED)
    assert (seen(staff).weeks[0].decided, seen(staff).weeks[0].counted) == (2, 1)
    decided(staff, incident, V.UNDER_VERIFICATION)
    assert (seen(staff).weeks[0].decided, seen(staff).weeks[0].counted) == (2, 0)


def test_a_report_that_is_taken_in_again_was_taken_in_once(staff, on):
    on(MONDAY)
    sent = came(staff)
    taken(staff, sent)
    on(MONDAY + timedelta(days=7))
    with staff.second.work() as work:
        rearranging.unlink(work, work.get(Report, sent), WHY)
    taken(staff, sent, by="second")
    now, before = seen(staff).weeks[:2]
    assert (now.taken_in, before.taken_in) == (0, 1)
    assert [(each.id, each.taken_in) for each in seen(staff).reviewers] == [(staff.reviewer.id, 1)]


def test_who_did_what_and_has_what_in_hand(staff, on):
    on(MONDAY)
    one, two = taken(staff, came(staff)), taken(staff, came(staff), by="second")
    with staff.reviewer.work() as work:
        work.get(Incident, two).assignee = staff.second.id
        work.note("incident.assigned", work.get(Incident, two))
    decided(staff, one, V.CREDIBLE)
    found = {each.id: (each.taken_in, each.decided, each.in_hand) for each in seen(staff).reviewers}
    assert found == {staff.reviewer.id: (1, 0, 0), staff.second.id: (1, 1, 1)}


def test_where_it_happened_is_counted_without_opening_anything(staff, on, house):
    on(MONDAY)
    one, two = taken(staff, came(staff)), taken(staff, came(staff, "KID", "EXT", state="MX-SON"))
    taken(staff, came(staff, state=""))
    decided(staff, one, V.CREDIBLE)
    with staff.reviewer.work() as work:
        found = review.workload(work)
        assert not [note for note in work._notes if note.event.endswith(".opened")]
    assert {each.state: (each.received, each.waiting) for each in found.places} == {
        "MX-BCN": (1, 0), "MX-SON": (1, 2), "": (1, 1),
    }  # fmt: skip
    with staff.reviewer.work() as work:
        rearranging.merge(work, one, two, WHY)
    found = seen(staff)
    assert found.acts_waiting == 3
    assert {each.state: (each.received, each.waiting) for each in found.places} == {
        "MX-BCN": (1, 2), "MX-SON": (1, 2), "": (1, 1),
    }  # fmt: skip


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_it_is_for_those_who_review(staff, who):
    with pytest.raises(NotAllowed), getattr(staff, who).work() as work:
        review.workload(work)
