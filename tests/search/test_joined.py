"""What was joined to what, asked of more records than one question to a database can hold."""

import random
from uuid import UUID

from incidents.search import kept_all
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
