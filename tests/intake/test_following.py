"""A row that changed at its source: the incident follows while nobody worked on it, else a reviewer decides."""

from uuid import UUID

import pytest
from sqlalchemy import select

from incidents import consent, erasure, jobs, review, search
from incidents.errors import MoveNotAllowed, NewerVersion
from incidents.intake import batches, following, importers, rearranging, report
from incidents.intake.take_in import take_in
from incidents.model.audit import Revision
from incidents.model.consent import ConsentEvent
from incidents.model.incident import Act, Incident, Source
from incidents.model.people import Involvement, Person
from incidents.model.report import Interview, Report, ReportLink, ReportPart
from incidents.model.vocabulary import Purpose, ReportState
from incidents.model.vocabulary import Verification as V  # noqa: N817  as in review.py
from incidents.work import Compartment, Unreadable
from tests import make

MAPPING = """
format = 1
name = "Invented intake"
[file]
kind = "csv"
separator = ";"
date_order = "YMD"
[source]
label = "invented-intake"
key = ["id"]
[basis]
kind = "consent"
[fields]
"incident.moment" = { column = "day", as = "date" }
"narrative" = { column = "story", as = "text" }
"acts.a1.type" = { column = "act", as = "code", codes = { K = "KID", E = "EXT" } }
"acts.a2.type" = { column = "act2", as = "code", codes = { K = "KID", E = "EXT" } }
"persons.p1.teller" = { column = "told", as = "tri" }
"persons.p1.identity.name" = { column = "name", as = "text" }
"persons.p1.facts.age" = { column = "age", as = "number" }
"persons.p1.consent.decisions.REC" = { column = "kept", as = "code", codes = { Y = "given", N = "refused" } }
"persons.p1.consent.decisions.STA" = { column = "stat", as = "code", codes = { Y = "given", N = "refused" } }
"persons.p2.identity.name" = { column = "name2", as = "text" }
"persons.p2.facts.age" = { column = "age2", as = "number" }
"perpetrators.1.group" = { column = "group", as = "text" }
"interview.outcome" = { column = "outcome", as = "code", codes = { "-" = "NOT", "+" = "INC" } }
"""
ROW = {
    "id": "r1", "day": "2019-03-01", "story": make.CANARY_NARRATIVE, "act": "K", "act2": "", "told": "yes",
    "name": make.CANARY_NAME, "age": "29", "kept": "Y", "stat": "Y", "name2": "Filomeno Deltrébol", "age2": "41",
    "group": "Los Faroleros", "outcome": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _registered():
    def discard(house, job):
        erasure.discard_batch(house, importers.batch_of(job))

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))


def bring_in(member, *rows):
    lines = [";".join(ROW), *(";".join((ROW | row).values()) for row in rows)]
    given = importers.packed("\n".join(lines).encode(), "intake.csv", MAPPING)
    done = jobs.run_here(member.house, member.actor, member.ring, importers.KIND, {}, given)
    member.house.db().rollback()
    member.house.db().expire_all()
    return done


def fate(done, row=0):
    return done["lines"][row]["outcome"], done["lines"][row]["reason"]


def opened(member):
    with member.work() as work:
        found = search.open_incident(work, work.db.scalars(select(Incident.id)).one())
        names = [work.vault.view(person, "name") for person, _facts in found.people]
        return found, names


def waiting(member):
    with member.work() as work:
        (found,) = report.inbox(work)
    return found


def the_trail_holds(staff):
    with staff.auditor.work() as work:
        assert list(work.breaks()) == []


# -- nobody worked on it


