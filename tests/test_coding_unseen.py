"""Unseen is unseen, whoever told is asked, and of few nothing is told."""

import pytest

from incidents import agreement, consent
from incidents.model.vocabulary import Purpose
from tests.test_coding import CODED, code, drawn, measured, reports_of, sheets, taken_in, teller_of

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
