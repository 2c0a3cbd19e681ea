"""The document as a word processor prints it, and the page as a browser shows it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops
from playwright.sync_api import expect

from incidents.release import text
from tests.browser import DESK, PHONE
from tests.needs import absent
from tests.release import invented
from tests.release.text import told

MINUTES = 300  # seconds for a slow machine
A_LETTER = (612, 792)  # points


def program(*names: str, package: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    return found or absent(names[0], f"Debian and Ubuntu have it in {package}.")


@pytest.mark.slow
def test_a_word_processor_prints_the_report_page_by_page(tmp_path: Path):
    office = program("soffice", "libreoffice", package="libreoffice-writer")
    reader, painter = (program(name, package="poppler-utils") for name in ("pdftotext", "pdftoppm"))
    files = {file.name: file.data for file in text.every(told.MATERIAL, invented.policy("age"), ["es"])}
    (tmp_path / "report.docx").write_bytes(files["report-es.docx"])
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    ask = [office, home, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "report.docx"]
    subprocess.run(ask, check=True, capture_output=True, timeout=MINUTES)
    pages = subprocess.run(
        [reader, "-layout", tmp_path / "report.pdf", "-"], check=True, capture_output=True
    ).stdout
    printed = pages.decode().split("\f")[:-1]
    assert 3 <= len(printed) <= 8
    whole = " ".join(" ".join(printed).split())
    for part in (
        "Lo que las personas relataron",
        "Este informe se basa en 52 entrevistas",
        "T1. Incidentes por acto y estado",
        "Secuestro extorsivo 21 8 17 <5 … 61",
        "Gráfica 1. Incidentes por acto",
        "Cecilia P., una mujer de 36 años de Venezuela, dijo:",
        "Entrevista de Casa Inventada del Río con Cecilia P. (seudónimo), Tamaulipas, noviembre de 2019.",
    ):
        assert part in whole
    assert [page.split()[-1] for page in printed] == [str(number) for number in range(1, len(printed) + 1)]
    subprocess.run([painter, "-r", "40", "-png", tmp_path / "report.pdf", tmp_path / "page"], check=True)
    for path in sorted(tmp_path.glob("page*.png")):
        with Image.open(path) as page:
            box = ImageChops.difference(page.convert("L"), Image.new("L", page.size, 255)).getbbox()
        assert box is not None, path.name
        scale = page.width / A_LETTER[0]
        assert box[0] >= 0.8 * 72 * scale, "something is printed in the margin"
        assert box[2] <= (A_LETTER[0] - 0.8 * 72) * scale, "something is printed in the margin"


@pytest.mark.browser
def test_the_page_can_be_read_on_a_phone_and_by_whoever_does_not_see_it(open_page, tmp_path: Path):
    files = {file.name: file.data for file in text.every(told.MATERIAL, invented.policy("age"), ["en"])}
    path = tmp_path / "report-en.html"
    path.write_bytes(files[path.name])
    page = open_page(viewport=PHONE)
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert Axe().run(page).response["violations"] == []
    names = page.get_by_role("img").evaluate_all(
        "found => found.map(each => each.getAttribute('aria-label'))"
    )
    assert len(names) == 4
    assert all(names)
    shot(page, "phone")
    page.set_viewport_size(DESK)
    shot(page, "desk")
    page.get_by_role("link", name="Notes 2").click()
    expect(page).to_have_url(re.compile("#note-2$"))


def shot(page, name):
    folder = os.environ.get("AMPARO_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder, f"report-{name}.png"), full_page=True)
