"""What ran out, and what was put off: both stand in the ledger, and neither decides anything by itself."""

from datetime import date, timedelta

import pytest

from incidents import consent
from incidents.consent import Permit, Refusal, expiring
from incidents.errors import NotAllowed
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.safeguards import vault
from incidents.work import Unreadable
from tests.asked import longest
from tests.test_consent_ledger import decide, opened, someone


def may(staff, person, purpose, **more):
    with staff.reviewer.work() as work:
        return consent.permits(work, work.get(Person, person), purpose, **more)


def last(staff, person):
    with staff.reviewer.work() as work:
        row, _said = consent.history(work, work.get(Person, person))[-1]
        return row.id


def noted(staff):
    with staff.reviewer.work() as work:
        return consent.note_what_ran_out(work)


def test_what_ran_out_is_noted_once_with_who_and_when(staff):
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "given", "STA": "given"}, "on": "2024-01-01"})
    assert noted(staff) == 1
    said = opened(staff, last(staff, person))
    assert (said["event"], said["decisions"]) == ("expired", {"PUB": "expired"})
    with staff.reviewer.work() as work:
        assert said["on"] == work.today.isoformat()
        assert consent.to_ask_again_count(work) == 0
        assert list(consent.breaks(work)) == []
    assert noted(staff) == 0
    assert may(staff, person, Purpose.PUBLISH) == Refusal("expired")
    assert isinstance(may(staff, person, Purpose.STATISTICS), Permit)


def test_what_ends_later_is_still_asked_again_in_time(staff):
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "given"}, "on": "2024-01-01"})
    with staff.reviewer.work() as work:
        soon = work.today.replace(year=work.today.year + 1).isoformat()
    terms = {"QUO": {"until": soon}}
    decide(staff, person, {"decisions": {"QUO": "given"}, "terms": terms, "on": "2024-06-01"})
    decide(staff, person, {"decisions": {"PUB": "given"}, "on": "2024-02-01"})
    assert noted(staff) == 1
    with staff.reviewer.work() as work:
        row, _said = consent.history(work, work.get(Person, person))[-1]
        assert row.ask_again_on == date.fromisoformat(soon) - consent.REMINDED


def test_a_renewal_on_paper_that_is_entered_after_the_note_counts(staff):
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "given"}, "on": "2024-01-01"})
    noted(staff)
    decide(staff, person, {"decisions": {"PUB": "given"}, "on": "2025-12-30"})
    assert isinstance(may(staff, person, Purpose.PUBLISH), Permit)


def test_a_note_alone_still_says_that_it_ran_out(staff):
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "expired"}, "on": "2024-01-01"})
    assert may(staff, person, Purpose.PUBLISH) == Refusal("expired")


def test_who_withdrew_everything_is_noted_nowhere(staff):
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "given"}, "on": "2024-01-01"})
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, person))
    assert noted(staff) == 0


@pytest.mark.parametrize("looked_at", [1, 200])
def test_what_ran_out_is_noted_however_many_stand_before_it(house, staff, monkeypatch, looked_at):
    """Whoever put it off and was not asked since stands first for good: two hundred of them hid all the others."""
    monkeypatch.setattr(expiring, "LOOKED_AT", looked_at)
    for _number in range(2):
        decide(staff, someone(staff), {"decisions": {"PUB": "requested"}})
    person = someone(staff)
    with staff.reviewer.work() as work:
        until = (work.today + timedelta(days=90)).isoformat()
    decide(staff, person, {"decisions": {"PUB": "given"}, "terms": {"PUB": {"until": until}}})
    now = house.now
    monkeypatch.setattr(house, "now", lambda: now() + timedelta(days=100))
    with staff.reviewer.work() as work:
        assert [each.id for each, _event, _said in consent.to_ask_again(work)][-1] == person
    assert noted(staff) == 1
    assert opened(staff, last(staff, person))["decisions"] == {"PUB": "expired"}
    assert noted(staff) == 0


def test_however_many_withdrew_no_question_names_them(staff):
    """Each erasure is a withdrawal too: of so many ids no driver takes a list."""
    asked = []
    for new in (1, 30):
        for _number in range(new):
            person = someone(staff)
            decide(staff, person, {"decisions": {"PUB": "given"}, "on": "2024-01-01"})
            with staff.reviewer.work() as work:
                consent.withdraw(work, work.get(Person, person))
        with staff.reviewer.work() as work:
            asked.append(longest(work, lambda work=work: consent.to_ask_again_count(work)))
            assert consent.to_ask_again_count(work) == 0
    assert asked[0] == asked[1]


def test_only_who_keeps_consents_notes_what_ran_out(staff):
    with pytest.raises(NotAllowed), staff.analyst.work() as work:
        consent.note_what_ran_out(work)


