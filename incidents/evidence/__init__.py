"""Evidence: the original sealed as it came, a working copy without what it says of people, and who had it in hand.

Only working copies leave, and only through `leaving`.
"""

from incidents.evidence.about import NOT_A_HASH, AboutSchema, shown
from incidents.evidence.arriving import arriving, begin, discard, finish, have, keep, receive, segments
from incidents.evidence.copies import SHOWN, Copy, add, view
from incidents.evidence.copies import of as copy_of
from incidents.evidence.destroying import of_reports, sweep
from incidents.evidence.leaving import AGAINST, SHOWS, Leaves, Leaving, Weighed, leaving, weigh
from incidents.evidence.pieces import SEGMENT
from incidents.evidence.reading import (
    OPENING,
    Line,
    Opened,
    came_to,
    erased,
    hand_over,
    incident_of,
    made_name,
    name_people,
    of_incident,
    of_person,
    of_report,
    one,
    open_one,
    people,
    reference,
    report_to_add_to,
    take_original,
)
from incidents.evidence.refusals import NotKept, StoreAway
from incidents.evidence.store import beside, folder_of
from incidents.evidence.verifying import Verified, breaks, unchanged, verified

__all__ = [
    "AGAINST",
    "NOT_A_HASH",
    "OPENING",
    "SEGMENT",
    "SHOWN",
    "SHOWS",
    "AboutSchema",
    "Copy",
    "Leaves",
    "Leaving",
    "Line",
    "NotKept",
    "Opened",
    "StoreAway",
    "Verified",
    "Weighed",
    "add",
    "arriving",
    "begin",
    "beside",
    "breaks",
    "came_to",
    "copy_of",
    "discard",
    "erased",
    "finish",
    "folder_of",
    "hand_over",
    "have",
    "incident_of",
    "keep",
    "leaving",
    "made_name",
    "name_people",
    "of_incident",
    "of_person",
    "of_report",
    "of_reports",
    "one",
    "open_one",
    "people",
    "receive",
    "reference",
    "report_to_add_to",
    "segments",
    "shown",
    "sweep",
    "take_original",
    "unchanged",
    "verified",
    "view",
    "weigh",
]
