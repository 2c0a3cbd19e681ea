"""Style and scripts: kept by the browser by their version, sent packed, and no page is heavy."""

import gzip
import re

import pytest

from config import HERE
from tests.addresses import methods, named, rules

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
STATIC = re.compile(r'(?:src|href)="(/static/[^"]+)"')


def test_a_version_is_kept_for_a_year_and_another_one_asked_for(browser_for):
    browser = browser_for("researcher")
    links = STATIC.findall(browser.get("/").text)
    assert len(links) >= 5
    for link in links:
        kept = browser.get(link)
        assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        bare = browser.get(link.partition("?")[0])
        assert bare.headers["Cache-Control"] == "no-cache"
        assert browser.get(link.partition("?")[0] + "?v=another").headers["Cache-Control"] == "no-cache"
        again = browser.get(link, headers={"If-None-Match": kept.headers["ETag"]})
        assert again.status_code == 304


def test_who_can_unpack_is_sent_the_same_in_less(browser_for):
    browser = browser_for("researcher")
    whole, sent = 0, 0
    for link in STATIC.findall(browser.get("/").text):
        plain = browser.get(link)
        packed = browser.get(link, headers={"Accept-Encoding": "gzip, br"})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert plain.headers["ETag"] != packed.headers["ETag"]
        assert packed.mimetype == plain.mimetype
        whole, sent = whole + len(plain.data), sent + len(packed.data)
    assert sent < 60_000 < whole  # bytes, once a version


def test_what_the_style_asks_for_is_what_the_page_said_it_would(browser_for):
    browser = browser_for("researcher")
    links = STATIC.findall(browser.get("/").text)
    (style,) = (link for link in links if "/style.css" in link)
    (asked,) = re.findall(r'@import url\("([^"]+)"\)', browser.get(style).text)
    assert f"/static/{asked}" in links  # or it would be fetched twice


def test_nothing_but_the_folder_is_sent(browser_for):
    browser = browser_for("")
    for path in ("../config.py", "..%2fconfig.py", "vendor", "", "no.css", "/etc/passwd"):
        assert browser.get(f"/static/{path}", follow_redirects=True).status_code == 404
    assert (HERE / "static" / "style.css").is_file()


@pytest.mark.parametrize(
    "who", ["researcher", "reviewer", "analyst", "coordinator", "administrator", "auditor"]
)
def test_no_page_is_heavy(app, browser_for, who):
    """Of an instance that holds little; lists are cut into pages, so that one that holds much is no heavier."""
    browser = browser_for(who)
    heavy = {}
    for rule in rules(app):
        if named(rule) or rule.arguments or "GET" not in methods(rule):
            continue
        answer = browser.get(rule.rule)
        if answer.mimetype == "text/html" and len(answer.data) > 100_000:
            heavy[rule.rule] = len(answer.data)
    assert heavy == {}
