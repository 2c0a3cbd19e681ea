"""Repeats, points, edits and attachments of KoboToolbox and ODK: JSON lists and further sheets become one report."""

import io
import json

import pytest

from incidents.intake import schema
from incidents.intake.cleaning import PointIsExactPlace, PointNotUnderstood
from incidents.intake.mapped import (
    ColumnsHidden,
    ColumnsMissing,
    ColumnsNotNamed,
    EditedTwice,
    RepeatRow,
    rows,
)
from incidents.intake.mapping import MappingInventsConsent, MappingWrong
from incidents.intake.nested import BelongsToNone, LinkMissing, LinkTwice, RepeatNotList, read_json
from incidents.intake.tabular import CellIsNested, FileNotReadable
from tests.intake.invented import HEAD, mapping_of, read, workbook_of

KOBO = HEAD.replace('"id"', '"_uuid"')
PEOPLE = """
[[repeats]]
from = "people"
ignore = ["_*"]
[repeats.constants]
"persons.p*" = { kind = "individual", teller = false }
"involvements.*" = { person = "p*", act = "a1", part = "DIR" }
[repeats.fields]
"persons.p*.identity.name" = { column = "people/name", as = "text" }
"persons.p*.facts.age" = { column = "people/age", as = "number" }
[constants]
"acts.a1" = { type = "KIU", status = "C" }
"""
ACTS = """
[[repeats]]
from = "people/acts"
within = "people"
ignore = ["_*"]
[repeats.constants]
"acts.act*" = { status = "C" }
"involvements.*" = { person = "p^", act = "act*", part = "DIR" }
[repeats.fields]
"acts.act*.type" = { column = "what", as = "code", codes = { robbery = "ROB", threat = "THR" } }
"""


def kobo(more=PEOPLE, *, file='kind = "json"', fields="", ignore=(), head=KOBO):
    return mapping_of(fields, head=head, file=file, more=more, ignore=ignore)


def told(mapping, *items):
    return read(mapping, json.dumps(list(items)), "export.json")


# --- JSON --------------------------------------------------------------------------------------------------------


def test_a_repeat_becomes_persons_of_the_one_report():
    people = [{"people/name": "Uno Inventado", "people/age": "30"}, {"people/name": "Dos Inventada"}]
    (row,) = told(kobo(), {"_uuid": "u1", "people": people})
    assert row.document["persons"] == [
        {
            "key": "p1",
            "kind": "individual",
            "teller": False,
            "identity": {"name": "Uno Inventado"},
            "facts": {"age": 30},
        },
        {"key": "p2", "kind": "individual", "teller": False, "identity": {"name": "Dos Inventada"}},
    ]
    assert [one["person"] for one in row.document["involvements"]] == ["p1", "p2"]
    assert row.notes == ("With 2 rows of “people”.",)
    assert schema.load(row.document)


def test_a_repeat_in_a_repeat_belongs_to_its_own_row_above():
    items = {
        "_uuid": "u1",
        "people": [
            {"people/name": "N", "people/age": 20, "people/acts": [{"what": "robbery"}, {"what": "threat"}]},
            {"people/age": 40},
            {"people/age": 50, "people/acts": [{"what": "robbery"}]},
        ],
    }
    (row,) = told(kobo(PEOPLE + ACTS, fields=""), items)
    beyond = [(one["person"], one["act"]) for one in row.document["involvements"] if one["act"] != "a1"]
    assert beyond == [("p1", "act1"), ("p1", "act2"), ("p3", "act3")]
    assert [act["type"] for act in row.document["acts"]] == ["KIU", "ROB", "THR", "ROB"]
    assert schema.load(row.document)


def test_a_report_without_rows_of_its_repeat_has_none():
    fields = '"summary" = { column = "s", as = "text" }'
    one, empty, missing = told(
        kobo(fields=fields),
        {"_uuid": "1", "s": "x", "people": [{"people/name": "N", "people/age": 3}]},
        {"_uuid": "2", "s": "y", "people": []},
        {"_uuid": "3", "s": "z"},
    )
    assert one.document["persons"]
    assert "persons" not in empty.document
    assert "persons" not in missing.document
    (row,) = told(kobo(fields=fields), {"_uuid": "4", "s": "no repeat in the whole file"})
    assert row.document["summary"]


def test_a_row_of_a_repeat_that_is_not_understood_refuses_its_report_and_says_where():
    people = [{"people/name": "N", "people/age": "30"}, {"people/name": "N", "people/age": "CANARY"}]
    bad, good = told(kobo(), {"_uuid": "u1", "people": people}, {"_uuid": "u2", "people": people[:1]})
    assert bad.document is None
    (problem,) = bad.problems
    assert isinstance(problem, RepeatRow)
    assert "In row 2 of “people”" in problem.said()
    assert "people/age" in problem.said()
    assert "CANARY" not in problem.said()
    assert good.document


