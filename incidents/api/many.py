"""Many acts moved at once: looked at first, moved with one reason at the versions that were looked at, taken back."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import review
from incidents.api.frame import Routes, who, work
from incidents.api.once import looks
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import seen
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.incident import Act
from incidents.model.vocabulary import Verification
from incidents.review.many import TOO_MANY
from incidents.review.waiting import WAITING
from incidents.work import Permission

routes = Routes("many", "/moves")
P = Permission
AT_MOST = validate.Length(max=review.MOST, error=TOO_MANY)


def _state(**more: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(list(Verification), error=NOT_A_CODE), **more)


class LookAtManySchema(Strict):
    """The `acts`, or, where none are named, the oldest of the queue: in a `state`, in whose hands."""

    to = _state(required=True)
    acts = fields.List(fields.UUID(), validate=AT_MOST)
    state = _state()
    whose = fields.String(load_default="", validate=validate.OneOf(list(review.Whose), error=NOT_A_CODE))


class SeenActSchema(Strict):
    act = fields.UUID(required=True)
    seen = seen()


class MoveManySchema(Strict):
    to = _state(required=True)
    acts = fields.List(fields.Nested(SeenActSchema), required=True, validate=AT_MOST)
    reasons = fields.String(load_default="", validate=validate.Length(max=20_000))


class TakeBackSchema(Strict):
    reasons = fields.String(load_default="", validate=validate.Length(max=20_000))


class MovingSchema(Schema):
    act = fields.UUID()
    seen = fields.Integer()  # its version: what a move names


class StayingSchema(Schema):
    act = fields.UUID()
    why = fields.String()


class MovePlanSchema(Schema):
    """`released`: how many of the moving are of an incident in a signed release; what went out stays as it went."""

    moving = fields.List(fields.Nested(MovingSchema))
    staying = fields.List(fields.Nested(StayingSchema))
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    released = fields.Integer()


class MovedTogetherSchema(Schema):
    id = fields.UUID(allow_none=True)  # null: none of them moved
    moved = fields.List(fields.UUID())
    staying = fields.List(fields.Nested(StayingSchema))
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())


class TogetherSchema(Schema):
    id = fields.UUID()
    by = fields.String(allow_none=True)
    on = fields.Date()
    to = fields.String()
    count = fields.Integer()


class LookBackSchema(TogetherSchema):
    back = fields.Nested(MovePlanSchema)


@routes.route("/look", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@looks
@routes.arguments(LookAtManySchema)
@routes.response(200, MovePlanSchema)
def look(given: dict[str, Any]) -> dict[str, Any]:
    """What would become of each act, and why each other one stays. Nothing is changed."""
    return _plan(review.plan(work(), _asked(given), Verification(given["to"])))


@routes.route("", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(MoveManySchema)
@routes.response(200, MovedTogetherSchema)
def move(given: dict[str, Any]) -> dict[str, Any]:
    """Move what was looked at, with one reason; what somebody changed since stays."""
    versions = {each["act"]: each["seen"] for each in given["acts"]}
    rows, found = review.move_many(work(), versions, Verification(given["to"]), given["reasons"])
    return _done(rows[0].id if rows else None, found)


@routes.route("")
@needs(P.REVIEW_DECIDE)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(TogetherSchema, "TogethersSchema"))
def done(query: dict[str, Any]) -> dict[str, Any]:
    """The moves of many of the last thirty days, the newest first."""
    rows, onward = sliced(review.together(work()), lambda one: (one.block, str(one.id)), query, down=True)
    return {"items": [_line(each) for each in rows], "next": onward}


@routes.route("/<uuid:id>")
@needs(P.REVIEW_DECIDE)
@routes.response(200, LookBackSchema)
def look_back(id: UUID) -> dict[str, Any]:
    """One of them, and what would become of each act if it were taken back."""
    return {**_line(review.one(work(), id)), "back": _plan(review.look_back(work(), id))}


@routes.route("/<uuid:id>/take-back", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(TakeBackSchema)
@routes.response(200, MovedTogetherSchema)
def take_back(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Take it back, for the acts that nobody touched since."""
    _rows, found = review.move_back(work(), id, given["reasons"])
    return _done(id, found)


def _asked(given: dict[str, Any]) -> list[Act]:
    if "acts" in given:
        return review.chosen(work(), given["acts"])
    states = (Verification(given["state"]),) if "state" in given else WAITING
    queue = review.queue(work(), states, review.MOST, whose=review.Whose(given["whose"]))
    return [act for act, _incident in queue]


def _plan(found: review.Plan) -> dict[str, Any]:
    return {
        "moving": [{"act": act.id, "seen": act.version} for act in found.moving],
        "released": review.released(work(), found.moving),
        **_staying(found),
    }


def _done(id: UUID | None, found: review.Plan) -> dict[str, Any]:
    return {"id": id, "moved": [act.id for act in found.moving], **_staying(found)}


def _staying(found: review.Plan) -> dict[str, Any]:
    return {
        "staying": [{"act": id, "why": why.value} for id, why in found.staying.items()],
        "counts": {why.value: count for why, count in found.counts.items()},
    }


def _line(one: review.Together) -> dict[str, Any]:
    return {"id": one.id, "by": who(one.by), "on": one.on, "to": one.to.value, "count": one.count}
