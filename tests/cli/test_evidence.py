"""Evidence from the command line: added, gone on with, verified, compared."""

import re

import pytest
from sqlalchemy import select

from incidents import evidence
from incidents.evidence import SEGMENT, store
from incidents.model.evidence import Evidence
from incidents.model.incident import Incident
from tests.evidence import invented

LARGE = bytes(2 * SEGMENT + 5)
HOLDS = "pieces of evidence are what was received, and their chains of custody hold."


@pytest.fixture
def reference(line, imported):
    """Of an imported incident."""
    with line.house() as house:
        return house.db().scalars(select(Incident.reference).order_by(Incident.reference)).first()


def write(line, name, data):
    path = line.folder / name
    path.write_bytes(data)
    return path


def add(line, path, reference, *more, **who):
    return line("evidence", "add", path, "--incident", reference, *more, **{"as_": "Rita", **who})


def test_a_file_is_added_and_everything_is_verified(line, reference):
    said = add(line, write(line, "IMG_1.jpg", invented.jpeg()), reference, "--origin", "given").stdout
    assert re.fullmatch(r"Kept as evidence [0-9a-f-]{36}\.\n", said)
    assert f"1 {HOLDS}" in line("evidence", "verify").stdout
    assert f"1 {HOLDS}" in line("evidence", "compare", as_="Rosa").stdout
    assert "The trail holds" in line("audit", "verify").stdout


def test_one_flipped_bit_is_named_and_the_exit_code_says_so(line, reference):
    add(line, write(line, "film.bin", LARGE), reference)
    path = sorted((line.instance / "evidence").rglob("*/original/*/*"))[1]
    data = bytearray(path.read_bytes())
    data[12345] ^= 4
    path.write_bytes(data)
    result = line("evidence", "verify", code=1)
    assert re.match(r"evidence/[0-9a-f-]{36}: the stored file was altered\n", result.stdout)
    assert "Evidence does not hold" in result.stderr


def test_an_adding_that_was_cut_goes_on(line, reference, monkeypatch):
    path, receive = write(line, "film.bin", LARGE), evidence.receive

    def cut(work, item, at, data, sha256=""):
        if at >= SEGMENT:
            raise KeyboardInterrupt
        return receive(work, item, at, data, sha256)

    with monkeypatch.context() as patch:
        patch.setattr(evidence, "receive", cut)
        said = add(line, path, reference, code=1).stderr
    (id,) = re.findall(r"--on ([0-9a-f-]{36})", said)
    other = write(line, "other.bin", LARGE + b"more")
    assert "another file" in add(line, other, reference, "--on", id, code=1).stderr
    assert f"Kept as evidence {id}." in add(line, path, reference, "--on", id).stdout
    assert f"1 {HOLDS}" in line("evidence", "verify").stdout


def test_a_refused_file_is_told_why_and_thrown_away(line, reference):
    bad = write(line, "x.zip", invented.zipped({"../x": "x"}))
    assert "leads out of its folder" in add(line, bad, reference, code=1).stderr
    with line.house() as house:
        assert store.of(house).sizes("") == []
        assert house.db().scalars(select(Evidence)).all() == []


def test_a_copy_made_by_hand_is_added(line, reference):
    said = add(line, write(line, "draft.docx", invented.docx()), reference).stdout
    (id,) = re.findall(r"[0-9a-f-]{36}", said)
    line("evidence", "copy", id, write(line, "bare.pdf", invented.pdf()), as_="Rita")
    still = line("evidence", "copy", id, line.folder / "draft.docx", as_="Rita", code=1)
    assert "author of a change" in still.stderr
    assert f"1 {HOLDS}" in line("evidence", "compare", as_="Rita").stdout


def test_whoever_may_not_adds_nothing(line, reference):
    add(line, write(line, "a.jpg", invented.jpeg()), reference, as_="Alan", code=1)
    assert not list((line.instance / "evidence").rglob("*"))
