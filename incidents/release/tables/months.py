"""The months of T2: none left out, but in gaps of ten years; the last three marked as incomplete."""

import re
from collections.abc import Iterable
from itertools import pairwise

INCOMPLETE = "incomplete"  # a note, and after a colon the month
GAP = 120  # months
LATE = 3  # months in which not everything has been told yet
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def between(codes: Iterable[str]) -> list[str]:
    """Every month from the first to the last of these, also one in which nothing happened.

    But for gaps of more than ten years: a slip of the pen, 0219 for 2019, is not twenty thousand rows.
    """
    numbers = sorted({_number(code) for code in codes if _MONTH.fullmatch(code)})
    near = [(one, after) for one, after in pairwise(numbers) if after - one <= GAP]
    filled = {number for one, after in near for number in range(one, after)}
    return [_code(number) for number in sorted({*numbers, *filled})]


def gaps(codes: Iterable[str]) -> list[tuple[str, str]]:
    """The first and the last month of each stretch that has no row, where the rows before and after it are months."""
    numbers = sorted({_number(code) for code in codes if _MONTH.fullmatch(code)})
    return [(_code(one + 1), _code(after - 1)) for one, after in pairwise(numbers) if after - one > 1]


def incomplete(codes: Iterable[str], data_date: str) -> tuple[str, ...]:
    """A note for each of the last three months up to the date of the data: more is told later."""
    last = _number(data_date[:7])
    late = {_code(number) for number in range(last - LATE + 1, last + 1)}
    return tuple(f"{INCOMPLETE}:{code}" for code in codes if code in late)


def _number(code: str) -> int:
    year, month = code.split("-")
    return int(year) * 12 + int(month) - 1


def _code(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
