"""One's place in a list stays: in the queue after acts changed hands, in the inbox after a report was taken in."""

import re

import pytest
from sqlalchemy import select

from incidents.intake import report, schema, take_in
from incidents.model.incident import Act
from incidents.model.report import Report
from tests import make
from tests.web.reading import form

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def sent(staff):
    for _each in range(3):
        with staff.researcher.work() as work:
            report.send(work, schema.load(make.report_document()), "page")
    with staff.coordinator.work() as work:
        return list(work.db.scalars(select(Report.id).order_by(Report.received_on, Report.id)))


def test_after_a_take_in_the_report_after_it_comes_next(browser_for, sent):
    reader = browser_for("coordinator")
    for taken, follows in ((1, sent[2]), (2, sent[0])):
        page = form(reader.get(f"/inbox/{sent[taken]}").text, having="summary").filled("take_in")
        answer = reader.post(f"/inbox/{sent[taken]}", data=page)
        assert answer.status_code == 303
        assert re.search(rf'href="/inbox/{follows}" data-key="n" autofocus', reader.get(answer.location).text)


def test_whoever_takes_acts_is_at_the_same_line_of_the_same_page_again(browser_for, sent, staff, monkeypatch):
    for id in sent:
        with staff.coordinator.work() as work:
            take_in.take_in(work, id)
    with staff.coordinator.work() as work:
        acts = list(work.db.scalars(select(Act).order_by(Act.received_on, Act.id)))
        mark, ids = f"{acts[0].received_on}.{acts[0].id}", [act.id for act in acts]
    reader = browser_for("reviewer")
    place = f"/review/?after={mark}"
    answer = reader.post(place, data={"assignee": "me", "acts": ids[1]})
    assert answer.location.endswith(f"{place}#act-{ids[1]}")
    assert f'id="act-{ids[1]}"' in reader.get(answer.location.partition("#")[0]).text
    answer = reader.post("/review/?whose=mine", data={"assignee": "", "acts": ids[1]})
    assert answer.location.endswith("/review/?whose=mine")  # nothing stays in this list
    answer = reader.post("/review/?whose=nobodys", data={"assignee": "me", "acts": ids[:2]})
    assert answer.location.endswith(f"/review/?whose=nobodys#act-{ids[2]}")
