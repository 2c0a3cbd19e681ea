"""A newer version of an imported row, as programs have it: each difference by its name, taken or refused."""

import pytest
from sqlalchemy import select

from incidents import review
from incidents.model.incident import Act
from incidents.model.report import Report
from incidents.model.vocabulary import Verification as V  # noqa: N817  as in review.py
from tests import make
from tests.api.test_road import send
from tests.intake.test_following import bring_in


@pytest.fixture
def newer(app, staff):
    """The id of a newer version that waits, because its act was found credible."""
    bring_in(staff.reviewer, {})
    with staff.second.work() as work:
        review.move(work, work.db.scalars(select(Act)).one(), V.CREDIBLE, "Compared with the register.")
    bring_in(staff.reviewer, {"age": "30", "name": "Xiomara Corregida", "act2": "E"})
    with staff.reviewer.work() as work:
        return str(work.db.scalars(select(Report.id).where(Report.edition == 2)).one())


def test_each_difference_has_three_sides(program_for, newer):
    said = program_for("reviewer").get(f"/inbox/{newer}/differences").json
    found = {each["name"]: each for each in said["differences"]}
    assert set(found) == {"acts.a2", "persons.p1.facts.age", "persons.p1.identity.name"}
    age = found["persons.p1.facts.age"]
    assert [age[side]["facts"]["age"] for side in ("before", "ours", "theirs")] == [29, 29, 30]
    assert (found["acts.a2"]["whole"], found["acts.a2"]["ours"]) == ("new", None)
    assert found["acts.a2"]["theirs"] == {"type": "EXT"}
    assert said["why"] == "worked_on"


def test_what_is_named_is_taken_and_the_rest_is_refused(program_for, newer):
    reviewer = program_for("reviewer")
    assert reviewer.post(f"/inbox/{newer}/choose", {"take": ["acts.a9"]}).status_code == 422
    assert reviewer.post(f"/inbox/{newer}/choose", {}).status_code == 422
    taken = reviewer.post(f"/inbox/{newer}/choose", {"take": ["persons.p1.facts.age"]})
    assert (taken.status_code, set(taken.json)) == (200, {"id", "reference"})
    incident = reviewer.get(f"/incidents/{taken.json['id']}").json
    assert len(incident["acts"]) == 1
    assert 30 in [each["facts"].get("age") for each in incident["persons"]]
    assert reviewer.post(f"/inbox/{newer}/choose", {"take": []}).status_code == 409


def test_a_report_that_is_no_newer_version_has_no_differences(program_for):
    waits = send(program_for("field_researcher"), narrative=make.CANARY_NARRATIVE)
    assert program_for("reviewer").get(f"/inbox/{waits}/differences").status_code == 404
    assert program_for("analyst").get(f"/inbox/{waits}/differences").status_code == 403
