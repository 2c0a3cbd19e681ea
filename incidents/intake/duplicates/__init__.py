"""Records that may be one: looked for in opened, normalised values in memory, with a score and the signs for it.

Names and phones have no index (crypto.md), so everybody is opened, compared and let go. Floors, the lowest first:
traits, weights; crowd (two people), pairs (everybody), doubles (incidents); gathering, deciding, looking. How names and
numbers are compared stands in the search, which does so too.
"""

from incidents.intake.duplicates.deciding import decide, of, waiting
from incidents.intake.duplicates.gathering import IDENTIFYING
from incidents.intake.duplicates.looking import (
    ABOUT,
    EVERYBODY,
    INCIDENT,
    KIND,
    PERSON,
    REPORT,
    Found,
    begun,
    look,
    run,
    start,
)
from incidents.intake.duplicates.showing import Side, incidents_of, names_of, two
from incidents.intake.duplicates.weights import LIKELY, SURE, Sign

__all__ = [
    "ABOUT",
    "EVERYBODY",
    "IDENTIFYING",
    "INCIDENT",
    "KIND",
    "LIKELY",
    "PERSON",
    "REPORT",
    "SURE",
    "Found",
    "Side",
    "Sign",
    "begun",
    "decide",
    "incidents_of",
    "look",
    "names_of",
    "of",
    "run",
    "start",
    "two",
    "waiting",
]
