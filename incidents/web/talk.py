"""Questions to senders, their answers, comments among reviewers: on one page an incident, one for whoever answers."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, after_this_request, g, make_response, redirect, request, url_for
from flask_babel import gettext as _

from incidents import review, search
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.intake import drafts, questions, report, succeeding
from incidents.intake.questions import Asked
from incidents.model.incident import Act, Incident
from incidents.model.report import Report
from incidents.model.talk import Comment, QuestionState
from incidents.review import Calls
from incidents.web.frame import go, must_be_mine, page, say, work, wrong
from incidents.web.language import label
from incidents.web.records import afresh, as_id, value, who
from incidents.work import Permission, Unreadable

routes = Blueprint("talk", __name__)
P = Permission
LISTS = {"": (QuestionState.WAITING,), "answered": (QuestionState.ANSWERED,)}


# -- on other pages


@routes.app_template_global("talk_of_incident")
def of_incident(id: UUID) -> dict[str, Any]:
    """What was asked and said, for the page of an incident; nothing for whoever does not review."""
    return _said(search.incident(work(), id)) if work().actor.may(P.REVIEW_DECIDE) else {}


@routes.app_template_global("talk_of_act")
def of_act(id: UUID) -> dict[str, Any]:
    """The same of one act: what was asked and said about it or about all its incident."""
    act = review.act(work(), id)
    return _said(search.incident(work(), search.kept(work(), act.incident_id)), act)


@routes.app_template_global("talk_of_report")
def of_report(id: UUID) -> dict[str, Any]:
    """What was asked about a report and answered, for its page in the inbox."""
    found = questions.of_report(work(), work().get(Report, id))
    return {"questions": [_question(each) for each in found], "waits": _waits(found)}


@routes.app_template_global("talk_of_own")
def of_own(id: UUID) -> dict[str, Any]:
    """What I was asked about a report of mine and what I answered. Not by whom, nor about which record of theirs."""
    found = questions.of_report(work(), report.own_line(work(), id))
    return {
        "questions": [_as_asked(each) for each in found],
        "waits": _waits(found),
        "typed": any(questions.draft_of(work(), each.question.id) for each in found),
        "goes_on": any(each.question.state != QuestionState.ENDED for each in found),
    }


def _waits(found: list[Asked]) -> bool:
    return any(each.question.state == QuestionState.WAITING for each in found)


def _said(incident: Incident, act: Act | None = None) -> dict[str, Any]:
    only = act.id if act else None
    sent = review.reports_of(work(), incident)
    found = questions.of_reports(work(), [each.id for each in sent], only)
    said = review.comments(work(), incident, only)
    calls = review.calls(work(), said)
    review.see(work(), [row for row, words in said if words != Unreadable("closed")])
    here = url_for("talk.incident", id=incident.id, act=only)
    return {
        "url": here,
        "questions": [_question(each) | {"reference": _reference(sent, each)} for each in found],
        "comments": [_comment(row, words, calls[row.id]) for row, words in said],
        "waits": _waits(found),
        "answered": any(each.question.state == QuestionState.ANSWERED for each in found),
    }


def _reference(sent: list[Report], asked: Asked) -> str:
    """Of an earlier version of one of them, its own."""
    known = {each.id: each for each in sent}
    return (known.get(asked.question.report_id) or work().get(Report, asked.question.report_id)).reference


def _as_asked(asked: Asked) -> dict[str, Any]:
    question = asked.question
    return {
        "id": question.id,
        "code": question.code,
        "words": asked.words,
        "on": question.asked_on,
        "by": "",
        "state": question.state.value,
        "due_on": question.due_on if question.state == QuestionState.WAITING else None,
        "overdue": _is_late(question.due_on) and question.state == QuestionState.WAITING,
        "answers": [{"on": row.said_on, "by": "", "words": words} for row, words in asked.answers],
    }


def _is_late(day: date | None) -> bool:
    return day is not None and day < work().today


def _question(asked: Asked) -> dict[str, Any]:
    line = _as_asked(asked)
    for said, (row, _words) in zip(line["answers"], asked.answers, strict=True):
        said["by"] = who(row.said_by)
    ended = asked.question.state == QuestionState.ENDED or asked.question.version is None
    settle = None if ended else url_for("talk.settle", id=asked.question.id)
    return line | {"by": who(asked.question.asked_by), "settle_url": settle}


def _comment(row: Comment, words: Any, calls: Calls) -> dict[str, Any]:
    return {
        "by": who(row.said_by),
        "on": row.said_on,
        "words": words,
        "called": [user.name for user in calls.users],
        "nobody": calls.nobody,
        "several": calls.several,
    }


# -- the reviewers' pages


@routes.get("/talk/")
@needs(P.REVIEW_DECIDE)
def listed() -> Response:
    """Questions that wait for an answer, the first due on top; or those with an answer that nobody read yet."""
    state = request.args.get("state", "")
    found = questions.waiting(work(), LISTS.get(state, LISTS[""]))
    lines = []
    for question in found[: questions.PER_PAGE]:
        sent = work().get(Report, question.report_id)
        lines.append(
            {
                "reference": sent.reference,
                "url": _where(sent, question.act_id),
                "code": question.code,
                "on": question.asked_on,
                "by": who(question.asked_by),
                "due_on": question.due_on,
                "overdue": _is_late(question.due_on) and question.state == QuestionState.WAITING,
            }
        )
    more = len(found) - len(lines)
    return page("talk/list.html", questions=lines, state=state if state in LISTS else "", more=more)


def _where(sent: Report, act: UUID | None = None) -> str:
    """Where a question stands: on its act, its incident, or its report in the inbox."""
    found = succeeding.standing(work(), act) if act else None
    incident = found.incident_id if found else succeeding.taken_in_as(work(), sent)
    if incident is None:
        return url_for("inbox.report", id=sent.id)
    return url_for("talk.incident", id=search.kept(work(), incident), act=found.id if found else None)


@routes.route("/talk/incidents/<uuid:id>", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def incident(id: UUID) -> Response:
    """What was asked and said about an incident; posted, a question, a comment, or in whose hands it is until when."""
    found = search.incident(work(), search.kept(work(), search.incident(work(), id).id))
    if request.method == "GET":
        return page("talk/incident.html", **_context(found))
    deeds = {"ask": _ask, "comment": _comment_on, "assign": _assign}
    deed = request.form.get("deed", "")
    if deed not in deeds:
        raise NotFound
    try:
        deeds[deed](found)
    except InvalidInput as problem:
        return wrong("talk/incident.html", problem, **_context(found))
    return go("talk.incident", id=found.id, act=request.args.get("act"))


def _context(found: Incident) -> dict[str, Any]:
    """`act`: the one that it was come from, chosen in the forms; the page shows all that was said."""
    chosen = request.args.get("act", None, UUID)
    acts = search.acts_of(work(), search.together(work(), [found.id]))
    return {
        **_said(found),
        "incident": {"reference": found.reference, "url": url_for("incident.show", id=found.id)},
        "acts": [(str(act.id), _act(n, said)) for n, (act, said) in enumerate(acts, 1)],
        "chosen": str(chosen) if chosen else "",
        "act_url": url_for("review.act", id=chosen) if chosen in {act.id for act, _said in acts} else None,
        "reports": [
            (
                str(each.id),
                _("%(reference)s, sent by %(name)s", reference=each.reference, name=who(each.recorded_by)),
            )
            for each in review.reports_of(work(), found)
        ],
        "readers": [user.name for user in review.readers(work()) if user.id != work().actor.id],
        "reviewers": [(str(user.id), user.name) for user in review.reviewers(work())],
        "assignee": str(found.assignee or ""),
        "due_on": found.due_on,
        "overdue": _is_late(found.due_on),
    }


def _act(number: int, facts: Any) -> str:
    kind = value(facts, "type")
    words = label(kind, "act") if isinstance(kind, str) else ""
    return ": ".join(word for word in (_("Act %(number)s", number=number), words) if word)


def _day(name: str) -> date | None:
    given = request.form.get(name, "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise InvalidInput({name: [_("Choose a day.")]}) from None


def _act_of(found: Incident) -> Act | None:
    """The act that was chosen; one of another incident is not there."""
    given = request.form.get("act", "")
    act = review.act(work(), as_id(given)) if given else None
    if act is not None and act.incident_id not in search.together(work(), [found.id]):
        raise NotFound
    return act


def _ask(found: Incident) -> None:
    sent = {str(each.id): each for each in review.reports_of(work(), found)}
    given = request.form.get("report", "")
    if given not in sent:
        raise InvalidInput({"report": [_("Choose one of these.")]})
    code, words = request.form.get("question", ""), request.form.get("words", "")
    questions.ask(work(), sent[given], code, words, _act_of(found), _day("due_on"))
    say(_("Asked. The sender sees it beside the report."))


def _comment_on(found: Incident) -> None:
    review.comment(work(), found, request.form.get("comment", ""), _act_of(found))
    say(_("Said. Whom it calls, and which names are nobody's, stands below it."))


def _assign(found: Incident) -> None:
    given = request.form.get("assignee", "")
    until = _day("until") if "until" in request.form else review.Day.AS_IT_IS
    try:
        review.assign(work(), [found], as_id(given) if given else None, until)
    except InvalidInput as problem:
        raise InvalidInput(
            {"until" if n == "due_on" else n: told for n, told in problem.fields.items()}
        ) from None
    say(_("In whose hands it is was changed."))


@routes.post("/talk/questions/<uuid:id>/settle")
@needs(P.REVIEW_DECIDE)
def settle(id: UUID) -> Response:
    """The answer was read, or none is needed any more."""
    question = questions.one(work(), id)
    questions.settle(work(), question)
    say(_("Done with it."))
    where = _where(work().get(Report, question.report_id), question.act_id)
    return make_response(redirect(where, 303))


# -- whoever answers


@routes.route("/reports/<uuid:id>/answer", methods=["GET", "POST"])
@needs(P.REPORT_READ_OWN, repeatable=True)
def answer(id: UUID) -> Response:
    """What I was asked about one report of mine. Another's, and one that is not there, are the same answer."""
    if request.method == "GET":
        return page("talk/answer.html", **_to_answer(id))
    afresh()
    must_be_mine()
    question, number = as_id(request.form.get("question", "")), request.form.get("number", "")
    words = request.form.get(f"{number}.words", "")
    try:
        return (
            _keep(id, question, words) if request.form.get("deed") == "save" else _answer(id, question, words)
        )
    except InvalidInput as problem:
        told = {f"{number}.{name}": sentences for name, sentences in problem.fields.items()}
        return wrong("talk/answer.html", InvalidInput(told), **_to_answer(id))
    except Problem as problem:
        if problem.status not in {409, 422}:
            raise
        return wrong("talk/answer.html", problem, **_to_answer(id))


