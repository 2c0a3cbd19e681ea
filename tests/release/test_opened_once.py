"""What a release opens: each field once, each asking noted, and no key kept of what it has read."""

from sqlalchemy import select

from incidents.model.audit import AuditEntry
from incidents.model.people import Person
from incidents.release import gather, policy
from tests.release.test_publish import story, tell


def test_a_field_is_opened_once_and_noted_as_often_as_it_is_asked_for(staff):
    tell(staff, [story() for _ in range(2)])
    with staff.analyst.work() as work:
        people = list(work.db.scalars(select(Person)))
        with work.once():
            first = work.read_all(people, "facts", "release")
            again = work.read_all(people, "facts", "consent")
            assert all(one is other for one, other in zip(first, again, strict=True))
        anew = work.read_all(people, "facts", "release")
        assert anew == first
        assert not any(one is other for one, other in zip(first, anew, strict=True))
    with staff.coordinator.work() as work:
        notes = work.db.scalars(
            select(AuditEntry)
            .where(AuditEntry.event == "facts.opened")
            .order_by(AuditEntry.block, AuditEntry.position)
        ).all()
        assert [note.detail.get("why") for note in notes if note.about == "person"][-3:] == [
            "release",
            "consent",
            "release",
        ]


def test_keys_are_let_go_unless_something_was_sealed(staff):
    tell(staff, [story() for _ in range(2)])
    with staff.analyst.work() as work:
        gather.gather(work, policy.load("dataset-research"), {})
        assert work.vault._keys
        work.let_go_of_keys()
        assert [*work.vault._keys, *work.vault._wraps, *work.vault._looked] == []
    with staff.reviewer.work() as work:
        someone = work.db.scalars(select(Person)).first()
        work.seal(someone, facts=work.read(someone, "facts"))
        work.let_go_of_keys()
        assert work.vault._keys
        work.drop()
