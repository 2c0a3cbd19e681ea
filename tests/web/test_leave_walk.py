"""Quick leave: the screen is empty at once, the session ends, what was typed is kept, and no question is asked."""

import time

import pytest
from playwright.sync_api import Page, expect

from incidents import accounts, gate
from incidents.intake import drafts
from incidents.model.tongues import LANGUAGES
from incidents.web.account import LEAVING
from incidents.web.frame import NEUTRAL
from tests.web.test_report_taps import Thumb, consent_and_account
from tests.web.walking import held_back, until

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("template", ["sqlite"], indirect=True)]
WORDS = "They held us in a yellow house by the river."
LONG = " ".join([WORDS] * 2000)
BY_ITSELF = "hx-current-url"  # of a request that the page makes after four seconds of rest


def elsewhere(page: Page) -> None:
    """The other site, as it would answer."""
    page.expected.append(f"request beyond this machine: {NEUTRAL}")
    page.route(
        NEUTRAL, lambda route: route.fulfill(body="<title>Elsewhere</title>", content_type="text/html")
    )


def signed_out(page: Page, site: str) -> bool:
    return not any(
        each["name"] == gate.COOKIE for each in page.context.cookies(site.replace("http:", "https:"))
    )


def shift_three_times(page: Page) -> None:
    """A tenth of a second apart by the keys' own clock, which is what the page reads, however late they come to it."""
    keys, begun = page.context.new_cdp_session(page), time.time()
    shift = {"key": "Shift", "code": "ShiftLeft", "windowsVirtualKeyCode": 16}
    for number in range(3):
        at = {**shift, "timestamp": begun + number / 10}
        if number:
            keys.send("Input.dispatchKeyEvent", {**at, "type": "keyUp"})
        keys.send("Input.dispatchKeyEvent", {**at, "type": "rawKeyDown"})


def kept_words(staff) -> list[str]:
    """The accounts of the drafts that are kept."""
    with staff.researcher.work() as work:
        return [dict(drafts.kept(work, each).typed).get("narrative", "") for each in drafts.own(work)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_its_words_fit_and_are_none_of_signing_out(site, phone_of, staff, language):
    with staff.researcher.work() as work:
        accounts.set_language(work, language)
    page = phone_of(staff.researcher)
    page.goto(f"{site}/account")
    button = page.locator("form[data-leave] button")
    short = button.inner_text().strip()
    out = page.locator("form[action='/sign-out'] button").text_content().strip()
    assert " " in short  # “Salir” alone is what others call signing out
    assert short != out
    assert button.locator(".short").evaluate("words => words.getClientRects().length") == 1  # one line
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("way", ["button", "keys"])
def test_what_was_typed_is_kept_and_nobody_is_asked(site, phone_of, staff, way):
    page = phone_of(staff.researcher)
    elsewhere(page)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.goto(f"{site}/reports/new")
    draft = page.url
    consent_and_account(Thumb(page))
    page.locator("[name=narrative]").fill(WORDS)
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    if way == "button":
        page.get_by_role("button", name="Leave").click()
    else:
        shift_three_times(page)
    page.wait_for_url(NEUTRAL)
    assert asked == []
    # Two requests would overtake each other: the words would come to a session that is no more.
    (kept,) = [each for each in sent if BY_ITSELF not in each.headers]
    assert kept.url.endswith("/reports/autosave")
    assert kept.headers[LEAVING.lower()] == "yes"
    until(page, lambda: signed_out(page, site))  # the word that ends the session is on its way
    page.expected.append("401")  # of the page that asks who it is
    page.goto(draft)
    expect(page.locator("body")).not_to_contain_text("yellow house")
    assert kept_words(staff) == [WORDS]


def test_a_long_account_is_kept_too(site, phone_of, staff):
    """Browsers let 64 KB be sent behind a page that is left."""
    page = phone_of(staff.researcher)
    elsewhere(page)
    page.goto(f"{site}/reports/new")
    consent_and_account(Thumb(page))
    page.locator("[name=narrative]").fill(LONG)
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(NEUTRAL)
    until(page, lambda: signed_out(page, site))
    until(page, lambda: [len(words) for words in kept_words(staff)] == [len(LONG)])


@pytest.mark.parametrize("status", [502, 413])
def test_the_session_ends_though_a_server_before_the_program_refuses_the_draft(site, phone_of, staff, status):
    page = phone_of(staff.researcher)
    elsewhere(page)
    page.expected.append(str(status))
    page.goto(f"{site}/reports/new")
    page.locator("[name=narrative]").fill(WORDS)
    page.route("**/reports/autosave", lambda route: route.fulfill(status=status, body="no"))
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(NEUTRAL)
    until(page, lambda: signed_out(page, site))


def test_of_several_drafts_none_is_left_behind_on_a_slow_line(site, phone_of, staff):
    """Each is sent though no answer comes while the page is there."""
    page = phone_of(staff.researcher)
    elsewhere(page)
    page.goto(f"{site}/reports/new")
    page.evaluate(
        """() => {
            const state = document.querySelector(".state[hx-post]"), again = state.cloneNode(true);
            state.after(again);
            document.querySelector(state.getAttribute("hx-include")).dataset.typed = "yes";
        }"""
    )
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.route("**/reports/autosave", lambda route: None)  # no answer, ever
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(NEUTRAL)
    kept = [request for request in sent if request.url.endswith("/reports/autosave")]
    assert [LEAVING.lower() in request.headers for request in kept] == [False, True]


def test_what_was_typed_is_kept_when_a_link_is_pressed_at_once(site, phone_of, staff):
    page = phone_of(staff.researcher)
    page.goto(f"{site}/reports/new")
    consent_and_account(Thumb(page))
    page.locator("[name=narrative]").fill(WORDS)
    page.get_by_role("link", name="Interview in which nothing happened").click()
    page.wait_for_url("**/reports/nothing*")
    until(page, lambda: kept_words(staff) == [WORDS])  # it goes on behind the page that was left


@pytest.mark.parametrize("then", ["rests", "leaves"])
def test_what_was_typed_while_the_scripts_were_on_their_way_is_kept(site, phone_of, staff, then):
    page = phone_of(staff.researcher)
    elsewhere(page)
    come = held_back(page, "**/static/**.js*")
    page.goto(f"{site}/reports/new", wait_until="commit")
    consent_and_account(Thumb(page))
    page.locator("[name=narrative]").fill(WORDS)
    come()
    if then == "rests":
        expect(page.locator("#saved")).to_contain_text("Kept as your draft")
    else:
        page.wait_for_load_state()
        page.get_by_role("button", name="Leave").click()
        page.wait_for_url(NEUTRAL)
    until(page, lambda: kept_words(staff) == [WORDS])


def test_without_a_script_the_other_site_is_reached_too(site, phone_of, staff):
    page = phone_of(staff.researcher, script=False)
    elsewhere(page)
    page.goto(f"{site}/reports/new")
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(NEUTRAL)
    assert signed_out(page, site)


def test_the_screen_is_empty_before_anything_answers(site, phone_of, staff):
    page = phone_of(staff.researcher)
    elsewhere(page)
    page.goto(site)
    seen = """() => {
        document.querySelector("form[data-leave] button").click();
        return [getComputedStyle(document.body).display, document.title];
    }"""
    assert page.evaluate(seen) == ["none", "…"]
    page.wait_for_url(NEUTRAL)
