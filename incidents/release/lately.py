"""What waits, ends or changed among the releases: for a first page, in few statements and without a manifest."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, select

from incidents.model.release import Release, ReleasedQuote, ReleasedRow
from incidents.model.vocabulary import ReleaseState
from incidents.release import ledger
from incidents.work import Permission, Work

SOON = timedelta(days=7)
SEEING = frozenset({Permission.RELEASE_PREPARE, Permission.RELEASE_SIGN})


def unsigned(work: Work) -> int:
    """How many that this person prepared wait for somebody's signature."""
    work.actor.must_any(SEEING)
    query = select(func.count()).select_from(Release)
    mine = query.where(Release.state == ReleaseState.PREPARED, Release.prepared_by == work.actor.id)
    return work.db.scalar(mine) or 0


def ending(work: Work) -> Sequence[Release]:
    """Signed packs that can be downloaded for a week more at most, the first to end on top."""
    work.actor.must_any(SEEING)
    query = select(Release).where(
        Release.state == ReleaseState.SIGNED,
        Release.expires_on >= work.today,
        Release.expires_on <= work.today + SOON,
    )
    return work.db.scalars(query.order_by(Release.expires_on, Release.id)).all()


def uncorrected(work: Work) -> Sequence[Release]:
    """What somebody has and should not rely on, with no release in its place: recalled, or with somebody erased in it.

    A correction takes its place once it is signed, and until it is itself taken back with none after it.
    Whoever only took back a consent is named by the release's own page.
    """
    work.actor.must_any(SEEING)
    erased = select(ReleasedRow.release_id).where(ReleasedRow.incident.is_(None), ReleasedRow.told.is_(None))
    quoted = select(ReleasedQuote.release_id).where(ReleasedQuote.quote.is_(None))
    query = select(Release).where(
        ledger.is_out(),
        Release.downloads > 0,
        or_(
            Release.state == ReleaseState.RECALLED,
            Release.id.in_(erased),
            Release.id.in_(quoted),
        ),
    )
    replaced = _replaced(work)
    found = work.db.scalars(query.order_by(Release.signed_on, Release.id))
    return [release for release in found if release.id not in replaced]


def _replaced(work: Work) -> set[UUID]:
    """In whose place a signed release stands, over however many corrections."""
    query = select(Release.id, Release.corrects, Release.state).where(Release.corrects.is_not(None))
    rows = work.db.execute(query).all()
    corrected = {row.id: row.corrects for row in rows}
    found = set[UUID]()
    for row in rows:
        upwards = row.corrects if row.state == ReleaseState.SIGNED else None
        while upwards is not None and upwards not in found:
            found.add(upwards)
            upwards = corrected.get(upwards)
    return found


def changed(work: Work, limit: int) -> Sequence[Release]:
    """Those that were prepared, signed or recalled last, the newest first."""
    work.actor.must_any(SEEING)
    on = func.coalesce(Release.recalled_on, Release.signed_on, Release.prepared_on)
    return work.db.scalars(select(Release).order_by(on.desc(), Release.id).limit(limit)).all()
