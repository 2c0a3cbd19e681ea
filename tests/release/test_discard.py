"""A prepared release that nobody signed goes again, and nothing remembers who was in it."""

import pytest
from sqlalchemy import delete, event, func, insert, select, update

from incidents.errors import Conflict, Erased, MoveNotAllowed, NotAllowed, TrailBroken
from incidents.model.audit import AuditEntry
from incidents.model.base import db
from incidents.model.release import Release, ReleasedRow
from incidents.model.vocabulary import ReleaseState
from incidents.release import discard, publish
from incidents.safeguards import audit
from incidents.work import Compartment
from tests import make
from tests.release.test_publish import manifest, pack, prepared, signed, story, tell


@pytest.fixture
def told(staff):
    tell(staff, [story() for _ in range(6)])


def discarded(member, release):
    with member.work() as work:
        gone = discard.discard(work, work.get(Release, release))
    with member.work() as work:
        discard.shred(work, gone)


@pytest.mark.parametrize("who", ["analyst", "coordinator"])
def test_it_goes_with_its_ledger_and_its_key_and_the_trail_keeps_that_it_was(staff, told, house, who):
    release = prepared(staff)
    with staff.analyst.work() as work:
        kept = work.read(work.get(Release, release), "manifest")
    discarded(getattr(staff, who), release)
    assert kept["counts"]["released"] == 6
    with staff.coordinator.work() as work:
        assert publish.releases(work) == []
        assert work.db.scalars(select(ReleasedRow)).all() == []
        assert work.vault.keystore.keys([release]) == {}
        assert work.vault.keystore.erased([release]) == {(release, Compartment.FACTS.value)}
        assert work.whole or not list(work.breaks())
    with staff.auditor.work() as work:
        events = [entry.event for entry in entries_about(work, release)]
    assert events[0] == "release.prepared"
    assert events[-1] == "release.discarded"


def entries_about(work, id):
    query = select(AuditEntry).where(AuditEntry.about_id == id)
    return list(work.db.scalars(query.order_by(AuditEntry.block, AuditEntry.position)))


def test_what_is_prepared_next_stands_beside_nothing(staff, told):
    release = prepared(staff)
    discarded(staff.analyst, release)
    tell(staff, [story()])
    again = prepared(staff)
    signed(staff, again)
    said = manifest(pack(staff, again))
    assert said["counts"]["released"] == 7
    with staff.analyst.work() as work:
        assert "compared" not in work.read(work.get(Release, again), "manifest")


def test_what_somebody_signed_is_not_discarded(staff, told):
    half, whole = prepared(staff, "internal"), prepared(staff)
    for release in (half, whole):
        signed(staff, release)
        for who in (staff.analyst, staff.coordinator, staff.second):
            with who.work() as work, pytest.raises(MoveNotAllowed):
                discard.discard(work, work.get(Release, release))
            with who.work() as work:
                assert not discard.may_discard(work, work.get(Release, release))


def test_whoever_neither_prepared_it_nor_signs_releases_discards_nothing(staff, told):
    with staff.coordinator.work() as work:
        assert work.actor.id != staff.analyst.id
    release = prepared(staff)
    for who in (staff.reviewer, staff.researcher, staff.administrator, staff.auditor):
        with who.work() as work, pytest.raises(NotAllowed):
            discard.discard(work, work.get(Release, release))


def test_a_copy_of_the_database_opens_nothing_of_it(staff, told):
    release = prepared(staff)
    with staff.analyst.work() as work:
        kept = work.get(Release, release)
        work.db.expunge(kept)
    discarded(staff.analyst, release)
    with staff.analyst.work() as work, pytest.raises(Erased):
        work.read(kept, "manifest")


def test_one_that_was_signed_is_not_discarded_though_the_database_says_otherwise(staff, told, house):
    release = prepared(staff)
    signed(staff, release)
    with make.behind(house) as data:
        unsigned = {"state": ReleaseState.PREPARED, "signed_by": None}
        data.execute(update(Release).where(Release.id == release).values(**unsigned))
    with staff.analyst.work() as work:
        with pytest.raises(TrailBroken):
            discard.discard(work, work.get(Release, release))
        work.drop()
    with staff.analyst.work() as work:
        assert work.db.scalars(select(ReleasedRow).where(ReleasedRow.release_id == release)).all()


