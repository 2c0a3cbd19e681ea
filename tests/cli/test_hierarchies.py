"""Hierarchies on the command line: listed, written out, loaded."""

import pytest

from incidents.model import tree


@pytest.fixture(autouse=True)
def as_shipped():
    tree.use(())
    yield
    tree.use(())


def test_a_hierarchy_is_written_out_changed_and_loaded(line):
    text = line("release", "hierarchies", "show", "nationality", as_="Ana").stdout
    assert text.startswith("#country;subregion;region;all\n")
    file = line.file("n.csv", text.replace("BLZ;M49-013", "BLZ;M49-029"))
    load = (
        "release",
        "hierarchies",
        "load",
        file,
        "--name",
        "nationality",
        "--why",
        "Counted with the islands.",
    )
    said = line(*load, "--dry-run", as_="Ana").stdout
    assert "BLZ  subregion: M49-013 → M49-029" in said
    assert "Nothing is kept." in said
    assert "Kept as version 1." in line(*load, as_="Ana").stdout
    assert "Counted with the islands." in line("release", "hierarchies", "list", as_="Ana").stdout
    assert line("release", "hierarchies", "show", "nationality", "--number", "0", as_="Ana").stdout == text
    wrong = line.file("w.csv", text.replace("HND;M49-013;M49-019;*\n", ""))
    load = (
        "release",
        "hierarchies",
        "load",
        wrong,
        "--name",
        "nationality",
        "--why",
        "Counted with the islands.",
    )
    assert "no entry for “HND”" in line(*load, as_="Ana", code=1).stderr
