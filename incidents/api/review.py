"""Review: what an act rests on, weighed; its move from one state to the next."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import evidence, review
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, cut, listing, mark
from incidents.api.schemas import opened, seen, unreadable
from incidents.errors import Conflict
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, SourceSchema, Strict
from incidents.model.review import Shows
from incidents.model.vocabulary import Says, Verification
from incidents.review.waiting import WAITING
from incidents.work import Permission, Unreadable

routes = Routes("review", "/acts")
P = Permission


class QueueQuery(SliceQuery):
    state = fields.String(validate=validate.OneOf(list(Verification), error=NOT_A_CODE))
    whose = fields.String(load_default="", validate=validate.OneOf(list(review.Whose), error=NOT_A_CODE))


class WaitingSchema(Schema):
    id = fields.UUID()
    incident = fields.UUID()
    reference = fields.String()
    verification = fields.String()
    version = fields.Integer()
    received_on = fields.Date()
    assignee = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    facts = fields.Dict(allow_none=True)
    unreadable = unreadable()


class MoveSchema(Strict):
    seen = seen()
    to = fields.String(required=True, validate=validate.OneOf(list(Verification), error=NOT_A_CODE))
    reasons = fields.String(load_default="", validate=validate.Length(max=20_000))
    cites = fields.List(
        fields.UUID(), validate=validate.Length(max=1000)
    )  # unsaid: all that supports the act


class MovedSchema(Schema):
    id = fields.UUID()
    verification = fields.String()
    first_of_two = fields.Boolean()  # written down; it counts once a second reviewer comes to the same
    moves = fields.List(fields.String())


class WeightSchema(Strict):
    """How a source and what it says of an act are weighed. `beside`: of one origin with that source."""

    source = fields.UUID(required=True)
    says = fields.String(required=True, validate=validate.OneOf(list(Says), error=NOT_A_CODE))
    credibility = fields.String(required=True)
    reliability = fields.String(required=True)
    first_hand = fields.String(required=True)
    beside = fields.UUID(load_default=None, allow_none=True)
    alone = fields.Boolean(load_default=False)
    reasons = fields.String(load_default="", validate=validate.Length(max=20_000))


class WeighedSchema(Schema):
    decide_anew = fields.List(fields.UUID())  # acts that counted and do not until somebody decides on them


class JudgmentSchema(Strict):
    evidence = fields.UUID(required=True)
    authentic = fields.String(required=True)
    shows = fields.String(required=True, validate=validate.OneOf(list(Shows), error=NOT_A_CODE))
    reasons = fields.String(required=True, validate=validate.Length(max=20_000))


class JudgedSchema(Schema):
    id = fields.UUID()


class GroundSourceSchema(Schema):
    id = fields.UUID()
    facts = fields.Nested(SourceSchema, allow_none=True)
    says = fields.String()
    credibility = fields.String()
    unreadable = unreadable()


class GroundJudgmentSchema(Schema):
    evidence = fields.UUID()
    by = fields.String()
    on = fields.Date()
    authentic = fields.String(allow_none=True)
    shows = fields.String(allow_none=True)
    reasons = fields.String(allow_none=True)


class GroundsSchema(Schema):
    """What an act rests on; `origins`: how many independent ones support, partly support, contradict it."""

    sources = fields.List(fields.Nested(GroundSourceSchema))
    evidence = fields.List(fields.Nested(GroundJudgmentSchema))
    origins = fields.Dict(keys=fields.String(), values=fields.Integer())
    suggested = fields.String(allow_none=True)  # a state, for a person to decide
    two_reviewers = fields.Boolean()


@routes.route("")
@needs(P.REVIEW_DECIDE)
@routes.arguments(QueueQuery, location="query")
@routes.response(200, listing(WaitingSchema, "QueueSchema"))
def queue(query: dict[str, Any]) -> dict[str, Any]:
    """Acts that wait for a decision, the oldest first: of one `state`, in `whose` hands."""
    states = (Verification(query["state"]),) if query.get("state") else WAITING
    whose = review.Whose(query["whose"])
    found = review.queue(work(), states, query["limit"] + 1, mark(query), whose)
    rows, onward = cut(found, lambda row: (str(row[0].received_on), str(row[0].id)), query)
    facts = work().read_all([act for act, _incident in rows], "facts")
    items = [
        {
            "id": act.id,
            "incident": incident.id,
            "reference": incident.reference,
            "verification": act.verification.value,
            "version": act.version,
            "received_on": act.received_on,
            "assignee": who(incident.assignee),
            "due_on": incident.due_on,
            **opened(facts=said),
        }
        for (act, incident), said in zip(rows, facts, strict=True)
    ]
    return {"items": items, "next": onward}


@routes.route("/<uuid:id>/move", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(MoveSchema)
@routes.response(200, MovedSchema)
def move(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Decide on an act, with reasons and what it rests on; never on what one submitted."""
    act = review.act(work(), id)
    if act.version != given["seen"]:
        raise Conflict  # it was edited or decided on since it was looked at
    cites = [str(each) for each in given["cites"]] if "cites" in given else None
    said = review.move(work(), act, Verification(given["to"]), given["reasons"], cites)
    moves = [to.value for to in review.allowed(work(), act)]
    first = bool(said.first_of_two)
    return {"id": act.id, "verification": act.verification.value, "first_of_two": first, "moves": moves}