def test_an_incident_that_nobody_worked_on_follows_its_row(staff, house):
    bring_in(staff.reviewer, {})
    before, _names = opened(staff.reviewer)
    done = bring_in(
        staff.second,
        {"day": "2019-03-04", "age": "30", "name": "Xiomara Corregida", "act2": "E", "story": "Otra."},
    )
    assert done["totals"] == {"changed": 1}
    assert before.incident.reference in fate(done)[1]
    after, names = opened(staff.reviewer)
    assert after.incident.id == before.incident.id
    assert after.facts["moment"]["edtf"] == "2019-03-04"
    assert after.narrative == "Otra."
    assert names[0] == "Xiomara Corregida"
    assert [p.id for p, _facts in after.people] == [p.id for p, _facts in before.people]
    assert after.people[0][1]["age"] == 30
    assert [facts["type"] for _act, facts in after.acts] == ["KID", "EXT"]
    assert after.acts[0][0].id == before.acts[0][0].id
    with staff.reviewer.work() as work:
        assert report.inbox(work) == []
        old, new = work.db.scalars(select(Report).order_by(Report.edition))
        assert (old.state, new.state) == (ReportState.SUPERSEDED, ReportState.TAKEN_IN)
        assert [link.report_id for link in work.db.scalars(select(ReportLink)) if not link.undone_on] == [
            new.id
        ]
        (source,) = work.db.scalars(select(Source).where(Source.left_on.is_(None)))
        assert work.read(source, "facts")["origin"] == f"report/{old.id}"
        assert [len(review.reviews(work, act)) for act, _facts in after.acts] == [0, 0]
    the_trail_holds(staff)


def test_what_an_incident_held_before_it_followed_is_kept_as_a_revision(staff, house):
    bring_in(staff.reviewer, {})
    bring_in(staff.reviewer, {"age": "30"})
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        (revision,) = work.db.scalars(select(Revision).where(Revision.record_id == person.id))
        assert (revision.of_version, set(revision.seals)) == (1, {"facts"})


def test_what_is_the_same_in_both_versions_is_not_written_again(staff, house):
    bring_in(staff.reviewer, {})
    bring_in(staff.reviewer, {"age2": "42"})
    with staff.reviewer.work() as work:
        people = {p.teller: p.version for p in work.db.scalars(select(Person))}
        assert people == {True: 1, False: 2}
        assert work.db.scalars(select(Involvement.version)).all() == [1, 1]


def test_it_follows_again_and_again(staff, house):
    bring_in(staff.reviewer, {})
    for age in ("30", "31", "32"):
        assert bring_in(staff.reviewer, {"age": age})["totals"] == {"changed": 1}
    found, _names = opened(staff.reviewer)
    assert found.people[0][1]["age"] == 32
    assert bring_in(staff.reviewer, {"age": "32"})["totals"] == {"unchanged": 1}
    the_trail_holds(staff)


def test_whoever_and_whatever_the_row_names_no_more_counts_no_more(staff, house):
    bring_in(staff.reviewer, {"act2": "E"})
    bring_in(staff.reviewer, {"name2": "", "age2": "", "act2": "", "group": "Otros"})
    found, names = opened(staff.reviewer)
    assert names == [make.CANARY_NAME]
    assert [facts["type"] for _act, facts in found.acts] == ["KID"]
    assert [facts["group"] for _row, facts in found.perpetrators] == ["Otros"]
    with staff.reviewer.work() as work:
        assert len(work.db.scalars(select(Person)).all()) == 2  # nothing is deleted
        assert len(work.db.scalars(select(Act)).all()) == 2


def test_what_somebody_decides_otherwise_is_one_more_event_in_their_ledger(staff, house):
    bring_in(staff.reviewer, {})
    bring_in(staff.reviewer, {"stat": "N"})
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        assert [event.number for event, _said in consent.history(work, person)] == [1, 2]
        assert consent.permits(work, person, Purpose.STATISTICS) == consent.Refusal("refused")


def test_the_facets_follow(staff, house):
    bring_in(staff.reviewer, {})
    bring_in(staff.reviewer, {"day": "2020-05-06"})
    with staff.reviewer.work() as work:
        for month, count in (("2019-03", 0), ("2020-05", 1)):
            asked = search.Filter(codes={"month": (month,)})
            assert len(search.listed(work, wanted=asked).lines) == count


