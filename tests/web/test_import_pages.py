"""A table comes in by page: looked at, decided, carried out, confirmed and moved on by a second person."""

import csv
import io
import tempfile
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from incidents import jobs
from incidents.intake import importers
from incidents.model.consent import Basis
from incidents.model.incident import Act
from incidents.model.job import Job
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import JobState
from incidents.model.vocabulary import Verification as V  # noqa: N817  as in review.py
from tests import make
from tests.web.reading import form, forms, links, problems

MAPPING = """
format = 1
name = "invented killings"
[file]
kind = "csv"
separator = ";"
date_order = "DMY"
[source]
label = "invented"
key = ["Id"]
[basis]
kind = "published"
citation = "An invented newspaper, 2019"
licence = "CC0"
[constants]
"acts.a1" = { type = "KIL", status = "C" }
"involvements.1" = { person = "p1", act = "a1", part = "DIR" }
[fields]
"incident.moment" = { column = "Day", as = "date", required = true }
"persons.p1.identity.name" = { column = "Name", as = "text" }
"persons.p1.facts.age" = { column = "Age", as = "number" }
"summary" = { column = "Text", as = "text" }
"""
NAME = "Zutano Inventadísimo"
ROWS = f"Id;Day;Name;Age;Text\n1;30/01/2019;{NAME};31;Frontera\n2;31/01/2019;;9;Río\n3;yesterday;;;Río\n"
REASONS = "The paper names its sources; a sample of ten was checked."
PREVIEW = r"/import/preview/[0-9a-f-]{36}"
BATCH = r"/import/[0-9a-f-]{36}"


@pytest.fixture
def importer(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def second(browser_for):
    return browser_for("other_reviewer")


def choose(client, rows=ROWS, rules=MAPPING, **more):
    given = {"file": (rows.encode(), "rows.csv"), "mapping_text": rules, **more}
    files = {n: FileStorage(io.BytesIO(v[0]), v[1]) for n, v in given.items() if isinstance(v, tuple)}
    boundary, body = encode_multipart(given | files)
    return client.post("/import/", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def looked_at(client, rows=ROWS):
    """The address of a preview."""
    answer = choose(client, rows)
    assert answer.status_code == 303, problems(answer.text) or answer.text
    return answer.headers["Location"]


def carried_out(house):
    while jobs.run_waiting(house):
        pass
    house.db().rollback()
    house.db().expire_all()


def imported(client, house, rows=ROWS):
    """The address of an import that was carried out."""
    job = client.post(looked_at(client, rows), data={"deed": "go"}).headers["Location"]
    carried_out(house)
    answer = client.get(job)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def row_of(house, kind):
    house.db().rollback()
    house.db().expire_all()
    return house.db().scalars(select(kind)).one()


def states(house):
    house.db().rollback()
    house.db().expire_all()
    return [act.verification for act in house.db().scalars(select(Act))]


# -- choose and look


def test_the_kept_mappings_are_offered_by_their_names(importer):
    page = importer.get("/import/").text
    assert {"mmp", "ph_manila", "secuestros_cdmx_corta"} <= form(page, having="mapping").choices["mapping"]
    assert "IOM Missing Migrants Project" in page


def test_a_preview_says_what_would_become_of_each_row_and_stores_none(importer, house):
    page = importer.get(looked_at(importer)).text
    assert "invented killings" in page
    assert "An invented newspaper, 2019" in page
    assert "30 January 2019" in page
    assert "Import 2 rows" in page
    assert "yesterday" in page or "Day" in page
    assert "utf-8" in page.lower()
    house.db().rollback()
    assert house.db().scalars(select(Report)).first() is None
    assert house.db().scalars(select(Batch)).first() is None


def test_a_preview_shows_that_a_name_is_there_and_not_the_name(importer):
    page = importer.get(looked_at(importer)).text
    assert NAME not in page
    assert "Name" in page


def test_the_file_waits_sealed(importer, house):
    looked_at(importer)
    raw = row_of(house, Job).input.data
    for text in (NAME, "Frontera", "rows.csv"):
        assert text.encode() not in raw


def test_a_large_upload_never_touches_the_disk(importer, monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr("werkzeug.formparser.TemporaryFile", refuse, raising=False)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse, raising=False)
    padding = "".join(f"{number};30/01/2019;;;{'x' * 200}\n" for number in range(10, 6000))
    looked_at(importer, f"Id;Day;Name;Age;Text\n{padding}")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"file": (b"", "")}, "file"),
        ({"file": (b"", "empty.csv")}, "file"),
        ({"mapping_text": ""}, "mapping"),
        ({"mapping_text": "", "mapping": "../../pyproject"}, "mapping"),
    ],
)
def test_what_is_missing_is_said_at_its_field(importer, given, field):
    answer = choose(importer, **given)
    assert answer.status_code == 422
    assert list(problems(answer.text)) == [field]
    assert "Choose the file once more" in answer.text


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("format = 1\n[file", "not written in TOML"),
        (MAPPING.replace("CC0", ""), "basis.licence"),
        (MAPPING.replace('column = "Age"', 'column = "Years"'), "Years"),
    ],
)
def test_a_mapping_that_does_not_fit_is_named_and_stays_typed(importer, rules, sentence):
    answer = choose(importer, rules=rules)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert form(answer.text, having="mapping_text").typed["mapping_text"].strip() == rules.strip()


