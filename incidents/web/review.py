"""Review: acts that wait, and one act with what it rests on, its allowed moves and the reasons given."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incidents import evidence, review, search
from incidents.errors import (
    AnotherReviewerNeeded,
    Conflict,
    GroundsNeeded,
    InvalidInput,
    NotFound,
    Problem,
    ReasonsNeeded,
    SecondPersonNeeded,
    SupportNeeded,
)
from incidents.gate import needs
from incidents.model.incident import Act, Incident
from incidents.model.moment import Moment
from incidents.model.vocabulary import COUNTED, Verification
from incidents.web import edits, weighed
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import label
from incidents.web.numbers import whole
from incidents.web.records import as_id, is_own, onward, value, who
from incidents.work import Permission, Unreadable

routes = Blueprint("review", __name__, url_prefix="/review")
P = Permission
PER_PAGE = 25  # as much as is gone through on a phone
WAITING = (Verification.RECEIVED, Verification.UNDER_VERIFICATION)
WEIGHED = ("says", "credibility", "reliability", "first_hand", "origin", "why")  # the fields of one source
ALONE = weighed.ALONE
DECIDED = "decided"  # in the address: a decision was just taken here, and the next act is offered
ME = "me"  # the choice of a reviewer: myself
Rows: TypeAlias = Sequence[tuple[Act, Incident]]


@routes.route("/", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def queue() -> Response:
    """Acts that wait, the oldest first; of one state, mine, or nobody's. Posted, their incidents change hands."""
    rows, more = _listed()
    if request.method == "GET":
        return page("review/queue.html", **_queue(rows, more=more))
    acts = [review.act(work(), as_id(id)) for id in request.form.getlist("acts")[:PER_PAGE]]
    if not acts:
        return page("review/queue.html", 422, problem=_("No act was chosen."), **_queue(rows, more=more))
    return _hand_on(acts, rows)


def _filter() -> tuple[str, review.Whose]:
    """The state and whose: as the address says, or all."""
    state, whose = request.args.get("state", ""), request.args.get("whose", "")
    return state, review.Whose(whose) if whose in set(review.Whose) else review.Whose.ALL


def _listed() -> tuple[Rows, bool]:
    """The acts of this page of the list, and whether it goes on."""
    state, of = _filter()
    states = (Verification(state),) if state in set(Verification) else WAITING
    found = review.queue(work(), states, PER_PAGE + 1, search.read_mark(request.args.get("after", "")), of)
    return found[:PER_PAGE], len(found) > PER_PAGE


def _queue(rows: Rows, *, more: bool) -> dict[str, Any]:
    state, of = _filter()
    acts = [act for act, _incident in rows]
    facts, words = work().read_all(acts, "facts"), review.waiting_for_a_second(work(), acts)
    return {
        "acts": [
            {
                "id": act.id,
                "url": url_for("review.act", id=act.id),
                "type": value(said, "type"),
                "reference": incident.reference,
                "verification": act.verification.value,
                "received_on": act.received_on,
                "mine": is_own(act),
                "word": _word(words.get(act.id, set())),
                "assignee": who(incident.assignee) if incident.assignee else "",
                "overdue": incident.due_on is not None and incident.due_on < work().today,
            }
            for (act, incident), said in zip(rows, facts, strict=True)
        ],
        "state": state,
        "whose": of.value,
        "reviewers": [(str(user.id), user.name) for user in review.reviewers(work())],
        "page": onward(acts, more=more),
        "whole": more or search.read_mark(request.args.get("after", "")) is not None,
    }


def _word(said_by: set[UUID]) -> str:
    """Whether the first of two words is there, and whose: mine, another's, none."""
    return "" if not said_by else "mine" if said_by == {work().actor.id} else "other"


