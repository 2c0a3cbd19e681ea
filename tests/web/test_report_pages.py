"""A field researcher writes, keeps, sends and reads reports, on a page without a script."""

import copy
import re
import threading
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from incidents.intake import drafts, questions, report, schema
from incidents.intake.report import parts_of
from incidents.model.audit import AuditEntry
from incidents.model.report import Draft, Report
from incidents.web import forms, moments, names, steps
from incidents.work import Compartment, Unreadable
from tests import make
from tests.web.reading import form, links, problems
from tests.web.test_forms import WHOLE

OPENED = "content.opened"
REPORT = r"/reports/[0-9a-f]{8}-[0-9a-f-]{27}"
DRAFT = r"/reports/drafts/[0-9a-f-]{36}"


@pytest.fixture
def writer(browser_for):
    return browser_for("researcher")


TOLD = {
    "narrative": "Nos bajaron del camión.\r\n  «Espere», dijo.\r\n",
    "danger": "no",
    "persons.0.consent.decisions.REC": "given",
    "persons.0.consent.decisions.STA": "given",
    "persons.0.consent.decisions.ROW": "refused",
    "persons.0.identity.name": make.CANARY_NAME,
    "persons.0.facts.age": "31",
    "persons.0.facts.nationality.0": "HTI",
    "persons.0.facts.nationality.1": "CHL",
    "acts.0.type": "KID",
    "acts.0.status": "C",
    "involvements.0.part": "DIR",
    "incident.moment.kind": "about",
    "incident.moment.day": "2019-11-14",
    "incident.place.city": "28027",
    "incident.outcome": ["INM", "FLE"],
}


def fill(page, given, step):
    """The page's form with what belongs to it typed in."""
    made = form(page, having="client_id").filled()
    for name, value in given.items():
        if steps.of(name) == step and isinstance(value, list):
            made.setlist(name, value)
        elif steps.of(name) == step:
            made[name] = value
    return made


def write(writer, deed, upto="after", **typed):
    """A report written page by page, up to one of them, where a button is pressed; names with __ for the dots."""
    given = TOLD | {name.replace("__", "."): value for name, value in typed.items()}
    address = "/reports/new"
    for step in steps.SHOWS:
        made = fill(writer.get(address, follow_redirects=True).text, given, step)
        made["deed"] = deed if step == upto else f"go:{steps.after(step)}"
        answer = writer.post(address, data=made)
        if step == upto or answer.status_code != 303:
            return answer
        address = answer.location
    raise AssertionError(upto)


def send(writer, **typed):
    return write(writer, "send", **typed)


def opened(writer, step, **typed):
    """A draft with everything before this page typed: the address of the page, and its form."""
    before = list(steps.SHOWS)[list(steps.SHOWS).index(step) - 1]
    address = write(writer, f"go:{step}", upto=before, **typed).location
    return address, form(writer.get(address).text, having="client_id").typed


def filled(html, **typed):
    """The first page's form with consent and the account typed into it."""
    return fill(html, TOLD | {name.replace("__", "."): value for name, value in typed.items()}, "account")


def told(staff, report_id):
    with staff.researcher.work() as work:
        return report.read_own(work, report_id)


def only_report(house):
    house.db().rollback()
    return house.db().scalars(select(Report)).one()


def apart(house):
    """The draft as it lies in the database now, kept while the row goes."""
    draft = house.db().scalars(select(Draft)).one()
    house.db().expunge(draft)
    house.db().rollback()
    return draft


