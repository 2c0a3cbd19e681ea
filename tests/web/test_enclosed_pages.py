"""Evidence of a package on pages: offered piece by piece with what speaks for and against it, and chosen."""

import json

import pytest

from tests.evidence import invented
from tests.sharing.test_enclosed import keep, picture, shown
from tests.sharing.test_sharing import mentioned, opened, tell
from tests.web.reading import DECLARED, form, problems
from tests.web.test_sharing_pages import prepared


@pytest.fixture
def reviewer(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def signer(browser_for):
    return browser_for("second")


def looked(reviewer, incident, **typed):
    return prepared(reviewer, incident, deed="evidence", **typed)


def test_each_piece_is_offered_with_what_speaks_for_and_against_it(staff, reviewer):
    incident = tell(staff, [shown(), mentioned()])
    with_both, alone = picture(staff, incident), picture(staff, incident, seen=[])
    bare = keep(staff, incident, invented.docx())
    answer = looked(reviewer, incident)
    assert answer.status_code == 200
    text = answer.text
    assert "No consent or recorded basis for this use" in text
    assert "agreed to this use, and to pictures and sound" in text
    assert "Somebody looked and said that nobody can be recognised in it" in text
    assert "There is no working copy: originals never go" in text
    assert "Nobody said yet who is in it" in text
    assert "image/jpeg" in text
    assert f'value="{alone}"' in text
    for stays in (with_both, bare):
        assert f'name="evidence" value="{stays}"' not in text
    kept = form(text, having="recipient").typed
    assert (kept["recipient"], kept["checked"][:4], kept["offered"]) == ("Lic. Inventada", "Read", "yes")


def test_nothing_can_be_looked_at_before_purpose_recipient_and_incidents_are_said(staff, reviewer):
    incident = tell(staff, [shown()])
    answer = looked(reviewer, incident, recipient="", incidents="")
    assert answer.status_code == 422
    assert {"recipient", "incidents"} <= problems(answer.text).keys()


def test_from_the_choice_to_the_picture_that_only_the_recipient_sees(staff, reviewer, signer):
    incident = tell(staff, [shown()])
    id = picture(staff, incident)
    made = prepared(reviewer, incident, evidence=str(id))
    assert made.status_code == 303, made.text
    address = made.headers["Location"]
    text = signer.get(address).text
    assert "1 person can be recognised in it" in text
    assert f'href="/evidence/{id}"' in text
    signer.post(f"{address}/sign", data=DECLARED)
    closed = reviewer.post(f"{address}/download")
    assert json.loads(opened(closed.data)["manifest.json"])["evidence"][0]["file"] == "evidence-1.jpg"
    chain = reviewer.get(f"/evidence/{id}").text
    assert "Working copy left in a package" in chain
    assert "Lic. Inventada" in chain


def test_without_the_place_whoever_chooses_says_that_they_looked(staff, reviewer, signer):
    who = shown()
    who["consent"]["terms"] = {"LEG": {"no_place": True}}
    incident = tell(staff, [who])
    id = picture(staff, incident)
    assert "I looked: it does not show where." in looked(reviewer, incident).text
    refused = prepared(reviewer, incident, evidence=str(id), offered="yes")
    assert refused.status_code == 422
    assert "One of the chosen pieces of evidence may not go." in problems(refused.text)["evidence"]
    assert "Somebody said yes without the place" in refused.text
    assert form(refused.text, having="recipient").typed["evidence"] == str(id)
    made = prepared(reviewer, incident, evidence=str(id), **{f"bare.{id}": "place"})
    assert made.status_code == 303
    assert "whoever chose it says that it does not show where" in signer.get(made.headers["Location"]).text


def test_a_piece_that_is_none_is_not_there(staff, reviewer):
    incident = tell(staff, [shown()])
    assert prepared(reviewer, incident, evidence="nothing").status_code == 404
    assert prepared(reviewer, incident, evidence=str(incident)).status_code == 422


def test_an_incident_says_of_each_piece_whether_it_has_a_working_copy(staff, reviewer):
    incident = tell(staff, [shown()])
    keep(staff, incident, invented.docx())
    text = reviewer.get(f"/incidents/{incident}").text
    assert "No working copy" in text
    picture(staff, incident)
    text = reviewer.get(f"/incidents/{incident}").text
    assert (text.count("No working copy"), text.count("Working copy")) == (1, 1)
