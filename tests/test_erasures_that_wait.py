"""An erasure that waits: asked for without a known contact, or proposed by a rule. Nothing happens by itself."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from incidents import consent, erasure
from incidents.erasure import proposals
from incidents.errors import (
    FreshSignInNeeded,
    InvalidInput,
    MoveNotAllowed,
    NotAllowed,
    ReasonsNeeded,
    SecondPersonNeeded,
    TrailBroken,
)
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.erasure import ErasureProposal, ProposalState
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import Purpose, ReportState, Verification
from tests import make
from tests.asked import longest

WORDS = "A man called from a new number and said he is her husband."
WHY = "She wrote from her own number: it was not her."


@pytest.fixture
def incident(staff):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    with staff.reviewer.work() as work:
        return take_in(work, sent).id


@pytest.fixture
def person(house, incident):
    return house.db().scalars(select(Person).where(Person.teller.is_(True))).one()


def later(house, days=31):
    """The clock of the house goes on."""
    moment = datetime.now(UTC) + timedelta(days=days)
    house.now = lambda: moment


def asked(staff, person):
    with staff.reviewer.work() as work:
        return erasure.ask(work, work.get(Person, person.id), WORDS).id


def agreed(staff, id):
    with staff.coordinator.work() as work:
        erasure.agree(work, work.get(ErasureProposal, id))


def carried_out(staff, house, id):
    with staff.coordinator.work() as work:
        erasure.carry_out(work, work.get(ErasureProposal, id))
    return erasure.finish(house)


def name_of(staff, person):
    with staff.coordinator.work() as work:
        return work.vault.view(work.get(Person, person.id), "name")


def states(staff):
    with staff.coordinator.work() as work:
        return {act.verification for act in work.db.scalars(select(Act))}


# -- somebody asks whom no known contact reaches


def test_all_use_stops_at_once_and_the_erasure_waits(staff, house, person):
    id = asked(staff, person)
    with staff.reviewer.work() as work:
        for purpose in Purpose:
            answer = consent.permits(work, work.get(Person, person.id), purpose)
            assert isinstance(answer, consent.Refusal)
    assert name_of(staff, person) == make.CANARY_NAME
    agreed(staff, id)
    with pytest.raises(erasure.NotDue), staff.coordinator.work() as work:
        erasure.carry_out(work, work.get(ErasureProposal, id))
    later(house)
    assert carried_out(staff, house, id) == 1
    assert name_of(staff, person).why == "erased"


def test_one_of_the_staff_alone_does_not_bring_it_to_its_end(staff, house, person):
    id = asked(staff, person)
    with pytest.raises(SecondPersonNeeded), staff.reviewer.work() as work:
        erasure.agree(work, work.get(ErasureProposal, id))
    later(house)
    with pytest.raises(SecondPersonNeeded), staff.coordinator.work() as work:
        erasure.carry_out(work, work.get(ErasureProposal, id))
    assert name_of(staff, person) == make.CANARY_NAME


def test_called_off_it_stays_and_the_withdrawal_too(staff, house, person):
    id = asked(staff, person)
    agreed(staff, id)
    with staff.coordinator.work() as work:
        erasure.call_off(work, work.get(ErasureProposal, id), WHY)
    later(house)
    with pytest.raises(MoveNotAllowed), staff.coordinator.work() as work:
        erasure.carry_out(work, work.get(ErasureProposal, id))
    with staff.coordinator.work() as work:
        assert list(erasure.open_ones(work)) == []
        answer = consent.permits(work, work.get(Person, person.id), Purpose.STATISTICS)
        assert answer == consent.Refusal(consent.WITHDRAWN)


def test_the_same_is_asked_once(staff, person):
    asked(staff, person)
    with pytest.raises(MoveNotAllowed):
        asked(staff, person)


def test_words_are_asked_for_and_sealed(staff, house, person):
    with pytest.raises(ReasonsNeeded), staff.reviewer.work() as work:
        erasure.ask(work, work.get(Person, person.id), "yes")
    asked(staff, person)
    with make.behind(house) as connection:
        rows = connection.exec_driver_sql("SELECT * FROM erasure_proposal").all()
        assert "husband" not in str(rows)


def test_who_may_and_when(staff, house, person):
    with pytest.raises(NotAllowed), staff.researcher.work() as work:
        erasure.ask(work, work.get(Person, person.id), WORDS)
    id = asked(staff, person)
    agreed(staff, id)
    later(house)
    with pytest.raises(NotAllowed), staff.reviewer.work() as work:
        erasure.carry_out(work, work.get(ErasureProposal, id))
    with pytest.raises(FreshSignInNeeded), staff.coordinator.work(fresh=False) as work:
        erasure.carry_out(work, work.get(ErasureProposal, id))


@pytest.mark.parametrize("change", [{"due_on": "2020-01-01"}, {"subject": None}])
def test_whoever_writes_to_the_database_shortens_nothing_and_points_at_nobody_else(
    staff, house, person, change
):
    id = asked(staff, person)
    agreed(staff, id)
    other = house.db().scalars(select(Person.id).where(Person.teller.is_(False))).one()
    with make.behind(house) as connection:
        values = {
            name: value if value is None else datetime.fromisoformat(value).date()
            for name, value in change.items()
        }
        values = {name: other if value is None else value for name, value in values.items()}
        connection.execute(update(ErasureProposal).values(**values))
    later(house)
    with pytest.raises(TrailBroken), staff.coordinator.work() as work:
        erasure.carry_out(work, work.get(ErasureProposal, id))


def test_what_was_erased_meanwhile_waits_no_more(staff, house, person):
    asked(staff, person)
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, person.id), "She came in person; two agreed on it.")
    erasure.finish(house)
    with staff.coordinator.work() as work:
        assert list(erasure.open_ones(work)) == []


# -- names alone


def test_where_names_are_erased_what_was_coded_stays_and_counts(staff, house, person):
    with staff.coordinator.work() as work:
        for act in work.db.scalars(select(Act)):
            act.verification = Verification.CREDIBLE
    with staff.coordinator.work() as work:
        erasure.erase_names(work, work.get(Person, person.id), "Kept for ten years; a rule says so.")
    assert erasure.finish(house) == 1
    assert name_of(staff, person).why == "erased"
    assert states(staff) == {Verification.CREDIBLE}
    with staff.coordinator.work() as work:
        found = work.get(Person, person.id)
        assert work.read(found, "facts")["age"] == 29
        assert isinstance(consent.permits(work, found, Purpose.STATISTICS), consent.Permit)
        part = work.db.scalars(select(ReportPart).where(ReportPart.person_id == person.id)).one()
        assert work.vault.view(part, "content").why == "erased"  # the name stood in what was told, too
        assert list(work.breaks()) == []


def test_a_teller_without_a_name_still_tells_until_they_are_erased(staff, house, person):
    with staff.coordinator.work() as work:
        erasure.erase_names(work, work.get(Person, person.id), "Kept for ten years; a rule says so.")
    erasure.finish(house)
    with staff.coordinator.work() as work:
        mentioned = work.db.scalars(select(Person).where(Person.teller.is_(False))).one()
        erasure.erase_person(work, mentioned, "She asked for it; two agreed on it.")
    erasure.finish(house)
    assert states(staff) == {Verification.RECEIVED}
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, person.id), "She asked for it; two agreed on it.")
    erasure.finish(house)
    assert states(staff) == {Verification.SOURCE_WITHDREW}


# -- rules


def rule(staff, about, months):
    with staff.coordinator.work() as work:
        erasure.set_rule(work, about, months)


def looked(staff):
    with staff.coordinator.work() as work:
        return erasure.look(work)


def test_a_rule_proposes_warns_and_leaves_the_deed_to_somebody(staff, house, person):
    rule(staff, "names", 24)
    assert looked(staff) == 0
    later(house, 365 * 3)
    assert looked(staff) == 2  # the teller and whoever was mentioned
    assert looked(staff) == 0
    assert name_of(staff, person) == make.CANARY_NAME
    with staff.coordinator.work() as work:
        ids = [each.id for each in erasure.open_ones(work)]
    with pytest.raises(erasure.NotDue), staff.coordinator.work() as work:
        erasure.carry_out(work, work.get(ErasureProposal, ids[0]))
    later(house, 365 * 3 + 31)
    for id in ids:
        carried_out(staff, house, id)
    assert name_of(staff, person).why == "erased"
    assert looked(staff) == 0


def test_what_was_kept_until_a_day_is_not_proposed_before_it(staff, house, person):
    rule(staff, "names", 24)
    later(house, 365 * 3)
    looked(staff)
    with staff.coordinator.work() as work:
        until = work.today + timedelta(days=400)
        for each in erasure.open_ones(work):
            erasure.call_off(work, each, "A court case is still open.", until)
    assert looked(staff) == 0
    later(house, 365 * 3 + 401)
    assert looked(staff) == 2


def test_a_person_of_a_newer_incident_is_not_past_their_time(staff, house, person):
    rule(staff, "names", 24)
    later(house, 365 * 3)
    with staff.coordinator.work() as work:
        for incident in work.db.scalars(select(Incident)):
            incident.received_on = work.today
    assert looked(staff) == 0


def test_a_report_that_was_set_aside_is_proposed_and_erased(staff, house):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    with staff.reviewer.work() as work:
        report.set_aside(work, work.get(Report, sent), next(iter(report.REASONS_ASIDE)))
    rule(staff, "set_aside", 6)
    later(house, 200)
    assert looked(staff) == 1
    later(house, 240)
    with staff.coordinator.work() as work:
        id = erasure.open_ones(work)[0].id
    carried_out(staff, house, id)
    assert house.db().scalars(select(Report.state)).all() == [ReportState.ERASED]
    with staff.coordinator.work() as work:
        assert work.get(ErasureProposal, id).state == ProposalState.DONE


def test_a_report_that_was_brought_back_is_not_erased_on_its_day(staff, house):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    with staff.reviewer.work() as work:
        report.set_aside(work, work.get(Report, sent), next(iter(report.REASONS_ASIDE)))
    rule(staff, "set_aside", 6)
    later(house, 200)
    looked(staff)
    with staff.reviewer.work() as work:
        report.bring_back(work, work.get(Report, sent))
    later(house, 240)
    with staff.coordinator.work() as work:
        id = erasure.open_ones(work)[0].id
    with pytest.raises(erasure.NotDue):
        carried_out(staff, house, id)


def test_a_new_rule_takes_the_place_of_the_one_before_and_an_ended_one_proposes_nothing(staff, house, person):
    rule(staff, "names", 600)
    rule(staff, "names", 24)
    with staff.coordinator.work() as work:
        assert [each.months for each in erasure.rules(work)] == [24]
        erasure.end_rule(work, erasure.rules(work)[0])
    later(house, 365 * 3)
    assert looked(staff) == 0


def test_however_much_waits_no_question_names_all_of_it(staff, house):
    """A rule may propose a hundred thousand reports; of so many ids no driver takes a list."""
    asked = []
    for new in (1, 30):
        with staff.coordinator.work() as work:
            for _number in range(new):
                proposals.propose(work, "report", uuid4(), uuid4())
        with staff.coordinator.work() as work:
            asked.append(longest(work, lambda work=work: proposals.open_ones(work)))
            found = proposals.open_ones(work)
    assert len(found) == 31
    assert asked[0] == asked[1]


@pytest.mark.parametrize(("about", "months"), [("names", 0), ("names", 601), ("everything", 12)])
def test_a_rule_that_makes_no_sense_is_refused(staff, about, months):
    with pytest.raises(InvalidInput), staff.coordinator.work() as work:
        erasure.set_rule(work, about, months)
