"""The pages of a double coding: drawn, coded unseen, told when all have finished; each sees their own and no more."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from incidents import accounts, gate
from incidents.model import clock
from incidents.model.coding import Sample
from tests import make
from tests.browser import PHONE
from tests.test_coding import all_coded, drawn, taken_in
from tests.web.test_walk import look, press

SQLITE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
SURE = {"deed": "done", "acts": "KID", "type": "KID", "sure": "yes"}


def asked(staff, **changes: Any) -> dict[str, Any]:
    given = {
        "size": "5",
        "since": (clock.today() - timedelta(days=5)).isoformat(),
        "until": (clock.today() + timedelta(days=1)).isoformat(),
        "coders": [str(staff.reviewer.id), str(staff.other_reviewer.id)],
        "questions": ["acts", "type", "nationality"],
        "seed": "sierra",
    }
    return {**given, **changes}


@SQLITE
def test_a_sample_is_drawn_coded_unseen_and_read(browser_for, staff):
    taken_in(staff, 2)
    coordinator, reviewer, other = (browser_for(who) for who in ("coordinator", "reviewer", "other_reviewer"))
    wrong = coordinator.post("/coding/draw", data=asked(staff, size="many", seed="sierra madre"))
    assert wrong.status_code == 422
    assert "Write how many reports" in wrong.text
    assert 'value="sierra madre"' in wrong.text
    assert coordinator.post("/coding/draw", data=asked(staff, since="soon")).status_code == 422
    assert reviewer.get("/coding/draw").status_code == 403
    answer = coordinator.post("/coding/draw", data=asked(staff))
    assert answer.status_code == 303
    at = answer.location
    assert "Reports to code unseen" in reviewer.get("/").text
    page = reviewer.get(at).text
    assert "Not finished yet" in page
    assert staff.other_reviewer.name not in page
    assert staff.other_reviewer.name in coordinator.get(at).text
    first, second = sorted(set(re.findall(r"/coding/sheets/[0-9a-f-]+", page)))
    sheet = reviewer.get(first).text
    assert make.CANARY_NARRATIVE in sheet
    assert "Kidnapping for ransom" in sheet
    assert "checked" not in sheet.split("<form")[-1]
    assert other.get(first).status_code == coordinator.get(first).status_code == 404
    empty = reviewer.post(first, data={"deed": "done"})
    assert (empty.status_code, "Nothing is coded yet" in empty.text) == (422, True)
    bad = reviewer.post(first, data={"deed": "done", "type": "NOPE", "nationality.0": "HND"})
    assert (bad.status_code, "not one of the choices" in bad.text) == (422, True)
    kept = {"deed": "keep", "acts": ["KID", "EXT"], "nationality.0": "HND", "nationality.1": "GTM"}
    assert reviewer.post(first, data=kept).location == at
    again = reviewer.get(first).text
    assert re.search(r'name="acts" value="EXT" checked', again)
    assert re.search(r'<option value="GTM" selected', again)
    onward = reviewer.post(first, data=kept | {"deed": "done", "sure": "yes"}).location
    assert onward == second
    assert reviewer.post(second, data=SURE).location == at
    done = reviewer.get(first).text
    assert "What was coded unseen is not changed" in done
    assert "Guatemala" in done
    assert (
        reviewer.post(first, data=kept).status_code == 422
        or reviewer.post(first, data=kept).status_code == 409
    )
    assert reviewer.get(f"{at}/differences").status_code == 409
    for sheet in sorted(set(re.findall(r"/coding/sheets/[0-9a-f-]+", other.get(at).text))):
        assert other.post(sheet, data=SURE).status_code == 303
    for who in ("coordinator", "reviewer", "analyst"):
        read = browser_for(who).get(at).text
        assert "too few to say" in read
        assert "2 reports were coded." in read
        assert "For the method chapter" in read
    assert "Where they differ" not in browser_for("analyst").get(at).text
    assert browser_for("analyst").get(f"{at}/differences").status_code == 403
    differing = reviewer.get(f"{at}/differences").text
    assert "Extortion in person" in differing
    assert staff.other_reviewer.name in differing
    for path in ("/coding/", at):
        assert browser_for("researcher").get(path).status_code == 403


@SQLITE
def test_a_sample_is_closed_early_by_who_draws(browser_for, staff):
    taken_in(staff)
    at = f"/coding/{drawn(staff)}"
    assert browser_for("reviewer").post(f"{at}/close").status_code == 403
    coordinator = browser_for("coordinator")
    assert "Close it before all have finished" in coordinator.get(at).text
    assert coordinator.post(f"{at}/close").status_code == 303
    assert "How far they agree" in coordinator.get(at).text
    assert coordinator.post(f"{at}/close").status_code == 409
    assert browser_for("coordinator").get(f"/coding/{uuid4()}").status_code == 404
    assert "closed early" in coordinator.get("/coding/").text


CODED = {"acts": ["KID"], "type": ["KID"], "gender": ["F"], "nationality": ["HND"]}


@pytest.mark.browser
@SQLITE
def test_in_a_browser_a_report_is_coded_and_the_figures_are_read(site, open_page, staff, house):
    taken_in(staff, 11)
    told = [
        {**CODED, "acts": ["KID", "EXT"], "type": ["EXT"]},
        {**CODED, "acts": ["EXT"], "gender": ["M"], "nationality": ["GTM"]},
        {**CODED, "gender": ["M"], "type": ["ROB"]},
    ]
    sample = drawn(staff, 11, seed="sierra")
    pages = {}
    for who, language in (("reviewer", "en"), ("coordinator", "es")):
        with getattr(staff, who).work() as work:
            work.db.get(type(staff.reviewer.user), getattr(staff, who).id).language = language
            work.note("passphrase.changed")
        token = accounts.sign_in(house, getattr(staff, who).name, make.PASSPHRASE).token
        pages[who] = open_page(viewport=PHONE)
        cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
        pages[who].context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    page, spanish = pages["reviewer"], pages["coordinator"]
    spanish.goto(f"{site}/coding/draw")
    look(spanish, "coding-draw-es")
    page.goto(f"{site}/coding/{sample}")
    look(page, "coding-waits")
    page.get_by_role("link", name="Code the next report").click()
    look(page, "coding-sheet")
    page.get_by_role("checkbox", name="Kidnapping for ransom").check()
    press(page, "Keep it and go on later")
    expect(page.get_by_text("Nobody else sees it before all have finished")).to_be_visible()
    spanish.goto(f"{site}/coding/{sample}")
    look(spanish, "coding-waits-es")
    all_coded(staff, sample, *told)
    page.goto(f"{site}/coding/{sample}")
    expect(page.get_by_text("11 reports were coded.")).to_be_visible()
    look(page, "coding-figures")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto(f"{site}/coding/{sample}/differences")
    look(page, "coding-differences")
    spanish.goto(f"{site}/coding/{sample}")
    look(spanish, "coding-figures-es")
    spanish.goto(f"{site}/coding/")
    look(spanish, "coding-list-es")
    with staff.coordinator.work() as work:
        assert work.get(Sample, sample).closed_on is None
