"""Tables with noise as a release: nothing exact leaves; who is in it pays for each, and no more than the ceiling."""

import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.errors import Conflict
from incidents.model.base import db
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.release import Release
from incidents.model.vocabulary import ReleaseState
from incidents.release import citation, correct, making, noised, policy, publish, standing, tabled, wording
from incidents.release.publish import Wanted
from incidents.release.tables import noise
from tests import make
from tests.release import unpacked
from tests.release.test_correct import somebody_withdraws
from tests.release.test_methods import numbers
from tests.release.test_publish import GIVEN, manifest, pack, person, signed, story, tell

POLICY = "public-table"
YEAR = {"from": "2019-01-01", "to": "2019-12-31"}
sqlite = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def ceiling(monkeypatch):
    """A policy that allows so much."""
    load = policy.load

    def allow(most):
        def lower(source):
            rules = load(source)
            return (
                replace(rules, noise=replace(rules.noise, ceiling=Fraction(most))) if rules.noise else rules
            )

        monkeypatch.setattr(policy, "load", lower)

    return allow


@pytest.fixture
def quick(monkeypatch):
    """Without charts and map, which these tests do not look at."""
    every = tabled.text.every
    monkeypatch.setattr(
        tabled.text, "every", lambda material, rules: every(material, rules, ("en",), drawn=False)
    )


def ready(staff, filters=YEAR, method="D", **more):
    with staff.analyst.work() as work:
        return publish.ready(work, Wanted(POLICY, filters, method=method, **more)).id


def sent_out(staff, release):
    for who in (staff.coordinator, staff.second):
        signed(staff, release, who)


def later(house, monkeypatch, days=366):
    now = house.now()
    monkeypatch.setattr(house, "now", lambda: now + timedelta(days=days))


def corrected(staff, release):
    with staff.analyst.work() as work:
        return correct.correct(work, work.get(Release, release)).id


def recalled(staff, release):
    with staff.coordinator.work() as work:
        publish.recall(work, work.get(Release, release), "The filter was wrong.")


# -- what leaves


@sqlite
def test_nothing_of_a_pack_but_what_was_drawn_comes_from_what_was_told(staff, monkeypatch):
    """The same numbers drawn over two houses, one of them three times as large: no byte of the two packs differs."""
    fixed = lambda counts, *_how: {  # noqa: E731 – in place
        key: 40 + sum(map(ord, "".join(key))) % 60 for key in sorted(counts)
    }
    monkeypatch.setattr(noise, "noised", fixed)
    monkeypatch.setattr(citation, "drawn", lambda: "L-2222-2222")
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(3)])

    def look():
        with staff.analyst.work() as work:
            return publish.look(work, Wanted(POLICY, YEAR, method="D"))

    first = look()
    tell(staff, [story("2019-09", [person(age=40, nationality=["HTI"], gender="M")]) for _ in range(9)])
    tell(staff, [story(people=[person(decisions=GIVEN | {"STA": "refused"})]) for _ in range(4)])
    second = look()
    assert first.manifest["counts"] != second.manifest["counts"]
    assert first.files.keys() == second.files.keys()
    assert [name for name in first.files if first.files[name] != second.files[name]] == []
    everything = unpacked.text(first.files)
    assert not [canary for canary in make.CANARIES if canary in everything]
    assert {"map-en.svg", "chart-1-en.svg", "report-es.docx", "T9-attack.es.csv"} <= first.files.keys()
    said = json.loads(first.files["manifest.json"])
    assert said["counts"] == {"released": fixed([("incidents",)])["incidents",]}
    assert noised.WITHIN not in said
    assert said["rules"]["text"] == said["definition"]


