"""How long things are kept. A rule proposes; it never erases.

Two things are kept by time: reports that were set aside, from the day they came in; and names and contacts of persons,
from the day the last of their incidents came in.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from incidents.erasure.proposals import propose
from incidents.erasure.refusals import refused
from incidents.errors import InvalidInput, MoveNotAllowed, _
from incidents.model.erasure import (
    NAMES,
    Erasure,
    ErasureProposal,
    ErasureState,
    ProposalState,
    RetentionRule,
)
from incidents.model.incident import Act, Incident
from incidents.model.people import Involvement, Person
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.model.vocabulary import ReportState
from incidents.work import Permission, Work

SET_ASIDE = "set_aside"
ABOUT = (SET_ASIDE, NAMES)
FEWEST_MONTHS, MOST_MONTHS = 1, 600
KIND = {SET_ASIDE: "report", NAMES: NAMES}


def set_rule(work: Work, about: str, months: int) -> RetentionRule:
    """Propose this for erasure once so many months have passed; instead of the rule before."""
    work.actor.must(Permission.ERASURE_DO)
    work.must_be_fresh()
    wrong = {}
    if about not in ABOUT:
        wrong["about"] = [_("Choose what the rule is about.")]
    if not FEWEST_MONTHS <= months <= MOST_MONTHS:
        wrong["months"] = [_("Write a number of months, from 1 to 600.")]
    if wrong:
        raise InvalidInput(wrong)
    for earlier in rules(work):
        if earlier.about == about:
            earlier.ended_on = work.today
    rule = work.add(RetentionRule(about=about, months=months, set_by=work.actor.id, set_on=work.today))
    work.note("retention.set", rule, code=about, count=months)
    return rule


def end_rule(work: Work, rule: RetentionRule) -> None:
    """Nothing is proposed by it any more; what waits under it is called off one by one, or done."""
    work.actor.must(Permission.ERASURE_DO)
    if rule.ended_on:
        raise MoveNotAllowed
    rule.ended_on = work.today
    work.note("retention.ended", rule, code=rule.about)


def rules(work: Work) -> Sequence[RetentionRule]:
    """Those in force."""
    query = select(RetentionRule).where(RetentionRule.ended_on.is_(None))
    return work.db.scalars(query.order_by(RetentionRule.about)).all()


def look(work: Work) -> int:
    """Propose what is past its time and not proposed yet; how much. It opens nothing."""
    work.actor.must(Permission.ERASURE_DO)
    found = 0
    for rule in rules(work):
        for subject in _not_decided(work, KIND[rule.about], _past(work, rule)):
            propose(work, KIND[rule.about], subject, rule.id)
            found += 1
    return found


def still_past(work: Work, proposal: ErasureProposal) -> bool:
    """Whether the rule would propose it today: a report that was brought back since is not past its time."""
    rule = work.get(RetentionRule, proposal.rule_id) if proposal.rule_id else None
    return rule is not None and proposal.subject in _past(work, rule)


def _past(work: Work, rule: RetentionRule) -> set[UUID]:
    before = _months_before(work.today, rule.months)
    return _set_aside(work, before) if rule.about == SET_ASIDE else _named(work, before)


def _months_before(day: date, months: int) -> date:
    """The same day so many months ago; the last of a shorter month."""
    whole = day.year * 12 + day.month - 1 - months
    year, month = divmod(whole, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(day)


def _set_aside(work: Work, before: date) -> set[UUID]:
    query = select(Report.id).where(Report.state == ReportState.SET_ASIDE, Report.received_on < before)
    return set(work.db.scalars(query))


def _named(work: Work, before: date) -> set[UUID]:
    """Persons all of whose incidents came in before that day, and of whom no report still waits."""
    acting = select(Involvement.person_id, Act.incident_id).join(Act, Involvement.act_id == Act.id)
    told = select(ReportPart.person_id, ReportLink.incident_id).join(
        ReportLink, ReportLink.report_id == ReportPart.report_id
    )
    parts = acting.union(told.where(ReportPart.person_id.is_not(None))).subquery()
    query = (
        select(parts.c.person_id)
        .join(Incident, Incident.id == parts.c.incident_id)
        .join(Person, Person.id == parts.c.person_id)
        .group_by(parts.c.person_id)
        .having(func.max(Incident.received_on) < before)
    )
    waiting = (
        select(ReportPart.person_id)
        .join(Report, Report.id == ReportPart.report_id)
        .where(Report.state.in_((ReportState.RECEIVED, ReportState.NEEDS_INFORMATION)))
    )
    return set(work.db.scalars(query)) - set(work.db.scalars(waiting))


def _not_decided(work: Work, kind: str, subjects: Iterable[UUID]) -> list[UUID]:
    """Without what was erased, waits already, or was kept until a later day.

    What was done once and then refused, because its record did not hold, is proposed again.
    """
    wanted = set(subjects)
    gone = {id for id, _compartment in work.house.keystore.erased(wanted)}
    query = select(ErasureProposal).where(ErasureProposal.kind == kind)
    decided = {
        each.subject
        for each in work.db.scalars(query)
        if each.state == ProposalState.WAITING
        or (each.state == ProposalState.DONE and not _came_to_nothing(work, each))
        or (each.kept_until and each.kept_until > work.today)
    }
    return sorted(wanted - gone - decided)


def _came_to_nothing(work: Work, proposal: ErasureProposal) -> bool:
    """Every erasure that came of it was refused."""
    kind = (Erasure.kind == proposal.kind) & (Erasure.subject == proposal.subject)
    done = [each for each in work.db.scalars(select(Erasure).where(kind)) if each.state != ErasureState.SWEPT]
    swept = select(Erasure.id).where(kind, Erasure.state == ErasureState.SWEPT).limit(1)
    return bool(done) and work.db.scalar(swept) is None and all(refused(work, each) for each in done)
