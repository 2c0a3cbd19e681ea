"""Words are looked for in reports that are not taken in yet, beside the incidents."""

import random

import pytest

from incidents import jobs, search
from incidents.app import register_jobs
from incidents.intake import report, take_in
from incidents.model.report import Batch, Report
from incidents.search import told, words
from tests.search import invented


@pytest.fixture
def waiting(staff):
    """One report that waits, one that was taken in: both tell of a bridge."""
    register_jobs()
    invented.record(staff, random.Random(1), narrative="El puente roto.", summary=None)
    return invented.send(
        staff.researcher, random.Random(2), narrative="Nos llevaron al Puente de piedra.", summary=None
    )


def look(staff, wanted):
    with staff.reviewer.work() as work:
        id = jobs.start(work, search.FIND, {}, {"words": wanted}).id
    assert jobs.run_waiting(staff.coordinator.house)
    with staff.reviewer.work() as work:
        return jobs.result(work, jobs.one(work, id)), work.get(type(jobs.one(work, id)), id).total


def test_a_report_that_waits_is_found_beside_the_incidents(staff, waiting):
    found, total = look(staff, "puente")
    assert (found["told"], found["told_found"], found["found"], found["looked"]) == ([str(waiting)], 1, 1, 1)
    with staff.reviewer.work() as work:
        parts = told.count(work)
        assert total == 1 + parts
        some = search.reports_told(work, [waiting])
        assert search.snippets_told(work, some, "puente") == [("Nos llevaron al ", "Puente", " de piedra.")]


def test_what_is_not_said_is_not_found(staff, waiting):
    assert look(staff, "gasolinera blindada")[0]["told"] == []


def test_a_report_is_found_once_it_is_set_aside_and_no_more_once_it_is_taken_in(staff, waiting):
    with staff.reviewer.work() as work:
        report.set_aside(work, work.get(Report, waiting), "repetition")
    assert look(staff, "piedra")[0]["told"] == [str(waiting)]
    with staff.reviewer.work() as work:
        report.bring_back(work, work.get(Report, waiting))
    with staff.reviewer.work() as work:
        taken = take_in.take_in(work, waiting).id
    found = look(staff, "piedra")[0]
    assert (found["told"], found["ids"]) == ([], [str(taken)])


def test_what_an_import_did_not_publish_is_found_by_nobody(staff, waiting):
    with staff.coordinator.work() as work:
        batch = work.add(Batch(kind="import", recorded_by=work.actor.id, received_on=work.today))
        work.get(Report, waiting).batch_id = batch.id
    assert look(staff, "piedra")[0]["told"] == []


def test_each_report_is_looked_at_once_however_few_are_read_at_a_time(staff, waiting, monkeypatch):
    monkeypatch.setattr(told, "CHUNK", 1)
    more = [
        invented.send(staff.researcher, random.Random(n), narrative="Cerca del puente.") for n in range(3, 6)
    ]
    assert set(look(staff, "puente")[0]["told"]) == {str(waiting), *map(str, more)}
    monkeypatch.setattr(words, "MOST_FOUND", 2)
    found = look(staff, "puente")[0]
    assert (len(found["told"]), found["told_found"]) == (2, 4)
