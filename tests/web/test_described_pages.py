"""The API as a page: whole, made from the document, readable on a phone, for whoever is signed in."""

import re

import pytest
from playwright.sync_api import expect

from incidents.web.described import SUBJECTS, marked_code
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


def test_its_contents_lead_to_every_family(browser_for):
    text = browser_for("auditor").get("/account/api", base_url="https://localhost").text
    contents = text.partition('<nav class="contents"')[2].partition("</nav>")[0]
    led = re.findall(r'href="#family-(\w+)">([^<]+)<', contents)
    folds = re.findall(r'<details class="section" id="family-(\w+)">\s*<summary><h2>([^<]+)<', text)
    document = browser_for("auditor").get("/api/v1/openapi.json", base_url="https://localhost").json
    tags = {
        operation["tags"][0]
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if method in METHODS
    }
    assert led == folds
    assert {family for family, _subject in led} == tags
    assert tags == set(SUBJECTS)  # in the words of the pages, and none of a family that is no more
    assert len({subject for _family, subject in led}) == len(led)  # no two subjects are called alike


def test_a_subject_by_itself_says_what_each_of_its_addresses_takes(browser_for):
    client = browser_for("auditor")
    document = client.get("/api/v1/openapi.json", base_url="https://localhost").json
    fields = document["components"]["schemas"]["Withdraw"]["properties"]
    page = client.get("/account/api?of=consent", base_url="https://localhost")
    assert page.status_code == 200
    assert set(re.findall(r'id="family-(\w+)"', page.text)) == {"consent"}
    assert all(f'<code class="long">{name}</code>' in page.text for name in fields)
    assert client.get("/account/api?of=nothing", base_url="https://localhost").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_an_address_is_found_from_the_top(site, open_page, house, staff, script):
    page = signed_in(open_page, house, staff.coordinator, viewport=PHONE, java_script_enabled=script)
    page.goto(f"{site}/account/api")
    screens = page.locator("main").bounding_box()["height"] / PHONE["height"]
    assert screens < 8  # folded: it was more than fifty
    found = page.locator("#family-review code", has_text="/api/v1/acts/").first
    expect(found).to_be_hidden()
    page.locator('.contents a[href="#family-review"]').click()
    if not script:
        page.locator("#family-review > summary").click()
    expect(found).to_be_visible()
    expect(found).to_be_in_viewport()
    if script:
        faultless(page, "described-unfolded")


@pytest.mark.browser
def test_axe_finds_nothing_and_a_phone_shows_all(site, open_page, house, staff):
    page = signed_in(open_page, house, staff.coordinator, viewport=PHONE)
    page.goto(f"{site}/account/api")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        glance(page, "described")
    faultless(page, "described")
    page.goto(f"{site}/account/api?of=redaction")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        glance(page, "described-one")
    faultless(page, "described-one")


def test_names_are_marked_as_code_and_no_backtick_is_left(browser_for):
    client = browser_for("auditor")
    pages = [client.get("/account/api", base_url="https://localhost").text]
    pages += [client.get(f"/account/api?of={one}", base_url="https://localhost").text for one in SUBJECTS]
    assert all("`" not in page for page in pages)
    assert any("<code>" in page for page in pages)


def test_what_is_marked_as_code_is_escaped_first():
    assert marked_code("a `<b>` & `c`") == "a <code>&lt;b&gt;</code> &amp; <code>c</code>"
