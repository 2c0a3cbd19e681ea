"""The pages of tokens: made and shown once, listed, ended; what is wrong is said and nothing typed is lost."""

import re

import pytest

from incidents import accounts, tokens
from incidents.model.audit import AuditEntry
from tests import make
from tests.browser import DESK, PHONE
from tests.web.walking import faultless, glance, signed_in

FORM = {
    "deed": "make",
    "name": "Weekly release",
    "permissions": ["release:download", "release:prepare"],
    "compartments": ["facts"],
    "days": "30",
}
TOKEN = re.compile(r"amp_[0-9A-Za-z]{71}")


def pressed(client, path, **form):
    return client.post(path, data=form, base_url="https://localhost")


def shown(client, path):
    return client.get(path, base_url="https://localhost").text


def test_a_token_is_shown_once_and_works(browser_for, app):
    client = browser_for("analyst")
    answer = pressed(client, "/account/tokens", **FORM)
    (secret,) = set(TOKEN.findall(answer.text))
    assert not TOKEN.search(shown(client, "/account/tokens"))
    asked = {"headers": {"Authorization": f"Bearer {secret}"}}
    me = app.test_client().get("/api/v1/me", **asked).json
    assert (me["permissions"], me["compartments"]) == (["release:download", "release:prepare"], ["facts"])
    assert app.test_client().get("/api/v1/releases", **asked).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"permissions": []}, "Choose at least one thing"),
        ({"permissions": ["identity:open"]}, "A token carries only"),
        ({"compartments": ["identity"]}, "You hold no key of this kind"),
        ({"days": "x"}, "Choose until when."),
        ({"days": "1000"}, "Between a day and a year."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(browser_for, wrong, said):
    answer = pressed(browser_for("analyst"), "/account/tokens", **{**FORM, **wrong})
    assert answer.status_code == 422
    assert said in answer.text
    assert not TOKEN.search(answer.text)
    if "name" not in wrong:
        assert 'value="Weekly release"' in answer.text


def test_a_session_that_is_not_fresh_gives_the_passphrase_again(browser_for, house, staff):
    client = browser_for("analyst")
    with house.keystore.step() as step:
        step.exec_driver_sql("UPDATE session SET fresh = 0")
    assert "passphrase" in (asked := pressed(client, "/account/tokens", **FORM)).text
    assert asked.status_code == 403
    answer = pressed(client, "/account/tokens", **FORM, confirm_passphrase=make.PASSPHRASE)
    assert TOKEN.search(answer.text)


def test_a_coordinator_and_the_administrator_end_one_and_a_reviewer_does_not(browser_for, staff, house):
    for who, ends in (("reviewer", False), ("coordinator", True), ("administrator", True)):
        with staff.analyst.work() as work:
            made = tokens.make(work, f"Seen by {who}", ["release:download"])
        client = browser_for(who)
        text = shown(client, "/members/tokens")
        assert f"Seen by {who}" in text
        assert ("End this token" in text) == ends
        answer = pressed(client, "/members/tokens", deed="end", token=str(made.row.id))
        assert answer.status_code == (303 if ends else 404)
        with staff.analyst.work() as work:
            (row,) = [each for each in tokens.own(work) if each.id == made.row.id]
            assert tokens.in_force(work, row) != ends


def test_a_passphrase_beside_a_token_widens_nothing(app, staff):
    """A form may carry the passphrase for a person; past a token it would also pass a second factor by."""
    with staff.coordinator.work() as work:
        secret = tokens.make(work, "A script", ["import:do"]).secret
    for path in ("/api/v1/imports", "/api/v1/imports/preview", "/api/v1/export"):
        answer = app.test_client().post(
            path,
            data={"confirm_passphrase": make.PASSPHRASE},
            headers={"Authorization": f"Bearer {secret}"},
        )
        assert (answer.status_code, answer.json["code"]) == (403, "not-by-token"), path


def test_the_trail_says_through_which_token(browser_for, staff, app):
    with staff.analyst.work() as work:
        secret = tokens.make(work, "Weekly release", ["release:prepare"], ["facts"]).secret
    asked = {"headers": {"Authorization": f"Bearer {secret}"}}
    app.test_client().post("/api/v1/releases", json={"policy": "internal"}, **asked)
    refused = app.test_client().get("/api/v1/incidents", **asked)
    assert refused.status_code == 403
    with staff.coordinator.work() as work:
        notes = work.db.query(AuditEntry).filter_by(event="refused").all()
        assert notes[-1].detail["token"]
    assert "by token “Weekly release”" in shown(browser_for("coordinator"), "/trail")


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "without_javascript"])
def test_axe_finds_nothing_and_a_phone_shows_all(site, open_page, house, staff, locale, script):
    with staff.coordinator.work() as work:
        accounts.set_language(work, locale)
    page = signed_in(
        open_page, house, staff.coordinator, viewport=PHONE, locale=locale, java_script_enabled=script
    )
    page.goto(f"{site}/account/tokens")
    page.fill('[name="name"]', "Weekly release, analysis desk")
    page.check('[name="permissions"][value="release:download"]')
    page.locator("#make button[type=submit]").last.click()
    for name, path in (("made", ""), ("own", "/account/tokens"), ("all", "/members/tokens")):
        if path:
            page.goto(f"{site}{path}")
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            glance(page, f"tokens-{name}")
            if script:
                faultless(page, f"tokens-{name}")
