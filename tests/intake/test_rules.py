"""What the rules of a mapping make of cells."""

import json

import pytest

from incidents.intake.cleaning import DateNotUnderstood, DateOrderUnclear, NumberNotCount
from incidents.intake.documents import PlaceNotMapped
from incidents.intake.readers import CellEmpty, ValueNotMapped
from tests.intake.invented import mapping_of, read, value_of


@pytest.mark.parametrize(
    ("target", "rule", "cell", "value"),
    [
        (
            "incident.moment",
            'as = "date", order = "MDY"',
            "1/30/2019",
            {"edtf": "2019-01-30", "precision": "DAY"},
        ),
        ("incident.moment", 'as = "date"', "2013", {"edtf": "2013", "precision": "YEA"}),
        ("incident.moment", 'as = "date", unknown = ["N/A"]', "n/a", {"edtf": "", "precision": "UNK"}),
        (
            "incident.moment",
            'as = "date", approximate = true',
            "2019-01-30",
            {"edtf": "2019-01-30~", "precision": "APX"},
        ),
        ("incident.moment", 'as = "edtf"', "2019-01-30/..", {"edtf": "2019-01-30/..", "precision": "AFT"}),
        ("incident.moment", 'as = "date"', "", None),
        ("incident.moment", 'as = "date"', "1/2/2019", [DateOrderUnclear]),
        ("incident.time", 'as = "time"', "3:25:00 p. m.", "15:25"),
        ("persons.p1.facts.age", 'as = "number"', "30", 30),
        ("persons.p1.facts.age", 'as = "number", unknown = ["-1", "NA"]', "-1", None),
        ("persons.p1.facts.age", 'as = "number"', "-1", [NumberNotCount]),
        ("persons.p1.facts.group_size.best", 'as = "number", decimal = "."', "1,022", 1022),
        ("persons.p1.facts.group_size.best", 'as = "number"', "", None),
        ("incident.hearing_missed", 'as = "tri"', "Sí", "yes"),
        ("incident.hearing_missed", 'as = "tri"', "N/A", "NAP"),
        ("incident.hearing_missed", 'as = "tri", no_answers = { "N/A" = "UNK" }', "N/A", "UNK"),
        ("incident.hearing_missed", 'as = "code", codes = { vino = "no", "faltó" = "yes" }', "FALTÓ ", "yes"),
        ("persons.p1.facts.gender", 'as = "code", codes = { Mujer = "F" }', "mujer\u200b", "F"),
        ("persons.p1.facts.gender", 'as = "code", codes = { Mujer = "F" }', "x", [ValueNotMapped]),
        ("persons.p1.facts.gender", 'as = "code", codes = { Mujer = "F" }, default = "NB"', "x", "NB"),
        ("persons.p1.facts.gender", 'as = "code", codes = { Mujer = "F" }, default = ""', "x", None),
        ("persons.p1.facts.gender", 'as = "code", codes = { Mujer = "F" }, empty = "NAS"', "", "NAS"),
        ("persons.p1.facts.gender", 'as = "code"', "M", "M"),
        ("persons.p1.facts.gender", 'as = "code"', "male", [ValueNotMapped]),
        ("persons.p1.facts.gender", 'as = "code", unknown = ["?"]', "?", "UNK"),
        ("sources.1.type", 'as = "code", no_answers = { no = "DEC" }', "no", "?DEC"),
        (
            "acts.a1.type",
            'as = "code", contains = { "secuestro exp" = "KIX", secuestro = "KIU" }',
            "Un Secuestro Exprés",
            "KIX",
        ),
        ("incident.outcome", 'as = "code", codes = { herida = "INM" }', "Herida", ["INM"]),
        ("incident.outcome", 'as = "code", codes = { all = ["INM", "PSY"] }', "all", ["INM", "PSY"]),
        ("incident.outcome", 'as = "codes", codes = { h = "INM", p = "PSY" }', "h p h", ["INM", "PSY"]),
        (
            "incident.outcome",
            'as = "codes", split = ",", codes = { "a b" = "INM", p = "PSY" }',
            "a b , p",
            ["INM", "PSY"],
        ),
        ("incident.outcome", 'as = "codes"', "INM XXX", [ValueNotMapped]),
        ("persons.p1.facts.nationality", 'as = "codes"', "HND SLV", ["HND", "SLV"]),
        ("narrative", 'as = "text"', " Le dijo:  \n\xa0“no” \u200b ", " Le dijo:  \n\xa0“no” \u200b "),
        ("narrative", 'as = "text"', " \u200b ", None),
        ("summary", 'as = "text"', " Le dijo: \n\xa0“no” \u200b ", "Le dijo: “no”"),
        ("incident.labels.x", 'as = "number", decimal = ","', "1.022,50", "1022.5"),
        ("incident.labels.x", 'as = "date", order = "DMY"', "16.01.2014", "2014-01-16"),
        ("incident.labels.x", 'as = "text", required = true', "", [CellEmpty]),
        ("narrative", 'as = "text", required = true', "", [CellEmpty]),
        ("persons.p1.consent.on", 'as = "date"', "2019-11-14", "2019-11-14"),
        ("persons.p1.consent.on", 'as = "date"', "2019-11", [DateNotUnderstood]),
        (
            "persons.p1.consent.decisions.STA",
            'as = "code", codes = { "sí" = "given" }, empty = "not_asked"',
            "",
            "not_asked",
        ),
    ],
)
def test_a_rule_makes_a_value_of_a_cell_or_says_why_not(target, rule, cell, value):
    assert value_of(rule, cell, target) == value


