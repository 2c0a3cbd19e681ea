"""The original stays what it was; the working copy shows the same and says nothing of people, places, devices."""

import hashlib
import io
import shutil
import subprocess

import pikepdf
import pytest
from PIL import Image

from incidents import evidence
from incidents.evidence import apart
from incidents.evidence.refusals import NoCopy, StillSays
from incidents.model.evidence import Custody
from tests.evidence import invented

FILES = {"jpeg": invented.jpeg, "png": invented.png, "pdf": invented.pdf, "docx": invented.docx}
COPIED = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}


def original(member, id):
    with member.work() as work:
        name, size, content = evidence.take_original(work, evidence.one(work, id), "verification")
        data = b"".join(content)
    assert len(data) == size
    return name, data


def copy(member, id):
    with member.work() as work:
        facts, content = evidence.view(work, evidence.one(work, id))
        return facts, b"".join(content)


@pytest.mark.parametrize("kind", FILES)
def test_the_original_is_byte_for_byte_what_came(staff, keep, kind):
    data = FILES[kind]()
    id = keep(data)
    name, given = original(staff.coordinator, id)
    assert given == data
    assert name.startswith(f"evidence-{id.hex[:8]}-original.")
    with staff.reviewer.work() as work:
        opened = evidence.open_one(work, id)
    assert opened.facts["sha256"] == hashlib.sha256(data).hexdigest()
    assert opened.facts["size"] == len(data)
    assert opened.description["name"] == "IMG_20190130.jpg"


@pytest.mark.parametrize("kind", COPIED)
def test_a_working_copy_says_nothing_of_people_and_devices(staff, keep, kind):
    data = FILES[kind]()
    facts, bare = copy(staff.reviewer, keep(data))
    assert facts["type"] == COPIED[kind]
    assert facts["sha256"] == hashlib.sha256(bare).hexdigest()
    for said in invented.SAID:
        assert said.encode() not in bare
        assert said.encode("utf-16-be") not in bare


@pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="exiftool is not installed (libimage-exiftool-perl)"
)
@pytest.mark.parametrize("kind", COPIED)
def test_exiftool_finds_in_the_original_what_it_does_not_find_in_the_copy(staff, keep, kind, tmp_path):
    data = FILES[kind]()
    _facts, bare = copy(staff.reviewer, keep(data))
    before, after = (exiftool(tmp_path / name, content) for name, content in (("a", data), ("b", bare)))
    assert any(said in before for said in invented.SAID)
    assert not [said for said in invented.SAID if said in after]
    allowed = {"ExifTool", "System", "File", "JFIF", "PNG", "PDF", "Composite"}
    groups = {line.split("]")[0].strip("[").strip() for line in after.splitlines()}
    assert groups <= allowed
    for word in ("GPS", "Author", "Creator", "Producer", "Create Date", "Make", "Model", "XMP", "Comment"):
        assert word not in after, word


def exiftool(path, content):
    path.write_bytes(content)
    done = subprocess.run(
        ["exiftool", "-a", "-u", "-ee", "-G0", str(path)], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_picture_is_turned_as_it_was_meant_to_be_seen(staff, keep):
    _facts, bare = copy(staff.reviewer, keep(invented.jpeg((64, 48), orientation=6)))
    assert Image.open(io.BytesIO(bare)).size == (48, 64)


def test_the_copy_of_a_pdf_has_its_pages_and_nothing_that_acts(staff, keep):
    _facts, bare = copy(staff.reviewer, keep(invented.pdf()))
    with pikepdf.open(io.BytesIO(bare)) as pdf:
        assert len(pdf.pages) == 1
        assert "/OpenAction" not in pdf.Root
        assert len(pdf.attachments) == 0
        assert dict(pdf.docinfo) == {}
        (note,) = pdf.pages[0].Annots
        assert str(note.Contents) == "Is this the bakery?"
        assert "/T" not in note
        image = pdf.pages[0].Resources.XObject.Im0
        shown = Image.open(io.BytesIO(image.read_raw_bytes()))
        shown.load()
        assert shown.size == (64, 48)
        assert dict(shown.getexif()) == {}
    for word in (b"/JavaScript", b"app.alert", b"list.txt"):
        assert word not in uncompressed(bare)


def uncompressed(data):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(
            out,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return out.getvalue()


@pytest.mark.parametrize("kind", FILES)
def test_what_a_file_says_of_itself_is_read_for_the_reviewer(staff, keep, kind):
    id = keep(FILES[kind]())
    with staff.reviewer.work() as work:
        metadata = evidence.open_one(work, id).description["metadata"]
    values = " ".join(value for _name, value in metadata)
    assert {
        "jpeg": invented.DEVICE,
        "png": invented.PHOTOGRAPHER,
        "pdf": invented.AUTHOR,
        "docx": invented.REVISER,
    }[kind] in values
    if kind == "jpeg":
        assert any("GPS" in name for name, _value in metadata)


def test_a_document_with_tracked_changes_has_no_copy_until_one_is_made_by_hand(staff, keep):
    id = keep(invented.docx(), name="draft.docx")
    with pytest.raises(NoCopy):
        copy(staff.reviewer, id)
    with pytest.raises(StillSays) as problem, staff.reviewer.work() as work:
        evidence.add(work, evidence.one(work, id), io.BytesIO(invented.docx()))
    assert "author of a change" in problem.value.said()
    with staff.reviewer.work() as work:
        evidence.add(work, evidence.one(work, id), io.BytesIO(invented.pdf()))
    facts, bare = copy(staff.reviewer, id)
    assert (facts["type"], facts["how"]) == ("application/pdf", "by-hand")
    assert not [said for said in invented.SAID if said.encode() in bare]


def test_a_copy_made_later_takes_the_place_of_the_one_before(staff, keep):
    id = keep(invented.jpeg())
    with staff.reviewer.work() as work:
        evidence.add(work, evidence.one(work, id), io.BytesIO(invented.png()))
    assert copy(staff.reviewer, id)[0]["type"] == "image/png"


def test_each_deed_is_a_link_of_the_chain(staff, keep):
    id = keep(invented.jpeg())
    copy(staff.reviewer, id)
    original(staff.reviewer, id)
    with staff.reviewer.work() as work:
        evidence.hand_over(
            work, evidence.one(work, id), "The notary of the quarter", "Shown in the original."
        )
    with staff.reviewer.work() as work:
        events = evidence.open_one(work, id).custody
    kinds = [event.kind for event, _facts, _words in events]
    assert kinds == [
        Custody.RECEIVED,
        Custody.HASHED,
        Custody.SEALED,
        Custody.TRANSFORMED,
        Custody.VIEWED,
        Custody.COPIED,
        Custody.TRANSFERRED,
    ]
    assert events[5][1]["reason"] == "verification"
    assert events[6][2] == {"to": "The notary of the quarter", "words": "Shown in the original."}


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK", "P", "1", "I;16", "LA", "F"])
def test_every_kind_of_picture_becomes_plain_colours(mode):
    out = io.BytesIO()
    Image.new(mode, (9, 7)).save(out, "TIFF")
    said, data = apart.copy_image(out.getvalue())
    assert said == {"type": "image/png"}
    assert Image.open(io.BytesIO(data)).size == (9, 7)


def test_a_jpeg_is_stripped_block_by_block_and_still_opens():
    bare = apart.bare_jpeg(invented.jpeg())
    assert not [said for said in invented.SAID if said.encode() in bare]
    Image.open(io.BytesIO(bare)).load()