def test_to_be_asked_later_is_an_event_and_leaves_every_decision_as_it_is(staff):
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "given"}})
    with staff.reviewer.work() as work:
        until = consent.history(work, work.get(Person, person))[-1][0].ask_again_on
    event = decide(staff, person, {"decisions": {"PUB": "requested", "QUO": "requested"}})
    assert opened(staff, event)["event"] == "requested"
    assert isinstance(may(staff, person, Purpose.PUBLISH), Permit)
    assert may(staff, person, Purpose.QUOTE) == Refusal("no_consent")
    with staff.reviewer.work() as work:
        asked = consent.history(work, work.get(Person, person))[-1][0]
        assert asked.ask_again_on == min(until, work.today + consent.LATER)


def test_nothing_but_no_at_first_is_a_refusal(staff):
    event = decide(staff, someone(staff), {"decisions": {"PUB": "refused"}}, event="given")
    assert opened(staff, event)["event"] == "refused"


def test_whoever_answered_something_else_since_is_still_asked_again(staff):
    """Their newest decision says nothing of the yes that ends: they were counted on the first page and in no list."""
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "given", "STA": "given"}, "on": "2024-01-01"})
    decide(staff, person, {"decisions": {"STA": "refused"}, "on": "2024-02-01"})
    with staff.reviewer.work() as work:
        assert consent.to_ask_again_count(work) == 1
        ((who, _event, ends),) = consent.ending(work)
        assert (who.id, ends) == (person, {"PUB": date(2026, 1, 1)})


def test_whoever_put_it_off_is_listed_however_many_ran_out_before_them(staff, monkeypatch):
    monkeypatch.setattr(expiring, "LOOKED_AT", 2)
    for _number in range(3):
        decide(staff, someone(staff), {"decisions": {"PUB": "given"}, "on": "2024-01-01"})
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "requested"}})
    with staff.reviewer.work() as work:
        found = consent.to_the_end(work, consent.said_later)
        assert [who.id for who, _event, said in found if consent.later_in(said)] == [person]


def test_a_yes_that_still_holds_is_listed_however_many_ran_out_before_it(staff, monkeypatch):
    """Two hundred that ran out filled the page, and it said that nothing ends."""
    monkeypatch.setattr(expiring, "LOOKED_AT", 2)
    for _number in range(3):
        decide(staff, someone(staff), {"decisions": {"PUB": "given"}, "on": "2024-01-01"})
    person = someone(staff)
    with staff.reviewer.work() as work:
        soon = work.today + timedelta(days=20)
    terms = {"PUB": {"until": soon.isoformat()}}
    decide(staff, person, {"decisions": {"PUB": "given"}, "terms": terms, "on": "2024-02-01"})
    with staff.reviewer.work() as work:
        found = consent.to_the_end(work, consent.ending)
        assert len(found) == 4
        assert [(who.id, ends) for who, _event, ends in found][-1] == (person, {"PUB": soon})


def day_again(staff, person):
    with staff.reviewer.work() as work:
        row, _said = consent.history(work, work.get(Person, person))[-1]
        return row.ask_again_on


@pytest.mark.parametrize(
    "later",
    [
        {"decisions": {"PUB": "given"}, "terms": {"PUB": {"until": "2030-01-01"}}},  # a yes under new terms
        {"decisions": {"PUB": "refused"}},
    ],
)
def test_an_older_yes_that_ends_first_is_still_asked_for_first(staff, later):
    person = someone(staff)
    first = {"decisions": {"QUO": "given"}, "terms": {"QUO": {"until": "2028-03-01"}}}
    decide(staff, person, first | {"on": "2025-06-01"})
    decide(staff, person, later | {"on": "2025-07-01"})
    assert day_again(staff, person) == date(2028, 3, 1) - consent.REMINDED


def test_a_yes_that_is_renewed_is_not_asked_for_by_its_old_day(staff):
    person = someone(staff)
    for until in ("2028-03-01", "2030-01-01"):
        terms = {"QUO": {"until": until}}
        decide(staff, person, {"decisions": {"QUO": "given"}, "terms": terms, "on": "2025-06-01"})
    assert day_again(staff, person) == date(2030, 1, 1) - consent.REMINDED


def test_what_does_not_open_is_rather_asked_too_early(staff, monkeypatch):
    person = someone(staff)
    with monkeypatch.context() as bent:
        for purpose, until in (("QUO", "2028-03-01"), ("PUB", "2030-01-01")):
            terms = {purpose: {"until": until}}
            decide(staff, person, {"decisions": {purpose: "given"}, "terms": terms, "on": "2025-06-01"})
            bent.setattr(vault.Vault, "view", lambda *_at: Unreadable("erased"))
    assert day_again(staff, person) == date(2028, 3, 1) - consent.REMINDED
