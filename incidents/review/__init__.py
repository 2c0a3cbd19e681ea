"""Review: sources weighed apart, acts decided by those who did not submit them, with what each decision rests on."""

from incidents.model.report import published
from incidents.review.assigning import Day, assign, is_overdue, overdue, reviewers
from incidents.review.bulk import BULK, Moved, move_batch, of_batch, run_bulk, start_bulk
from incidents.review.comments import (
    Calls,
    calls,
    comment,
    comments,
    mentioned,
    readers,
    see,
    unseen,
    unseen_count,
)
from incidents.review.grounds import Grounds, Judged, Suggestion, Told, suggest
from incidents.review.grounds import of as grounds_of
from incidents.review.lateness import late
from incidents.review.many import MOST, Plan, Why, chosen, move_many, plan, released
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
from incidents.review.undoing import Together, look_back, move_back, one, together
from incidents.review.waiting import Whose, act, lately, next_for, queue, reports_of, reviews
from incidents.review.weighing import Weight, judge, of_source, weigh
from incidents.review.workload import Workload, workload

__all__ = [
    "BULK",
    "MOST",
    "MOVES",
    "SHORTEST_REASON",
    "Asks",
    "Calls",
    "Day",
    "Grounds",
    "Judged",
    "Move",
    "Moved",
    "Plan",
    "Suggestion",
    "Together",
    "Told",
    "Weight",
    "Whose",
    "Why",
    "Workload",
    "act",
    "allowed",
    "assign",
    "calls",
    "chosen",
    "comment",
    "comments",
    "first_words",
    "grounds_of",
    "is_overdue",
    "judge",
    "late",
    "lately",
    "look_back",
    "mentioned",
    "move",
    "move_all",
    "move_back",
    "move_batch",
    "move_many",
    "needing_two",
    "next_for",
    "of_batch",
    "of_source",
    "one",
    "overdue",
    "plan",
    "published",
    "queue",
    "readers",
    "released",
    "reports_of",
    "reviewers",
    "reviews",
    "run_bulk",
    "see",
    "start_bulk",
    "suggest",
    "together",
    "unseen",
    "unseen_count",
    "waiting_for_a_second",
    "weigh",
    "workload",
]