def test_a_mapping_may_be_a_file_of_ones_own(importer):
    own = (MAPPING.encode(), "own.toml")
    assert choose(importer, rules="", mapping_file=own).status_code == 303
    bad = (b"\xff\xfe\x00", "own.toml")
    assert list(problems(choose(importer, rules="", mapping_file=bad).text)) == ["mapping_file"]


def test_a_preview_that_is_left_is_gone(importer, house):
    address = looked_at(importer)
    assert importer.post(address, data={"deed": "leave"}).headers["Location"] == "/import/"
    assert "Nothing was stored" in importer.get("/import/").text
    job = row_of(house, Job)
    assert (job.state, job.input) == (JobState.CANCELLED, None)
    assert importer.get(address).headers["Location"] == "/import/"
    carried_out(house)
    assert house.db().scalars(select(Report)).first() is None


def test_a_preview_is_found_again(importer, house):
    address = looked_at(importer)
    (job,) = links(importer.get("/import/").text, r"/jobs/[0-9a-f-]{36}")
    assert importer.get(job).headers["Location"] == address
    carried_out(house)
    assert row_of(house, Job).state == JobState.PROPOSED


def test_a_file_without_anything_new_is_not_imported_again(importer, house):
    imported(importer, house)
    page = importer.get(looked_at(importer)).text
    assert "No row of this file can come in" in page
    assert not [each for each in forms(page) if ("deed", "go") in each.buttons]


# -- carried out


def test_an_import_runs_as_a_job_and_ends_at_its_result(importer, house):
    address = looked_at(importer)
    job = importer.post(address, data={"deed": "go"}).headers["Location"]
    page = importer.get(job).text
    assert "Waiting to start" in page
    assert f'hx-get="{job}/progress?looked=1"' in page
    assert "Look again" in page
    carried_out(house)
    piece = importer.get(f"{job}/progress").text
    assert "<html" not in piece
    assert "See the result" in piece
    result = importer.get(job).headers["Location"]
    page = importer.get(result).text
    assert "rows.csv" in page
    assert "Rita Inventada" in page
    assert "2 acts wait for review" in page
    assert links(importer.get("/import/").text, BATCH) == [result]


def test_a_page_left_open_stops_asking(importer):
    job = importer.post(looked_at(importer), data={"deed": "go"}).headers["Location"]
    assert "hx-get" in importer.get(f"{job}/progress?looked=299").text
    assert "hx-get" not in importer.get(f"{job}/progress?looked=300").text


