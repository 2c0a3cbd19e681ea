"""Words are found whatever their accents; a search can be ended, and nothing of it is kept in clear."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crypto.envelope import canonical_json, read_json
from incidents import erasure, jobs, search
from incidents.app import register_jobs
from incidents.intake import report, schema, take_in
from incidents.model.facet import Facet
from incidents.model.incident import Incident
from incidents.model.report import Batch
from incidents.search import words
from incidents.work import Compartment, Unreadable
from tests import make
from tests.search import invented


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("telefono", "Nos quitaron los TELÉFONOS."),
        ("TELÉFONO", "nos quitaron los telefonos"),
        ("nos TELE", "Tele, nos quitaron"),
        ('"los telefonos"', "quitaron los\n teléfonos"),
        ("strasse", "die Straße"),
        ("مرحبا", "قالوا مَرْحَبًا"),
        ("nandu", "un n\u0303andu\u0301"),
    ],
)
def test_accents_capitals_and_order_do_not_matter(sought, text):
    assert words.finder(words.terms(sought))(text)


@pytest.mark.parametrize(
    ("sought", "text"),
    [("telefono casa", "teléfono"), ('"nos tele"', "tele nos"), ("ab", "aжb"), ("مرحبا", "adiós")],
)
def test_every_word_must_stand_there_as_it_is(sought, text):
    assert not words.finder(words.terms(sought))(text)


@given(text=st.text(max_size=80), start=st.integers(0, 79), length=st.integers(1, 8))
def test_a_piece_of_a_text_is_found_in_it_and_shown_in_its_place(text, start, length):
    piece = text[start : start + length].replace('"', "").strip()
    wanted = words.terms(f'"{piece}"')
    if wanted and words.finder(wanted)(text):
        before, middle, after = words.snippet(text, f'"{piece}"')
        assert (before.removeprefix("… ") + middle + after.removesuffix(" …")) in text


def test_nothing_of_a_search_is_in_clear(staff, house):
    register_jobs()
    invented.record(staff, random.Random(1))
    with staff.reviewer.work() as work:
        job = jobs.start(work, search.FIND, {}, {"words": "zanahoriopolis"})
        assert b"zanahoria" not in job.input.data
    assert jobs.run_waiting(house)
    with staff.reviewer.work() as work:
        done = work.get(type(job), job.id)
        assert (done.state, done.input, done.arguments) == ("done", None, {})
        assert jobs.result(work, done)["found"] == 1


def test_a_search_is_ended_after_the_chunk_that_is_read(staff, house, monkeypatch):
    register_jobs()
    monkeypatch.setattr(words, "CHUNK", 1)
    for number in range(3):
        invented.record(staff, random.Random(number))
    with staff.reviewer.work() as work:
        id = jobs.start(work, search.FIND, {}, {"words": "gasolinera"}).id
    looked = []
    chunk = jobs.Step.chunk

    def ended(step, done, total):
        chunk(step, done, total)
        looked.append((done, total))
        step.work.drop()
        with staff.reviewer.work() as work:
            jobs.cancel(work, jobs.one(work, id))

    monkeypatch.setattr(jobs.Step, "chunk", ended)
    assert jobs.run_waiting(house)
    assert looked == [(1, 3)]
    with staff.reviewer.work() as work:
        assert jobs.one(work, id).state == "cancelled"


def test_a_merged_account_is_found_under_the_incident_it_was_merged_into(staff, house):
    register_jobs()
    kept = invented.record(staff, random.Random(1), narrative="Una cosa.", summary=None)
    gone = invented.record(staff, random.Random(2), narrative="El puente roto.", summary=None)
    with staff.coordinator.work() as work:
        invented.merge(work, kept, gone)
        search.refile(work, kept, gone)
        work.note("merged")
    with staff.reviewer.work() as work:
        id = jobs.start(work, search.FIND, {}, {"words": "puente"}).id
    assert jobs.run_waiting(house)
    with staff.reviewer.work() as work:
        assert jobs.result(work, jobs.one(work, id))["ids"] == [str(kept)]
        incident = work.get(Incident, kept)
        assert search.snippets(work, [incident], "puente") == [("El ", "puente", " roto.")]


def test_a_cancelled_import_leaves_no_facet(staff, house):
    with staff.coordinator.work() as work:
        batch = work.add(Batch(kind="import", recorded_by=work.actor.id, received_on=work.today))
        told = report.make(
            work, schema.load(make.report_document()), channel="import", client_id=uuid4(), batch_id=batch.id
        )
        incident = take_in.understand(work, told, told.document).id
    found = select(Facet).where(Facet.incident_id == incident)
    assert house.db().scalars(found).first() is not None
    erasure.discard_batch(house, batch.id)
    house.db().rollback()
    assert house.db().scalars(found).first() is None


LETTERS = st.sampled_from(
    [*"aeinosuzAN0. \n", *"áéÑñüßẞ½ﬁ\u017fK…“★İı", "\u0301", "\\", '"', "\ud835", "\udc1a", "\0"]
)


@given(
    text=st.text(LETTERS, max_size=40) | st.text(max_size=40),
    start=st.integers(0, 39),
    length=st.integers(1, 8),
)
def test_what_a_text_holds_is_never_let_go_unread(text, start, length):
    piece = text[start : start + length]
    for sought in (piece, f'"{piece}"', f"{piece} a"):
        wanted = words.terms(sought)
        sealed = canonical_json(text)
        if words.finder(wanted)(read_json(sealed)):
            assert words.sieve(wanted)(b"null\n" + sealed)
            assert words.sieve(wanted)(canonical_json({"narrative": text, "asks": 1}))


def test_each_letter_alone_is_never_let_go_unread():
    for code in range(0x110000):
        letter = chr(code)
        wanted = words.terms(f'"{letter}"') if letter != '"' else []
        if wanted and wanted[0].isascii() and words.finder(wanted)(letter):
            assert words.sieve(wanted)(canonical_json(letter)), hex(code)


def test_what_is_not_worth_reading_comes_as_nothing_and_the_rest_as_it_is_seen(staff):
    ids = [invented.record(staff, random.Random(n), narrative=f"Casa {n}.", summary=None) for n in range(3)]
    with staff.reviewer.work() as work:
        incidents = [work.get(Incident, id) for id in ids]
        rows = [(each.id, each.narrative, each.summary) for each in incidents]
        seen = [[work.vault.view(each, name) for name in words.TEXTS] for each in incidents]
        bare = [(id, *(seal.data for seal in seals)) for id, *seals in rows]
        assert list(work.vault.scan(Incident, words.TEXTS, rows)) == seen
        assert list(work.vault.scan(Incident, words.TEXTS, bare)) == seen
        some = list(work.vault.scan(Incident, words.TEXTS, rows, lambda json: b"Casa 1." in json))
        assert some == [[None, None], seen[1], [None, None]]


def test_what_was_altered_or_erased_is_passed_over_for_its_own_reason(staff, house):
    ids = [invented.record(staff, random.Random(n), narrative=f"Casa {n}.", summary=None) for n in range(3)]
    house.keystore.shred([(ids[2], Compartment.TESTIMONY)], "a decision")
    with staff.reviewer.work() as work:
        rows = [(id, work.get(Incident, id).narrative) for id in ids]
        moved = [(rows[0][0], rows[1][1]), rows[1], rows[2]]
        read = [values[0] for values in work.vault.scan(Incident, ("narrative",), moved)]
    assert read == [Unreadable("altered"), "Casa 1.", Unreadable("erased")]


@pytest.mark.parametrize("cut", [0, 3, 5, 7, 20])
def test_a_text_cut_in_the_database_is_altered_and_stops_no_search(staff, cut):
    ids = [invented.record(staff, random.Random(n), narrative=f"Casa {n}.", summary=None) for n in range(2)]
    with staff.reviewer.work() as work:
        whole, other = (work.get(Incident, id).narrative.data for id in ids)
        rows = [(ids[0], whole[:cut]), (ids[1], other)]
        read = [values[0] for values in work.vault.scan(Incident, ("narrative",), rows)]
    assert read == [Unreadable("altered"), "Casa 1."]


def test_of_too_many_the_newest_are_kept_and_how_many_there_are_is_told(staff, house, monkeypatch):
    register_jobs()
    day = datetime.now(UTC) - timedelta(days=9)
    found = []
    for number in range(5):
        with monkeypatch.context() as then:
            then.setattr(house, "now", lambda number=number: day + timedelta(days=number))
            found.append(invented.record(staff, random.Random(number), narrative="Un puente.", summary=None))
    with staff.reviewer.work() as work:
        id = jobs.start(work, search.FIND, {}, {"words": "puente"}).id
    monkeypatch.setattr(words, "CHUNK", 2)
    monkeypatch.setattr(words, "MOST_FOUND", 3)
    assert jobs.run_waiting(house)
    with staff.reviewer.work() as work:
        told = jobs.result(work, jobs.one(work, id))
    assert told["ids"] == [str(id) for id in found[:1:-1]]
    assert (told["looked"], told["found"]) == (5, 5)
