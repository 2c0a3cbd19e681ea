"""The tables to fill in: what is typed into them comes in, in either language, by the mappings that ship."""

import csv
import io
import re
import zipfile

import openpyxl
import pytest

from config import HERE
from incidents.intake import mapped, mapping, schema, template
from incidents.intake.targets import targets
from incidents.model import vocabulary
from incidents.model.vocabulary import Own

MAPPINGS = HERE / "docs" / "mappings"
KINDS = {"xlsx": "template", "csv": "template_csv"}
# What a table of rows has no room for.
LEFT_OUT = {
    "incident.labels.*", "acts.*.labels.*", "incident.place.precision", "interview.place.type",
    "interview.place.precision", "acts.*.place.precision",
}  # fmt: skip
# Of a consent the workbook has the decisions; how they were come to and how far they go is told in the form.
LEFT_OUT |= {
    path
    for path in targets()
    if path.startswith(("persons.*.consent.terms.", "persons.*.consent.names."))
    or path.removeprefix("persons.*.consent.")
    in {"relation", "kin", "capacity", "explained", "interpreter", "legal_basis", "safe"}
    | {"for_search", "notice"}
}
PLAIN = {"moment": "2019-11-14~", "day": "2019-11-14", "time": "15:25", "count": "3", "money": "1500.50"}
PLACES = {"country": "MEX", "state": "MX-TAM", "municipality": "28032"}
CODES = {
    "person": "p1",
    "act": "a1",
    "kidnapping.currency": "MXN",
    "extortion.currency": "USD",
    "facts.birth_year": "1990",
}


@pytest.fixture(autouse=True)
def _as_shipped():
    yield
    vocabulary.use(())


def read(kind, data, text=None):
    rules = mapping.load(text) if text else mapping.load(MAPPINGS / f"{KINDS[kind]}.toml")
    return list(mapped.rows(rules, io.BytesIO(data), f"filled.{kind}"))


def typed(field, language, number=0):
    """Something that may stand in a column, as a person types it; and the code it means, where it is one."""
    known = list(template.choices(field).items())
    if known:
        code, words = known[number % len(known)]
        return words[language], code
    said = (
        CODES.get(field.name) or PLACES.get(field.list) or PLAIN.get(field.target.kind) or "Palabras; y más"
    )
    return said, said


