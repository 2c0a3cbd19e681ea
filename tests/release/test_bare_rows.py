"""A verified trail lets rows be read as bare values: what is gathered of them is what is gathered of records."""

import gc
import random

import pytest
from sqlalchemy import select

from incidents import consent, reading
from incidents.consent import judging
from incidents.errors import NotAllowed
from incidents.model.base import Compartment
from incidents.model.incident import Act, Incident
from incidents.model.people import Involvement, Person
from incidents.model.report import Batch
from incidents.model.vocabulary import Purpose
from incidents.release import gather, opening, policy, publish
from incidents.work import Unreadable
from tests.release.test_publish import person, story, tell
from tests.release.test_told_together import apart, withdrew
from tests.search import invented

BASIS = {"kind": "published_source", "citation": "An invented list.", "purposes": ["ROW"]}
ALIGNED = ("rows", "people", "permits", "leans", "acts")


def published(staff):
    """Somebody nobody asked: a list that was published says it, and two people stand for that."""
    with staff.reviewer.work() as work:
        id = work.db.scalars(select(Person.id).where(Person.teller.is_(False))).first()
        basis = consent.set_basis(work, BASIS | {"everything_published": True}, person_id=id)
    with staff.second.work() as work:
        consent.confirm_basis(work, work.get(type(basis), basis.id))
    return id


@pytest.fixture
def mixed(staff, house):
    """Told by those who agreed, by one who did not, of somebody whom nobody asked; erased; told together."""
    untold = person("p2", teller=False, gender="M") | {"consent": None}
    involved = [{"person": "p2", "act": "a1", "part": "DIR"}]
    told = [story(), *[story(people=[person(decisions={"REC": "given"})]) for _ in range(2)]]
    tell(staff, [*told, story(people=[person(), untold], involvements=involved)])
    told_of = published(staff)
    both, ana, _bea = apart(staff)
    withdrew(staff, ana)
    with staff.analyst.work() as work:
        of_them = select(Act.incident_id).join(Involvement, Involvement.act_id == Act.id)
        kept = {both, *work.db.scalars(of_them.where(Involvement.person_id == told_of))}
        gone = work.db.scalars(select(Act.incident_id).where(Act.incident_id.not_in(kept))).first()
    house.keystore.shred([(gone, Compartment.FACTS)], "a decision")
    return staff


def test_what_is_gathered_of_bare_values_is_what_is_gathered_of_records(mixed):
    rules = policy.load("dataset-research")
    with mixed.analyst.work() as work:
        records = gather.gather(work, rules, {})
    with mixed.analyst.work() as work:
        work.must_be_whole()
        bare = gather.gather(work, rules, {})
        assert not [row for row in work.db.identity_map.values() if isinstance(row, Act | Involvement)]
    assert [list(getattr(bare, name)) for name in ALIGNED] == [
        list(getattr(records, name)) for name in ALIGNED
    ]
    assert (bare.considered, bare.excluded) == (records.considered, records.excluded)
    assert "no_consent" in bare.excluded
    assert any(permit.kind == "basis" for permits in bare.permits for permit in permits)


def test_whom_a_basis_settles_is_answered_as_by_all_that_is_asked_of_the_others(mixed, monkeypatch):
    purposes = [each for each in Purpose if each != Purpose.IDENTITY]
    with mixed.reviewer.work() as work:
        people = list(work.db.scalars(select(Person)))
        settled = consent.permits_each(work, people, purposes)
        assert judging._open(work, people, [Purpose.ROWS], work.today).settled
        monkeypatch.setattr(judging._File, "settle", lambda file, _purposes: dict(file.people))
        assert consent.permits_each(work, people, purposes) == settled
        monkeypatch.undo()
        assert not judging._open(work, people, list(Purpose), work.today).settled


def test_bare_rows_say_why_they_do_not_open_as_records_do(staff, house):
    ids = [invented.record(staff, random.Random(n), narrative=f"Casa {n}.") for n in range(3)]
    house.keystore.shred([(ids[2], Compartment.FACTS)], "a decision")
    with staff.analyst.work() as work:
        incidents = [work.get(Incident, id) for id in ids]
        seen = [work.vault.view(each, "facts") for each in incidents]
        bare = [(each.id, each.id, each.facts.data) for each in incidents]
        moved = [(ids[0], ids[0], incidents[1].facts.data), (ids[1], ids[1], bare[1][2][:20])]
        assert work.vault.view_all(Incident, "facts", bare) == seen
        assert work.vault.view_all(Incident, "facts", moved) == [Unreadable("altered")] * 2
        with work.once():
            first = work.vault.view_all(Incident, "facts", bare)
            assert all(
                a is b for a, b in zip(first, work.vault.view_all(Incident, "facts", bare), strict=True)
            )
            assert work.vault.view(incidents[0], "facts") is first[0]
        assert work.vault._scans == {}


