"""The three steps that make a thing unreadable everywhere.

First the intent, noted and signed, and a stop to every exit; then the data keys are
destroyed and tombstones left, in one step of the keystore; then what hung on them in the
data is set right. A deed writes the first with its own commit. The other two need no
key, may be cut anywhere and repeated: `finish` does them, at once and at every start.
"""

from incidents.erasure.batches import discard_batch
from incidents.erasure.carrying import carry_out
from incidents.erasure.deciding import (
    SHORTEST_DECISION,
    Thing,
    erase_evidence,
    erase_names,
    erase_person,
    erase_report,
    of,
)
from incidents.erasure.finishing import finish, things
from incidents.erasure.proposals import NotDue, agree, ask, call_off, due, open_ones
from incidents.erasure.reach import kind_of
from incidents.erasure.refusals import REFUSED
from incidents.erasure.retention import ABOUT, end_rule, look, rules, set_rule
from incidents.erasure.rewriting import (
    beside_each,
    closed,
    must_be_answered,
    of_erasures,
    one_beside,
    rewrite,
    say_nothing,
    seal_again,
    show,
    unfinished,
    waiting,
)

__all__ = [
    "ABOUT",
    "REFUSED",
    "SHORTEST_DECISION",
    "NotDue",
    "Thing",
    "agree",
    "ask",
    "beside_each",
    "call_off",
    "carry_out",
    "closed",
    "discard_batch",
    "due",
    "end_rule",
    "erase_evidence",
    "erase_names",
    "erase_person",
    "erase_report",
    "finish",
    "kind_of",
    "look",
    "must_be_answered",
    "of",
    "of_erasures",
    "one_beside",
    "open_ones",
    "rewrite",
    "rules",
    "say_nothing",
    "seal_again",
    "set_rule",
    "show",
    "things",
    "unfinished",
    "waiting",
]
