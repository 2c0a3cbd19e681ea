"""Codes that stand in the records are found, and those that their list does not have are counted."""

import random

import pytest

from incidents import vocabulary
from incidents.errors import NotAllowed
from incidents.intake import used
from incidents.intake.schema import ReportSchema
from incidents.model import vocabulary as words
from incidents.model.vocabulary import Own
from tests.search import invented

ROPE = {"en": "Rope", "es": "Cuerda"}


@pytest.fixture(autouse=True)
def as_shipped():
    words.use(())
    yield
    words.use(())


@pytest.fixture
def rope(coordinator, staff):
    """A code of one's own in an act that was taken in, and in a report that waits."""
    with coordinator.work() as work:
        code = vocabulary.add(work, "weapon", ROPE).code
    acts = [{"key": "a1", "type": "KID", "weapons": [code]}]
    invented.record(staff, random.Random(1), acts=acts)
    invented.send(staff.researcher, random.Random(2), acts=acts)
    return code


def look(member):
    with member.work() as work:
        return used.used(work)


def test_what_every_list_has_is_no_fault(staff, rope):
    found = look(staff.reviewer)
    assert (found.missing, found.retired, found.unreadable) == ([], [], {})
    assert found.codes["act", "KID"] == found.codes["weapon", rope] == 2
    assert found.codes["country", "MEX"] >= 2


def test_a_retired_code_is_counted_apart(coordinator, staff, rope):
    with coordinator.work() as work:
        vocabulary.retire(work, "weapon", rope)
    found = look(staff.reviewer)
    assert (found.missing, found.retired) == ([], [("weapon", rope, 2)])


def test_a_code_that_no_list_has_is_named_with_its_count(staff, rope, monkeypatch):
    with staff.reviewer.work() as work:
        found = used.used(work)
    words.use([Own("label", "X_OTHER", ROPE)])  # as if the code had never been added
    assert found.missing == [("weapon", rope, 2)]


def test_an_analyst_counts_the_records_without_what_waits(staff, rope):
    assert look(staff.analyst).codes["weapon", rope] == 1


@pytest.mark.parametrize("who", ["researcher", "auditor", "administrator"])
def test_whoever_reads_no_facts_counts_nothing(staff, rope, who):
    with getattr(staff, who).work() as work, pytest.raises(NotAllowed):
        used.used(work)


def test_codes_are_found_wherever_a_report_has_them():
    document = {
        "interview": {"mode": "INP", "on": {"edtf": "2019", "precision": "YEA"}},
        "incident": {
            "mpp": {"port": "PORT"},
            "tags": ["X_A", "X_B"],
            "place": {"country": "MEX", "state": "MX-BCN"},
        },
        "acts": [{"type": "KID", "kidnapping": {"release": "REL", "held": [{"type": "HOTEL"}]}}],
        "persons": [{"facts": {"nationality": ["HND"], "population": ["MIN"]}}],
    }
    assert set(used.codes_in(ReportSchema(), document)) == {
        ("source_type", "INP"),
        ("date_precision", "YEA"),
        ("port", "PORT"),
        ("label", "X_A"),
        ("label", "X_B"),
        ("country", "MEX"),
        ("state", "MX-BCN"),
        ("act", "KID"),
        ("kidnap_release", "REL"),
        ("location_type", "HOTEL"),
        ("nationality", "HND"),
        ("population", "MIN"),
    }


def test_each_record_is_opened_once_however_few_at_a_time(staff, rope, monkeypatch):
    whole = look(staff.reviewer)
    monkeypatch.setattr(used, "CHUNK", 1)
    few = look(staff.reviewer)
    assert (few.records, few.codes) == (whole.records, whole.codes)
