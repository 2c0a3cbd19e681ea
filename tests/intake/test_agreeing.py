"""Consent in a row that changed: less is obeyed at once, more waits for a reviewer."""

import pytest
from sqlalchemy import select

from incidents import consent, erasure, jobs, review
from incidents.intake import following, importers
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.model.vocabulary import Verification as V  # noqa: N817  as in review.py
from incidents.work import Compartment
from tests.intake import test_following as rows
from tests.intake.test_following import bring_in, fate, waiting

REFUSED, NOT_GIVEN = consent.Refusal("refused"), consent.Refusal("no_consent")
DATED = rows.MAPPING + (
    '"persons.p1.consent.on" = { column = "on", as = "date" }\n'
    '"persons.p1.consent.restricted" = { column = "named", as = "tri" }\n'
)
ROW = rows.ROW | {"on": "", "named": "no"}


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    def discard(house, job):
        erasure.discard_batch(house, importers.batch_of(job))

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))
    monkeypatch.setattr(rows, "MAPPING", DATED)
    monkeypatch.setattr(rows, "ROW", ROW)


def answer(member, purpose=Purpose.STATISTICS):
    with member.work() as work:
        return consent.permits(work, teller(work), purpose)


def teller(work):
    return work.db.scalars(select(Person).where(Person.teller)).one()


def ledger(member):
    with member.work() as work:
        return [said["decisions"] for _event, said in consent.history(work, teller(work))]


def work_on(member):
    with member.work() as work:
        review.move(work, work.db.scalars(select(Act)).one(), V.CREDIBLE, "Compared with the register.")


def test_a_no_takes_effect_while_the_rest_of_the_row_waits(staff, house):
    bring_in(staff.reviewer, {})
    work_on(staff.second)
    assert isinstance(answer(staff.second), consent.Permit)
    done = bring_in(staff.reviewer, {"stat": "N", "age": "30"})
    assert "waits in the inbox" in fate(done)[1]
    assert answer(staff.second) == REFUSED
    with staff.second.work() as work:
        assert work.read(teller(work), "facts")["age"] == 29


def test_an_older_date_on_a_no_does_not_bring_the_yes_back(staff, house):
    bring_in(staff.reviewer, {})
    bring_in(staff.reviewer, {"stat": "N", "on": "2019-03-02"})
    assert answer(staff.second) == REFUSED


def test_a_yes_that_the_row_tells_no_more_is_none(staff, house):
    bring_in(staff.reviewer, {})
    bring_in(staff.reviewer, {"stat": ""})
    assert answer(staff.second) == NOT_GIVEN
    assert ledger(staff.second)[-1] == {"STA": "not_asked"}


def test_a_no_that_is_set_aside_stays_a_no(staff, house):
    bring_in(staff.reviewer, {})
    work_on(staff.second)
    bring_in(staff.reviewer, {"stat": "N"})
    newer = waiting(staff.second)
    with staff.second.work() as work:
        rows.report.set_aside(work, work.get(type(newer), newer.id), "repetition")
    assert answer(staff.second) == REFUSED


def test_a_yes_to_more_waits_for_a_reviewer(staff, house):
    bring_in(staff.reviewer, {"stat": "N"})
    done = bring_in(staff.reviewer, {"stat": "Y"})
    assert following.REASONS["wider"] in fate(done)[1]
    assert answer(staff.second) == REFUSED
    newer = waiting(staff.second)
    with staff.second.work() as work:
        following.adopt(work, newer.id)
    assert isinstance(answer(staff.second), consent.Permit)


def test_what_a_row_takes_back_and_gives_again_waits(staff, house):
    for stat in "YNY":
        done = bring_in(staff.reviewer, {"stat": stat})
    assert following.REASONS["wider"] in fate(done)[1]
    assert answer(staff.second) == REFUSED


def test_a_child_that_is_grown_up_in_the_newer_row_waits_for_a_reviewer(staff, house):
    no_assent = consent.Refusal("no_assent")
    bring_in(staff.reviewer, {"age": "15"})
    assert answer(staff.second) == no_assent
    done = bring_in(staff.reviewer, {"age": "19"})
    assert following.REASONS["wider"] in fate(done)[1]
    assert answer(staff.second) == no_assent


def test_that_grave_acts_may_be_named_no_more_takes_effect_and_brings_nothing_back(staff, house):
    bring_in(staff.reviewer, {"named": "yes"})
    assert answer(staff.second).restricted
    with staff.second.work() as work:
        consent.decide(work, teller(work), {"decisions": {"REC": "given", "STA": "refused"}})
    bring_in(staff.reviewer, {"named": "no"})
    assert answer(staff.second) == REFUSED
    assert not answer(staff.second, Purpose.RECORD).restricted


def test_somebody_who_does_not_want_to_be_kept_is_used_for_nothing_from_then_on(staff, house):
    bring_in(staff.reviewer, {"name2": "", "age2": ""})
    done = bring_in(staff.reviewer, {"kept": "N", "name2": "", "age2": "", "story": "Otra cosa."})
    assert fate(done)[0] == "refused"
    assert answer(staff.second) == answer(staff.second, Purpose.RECORD) == REFUSED
    bring_in(staff.reviewer, {"kept": "N", "name2": "", "age2": "", "story": "Otra cosa."})
    assert ledger(staff.second)[1:] == [{"REC": "refused"}]


def test_a_preview_changes_nobodys_decision(staff, house):
    bring_in(staff.reviewer, {})
    lines = [";".join(ROW), ";".join((ROW | {"kept": "N"}).values())]
    with staff.reviewer.work() as work:
        seen = importers.preview(work, "\n".join(lines).encode(), "intake.csv", DATED)
    assert seen.totals == {"refused": 1}
    assert isinstance(answer(staff.second), consent.Permit)
