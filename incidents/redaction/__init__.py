"""Redaction: what somebody told, made ready to be printed by people and signed by two; the shelf hands it out.

Nothing here is automatic. The program proposes what to cut, a person decides on each, and says what cannot show who
somebody is; what two people signed is what leaves, and only while everybody concerned agrees to it.
"""

from incidents.redaction.cases import begin as begin_case
from incidents.redaction.cases import rewrite, subjects
from incidents.redaction.desk import (
    Looked,
    begin,
    decide,
    draw_again,
    leave_the_rest,
    listed,
    look,
    must_be_as_read,
    numbers,
    of_incident,
    offered,
    one,
    say,
)
from incidents.redaction.judging import ABSENT, HIDDEN, HOW, PURPOSE, RECOGNIZED, TOLD
from incidents.redaction.lines import AGES, PARTS
from incidents.redaction.refusals import AccountChanged
from incidents.redaction.sentences import (
    CUT,
    KEEP,
    NUMBERED,
    OUT,
    PLACEHOLDERS,
    TAKEN,
    UNSEEN,
    as_said,
    numbered,
    placeholder,
)
from incidents.redaction.shelving import Quoted, any_signed, judge, leave, shelf
from incidents.redaction.signing import RECALLED_FOR, digest, recall, sign, waits_for

__all__ = [
    "ABSENT",
    "AGES",
    "CUT",
    "HIDDEN",
    "HOW",
    "KEEP",
    "NUMBERED",
    "OUT",
    "PARTS",
    "PLACEHOLDERS",
    "PURPOSE",
    "RECALLED_FOR",
    "RECOGNIZED",
    "TAKEN",
    "TOLD",
    "UNSEEN",
    "AccountChanged",
    "Looked",
    "Quoted",
    "any_signed",
    "as_said",
    "begin",
    "begin_case",
    "decide",
    "digest",
    "draw_again",
    "judge",
    "leave",
    "leave_the_rest",
    "listed",
    "look",
    "must_be_as_read",
    "numbered",
    "numbers",
    "of_incident",
    "offered",
    "one",
    "placeholder",
    "recall",
    "rewrite",
    "say",
    "shelf",
    "sign",
    "subjects",
    "waits_for",
]
