"""What pandas does faster than numpy. It is loaded when rows are first counted: no other page pays for its memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def factorize(values: Any) -> tuple[Ints, Any]:
    """The number of each value, in the order in which they first stand there; and the values."""
    import pandas as pd  # noqa: PLC0415 – see above

    return pd.factorize(values)


def numbered(ids: bytes) -> tuple[Ints, Any]:
    """A number an id of sixteen bytes, one after the other, without an object each; and the different ones."""
    halves = [factorize(half)[0] for half in np.frombuffer(ids, np.uint64).reshape(-1, 2).T]
    key = halves[0].astype(np.int64) * (halves[1].max(initial=0) + 1) + halves[1]
    number, distinct = factorize(key)
    return number.astype(np.int64), distinct


def distinct(ids: bytes, places: Sequence[int]) -> int:
    """How many different ids of sixteen bytes stand at these places, but for the one of zeros."""
    there = np.asarray(places, np.int64)
    number = numbered(ids)[0][there]
    none = ~np.frombuffer(ids, np.uint64).reshape(-1, 2)[there].any(axis=1)
    return len(unique(number[~none]))


def some(ids: bytes | bytearray, places: Sequence[int]) -> bytes:
    """The ids of sixteen bytes at these places, one after the other."""
    return np.frombuffer(ids, "V16")[np.asarray(places, np.int64)].tobytes()


def renumbered(numbers: Any, places: Sequence[int]) -> tuple[bytes, list[int]]:
    """The numbers at these places, counted anew as they first stand there, as C holds them; which each of them was."""
    number, there = factorize(np.asarray(numbers)[np.asarray(places, np.int64)])
    return number.astype(np.intc).tobytes(), there.tolist()


def taken(values: Sequence[int], places: Any) -> Ints:
    """The values at these places, one after the other."""
    found: Ints = np.array(values, np.int64)[np.asarray(places)]
    return found


def unique(values: Any) -> Any:
    """The different values, in the order in which they first stand there."""
    import pandas as pd  # noqa: PLC0415 – see above

    return pd.unique(values)
