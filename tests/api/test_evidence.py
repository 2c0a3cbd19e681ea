"""Evidence through the API: announced, sent in segments, kept; refused with problem+json."""

import hashlib

import pytest

from incidents.evidence import SEGMENT, store
from tests.api.test_road import send, take_in
from tests.evidence import invented

DATA = invented.jpeg() + bytes(SEGMENT)  # a JPEG may be followed by anything


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def incident(program_for):
    return take_in(program_for("reviewer"), send(program_for("field_researcher")))


def begin(program, incident, data=DATA, **said):
    body = {"incident": incident, "name": "x.jpg", "origin": "staff", "size": len(data), **said}
    return program.post("/evidence", body)


def segment(program, id, at, data, **more):
    head = b'--cut\r\nContent-Disposition: form-data; name="segment"; filename="s"\r\n\r\n'
    return program(
        "POST",
        f"/evidence/{id}/segments",
        query_string={"at": at, **more},
        data=head + data + b"\r\n--cut--\r\n",
        content_type="multipart/form-data; boundary=cut",
    )


def test_the_whole_road(reviewer, incident):
    sha256 = hashlib.sha256(DATA).hexdigest()
    begun = begin(reviewer, incident, sha256=sha256)
    assert begun.status_code == 201
    id, step = begun.json["id"], begun.json["segment"]
    for at in range(0, len(DATA), step):
        piece = DATA[at : at + step]
        answer = segment(reviewer, id, at, piece, sha256=hashlib.sha256(piece).hexdigest())
        assert answer.json["have"] == at + len(piece)
    assert reviewer.get(f"/evidence/{id}/have").json["have"] == len(DATA)
    kept = reviewer.post(f"/evidence/{id}/finish", {"sha256": sha256})
    assert kept.status_code == 200
    assert kept.json["facts"]["sha256"] == sha256
    assert kept.json["copy"]["facts"]["type"] == "image/jpeg"
    copy = reviewer.get(f"/evidence/{id}/copy")
    assert hashlib.sha256(copy.data).hexdigest() == kept.json["copy"]["facts"]["sha256"]
    assert invented.DEVICE.encode() not in copy.data
    assert reviewer.post(f"/evidence/{id}/original", {"reason": "court"}).data == DATA
    shown = reviewer.get(f"/evidence/{id}").json
    assert [link["kind"] for link in shown["custody"]] == [
        "received", "hashed", "sealed", "transformed", "viewed", "copied",
    ]  # fmt: skip
    assert shown["description"]["name"] == "x.jpg"
    assert [line["id"] for line in reviewer.get("/evidence", incident=incident).json["items"]] == [id]


def test_a_cut_segment_is_thrown_away_and_sending_goes_on(reviewer, incident):
    id = begin(reviewer, incident).json["id"]
    cut = segment(reviewer, id, 0, DATA[:100])
    assert cut.status_code == 409
    assert cut.json["code"] == "evidence-other-segment"
    assert segment(reviewer, id, 0, DATA[:SEGMENT], sha256="0" * 64).status_code == 409
    assert segment(reviewer, id, 0, DATA[:SEGMENT]).json["have"] == SEGMENT
    assert reviewer.get(f"/evidence/{id}/have").json == {
        "id": id, "have": SEGMENT, "size": len(DATA), "segment": SEGMENT,
    }  # fmt: skip
    early = reviewer.post(f"/evidence/{id}/finish", {})
    assert (early.status_code, early.json["code"]) == (409, "evidence-not-whole")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "evidence-empty"),
        (invented.bomb(), "evidence-too-many-pixels"),
        (invented.tarred("../x"), "evidence-archive-leads-out"),
    ],
    ids=["empty", "pixels", "archive"],
)
def test_a_refused_file_says_why_and_is_thrown_away(reviewer, incident, house, data, code):
    answer = begin(reviewer, incident, data)
    if data:
        segment(reviewer, answer.json["id"], 0, data)
        answer = reviewer.post(f"/evidence/{answer.json['id']}/finish", {})
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert store.of(house).sizes("") == []
    assert reviewer.get("/evidence", incident=incident).json["items"] == []


def test_what_nobody_goes_on_sending_is_discarded(reviewer, incident):
    id = begin(reviewer, incident).json["id"]
    assert reviewer.post(f"/evidence/{id}/discard").status_code == 204
    assert reviewer.get(f"/evidence/{id}").status_code == 404


def test_a_reason_is_needed_for_an_original(reviewer, incident):
    data = invented.png()
    id = begin(reviewer, incident, data).json["id"]
    segment(reviewer, id, 0, data)
    reviewer.post(f"/evidence/{id}/finish", {})
    assert reviewer.post(f"/evidence/{id}/original", {}).status_code == 422
    assert reviewer.post(f"/evidence/{id}/original", {"reason": "curiosity"}).status_code == 422
