"""Tables as a release: what is printed, signed, stopped, corrected, and how soon the next edition may follow."""

import csv
import io
import re
from datetime import timedelta

import pytest

from incidents import jobs
from incidents.errors import ConsentChanged, InvalidInput
from incidents.model import clock
from incidents.model.release import Release
from incidents.release import correct, editions, making, publish, tabled
from incidents.release.publish import Wanted
from tests import make
from tests.release import unpacked
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_publish import GIVEN, manifest, pack, person, prepared, signed, story, tell

POLICY = "public-table"
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The job, by its name."""
    monkeypatch.setitem(jobs.registry, making.KIND, jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))


@pytest.fixture
def told(staff):
    """Twelve incidents of two months, one of three by itself, one who refused to be counted."""
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    tell(staff, [story("2019-09", [person(age=40, nationality=["HTI"])]) for _ in range(3)])
    tell(staff, [story(people=[person(decisions=GIVEN | {"STA": "refused"})])])


def cells(files, name):
    text = files[name].decode("utf-8-sig").split("\r\n\r\n")[0]
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(text))}


def test_tables_leave_with_their_text_and_print_no_count_under_five(staff, told):
    release = prepared(staff, POLICY)
    signed(staff, release)
    files = pack(staff, release)
    assert cells(files, "T4-nationality.en.csv") == {
        "Nationality": ["People directly harmed"],
        "Haiti": ["<5"],
        "Honduras": ["…"],
        "All": ["15"],
    }
    small = {str(number) for number in range(1, 5)}
    for name in files:
        if name.endswith(".csv"):
            assert not small & {cell for row in cells(files, name).values() for cell in row}, name
    for language in ("en", "es"):
        assert {
            f"report-{language}.docx",
            f"report-{language}.html",
            f"tables-{language}.xlsx",
        } <= files.keys()
    everything = unpacked.text(files)
    assert not [canary for canary in make.CANARIES if canary in everything]


def test_the_counts_in_and_out_are_as_protected_as_the_tables(staff, told):
    release = prepared(staff, POLICY)
    signed(staff, release)
    said = manifest(pack(staff, release))["counts"]
    assert "refused" not in said["excluded"]
    assert said["excluded"]["agreement"] == "<5"
    assert not [each for each in (said["considered"], said["released"]) if each in range(1, 5)]
    assert "…" in {
        said["considered"],
        said["released"],
    }  # one of the two would tell the other and the refusal
    with staff.analyst.work() as work:
        inside = publish.release(work, release)[1]["counts"]
    assert inside == {"considered": 16, "released": 15, "excluded": {"refused": 1}}


def test_whoever_withdraws_stops_the_tables_and_is_not_counted_in_their_correction(staff, told):
    release = prepared(staff, POLICY)
    signed(staff, release)
    before = pack(staff, release)
    day = manifest(before)["data_date"]
    assert "T8-aside.en.csv" in before
    somebody_withdraws(staff, release)
    tell(staff, [story("2019-01") for _ in range(6)])  # since then: not in the correction
    with pytest.raises(ConsentChanged):
        pack(staff, release)
    correction = corrected(staff, release)
    for who in (
        staff.coordinator,
        staff.second,
    ):  # somebody has the edition: two sign what can be taken from it
        signed(staff, correction, who)
    files = pack(staff, correction)
    assert manifest(files)["data_date"] == day
    assert manifest(files)["merged"] == manifest(before)["merged"]  # told together as they were told
    assert manifest(files)["told_apart"] == manifest(before)["told_apart"]
    assert cells(files, "T7-reported.en.csv").keys() == cells(before, "T7-reported.en.csv").keys()
    assert "T8-aside.en.csv" not in files  # what is undecided today was not so then
    with staff.analyst.work() as work:
        assert publish.release(work, correction)[1]["counts"]["released"] == 14
        assert work.get(Release, release).state == "recalled"


def test_there_is_nothing_to_correct_where_nobody_left(staff, told):
    release = prepared(staff, POLICY)
    signed(staff, release)
    with pytest.raises(correct.NothingToCorrect):
        corrected(staff, release)


def test_the_next_edition_waits_for_fifty_incidents_or_a_year(staff, house, told, monkeypatch):
    first, beside = prepared(staff, POLICY), prepared(staff, POLICY, {"to": "2019-06-30"})
    signed(staff, first)
    with pytest.raises(editions.TooSoon):
        prepared(staff, POLICY, {"states": ["MX-TAM"]})
    with pytest.raises(editions.TooSoon):  # prepared before, signed after
        signed(staff, beside)
    then = house.now()
    monkeypatch.setattr(house, "now", lambda: then + timedelta(days=366))
    assert clock.day_of(house.now()) > clock.day_of(then)
    prepared(staff, POLICY)


def test_what_is_asked_of_rows_is_not_asked_of_tables(staff, told):
    for asked in (Wanted(POLICY, {}, k=7), Wanted(POLICY, {}, coarser=True)):
        with staff.analyst.work() as work, pytest.raises(InvalidInput):
            publish.ready(work, asked)
        with staff.analyst.work() as work, pytest.raises(InvalidInput):
            making.start(work, asked)


def test_without_anybody_to_count_there_are_no_tables(staff):
    tell(staff, [story(people=[person(decisions=GIVEN | {"STA": "refused"})])])
    with pytest.raises(tabled.NothingToCount) as refused:
        prepared(staff, POLICY)
    assert refused.value.details["counts"] == {"considered": 1, "released": 0, "excluded": {"refused": 1}}


def test_what_somebody_told_us_is_not_counted_without_protection(staff, told):
    """Not as a number, and not among what stayed out either."""
    with pytest.raises(tabled.NothingToCount) as refused:
        prepared(staff, "published-table")
    assert refused.value.details["counts"] == {"considered": 0, "released": 0, "excluded": {}}


def test_a_job_makes_them_too(staff, house, told):
    with staff.analyst.work() as work:
        id = making.start(work, Wanted(POLICY, {})).id
    assert jobs.run_waiting(house)
    with staff.analyst.work() as work:
        found = making.outcome(work, making.one(work, id))
        assert found.problem is None
        titles = [each.title for each in publish.tables_of(work, work.get(Release, found.release), "es")]
    assert titles[0].startswith("T1. ")
    assert not [title for title in titles if re.search("[a-z]_[a-z]", title)]


def test_who_waits_for_a_decision_is_shown_aside_and_told_by_no_reason(staff, told):
    tell(staff, [story("2019-06") for _ in range(3)], verified=False)
    release = prepared(staff, POLICY)
    signed(staff, release)
    files = pack(staff, release)
    aside = cells(files, "T8-aside.en.csv")
    assert aside["All"] == ["<5"]
    said = manifest(files)["counts"]
    assert said["excluded"]["not_verified"] == "<5"
    assert not [each for each in (said["considered"], said["released"]) if each in range(1, 5)]
