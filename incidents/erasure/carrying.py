"""An erasure that waited is carried out, on or after its day, where what proposed it still holds."""

from incidents.erasure import retention
from incidents.erasure.deciding import erase_names, erase_person, erase_report
from incidents.erasure.proposals import NotDue, end, must_wait
from incidents.errors import SecondPersonNeeded
from incidents.model.erasure import NAMES, Erasure, ErasureProposal, ProposalState
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.work import Permission, Work


def carry_out(work: Work, proposal: ErasureProposal) -> Erasure:
    """Do it, on or after its day. Call `finish` after the commit."""
    work.actor.must(Permission.ERASURE_DO)
    must_wait(proposal)
    work.vouched([proposal])
    if work.today < proposal.due_on:
        raise NotDue
    if proposal.rule_id is None and proposal.agreed_by is None:
        raise SecondPersonNeeded
    if proposal.rule_id is not None and not retention.still_past(work, proposal):
        raise NotDue
    decision = _decision(work, proposal)
    if proposal.kind == "report":
        done = erase_report(work, work.get(Report, proposal.subject), decision)
    else:
        erase = erase_names if proposal.kind == NAMES else erase_person
        done = erase(work, work.get(Person, proposal.subject), decision)
    end(work, proposal, ProposalState.DONE)
    return done


def _decision(work: Work, proposal: ErasureProposal) -> str:
    work.vault.closing.let_open([proposal.id])  # a text beside another erasure stops none that is due
    said = work.read(proposal, "words") if proposal.words else None
    return str(said or f"Past the time that a rule gives it; proposed on {proposal.proposed_on.isoformat()}.")
