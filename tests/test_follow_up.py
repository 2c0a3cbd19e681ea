"""What somebody was promised is kept until it is done, and reaching them puts nobody in danger."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from incidents import consent, erasure, follow_up, search
from incidents.errors import ContactBlocked, Erased, InvalidInput, MoveNotAllowed, NotAllowed, NotFound
from incidents.intake import report, take_in
from incidents.model.audit import AuditEntry, Revision
from incidents.model.follow_up import Intervention, Task, TaskState
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.vocabulary import Purpose, codes
from incidents.work import Compartment
from tests import make

KIND, OUTCOME = (next(iter(codes(name))) for name in ("task", "task_outcome"))
DECISION = "Asked by herself at the shelter, agreed by two of us."
RULES = {"may_call": "yes", "hours": "after six", "language": "es", "message": "no", "code_word": "girasol"}
WORDS = "Tell her what became of the complaint."


@pytest.fixture
def incident(staff):
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


@pytest.fixture
def teller(staff, incident):
    with staff.reviewer.work() as work:
        return next(person.id for person, _facts in search.people_of(work, incident) if person.teller)


def says(who, teller, rules, contact="given"):
    """What the person said of being reached, and whether they agreed to it."""
    with who.work() as work:
        person = work.get(Person, teller)
        work.seal(person, safe_contact=rules)
        work.note("person.changed", person)
        if contact:
            consent.decide(work, person, {"method": "spoken", "decisions": {"CON": contact}})


def make_task(who, incident, teller=None, *, days=3, assignee=None, words=WORDS):
    with who.work() as work:
        person = work.get(Person, teller) if teller else None
        due = work.today + timedelta(days=days)
        return follow_up.make(work, work.get(Incident, incident), person, KIND, due, assignee, words).id


def notes(work):
    return set(work.db.scalars(select(AuditEntry.event)))


# -- tasks


def test_a_task_is_kept_sealed_listed_by_its_day_and_closed_with_what_came_of_it(staff, incident, teller):
    later = make_task(staff.reviewer, incident, days=30, assignee=staff.reviewer.id)
    sooner = make_task(staff.reviewer, incident, teller, days=1, assignee=staff.reviewer.id)
    nobodys = make_task(staff.coordinator, incident, days=7)
    others = make_task(staff.reviewer, incident, days=2, assignee=staff.coordinator.id)
    with staff.reviewer.work() as work:
        assert [line.task.id for line in follow_up.mine(work)] == [sooner, nobodys, later]
        assert [line.task.id for line in follow_up.all_open(work)] == [sooner, others, nobodys, later]
        first = follow_up.all_open(work, limit=1)[0].task
        onward = follow_up.all_open(work, (first.due_on, first.id))
        assert [line.task.id for line in onward] == [others, nobodys, later]
        opened = follow_up.open_task(work, sooner)
        assert (opened.facts["kind"], opened.notes["words"]) == (KIND, WORDS)
        assert opened.incident.id == incident
        follow_up.close(work, opened.task, TaskState.DONE, OUTCOME, "She knows.")
    with staff.reviewer.work() as work:
        assert sooner not in [line.task.id for line in follow_up.all_open(work)]
        closed = follow_up.open_task(work, sooner)
        assert (closed.facts["outcome"], closed.notes["closing"]) == (OUTCOME, "She knows.")
        assert (closed.task.closed_by, closed.task.closed_on) == (staff.reviewer.id, work.today)
        of_incident = [line.task.id for line in follow_up.of_incident(work, work.get(Incident, incident))]
        assert of_incident[-1] == sooner
        assert list(work.breaks()) == []


def test_of_however_many_tasks_the_one_that_is_open_is_listed(staff, incident, teller):
    """The first fifty by their day were listed, done or not: what is due last is what is still to be done."""
    for _number in range(follow_up.PER_PAGE):
        done = make_task(staff.reviewer, incident, teller, days=1, assignee=staff.reviewer.id)
        with staff.reviewer.work() as work:
            follow_up.close(work, follow_up.task(work, done), TaskState.DONE, OUTCOME, "")
    last = make_task(staff.reviewer, incident, teller, days=2, assignee=staff.reviewer.id)
    with staff.reviewer.work() as work:
        of_incident = follow_up.of_incident(work, work.get(Incident, incident))
        of_person = follow_up.of_person(work, work.get(Person, teller))
        for lines in (of_incident, of_person):
            assert len(lines) == follow_up.PER_PAGE + 1
            assert lines[0].task.id == last


def test_a_task_is_put_off_and_handed_over_and_its_earlier_state_is_kept(staff, incident):
    id = make_task(staff.reviewer, incident, days=0, assignee=staff.reviewer.id)
    with staff.reviewer.work() as work:
        assert follow_up.due(work) == 1
        follow_up.postpone(work, follow_up.task(work, id), work.today + timedelta(days=7))
        follow_up.reassign(work, follow_up.task(work, id), staff.coordinator.id)
    with staff.reviewer.work() as work:
        assert follow_up.due(work) == 0
        assert follow_up.task(work, id).assignee == staff.coordinator.id
        assert work.db.scalar(select(func.count()).where(Revision.record_id == id)) == 1
        assert {"task.made", "task.postponed", "task.reassigned"} <= notes(work)


def test_what_is_overdue_is_due_for_me_and_for_nobody_but_not_for_a_colleague(
    house, staff, incident, monkeypatch
):
    make_task(staff.reviewer, incident, days=1, assignee=staff.reviewer.id)
    make_task(staff.reviewer, incident, days=1)
    now = house.now
    monkeypatch.setattr(house, "now", lambda: now() + timedelta(days=3))
    with staff.reviewer.work() as work:
        assert follow_up.due(work) == 2
    with staff.other_reviewer.work() as work:
        assert follow_up.due(work) == 1


@pytest.mark.parametrize("days", [-1, 367])
def test_a_day_that_is_gone_or_too_far_off_is_refused(staff, incident, days):
    with pytest.raises(InvalidInput) as refused:
        make_task(staff.reviewer, incident, days=days)
    assert list(refused.value.fields) == ["due_on"]


def test_a_task_is_given_only_to_who_may_do_it_of_a_kind_that_there_is_and_about_who_is_in_the_incident(
    staff, incident
):
    for assignee in (staff.researcher.id, staff.analyst.id, uuid4()):
        with pytest.raises(InvalidInput):
            make_task(staff.reviewer, incident, assignee=assignee)
    with staff.reviewer.work() as work:
        stranger = make.person(work).id
        with pytest.raises(InvalidInput):
            follow_up.make(work, work.get(Incident, incident), None, "NO-SUCH", work.today)
    with pytest.raises((InvalidInput, NotFound)):
        make_task(staff.reviewer, incident, stranger)


def test_what_is_closed_stays_closed(staff, incident):
    id = make_task(staff.reviewer, incident)
    with staff.reviewer.work() as work:
        with pytest.raises(InvalidInput):
            follow_up.close(work, follow_up.task(work, id), TaskState.DONE, "NO-SUCH")
        follow_up.close(work, follow_up.task(work, id), TaskState.DROPPED, OUTCOME)
    with staff.reviewer.work() as work:
        task = follow_up.task(work, id)
        for deed in (
            lambda: follow_up.close(work, task, TaskState.DONE, OUTCOME),
            lambda: follow_up.postpone(work, task, work.today),
            lambda: follow_up.reassign(work, task, None),
        ):
            with pytest.raises(MoveNotAllowed):
                deed()


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_whoever_holds_no_keys_does_no_tasks(staff, incident, who):
    id = make_task(staff.reviewer, incident)
    with getattr(staff, who).work() as work:
        for deed in (follow_up.mine, follow_up.all_open, follow_up.due, lambda w: follow_up.open_task(w, id)):
            with pytest.raises(NotAllowed):
                deed(work)


# -- reaching somebody


def test_a_task_shows_only_how_somebody_may_be_reached_and_that_is_noted(staff, incident, teller):
    says(staff.reviewer, teller, RULES | {"phone_held": "no", "anything else": "x"})
    id = make_task(staff.reviewer, incident, teller)
    with staff.reviewer.work() as work:
        contact = follow_up.open_task(work, id).contact
        assert contact.rules == RULES
        assert contact.blocked == ()
        assert "safe_contact.opened" in [note.event for note in work._notes]
        assert not {"name.opened", "phone.opened", "contact.opened"} & {note.event for note in work._notes}
        assert follow_up.phone(work, follow_up.task(work, id), "contact") == make.CANARY_PHONE
        opened = next(note for note in work._notes if note.event == "phone.opened")
        assert opened.detail == {"why": "contact"}


@pytest.mark.parametrize(
    ("rules", "contact", "blocked"),
    [
        (RULES | {"phone_held": "yes"}, "given", "phone_held"),
        (RULES | {"phone_held": "UNK"}, "given", "phone_held_unknown"),
        (RULES | {"may_call": "no"}, "given", "may_not_call"),
        (RULES, None, "no_consent"),
        (RULES, "refused", "refused"),
        (None, None, "no_consent"),
    ],
)
def test_where_a_call_could_hurt_no_number_is_shown_and_it_is_said_why(
    staff, incident, teller, rules, contact, blocked
):
    says(staff.reviewer, teller, rules, contact)
    id = make_task(staff.reviewer, incident, teller)
    with staff.reviewer.work() as work:
        assert follow_up.open_task(work, id).contact.blocked == (blocked,)
        with pytest.raises(ContactBlocked):
            follow_up.phone(work, follow_up.task(work, id), "contact")
        assert "phone.opened" not in [note.event for note in work._notes]


def test_a_withdrawal_stops_calls_at_once(staff, incident, teller):
    says(staff.reviewer, teller, RULES)
    id = make_task(staff.reviewer, incident, teller)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, teller), [Purpose.CONTACT])
    with staff.reviewer.work() as work:
        assert follow_up.open_task(work, id).contact.blocked == ("withdrawn",)


def test_of_two_records_of_one_person_the_stricter_holds(staff, incident, teller):
    says(staff.reviewer, teller, RULES)
    id = make_task(staff.reviewer, incident, teller)
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        again = take_in.take_in(work, sent).id
    with staff.reviewer.work() as work:
        other = next(person.id for person, _facts in search.people_of(work, again) if person.teller)
        joined = Rearrangement(
            kind=Arrangement.SAME_PERSON,
            kept_id=other,
            gone_id=teller,
            done_by=work.actor.id,
            done_on=work.today,
            undone_by=None,
            undone_on=None,
        )
        work.seal(joined, reasons="The same number.")
        work.add(joined)
        work.note("rearranged", joined)
    with staff.reviewer.work() as work:
        assert follow_up.open_task(work, id).contact.blocked == ()
    says(staff.reviewer, other, RULES | {"phone_held": "yes"}, "refused")
    with staff.reviewer.work() as work:
        assert follow_up.open_task(work, id).contact.blocked == ("phone_held", "refused")
        with pytest.raises(ContactBlocked):
            follow_up.phone(work, follow_up.task(work, id), "contact")


def test_a_record_from_before_such_rules_were_kept_says_nothing_of_them(staff, incident, teller):
    says(staff.reviewer, teller, None, None)
    with staff.reviewer.work() as work:
        work.get(Person, teller).safe_contact = None
        work.note("person.changed", work.get(Person, teller))
    id = make_task(staff.reviewer, incident, teller)
    with staff.reviewer.work() as work:
        contact = follow_up.open_task(work, id).contact
        assert (contact.rules, contact.blocked) == ({}, ("no_consent",))


def test_no_number_is_shown_for_a_task_about_an_incident_or_one_that_is_closed(staff, incident, teller):
    says(staff.reviewer, teller, RULES)
    about, closed = make_task(staff.reviewer, incident), make_task(staff.reviewer, incident, teller)
    with staff.reviewer.work() as work:
        follow_up.close(work, follow_up.task(work, closed), TaskState.DONE, OUTCOME)
        assert follow_up.open_task(work, about).contact is None
        for id in (about, closed):
            with pytest.raises(MoveNotAllowed):
                follow_up.phone(work, follow_up.task(work, id), "contact")


# -- erasure


def test_a_person_who_is_erased_takes_their_tasks_along(house, staff, incident, teller):
    about, kept = make_task(staff.reviewer, incident, teller), make_task(staff.reviewer, incident)
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, teller), DECISION)
    assert erasure.finish(house) == 1
    with staff.coordinator.work() as work:
        work.db.expire_all()
        assert set(work.db.scalars(select(Task.id))) == {kept}
        detail = work.db.scalars(select(AuditEntry.detail).where(AuditEntry.event == "erasure.swept")).one()
        assert detail["tasks"] == 1
        assert (about, "testimony") not in house.keystore.erased([about])
        assert (teller, Compartment.TESTIMONY.value) in house.keystore.erased([teller])
        assert list(work.breaks()) == []
    with pytest.raises(Erased):
        make_task(staff.reviewer, incident, teller)


def test_a_task_whose_words_went_with_an_erasure_can_still_be_closed(house, staff, incident):
    id = make_task(staff.reviewer, incident)
    with staff.coordinator.work() as work:
        people = [person for person, _facts in search.people_of(work, incident)]
        for person in people:
            erasure.erase_person(work, person, DECISION)
    erasure.finish(house)
    with staff.reviewer.work() as work:
        opened = follow_up.open_task(work, id)
        assert opened.notes.why == "erased"
        follow_up.close(work, opened.task, TaskState.DROPPED, OUTCOME, "gone")
    with staff.reviewer.work() as work:
        assert follow_up.open_task(work, id).facts["outcome"] == OUTCOME


# -- interventions


def given(**changes):
    kind, status = (next(iter(codes(name))) for name in ("intervention", "intervention_status"))
    on = {"edtf": "2019-03", "precision": "MON"}
    return {"kind": kind, "status": status, "on": on, "by": next(iter(codes("intervention_by"))), **changes}


def test_what_was_done_is_recorded_sealed_and_says_how_it_stands(staff, incident):
    last = list(codes("intervention_status"))[-1]
    with staff.reviewer.work() as work:
        id = follow_up.intervene(work, work.get(Incident, incident), given(), "At the hospital.").id
    with staff.other_reviewer.work() as work:
        follow_up.now_stands(work, follow_up.intervention(work, id), last)
    with staff.reviewer.work() as work:
        ((row, facts, words),) = follow_up.interventions(work, work.get(Incident, incident))
        assert (row.id, row.recorded_by) == (id, staff.reviewer.id)
        assert facts == {"schema": 1, **given(status=last)}
        assert words == "At the hospital."
        assert list(work.breaks()) == []


@pytest.mark.parametrize("changes", [{"kind": "X"}, {"status": ""}, {"by": "Licenciada Inventada"}])
def test_an_intervention_is_said_in_codes(staff, incident, changes):
    with staff.reviewer.work() as work, pytest.raises(InvalidInput):
        follow_up.intervene(work, work.get(Incident, incident), given(**changes))


def test_nothing_of_a_task_or_an_intervention_is_readable_in_the_database(instance, staff, incident, teller):
    with staff.reviewer.work() as work:
        follow_up.intervene(work, work.get(Incident, incident), given(), make.CANARY_NARRATIVE)
    make_task(staff.reviewer, incident, teller, words=make.CANARY_SUMMARY)
    with make.behind(instance.house) as data:
        for kind in (Task, Intervention):
            stored = repr(data.execute(select(kind.__table__)).all())
            for canary in make.CANARIES:
                assert canary not in stored
                assert canary.encode().hex() not in stored
