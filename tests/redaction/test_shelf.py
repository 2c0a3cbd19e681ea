"""The shelf: whatever happened before, only what everybody concerned permits that day, as two people signed it."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from incidents import consent, redaction
from incidents.consent import Permit
from incidents.errors import ConsentChanged, NotAllowed
from incidents.intake import adding, editing, rearranging
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.quote import Quote, QuoteKind, QuoteState
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import Purpose, Verification
from incidents.review import move
from tests import make
from tests.conftest import EVERYTHING
from tests.redaction import quoting, test_cases
from tests.redaction.quoting import of, person, say, shelf, sign, signed, tell, why_not

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
V = Verification
PURPOSES = (Purpose.QUOTE, Purpose.PUBLISH, Purpose.RECORD)
NAMES = [word.casefold() for name in (quoting.TELLER, quoting.MENTIONED) for word in name.split()]


def given(work, id, purpose, said):
    about = {"given_by": "self", "decisions": {purpose.value: said}}
    against = {purpose.value, Purpose.RECORD.value}
    taken_back = consent.withdrawals(work, [id]).get(id, []) if said == "given" else []
    stops = [row.id for row in taken_back if not row.purposes or against & {*row.purposes}]
    consent.decide(work, work.get(Person, id), about | ({"again": stops} if stops else {}))


def weigh(staff, to):
    """Whoever did not submit it, nor edited it, finds this of the act."""
    with staff.other_reviewer.work() as work:
        move(work, work.db.scalars(select(Act)).one(), to, quoting.WHY)


class History:
    """What may happen to a quote, an account and a case, at random."""

    def __init__(self, house, staff, seed):
        self.house, self.staff, self.chance = house, staff, random.Random(seed)
        self.incident = tell(staff)
        self.ids = [signed(staff, self.incident, kind) for kind in (QuoteKind.QUOTE, QuoteKind.ACCOUNT)]
        self.ids.append(test_cases.signed(staff, self.incident))
        with staff.reviewer.work() as work:
            self.people = [person(work, make.CANARY_NAME), person(work, quoting.MENTIONED)]
            self.act = work.db.scalars(select(Act.id)).one()

    def step(self):
        deeds = (self.decides, self.withdraws, self.edits, self.waits, self.weighs, self.cuts, self.signs)
        self.chance.choice(deeds)()

    def decides(self):
        with self.staff.reviewer.work() as work:
            said = self.chance.choice(["given", "given", "refused"])
            given(work, self.chance.choice(self.people), self.chance.choice(PURPOSES), said)

    def withdraws(self):
        with self.staff.reviewer.work() as work:
            someone = work.get(Person, self.chance.choice(self.people))
            consent.withdraw(work, someone, [self.chance.choice(PURPOSES)])

    def edits(self):
        with self.staff.coordinator.work() as work:
            row = work.get(Person, self.people[0])
            editing.edit(
                work, row, row.version, {"age": self.chance.randrange(20, 60)}, "She said so on the phone."
            )

    def waits(self):
        now = self.house.now
        days = self.chance.choice([1, 400])
        self.house.now = lambda: now() + timedelta(days=days)

    def weighs(self):
        with self.staff.reviewer.work() as work:
            credible = work.get(Act, self.act).verification == V.CREDIBLE
        weigh(self.staff, V.UNDER_VERIFICATION if credible else V.CREDIBLE)

    def cuts(self):
        id = self.chance.choice(self.ids)
        with self.staff.reviewer.work() as work:
            redaction.decide(work, of(work, id), 2, take=False)

    def signs(self):
        """Whoever may, if it may be signed today."""
        for id in self.ids:
            with self.staff.reviewer.work() as work:
                ready = of(work, id).state == QuoteState.PROPOSED
                may = not redaction.look(work, of(work, id)).scope.reason
            if ready and may:
                for who in ("reviewer", "other_reviewer"):
                    sign(self.staff, id, who)

    def holds(self):
        """Asked apart from the shelf: two signed, they permit it today, nobody's name is in it, the act counts."""
        found = shelf(self.staff)
        with self.staff.reviewer.work() as work:
            for each in found:
                row = of(work, each.id)
                purpose = Purpose.QUOTE if each.kind == QuoteKind.QUOTE else Purpose.PUBLISH
                assert isinstance(consent.permits(work, work.get(Person, self.people[0]), purpose), Permit)
                other = consent.permits(work, work.get(Person, self.people[1]), purpose)
                assert getattr(other, "reason", "") not in ("withdrawn", "refused")
                assert row.state == QuoteState.SIGNED
                assert {row.first_by, row.second_by} == {self.staff.reviewer.id, self.staff.other_reviewer.id}
                assert work.get(Act, self.act).verification == V.CREDIBLE
                assert each.age == work.read(work.get(Person, self.people[0]), "facts")["age"]
                assert not any(name in each.text.casefold() for name in NAMES)
                assert not any(canary in each.text for canary in make.CANARIES)
        return len(found)


