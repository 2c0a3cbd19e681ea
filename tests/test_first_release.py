"""The two minutes of the README: somebody who has just cloned presses what it says, and gets what it says."""

import io
import re
import zipfile
from datetime import date

import pytest
from playwright.sync_api import Page

from config import HERE
from incidents.cli import demo
from tests.cli.line import Line, Served
from tests.web.walking import arrived

MINUTES = 600  # until everybody is invented, on a machine that does much else
HEAD = "### The first release, in two minutes"
PRESSED = re.compile(r"\*\*(.+?)\*\*")
DAY = re.compile(r"`(\d{4}-\d\d-\d\d)`")
GIVEN = {"data.csv", "data.xlsx", "data.dta", "data.sav", "data.parquet", "data.json", "manifest.json"}


def steps() -> list[str]:
    text = (HERE / "README.md").read_text("utf-8").split(HEAD)[1].split("\n## ")[0]
    return [
        re.sub(r"\s+", " ", each)
        for each in re.findall(r"^\d\. (.+?)(?=^\d\. |^`|\Z)", text, re.MULTILINE | re.DOTALL)
    ]


def press(page: Page, name: str) -> None:
    """What bears this name and can be seen, whatever it is."""
    arrived(page)
    ways = [
        page.get_by_role(role, name=name).locator("visible=true") for role in ("button", "link", "checkbox")
    ]
    label = page.locator("label:visible").filter(has_text=name)
    for way in (*ways, label):
        if way.count():
            way.first.click()
            return
    raise AssertionError(f"nothing to press is called {name!r} on {page.url}")


def enter(page: Page, address: str, name: str, passphrase: str) -> None:
    page.goto(address)
    page.locator("[name=name]").fill(name)
    page.locator("[name=passphrase]").fill(passphrase)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def walked(address: str, passphrases: dict[str, str], open_page) -> dict[str, bytes]:
    """Each step by whoever it names; the pack in the end."""
    first, second, third, last = steps()
    analyst, coordinator = open_page(), open_page()
    for page in (analyst, coordinator):
        page.set_default_timeout(120_000)
        page.expected.append("401")  # of the first page, which asks who it is
    enter(analyst, address, demo.ANALYST, passphrases[demo.ANALYST])
    for name in PRESSED.findall(first):
        press(analyst, name)
    for name in PRESSED.findall(second):
        if name == "Preview":
            analyst.get_by_label("Until").fill(DAY.search(second)[1])
        press(analyst, name)
        analyst.wait_for_load_state()
    release = analyst.url
    enter(coordinator, address, demo.COORDINATOR, passphrases[demo.COORDINATOR])
    for name in PRESSED.findall(third):
        press(coordinator, name)
        coordinator.wait_for_load_state()
        if name == "Releases":
            line = coordinator.get_by_role("row").filter(has_text="yours, if you agree")
            line.filter(has_text="Rows for researchers").get_by_role("link").first.click()
            coordinator.wait_for_load_state()
            assert coordinator.url == release
    analyst.reload()
    (name,) = PRESSED.findall(last)
    with analyst.expect_download() as taken:
        press(analyst, name)
    with zipfile.ZipFile(io.BytesIO(taken.value.path().read_bytes())) as pack:
        return {each: pack.read(each) for each in pack.namelist()}


@pytest.mark.slow
@pytest.mark.browser
def test_somebody_who_has_just_cloned_has_a_release_in_hand(tmp_path, monkeypatch, open_page):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("AMPARO_INSTANCE", raising=False)
    line = Line(tmp_path / "line")
    line.env = {}
    with Served(line, "demo") as served:
        served.wait_for("PASSPHRASE", seconds=MINUTES)
        served.wait_for("Tilo")
        said = dict(re.findall(r"^(\w+)\s+\w+\s+(\w+(?:-\w+){3})$", served.said(), re.MULTILINE))
        pack = walked(f"http://localhost:{served.port}", said, open_page)
    assert pack.keys() >= GIVEN
    assert pack["data.csv"].count(b"\n") > 50


def test_the_readme_names_accounts_and_days_that_the_demo_has():
    text = " ".join(steps())
    assert len(steps()) == 4
    assert {demo.ANALYST, demo.COORDINATOR} <= set(re.findall(r"\*(\w+)\*", text))
    assert DAY.search(text)[1] == demo.TAKES[demo.POLICY]["to"]
    assert date.fromisoformat(DAY.search(text)[1])
