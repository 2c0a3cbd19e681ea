"""Which day it is: the day where the organisation works, not in Greenwich. The one place that says so."""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

_zone: tzinfo = UTC  # until the settings say otherwise


def set_zone(name: str) -> None:
    """Days begin and end as in this time zone from here on (AMPARO_TIMEZONE)."""
    global _zone  # noqa: PLW0603  one process, one instance, one zone
    _zone = ZoneInfo(name)


def day_of(moment: datetime) -> date:
    """The day that a moment falls on here."""
    return moment.astimezone(_zone).date()


def minute_of(moment: datetime) -> datetime:
    """A moment as the clock on the wall says it here."""
    return moment.astimezone(_zone)


def today() -> date:
    return day_of(datetime.now(UTC))
