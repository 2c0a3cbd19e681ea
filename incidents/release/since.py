"""What came since a release was prepared or looked at: a yes that goes less far, an erasure, another that goes out."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select, tuple_

from incidents import consent
from incidents.model.audit import RecordDigest
from incidents.model.base import Record
from incidents.model.consent import ConsentEvent
from incidents.model.erasure import Erasure
from incidents.model.release import Release
from incidents.model.vocabulary import Purpose
from incidents.release import ledger
from incidents.release.gather import Gathered
from incidents.work import Work


def narrowed(work: Work, release: Release, people: Collection[UUID], purposes: Collection[str]) -> bool:
    """Whether one of these said since it was prepared that a yes goes less far: without the place, for example."""
    late = came(work, release, ConsentEvent)
    query = select(ConsentEvent.person_id).where(ConsentEvent.id.in_(_late(work, release, ConsentEvent)))
    whose = {*work.db.scalars(query)} & {*people}
    return any(consent.narrowed(work, whose, Purpose(purpose), late) for purpose in purposes)


def came(work: Work, release: Release, kind: type[Record]) -> frozenset[UUID]:
    """The records of a kind that the trail has since this one was prepared."""
    return frozenset(work.db.scalars(_late(work, release, kind)))


def _late(work: Work, release: Release, kind: type[Record]) -> Select[UUID]:
    of_first = select(RecordDigest.block, RecordDigest.position).where(RecordDigest.version == 1)
    prepared = work.db.execute(of_first.where(RecordDigest.record_id == release.id)).one()
    later = tuple_(RecordDigest.block, RecordDigest.position) > tuple_(*prepared)
    query = select(RecordDigest.record_id).where(RecordDigest.version == 1, later)
    return query.where(RecordDigest.about == kind.__tablename__)


def nobody_erased(work: Work, gathered: Gathered, released: Sequence[int]) -> None:
    """Whoever is erased while it is made is not written into the ledger after it forgot them: it is made anew."""
    since = date.fromisoformat(gathered.data_date)

    def so() -> bool:
        query = select(Erasure.subject).where(Erasure.kind == "person", Erasure.decided_on >= since)
        erased = {*work.db.scalars(query)}  # not whose names alone are gone: they still count
        return not erased or all(
            gathered.people[place] not in erased and erased.isdisjoint(gathered.leans[place])
            for place in released
        )

    work.only_if(so)


def must_be_first(work: Work, release: Release) -> None:
    """Of two that are signed at once and know nothing of each other, the later is looked at again."""
    before = _out(work, release)
    work.only_if(lambda: _out(work, release) <= before)


def _out(work: Work, but: Release) -> set[UUID]:
    """What somebody may have, beside this one."""
    return {*work.db.scalars(select(Release.id).where(ledger.is_out(), Release.id != but.id))}
