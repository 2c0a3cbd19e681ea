"""Piece after piece, whole or not at all; what is refused says why and leaves nothing behind."""

import hashlib
import io

import pytest
from sqlalchemy import select

from incidents import evidence
from incidents.errors import InvalidInput, MoveNotAllowed, NotAllowed, Problem
from incidents.evidence import SEGMENT, pieces, refusals, store
from incidents.model.evidence import Evidence, EvidenceState
from incidents.model.incident import Incident
from tests import make
from tests.evidence import invented

LARGE = bytes(range(256)) * (SEGMENT // 256) * 2 + b"the end of it"


@pytest.fixture
def begun(staff, incident):
    """A file of two pieces and a bit, announced."""
    with staff.reviewer.work() as work:
        given = invented.about(LARGE, name="film.bin")
        return evidence.begin(work, work.get(Incident, incident), given).id


def send(member, id, at, data, **more):
    with member.work() as work:
        return evidence.receive(work, work.get(Evidence, id), at, data, **more)


def send_all(member, id, data=LARGE):
    for at, piece in evidence.segments(io.BytesIO(data)):
        send(member, id, at, piece)


def finish(member, id, **more):
    with member.work() as work:
        return evidence.finish(work, work.get(Evidence, id), **more)


def have(member, id):
    with member.work() as work:
        return evidence.have(work, work.get(Evidence, id))


def test_a_file_sent_in_pieces_is_whole(staff, begun):
    send_all(staff.reviewer, begun)
    assert have(staff.reviewer, begun) == (len(LARGE), len(LARGE))
    assert finish(staff.reviewer, begun, sha256=hashlib.sha256(LARGE).hexdigest()).state == EvidenceState.KEPT
    with staff.reviewer.work() as work:
        _name, _size, content = evidence.take_original(work, evidence.one(work, begun), "verification")
        assert b"".join(content) == LARGE


def test_after_a_break_it_goes_on_from_what_is_here(staff, begun):
    assert send(staff.reviewer, begun, 0, LARGE[:SEGMENT]) == SEGMENT
    assert have(staff.reviewer, begun) == (SEGMENT, len(LARGE))
    with pytest.raises(refusals.NotWhole) as problem:
        finish(staff.reviewer, begun)
    assert problem.value.said().startswith(f"{SEGMENT} of {len(LARGE)} bytes are here")
    send_all(staff.other_reviewer, begun)
    finish(staff.other_reviewer, begun)


@pytest.mark.parametrize(
    ("at", "data"),
    [
        (0, LARGE[: SEGMENT // 2]),  # the line broke within it
        (SEGMENT, LARGE[SEGMENT : 2 * SEGMENT]),  # what stands before it is not here
        (7, LARGE[7 : 7 + SEGMENT]),
        (-SEGMENT, LARGE[:SEGMENT]),
        (4 * SEGMENT, LARGE[:SEGMENT]),
        (0, LARGE[:SEGMENT] + b"more"),
        (0, b""),
    ],
)
def test_a_half_written_or_misplaced_piece_is_thrown_away(staff, begun, house, at, data):
    with pytest.raises(refusals.OtherSegment) as problem:
        send(staff.reviewer, begun, at, data)
    assert problem.value.said().endswith("Go on from byte 0.")
    assert store.of(house).sizes(str(begun)) == []


def test_a_piece_that_was_damaged_on_the_way_is_thrown_away(staff, begun):
    right = hashlib.sha256(LARGE[:SEGMENT]).hexdigest()
    with pytest.raises(refusals.OtherSegment):
        send(staff.reviewer, begun, 0, bytes(SEGMENT), sha256=right)
    assert send(staff.reviewer, begun, 0, LARGE[:SEGMENT], sha256=right.upper()) == SEGMENT


def test_a_piece_that_is_sent_again_is_sealed_under_another_key(staff, begun, house):
    """Other bytes, or the same: no nonce serves twice, and the later one counts."""
    sealed = []
    for data in (bytes(SEGMENT), LARGE[:SEGMENT], LARGE[:SEGMENT]):
        send(staff.reviewer, begun, 0, data)
        ((name, size),) = store.of(house).sizes(str(begun))
        assert pieces.plain(size) == SEGMENT
        sealed.append(store.of(house).get(name))
    starts = {each[: pieces.OVERHEAD] for each in sealed}
    assert len(starts) == 3  # object and file are the same: only the salts differ
    assert len({each[:39] for each in sealed}) == 1
    send_all(staff.reviewer, begun)
    finish(staff.reviewer, begun)
    with staff.reviewer.work() as work:
        assert evidence.open_one(work, begun).facts["sha256"] == hashlib.sha256(LARGE).hexdigest()


def test_pieces_that_changed_places_do_not_open(staff, begun, house):
    send_all(staff.reviewer, begun)
    with staff.reviewer.work() as work:
        where = pieces.original(work.get(Evidence, begun))
        names = [name for name, _size in store.of(house).sizes(str(begun))]
        first = store.of(house).get(names[0])
        store.of(house).drop(names[1:2])
        store.of(house).put(where.folder, 1, first)
    with pytest.raises(Problem) as problem:
        finish(staff.reviewer, begun)
    assert problem.value.code == "altered"


def test_nothing_is_added_to_what_is_kept(staff, keep):
    id = keep(invented.jpeg())
    for deed in (lambda: send(staff.reviewer, id, 0, b"other"), lambda: finish(staff.reviewer, id)):
        with pytest.raises(MoveNotAllowed):
            deed()


def test_another_hash_than_was_announced_is_refused(staff, begun):
    send_all(staff.reviewer, begun)
    with pytest.raises(refusals.OtherHash):
        finish(staff.reviewer, begun, sha256="0" * 64)


# -- refused, each with its sentence

REFUSED = {
    "empty": (lambda: b"", "evidence-empty", "This file is empty."),
    "pixels": (
        invented.bomb,
        "evidence-too-many-pixels",
        "This picture would unfold to more than 100 million points",
    ),
    "zip": (
        lambda: invented.zipped({"../../etc/cron.d/x": "x"}),
        "evidence-archive-leads-out",
        "This archive holds a name that leads out of its folder (../)",
    ),
    "zip on Windows": (
        lambda: invented.zipped({"..\\x.exe": "x"}),
        "evidence-archive-leads-out",
        "This archive holds a name",
    ),
    "zip with a root": (
        lambda: invented.zipped({"/etc/passwd": "x"}),
        "evidence-archive-leads-out",
        "This archive holds a name",
    ),
    "tar": (lambda: invented.tarred("../x"), "evidence-archive-leads-out", "This archive holds a name"),
    "packed tar": (
        lambda: invented.tarred("a/../../x", "w:gz"),
        "evidence-archive-leads-out",
        "This archive holds a name",
    ),
    "tar with a link": (
        lambda: invented.tarred("x", "w:xz", link="../../y"),
        "evidence-archive-leads-out",
        "This archive holds a name",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refused_file_is_told_why_and_nothing_of_it_stays(staff, keep, house, what):
    data, code, begins = REFUSED[what]
    with pytest.raises(evidence.NotKept) as problem:
        keep(data())
    assert problem.value.code == code
    assert problem.value.said().startswith(begins)
    assert store.of(house).sizes("") == []
    with staff.reviewer.work() as work:
        assert work.db.scalars(select(Evidence)).all() == []


def test_over_the_limit_is_said_before_anything_is_sent(staff, keep, house):
    house.evidence_limit = 1024 * 1024
    with pytest.raises(refusals.OverTheLimit) as problem:
        keep(bytes(1024 * 1024 + 1))
    assert "larger than the 1 MB" in problem.value.said()


def test_an_archive_that_would_never_end_is_not_looked_through(keep, monkeypatch):
    monkeypatch.setattr("incidents.evidence.looking.UNFOLDED", 4096)
    with pytest.raises(refusals.NotLookedThrough):
        keep(invented.tarred("a.txt", "w:gz", size=100_000))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[31mb\r\n.jpg", "a\\x1b[31mb\\r\\n.jpg"),
        ("fdp.\u202egpj", "fdp.\\u202egpj"),
        ("<script>alert(1)</script>.jpg", "<script>alert(1)</script>.jpg"),  # escaped by the page
        ("año ñandú.jpg", "año ñandú.jpg"),
    ],
)
def test_a_name_with_control_characters_is_kept_sealed_and_shown_escaped(staff, keep, name, shown):
    id = keep(invented.jpeg(), name=name)
    with staff.reviewer.work() as work:
        assert evidence.open_one(work, id).description["name"] == name
    assert evidence.shown(name) == shown


# -- what it is

TYPES = {
    "image/jpeg": invented.jpeg,
    "image/png": invented.png,
    "application/pdf": invented.pdf,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": invented.docx,
    "application/zip": lambda: invented.zipped({"a.txt": "x"}),
    "application/x-tar": lambda: invented.tarred("a.txt"),
    "text/plain": "Nueve días, dijo.\n".encode,
    "application/octet-stream": lambda: b"\x01\x02\x03\xff" * 9,
}


@pytest.mark.parametrize("type", TYPES)
def test_the_type_is_by_content_not_by_name(staff, keep, type):
    id = keep(TYPES[type](), name="picture.gif")
    with staff.reviewer.work() as work:
        assert evidence.open_one(work, id).facts["type"] == type


def test_a_broken_picture_is_kept_as_it_came_without_a_copy(staff, keep):
    data = invented.jpeg()[:400]
    id = keep(data)
    with staff.reviewer.work() as work:
        opened = evidence.open_one(work, id)
    assert opened.copy is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"origin": "elsewhere"}, "origin"),
        ({"origin": "open"}, "url"),
        ({"origin": "open", "url": "javascript:alert(1)"}, "url"),
        ({"name": ""}, "name"),
        ({"collected": {"edtf": "yesterday", "precision": "DAY"}}, "collected"),
        ({"sha256": "short"}, "sha256"),
        ({"state": "kept"}, "state"),
    ],
)
def test_what_is_said_of_it_is_checked(keep, changes, field):
    with pytest.raises(InvalidInput) as problem:
        keep(invented.jpeg(), **changes)
    assert field in problem.value.fields


def test_open_sources_keep_their_address_title_and_tool_sealed(staff, keep):
    said = {"url": "https://example.org/video/7", "title": "Video of the bakery", "tool": "a browser"}
    id = keep(invented.jpeg(), origin="open", captured="a" * 64, **said)
    with staff.reviewer.work() as work:
        opened = evidence.open_one(work, id)
    assert said.items() <= opened.description.items()
    assert opened.facts["captured"] == "a" * 64
    assert not said.keys() & opened.facts.keys()


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_others_neither_bring_in_nor_see_any(staff, keep, incident, who):
    id = keep(invented.jpeg())
    member = getattr(staff, who)
    with pytest.raises(NotAllowed), member.work() as work:
        evidence.begin(work, work.get(Incident, incident), invented.about(b"x"))
    with pytest.raises(NotAllowed), member.work() as work:
        evidence.take_original(work, work.get(Evidence, id), "verification")
    with pytest.raises(NotAllowed), member.work() as work:
        evidence.view(work, work.get(Evidence, id))


def test_what_nobody_goes_on_sending_is_let_go_of(staff, begun, house):
    send(staff.reviewer, begun, 0, LARGE[:SEGMENT])
    with staff.reviewer.work() as work:
        evidence.discard(work, work.get(Evidence, begun))
    assert store.of(house).sizes("") == []
    with staff.reviewer.work() as work:
        assert work.db.get(Evidence, begun) is None
        assert list(work.breaks()) == []


def test_what_was_sealed_before_a_key_was_renewed_still_opens_and_goes_on(staff, begun, house, keep):
    """A member is removed while a file is being sent: what was kept opens, and the rest is sealed under the new key."""
    send(staff.reviewer, begun, 0, LARGE[:SEGMENT])
    data = invented.jpeg()
    other = keep(data)
    make.removed(house, staff.coordinator, staff.other_reviewer)
    send_all(staff.reviewer, begun)
    finish(staff.reviewer, begun)
    for id, wanted in ((begun, LARGE), (other, data)):
        with staff.reviewer.work() as work:
            content = evidence.take_original(work, evidence.one(work, id), "verification")[2]
            assert b"".join(content) == wanted
    with staff.reviewer.work() as work:
        assert list(evidence.breaks(work, opening=True)) == []
