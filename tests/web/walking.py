"""What the walks in a real browser share: a device on which somebody is signed in, a press, a look.

A walk must pass where the machine is slow and busy, and so is the line. After a press it waits by `expect` for what the
person would see next, and for something that the page before did not show. What is counted, read or measured at once
comes after `arrived`, or after a navigation that was waited for: a click goes on when the next page begins to come, a
key at once. What happens behind a page is waited for by `until`; nothing waits for a number of seconds. Whatever a
person can do before the scripts have come must count: `held_back` holds them.

AMPARO_SCREENSHOTS names a folder that keeps a picture of every page that was looked at.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route

from incidents import accounts, gate
from incidents.work import House
from tests import make
from tests.browser import DESK, PATIENCE, PHONE, OpenPage

STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = {"phone": PHONE, "desk": DESK}


def signed_in(open_page: OpenPage, house: House, member: make.Member, **options: Any) -> Page:
    """A page of this member's own browser."""
    token = accounts.sign_in(house, member.name, make.PASSPHRASE).token
    page = open_page(**options)
    page.set_default_timeout(PATIENCE)
    cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
    page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    return page


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """The first button of this name."""
    page.get_by_role("button", name=name).first.click()


def press_deed(page: Page, deed: str) -> None:
    """The last button that can be seen of those that do this, and wait for the page it leads to."""
    with page.expect_navigation():
        page.locator(f'button[name="deed"][value="{deed}"]:visible').last.click()


def held_back(page: Page, files: str) -> Callable[[], None]:
    """Of these files none comes before what is given back is called: a slow line."""
    held: list[Route] = []
    here: list[bool] = []

    def hold(route: Route) -> None:
        route.continue_() if here else held.append(route)

    def come() -> None:
        here.append(True)  # from now on nothing is held, what is asked for meanwhile neither
        for each in held:
            each.continue_()

    page.route(files, hold)
    return come


def until(page: Page, holds: Callable[[], bool]) -> None:
    """What is done behind a page, so that no page says it, has been done."""
    for _each in range(PATIENCE // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    assert holds()


def arrived(page: Page) -> None:
    """The page is there: before that, nothing may be asked of it."""
    page.wait_for_load_state()
    page.locator("main").first.wait_for()


def glance(page: Page, name: str) -> None:
    """Nothing beside the screen; a picture where somebody wants one."""
    arrived(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name
    _picture(page, name)


def judge(page: Page) -> Axe:
    """Axe, given to the page once: it looks anew each time, and half a megabyte of it need not be read again."""
    return Axe("0") if page.evaluate("'axe' in window") else Axe()


def faultless(page: Page, name: str) -> None:
    """No accessibility fault."""
    arrived(page)
    page.evaluate("window.scrollTo(0, 0)")  # what is half under the bar at the top is not too small
    found = judge(page).run(page, options={"runOnly": {"type": "tag", "values": STANDARD}, "preload": False})
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def look(page: Page, name: str) -> None:
    """No accessibility fault on the page; pictures of it at two widths."""
    faultless(page, name)
    if os.environ.get("AMPARO_SCREENSHOTS"):
        before = page.viewport_size
        for width, size in WIDTHS.items():
            page.set_viewport_size(size)
            _picture(page, f"{name}-{width}")
        page.set_viewport_size(before)


def look_at_both(page: Page, name: str) -> None:
    """No accessibility fault, and nothing beside the screen on a desk and on a phone, which stays."""
    faultless(page, name)
    for width in ("desk", "phone"):
        page.set_viewport_size(WIDTHS[width])
        glance(page, f"{name}-{width}")


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("AMPARO_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
