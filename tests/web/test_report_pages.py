"""A field researcher writes, keeps, sends and reads reports, on a page without a script."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents.intake import drafts, report
from incidents.intake.report import parts_of
from incidents.model.report import Draft, Report
from incidents.web import forms
from incidents.work import Compartment, Unreadable
from tests import make
from tests.web.reading import form, links, problems

REPORT = r"/reports/[0-9a-f]{8}-[0-9a-f-]{27}"
DRAFT = r"/reports/drafts/[0-9a-f-]{36}"


@pytest.fixture
def writer(browser_for):
    return browser_for("researcher")


def filled(html, **typed):
    """The page's form with a whole report typed into it; names with __ for the dots."""
    made = form(html, having="narrative").filled()
    made.update(
        {
            "narrative": "Nos bajaron del camión.\r\n  «Espere», dijo.\r\n",
            "danger": "no",
            "persons.0.identity.name": make.CANARY_NAME,
            "persons.0.facts.age": "31",
            "persons.0.facts.nationality.0": "HTI",
            "persons.0.facts.nationality.1": "CHL",
            "persons.0.consent.decisions.REC": "given",
            "persons.0.consent.decisions.STA": "given",
            "persons.0.consent.decisions.ROW": "refused",
            "acts.0.type": "KID",
            "acts.0.status": "C",
            "involvements.0.part": "DIR",
            "incident.moment.kind": "about",
            "incident.moment.day": "2019-11-14",
            "incident.place.municipality": "28027",
        }
    )
    made.setlist("incident.outcome", ["INM", "FLE"])
    made.update({name.replace("__", "."): value for name, value in typed.items()})
    return made


def send(writer, **typed):
    page = filled(writer.get("/reports/new").text, **typed)
    page["deed"] = "send"
    return writer.post("/reports/new", data=page)


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
    assert send(writer).status_code == 303
    listed = writer.get("/reports/").text
    assert "Sealed and sent. The reference is R-" in listed
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
    page = form(writer.get("/reports/new").text, having="narrative").filled("send")
    page["narrative"] = "Solo esto."
    assert writer.post("/reports/new", data=page).status_code == 303
    document = told(staff, only_report(house).id).document
    assert [person["teller"] for person in document["persons"]] == [True]
    assert "acts" not in document


def test_ten_posts_are_one_report(writer, house):
    page = filled(writer.get("/reports/new").text, deed="send")
    for _ in range(10):
        assert writer.post("/reports/new", data=page).status_code == 303
    assert only_report(house)


def test_nothing_typed_is_lost_by_an_error_and_it_is_told_at_its_field(writer):
    answer = send(writer, persons__0__facts__age="treinta", incident__moment__day="")
    assert answer.status_code == 422
    assert problems(answer.text) == {
        "persons-0-facts-age": "Write a whole number, such as 17.",
        "incident-moment-day": "Choose the day, or say that it is not known so exactly.",
    }
    again = form(answer.text, having="narrative").typed
    assert again["persons.0.facts.age"] == "treinta"
    assert again["narrative"].splitlines() == ["Nos bajaron del camión.", "  «Espere», dijo."]
    assert again["persons.0.facts.nationality.1"] == "CHL"
    assert again["persons.0.consent.decisions.ROW"] == "refused"
    assert again.getlist("incident.outcome") == ["INM", "FLE"]
    assert again["incident.place.municipality"] == "28027"


def test_a_problem_stands_at_its_block_also_after_an_empty_one(writer):
    page = filled(writer.get("/reports/new").text, deed="add:acts")
    page = form(writer.post("/reports/new", data=page).text, having="narrative").typed
    page.update({"acts.0.type": "", "acts.0.status": "", "acts.1.status": "C", "deed": "send"})
    answer = writer.post("/reports/new", data=page)
    assert problems(answer.text) == {"acts-1-type": "Choose one, or leave all of this block empty."}