@pytest.mark.parametrize("seed", range(6 if EVERYTHING else 1))
def test_nothing_leaves_the_shelf_without_a_permit_of_that_day(house, staff, seed):
    history = History(house, staff, seed)
    counts = [history.holds()]
    for _step in range(30 if EVERYTHING else 12):
        history.step()
        counts.append(history.holds())
    assert counts[0] == 3
    assert min(counts) < 2


def test_what_changes_in_the_record_takes_it_off_until_it_is_signed_anew(staff):
    incident = tell(staff)
    id = signed(staff, incident)
    with staff.coordinator.work() as work:
        row = work.get(Person, of(work, id).person_id)
        editing.edit(work, row, row.version, {"age": 37}, "She said so on the phone.")
    assert why_not(staff, id) == "not_verified"
    weigh(staff, V.CREDIBLE)
    assert why_not(staff, id) == "changed"
    say(staff, id)
    for who in ("reviewer", "other_reviewer"):
        sign(staff, id, who)
    assert [each.age for each in shelf(staff)] == [37]
    with staff.reviewer.work() as work:  # a name that nobody looked for when it was signed
        other = work.get(Person, person(work, quoting.MENTIONED))
        editing.correct(work, other, other.version, "other_names", "El Dormir", "Her cousin called him so.")
    assert why_not(staff, id) == "changed"
    with staff.reviewer.work() as work:
        report = work.get(ReportPart, of(work, id).part_id).report_id
        rearranging.unlink(work, work.get(Report, report), "It tells of something else.")
    assert why_not(staff, id) == "unlinked"


def test_a_text_that_was_altered_behind_the_program_leaves_the_others_on_the_shelf(house, staff):
    incident = tell(staff)
    id, other = signed(staff, incident), signed(staff, incident, QuoteKind.ACCOUNT)
    with make.behind(house) as data:
        data.execute(update(Quote.__table__).where(Quote.__table__.c.id == id).values(redactors=["nobody"]))
    assert [each.id for each in shelf(staff)] == [other]
    assert why_not(staff, id) == "altered"


def test_a_restricted_act_is_named_only_where_they_agreed_to_that(staff):
    agreed = {"QUO": {"restricted": True}}
    plain = signed(staff, tell(staff, kind="SXA"))
    assert [each.acts for each in shelf(staff)] == [()]
    assert shelf(staff, act="SXA") == []
    incident = tell(staff, [quoting.teller(terms=agreed), quoting.mentioned()], kind="SXA")
    id = signed(staff, incident)
    assert [each.id for each in shelf(staff, act="SXA")] == [id]
    say(staff, plain, restricted="yes")
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, plain)).left == {"restricted-not-agreed": 1}


def test_an_exit_asks_again_and_takes_all_or_none(staff):
    incident = tell(staff)
    id, account = signed(staff, incident), signed(staff, incident, QuoteKind.ACCOUNT)
    with staff.analyst.work() as work:
        assert [each.id for each in redaction.leave(work, [account, id])] == [account, id]
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, of(work, id).person_id), [Purpose.QUOTE])
    with staff.analyst.work() as work, pytest.raises(ConsentChanged):
        redaction.leave(work, [account, id])
    with staff.reviewer.work() as work, pytest.raises(NotAllowed):
        redaction.shelf(work)
    with staff.analyst.work() as work, pytest.raises(NotAllowed):
        redaction.look(work, of(work, id))


def test_a_person_who_is_added_later_has_to_be_looked_for_in_it(staff):
    incident = tell(staff)
    id = signed(staff, incident)
    with staff.reviewer.work() as work:
        adding.add_person(work, work.get(Incident, incident), {"facts": {"age": 50}}, quoting.WHY)
    assert why_not(staff, id) == "newcomers"
