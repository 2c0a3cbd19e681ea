"""What waits to be erased. Nothing happens by itself: it is proposed, people are warned, and a coordinator does it.

Somebody asks and cannot be reached by a contact known from before: it might be a captor who wants evidence gone. Every
exit stops at once, two of the staff stand for it, and it waits thirty days. A rule proposes what is past its time, and
that waits thirty days too.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.erasure.deciding import SHORTEST_DECISION
from incidents.errors import MoveNotAllowed, Problem, ReasonsNeeded, SecondPersonNeeded, _
from incidents.model.erasure import ErasureProposal, ProposalState
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.model.vocabulary import ReportState
from incidents.work import Permission, Work

WAIT = timedelta(days=30)


class NotDue(Problem):
    status = 409
    code = "not-due"
    sentence = _("This waits until the day beside it. Until then it can be called off.")


def ask(work: Work, person: Person, words: str) -> ErasureProposal:
    """Somebody asks for a person's erasure, whom no known contact reaches: all use stops, the erasure waits."""
    work.actor.must(Permission.CONSENT_RECORD)
    _must_say(words)
    if any(each.subject == person.id for each in open_ones(work, person.id)):
        raise MoveNotAllowed
    consent.withdraw(work, person)
    return _propose(work, "person", person.id, words=words)


def propose(work: Work, kind: str, subject: UUID, rule: UUID) -> ErasureProposal:
    """A rule's proposal: past its time, and to be looked at within thirty days."""
    return _propose(work, kind, subject, rule=rule)


def _propose(
    work: Work, kind: str, subject: UUID, *, rule: UUID | None = None, words: str = ""
) -> ErasureProposal:
    proposal = ErasureProposal(
        kind=kind,
        subject=subject,
        rule_id=rule,
        proposed_by=work.actor.id,
        proposed_on=work.today,
        due_on=work.today + WAIT,
        state=ProposalState.WAITING,
    )
    if words:
        work.seal(proposal, words=words.strip())
    work.add(proposal)
    work.note("erasure.proposed", proposal, kind=kind)
    return proposal


def agree(work: Work, proposal: ErasureProposal) -> None:
    """The second of the staff, where somebody asked; in person."""
    work.actor.must(Permission.CONSENT_RECORD)
    work.actor.must_be_in_person()
    must_wait(proposal)
    if proposal.rule_id or proposal.agreed_by:
        raise MoveNotAllowed
    if work.actor.id == proposal.proposed_by:
        raise SecondPersonNeeded
    proposal.agreed_by = work.actor.id
    work.note("erasure.agreed", proposal)


def call_off(work: Work, proposal: ErasureProposal, words: str, until: date | None = None) -> None:
    """It stays: whoever asked was not the person, or it is still needed. No rule proposes it before `until`."""
    work.actor.must(Permission.ERASURE_DO)
    must_wait(proposal)
    _must_say(words)
    end(work, proposal, ProposalState.CALLED_OFF)
    proposal.kept_until = until
    work.seal(proposal, words=words.strip())
    work.note("erasure.called-off", proposal)


def end(work: Work, proposal: ErasureProposal, state: ProposalState) -> None:
    proposal.state, proposal.ended_by, proposal.ended_on = state, work.actor.id, work.today


def must_wait(proposal: ErasureProposal) -> None:
    if proposal.state != ProposalState.WAITING:
        raise MoveNotAllowed


def _must_say(words: str) -> None:
    if len(words.strip()) < SHORTEST_DECISION:
        raise ReasonsNeeded


# -- read


def open_ones(work: Work, subject: UUID | None = None) -> Sequence[ErasureProposal]:
    """What waits, the first due first; of one person or report where it is named. What is gone waits no more."""
    query = select(ErasureProposal).where(ErasureProposal.state == ProposalState.WAITING)
    if subject is not None:
        query = query.where(ErasureProposal.subject == subject)
    waiting = work.db.scalars(query.order_by(ErasureProposal.due_on, ErasureProposal.id)).all()
    gone = _gone(work, {each.subject for each in waiting})
    return [each for each in waiting if each.subject not in gone]


def _gone(work: Work, subjects: set[UUID]) -> set[UUID]:
    erased = {id for id, _compartment in work.house.keystore.erased(subjects)}
    # Asked by what waits and not by its ids: a rule may propose more than one question can name.
    waiting = select(ErasureProposal.subject).where(ErasureProposal.state == ProposalState.WAITING)
    reports = select(Report.id).where(Report.id.in_(waiting), Report.state == ReportState.ERASED)
    return erased | set(work.db.scalars(reports))


def due(work: Work) -> int:
    """How many are due: done or called off today, they are off the list."""
    return sum(1 for each in open_ones(work) if each.due_on <= work.today)