def test_a_report_is_sent_listed_as_sealed_and_read_again(writer):
    sent = send(writer)
    assert sent.status_code == 303
    receipt = writer.get(sent.location).text
    listed = writer.get("/reports/").text
    (reference,) = set(re.findall(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}", receipt))
    assert reference in listed
    assert make.CANARY_NAME not in receipt
    assert make.CANARY_NAME not in listed
    (address,) = links(listed, REPORT)
    shown = writer.get(address).text
    assert make.CANARY_NAME in shown
    assert "«Espere», dijo." in shown


def test_what_is_typed_becomes_the_document(writer, house, staff):
    send(writer)
    document = told(staff, only_report(house).id).document
    assert document["narrative"] == "Nos bajaron del camión.\n  «Espere», dijo.\n"
    assert document["incident"] == {
        "moment": {"edtf": "2019-11-14~", "precision": "APX"},
        "place": {"country": "MEX", "state": "MX-TAM", "municipality": "28027", "precision": "MUN"},
        "outcome": ["INM", "FLE"],
    }
    assert document["acts"] == [{"key": "a1", "type": "KID", "status": "C"}]
    assert document["involvements"] == [{"person": "p1", "act": "a1", "part": "DIR"}]
    assert "perpetrators" not in document
    (person,) = document["persons"]
    assert person["teller"] is True
    assert person["facts"] == {"age": 31, "nationality": ["HTI", "CHL"]}
    assert person["consent"]["decisions"] == {"REC": "given", "STA": "given", "ROW": "refused"}


def test_consent_carries_the_day_of_the_conversation(writer, house, staff):
    send(writer, interview__on__kind="day", interview__on__day="2019-12-01")
    (person,) = told(staff, only_report(house).id).document["persons"]
    assert person["consent"]["on"] == "2019-12-01"


def test_the_account_alone_is_a_report_and_lies_with_who_told_it(writer, house, staff):
    page = form(writer.get("/reports/new", follow_redirects=True).text, having="narrative").filled("send")
    page["narrative"] = "Solo esto."
    assert writer.post("/reports/new", data=page).status_code == 303
    document = told(staff, only_report(house).id).document
    assert [person["teller"] for person in document["persons"]] == [True]
    assert "acts" not in document


def test_ten_posts_are_one_report(writer, house):
    page = filled(writer.get("/reports/new", follow_redirects=True).text, deed="send")
    page["deed"] = "send"
    answers = [writer.post("/reports/new", data=page) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert only_report(house)


AT_ONCE = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.mark.parametrize("template", AT_ONCE, indirect=True)
@pytest.mark.parametrize("page_of", ["account", "after"])
def test_ten_posts_at_the_same_moment_are_one_report(writer, browser_for, house, page_of):
    if page_of == "account":
        address, page = "/reports/new", filled(writer.get("/reports/new", follow_redirects=True).text)
    else:
        address, page = opened(writer, "after")
    page["deed"] = "send"
    browsers, start, answers = [browser_for("researcher") for _ in range(10)], threading.Barrier(10), []

    def one(browser):
        start.wait()
        answers.append(browser.post(address, data=page))

    threads = [threading.Thread(target=one, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever lost the race twice is told to try again; nobody is told that it was sent when it was not.
    assert {answer.status_code for answer in answers} <= {303, 409}
    assert len({answer.location for answer in answers if answer.status_code == 303}) == 1
    assert writer.post(address, data=page).status_code == 303
    assert only_report(house)


def test_a_second_press_on_a_page_of_codes_is_the_same_report(writer, house):
    address, page = opened(writer, "after")
    page["deed"] = "send"
    first, second = (writer.post(address, data=page) for _ in range(2))
    assert first.location == second.location
    assert only_report(house)


def test_what_is_changed_after_sending_from_another_window_is_not_lost_in_silence(writer):
    address, page = opened(writer, "after")
    page["deed"] = "send"
    writer.post(address, data=page)
    page["summary"] = "Dos frases."
    page["incident.response"] = "NON"
    answer = writer.post(address, data=page)
    assert answer.status_code == 422
    assert "was sent already" in answer.text
    page["deed"] = "save"
    receipt = writer.get(writer.post(address, data=page).location).text
    assert "is not in it" in receipt


def test_nothing_typed_is_lost_by_an_error_and_it_is_told_at_its_field(writer, house):
    answer = send(writer, persons__0__facts__age="treinta", incident__moment__day="", summary="Dos frases.")
    assert answer.status_code == 422
    # The first page with a problem is shown; what the last page held travels along.
    assert problems(answer.text) == {"persons-0-facts-age": "Write a whole number, such as 17."}
    assert "Choose the day, or say that it is not known so exactly." in answer.text
    again = form(answer.text, having="client_id")
    assert again.typed["persons.0.facts.age"] == "treinta"
    assert again.typed["persons.0.facts.nationality.1"] == "CHL"
    assert again.typed["summary"] == "Dos frases."
    assert again.typed.getlist("incident.outcome") == ["INM", "FLE"]
    again.typed.update({"persons.0.facts.age": "30", "deed": "go:when"})
    address = f"/reports/drafts/{again.typed['client_id']}"
    page = form(writer.get(writer.post(address, data=again.typed).location).text, having="client_id").typed
    assert page["incident.moment.kind"] == "about"
    assert page["incident.place.city"] == "28027"
    page.update({"incident.moment.day": "2019-11-14", "deed": "send"})
    assert writer.post(address, data=page).status_code == 303
    assert only_report(house)


def test_a_page_that_was_emptied_is_empty(writer, house, staff):
    address, page = opened(writer, "after", incident__outcome=["INM", "FLE"])
    page.setlist("incident.outcome", ["INM"])
    page["deed"] = "save"
    writer.post(address, data=page)
    page = form(writer.get(address).text, having="client_id").typed
    del page["incident.outcome"]
    page["deed"] = "send"
    assert writer.post(address, data=page).status_code == 303
    document = told(staff, only_report(house).id).document
    assert "outcome" not in document["incident"]
    assert document["incident"]["place"]["municipality"] == "28027"


def test_a_problem_stands_at_its_block_also_after_an_empty_one(writer):
    address, page = opened(writer, "what")
    page["deed"] = "add:acts"
    page = form(writer.post(address, data=page, follow_redirects=True).text, having="client_id").typed
    page.update({"acts.0.type": "", "acts.0.status": "", "acts.1.status": "C", "deed": "send"})
    answer = writer.post(address, data=page)
    assert problems(answer.text) == {"acts-1-type": "Choose one, or leave all of this block empty."}


def press(writer, address, page, deed):
    """The form that comes back when a button is pressed that keeps the page."""
    page["deed"] = deed
    return form(writer.post(address, data=page, follow_redirects=True).text, having="client_id").typed


def go_on(writer, address, page, step):
    page["deed"] = f"go:{step}"
    return form(writer.get(writer.post(address, data=page).location).text, having="client_id").typed


def test_a_person_more_and_an_act_more_lose_nothing(writer, house, staff):
    address, page = opened(writer, "what")
    page["involvements.0.part"], page["acts.0.type"] = "DIR", "KID"
    page = go_on(writer, address, page, "who")
    page = press(writer, address, page, "add:persons")
    page.update({"persons.1.kind": "group", "persons.1.facts.group_size.best": "8"})
    page = go_on(writer, address, page, "what")
    assert page["involvements.0.part"] == "DIR"
    page = press(writer, address, page, "add:acts")
    assert page["involvements.0.part"] == "DIR"
    page.update({"acts.1.type": "EXR", "involvements.3.part": "IND", "deed": "send"})
    assert writer.post(address, data=page).status_code == 303
    document = told(staff, only_report(house).id).document
    assert [(p["kind"], p.get("teller", False)) for p in document["persons"]] == [
        ("individual", True),
        ("group", False),
    ]
    assert document["persons"][1]["facts"] == {"group_size": {"best": 8}}
    assert document["involvements"] == [
        {"person": "p1", "act": "a1", "part": "DIR"},
        {"person": "p2", "act": "a2", "part": "IND"},
    ]


def test_a_block_taken_away_takes_its_parts_along_and_no_others(writer):
    address, page = opened(writer, "who")
    for _ in range(2):
        page = press(writer, address, page, "add:persons")
    page["persons.2.identity.name"] = "Tercera Inventada"
    page = go_on(writer, address, page, "what")
    page.update({"involvements.0.part": "DIR", "involvements.1.part": "WIT", "involvements.2.part": "IND"})
    page = go_on(writer, address, page, "who")
    page = press(writer, address, page, "remove:persons.1")
    assert page["persons.1.identity.name"] == "Tercera Inventada"
    assert page["persons.1.key"] == "p3"
    page = go_on(writer, address, page, "what")
    assert [page["involvements.0.part"], page["involvements.1.part"]] == ["DIR", "IND"]
    page = press(writer, address, go_on(writer, address, page, "who"), "add:persons")
    assert [page[f"persons.{number}.key"] for number in range(3)] == ["p1", "p3", "p2"]


PIECES = (".kind", ".month", ".precision", ".season", ".between")


@pytest.mark.parametrize("step", steps.SHOWS)
def test_every_choice_that_the_page_offers_is_taken(writer, app, step):
    address = "/reports/new" if step == "account" else opened(writer, step, acts__0__type="KIV")[0]
    page = form(writer.get(address, follow_redirects=True).text, having="client_id")
    choices = {(name, value) for name, values in page.choices.items() for value in values if value}
    assert len(choices) > 10
    with app.test_request_context():
        for name, value in sorted(choices):
            typed = page.filled()
            typed.update({"narrative": "Algo.", "acts.0.type": "OTH", name: value})
            if not name.endswith(PIECES):
                assert forms.load(typed), (name, value)


def test_an_empty_page_is_not_a_report(writer, house):
    page = form(writer.get("/reports/new", follow_redirects=True).text, having="narrative").filled("send")
    answer = writer.post("/reports/new", data=page)
    assert answer.status_code == 422
    assert problems(answer.text) == {"narrative": "Nothing is written yet."}
    assert house.db().scalars(select(Report)).first() is None


@pytest.mark.parametrize("deed", ["send", "save", "stop"])
def test_who_does_not_want_to_be_written_down_is_not(writer, house, deed):
    answer = writer.post(
        "/reports/new",
        data=filled(
            writer.get("/reports/new", follow_redirects=True).text,
            persons__0__consent__decisions__REC="refused",
            deed=deed,
        ),
    )
    assert answer.status_code == 422
    assert "persons-0-consent-decisions-REC" in problems(answer.text)
    assert house.db().scalars(select(Report)).first() is None
    assert house.db().scalars(select(Draft)).first() is None


def test_a_draft_keeps_what_is_typed_even_half_a_date(writer):
    answer = write(writer, "save", upto="when", incident__moment__day="", persons__0__facts__age="treinta")
    assert answer.status_code == 303
    kept = form(writer.get(answer.location).text, having="client_id").typed
    assert kept["incident.moment.kind"] == "about"
    who = writer.get(answer.location.replace("step=when", "step=who")).text
    assert form(who, having="client_id").typed["persons.0.facts.age"] == "treinta"
    listed = writer.get("/reports/").text
    assert "1 draft is not sent yet" in listed
    assert make.CANARY_NAME not in listed


def test_saving_again_is_the_same_draft_and_sending_it_ends_it(writer, house, staff):
    page = filled(writer.get("/reports/new", follow_redirects=True).text, deed="save")
    address = writer.post("/reports/new", data=page).location
    page["narrative"] = "Y después nos soltaron."
    assert writer.post(address, data=page).location == address
    draft = apart(house)
    page["deed"] = "send"
    assert writer.post(address, data=page).status_code == 303
    assert house.db().scalars(select(Draft)).first() is None
    assert told(staff, only_report(house).id).document["narrative"] == "Y después nos soltaron."
    with staff.researcher.work() as work:
        assert work.vault.view(draft, "content") == Unreadable("erased")
    assert writer.get(address).location.endswith("/sent")


@pytest.mark.parametrize("step", steps.SHOWS)
def test_stop_here_on_every_page_keeps_and_asks_nothing_more(writer, step):
    answer = write(writer, "stop", upto=step)
    shown = writer.get(answer.location).text
    assert "Nothing more is asked" in shown
    (address, *_rest) = links(shown, DRAFT)
    assert form(writer.get(address).text, having="narrative").typed["narrative"].startswith("Nos bajaron")


def test_a_draft_opens_for_its_writer_alone(writer, browser_for, house, staff):
    page = filled(writer.get("/reports/new", follow_redirects=True).text, deed="save")
    address = writer.post("/reports/new", data=page).location
    for who in ("reviewer", "coordinator"):
        assert browser_for(who).get(address).status_code == 404
        assert browser_for(who).post(f"{address}/discard").status_code == 404
    draft = house.db().scalars(select(Draft)).one()
    with staff.coordinator.work() as work:
        assert work.vault.view(draft, "content") == Unreadable("no-key")
    with staff.researcher.work() as work:
        assert dict(drafts.read(work, draft.id).typed)["persons.0.consent.decisions.STA"] == "given"


def test_a_discarded_draft_opens_no_more(writer, house, staff):
    page = filled(writer.get("/reports/new", follow_redirects=True).text, deed="save")
    address = writer.post("/reports/new", data=page).location
    draft = apart(house)
    assert writer.post(f"{address}/discard").status_code == 303
    assert writer.get(address).status_code == 404
    with staff.researcher.work() as work:
        assert work.vault.view(draft, "content") == Unreadable("erased")


def test_clearing_the_page_keeps_nothing(writer, house):
    page = filled(writer.get("/reports/new", follow_redirects=True).text, deed="save")
    address = writer.post("/reports/new", data=page).location
    page["deed"] = "clear"
    assert writer.post(address, data=page).status_code == 303
    assert house.db().scalars(select(Draft)).first() is None


def test_what_is_typed_is_kept_now_and_then(writer, house):
    page = filled(writer.get("/reports/new", follow_redirects=True).text)
    answer = writer.post("/reports/autosave", data=page, headers={"HX-Request": "true"})
    assert "Kept as your draft" in answer.text
    assert "<html" not in answer.text
    assert house.db().scalars(select(Draft)).one().id.hex == page["client_id"].replace("-", "")


def test_only_fields_of_the_report_are_kept(writer, house, staff):
    page = filled(writer.get("/reports/new", follow_redirects=True).text, passphrase=make.PASSPHRASE)
    writer.post("/reports/autosave", data=page)
    draft = house.db().scalars(select(Draft)).one()
    with staff.researcher.work() as work:
        kept = dict(drafts.read(work, draft.id).typed)
    assert "narrative" in kept
    assert {"passphrase", "client_id", "deed"} & kept.keys() == set()


def test_an_untouched_page_is_not_kept(writer, house):
    page = form(writer.get("/reports/new", follow_redirects=True).text, having="narrative").filled()
    assert "Nothing is kept yet" in writer.post("/reports/autosave", data=page).text
    assert house.db().scalars(select(Draft)).first() is None


def test_a_late_save_does_not_bring_a_sent_draft_back(writer, house):
    page = filled(writer.get("/reports/new", follow_redirects=True).text, deed="send")
    writer.post("/reports/new", data=page)
    writer.post("/reports/autosave", data=page)
    assert house.db().scalars(select(Draft)).first() is None


def test_another_s_report_and_an_absent_one_are_the_same_answer(writer, browser_for):
    send(writer)
    (address,) = links(writer.get("/reports/").text, REPORT)
    another = browser_for("reviewer")
    nowhere = f"/reports/{uuid4()}"
    there, absent = another.get(address), another.get(nowhere)
    assert there.status_code == absent.status_code == 404
    assert there.text.replace(address, nowhere) == absent.text


def test_an_erased_part_is_shown_as_erased_and_the_rest_stays(writer, house, staff):
    send(writer)
    sent = only_report(house)
    with staff.coordinator.work() as work:
        (teller,) = [part for part in parts_of(work, [sent])[sent.id] if part.person_id]
    house.keystore.shred([(teller.id, Compartment.INTAKE)], "test")
    (address,) = links(writer.get("/reports/").text, REPORT)
    shown = writer.get(address).text
    assert make.CANARY_NAME not in shown
    assert "Espere" not in shown
    assert shown.count("Erased. Nobody can open this again.") == 2
    assert "Kidnapping for ransom" in shown


def test_somebody_in_danger_is_not_left_to_the_inbox(writer):
    assert "Call your coordinator" in writer.get(send(writer, danger="today").location).text


def test_a_danger_before_a_date_says_which(writer, house, staff):
    soon = (moments.here() + timedelta(days=3)).isoformat()
    receipt = writer.get(send(writer, danger="before", danger_before=soon).location).text
    assert "in danger before a date" in receipt
    assert told(staff, only_report(house).id).document["danger_before"] == soon


def test_a_day_of_danger_that_is_not_meant_any_more_is_left_out(writer, house, staff):
    send(writer, danger="no", danger_before="2019-11-14")
    assert "danger_before" not in told(staff, only_report(house).id).document


@pytest.mark.parametrize("who", ["analyst", "administrator", "auditor"])
def test_who_may_not_send_reports_sees_no_form(browser_for, who):
    assert browser_for(who).get("/reports/new").status_code == 403
    assert browser_for("").get("/reports/new").status_code == 401


COMPANION = {
    "persons__1__key": "p2",
    "persons__1__kind": "individual",
    "persons__1__identity__name": "Companion Who Refused",
    "persons__1__consent__decisions__REC": "refused",
}


def test_a_companion_who_refuses_is_taken_out_and_the_account_can_be_sent(writer, house):
    answer = send(writer, **COMPANION)
    assert answer.status_code == 422
    assert "Take them out" in problems(answer.text)["persons-1-consent-decisions-REC"]
    assert house.db().scalars(select(Report)).first() is None


def test_a_draft_says_nothing_of_a_companion_who_refused(writer):
    kept = writer.get(write(writer, "save", upto="who", **COMPANION).location).text
    assert "Companion Who Refused" not in kept
    assert form(kept, having="client_id").typed["persons.1.consent.decisions.REC"] == "refused"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"incident__moment__kind": "day", "incident__moment__day": "2999-01-01"}, "incident-moment-day"),
        ({"incident__moment__kind": "year", "incident__moment__year": "2999"}, "incident-moment-year"),
    ],
)
def test_what_has_not_come_yet_is_asked_about(writer, typed, field):
    answer = send(writer, **typed)
    assert answer.status_code == 422
    assert list(problems(answer.text)) == [field]


