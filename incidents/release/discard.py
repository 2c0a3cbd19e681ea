"""A prepared release that nobody signed goes again: its files, who is in it, and its key. The trail keeps that it was.

Nothing of it left the house, so it stands beside nothing: what is prepared next is compared with what went out.
"""

from uuid import UUID

from sqlalchemy import select

from incidents.errors import MoveNotAllowed, Problem, TrailBroken, _
from incidents.model.audit import AuditEntry, RecordDigest
from incidents.model.release import Release, ReleasedQuote, ReleasedRow
from incidents.model.vocabulary import ReleaseState
from incidents.work import NODE_ACTOR, Compartment, House, Permission, Work

EVENT = "release.discarded"


class ReleaseDiscarded(Problem):
    """What a job that made or was to sign it says afterwards."""

    status = 410
    code = "release-discarded"
    sentence = _(
        "This release was discarded before it was signed, and nothing of it is left. Prepare it anew."
    )


def may_discard(work: Work, release: Release) -> bool:
    """Whether I may: whoever prepared it, and whoever signs releases; and whether nobody signed it yet."""
    return _waits(release) and (_mine(work, release) or work.actor.may(Permission.RELEASE_SIGN))


def _waits(release: Release) -> bool:
    return release.state == ReleaseState.PREPARED and release.signed_by is None


def _mine(work: Work, release: Release) -> bool:
    return release.prepared_by == work.actor.id and work.actor.may(Permission.RELEASE_PREPARE)


def discard(work: Work, release: Release) -> UUID:
    """Take it away with its ledger. Its key goes with `shred`, once this is committed.

    Problems: NotAllowed, MoveNotAllowed where somebody signed it, TrailBroken.
    """
    if not _mine(work, release):
        work.actor.must(Permission.RELEASE_SIGN)
    if not _waits(release):
        raise MoveNotAllowed
    work.vouched([release])  # one that was signed, and altered to look as if nobody had, is not taken away
    work.note(EVENT, release, policy=release.policy)
    for kind in (ReleasedRow, ReleasedQuote):
        _must_be_its_own(work, kind, release)
        work.sweep(kind, kind.release_id == release.id)  # a million of them are never held
    work.db.delete(release)
    return release.id


def _must_be_its_own(work: Work, kind: type[ReleasedRow] | type[ReleasedQuote], release: Release) -> None:
    """Rows that were written with it: one of another release that was put among them would go without a trace."""
    written = select(RecordDigest.block).where(RecordDigest.version == 1)
    own = written.where(RecordDigest.record_id == release.id).scalar_subquery()
    first = written.where(RecordDigest.record_id == kind.id).correlate(kind).scalar_subquery()
    query = select(kind.id).where(kind.release_id == release.id, first.is_distinct_from(own))
    stranger = work.db.scalars(query.limit(1)).first()
    if stranger is not None:
        raise TrailBroken(where=f"{kind.__tablename__}/{stranger}")


def shred(work: Work, id: UUID) -> None:
    """Destroy the key of what was discarded: no copy of the data opens it again.

    Copies of the keys learn of it with `erasure.finish`.
    """
    work.vault.keystore.shred([(id, Compartment.FACTS)], "release discarded")


def finish(house: House) -> int:
    """The keys of what was discarded and not shredded, for the process ended in between. Of how many; may be repeated.

    The signed note says which: whoever writes to the database destroys no key, and none of a release that is there.
    """
    work = house.work(NODE_ACTOR, None)
    work.drop()
    said = select(AuditEntry.about_id, AuditEntry.block).where(AuditEntry.event == EVENT)
    noted = {id: block for id, block in work.db.execute(said) if id is not None}
    there = set(work.db.scalars(select(Release.id).where(Release.id.in_(noted))))
    held = {id for id, _compartment in house.keystore.keys([*noted], Compartment.FACTS.value)}
    left = [id for id in sorted(held - there) if work.is_signed(noted[id])]
    for id in left:
        shred(work, id)
    work.drop()
    return len(left)
