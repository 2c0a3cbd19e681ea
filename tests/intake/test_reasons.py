"""Why a row does not come in is said in the language of whoever imports: where it is, and what is wrong."""

import pytest

from incidents import accounts, erasure, jobs, translations
from incidents.errors import InvalidInput
from incidents.intake import importers, judging, mapping
from incidents.intake.mapped import Note, RepeatRow
from incidents.intake.readers import ValueNotMapped
from incidents.work import Compartment
from tests.intake.test_following import MAPPING, ROW, bring_in, fate


@pytest.fixture(autouse=True)
def _registered():
    def discard(house, job):
        erasure.discard_batch(house, importers.batch_of(job))

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))


def preview(member, **row):
    data = "\n".join([";".join(ROW), ";".join((ROW | row).values())]).encode()
    with member.work() as work:
        (line,) = importers.preview(work, data, "intake.csv", MAPPING).lines
    return line.outcome, line.reason


def speaks(member, language):
    with member.work() as work:
        accounts.set_language(work, language)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "The date in column “day”"), ("es", "la fecha de la columna «day»")]
)
def test_a_reason_is_said_in_the_language_of_whoever_imports(staff, language, said):
    speaks(staff.reviewer, language)
    outcome, reason = preview(staff.reviewer, day="el lunes pasado")
    assert outcome == "refused"
    assert said in reason


def test_a_field_is_named_in_words_and_not_by_its_path(staff):
    _outcome, reason = preview(staff.reviewer, age="290")
    assert "Person 1, Age at the time: An age is between 0 and 120." in reason
    assert "persons" not in reason
    assert ".." not in reason


def test_whoever_says_no_is_told_of_as_the_row_of_a_table_and_not_of_a_form(staff):
    outcome, reason = preview(staff.reviewer, kept="N")
    assert outcome == "refused"
    assert "does not want a record to be kept" in reason
    assert "do not send" not in reason
    assert "REC" not in reason


def test_what_became_of_a_changed_row_is_said_in_that_language_too(staff):
    bring_in(staff.reviewer, {})
    speaks(staff.reviewer, "es")
    _outcome, reason = fate(bring_in(staff.reviewer, {"age": "30"}))
    assert "El incidente" in reason


def test_a_note_and_a_row_of_a_repeat_keep_their_sentence_for_the_translators():
    spanish = {"With %(count)s rows.": "Con %(count)s renglones."}
    note = Note("With %(count)s rows.", count=2)
    assert (note, note.said(spanish.__getitem__)) == ("With 2 rows.", "Con 2 renglones.")
    why = RepeatRow(row=3, repeat="people", why=ValueNotMapped(column="sex"))
    assert "Column “sex”" in why.said()
    assert "La columna «sex»" in why.said(translations.into("es"))


def test_a_mapping_that_is_no_toml_says_in_which_line():
    with pytest.raises(mapping.MappingNotToml) as raised:
        mapping.load('format = 1\nname = "x"\ncodes = { México = "MEX" }\n')
    assert "line 3" in raised.value.said()


def test_a_field_that_no_table_has_is_named_as_it_is():
    problem = InvalidInput({"acts.0.kidnapping.nothing": ["Unknown field."]})
    assert "Act 1, kidnapping.nothing" in judging.in_words(problem, "en")
