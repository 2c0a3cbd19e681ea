"""A session that ends under a form loses nothing of what was typed."""

import re
from html import unescape

import pyotp

from incidents import accounts, gate
from incidents.intake import drafts
from incidents.web.account import LEAVING
from tests import make
from tests.make import PASSPHRASE

TYPED = {
    "client_id": "0b6d3a2e-5b0c-4f6f-9a55-0d3c0f6f1a11",
    "narrative": "«Nos bajaron» <del> camión",
    "deed": "send",
}


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {unescape(name): unescape(value) for name, value in found}


def in_main(page: str) -> dict[str, str]:
    """Without the form that changes the language, which has a way back of its own."""
    return hidden(page.split("<main")[1].split("</main>", maxsplit=1)[0])


def test_what_was_typed_comes_back_after_signing_in_again(browser_for, staff, house):
    client = browser_for("researcher")
    client.get("/", base_url="https://localhost")
    house.sessions.end_all(staff.researcher.id)
    refused = client.post("/reports/new", data=TYPED, base_url="https://localhost")
    assert refused.status_code == 401
    kept = hidden(refused.text)
    assert "bajaron" not in refused.text
    back = {**kept, "name": staff.researcher.name, "passphrase": PASSPHRASE}
    wrong = client.post(
        "/sign-in", data={**back, "passphrase": "not this one, surely"}, base_url="https://localhost"
    )
    assert hidden(wrong.text)["kept"] == kept["kept"]
    entered = client.post("/sign-in", data=back, base_url="https://localhost")
    assert gate.COOKIE in entered.headers["Set-Cookie"]
    again = hidden(entered.text)
    assert {name: again[name] for name in TYPED} == TYPED
    sent = client.post("/reports/new", data=again, base_url="https://localhost")
    assert sent.status_code == 303


def test_a_secret_is_never_kept(browser_for, staff, house):
    client = browser_for("researcher")
    house.sessions.end_all(staff.researcher.id)
    form = {"deed": "passphrase", "current": make.CANARY_NAME, "passphrase": "secreta", "again": "secreta"}
    refused = client.post("/account", data=form, base_url="https://localhost")
    assert "secreta" not in refused.text
    assert make.CANARY_NAME not in refused.text


def test_what_was_typed_lives_through_the_second_factor(browser_for, staff, house):
    client = browser_for("researcher")
    with staff.researcher.work():
        ring = accounts.admit(house, staff.researcher.token)[1].ring
    secret = pyotp.random_base32()
    house.sessions.put_totp(ring, secret)
    client.get("/", base_url="https://localhost")
    house.sessions.end_all(staff.researcher.id)
    kept = hidden(client.post("/reports/new", data=TYPED, base_url="https://localhost").text)
    signing_in = {**kept, "name": staff.researcher.name, "passphrase": PASSPHRASE}
    asked = client.post("/sign-in", data=signing_in, base_url="https://localhost")
    kept = in_main(asked.text)
    assert kept["kept"]
    assert "bajaron" not in asked.text
    wrong = client.post("/sign-in/second", data={**kept, "code": "x"}, base_url="https://localhost")
    assert in_main(wrong.text) == kept
    code = {"code": pyotp.TOTP(secret).now()}
    again = hidden(client.post("/sign-in/second", data=kept | code, base_url="https://localhost").text)
    assert {name: again[name] for name in TYPED} == TYPED
    assert client.post("/reports/new", data=again, base_url="https://localhost").status_code == 303


def test_who_leaves_is_signed_out_after_the_draft_is_kept(browser_for, staff):
    client = browser_for("researcher")
    answer = client.post("/reports/autosave", data=TYPED, headers={LEAVING: "yes"})
    assert answer.status_code == 200
    assert client.get("/reports/").status_code == 401
    with staff.researcher.work() as work:
        (kept,) = (drafts.kept(work, each) for each in drafts.own(work))
    assert ("narrative", TYPED["narrative"]) in kept.typed


def test_who_leaves_is_signed_out_though_nothing_can_be_kept(browser_for):
    """Another's page, and an id that is none."""
    for data in ({**TYPED, "writer": "somebody else"}, {"client_id": "none"}):
        client = browser_for("other_researcher")
        token = client.get_cookie(gate.COOKIE).value
        refused = client.post("/reports/autosave", data=data, headers={LEAVING: "yes"})
        assert refused.status_code >= 400
        client.set_cookie(gate.COOKIE, token, secure=True)
        assert client.get("/reports/").status_code == 401


def test_another_site_ends_no_session(browser_for):
    client = browser_for("researcher")
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    client.post("/leave", data={"quiet": "yes"})
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert client.get("/reports/").status_code == 200


def old_session(house):
    with house.keystore.step() as step:
        step.exec_driver_sql("UPDATE session SET fresh = 0")


def test_a_wrong_passphrase_beside_a_deed_loses_nothing_that_was_typed(browser_for, house):
    client = browser_for("analyst")
    old_session(house)
    typed = {"deed": "make", "name": "Weekly release", "confirm_passphrase": "not the passphrase at all"}
    wrong = client.post("/account/tokens", data=typed, base_url="https://localhost")
    assert wrong.status_code == 401
    asked = in_main(wrong.text)
    assert (asked["deed"], asked["name"]) == ("make", "Weekly release")
    assert "not the passphrase" not in wrong.text
    assert "Code of the second factor" not in wrong.text


def test_whoever_has_a_second_factor_is_asked_for_its_code_beside_the_passphrase(browser_for, staff, house):
    secret = make.second_factor(staff.analyst)
    client = browser_for("analyst")
    assert client.get("/account/tokens", base_url="https://localhost").text.count('name="confirm_code"') == 0
    old_session(house)
    page = client.get("/account/tokens", base_url="https://localhost").text
    assert page.count('name="confirm_code"') == page.count('name="confirm_passphrase"') > 0
    typed = {"deed": "make", "name": "Weekly release", "confirm_passphrase": PASSPHRASE}
    without = client.post("/account/tokens", data=typed, base_url="https://localhost")
    assert in_main(without.text)["name"] == "Weekly release"
    assert 'name="confirm_code"' in without.text
    old_session(house)
    more = {"permissions": ["release:download"], "compartments": ["facts"], "days": "30"}
    given = typed | more | {"confirm_code": pyotp.TOTP(secret).now()}
    made = client.post("/account/tokens", data=given, base_url="https://localhost")
    assert re.search(r"amp_[0-9A-Za-z]{71}", made.text)
