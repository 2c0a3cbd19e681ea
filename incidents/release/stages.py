"""The stages that a release goes through, and whoever wants to hear how far it is."""

from collections.abc import Callable

VERIFY, GATHER, SEARCH, COMPARE = "verify", "gather", "search", "compare"
WRITE, MEASURE, KEEP = "write", "measure", "keep"
CONSENT, SIGN = "consent", "sign"
STAGES = (VERIFY, GATHER, SEARCH, COMPARE, WRITE, MEASURE, KEEP)
SIGNING = (VERIFY, CONSENT, GATHER, COMPARE, SIGN)  # those of a signature

Told = Callable[[str, int, int], None]  # the stage, how many of how many; 0 of 0 where nothing is counted


def silent(_stage: str, _done: int, _total: int) -> None:
    """Nobody listens."""
