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
    decision = _decision(proposal)
    if proposal.kind == "report":
        done = erase_report(work, work.get(Report, proposal.subject), decision)
    else:
        erase = erase_names if proposal.kind == NAMES else erase_person
        done = erase(work, work.get(Person, proposal.subject), decision)
    end(work, proposal, ProposalState.DONE)
    return done


def _decision(proposal: ErasureProposal) -> str:
    """Where the words of it stand: a copy of them would be one more text that may name somebody."""
    on = proposal.proposed_on.isoformat()
    if proposal.words:
        return f"Asked for on {on}; who asked and how stands with the proposal {proposal.id}."
    return f"Past the time that a rule gives it; proposed on {on}."