def filled(language, number=0):
    """The workbook with one report, in which every column says something."""
    book = openpyxl.load_workbook(io.BytesIO(template.workbook(language)))
    for name, fields in template.sheets().items():
        sheet = book[name]
        assert [cell.value for cell in sheet[2]] == [template.KEY, *(field.name for field in fields)]
        cells = ["TJ-1", *(typed(field, language, number)[0] for field in fields)]
        for column, cell in enumerate(cells, 1):
            sheet.cell(3, column, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("language", template.LANGUAGES)
@pytest.mark.parametrize("number", range(4))
def test_what_is_filled_into_the_workbook_comes_in(language, number):
    (row,) = read("xlsx", filled(language, number))
    assert [problem.said() for problem in row.problems] == []
    document = schema.load(row.document)
    for name, fields in template.sheets().items():
        for field in fields:
            _text, code = typed(field, language, number)
            at = document if name == template.MAIN else document[name][0]
            if template.choices(field):
                for step in field.name.split("."):
                    at = at[step]
                wanted = {"yes": True, "no": False}[code] if field.target.kind == "flag" else code
                assert at == ([wanted] if field.target.kind == "codes" else wanted), field.name


def test_several_people_and_acts_of_one_report_are_one_report():
    book = openpyxl.load_workbook(io.BytesIO(template.workbook("es")))
    rows = {
        "reports": [{"report": "TJ-7", "incident.moment": "2019"}, {"report": "TJ-8", "narrative": "Otra."}]
    }
    rows["persons"] = [
        {
            "report": "TJ-7",
            "identity.name": "Zutano",
            "facts.gender": "Mujer o niña",
            "consent.decisions.REC": "Dado",
        },
        {"report": "TJ-8", "identity.name": "Mengana"},
        {"report": "TJ-7", "identity.name": "Perengano", "facts.nationality": "HND; GTM"},
    ]
    rows["acts"] = [{"report": "TJ-7", "type": "KID"}, {"report": "TJ-7", "type": "EXT"}]
    rows["involvements"] = [{"report": "TJ-7", "person": "p2", "act": "a1"}]
    for name, lines in rows.items():
        sheet = book[name]
        names = [cell.value for cell in sheet[2]]
        for number, line in enumerate(lines, 3):
            for column, said in line.items():
                sheet.cell(number, names.index(column) + 1, said)
    out = io.BytesIO()
    book.save(out)
    one, two = (schema.load(row.document) for row in read("xlsx", out.getvalue()))
    assert [person["identity"]["name"] for person in one["persons"]] == ["Zutano", "Perengano"]
    assert one["persons"][1]["facts"]["nationality"] == ["HND", "GTM"]
    assert one["persons"][0]["consent"]["decisions"] == {"REC": "given"}
    assert [act["type"] for act in one["acts"]] == ["KID", "EXT"]
    assert one["involvements"] == [{"person": "p2", "act": "a1"}]
    assert one["incident"]["moment"] == {"edtf": "2019", "precision": "YEA"}
    assert (two["narrative"], len(two["persons"])) == ("Otra.", 1)


def test_what_is_filled_into_the_csv_comes_in():
    text = template.table().decode("utf-8-sig")
    (head,) = csv.reader(io.StringIO(text))
    said = {"report": "TJ-1", "narrative": "Palabras", "acts.a1.type": "KID", "persons.p1.facts.gender": "F"}
    out = io.StringIO()
    csv.writer(out).writerows([head, [said.get(name, "") for name in head]])
    (row,) = read("csv", out.getvalue().encode())
    assert row.problems == []
    document = schema.load(row.document)
    assert [act["type"] for act in document["acts"]] == ["KID"]
    assert [person["facts"]["gender"] for person in document["persons"]] == ["F"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_table_holds_no_report(kind):
    data = template.workbook("en") if kind == "xlsx" else template.table()
    assert read(kind, data) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_mapping_that_ships_is_the_one_that_is_made(kind):
    """After a change of the schema or the lists: `./run template FILE.xlsx --mapping docs/mappings/template.toml`."""
    assert (MAPPINGS / f"{KINDS[kind]}.toml").read_text("utf-8") == template.mapping(kind)


def test_every_field_of_a_report_has_a_column():
    there = {re.sub(r"\.[pa]?[*12](?=\.|$)", ".*", field.path()) for field in template.fields()}
    missing = targets().keys() - there - LEFT_OUT
    kept = re.compile(r"acts\.\*\.kidnapping\.(taken|released|held\.\*)\.(type|precision)")
    assert [path for path in sorted(missing) if not kept.fullmatch(path)] == []
    assert there <= targets().keys()


def test_every_column_has_its_words_in_both_languages():
    for field in template.fields():
        assert all(field.words[language] for language in template.LANGUAGES), field.name
        for words in template.choices(field).values():
            assert all(words[language] for language in template.LANGUAGES)


def test_no_word_of_a_list_means_two_codes():
    for field in template.fields():
        found = {}
        for code, words in template.choices(field).items():
            for language in template.LANGUAGES:
                assert found.setdefault(words[language].casefold(), code) == code, (field.name, words)


def test_a_code_of_ones_own_is_offered_and_read():
    vocabulary.use([Own("method", "X_NET", {"en": "=A net", "es": "Una red"})])
    field = next(each for each in template.fields() if each.name == "methods")
    assert "X_NET" in template.choices(field)
    data = filled("es", list(template.choices(field)).index("X_NET"))
    (row,) = read("xlsx", data, template.mapping("xlsx"))
    assert row.document["acts"][0]["methods"] == ["X_NET"]
    assert "'=A net" in template.codes("en").decode()


def test_a_workbook_says_nothing_of_who_made_it_and_runs_nothing():
    with zipfile.ZipFile(io.BytesIO(template.workbook("en"))) as files:
        said = files.read("docProps/core.xml").decode()
        sheets = b"".join(files.read(name) for name in files.namelist() if name.startswith("xl/worksheets/"))
    assert "1980-01-01" in said
    assert "<dc:creator></dc:creator>" in said
    assert b"<f>" not in sheets
