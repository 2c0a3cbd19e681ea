"""Looked at again, what was typed stays, and in no address; what is no number of ours is no fault of the server."""

import re

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from incidents.errors import NotFound
from incidents.intake import report, schema, take_in
from incidents.model.incident import Act
from incidents.web import blocks, forms
from tests import make
from tests.web.reading import form, problems

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)

WHY = "The same register, compared line by line with the paper."
NO_NUMBERS = ("²", "9" * 5000, "9" * 30, "١٢", "-1", "")


@pytest.fixture
def waiting(staff):
    for _each in range(2):
        with staff.researcher.work() as work:
            sent = report.send(work, schema.load(make.report_document()), "page").id
        with staff.coordinator.work() as work:
            take_in.take_in(work, sent)
    with staff.coordinator.work() as work:
        return list(work.db.scalars(select(Act.id).order_by(Act.received_on, Act.id)))


def states(house):
    house.db().rollback()
    house.db().expire_all()
    return sorted(act.verification.value for act in house.db().scalars(select(Act)))


def look(reader, page, **typed):
    given = form(page, having="to").filled("look")
    given.update(typed)
    answer = reader.post("/review/many/", data=given)
    assert answer.status_code == 200
    return answer.text


def test_looking_again_keeps_the_reasons_and_moves_nothing(browser_for, waiting, house):
    reader = browser_for("reviewer")
    address = "/review/many/?" + "&".join(f"acts={id}" for id in waiting)
    page = look(reader, reader.get(address).text, to="CRE")
    assert 'method="get"' not in page  # the reasons would stand in the address
    page = look(reader, page, reasons=WHY, to="UNL")
    given = form(page, having="reasons")
    assert (given.typed["reasons"], given.typed["looked"]) == (WHY, "UNL")
    assert 'data-guard="typed"' in page
    page = look(reader, page, to="VER")  # none of them would move: the reasons stay for another look
    assert form(page, having="reasons").typed["reasons"] == WHY
    given = form(look(reader, page, to="CRE"), having="reasons").filled("move")
    given["to"] = "UNL"  # chosen, and not looked at
    answer = reader.post("/review/many/", data=given)
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["to"]
    assert form(answer.text, having="reasons").typed["looked"] == "UNL"
    assert states(house) == ["REC", "REC"]
    assert (
        reader.post("/review/many/", data=form(answer.text, having="reasons").filled("move")).status_code
        == 303
    )
    assert states(house) == ["UNL", "UNL"]
    page = reader.get(f"{address}&to=UNL").text
    assert "2 acts stay" in page
    assert "It is in this state already" in page
    assert "There is no such step" not in page


def test_of_what_stayed_it_is_said_why(browser_for, waiting):
    reader = browser_for("reviewer")
    data = {"to": "CRE", "seen": [f"{waiting[0]}:1", f"{waiting[1]}:7"], "reasons": WHY}
    done = reader.get(reader.post("/review/many/", data=data).location).text
    assert "1 act moved: Credible" in done
    assert "1 act stayed where it is. Somebody changed it or decided on it since." in done
    data = {"to": "CRE", "seen": f"{waiting[0]}:2", "reasons": WHY}
    done = reader.get(reader.post("/review/many/", data=data).location).text
    assert re.search(r'notice care">.{0,400}0 acts moved', done, re.DOTALL)  # no success


def test_what_is_no_number_of_ours_is_no_fault(browser_for, waiting, house):
    reader, reviewer = browser_for("coordinator"), browser_for("reviewer")
    for number in NO_NUMBERS:
        data = {"to": "CRE", "seen": f"{waiting[0]}:{number}", "reasons": WHY}
        assert reviewer.post("/review/many/", data=data).status_code == 303
        # Asked for by its number, a page is the first one where that is none.
        for address in ("/trail?before={}", "/incidents/?size={}"):
            assert reader.get(address.format(number)).status_code == 200
        decided = {"version": number, "move": "CRE", "reasons": WHY}
        assert reviewer.post(f"/review/{waiting[0]}", data=decided).status_code == 422
        typed = MultiDict({f"acts.{number}.type": "KID", f"incident.mpp.returned_on.{number}.year": "2019"})
        for deed in ("add:acts", "remove:acts.0"):
            assert set(typed) <= set(blocks.changed(typed, deed)[0])
        with pytest.raises(NotFound):
            blocks.changed(typed, f"remove:acts.{number}")
        forms.read(typed)
    assert states(house) == ["REC", "REC"]
