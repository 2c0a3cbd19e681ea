"""Tables with noise, as programs ask for them: how much, and what is refused."""

from types import SimpleNamespace

import pytest

from tests.release.test_publish import story, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
WANTED = {"policy": "public-table", "method": "D", "filters": {"from": "2019-01-01", "to": "2019-12-31"}}


@pytest.fixture
def told(staff):
    """Four incidents, of the names that the tests of releases give the people of the house."""
    tell(
        SimpleNamespace(researcher=staff.field_researcher, reviewer=staff.reviewer, second=staff.second),
        [story() for _ in range(4)],
    )


def test_a_program_prepares_tables_with_noise_and_reads_what_they_cost(program_for, told):
    analyst = program_for("analyst")
    made = analyst.post("/releases", WANTED)
    assert made.status_code == 201, made.json
    said = made.json["manifest"]
    assert (said["method"], said["noise"]["epsilon"], said["noise"]["off"]) == ("D", "1", "63")
    assert said["rules"]["signatures"] == 2
    assert said["counted_with_noise"]["spent"] == "0"
    refused = analyst.post("/releases", WANTED | {"tables": ["act|state"]})
    assert (refused.status_code, refused.json["code"]) == (422, "not-with-noise")
    assert analyst.post("/releases", WANTED | {"policy": "published-table"}).json["code"] == "no-such-method"