def test_the_first_page_reminds_of_a_draft_and_of_a_reviewers_question(writer, staff, house):
    write(writer, "save", upto="account")
    send(writer)
    with staff.reviewer.work() as work:
        questions.ask(work, report.inbox(work)[0], "when")
    first = writer.get("/").text
    assert "1 draft is not sent yet" in first
    assert "A reviewer asks about 1 report" in first


def test_a_report_to_which_nobody_agreed_is_kept_and_that_is_said(writer):
    sent = send(writer, persons__0__consent__decisions__REC="not_asked")
    assert "Nobody has said yes to its being kept" in writer.get(sent.location).text


def test_a_draft_says_when_it_was_kept_and_every_page_that_it_is_not_sent(writer, browser_for):
    first = writer.get("/reports/new", follow_redirects=True).text
    assert "Nothing is kept yet" in first
    assert "not sent yet</a>" not in first
    kept = writer.get(write(writer, "save", upto="account").location).text
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\dZ">', kept)
    for address in ("/", "/reports/", "/account"):
        assert "1 draft is not sent yet</a>" in writer.get(address).text
    assert "not sent yet</a>" not in browser_for("other_researcher").get("/").text


def test_a_receipt_opens_nothing_and_is_its_writers_alone(writer, browser_for, house):
    address = send(writer).location
    before = house.db().scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.event == OPENED))
    house.db().rollback()
    page = writer.get(address).text
    reference = only_report(house).reference
    assert f'id="receipt">{reference}<' in page
    after = house.db().scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.event == OPENED))
    assert before == after
    assert browser_for("other_researcher").get(address).status_code == 404


