"""What a person decided, what else may stand in its place, and the one judge of what may leave.

`permits` is the only judge, with its forms for many people and many purposes. What was not asked
is not consented; what is not recorded is not permitted; a withdrawal in clear is obeyed before
anything sealed is looked at.
"""

from incidents.consent import receipts
from incidents.consent.answers import (
    EVENTS,
    GIVEN,
    RAN_OUT,
    REFUSED,
    REQUESTED,
    WITHDRAWN,
    Answer,
    Permit,
    Refusal,
)
from incidents.consent.bases import (
    KINDS,
    PUBLISHED,
    bases_of,
    confirm_basis,
    object_to,
    propose_basis,
    set_basis,
    waiting_bases,
)
from incidents.consent.codes import has_code, make_code, withdraw_by_words
from incidents.consent.expiring import ending, first_of, note_what_ran_out, to_the_end
from incidents.consent.folding import minor
from incidents.consent.judging import as_it_stands, permits, permits_all, permits_each, said_for_a_group
from incidents.consent.ledger import (
    LATER,
    REMINDED,
    all_withdrawals,
    breaks,
    decide,
    history,
    invalidate,
    record,
    withdraw,
    withdrawals,
)
from incidents.consent.naming import children_who_may_be_shown, in_danger, perhaps_children, records_of
from incidents.consent.narrowing import narrowed
from incidents.consent.notices import Notice, must_be_known, newest
from incidents.consent.notices import read as notice
from incidents.consent.pacing import neighbourhood
from incidents.consent.reminders import (
    later_in,
    said_later,
    to_ask_again,
    to_ask_again_count,
)

__all__ = [
    "EVENTS",
    "GIVEN",
    "KINDS",
    "LATER",
    "PUBLISHED",
    "RAN_OUT",
    "REFUSED",
    "REMINDED",
    "REQUESTED",
    "WITHDRAWN",
    "Answer",
    "Notice",
    "Permit",
    "Refusal",
    "all_withdrawals",
    "as_it_stands",
    "bases_of",
    "breaks",
    "children_who_may_be_shown",
    "confirm_basis",
    "decide",
    "ending",
    "first_of",
    "has_code",
    "history",
    "in_danger",
    "invalidate",
    "later_in",
    "make_code",
    "minor",
    "must_be_known",
    "narrowed",
    "neighbourhood",
    "newest",
    "note_what_ran_out",
    "notice",
    "object_to",
    "perhaps_children",
    "permits",
    "permits_all",
    "permits_each",
    "propose_basis",
    "receipts",
    "record",
    "records_of",
    "said_for_a_group",
    "said_later",
    "set_basis",
    "to_ask_again",
    "to_ask_again_count",
    "to_the_end",
    "waiting_bases",
    "withdraw",
    "withdraw_by_words",
    "withdrawals",
]
