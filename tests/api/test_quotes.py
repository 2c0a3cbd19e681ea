"""The shelf, as programs have it: what may be printed today, and nothing of what is not signed."""

from types import SimpleNamespace

import pytest

from incidents import consent
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests.redaction import quoting, test_cases
from tests.redaction.quoting import begun, of, signed, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def people(staff):
    """Those of the redaction tests, by the names that they have there."""
    return SimpleNamespace(
        researcher=staff.field_researcher,
        reviewer=staff.reviewer,
        other_reviewer=staff.second,
        coordinator=staff.coordinator,
    )


def test_the_shelf_lists_what_may_be_quoted_and_nothing_else(program_for, people):
    incident = tell(people)
    id = signed(people, incident, month=False)
    begun(people, incident)
    analyst = program_for("analyst")
    (found,) = analyst.get("/quotes").json["items"]
    assert (found["id"], found["kind"], found["age"], found["month"]) == (str(id), "quote", 36, "")
    assert found["text"].startswith("Nos bajaron del camión el [DATE] en [PLACE 1].")
    assert found["acts"] == ["KID"]
    assert analyst.get("/quotes", act="EXT", state="MX-BCN").json["items"] == []
    assert analyst.get("/quotes", kind="poem").status_code == 422
    assert program_for("reviewer").get("/quotes").status_code == 403
    with people.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, of(work, id).person_id), [Purpose.QUOTE])
    assert analyst.get("/quotes").json == {"items": [], "next": None}
    assert quoting.why_not(people, id) == "withdrawn"


def test_a_program_prepares_tables_whose_report_prints_what_it_names(program_for, people):
    incident = tell(people)
    id, case = signed(people, incident), test_cases.signed(people, incident)
    analyst = program_for("analyst")
    assert [each["id"] for each in analyst.get("/quotes", kind="case").json["items"]] == [str(case)]
    wanted = {"policy": "public-table", "quotes": [str(case), str(id)]}
    made = analyst.post("/releases", wanted)
    assert made.status_code == 201, made.json
    assert made.json["manifest"]["quotes"] == {"case": 1, "quote": 1}
    assert made.json["manifest"]["rules"]["signatures"] == 2
    with people.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, of(work, id).person_id), [Purpose.QUOTE])
    refused = analyst.post("/releases", wanted)
    assert (refused.status_code, refused.json["code"]) == (409, "quote-stays")
    assert analyst.post("/releases", wanted | {"policy": "dataset-research"}).status_code == 422
