"""A file whose ledger is silent on some of its rows: what may not stand beside it, and that the rest may."""

import random
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import consent
from incidents.model.people import Person
from incidents.model.release import Release
from incidents.release import correct, differ, discard, editions, ledger, meeting, policy, publish, unsaid
from incidents.release.differ import File, Row, Unsaid
from incidents.release.entries import Entries
from incidents.release.gather import gather
from incidents.release.hierarchy import NOT_SHOWN
from incidents.release.publish import Wanted
from incidents.release.unsaid import LedgerSilent, Told, filled
from tests.release.test_correct import classes
from tests.release.test_differ import DEEDS, RULES, World, a_file, small_parts
from tests.release.test_editions import POLICY, next_edition, out
from tests.release.test_publish import manifest, pack, prepared, rows, signed, story, tell


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(editions, "NEW_INCIDENTS", 1)


def without(monkeypatch, *places):
    """A ledger is sealed without some of its entries, in the order of what they say."""
    whole = Entries.text

    def text(entries):
        kept = sorted(entries, key=lambda each: each[1])
        gone = {place % len(kept) for place in places}
        return whole(entry for place, entry in enumerate(kept) if place not in gone)

    monkeypatch.setattr(Entries, "text", text)
    monkeypatch.setattr(unsaid, "must_tell", lambda *_at: None)  # one that went out before that was asked


def files_of(staff):
    with staff.analyst.work() as work:
        return ledger.past(work, gather(work, policy.load(POLICY), {})).files


def test_what_one_row_says_is_what_the_file_leaves_to_it(staff, monkeypatch):
    with monkeypatch.context() as bent:
        without(bent, 0)
        first = out(staff)
    (file,) = files_of(staff)
    assert not file.unsaid
    written = Counter(row["period"] for row in rows(pack(staff, first)))
    assert Counter(row.values["period"] for row in file.rows.values()) == written
    assert len({row.incident for row in file.rows.values()}) == 14
    tell(staff, [story("2019-01") for _ in range(2)])
    second = next_edition(staff, first)
    signed(staff, second)
    said = manifest(pack(staff, second))["counts"]
    assert said == {"considered": 16, "released": 14, "excluded": {"waiting": 2}}


def test_a_series_goes_on_without_those_who_look_like_a_row_that_nobody_knows(staff, monkeypatch):
    """Two rows, of two classes: which is whose cannot be told. The third class goes on, and the page is told why."""
    with monkeypatch.context() as bent:
        without(bent, 0, -1)
        first = out(staff, ((1, 7), (4, 7), (7, 7)))
    before = pack(staff, first)
    tell(staff, [story("2019-04") for _ in range(5)])
    with pytest.raises(editions.BesideUnsaid), staff.analyst.work() as work:
        publish.look(work, Wanted(POLICY, {}))
    second = next_edition(staff, first)
    with staff.analyst.work() as work:
        _release, inside = publish.release(work, second)
        reference = work.get(Release, first).reference
    assert inside["unsaid"] == [reference]
    signed(staff, second)
    after = pack(staff, second)
    assert "unsaid" not in manifest(after)
    said = manifest(after)["counts"]
    assert said["considered"] == said["released"] + sum(said["excluded"].values())
    assert said["excluded"]["held_back"] >= 7
    both = classes(before).keys() & classes(after).keys()
    assert both
    assert len(both) < len(classes(before))


def test_a_correction_of_it_keeps_the_class_that_nobody_left_and_nobody_unknown_stands_in(staff, monkeypatch):
    with monkeypatch.context() as bent:
        without(bent, 0, -1)
        first = out(staff, tuple((month, 7) for month in (1, 4, 7, 10)))
    before = pack(staff, first)
    (file,) = files_of(staff)
    standing = Counter(row.values["period"] for row in file.rows.values())
    whole = sorted(period for period, size in standing.items() if size == 7)
    assert len(whole) == len(standing) - 2
    someone = next(row for row in file.rows.values() if row.values["period"] == whole[0])
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, UUID(someone.persons[0])))
    with staff.analyst.work() as work:
        second = correct.correct(work, work.get(Release, first)).id
    signed(staff, second)
    after = pack(staff, second)
    assert {row["period"] for row in rows(after)} == set(whole[1:])
    assert manifest(after)["counts"]["excluded"] == {"held_back": 20, "withdrawn": 1}
    assert len(rows(before)) == 28


def test_one_that_waits_itself_is_made_anew(staff, monkeypatch):
    first = out(staff, ((1, 7), (4, 7)))
    tell(staff, [story("2019-04") for _ in range(5)])
    with monkeypatch.context() as bent:
        without(bent, 0, -1)
        second = next_edition(staff, first)
    with pytest.raises(LedgerSilent):
        signed(staff, second)
    with staff.analyst.work() as work:
        discard.discard(work, work.get(Release, second))
    signed(staff, next_edition(staff, first))


