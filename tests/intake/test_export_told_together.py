"""Of what somebody told who does not want to be kept an export carries nothing; with others, what these lived."""

import pytest

from incidents import consent
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests import make
from tests.intake.test_export_asks_anew import left_out, lines_of, not_kept, record, told_twice
from tests.intake.test_round_trip import (
    _registered,
    another,
    elsewhere,
    exported,
    imported,
    incident_of,
    person_of,
    send,
)

__all__ = ["_registered", "elsewhere"]  # fixtures
ACTS = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}]
KEEP = {"decisions": {"REC": "given"}}


def teller(key):
    return {"key": key, "teller": True, "identity": {"name": f"Inventada {key}"}, "consent": KEEP}


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
def test_facts_that_only_they_told_do_not_go_and_what_the_other_said_too_does(coordinator, how):
    one, _two = told_twice(coordinator)  # both told when and where
    whole = record(exported(coordinator), "incident")[0]["facts"]
    assert whole["interview"]
    not_kept(coordinator, one, how)
    data = exported(coordinator)
    (incident,) = record(data, "incident")
    told = make.report_document()["incident"]
    assert {name: incident["facts"].get(name) for name in told} == {name: whole.get(name) for name in told}
    apart = make.report_document(
        acts=[ACTS[0]], incident={"exposure": "JUS"}, narrative="Sola.", summary=None
    )
    alone = send(coordinator, apart)
    assert '"JUS"' in exported(coordinator).decode()
    not_kept(coordinator, alone, how)
    assert '"JUS"' not in exported(coordinator).decode()


def test_what_was_told_together_goes_as_far_as_the_other_was_in_it(template, coordinator, tmp_path):
    links = [{"person": "p1", "act": "a1", "part": "DIR"}, {"person": "p2", "act": "a2", "part": "DIR"}]
    document = make.report_document(
        persons=[teller("p1"), teller("p2")],
        acts=ACTS,
        involvements=links,
        perpetrators=[{"group": "Los Otros Inventados"}],
        narrative="Lo contamos las dos.",
    )
    sent = send(coordinator, document)
    incident_of(coordinator, sent)
    with coordinator.work() as work:
        consent.withdraw(work, work.get(Person, person_of(coordinator, sent, "p2")), [Purpose.RECORD])
    data = exported(coordinator)
    (incident,), (report,) = record(data, "incident"), record(data, "report")
    assert [act["facts"]["type"] for act in incident["acts"]] == ["KID"]
    assert [act["type"] for act in report["document"]["acts"]] == ["KID"]
    assert incident["facts"] == {}
    assert "perpetrators" not in incident
    text = data.decode()
    assert "Los Otros" not in text
    assert "Lo contamos" not in text
    assert "Inventada p2" not in text
    assert left_out(data)["told_together"] >= 3
    with another(template, tmp_path / "b") as there:
        done = imported(there, data)
    assert not [each["reason"] for each in done["lines"] if each["reason"]]
    assert len(lines_of(data)) > 3
