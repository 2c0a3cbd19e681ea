"""Evidence through the pages: brought in at once or in pieces, looked at, taken in hand, refused with a sentence."""

import io
import re

import pytest

from incidents import evidence, search
from incidents.evidence import SEGMENT, pieces, store
from incidents.intake import report, take_in
from incidents.model.evidence import Evidence, EvidenceState
from tests import make
from tests.evidence import invented

LARGE = bytes(range(256)) * (SEGMENT // 256) * 5 + b"the end"


@pytest.fixture
def incident(staff):
    with staff.reviewer.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


@pytest.fixture
def reviewer(browser_for):
    return browser_for("reviewer")


def add(client, incident, data, name="IMG_1.jpg", **said):
    form = {"origin": "staff", "file": (io.BytesIO(data), name), **said}
    return client.post(f"/evidence/new/{incident}", data=form, content_type="multipart/form-data")


def announce(client, incident, data, **said):
    form = {"origin": "staff", "name": "film.bin", "size": str(len(data)), **said}
    return client.post(f"/evidence/new/{incident}", data=form)


def send(client, url, at, piece, **more):
    return client.post(
        f"{url}/segments",
        query_string={"at": at, **more},
        data=piece,
        content_type="application/octet-stream",
    )


def one(staff):
    with staff.reviewer.work() as work:
        return work.db.query(Evidence).one()


def test_a_file_added_without_any_script_is_kept_and_shown(staff, reviewer, incident):
    answer = add(reviewer, incident, invented.jpeg(), collected_by="Rita", device=invented.DEVICE)
    assert answer.status_code == 303
    shown = reviewer.get(answer.location)
    assert shown.status_code == 200
    assert "IMG_1.jpg" in shown.text
    assert invented.PHOTOGRAPHER in shown.text  # what the file says of itself, for the reviewer
    assert "Evidence 1" in reviewer.get(f"/incidents/{incident}").text
    picture = reviewer.get(re.search(r'<img class="evidence" src="([^"]+)"', shown.text)[1])
    assert picture.mimetype == "image/jpeg"
    assert picture.headers["Content-Disposition"].startswith('inline; filename="evidence-')
    assert "sandbox" in picture.headers.getlist("Content-Security-Policy")
    assert invented.DEVICE.encode() not in picture.data


def test_the_original_is_saved_for_a_reason_under_a_made_name(staff, reviewer, incident):
    data = invented.jpeg()
    url = add(reviewer, incident, data, name="fotos de Xiomara.jpg").location
    assert reviewer.post(f"{url}/original").status_code == 422
    answer = reviewer.post(f"{url}/original", data={"reason": "court"})
    assert answer.data == data
    assert re.fullmatch(
        r'attachment; filename="evidence-[0-9a-f]{8}-original\.jpg"', answer.headers["Content-Disposition"]
    )
    assert answer.mimetype == "application/octet-stream"
    assert int(answer.headers["Content-Length"]) == len(data)
    assert "For a court or a prosecutor" in reviewer.get(url).text
    assert reviewer.get(f"{url}/original").status_code == 404


def test_an_upload_broken_at_sixty_per_cent_goes_on_from_there(staff, reviewer, incident, browser_for):
    url = announce(reviewer, incident, LARGE).location
    parts = list(evidence.segments(io.BytesIO(LARGE)))
    for at, piece in parts[:3]:
        assert send(reviewer, url, at, piece).json == {"have": at + len(piece)}
    cut = send(reviewer, url, parts[3][0], parts[3][1][: SEGMENT // 3])  # here the line broke
    assert cut.status_code == 409
    assert reviewer.get(f"{url}/have").json == {"have": 3 * SEGMENT, "size": len(LARGE)}
    waiting = reviewer.get(url).text
    assert "not whole yet" in waiting
    assert f'value="{3 * SEGMENT}"' in waiting
    assert "Not whole yet" in reviewer.get(f"/incidents/{incident}").text
    again = browser_for("other_reviewer")  # another day, another machine
    have = again.get(f"{url}/have").json["have"]
    for at, piece in parts:
        if at >= have:
            assert send(again, url, at, piece).status_code == 200
    assert again.post(url, data={"deed": "finish"}).status_code == 303
    assert again.post(f"{url}/original", data={"reason": "expert"}).data == LARGE


def test_a_piece_sent_again_takes_the_place_of_the_one_before(reviewer, incident):
    url = announce(reviewer, incident, LARGE).location
    for piece in (bytes(SEGMENT), LARGE[:SEGMENT]):
        assert send(reviewer, url, 0, piece).json == {"have": SEGMENT}
    assert send(reviewer, url, 0, LARGE[:SEGMENT], sha256="0" * 64).status_code == 409
    assert send(reviewer, url, -5, LARGE[:SEGMENT]).status_code == 409
    assert send(reviewer, url, 0, LARGE[: SEGMENT + 1]).status_code == 409
    assert send(reviewer, url, "x", LARGE[:SEGMENT]).status_code == 409


REFUSED = {
    "empty": (b"", "This file is empty."),
    "pixels": (invented.bomb(), "more than 100 million points"),
    "archive": (invented.zipped({"../x": "x"}), "a name that leads out of its folder"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_says_why_on_the_form_and_leaves_nothing(staff, house, reviewer, incident, what):
    data, sentence = REFUSED[what]
    answer = add(reviewer, incident, data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert store.of(house).sizes("") == []


@pytest.mark.parametrize("what", ["pixels", "archive"])
def test_what_is_refused_after_it_was_sent_in_pieces_is_thrown_away(staff, house, reviewer, incident, what):
    data, sentence = REFUSED[what]
    url = announce(reviewer, incident, data).location
    send(reviewer, url, 0, data)
    answer = reviewer.post(url, data={"deed": "finish"}, follow_redirects=True)
    assert sentence in answer.text
    assert store.of(house).sizes("") == []
    assert reviewer.get(url).status_code == 404


def test_too_large_a_file_is_told_before_it_is_sent(app, reviewer, incident):
    app.extensions["house"].evidence_limit = 1024 * 1024
    answer = announce(reviewer, incident, bytes(1024 * 1024 + 1))
    assert answer.status_code == 422
    assert "larger than the 1 MB" in answer.text
    assert 'name="device"' in answer.text


def test_a_name_that_would_act_is_shown_escaped(reviewer, incident):
    name = "<script>alert(1)</script>\x1b[31m.jpg"
    url = announce(reviewer, incident, invented.jpeg(), name=name, url="").location
    send(reviewer, url, 0, invented.jpeg())
    reviewer.post(url, data={"deed": "finish"})
    shown = reviewer.get(url).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m.jpg" in shown


def test_a_copy_made_by_hand_is_added_after_it_was_looked_through(reviewer, incident):
    url = add(reviewer, incident, invented.docx(), name="draft.docx").location
    assert "No working copy" in reviewer.get(url).text
    assert reviewer.get(f"{url}/copy").status_code == 409

    def give(data, **more):
        form = {"deed": "copy", "copy": (io.BytesIO(data), "copy"), **more}
        return reviewer.post(url, data=form, content_type="multipart/form-data")

    assert "Look through it first" in give(invented.pdf()).text
    still = give(invented.docx(), looked="yes")
    assert still.status_code == 422
    assert "author of a change" in still.text
    assert give(invented.pdf(), looked="yes").status_code == 303
    copy = reviewer.get(f"{url}/copy")
    assert copy.mimetype == "application/pdf"
    assert copy.headers["Content-Disposition"].startswith("inline")
    assert reviewer.get(f"{url}/copy?save=yes").headers["Content-Disposition"].startswith("attachment")


def test_who_is_in_it_is_said_and_shown(staff, reviewer, incident):
    url = add(reviewer, incident, invented.jpeg()).location
    with staff.reviewer.work() as work:
        person = search.people_of(work, incident)[0][0].id
    form = {"deed": "people", "shown": str(person)}
    assert reviewer.post(url, data=form).status_code == 422
    assert reviewer.post(url, data={**form, "everybody": "yes"}).status_code == 303
    assert "can be recognised" in reviewer.get(url).text
    assert url in reviewer.get(f"/incidents/persons/{person}").text
    other = {"deed": "people", "shown": str(incident), "everybody": "yes"}
    assert reviewer.post(url, data=other).status_code == 422


def test_a_handing_over_stands_in_the_chain(reviewer, incident):
    url = add(reviewer, incident, invented.jpeg()).location
    assert reviewer.post(url, data={"deed": "hand_over", "to": "The notary"}).status_code == 422
    words = "The memory card, against a signature."
    assert (
        reviewer.post(url, data={"deed": "hand_over", "to": "The notary", "words": words}).status_code == 303
    )
    assert words in reviewer.get(url).text


def test_an_erased_piece_says_so_and_keeps_its_chain(staff, browser_for, incident):
    coordinator = browser_for("coordinator")
    url = add(coordinator, incident, invented.jpeg()).location
    assert coordinator.post(url, data={"deed": "erase", "decision": "no"}).status_code == 422
    decision = "Asked by her on the phone, agreed by two of us."
    form = {"deed": "erase", "decision": decision, "confirm_passphrase": make.PASSPHRASE}
    assert coordinator.post(url, data=form).status_code == 303
    shown = coordinator.get(url).text
    assert "Destroyed" in shown
    assert "IMG_1.jpg" not in shown
    assert "Erased" in coordinator.get(f"/incidents/{incident}").text
    assert one(staff).state == EvidenceState.DESTROYED
    for path, how in (("copy", coordinator.get), ("original", coordinator.post)):
        assert how(f"{url}/{path}", data={"reason": "court"}).status_code in (409, 410)


def test_evidence_of_a_report_is_seen_on_its_page_and_later_on_the_incident(staff, reviewer):
    with staff.reviewer.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    form = {"origin": "given", "file": (io.BytesIO(invented.png()), "a.png")}
    url = reviewer.post(
        f"/evidence/new-of-report/{sent}", data=form, content_type="multipart/form-data"
    ).location
    assert url in reviewer.get(f"/inbox/{sent}").text
    with staff.reviewer.work() as work:
        incident = take_in.take_in(work, sent).id
    assert url in reviewer.get(f"/incidents/{incident}").text


def test_what_nobody_goes_on_sending_is_thrown_away(reviewer, incident, house):
    url = announce(reviewer, incident, LARGE).location
    send(reviewer, url, 0, LARGE[:SEGMENT])
    assert reviewer.post(url, data={"deed": "discard"}).status_code == 303
    assert reviewer.get(url).status_code == 404
    assert store.of(house).sizes("") == []


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_others_are_refused_everywhere(staff, browser_for, reviewer, incident, who):
    url = add(reviewer, incident, invented.jpeg()).location
    other = browser_for(who)
    assert other.get(url).status_code == 403
    assert other.get(f"{url}/copy").status_code == 403
    assert other.post(f"{url}/original", data={"reason": "court"}).status_code == 403
    assert other.get(f"/evidence/new/{incident}").status_code == 403


def test_an_altered_original_is_told_before_anything_leaves(staff, instance, reviewer, incident):
    url = add(reviewer, incident, invented.jpeg()).location
    (name,) = pieces.original(one(staff)).names
    path = instance.folder / "evidence" / name
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    answer = reviewer.post(f"{url}/original", data={"reason": "court"})
    assert answer.status_code == 422
    assert "altered outside the program" in answer.text
