"""Files that protect everybody alone must protect them together: read by a reader who shares no code with the check."""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.release import anonymize, differ, editions, hierarchy, table
from incidents.release.differ import File, Row
from incidents.release.gather import Gathered
from incidents.release.ledger import Past
from tests.release import invented

RULES = invented.policy("gender", "age", kept=("act_group",), k=3, suppression=0.3)
LEVELS = {
    "gender": {"hierarchy": "gender", "level": "shown"},
    "age": {"hierarchy": "age", "level": "stage"},
}
NODE = tuple(LEVELS)


@dataclass
class World:
    """Rows as they are known today, and what was written of them before."""

    draw: random.Random
    rows: dict[str, dict] = field(default_factory=dict)  # thread → row
    past: list[File] = field(default_factory=list)
    number: int = 0

    def tell(self, size: int) -> None:
        """New rows: some of an incident or a person that has others."""
        for _ in range(size):
            self.number += 1
            known = sorted(self.rows)
            other = self.rows[self.draw.choice(known)] if known else None
            incident = other["incident"] if other and self.draw.random() < 0.2 else f"i{self.number}"
            person = other["persons"][0] if other and self.draw.random() < 0.15 else f"p{self.number}"
            self.rows[f"t{self.number:04}"] = {
                "incident": incident,
                "persons": [person],
                "gender": self.draw.choice("FFM"),
                "age": self.draw.choice([9, 30, 30]),
                "act": self.draw.choice(["KID", "ROB", "EXT"]),
            }

    def withdraw(self, size: int) -> None:
        for thread in self.draw.sample(sorted(self.rows), min(size, len(self.rows))):
            del self.rows[thread]

    def erase(self, size: int) -> None:
        """As a withdrawal; the ledger knows no more whose row it was."""
        before = set(self.rows)
        self.withdraw(size)
        blank = before - set(self.rows)
        self.past = [
            replace(
                file,
                rows={t: Row(r.values, None, frozenset()) if t in blank else r for t, r in file.rows.items()},
            )
            for file in self.past
        ]

    def change(self, size: int) -> None:
        for thread in self.draw.sample(sorted(self.rows), min(size, len(self.rows))):
            column, value = self.draw.choice([("act", "THR"), ("gender", "M"), ("age", 9), ("labels", {})])
            self.rows[thread] = {**self.rows[thread], column: value}

    def gathered(self) -> tuple[Gathered, Past]:
        rows = list(self.rows.values())
        return Gathered(rows, [], [], len(rows), {}, "2026-01-01", [], []), Past(self.past, list(self.rows))

    def publish(self) -> list[dict]:
        """The next edition; what it holds, with who is in it, is remembered for the brute-force reader."""
        gathered, past = self.gathered()
        try:
            _coded, result, _out = editions.held(gathered, RULES, RULES.k, LEVELS, past, by_act=False)
        except anonymize.TooFewForK:
            return []
        new = editions.file(gathered, result, past, by_act=False, reference=f"L{len(self.past)}")
        assert not any(differ.surely(new, old, differ.settled(new, old)) for old in self.past[-1:])
        self.past = [*self.past, new]
        return self._remembered(result)

    def _remembered(self, result) -> list[dict]:
        threads = list(self.rows)
        return [
            {"thread": threads[n], "said": dict(row), "incident": self.rows[threads[n]]["incident"],
             "person": self.rows[threads[n]]["persons"][0]}
            for n, row in zip(result.released, result.rows, strict=True)
        ]  # fmt: skip


def small_parts(files: list[list[dict]], k: int, columns=NODE) -> list[tuple]:
    """By brute force, over any two files or more: what of a class is in some of them and not in others."""
    found = []
    groups = [group for size in range(2, len(files) + 1) for group in combinations(range(len(files)), size)]
    for group in groups:
        seen = defaultdict(lambda: defaultdict(dict))
        for number in group:
            for row in files[number]:
                cls = tuple(row["said"][column] for column in columns)
                seen[cls][row["thread"]][number] = row
        for cls, threads in seen.items():
            if any(all(n not in rows for rows in threads.values()) for n in group):
                continue  # a class that one of them lacks as a whole was whole before
            parts = defaultdict(list)
            for rows in threads.values():
                versions = []
                for number in group:
                    said = rows[number]["said"] if number in rows else None
                    versions.append(None if said is None else versions_of(rows, group, number))
                parts[tuple(versions)] += rows.values()
            for pattern, rows in parts.items():
                distinct = min(len({r["incident"] for r in rows}), len({r["person"] for r in rows}))
                if distinct < k:
                    found.append((group, cls, pattern, distinct))
    return found


