"""Escrow: an offline seed in SLIP-39 shares (Shamir's scheme as words), t of n custodians."""

from collections.abc import Sequence

from shamir_mnemonic import (  # type: ignore[import-untyped]  # the library ships no types
    MnemonicError,
    decode_mnemonics,
    generate_mnemonics,
    recover_ems,
)

from crypto.envelope import KEY_BYTES, need_key
from crypto.errors import WrongSecret

# The shares carry no passphrase, so stretching one protects nothing: the least the standard allows. Shares that
# ask for more are not ours, and could hold a machine for minutes.
_ITERATION_EXPONENT = 0
_MOST_SHARES = 16
_LEAST_THRESHOLD = 2


def split(seed: bytes, threshold: int, shares: int) -> list[str]:
    """Split a 32-byte seed into lines of 33 words; any `threshold` of them give it back, fewer say nothing.

    ValueError unless 2 ≤ threshold ≤ shares ≤ 16: at a threshold of one each share would be the seed itself.
    """
    if not _LEAST_THRESHOLD <= threshold <= shares <= _MOST_SHARES:
        raise ValueError("escrow takes 2 to 16 shares, and a threshold of at least 2 that they can meet")
    one_group = [(threshold, shares)]
    groups = generate_mnemonics(1, one_group, need_key(seed), iteration_exponent=_ITERATION_EXPONENT)
    words: list[str] = groups[0]
    return words


def _joined(shares: Sequence[str]) -> bytes:
    """Return the seed or nothing: the library's errors quote words, so none leaves here, not even as a context."""
    try:
        groups = {index: group.get_minimal_group() for index, group in decode_mnemonics(shares).items()}
        secret = recover_ems(groups)
    except (MnemonicError, ValueError):
        return b""
    if secret.iteration_exponent != _ITERATION_EXPONENT:
        return b""
    seed: bytes = secret.decrypt(b"")
    return seed


def join(shares: Sequence[str]) -> bytes:
    """Give the 32-byte seed back from enough shares in any order.

    WrongSecret if they are too few, mistyped, or not of one set. The caller compares the key id of what comes out.
    """
    seed = _joined(shares)
    if len(seed) != KEY_BYTES:
        raise WrongSecret("these shares do not give a seed: too few, mistyped, or not of one set")
    return seed
