"""Several files of the same data, in the database: what waits, what is refused, what an erasure leaves."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents import consent, erasure
from incidents.model.base import Compartment, compartments
from incidents.model.people import Person
from incidents.model.release import Release, ReleasedRow
from incidents.release import correct, editions, publish
from incidents.release.gather import gather
from incidents.release.publish import Wanted
from tests.release.test_correct import classes
from tests.release.test_publish import manifest, pack, person, prepared, signed, story, tell

POLICY = "dataset-research"
PLACE = {"place": {"country": "MEX", "state": "MX-TAM"}}
DECISION = "They asked for it on the phone; two of us agreed."


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(editions, "NEW_INCIDENTS", 1)


def next_edition(staff, series):
    with staff.analyst.work() as work:
        return publish.ready(work, Wanted(POLICY, {}, continues=series)).id


def out(staff, sizes=((1, 7), (6, 7))):
    """A signed release of a class a month."""
    tell(staff, [story(f"2019-{month:02}") for month, size in sizes for _ in range(size)])
    release = prepared(staff)
    signed(staff, release)
    return release


def withdraws(staff, release):
    """Somebody of it, and everything that could be said of them."""
    with staff.reviewer.work() as work:
        found = next(p for p in work.db.scalars(select(Person)) if publish.holding(work, p))
        consent.withdraw(work, found)
        return found.id


def test_new_rows_wait_until_k_of_them_stand_in_a_class(staff):
    first = out(staff)
    before = pack(staff, first)
    tell(staff, [story("2019-01") for _ in range(2)])
    second = next_edition(staff, first)
    signed(staff, second)
    said = manifest(pack(staff, second))
    assert said["counts"] == {"considered": 16, "released": 14, "excluded": {"waiting": 2}}
    assert said["hierarchies"] == manifest(before)["hierarchies"]
    assert said["series"]["edition"] == 2
    assert "compared" not in said  # which files went to whom is nobody else's
    tell(staff, [story("2019-01") for _ in range(3)])
    third = next_edition(staff, second)
    signed(staff, third)
    after = pack(staff, third)
    assert manifest(after)["counts"]["released"] == 19
    assert sorted((classes(after) - classes(before)).values()) == [5]
    with staff.coordinator.work() as work:
        assert {row.series for row in work.db.scalars(select(Release))} == {None, first}
        assert len(publish.release(work, third)[1]["compared"]) == 2


def test_who_left_a_series_does_not_leave_alone(staff):
    first = out(staff, ((1, 11), (6, 7)))
    before = pack(staff, first)
    withdraws(staff, first)
    tell(staff, [story("2019-06") for _ in range(5)])
    second = next_edition(staff, first)
    signed(staff, second)
    after = pack(staff, second)
    differences = [*(classes(before) - classes(after)).values(), *(classes(after) - classes(before)).values()]
    assert len(differences) == 2
    assert min(differences) >= 5
    assert manifest(after)["counts"]["excluded"] == {"withdrawn": 1, "held_back": 4}


def test_an_erasure_blanks_the_ledger_and_they_count_as_gone(staff, house):
    first = out(staff, ((1, 11), (6, 7)))
    before = pack(staff, first)
    with staff.coordinator.work() as work:
        gone = next(p for p in work.db.scalars(select(Person)) if publish.holding(work, p))
        erasure.erase_person(work, gone, DECISION)
    erasure.finish(house)
    with staff.coordinator.work() as work:
        entries = list(work.db.scalars(select(ReleasedRow)))
        blank = [row for row in entries if (row.person, row.incident, row.told, row.whose) == (None,) * 4]
        assert (len(blank), len(entries)) == (1, 18)
        assert work.read(blank[0], "permits") == []
        assert publish.holding(work, work.get(Person, gone.id)) == []
        assert list(work.breaks()) == []
    with pytest.raises(publish.ConsentChanged):
        pack(staff, first)
    tell(staff, [story("2019-06") for _ in range(5)])
    second = next_edition(staff, first)
    signed(staff, second)
    difference = classes(before) - classes(pack(staff, second))
    assert [size >= 5 for size in difference.values()] == [True]


def test_a_row_that_says_something_else_is_gone_and_new(staff):
    first = out(staff, ((1, 11), (6, 7)))
    with staff.reviewer.work() as work:
        someone = next(p for p in work.db.scalars(select(Person)) if publish.holding(work, p))
        work.seal(someone, facts={**work.read(someone, "facts"), "gender": "M"})
        work.note("person.coded", someone)
    tell(staff, [story("2019-06") for _ in range(5)])
    with staff.analyst.work() as work:
        made = publish.look(work, Wanted(POLICY, {}, continues=first))
    assert set(made.manifest["counts"]["excluded"]) <= {"held_back", "waiting", "suppressed"}
    assert sum(made.manifest["counts"]["excluded"].values()) == 5


def test_a_file_of_its_own_is_refused_or_made_coarser(staff):
    out(staff, ((1, 7), (6, 7)))
    tell(staff, [story("2019-01") for _ in range(2)] + [story("2019-06") for _ in range(3)])
    with staff.analyst.work() as work, pytest.raises(editions.CoarserPasses) as refused:
        publish.preview(work, POLICY, {})
    assert refused.value.details["parts"] == 2
    assert "period: year" in refused.value.said()
    with staff.analyst.work() as work:
        made = publish.look(work, Wanted(POLICY, {}, coarser=True))
    assert made.manifest["hierarchies"]["period"]["level"] == "year"
    assert made.manifest["counts"]["released"] == 19


def test_a_filter_does_not_set_apart_what_the_whole_file_holds(staff):
    """Who knows the day knows who is in one file and not in the other."""
    days = ["2019-01-10"] * 7 + ["2019-02-20"]
    tell(staff, [story(incident=dict(PLACE, moment={"edtf": day, "precision": "DAY"})) for day in days])
    signed(staff, prepared(staff))
    with staff.analyst.work() as work, pytest.raises(editions.ReleasesDiffer):
        publish.preview(work, POLICY, {"to": "2019-01-31"})


def test_what_was_signed_meanwhile_counts_at_the_signature(staff):
    tell(staff, [story() for _ in range(7)])
    one = prepared(staff)
    tell(staff, [story() for _ in range(2)])
    other = prepared(staff)
    signed(staff, one)
    with pytest.raises(editions.DifferSinceThen):
        signed(staff, other)


def test_a_pack_that_nobody_has_is_compared_with_nothing(staff):
    first = out(staff, ((1, 7),))
    with staff.coordinator.work() as work:
        publish.recall(work, work.get(Release, first), "Signed by mistake, and never sent.")
    tell(staff, [story("2019-01")])
    with staff.analyst.work() as work:
        assert "compared" not in publish.preview(work, POLICY, {}).manifest


def test_a_correction_holds_back_what_it_would_tell_beside_another_policy_s_file(staff):
    agreed = {"REC": "given", "ROW": "given", "PAR": "given"}
    tell(staff, [story(f"2019-0{m}", people=[person(decisions=agreed)]) for m in (1, 6) for _ in range(6)])
    research = prepared(staff)
    signed(staff, research)
    partner = prepared(staff, "partner")
    signed(staff, partner)
    signed(staff, partner, staff.second)
    with staff.reviewer.work() as work:
        gone = work.db.scalars(select(Person)).first()
        consent.withdraw(work, gone)
    with staff.analyst.work() as work:
        made = correct.correct(work, work.get(Release, partner)).id
    with staff.analyst.work() as work:
        made = work.get(Release, made)
        new = editions.ledger.file_of(work, made, *_asked(work, made))
        past, _gathered = _asked(work, made)
        assert editions.differ.clashes(new, past.files) == []
        assert len(new.rows) == 6


def _asked(work, release):
    said = publish.release(work, release.id)[1]
    gathered = gather(work, publish.policy.load(release.policy), said["filters"])
    return editions.ledger.past(work, gathered, release), gathered


def test_an_edition_comes_after_enough_is_new_or_a_year(staff, monkeypatch):
    monkeypatch.setattr(editions, "NEW_INCIDENTS", 6)
    first = out(staff, ((1, 7),))
    tell(staff, [story("2019-01") for _ in range(5)])
    with pytest.raises(editions.TooSoon) as refused:
        next_edition(staff, first)
    assert refused.value.details["new"] == 5
    monkeypatch.setattr(editions, "APART", timedelta(days=0))
    assert next_edition(staff, first)


def test_a_series_ends_where_its_policy_changed(staff, monkeypatch):
    first = out(staff, ((1, 7),))
    tell(staff, [story("2019-01") for _ in range(5)])
    monkeypatch.setattr(editions.hierarchy, "version", lambda: "another")
    with pytest.raises(editions.NotThisSeries):
        next_edition(staff, first)
    with staff.analyst.work() as work, pytest.raises(editions.NotThisSeries):
        publish.look(work, Wanted("partner", {}, continues=first))


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_release_from_before_there_was_a_ledger_is_compared_by_what_it_was_made_from(staff, withdrawn):
    first = out(staff, ((1, 11), (6, 7)))
    with staff.coordinator.work() as work:  # as the release before wrote it
        old = work.get(Release, first)
        old.ledger = None
        for row in work.db.scalars(select(ReleasedRow)):
            row.whose = None
        work.note("release.forgot", old)
    if withdrawn:
        withdraws(staff, first)
    tell(staff, [story("2019-01"), *(story("2019-06") for _ in range(5))])
    second = next_edition(staff, first)
    signed(staff, second)
    excluded = manifest(pack(staff, second))["counts"]["excluded"]
    assert Counter(excluded) == Counter(
        {"waiting": 1} | ({"withdrawn": 1, "held_back": 5} if withdrawn else {})
    )


def test_the_database_tells_no_class_of_anybody(staff, house):
    out(staff, ((1, 7), (6, 7)))
    entry = house.db().execute(select(ReleasedRow.__table__)).mappings().first()
    assert set(entry) == {"id", "version", "release_id", "person", "incident", "told", "whose", "permits"}
    assert compartments(Release)["ledger"] == Compartment.FACTS
