"""Escrow shares: enough of them give the seed back, anything else gives a typed refusal."""

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shamir_mnemonic import generate_mnemonics
from shamir_mnemonic.wordlist import WORDLIST

from crypto.errors import WrongSecret
from crypto.escrow import join, split

SEED = bytes(range(32))
SHARES = split(SEED, 2, 3)


def test_any_two_of_three_give_the_seed_back_in_any_order():
    assert len(SHARES) == len(set(SHARES)) == 3
    for pair in permutations(SHARES, 2):
        assert join(pair) == SEED


def test_all_three_give_the_seed_back_too():
    assert join(SHARES) == SEED


def test_three_of_five_are_needed_where_three_were_asked_for():
    shares = split(SEED, 3, 5)
    assert {join(some) for some in combinations(shares, 3)} == {SEED}
    for some in combinations(shares, 2):
        with pytest.raises(WrongSecret):
            join(some)


def test_case_and_spaces_do_not_matter():
    assert join([SHARES[0].upper(), "  " + SHARES[2].replace(" ", " \n ")]) == SEED


@pytest.mark.parametrize("share", SHARES)
def test_one_share_is_not_enough_even_twice(share):
    for shares in ([share], [share, share]):
        with pytest.raises(WrongSecret):
            join(shares)


def test_a_share_of_another_set_is_refused():
    other = split(SEED, 2, 3)
    for mixed in ([SHARES[0], other[1]], [*SHARES[:2], other[2]]):
        with pytest.raises(WrongSecret):
            join(mixed)


def test_a_mistyped_share_is_refused():
    words = SHARES[0].split()
    replacement = next(word for word in WORDLIST if word != words[9])
    mistyped = [
        [*words[:9], replacement, *words[10:]],
        [*words[:9], "notaword", *words[10:]],
        [*words[:9], words[10], words[9], *words[11:]] if words[9] != words[10] else words[1:],
        words[:-1],
        [*words, words[0]],
        [],
    ]
    for wrong in mistyped:
        with pytest.raises(WrongSecret):
            join([" ".join(wrong), SHARES[1]])


@pytest.mark.parametrize("shares", [[], [""], ["", ""], ["one two three"], ["academic " * 33, "acid " * 33]])
def test_what_is_no_share_is_refused(shares):
    with pytest.raises(WrongSecret):
        join(shares)


@given(
    st.lists(
        st.text() | st.lists(st.sampled_from(WORDLIST), min_size=30, max_size=36).map(" ".join), max_size=3
    )
)
def test_whatever_is_typed_gets_the_same_typed_refusal(shares):
    with pytest.raises(WrongSecret):
        join(shares)


def test_shares_of_a_shorter_secret_are_not_a_seed():
    shares = generate_mnemonics(1, [(2, 3)], bytes(16), iteration_exponent=0)[0]
    with pytest.raises(WrongSecret):
        join(shares[:2])


@pytest.mark.parametrize("exponent", [1, 15])
def test_shares_that_ask_for_more_work_than_ours_are_refused_without_doing_it(monkeypatch, exponent):
    monkeypatch.setattr("shamir_mnemonic.cipher.BASE_ITERATION_COUNT", 4)  # to make them, never to read them
    shares = generate_mnemonics(1, [(2, 3)], SEED, iteration_exponent=exponent)[0]
    with pytest.raises(WrongSecret):
        join(shares[:2])


@pytest.mark.parametrize(("threshold", "shares"), [(1, 1), (1, 3), (0, 3), (3, 2), (2, 17), (-1, 2)])
def test_a_split_that_protects_nothing_or_cannot_be_met_is_refused(threshold, shares):
    with pytest.raises(ValueError, match="threshold"):
        split(SEED, threshold, shares)


@pytest.mark.parametrize("size", [0, 16, 31, 64])
def test_a_seed_to_split_has_32_bytes(size):
    with pytest.raises(ValueError, match="32 bytes"):
        split(bytes(size), 2, 3)
