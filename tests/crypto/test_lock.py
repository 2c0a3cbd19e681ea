"""Locks: what a secret opens, and what nobody may choose for it."""

import os
import struct

import pytest

from crypto import lock as module
from crypto.errors import CryptoError, Tampered, WrongSecret
from crypto.lock import FLOOR, STANDARD, Cost, lock, normal_code, recovery_code, unlock

SEED = bytes(range(32))
PEPPER = b"p" * 32
SECRET = "nueve garzas cruzan el río"
LOCKED = lock(SECRET, SEED, b"ana", PEPPER, FLOOR)


def test_a_lock_opens_with_its_secret():
    assert unlock(SECRET, LOCKED, b"ana", PEPPER) == SEED


def test_the_standard_lock_costs_64_mib_and_three_passes():
    blob = lock(SECRET, SEED, b"ana")
    assert struct.unpack_from(">II", blob) == STANDARD == (3, 65536)
    assert unlock(SECRET, blob, b"ana") == SEED


def test_a_lock_opens_with_bytes_too():
    blob = lock(b"\xff\x00provider", SEED, b"ana", cost=FLOOR)
    assert unlock(b"\xff\x00provider", blob, b"ana") == SEED


@pytest.mark.parametrize("secret", ["", "nueve garzas cruzan el rio", SECRET + " ", SECRET.upper(), b"\xff"])
def test_another_secret_does_not_open_it(secret):
    with pytest.raises(WrongSecret):
        unlock(secret, LOCKED, b"ana", PEPPER)


@pytest.mark.parametrize("pepper", [b"", b"q" * 32, PEPPER + b"p"])
def test_the_right_secret_without_the_pepper_does_not_open_it(pepper):
    with pytest.raises(WrongSecret):
        unlock(SECRET, LOCKED, b"ana", pepper)


def test_a_lock_moved_to_somebody_else_is_noticed():
    with pytest.raises(Tampered):
        unlock(SECRET, LOCKED, b"eve", PEPPER)


@pytest.mark.parametrize(
    ("set_up", "typed"),
    [("contrase\u00f1a", "contrasen\u0303a"), ("ｐａｌａｂｒａ １２", "palabra 12"), ("\ufb01n", "fin")],  # noqa: RUF001  look-alikes are what is tested
    ids=["decomposed", "full width", "ligature"],
)
def test_a_passphrase_opens_however_the_keyboard_composes_it(set_up, typed):
    assert set_up != typed
    assert unlock(typed, lock(set_up, SEED, b"ana", cost=FLOOR), b"ana") == SEED


def test_a_broken_character_in_a_passphrase_is_a_wrong_secret_and_no_crash():
    with pytest.raises(WrongSecret):
        unlock("\ud83d", LOCKED, b"ana", PEPPER)


def test_the_same_secret_makes_another_lock_each_time():
    again = lock(SECRET, SEED, b"ana", PEPPER, FLOOR)
    assert again[8:24] != LOCKED[8:24]
    assert again[24:56] != LOCKED[24:56]


OUT_OF_BOUNDS = [
    Cost(0, 19456),
    Cost(17, 19456),
    Cost(1, 19455),
    Cost(1, 0),
    Cost(1, 1024 * 1024 + 1),
    Cost(2**32 - 1, 2**32 - 1),
]


@pytest.fixture
def no_hashing(monkeypatch):
    def refuse(**_):
        pytest.fail("a cost out of bounds reached the hash")

    monkeypatch.setattr(module, "Argon2id", refuse)


@pytest.mark.parametrize("cost", OUT_OF_BOUNDS)
def test_a_cost_out_of_bounds_is_refused_before_any_hashing(no_hashing, cost):
    with pytest.raises(Tampered):
        unlock(SECRET, struct.pack(">II", *cost) + LOCKED[8:], b"ana", PEPPER)
    with pytest.raises(ValueError, match="bounds"):
        lock(SECRET, SEED, b"ana", PEPPER, cost)


@pytest.mark.parametrize("secret", ["", b""])
def test_nothing_is_locked_with_an_empty_secret(no_hashing, secret):
    with pytest.raises(ValueError, match="secret"):
        lock(secret, SEED, b"ana", PEPPER, FLOOR)


