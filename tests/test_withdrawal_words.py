"""Three words: they stop everything of one person's at once, tell nothing, and destroy nothing."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.consent import Refusal, codes
from incidents.errors import InvalidInput, TooManyAttempts
from incidents.intake import parting, report, schema
from incidents.intake.take_in import take_in
from incidents.model.audit import AuditEntry
from incidents.model.consent import Withdrawal, WithdrawalCode
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import NODE_ACTOR, begin, keys
from tests import make

NOBODYS = " ".join(codes.words("es")[:3])  # of a list, and drawn for nobody here


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """The answer takes a second, which a test need not wait for."""
    monkeypatch.setattr(codes, "SLOW", 0.0)
    monkeypatch.setattr(codes, "JITTER", 0)


def told(staff, **changes):
    """Sent by a researcher: the report, and the words that its teller took along."""
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document(**changes)), "page").id
    with staff.researcher.work() as work:
        return sent, parting.shown(work, sent)


def typed(house, words):
    """As the public page does it: nobody is signed in, and no key is there."""
    with begin(house, NODE_ACTOR, None) as work:
        consent.withdraw_by_words(work, words)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_lists_are_long_everyday_and_without_a_word_twice(language):
    words = codes.words(language)
    assert len(words) >= 700  # three of them: more than 340 million codes
    bare = [codes.normal(word) for word in words]
    assert len(set(bare)) == len(bare)
    assert all(re.fullmatch(r"[a-z]{3,15}", word) for word in bare)
    assert all(unicodedata.is_normalized("NFC", word) for word in words)
    risky = {
        "border",
        "coyote",
        "ice",
        "police",
        "gun",
        "pollo",
        "migra",
        "cartel",
        "muerte",
        "hielo",
        "plaza",
    }
    assert risky.isdisjoint(bare)


def test_the_words_are_drawn_by_chance_and_each_report_has_its_own(staff):
    given = [told(staff)[1][0] for _report in range(4)]
    assert all(len(words.split()) == 3 for words in given)
    assert len(set(given)) == 4
    spoken = set(codes.words("es"))
    assert all(word in spoken for words in given for word in words.split())
    english = make.report_document()
    english["persons"][0]["consent"]["language"] = "en"
    (words,) = told(staff, persons=english["persons"])[1]
    assert set(words.split()) <= set(codes.words("en"))


def test_one_code_a_teller_and_none_for_somebody_mentioned(staff, house):
    document = make.report_document()
    document["persons"][1]["teller"] = True
    _sent, words = told(staff, persons=document["persons"])
    assert len(words) == 2
    assert len(told(staff)[1]) == 1
    assert len(house.db().scalars(select(WithdrawalCode)).all()) == 3


def test_the_words_stop_every_use_at_once_and_erase_nothing(staff, house):
    sent, (words,) = told(staff)
    with staff.reviewer.work() as work:
        id = report.read(work, sent).person_ids["p1"]
        incident = take_in(work, sent).id
    with staff.reviewer.work() as work:
        assert isinstance(consent.permits(work, work.get(Person, id), Purpose.ROWS), consent.Permit)
    typed(house, words)
    with staff.reviewer.work() as work:
        person = work.get(Person, id)
        assert {consent.permits(work, person, purpose) for purpose in Purpose} == {Refusal("withdrawn")}
        assert work.read(person, "name", "consent") == make.CANARY_NAME
        assert work.read(work.get(Incident, incident), "narrative") == make.CANARY_NARRATIVE
        assert consent.withdrawals(work, [id])[id][0].entered_by == keys.NODE


def test_the_words_stop_also_what_is_not_taken_in_yet(staff, house):
    sent, (words,) = told(staff)
    typed(house, words)
    with staff.reviewer.work() as work:
        id = report.read(work, sent).person_ids["p1"]
        take_in(work, sent)
    with staff.reviewer.work() as work:
        assert consent.permits(work, work.get(Person, id), Purpose.STATISTICS) == Refusal("withdrawn")


@pytest.mark.parametrize("change", [str.upper, lambda w: w.replace(" ", ", "), lambda w: f"  {w}\n"])
def test_the_words_are_known_however_they_are_typed(staff, house, change):
    _sent, (words,) = told(staff)
    bare = "".join(s for s in unicodedata.normalize("NFD", words) if not unicodedata.combining(s))
    typed(house, change(bare))
    assert len(house.db().scalars(select(Withdrawal)).all()) == 1


@pytest.mark.parametrize("words", ["", "uno", "luna mesa", "luna mesa sol mar", "1 2 3"])
def test_what_is_not_three_words_is_said(house, words):
    with pytest.raises(InvalidInput):
        typed(house, words)


@pytest.mark.parametrize("given", ["xqzt {} {}", "{} {}x {}", "{} {} qqqq"])
def test_a_slip_of_the_pen_is_said_and_stops_nothing(house, given):
    with pytest.raises(InvalidInput) as said:
        typed(house, given.format(*NOBODYS.split()))
    assert said.value.fields == {"words": [codes.NOT_OURS]}


def test_words_of_nobody_leave_the_same_trace_and_stop_nothing(staff, house):
    _sent, (words,) = told(staff)
    typed(house, NOBODYS)
    assert house.db().scalars(select(Withdrawal)).all() == []
    typed(house, " ".join(reversed(words.split())))
    tried = house.db().scalars(select(AuditEntry).where(AuditEntry.event == "code.tried")).all()
    assert len(tried) == 2
    assert {str(entry.detail) for entry in tried} == {"{}"}


def test_who_guesses_is_stopped_after_a_while(house):
    for _attempt in range(codes.ATTEMPTS):
        typed(house, NOBODYS)
    with pytest.raises(TooManyAttempts):
        typed(house, NOBODYS)


def test_an_answer_takes_as_long_for_somebodys_words_as_for_nobodys(staff, house, monkeypatch):
    slept = []
    monkeypatch.setattr(codes, "SLOW", 0.4)
    monkeypatch.setattr(codes.time, "sleep", slept.append)
    clock = iter(range(1000))
    monkeypatch.setattr(codes.time, "monotonic", lambda: next(clock) / 10)
    _sent, (words,) = told(staff)
    for given in (words, NOBODYS):
        typed(house, given)
    assert all(one == pytest.approx(other) for one, other in pairwise(slept))
    assert slept[0] == pytest.approx(0.3)


def test_the_words_are_nowhere_in_the_files(staff, instance):
    _sent, (words,) = told(staff)
    contents = b"".join(path.read_bytes() for path in instance.folder.rglob("*") if path.is_file())
    assert words.encode() not in contents
    assert codes.normal(words).encode() not in contents


def test_another_nodes_key_does_not_know_the_words(staff, house, tmp_path, monkeypatch):
    _sent, (words,) = told(staff)
    monkeypatch.setattr(house, "node_key", tmp_path / "another.key")
    typed(house, words)
    assert house.db().scalars(select(Withdrawal)).all() == []


def test_the_words_are_shown_to_their_writer_alone_today_and_until_they_are_taken(staff, house):
    sent, words = told(staff)
    with staff.other_researcher.work() as work:
        assert parting.shown(work, sent) == []
    with staff.researcher.work() as work:
        assert parting.shown(work, sent) == words
        parting.taken(work, [sent])
        assert parting.shown(work, sent) == []


def test_what_nobody_took_is_gone_on_the_next_day(staff, house, monkeypatch):
    sent, _words = told(staff)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(house, "now", lambda: tomorrow)
    with staff.other_researcher.work() as work:
        report.send(work, schema.load(make.report_document()), "page")  # whoever sends next sweeps
    monkeypatch.undo()
    with staff.researcher.work() as work:
        assert parting.shown(work, sent) == []


def test_a_report_that_is_sent_again_keeps_its_words(staff, house):
    document = schema.load(make.report_document())
    with staff.researcher.work() as work:
        first = report.send(work, document, "page")
    with staff.researcher.work() as work:
        words = parting.shown(work, first.id)
        report.send(work, document, "page", first.client_id)
    with staff.researcher.work() as work:
        assert parting.shown(work, first.id) == words
    assert len(house.db().scalars(select(WithdrawalCode)).all()) == 1
