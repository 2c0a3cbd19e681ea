"""The page that writes everything out, and the page that takes it in again."""

import io
import json

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from incidents import members
from incidents.intake import exporters, report
from incidents.model.account import User
from incidents.model.audit import AuditEntry
from tests import make
from tests.web.reading import forms, links


@pytest.fixture
def told(staff):
    with staff.researcher.work() as work:
        report.send(work, make.report_document(), "page")


@pytest.fixture
def client(browser_for, told):
    return browser_for("coordinator")


def written(client):
    answer = client.post("/export/", buffered=True)
    assert answer.status_code == 200, answer.text
    return answer


def test_the_page_warns_and_leads_to_the_file(client):
    page = client.get("/export/")
    assert "not sealed" in page.text
    assert "/export/" in [each.action for each in forms(page.text)]
    assert links(client.get("/import/").text, "/export/") == ["/export/"]


def test_the_file_comes_whole_and_under_a_plain_name(client):
    answer = written(client)
    assert answer.mimetype == exporters.MIME
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{exporters.NAME}"'
    assert answer.headers["Cache-Control"] == "no-store"
    lines = [json.loads(line) for line in answer.data.splitlines()]
    assert lines[1]["document"]["narrative"] == make.CANARY_NARRATIVE
    assert lines[-1] == {"end": 1, "left_out": {}}


def test_the_trail_says_in_words_who_exported_how_much(client):
    written(client)
    page = client.get("/trail").text
    assert "Export of all records begun" in page
    assert "1 report" in page


def test_the_trail_holds_no_word_of_the_file(client, house):
    written(client)
    notes = [note.detail for note in house.db().scalars(select(AuditEntry))]
    assert make.CANARY_NAME not in json.dumps(notes)


def test_a_fault_cuts_the_file_and_says_nothing_of_it(client, monkeypatch, caplog):
    def fails(_work, _mark, _left):
        raise ValueError(make.CANARY_NAME)

    monkeypatch.setattr(exporters, "_PAGES", (exporters._PAGES[0], fails))
    with pytest.raises(ConnectionAbortedError) as cut:
        client.post("/export/", buffered=True)
    assert cut.value.args == ()
    assert cut.value.__suppress_context__
    assert make.CANARY_NAME not in caplog.text


@pytest.mark.parametrize("who", ["reviewer", "analyst", "administrator", "auditor", "researcher"])
def test_whoever_is_no_coordinator_has_no_such_page(browser_for, who):
    other = browser_for(who)
    assert (other.get("/export/").status_code, other.post("/export/").status_code) == (403, 403)
    if who == "reviewer":
        assert links(other.get("/import/").text, "/export/") == []


def test_the_file_comes_in_by_the_import_page_without_a_mapping(client):
    data = written(client).data
    given = {"file": FileStorage(io.BytesIO(data), exporters.NAME)}
    boundary, body = encode_multipart(given)
    answer = client.post("/import/", data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"]).text
    assert "own export" in page


def test_a_session_that_ended_gets_no_further_page(browser_for, house, staff, monkeypatch):
    monkeypatch.setattr(exporters, "PAGE", 1)
    for _time in range(2):
        with staff.researcher.work() as work:
            report.send(work, make.report_document(), "page")
    answer = browser_for("coordinator").post("/export/", buffered=False)
    pages = answer.iter_encoded()
    assert b'"amparo"' in next(pages)
    with staff.second.work() as work:
        members.disable(work, work.get(User, staff.coordinator.actor.id))
    with pytest.raises(ConnectionAbortedError):
        list(pages)
