"""Whom nobody may name or show, whatever was consented to: people in danger, and whoever may be a child."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.consent import bases
from incidents.consent.answers import Permit
from incidents.consent.folding import ADOLESCENT, ADULT, GUARDIAN, minor
from incidents.consent.ledger import chunks
from incidents.model.consent import ConsentEvent
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import IN_DANGER, Purpose
from incidents.work import Unreadable, Work


def in_danger(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Of these people, everybody whom a report names that says: in danger now, or before a date.

    Said of any record of a person, it holds for all of them.
    """
    records = records_of(work, ids)
    said = _said_of(work, {id for all_of_them in records.values() for id in all_of_them})
    return {id for id, all_of_them in records.items() if said & all_of_them}


def records_of(work: Work, ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """All records that are known to be of the same person, by each of these."""
    same = same_people(work)
    return {id: {id, *same.get(id, ())} for id in ids}


def same_people(work: Work) -> dict[UUID, set[UUID]]:
    """All records of one person, for each of whom there are several."""
    rows = list(work.db.scalars(select(Rearrangement).where(Rearrangement.kind == Arrangement.SAME_PERSON)))
    work.vouched(rows)  # also those undone: who writes to the database makes nobody two people
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        if row.undone_on is None:
            joined = found.get(row.kept_id, {row.kept_id}) | found.get(row.gone_id, {row.gone_id})
            found.update(dict.fromkeys(joined, joined))
    return found


def _said_of(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    found: set[UUID] = set()
    for chunk in chunks(sorted(ids)):
        query = (
            select(ReportPart.person_id)
            .join(Report, Report.id == ReportPart.report_id)
            .where(ReportPart.person_id.in_(chunk), Report.danger.in_(IN_DANGER))
        )
        found |= {id for id in work.db.scalars(query) if id is not None}
    return found


def perhaps_children(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Of these people, whoever may be under age by any record of them. What does not open is taken for a child's."""
    records = records_of(work, ids)
    young: set[UUID] = set()
    for chunk in chunks(sorted({id for all_of_them in records.values() for id in all_of_them})):
        rows = list(work.db.scalars(select(Person).where(Person.id.in_(chunk))))
        rows += [each for each in work.pending(Person) if each.id in chunk]  # told of a moment ago
        for row, facts in zip(rows, work.read_all(rows, "facts", "naming"), strict=True):
            if isinstance(facts, Unreadable) or _young(work, facts):
                young.add(row.id)
    return {id for id, all_of_them in records.items() if young & all_of_them}


def children_who_may_be_shown(work: Work, permits: Mapping[UUID, Sequence[Permit]]) -> set[UUID]:
    """Of these, whose guardian said yes to each use, with their own assent from 12 on, and two reviewers stand for it.

    `permits`: of each, those for the use and for pictures and sound. A child of whom it is not sure that it is one said
    yes like an adult; that is none for this.
    """
    known = bases.and_of(work, bases.read(work), list(chunks(sorted(permits))))
    stood = {id for id in permits if known.confirmed(id, bases.TWO_REVIEWERS, Purpose.PHOTO) is not None}
    return {id for id in stood if permits[id] and all(_with_guardian(work, each) for each in permits[id])}


def _with_guardian(work: Work, permit: Permit) -> bool:
    if permit.kind != "consent":
        return False
    said = work.read(work.get(ConsentEvent, permit.id), "decisions", "naming")
    return said["given_by"] in {GUARDIAN, ADOLESCENT}


def _young(work: Work, facts: Mapping[str, Any]) -> bool:
    """As it was told, or by a year of birth that leaves it open."""
    born = facts.get("birth_year")
    young = isinstance(born, int) and work.today.year - born <= ADULT
    return young or minor(facts)
