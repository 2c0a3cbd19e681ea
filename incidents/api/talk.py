"""Questions to whoever sent a report, their answers, comments among reviewers, in whose hands an incident is."""

from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, after_this_request, g
from marshmallow import Schema, fields, validate

from incidents import review, search
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import opened, unreadable
from incidents.gate import needs
from incidents.intake import drafts, questions, report
from incidents.intake.questions import Asked
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.incident import Incident
from incidents.model.report import Report
from incidents.model.talk import Question, QuestionState
from incidents.work import Permission

routes = Routes("talk", "")
P = Permission
LONGEST = validate.Length(max=20_000)


class AskSchema(Strict):
    """What is missing, as a code; `other` in words alone. `act`: the sender is not told which."""

    code = fields.String(
        required=True, validate=validate.OneOf(report.REASONS_TO_ASK, error=NOT_A_CODE), data_key="question"
    )
    words = fields.String(load_default="", validate=LONGEST)
    act = fields.UUID(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)


class AnswerToSchema(Strict):
    question = fields.UUID(required=True)
    words = fields.String(required=True, validate=LONGEST)


class CommentOnSchema(Strict):
    """`@name` in the words calls a member who may read the incident."""

    words = fields.String(required=True, validate=LONGEST)
    act = fields.UUID(load_default=None, allow_none=True)


class HandsSchema(Strict):
    """No `due_on`: it is due as it was; null: on no day."""

    assignee = fields.UUID(required=True, allow_none=True)
    due_on = fields.Date(load_default=lambda: review.Day.AS_IT_IS, allow_none=True)  # a plain one is no JSON


class HandedSchema(Schema):
    assignee = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)


class QuestionsQuery(SliceQuery):
    state = fields.String(
        load_default=QuestionState.WAITING.value,
        validate=validate.OneOf([QuestionState.WAITING, QuestionState.ANSWERED]),
    )


class SaidSchema(Schema):
    by = fields.String(allow_none=True)
    on = fields.Date()
    words = fields.String(allow_none=True)
    unreadable = unreadable()


class CommentedSchema(SaidSchema):
    """Whom it calls; what stands after an @ and is nobody's name, or the first one of several."""

    called = fields.List(fields.String())
    nobody = fields.List(fields.String())
    several = fields.List(fields.String())


class QuestionSchema(Schema):
    id = fields.UUID()
    report = fields.UUID()
    act = fields.UUID(allow_none=True)
    state = fields.String()
    question = fields.String()  # the code
    by = fields.String(allow_none=True)
    on = fields.Date()
    due_on = fields.Date(allow_none=True)
    words = fields.String(allow_none=True)
    unreadable = unreadable()
    answers = fields.List(fields.Nested(SaidSchema))


class QuestionsSchema(Schema):
    questions = fields.List(fields.Nested(QuestionSchema))


class TalkSchema(QuestionsSchema):
    comments = fields.List(fields.Nested(SaidSchema))


class MentionSchema(Schema):
    incident = fields.UUID()
    act = fields.UUID(allow_none=True)
    by = fields.String(allow_none=True)
    on = fields.Date()


# -- the reviewers'


@routes.route("/questions")
@needs(P.REVIEW_DECIDE)
@routes.arguments(QuestionsQuery, location="query")
@routes.response(200, listing(QuestionSchema, "QuestionsListSchema"))
def waiting(query: dict[str, Any]) -> dict[str, Any]:
    """Questions that wait for an answer, the first due on top; or those with one that nobody read."""
    found = questions.waiting(work(), (QuestionState(query["state"]),))
    rows, onward = sliced(found, _place, query)
    return {"items": [_line(Asked(each, None)) for each in rows], "next": onward}


def _place(question: Question) -> tuple[str, str, str]:
    return str(question.due_on or date.max), str(question.asked_on), str(question.id)