def test_the_first_one_is_not_signed_either_where_its_ledger_is_silent(staff, monkeypatch):
    """Nothing is out beside it; but all that came later would be, for as long as somebody has it."""
    tell(staff, [story("2019-01") for _ in range(7)])
    with monkeypatch.context() as bent:
        without(bent, 0)
        first = prepared(staff)
    with pytest.raises(LedgerSilent):
        signed(staff, first)
    with staff.analyst.work() as work:
        discard.discard(work, work.get(Release, first))
    signed(staff, prepared(staff))


def test_a_recalled_one_that_nobody_has_is_compared_with_nothing(staff, monkeypatch):
    with monkeypatch.context() as bent:
        without(bent, 0, -1)
        first = out(staff)
    with staff.coordinator.work() as work:
        publish.recall(work, work.get(Release, first), "The ledger of it is not whole.")
    assert files_of(staff) == []
    assert prepared(staff)


# -- by hand


def silent(reference, *said, incidents=("i1",), node=None, by_act=False):
    may_say = tuple({"period": period, "act": act} for period, act in said)
    return File(reference, 3, node or {"period": ("moment", 3)}, ("act",), {}, by_act=by_act,
                unsaid=Unsaid(may_say, frozenset(incidents)))  # fmt: skip


def test_nothing_is_told_of_a_class_in_which_it_may_stand_and_of_others_as_ever():
    old = silent("L1", ("2019", "KID"), ("2020", "ROB"))
    (clash,) = differ.clashes(a_file("", "abcd"), [old])
    assert (clash.references, clash.part) == (("L1",), frozenset("abcd"))
    assert differ.holding(a_file("", "abcd"), [old]).held_back == set("abcd")
    assert not differ.clashes(a_file("", "abcd", cls="2021"), [old])
    for new in (a_file("", "abcd"), a_file("", "abcd", cls="2021"), a_file("", "abcd", by_act=True)):
        assert differ.surely(new, old, frozenset()) == bool(
            differ.clashes(new, [old])
        )  # without the whole count


def test_where_some_acts_were_asked_for_the_act_is_part_of_the_class():
    old = silent("L1", ("2019", "KID"), by_act=True)
    assert not differ.clashes(a_file("", "abcd", by_act=True, **dict.fromkeys("abcd", "ROB")), [old])
    assert differ.clashes(a_file("", "abcd", by_act=True), [old])
    untold = silent("L1", ("2019", NOT_SHOWN))
    assert differ.clashes(a_file("", "abcd", by_act=True, **dict.fromkeys("abcd", "ROB")), [untold])


def test_a_file_of_some_acts_beside_it_does_not_make_it_one_of_these_acts():
    old, some = silent("L1", ("2019", NOT_SHOWN)), a_file("L2", "uvw", by_act=True)
    assert differ.clashes(a_file("", "abcd"), [old])
    assert {clash.part for clash in differ.clashes(a_file("", "abcd"), [old, some])} >= {frozenset("abcd")}
    assert differ.holding(a_file("", "abcd"), [old, some]).held_back == set("abcd")


@pytest.mark.parametrize("seed", range(20))
def test_who_may_stand_in_a_class_is_who_a_reader_of_every_pair_finds(seed):
    """Labels that may stand for several included."""
    draw = random.Random(seed)
    tree = {"nationality": ("nationality", 1), "gender": ("gender", 1), "age": ("age", 1)}

    def values():
        return {
            "nationality": draw.choice([*4 * ["Caribbean", "Central America"], "several"]),
            "gender": draw.choice([*"FFFMMM", "(others)"]),
            "age": draw.choice(["0-4", "5-11", "18-24", "25-34"]),
        }

    rows = {f"t{n}": Row(values(), f"i{n}", [f"p{n}"]) for n in range(40)}
    said = tuple(values() for _n in range(3))
    old = File("L1", 3, tree, (), {}, unsaid=Unsaid(said))
    several = [
        (level, label)
        for column, level in tree.items()
        for label in {each[column] for each in (*said, *(row.values for row in rows.values()))}
        if meeting.several(level, label)
    ]
    assert several
    alike = {
        thread
        for thread, row in rows.items()
        if any(
            all(
                row.values[c] == each[c] or {(tree[c], row.values[c]), (tree[c], each[c])} & {*several}
                for c in tree
            )
            for each in said
        )
    }
    assert 0 < len(alike) < len(rows)
    assert differ.holding(File("", 3, tree, (), rows), [old]).held_back == alike


def test_a_whole_file_that_nobody_knows_is_read_row_by_row_and_not_pair_by_pair(monkeypatch):
    asked, real = [], meeting.several
    monkeypatch.setattr(meeting, "several", lambda *at: asked.append(at) or real(*at))
    years = [str(year) for year in range(1700, 1900)]
    old = silent("L1", *((year, "KID") for year in years))
    rows = {y: Row({"period": y, "act": "KID"}, f"i{y}", [f"p{y}"]) for y in years}
    new = File("", 3, old.node, ("act",), rows)
    assert differ.holding(new, [old]).held_back == set(years)
    assert len(asked) <= 2 * len(years)