def test_records_and_bare_rows_stand_side_by_side(staff):
    tell(staff, [story(), story()], verified=False)
    with staff.analyst.work() as work:
        first, second = work.db.scalars(select(Person).order_by(Person.id))
        said = work.read_all([first, second], "facts")
        work.must_be_whole()
        bare = reading.rows(work, select(Person).where(Person.id == first.id), ("kind", "teller"))
        assert reading.facts(work, Person, [second, *bare], "release") == said[::-1]
        assert reading.facts(work, Person, [], "release") == []


def test_of_whoever_may_not_open_facts_no_bare_row_is_opened(staff):
    tell(staff, [story()], verified=False)
    with staff.researcher.work() as work:
        work.must_be_whole()
        rows = reading.rows(work, select(Person), ("kind", "teller"))
        with pytest.raises(NotAllowed):
            reading.facts(work, Person, rows, "release")


def test_a_look_writes_csv_alone_and_promises_the_same(staff):
    tell(staff, [story(f"2019-0{month}") for month in (1, 2) for _ in range(6)])
    with staff.analyst.work() as work:
        look = publish.look(work, publish.Wanted("dataset-research", {}, as_csv=True))
        pack = publish.preview(work, "dataset-research", {})
    tables = {f"{name}.{language}.csv" for name in look.manifest["tables"] for language in ("en", "es")}
    assert look.files.keys() == {"data.csv", "codebook.csv", "README.txt", "manifest.json", *tables}
    assert look.files.keys() < pack.files.keys()
    assert {name for name in look.manifest if look.manifest[name] != pack.manifest[name]} == {
        "files",
        "reference",
        "cite",
    }
    assert look.manifest["risk"]["distinct"] == {"incidents": 6, "persons": 6}
    with staff.analyst.work() as work:
        release = publish.ready(work, publish.Wanted("dataset-research", {}, as_csv=True))
        assert work.read(release, "pack").keys() == pack.files.keys()


def test_what_is_not_published_is_neither_opened_nor_read_where_it_stands_among_what_is(staff, monkeypatch):
    tell(staff, [story() for _each in range(4)], verified=False)
    with staff.analyst.work() as work:
        ids = list(work.db.scalars(select(Incident.id).order_by(Incident.id)))
        everything = _opened_of(work)
    assert [list(each.incidents) for each in everything] == [ids]
    with staff.analyst.work() as work:
        batch = Batch(kind="import", recorded_by=staff.researcher.id, received_on=work.today)
        work.add(batch)
        work.db.flush()
        work.get(Incident, ids[1]).batch_id = batch.id
        work.commit()
    asked = []
    monkeypatch.setattr(reading, "rows", _noting(asked, reading.rows))
    with staff.analyst.work() as work:
        (without,) = _opened_of(work)
    assert list(without.incidents) == [ids[0], *ids[2:]]
    assert {act.incident_id for act, _facts in without.acts} == {*ids} - {ids[1]}
    assert {act.incident_id for act in asked if isinstance(act, Act)} == {*ids} - {ids[1]}
    assert len(without.people) == 3 == len([each for each in asked if isinstance(each, Person)])


def _opened_of(work):
    return list(opening.openings(work, opening.Joined.of(work)))


def _noting(asked, rows):
    def noted(*args):
        found = rows(*args)
        asked.extend(found)
        return found

    return noted


def test_no_collection_looks_through_what_is_open_and_afterwards_all_is_as_before(staff, monkeypatch):
    tell(staff, [story() for _each in range(3)], verified=False)
    monkeypatch.setattr(opening, "TOGETHER", 1)
    monkeypatch.setattr(opening, "SELDOM", 2)
    collected = []
    monkeypatch.setattr(opening.gc, "collect", collected.append)
    with staff.analyst.work() as work:
        for _each in opening.openings(work, opening.Joined.of(work)):
            assert not gc.isenabled()
        assert gc.isenabled()
        left = opening.openings(work, opening.Joined.of(work))
        next(left)
        assert not gc.isenabled()
        left.close()
    assert gc.isenabled()
    assert collected == [1]
