"""What an export holds comes in again equal: out of one house, into an empty one."""

import json
import tempfile
from collections import Counter
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from incidents import consent, erasure, follow_up, jobs
from incidents.errors import FreshSignInNeeded, JobNotReady, NotAllowed, SecondPersonNeeded, TrailBroken
from incidents.intake import exporters, importers, interviews, own, rearranging, report, returning
from incidents.intake.take_in import take_in
from incidents.model.audit import AuditEntry
from incidents.model.erasure import Erasure
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import IncidentState, Purpose, Verification, codes
from incidents.work import NODE_ACTOR, Compartment
from tests import make
from tests.intake import told_again
from tests.intake.test_importers import ROWS, file, run


@pytest.fixture(autouse=True)
def _registered():
    def discard(house, job):
        for id in importers.batches_of(house.work(NODE_ACTOR, None), job):
            erasure.discard_batch(house, id)

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))


@pytest.fixture(autouse=True)
def elsewhere(request, monkeypatch):
    """Where an emptied house has its data: as the house before it, in PostgreSQL or in a file."""
    chosen = getattr(request.node, "callspec", None)
    if chosen is not None and chosen.params.get("template") == "postgres":
        monkeypatch.setattr(Elsewhere, "cluster", request.getfixturevalue("postgres_cluster"))


class Elsewhere:
    cluster = None


@contextmanager
def another(template, folder):
    """An empty house, as after a wipe; its coordinator."""
    cluster = Elsewhere.cluster
    url = cluster.fresh() if cluster else make.database_file(folder)
    opened = template.copy(folder, url)
    with opened.app.app_context():
        yield template.founder_in(opened.house)
    opened.close()
    if cluster:
        cluster.drop(url)


def exported(member):
    with member.work() as work:
        exporters.begin(work)
    return b"".join(exporters.lines(member.work))


def imported(member, data):
    given = importers.packed(data, "export.jsonl", "")
    return jobs.run_here(member.house, member.actor, member.ring, importers.KIND, {}, given)


def seen(member, *, moved=False):
    with member.work() as work:
        return told_again.laid_out(work, moved=moved)


def round_trip(template, folder, member):
    """Out, wiped, in again: what was there and what is there."""
    before, data = seen(member, moved=True), exported(member)
    with another(template, folder) as other:
        done = imported(other, data)
        assert set(done["totals"]) <= {"new"}, [each for each in done["lines"] if each["outcome"] != "new"]
        assert not [each for each in done["lines"] if each["reason"]]
        after = seen(other)
        with other.work() as work:
            assert list(work.breaks()) == []
    return before, after


def same(before, after):
    for kind, rows in before.items():
        assert after[kind] == rows, kind


def send(member, document, take=True):
    with member.work() as work:
        sent = report.send(work, document, "page")
    if take:
        with member.work() as work:
            (interviews.record if interviews.is_nothing(document) else take_in)(work, sent.id)
    return sent.id


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(st.lists(st.tuples(told_again.told(), st.booleans()), min_size=1, max_size=3))
def test_round_trip_of_random_records(sqlite_template, told):
    with tempfile.TemporaryDirectory() as folder, another(sqlite_template, Path(folder, "a")) as member:
        for document, take in told:
            kept = told_again.kept(document)
            if kept is not None:
                send(member, kept, take)
        same(*round_trip(sqlite_template, Path(folder, "b"), member))


def test_round_trip_of_all_precisions_and_all_no_answers(template, coordinator, tmp_path):
    document = told_again.kept(told_again.everything_coded())
    assert document is not None
    send(coordinator, document)
    same(*round_trip(template, tmp_path / "b", coordinator))


