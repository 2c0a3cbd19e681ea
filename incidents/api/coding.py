"""Double coding: the samples, and how far the coders of one agree. Nobody is named."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from incidents import agreement
from incidents.agreement import Estimate, Figures, Measured
from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.gate import needs
from incidents.model.coding import Sample
from incidents.translations import into
from incidents.work import Permission

routes = Routes("coding", "/coding")
P = Permission


class SampleSchema(Schema):
    id = fields.UUID()
    drawn_on = fields.Date()
    coders = fields.Integer()
    finished = fields.Boolean()


class EstimateSchema(Schema):
    """A coefficient and its interval at 95 %; no interval where all agreed."""

    value = fields.Float()
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)


class FiguresSchema(Schema):
    """`code`: null for the question as a whole. `few`: too few to say, so that no coefficient is given.

    `too_little_varies`: kappa or alpha is left out for that reason.
    """

    question = fields.String()
    vocabulary = fields.String()
    code = fields.String(allow_none=True)
    reports = fields.Integer()
    agreed = fields.Float(allow_none=True)
    kappa = fields.Nested(EstimateSchema, allow_none=True)
    alpha = fields.Nested(EstimateSchema, allow_none=True)
    few = fields.Boolean()
    one_code = fields.Boolean()
    too_little_varies = fields.Boolean()


class AgreementSchema(Schema):
    since = fields.Date()
    until = fields.Date()
    seed = fields.String()
    drawn = fields.Integer()
    drawn_from = fields.Integer()
    without_account = fields.Integer()
    coders = fields.Integer()
    reports = fields.Integer()
    left_out = fields.Integer()
    figures = fields.List(fields.Nested(FiguresSchema))
    method = fields.Dict(
        keys=fields.String(), values=fields.String()
    )  # language → what a method chapter says


@routes.route("")
@needs(P.CODING_READ)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(SampleSchema, "AllSamplesSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Every sample, the newest first."""
    found = agreement.samples(work())
    rows, onward = sliced(found, lambda row: (str(row.drawn_on), str(row.id)), query, down=True)
    return {"items": [_line(each) for each in rows], "next": onward}


def _line(sample: Sample) -> dict[str, Any]:
    return {
        "id": sample.id,
        "drawn_on": sample.drawn_on,
        "coders": len(sample.coders),
        "finished": agreement.finished(work(), sample),
    }


@routes.route("/<uuid:id>")
@needs(P.CODING_READ)
@routes.response(200, AgreementSchema)
def agreed(id: UUID) -> dict[str, Any]:
    """How far those who coded a sample agree, once all have finished; 409 before."""
    found = agreement.agreement(work(), agreement.sample(work(), id))
    drawn = found.drawn
    return {
        **{name: getattr(drawn, name) for name in ("since", "until", "seed", "without_account")},
        "drawn": drawn.size,
        "drawn_from": drawn.of,
        **{name: getattr(found, name) for name in ("coders", "reports", "left_out")},
        "figures": [line for each in found.questions for line in _lines(each)],
        "method": {each: " ".join(agreement.sentences(found, into(each), each)) for each in ("en", "es")},
    }


def _lines(each: Measured) -> list[dict[str, Any]]:
    about = {"question": each.question.key, "vocabulary": each.question.vocabulary}
    whole: list[tuple[str | None, Figures]] = [(None, each.figures), *each.codes]
    return [about | {"code": code, **_figures(figures)} for code, figures in whole]


def _figures(said: Figures) -> dict[str, Any]:
    return {
        "reports": said.count,
        "agreed": said.agreed,
        "kappa": _estimate(said.kappa),
        "alpha": _estimate(said.alpha),
        "few": said.few,
        "one_code": said.one_code,
        "too_little_varies": any(each is not None and each.vague for each in (said.kappa, said.alpha)),
    }


def _estimate(said: Estimate | None) -> dict[str, float | None] | None:
    return None if said is None or said.vague else {"value": said.value, "low": said.low, "high": said.high}
