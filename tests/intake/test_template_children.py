"""A child's consent in the table to fill in: who decided, and that they are no alleged doer, in either language."""

import csv
import io

import openpyxl
import pytest
from sqlalchemy import select

from config import HERE
from incidents import consent, erasure, jobs
from incidents.intake import importers, template
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import Compartment

MAPPINGS = HERE / "docs" / "mappings"
NEW = "consent.guardian_doer"


@pytest.fixture(autouse=True)
def _registered():
    def discard(house, job):
        erasure.discard_batch(house, importers.batch_of(job))

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))


def words(name, code, language):
    (field,) = [each for each in template.fields() if each.sheet == "persons" and each.name == name]
    return template.choices(field)[code][language]


def child(language, doer):
    return {
        "teller": words("teller", "yes", language),
        "facts.age": "9",
        "consent.given_by": words("consent.given_by", "guardian", language),
        NEW: words(NEW, doer, language) if doer else "",
        "consent.decisions.REC": words("consent.decisions.REC", "given", language),
        "consent.decisions.STA": words("consent.decisions.STA", "given", language),
    }


def workbook(language, person, *, without=()):
    """The workbook with one report of one child; `without` some columns, as a table of an earlier day."""
    book = openpyxl.load_workbook(io.BytesIO(template.workbook(language)))
    for name in without:
        sheet = book["persons"]
        sheet.delete_cols([cell.value for cell in sheet[2]].index(name) + 1)
    rows = {
        "reports": {"report": "TJ-1", "incident.moment": "2019-11", "narrative": "Nos bajaron del camión."},
        "persons": {"report": "TJ-1", **person},
        "acts": {"report": "TJ-1", "type": "KID"},
    }
    for name, said in rows.items():
        sheet = book[name]
        for column, cell in enumerate([cell.value for cell in sheet[2]], 1):
            sheet.cell(3, column, said.get(cell))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def flat(person):
    head = next(csv.reader(io.StringIO(template.table().decode("utf-8-sig"))))
    said = {"report": "TJ-1", "acts.a1.type": "KID"} | {f"persons.p1.{n}": v for n, v in person.items()}
    out = io.StringIO()
    csv.writer(out).writerows([head, [said.get(name, "") for name in head]])
    return out.getvalue().encode()


def answer(member, data, name="template", kind="xlsx"):
    """Whether the child may be counted, once the table came in."""
    rules = (MAPPINGS / f"{name}.toml").read_text("utf-8")
    given = importers.packed(data, f"filled.{kind}", rules)
    done = jobs.run_here(member.house, member.actor, member.ring, importers.KIND, {}, given)
    assert done["totals"] == {"new": 1}, done["lines"]
    member.house.db().rollback()
    with member.work() as work:
        person = work.db.scalars(select(Person)).one()
        return consent.permits(work, person, Purpose.STATISTICS)


@pytest.mark.parametrize("language", template.LANGUAGES)
def test_a_child_whose_guardian_took_no_part_is_counted_round_trip(staff, language):
    assert isinstance(answer(staff.reviewer, workbook(language, child(language, "no"))), consent.Permit)


@pytest.mark.parametrize("doer", ["yes", "UNK", ""])
def test_a_child_whose_guardian_may_have_taken_part_is_not(staff, doer):
    said = answer(staff.reviewer, workbook("es", child("es", doer)))
    assert said == consent.Refusal("guardian_not_safe")


def test_the_csv_has_the_column_too_round_trip(staff):
    said = answer(staff.reviewer, flat(child("en", "no")), "template_csv", "csv")
    assert isinstance(said, consent.Permit)


def test_a_table_that_was_given_out_before_still_comes_in(staff):
    said = answer(staff.reviewer, workbook("en", child("en", ""), without=[NEW]))
    assert said == consent.Refusal("guardian_not_safe")
