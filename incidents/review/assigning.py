"""In whose hands an incident is, and until when: taken, passed on, given back.

It says who looks at it next and permits nothing.
"""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from incidents.errors import InvalidInput, _
from incidents.model.account import User
from incidents.model.incident import Act, Incident
from incidents.model.report import published
from incidents.model.vocabulary import AccountState, Verification
from incidents.work import Actor, Permission, Work

FURTHEST = 366  # days
NO_REVIEWER = _("Choose somebody who reviews.")
NO_DAY = _("Choose a day from today on, within a year.")


class Day(Enum):
    """Until when: as it was."""

    AS_IT_IS = "as it is"


UNDECIDED = (Verification.RECEIVED, Verification.UNDER_VERIFICATION)


def assign(
    work: Work, incidents: Sequence[Incident], to: UUID | None, due_on: date | Day | None = Day.AS_IT_IS
) -> list[Incident]:
    """Put incidents into a reviewer's hands, or into nobody's; those that changed.

    `due_on`: until when; None: no day. Passed on, it is as urgent as it was, unless that is said.
    """
    work.actor.must(Permission.REVIEW_DECIDE)
    if to is not None and to not in {user.id for user in reviewers(work)}:
        raise InvalidInput({"assignee": [NO_REVIEWER]})
    if isinstance(due_on, date) and any(each.due_on != due_on for each in incidents):
        _must_be_ahead(work, due_on)
    changed = []
    for each in incidents:
        until = each.due_on if isinstance(due_on, Day) else due_on
        wanted = (to, until) if to else (None, None)
        if (each.assignee, each.due_on) != wanted:
            each.assignee, each.due_on = wanted
            work.note("incident.assigned" if to else "incident.given-back", each)
            changed.append(each)
    return changed


def _must_be_ahead(work: Work, day: date) -> None:
    if not 0 <= (day - work.today).days <= FURTHEST:
        raise InvalidInput({"due_on": [NO_DAY]})


def reviewers(work: Work) -> list[User]:
    """Members who decide on acts."""
    users = work.db.scalars(select(User).where(User.state == AccountState.ACTIVE).order_by(User.sign_in))
    return [user for user in users if Actor(user.id, tuple(user.roles)).may(Permission.REVIEW_DECIDE)]


def is_overdue(work: Work) -> Any:
    """True of incidents whose day is past and in which an act still waits."""
    waits = select(Act.id).where(Act.incident_id == Incident.id, Act.left_on.is_(None))
    waits = waits.where(Act.verification.in_(UNDECIDED)).correlate(Incident)
    here = Incident.assignee.is_not(None) & published(Incident.batch_id)
    return here & (Incident.due_on < work.today) & waits.exists()


def overdue(work: Work) -> dict[UUID, int]:
    """How many incidents are overdue, by whose hands they are in."""
    work.actor.must(Permission.REVIEW_DECIDE)
    query = select(Incident.assignee, func.count(Incident.id)).where(is_overdue(work))
    rows = work.db.execute(query.group_by(Incident.assignee))
    return {member: count for member, count in rows if member is not None}
