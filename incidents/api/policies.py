"""The policies of a release: what each promises and asks for, and how much any choice of levels leaves today."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.errors import InvalidInput, _
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.release import nodes, policy, promises
from incidents.release.noising import plainly
from incidents.release.policy import Policy
from incidents.work import Permission

routes = Routes("policies", "/policies")
P = Permission
NO_LEVEL = _("Write a column and a level of it, as period:year.")


class Level(fields.Field[tuple[str, str]]):
    """A column and a level of it."""

    def __init__(self) -> None:
        super().__init__(metadata={"type": "string", "example": "period:year"})

    def _deserialize(self, value: Any, *_about: Any, **_more: Any) -> tuple[str, str]:
        column, _colon, level = str(value).partition(":")
        if not column or not level:
            raise ValidationError(NO_LEVEL)
        return column, level


class PolicyLineSchema(Schema):
    """`says`: the promise in a sentence, English and Spanish."""

    name = fields.String()
    title = fields.Dict(keys=fields.String(), values=fields.String())
    says = fields.Dict(keys=fields.String(), values=fields.String())
    product = fields.String()
    protection = fields.Boolean()
    k = fields.Integer()
    signatures = fields.Integer()


class CoarsenedSchema(Schema):
    column = fields.String()
    hierarchy = fields.String()
    levels = fields.List(fields.String(), metadata={"description": "Those that may be told, finest first."})
    rare = fields.Integer()
    ends = fields.Integer()
    ended = fields.Boolean()


class KeptSecretSchema(Schema):
    column = fields.String()
    by = fields.String()
    l = fields.Integer()  # noqa: E741 – its name in the literature
    t = fields.Float(allow_none=True)


class KnowsSchema(Schema):
    name = fields.String()
    columns = fields.List(fields.String())
    says = fields.Dict(keys=fields.String(), values=fields.String())
    k = fields.Integer(allow_none=True)


class PolicySchema(PolicyLineSchema):
    digest = fields.String()
    unit = fields.String()
    purposes = fields.List(fields.String())
    states = fields.List(fields.String())
    suppression = fields.Float(metadata={"description": "Share of the rows that may be left out for k."})
    columns = fields.List(fields.String())
    coarsened = fields.List(fields.Nested(CoarsenedSchema))
    secret = fields.List(fields.Nested(KeptSecretSchema))
    readers = fields.List(fields.Nested(KnowsSchema))
    published = fields.Boolean(metadata={"description": "Only what others published, and nobody told."})
    expires_days = fields.Integer(allow_none=True)
    noise = fields.Dict(allow_none=True, metadata={"description": "Of method D: what chance costs at most."})


class RulesQuery(Strict):
    policy = fields.String(required=True, validate=validate.OneOf(policy.names(), error=NOT_A_CODE))


class LevelsQuery(RulesQuery):
    level = fields.List(Level(), load_default=list)


class LevelsLeftSchema(Schema):
    """Rows that may go by their consents, those that are left of them, and the share of the detail that is lost."""

    levels = fields.Dict(keys=fields.String(), values=fields.String())
    k = fields.Integer()
    rows = fields.Integer()
    kept = fields.Integer()
    out = fields.Integer()
    classes = fields.Integer()
    loss = fields.Float()
    lost = fields.Dict(keys=fields.String(), values=fields.Float())


@routes.route("")
@needs(P.RELEASE_DOWNLOAD)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(PolicyLineSchema, "PoliciesSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Every policy in a sentence, in the order of their names."""
    found, onward = sliced([*map(policy.load, policy.names())], lambda each: (each.name,), query)
    return {"items": [_line(each) for each in found], "next": onward}


@routes.route("/rules")
@needs(P.RELEASE_DOWNLOAD)
@routes.arguments(RulesQuery, location="query")
@routes.response(200, PolicySchema)
def shown(query: dict[str, Any]) -> dict[str, Any]:
    """One policy whole: what it keeps, coarsens and drops, and against whom it holds."""
    found = policy.load(query["policy"])
    return {
        **_line(found),
        "digest": found.digest,
        "unit": found.unit,
        "purposes": list(found.purposes),
        "states": list(found.states),
        "suppression": found.suppression,
        "columns": list(found.columns),
        "coarsened": [{**asdict(each), "levels": list(each.levels)} for each in found.quasi],
        "secret": [asdict(each) for each in found.secret],
        "readers": [
            {
                "name": each.name,
                "columns": list(each.columns),
                "says": {"en": each.text_en, "es": each.text_es},
                "k": each.k,
            }
            for each in found.attackers
        ],
        "published": found.published,
        "expires_days": found.expires_days,
        "noise": {**found.noise.said(), "ceiling": plainly(found.noise.ceiling)} if found.noise else None,
    }


def _line(found: Policy) -> dict[str, Any]:
    return {
        "name": found.name,
        "title": {"en": found.title("en"), "es": found.title("es")},
        "says": {"en": promises.sentence(found, "en"), "es": promises.sentence(found, "es")},
        "product": found.product,
        "protection": found.protection,
        "k": found.k,
        "signatures": found.signatures,
    }


@routes.route("/count")
@needs(P.RELEASE_PREPARE)
@routes.arguments(LevelsQuery, location="query")
@routes.response(200, LevelsLeftSchema)
def count(query: dict[str, Any]) -> dict[str, Any]:
    """How much the data of today leave at these levels, `level=period:year` again and again; the rest at its finest."""
    rules = policy.load(query["policy"])
    levels = dict(query["level"])
    known = {each.column: each.levels for each in rules.quasi}
    if any(level not in known.get(column, ()) for column, level in levels.items()):
        raise InvalidInput({"level": [NOT_A_CODE]})
    found = nodes.of_today(work(), rules, levels)
    return {
        "levels": dict(found.levels),
        "k": rules.k,
        "rows": found.rows,
        "kept": found.kept,
        "out": found.out,
        "classes": found.classes,
        "loss": found.loss,
        "lost": dict(found.lost),
    }
