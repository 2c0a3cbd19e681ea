"""The systems of others to which our acts correspond, in the edition that was looked at.

A correspondence is one that somebody confirmed. Where there is none, that is said: an empty cell would leave open
whether nobody looked, and a code that is only near would be counted with what it is not.
"""

from incidents.model import vocabulary

ICCS = "iccs"
EDITIONS = {
    "huridocs": "HURIDOCS Micro-thesauri, 2001",
    ICCS: "ICCS 1.0, 2015",  # UNODC
    "sesnsp": "SESNSP, 2026",  # subtypes of its open data by state
}
NONE = "(none confirmed)"
ACTS = "act"  # the list that is held against all of them; others have a code of HURIDOCS here and there


def told(words: str, code: str) -> str:
    """What stands in a codebook for a code of a list: the code of another system, or that there is none."""
    return code or (NONE if words == ACTS else "")


def iccs(act: str) -> str | None:
    """The code of ICCS for one of our acts; empty where none is confirmed, None for what is no act of the list."""
    known = vocabulary.codes(ACTS).get(act)
    return None if known is None else known.iccs