@routes.route("/questions/<uuid:id>/settle", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.response(200, QuestionSchema)
def settle(id: UUID) -> dict[str, Any]:
    """The answer was read, or none is needed any more."""
    question = questions.one(work(), id)
    questions.settle(work(), question)
    return _line(Asked(question, None))


@routes.route("/inbox/<uuid:id>/ask", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(AskSchema)
@routes.response(201, QuestionSchema)
def ask(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Ask whoever sent a report, while it waits or after it was taken in."""
    sent, act = work().get(Report, id), review.act(work(), given["act"]) if given["act"] else None
    asked = questions.ask(work(), sent, given["code"], given["words"], act, given["due_on"])
    return _line(Asked(asked, given["words"] or None))


@routes.route("/incidents/<uuid:id>/talk")
@needs(P.REVIEW_DECIDE)
@routes.response(200, TalkSchema)
def incident(id: UUID) -> dict[str, Any]:
    """What was asked and answered about the reports of an incident, and what reviewers said of it."""
    found = _incident(id)
    sent = [each.id for each in review.reports_of(work(), found)]
    said = review.comments(work(), found)
    review.see(work(), [row for row, _words in said])
    return {
        "questions": [_line(each) for each in questions.of_reports(work(), sent)],
        "comments": [
            {"by": who(row.said_by), "on": row.said_on, **opened(words=words)} for row, words in said
        ],
    }


@routes.route("/incidents/<uuid:id>/comments", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(CommentOnSchema)
@routes.response(201, CommentedSchema)
def comment(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Say something to the other reviewers about an incident, or an act of it."""
    act = review.act(work(), given["act"]) if given["act"] else None
    row = review.comment(work(), _incident(id), given["words"], act)
    calls = review.mentioned(given["words"], review.readers(work()))
    called = {
        "called": [who(user.id) for user in calls.users],
        "nobody": calls.nobody,
        "several": calls.several,
    }
    return {"by": who(row.said_by), "on": row.said_on, **opened(words=given["words"].strip()), **called}


@routes.route("/incidents/<uuid:id>/assign", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(HandsSchema)
@routes.response(200, HandedSchema)
def assign(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Into a reviewer's hands; null: into nobody's. Without `due_on` it is due as it was."""
    found = _incident(id)
    review.assign(work(), [found], given["assignee"], given["due_on"])
    return {"assignee": who(found.assignee), "due_on": found.due_on}


def _incident(id: UUID) -> Incident:
    return search.incident(work(), search.kept(work(), search.incident(work(), id).id))


@routes.route("/mentions")
@needs(P.INCIDENT_READ)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(MentionSchema, "MentionsSchema"))
def mentions(query: dict[str, Any]) -> dict[str, Any]:
    """Where a comment calls me that I have not seen."""
    found = review.unseen(work())
    rows, onward = sliced(found, lambda row: (str(row[1].said_on), str(row[0].id)), query, down=True)
    said = [
        {"incident": there.id, "act": said.act_id, "by": who(said.said_by), "on": said.said_on}
        for _mention, said, there in rows
    ]
    return {"items": said, "next": onward}


# -- the sender's


@routes.route("/reports/<uuid:id>/questions")
@needs(P.REPORT_READ_OWN)
@routes.response(200, QuestionsSchema)
def of_report(id: UUID) -> dict[str, Any]:
    """What I was asked about a report of mine, and what I answered. Not by whom, nor about which act."""
    found = questions.of_report(work(), report.own_line(work(), id))
    return {"questions": [_line(each) | {"by": None, "act": None} for each in found]}


@routes.route("/reports/<uuid:id>/answer", methods=["POST"])
@needs(P.REPORT_READ_OWN, repeatable=True)
@routes.arguments(AnswerToSchema)
@routes.response(201, SaidSchema)
def answer(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Answer one of them. Sent twice, it is kept once."""
    draft = questions.draft_of(work(), given["question"])
    row = questions.answer(work(), id, given["question"], given["words"])
    g.spent = draft if questions.draft_of(work(), given["question"]) is None else None

    @after_this_request
    def shred(response: Response) -> Response:
        if response.status_code == HTTPStatus.CREATED and g.spent is not None:
            drafts.shred(work(), g.spent, drafts.SENT)
        return response

    return {"by": who(row.said_by), "on": row.said_on, **opened(words=given["words"].strip())}


def _line(asked: Asked) -> dict[str, Any]:
    question = asked.question
    return {
        "id": question.id,
        "report": question.report_id,
        "act": question.act_id,
        "state": question.state.value,
        "question": question.code,
        "by": who(question.asked_by),
        "on": question.asked_on,
        "due_on": question.due_on,
        **opened(words=asked.words),
        "answers": [
            {"by": who(row.said_by), "on": row.said_on, **opened(words=words)} for row, words in asked.answers
        ],
    }
