"""Review: sources weighed apart, acts decided by those who did not submit them, with what each decision rests on."""

from incidents.model.report import published
from incidents.review.assigning import assign, is_overdue, overdue, reviewers
from incidents.review.bulk import BULK, Moved, move_batch, of_batch, run_bulk
from incidents.review.comments import comment, comments, readers, see, unseen, unseen_count
from incidents.review.grounds import Grounds, Judged, Suggestion, Told, suggest
from incidents.review.grounds import of as grounds_of
from incidents.review.lateness import late
from incidents.review.moves import (
    MOVES,
    SHORTEST_REASON,
    Asks,
    Move,
    allowed,
    first_words,
    move,
    move_all,
    needing_two,
    waiting_for_a_second,
)
from incidents.review.waiting import Whose, act, queue, reports_of, reviews
from incidents.review.weighing import Weight, judge, of_source, weigh
from incidents.review.workload import Workload, workload

__all__ = [
    "BULK",
    "MOVES",
    "SHORTEST_REASON",
    "Asks",
    "Grounds",
    "Judged",
    "Move",
    "Moved",
    "Suggestion",
    "Told",
    "Weight",
    "Whose",
    "Workload",
    "act",
    "allowed",
    "assign",
    "comment",
    "comments",
    "first_words",
    "grounds_of",
    "is_overdue",
    "judge",
    "late",
    "move",
    "move_all",
    "move_batch",
    "needing_two",
    "of_batch",
    "of_source",
    "overdue",
    "published",
    "queue",
    "readers",
    "reports_of",
    "reviewers",
    "reviews",
    "run_bulk",
    "see",
    "suggest",
    "unseen",
    "unseen_count",
    "waiting_for_a_second",
    "weigh",
    "workload",
]
