"""What its maker is shown once is stored with the keys of the same Work: in one step, and not where the deed failed."""

import pytest
from sqlalchemy import event

from incidents.intake import parting, report, schema
from incidents.work import keys
from tests import make


@pytest.fixture
def writes(house):
    """How often the keystore wrote since, by the statements of each of its transactions."""
    begun = [[]]

    def said(_connection, _cursor, statement, *_rest):
        word = statement.split()[0]
        begun.append([]) if word == "BEGIN" else begun[-1].append(word)

    event.listen(house.keystore._engine, "before_cursor_execute", said)
    return lambda: [step for step in begun if {"INSERT", "UPDATE", "DELETE"} & set(step)]


def test_a_report_and_the_words_of_its_teller_are_one_write_of_the_keystore(staff, house, writes):
    document = schema.load(make.report_document())
    with staff.researcher.work() as work:
        before = len(writes())
        sent = report.send(work, document, "page").id
        assert len(writes()) == before  # nothing is written before the commit
    assert len(writes()) == before + 1
    with staff.researcher.work() as work:
        assert parting.shown(work, sent)


def test_what_is_put_aside_in_a_deed_that_fails_is_nowhere(staff, house):
    rings = []

    def fails(work):
        rings.append(work.vault.ring)
        work.put_aside("words/today/1", "one two three")
        raise RuntimeError("a deed failed")

    with pytest.raises(RuntimeError, match="a deed failed"), staff.researcher.work() as work:
        fails(work)
    (ring,) = rings
    assert keys.put_aside_value(house.keystore, ring, "words/today/1") is None


def test_what_is_put_aside_opens_for_its_maker_alone(staff, house):
    with staff.researcher.work() as work:
        ring = work.vault.ring
        work.put_aside("words/today/1", "one two three")
    assert keys.put_aside_value(house.keystore, ring, "words/today/1") == "one two three"
    with staff.other_researcher.work() as work:
        assert keys.put_aside_value(house.keystore, work.vault.ring, "words/today/1") is None
