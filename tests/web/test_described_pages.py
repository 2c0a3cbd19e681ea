"""The API as a page: whole, made from the document, readable on a phone, for whoever is signed in."""

import re

import pytest

from tests.browser import DESK, PHONE
from tests.web.walking import faultless, glance, signed_in

METHODS = {"get", "post", "patch", "put", "delete"}


def test_every_operation_of_the_document_stands_on_it_with_what_it_asks_for(browser_for):
    client = browser_for("auditor")
    text = client.get("/account/api", base_url="https://localhost").text
    document = client.get("/api/v1/openapi.json", base_url="https://localhost").json
    said = set(re.findall(r"<summary><span><code[^>]*>(\w+) ([^<]+)</code>", text))
    there = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in METHODS & methods.keys()
    }
    assert said == there
    assert "release:prepare" in text
    assert "Idempotency" not in document["info"]["title"]
    assert browser_for("").get("/account/api", base_url="https://localhost").status_code == 401


def test_it_takes_nothing_from_elsewhere(browser_for):
    text = browser_for("auditor").get("/account/api", base_url="https://localhost").text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)


@pytest.mark.browser
def test_axe_finds_nothing_and_a_phone_shows_all(site, open_page, house, staff):
    page = signed_in(open_page, house, staff.coordinator, viewport=PHONE)
    page.goto(f"{site}/account/api")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        glance(page, "described")
    faultless(page, "described")
