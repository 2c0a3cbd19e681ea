"""Incidents are joined and taken apart on a page, each time with why, and each time undone."""

import re

import pytest
from sqlalchemy import select

from incidents import accounts, gate, search
from incidents.intake import report, schema, take_in
from incidents.model.incident import Incident
from incidents.model.rearrangement import Rearrangement
from incidents.model.report import Report
from incidents.model.review import KeptContradiction
from incidents.model.vocabulary import ReportState
from tests import make
from tests.browser import DESK, PHONE
from tests.web.reading import links, problems
from tests.web.walking import look

WHY = "Both tell of the same night, seen by two people."
TWO_ACTS = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "ROB", "status": "C"}]
BACKWARDS = [
    {
        "key": "a1",
        "type": "KID",
        "kidnapping": {
            "since": {"edtf": "2019-02-04", "precision": "DAY"},
            "until": {"edtf": "2019-02-01", "precision": "DAY"},
            "asked": "500",
            "paid": "900",
        },
    }
]


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def taken(staff):
    """A report sent and taken in: the ids of both, the reference of the incident."""

    def take(**changes):
        with staff.researcher.work() as work:
            sent = report.send(
                work, schema.load(make.report_document(involvements=None, **changes)), "page"
            ).id
        with staff.coordinator.work() as work:
            incident = take_in.take_in(work, sent)
            return sent, incident.id, incident.reference

    return take


def fresh(house):
    house.db().rollback()
    house.db().expire_all()
    return house.db()


def done(reader, incident, deed, **typed):
    data = {"deed": deed, f"{deed}.reasons": WHY, **typed}
    return reader.post(f"/incidents/{incident}/arrange", data=data)


def undone(reader, house):
    row = fresh(house).scalars(select(Rearrangement).where(Rearrangement.undone_on.is_(None))).one()
    address = f"/incidents/arrangements/{row.id}/undo"
    assert "Undo this" in reader.get(address).text
    assert problems(reader.post(address, data={"undo.reasons": "no"}).text).keys() == {"undo-reasons"}
    return reader.post(address, data={"undo.reasons": "It was a mistake of ours."})


def test_merged_and_undone(reader, taken, house):
    _a, one, _first = taken()
    _b, other, reference = taken(acts=TWO_ACTS)
    answer = done(reader, one, "merge", other=reference.lower())
    assert answer.location == f"/incidents/{one}"
    shown = reader.get(answer.location).text
    assert f"Also read and counted here: {reference}." in shown
    assert shown.count("Kidnapping for ransom</h3>") == 2
    led = reader.get(f"/incidents/{other}")
    assert led.location == f"/incidents/{one}"
    assert links(reader.get("/incidents/").text, r"/incidents/[0-9a-f-]{36}") == [f"/incidents/{one}"]
    assert undone(reader, house).status_code == 303
    assert reader.get(f"/incidents/{other}").status_code == 200


def test_split_and_undone(reader, taken, house, staff):
    _sent, incident, reference = taken(acts=TWO_ACTS)
    with staff.coordinator.work() as work:
        act = search.open_incident(work, incident).acts[1][0].id
    answer = done(reader, incident, "split", acts=str(act))
    assert answer.status_code == 303
    assert "Robbery" in reader.get(answer.location).text
    assert (
        "Robbery"
        not in reader.get(f"/incidents/{incident}").text.split('id="acts"')[1].split("</section>")[0]
    )
    assert undone(reader, house).location == f"/incidents/{incident}"
    assert "Robbery" in reader.get(f"/incidents/{incident}").text
    assert "became I-" in reader.get(f"/incidents/{incident}/arrange").text
    assert reference in reader.get(f"/incidents/{incident}/arrange").text


def test_unlinked_the_report_waits_again(reader, taken, house):
    sent, incident, _reference = taken()
    answer = done(reader, incident, "unlink", report=str(sent))
    assert answer.location == f"/inbox/{sent}"
    assert fresh(house).get_one(Report, sent).state == ReportState.RECEIVED
    assert "Take it in" in reader.get(answer.location).text
    assert "No act is coded yet." in reader.get(f"/incidents/{incident}").text


def test_two_records_of_one_person_are_said_to_be_one_and_two_again(reader, taken, house, staff):
    _sent, incident, _reference = taken()
    with staff.coordinator.work() as work:
        one, other = (person.id for person, _facts in search.people_of(work, incident))
    answer = done(reader, incident, "person", one=str(one), same=str(other))
    assert "Person 2 is person 1, told of twice" in reader.get(answer.location).text
    assert "Another record of this person" in reader.get(f"/incidents/persons/{other}").text
    assert undone(reader, house).location == f"/incidents/persons/{one}"
    assert "told of twice" not in reader.get(f"/incidents/{incident}").text


def test_incidents_are_linked_and_read_from_both_sides(reader, taken, house):
    _a, one, first = taken()
    _b, other, second = taken()
    assert done(reader, one, "relate", related=second, kind="PRE").status_code == 303
    assert "Came before" in reader.get(f"/incidents/{one}").text
    assert "Followed upon" in reader.get(f"/incidents/{other}").text
    assert first in reader.get(f"/incidents/{other}").text
    page = reader.get(f"/incidents/{other}/arrange").text
    link = page.split('name="link" value="')[1].split('"')[0]
    assert (
        reader.post(f"/incidents/{other}/arrange", data={"deed": "unrelate", "link": link}).status_code == 303
    )
    assert "Came before <a" not in reader.get(f"/incidents/{one}").text


