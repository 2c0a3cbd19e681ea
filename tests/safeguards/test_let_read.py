"""One member more reads what a reviewer closed: a question, by whoever is to answer it; nobody else does."""

import pytest
from sqlalchemy import update

from incidents.intake import questions, report
from incidents.model.report import Report
from incidents.model.talk import Question
from incidents.safeguards.keytables import dek
from incidents.work import Unreadable
from tests import make

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def test_its_reader_opens_it_and_a_key_under_another_maker_opens_nothing(staff, house):
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        id = questions.ask(work, work.get(Report, sent), "other", "¿A qué hora?").id

    def seen(member):
        with member.work() as work:
            return work.vault.view(work.get(Question, id), "words")

    assert [seen(each) for each in (staff.researcher, staff.coordinator)] == ["¿A qué hora?"] * 2
    assert seen(staff.other_researcher) == Unreadable("no-key")
    its = (dek.c.object == id) & (dek.c.holder == staff.researcher.id)
    with house.keystore.step() as step:
        step.execute(update(dek).where(its).values(maker=staff.other_researcher.id))
    assert seen(staff.researcher) == Unreadable("altered")
    with house.keystore.step() as step:
        step.execute(update(dek).where(its).values(maker=None))
    assert seen(staff.researcher) == Unreadable("altered")
