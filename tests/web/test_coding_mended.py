"""The pages of a double coding say what is left, why nothing could be drawn, and ask before something is final."""

import pytest

from incidents import consent
from incidents.model.vocabulary import Purpose
from tests.test_coding import drawn, reports_of, taken_in, teller_of

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def test_a_sheet_that_cannot_be_coded_any_more_is_left_out_and_not_counted(browser_for, staff):
    taken_in(staff, 2)
    sample = drawn(staff)
    with staff.coordinator.work() as work:
        consent.withdraw(work, teller_of(work, reports_of(staff, sample)[0]), [Purpose.RECORD])
    reviewer = browser_for("reviewer")
    page = reviewer.get(f"/coding/{sample}").text
    assert page.count("left out") == page.count("/coding/sheets/") - 1 == 1  # one to open, and the next one
    assert "0 of 1 done" in page
    assert "0 of 1 done" in reviewer.get("/coding/").text
