"""The months of T2: none left out between the first and the last, the last three marked as incomplete."""

import re
from collections.abc import Iterable

INCOMPLETE = "incomplete"  # a note, and after a colon the month
LATE = 3  # months in which not everything has been told yet
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def between(codes: Iterable[str]) -> list[str]:
    """Every month from the first to the last of these, also one in which nothing happened."""
    numbers = [_number(code) for code in codes if _MONTH.fullmatch(code)]
    return [_code(number) for number in range(min(numbers), max(numbers) + 1)] if numbers else []


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
