"""The pictures in docs/: `./run pictures` starts the demo, looks at the pages of a release and at a printed report.

What looks the same as before is left as it is, so that a picture changes only where a page did.
"""

import io
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page, sync_playwright

from config import HERE
from incidents.cli import demo
from incidents.release import policy as rules
from tests import browser
from tests.cli.line import Line, Served

FOLDER = HERE / "docs" / "pictures"
LARGEST = 150_000  # bytes
COLOURS, WIDE = 64, 1100  # of a picture; pixels
SEEN = {"width": 1280, "height": 1000}
ALIKE = 2.0  # of 255, on the average of a small copy: another day or number is less
PATIENCE = 600  # seconds until the demo is there
MINUTE = 60_000
# Of the printed report: its name, and what stands on the page.
PRINTED = {
    "report-methodology": "Methodology",
    "report-chart": "Figure 1.",
    "report-map": "Map. ",
    "report-table": "T9. ",
}


def main() -> None:
    """Make them all."""
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder) / "line")
        line.env = {}
        with Served(line, "demo") as served, sync_playwright() as driver:
            served.wait_for("PASSPHRASE", seconds=PATIENCE)
            served.wait_for("Tilo")
            words = dict(re.findall(r"^(\w+)\s+\w+\s+(\w+(?:-\w+){3})$", served.said(), re.MULTILINE))
            chromium = driver.chromium.launch(executable_path=browser.program(), args=browser.ARGUMENTS)
            address = f"http://localhost:{served.port}"
            open_one = lambda name: _signed_in(chromium, address, name, words[name])  # noqa: E731 – said once, here
            pack = _pages(open_one(demo.ANALYST), open_one(demo.COORDINATOR), address)
            chromium.close()
        _report(pack["report-en.docx"], Path(folder))


def _signed_in(chromium, address: str, name: str, passphrase: str) -> Page:
    page = chromium.new_context(
        viewport=SEEN, locale="en", reduced_motion="reduce", accept_downloads=True
    ).new_page()
    page.set_default_timeout(MINUTE)
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Passphrase").fill(passphrase)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.get_by_role("button", name="English").or_(page.get_by_role("link", name="English")).first.click()
    page.locator('html[lang="en"]').wait_for(state="attached")
    return page


def _pages(analyst: Page, coordinator: Page, address: str) -> dict[str, bytes]:
    """Choice, preview, signing; then the pack of tables, as the analyst downloads it."""
    analyst.goto(f"{address}/releases/new")
    _kept("release-choice", analyst.screenshot())
    analyst.goto(f"{address}/releases/preview?policy={demo.POLICY}")
    _kept("release-preview", analyst.screenshot())
    _of_policy(coordinator, address, demo.WAITS)
    coordinator.locator('form[action$="/sign"]').first.wait_for()
    _kept("release-signing", coordinator.screenshot())
    _of_policy(analyst, address, demo.TABLES)
    _kept("release-tables", analyst.screenshot())
    with analyst.expect_download() as taken:
        analyst.locator('form[action$="/download"] button').first.click()
    with zipfile.ZipFile(taken.value.path()) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def _of_policy(page: Page, address: str, policy: str) -> None:
    """The page of the release under this policy: the demo has one of each."""
    page.goto(f"{address}/releases")
    page.get_by_role("row").filter(has_text=rules.load(policy).title("en")).get_by_role("link").first.click()
    page.wait_for_load_state()


def _report(document: bytes, folder: Path) -> None:
    """Pages of the document, as a word processor prints them."""
    (folder / "report.docx").write_bytes(document)
    home = f"-env:UserInstallation=file://{folder}/office"
    _run("soffice", home, "--headless", "--convert-to", "pdf", "--outdir", folder, folder / "report.docx")
    pages = _run("pdftotext", "-layout", folder / "report.pdf", "-").decode().split("\f")
    _run("pdftoppm", "-r", "80", "-png", folder / "report.pdf", folder / "page")
    drawn = sorted(folder.glob("page-*.png"))
    for name, words in PRINTED.items():
        place = next(number for number, text in enumerate(pages) if words in text)
        _kept(name, drawn[place].read_bytes())


def _run(*command: object) -> bytes:
    return subprocess.run([*map(str, command)], check=True, capture_output=True).stdout


def _kept(name: str, content: bytes) -> None:
    """Small, in few colors; the one that is there stays where this one looks the same."""
    path, image = FOLDER / f"{name}.png", Image.open(io.BytesIO(content)).convert("RGB")
    if image.width > WIDE:
        image = image.resize((WIDE, round(image.height * WIDE / image.width)), Image.Resampling.LANCZOS)
    if path.exists() and alike(Image.open(path).convert("RGB"), image):
        print(f"{path.name} looks as before", file=sys.stderr)  # noqa: T201 – a program at the terminal
        return
    FOLDER.mkdir(exist_ok=True)
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        sys.exit(f"{path} is larger than {LARGEST} bytes.")
    print(f"{path.name} is new", file=sys.stderr)  # noqa: T201 – as above


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Whether nobody would see a difference but in single words: dates, references, numbers."""
    if one.size != other.size:
        return False
    small = (one.width // 8, one.height // 8)
    apart = ImageChops.difference(one.resize(small), other.resize(small))
    return max(ImageStat.Stat(apart).mean) < ALIKE


if __name__ == "__main__":
    main()
