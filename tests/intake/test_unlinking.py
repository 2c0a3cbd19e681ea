"""Unlinked, a report takes along what was said with its link, and nothing that others said."""

import pytest
from sqlalchemy import select

from incidents import review, search
from incidents.errors import MoveNotAllowed
from incidents.intake import rearranging, report, schema, take_in
from incidents.intake.take_in import Same
from incidents.model.incident import Act
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report
from incidents.model.vocabulary import Says
from tests.intake.test_rearranging import WHY, acts, counted, doing, people, told, undo


@pytest.fixture
def send(staff):
    def one(*kinds, **more):
        with staff.researcher.work() as work:
            return report.send(work, schema.load(told(*kinds, **more)), "page").id

    return one


@pytest.fixture
def known(staff, send):
    """A report and its incident: one kidnapping, one person."""
    first = send("KID")
    return first, doing(staff, take_in.take_in, first)


def link(staff, id, incident, **same):
    doing(staff, take_in.take_in, id, None, incident, Same(**same))


def unlink(staff, id):
    with staff.reviewer.work() as work:
        rearranging.unlink(work, work.get(Report, id), WHY)


def the_same(house):
    house.db().rollback()
    query = select(Rearrangement).where(Rearrangement.kind == Arrangement.SAME_PERSON)
    return [(row.id, row.undone_on is None) for row in house.db().scalars(query.order_by(Rearrangement.id))]


# -- the same person


def test_who_was_the_same_by_the_link_is_so_no_more_without_it(staff, send, known, house):
    _first, incident = known
    person, again = people(staff, incident)[0], send("EXT")
    before = counted(staff)
    link(staff, again, incident, persons={"p1": person})
    assert counted(staff)["persons"] == 1
    unlink(staff, again)
    ((row, in_force),) = the_same(house)
    assert not in_force
    assert counted(staff) == before
    with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
        rearranging.undo(work, work.get(Rearrangement, row), WHY)
    doing(staff, take_in.take_in, again)  # an incident of its own, of somebody of its own
    assert counted(staff)["persons"] == 2


def test_linked_again_the_same_person_is_said_again(staff, send, known, house):
    _first, incident = known
    person, again = people(staff, incident)[0], send("EXT")
    link(staff, again, incident, persons={"p1": person})
    unlink(staff, again)
    link(staff, again, incident, persons={"p1": person})
    assert [in_force for _row, in_force in the_same(house)].count(True) == 1
    assert counted(staff)["persons"] == 1


def test_what_a_reviewer_said_of_two_records_stays_when_a_report_is_unlinked(staff, send, known, house):
    _first, incident = known
    again = send("EXT")
    other = doing(staff, take_in.take_in, again)
    one, two = people(staff, incident)[0], people(staff, other)[0]
    row = doing(staff, rearranging.merge_persons, one, two, WHY)
    unlink(staff, again)
    assert the_same(house) == [(row, True)]
    undo(staff, row)
    assert the_same(house) == [(row, False)]


def test_undone_before_the_report_is_unlinked_it_is_not_undone_twice(staff, send, known, house):
    _first, incident = known
    person, again = people(staff, incident)[0], send("EXT")
    link(staff, again, incident, persons={"p1": person})
    ((row, _in_force),) = the_same(house)
    undo(staff, row)
    assert counted(staff)["persons"] == 2
    unlink(staff, again)
    assert the_same(house) == [(row, False)]


def test_joined_on_top_of_it_the_later_joining_stays(staff, send, known, house):
    """The report's person was read as one of the incident; a third record was joined to both by a reviewer."""
    _first, incident = known
    person, again = people(staff, incident)[0], send("EXT")
    link(staff, again, incident, persons={"p1": person})
    linked = next(id for id in people(staff, incident) if id != person)
    third = people(staff, doing(staff, take_in.take_in, send("ROB", name="Filomeno Inventado")))[0]
    row = doing(staff, rearranging.merge_persons, linked, third, WHY)
    unlink(staff, again)
    assert [id for id, in_force in the_same(house) if in_force] == [row]
    with staff.reviewer.work() as work:
        kept = search.kept(work, third, Arrangement.SAME_PERSON)
        assert kept == person
        assert search.kept(work, linked, Arrangement.SAME_PERSON) == linked


# -- the same act


