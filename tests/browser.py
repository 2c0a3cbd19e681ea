"""A real Chromium, driven by Playwright: one browser a run, a clean context for each page asked for."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from werkzeug.serving import make_server

from tests.needs import absent
from tests.network import is_here

PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 900}
PATIENCE = 60_000  # milliseconds until somebody sees what they wait for, on a machine that does much else
ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root, where Chromium's sandbox refuses to start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--enable-blink-features=ComputedAccessibilityInfo",  # what a screen reader is told, asked of the browser itself
    # Nothing of its own goes out, and no name is looked up.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]

OpenPage = Callable[..., Page]


def program() -> str:
    """Where Chromium is on this machine."""
    for name in ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return absent("Chromium", "On Debian and Ubuntu: apt-get install chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = program()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Open pages of several people side by side: `open_page(viewport=PHONE, locale="es")`.

    Each has cookies of its own. A script's error, a message of the console that is an error, or a
    request to another machine fails the test; `page.expected` takes pieces of messages that are meant.
    """
    contexts, faults = [], []

    def open_one(**options: Any) -> Page:
        # A button caught half-way between two colours has the contrast of neither: nothing moves here.
        still = {"reduced_motion": "reduce"}
        options = {"viewport": DESK, "locale": "en", "service_workers": "block", **still, **options}
        context = browser.new_context(accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.expected = []
        listen(page, faults)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


def listen(page: Page, faults: list[str]) -> None:
    """Write down what goes wrong behind a page."""

    def note(text: str) -> None:
        if not any(piece in text for piece in page.expected):
            faults.append(text)

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            note(f"console: {message.text}")

    def request(sent: Request) -> None:
        address = urlsplit(sent.url)
        if address.scheme in {"http", "https", "ws", "wss"} and not is_here(address.hostname):
            note(f"request beyond this machine: {sent.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: note(f"script: {error}"))
    page.on("request", request)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """An app behind a real address of this machine."""
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
