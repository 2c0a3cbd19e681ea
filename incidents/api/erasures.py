"""What waits to be erased, and the rules that propose it. Nothing here happens by itself."""

from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import erasure
from incidents.api.frame import Routes, house, once_done, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import opened, unreadable
from incidents.gate import needs
from incidents.intake.schema import Strict
from incidents.model.erasure import ErasureProposal, RetentionRule
from incidents.work import Permission

routes = Routes("erasures", "/erasures")
P = Permission


class ErasureLineSchema(Schema):
    id = fields.UUID()
    kind = fields.String()
    about = fields.UUID(metadata={"description": "The person or the report."})
    rule = fields.UUID(allow_none=True, metadata={"description": "That proposed it; none: somebody asked."})
    proposed_by = fields.String(allow_none=True)
    proposed_on = fields.Date()
    due_on = fields.Date()
    agreed_by = fields.String(allow_none=True)
    words = fields.String(allow_none=True)
    unreadable = unreadable()


class CallOffSchema(Strict):
    words = fields.String(required=True, validate=validate.Length(max=20_000))
    until = fields.Date(metadata={"description": "No rule proposes it before that day."})


class RuleSchema(Strict):
    about = fields.String(required=True, validate=validate.Length(max=200))
    months = fields.Integer(required=True)


class RuleLineSchema(Schema):
    id = fields.UUID()
    about = fields.String()
    months = fields.Integer()
    set_on = fields.Date()
    set_by = fields.String(allow_none=True)


class LookedSchema(Schema):
    count = fields.Integer()


@routes.route("")
@needs(P.CONSENT_RECORD)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(ErasureLineSchema, "ErasuresSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """What waits to be erased, the first due first."""
    waiting = erasure.open_ones(work())
    rows, onward = sliced(waiting, lambda each: (str(each.due_on), str(each.id)), query)
    return {"items": [_line(each) for each in rows], "next": onward}


def _line(each: ErasureProposal) -> dict[str, Any]:
    words = work().read_all([each], "words")[0] if each.words else None
    return {
        "id": each.id,
        "kind": each.kind,
        "about": each.subject,
        "rule": each.rule_id,
        "proposed_by": who(each.proposed_by),
        "proposed_on": each.proposed_on,
        "due_on": each.due_on,
        "agreed_by": who(each.agreed_by) if each.agreed_by else None,
        **opened(words=words),
    }


@routes.route("/<uuid:id>/agree", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.response(200, ErasureLineSchema)
def agree(id: UUID) -> dict[str, Any]:
    """The second of the staff stands for what somebody asked; it waits for its day all the same."""
    proposal = work().get(ErasureProposal, id)
    erasure.agree(work(), proposal)
    return _line(proposal)


@routes.route("/<uuid:id>/call-off", methods=["POST"])
@needs(P.ERASURE_DO)
@routes.arguments(CallOffSchema)
@routes.response(204)
def call_off(given: dict[str, Any], id: UUID) -> None:
    """It stays, for a reason. A withdrawal that came with it stays in force."""
    erasure.call_off(work(), work().get(ErasureProposal, id), given["words"], given.get("until"))


@routes.route("/<uuid:id>/carry-out", methods=["POST"])
@needs(P.ERASURE_DO)
@routes.response(204)
def carry_out(id: UUID) -> None:
    """Do it, on or after its day: its keys are destroyed."""
    erasure.carry_out(work(), work().get(ErasureProposal, id))
    once_done(partial(erasure.finish, house()))


# -- the rules that propose


@routes.route("/rules")
@needs(P.CONSENT_RECORD)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(RuleLineSchema, "RulesSchema"))
def rules(query: dict[str, Any]) -> dict[str, Any]:
    """The rules in force: after how many months what is proposed."""
    found, onward = sliced(erasure.rules(work()), lambda rule: (rule.about, str(rule.id)), query)
    return {"items": [_rule(each) for each in found], "next": onward}


def _rule(rule: RetentionRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "about": rule.about,
        "months": rule.months,
        "set_on": rule.set_on,
        "set_by": who(rule.set_by),
    }


@routes.route("/rules", methods=["POST"])
@needs(P.ERASURE_DO)
@routes.arguments(RuleSchema)
@routes.response(201, RuleLineSchema)
def set_rule(given: dict[str, Any]) -> dict[str, Any]:
    """Set one, instead of the one before; asks for a passphrase given just now. It never erases by itself."""
    return _rule(erasure.set_rule(work(), given["about"], given["months"]))


@routes.route("/rules/<uuid:id>/end", methods=["POST"])
@needs(P.ERASURE_DO)
@routes.response(204)
def end_rule(id: UUID) -> None:
    """Nothing is proposed by it any more; what waits under it stays on the list."""
    erasure.end_rule(work(), work().get(RetentionRule, id))


@routes.route("/look", methods=["POST"])
@needs(P.ERASURE_DO)
@routes.response(200, LookedSchema)
def look() -> dict[str, int]:
    """Propose what is past its time; each waits thirty days."""
    return {"count": erasure.look(work())}
