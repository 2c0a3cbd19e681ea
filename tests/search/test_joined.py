"""What was joined to what, asked of more records than one question to a database can hold."""

import random
from uuid import UUID

from sqlalchemy import event

from incidents.model.incident import Act
from incidents.model.vocabulary import Verification
from incidents.search import Filter, kept_all, walking
from tests.search import invented

MANY = 260_000  # PostgreSQL takes 65,535 values in one question; SQLite 250,000, as Debian builds it


def test_of_more_ids_than_a_question_holds_each_is_found(staff):
    kept, between, gone = (invented.record(staff, random.Random(seed)) for seed in (1, 2, 3))
    with staff.coordinator.work() as work:
        invented.merge(work, between, gone)
        invented.merge(work, kept, between)
    draw = random.Random(4)
    others = [UUID(int=draw.getrandbits(128)) for _each in range(MANY)]
    with staff.coordinator.work() as work:
        found = kept_all(work, [gone, *others, between])
    assert found == {gone: kept, between: kept} | {id: id for id in others}


def test_a_list_by_verification_names_no_more_values_however_much_was_merged(staff, house, monkeypatch):
    monkeypatch.setattr(walking, "FEW", 0)  # as where many acts are verified so
    ids = [invented.record(staff, random.Random(seed)) for seed in range(6)]
    with staff.coordinator.work() as work:
        for act in work.db.query(Act).where(Act.incident_id == ids[0]):
            act.verification = Verification.CREDIBLE
        work.note("seen")

    def longest():
        asked, engine = [], house.db().get_bind()
        count = lambda _c, _s, _q, values, *_more: asked.append(len(values))  # noqa: E731  taken off again below
        event.listen(engine, "before_cursor_execute", count)
        with staff.coordinator.work() as work:
            found = [id for _day, id in walking.Walk(work, Filter(verification=Verification.CREDIBLE))]
        event.remove(engine, "before_cursor_execute", count)
        assert found == [ids[0]]
        return max(asked)

    before = longest()
    with staff.coordinator.work() as work:
        for gone in ids[2:]:
            invented.merge(work, ids[1], gone)
        work.note("merged")
    assert longest() == before