def test_nobody_is_involved_in_what_a_row_of_a_repeat_left_empty():
    more = PEOPLE.replace('"persons.p*" = { kind = "individual", teller = false }\n', "")
    (row,) = told(
        kobo(more), {"_uuid": "u", "people": [{"people/name": "", "people/age": 4}, {"people/age": ""}]}
    )
    assert [person["key"] for person in row.document["persons"]] == ["p1"]
    assert [one["person"] for one in row.document["involvements"]] == ["p1"]


def test_what_a_repeat_holds_is_named_like_every_column():
    with pytest.raises(ColumnsNotNamed) as caught:
        told(kobo(), {"_uuid": "u", "people": [{"people/name": "N", "people/age": 1, "people/phone": "5"}]})
    assert caught.value.details == {"columns": "people/phone"}
    with pytest.raises(ColumnsMissing):
        told(kobo(), {"_uuid": "u", "people": [{"people/name": "N"}]})
    (row,) = told(kobo(), {"_uuid": "u", "people": "three"})
    assert [type(problem) for problem in row.problems] == [RepeatNotList]


def test_a_list_of_records_that_is_no_repeat_is_ignored_by_name_or_a_reason():
    fields = '"summary" = { column = "people", as = "text" }'
    (row,) = told(kobo("", fields=fields), {"_uuid": "u", "people": [{"n": 1}]})
    assert [type(problem) for problem in row.problems] == [CellIsNested]


@pytest.mark.parametrize(
    "text",
    [
        '[{"_uuid": "1"}, {"_uuid": "2"}]',
        '{"count": 2, "results": [{"_uuid": "1"}, {"_uuid": "2"}]}',
        '{"value": [{"_uuid": "1"}, {"_uuid": "2"}]}',
        '{"content": {}, "submissions": [{"_uuid": "1"}, {"_uuid": "2"}]}',
        '{"_uuid": "1"}\n{"_uuid": "2"}\n',
        '{"_uuid": "1"}\r\n\r\n{"_uuid": "2"}',
        '\ufeff[{"_uuid": "1"}, {"_uuid": "2"}]',
    ],
)
def test_submissions_stand_in_a_list_in_one_object_or_one_a_line(text):
    assert [row.source_key for row in read(kobo(""), text)] == ['["invented", "1"]', '["invented", "2"]']


def test_the_name_of_the_list_may_be_said():
    text = '{"subissions": [{"_uuid": "1"}]}'
    assert len(read(kobo("", file='kind = "json"\nlist = "subissions"'), text)) == 1
    with pytest.raises(FileNotReadable):
        read(kobo(""), text)


def test_groups_within_groups_are_one_path_and_a_repeat_in_them_is_found():
    class Repeat:
        name, within, index, parent = "g/people", "", "", ""

    table = read_json(
        io.BytesIO(json.dumps([{"g": {"h": {"x": 1}, "people": [{"k": {"n": 2}}]}}]).encode()),
        repeats=[Repeat()],
    )
    (row,) = table
    assert (table.columns, table.inner) == (("g/h/x",), {"g/people": ("k/n",)})
    assert [inner.cells for inner in row.inner["g/people"]] == [[2]]


# --- sheets ------------------------------------------------------------------------------------------------------

MAIN = ["_uuid", "_index"]
SHEET = ["people/name", "people/age", "_index", "_parent_index", "_parent_table_name", "_submission__uuid"]


def sheets(main, *people, acts=()):
    book = {"main": [MAIN, *main], "people": [SHEET, *people]}
    if acts:
        book["people/acts".replace("/", "_")] = acts
    return workbook_of(**book)


def of(book, mapping=None):
    return list(rows(mapping or kobo(file='kind = "xlsx"'), book, "export.xlsx"))


def person(name, age, index, parent):
    return [name, age, index, parent, "main", "u"]


def test_rows_of_a_further_sheet_belong_to_the_row_they_name():
    first, second = of(
        sheets([["u1", 1], ["u2", 2]], person("A", 20, 1, 1), person("B", 30, 2, 2), person("C", 40, 3, 1))
    )
    assert [one["identity"]["name"] for one in first.document["persons"]] == ["A", "C"]
    assert [(one["key"], one["facts"]["age"]) for one in second.document["persons"]] == [("p1", 30)]
    assert first.notes == ("With 2 rows of “people”.",)


def test_a_sheet_within_a_sheet():
    more = PEOPLE + ACTS.replace('from = "people/acts"', 'from = "people_acts"')
    acts = [["what", "_index", "_parent_index"], ["threat", 1, 7], ["robbery", 2, 5]]
    book = sheets([["u1", 1]], person("A", 20, 5, 1), person("B", 30, 7, 1), acts=acts)
    (row,) = of(book, kobo(more, file='kind = "xlsx"'))
    beyond = [(one["person"], one["act"]) for one in row.document["involvements"] if one["act"] != "a1"]
    assert beyond == [("p1", "act1"), ("p2", "act2")]
    assert [act["type"] for act in row.document["acts"]] == ["KIU", "ROB", "THR"]


