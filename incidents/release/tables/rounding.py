"""Counts rounded to fives, each cell by itself and always the same way.

A cell goes up where what it counts beyond a multiple of five is more than its threshold, drawn from 0 to 4 by a keyed
hash of its key. So from five on rounding is unbiased over the cells; the same count prints the same in every table and
edition; a count that grows never prints less; and nobody without the key can tell which way a number went. Only a true
zero prints 0: one to four print 5. (Random rounding after I. P. Fellegi, 1975; by a key of the cell as the Australian
Bureau of Statistics does it: B. Fraser and J. Wooton, 2005.)
"""

import hmac
from collections.abc import Mapping

from incidents.release.tables.cells import Counted, Key

BASE = 5
SEPARATOR = "\x1f"  # in no code


def rounded(counted: Counted, key: bytes) -> Mapping[Key, int]:
    """As multiples of five. Totals by themselves, so that they do not add. `key`: a secret of the instance."""
    return {cell: _rounded(count, threshold(cell, key)) for cell, count in counted.counts.items()}


def threshold(cell: Key, key: bytes) -> int:
    """0 to 4, each as likely (2⁶⁴ mod 5 is 1: off by less than 10⁻¹⁹)."""
    told = hmac.digest(key, SEPARATOR.join(cell).encode(), "sha256")
    return int.from_bytes(told[:8]) % BASE


def _rounded(count: int, at: int) -> int:
    below, rest = divmod(count, BASE)
    return BASE * max(below + (rest > at), count > 0)
