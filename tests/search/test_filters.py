"""A filter by tokens gives what opening everything gives; it leaves with what it was made from."""

import random
from dataclasses import dataclass
from datetime import date
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from incidents import erasure, search
from incidents.model.facet import Facet
from incidents.model.incident import Act, Incident
from incidents.model.moment import Moment
from incidents.model.people import Person
from incidents.model.rearrangement import Rearrangement
from incidents.model.report import ReportLink
from incidents.model.vocabulary import IncidentState, Verification
from incidents.search import Filter, Sort
from incidents.work import Unreadable
from tests.search import invented

MANY = 14


@dataclass
class Read:
    """What opening all of an incident says."""

    incident: Incident
    codes: set
    verifications: set


def read(work, id):
    opened = search.open_incident(work, id)
    wholes = [opened.facts, *work.read_all(opened.joined, "facts")]
    acts = [said for _act, said in opened.acts]
    pairs = {("act", said["type"]) for said in acts}
    for facts in (*wholes, *acts):
        moment = Moment.from_json(facts["moment"]) if facts.get("moment") else None
        place = facts.get("place") or {}
        pairs |= {("month", moment and moment.month), ("year", moment and moment.year and str(moment.year))}
        pairs |= {(name, place.get(name)) for name in ("country", "state", "municipality")}
    pairs |= {("programme", facts.get("programme")) for facts in wholes}
    pairs |= {("perpetrator", said.get("type")) for _doer, said in opened.perpetrators}
    for _person, said in opened.people:
        if not isinstance(said, Unreadable):
            pairs |= {("nationality", code) for code in said.get("nationality", [])}
    verifications = {act.verification for act, _said in opened.acts}
    return Read(opened.incident, {pair for pair in pairs if pair[1]}, verifications)


def everything(work):
    """All incidents that count, each opened whole."""
    gone = set(work.db.scalars(select(Rearrangement.gone_id).where(Rearrangement.undone_on.is_(None))))
    return [read(work, id) for id in work.db.scalars(select(Incident.id)) if id not in gone]


def by_opening(opened, wanted, within):
    """The ids that fit, without a token being asked; each day in the order that `within` says."""
    found = [(one.incident.received_on, within(one.incident.id), one.incident.id) for one in opened]
    fitting = {one.incident.id for one in opened if fits(one, wanted)}
    return [id for _day, _place, id in sorted(found, reverse=wanted.sort == Sort.NEWEST) if id in fitting]


def fits(each, wanted):
    codes = ([(facet, code) for code in some] for facet, some in wanted.codes.items() if some)
    return (
        all(each.codes.intersection(some) for some in codes)
        and wanted.state in (None, each.incident.state)
        and (wanted.verification is None or wanted.verification in each.verifications)
        and (wanted.received_from or date.min) <= each.incident.received_on
        and each.incident.received_on <= (wanted.received_to or date.max)
    )


def by_tokens(work, wanted, limit):
    """The ids that fit, page by page, forth and back again."""
    pages, place = [], None
    while True:
        found = search.listed(work, wanted=wanted, before=place, limit=limit)
        pages.append([line.incident.id for line in found.lines])
        if not found.older:
            break
        last = found.lines[-1].incident
        place = (last.received_on, last.id)
    if len(pages) > 1:
        first = found.lines[0].incident
        back = search.listed(work, wanted=wanted, after=(first.received_on, first.id), limit=limit)
        assert [line.incident.id for line in back.lines] == pages[-2]
    ids = [id for page in pages for id in page]
    assert search.total_of(work, wanted) == (len(ids), True)
    return ids


def facets(names):
    """Some codes of one facet."""
    return st.lists(st.sampled_from(names), max_size=3, unique=True).map(tuple)


FILTERS = st.builds(
    Filter,
    codes=st.fixed_dictionaries(
        {},
        optional={
            "act": facets(invented.ACTS),
            "state": facets(invented.STATES),
            "nationality": facets(invented.COUNTRIES),
            "month": facets(("2019-11", "2020-01")),
            "year": facets(("2019", "2020")),
            "programme": facets(("MP1", "UNK")),
            "perpetrator": facets(("CRG", "PMU", "INM")),
        },
    ),
    state=st.sampled_from([None, None, *IncidentState]),
    verification=st.sampled_from([None, None, Verification.RECEIVED, Verification.CREDIBLE]),
    received_from=st.sampled_from([None, None, date(2026, 1, 3)]),
    received_to=st.sampled_from([None, None, date(2026, 1, 5)]),
    sort=st.sampled_from([Sort.NEWEST, Sort.OLDEST]),
)


