"""What was joined counts once in a release, what left an incident not at all; a no of one record holds for all."""

import pytest

from incidents import consent, search
from incidents.errors import ConsentChanged
from incidents.intake import rearranging
from incidents.model.people import Person
from incidents.model.release import Release
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import Purpose
from incidents.release import gather, policy, publish
from tests.release.test_publish import manifest, pack, prepared, signed, story, tell

WHY = "The same woman told us in March and in May."


def gathered(staff, name="dataset-research"):
    with staff.analyst.work() as work:
        return gather.gather(work, policy.load(name), {})


@pytest.fixture
def told(staff):
    """Six incidents, each of one person; their ids in the order in which they came."""
    tell(staff, [story() for _ in range(6)])
    with staff.reviewer.work() as work:
        rows = sorted(work.db.query(ReportLink).all(), key=lambda link: link.id)
        incidents = [link.incident_id for link in rows]
        return incidents, [search.people_of(work, id)[0][0].id for id in incidents]


def test_rows_of_merged_incidents_and_persons_stay_and_count_as_one(staff, told):
    incidents, people = told
    with staff.reviewer.work() as work:
        rearranging.merge(work, incidents[0], incidents[1], WHY)
    with staff.reviewer.work() as work:
        rearranging.merge_persons(work, people[0], people[1], WHY)
    found = gathered(staff)
    assert len(found.rows) == 6
    assert len({row["incident"] for row in found.rows}) == 5
    assert len({id for row in found.rows for id in row["persons"]}) == 5


def test_a_merged_person_is_one_where_a_release_asks_for_different_persons(staff, told):
    tell(staff, [story() for _ in range(2)])
    _incidents, people = told
    with staff.reviewer.work() as work:
        rearranging.merge_persons(work, people[0], people[1], WHY)
    release = prepared(staff)
    signed(staff, release)
    said = manifest(pack(staff, release))
    assert said["counts"]["released"] == 8
    assert said["distinct"] == {"incidents": 8, "persons": 7}


def test_a_refusal_of_one_record_keeps_every_record_of_the_person_out(staff, told):
    _incidents, people = told
    with staff.reviewer.work() as work:
        rearranging.merge_persons(work, people[0], people[1], WHY)
    with staff.reviewer.work() as work:
        consent.decide(work, work.get(Person, people[1]), {"decisions": {"ROW": "refused"}})
    found = gathered(staff)
    assert len(found.rows) == 4
    assert found.excluded == {"refused": 2}


def test_a_withdrawal_through_another_record_names_and_stops_the_release(staff, told):
    _incidents, people = told
    release = prepared(staff)
    signed(staff, release)
    with staff.reviewer.work() as work:
        gone = people[1]
        rearranging.merge_persons(work, people[0], gone, WHY)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, gone), [Purpose.ROWS])
    with staff.coordinator.work() as work:
        assert [each.id for each in publish.holding(work, work.get(Person, people[0]))] == [release]
    with staff.analyst.work() as work, pytest.raises(ConsentChanged):
        publish.download(work, work.get(Release, release))


def test_what_a_report_brought_is_in_no_release_once_it_is_unlinked(staff, told):
    incidents, _people = told
    with staff.reviewer.work() as work:
        link = work.db.query(ReportLink).filter_by(incident_id=incidents[0]).one()
        rearranging.unlink(work, work.get(Report, link.report_id), WHY)
    found = gathered(staff)
    assert (found.considered, len(found.rows)) == (5, 5)