def test_a_conversation_in_which_nothing_had_happened_may_tell_of_something_later(staff, house):
    nothing = {"act": "", "group": "", "outcome": "-", "name2": "", "age2": ""}
    bring_in(staff.reviewer, nothing)
    with staff.reviewer.work() as work:
        assert work.db.scalars(select(Incident)).all() == []
    bring_in(staff.reviewer, nothing | {"age": "30"})
    with staff.reviewer.work() as work:
        assert len(work.db.scalars(select(Interview)).all()) == 2
        assert report.inbox(work) == []
    bring_in(staff.reviewer, {"outcome": "+"})
    found, _names = opened(staff.reviewer)
    assert len(found.acts) == 1


# -- somebody did


def moved_on(staff):
    with staff.second.work() as work:
        (act,) = work.db.scalars(select(Act))
        review.move(work, act, V.CREDIBLE, "Compared with the register.")


def withdrew(staff):
    with staff.second.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        consent.withdraw(work, person, [Purpose.STATISTICS])


def decided(staff):
    with staff.second.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        consent.decide(work, person, {"decisions": {"ROW": "given"}})


def told_by_others(staff):
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.second.work() as work:
        take_in(work, sent, link_to=work.db.scalars(select(Incident.id)).one())


def split_up(staff):
    with staff.second.work() as work:
        incident = work.db.scalars(select(Incident)).one()
        acts = [act.id for act in work.db.scalars(select(Act))]
        rearranging.split(work, incident, acts[:1], "They happened apart from each other.")


@pytest.mark.parametrize(
    ("row", "by_somebody", "code"),
    [
        ({}, moved_on, "worked_on"),
        ({}, decided, "worked_on"),
        ({}, withdrew, "stopped"),
        ({}, told_by_others, "joined"),
        ({"act2": "E"}, split_up, "joined"),
    ],
)
def test_an_incident_that_somebody_worked_on_keeps_what_it_says(staff, house, row, by_somebody, code):
    bring_in(staff.reviewer, row)
    by_somebody(staff)
    done = bring_in(staff.reviewer, row | {"age": "30"})
    assert following.REASONS[code] in fate(done)[1]
    newer = waiting(staff.reviewer)
    assert newer.reference in fate(done)[1]
    assert (newer.edition, newer.state) == (2, ReportState.RECEIVED)
    with staff.reviewer.work() as work:
        ages = [work.read(person, "facts").get("age") for person in work.db.scalars(select(Person))]
        assert 30 not in ages
    with pytest.raises(NewerVersion), staff.reviewer.work() as work:
        take_in(work, newer.id)
    the_trail_holds(staff)


def test_a_reviewer_adopts_the_difference_and_what_was_verified_is_looked_at_anew(staff, house):
    bring_in(staff.reviewer, {})
    moved_on(staff)
    bring_in(staff.reviewer, {"age": "30", "day": "2019-03-09"})
    newer = waiting(staff.other_reviewer)
    with staff.other_reviewer.work() as work:
        seen = following.proposed(work, report.read(work, newer.id))
        assert (seen.why, seen.before.report.edition) == ("worked_on", 1)
        assert following.adopt(work, newer.id).id == seen.incident.id
    found, _names = opened(staff.reviewer)
    assert found.people[0][1]["age"] == 30
    assert found.incident.edited_after_verification
    assert found.acts[0][0].verification == V.UNDER_VERIFICATION
    with staff.reviewer.work() as work:
        assert report.inbox(work) == []
        with pytest.raises(MoveNotAllowed):
            following.adopt(work, newer.id)
    the_trail_holds(staff)


def test_acts_of_other_reports_that_lean_on_the_incident_are_looked_at_anew_too(staff, house):
    bring_in(staff.reviewer, {})
    told_by_others(staff)
    with staff.coordinator.work() as work:
        for act in work.db.scalars(select(Act)):
            review.move(work, act, V.CREDIBLE, "Compared with the register.")
    bring_in(staff.reviewer, {"day": "2019-03-09"})
    with staff.other_reviewer.work() as work:
        following.adopt(work, waiting(staff.other_reviewer).id)
    with staff.other_reviewer.work() as work:
        acts = list(work.db.scalars(select(Act)))
        assert [act.verification for act in acts] == [V.UNDER_VERIFICATION] * 2
        assert all(str(work.actor.id) in act.submitted_by for act in acts)


