"""Whoever is printed in a quote or a case that went out is known to every reader: their row hides nobody."""

import pytest

from incidents.errors import ConsentChanged
from incidents.model.release import Release
from incidents.release import correct, decisions, gather, policy, publish
from tests.redaction import quoting
from tests.release.test_correct import corrected
from tests.release.test_publish import manifest, pack, prepared, signed, story, tell
from tests.release.test_quoted import out

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
ROWS = "dataset-research"
AGREED = {**quoting.AGREED, "ROW": "given"}


def told(staff, number):
    """So many alike, each of one person who agrees to everything."""
    return [quoting.tell(staff, [quoting.teller(AGREED)]) for _each in range(number)]


def excluded(staff, filters=None, name=ROWS):
    with staff.analyst.work() as work:
        return gather.gather(work, policy.load(name), filters or {}).excluded


def test_the_row_of_whoever_is_printed_stays_out_from_the_signature_on(staff):
    first, *_others = told(staff, 2)
    release = out(staff, [quoting.signed(staff, first)])
    assert excluded(staff) == {"printed": 1}
    assert excluded(staff, {"acts": ["EXT"]}) == {"filtered": 1, "printed": 1}  # whatever is asked for
    assert excluded(staff, name="internal") == {}
    with staff.coordinator.work() as work:
        publish.recall(work, work.get(Release, release), "It was made by mistake.")
    assert excluded(staff) == {}  # nobody had it


def test_what_was_recalled_after_somebody_had_it_is_still_known(staff):
    release = out(staff, [quoting.signed(staff, told(staff, 1)[0])])
    assert pack(staff, release)
    with staff.coordinator.work() as work:
        publish.recall(work, work.get(Release, release), "It was made by mistake.")
    assert excluded(staff) == {"printed": 1}


def test_who_cannot_be_recognized_and_what_nobody_signed_take_nothing(staff):
    hidden = {**quoting.mentioned(), "consent": {"decisions": AGREED}}
    id = quoting.signed(staff, quoting.tell(staff, [quoting.teller(AGREED), hidden]))
    with staff.analyst.work() as work:
        publish.ready(work, publish.Wanted("public-table", {}, quotes=(id,)))
    assert excluded(staff) == {}
    out(staff, [id])
    assert excluded(staff) == {"printed": 1}


def test_k_holds_without_them_or_no_file_is_signed(staff):
    first, *_others = told(staff, 6)
    id = quoting.signed(staff, first)
    tell(
        staff, [story("2020-03") for _each in range(6)]
    )  # what the tables count: of one incident, rows or tables
    waiting, signed_already = (prepared(staff, ROWS, {"to": "2019-12-31"}) for _each in range(2))
    signed(staff, signed_already)
    before = pack(staff, signed_already)
    assert manifest(before)["counts"]["released"] == 6
    out(staff, [id], {"from": "2020-01-01"})
    with pytest.raises(ConsentChanged):  # prepared before, signed after
        signed(staff, waiting)
    with staff.coordinator.work() as work:
        traced = decisions.traced(work, work.get(Release, signed_already))
    assert all(each.holds for each in traced)  # nobody decided anything otherwise
    with pytest.raises(correct.NothingLeft):  # the one class holds somebody who is known
        corrected(staff, signed_already)
