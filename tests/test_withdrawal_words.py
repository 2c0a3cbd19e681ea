"""Three words: they stop everything of one person's at once, tell nothing, and destroy nothing."""

import re
import unicodedata
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.consent import Refusal, codes, pacing
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


class Clock:
    """A pace in a time that passes when it is told to."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(pacing.time, "monotonic", lambda: self.now)
        self.pace = pacing.Pace()

    def take(self, whence="", *, seated=0):
        with ExitStack() as seats:
            for _seat in range(seated):
                seats.enter_context(self.pace.turn("198.51.100.0/24"))
            with self.pace.turn(whence) as wait:
                return wait


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def test_who_guesses_from_one_place_is_refused_there_and_nobody_else_is(clock):
    for _try in range(pacing.NEAR):
        clock.take("203.0.113.0/24")
    with pytest.raises(TooManyAttempts):
        clock.take("203.0.113.0/24")
    assert clock.take("192.0.2.0/24") == 0
    clock.now += pacing.WINDOW + 1
    assert clock.take("203.0.113.0/24") == 0


def test_who_guesses_from_everywhere_is_slowed_and_nobody_is_shut_out(clock):
    """However many try: no more than the pace allows, and whoever comes waits for a turn and has it."""
    for number in range(pacing.FREE):
        assert clock.take(f"10.{number}.0.0/24") == 0
    turns = []
    for number in range(50):
        wait = clock.take(f"11.{number}.0.0/24")
        turns.append(clock.now + wait)
        clock.now += wait
    assert all(later - earlier >= pacing.PACE for earlier, later in pairwise(turns))
    assert max(later - earlier for earlier, later in pairwise(turns)) == pacing.PACE
    clock.now += pacing.WINDOW + 1
    assert clock.take("192.0.2.0/24") == 0


def test_no_more_than_a_few_hold_a_thread_of_the_server(clock):
    with pytest.raises(pacing.Crowded):
        clock.take(seated=pacing.SEATS)
    assert clock.take(seated=pacing.SEATS - 1) == 0


def test_who_comes_back_in_a_minute_as_told_is_not_counted_twice(clock):
    with ExitStack() as seats:
        for number in range(pacing.SEATS):
            seats.enter_context(clock.pace.turn(f"10.{number}.0.0/24"))
        for _try in range(3 * pacing.NEAR):
            with pytest.raises(pacing.Crowded):
                clock.take("192.0.2.0/24")
    assert clock.take("192.0.2.0/24") == 0


def test_no_address_is_held_and_invented_ones_fill_no_memory(clock, monkeypatch):
    monkeypatch.setattr(pacing, "MOST", 30)
    for number in range(100):
        with suppress(TooManyAttempts):
            clock.take(f"203.0.{number}.0/24")
    held = vars(clock.pace)
    assert len(held["_near"]) <= 30
    assert "203.0" not in repr(held)


@pytest.mark.parametrize(
    ("peer", "forwarded", "whence"),
    [
        ("93.184.216.34", "", "93.184.216.0/24"),
        ("93.184.216.34", "8.8.8.8", "93.184.216.0/24"),  # a stranger does not say who they are
        ("127.0.0.1", "8.8.8.8, 93.184.216.34", "93.184.216.0/24"),  # a proxy says it last
        ("127.0.0.1", "", ""),
        ("10.0.0.7", "nonsense", ""),
        ("::ffff:93.184.216.34", "", "93.184.216.0/24"),
        ("2600:1f18:aaaa:bbbb::1", "", "2600:1f18:aaaa::/48"),
        ("", "", ""),
    ],
)
def test_whence_a_try_comes_is_known_no_more_exactly_than_a_neighbourhood(peer, forwarded, whence):
    assert consent.neighbourhood(peer, forwarded) == whence


def test_the_lists_are_as_long_as_the_pace_reckons_with():
    shortest = min(len(codes.words(language)) for language in ("en", "es"))
    a_day = 24 * 60 * 60 / pacing.PACE
    assert shortest**3 / 1000 / a_day > 25  # days until a hit, where a thousand people have words


def test_an_answer_takes_as_long_for_somebodys_words_as_for_nobodys(staff, house, monkeypatch):
    slept = []
    monkeypatch.setattr(codes, "SLOW", 0.4)
    monkeypatch.setattr(codes.time, "sleep", slept.append)
    clock = iter(range(1000))
    monkeypatch.setattr(codes.time, "monotonic", lambda: next(clock) / 10)
    _sent, (words,) = told(staff)
    typed(house, NOBODYS)  # the first of a process begins its pace
    slept.clear()
    for given in (words, NOBODYS):
        typed(house, given)
    assert all(one == pytest.approx(other) for one, other in pairwise(slept))
    assert slept[0] == pytest.approx(0.2)


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