def test_round_trip_of_a_narrative_of_five_megabytes(template, coordinator, tmp_path):
    words = "".join(told_again.PIECES)
    narrative = (words * (5_000_000 // len(words) + 1))[:5_000_000]
    send(coordinator, make.report_document(narrative=narrative))
    before, after = round_trip(template, tmp_path / "b", coordinator)
    same(before, after)
    assert len(after["incidents"][0]["narrative"]) == 5_000_000


# -- what was joined, taken apart, decided


def incident_of(member, id):
    with member.work() as work:
        return report.incident_of(work, work.get(Report, id))


def person_of(member, id, key="p1"):
    with member.work() as work:
        return report.read(work, id).person_ids[key]


def worked_on(member):
    """A house in which everything was done that can be done with what was told."""
    one, two, three, four = (send(member, make.report_document()) for _ in range(4))
    waiting = send(member, make.report_document(narrative="Otra vez."), take=False)
    nothing = make.report_document(
        acts=None, persons=None, involvements=None, sources=None, perpetrators=None, narrative="Nada."
    )
    send(member, {**nothing, "interview": {"outcome": "NOT", "mode": "INP"}})
    first, second, third = (incident_of(member, each) for each in (one, two, three))
    with member.work() as work:
        report.set_aside(work, work.get(Report, waiting), "outside")
        rearranging.merge(work, first, second, "The same van, the same day.")
        rearranging.merge_persons(
            work, person_of(member, one), person_of(member, two), "She says so herself."
        )
        rearranging.link(work, first, third, first_of("incident_link"))
    with member.work() as work:
        rearranging.unlink(work, work.get(Report, four), "It tells of another day.")
    with member.work() as work:
        person = work.get(Person, person_of(member, three))
        consent.decide(work, person, {"decisions": {"ROW": "refused", "QUO": "given"}, "on": "2019-05-01"})
        consent.withdraw(work, person, [Purpose.STATISTICS])
        done = {"kind": first_of("intervention"), "status": first_of("intervention_status")}
        follow_up.intervene(work, work.get(Incident, third), done, "Rang twice.")
    return one, two, three, four


def first_of(name):
    return next(iter(codes(name)))


def test_round_trip_of_what_was_joined_taken_apart_and_decided(template, coordinator, tmp_path):
    worked_on(coordinator)
    before, after = round_trip(template, tmp_path / "b", coordinator)
    same(before, after)
    assert len(after["arrangements"]) == 3
    assert len(after["between"]) == len(after["interventions"]) == len(after["withdrawals"]) == 1


def test_round_trip_of_a_split_keeps_which_act_went_where(template, coordinator, tmp_path):
    acts = [{"key": "a1", "type": "KID"}, {"key": "a2", "type": "EXT"}]
    sent = send(coordinator, make.report_document(acts=acts, involvements=None))
    with coordinator.work() as work:
        incident = work.get(Incident, incident_of(coordinator, sent))
        (act,) = work.db.scalars(select(Act.id).where(Act.number == 2))
        rearranging.split(work, incident, [act], "Two days lie between them.")
    same(*round_trip(template, tmp_path / "b", coordinator))


def test_round_trip_of_versions_of_an_imported_row(template, coordinator, tmp_path):
    run(coordinator, file(*ROWS))
    run(coordinator, file(*ROWS[:-1], "r7,07/03/2019,99,Somebody else"))
    before, after = round_trip(template, tmp_path / "b", coordinator)
    same(before, after)
    assert {each["edition"] for each in after["reports"].values()} == {1, 2}


def test_round_trip_of_what_was_published_keeps_it_apart_until_a_second_person_confirms(
    template, staff, coordinator, tmp_path
):
    """Twice from one source, and beside it what was told in confidence."""
    run(staff.reviewer, file(*ROWS[:4]))
    run(staff.reviewer, file(*ROWS[4:]))
    send(coordinator, make.report_document())
    data = exported(coordinator)
    with another(template, tmp_path / "b") as other:
        done = imported(other, data)
        assert set(done["totals"]) == {"new"}
        with other.work() as work:
            (basis,) = consent.waiting_bases(work)
            people = list(work.db.scalars(select(Person)))
            assert work.read(basis, "facts")["citation"] == "Invented register, 2020"
            with pytest.raises(SecondPersonNeeded):
                consent.confirm_basis(work, basis)
            basis.set_by, basis.confirmed_by = uuid4(), other.id
        with other.work() as work:
            answers = consent.permits_all(work, people, Purpose.ROWS)
            kinds = Counter(getattr(answer, "kind", "none") for answer in answers.values())
            states = {batch.published for batch in work.db.scalars(select(Batch))}
    assert kinds == {"basis": 7, "consent": 1, "none": 1}
    assert states == {True}


def test_what_comes_in_is_verified_by_nobody_and_not_by_whoever_brought_it(template, coordinator, tmp_path):
    send(coordinator, make.report_document())
    data = exported(coordinator)
    with another(template, tmp_path / "b") as other:
        imported(other, data)
        with other.work() as work:
            (act,) = work.db.scalars(select(Act))
            (incident,) = work.db.scalars(select(Incident))
        assert (act.verification, act.submitted_by) == (Verification.RECEIVED, [str(other.id)])
        assert (incident.state, incident.recorded_by) == (IncidentState.OPEN, other.id)


# -- again, and where it is already


def test_the_same_export_again_changes_nothing(template, coordinator, tmp_path):
    send(coordinator, make.report_document())
    data = exported(coordinator)
    with another(template, tmp_path / "b") as other:
        first, again = imported(other, data), imported(other, data)
        assert first["totals"] == {"new": 4}
        assert again["totals"] == {"unchanged": 4}
        assert len(seen(other)["reports"]) == 1


def test_an_export_in_its_own_house_changes_nothing(coordinator):
    send(coordinator, make.report_document())
    before = seen(coordinator)
    assert imported(coordinator, exported(coordinator))["totals"] == {"unchanged": 4}
    assert seen(coordinator) == before


def test_a_later_export_brings_what_is_new(template, coordinator, tmp_path):
    send(coordinator, make.report_document())
    first = exported(coordinator)
    send(coordinator, make.report_document(narrative="Otra."))
    second = exported(coordinator)
    with another(template, tmp_path / "b") as other:
        imported(other, first)
        assert imported(other, second)["totals"] == {"new": 4, "unchanged": 4}
        after = seen(other)
    same(seen(coordinator, moved=True), after)


def test_an_export_whose_incident_is_here_in_part_waits_in_the_inbox(template, coordinator, tmp_path):
    """A report that was linked to an incident after the first export."""
    one = send(coordinator, make.report_document())
    first = exported(coordinator)
    other_one = send(coordinator, make.report_document(narrative="La misma noche."), take=False)
    with coordinator.work() as work:
        take_in(work, other_one, link_to=incident_of(coordinator, one))
    second = exported(coordinator)
    with another(template, tmp_path / "b") as other:
        imported(other, first)
        done = imported(other, second)
        waits = [line for line in done["lines"] if "inbox" in line["reason"]]
        assert len(waits) == 1
        with other.work() as work:
            (line,) = report.inbox(work)
            take_in(work, line.id, link_to=next(iter(work.db.scalars(select(Incident.id)))))


def test_a_run_that_was_cut_goes_on_and_counts_the_same(template, coordinator, tmp_path, monkeypatch):
    for _ in range(5):
        send(coordinator, make.report_document())
    data = exported(coordinator)
    monkeypatch.setattr(own, "ROWS", 3)
    with another(template, tmp_path / "b") as other:
        taken, calls = returning.take, []

        def cut(work, chunk, batch_id):
            calls.append(len(chunk))
            if len(calls) == 4:
                raise KeyboardInterrupt
            return taken(work, chunk, batch_id)

        monkeypatch.setattr(returning, "take", cut)
        with pytest.raises(KeyboardInterrupt):
            imported(other, data)
        with other.work() as work:
            assert report.inbox(work) == []
            assert list(work.db.scalars(select(Batch.published))) == [False]
        done = imported(other, data)
        after = seen(other)
    assert done["totals"] == {"new": 20}
    same(seen(coordinator, moved=True), after)


def test_a_cancelled_import_of_an_export_leaves_nothing(template, coordinator, tmp_path, monkeypatch):
    worked_on(coordinator)
    run(coordinator, file(*ROWS))
    data = exported(coordinator)
    with another(template, tmp_path / "b") as other:
        monkeypatch.setattr(importers, "_file_own", _end)
        with pytest.raises(JobNotReady):
            imported(other, data)
        left = seen(other)
        assert not any(left.values()), {kind: rows for kind, rows in left.items() if rows}
        with other.work() as work:
            assert list(work.db.scalars(select(Batch))) == []


def _end(step, _batch, _total):
    raise jobs.Cancelled


# -- what stays out


def test_whoever_withdrew_or_was_erased_is_not_in_the_file(coordinator):
    one = send(coordinator, make.report_document())
    two = send(coordinator, make.report_document(narrative="Otra.", summary=None))
    with coordinator.work() as work:
        consent.withdraw(work, work.get(Person, person_of(coordinator, one)))
    data = exported(coordinator).decode()
    end = json.loads(data.splitlines()[-1])
    assert end["left_out"]["people_withdrawn"] == 2  # and whoever only they told of
    assert make.CANARY_NARRATIVE not in data
    assert "Otra." in data
    assert str(person_of(coordinator, one)) not in data
    assert str(person_of(coordinator, two)) in data


def test_an_erased_person_is_not_in_the_file_and_does_not_come_back(template, coordinator, tmp_path):
    sent = send(coordinator, make.report_document())
    before, person = exported(coordinator), person_of(coordinator, sent)
    with coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, person), "She asked for it, by telephone.")
    erasure.finish(coordinator.house)
    data = exported(coordinator).decode()
    assert str(person) not in data
    assert make.CANARY_NAME not in data
    assert make.CANARY_NAME not in json.dumps(imported(coordinator, before))
    with another(template, tmp_path / "b") as there:
        imported(there, data.encode())
        assert len(seen(there)["people"]) == 1


