"""Who must permit, by the part somebody played: every line of the table is a test of its own."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from incidents import consent
from incidents.consent import Permit, Refusal
from incidents.errors import InvalidInput
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.consent import Basis
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests import make

P = Purpose
COUNTED, ROW, ACCOUNT, QUOTE, IDENTITY = P.STATISTICS, P.ROWS, P.PUBLISH, P.QUOTE, P.IDENTITY
EVERYTHING = {purpose.value: "given" for purpose in Purpose}
GUARDIAN = {"given_by": "guardian", "relation": "parent", "guardian_doer": "no"}
BOTH = {"given_by": "adolescent", "relation": "parent", "guardian_doer": "no"}
FAMILY = {"given_by": "family", "relation": "sibling", "kin": "1"}


class Told:
    """One report that was taken in: its people by their keys, and what may be done with each."""

    def __init__(self, staff, persons: list[dict[str, Any]], **changes: Any) -> None:
        self.staff = staff
        document = make.report_document(
            **{"persons": persons, "involvements": None, "sources": None, **changes}
        )
        with staff.researcher.work() as work:
            sent = report.send(work, schema.load(document), "page").id
        with staff.reviewer.work() as work:
            self.ids: dict[str, UUID] = report.read(work, sent).person_ids
            self.incident = take_in(work, sent).id

    def may(self, purpose: Purpose, key: str = "p1", **more: Any):
        with self.staff.reviewer.work() as work:
            return consent.permits(work, work.get(Person, self.ids[key]), purpose, **more)

    def says(self, key: str = "p1", **given: Any) -> UUID:
        """What they, or somebody for them, decided since."""
        with self.staff.reviewer.work() as work:
            decided = {"decisions": EVERYTHING, **given}
            return consent.decide(work, work.get(Person, self.ids[key]), decided).id

    def basis(self, key: str = "p1", *, confirmed: bool = True, **facts: Any) -> UUID:
        facts = {"reasons": "Two of us looked at it.", **facts}
        with self.staff.reviewer.work() as work:
            basis = consent.set_basis(work, facts, person_id=self.ids[key]).id
        if confirmed:
            self.confirm(basis)
        return basis

    def confirm(self, basis: UUID) -> None:
        with self.staff.coordinator.work() as work:
            consent.confirm_basis(work, work.get(Basis, basis))

    def withdrawals(self, key: str = "p1") -> list[UUID]:
        with self.staff.reviewer.work() as work:
            return [row.id for row in consent.withdrawals(work, [self.ids[key]]).get(self.ids[key], [])]

    def reviewed(self, *purposes: Purpose, key: str = "p1") -> UUID:
        return self.basis(key, kind="two_reviewers", purposes=[purpose.value for purpose in purposes])


def somebody(key="p1", *, teller=True, given=None, kind="individual", on="2026-11-01", **facts):
    """One person of a report. `given`: the consent they gave as it was told; none: nobody asked."""
    asked = {} if given is None else {"consent": {"decisions": EVERYTHING, "on": on, **given}}
    facts = facts or {"age": 30}
    return {"key": key, "kind": kind, "teller": teller, "facts": facts, **asked}


def yes(answer) -> bool:
    return isinstance(answer, Permit)


def no(reason: str):
    return Refusal(reason)


def test_told_us_as_an_adult_their_own_for_each_and_no_name_in_danger(staff):
    told = Told(staff, [somebody(given={"decisions": {"STA": "given"}})])
    assert yes(told.may(COUNTED))
    assert [told.may(each) for each in (ROW, ACCOUNT, QUOTE, IDENTITY)] == [no("no_consent")] * 4
    told.says(given_by="guardian", guardian_doer="no")
    assert told.may(ROW) == no("not_own")
    event = told.says()
    assert [told.may(each).id for each in (ROW, ACCOUNT, QUOTE, IDENTITY)] == [event] * 4
    endangered = Told(staff, [somebody(given={})], danger="today")
    assert yes(endangered.may(ACCOUNT))
    assert endangered.may(IDENTITY) == no("danger")
    endangered.says(safe="yes")
    assert yes(endangered.may(IDENTITY))


def test_a_child_under_12_the_guardian_who_is_neither_a_doer_nor_in_their_power(staff):
    told = Told(staff, [somebody(age=8, given={})])
    assert told.may(COUNTED) == no("no_guardian")
    for doer in ("yes", "UNK", None):
        told.says(given_by="guardian", guardian_doer=doer)
        assert told.may(COUNTED) == told.may(ROW) == no("guardian_not_safe")
    told.says(**GUARDIAN)
    assert yes(told.may(COUNTED))
    assert yes(told.may(ROW))
    assert told.may(ACCOUNT) == told.may(QUOTE) == no("two_reviewers")
    told.reviewed(ACCOUNT)
    assert yes(told.may(ACCOUNT))
    assert told.may(QUOTE) == no("two_reviewers")
    told.reviewed(IDENTITY)
    assert told.may(IDENTITY) == no("child")


def test_12_to_17_own_assent_and_guardian_or_alone_with_two_reviewers(staff):
    told = Told(staff, [somebody(age=15, given={})])
    assert told.may(COUNTED) == told.may(ROW) == no("no_assent")
    told.says(**GUARDIAN)
    assert told.may(COUNTED) == no("no_assent")
    told.says(**{**BOTH, "guardian_doer": "yes"})
    assert told.may(COUNTED) == no("guardian_not_safe")
    told.says(**BOTH)
    assert all(yes(told.may(each)) for each in (COUNTED, ROW, ACCOUNT, QUOTE))
    assert told.may(IDENTITY) == no("child")
    told.says(given_by="alone")
    four = (COUNTED, ROW, ACCOUNT, QUOTE)
    assert [told.may(each) for each in four] == [no("two_reviewers")] * 4
    told.reviewed(*four)
    assert all(yes(told.may(each)) for each in four)
    told.reviewed(IDENTITY)
    assert told.may(IDENTITY) == no("child")


def test_turned_18_it_stands_for_counts_and_all_else_is_asked_anew(staff):
    told = Told(staff, [somebody(age=16, on="2024-03-01", given=BOTH)])
    before, after = date(2025, 12, 31), date(2026, 1, 1)
    assert yes(told.may(ROW, on=before))
    assert yes(told.may(COUNTED, on=after))
    assert [told.may(each, on=after) for each in (ROW, ACCOUNT)] == [no("grown")] * 2
    told.says(on="2026-02-01")
    assert all(yes(told.may(each, on=date(2026, 2, 1))) for each in (ROW, ACCOUNT, IDENTITY))


@pytest.mark.parametrize("kind", ["individual", "group"])
def test_mentioned_and_never_asked_a_group_or_fellow_captives_the_number_only(staff, kind):
    facts = {"group_size": {"best": 17}} if kind == "group" else {"age": 30}
    told = Told(staff, [somebody(given={}), somebody("p2", teller=False, kind=kind, **facts)])
    assert told.may(COUNTED, "p2") == no("no_consent")
    told.basis("p2", kind="number_only", purposes=["STA", "ROW", "NAM"], confirmed=False)
    assert told.may(COUNTED, "p2") == no("basis_unconfirmed")
    basis = told.basis("p2", kind="number_only", purposes=["STA", "ROW", "NAM"])
    assert told.may(COUNTED, "p2") == Permit("basis", basis)
    assert [told.may(each, "p2") for each in (ROW, ACCOUNT, QUOTE, IDENTITY)] == [no("no_consent")] * 4
    told.basis("p2", kind="unrecognizable", purposes=["PUB", "QUO", "NAM"])
    assert yes(told.may(ACCOUNT, "p2"))
    assert [told.may(each, "p2") for each in (QUOTE, IDENTITY)] == [no("no_consent")] * 2
    told.says("p1", decisions={"STA": "refused", "PUB": "refused"})
    assert told.may(COUNTED, "p2") == told.may(ACCOUNT, "p2") == no("no_teller")


def test_a_group_is_never_a_row_whoever_said_yes(staff):
    told = Told(staff, [somebody(kind="group", given={}, group_size={"best": 17})])
    assert yes(told.may(COUNTED))
    assert told.may(ROW) == told.may(IDENTITY) == no("group")


def test_asked_and_refused_or_withdrew_is_no_person_anywhere(staff):
    no_everything = dict.fromkeys(EVERYTHING, "refused") | {"REC": "given"}
    told = Told(staff, [somebody(given={}), somebody("p2", teller=False, given={"decisions": no_everything})])
    told.basis("p2", kind="number_only", purposes=["STA"])
    told.basis(
        "p2", kind="published_source", purposes=["STA", "ROW", "PUB", "NAM"], everything_published=True
    )
    five = (COUNTED, ROW, ACCOUNT, QUOTE, IDENTITY)
    assert [told.may(each, "p2") for each in five] == [no("refused")] * 5
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, told.ids["p1"]))
    assert [told.may(each) for each in five] == [no("withdrawn")] * 5


def dead(staff, given=None):
    involved = [
        {"person": "p1", "act": "a1", "part": "WIT"},
        {"person": "p2", "act": "a1", "part": "DIR", "outcome": ["DEA"]},
    ]
    return Told(staff, [somebody(given={}), somebody("p2", teller=False, given=given)], involvements=involved)


def test_dead_counted_by_the_tellers_word_all_else_is_the_next_of_kins(staff):
    told = dead(staff)
    assert yes(told.may(COUNTED, "p2"))
    assert [told.may(each, "p2") for each in (ROW, ACCOUNT, IDENTITY)] == [no("no_consent")] * 3
    told.says("p2")  # as if their own, and they are dead
    assert [told.may(each, "p2") for each in (ROW, ACCOUNT, IDENTITY)] == [no("no_family")] * 3
    told.says("p2", **FAMILY, method="spoken")
    assert all(yes(told.may(each, "p2")) for each in (COUNTED, ROW, ACCOUNT, QUOTE))
    assert told.may(IDENTITY, "p2") == no("not_in_writing")
    told.says("p2", **FAMILY, method="signed")
    assert yes(told.may(IDENTITY, "p2"))


def test_dead_and_families_who_differ_is_no(staff):
    told = dead(staff)
    told.says("p2", **FAMILY, method="signed")
    told.says("p2", **{**FAMILY, "kin": "2"}, decisions={"PUB": "refused"})
    told.says("p2", **{**FAMILY, "kin": "3"}, decisions={"PUB": "given"})
    assert told.may(ACCOUNT, "p2") == no("families_differ")
    assert yes(told.may(ROW, "p2"))
    told.says("p2", **{**FAMILY, "kin": "2"}, decisions={"PUB": "given"})
    assert yes(told.may(ACCOUNT, "p2"))


@pytest.mark.parametrize("state", ["missing", "held"])
def test_missing_or_held_no_row_and_the_family_for_the_search(staff, state):
    told = Told(staff, [somebody(given={}), somebody("p2", teller=False, given={})])
    assert yes(told.may(ROW, "p2"))
    said = told.basis("p2", kind=state, relation="sibling", confirmed=False)  # holds back at once
    assert told.may(ROW, "p2") == told.may(P.CONTACT, "p2") == no(state)
    assert yes(told.may(COUNTED, "p2"))
    assert [told.may(each, "p2") for each in (ACCOUNT, IDENTITY)] == [no("no_family")] * 2
    told.says("p2", **FAMILY)
    assert told.may(ACCOUNT, "p2") == no("not_for_search")
    told.says("p2", **FAMILY, for_search="yes")
    assert (
        told.may(ACCOUNT, "p2") == told.may(IDENTITY, "p2") == no("basis_unconfirmed")
    )  # and opens nothing yet
    told.confirm(said)
    assert all(yes(told.may(each, "p2")) for each in (ACCOUNT, QUOTE, IDENTITY))
    assert told.may(ROW, "p2") == no(state)
    told.says("p2", **FAMILY, decisions={"PUB": "refused", "NAM": "refused"})
    assert told.may(ACCOUNT, "p2") == told.may(IDENTITY, "p2") == no("refused")
    told.basis("p2", kind="free", relation="sibling", confirmed=False)
    assert told.may(ROW, "p2") == no(state)
    told.basis("p2", kind="free", relation="sibling")
    told.says("p2", decisions={"ROW": "given"})
    assert yes(told.may(ROW, "p2"))


def test_who_was_taken_and_did_not_come_back_is_held_as_their_act_tells_it(staff):
    acts = [{"key": "a1", "type": "KID", "status": "C", "kidnapping": {"release": "HEL"}}]
    people = [somebody(given={}), somebody("p2", teller=False, given={})]
    told = Told(staff, people, acts=acts)
    assert yes(told.may(ROW, "p1"))
    assert told.may(ROW, "p2") == no("held")


@pytest.mark.parametrize("state", ["dead", "missing", "held"])
def test_how_somebody_is_names_who_says_so(staff, state):
    told = Told(staff, [somebody(given={})])
    with pytest.raises(InvalidInput):
        told.basis(kind=state)


def test_a_witness_gates_no_count_and_their_words_are_their_own(staff):
    involved = [
        {"person": "p1", "act": "a1", "part": "DIR"},
        {"person": "p2", "act": "a1", "part": "WIT"},
    ]
    told = Told(staff, [somebody(given={}), somebody("p2", teller=False)], involvements=involved)
    assert yes(told.may(COUNTED))  # whatever the witness said
    assert [told.may(each, "p2") for each in (ACCOUNT, QUOTE, IDENTITY)] == [no("no_consent")] * 3
    told.says("p2", decisions={"PUB": "given", "NAM": "given"})
    assert yes(told.may(ACCOUNT, "p2"))
    assert yes(told.may(IDENTITY, "p2"))
    assert told.may(QUOTE, "p2") == no("no_consent")
    told.says("p2", decisions={"STA": "refused"})
    assert yes(told.may(COUNTED))


def published(staff, purposes=("STA", "ROW", "PUB", "QUO", "NAM", "AUT", "CON"), **facts):
    with staff.reviewer.work() as work:
        person = make.person(work, facts or {"age": 30}).id
    told = object.__new__(Told)
    told.staff, told.ids = staff, {"p1": person}
    source = {"kind": "published_source", "citation": "An invented register", "purposes": list(purposes)}
    told.source = lambda **more: told.basis(**{**source, **more})
    return told


def test_known_from_a_published_source_by_its_licence_and_only_as_published(staff):
    told = published(staff, ("STA", "PUB", "AUT", "CON"))
    basis = told.source()
    assert told.may(COUNTED).id == told.may(ACCOUNT).id == basis
    assert told.may(ROW) == no("no_consent")  # its licence says nothing of rows
    assert told.may(P.AUTHORITIES) == told.may(P.CONTACT) == no("no_consent")
    named = published(staff)
    named.source()
    assert [named.may(each) for each in (QUOTE, IDENTITY)] == [no("no_consent")] * 2
    named.source(everything_published=True)
    assert all(yes(named.may(each)) for each in (ROW, QUOTE, IDENTITY))
    child = published(staff, age=10)
    child.source(everything_published=True)
    assert yes(child.may(QUOTE))
    assert child.may(IDENTITY) == no("no_consent")


def test_free_ends_what_was_said_before_and_not_that_somebody_was_taken_again(staff, house):
    told = Told(staff, [somebody(), somebody("p2", teller=False)])
    free = told.basis("p2", kind="free", relation="sibling", confirmed=False)
    moment = datetime.now(UTC) + timedelta(days=20)
    house.now = lambda: moment
    held = told.basis("p2", kind="held", relation="sibling", confirmed=False)
    told.confirm(free)  # read late: it speaks of the time before
    with staff.reviewer.work() as work:
        assert work.get(Basis, held).ended_on is None


def test_known_from_a_published_source_is_never_mixed_with_what_was_told_in_confidence(staff):
    told = Told(staff, [somebody()])
    told.basis(
        kind="published_source", citation="A book", everything_published=True, purposes=["STA", "QUO", "NAM"]
    )
    assert yes(told.may(COUNTED))
    assert told.may(QUOTE) == told.may(IDENTITY) == no("no_consent")


def test_known_from_a_published_source_ends_with_an_objection(staff):
    told = published(staff)
    basis = told.source()
    with staff.reviewer.work() as work:
        consent.object_to(work, work.get(Basis, basis))
    assert told.may(COUNTED) == told.may(ROW) == no("objected")
    again = told.source()
    assert told.may(ROW).id == again


# -- beside the table: what each yes is worth, and for how long


def test_to_be_published_holds_two_years_and_to_be_counted_without_end(staff):
    told = Told(staff, [somebody(on="2024-02-29", given={})])
    assert yes(told.may(ACCOUNT, on=date(2026, 2, 28)))
    assert told.may(ACCOUNT, on=date(2026, 3, 1)) == no("expired")
    assert yes(told.may(COUNTED, on=date(2044, 1, 1)))
    told.says(decisions={"PUB": "given"}, on="2026-03-01")
    assert yes(told.may(ACCOUNT, on=date(2026, 3, 1)))


def test_a_yes_holds_from_and_until_the_days_it_names(staff):
    terms = {"PUB": {"since": "2026-12-01", "until": "2026-12-31"}}
    told = Told(staff, [somebody(given={"terms": terms})])
    assert told.may(ACCOUNT, on=date(2026, 11, 30)) == no("no_consent")
    assert told.may(ACCOUNT, on=date(2026, 12, 31)).until == date(2026, 12, 31)
    assert told.may(ACCOUNT, on=date(2027, 1, 1)) == no("expired")


def test_a_yes_goes_as_far_as_it_says_purpose_by_purpose(staff):
    terms = {
        "PUB": {"no_place": True, "no_date": True, "parts": ["the road", "the house"]},
        "PAR": {"recipients": ["An invented clinic"], "restricted": True},
    }
    told = Told(staff, [somebody(given={"terms": terms})])
    account, partner = told.may(ACCOUNT), told.may(P.PARTNER, to="An invented clinic")
    assert (account.no_place, account.no_date, account.restricted) == (True, True, False)
    assert account.parts == ("the road", "the house")
    assert partner.restricted
    assert told.may(P.PARTNER, to="Somebody else") == no("other_recipient")
    assert not told.may(ROW).restricted


def test_who_did_not_understand_decided_nothing(staff):
    told = Told(staff, [somebody(given={"capacity": "no"})])
    assert told.may(COUNTED) == no("no_capacity")


def test_what_was_found_to_be_no_consent_counts_for_nothing(staff):
    told = Told(staff, [somebody(given={})])
    with staff.reviewer.work() as work:
        consent.invalidate(work, work.get(Person, told.ids["p1"]), [ROW])
    assert told.may(ROW) == no("invalidated")
    assert yes(told.may(COUNTED))


def test_a_withdrawal_ends_only_where_a_later_yes_names_it(staff):
    told = Told(staff, [somebody(given={})])
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, told.ids["p1"]), [ROW, ACCOUNT])
    told.says(decisions={"ROW": "given"})
    assert told.may(ROW) == no("withdrawn")
    told.says(decisions={"ROW": "given"}, again=told.withdrawals())
    assert yes(told.may(ROW))
    assert told.may(ACCOUNT) == no("withdrawn")
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, told.ids["p1"]))
    assert told.may(ROW) == told.may(COUNTED) == no("withdrawn")


def test_a_yes_answers_the_withdrawals_that_were_shown_and_none_that_came_since(staff):
    told = Told(staff, [somebody(given={})])
    for purposes in ([ROW], []):
        shown = told.withdrawals()
        with staff.reviewer.work() as work:
            consent.withdraw(work, work.get(Person, told.ids["p1"]), purposes)
    with pytest.raises(InvalidInput):
        told.says(decisions={"ROW": "given"}, again=shown)
    assert told.may(ROW) == no("withdrawn")
    told.says(decisions={"ROW": "given"}, again=told.withdrawals())
    assert yes(told.may(ROW))


def test_nobody_takes_up_again_what_was_not_withdrawn(staff):
    told = Told(staff, [somebody(given={})])
    with pytest.raises(InvalidInput):
        told.says(decisions={"ROW": "given"}, again=["anything"])
