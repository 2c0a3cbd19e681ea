"""An export by a program, and in again."""

import io
import json

from incidents import jobs
from incidents.intake import exporters
from tests import make
from tests.api.test_road import send, take_in


def test_a_program_exports_and_the_file_needs_no_mapping(program_for, house):
    reviewer, coordinator = program_for("reviewer"), program_for("coordinator")
    take_in(reviewer, send(program_for("field_researcher")))
    answer = coordinator("POST", "/export", buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, exporters.MIME)
    lines = [json.loads(line) for line in answer.data.splitlines()]
    assert [line.get("record") for line in lines[1:-1]] == ["report", "incident", "person", "person"]
    assert lines[1]["document"]["narrative"] == make.CANARY_NARRATIVE
    files = {"file": (io.BytesIO(answer.data), exporters.NAME)}
    seen = coordinator("POST", "/imports/preview", data=dict(files))
    assert (seen.status_code, seen.json["totals"]) == (200, {"unchanged": 4})
    files = {"file": (io.BytesIO(answer.data), exporters.NAME)}
    begun = coordinator("POST", "/imports", data=files)
    assert begun.status_code == 202, begun.json
    assert jobs.run_waiting(house)
    assert coordinator.get(f"/imports/{begun.json['id']}/result").json["totals"] == {"unchanged": 4}


def test_another_file_needs_its_mapping(program_for):
    answer = program_for("reviewer")("POST", "/imports/preview", data={"file": (io.BytesIO(b"a;b"), "t.csv")})
    assert answer.status_code == 422
    assert list(answer.json["fields"]) == ["mapping"]


def test_no_other_role_exports(program_for):
    for who in ("reviewer", "analyst", "administrator", "auditor", "field_researcher"):
        assert program_for(who)("POST", "/export").status_code == 403