def test_an_entry_of_another_release_that_was_put_among_its_own_is_not_swept_away_with_them(
    staff, told, house
):
    """Its person would be in that release and in no ledger, and the trail would have been told that this is right."""
    other = prepared(staff)
    signed(staff, other)
    release = prepared(staff)
    with db.engine.begin() as data:
        one = data.scalar(select(ReleasedRow.id).where(ReleasedRow.release_id == other))
        data.execute(update(ReleasedRow).where(ReleasedRow.id == one).values(release_id=release))
    with staff.analyst.work() as work, pytest.raises(TrailBroken) as broken:
        discard.discard(work, work.get(Release, release))
    assert str(one) in broken.value.details["where"]


def test_its_ledger_goes_without_being_held_and_the_trail_is_told_of_each_row(
    staff, told, house, monkeypatch
):
    monkeypatch.setattr(audit, "PIECE", 2)  # as of a million rows
    release = prepared(staff)
    loaded = []
    event.listen(ReleasedRow, "load", lambda row, _context: loaded.append(row))
    with staff.analyst.work() as work:
        ids = set(work.db.scalars(select(ReleasedRow.id)))
    discarded(staff.analyst, release)
    assert (len(ids), loaded) == (6, [])
    with staff.auditor.work() as work:
        swept = select(audit.RecordDigest.record_id).where(audit.RecordDigest.digest.is_(None))
        assert ids | {release} == set(work.db.scalars(swept))
        assert list(work.breaks()) == []


def test_its_key_goes_at_the_next_start_where_the_process_ended_before_it_went(staff, told, house):
    gone, stays = prepared(staff), prepared(staff)
    assert discard.finish(house) == 0
    with staff.analyst.work() as work:
        discard.discard(work, work.get(Release, gone))
    assert house.keystore.keys([gone])
    assert discard.finish(house) == 1
    assert house.keystore.keys([gone]) == {}
    assert house.keystore.keys([stays])
    assert discard.finish(house) == 0


def test_a_note_that_nobody_signed_destroys_no_key_of_a_release(staff, told, house):
    release = prepared(staff)
    block = db.session.scalar(select(func.max(AuditEntry.block)))
    place = {"block": block, "position": 900, "about": "release", "about_id": release, "detail": {}}
    db.session.execute(insert(AuditEntry).values(event=discard.EVENT, **place))
    for kind in (ReleasedRow, Release):  # its rows are gone too
        column = Release.id if kind is Release else ReleasedRow.release_id
        db.session.execute(delete(kind).where(column == release))
    db.session.commit()
    assert discard.finish(house) == 0
    assert house.keystore.keys([release])


def test_cut_in_the_middle_it_is_still_whole(staff, told, monkeypatch):
    release = prepared(staff)
    real = audit.merkle_root

    def cut(_leaves):
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "merkle_root", cut)
    with pytest.raises(KeyboardInterrupt), staff.analyst.work() as work:
        discard.discard(work, work.get(Release, release))
    monkeypatch.setattr(audit, "merkle_root", real)
    with staff.analyst.work() as work:
        assert work.db.scalar(select(func.count()).select_from(ReleasedRow)) == 6
    signed(staff, release)
    assert manifest(pack(staff, release))["counts"]["released"] == 6


def test_one_that_is_written_meanwhile_stays_whole(staff, told, house):
    release = prepared(staff)
    with staff.analyst.work() as work:
        discard.discard(work, work.get(Release, release))
        with db.engine.begin() as data:
            data.execute(update(Release).values(version=Release.version + 1))
        with pytest.raises(Conflict):
            work.commit()
    with staff.analyst.work() as work:
        assert work.db.scalar(select(func.count()).select_from(ReleasedRow)) == 6
