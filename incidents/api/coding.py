"""Double coding: samples drawn, one's own sheets coded unseen, how far the coders agree and where they differ."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import agreement
from incidents.agreement import Difference, Estimate, Figures, Measured, Sheet
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.errors import InvalidInput, _
from incidents.gate import needs
from incidents.intake.schema import Strict
from incidents.model.coding import CodingState, Sample
from incidents.translations import into
from incidents.work import Permission

routes = Routes("coding", "/coding")
P = Permission
NO_QUESTION = _("This sheet has no such question.")
EMPTY = _("Some questions are empty. Say with `sure` that it is done all the same.")


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


# -- drawn and coded


class DrawSchema(Strict):
    """Without a `seed` one is made; the same seed draws the same reports again."""

    size = fields.Integer(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    coders = fields.List(fields.UUID(), required=True, validate=validate.Length(max=100))
    questions = fields.List(fields.String(), required=True, validate=validate.Length(max=100))
    seed = fields.String(load_default="", validate=validate.Length(max=200))


class DrawnSchema(SampleSchema):
    size = fields.Integer(metadata={"description": "Drawn; fewer than asked for where no more can be."})


class OwnSheetSchema(Schema):
    """`state`: waiting, begun, done; out: it is not to be coded any more."""

    id = fields.UUID()
    number = fields.Integer()
    state = fields.String()


class ProgressSchema(Schema):
    coder = fields.String()
    done = fields.Integer()
    of = fields.Integer()


SheetsSchema = listing(
    OwnSheetSchema,
    "OwnSheetsSchema",
    closed=fields.Boolean(),
    progress=fields.List(
        fields.Nested(ProgressSchema),
        metadata={"description": "Of each coder, for who may draw; of oneself alone, for who codes."},
    ),
)


class SheetQuestionSchema(Schema):
    """`vocabulary`: the code list it is answered from; of nationalities the countries too."""

    key = fields.String()
    group = fields.String()
    vocabulary = fields.String()
    many = fields.Boolean()


class CodingSheetSchema(OwnSheetSchema):
    sample = fields.UUID()
    over = fields.Boolean(
        metadata={"description": "Done, or the sample was closed: nothing is kept any more."}
    )
    account = fields.String()
    questions = fields.List(fields.Nested(SheetQuestionSchema))
    answers = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class CodedAnswersSchema(Strict):
    """All that is chosen, question by question. `done` is for good; with questions left empty it needs `sure` too."""

    answers = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String(), validate=validate.Length(max=500)),
        required=True,
    )
    done = fields.Boolean(load_default=False)
    sure = fields.Boolean(load_default=False)


class SaidBySchema(Schema):
    coder = fields.String()
    codes = fields.List(fields.String())


class UnlikeCodesSchema(Schema):
    """A question of one report that its coders answered in different ways."""

    number = fields.Integer()
    report = fields.UUID()
    reference = fields.String()
    question = fields.String()
    vocabulary = fields.String()
    said = fields.List(fields.Nested(SaidBySchema))


@routes.route("", methods=["POST"])
@needs(P.CODING_DRAW)
@routes.arguments(DrawSchema)
@routes.response(HTTPStatus.CREATED, DrawnSchema)
def draw(given: dict[str, Any]) -> dict[str, Any]:
    """Draw a sample of the reports of some days, to be coded unseen by two to four people."""
    found = agreement.draw(work(), agreement.Wanted(**given))
    made = {"id": found.id, "drawn_on": found.drawn_on, "coders": len(found.coders), "finished": False}
    return {**made, "size": agreement.drawn_of(work(), found).size}


@routes.route("/<uuid:id>/close", methods=["POST"])
@needs(P.CODING_DRAW)
@routes.response(200, SampleSchema)
def close(id: UUID) -> dict[str, Any]:
    """End it before everybody has finished: what was done by now is measured."""
    found = agreement.sample(work(), id)
    agreement.close(work(), found)
    return _line(found)


@routes.route("/<uuid:id>/differences")
@needs(P.CODING_READ)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(UnlikeCodesSchema, "DifferencesOfCodingSchema"))
def differences(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Where the coders differ, for those who coded it and who may draw; once all have finished, 409 before."""
    found = agreement.differences(work(), agreement.sample(work(), id))
    rows, onward = sliced(found, lambda each: (each.number, each.question.key), query)
    return {"items": [_differ(each) for each in rows], "next": onward}


def _differ(each: Difference) -> dict[str, Any]:
    return {
        "number": each.number,
        "report": each.report_id,
        "reference": each.reference,
        "question": each.question.key,
        "vocabulary": each.question.vocabulary,
        "said": [{"coder": who(coder), "codes": _codes(value)} for coder, value in each.answers],
    }


def _codes(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@routes.route("/<uuid:id>/sheets")
@needs(P.CODING_READ)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, SheetsSchema)
def sheets(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """My own sheets of a sample, by their numbers; none, where I do not code it."""
    found = agreement.sample(work(), id)
    counting = {row.id for row in agreement.standing(work(), found).rows}
    rows, onward = sliced(agreement.own(work(), found), lambda row: (row.number, str(row.id)), query)
    return {
        "items": [
            {
                "id": row.id,
                "number": row.number,
                "state": row.state.value if row.id in counting else "out",
            }
            for row in rows
        ],
        "next": onward,
        "closed": found.closed_on is not None,
        "progress": [
            {"coder": who(each.coder), "done": each.done, "of": each.of}
            for each in agreement.progress(work(), found)
        ],
    }


@routes.route("/sheets/<uuid:id>")
@needs(P.CODING_DO)
@routes.response(200, CodingSheetSchema)
def sheet(id: UUID) -> dict[str, Any]:
    """The account as told, what is to be coded of it, and what I chose so far; another's sheet is not there."""
    return _sheet(agreement.open_sheet(work(), id))


@routes.route("/sheets/<uuid:id>", methods=["POST"])
@needs(P.CODING_DO, repeatable=True)
@routes.arguments(CodedAnswersSchema)
@routes.response(200, OwnSheetSchema)
def code(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Keep what was chosen, to go on with; or `done`, for good. Nobody else sees it before all have finished."""
    opened, answers = agreement.open_sheet(work(), id), given["answers"]
    unknown = answers.keys() - {each.key for each in opened.questions}
    if unknown:
        raise InvalidInput({f"answers.{key}": [NO_QUESTION] for key in unknown})
    with _at_answers():
        empty = agreement.left_empty(opened, answers)
    if given["done"] and 0 < empty < len(opened.questions) and not given["sure"]:
        raise InvalidInput({"sure": [EMPTY]})
    with _at_answers():
        agreement.keep(work(), opened, answers, done=given["done"])
    row = opened.coding
    return {"id": row.id, "number": row.number, "state": row.state.value}


@contextmanager
def _at_answers() -> Iterator[None]:
    """What is wrong with an answer is said where it stands in the body."""
    try:
        yield
    except InvalidInput as problem:
        raise InvalidInput({f"answers.{key}": said for key, said in problem.fields.items()}) from None


def _sheet(opened: Sheet) -> dict[str, Any]:
    row = opened.coding
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state.value,
        "sample": opened.sample.id,
        "over": row.state == CodingState.DONE or opened.sample.closed_on is not None,
        "account": opened.account,
        "questions": opened.questions,
        "answers": {key: _codes(value) for key, value in opened.answers.items()},
    }