@sqlite
def test_the_pack_says_how_much_chance_there_is_and_keeps_it(staff, quick):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    release = ready(staff)
    sent_out(staff, release)
    files = pack(staff, release)
    said = manifest(files)
    assert said["method"] == "D"
    assert said["random"] == ["noise", "reference"]
    assert said["rules"]["signatures"] == 2
    assert {name: said["noise"][name] for name in ("epsilon", "cells", "people", "off", "ceiling", "scale")} == {
        "epsilon": "1", "cells": "21", "people": "3", "off": "63", "ceiling": "4", "scale": "21",
    }  # fmt: skip
    assert said["noise"]["left_out"] == dict.fromkeys(("T3", "T5", "T6", "T7", "T8"), "exactness")
    found = numbers(files)
    assert {cell for cell in found.values() if not cell.isdigit()} <= {"Not shown, to protect people"}
    assert len(set(found.values())) > 10
    caption = files["T1-state.en.csv"].decode("utf-8-sig")
    for words in (
        "off by 63 at most",
        "by 21 at most (ε = 1)",
        "in 21 cells at most",
        "Which rows there are was fixed",
    ):
        assert words in caption
    report = files["report-en.html"].decode()
    for words in ("off by 63 at most", "an epsilon of 1", "Not made: tables T3, T5, T6, T7, T8"):
        assert words in report
    assert "at least" not in report
    assert pack(staff, release) == files  # what was drawn stays


@sqlite
def test_without_a_period_there_is_no_table_by_month_and_the_pack_says_why(staff, quick):
    tell(staff, [story() for _ in range(4)])
    with staff.analyst.work() as work:
        made = publish.look(work, Wanted(POLICY, {}, method="D"))
    assert not [name for name in made.files if name.startswith("T2")]
    assert json.loads(made.files["manifest.json"])["noise"]["left_out"]["T2"] == "period"
    report = made.files["report-en.html"].decode()
    assert "Not made: tables T3, T5, T6, T7, T8." in report
    for words in (
        "There is no table by month",
        "an epsilon of 1",
        "Period: everything recorded up to the date",
    ):
        assert words in report


@sqlite
def test_it_is_drawn_anew_for_each_edition_and_two_sign_it(staff, quick):
    tell(staff, [story() for _ in range(6)])
    first, second = ready(staff), ready(staff)
    with staff.analyst.work() as work:
        one, other = (
            [table.rows for table in publish.tables_of(work, work.get(Release, id), "en")]
            for id in (first, second)
        )
    assert one != other
    signed(staff, first)
    with staff.analyst.work() as work:
        assert work.get(Release, first).state == ReleaseState.PREPARED


@sqlite
def test_what_is_exact_or_harmed_nobody_is_refused_beside_noise(staff, quick):
    tell(staff, [story() for _ in range(2)])
    with staff.analyst.work() as work:
        numbers = (
            {"overlap": {"en": "We told 14 of these to the court."}},
            {"title": {"es": "Los 212 de 2019"}},
        )
        typed = [wording.keep(work, each).id for each in numbers]
        year = wording.keep(work, {"title": {"en": "Attacks in 2019"}}).id
    ready(staff, wording=year)
    for asks in (publish.ready, making.start):
        with staff.analyst.work() as work, pytest.raises(noised.NotWithNoise):
            asks(work, Wanted(POLICY, YEAR, method="D", free=("act|state",)))
        for each in typed:
            with staff.analyst.work() as work, pytest.raises(noised.NumberTyped):
                asks(work, Wanted(POLICY, YEAR, method="D", wording=each))
        with staff.analyst.work() as work, pytest.raises(tabled.NoSuchMethod):
            asks(work, Wanted("published-table", {}, method="D"))


@sqlite
def test_noise_over_nobody_is_refused(staff, quick):
    seen = [{"person": "p1", "act": "a1", "part": "WIT"}]
    tell(staff, [story(involvements=seen) for _ in range(2)])
    ready(staff, method="A")
    with pytest.raises(noised.NobodyToCount):
        ready(staff)


@sqlite
def test_tables_with_noise_and_others_never_count_the_same_incidents(staff, house, quick, monkeypatch):
    tell(staff, [story() for _ in range(6)])
    sent_out(staff, ready(staff))
    later(house, monkeypatch)
    with pytest.raises(standing.OtherMethod):
        ready(staff, method="A")