def test_whoever_was_erased_where_an_export_came_in_does_not_come_back_with_a_later_one(
    template, coordinator, tmp_path
):
    sent = send(coordinator, make.report_document())
    data, person = exported(coordinator), person_of(coordinator, sent)
    with another(template, tmp_path / "b") as there:
        row = Erasure(
            kind="person",
            subject=own.id_here(person),
            things=[],
            state="swept",
            decided_by=there.id,
            decided_on=date(2020, 1, 1),
        )
        with there.work() as work:
            work.add(row)
        done = imported(there, data)
        after = seen(there)
    assert done["totals"] == {"new": 3, "refused": 1}
    assert len(after["people"]) == 1
    (told,) = after["reports"].values()
    assert [each["key"] for each in told["document"]["persons"]] == ["p2"]
    assert "narrative" not in told["document"]


def test_only_a_coordinator_who_gave_the_passphrase_just_now_exports(staff, coordinator):
    for who in (staff.reviewer, staff.analyst, staff.administrator, staff.auditor, staff.researcher):
        with pytest.raises(NotAllowed), who.work() as work:
            exporters.begin(work)
        with pytest.raises(NotAllowed):
            list(exporters.lines(who.work))
    with pytest.raises(FreshSignInNeeded), coordinator.work(fresh=False) as work:
        exporters.begin(work)


