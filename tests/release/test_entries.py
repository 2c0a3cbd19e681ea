"""What a ledger says in one text is what it said as a table; names in few bytes are the same names."""

import random
from uuid import UUID

import pytest

from incidents.model import upgrades
from incidents.release.entries import Entries, Names, Threads


@pytest.fixture
def table():
    draw = random.Random(5)
    ids = sorted(UUID(int=draw.getrandbits(128)) for _each in range(300))
    return {id: (draw.randrange(2**20), f"{draw.getrandbits(64):016x}") for id in ids}


def test_each_entry_is_found_again_and_no_other(table):
    held = Entries(Entries.text((id, *said) for id, said in table.items()))
    assert len(held) == len(table)
    assert {id: held.get(id) for id in table} == table
    assert [held.get(UUID(int=id.int ^ 1)) for id in table] == [None] * len(table)
    assert Entries("").get(next(iter(table))) is None


def test_a_ledger_of_before_says_the_same(table):
    drawn = list(table.items())
    random.Random(6).shuffle(drawn)
    old = {"columns": [], "told": [], "entries": {id.hex: list(said) for id, said in drawn}}
    read = upgrades.current("release", "ledger", old)
    assert read["entries"] == Entries.text((id, *said) for id, said in table.items())
    assert upgrades.current("release", "ledger", upgrades.numbered("release", "ledger", read)) == read


def test_names_are_kept_as_they_are_and_drawn_ones_differ():
    names = [f"{number:016x}" for number in (0, 7, 2**64 - 1)]
    kept = Threads.of(names)
    assert list(kept) == names
    assert kept[-1] == names[-1]
    assert kept[1:] == names[1:]
    with pytest.raises(IndexError):
        kept[3]
    drawn = Threads.drawn(500)
    assert len({*drawn}) == len(drawn) == 500
    assert {len(name) for name in drawn} == {16}


def test_what_a_hash_stands_for_is_found_and_nothing_by_another():
    draw = random.Random(7)
    named = {draw.randbytes(32): UUID(int=draw.getrandbits(128)) for _each in range(300)}
    known = Names(named.items())
    assert {hashed: known.get(hashed) for hashed in named} == {key: id.hex for key, id in named.items()}
    assert known.get(draw.randbytes(32)) is None
    assert known.get(bytes(32)) is known.get(b"\xff" * 32) is known.get(None) is None
    assert Names([]).get(bytes(32)) is None