# -- what it costs


def test_each_edition_costs_those_in_it_and_none_goes_over_the_ceiling(
    staff, house, quick, ceiling, monkeypatch
):
    ceiling(2)
    tell(staff, [story() for _ in range(4)])
    for number in range(2):
        release = ready(staff)
        with staff.analyst.work() as work:
            within = publish.release(work, release)[1][noised.WITHIN]
        assert within["spent"] == str(number)
        assert len(within["by"]) == number
        sent_out(staff, release)
        later(house, monkeypatch)
    with pytest.raises(noised.OverCeiling) as refused:
        ready(staff)
    assert refused.value.details["spent"] == "2"
    tell(staff, [story("2020-05") for _ in range(4)])
    ready(staff, {"from": "2020-01-01", "to": "2020-12-31"})  # others, who paid nothing


@sqlite
def test_what_was_recalled_still_costs_where_somebody_took_it_and_a_correction_costs_anew(
    staff, house, quick, ceiling, monkeypatch
):
    ceiling(2)
    tell(staff, [story() for _ in range(6)])
    unseen = ready(staff)
    sent_out(staff, unseen)
    recalled(staff, unseen)
    first = ready(staff)
    with staff.analyst.work() as work:
        assert publish.release(work, first)[1][noised.WITHIN]["spent"] == "0"
    sent_out(staff, first)
    pack(staff, first)
    somebody_withdraws(staff, first)
    correction = corrected(staff, first)
    sent_out(staff, correction)
    said = manifest(pack(staff, correction))
    assert (said["method"], said["noise"]["epsilon"]) == ("D", "1")
    recalled(staff, correction)
    later(house, monkeypatch)
    with pytest.raises(noised.OverCeiling):
        ready(staff)


@sqlite
def test_whoever_was_joined_since_pays_for_both_and_others_pay_nothing(
    staff, house, quick, ceiling, monkeypatch
):
    """The same person in a later incident, recorded anew: one edition counts the one record, the next the other."""
    ceiling(1)
    tell(staff, [story("2019-03")])
    sent_out(staff, ready(staff))
    later(house, monkeypatch)
    tell(staff, [story("2020-03")])
    next_year = {"from": "2020-01-01", "to": "2020-12-31"}
    ready(staff, next_year)
    with staff.reviewer.work() as work:
        gone, kept = list(work.db.scalars(select(Person)))
        joined = Rearrangement(
            kind=Arrangement.SAME_PERSON,
            kept_id=kept.id,
            gone_id=gone.id,
            done_by=work.actor.id,
            done_on=work.today,
            undone_by=None,
            undone_on=None,
        )
        work.seal(joined, reasons="The same telephone.")
        work.add(joined)
        work.note("rearranged", joined)
    with pytest.raises(noised.OverCeiling):
        ready(staff, next_year)


def test_of_two_that_only_one_can_pay_for_the_later_is_refused_at_the_signature(staff, house, quick, ceiling):
    ceiling(1)
    tell(staff, [story() for _ in range(4)])
    first, second = ready(staff), ready(staff)
    signed(staff, first, staff.coordinator)
    signed(staff, second, staff.coordinator)
    with Session(db.engine, autoflush=False, expire_on_commit=False) as elsewhere:
        actor = replace(staff.second.actor, fresh=True)
        late = replace(house, db=lambda: elsewhere).work(actor, staff.second.ring)
        publish.sign(late, late.get(Release, first), declared=True)
        signed(staff, second, staff.second)
        with pytest.raises(Conflict):
            late.commit()
    with pytest.raises(noised.OverCeiling):
        signed(staff, first, staff.second)
    ceiling(5)  # what it was prepared with stays
    with pytest.raises(noised.OverCeiling):
        signed(staff, first, staff.second)
    with staff.analyst.work() as work:
        states = [work.get(Release, id).state for id in (first, second)]
    assert states == [ReleaseState.PREPARED, ReleaseState.SIGNED]