@pytest.mark.parametrize("length", [0, 1, 8, 55])
def test_a_lock_cut_in_its_parameters_is_refused_before_any_hashing(no_hashing, length):
    with pytest.raises(Tampered):
        unlock(SECRET, LOCKED[:length], b"ana", PEPPER)


@pytest.mark.parametrize("cost", [Cost(2, 19456), Cost(1, 19457)])
def test_a_cheaper_or_dearer_cost_written_into_a_lock_does_not_open_it(cost):
    with pytest.raises(WrongSecret):
        unlock(SECRET, struct.pack(">II", *cost) + LOCKED[8:], b"ana", PEPPER)


def test_every_altered_byte_of_a_lock_is_noticed():
    for position in range(8, len(LOCKED)):
        damaged = bytearray(LOCKED)
        damaged[position] ^= 1 << position % 8
        # Salt and commitment stand for the secret itself; behind them everything is authenticated.
        with pytest.raises(WrongSecret if position < 56 else Tampered):
            unlock(SECRET, bytes(damaged), b"ana", PEPPER)


@pytest.mark.parametrize("length", [56, 63, 75, len(LOCKED) - 1])
def test_a_cut_lock_is_noticed(length):
    with pytest.raises(Tampered):
        unlock(SECRET, LOCKED[:length], b"ana", PEPPER)


def test_a_lock_commits_to_one_key():
    # AES-GCM alone does not: a box can be made that opens under two keys. The commitment is compared before it is used.
    other = lock("another secret", SEED, b"ana", PEPPER, FLOOR)
    spliced = LOCKED[:24] + other[24:56] + LOCKED[56:]
    with pytest.raises(WrongSecret):
        unlock(SECRET, spliced, b"ana", PEPPER)


def test_a_recovery_code_is_fourteen_words_and_never_the_same():
    codes = {recovery_code() for _ in range(200)}
    assert len(codes) == 200
    assert {len(code.split()) for code in codes} == {14}
    assert all(normal_code(code) == code for code in codes)


def test_a_recovery_code_carries_128_random_bits(monkeypatch):
    asked = []
    monkeypatch.setattr(module.secrets, "token_bytes", lambda size: asked.append(size) or b"\xff" * size)
    assert module._code_entropy(recovery_code().split()) == b"\xff" * 16
    assert asked == [16]


def test_a_recovery_code_opens_its_lock_however_it_is_spaced_and_capitalised():
    code = recovery_code()
    blob = lock(code, SEED, b"ana", cost=FLOOR)
    for typed in (code.upper(), f"  {code}\n", code.replace(" ", "\t \u00a0"), code.title()):
        assert normal_code(typed) == code
    assert unlock(normal_code(code.upper()), blob, b"ana") == SEED


def test_other_mistakes_in_a_recovery_code_are_noticed():
    words = recovery_code().split()
    replaced = ["zero" if words[3] != "zero" else "yoga"]
    wrong = [
        words[:-1],
        words + words[-1:],
        words[1:],
        words[:3] + replaced + words[4:],
        [*words[:3], "notaword", *words[4:]],
        [*words[:3], words[3][:-1], *words[4:]],
        [",".join(words)],
        ["-".join(words)],
        ["".join(words)],
        [],
    ]
    for typed in wrong:
        with pytest.raises(WrongSecret):
            normal_code(" ".join(typed))


def test_a_mistaken_word_passes_once_in_four_thousand():
    passed = 0
    words = module._code_words(bytes(16))
    for position in range(12):  # words that carry nothing of the checksum
        for word in module.WORDLIST:
            if word != words[position]:
                try:
                    normal_code(" ".join([*words[:position], word, *words[position + 1 :]]))
                    passed += 1
                except WrongSecret:
                    continue
    assert passed <= 12


def test_a_lock_holds_no_trace_of_what_it_closes():
    seed = os.urandom(32)
    blob = lock(SECRET, seed, b"ana", PEPPER, FLOOR)
    for part in (seed, SECRET.encode(), PEPPER):
        assert part not in blob
    assert issubclass(WrongSecret, CryptoError)
    assert not issubclass(WrongSecret, Tampered)
