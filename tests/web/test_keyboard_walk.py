"""The three main jobs with the keyboard alone: a full report, a verification by two, a release that two sign."""

import csv
import io
import json
import re
import zipfile

import pytest
from sqlalchemy import select

from incidents.intake import report, schema
from incidents.model.incident import Act
from incidents.model.report import Report
from tests import make
from tests.evidence import invented
from tests.release.test_publish import story, tell
from tests.web.keyboard import Hands, hands

__all__ = ["hands"]

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("template", ["sqlite"], indirect=True)]
ENLARGED = {"viewport": {"width": 640, "height": 450}}  # a desk of 1280 by 900 at 200 %
REFERENCE = re.compile("R-[0-9A-Z]{4}-[0-9A-Z]{4}")
STORY = "Nos bajaron del camión en la terminal."


def written(hands: Hands) -> str:
    """A full report, step by step: two persons, two acts, a month, a place, who did it; its reference."""
    hands.follow("Write a report", "link")
    hands.walk_through()
    hands.skip()
    for purpose in ("Keep an internal record", "Anonymous statistics", "Anonymized row-level data"):
        hands.choose(purpose, "Yes")
    hands.unfold("More questions, if there is time")
    hands.tick("It may be said that there was sexual violence")
    hands.write("In their own words", STORY)
    hands.choose("Is anyone in danger?", "No, not now")
    hands.follow("Add codes first", "button")
    hands.walk_through()
    hands.skip()
    hands.write("Name", make.CANARY_NAME)
    hands.pick("Gender", "Woman or girl")
    hands.write("Age when it happened", "30")
    hands.pick("Nationality", "Honduras")
    hands.follow("Add a person or a group", "button")
    hands.write("Name", make.CANARY_OTHER_NAME, part="Person 2")
    hands.write("Age when it happened", "41")
    hands.follow("Next: What", "button")
    hands.pick("What was done?", "Kidnapping for ransom")
    hands.choose("The person who tells", "Directly harmed")
    hands.choose("Person 2", "Witness only")
    hands.follow("Add an act", "button")
    hands.pick("What was done?", "Severe abuse in captivity", part="Act 2")
    hands.choose("The person who tells", "Directly harmed", part="Act 2")
    hands.walk_through()
    hands.follow("Next: The programme", "button")
    hands.pick("Under which programme", "MPP")
    hands.follow("Next: When", "button")
    hands.choose("How exactly is it known?", "Another month")
    hands.choose("Year", "2019")
    hands.choose("Month", "Mar")
    hands.unfold("Another place")
    hands.pick("State, in Mexico", "Tamaulipas")
    hands.pick("City or municipality", "Matamoros")
    hands.walk_through()
    hands.follow("Next: Alleged perpetrators", "button")
    hands.pick("Who, as far as is known?", "Organized criminal group")
    hands.write("Name of the group", "Los Faroleros (inventados)")
    hands.follow("Next: Afterwards", "button")
    hands.walk_through()
    hands.follow("Seal and send", "button")
    hands.walk_through()
    hands.follow("My reports", "link")
    hands.follow(REFERENCE, "link")
    return hands.page.locator("h1").inner_text()


def test_a_full_report_is_written_by_keyboard_alone(hands, staff, house):
    person = hands(staff.researcher, **ENLARGED)
    written(person)
    with staff.researcher.work() as work:
        (one,) = work.db.scalars(select(Report)).all()
        document = report.read_own(work, one.id).document
    assert document["narrative"] == STORY
    assert [each["identity"]["name"] for each in document["persons"]] == [
        make.CANARY_NAME,
        make.CANARY_OTHER_NAME,
    ]
    assert document["persons"][0]["consent"]["decisions"] == {"REC": "given", "STA": "given", "ROW": "given"}
    assert document["persons"][0]["facts"] == {"age": 30, "gender": "F", "nationality": ["HND"]}
    assert [each["type"] for each in document["acts"]] == ["KID", "ILT"]
    assert [(each["person"], each["act"], each["part"]) for each in document["involvements"]] == [
        ("p1", "a1", "DIR"), ("p2", "a1", "WIT"), ("p1", "a2", "DIR"),
    ]  # fmt: skip
    assert document["incident"]["moment"] == {"edtf": "2019-03", "precision": "MON"}
    assert document["incident"]["place"]["municipality"] == "28022"
    assert document["incident"]["programme"] == "MP1"
    assert document["perpetrators"][0]["group"] == "Los Faroleros (inventados)"


