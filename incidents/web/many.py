"""Many acts moved at once: chosen, looked at, moved with one reason; and a move of many taken back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from incidents import review
from incidents.errors import InvalidInput, Problem, ReasonsNeeded
from incidents.gate import needs
from incidents.model.incident import Act, Incident
from incidents.model.vocabulary import Verification
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import label
from incidents.web.numbers import is_whole, whole
from incidents.web.records import as_id, value, who
from incidents.web.review import WAITING
from incidents.work import Permission

routes = Blueprint("many", __name__, url_prefix="/review/many")
P = Permission
STATES = tuple(dict.fromkeys(to for _from, to in review.MOVES))
SEEN = ":"  # between an act and the version at which it was looked at
LOOK = "look"  # the deed that moves nothing
W = review.Why
WHY = {
    W.THERE: _l("It is in this state already"),
    W.STATE: _l("There is no such step from where it is"),
    W.OWN: _l("You submitted it: somebody else decides"),
    W.SECOND_WORD: _l("One reviewer said it, and a second word is needed: open it"),
    W.RESTRICTED: _l("Restricted: two reviewers have to agree, each by opening it"),
    W.MINOR: _l("Somebody in it may be a minor: two reviewers have to agree, each by opening it"),
    W.UNSUPPORTED: _l("No source supports it, and no evidence shows it"),
    W.UNCORROBORATED: _l("Fewer than two origins support it, and no judged evidence shows it"),
    W.ALTERED: _l("The stored file that it rests on is not what was received: tell a coordinator"),
    W.CHANGED: _l("Somebody changed it or decided on it since"),
}


@routes.get("/")
@needs(P.REVIEW_DECIDE)
def look() -> Response:
    """What would become of the chosen acts, or of all that the filter shows. Nothing is changed."""
    return page("review/many.html", **_looked_at(_asked(), request.args.get("to", "")))


@routes.post("/")
@needs(P.REVIEW_DECIDE)
def move() -> Response:
    """Looked at once more, with the reasons that were typed; or moved as it was looked at."""
    seen, to = _seen(request.form.getlist("seen")), request.form.get("to", "")
    try:
        if to not in STATES:
            raise InvalidInput({"to": [_("Choose what you find.")]})
        if request.form.get("deed") == LOOK:
            return page("review/many.html", form=request.form, **_looked_at(_sent(seen), to))
        if request.form.get("looked", to) != to:
            raise InvalidInput({"to": [_("You looked at another state. This is what would happen now.")]})
        rows, found = review.move_many(work(), seen, Verification(to), request.form.get("reasons", ""))
    except Problem as problem:
        return wrong("review/many.html", _at_its_field(problem), **_looked_at(_sent(seen), to))
    state = label(to, "verification")
    words = ngettext(
        "%(num)s act moved: %(state)s.", "%(num)s acts moved: %(state)s.", len(rows), state=state
    )
    say(words, "good" if rows else "care")
    _say_staying(found)
    return go("many.done")


@routes.get("/done")
@needs(P.REVIEW_DECIDE)
def done() -> Response:
    """The moves of many of the last days, each to be taken back."""
    return page("review/moves.html", moves=[_line(each) for each in review.together(work())])


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def undo(id: UUID) -> Response:
    """What would become of each act if a move of many were taken back; posted, it is."""
    one = review.one(work(), id)
    if request.method == "GET":
        return page("review/undo.html", move=_line(one), **_plan(review.look_back(work(), id)))
    try:
        rows, found = review.move_back(work(), id, request.form.get("reasons", ""))
    except ReasonsNeeded as problem:
        context = _plan(review.look_back(work(), id))
        return wrong("review/undo.html", _at_its_field(problem), move=_line(one), **context)
    words = ngettext("%(num)s act moved back.", "%(num)s acts moved back.", len(rows))
    say(words, "good" if rows else "care")
    _say_staying(found)
    return go("many.done")


def _asked() -> list[Act]:
    """The acts named in the address, or all that its filter shows; no more than one move holds."""
    if not request.args.get("all"):
        return review.chosen(work(), [as_id(id) for id in request.args.getlist("acts")[: review.MOST]])
    state, whose = request.args.get("state", ""), request.args.get("whose", "")
    states = (Verification(state),) if state in set(Verification) else WAITING
    of = review.Whose(whose) if whose in set(review.Whose) else review.Whose.ALL
    return [act for act, _incident in review.queue(work(), states, review.MOST, whose=of)]


def _sent(seen: dict[UUID, int]) -> list[Act]:
    """The acts that a form named: all that were chosen, or else those that it would move."""
    named = [as_id(id) for id in request.form.getlist("acts")]
    return review.chosen(work(), (named or list(seen))[: review.MOST])


def _seen(given: list[str]) -> dict[UUID, int]:
    pairs = [text.partition(SEEN) for text in given]
    return {as_id(id): whole(version) for id, _sep, version in pairs if is_whole(version)}


def _looked_at(acts: list[Act], to: str) -> dict[str, Any]:
    states = [(state.value, label(state.value, "verification")) for state in STATES]
    asked = {"acts": acts, "to": to, "states": states, "most": review.MOST}
    if to not in STATES:
        return asked
    return asked | _plan(review.plan(work(), acts, Verification(to)))


def _plan(found: review.Plan) -> dict[str, Any]:
    """The acts that move, with the version at which they were looked at; those that stay, by why; all, to be read."""
    staying = review.chosen(work(), list(found.staying)[: review.MOST])
    acts = sorted([*found.moving, *staying], key=lambda act: (act.received_on, act.id))
    facts = work().read_all(acts, "facts")
    return {
        "looked": True,
        "moving": [f"{act.id}{SEEN}{act.version}" for act in found.moving],
        "staying": [(WHY[why], count) for why, count in found.counts.items()],
        "released": review.released(work(), found.moving),
        "lines": [
            {
                "url": url_for("review.act", id=act.id),
                "type": value(said, "type"),
                "reference": work().get(Incident, act.incident_id).reference,
                "verification": act.verification.value,
                "why": WHY[found.staying[act.id]] if act.id in found.staying else "",
            }
            for act, said in zip(acts, facts, strict=True)
        ],
    }


def _line(one: review.Together) -> dict[str, Any]:
    return {
        "url": url_for("many.undo", id=one.id),
        "on": one.on,
        "by": who(one.by),
        "to": one.to.value,
        "count": one.count,
    }


def _say_staying(found: review.Plan) -> None:
    for why, count in found.counts.items():
        words = ngettext(
            "%(num)s act stayed where it is. %(why)s.",
            "%(num)s acts stayed where they are. %(why)s.",
            count,
            why=WHY[why],
        )
        say(words, "care")


def _at_its_field(problem: Problem) -> Problem:
    return InvalidInput({"reasons": [problem.sentence]}) if isinstance(problem, ReasonsNeeded) else problem