@routes.route("/<uuid:id>/grounds")
@needs(P.REVIEW_DECIDE)
@routes.response(200, GroundsSchema)
def grounds(id: UUID) -> dict[str, Any]:
    """What an act rests on: its sources, the evidence judged, how many origins, what the grades suggest."""
    act = review.act(work(), id)
    found = review.grounds_of(work(), act)
    suggestion = review.suggest(found, work().actor.id).to
    return {
        "sources": [_source(each) for each in found.told],
        "evidence": [_judgment(each) for each in found.judged],
        "origins": {says.value: len(found.origins(says)) for says in Says},
        "suggested": suggestion.value if suggestion else None,
        "two_reviewers": act.id in review.needing_two(work(), [act]),
    }


@routes.route("/<uuid:id>/weigh", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(WeightSchema)
@routes.response(200, WeighedSchema)
def weigh(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Weigh a source and what it says of an act. What counted on it waits for a new decision."""
    act = review.act(work(), id)
    source, said = review.of_source(work(), act, given.pop("source"))
    beside, reasons = given.pop("beside"), given.pop("reasons")
    one = review.of_source(work(), act, beside)[0] if beside else None
    again = review.weigh(work(), source, said, review.Weight(**given, beside=one), reasons)
    return {"decide_anew": [each.id for each in again]}


@routes.route("/<uuid:id>/judge", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(JudgmentSchema)
@routes.response(201, JudgedSchema)
def judge(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Whether evidence is authentic and what it shows of an act; never of what one brought."""
    act = review.act(work(), id)
    return {"id": review.judge(work(), act, evidence.one(work(), given.pop("evidence")), **given).id}


def _source(each: review.Told) -> dict[str, Any]:
    closed = isinstance(each.facts, Unreadable) or isinstance(each.said, Unreadable)
    credibility = "" if closed else each.graded[1]
    return {"id": each.source.id, "says": each.says, "credibility": credibility, **opened(facts=each.facts)}


def _judgment(each: review.Judged) -> dict[str, Any]:
    facts = {} if isinstance(each.facts, Unreadable) else each.facts
    return {
        "evidence": each.judgment.evidence_id,
        "by": who(each.judgment.judged_by),
        "on": each.judgment.judged_on,
        "authentic": facts.get("authentic"),
        "shows": facts.get("shows"),
        "reasons": None if isinstance(each.reasons, Unreadable) else each.reasons,
    }