def _hand_on(acts: Sequence[Act], rows: Rows) -> Response:
    """The incidents of the chosen acts, into somebody's hands or out of all; back to where one was in the list."""
    given = request.form.get("assignee", "")
    to = work().actor.id if given == ME else as_id(given) if given else None
    ids = search.kept_all(work(), [act.incident_id for act in acts]).values()
    incidents = {id: search.incident(work(), id) for id in ids}
    changed = len(review.assign(work(), list(incidents.values()), to))
    if to is None:
        say(ngettext("%(num)s incident is nobody's now.", "%(num)s incidents are nobody's now.", changed))
    else:
        say(
            ngettext(
                "%(num)s incident is now in the hands of %(name)s.",
                "%(num)s incidents are now in the hands of %(name)s.",
                changed,
                name=who(to),
            )
        )
    state, of = _filter()
    there = {"state": state, "whose": of.value, "after": request.args.get("after", "")}
    place = _place(rows, {act.id for act in acts}, set(incidents) if _leaves(of, to) else set())
    return go("review.queue", **{name: said for name, said in there.items() if said}, **place)


def _leaves(of: review.Whose, to: UUID | None) -> bool:
    """Whether acts leave the list that is shown when they come into these hands."""
    if of == review.Whose.MINE:
        return to != work().actor.id
    return of == review.Whose.NOBODYS and to is not None


def _place(rows: Rows, chosen: set[UUID], gone: set[UUID]) -> dict[str, str]:
    """The line of the first of these acts, or, where it leaves the list, of the next that stays."""
    over = search.kept_all(work(), {incident.id for _act, incident in rows})
    begun = False
    for act, incident in rows:
        begun = begun or act.id in chosen
        if begun and over[incident.id] not in gone:
            return {"_anchor": f"act-{act.id}"}
    return {}


@routes.get("/workload")
@needs(P.REVIEW_DECIDE)
def workload() -> Response:
    """How the work stands: by week, by reviewer, by place. It opens nothing."""
    found = review.workload(work())
    return page(
        "review/workload.html",
        found=found,
        most=max([*(max(week.received, week.decided) for week in found.weeks), 1]),
        reviewers=[(who(each.id), each) for each in found.reviewers],
        places=[(label(each.state, "state"), each) for each in found.places],
        overdue=review.overdue(work()),
    )


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def act(id: UUID) -> Response:
    """One act: what it rests on, weighed; and its decision, by somebody who did not submit it."""
    found = review.act(work(), id)
    if request.method == "GET":
        return page("review/act.html", **_context(found))
    deeds = {"": _decide, "weigh": _weigh, "judge": _judge}
    deed = request.form.get("deed", "")
    if deed not in deeds:
        raise NotFound
    try:
        deeds[deed](found)
    except NotFound:
        raise
    except Problem as problem:
        return wrong("review/act.html", _at_its_field(problem), **_context(found))
    return go("review.act", id=id, **({} if deed else {DECIDED: "yes"}))


def _decide(found: Act) -> None:
    given = request.form.get("move", "")
    if "version" in request.form and request.form.get("version", type=whole) != found.version:
        raise Conflict  # it was edited or decided on since this page was read
    if is_own(found):
        raise SecondPersonNeeded
    if given not in [to.value for to in review.allowed(work(), found)]:
        raise InvalidInput({"move": [_("Choose what you find.")]})
    to, cites = Verification(given), request.form.getlist("cites") if "cites_shown" in request.form else None
    said = review.move(work(), found, to, request.form.get("reasons", ""), cites)
    state = label(to.value, "verification")
    if said.first_of_two:
        say(_("Written down: %(state)s. It counts once a second reviewer comes to the same.", state=state))
    else:
        say(_("Decided: %(state)s.", state=state))


def _weigh(found: Act) -> None:
    """A source and what it says of this act, in one form; its fields bear the number of the source."""
    source, said = review.of_source(work(), found, as_id(request.form.get("source", "")))
    number = request.form.get("number", "")
    given = {name: request.form.get(f"{number}.{name}", "") for name in WEIGHED}
    origin = given["origin"]
    beside = review.of_source(work(), found, as_id(origin))[0] if origin not in {"", ALONE} else None
    weight = review.Weight(
        given["says"],
        given["credibility"],
        given["reliability"],
        given["first_hand"],
        beside,
        origin == ALONE,
    )
    try:
        again = review.weigh(work(), source, said, weight, given["why"])
    except InvalidInput as problem:
        raise InvalidInput({f"{number}.{name}": told for name, told in problem.fields.items()}) from None
    except ReasonsNeeded as problem:
        raise InvalidInput({f"{number}.why": [problem.sentence]}) from None
    say(_("Weighed. What counted on it waits for a new decision.") if again else _("Weighed."))


