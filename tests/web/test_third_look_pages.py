"""What a border researcher with a bad phone and a hostile engineer found: nobody reads what another typed, and more."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from incidents import search
from incidents.app import create_app
from incidents.errors import InvalidInput, OnlyPractice, WillNotStart
from incidents.intake import drafts, interviews, report, schema, take_in
from incidents.model import clock
from incidents.model.incident import Incident
from incidents.model.report import Report, ReportPart
from incidents.web import moments
from incidents.work import Compartment
from tests import make
from tests.make import PASSPHRASE
from tests.web.reading import form, links, problems

WORDS = "Nos bajaron del camión en el puente"
INBOX = r"/inbox/[0-9a-f-]{36}"
FOLLOW = {"follow_redirects": True}
NOTHING = "/reports/nothing"


def new(writer, path="/reports/new"):
    """The address of a new report, and its form."""
    address = writer.get(path).location
    deed = "NOT" if path == NOTHING else "send"
    return address, form(writer.get(address).text, having="client_id").filled(deed)


def send(member, **changes):
    with member.work() as work:
        return report.send(work, schema.load(make.report_document(**changes)), "page", uuid4()).id


def only(house):
    house.db().rollback()
    return house.db().scalars(select(Report)).one()


def told(staff, id):
    with staff.researcher.work() as work:
        return report.read_own(work, id).document


def entered(client, member, page, **more):
    """Somebody signs in on the page that stood open."""
    typed = form(page, having="passphrase").typed
    return client.post(
        "/sign-in", data={**typed, "name": member.name, "passphrase": PASSPHRASE, **more}, **FOLLOW
    )


# -- whose text it is


def left_open(browser_for, staff, house):
    """A page that one member typed on, sent after their session ended."""
    client = browser_for("researcher")
    address, page = new(client)
    page["narrative"] = WORDS
    house.sessions.end_all(staff.researcher.id)
    return client, address, client.post(address, data=page)


def test_the_sign_in_page_holds_what_was_typed_closed(browser_for, staff, house):
    _client, _address, refused = left_open(browser_for, staff, house)
    assert refused.status_code == 401
    assert "bajaron" not in refused.text
    assert form(refused.text, having="passphrase").typed["kept"]


def test_another_member_who_signs_in_there_gets_nothing_of_it(browser_for, staff, house):
    client, _address, refused = left_open(browser_for, staff, house)
    page = entered(client, staff.other_researcher, refused.text).text
    assert "bajaron" not in page
    assert "written by another member" in page
    house.db().rollback()
    assert house.db().scalar(select(func.count()).select_from(Report)) == 0


def test_its_writer_gets_it_back_and_sends_it(browser_for, staff, house):
    client, address, refused = left_open(browser_for, staff, house)
    again = form(entered(client, staff.researcher, refused.text).text, having="client_id")
    assert again.typed["narrative"] == WORDS
    assert again.action == address
    assert client.post(again.action, data=again.typed).status_code == 303
    assert told(staff, only(house).id)["narrative"] == WORDS


def test_a_page_left_open_is_not_sent_under_another_member_s_name(browser_for, staff, house):
    client = browser_for("researcher")
    address, page = new(client)
    page["narrative"] = WORDS
    other = browser_for("other_researcher")
    for deed in ("send", "save", "go:who"):
        refused = other.post(address, data={**page, "deed": deed})
        assert refused.status_code == 409
        assert "bajaron" not in refused.text
    assert other.post("/reports/autosave", data=page).status_code == 409
    with staff.other_researcher.work() as work:
        assert drafts.own(work) == report.own(work) == []
    again = form(entered(other, staff.researcher, refused.text).text, having="client_id")
    assert again.typed["narrative"] == WORDS


def test_a_mark_that_the_node_did_not_make_brings_nothing_back(browser_for, staff, house):
    client = browser_for("researcher")
    _address, page = new(client)
    page |= {"narrative": WORDS, "writer": "00" * 64 + staff.researcher.id.hex}
    house.sessions.end_all(staff.researcher.id)
    refused = client.post("/reports/new", data=page)
    assert "bajaron" not in refused.text
    assert "kept" not in form(refused.text, having="passphrase").typed


def test_an_altered_text_opens_for_nobody(browser_for, staff, house):
    client, _address, refused = left_open(browser_for, staff, house)
    kept = form(refused.text, having="passphrase").typed["kept"]
    assert "bajaron" not in entered(client, staff.researcher, refused.text, kept=kept[:-8] + "AAAAAAA=").text


# -- danger


def test_danger_that_was_not_asked_is_not_a_no(browser_for, staff, house):
    writer = browser_for("researcher")
    address, page = new(writer)
    assert page["danger"] == "NAS"
    page["narrative"] = WORDS
    writer.post(address, data=page)
    sent = only(house)
    assert (sent.danger, told(staff, sent.id)["danger"]) == ("NAS", "NAS")
    for address in ("/inbox/", f"/inbox/{sent.id}"):
        assert "Danger: not asked" in browser_for("reviewer").get(address).text
    assert "Danger: not asked" in writer.get(f"/reports/{sent.id}").text


@pytest.mark.parametrize("code", ["UNK", "NAS", "DEC", "NAP", "no", "today"])
def test_every_answer_about_danger_stands_in_the_report_and_none_stands_for_no(staff, house, code):
    id = send(staff.researcher, danger=code)
    assert (only(house).danger, told(staff, id)["danger"]) == (code, code)


def test_a_report_that_says_nothing_of_danger_was_not_asked(staff, house):
    document = make.report_document()
    del document["danger"]
    with staff.researcher.work() as work:
        report.send(work, schema.load(document), "api", uuid4())
    assert only(house).danger == "NAS"
    with staff.reviewer.work() as work:
        assert report.urgent(work) == []


def test_the_inbox_says_before_which_day_and_shows_the_nearest_first(browser_for, staff):
    calm = send(staff.researcher)
    later = send(staff.researcher, danger="before", danger_before="2026-12-24")
    sooner = send(staff.researcher, danger="before", danger_before="2026-12-02")
    now = send(staff.researcher, danger="today")
    page = browser_for("reviewer").get("/inbox/").text
    assert [link.rpartition("/")[2] for link in links(page, INBOX)] == [
        str(id) for id in (now, sooner, later, calm)
    ]
    assert "In danger before December 2, 2026" in page
    assert "In danger before December 2, 2026" in browser_for("reviewer").get(f"/inbox/{sooner}").text


# -- interviews in which nothing happened


def test_an_interview_in_which_nothing_happened_was_today_until_somebody_says_otherwise(
    browser_for, staff, house
):
    writer = browser_for("researcher")
    address, page = new(writer, NOTHING)
    writer.post(address, data={**page, "deed": "NOT"})
    said = told(staff, only(house).id)["interview"]
    assert said == {"outcome": "NOT", "on": {"edtf": clock.today().isoformat(), "precision": "DAY"}}
    with staff.reviewer.work() as work:
        interviews.record_all(work)
    with staff.reviewer.work() as work:
        assert list(interviews.counted(work).months) == [f"{clock.today():%Y-%m}"]


def test_its_day_may_be_another_or_not_known(browser_for, staff, house):
    writer = browser_for("researcher")
    address, page = new(writer, NOTHING)
    writer.post(address, data={**page, "interview.on.kind": "unknown", "deed": "STP"})
    assert told(staff, only(house).id)["interview"]["on"] == {"edtf": "", "precision": "UNK"}


def test_whoever_was_stopped_on_the_way_may_be_in_danger_and_is_not_recorded_away(browser_for, staff, house):
    writer = browser_for("researcher")
    address, page = new(writer, NOTHING)
    receipt = writer.post(address, data={**page, "danger": "today", "deed": "STP"}, **FOLLOW).text
    assert "Call your coordinator" in receipt
    sent = only(house)
    assert sent.danger == "today"
    assert links(browser_for("reviewer").get("/inbox/").text, INBOX) == [f"/inbox/{sent.id}"]
    page = browser_for("reviewer").get("/interviews/waiting").text
    assert "In danger now" in page
    assert '<button type="submit">Record' not in page
    with staff.reviewer.work() as work:
        assert interviews.record_all(work) == 0
    with staff.reviewer.work() as work:
        interviews.record(work, sent.id)


def test_a_problem_on_that_page_names_a_field_that_is_on_it(browser_for):
    writer = browser_for("researcher")
    address, page = new(writer, NOTHING)
    answer = writer.post(
        address, data={**page, "narrative": "Una mujer", "acts.0.type": "nonsense", "deed": "REF"}
    )
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["narrative"]
    assert "A note, without names</a>" in answer.text
    assert "The account</a>" not in answer.text


@pytest.mark.parametrize("outcome", ["NOT", "STP", "REF"])
def test_an_interview_that_told_of_nothing_becomes_no_incident(browser_for, staff, house, outcome):
    with staff.researcher.work() as work:
        document = schema.load({"interview": {"outcome": outcome}, "danger": "no"})
        id = report.send(work, document, "page", uuid4()).id
    with staff.reviewer.work() as work, pytest.raises(InvalidInput):
        take_in.take_in(work, id)
    reader = browser_for("reviewer")
    page = form(reader.get(f"/inbox/{id}").text, having="acts.0.type").filled("take_in")
    answer = reader.post(f"/inbox/{id}", data=page)
    assert answer.status_code == 422
    assert "Record the interview instead" in answer.text
    house.db().rollback()
    assert house.db().scalars(select(Incident)).all() == []
    page["acts.0.type"] = "THR"
    assert reader.post(f"/inbox/{id}", data=page).status_code == 303


# -- going back


def test_going_back_after_sending_shows_the_receipt_and_never_a_second_report(browser_for, house):
    writer = browser_for("researcher")
    address, page = new(writer)
    page["narrative"] = WORDS
    receipt = writer.post(address, data=page).location
    assert writer.get(address).location == receipt
    assert writer.post(address, data=page).location == receipt
    assert house.db().scalar(select(func.count()).select_from(Report)) == 1
    address, page = new(writer, NOTHING)
    receipt = writer.post(address, data={**page, "deed": "NOT"}).location
    assert writer.get(address).location == receipt


def test_every_page_of_a_draft_that_was_sent_leads_to_its_receipt(browser_for):
    writer = browser_for("researcher")
    address, page = new(writer)
    page["narrative"] = WORDS
    step = writer.post(address, data={**page, "deed": "go:who"}).location
    page = form(writer.get(step).text, having="client_id").filled("send")
    receipt = writer.post(step, data=page).location
    assert writer.get(step).location == writer.get(address).location == receipt


@pytest.mark.parametrize("what", ["persons", "acts", "perpetrators", "sources"])
def test_a_block_more_is_an_address_that_can_be_gone_back_to(browser_for, what):
    writer = browser_for("researcher")
    address, page = new(writer)
    page["narrative"] = WORDS
    step = {"persons": "who", "acts": "what", "perpetrators": "doers", "sources": "after"}[what]
    at = writer.post(address, data={**page, "deed": f"go:{step}"}).location
    for more in (2, 3):
        page = form(writer.get(at).text, having="client_id").filled(f"add:{what}")
        answer = writer.post(at, data=page)
        assert answer.status_code == 303
        at = answer.location
        assert f'id="{what}-{more - 1}"' in writer.get(at).text


def test_another_member_s_page_is_an_empty_one_and_holds_nothing(browser_for):
    writer = browser_for("researcher")
    address, page = new(writer)
    page["narrative"] = WORDS
    writer.post(address, data={**page, "deed": "save"})
    other = browser_for("other_researcher")
    assert "bajaron" not in other.get(address).text
    mine = form(other.get(address).text, having="client_id").filled("save")
    assert other.post(address, data={**mine, "narrative": "Otra cosa"}).status_code == 404


# -- told apart, and no name over a shoulder


def test_drafts_and_reports_of_one_day_are_told_apart_without_a_word_of_them(browser_for, staff):
    send(staff.researcher)
    with staff.researcher.work() as work:
        typed = [("narrative", WORDS), ("persons.0.key", "p1"), ("persons.0.teller", "yes")]
        typed += [("acts.0.type", "KID"), ("acts.1.type", "EXT"), ("incident.place.city", "28027")]
        drafts.save(work, uuid4(), typed)
    page = browser_for("researcher").get("/reports/").text
    assert re.search(r'<time datetime="[^"]+Z">\d\d:\d\d</time> · 1 person · 2 acts · Nuevo Laredo', page)
    assert re.search(r'<time datetime="[^"]+Z">\d\d:\d\d</time> · 2 persons · 1 act', page)
    assert "bajaron" not in page
    for canary in make.CANARIES:
        assert canary not in page


def test_a_person_in_an_act_is_a_number_and_no_name(browser_for):
    writer = browser_for("researcher")
    address, page = new(writer)
    page["narrative"] = WORDS
    who = writer.post(address, data={**page, "deed": "go:who"}).location
    page = form(writer.get(who).text, having="client_id").filled("go:what")
    page["persons.0.identity.name"] = make.CANARY_NAME
    what = writer.get(writer.post(who, data=page).location).text
    assert make.CANARY_NAME not in what
    assert "The person who tells" in what


# -- which day it is


@pytest.fixture
def in_tijuana():
    clock.set_zone("America/Tijuana")
    yield
    clock.set_zone("UTC")


def test_an_evening_at_the_border_is_not_tomorrow(staff, in_tijuana):
    evening = datetime(2026, 11, 15, 5, 30, tzinfo=UTC)
    assert clock.day_of(evening) == date(2026, 11, 14)
    assert clock.day_of(datetime(2026, 7, 15, 6, 59, tzinfo=UTC)) == date(2026, 7, 14)  # in summer too
    with staff.researcher.work() as work:
        work.now = lambda: evening
        assert work.today == date(2026, 11, 14)
    assert moments.here() == clock.today()


def test_a_time_zone_that_is_none_keeps_the_app_from_starting(settings):
    with pytest.raises(WillNotStart) as found:
        create_app(replace(settings, timezone="Mars/Olympus"))
    assert "Write it as America/Tijuana" in found.value.said()


# -- practice


@pytest.fixture
def practised(browser_for, house):
    writer = browser_for("researcher")
    address, page = new(writer)
    receipt = writer.post(
        address, data={**page, "narrative": WORDS, "practice": "yes", "danger": "today"}, **FOLLOW
    )
    assert "This was practice" in receipt.text
    return only(house).id


def test_practice_is_taken_in_recorded_and_counted_nowhere(browser_for, staff, practised):
    with staff.reviewer.work() as work:
        assert report.inbox(work) == report.urgent(work) == interviews.waiting(work) == []
        assert search.told.count(work) == 0
        for deed in (take_in.take_in, interviews.record):
            with pytest.raises(OnlyPractice):
                deed(work, practised)
        with pytest.raises(OnlyPractice):
            report.set_aside(work, work.get(Report, practised), "test")
    reader = browser_for("reviewer")
    assert links(reader.get("/inbox/").text, INBOX) == []
    page = reader.get("/inbox/?state=practice").text
    assert links(page, INBOX) == [f"/inbox/{practised}"]
    assert "Practice</span>" in page
    assert 'value="take_in"' not in reader.get(f"/inbox/{practised}").text


def test_practice_wears_a_badge_from_its_draft_on(browser_for, practised):
    writer = browser_for("researcher")
    assert "Practice</span>" in writer.get("/reports/").text
    assert "Practice</span>" in writer.get(f"/reports/{practised}").text
    address, page = new(writer)
    at = writer.post(address, data={**page, "narrative": "x", "practice": "yes", "deed": "go:who"}).location
    assert "Practice</span>" in writer.get(at).text


@pytest.mark.parametrize("who", ["researcher", "coordinator"])
def test_practice_is_cleared_by_its_writer_or_a_coordinator_and_opens_never_again(
    browser_for, staff, house, practised, who
):
    part = house.db().scalars(select(ReportPart)).first().id
    house.db().rollback()
    assert browser_for(who).post(f"/reports/{practised}/clear").status_code == 303
    house.db().rollback()
    assert house.db().scalars(select(Report)).all() == house.db().scalars(select(ReportPart)).all() == []
    assert (part, Compartment.INTAKE.value) in house.keystore.erased([part])
    with staff.coordinator.work() as work:
        assert list(work.breaks()) == []


def test_nobody_else_clears_practice_and_nobody_clears_a_report(browser_for, staff, practised):
    for who in ("other_researcher", "reviewer"):
        assert browser_for(who).post(f"/reports/{practised}/clear").status_code == 404
    real = send(staff.researcher)
    for who in ("researcher", "coordinator"):
        assert browser_for(who).post(f"/reports/{real}/clear").status_code == 404


# -- the page of take-in on a phone


def test_the_sections_of_take_in_are_folded_and_open_where_something_is_wrong(browser_for, staff):
    id = send(staff.researcher)
    reader = browser_for("reviewer")
    page = reader.get(f"/inbox/{id}").text
    assert not re.search(r'<details class="section"[^>]* open', page)
    typed = form(page, having="acts.0.type").filled("take_in")
    typed["persons.1.facts.age"] = "mucho"
    page = reader.post(f"/inbox/{id}", data=typed).text
    assert re.findall(r'<details class="section" id="s-(\w+)" open', page) == ["who"]
