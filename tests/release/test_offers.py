"""A small set, or a refusal, ends in four offers, measured or counted by consent; large sets choose for k + 2."""

from datetime import UTC, datetime

import pytest

from incidents.errors import NotAllowed
from incidents.release import anonymize, editions, gather, offers, policy, publish
from tests.release.invented import incident_rows
from tests.release.test_publish import GIVEN, person, story, tell

SQLITE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
ALL = GIVEN | {"PUB": "given", "QUO": "given", "PAR": "given"}


@SQLITE
def test_the_four_offers_for_a_small_set_are_measured_or_counted_by_consent(staff):
    tell(staff, [story("2019-02", people=[person(nationality=["HND"])]) for _ in range(10)])
    today = {"decisions": ALL, "on": datetime.now(UTC).date().isoformat()}  # a yes to be published runs out
    tell(
        staff, [story("2019-02", people=[person(nationality=["CUB"]) | {"consent": today}]) for _ in range(3)]
    )
    tell(staff, [story("2019-02", people=[person(nationality=["HTI"])]) for _ in range(7)])
    with staff.analyst.work() as work:
        made = publish.preview(work, "dataset-research", {})
        assert offers.why(made) == "small"
        found = offers.all_four(work, {})
    assert [offer.rules.name for offer in found] == list(offers.OFFERED)
    tables, cases, rows, partner = found
    assert (tables.incidents, tables.persons, tables.made) == (20, 20, None)
    assert (cases.incidents, cases.persons) == (3, 3)
    assert cases.counts["excluded"] == {"no_consent": 17}
    told = {row["nationality"] for row in rows.made.rows}
    assert told == {
        "HND",
        "M49-029",
    }  # three Cubans and seven Haitians: told together, as ten from the Caribbean
    assert set(rows.made.rows[0]) == {"period", "place", "age", "gender", "nationality", "act_group"}
    assert {row["place"] for row in rows.made.rows} == {"MX-BORDER-EAST"}
    assert {row["age"] for row in rows.made.rows} == {"ADU"}
    assert rows.counts["released"] == 20
    assert partner.made.manifest["k"] == 3
    assert partner.counts == {"considered": 20, "released": 3, "excluded": {"no_consent": 17}}
    for offer in (rows, partner):
        lost, loss = offer.made.manifest["lost"], offer.made.manifest["certificate"]["loss"]
        assert 0 <= loss <= 1
        assert set(lost) == set(offer.made.manifest["quasi_identifiers"])
    assert "lumps" in rows.made.manifest
    assert "lumps" not in publish.outward(rows.made.manifest)


@SQLITE
def test_a_refusal_has_its_offers_too_and_none_is_made_up(staff):
    tell(staff, [story() for _ in range(2)])
    with staff.analyst.work() as work:
        with pytest.raises(anonymize.TooFewForK):
            publish.preview(work, "dataset-research", {})
        tables, cases, rows, partner = offers.all_four(work, {})
    assert (tables.incidents, cases.incidents) == (2, 0)
    for offer in (rows, partner):
        assert isinstance(offer.problem, anonymize.TooFewForK)
        assert (offer.made, offer.incidents) == (None, 0)
    with staff.researcher.work() as work, pytest.raises(NotAllowed):
        offers.all_four(work, {})


def gathered(incidents, alike):
    """So many rows, an incident each, of which classes of so many look alike."""
    template = incident_rows(1)[0]
    rows = [
        dict(
            template,
            incident=f"{n:032x}",
            persons=[f"{n:032x}"],
            moment={"edtf": f"2019-{1 + n // alike % 12:02}", "precision": "MON"},
            age=30,
            nationality="HND",
            gender="F",
        )
        for n in range(incidents)
    ]
    return gather.Gathered(rows, [None] * incidents, [()] * incidents, incidents, {}, "2026-01-01", [], [])


@pytest.mark.parametrize(("incidents", "chosen"), [(1000, 5), (1001, 7)])
def test_above_a_thousand_incidents_a_file_is_chosen_for_k_plus_two_and_promises_k(incidents, chosen):
    rules = policy.load("dataset-research")
    some = gathered(incidents, 90)
    past = editions.Past([], [str(n) for n in range(incidents)])
    made = editions.alone(some, rules, past, None, by_act=False, coarser=False)
    assert made.result.k == 5
    assert made.result.certificate.get("k", 5) == chosen
    assert made.result.smallest["incidents"] >= chosen
    exact = editions.alone(some, rules, past, 6, by_act=False, coarser=False)
    assert exact.result.k == 6
    assert "k" not in exact.result.certificate


def test_where_much_is_lost_there_are_offers_for_a_large_set_too():
    made = publish.Preview({"certificate": {"loss": 0.41}}, {}, [], gathered(1000, 90), (), ())
    assert offers.why(made) == "lost"
    assert not offers.why(publish.Preview({"certificate": {"loss": 0.4}}, {}, [], gathered(1000, 90), (), ()))
    assert not offers.why(publish.Preview({"certificate": {}}, {}, [], gathered(3, 90), (), ()))
