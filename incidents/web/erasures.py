"""What waits to be erased, and the rules that propose it. Nothing here happens by itself."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from incidents import erasure
from incidents.errors import InvalidInput, NotFound, Problem, ReasonsNeeded, SecondPersonNeeded
from incidents.gate import needs
from incidents.model.erasure import ErasureProposal, RetentionRule
from incidents.web.frame import go, house, page, say, work, wrong
from incidents.web.numbers import is_whole, whole
from incidents.web.records import as_id, who
from incidents.work import Permission

P = Permission
routes = Blueprint("erasures", __name__, url_prefix="/erasures")


@routes.route("", methods=["GET", "POST"])
@needs(P.CONSENT_RECORD)
def listed() -> Response:
    """What waits, the first due first; the rules. Posted: agree, call off, carry out, or set and end a rule."""
    if request.method == "GET":
        return page("erasures/list.html", **_shown())
    deeds = {"agree": _agree, "call_off": _call_off, "carry_out": _carry_out}
    deeds |= {"set_rule": _set_rule, "end_rule": _end_rule, "look": _look}
    deed = request.form.get("deed", "")
    if deed not in deeds:
        raise NotFound
    try:
        deeds[deed]()
    except (InvalidInput, ReasonsNeeded, SecondPersonNeeded, erasure.NotDue) as problem:
        return wrong("erasures/list.html", _at_its_field(problem), deed=deed, **_shown())
    return go("erasures.listed")


def _at_its_field(problem: Problem) -> Problem:
    """Reasons are asked for at several places of this page."""
    if isinstance(problem, ReasonsNeeded):
        return InvalidInput({f"{request.form.get('proposal', '')}.words": [problem.said(_)]})
    return problem


def _shown() -> dict[str, Any]:
    return {
        "waiting": [_line(each) for each in erasure.open_ones(work())],
        "rules": [
            {
                "id": rule.id,
                "about": rule.about,
                "months": rule.months,
                "set_on": rule.set_on,
                "by": who(rule.set_by),
            }
            for rule in erasure.rules(work())
        ],
        "may_erase": work().actor.may(P.ERASURE_DO),
        "beside": len(erasure.waiting(work())),
    }


def _line(proposal: ErasureProposal) -> dict[str, Any]:
    mine = proposal.proposed_by == work().actor.id
    due = proposal.due_on <= work().today
    agreed = bool(proposal.rule_id or proposal.agreed_by)
    return {
        "id": proposal.id,
        "kind": proposal.kind,
        "url": _address(proposal),
        "asked": proposal.rule_id is None,
        "by": who(proposal.proposed_by),
        "on": proposal.proposed_on,
        "due_on": proposal.due_on,
        "due": due,
        "agreed_by": who(proposal.agreed_by) if proposal.agreed_by else None,
        "may_agree": not agreed and not mine,
        "may_carry_out": due and agreed and work().actor.may(P.ERASURE_DO),
        "words": work().read_all([proposal], "words")[0] if proposal.words else None,
    }


def _address(proposal: ErasureProposal) -> str:
    if proposal.kind == "report":
        return url_for("inbox.report", id=proposal.subject)
    return url_for("incident.person", id=proposal.subject)


def _one() -> ErasureProposal:
    return work().get(ErasureProposal, as_id(request.form.get("proposal", "")))


def _agree() -> None:
    erasure.agree(work(), _one())
    say(_("You stand for it too. It waits until its day, and can be called off until then."))


def _call_off() -> None:
    proposal = _one()
    words = request.form.get(f"{proposal.id}.words", "")
    erasure.call_off(work(), proposal, words, _until(proposal.id))
    say(_("Called off. A withdrawal that came with it stays in force."))


def _until(id: UUID) -> date | None:
    text = request.form.get(f"{id}.until", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput({f"{id}.until": [_("Write a day as 2027-11-14, or leave it empty.")]}) from None


def _carry_out() -> None:
    erasure.carry_out(work(), _one())
    work().commit()
    erasure.finish(house())
    say(_("Erased. Nobody can open it again; older backups of the keys are gone in 30 days."), "care")


def _set_rule() -> None:
    months = request.form.get("months", "").strip()
    number = whole(months) if is_whole(months) and len(months) < 5 else 0
    erasure.set_rule(work(), request.form.get("about", ""), number)
    say(_("Set. It proposes; it never erases by itself."))


def _end_rule() -> None:
    erasure.end_rule(work(), work().get(RetentionRule, as_id(request.form.get("rule", ""))))
    say(_("Ended. What waits under it stays on the list."))


def _look() -> None:
    found = erasure.look(work())
    if found:
        say(_("Proposed: %(count)s. Each waits thirty days.", count=found), "care")
    else:
        say(_("Nothing is past its time."))