def test_a_row_of_a_further_sheet_that_belongs_to_none_is_told():
    book = sheets([["u1", 1]], person("A", 20, 1, 1), person("B", 30, 2, 9), person("C", 30, 3, None))
    reading = rows(kobo(file='kind = "xlsx"'), book, "export.xlsx")
    _report, *alone = reading
    assert [(row.sheet, row.number) for row in alone] == [("people", 3), ("people", 4)]
    assert {type(problem) for row in alone for problem in row.problems} == {BelongsToNone}
    assert rows(kobo(file='kind = "xlsx"'), book, "export.xlsx").count() == 3


def test_two_rows_of_one_name_have_no_repeats_that_could_be_either_ones():
    first, second = of(sheets([["u1", 1], ["u2", 1]], person("A", 20, 1, 1)))
    assert first.document["persons"]
    assert [type(problem) for problem in second.problems] == [LinkTwice]


def test_a_sheet_without_its_link_is_refused():
    with pytest.raises(LinkMissing):
        of(workbook_of(main=[["_uuid"], ["u1"]], people=[SHEET, person("A", 1, 1, 1)]))
    with pytest.raises(LinkMissing):
        of(workbook_of(main=[MAIN, ["u1", 1]], people=[["people/name", "people/age"], ["A", 1]]))


def test_the_link_may_be_called_otherwise_as_odk_does():
    more = PEOPLE.replace('from = "people"', 'from = "people"\nindex = "KEY"\nparent = "PARENT_KEY"')
    book = workbook_of(
        main=[["_uuid", "KEY"], ["u1", "uuid:x"]],
        people=[["people/name", "people/age", "PARENT_KEY"], ["A", 1, "uuid:x"]],
    )
    (row,) = of(book, kobo(more, file='kind = "xlsx"'))
    assert len(row.document["persons"]) == 1


def test_a_hidden_column_is_not_read_without_a_word():
    import openpyxl

    book = openpyxl.Workbook()
    for line in (["_uuid", "s", "note"], ["u1", "x", "for us"]):
        book.active.append(line)
    mapping = kobo(
        "", file='kind = "xlsx"', fields='"summary" = { column = "s", as = "text" }', ignore=["note"]
    )
    for column, refused in (("C", False), ("B", True)):
        book.active.column_dimensions[column].hidden = True
        stream = io.BytesIO()
        book.save(stream)
        if refused:
            with pytest.raises(ColumnsHidden) as caught:
                of(stream, mapping)
            assert caught.value.details == {"columns": "s"}
        else:
            assert len(of(stream, mapping)) == 1


# --- what a mapping may say --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('from = "people"', "", MappingWrong),
        ('from = "people"', 'from = "people"\nwithin = "others"', MappingWrong),
        ('from = "people"', 'from = "people"\ncolour = "x"', MappingWrong),
        ('"persons.p*.facts.age"', '"persons.p1.facts.age"', MappingWrong),
        ('"persons.p*.facts.age"', '"persons.**.facts.age"', MappingWrong),
        ('"persons.p*.facts.age"', '"incident.labels.x*"', MappingWrong),
        ('person = "p*", act = "a1"', 'person = "q*", act = "a1"', MappingWrong),
        ('person = "p*", act = "a1"', 'person = "p*", act = "b1"', MappingWrong),
        ('"acts.a1" =', '"persons.p7.kind" = "individual"\n"acts.a1" =', MappingWrong),
        (
            '"persons.p*" = { kind',
            '"persons.p*" = { consent.decisions.STA = "given", kind',
            MappingInventsConsent,
        ),
    ],
)
def test_a_repeat_that_does_not_fit_is_refused_when_the_mapping_is_read(old, new, reason):
    with pytest.raises(reason):
        kobo(PEOPLE.replace(old, new))


def test_repeats_are_of_json_and_of_one_sheet_with_further_ones():
    with pytest.raises(MappingWrong):
        kobo(file='kind = "csv"')
    with pytest.raises(MappingWrong):
        kobo(PEOPLE + '[[sheets]]\nname = "a"\n[[sheets]]\nname = "b"', file='kind = "xlsx"')
    with pytest.raises(MappingWrong):
        mapping_of(file='kind = "csv"\nlist = "x"')


def test_what_is_ignored_may_be_a_pattern_which_need_not_fit_anything():
    mapping = mapping_of(ignore=["_*", "g[1]/*", "meta/*"])
    assert read(mapping, "id;_id;_tags;g[1]/a\n1;2;3;4\n")[0].document == {}
    with pytest.raises(ColumnsNotNamed):
        read(mapping, "id;g1/a\n1;2\n")