@pytest.mark.parametrize(
    ("deed", "typed", "wrong"),
    [
        ("merge", {"other": "I-2222-2222"}, {"other"}),
        ("merge", {"other": "own"}, {"other"}),
        ("merge", {"other": "other", "merge.reasons": "no"}, {"merge-reasons"}),
        ("split", {}, {"acts"}),
        ("unlink", {"report": "nonsense"}, {"report"}),
        ("person", {"one": "nonsense", "same": ""}, {"same"}),
        ("relate", {"related": "other", "kind": "XXX"}, {"related"}),
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed_and_nothing_is_done(
    reader, taken, house, deed, typed, wrong
):
    _a, one, own = taken(acts=TWO_ACTS)
    _b, _other, reference = taken()
    names = {"own": own, "other": reference}
    answer = done(reader, one, deed, **{name: names.get(value, value) for name, value in typed.items()})
    assert answer.status_code == 422
    assert problems(answer.text).keys() == wrong
    assert fresh(house).scalars(select(Rearrangement)).all() == []


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_joining_is_the_reviewers(browser_for, taken, who):
    sent, incident, _reference = taken()
    browser = browser_for(who)
    assert browser.get(f"/incidents/{incident}/arrange").status_code == 403
    assert browser.get(f"/incidents/told/{sent}").status_code == 403
    assert done(browser, incident, "unlink", report=str(sent)).status_code == 403


def test_a_contradiction_is_kept_on_purpose_and_let_go_of(reader, taken, house):
    _sent, incident, _reference = taken(acts=BACKWARDS)
    address = f"/incidents/{incident}"
    shown = reader.get(address).text
    assert "They were let go before they were taken." in shown
    assert "More was paid than was asked." in shown
    for said in ("Held until", "How much was paid?", "900"):
        assert said in shown
    about = fresh(house).get_one(Incident, incident)
    act = shown.split('name="about" value="')[1].split('"')[0]
    assert act != str(about.id)
    rule = {"deed": "keep", "rule": "paid_above_asked", "about": act}
    name = f"paid_above_asked.{act}.reasons"
    refused = reader.post(address, data={**rule, name: "yes"})
    assert refused.status_code == 422
    assert reader.post(address, data={**rule, name: "They paid twice, to two groups."}).status_code == 303
    shown = reader.get(address).text
    assert "They paid twice, to two groups." in shown
    assert "Kept on purpose" in shown
    kept = fresh(house).scalars(select(KeptContradiction)).one().id
    assert reader.post(address, data={"deed": "let_go", "kept": str(kept)}).status_code == 303
    assert "Kept on purpose" not in reader.get(address).text
    assert reader.post(address, data={**rule, "rule": "nonsense"}).status_code == 404


def test_a_report_as_told_stands_beside_its_incident_as_understood(reader, browser_for, taken, staff):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    coded = make.report_document()
    coded["acts"][0]["type"] = "KIX"
    coded["incident"]["place"] = {"country": "MEX", "state": "MX-TAM", "precision": "STA"}
    with staff.coordinator.work() as work:
        take_in.take_in(work, sent, schema.load(coded))
    page = reader.get(f"/incidents/told/{sent}").text
    assert "Baja California" in page
    assert "Tamaulipas" in page
    assert "Express kidnapping" in page
    assert make.CANARY_NARRATIVE in page
    assert make.CANARY_NAME not in page
    _other, elsewhere, _reference = taken()
    assert reader.get(f"/incidents/told/{sent}?incident={elsewhere}").status_code == 404


def test_the_pages_stand_on_a_phone_and_on_a_desk(site, house, staff, taken, open_page):
    """In a real browser: no accessibility fault, nothing wider than the screen."""
    waiting, incident, reference = taken(acts=[*BACKWARDS, {"key": "a2", "type": "ROB"}])
    _sent, _other, _ref = taken()
    with staff.researcher.work() as work:
        again = report.send(work, schema.load(make.report_document(acts=BACKWARDS)), "page").id
    token = staff.reviewer.token or accounts.sign_in(house, staff.reviewer.name, make.PASSPHRASE).token
    page = open_page()
    cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
    page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    for name, address in (
        ("c-inbox", f"/inbox/{again}"),
        ("c-incident", f"/incidents/{incident}"),
        ("c-told", f"/incidents/told/{waiting}"),
        ("c-arrange", f"/incidents/{incident}/arrange"),
    ):
        page.goto(f"{site}{address}")
        look(page, name)
        _fits(page, name)
    page.goto(f"{site}/inbox/{again}")
    page.get_by_text("Is it one we know?").click()
    page.fill('[name="known"]', reference)
    page.get_by_role("button", name="Compare with this incident").click()
    page.wait_for_selector("#choices")
    look(page, "c-choices")
    page.get_by_role("button", name="Link to this incident").click()
    page.wait_for_url(re.compile(f"/incidents/{incident}"))


def _fits(page, name):
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide"