@pytest.mark.parametrize("outcome", ["NOT", "STP", "REF"])
def test_an_interview_in_which_nothing_happened_is_kept_and_counted(writer, house, staff, outcome):
    page = form(writer.get("/reports/nothing", follow_redirects=True).text, having="client_id").filled(
        outcome
    )
    answers = [writer.post("/reports/nothing", data=page) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    document = told(staff, only_report(house).id).document
    today = {"edtf": moments.here().isoformat(), "precision": "DAY"}
    assert document["interview"] == {"outcome": outcome, "on": today}
    assert not document["persons"]


def test_who_refused_to_speak_is_not_written_down(writer, house):
    page = form(writer.get("/reports/nothing", follow_redirects=True).text, having="client_id").filled("REF")
    page["narrative"] = "Una mujer con dos niños"
    answer = writer.post("/reports/nothing", data=page)
    assert answer.status_code == 422
    assert "Una mujer con dos niños" in answer.text
    assert house.db().scalars(select(Report)).first() is None


def test_a_session_that_ends_on_a_page_of_codes_loses_nothing(writer, house, staff):
    address, page = opened(writer, "who")
    page.update({"persons.0.identity.name": make.CANARY_NAME, "deed": "go:what"})
    house.sessions.end_all(staff.researcher.id)
    refused = writer.post(address, data=page)
    assert refused.status_code == 401
    kept = form(refused.text, having="passphrase").typed
    kept.update({"name": staff.researcher.name, "passphrase": make.PASSPHRASE})
    again = form(writer.post("/sign-in", data=kept).text, having="client_id")
    assert again.typed["persons.0.identity.name"] == make.CANARY_NAME
    assert writer.post(again.action, data=again.typed).status_code == 303
    page = form(writer.get(address).text, having="client_id").typed
    assert page["persons.0.identity.name"] == make.CANARY_NAME


def test_nothing_is_asked_of_a_child(writer):
    who = writer.get(write(writer, "save", upto="who", persons__0__facts__age="9").location).text
    assert 'of-child is-child"' in who
    assert "Nothing is asked of a child" in who


def test_what_fits_a_kind_of_act_is_asked_there_and_what_stands_there_is_never_hidden(writer):
    address, page = opened(writer, "what")
    page["acts.0.type"] = "KID"
    page = press(writer, address, page, "check")
    assert "acts.0.kidnapping.release" in page
    assert "acts.0.extortion.asked" not in page
    page.update({"acts.0.kidnapping.asked": "5000", "acts.0.type": "THR"})
    page = press(writer, address, page, "check")
    assert page["acts.0.kidnapping.asked"] == "5000"


def test_a_date_is_read_back_in_words(writer):
    typed = {"incident.moment.kind": "month", "incident.moment.year": "2019", "incident.moment.month": "11"}
    answer = writer.post("/reports/words", data=typed | {"incident.moment.part": "mid"})
    assert answer.text == "mid-November 2019"
    assert writer.post("/reports/words", data={"x.kind": "<b>"}).text == ""
    assert writer.post("/reports/words", data={}).text == ""


def test_several_persons_acts_and_tellers_in_one_report(writer, house, staff):
    address, page = opened(writer, "who")
    page = press(writer, address, page, "add:persons")
    page.update(
        {
            "persons.1.teller": "yes",
            "persons.1.identity.name": "Segunda Inventada",
            "persons.1.consent.decisions.REC": "given",
            "persons.0.facts.family": "una",
            "persons.1.facts.family": "una",
            "persons.1.safe_contact.phone_held": "yes",
            "persons.1.safe_contact.code_word": "jacaranda",
        }
    )
    page["deed"] = "send"
    assert writer.post(address, data=page).status_code == 303
    people = told(staff, only_report(house).id).document["persons"]
    assert [person["teller"] for person in people] == [True, True]
    assert people[1]["safe_contact"] == {"phone_held": "yes", "code_word": "jacaranda"}
    assert {person["facts"]["family"] for person in people} == {"una"}


def test_everything_that_was_sent_is_read_again(writer, staff):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(WHOLE), "page")
    shown = re.sub(r"<[^>]+>|\s+", " ", writer.get(f"/reports/{sent.id}").text)
    for words in (
        "about 14 November 2019",
        "Nuevo Laredo, Tamaulipas, Mexico",
        "Monterrey, Nuevo León, Mexico",
        "5000.00",
        "0.00",
        "Ransom paid",
        "at least 2",
        "date not asked",
        "some day in 2019",
        "Being a migrant; Nationality",
        "Identity papers inspected",
        "Fear of reprisal",
        "3 February 2999",
        "jacaranda",
        "1988",
        "Directly harmed; aged 31; Minor injury; Fled the place",
        "el Inventado",
        "An incident was told",
    ):
        assert words in shown, words


