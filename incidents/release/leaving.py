"""A signed pack as it leaves: until when, and who took it.

A pack that lies about is downloaded by somebody later who knows nothing of why it was made. So the files of a partner
and of the house can be taken for some days after the signature; a policy without `expires_days` sets no end.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from incidents.errors import Problem, _
from incidents.model.audit import AuditBlock, AuditEntry
from incidents.model.release import Release
from incidents.release.policy import Policy
from incidents.work import Permission, Work

DOWNLOADED = "release.downloaded"  # the note
SHOWN = 50  # downloads that are named, the newest of them


class PackExpired(Problem):
    """Its days are over."""

    status = 409
    code = "pack-expired"
    sentence = _(
        "This pack could be downloaded until %(day)s. Prepare it again with the same choice: it then holds what may "
        "leave today, and somebody signs it anew."
    )


@dataclass(frozen=True)
class Download:
    """Who took it, and when, by the trail."""

    by: UUID
    at: datetime


def until(today: date, rules: Policy) -> date | None:
    """The last day of a pack that is signed today; none: no end."""
    return today + timedelta(days=rules.expires_days) if rules.expires_days else None


def expired(work: Work, release: Release) -> bool:
    """Whether its days are over."""
    return release.expires_on is not None and work.today > release.expires_on


def must_be_open(work: Work, release: Release) -> None:
    """Refuse a pack whose days are over."""
    if expired(work, release) and release.expires_on is not None:
        raise PackExpired(day=release.expires_on.isoformat())


def downloads(work: Work, release: Release) -> list[Download]:
    """Who took it, the newest first; how often in all stands in the release itself."""
    to_see = {Permission.RELEASE_DOWNLOAD, Permission.RELEASE_PREPARE, Permission.RELEASE_SIGN}
    work.actor.must_any(frozenset(to_see))
    query = (
        select(AuditBlock.actor, AuditBlock.at)
        .join(AuditEntry, AuditEntry.block == AuditBlock.number)
        .where(AuditEntry.about_id == release.id, AuditEntry.event == DOWNLOADED)
        .order_by(AuditBlock.number.desc())
        .limit(SHOWN)
    )
    return [Download(row.actor, row.at) for row in work.db.execute(query)]
