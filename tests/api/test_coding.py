"""A program reads how far the coders of a sample agree, once all have finished, and learns nobody's name."""

from uuid import uuid4

import pytest

from tests import make
from tests.test_coding import all_coded, drawn, taken_in


@pytest.fixture
def people(staff):
    """The staff by the names that a sample's builders know it by."""
    staff.other_reviewer, staff.researcher = staff.second, staff.field_researcher
    return staff


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_sample_is_listed_and_its_figures_come_when_all_have_finished(program_for, people, monkeypatch):
    people.second = people.coordinator  # takes in what the others code
    taken_in(people, 2)
    id = drawn(people, seed="sierra")
    sample = str(id)
    analyst, coder = program_for("analyst"), program_for("reviewer")
    (line,) = analyst.get("/coding").json["items"]
    assert (line["id"], line["coders"], line["finished"]) == (sample, 2, False)
    assert analyst.get(f"/coding/{sample}").json["code"] == "coding-not-finished"
    monkeypatch.setattr("incidents.agreement.measuring.FLOOR", 2)
    all_coded(people, id, {"acts": ["KID", "EXT"], "type": ["EXT"]})
    told = analyst.get(f"/coding/{sample}")
    found = told.json
    assert (found["drawn"], found["drawn_from"], found["reports"], found["seed"]) == (2, 2, 2, "sierra")
    lines = {(each["question"], each["code"]): each for each in found["figures"]}
    assert lines["acts", None]["agreed"] == 0.5
    assert ("acts", "EXT") not in lines  # one report: told to those who coded it alone
    whole = {
        (each["question"], each["code"]): each for each in coder.get(f"/coding/{sample}").json["figures"]
    }
    assert whole["acts", "EXT"]["agreed"] == 0.5
    assert lines["acts", "KID"]["one_code"]
    assert (lines["type", None]["kappa"], lines["type", None]["too_little_varies"]) == (None, True)
    assert lines["gender", None]["reports"] == 1
    assert set(found["method"]) == {"en", "es"}
    for member in (people.reviewer, people.other_reviewer, people.coordinator):
        assert member.name not in told.text
    assert make.CANARY_NARRATIVE not in told.text
    assert analyst.get(f"/coding/{uuid4()}").status_code == 404
    assert program_for("field_researcher").get("/coding").status_code == 403