def test_a_coarser_file_is_read_at_its_own_level():
    old = File("L1", 3, {"age": ("age", 1)}, (), {}, unsaid=Unsaid(({"age": "18-24"},), frozenset()))
    adults, children = (
        File("", 3, {"age": ("age", 2)}, (), {n: Row({"age": label}, f"i{n}", [n]) for n in "abc"})
        for label in ("ADU", "CHI")
    )
    assert differ.clashes(adults, [old])
    assert not differ.clashes(children, [old])


def test_a_ledger_that_says_what_does_not_stand_in_the_file_leaves_every_row_unknown():
    told = Told(["period"], {"t": Row({"period": "2018"}, "i", "p")}, Counter({("2018",): 1}), {})
    _known, unsaid = filled(told, [{"period": "2019"}, {"period": "2020"}], "L1")
    assert sorted(each["period"] for each in unsaid.may_say) == ["2019", "2020"]


@pytest.mark.parametrize("columns", [[], ["act"], ["period", "act", "gender"]])
def test_a_ledger_of_other_columns_than_its_file_says_nothing_of_any_row(columns):
    said = dict.fromkeys(columns, "KID")
    told = Told(
        columns, {"t": Row(said, "i1", "p")}, Counter({tuple(said.values()): 1}), {"s": Row({}, "i2", "q")}
    )
    known, unsaid = filled(told, [{"period": "2019", "act": "KID"}] * 3, "L1")
    assert (known, unsaid.incidents) == ({}, {"i1", "i2"})
    old = File("L1", 3, {"period": ("moment", 3)}, ("act",), known, unsaid=unsaid)
    assert differ.holding(a_file("", "abcd"), [old]).held_back == set("abcd")
    assert not differ.holding(a_file("", "abcd", cls="2020"), [old])


def test_whoever_was_erased_since_and_is_lacking_counts_as_gone():
    there = {"t": Row({"period": "2019"}, "i1", "p")}
    told = Told(["period"], there, Counter({("2019",): 1}), {"s": Row({}, "i2", "q")})
    known, unsaid = filled(told, [{"period": "2019"}] * 2 + [{"period": "2020"}] * 2, "L1")
    assert unsaid.incidents == {"i2"}
    known, unsaid = filled(told, [{"period": "2019"}] * 4, "L1")
    assert not unsaid
    assert [(row.values["period"], row.incident) for row in known.values()] == [
        ("2019", "i1"), ("2019", "i2"), ("2019", None), ("2019", None)
    ]  # fmt: skip


class Losing(World):
    """A world in which a ledger loses some of what it says."""

    def __init__(self, draw):
        super().__init__(draw)
        self.whole = {}  # reference → the file's rows as they were written, and what its ledger is silent on

    def lose(self, size):
        """Some more of what the ledger of the newest file says."""
        if not self.past:
            return
        file = self.past[-1]
        there, lost = self.whole.setdefault(file.reference, (dict(file.rows), set()))
        lost |= set(self.draw.sample(sorted(there), min(size, len(there))))
        now = {thread: file.rows.get(thread) or there[thread] for thread in there}
        columns = [*file.node, *file.kept]
        kept = {thread: row for thread, row in now.items() if thread not in lost}
        said = Counter(tuple(row.values[name] for name in columns) for row in kept.values())
        silent_on = {t: Row({}, row.incident, row.persons) for t, row in now.items() if t in lost}
        written = [row.values for row in there.values()]
        known, unsaid = filled(Told(columns, kept, said, silent_on), written, file.reference)
        self.past[-1] = File(
            file.reference, file.k, file.node, file.kept, known, by_act=file.by_act, unsaid=unsaid
        )


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    first=st.integers(12, 60),
    lost=st.integers(1, 6),
    steps=st.lists(st.lists(DEEDS, min_size=1, max_size=4), min_size=1, max_size=3),
)
def test_no_history_sets_fewer_than_k_apart_whatever_a_ledger_lost(seed, first, lost, steps):
    world = Losing(random.Random(seed))
    world.tell(first)
    files = [world.publish()]
    for deeds in steps:
        world.lose(lost)
        for deed, size in deeds:
            getattr(world, deed)(size)
        files.append(world.publish())
    assert small_parts([file for file in files if file], RULES.k) == []


def test_what_a_ledger_lost_and_nobody_minds_would_be_found_by_that_reader(monkeypatch):
    monkeypatch.setattr(differ, "_touched", lambda *_at, **_by: set())
    found = []
    for seed in range(12):
        world = Losing(random.Random(seed))
        world.tell(40)
        files = [world.publish()]
        world.lose(6)
        world.tell(4)
        files.append(world.publish())
        found += small_parts([file for file in files if file], RULES.k)
    assert found
