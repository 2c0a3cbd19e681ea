"""The figures of the week beside what was published: of one incident there is one count, so nobody subtracts."""

import random

import pytest
from sqlalchemy import select

from incidents.model.release import Release
from incidents.release import weekly
from tests.release.test_publish import person, prepared, signed, story, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
STATES = ("MX-TAM", "MX-BCN")
LEAST = 10  # incidents, with fewer of which everything may be hidden
MONTHS = ("2019-01", "2019-02", "2019-09")
FILTERS = [
    {},
    {"states": ["MX-TAM"]},
    {"states": ["MX-BCN"]},
    {"acts": ["KID"]},
    {"from": "2019-01-01", "to": "2019-02-28"},
    {"from": "2019-09-01"},
    {"states": ["MX-TAM"], "acts": ["EXT"]},
]


def world(seed, count):
    """Incidents as somebody wrote them: the state, the month and the acts of each."""
    draw = random.Random(seed)
    return [
        {
            "state": draw.choice(STATES),
            "month": draw.choice(MONTHS),
            "acts": draw.sample(("KID", "EXT"), draw.choice((1, 1, 2))),
        }
        for _number in range(count)
    ]


def as_told(one):
    place = {"country": "MEX", "state": one["state"]}
    return story(
        incident={"moment": {"edtf": one["month"], "precision": "MON"}, "place": place},
        acts=[{"key": f"a{n}", "type": each} for n, each in enumerate(one["acts"], 1)],
        persons=[person()],
    )


def fits(one, filters):
    """By the documents alone."""
    return (
        (not filters.get("states") or one["state"] in filters["states"])
        and (not filters.get("acts") or bool({*one["acts"]} & {*filters["acts"]}))
        and filters.get("from", "") <= f"{one['month']}-01"
        and f"{one['month']}-28" <= filters.get("to", "9999")
    )


def counts_of(some):
    """Axis and code → how many."""
    found = {}
    for one in some:
        for key in (
            ("state", one["state"]),
            ("month", one["month"]),
            *(("act", each) for each in one["acts"]),
        ):
            found[key] = found.get(key, 0) + 1
    return found


def ends(said):
    first, _dash, last = said.partition("–")
    return int(first), int(last)


@pytest.mark.parametrize("filters", FILTERS)
def test_no_freeze_counts_what_was_published_whatever_filter_it_was_published_by(staff, filters):
    """Each number of a freeze is what a hand counts of the others: an exact table beside it takes nothing from it."""
    told = world(repr(filters), 40)
    tell(staff, [as_told(one) for one in told])
    with staff.analyst.work() as work:
        before = weekly.counted(work)
    edition = prepared(staff, "public-table", filters)
    with staff.analyst.work() as work:
        assert weekly.counted(work) == before  # what nobody signed is not out
    signed(staff, edition)
    with staff.analyst.work() as work:
        after = weekly.counted(work)
        reference = work.db.scalars(select(Release.reference)).one()
    rest = [one for one in told if not fits(one, filters)]
    assert len(rest) < len(told)
    by_hand, whole = counts_of(rest), counts_of(told)
    assert after["beside"] == [reference]
    assert before["beside"] == []
    numbers = {("", ""): after["whole"]}
    numbers |= {(axis, code): said for axis, rows in after["axes"].items() for code, said in rows}
    by_hand[("", "")] = len(rest)
    looked = [key for key, said in numbers.items() if "–" in said and (key in by_hand or key in whole)]
    for key in looked:
        first, last = ends(numbers[key])
        assert first <= by_hand.get(key, 0) <= last, key
    assert looked or len(rest) < LEAST


def test_the_old_way_would_have_told_of_a_few(staff):
    """Where a freeze counts everybody, an exact count lies in its own five: few are left between the two."""
    told = world("all", 40)
    exact = counts_of(one for one in told if fits(one, {"from": "2019-01-01", "to": "2019-02-28"}))
    whole = counts_of(told)
    bounded = [key for key in exact if ends(weekly.in_fives(whole[key]))[1] - exact[key] < weekly.BAND]
    assert bounded
