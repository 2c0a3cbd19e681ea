"""The pictures of the documentation: each that is shown is there, small, and says nothing of who made it."""

import re

import pytest
from PIL import Image, ImageDraw

from config import HERE
from tests import pictures

PAGES = (HERE / "README.md", *sorted((HERE / "docs").rglob("*.md")))


def shown():
    """Every picture that a page shows, as a path."""
    return {
        (page.parent / link).resolve()
        for page in PAGES
        for link in re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", page.read_text("utf-8"))
    }


def test_every_picture_that_is_shown_is_there_and_no_other():
    assert shown()
    assert shown() == {*pictures.FOLDER.iterdir()}


@pytest.mark.parametrize("path", sorted(pictures.FOLDER.glob("*.png")), ids=lambda path: path.stem)
def test_a_picture_is_small_and_holds_nothing_but_what_is_drawn(path):
    assert path.stat().st_size < pictures.LARGEST
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.width <= pictures.WIDE
        assert not {*image.info} - {"transparency"}


def test_another_date_is_no_other_picture_and_another_page_is():
    page = Image.new("RGB", (1100, 860), "white")
    dated, changed = page.copy(), page.copy()
    ImageDraw.Draw(dated).text((900, 40), "29 November 2026", fill="black")
    ImageDraw.Draw(changed).rectangle((0, 0, 1100, 200), fill="black")
    assert pictures.alike(page, dated)
    assert not pictures.alike(page, changed)
    assert not pictures.alike(page, Image.new("RGB", (1100, 800), "white"))
