"""Late verification: decided in a later reporting period than the one in which it happened."""

from datetime import date

MONTHS = 3  # of a reporting period: reports to the United Nations count by quarters


def period(day: date) -> tuple[int, int]:
    """The year and the quarter, from 1."""
    return day.year, (day.month - 1) // MONTHS + 1


def late(happened: date | None, decided: date) -> bool:
    """Whether it is counted in a later quarter than the last one in which it can have happened.

    A day that is not known is not late: nothing is concluded from it.
    """
    return happened is not None and period(decided) > period(happened)