def _judge(found: Act) -> None:
    item = evidence.one(work(), as_id(request.form.get("evidence", "")))
    number = request.form.get("number", "")
    given = {name: request.form.get(f"{number}.{name}", "") for name in ("authentic", "shows", "judged")}
    try:
        review.judge(
            work(), found, item, authentic=given["authentic"], shows=given["shows"], reasons=given["judged"]
        )
    except InvalidInput as problem:
        raise InvalidInput({f"{number}.{name}": told for name, told in problem.fields.items()}) from None
    except ReasonsNeeded as problem:
        raise InvalidInput({f"{number}.judged": [problem.sentence]}) from None
    say(_("Judged. Your reasons stand beside it."))


def _at_its_field(problem: Problem) -> Problem:
    """What is wrong with a decision, said where it was typed."""
    if isinstance(problem, ReasonsNeeded):
        return InvalidInput({"reasons": [problem.sentence]})
    if isinstance(problem, (GroundsNeeded, SupportNeeded, AnotherReviewerNeeded)):
        return InvalidInput({"move": [problem.sentence]})
    return problem


def _context(found: Act) -> dict[str, Any]:
    facts = work().read_all([found], "facts")[0]
    incident = search.incident(work(), found.incident_id)
    what = work().read_all([incident], "facts")[0]
    own, grounds = is_own(found), review.grounds_of(work(), found)
    happened, rests_on = _latest(facts, what), weighed.of_act(found, incident, grounds)
    return {
        "act": {
            **{name: value(facts, name) for name in ("type", "status", "moment", "place")},
            "verification": found.verification.value,
            "submitted_by": [who(UUID(id)) for id in found.submitted_by],
        },
        "incident": {"url": url_for("incident.show", id=incident.id), "reference": incident.reference},
        "narrative": work().read_all([incident], "narrative")[0],
        "what": what,
        **rests_on,
        "moves": _moves(found, grounds),
        "two": found.id in review.needing_two(work(), [found]),
        "first": _first(found),
        "late": review.late(happened, work().today),
        "version": found.version,
        "next": _next(found),
        "edit_url": url_for("editing.act", id=found.id),
        "edits": edits.of_act(found.id),
        "may_decide": not own and bool(review.allowed(work(), found)),
        "why_not": SecondPersonNeeded().said(_) if own else "",
        "reviews": [
            {
                "to_state": each.to_state.value,
                "by": who(each.decided_by),
                "on": each.decided_on,
                "reasons": reasons,
                "first": bool(each.first_of_two),
                "late": each.to_state in COUNTED and review.late(happened, each.decided_on),
                "cites": weighed.named(grounds, rests_on["evidence"], each.cites),
            }
            for each, reasons in reversed(review.reviews(work(), found))
        ],
    }


def _next(found: Act) -> dict[str, Any] | None:
    """The next act to decide on; `now` where a decision was just taken: whoever works through the queue goes on."""
    other = review.next_for(work(), found)
    if other is None:
        return None
    url, now = url_for("review.act", id=other[0].id), request.method == "GET" and DECIDED in request.args
    return {"url": url, "reference": other[1].reference, "now": now}


def _latest(*facts: Any) -> date | None:
    """The last day on which it can have happened: the act's own moment, or else the incident's."""
    for said in facts:
        told = None if isinstance(said, Unreadable) else said.get("moment")
        if told and (latest := Moment.from_json(told).latest) is not None:
            return latest
    return None


def _first(found: Act) -> list[dict[str, Any]]:
    """The first words that hold, where two reviewers have to agree."""
    words = [word for to in COUNTED for word in review.first_words(work(), found, to)]
    return [
        {"state": word.to_state.value, "by": who(word.decided_by), "on": word.decided_on,
         "mine": word.decided_by == work().actor.id}
        for word in words
    ]  # fmt: skip


def _moves(found: Act, grounds: review.Grounds) -> list[dict[str, Any]]:
    """Where it may go; what the grounds do not carry yet is shown with the reason."""
    moves = []
    for to in review.allowed(work(), found):
        short = to in COUNTED and not grounds.carry(to, work().actor.id)
        why = (GroundsNeeded() if to == Verification.VERIFIED else SupportNeeded()).said(_) if short else ""
        moves.append({"value": to.value, "allowed": not short, "why": why})
    return moves