@pytest.fixture
def recorded(staff, house, monkeypatch):
    """Incidents of several days: one linked to, one merged into another, an act that left, a person who was erased."""
    monkeypatch.setattr("incidents.search.walking.FIRST", 3)
    monkeypatch.setattr("incidents.search.walking.REACH", 2)
    draw = random.Random(5)
    ids = [invented.record(staff, draw) for _number in range(MANY)]
    invented.record(staff, draw, link_to=ids[0])
    with staff.coordinator.work() as work:
        for number, id in enumerate(ids):
            work.get(Incident, id).received_on = date(2026, 1, 1 + number % 7 // 2 * 2)
        act = work.db.scalars(select(Act).where(Act.incident_id == ids[1])).first()
        act.left_on = work.today
        for act in work.db.scalars(select(Act).where(Act.incident_id.in_(ids[4:7]))):
            act.verification = Verification.CREDIBLE
        work.get(Incident, ids[8]).state = IncidentState.CLOSED
        invented.merge(work, ids[2], ids[3])
        search.refile(work, *ids)
        work.note("arranged")
    with staff.coordinator.work() as work:
        person = search.open_incident(work, ids[5]).people[-1][0]
        erasure.erase_person(work, person, "They asked for it by phone.")
    erasure.finish(house)
    return ids


@pytest.mark.parametrize("crowded", [2000, 1])
def test_tokens_and_opening_everything_give_the_same_incidents(recorded, staff, monkeypatch, crowded):
    """In the order in which they were taken in; on a day that is crowded, in that of their ids."""
    monkeypatch.setattr("incidents.search.days.CROWDED", crowded)
    within = recorded.index if crowded > 1 else str
    with staff.coordinator.work() as work:
        opened = everything(work)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(wanted=FILTERS, limit=st.integers(1, 6))
    def same(wanted, limit):
        with staff.coordinator.work() as work:
            assert by_tokens(work, wanted, limit) == by_opening(opened, wanted, within)

    same()


def test_the_job_makes_the_facets_that_were_written_with_the_incidents(recorded, staff, house):
    before = rows(house)
    with staff.coordinator.work() as work:
        work.beside(Facet, (), Facet.token.is_not(None))
    assert rows(house) == set()
    with staff.coordinator.work() as work:
        assert not search.complete(work)
        assert search.listed(work, wanted=Filter(codes={"act": invented.ACTS})).lines == []
        step = Here(work)
        assert search.run_index(step) == {"made": MANY - 1}
    with staff.coordinator.work() as work:
        assert search.complete(work)
        assert search.run_index(Here(work)) == {"made": 0}
    assert step.told == [(MANY - 1, MANY - 1)]
    assert rows(house) == before


class Here:
    """A step of a job that commits nothing before its end."""

    def __init__(self, work):
        self.work, self.told = work, []

    def chunk(self, done, total):
        self.told.append((done, total))


def test_what_the_facets_of_a_new_incident_are_is_what_they_are_made_anew(staff, house):
    draw = random.Random(9)
    ids = [invented.record(staff, draw) for _number in range(8)]
    written = rows(house)
    with staff.coordinator.work() as work:
        search.refile(work, *ids)
    assert rows(house) == written


def rows(house):
    """The facets of incidents; the mark that all are filed bears the day on which it was made."""
    house.db().rollback()
    facets = select(Facet.incident_id, Facet.token, Facet.thing_id, Facet.received_on)
    return set(house.db().execute(facets.where(Facet.incident_id.in_(select(Incident.id)))))


def test_a_person_who_is_erased_takes_their_codes_along_and_leaves_the_others(staff, house):
    id = invented.record(staff, random.Random(4))
    with staff.coordinator.work() as work:
        person = search.open_incident(work, id).people[0][0]
    assert house.db().scalars(select(Facet).where(Facet.thing_id == person.id)).first() is not None
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, person.id), "They asked for it by phone.")
    erasure.finish(house)
    house.db().rollback()
    assert house.db().scalars(select(Facet).where(Facet.thing_id == person.id)).first() is None
    assert house.db().scalars(select(Facet).where(Facet.thing_id == id)).first() is not None


def test_a_facet_says_no_code(staff, house):
    invented.record(staff, random.Random(2))
    stored = b"".join(row.token for row in house.db().scalars(select(Facet)))
    assert not any(code.encode() in stored for code in (*invented.ACTS, *invented.STATES))


def test_a_link_that_is_undone_takes_its_codes_out_of_the_list(staff):
    draw = random.Random(3)
    first = invented.record(staff, draw)
    with staff.coordinator.work() as work:
        link = work.db.scalars(select(ReportLink).where(ReportLink.incident_id == first)).one()
        link.undone_on = work.today
        for act in work.db.scalars(select(Act).where(Act.incident_id == first)):
            act.left_on = work.today
        search.refile(work, first)
        work.note("undone")
    with staff.coordinator.work() as work:
        every = Filter(codes={"act": invented.ACTS})
        assert search.listed(work, wanted=every).lines == []
        assert list(islice(search.Walk(work, Filter()), 3)) != []
