"""Review: acts that wait, and one act with its sources, its allowed moves and the reasons given."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from incidents import review, search
from incidents.errors import Conflict, GroundsNeeded, InvalidInput, Problem, ReasonsNeeded, SecondPersonNeeded
from incidents.gate import needs
from incidents.model.incident import Act
from incidents.model.vocabulary import Verification
from incidents.web import edits
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import label
from incidents.web.records import is_own, onward, value, who
from incidents.work import Permission, Unreadable

routes = Blueprint("review", __name__, url_prefix="/review")
P = Permission
PER_PAGE = 50
WAITING = (Verification.RECEIVED, Verification.UNDER_VERIFICATION)
ORIGINS_NEEDED = 2


@routes.get("/")
@needs(P.REVIEW_DECIDE)
def queue() -> Response:
    """Acts that wait, the oldest first; or those of one state."""
    state = request.args.get("state", "")
    states = (Verification(state),) if state in set(Verification) else WAITING
    after = search.read_mark(request.args.get("after", ""))
    found = review.queue(work(), states, PER_PAGE + 1, after)
    rows = found[:PER_PAGE]
    facts = work().read_all([act for act, _incident in rows], "facts")
    lines = [
        {
            "url": url_for("review.act", id=act.id),
            "type": value(said, "type"),
            "reference": incident.reference,
            "verification": act.verification.value,
            "received_on": act.received_on,
            "mine": is_own(act),
        }
        for (act, incident), said in zip(rows, facts, strict=True)
    ]
    pager = onward([act for act, _incident in rows], more=len(found) > PER_PAGE)
    return page("review/queue.html", acts=lines, state=state, page=pager)


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def act(id: UUID) -> Response:
    """One act to be decided, by somebody who did not submit it."""
    found = review.act(work(), id)
    if request.method == "GET":
        return page("review/act.html", **_context(found))
    try:
        _decide(found)
    except Problem as problem:
        return wrong("review/act.html", _at_its_field(problem), **_context(found))
    say(_("Decided: %(state)s.", state=label(found.verification.value, "verification")))
    return go("review.act", id=id)


def _decide(found: Act) -> None:
    given = request.form.get("move", "")
    if request.form.get("version", found.version, type=int) != found.version:
        raise Conflict  # it was edited or decided on since this page was read
    if is_own(found):
        raise SecondPersonNeeded
    if given not in [to.value for to in review.allowed(work(), found)]:
        raise InvalidInput({"move": [_("Choose what you find.")]})
    review.move(work(), found, Verification(given), request.form.get("reasons", ""))


def _at_its_field(problem: Problem) -> Problem:
    """What is wrong with a decision, said where it was typed."""
    if isinstance(problem, ReasonsNeeded):
        return InvalidInput({"reasons": [problem.sentence]})
    if isinstance(problem, GroundsNeeded):
        return InvalidInput({"move": [problem.sentence]})
    return problem


def _context(found: Act) -> dict[str, Any]:
    facts = work().read_all([found], "facts")[0]
    incident = search.incident(work(), found.incident_id)
    own, sources = is_own(found), search.sources_of(work(), found)
    return {
        "act": {
            **{name: value(facts, name) for name in ("type", "status", "moment", "place")},
            "verification": found.verification.value,
            "submitted_by": [who(UUID(id)) for id in found.submitted_by],
        },
        "incident": {"url": url_for("incident.show", id=incident.id), "reference": incident.reference},
        "narrative": work().read_all([incident], "narrative")[0],
        "what": work().read_all([incident], "facts")[0],
        **_weighed(found, sources),
        "version": found.version,
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
            }
            for each, reasons in reversed(review.reviews(work(), found))
        ],
    }


def _weighed(found: Act, sources: list[Any]) -> dict[str, Any]:
    """The sources with the number of their origin, and the moves that they allow."""
    numbers: dict[Any, int] = {}
    lines = []
    for number, (_source, facts, said) in enumerate(sources, 1):
        closed = isinstance(facts, Unreadable)
        origin = None if closed else numbers.setdefault(facts.get("origin"), len(numbers) + 1)
        lines.append({"number": number, "facts": facts, "said": said, "origin": origin})
    return {"sources": lines, "origins": len(numbers), "moves": _moves(found, len(numbers))}


def _moves(found: Act, origins: int) -> list[dict[str, Any]]:
    """Where it may go; what the sources do not carry yet is shown with the reason."""
    moves = []
    for to in review.allowed(work(), found):
        short = review.MOVES[found.verification, to].two_origins and origins < ORIGINS_NEEDED
        why = GroundsNeeded().said(_) if short else ""
        moves.append({"value": to.value, "allowed": not short, "why": why})
    return moves