def test_no_answers_are_said_in_the_language_of_the_page(writer):
    address, _page = opened(writer, "when")
    assert "Preferred not to answer" in writer.get(address).text
    writer.post("/language", data={"language": "es", "back": "/"})
    spanish = writer.get(address).text
    assert "Prefirió no responder" in spanish
    assert "Preferred not to answer" not in spanish


def test_a_problem_is_named_in_words_and_stands_at_its_field(writer):
    address, page = opened(writer, "what")
    page["acts.0.type"] = "KID"
    page = press(writer, address, page, "check")
    page.update({"acts.0.kidnapping.asked": "cinco mil", "deed": "send"})
    answer = writer.post(address, data=page)
    assert problems(answer.text) == {
        "acts-0-kidnapping-asked": "Write an amount in figures, such as 1500 or 1500.50."
    }
    assert "Act 1 – How much was asked" in re.sub(r"<[^>]+>|\s+", " ", answer.text)


def test_nothing_that_was_told_is_lost_on_the_page_of_take_in(browser_for, staff, app):
    told_then = copy.deepcopy(WHOLE)
    told_then["incident"] |= {"tags": ["DEC"], "outcome": ["NAS"]}
    told_then["incident"]["mpp"]["hearing_missed"] = "yes"
    told_then["persons"][0]["facts"]["nationality"] = ["HTI", "CHL", "BRA", "MEX"]
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(told_then), "page")
    page = form(browser_for("reviewer").get(f"/inbox/{sent.id}").text, having="acts.0.type").typed
    with app.test_request_context():
        again = names.carried(SimpleNamespace(document=told_then), page, {"a1", "p1"})
    for name, value in told_then.items():
        if name != "persons":
            assert again[name] == value, name
    assert again["persons"][0]["facts"] == told_then["persons"][0]["facts"]
    assert again["persons"][0]["safe_contact"] == told_then["persons"][0]["safe_contact"]