def test_what_is_adopted_leaves_alone_what_a_reviewer_wrote(staff, house):
    bring_in(staff.reviewer, {})
    with staff.second.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        facts = work.read(person, "facts")
        work.seal(person, facts={**facts, "gender": "F"})
        work.note("person.coded", person)
    bring_in(staff.reviewer, {"age": "30"})
    with staff.other_reviewer.work() as work:
        following.adopt(work, waiting(staff.other_reviewer).id)
    found, _names = opened(staff.reviewer)
    assert found.people[0][1] == {"age": 30, "gender": "F"}


def test_who_adopts_does_not_verify_what_they_adopted(staff, house):
    bring_in(staff.reviewer, {})
    moved_on(staff)
    bring_in(staff.reviewer, {"act": "E"})
    with staff.other_reviewer.work() as work:
        following.adopt(work, waiting(staff.other_reviewer).id)
    with staff.other_reviewer.work() as work:
        (act,) = work.db.scalars(select(Act))
        assert set(act.submitted_by) == {str(staff.reviewer.id), str(staff.other_reviewer.id)}


def test_a_difference_that_is_set_aside_is_not_proposed_again(staff, house):
    bring_in(staff.reviewer, {})
    moved_on(staff)
    bring_in(staff.reviewer, {"age": "30"})
    with staff.other_reviewer.work() as work:
        report.set_aside(work, work.get(Report, waiting(staff.other_reviewer).id), "repetition")
    assert bring_in(staff.reviewer, {"age": "30"})["totals"] == {"unchanged": 1}
    with staff.reviewer.work() as work:
        assert report.inbox(work) == []


def test_of_several_versions_that_wait_the_newest_alone_waits_on(staff, house):
    bring_in(staff.reviewer, {})
    moved_on(staff)
    bring_in(staff.reviewer, {"age": "30"})
    between = waiting(staff.reviewer).id
    bring_in(staff.reviewer, {"age": "31"})
    newest = waiting(staff.reviewer)
    assert newest.edition == 3
    with staff.other_reviewer.work() as work:
        with pytest.raises(MoveNotAllowed):
            following.adopt(work, between)
        following.adopt(work, newest.id)
    found, _names = opened(staff.reviewer)
    assert found.people[0][1]["age"] == 31


def test_a_source_that_goes_back_to_what_it_said_asks_nobody(staff, house):
    bring_in(staff.reviewer, {})
    moved_on(staff)
    bring_in(staff.reviewer, {"age": "30"})
    bring_in(staff.reviewer, {})
    with staff.reviewer.work() as work:
        assert report.inbox(work) == []
    found, _names = opened(staff.reviewer)
    assert found.acts[0][0].verification == V.CREDIBLE


def test_a_report_that_was_unlinked_waits_as_its_newest_version(staff, house):
    bring_in(staff.reviewer, {})
    with staff.second.work() as work:
        rearranging.unlink(work, work.db.scalars(select(Report)).one(), "It tells of something else.")
    bring_in(staff.reviewer, {"age": "30", "stat": "N"})
    newer = waiting(staff.second)
    assert newer.edition == 2
    with staff.second.work() as work:
        assert following.proposed(work, report.read(work, newer.id)) is None
        take_in(work, newer.id)
    with staff.second.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        assert work.read(person, "facts")["age"] == 30
        assert consent.permits(work, person, Purpose.STATISTICS) == consent.Refusal("refused")


