"""A refusal is for what was refused, as it stood then: put back as it was, or asked for anew, it is done."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from incidents import erasure
from incidents.intake import report
from incidents.model.audit import AuditEntry
from incidents.model.erasure import Erasure, ErasureProposal, ErasureState, ProposalState
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.model.vocabulary import ReportState
from incidents.work import Unreadable
from tests.victim import DECISION, copied, desk, document, opened, people_of, take_in_one

GONE = Unreadable("erased")


@pytest.fixture
def house(tmp_path):
    (tmp_path / "instance-elsewhere").mkdir()
    copied(tmp_path / "template", tmp_path / "instance")
    with opened(tmp_path / "instance") as house:
        yield house


@pytest.fixture
def ana(house):
    return desk(house)


@pytest.fixture
def rosa(house, ana):
    incident = take_in_one(house, ana, document("Rosa"))
    with ana.work() as work:
        return people_of(work, incident)[0].id


def intended(who, person):
    with who.work() as work:
        return erasure.erase_person(work, work.get(Person, person), DECISION).id


def alter(house, id, **values):
    house.db().execute(update(Erasure).where(Erasure.id == id).values(**values))
    house.db().commit()
    house.db().expire_all()


def refusals(house):
    return house.db().scalar(select(func.count()).where(AuditEntry.event == erasure.REFUSED))


def name_of(who, person):
    with who.work() as work:
        return work.vault.view(work.get(Person, person), "name")


def test_an_intent_that_was_altered_and_put_back_is_carried_out(house, ana, rosa):
    id = intended(ana, rosa)
    alter(house, id, decided_on=date(2020, 1, 1))
    for _each in range(3):
        assert erasure.finish(house) == 0
    assert refusals(house) == 1  # said once
    assert name_of(ana, rosa) == "Rosa"
    alter(house, id, decided_on=house.now().date())
    assert erasure.finish(house) == 1
    assert name_of(ana, rosa) == GONE


def test_altered_in_another_way_it_is_refused_anew(house, ana, rosa):
    id = intended(ana, rosa)
    for year in (2020, 2021, 2020):
        alter(house, id, decided_on=date(year, 1, 1))
        assert erasure.finish(house) == 0
    assert refusals(house) == 2
    assert name_of(ana, rosa) == "Rosa"


def test_after_a_refusal_it_may_be_decided_anew(house, ana, rosa):
    alter(house, intended(ana, rosa), decided_on=date(2020, 1, 1))
    assert erasure.finish(house) == 0
    again = intended(ana, rosa)
    assert erasure.finish(house) == 1
    assert name_of(ana, rosa) == GONE
    with ana.work() as work:
        assert work.get(Erasure, again).state == ErasureState.SWEPT


def test_a_rule_proposes_again_what_was_done_and_then_refused(house, ana):
    with ana.work() as work:
        sent = report.send(work, document("Rosa"), "page").id
    with ana.work() as work:
        work.get(Report, sent).state = ReportState.SET_ASIDE
        erasure.set_rule(work, "set_aside", 1)
    was = house.now
    house.now = lambda: was() + timedelta(days=100)
    with ana.work() as work:
        assert erasure.look(work) == 1
    with ana.work() as work:
        assert erasure.look(work) == 0  # it waits already
    house.now = lambda: was() + timedelta(days=140)
    with ana.work() as work:
        (waiting,) = erasure.open_ones(work)
        done = erasure.carry_out(work, work.get(ErasureProposal, waiting.id)).id
    with ana.work() as work:
        assert erasure.look(work) == 0  # it is under way
    alter(house, done, decided_on=date(2020, 1, 1))
    assert erasure.finish(house) == 0
    with ana.work() as work:
        assert erasure.look(work) == 1
        assert {each.state for each in work.db.scalars(select(ErasureProposal))} >= {ProposalState.DONE}