def test_a_column_that_is_optional_may_be_missing():
    mapping = mapping_of(
        '"summary" = { column = "s", as = "text" }\n"danger" = { column = "d", as = "code" }', more=""
    )
    with pytest.raises(ColumnsMissing):
        read(mapping, "id;s\n1;x\n")
    optional = mapping_of('"summary" = { column = "s", as = "text" }', head='optional = ["s*"]\n' + HEAD)
    assert read(optional, "id\n1\n")[0].document == {}
    assert read(optional, "id;s\n1;x\n")[0].document == {"summary": "x"}


# --- keys, edits, attachments ------------------------------------------------------------------------------------

EDITED = KOBO.replace('key = ["_uuid"]', 'key = ["_uuid"]\nreplaces = "meta/deprecatedID"')


def edits(*items):
    return told(mapping_of(head='optional = ["meta/*"]\n' + EDITED, file='kind = "json"'), *items)


def test_a_submission_is_known_by_its_uuid_with_and_without_its_prefix():
    one, other = edits({"_uuid": "uuid:a"}, {"_uuid": "b", "meta/deprecatedID": "uuid:old"})
    assert (one.source_key, one.earlier_key) == ('["invented", "a"]', "")
    assert (other.source_key, other.earlier_key) == ('["invented", "b"]', '["invented", "old"]')


def test_a_submission_and_its_edit_do_not_both_stand_in_one_file():
    first, second = edits({"_uuid": "a"}, {"_uuid": "b", "meta/deprecatedID": "uuid:a"})
    assert first.problems == []
    assert [type(problem) for problem in second.problems] == [EditedTwice]


def test_attached_files_are_said_and_not_imported():
    mapping = mapping_of(head='attachments = ["photo", "_attachments"]\n' + KOBO, file='kind = "json"')
    one, other = told(
        mapping,
        {"_uuid": "a", "photo": "CANARY.jpg", "_attachments": [{"filename": "CANARY.jpg"}]},
        {"_uuid": "b", "_attachments": []},
    )
    assert one.notes == (
        "Attached files are not imported (column “photo”).",
        "Attached files are not imported (column “_attachments”).",
    )
    assert other.notes == ()
    assert "CANARY" not in str(one)


# --- points ------------------------------------------------------------------------------------------------------


def point_of(text, target="persons.p1.identity.exact_place", way="point"):
    mapping = mapping_of(f'"{target}" = {{ column = "x", as = "{way}" }}')
    (row,) = read(mapping, f'id;x\n1;"{text}"\n')
    return [type(problem) for problem in row.problems] or row.document


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("31.738 -106.487 1140 4.5", "31.738, -106.487 (alt. 1140 m, ±4.5 m)"),
        ("31.738 -106.487 0 0", "31.738, -106.487"),
        ("31.738 -106.487", "31.738, -106.487"),
        ("31.738, -106.487", "31.738, -106.487"),
        ("1.5 2.5 0 0;3.5 4.5 0 9", "1.5, 2.5; 3.5, 4.5 (±9 m)"),
    ],
)
def test_a_point_of_a_phone_is_an_exact_place_with_its_accuracy(text, said):
    assert point_of(text)["persons"][0]["identity"] == {"exact_place": said}


@pytest.mark.parametrize("text", ["91 0", "0 181", "north", "31.7", "1 2 3 4 5", ";"])
def test_what_is_no_point_is_refused(text):
    assert point_of(text) == [PointNotUnderstood]


@pytest.mark.parametrize("text", ["31.738123 -106.487", "31.738,-106.487", "31.738 -106.487 1140 4.5"])
def test_a_point_is_never_a_label(text):
    assert point_of(text, "incident.labels.where", "text") == [PointIsExactPlace]
    joined = mapping_of('"incident.labels.w" = { columns = ["a", "b"], as = "text", join = ", " }')
    (row,) = read(joined, "id;a;b\n1;31.738123;-106.4871\n")
    assert [type(problem) for problem in row.problems] == [PointIsExactPlace]


@pytest.mark.parametrize("text", ["3.5 4.5", "12.5 km", "2019.001", "31.738", "1,022 of 1,100"])
def test_other_numbers_are_labels_like_any_text(text):
    assert point_of(text, "incident.labels.x", "text")["incident"]["labels"] == {"x": text}


def test_a_point_goes_nowhere_but_into_an_exact_place():
    from incidents.intake.rules import RuleWrong

    for target in ("incident.labels.x", "summary", "persons.p1.identity.address", "persons.p1.facts.family"):
        with pytest.raises(RuleWrong):
            mapping_of(f'"{target}" = {{ column = "x", as = "point" }}')
