"""Somebody says no to being written down after a draft was kept: it goes at once, and its key; the page goes on."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from incidents.model.report import Draft, Report
from incidents.web import forms
from incidents.work import Unreadable
from tests import make
from tests.web.reading import form, problems
from tests.web.test_report_pages import apart, filled, write

KEEP = "persons.0.consent.decisions.REC"
CANARY = "Esto no debe quedar: zarapito-4711"


@pytest.fixture
def writer(browser_for):
    return browser_for("researcher")


@pytest.fixture
def kept(writer, house):
    """A draft that was kept now and then, as it lies in the database; its page."""
    page = filled(writer.get("/reports/new", follow_redirects=True).text, narrative=CANARY)
    assert "Kept as your draft" in writer.post("/reports/autosave", data=page).text
    return apart(house), page


def drafts_of(house):
    house.db().rollback()
    return house.db().scalars(select(Draft)).all()


def gone(house, staff, draft):
    """No row, and no key that opens what a copy of the row holds."""
    with staff.researcher.work() as work:
        opened = work.vault.view(draft, "content")
    return drafts_of(house) == [] and opened == Unreadable("erased")


def test_it_goes_at_once_with_its_key_as_the_no_is_typed(writer, kept, house, staff):
    draft, page = kept
    answer = writer.post("/reports/autosave", data={**page, KEEP: "refused"})
    assert "They said no: nothing is kept, and what was kept is gone" in answer.text
    assert (
        '<p id="f-persons-0-consent-decisions-REC-no" aria-live="polite" hx-swap-oob="true"><span'
        in answer.text
    )
    assert gone(house, staff, draft)


@pytest.mark.parametrize("deed", ["send", "save", "stop", "go:who", "add:persons", "check", "clear"])
def test_it_goes_at_once_with_whichever_button_is_pressed(writer, kept, house, staff, deed):
    draft, page = kept
    answer = writer.post(f"/reports/drafts/{draft.id}", data={**page, KEEP: "refused", "deed": deed})
    assert answer.status_code in (200, 303, 422)
    assert gone(house, staff, draft)
    assert house.db().scalars(select(Report)).first() is None


def test_nothing_of_it_lies_in_any_file(writer, kept, house, tmp_path):
    _draft, page = kept
    writer.post("/reports/autosave", data={**page, KEEP: "refused"})
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if CANARY.encode() in path.read_bytes()] == []


def test_a_page_that_is_opened_again_starts_empty(writer, kept):
    draft, page = kept
    writer.post("/reports/autosave", data={**page, KEEP: "refused"})
    for address in (f"/reports/new?id={draft.id}", f"/reports/drafts/{draft.id}"):
        shown = form(writer.get(address, follow_redirects=True).text, having="narrative").typed
        assert shown["narrative"] == ""
        assert shown["client_id"] != str(draft.id)


def test_a_mistaken_no_loses_nothing_that_stands_on_the_page(writer, kept, house, staff):
    draft, page = kept
    answer = writer.post(f"/reports/drafts/{draft.id}", data={**page, KEEP: "refused", "deed": "save"})
    assert "What was kept of it is gone" in problems(answer.text)[forms_id(KEEP)]
    again = form(answer.text, having="narrative").filled("save")
    assert again["narrative"] == CANARY
    assert again["client_id"] != str(draft.id)
    again[KEEP] = "given"
    saved = writer.post(f"/reports/drafts/{draft.id}", data=again)
    assert saved.status_code == 303
    (kept_now,) = drafts_of(house)
    assert kept_now.id == UUID(again["client_id"])
    assert saved.location.endswith(f"/reports/drafts/{kept_now.id}")


def test_what_was_coded_on_other_pages_travels_along_after_a_mistaken_no(writer, house):
    address = write(writer, "save", upto="after").location.partition("?")[0]
    page = form(writer.get(address).text, having="narrative").filled("save") | {KEEP: "refused"}
    answer = writer.post(address, data=page)
    assert drafts_of(house) == []
    again = form(answer.text, having="narrative").filled("save") | {KEEP: "given"}
    saved = writer.post(address, data=again)
    who = writer.get(f"{saved.location}?step=who").text
    assert form(who, having="client_id").typed["persons.0.identity.name"] == make.CANARY_NAME


def test_a_save_that_was_on_its_way_brings_nothing_back(writer, kept, house):
    _draft, page = kept
    writer.post("/reports/autosave", data={**page, KEEP: "refused"})
    late = writer.post("/reports/autosave", data=page)
    assert "They said no: nothing is kept, and what was kept is gone" in late.text
    assert drafts_of(house) == []


def test_the_answer_to_a_save_gives_the_page_another_id_and_address(writer, kept, house):
    draft, page = kept
    answer = writer.post("/reports/autosave", data={**page, KEEP: "refused"})
    (other,) = re.findall(r'name="client_id" id="client-id" value="([0-9a-f-]{36})"', answer.text)
    assert other != str(draft.id)
    assert answer.headers["HX-Replace-Url"] == f"/reports/new?id={other}"
    assert "Kept as your draft" in writer.post("/reports/autosave", data={**page, "client_id": other}).text
    assert [each.id for each in drafts_of(house)] == [UUID(other)]


def test_an_old_page_of_a_discarded_draft_still_saves_what_stands_on_it(writer, kept, house):
    draft, page = kept
    writer.post(f"/reports/drafts/{draft.id}/discard")
    saved = writer.post(f"/reports/drafts/{draft.id}", data={**page, "deed": "save"})
    assert saved.status_code == 303
    assert str(draft.id) not in saved.location
    assert len(drafts_of(house)) == 1


def forms_id(name):
    return name.replace(".", "-")


def test_what_is_typed_can_be_read_in_the_answer_to_a_no(writer, kept):
    _draft, page = kept
    answer = writer.post("/reports/new", data={**page, KEEP: "refused", "deed": "send"})
    assert answer.status_code == 422
    assert forms.anything(forms.read(form(answer.text, having="narrative").typed).document)


def test_what_a_companion_said_opens_no_more_once_they_say_no(writer, kept, house, staff):
    """The rest of the draft goes on; what it held of them went with the key that it was under."""
    draft, page = kept
    companion = {
        "persons.1.key": "p2",
        "persons.1.kind": "individual",
        "persons.1.identity.name": "Acompañante",
    }
    writer.post("/reports/autosave", data={**page, **companion})
    before = apart(house)
    refused = {"persons.1.consent.decisions.REC": "refused"}
    assert (
        "Kept as your draft" in writer.post("/reports/autosave", data={**page, **companion, **refused}).text
    )
    with staff.researcher.work() as work:
        assert work.vault.view(before, "content") == Unreadable("erased")
        assert work.vault.view(draft, "content") == Unreadable("erased")
    (now,) = drafts_of(house)
    with staff.researcher.work() as work:
        said = str(work.vault.view(work.get(Draft, now.id), "content"))
    assert "Acompañante" not in said
    assert CANARY in said
    held = len(house.keystore.keys([now.id]))
    assert (
        "Kept as your draft" in writer.post("/reports/autosave", data={**page, **companion, **refused}).text
    )
    assert len(house.keystore.keys([now.id])) == held  # said once, it is not done again


def test_a_no_is_said_under_its_answer_also_where_nothing_was_kept_before(writer):
    page = filled(writer.get("/reports/new", follow_redirects=True).text, narrative=CANARY)
    answer = writer.post("/reports/autosave", data={**page, KEEP: "refused"}).text
    assert (
        answer.count("They said no: nothing is kept") == 2
    )  # beside the draft's state, and under the answer
    again = writer.post("/reports/autosave", data=page).text
    assert "They said no" not in again
    assert '<p id="f-persons-0-consent-decisions-REC-no" aria-live="polite" hx-swap-oob="true"></p>' in again