def decided(hands: Hands, act: str) -> None:
    """The next act of this kind in the queue is credible, and why."""
    hands.by_menu("Review")
    hands.walk_through()
    hands.follow(act, "link")
    hands.walk_through()
    hands.skip()
    hands.choose("What do you find?", "Credible")
    hands.write("Your reasons", "Two shelters tell of the same house, apart from each other.")
    hands.follow("Decide", "button")


def test_a_verification_by_two_reviewers_is_done_by_keyboard_alone(hands, staff, house, tmp_path):
    document = make.report_document(
        acts=[{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "ILT", "status": "C"}]
    )
    with staff.researcher.work() as work:
        report.send(work, schema.load(document), "page")
    first = hands(staff.reviewer, viewport={"width": 640, "height": 780})
    first.by_menu("Inbox")
    first.walk_through()
    first.follow(REFERENCE, "link")
    first.walk_through()
    first.follow("Take it in as a new incident", "button")
    first.walk_through()
    attached(first, tmp_path)
    decided(first, "Kidnapping for ransom")
    decided(first, "Severe abuse in captivity")
    first.walk_through()
    assert states(staff) == {"KID": "CRE", "ILT": "REC"}
    second = hands(staff.other_reviewer)
    decided(second, "Severe abuse in captivity")
    assert states(staff) == {"KID": "CRE", "ILT": "CRE"}


def attached(hands: Hands, folder) -> None:
    """A photograph is added to the incident."""
    photo = folder / "photo.jpg"
    photo.write_bytes(invented.jpeg((64, 48)))
    hands.follow("Add evidence", "link")
    hands.walk_through()
    hands.skip()
    hands.attach("The file", photo)
    hands.choose("Where does it come from?", "Given")
    hands.reach("Add", "button")
    with hands.page.expect_navigation():
        hands.press()
    hands.page.get_by_role("heading", name="Chain of custody").wait_for()
    hands.walk_through()


def states(staff) -> dict[str, str]:
    """Each act's type, and how far it is verified."""
    with staff.coordinator.work() as work:
        acts = work.db.scalars(select(Act)).all()
        return {work.read(act, "facts")["type"]: act.verification for act in acts}


def test_a_release_is_prepared_signed_by_two_and_downloaded_by_keyboard_alone(hands, staff):
    tell(staff, [story("2019-03"), story("2019-06")])
    analyst = hands(staff.analyst)
    analyst.follow("Prepare a release", "link")
    analyst.walk_through()
    analyst.skip()
    analyst.choose("Policy", "Working rows that stay here")
    analyst.follow("Preview", "button")
    analyst.walk_through()
    analyst.follow("Submit for signature", "button")
    analyst.walk_through()
    reference = analyst.page.locator("h1").inner_text().split()[0]
    for member in (staff.coordinator, staff.second):
        signer = hands(member)
        signer.by_menu("Releases")
        signer.walk_through()
        signer.follow(reference, "link")
        signer.walk_through()
        signer.tick("I looked at what goes out, and it may go out.")
        signer.follow("Sign this release", "button")
    analyst.by_menu("Releases")
    analyst.follow(reference, "link")
    downloaded = analyst.download("Download the pack")
    with zipfile.ZipFile(downloaded.path()) as pack:
        assert json.loads(pack.read("manifest.json"))["counts"]["released"] == 2
        assert {row["state"] for row in csv.DictReader(io.TextIOWrapper(pack.open("data.csv"), "utf-8"))} == {
            "MX-TAM"
        }