def test_an_export_is_noted_with_its_counts_before_its_first_line(coordinator):
    send(coordinator, make.report_document())
    exported(coordinator)
    with coordinator.work() as work:
        notes = {note.event: note.detail for note in work.db.scalars(select(AuditEntry))}
    assert notes["export.begun"] == {"reports": 1, "incidents": 1, "people": 2}
    assert notes["export.done"] == {"count": 4}


def test_what_was_altered_behind_the_program_is_not_carried_out(coordinator, house):
    send(coordinator, make.report_document())
    with make.behind(house) as connection:
        connection.execute(text("UPDATE report SET danger = 'today'"))
    with pytest.raises(TrailBroken), coordinator.work() as work:
        exporters.begin(work)


# -- files that are not what they say


def test_a_file_that_was_cut_is_refused_whole(template, coordinator, tmp_path):
    send(coordinator, make.report_document())
    data = exported(coordinator)
    with another(template, tmp_path / "b") as other:
        for cut in (data[: len(data) // 2], b"".join(data.splitlines(keepends=True)[:-1])):
            with pytest.raises(own.FileCut):
                imported(other, cut)
        assert not seen(other)["reports"]
        with pytest.raises(own.OtherExport):
            imported(other, data.replace(b'"version":1', b'"version":9', 1))


def test_a_line_that_does_not_hold_is_refused_and_so_is_what_hangs_on_it_alone(
    template, coordinator, tmp_path
):
    send(coordinator, make.report_document())
    lines = [json.loads(line) for line in exported(coordinator).splitlines()]
    lines[1]["document"]["acts"][0]["type"] = "NO-SUCH-ACT"
    lines[2]["surprise"] = True
    lines[3]["identity"]["name"] = {"not": "text"}
    data = b"\n".join(json.dumps(line, separators=(",", ":")).encode() for line in lines)
    with another(template, tmp_path / "b") as other:
        done = imported(other, data)
        assert not seen(other)["people"]
    assert done["totals"] == {"refused": 4}


def test_a_file_by_hand_reaches_no_record_of_another_import(template, coordinator, tmp_path):
    """What an earlier export brought is not there for the next file to hang something on."""
    send(coordinator, make.report_document())
    first = exported(coordinator)
    lines = [json.loads(line) for line in first.splitlines()]
    person = next(line for line in lines if line.get("record") == "person")
    person = {**person, "id": "11111111-1111-4111-8111-111111111111"}
    forged = [lines[0], person, {"end": 1}]
    data = b"\n".join(json.dumps(line, separators=(",", ":")).encode() for line in forged)
    with another(template, tmp_path / "b") as other:
        imported(other, first)
        before = seen(other)
        done = imported(other, data)
        after = seen(other)
        assert done["totals"] == {"refused": 1}
    assert after["involvements"] == before["involvements"]


def test_a_preview_says_what_would_become_of_each_line_and_writes_nothing(template, coordinator, tmp_path):
    send(coordinator, make.report_document())
    data = exported(coordinator)
    with another(template, tmp_path / "b") as other:
        with other.work() as work:
            found = importers.preview(work, data, "export.jsonl", "")
        assert (found.mapping, found.totals) == (own.NAME, {"new": 4})
        assert found.documents[0]["document"]["narrative"] == make.CANARY_NARRATIVE
        assert not seen(other)["reports"]