def test_an_import_that_is_cut_while_incidents_follow_goes_on(staff, house, monkeypatch):
    bring_in(staff.reviewer, *({"id": f"r{n}"} for n in range(4)))
    monkeypatch.setattr(importers, "AT_ONCE", 2)
    settle, calls = following.settle, []

    def cut(work, ids):
        calls.append(ids)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return settle(work, ids)

    monkeypatch.setattr(following, "settle", cut)
    changed = [{"id": f"r{n}", "age": "33"} for n in range(4)]
    with pytest.raises(KeyboardInterrupt):
        bring_in(staff.reviewer, *changed)
    monkeypatch.setattr(following, "settle", settle)
    done = bring_in(staff.reviewer, *changed)
    assert done["totals"] == {"changed": 4}
    assert all("I-" in line["reason"] for line in done["lines"])
    with staff.reviewer.work() as work:
        assert report.inbox(work) == []
        ages = [work.read(p, "facts")["age"] for p in work.db.scalars(select(Person).where(Person.teller))]
        assert ages == [33] * 4


# -- somebody was erased, or does not want to be kept


def erase(staff, house, *, teller):
    with staff.second.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller.is_(teller))).one()
        erasure.erase_person(work, person, "They asked for it, by phone.")
    erasure.finish(house)
    house.db().rollback()
    house.db().expire_all()


def names_kept(member):
    """Every name that can still be read, in reports and in records."""
    found = []
    with member.work() as work:
        for part in work.db.scalars(select(ReportPart).where(ReportPart.person_id.is_not(None))):
            said = work.vault.view(part, "content")
            if not isinstance(said, Unreadable):
                found.append(said["person"].get("identity", {}).get("name"))
        found += [work.vault.view(person, "name") for person in work.db.scalars(select(Person))]
    return {name for name in found if isinstance(name, str)}


def test_somebody_who_was_erased_does_not_come_back_with_a_changed_row(staff, house):
    bring_in(staff.reviewer, {})
    erase(staff, house, teller=False)
    done = bring_in(staff.reviewer, {"age": "30", "age2": "44"})
    assert "1" in fate(done)[1]
    assert names_kept(staff.reviewer) == {make.CANARY_NAME}
    with staff.second.work() as work:
        following.adopt(work, waiting(staff.second).id)
    for age in ("31", "32"):  # nor with one that comes later, when nobody remembers the version they were in
        bring_in(staff.reviewer, {"age": age, "age2": "44"})
        assert names_kept(staff.reviewer) == {make.CANARY_NAME}
    the_trail_holds(staff)


def test_what_only_somebody_erased_told_does_not_come_back(staff, house):
    bring_in(staff.reviewer, {})
    erase(staff, house, teller=True)
    assert bring_in(staff.reviewer, {})["totals"] == {"unchanged": 1}
    done = bring_in(staff.reviewer, {"age": "30"})
    assert done["totals"] == {"refused": 1}
    assert names_kept(staff.reviewer) <= {"Filomeno Deltrébol"}


def test_an_erased_person_does_not_come_back_in_the_place_of_another(staff, house):
    bring_in(staff.reviewer, {})
    erase(staff, house, teller=False)
    swapped = {"name": "Filomeno Deltrébol", "age": "41", "name2": make.CANARY_NAME, "age2": "29"}
    bring_in(staff.reviewer, swapped)
    assert names_kept(staff.reviewer) == {make.CANARY_NAME}


def test_an_erased_report_is_erased_in_all_its_versions(staff, house):
    bring_in(staff.reviewer, {})
    bring_in(staff.reviewer, {"age": "30"})
    with staff.second.work() as work:
        newest = work.db.scalars(select(Report).where(Report.edition == 2)).one()
        erasure.erase_report(work, newest, "Its writer asked for it, by phone.")
    erasure.finish(house)
    house.db().rollback()
    house.db().expire_all()
    with staff.reviewer.work() as work:
        assert {row.state for row in work.db.scalars(select(Report))} == {ReportState.ERASED}
        contents = [work.vault.view(part, "content") for part in work.db.scalars(select(ReportPart))]
        assert all(isinstance(said, Unreadable) for said in contents)