def test_a_person_more_and_an_act_more_lose_nothing(writer, house, staff):
    page = filled(writer.get("/reports/new").text, deed="add:persons")
    page = form(writer.post("/reports/new", data=page).text, having="narrative").typed
    page.update({"persons.1.kind": "group", "persons.1.facts.group_size.best": "8", "deed": "add:acts"})
    page = form(writer.post("/reports/new", data=page).text, having="narrative").typed
    assert page["involvements.0.part"] == "DIR"
    page.update({"acts.1.type": "EXR", "involvements.3.part": "IND", "deed": "send"})
    assert writer.post("/reports/new", data=page).status_code == 303
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
    page = filled(writer.get("/reports/new").text, deed="add:persons")
    page = form(writer.post("/reports/new", data=page).text, having="narrative").typed
    page["deed"] = "add:persons"
    page = form(writer.post("/reports/new", data=page).text, having="narrative").typed
    page.update(
        {
            "persons.2.identity.name": "Tercera Inventada",
            "involvements.1.part": "WIT",
            "involvements.2.part": "IND",
        }
    )
    page["deed"] = "remove:persons.1"
    page = form(writer.post("/reports/new", data=page).text, having="narrative").typed
    assert page["persons.1.identity.name"] == "Tercera Inventada"
    assert page["persons.1.key"] == "p3"
    assert [page["involvements.0.part"], page["involvements.1.part"]] == ["DIR", "IND"]
    page["deed"] = "add:persons"
    page = form(writer.post("/reports/new", data=page).text, having="narrative").typed
    assert [page[f"persons.{number}.key"] for number in range(3)] == ["p1", "p3", "p2"]


def test_every_choice_that_the_page_offers_is_taken(writer, app):
    page = form(writer.get("/reports/new").text, having="narrative")
    pieces = (".kind", ".month", ".precision")
    choices = {(name, value) for name, values in page.choices.items() for value in values if value}
    with app.test_request_context():
        for name, value in sorted(choices):
            typed = page.filled()
            typed.update({"narrative": "Algo.", "acts.0.type": "OTH", name: value})
            if not name.endswith(pieces):
                assert forms.load(typed), (name, value)


def test_an_empty_page_is_not_a_report(writer, house):
    page = form(writer.get("/reports/new").text, having="narrative").filled("send")
    answer = writer.post("/reports/new", data=page)
    assert answer.status_code == 422
    assert problems(answer.text) == {"narrative": "Nothing is written yet."}
    assert house.db().scalars(select(Report)).first() is None


@pytest.mark.parametrize("deed", ["send", "save", "stop"])
def test_who_does_not_want_to_be_written_down_is_not(writer, house, deed):
    answer = writer.post(
        "/reports/new",
        data=filled(
            writer.get("/reports/new").text, persons__0__consent__decisions__REC="refused", deed=deed
        ),
    )
    assert answer.status_code == 422
    assert "persons-0-consent-decisions-REC" in problems(answer.text)
    assert house.db().scalars(select(Report)).first() is None
    assert house.db().scalars(select(Draft)).first() is None


def test_a_draft_keeps_what_is_typed_even_half_a_date(writer):
    page = filled(
        writer.get("/reports/new").text,
        incident__moment__day="",
        persons__0__facts__age="treinta",
        deed="save",
    )
    answer = writer.post("/reports/new", data=page)
    assert answer.status_code == 303
    kept = form(writer.get(answer.location).text, having="narrative").typed
    assert kept["incident.moment.kind"] == "about"
    assert kept["persons.0.facts.age"] == "treinta"
    listed = writer.get("/reports/").text
    assert "1 draft is not sent yet" in listed
    assert make.CANARY_NAME not in listed


def test_saving_again_is_the_same_draft_and_sending_it_ends_it(writer, house, staff):
    page = filled(writer.get("/reports/new").text, deed="save")
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
    assert writer.get(address).status_code == 404


def test_stop_here_keeps_and_asks_nothing_more(writer):
    page = filled(writer.get("/reports/new").text, deed="stop")
    answer = writer.post("/reports/new", data=page)
    shown = writer.get(answer.location).text
    assert "Nothing more is asked" in shown
    (address, *_rest) = links(shown, DRAFT)
    assert form(writer.get(address).text, having="narrative").typed["persons.0.facts.age"] == "31"


