"""What came since a release was prepared or looked at: a yes that goes less far by now, another that goes out too."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, tuple_

from incidents import consent
from incidents.model.audit import RecordDigest
from incidents.model.consent import ConsentEvent
from incidents.model.release import Release
from incidents.model.vocabulary import Purpose
from incidents.release import ledger
from incidents.work import Work


def narrowed(work: Work, release: Release, people: Collection[UUID], purposes: Collection[str]) -> bool:
    """Whether one of these said since it was prepared that a yes goes less far: without the place, for example."""
    prepared = select(RecordDigest.block, RecordDigest.position).where(
        RecordDigest.record_id == release.id, RecordDigest.version == 1
    )
    place = work.db.execute(prepared).one()
    query = select(ConsentEvent.id, ConsentEvent.person_id)
    query = query.join(RecordDigest, RecordDigest.record_id == ConsentEvent.id)
    later = tuple_(RecordDigest.block, RecordDigest.position) > tuple_(*place)
    late = {row.id: row.person_id for row in work.db.execute(query.where(RecordDigest.version == 1, later))}
    whose = {*late.values()} & {*people}
    return any(consent.narrowed(work, whose, Purpose(purpose), late) for purpose in purposes)


def must_be_first(work: Work, release: Release) -> None:
    """Of two that are signed at once and know nothing of each other, the later is looked at again."""
    before = _out(work, release)
    work.only_if(lambda: _out(work, release) <= before)


def _out(work: Work, but: Release) -> set[UUID]:
    """What somebody may have, beside this one."""
    return {*work.db.scalars(select(Release.id).where(ledger.is_out(), Release.id != but.id))}
