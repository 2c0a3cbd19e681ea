"""The entries of a release are written at once, and those who are in it are asked some at a time."""

import csv
import io
from collections import Counter

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.errors import ConsentChanged
from incidents.model import base
from incidents.model.people import Person
from incidents.model.release import ReleasedRow
from incidents.release import gather, ledger, policy, publish
from incidents.release.entries import Entries
from tests.release.test_publish import pack, prepared, signed, story, tell

ENTRIES = ReleasedRow.__table__.c


@pytest.mark.parametrize("drawn", [base.TOGETHER, 5])
def test_the_ids_of_the_entries_follow_their_hashes_and_not_the_rows(staff, house, monkeypatch, drawn):
    """Ids that are made together rise: made in the order of the rows they would tell it."""
    monkeypatch.setattr(base, "TOGETHER", drawn)
    tell(staff, [story() for _number in range(12)])
    prepared(staff)
    columns = (ENTRIES.person, ENTRIES.incident, ENTRIES.told, ENTRIES.whose)
    found = [tuple(row) for row in house.db().execute(select(*columns).order_by(ENTRIES.id))]
    assert len(set(found)) == 12
    assert found == sorted(found)


@pytest.mark.parametrize("sorted_before", [True, False])
def test_a_ledger_says_of_every_entry_what_it_stands_for_in_whichever_order_it_holds_them(
    staff, monkeypatch, sorted_before
):
    """Those of 0.9 to 0.11 hold more than 4,096 entries in runs of so many: of most, nothing was found."""
    tell(staff, [story(month) for month in ("2019-01", "2019-03") for _number in range(6)])
    if not sorted_before:
        monkeypatch.setattr(Entries, "text", _in_runs(Entries.text))
    release = prepared(staff)
    signed(staff, release)
    with staff.analyst.work() as work:
        rows = gather.gather(work, policy.load("dataset-research"), {})
        (file,) = ledger.past(work, rows).files
        there = list(csv.DictReader(io.StringIO(pack(staff, release)["data.csv"].decode())))
    assert len(file.rows) == len(there) == 12
    assert Counter(row.values["period"] for row in file.rows.values()) == Counter(
        row["period"] for row in there
    )
    assert {row.incident for row in file.rows.values()} == {row["incident"] for row in rows.rows}


def _in_runs(text):
    """Entries as they were held: rising in runs, and each run by itself."""

    def held(entries):
        each = list(entries)
        return text([*each[1::2], *each[::2]])

    return held


@pytest.mark.parametrize("together", [1, 5, 2_000])
@pytest.mark.parametrize("last", [False, True])
def test_whoever_withdraws_stops_the_pack_however_many_are_asked_at_once(staff, monkeypatch, together, last):
    monkeypatch.setattr(publish, "TOGETHER", together)
    tell(staff, [story() for _number in range(12)])
    release = prepared(staff)
    signed(staff, release)
    assert pack(staff, release)
    with staff.reviewer.work() as work:
        people = list(work.db.scalars(select(Person).order_by(Person.id)))
        consent.withdraw(work, people[-1 if last else 0])
    with pytest.raises(ConsentChanged):
        pack(staff, release)