def test_people_who_change_places_keep_their_ids_and_a_reviewer_looks_at_it(staff, house):
    bring_in(staff.reviewer, {"told": ""})
    with staff.reviewer.work() as work:
        before = {work.read(p, "name"): p.id for p in work.db.scalars(select(Person))}
    swapped = {"told": "", "name": "Filomeno Deltrébol", "age": "41", "name2": make.CANARY_NAME, "age2": "30"}
    done = bring_in(staff.reviewer, swapped)
    assert following.REASONS["moved"] in fate(done)[1]
    with staff.second.work() as work:
        following.adopt(work, waiting(staff.second).id)
        people = {work.read(p, "name"): p for p in work.db.scalars(select(Person))}
        assert {name: person.id for name, person in people.items()} == before
        assert work.read(people[make.CANARY_NAME], "facts")["age"] == 30


def test_nothing_new_is_written_down_of_somebody_who_does_not_want_to_be_kept(staff, house):
    bring_in(staff.reviewer, {})
    with staff.second.work() as work:
        consent.withdraw(work, work.db.scalars(select(Person).where(Person.teller)).one())
    done = bring_in(staff.reviewer, {"name": "Xiomara Nueva", "story": "Más palabras.", "age2": "44"})
    assert done["totals"] == {"changed": 1}
    assert names_kept(staff.reviewer) == {make.CANARY_NAME, "Filomeno Deltrébol"}
    newer = waiting(staff.second)
    with staff.second.work() as work:
        assert report.read(work, newer.id).document["narrative"] == make.CANARY_NARRATIVE
        following.adopt(work, newer.id)
    found, _names = opened(staff.reviewer)
    assert (found.narrative, found.people[1][1]["age"]) == (make.CANARY_NARRATIVE, 44)


def test_a_row_in_which_somebody_says_no_names_the_version_that_is_here(staff, house):
    bring_in(staff.reviewer, {})
    with staff.reviewer.work() as work:
        known = work.db.scalars(select(Report)).one().reference
    done = bring_in(staff.reviewer, {"kept": "N"})
    assert done["totals"] == {"refused": 1}
    assert known in fate(done)[1]


# -- rows that are gone


def test_a_row_that_is_gone_is_listed_and_nothing_is_deleted(staff, house):
    bring_in(staff.reviewer, {"id": "r1"}, {"id": "r2"}, {"id": "r3"})
    bring_in(staff.reviewer, {"id": "r1"}, {"id": "r2", "age": "30"}, {"id": "r3"})
    with staff.reviewer.work() as work:
        rows = [*work.db.scalars(select(Report).where(Report.state == ReportState.TAKEN_IN))]
        keys = {
            work.vault.keyed("import/source-key", f'["invented-intake", "{id}"]'): id for id in ("r2", "r3")
        }
        gone = {row.reference for row in rows if row.source_key in keys}
    with staff.reviewer.work() as work:
        data = "\n".join([";".join(ROW), ";".join(ROW.values())]).encode()
        assert importers.preview(work, data, "intake.csv", MAPPING).totals == {"gone": 2, "unchanged": 1}
    done = bring_in(staff.reviewer, {"id": "r1"})
    assert done["totals"] == {"gone": 2, "unchanged": 1}
    assert {line["row"] for line in done["lines"] if line["outcome"] == "gone"} == gone
    assert len(house.db().scalars(select(Incident)).all()) == 3
    again = bring_in(staff.reviewer, {"id": "r1"}, {"id": "r3"})
    assert again["totals"] == {"gone": 1, "unchanged": 2}


def test_a_file_of_another_source_makes_no_row_gone(staff, house):
    bring_in(staff.reviewer, {"id": "r1"}, {"id": "r2"})
    with staff.reviewer.work() as work:
        other = MAPPING.replace("invented-intake", "another").replace("Invented intake", "Another")
        data = "\n".join([";".join(ROW), ";".join(ROW.values())]).encode()
        assert importers.preview(work, data, "intake.csv", other).totals == {"new": 1}


def test_the_batch_of_an_import_is_known_by_its_source(staff, house):
    done = bring_in(staff.reviewer, {})
    with staff.reviewer.work() as work:
        about = batches.one(work, UUID(done["batch"])).about
    assert (about["source"], about["rows"]) == ("invented-intake", 1)
    with staff.reviewer.work() as work:
        assert work.db.scalars(select(ConsentEvent.number)).all() == [1]
