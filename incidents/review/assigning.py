"""In whose hands an incident is: taken, passed on, given back. It says who looks at it next and permits nothing."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from incidents.errors import InvalidInput, _
from incidents.model.account import User
from incidents.model.incident import Incident
from incidents.model.vocabulary import AccountState
from incidents.work import Actor, Permission, Work

NO_REVIEWER = _("Choose somebody who reviews.")


def assign(work: Work, incidents: Sequence[Incident], to: UUID | None) -> list[Incident]:
    """Put incidents into a reviewer's hands, or into nobody's; those that changed hands."""
    work.actor.must(Permission.REVIEW_DECIDE)
    if to is not None and to not in {user.id for user in reviewers(work)}:
        raise InvalidInput({"assignee": [NO_REVIEWER]})
    changed = [each for each in incidents if each.assignee != to]
    for each in changed:
        each.assignee = to
        work.note("incident.assigned" if to else "incident.given-back", each)
    return changed


def reviewers(work: Work) -> list[User]:
    """Members who decide on acts."""
    users = work.db.scalars(select(User).where(User.state == AccountState.ACTIVE).order_by(User.sign_in))
    return [user for user in users if Actor(user.id, tuple(user.roles)).may(Permission.REVIEW_DECIDE)]
