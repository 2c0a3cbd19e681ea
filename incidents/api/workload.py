"""How the work stands: by week, by reviewer, by place; days and counts, and nothing is opened."""

from typing import Any

from marshmallow import Schema, fields

from incidents import review
from incidents.api.frame import Routes, who, work
from incidents.gate import needs
from incidents.work import Permission

routes = Routes("workload", "/workload")


class WeekSchema(Schema):
    monday = fields.Date()
    received = fields.Integer()
    taken_in = fields.Integer()
    decided = fields.Integer()
    counted = fields.Integer(metadata={"description": "Decisions by which an act counts today."})


class ReviewerSchema(Schema):
    """`in_hand`: incidents in their hands in which an act waits; of all in their hands, how many are `overdue`."""

    id = fields.UUID()
    name = fields.String(allow_none=True)
    taken_in = fields.Integer()
    decided = fields.Integer()
    in_hand = fields.Integer()
    overdue = fields.Integer()


class WhereSchema(Schema):
    state = fields.String(metadata={"description": "ISO 3166-2; empty: none is recorded."})
    received = fields.Integer()
    waiting = fields.Integer()


class WorkloadSchema(Schema):
    since = fields.Date()
    weeks = fields.List(fields.Nested(WeekSchema), metadata={"description": "The newest first."})
    days = fields.Float(
        allow_none=True,
        metadata={"description": "Median, from receiving an act to its first decision."},
    )
    reports_waiting = fields.Integer()
    acts_waiting = fields.Integer()
    oldest = fields.Date(
        allow_none=True, metadata={"description": "When the act that waits longest was received."}
    )
    reviewers = fields.List(fields.Nested(ReviewerSchema))
    places = fields.List(fields.Nested(WhereSchema))


@routes.route("")
@needs(Permission.REVIEW_DECIDE)
@routes.response(200, WorkloadSchema)
def shown() -> dict[str, Any]:
    """The last twelve weeks and what waits today. Practice and unpublished rows are in no count."""
    found, late = review.workload(work()), review.overdue(work())
    return {
        **{name: getattr(found, name) for name in ("since", "weeks", "days", "oldest", "places")},
        "reports_waiting": found.reports_waiting,
        "acts_waiting": found.acts_waiting,
        "reviewers": [
            {
                "id": each.id,
                "name": who(each.id),
                **{name: getattr(each, name) for name in ("taken_in", "decided", "in_hand")},
                "overdue": late.get(each.id, 0),
            }
            for each in found.reviewers
        ],
    }