def versions_of(rows, group, number) -> int:
    """The first file of these that says the same of the row."""
    return next(n for n in group if n in rows and rows[n]["said"] == rows[number]["said"])


DEEDS = st.tuples(st.sampled_from(["tell", "withdraw", "change", "erase"]), st.integers(1, 9))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    first=st.integers(12, 60),
    steps=st.lists(st.lists(DEEDS, min_size=1, max_size=4), min_size=1, max_size=3),
)
def test_no_history_of_editions_sets_fewer_than_k_apart(seed, first, steps):
    world = World(random.Random(seed))
    world.tell(first)
    files = [world.publish()]
    for deeds in steps:
        for deed, size in deeds:
            getattr(world, deed)(size)
        files.append(world.publish())
    assert small_parts([file for file in files if file], RULES.k) == []


def test_the_brute_force_reader_finds_what_editions_made_alone_would_tell():
    world = World(random.Random(5))
    world.tell(60)
    alone = []
    for deed in (None, "tell", "withdraw"):
        if deed:
            getattr(world, deed)(4)
        gathered, _past = world.gathered()
        result = anonymize.at(table.build(gathered.rows, RULES), RULES, RULES.k, _node())
        alone.append(world._remembered(result))
    assert small_parts(alone, RULES.k)


def _node() -> tuple[int, ...]:
    coded = table.build([{"gender": "F", "age": 30}], RULES)
    return tuple(ladder.levels.index(LEVELS[ladder.column]["level"]) for ladder in coded.ladders)


# -- by hand


def a_file(reference, threads, *, node=None, kept=("act",), k=3, cls="2019", by_act=False, **said):
    """A file of one class; `said`: thread → act."""
    node = node or {"period": ("moment", 3)}
    rows = {
        thread: Row({"period": cls, "act": said.get(thread, "KID")}, f"i{thread}", frozenset([f"p{thread}"]))
        for thread in threads
    }
    return File(reference, k, node, kept, rows, by_act=by_act)


def test_what_is_seen_at_a_glance_is_seen_by_the_whole_count_too():
    old = a_file("L1", "abcdef")
    for new in ("abcdefg", "abcde", "abcdefghi", "abc", "xyz", "abcxyz"):
        one = a_file("", new)
        assert differ.surely(one, old, differ.settled(one, old)) == bool(differ.clashes(one, [old])), new


def test_a_new_row_waits_until_k_wait_in_its_class():
    old = a_file("L1", "abcd")
    assert differ.holding(a_file("", "abcdx"), [old]).waiting == {"x"}
    assert differ.holding(a_file("", "abcdxy"), [old]).waiting == {"x", "y"}
    assert not differ.holding(a_file("", "abcdxyz"), [old])


def test_who_leaves_takes_enough_along_or_the_whole_class():
    old = a_file("L1", "abcdefg")
    assert differ.holding(a_file("", "abcdef"), [old]).held_back == {"a", "b"}
    assert differ.holding(a_file("", "abcd"), [a_file("L1", "abcde")]).held_back == {"a", "b", "c", "d"}
    assert not differ.clashes(a_file("", "abcd"), [old])


def test_a_row_that_says_something_else_is_gone_and_new():
    old = a_file("L1", "abcdefg")
    changed = a_file("", "abcdefg", a="ROB")
    assert [set(clash.part) for clash in differ.clashes(changed, [old])] == [{"a"}]
    assert differ.holding(changed, [old]).held_back == {"a", "b", "c"}
    assert not differ.clashes(a_file("", "abcdefg", a="ROB", b="ROB", c="ROB"), [old])


def test_an_erased_row_counts_as_gone_and_hides_nobody():
    old = a_file("L1", "abcdefgh")
    blank = {
        thread: Row(row.values, None, frozenset()) for thread, row in old.rows.items() if thread in "fgh"
    }
    old = File("L1", 3, old.node, old.kept, {**old.rows, **blank})
    assert (
        len(differ.holding(a_file("", "abcde"), [old]).held_back) == 5
    )  # three leave beside them, two are too few