def test_a_draft_opens_for_its_writer_alone(writer, browser_for, house, staff):
    page = filled(writer.get("/reports/new").text, deed="save")
    address = writer.post("/reports/new", data=page).location
    for who in ("reviewer", "coordinator"):
        assert browser_for(who).get(address).status_code == 404
        assert browser_for(who).post(f"{address}/discard").status_code == 404
    draft = house.db().scalars(select(Draft)).one()
    with staff.coordinator.work() as work:
        assert work.vault.view(draft, "content") == Unreadable("no-key")
    with staff.researcher.work() as work:
        assert dict(drafts.read(work, draft.id))["persons.0.facts.age"] == "31"


def test_a_discarded_draft_opens_no_more(writer, house, staff):
    page = filled(writer.get("/reports/new").text, deed="save")
    address = writer.post("/reports/new", data=page).location
    draft = apart(house)
    assert writer.post(f"{address}/discard").status_code == 303
    assert writer.get(address).status_code == 404
    with staff.researcher.work() as work:
        assert work.vault.view(draft, "content") == Unreadable("erased")


def test_clearing_the_page_keeps_nothing(writer, house):
    page = filled(writer.get("/reports/new").text, deed="save")
    address = writer.post("/reports/new", data=page).location
    page["deed"] = "clear"
    assert writer.post(address, data=page).status_code == 303
    assert house.db().scalars(select(Draft)).first() is None


def test_what_is_typed_is_kept_now_and_then(writer, house):
    page = filled(writer.get("/reports/new").text)
    answer = writer.post("/reports/autosave", data=page, headers={"HX-Request": "true"})
    assert "Kept as your draft" in answer.text
    assert "<html" not in answer.text
    assert house.db().scalars(select(Draft)).one().id.hex == page["client_id"].replace("-", "")


def test_only_fields_of_the_report_are_kept(writer, house, staff):
    page = filled(writer.get("/reports/new").text, passphrase=make.PASSPHRASE)
    writer.post("/reports/autosave", data=page)
    draft = house.db().scalars(select(Draft)).one()
    with staff.researcher.work() as work:
        kept = dict(drafts.read(work, draft.id))
    assert "narrative" in kept
    assert {"passphrase", "client_id", "deed"} & kept.keys() == set()


def test_an_untouched_page_is_not_kept(writer, house):
    page = form(writer.get("/reports/new").text, having="narrative").filled()
    assert "Nothing is kept yet" in writer.post("/reports/autosave", data=page).text
    assert house.db().scalars(select(Draft)).first() is None


def test_a_late_save_does_not_bring_a_sent_draft_back(writer, house):
    page = filled(writer.get("/reports/new").text, deed="send")
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
    send(writer, danger="today")
    assert "call your coordinator" in writer.get("/reports/").text


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
    page = filled(writer.get("/reports/new").text, **COMPANION, deed="save")
    kept = writer.get(writer.post("/reports/new", data=page).headers["Location"]).text
    assert "Companion Who Refused" not in kept
    again = form(kept, having="narrative").typed
    assert again["narrative"].startswith("Nos bajaron")
    assert again["persons.1.consent.decisions.REC"] == "refused"


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
    writer.post("/reports/new", data=filled(writer.get("/reports/new").text, deed="save"))
    send(writer, client_id=str(uuid4()))
    with staff.reviewer.work() as work:
        report.ask(work, report.inbox(work)[0], "when")
    first = writer.get("/").text
    assert "1 draft is not sent yet" in first
    assert "A reviewer asks about 1 report" in first


def test_a_report_to_which_nobody_agreed_is_kept_and_that_is_said(writer):
    assert send(writer, persons__0__consent__decisions__REC="not_asked").status_code == 303
    assert "Nobody has said yes to its being kept" in writer.get("/reports/").text
