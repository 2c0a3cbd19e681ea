"""Pages are packed for a browser that came from one of ours, and for nobody else."""

import gzip

import pytest

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
PACKS = {"Accept-Encoding": "gzip, deflate, br"}


def test_a_browser_that_came_from_here_gets_the_same_page_in_less(browser_for):
    browser = browser_for("researcher")
    whole, packed = browser.get("/"), browser.get("/", headers=PACKS)
    assert "Content-Encoding" not in whole.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == whole.data
    assert packed.content_length == len(packed.data) < len(whole.data) / 2
    assert {"Accept-Encoding", "Sec-Fetch-Site"} <= {*packed.vary} == {*whole.vary}


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "", "same-origin, cross-site"])
def test_what_another_site_asks_for_goes_out_as_it_is(browser_for, site):
    browser = browser_for("researcher")
    answer = browser.get("/guide/", headers=PACKS | {"Sec-Fetch-Site": site})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")


def test_a_refusal_is_packed_as_a_page_and_what_is_small_or_no_page_is_not(browser_for):
    browser = browser_for("researcher")
    refused = browser.get("/members", headers=PACKS)
    assert (refused.status_code, refused.headers["Content-Encoding"]) == (403, "gzip")
    assert "<h1" in gzip.decompress(refused.data).decode()
    for path in ("/healthz", "/api/v1/reports"):
        assert "Content-Encoding" not in browser.get(path, headers=PACKS).headers
