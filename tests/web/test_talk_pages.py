"""A question on the pages: asked on an act, seen on the first page and answered there, read; comments that call."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from incidents.intake import questions, report, take_in
from incidents.model.incident import Incident
from incidents.model.report import Draft, Report
from incidents.model.vocabulary import ReportState
from tests import make
from tests.web.reading import problems

WORDS = "¿A qué hora salió el camión azul de la Zarzamora?"
SAID = "A las cuatro, dijo la señora del Alcatraz."


pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def sent(staff):
    with staff.researcher.work() as work:
        return report.send(work, make.report_document(), "page").id


@pytest.fixture
def incident(staff, sent):
    with staff.other_reviewer.work() as work:
        return take_in.take_in(work, sent).id


def act_of(page):
    return re.search(r"/review/([0-9a-f-]{36})", page).group(1)


def ask(browser, incident, sent, **more):
    given = {"deed": "ask", "report": sent, "question": "other", "words": WORDS, **more}
    return browser.post(f"/talk/incidents/{incident}", data=given)


def test_asked_on_an_act_answered_by_the_sender_and_read(browser_for, staff, sent, incident, house):
    reviewer, researcher = browser_for("reviewer"), browser_for("researcher")
    act = act_of(reviewer.get(f"/incidents/{incident}").text)
    page = reviewer.get(f"/talk/incidents/{incident}?act={act}").text
    assert "Fidel Inventado" in page
    assert ask(reviewer, incident, sent, act=act).status_code == 303
    for address in (f"/review/{act}", f"/incidents/{incident}"):
        assert "Waiting for an answer" in reviewer.get(address).text
    assert f"/review/{act}" in reviewer.get("/review/?whose=answer").text
    assert f"/review/{act}" not in reviewer.get("/review/?whose=answered").text

    first = researcher.get("/").text
    assert "A reviewer asks about 1 report" in first
    assert f"/reports/{sent}/answer" in first
    own, form = (researcher.get(address).text for address in (f"/reports/{sent}", f"/reports/{sent}/answer"))
    for shown in (own, form):
        assert WORDS in shown
        assert "Rita Inventada" not in shown
        assert str(incident) not in shown
        assert act not in shown
    question = re.search(r'name="question" value="([^"]+)"', form).group(1)
    given = {"question": question, "number": "a1", "a1.words": " "}
    refused = researcher.post(f"/reports/{sent}/answer", data=given)
    assert (refused.status_code, problems(refused.text)) == (422, {"a1-words": "Please fill this in."})
    kept = researcher.post(f"/reports/{sent}/answer/kept", data={**given, "a1.words": "A las"})
    assert "Kept as your draft" in kept.text
    assert ">\nA las</textarea>" in researcher.get(f"/reports/{sent}/answer").text
    answered = researcher.post(f"/reports/{sent}/answer", data={**given, "a1.words": SAID})
    assert (answered.status_code, answered.location) == (303, f"/reports/{sent}")
    assert SAID in researcher.get(f"/reports/{sent}").text
    assert "A reviewer asks" not in researcher.get("/").text
    assert house.db().query(Draft).count() == 0

    assert "Answers to be read" in reviewer.get("/").text
    assert f"/talk/incidents/{incident}?act={act}" in reviewer.get("/talk/?state=answered").text
    shown = reviewer.get(f"/review/{act}").text
    assert SAID in shown
    assert "Fidel Inventado" in shown
    settle = re.search(r'action="(/talk/questions/[^"]+)"', shown).group(1)
    assert reviewer.post(settle).status_code == 303
    assert "Answers to be read" not in reviewer.get("/").text
    assert f"/review/{act}" not in reviewer.get("/review/?whose=answered").text


def test_what_is_typed_wrongly_is_kept_and_said_at_its_field(browser_for, sent, incident):
    reviewer = browser_for("reviewer")
    refused = ask(reviewer, incident, sent, question="", due_on="2001-01-01")
    assert refused.status_code == 422
    assert set(problems(refused.text)) == {"question", "due_on"}
    assert WORDS in refused.text
    assert ask(reviewer, incident, uuid4()).status_code == 422  # no report of this incident
    assert set(problems(ask(reviewer, incident, sent, due_on="soon").text)) == {"due_on"}
    empty = reviewer.post(f"/talk/incidents/{incident}", data={"deed": "comment", "comment": ""})
    assert set(problems(empty.text)) == {"comment"}
    past = {"deed": "assign", "assignee": "", "until": "2001-01-01"}
    assert set(problems(reviewer.post(f"/talk/incidents/{incident}", data=past).text)) == {"until"}


def test_another_researcher_gets_the_answer_of_what_is_not_there(browser_for, staff, sent, incident):
    with staff.reviewer.work() as work:
        id = questions.ask(work, work.get(Report, sent), "when").id
    other = browser_for("other_researcher")
    given = {"question": str(id), "number": "a1", "a1.words": SAID}
    for report_id in (sent, uuid4()):
        answers = [
            other.get(f"/reports/{report_id}/answer"),
            other.post(f"/reports/{report_id}/answer", data=given),
            other.post(f"/reports/{report_id}/answer/kept", data=given),
        ]
        assert [each.status_code for each in answers] == [404, 404, 404]
    for address in ("/talk/", f"/talk/incidents/{incident}"):
        assert other.get(address).status_code == 403
    assert other.post(f"/talk/questions/{id}/settle").status_code == 403


def test_asked_in_the_inbox_with_words_and_waiting_again_after_the_answer(browser_for, staff, sent, house):
    reviewer = browser_for("reviewer")
    given = {"deed": "ask", "question": "where", "words": WORDS}
    assert reviewer.post(f"/inbox/{sent}", data=given).status_code == 303
    shown = browser_for("researcher").get(f"/reports/{sent}").text
    assert "Where did it happen?" in shown
    assert WORDS in shown
    with staff.researcher.work() as work:
        (asked,) = questions.of_report(work, work.get(Report, sent))
    with staff.researcher.work() as work:
        questions.answer(work, sent, asked.question.id, SAID)
    assert SAID in reviewer.get(f"/inbox/{sent}").text
    assert "Answered" in reviewer.get("/inbox/").text
    assert house.db().get(Report, sent, populate_existing=True).state == ReportState.RECEIVED
    assert f"/inbox/{sent}" in reviewer.get("/talk/?state=answered").text


def test_a_comment_calls_a_colleague_to_their_first_page_until_they_saw_it(browser_for, incident):
    reviewer, other = browser_for("reviewer"), browser_for("other_reviewer")
    given = {"deed": "comment", "comment": "@Remo Inventado: ¿la hora del camión?"}
    assert reviewer.post(f"/talk/incidents/{incident}", data=given).status_code == 303
    assert "Rita Inventada calls you in a comment on I-" in other.get("/").text
    assert "calls you" not in reviewer.get("/").text
    assert "la hora del camión" in other.get(f"/incidents/{incident}").text
    assert "calls you" not in other.get("/").text


def test_in_whose_hands_until_when_and_overdue_after_it(browser_for, staff, incident, house, monkeypatch):
    reviewer = browser_for("reviewer")
    with staff.reviewer.work() as work:
        today = work.today
    given = {"deed": "assign", "assignee": str(staff.reviewer.id), "until": today.isoformat()}
    assert reviewer.post(f"/talk/incidents/{incident}", data=given).status_code == 303
    assert "until" in reviewer.get(f"/incidents/{incident}").text
    assert "Overdue" not in reviewer.get("/review/").text
    with staff.reviewer.work() as work:
        work.get(Incident, incident).due_on = today - timedelta(days=1)
        work.note("incident.assigned", work.get(Incident, incident))
    assert "Overdue" in reviewer.get("/review/").text
    assert "Incidents in my hands past their day" in reviewer.get("/").text
    assert "Overdue" in reviewer.get("/review/workload").text
