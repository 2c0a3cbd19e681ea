"""Unseen is unseen, whoever told is asked, and of few nothing is told."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents import agreement, consent
from incidents.errors import Conflict, InvalidInput, MoveNotAllowed
from incidents.intake import rearranging
from incidents.model.base import db
from incidents.model.coding import Coding, Sample
from incidents.model.incident import Act
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import Purpose, Role, Verification
from incidents.review import moves
from tests import make
from tests.test_coding import (
    CODED,
    code,
    drawn,
    measured,
    reports_of,
    sheets,
    taken_in,
    teller_of,
    wanted,
)

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def codes_of(member, sample) -> set[str]:
    return {name for each in measured(member, sample).questions for name, _figures in each.codes}


def test_whoever_does_not_agree_to_be_counted_is_neither_drawn_nor_coded_nor_measured(staff):
    fit = taken_in(staff, 3)
    with staff.coordinator.work() as work:
        consent.withdraw(work, teller_of(work, fit[0]), [Purpose.STATISTICS])
    sample = drawn(staff)
    first, second = reports_of(staff, sample)
    assert {first, second} == set(fit[1:])
    code(staff.reviewer, sheets(staff.reviewer, sample)[0], CODED)
    code(staff.other_reviewer, sheets(staff.other_reviewer, sample)[0], CODED)
    with staff.coordinator.work() as work:
        for report in (first, second):
            consent.withdraw(work, teller_of(work, report), [Purpose.STATISTICS])
    with pytest.raises(agreement.NotToBeCoded):
        code(staff.reviewer, sheets(staff.reviewer, sample)[1], CODED)
    found = measured(staff.coordinator, sample)
    assert (found.reports, found.left_out) == (0, 2)


def test_rare_codes_are_told_to_coders_and_coordinators_and_restricted_ones_to_nobody_who_opens_nothing(
    staff, monkeypatch
):
    monkeypatch.setattr("incidents.agreement.measuring.FLOOR", 2)
    taken_in(staff, 3)
    sample = drawn(staff)
    for number, told in enumerate((["KID", "RAP", "EXT"], ["KID", "RAP"], ["KID"])):
        for member in (staff.reviewer, staff.other_reviewer):
            code(member, sheets(member, sample)[number], {**CODED, "acts": told})
    for member in (staff.reviewer, staff.coordinator):
        assert codes_of(member, sample) == {"KID", "RAP", "EXT"}
    assert codes_of(staff.second, sample) >= {"RAP"}
    assert codes_of(staff.analyst, sample) == {"KID"}


def incident_of(work, report: UUID) -> UUID:
    return work.db.scalars(select(ReportLink.incident_id).where(ReportLink.report_id == report)).one()


def decide(member, report: UUID) -> None:
    with member.work() as work:
        act = work.db.scalars(select(Act).where(Act.incident_id == incident_of(work, report))).one()
        moves.move(work, act, Verification.UNDER_VERIFICATION, "Read with care.")


def supersede(staff, older: UUID, newer: UUID) -> None:
    with staff.coordinator.work() as work:
        work.get(Report, newer).supersedes = older
        work.note("report.updated", work.get(Report, newer))


def test_what_a_coder_knows_by_a_merged_incident_an_older_version_or_an_earlier_sample_is_not_drawn(
    staff, house
):
    kept, gone, older, newer, fit = taken_in(staff, 5)
    (sent,) = taken_in(staff, sender="reviewer")
    (later,) = taken_in(staff)
    decide(staff.reviewer, gone)
    decide(staff.other_reviewer, older)
    with staff.coordinator.work() as work:
        rearranging.merge(work, incident_of(work, kept), incident_of(work, gone), "One and the same.")
    supersede(staff, older, newer)
    supersede(staff, sent, later)
    sample = drawn(staff)
    assert reports_of(staff, sample) == [fit]
    with staff.coordinator.work() as work, pytest.raises(InvalidInput):
        agreement.draw(work, wanted(work, staff))  # they have it already
    third = make.member(house, staff.coordinator, "Nahúm Tercero", Role.REVIEWER)
    other = drawn(staff, coders=[staff.coordinator.id, third.id])  # who draws may read how it was coded
    with staff.coordinator.work() as work:
        drawn_now = set(work.db.scalars(select(Coding.report_id).where(Coding.sample_id == other)))
    assert drawn_now == {older, newer, sent, later}


def test_whoever_decided_since_the_draw_codes_that_report_no_more_and_nobody_waits_for_them(staff):
    taken_in(staff, 2)
    sample = drawn(staff)
    first, second = reports_of(staff, sample)
    mine = sheets(staff.reviewer, sample)
    code(staff.reviewer, mine[1], CODED)
    for report in (first, second):
        decide(staff.reviewer, report)
    with pytest.raises(agreement.KnownByNow):
        code(staff.reviewer, mine[0], CODED)
    with staff.reviewer.work() as work:
        assert agreement.open_sheet(work, mine[1]).answers["type"] == "KID"  # it was coded unseen
        assert agreement.next_of(work, work.get(Sample, sample)) is None
        assert agreement.waiting(work) == 0
    with staff.other_reviewer.work() as work:
        assert agreement.waiting(work) == 2
    for sheet in sheets(staff.other_reviewer, sample):
        code(staff.other_reviewer, sheet, CODED)
    assert measured(staff.analyst, sample).questions[0].figures.count == 1


def test_what_is_finished_while_the_sample_is_being_closed_is_not_added_to_what_was_measured(staff, house):
    taken_in(staff)
    sample = drawn(staff)
    (mine,), (theirs,) = sheets(staff.reviewer, sample), sheets(staff.other_reviewer, sample)
    code(staff.other_reviewer, theirs, CODED)
    with Session(db.engine, autoflush=False, expire_on_commit=False) as elsewhere:
        late = replace(house, db=lambda: elsewhere).work(staff.reviewer.actor, staff.reviewer.ring)
        agreement.keep(late, agreement.open_sheet(late, mine), CODED, done=True)
        with staff.coordinator.work() as work:
            agreement.close(work, work.get(Sample, sample))
        with pytest.raises(Conflict):
            late.commit()
    assert measured(staff.coordinator, sample).questions[0].figures.count == 0
    with pytest.raises(MoveNotAllowed):
        code(staff.reviewer, mine, CODED)
    with staff.coordinator.work() as work:
        assert list(work.breaks()) == []
