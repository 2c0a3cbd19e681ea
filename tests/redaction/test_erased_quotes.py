"""A quote goes with the person, with the report, with the account as told; and may tell of somebody else who goes."""

import pytest

from incidents import erasure, redaction
from incidents.errors import TextsWait
from incidents.model.people import Person
from incidents.model.quote import QuoteState
from incidents.model.report import Report, ReportPart
from incidents.redaction.refusals import MayNotLeave
from incidents.work import Unreadable
from tests.redaction import quoting
from tests.redaction.quoting import begun, of, say, shelf, sign, signed, tell, why_not

DECISION = "She asked for it in a talk on the phone."
GONE = Unreadable("erased")


def erase_person(work, quote):
    return erasure.erase_person(work, work.get(Person, quote.person_id), DECISION)


def erase_names(work, quote):
    return erasure.erase_names(work, work.get(Person, quote.person_id), DECISION)


def erase_report(work, quote):
    report = work.get(ReportPart, quote.part_id).report_id
    return erasure.erase_report(work, work.get(Report, report), DECISION)


@pytest.mark.parametrize("erase", [erase_person, erase_names, erase_report])
def test_a_quote_is_shredded_with_what_it_was_taken_from(house, staff, erase):
    incident = tell(staff)
    ids = [signed(staff, incident), begun(staff, incident)]
    with staff.coordinator.work() as work:
        erase(work, of(work, ids[0]))
    erasure.finish(house)
    assert shelf(staff) == []
    with staff.coordinator.work() as work:
        rows = [of(work, id) for id in ids]
        assert [work.vault.view(row, name) for row in rows for name in ("desk", "facts")] == [GONE] * 4
        assert {row.state for row in rows} == {QuoteState.RECALLED}
        assert list(work.breaks()) == []


def test_a_quote_that_may_tell_of_somebody_erased_waits_for_an_answer(house, staff):
    id = signed(staff, tell(staff))
    with staff.coordinator.work() as work:
        person = work.get(Person, quoting.person(work, quoting.MENTIONED))
        done = erasure.erase_person(work, person, DECISION).id
    erasure.finish(house)
    with staff.coordinator.work() as work:
        waiting = {row.compartment for row in erasure.waiting(work, done) if row.about == "quote"}
    assert waiting == {"facts", "testimony"}
    assert shelf(staff) == []
    with staff.reviewer.work() as work, pytest.raises(TextsWait):
        redaction.leave_the_rest(work, of(work, id))
    answer(house, staff, done)
    assert why_not(staff, id) == "unsigned"  # what was written anew is not what two signed
    say(staff, id, how=redaction.HIDDEN)
    with pytest.raises(MayNotLeave):
        sign(staff, id, "reviewer")
    say(staff, id, how=redaction.ABSENT)
    for who in ("reviewer", "other_reviewer"):
        sign(staff, id, who)
    assert [each.id for each in shelf(staff)] == [id]


def answer(house, staff, done):
    """What lies with the facts is written anew; in all else nothing of them is found."""
    with staff.coordinator.work() as work:
        for row in erasure.waiting(work, done):
            if (row.about, row.compartment) == ("quote", "facts"):
                erasure.rewrite(work, row, {"facts.text": "No he podido dormir desde entonces."})
            else:
                erasure.say_nothing(work, row)
    erasure.finish(house)