def test_an_act_that_another_report_tells_of_too_stays_with_that_one(staff, send, known):
    first, incident = known
    (act,), again = acts(staff, incident), send("KID", name="Filomeno Inventado")
    link(staff, again, incident, acts={"a1": act})
    unlink(staff, first)
    assert acts(staff, incident) == [act]
    with staff.reviewer.work() as work:
        assert (
            work.get(Act, act).report_id,
            len(review.grounds_of(work, work.get(Act, act)).origins(Says.SUPPORTS)),
        ) == (again, 1)
    assert counted(staff)["persons"] == 1
    unlink(staff, again)  # nobody tells of it any more
    assert acts(staff, incident) == []
    assert counted(staff)["acts"] == {}


def test_taken_in_again_the_first_report_tells_of_the_act_once_more(staff, send, known):
    first, incident = known
    (act,), again = acts(staff, incident), send("KID", name="Filomeno Inventado")
    link(staff, again, incident, acts={"a1": act})
    before = counted(staff)
    unlink(staff, first)
    link(staff, first, incident, acts={"a1": act})
    assert counted(staff) == before
    with staff.reviewer.work() as work:
        assert len(review.grounds_of(work, work.get(Act, act)).origins(Says.SUPPORTS)) == 2


# -- who is where, after a split


@pytest.fixture
def two(staff):
    """One report of two people, each in an act of their own, and a third in none; then split."""
    document = told("KID", "EXT")
    document["persons"] += [
        {"key": "p2", "facts": {"nationality": ["CUB"]}, "consent": {"decisions": {"REC": "given"}}},
        {"key": "p3", "facts": {"nationality": ["HTI"]}, "consent": {"decisions": {"REC": "given"}}},
    ]
    document["involvements"] = [{"person": "p1", "act": "a1"}, {"person": "p2", "act": "a2"}]
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    one = doing(staff, take_in.take_in, sent)
    with staff.reviewer.work() as work:
        extorted = next(act.id for act, facts in search.acts_of(work, [one]) if facts["type"] == "EXT")
    with staff.reviewer.work() as work:
        incident = search.incident(work, one)
        made = rearranging.split(work, incident, [extorted], WHY).id
    return one, made


def nationalities(staff, incident):
    with staff.reviewer.work() as work:
        return {code for _p, facts in search.people_of(work, incident) for code in facts["nationality"]}


def listed(staff, code):
    with staff.reviewer.work() as work:
        wanted = search.Filter(codes={"nationality": (code,)})
        return {line.incident.id for line in search.listed(work, wanted=wanted, limit=100).lines}


def test_after_a_split_each_is_in_the_incident_of_their_act_and_who_is_in_none_in_both(staff, two):
    one, made = two
    assert nationalities(staff, one) == {"HND", "HTI"}
    assert nationalities(staff, made) == {"CUB", "HTI"}
    assert (listed(staff, "HND"), listed(staff, "CUB"), listed(staff, "HTI")) == ({one}, {made}, {one, made})


def test_a_persons_page_names_the_incident_of_their_act_alone(staff, two):
    _one, made = two
    with staff.reviewer.work() as work:
        cuban = next(p.id for p, f in search.people_of(work, made) if f["nationality"] == ["CUB"])
        known = search.open_person(work, cuban)
        assert [incident.id for incident, _number, _acts in known.incidents] == [made]
        both = next(p.id for p, f in search.people_of(work, made) if f["nationality"] == ["HTI"])
        assert len(search.open_person(work, both).incidents) == 2


def test_made_anew_in_bulk_the_marks_say_the_same(staff, two):
    one, made = two
    for ids in ([one], [made], [one, made]):
        with staff.coordinator.work() as work:
            search.refile(work, *ids)
        assert (listed(staff, "HND"), listed(staff, "CUB")) == ({one}, {made})


def test_a_split_undone_shows_everybody_in_one_again(staff, two):
    one, _made = two
    with staff.reviewer.work() as work:
        query = select(Rearrangement).where(Rearrangement.kind == Arrangement.SPLIT)
        row = work.db.scalars(query).one().id
    undo(staff, row)
    assert nationalities(staff, one) == {"HND", "CUB", "HTI"}
    assert (listed(staff, "CUB"), listed(staff, "HTI")) == ({one}, {one})