def test_two_older_files_are_read_together():
    """The new rows are k beside each older file, and one of them is in neither: pairs alone would pass it."""
    first, second = a_file("L1", "abcdefgh"), a_file("L2", "fghijklmn")
    new = a_file("", "abcdefghijklmnx")
    assert all(len(set(new.rows) - set(each.rows)) >= 3 for each in (first, second))
    found = differ.clashes(new, [first, second])
    assert {clash.references for clash in found} == {("L1", "L2")}
    assert differ.holding(new, [first, second]).waiting == {"x"}


def test_a_coarser_file_is_compared_at_the_level_of_the_coarser():
    old = a_file("L1", "abcdef", node={"period": ("moment", 1)}, cls="2019-03")
    assert len(differ.clashes(a_file("", "abcdefg"), [old])) == 1
    by_region = a_file("", "abcdefg", node={"place": ("place", 2)}, cls="-")
    assert len(differ.clashes(by_region, [old])) == 1  # no column in common: one class


def test_the_acts_that_were_asked_for_are_part_of_who_is_in_it():
    old = a_file("L1", "abcdefgh", d="ROB", e="ROB", f="ROB", g="ROB", h="ROB", c="ROB", b="KID")
    some = a_file("", "a", by_act=True)
    assert differ.clashes(a_file("", "ab"), [old]) != []
    assert differ.clashes(some, [old]) != []


@pytest.mark.parametrize("shown", [dict.fromkeys("abcdef", hierarchy.NOT_SHOWN), {"f": "ROB"}])
def test_a_file_of_some_acts_does_not_loosen_how_all_others_are_compared(shown):
    """Who left a class is missed if it is read act by act: an act is shown in one file only, or left with them."""
    old, new = a_file("L1", "abcdef", **shown), a_file("", "abcde")
    some = a_file("L2", "uvwxyz", by_act=True, **dict.fromkeys("uvwxyz", "EXT"))
    alone = differ.clashes(new, [old])
    assert [clash.part for clash in alone] == [{"f"}]
    assert {clash.part for clash in differ.clashes(new, [old, some])} == {frozenset("f")}
    assert differ.holding(new, [old, some]) == differ.holding(new, [old])


def test_a_file_of_some_acts_does_not_say_which_few_of_a_class_whose_acts_are_not_shown_are_of_none_of_them():
    """Six of whom none's act is shown, and five of them in a file of that act: the sixth is of another."""
    old = a_file("L1", "abcdef", **dict.fromkeys("abcdef", hierarchy.NOT_SHOWN))
    assert [clash.part for clash in differ.clashes(a_file("", "abcde", by_act=True), [old])] == [{"f"}]
    assert differ.holding(a_file("", "abcde", by_act=True), [old]).held_back == {"a", "b"}
    of_several = a_file("L1", "abcdef", f="ROB")
    assert not differ.clashes(a_file("", "abcde", by_act=True), [of_several])  # there it is shown already


@pytest.mark.parametrize("seed", [1, 2])
def test_thousands_of_rows_with_a_few_new_and_a_few_withdrawn(seed):
    """The example of the plan, smaller: alone each is safe, together they tell; as editions they do not."""
    rows = invented.incident_rows(3000, seed)
    rules = invented.policy("gender", "age", "nationality", kept=("act",))
    before, after = rows[:-30], rows[40:]
    first, second = (anonymize.anonymize(table.build(each, rules), rules) for each in (before, before))
    assert first.node == second.node
    levels = {c: {"hierarchy": first.hierarchies[c], "level": level} for c, level in first.node.items()}
    names = {id(row): f"t{number:05}" for number, row in enumerate(rows)}

    def past(of, files):
        gathered = Gathered(of, [], [], len(of), {}, "2026-01-01", [], [])
        return gathered, Past(files, [names[id(row)] for row in of])

    old = editions.file(*past(before, [])[:1], first, past(before, [])[1], by_act=False, reference="L1")
    gathered, then = past(after, [old])
    alone = anonymize.anonymize(table.build(after, rules), rules)
    told = differ.clashes(editions.file(gathered, alone, then, by_act=False), [old])
    assert len(told) > 10
    _coded, result, out = editions.held(gathered, rules, 5, levels, then, by_act=False)
    assert not differ.clashes(editions.file(gathered, result, then, by_act=False), [old])
    assert 0 < sum(out.values()) < 400
    assert len(result.rows) > 2000
