"""Only working copies leave, and only where everybody in them permits it at that moment."""

import pytest

from incidents import consent, evidence, search
from incidents.errors import InvalidInput
from incidents.model.evidence import Custody
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests.evidence import invented

LAWYER = "Lic. Inventada, Clínica Jurídica Inventada"


@pytest.fixture
def people(staff, incident):
    with staff.reviewer.work() as work:
        return [person.id for person, _facts in search.people_of(work, incident)]


def name(staff, id, gave, shown):
    with staff.reviewer.work() as work:
        evidence.name_people(work, evidence.one(work, id), gave, shown)


def give(staff, id, *purposes, **terms):
    with staff.reviewer.work() as work:
        decisions = {purpose.value: "given" for purpose in purposes}
        given = {"method": "spoken", "language": "es", "given_by": "self", "decisions": decisions}
        given["terms"] = dict.fromkeys(decisions, terms)
        consent.decide(work, work.get(Person, id), given)


def leaves(staff, *ids, purpose=Purpose.LEGAL, to=LAWYER, bare=None):
    with staff.reviewer.work() as work:
        found = evidence.leaving(work, ids, purpose, to=to, package="PKG-1", bare=bare)
        return [(each, b"".join(each.content())) for each in found.copies], found.refused


def test_nothing_leaves_before_somebody_said_who_is_in_it(staff, keep):
    id = keep(invented.jpeg())
    assert leaves(staff, id) == ([], {id: ("people-not-named",)})


def test_what_leaves_is_the_working_copy_and_never_the_original(staff, keep):
    data = invented.jpeg()
    id = keep(data)
    name(staff, id, [], [])
    ((each, content),), refused = leaves(staff, id)
    assert refused == {}
    assert content != data
    assert not [said for said in invented.SAID if said.encode() in content]
    assert each.name == f"evidence-{id.hex[:8]}-copy.jpg"
    assert each.size == len(content)
    with staff.reviewer.work() as work:
        event, facts, words = evidence.open_one(work, id).custody[-1]
    assert event.kind == Custody.RELEASED
    assert (facts["purpose"], facts["to"], facts["sha256"]) == ("LEG", "PKG-1", each.sha256)
    assert words == {"to": LAWYER}


def test_without_a_working_copy_nothing_leaves(staff, keep):
    id = keep(invented.docx())
    name(staff, id, [], [])
    assert leaves(staff, id) == ([], {id: ("no-copy",)})


def test_everybody_in_it_is_asked_for_the_purpose_and_for_pictures(staff, keep, people):
    id = keep(invented.jpeg())
    name(staff, id, [], people)
    assert leaves(staff, id)[1] == {id: ("no_consent",)}
    for person in people:
        give(staff, person, Purpose.LEGAL)
    assert leaves(staff, id)[1] == {id: ("no_consent",)}
    for person in people:
        give(staff, person, Purpose.PHOTO)
    ((each, _content),), refused = leaves(staff, id)
    assert refused == {}
    assert len(each.permits) == 2 * len(people)
    assert leaves(staff, id, purpose=Purpose.AUTHORITIES)[1] == {id: ("no_consent",)}


def test_a_withdrawal_stops_it_at_the_next_asking(staff, keep, people):
    id = keep(invented.jpeg())
    name(staff, id, [], people[:1])
    give(staff, people[0], Purpose.LEGAL, Purpose.PHOTO)
    assert leaves(staff, id)[1] == {}
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, people[0]), [Purpose.PHOTO])
    assert leaves(staff, id) == ([], {id: ("withdrawn",)})


def test_what_a_source_gave_names_who_gave_it(staff, keep, people):
    id = keep(invented.jpeg(), origin="given")
    name(staff, id, [], [])
    assert leaves(staff, id)[1] == {id: ("giver-not-named",)}
    name(staff, id, people[:1], [])
    give(staff, people[0], Purpose.LEGAL, Purpose.PHOTO)
    assert leaves(staff, id)[1] == {}


def test_people_of_other_incidents_cannot_be_named(staff, keep):
    id = keep(invented.jpeg())
    with pytest.raises(InvalidInput):
        name(staff, id, [], [id])


def test_who_is_no_longer_named_is_kept_as_undone(staff, keep, people):
    id = keep(invented.jpeg())
    name(staff, id, people[:1], people)
    name(staff, id, [], people[1:])
    with staff.reviewer.work() as work:
        left = evidence.people(work, evidence.one(work, id))
        assert [(row.person_id, row.part) for row in left] == [(people[1], "shown")]
        assert len(evidence.of_person(work, work.get(Person, people[1]))) == 1
        assert evidence.of_person(work, work.get(Person, people[0])) == []