def test_the_result_tells_of_every_row_in_cells_that_nothing_runs(importer, house):
    rows = ROWS + "=1+1;bad;;;x\n"
    result = imported(importer, house, rows)
    answer = importer.get(f"{result}/result.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="result.csv"'
    read = list(csv.reader(io.StringIO(answer.text)))
    assert read[0] == ["row", "outcome", "reason"]
    assert [line[1] for line in read[1:]] == ["new", "new", "refused", "refused"]
    assert not [cell for line in read for cell in line if cell.startswith(("=", "+", "-", "@"))]


def test_an_import_may_be_cancelled_and_leaves_nothing(importer, house):
    job = importer.post(looked_at(importer), data={"deed": "go"}).headers["Location"]
    assert importer.post(f"{job}/cancel").headers["Location"] == job
    carried_out(house)
    page = importer.get(job).text
    assert "Cancelled" in page
    assert "/cancel" not in page
    assert house.db().scalars(select(Report)).first() is None
    importer.post(f"{job}/cancel")
    assert "come to its end already" in importer.get(job).text


def test_a_cancel_in_the_middle_leaves_nothing_and_the_file_may_come_again(importer, house, monkeypatch):
    monkeypatch.setattr(importers, "CHUNK", 1)
    job = importer.post(looked_at(importer), data={"deed": "go"}).headers["Location"]
    taken = importers._take

    def take_one_then_cancel(*given):
        lines = taken(*given)
        if house.db().scalars(select(Report)).first() is not None:
            importer.post(f"{job}/cancel")
        return lines

    monkeypatch.setattr(importers, "_take", take_one_then_cancel)
    carried_out(house)
    monkeypatch.setattr(importers, "_take", taken)
    assert row_of(house, Job).state == JobState.CANCELLED
    assert house.db().scalars(select(Report)).first() is None
    assert "2 acts wait" in importer.get(imported(importer, house)).text


def test_a_job_that_stopped_says_why(importer, house, monkeypatch):
    job = importer.post(looked_at(importer), data={"deed": "go"}).headers["Location"]

    def fail(_step):
        raise ZeroDivisionError

    monkeypatch.setitem(jobs.registry, importers.KIND, jobs.Kind(importers.KIND, frozenset({"facts"}), fail))
    carried_out(house)
    page = importer.get(job).text
    assert "Stopped" in page
    assert "(fault)" in page


# -- the second person


def test_the_basis_waits_for_a_second_person(importer, second, house):
    address = imported(importer, house)
    mine = importer.get(address).text
    assert "Until then nothing of this import can leave" in mine
    assert "nobody decides on what they submitted" in mine
    assert importer.post(address, data={"deed": "confirm_basis"}).status_code == 422
    assert row_of(house, Basis).confirmed_by is None
    assert "Waits for a second person" in second.get("/import/").text
    assert second.post(address, data={"deed": "confirm_basis"}).status_code == 303
    assert row_of(house, Basis).confirmed_by is not None
    assert "by Remo Inventado on" in importer.get(address).text
    assert "Waits for a second person" not in second.get("/import/").text


def test_the_second_person_sees_what_came_in_and_not_the_importers_result(importer, second, house):
    address = imported(importer, house)
    page = second.get(address).text
    assert "kept for the person who imported it" in page
    assert "An invented newspaper, 2019" in page
    assert second.get(f"{address}/result.csv").status_code == 404


def test_a_second_person_moves_all_acts_with_one_reason(importer, second, house):
    address = imported(importer, house, ROWS.replace(";;9;", ";;19;"))
    answer = second.post(address, data={"deed": "credible", "reasons": REASONS})
    assert answer.status_code == 303
    assert "being done" in second.get(address).text
    carried_out(house)
    assert second.get(answer.headers["Location"]).headers["Location"] == address
    assert states(house) == [V.CREDIBLE, V.CREDIBLE]
    page = second.get(address).text
    assert "moved by Remo Inventado" in page
    assert 'name="reasons"' not in page


def test_of_a_child_only_a_second_word_moves_the_act(importer, second, browser_for, house):
    address = imported(importer, house)
    second.post(address, data={"deed": "credible", "reasons": REASONS})
    carried_out(house)
    assert sorted(states(house)) == [V.CREDIBLE, V.RECEIVED]
    browser_for("coordinator").post(address, data={"deed": "credible", "reasons": REASONS})
    carried_out(house)
    assert states(house) == [V.CREDIBLE, V.CREDIBLE]


def test_nobody_moves_what_they_imported(importer, house):
    address = imported(importer, house)
    assert 'name="reasons"' not in importer.get(address).text
    answer = importer.post(address, data={"deed": "credible", "reasons": REASONS})
    assert answer.status_code == 422
    carried_out(house)
    assert states(house) == [V.RECEIVED, V.RECEIVED]


def test_a_move_without_reasons_is_asked_for_them(importer, second, house):
    address = imported(importer, house)
    answer = second.post(address, data={"deed": "credible", "reasons": "ok"})
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["reasons"]
    assert form(answer.text, having="reasons").typed["reasons"] == "ok"


# -- whose it is


def test_another_persons_preview_and_job_are_not_there(importer, second):
    address = looked_at(importer)
    job = f"/jobs/{address.rpartition('/')[2]}"
    for path in (address, job, f"{job}/progress"):
        assert second.get(path).status_code == 404
    for path in (address, f"{job}/cancel"):
        assert second.post(path, data={"deed": "go"}).status_code == 404


def test_an_import_that_is_not_there_is_not_found(importer, house):
    assert importer.get(f"/import/{uuid4()}").status_code == 404
    assert importer.get(f"/import/{uuid4()}/result.csv").status_code == 404
    job = importer.post(looked_at(importer), data={"deed": "go"}).headers["Location"]
    hidden = importers.batch_of(house.db().get_one(Job, UUID(job.rpartition("/")[2])))
    assert importer.get(f"/import/{hidden}").status_code == 404
    assert importer.post(f"/import/{uuid4()}", data={"deed": "nonsense"}).status_code == 404


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_importing_is_for_those_who_may(browser_for, importer, house, who):
    address = imported(importer, house)
    other = browser_for(who)
    for path in ("/import/", address, f"{address}/result.csv"):
        assert other.get(path).status_code == 403
    assert choose(other).status_code == 403
    assert other.post(address, data={"deed": "confirm_basis"}).status_code == 403
    assert row_of(house, Basis).confirmed_by is None


def test_no_page_but_the_preview_tells_a_canary(importer, second, house):
    rows = f"Id;Day;Name;Age;Text\n1;30/01/2019;{make.CANARY_NAME};31;{make.CANARY_SUMMARY}\n"
    address = imported(importer, house, rows)
    for client in (importer, second):
        for path in ("/import/", address):
            assert not [canary for canary in make.CANARIES if canary in client.get(path).text]