def _to_answer(id: UUID) -> dict[str, Any]:
    sent = report.own_line(work(), id)
    lines = of_own(id)["questions"]
    for line in lines:
        line["kept"], line["kept_at"] = questions.kept(work(), line["id"])
    return {
        "report": {"reference": sent.reference, "url": url_for("report.show", id=id)},
        "questions": lines,
        "keep_url": url_for("talk.kept", id=id),
    }


def _keep(id: UUID, question: UUID, words: str) -> Response:
    _keep_it(id, question, words)
    say(_("Saved as a draft. It is not sent yet.") if words.strip() else _("Nothing is kept."))
    return go("talk.answer", id=id)


def _keep_it(id: UUID, question: UUID, words: str) -> bool:
    """Whether there is a draft of it now."""
    draft = questions.draft_of(work(), question)
    made = questions.keep(work(), id, question, words)
    _shred(draft, made.id if made else None, drafts.BY_ITS_WRITER)
    return made is not None


def _answer(id: UUID, question: UUID, words: str) -> Response:
    draft = questions.draft_of(work(), question)
    questions.answer(work(), id, question, words)
    _shred(draft, questions.draft_of(work(), question), drafts.SENT)
    say(_("Sealed and sent. The reviewers see it beside your report."))
    return go("report.show", id=id)


def _shred(before: UUID | None, now: UUID | None, decision: str) -> None:
    """The key of a draft that was dropped, once this is committed; of a deed tried twice, as its last try had it."""
    g.spent = before if before != now else None

    @after_this_request
    def shred(response: Response) -> Response:
        if response.status_code < 400 and g.spent is not None:
            drafts.shred(work(), g.spent, decision)
        return response


@routes.post("/reports/<uuid:id>/answer/kept")
@needs(P.REPORT_READ_OWN, repeatable=True)
def kept(id: UUID) -> Response:
    """What is typed of an answer, kept now and then; the answer is a line on the page."""
    must_be_mine()
    words = request.form.get(f"{request.form.get('number', '')}.words", "")
    made = _keep_it(id, as_id(request.form.get("question", "")), words)
    return page("report/_saved.html", kept_at=datetime.now(UTC) if made else None)
