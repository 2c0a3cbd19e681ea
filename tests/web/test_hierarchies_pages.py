"""A hierarchy is set on a page: what changes and what that does is seen before anything is kept."""

import pytest

from incidents.release import versions
from tests.release.test_publish import person, story, tell
from tests.release.test_versions import WHY, as_shipped, shipped

__all__ = ["as_shipped"]
STEP = "/policies/hierarchies/edit"


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_coordinator_sees_what_changes_before_it_is_kept(browser_for, staff):
    tell(staff, [story(people=[person(nationality=[code])]) for code in ("HND", "CUB") * 3])
    browser = browser_for("coordinator")
    page = browser.get(f"{STEP}?name=nationality").text
    csv = versions.as_csv(shipped("nationality"))
    given = {"name": "nationality", "seen": "0", "csv": csv, "labels": ""}
    new = {"value": "CUB", "to": "", "new_group": "ISLANDS", "en": "The islands", "es": "Las islas"}
    page = browser.post(STEP, data=given | {"deed": "move"} | new).text
    assert "The islands (ISLANDS)" in page
    assert page.count("dataset-research") == 2  # before and after
    assert "CUB;ISLANDS;M49-019;*" in page
    bad = browser.post(STEP, data=given | {"deed": "look", "csv": csv.replace("CUB;M49-029", "CUB;NOWHERE")})
    assert (bad.status_code, "CUB;NOWHERE" in bad.text, "NOWHERE” needs its words" in bad.text) == (
        422,
        True,
        True,
    )
    proposed = given | {
        "csv": csv.replace("CUB;M49-029", "CUB;ISLANDS"),
        "labels": "ISLANDS;The islands;Las islas",
    }
    short = browser.post(STEP, data=proposed | {"deed": "keep", "why": "so"})
    assert (short.status_code, "ISLANDS;The islands" in short.text) == (422, True)
    assert browser.post(STEP, data=proposed | {"deed": "keep", "why": WHY}).status_code == 303
    page = browser.get("/policies/hierarchies?name=nationality").text
    assert "Version 1" in page
    assert WHY in page
    assert "The islands" in page
    assert "Islas" not in browser_for("analyst").get("/policies/hierarchies?name=nationality").text
    late = browser.post(STEP, data=proposed | {"deed": "keep", "why": WHY})
    assert (late.status_code, "Somebody set this hierarchy" in late.text) == (422, True)
    back = browser.get(f"{STEP}?name=nationality&version=0").text
    assert "The islands (ISLANDS)" in back
    assert browser.get(f"{STEP}?name=moment").status_code == 404
    assert browser_for("analyst").get(f"{STEP}?name=age").status_code == 403
