"""Row files and tables of the same incidents: what stands refuses the other, and who subtracts finds nothing."""

import random
from collections import Counter

import pytest
from sqlalchemy import select

from incidents.errors import Problem
from incidents.intake import rearranging
from incidents.model.incident import Incident
from incidents.model.release import Release
from incidents.release import editions, publish, standing
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_filed import printed
from tests.release.test_publish import GIVEN, manifest, pack, person, prepared, rows, signed, story, tell

TABLES = "public-table"
FIRST, SECOND = {"to": "2019-06-30"}, {"from": "2019-07-01"}
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def told(staff):
    """Six incidents of each of two months, of people who agreed to every use."""
    given = GIVEN | {"PAR": "given"}
    tell(staff, [story(f"2019-0{month}", [person(decisions=given)]) for month in (1, 9) for _ in range(6)])


def recalled(staff, release):
    with staff.coordinator.work() as work:
        publish.recall(work, work.get(Release, release), "A mistake in the filter.")


def test_tables_of_incidents_whose_rows_are_out_are_refused_and_of_others_made(staff, told):
    file = prepared(staff, filters=FIRST)
    waiting = prepared(staff, TABLES)  # nothing is out yet
    signed(staff, file)
    with staff.analyst.work() as work:
        reference = work.get(Release, file).reference
    for again in (lambda: prepared(staff, TABLES), lambda: signed(staff, waiting)):
        with pytest.raises(standing.RowsStand) as refused:
            again()
        assert refused.value.details == {"references": reference, "shared": 6}
        assert reference in refused.value.said()
    tables = prepared(staff, TABLES, SECOND)
    signed(staff, tables)


def test_rows_of_incidents_that_tables_count_are_refused_and_a_partners_made(staff, told):
    tables, waiting = prepared(staff, TABLES), prepared(staff)
    signed(staff, tables)
    for again in (
        lambda: prepared(staff),
        lambda: prepared(staff, "small-rows"),
        lambda: signed(staff, waiting),
    ):
        with pytest.raises(standing.TablesStand) as refused:
            again()
        assert refused.value.details["shared"] == 12
    for name in ("partner", "internal"):
        prepared(staff, name)


def test_what_was_recalled_stands_only_where_somebody_has_it(staff, told):
    file = prepared(staff)
    signed(staff, file)
    recalled(staff, file)
    tables = prepared(staff, TABLES)
    signed(staff, tables)
    pack(staff, tables)
    recalled(staff, tables)
    with pytest.raises(standing.TablesStand):
        prepared(staff)


def test_a_correction_of_either_may_come_beside_the_other(staff, told, monkeypatch):
    """Both went out before this was asked: whoever withdraws is taken out of both."""
    file, tables = prepared(staff), prepared(staff, TABLES)
    with monkeypatch.context() as before:
        before.setattr(standing, "out", lambda *_: [])
        signed(staff, file)
        signed(staff, tables)
    somebody_withdraws(staff, file)
    for each in (file, tables):
        signed(staff, corrected(staff, each))


def test_what_nobody_has_is_no_door_for_its_correction(staff, told):
    """Recalled before anybody took it, it does not stand; then the other went out."""
    file = prepared(staff)
    signed(staff, file)
    recalled(staff, file)
    signed(staff, prepared(staff, TABLES))
    somebody_withdraws(staff, file)
    correction = corrected(staff, file)
    with pytest.raises(standing.TablesStand):
        signed(staff, correction)


def test_an_incident_that_was_joined_with_another_since_is_still_known(staff, told):
    signed(staff, prepared(staff, filters=FIRST))
    with staff.reviewer.work() as work:
        found = list(work.db.scalars(select(Incident).order_by(Incident.received_on, Incident.id)))
        early, late = (
            [each for each in found if _month(work, each) == month] for month in ("2019-01", "2019-09")
        )
        kept, gone = sorted((early[0], late[0]), key=lambda each: each.id)
        rearranging.merge(work, kept.id, gone.id, "One and the same: told twice, at two dates.")
    with pytest.raises(standing.RowsStand) as refused:
        prepared(staff, TABLES, SECOND)
    assert refused.value.details["shared"] == 1


def _month(work, incident):
    return work.read(incident, "facts")["moment"]["edtf"]


# -- a reader who has everything that went out, and subtracts


class Reader:
    """Knows the packs and nothing of the program: months of exact tables less the rows of files of these months."""

    def __init__(self) -> None:
        self.files: list[tuple[dict[str, str], list[dict[str, str]]]] = []
        self.tables: list[dict[str, int]] = []

    def takes(self, files):
        said = manifest(files)
        if "row_file" in said:
            self.files.append((said["hierarchies"]["period"], rows(files)))
        else:
            _head, lines, _notes = printed(files, "T2-incidents")
            self.tables.append({name: int(line[-1]) for name, line in lines.items() if line[-1].isdecimal()})

    def reads_off(self):
        """How few are in exact counts of a time and not in the rows of it."""
        found = []
        for level, told in self.files:
            said = Counter(MONTHS[row["period"]] if level["level"] == "month" else "All" for row in told)
            for counted in self.tables:
                left = {name: counted[name] - number for name, number in said.items() if name in counted}
                found += [number for number in left.values() if 1 <= number < 5]
        return found


MONTHS = {"2019-01": "January 2019", "2019-05": "May 2019", "2019-09": "September 2019", "*": "All"}


def plays(staff, seed, monkeypatch):
    """A small history, its incidents told apart by month alone; some people agree to be counted and to no more."""
    draw, reader = random.Random(seed), Reader()
    monkeypatch.setattr(editions, "NEW_INCIDENTS", 1)
    for _turn in range(4):
        month = draw.choice([each for each in MONTHS if each != "*"])
        some = [GIVEN] * draw.randrange(6, 9) + [{"REC": "given", "STA": "given"}] * draw.randrange(1, 4)
        tell(staff, [story(month, [person(decisions=each)]) for each in some])
        filters = draw.choice([{}, {}, {"to": "2019-02-28"}, {"from": "2019-03-01"}])
        for name in draw.sample(["dataset-research", TABLES], 2):
            try:
                release = prepared(staff, name, filters)
                signed(staff, release)
            except Problem:
                continue
            reader.takes(pack(staff, release))
    return reader


@pytest.mark.parametrize("seed", [3, 4])
def test_nothing_small_is_read_off_by_whoever_has_all_packs(staff, seed, monkeypatch):
    reader = plays(staff, seed, monkeypatch)
    assert reader.files or reader.tables
    assert reader.reads_off() == []


def test_the_same_reader_finds_somebody_where_nothing_is_refused(staff, monkeypatch):
    monkeypatch.setattr(standing, "out", lambda *_: [])
    assert plays(staff, 3, monkeypatch).reads_off()
