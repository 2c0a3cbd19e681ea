"""An import that came in: decided on by a program of somebody who did not bring it."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents import jobs
from incidents.model.audit import AuditEntry
from tests.api.test_road import files
from tests.web.test_import_pages import MAPPING, NAME, REASONS, ROWS

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def batch(program_for, house):
    """Brought by the reviewer: two rows that count, one that is none."""
    reviewer = program_for("reviewer")
    begun = reviewer("POST", "/imports", data=files(ROWS, MAPPING))
    assert begun.status_code == 202, begun.json
    assert jobs.run_waiting(house)
    (line,) = reviewer.get("/imports/batches").json["items"]
    return line["id"]


def events(house, event):
    house.db().rollback()
    return list(house.db().scalars(select(AuditEntry.event).where(AuditEntry.event == event)))


def test_the_second_person_confirms_what_it_was_published_under(program_for, batch, house):
    reviewer, second = program_for("reviewer"), program_for("second")
    address = f"/imports/batches/{batch}"
    shown = second.get(address)
    assert shown.json["came_in"] == {"new": 2, "changed": 0}
    assert (shown.json["rows"], shown.json["waiting"], shown.json["basis_confirmed"]) == (3, 2, False)
    assert shown.json["basis"]["citation"] == "An invented newspaper, 2019"
    assert NAME not in shown.text
    own = reviewer.post(f"{address}/basis")
    assert (own.status_code, own.json["code"]) == (409, "second-person-needed")
    assert events(house, "basis.confirmed") == []
    for _time in range(2):  # said twice, it is said once
        confirmed = second.post(f"{address}/basis")
        assert (confirmed.status_code, confirmed.json["basis"]["confirmed_by"]) == (
            200,
            "coordinator inventado",
        )
    assert len(events(house, "basis.confirmed")) == 1
    assert second.get("/imports/batches").json["items"][0]["basis_confirmed"] is True


def test_all_its_acts_become_credible_by_somebody_else_with_a_reason(program_for, batch, house):
    reviewer, second = program_for("reviewer"), program_for("second")
    address = f"/imports/batches/{batch}/credible"
    assert second.post(address, {"reasons": "ok"}).json["code"] == "reasons-needed"
    assert second.post(address).json["fields"].keys() == {"reasons"}
    own = reviewer.post(address, {"reasons": REASONS})
    assert (own.status_code, own.json["code"]) == (409, "second-person-needed")
    begun = second("POST", address, json={"reasons": REASONS}, headers={"Idempotency-Key": "once"})
    again = second("POST", address, json={"reasons": REASONS}, headers={"Idempotency-Key": "once"})
    assert (begun.status_code, again.json["id"]) == (202, begun.json["id"])
    assert jobs.run_waiting(house)
    assert second.get(f"/jobs/{begun.json['id']}").json["state"] == "done"
    shown = second.get(f"/imports/batches/{batch}").json
    # of the child's act it was a first word: it waits for one more reviewer
    assert (shown["waiting"], shown["moved_by"]) == (1, "coordinator inventado")
    assert not jobs.run_waiting(house)


def test_an_import_is_decided_on_by_who_imports_and_by_nobody_else(program_for, batch):
    for who in ("field_researcher", "analyst", "auditor", "administrator"):
        for path in ("/imports/batches", f"/imports/batches/{batch}"):
            assert program_for(who).get(path).status_code == 403
        assert program_for(who).post(f"/imports/batches/{batch}/basis").status_code == 403
    second = program_for("second")
    assert second.get(f"/imports/batches/{uuid4()}").status_code == 404
    assert second.post(f"/imports/batches/{uuid4()}/credible", {"reasons": REASONS}).status_code == 404
