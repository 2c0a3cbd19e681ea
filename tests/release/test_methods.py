"""By which method tables are protected: one for the same incidents, chosen where there are enough."""

from datetime import timedelta

import pytest

from incidents.errors import InvalidInput
from incidents.model.release import Release
from incidents.release import making, publish, standing, tabled
from incidents.release.publish import Wanted
from incidents.release.tables import protect
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_publish import manifest, pack, person, signed, story, tell
from tests.release.test_tabled import cells

POLICY = "public-table"
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def told(staff, monkeypatch):
    """Seventeen incidents; that is enough here."""
    monkeypatch.setattr(protect, "FROM", 14)
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(7)])
    tell(staff, [story("2019-09", [person(age=40, nationality=["HTI"])]) for _ in range(3)])


def ready(staff, method="C", filters=None):
    with staff.analyst.work() as work:
        return publish.ready(work, Wanted(POLICY, filters or {}, method=method)).id


def numbers(files):
    return {
        (name, row, place): cell
        for name in files
        if name.endswith(".en.csv")
        for row, line in list(cells(files, name).items())[1:]
        for place, cell in enumerate(line)
    }


def test_every_number_that_leaves_is_a_multiple_of_five_near_the_true_one(staff, told):
    release = ready(staff)
    signed(staff, release)
    files = pack(staff, release)
    said = manifest(files)
    assert (said["method"], said["rounded_to"]) == ("C", 5)
    assert "multiple of five" in said["definition"]["en"]
    found = numbers(files)
    assert found
    digits = {place: int(cell) for place, cell in found.items() if cell.isdigit()}
    assert {cell for cell in found.values() if not cell.isdigit()} <= {"…", "(not shown)", ""}
    assert {number % 5 for number in digits.values()} == {0}
    people = cells(files, "T4-nationality.en.csv")
    assert people["Haiti"] == ["5"]  # three: only a true nought prints 0
    assert people["Honduras"][0] in {"10", "15", "…"}
    assert people["All"][0] in {"15", "20", "…"}


def test_a_count_prints_the_same_whenever_it_is_asked_for(staff, told):
    first, again = (ready(staff) for _ in range(2))
    with staff.analyst.work() as work:
        one, other = (
            [table.rows for table in publish.tables_of(work, work.get(Release, id), "en")]
            for id in (first, again)
        )
    assert one == other


def test_a_correction_keeps_the_method(staff, told):
    release = ready(staff)
    signed(staff, release)
    somebody_withdraws(staff, release)
    correction = corrected(staff, release)
    signed(staff, correction)
    assert manifest(pack(staff, correction))["method"] == "C"


@pytest.mark.parametrize(("first", "then"), [("A", "C"), ("C", "A")])
def test_the_same_incidents_never_go_out_by_two_methods(staff, house, told, monkeypatch, first, then):
    beside = ready(staff, then)  # before anything went out
    signed(staff, ready(staff, first))
    now = house.now()
    monkeypatch.setattr(house, "now", lambda: now + timedelta(days=366))
    with pytest.raises(standing.OtherMethod):
        ready(staff, then)
    with pytest.raises(standing.OtherMethod):
        signed(staff, beside)
    ready(staff, first)


def test_incidents_that_were_in_neither_may_go_another_way(staff, house, told, monkeypatch):
    signed(staff, ready(staff, "A", {"to": "2019-02-28"}))
    now = house.now()
    monkeypatch.setattr(house, "now", lambda: now + timedelta(days=366))
    monkeypatch.setattr(protect, "FROM", 5)
    ready(staff, "C", {"from": "2019-06-01"})


def test_few_incidents_are_not_rounded(staff):
    tell(staff, [story() for _ in range(6)])
    with pytest.raises(protect.TooFewToRound):
        ready(staff)


def test_what_is_no_method_of_these_tables_is_refused(staff):
    for asks in (publish.ready, making.start):
        with staff.analyst.work() as work, pytest.raises(tabled.NoSuchMethod):
            asks(work, Wanted(POLICY, {}, method="B"))
        with staff.analyst.work() as work, pytest.raises(InvalidInput):
            asks(work, Wanted("dataset-research", {}, method="C"))
