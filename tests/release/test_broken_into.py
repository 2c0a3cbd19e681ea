"""What somebody tries who wants to get more out of a release than it may say. Each of these once went through."""

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.errors import ConsentChanged
from incidents.model.people import Person
from tests.release.test_publish import GIVEN, pack, person, prepared, signed, story, tell

ROWS, TABLES = "dataset-research", "public-table"
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def agrees_anew(staff, terms):
    """Somebody says yes again, as far as these terms go."""
    said = {"given_by": "self", "decisions": GIVEN, "method": "spoken", "terms": {"ROW": terms, "STA": terms}}
    with staff.reviewer.work() as work:
        consent.decide(work, work.db.scalars(select(Person)).first(), said)


# -- a yes that goes less far


@pytest.mark.parametrize("policy", [ROWS, TABLES])
@pytest.mark.parametrize(
    "terms",
    [{"no_place": True}, {"no_date": True}, {"recipients": ["Clínica Inventada"]}, {"parts": ["one day"]}],
)
def test_a_yes_that_goes_less_far_by_now_stops_the_pack(staff, policy, terms):
    tell(staff, [story() for _ in range(6)])
    release = prepared(staff, policy)
    signed(staff, release)
    pack(staff, release)
    agrees_anew(staff, terms)
    with pytest.raises(ConsentChanged):
        pack(staff, release)


def test_whoever_lets_a_restricted_act_be_named_no_more_stops_the_pack_that_names_it(staff):
    one = person()
    one["consent"]["terms"] = {"ROW": {"restricted": True}}
    tell(staff, [story(people=[one], acts=[{"key": "a1", "type": "SXA", "status": "C"}]) for _ in range(6)])
    release = prepared(staff)
    signed(staff, release)
    assert b"SXA" in pack(staff, release)["data.csv"]
    agrees_anew(staff, {})
    with pytest.raises(ConsentChanged):
        pack(staff, release)


def test_a_yes_that_goes_as_far_or_says_nothing_of_a_row_stops_no_pack(staff):
    one = person()
    one["consent"]["terms"] = {"ROW": {"restricted": True}}
    tell(staff, [story(people=[one]) for _ in range(6)])  # no restricted act is in it
    release = prepared(staff)
    signed(staff, release)
    for terms in ({"restricted": True}, {}):
        agrees_anew(staff, terms)
        assert pack(staff, release)
