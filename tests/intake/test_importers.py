"""Files of other people come in whole, once, and are accounted for row by row."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config import HERE
from incidents import consent, erasure, jobs, review
from incidents.errors import NewerVersion, NotAllowed
from incidents.intake import importers, report
from incidents.intake.take_in import take_in
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import Purpose, Verification
from incidents.release import publish
from incidents.work import Compartment
from tests import make
from tests.needs import shared

MAPPING = """
format = 1
name = "Invented register"
[file]
kind = "csv"
separator = ","
date_order = "DMY"
[source]
label = "invented"
key = ["id"]
[basis]
kind = "published"
citation = "Invented register, 2020"
licence = "CC BY 4.0"
[constants]
"acts.a1" = { type = "KIU", status = "C" }
"involvements.1" = { person = "p1", act = "a1", part = "DIR" }
"persons.p1.kind" = "individual"
[fields]
"incident.moment" = { column = "date", as = "date", required = true }
"persons.p1.facts.age" = { column = "age", as = "number" }
"persons.p1.identity.name" = { column = "name", as = "text" }
"""


def file(*rows, head="id,date,age,name"):
    return "\n".join([head, *rows]).encode()


ROWS = tuple(f"r{n},0{n}/03/2019,{20 + n},{make.CANARY_NAME} {n}" for n in range(1, 8))


@pytest.fixture(autouse=True)
def _registered():
    def discard(house, job):
        erasure.discard_batch(house, importers.batch_of(job))

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))


def run(member, data, mapping=MAPPING, name="register.csv"):
    given = importers.packed(data, name, mapping)
    return jobs.run_here(member.house, member.actor, member.ring, importers.KIND, {}, given)


def count(house, kind):
    return house.db().scalar(select(func.count()).select_from(kind))


def test_each_row_is_a_report_and_an_incident(staff, house):
    done = run(staff.reviewer, file(*ROWS))
    assert done["totals"] == {"new": 7}
    assert [line["row"] for line in done["lines"]] == [str(n) for n in range(2, 9)]
    assert (count(house, Report), count(house, Incident), count(house, Act)) == (7, 7, 7)
    act = house.db().scalars(select(Act)).first()
    assert act.submitted_by == [str(staff.reviewer.id)]
    with staff.auditor.work() as work:
        assert list(work.breaks()) == []


def test_the_same_file_again_changes_nothing(staff, house):
    run(staff.reviewer, file(*ROWS))
    again = run(staff.second, file(*reversed(ROWS)))
    assert again["totals"] == {"unchanged": 7}
    assert count(house, Report) == 7


def test_a_changed_row_of_what_was_worked_on_waits_as_a_new_version(staff, house):
    run(staff.reviewer, file(*ROWS))
    with staff.second.work() as work:
        for act in work.db.scalars(select(Act)):
            review.move(work, act, Verification.UNDER_VERIFICATION)
    changed = run(staff.reviewer, file(*ROWS[:-1], "r7,07/03/2019,99,Somebody else"))
    assert changed["totals"] == {"changed": 1, "unchanged": 6}
    assert count(house, Incident) == 7
    with staff.reviewer.work() as work:
        (waiting,) = report.inbox(work)
    assert (waiting.edition, waiting.supersedes is not None) == (2, True)
    with pytest.raises(NewerVersion), staff.reviewer.work() as work:
        take_in(work, waiting.id)
    assert count(house, Incident) == 7


def test_a_row_that_is_not_understood_is_refused_with_its_reason_and_stops_no_other(staff, house):
    done = run(staff.reviewer, file(*ROWS[:3], "r9,yesterday,12,X", "r10,05/03/2019,-4,X"))
    assert done["totals"] == {"new": 3, "refused": 2}
    refused = [line for line in done["lines"] if line["outcome"] == "refused"]
    assert [line["row"] for line in refused] == ["5", "6"]
    assert all(line["reason"] for line in refused)


def test_a_preview_writes_nothing(staff, house):
    with staff.reviewer.work() as work:
        seen = importers.preview(work, file(*ROWS), "register.csv", MAPPING)
    assert seen.totals == {"new": 7}
    assert count(house, Report) == count(house, Batch) == 0


def test_what_a_register_published_counts_after_a_second_person_confirmed_its_basis(staff):
    done = run(staff.reviewer, file(*ROWS))
    with staff.second.work() as work:
        after = None
        while moved := review.move_batch(
            work, done_id(done), "Compared with the published register.", after=after
        ):
            after = moved.last
            work.commit()
    with staff.analyst.work() as work:
        counts = publish.preview(work, "internal", {}).manifest["counts"]
    assert counts["excluded"] == {"basis_unconfirmed": 7}
    with staff.second.work() as work:
        (basis,) = consent.waiting_bases(work)
        consent.confirm_basis(work, basis)
    with staff.analyst.work() as work:
        counts = publish.preview(work, "internal", {}).manifest["counts"]
    assert counts == {"considered": 7, "released": 7, "excluded": {}}


def done_id(done):
    from uuid import UUID

    return UUID(done["batch"])


def test_the_importer_does_not_verify_their_own_import(staff):
    done = run(staff.reviewer, file(*ROWS))
    from incidents.errors import SecondPersonNeeded

    with pytest.raises(SecondPersonNeeded), staff.reviewer.work() as work:
        review.move_batch(work, done_id(done), "Compared with the published register.")


def test_an_unpublished_batch_is_seen_by_nobody(staff, house, monkeypatch):
    def cut(*_anything):
        raise KeyboardInterrupt

    monkeypatch.setattr(importers, "_publish", cut)
    with pytest.raises(KeyboardInterrupt):
        run(staff.reviewer, file(*ROWS))
    house.db().rollback()
    assert count(house, Incident) == 7
    with staff.second.work() as work:
        assert review.queue(work, list(Verification)) == []
    with staff.analyst.work() as work, pytest.raises(Exception, match="nothing-goes-in"):
        publish.preview(work, "dataset-research", {})
    monkeypatch.undo()
    done = run(staff.reviewer, file(*ROWS))
    assert done["totals"] == {"new": 7}
    assert count(house, Incident) == 7


def test_rows_of_an_import_that_is_under_way_are_refused_and_not_called_unchanged(staff, house, monkeypatch):
    def cut(*_anything):
        raise KeyboardInterrupt

    monkeypatch.setattr(importers, "_publish", cut)
    with pytest.raises(KeyboardInterrupt):
        run(staff.reviewer, file(*ROWS))
    monkeypatch.undo()
    assert run(staff.second, file(*ROWS))["totals"] == {"refused": 7}
    assert run(staff.reviewer, file(*ROWS))["totals"] == {"new": 7}
    assert run(staff.second, file(*ROWS))["totals"] == {"unchanged": 7}


def test_an_import_that_failed_leaves_nothing_in_the_way_of_the_next(staff, house, monkeypatch):
    def fail(*_anything):
        raise ValueError("a fault of ours")

    monkeypatch.setattr(importers, "_publish", fail)
    with pytest.raises(ValueError, match="a fault of ours"):
        run(staff.reviewer, file(*ROWS))
    monkeypatch.undo()
    assert count(house, Report) == count(house, Incident) == 0
    assert run(staff.second, file(*ROWS))["totals"] == {"new": 7}


@pytest.mark.parametrize("who", ["analyst", "researcher", "administrator", "auditor"])
def test_only_who_holds_every_key_imports(staff, who):
    with pytest.raises(NotAllowed), getattr(staff, who).work() as work:
        importers.preview(work, file(*ROWS), "register.csv", MAPPING)


# -- real files: the figures that were published


def real(staff, path, mapping):
    data = shared(*path.split("/"))
    text = (HERE / "docs" / "mappings" / f"{mapping}.toml").read_text("utf-8")
    done = run(staff.reviewer, Path(data).read_bytes(), text, Path(data).name)
    with staff.second.work() as work:
        for basis in consent.waiting_bases(work):
            consent.confirm_basis(work, basis)
    return done


def internal_rows(staff, filters=None):
    with staff.analyst.work() as work:
        made = publish.preview(work, "internal", filters or {})
    return made.manifest, list(csv.DictReader(io.StringIO(made.files["data.csv"].decode())))


def test_the_philippine_figures_come_back_through_the_internal_policy(staff):
    totals = Counter()
    for city, mapping in (
        ("Manila", "ph_manila"),
        ("QuezonCity", "ph_quezon_city"),
        ("Caloocan", "ph_caloocan"),
    ):
        totals += Counter(real(staff, f"data/ph/{city}_Complete_Sources_clean.xlsx", mapping)["totals"])
    assert totals == {"new": 2320}
    said, _rows = internal_rows(staff)
    assert said["counts"]["released"] == 2320
    assert said["totals"]["size"] == 2320


@pytest.mark.slow
def test_the_figures_of_missing_migrants_come_back_through_the_internal_policy(staff):
    done = real(staff, "data/mmp/mmp_global_export_2020-01-14.csv", "mmp")
    assert done["totals"] == {"new": 6339}
    said, rows = internal_rows(staff)
    assert said["counts"] == {"considered": 6339, "released": 6339, "excluded": {}}
    assert said["totals"] == {"size": 34688, "rows_without_size": 11}

    def victims(year, regions, state=""):
        return sum(
            int(row["size"])
            for row in rows
            if row["label:year"] == year
            and row["label:region"] in regions
            and row["size"].isdigit()
            and (not state or row["state"] == state)
        )

    border = {"US-Mexico Border"}
    americas = border | {"Central America", "Caribbean", "South America", "North America"}
    assert victims("2019", americas) == 810
    assert victims("2019", border) == 497
    assert victims("2014", americas) == 495
    assert victims("2019", border, "US-AZ") == 171
    assert victims("2018", border, "US-AZ") == 133
    apart = {
        what: sum(int(n) for row in rows if (n := row[f"label:{what}"]).isdigit())
        for what in ("dead", "missing")
    }
    assert apart == {"dead": 19195, "missing": 15493}


def test_the_release_of_the_mexico_city_reports_holds_k(staff):
    long = real(staff, "data/secuestros_cdmx/encuesta_larga_sin_narraciones.csv", "secuestros_cdmx_larga")
    short = real(staff, "data/secuestros_cdmx/encuesta_corta_clean.csv", "secuestros_cdmx_corta")
    assert (long["totals"], short["totals"]) == ({"new": 111}, {"new": 99})
    for done in (long, short):
        with staff.second.work() as work:
            review.move_batch(work, done_id(done), "Compared with the published survey.")
    with staff.analyst.work() as work:
        made = publish.preview(work, "dataset-research", {})
    said = made.manifest
    assert said["counts"]["considered"] == 210
    assert said["counts"]["released"] + sum(said["counts"]["excluded"].values()) == 210
    rows = list(csv.DictReader(io.StringIO(made.files["data.csv"].decode())))
    classes = Counter(tuple(row[name] for name in said["quasi_identifiers"]) for row in rows)
    assert len(rows) == said["counts"]["released"] >= 190
    assert min(classes.values()) >= 5


def test_who_told_us_of_a_published_incident_was_not_published_by_that(staff):
    run(staff.reviewer, file(*ROWS[:1]))
    with staff.other_reviewer.work() as work:
        consent.confirm_basis(work, consent.waiting_bases(work)[0])
    document = make.report_document()
    del document["persons"][0]["consent"]
    with staff.researcher.work() as work:
        sent = report.send(work, document, "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent, link_to=work.db.scalars(select(Incident.id)).one())
    with staff.reviewer.work() as work:
        teller = work.db.scalars(select(Person).where(Person.teller)).one()
        assert consent.permits(work, teller, Purpose.ROWS) == consent.Refusal("no_consent")


def test_the_manifest_that_leaves_names_no_import_by_our_id(staff):
    run(staff.reviewer, file(*(f"r{n},01/03/2019,30,x" for n in range(8))))
    with staff.other_reviewer.work() as work:
        consent.confirm_basis(work, consent.waiting_bases(work)[0])
        batch = work.db.scalars(select(Batch.id)).one()
        review.move_batch(work, batch, "A published register that I read.")
    with staff.analyst.work() as work:
        made = publish.preview(work, "dataset-research", {"batch": str(batch)})
    assert made.manifest["counts"]["released"] == 8
    assert str(batch).encode() not in made.files["manifest.json"]