def test_choices_in_columns_of_their_own_become_a_list_or_a_text():
    fields = """
"incident.outcome" = { as = "flags", flags = { "harm/psy" = "PSY", "harm/inj" = "INM" } }
"incident.labels.harm" = { as = "flags", join = "+", flags = { "harm/psy" = "mind", "harm/inj" = "body" } }
"""
    told = read(mapping_of(fields), "id;harm/psy;harm/inj\n1;1;True\n2;0;1\n3;;0\n4;maybe;1\n")
    assert [row.document and row.document["incident"] for row in told[:2]] == [
        {"outcome": ["PSY", "INM"], "labels": {"harm": "mind+body"}},
        {"outcome": ["INM"], "labels": {"harm": "body"}},
    ]
    assert "incident" not in told[2].document
    assert told[3].document is None
    assert {problem.details["column"] for problem in told[3].problems} == {"harm/psy"}


def test_none_of_the_choices_is_not_the_same_as_not_asked():
    fields = '"incident.outcome" = { as = "flags", flags = { a = "PSY", b = "INM" }, empty = "NAS" }'
    asked, not_asked = read(mapping_of(fields), "id;a;b\n1;0;\n2;;\n")
    assert "incident" not in asked.document
    assert not_asked.document["incident"] == {"outcome": ["NAS"]}


def test_columns_that_count_say_yes_above_zero_alone():
    fields = '"incident.outcome" = { as = "positive", flags = { dead = "DEA", missing = "MIS" } }'
    told = read(mapping_of(fields), "id;dead;missing\n1;2;1\n2;0;\n3;;4\n")
    assert [row.document.get("incident") for row in told] == [
        {"outcome": ["DEA", "MIS"]},
        None,
        {"outcome": ["MIS"]},
    ]


def test_any_column_that_says_yes_is_enough_and_one_that_says_nonsense_too_much():
    fields = '"incident.labels.known" = { as = "any", columns = ["a", "b"] }'
    told = read(mapping_of(fields), "id;a;b\n1;False;1\n2;N/A;\n3;True;perhaps\n")
    assert [row.document and row.document["incident"]["labels"]["known"] for row in told] == [
        "yes",
        "no",
        None,
    ]


def test_columns_are_joined_without_the_empty_ones():
    fields = '"sources.1.citation" = { as = "text", columns = ["a", "b"], join = " | " }'
    told = read(mapping_of(fields), "id;a;b\n1;x;y\n2;;y\n3;;\n")
    assert [row.document.get("sources") for row in told] == [
        [{"citation": "x | y"}],
        [{"citation": "y"}],
        None,
    ]


def test_a_rule_speaks_only_in_its_rows_and_the_first_that_speaks_is_heard():
    fields = """
[[fields."persons.p1.facts.gender"]]
value = "F"
when = { total = ["1"], women = ["1"] }
[[fields."persons.p1.facts.gender"]]
column = "word"
as = "code"
codes = { hombre = "M" }
"""
    told = read(mapping_of(more=fields), "id;total;women;word\n1;1;1;hombre\n2;1;0;hombre\n3;2;1;\n")
    assert [row.document.get("persons") for row in told] == [
        [{"key": "p1", "facts": {"gender": "F"}}],
        [{"key": "p1", "facts": {"gender": "M"}}],
        None,
    ]


def test_a_place_gets_the_precision_of_its_finest_code_and_must_fit_together():
    fields = """
"incident.place.country" = { column = "c", as = "code" }
"incident.place.state" = { column = "s", as = "code" }
"incident.place.municipality" = { column = "m", as = "code", codes = { "Cd. Juárez" = "08037" } }
"""
    told = read(
        mapping_of(fields), "id;c;s;m\n1;MEX;MX-CHH;cd. juárez\n2;MEX;;\n3;MEX;MX-BCN;Cd. Juárez\n4;;;\n"
    )
    place = {"country": "MEX", "state": "MX-CHH", "municipality": "08037", "precision": "MUN"}
    assert told[0].document["incident"]["place"] == place
    assert told[1].document["incident"]["place"] == {"country": "MEX", "precision": "CTY"}
    assert [type(problem) for problem in told[2].problems] == [PlaceNotMapped]
    assert "incident" not in told[3].document


def test_people_of_whom_a_row_says_nothing_are_not_in_it():
    fields = """
"persons.p1.facts.age" = { column = "a", as = "number" }
"persons.p2.facts.age" = { column = "b", as = "number" }
[constants]
"persons.p1.kind" = "individual"
"acts.a1.type" = "ROB"
"involvements.1" = { person = "p1", act = "a1" }
"involvements.2" = { person = "p2", act = "a1" }
"""
    both, one = read(mapping_of(fields), "id;a;b\n1;30;40\n2;30;\n")
    assert [person["key"] for person in both.document["persons"]] == ["p1", "p2"]
    assert [person["key"] for person in one.document["persons"]] == ["p1"]
    assert one.document["involvements"] == [{"person": "p1", "act": "a1"}]


def test_rows_share_nothing_that_one_could_change_in_another():
    fields = """
"incident.moment" = { column = "d", as = "date" }
"incident.outcome" = { column = "o", as = "code", codes = { x = "INM" }, empty = "NON" }
[constants]
"incident.authorities" = ["POL"]
"""
    first, second, third, _ = read(mapping_of(fields), "id;d;o\n1;2019;x\n2;2019;x\n3;2019;\n4;2019;\n")
    before = json.dumps(second.document)
    first.document["incident"]["moment"]["edtf"] = "changed"
    for name in ("outcome", "authorities"):
        first.document["incident"][name].append("changed")
        third.document["incident"][name].append("changed")
    assert json.dumps(second.document) == before
    assert read(mapping_of(fields), "id;d;o\n4;2019;\n")[0].document["incident"]["outcome"] == ["NON"]
