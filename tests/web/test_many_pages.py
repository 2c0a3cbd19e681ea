"""Acts are chosen in the queue, looked at, moved together and moved back on pages; without JavaScript."""

import re

import pytest
from sqlalchemy import select

from incidents.intake import report, schema, take_in
from incidents.model.incident import Act
from incidents.model.vocabulary import Verification
from tests import make
from tests.web.reading import form, links, problems

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)

V = Verification
WHY = "The same register, compared line by line with the paper."
MOVE = r"/review/many/[0-9a-f-]{36}"


@pytest.fixture
def waiting(staff):
    """Three acts that wait: two of a researcher, one restricted."""
    for acts in (None, None, [{"key": "a1", "type": "SXA", "status": "C"}]):
        with staff.researcher.work() as work:
            told = make.report_document(**({"acts": acts} if acts else {}))
            sent = report.send(work, schema.load(told), "page").id
        with staff.coordinator.work() as work:
            take_in.take_in(work, sent)
    with staff.coordinator.work() as work:
        return list(work.db.scalars(select(Act.id).order_by(Act.received_on, Act.id)))


def states(house):
    house.db().rollback()
    house.db().expire_all()
    return sorted(act.verification.value for act in house.db().scalars(select(Act)))


def test_acts_are_looked_at_moved_together_and_moved_back(browser_for, waiting, house):
    reader = browser_for("reviewer")
    queue = reader.get("/review/").text
    assert 'formaction="/review/many/"' in queue
    (every,) = links(queue, r"/review/many/\?all=yes")
    assert "3 acts are chosen" in reader.get(every).text
    assert "1 act is chosen" in reader.get(f"/review/many/?acts={waiting[0]}").text
    page = reader.get(f"{every}&to=CRE").text
    assert "two reviewers have to agree, each by opening it" in page
    assert "1 act stays" in page
    for canary in make.CANARIES:
        assert canary not in page
    assert states(house) == ["REC"] * 3
    given = form(page, having="reasons").typed
    seen = re.findall(r'name="seen" value="([^"]+)"', page)
    assert (given["to"], len(seen)) == ("CRE", 2)
    answer = reader.post("/review/many/", data={"to": "CRE", "seen": seen, "reasons": "ok"})
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["reasons"]
    assert form(answer.text, having="reasons").typed["reasons"] == "ok"
    answer = reader.post("/review/many/", data={"to": "CRE", "seen": seen, "reasons": WHY})
    assert answer.status_code == 303
    assert states(house) == ["CRE", "CRE", "REC"]
    done = reader.get(answer.location).text
    assert "2 acts moved: Credible" in done
    (back,) = links(done, MOVE)
    page = reader.get(back).text
    assert "Rita Inventada moved 2 acts on" in page
    assert reader.post(back, data={"reasons": ""}).status_code == 422
    answer = reader.post(back, data={"reasons": WHY})
    assert answer.status_code == 303
    assert "2 acts moved back" in reader.get(answer.location).text
    assert states(house) == ["REC"] * 3
    assert "Somebody changed it or decided on it since" in reader.get(back).text


def test_moving_together_is_the_reviewers_and_what_was_not_chosen_is_said(browser_for, waiting, house):
    reader = browser_for("reviewer")
    assert "No act was chosen" in reader.get("/review/many/").text
    assert reader.post("/review/many/", data={"to": "nonsense", "reasons": WHY}).status_code == 422
    assert reader.get("/review/many/?acts=nonsense").status_code == 404
    seen = [f"{id}:1" for id in waiting]
    for who in ("researcher", "analyst"):
        answer = browser_for(who).post("/review/many/", data={"to": "CRE", "seen": seen, "reasons": WHY})
        assert answer.status_code == 403
    assert states(house) == ["REC"] * 3


def test_after_a_decision_the_next_act_is_offered_first_with_the_focus(browser_for, waiting):
    reader = browser_for("reviewer")
    page = reader.get(f"/review/{waiting[0]}").text
    assert "autofocus" not in page
    answer = reader.post(f"/review/{waiting[0]}", data={"move": "CRE", "reasons": WHY})
    assert answer.status_code == 303
    page = reader.get(answer.location).text
    assert re.search(rf'href="/review/{waiting[1]}" data-key="n" autofocus', page)
    reader.post(f"/review/{waiting[1]}", data={"move": "CRE", "reasons": WHY})
    answer = reader.post(f"/review/{waiting[2]}", data={"move": "UNL", "reasons": WHY})
    assert "No other act waits for you" in reader.get(answer.location).text
