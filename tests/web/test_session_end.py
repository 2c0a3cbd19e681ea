"""A session that ends under a form loses nothing of what was typed."""

import re
from html import unescape

from incidents import gate
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


def test_what_was_typed_comes_back_after_signing_in_again(browser_for, staff, house):
    client = browser_for("researcher")
    house.sessions.end_all(staff.researcher.id)
    refused = client.post("/reports/new", data=TYPED, base_url="https://localhost")
    assert refused.status_code == 401
    kept = hidden(refused.text)
    assert kept["kept:narrative"] == TYPED["narrative"]
    back = {**kept, "name": staff.researcher.name, "passphrase": PASSPHRASE}
    wrong = client.post(
        "/sign-in", data={**back, "passphrase": "not this one, surely"}, base_url="https://localhost"
    )
    assert hidden(wrong.text)["kept:narrative"] == TYPED["narrative"]
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
