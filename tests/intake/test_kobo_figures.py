"""The files of KoboToolbox: what they hold is found again, and a form proposes a mapping."""

import csv
import io
import json
import tomllib
from collections import Counter

import pytest
from sqlalchemy import func, select

from config import HERE
from incidents import jobs
from incidents.intake import importers, interviews, kobo, report, schema
from incidents.intake.mapped import rows
from incidents.intake.mapping import load
from incidents.intake.tabular import FileNotReadable
from incidents.model.incident import Act, Incident
from incidents.model.report import Interview, Report
from incidents.work import Compartment
from tests.intake.invented import workbook_of
from tests.intake.test_mapping_figures import KOBO, labels, mapped
from tests.needs import shared

MAPPINGS = HERE / "docs" / "mappings"


@pytest.fixture(autouse=True)
def _registered():
    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run))


def bring(member, name, data=None):
    text = (MAPPINGS / f"{name}.toml").read_text("utf-8")
    file = shared("data", *KOBO[name][0].split("/")) if data is None else None
    given = importers.packed(data or file.read_bytes(), file.name if file else "export.json", text)
    return jobs.run_here(member.house, member.actor, member.ring, importers.KIND, {}, given)


def count(house, kind):
    return house.db().scalar(select(func.count()).select_from(kind))


def raw():
    path = shared("data", "kobo", "impact_kobo_raw_export_120.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- a household survey ------------------------------------------------------------------------------------------


def test_figures_of_the_household_survey():
    told, source = [row.document for row in mapped("kobo_impact")], raw()
    people = [{person["key"]: person for person in document["persons"]} for document in told]
    sizes = [each["household"]["facts"]["group_size"]["best"] for each in people]
    assert sizes == [int(row["num_hh_member"]) for row in source]
    assert sum(sizes) == 834
    assert [each["respondent"]["facts"]["age"] for each in people] == [
        int(r["age_respondent_r"]) for r in source
    ]
    heads = Counter((each.get("head") or each["respondent"])["facts"]["gender"] for each in people)
    assert heads == {"M": 112, "F": 8} == Counter({"M": 112, "F": 8})
    assert sum("head" in each for each in people) == sum(row["hhh_r"] == "no" for row in source) == 3


def test_figures_of_choices_are_the_same_from_one_cell_and_from_a_column_for_each():
    exploded, cells = Counter(), Counter()
    for row in raw():
        cells.update(row["suggestions_improve_services"].split())
        exploded.update(
            name.split(".")[1]
            for name, cell in row.items()
            if name.startswith("suggestions_improve_services.") and cell == "True"
        )
    mine = Counter(w for row in mapped("kobo_impact") for w in labels(row)["wishes"].split(", "))
    assert mine["more hours"] == cells["increase_hours"] == exploded["increase_hours"] == 104
    assert sum(mine.values()) == sum(exploded.values())
    water = Counter(w for row in mapped("kobo_impact") for w in labels(row)["water"].split(", "))
    assert (water["piped"], water["trucks"], water["borehole"]) == (116, 15, 9)


def test_what_nobody_answered_is_empty_and_what_nobody_knew_is_unknown():
    trust = Counter(labels(row).get("trusts_water_office") for row in mapped("kobo_impact"))
    assert trust == {"yes": 77, "no": 26, "UNK": 17}
    hosted = Counter(labels(row).get("hosted") for row in mapped("kobo_impact"))
    assert hosted == {"no": 110, "yes": 8, None: 2}


def test_the_words_of_the_household_are_kept_whole():
    columns = (
        "problems_water_who_appr_not_other",
        "water_supply_other_neighbourhoods_why",
        "trust_water_office_why_not",
    )
    for row, source in zip(mapped("kobo_impact"), raw(), strict=True):
        words = "\n".join(source[name] for name in columns if source[name].strip())
        assert row.document.get("narrative", "") == words


def test_a_survey_that_tells_of_no_incident_is_counted_and_makes_none(staff, house):
    done = bring(staff.reviewer, "kobo_impact")
    assert done["totals"] == {"new": 120}
    assert (count(house, Report), count(house, Interview), count(house, Incident)) == (120, 120, 0)
    with staff.reviewer.work() as work:
        total = interviews.counted(work).total
        assert report.inbox(work) == []
    assert (total.interviews, total.told, total.people) == (120, 0, 120)
    assert bring(staff.second, "kobo_impact")["totals"] == {"unchanged": 120}
    assert count(house, Interview) == 120


# --- KoboToolbox's own fixtures ----------------------------------------------------------------------------------


def test_figures_of_repeats_within_repeats(staff, house):
    told = [row.document for row in mapped("kobo_nested_repeats")]
    kinds = [
        Counter(next(iter(act["labels"])) for act in document["acts"])
        + Counter(nest=len(document["persons"]))
        for document in told
    ]
    assert kinds == [{"tree": 2, "nest": 3, "egg": 6}, {"tree": 1, "nest": 1, "egg": 1}]
    assert [[p["facts"]["group_size"]["best"] for p in d["persons"]] for d in told] == [[3, 1, 2], [1]]
    for document in told:
        eggs = Counter(one["person"] for one in document["involvements"] if one["act"].startswith("egg"))
        assert eggs == {p["key"]: p["facts"]["group_size"]["best"] for p in document["persons"]}
    done = bring(staff.reviewer, "kobo_nested_repeats")
    assert done["totals"] == {"new": 2}
    assert "6 rows of “group_tree/group_nest/group_egg”" in done["lines"][0]["reason"]
    assert (count(house, Incident), count(house, Act)) == (2, 10)


def test_figures_of_a_text_that_became_choices():
    told = [row.document for row in mapped("kobo_text_to_choices")]
    assert [document.get("narrative") for document in told[:3]] == ["Response 1", "Response 2", None]
    assert [document["incident"]["labels"].get("choices") for document in told[2:]] == [
        *("first", "second", "first", "first", "first, second", "first, third", "second, third")
    ]


def test_figures_of_groups_in_two_languages():
    told = [labels(row) for row in mapped("kobo_grouped")]
    assert [one.get("segments") for one in told] == ["7", "1", None]
    assert [one.get("symmetry") for one in told] == ["spherical, radial, bilateral", "bilateral", None]
    assert [one["fluids"] for one in told] == ["yes, and some extracellular space", "yes", "no or unsure"]


def test_a_gps_point_is_in_no_fact_of_what_came_in():
    (row,) = mapped("kobo_geo_types")
    person = row.document["persons"][0]
    assert person["identity"]["exact_place"].startswith("39.306938, -76.60869 (alt. 11 m, ±22 m) | ")
    person["identity"] = {}
    assert "39.30" not in json.dumps(row.document)


def test_an_edited_submission_is_the_same_report(staff, house):
    point = {
        "_uuid": "a",
        "start": "2019-07-19T18:42:37.313-04:00",
        **dict.fromkeys(("Point", "Trace", "Shape", "end"), ""),
        "Just_a_regular_text_question": "before",
    }
    edit = {**point, "_uuid": "b", "meta/deprecatedID": "uuid:a", "Just_a_regular_text_question": "after"}
    later = {**edit, "_uuid": "c", "meta/deprecatedID": "uuid:b", "Just_a_regular_text_question": "last"}
    totals = [
        bring(staff.reviewer, "kobo_geo_types", json.dumps({"submissions": [one]}).encode())["totals"]
        for one in (point, edit, edit, later, later)
    ]
    assert totals == [{"new": 1}, {"changed": 1}, {"unchanged": 1}, {"changed": 1}, {"unchanged": 1}]
    editions = list(house.db().scalars(select(Report.edition).order_by(Report.edition)))
    assert editions == [1, 2, 3]


# --- forms -------------------------------------------------------------------------------------------------------


def test_a_form_of_two_languages_proposes_a_mapping_for_its_own_export():
    data = shared("data", "kobo", "impact_xlsform_en_ar.xlsx").read_bytes()
    text = kobo.proposed(data, "Tal Afar", groups=False)
    named = load(text).sheets[0].ignore
    columns = {name for name in raw()[0] if "." not in name and not name.startswith("X")}
    assert columns <= named
    assert "Do you have" not in "".join(named)
    assert "#   male: Male · ذكر" in text
    assert '# "FIELD" = { column = "num_hh_member", as = "number" }' in text
    assert "(578 choices: as text, or with codes for those that matter)" in text


@pytest.mark.parametrize("name", ["kobo_geo_types", "kobo_grouped", "kobo_nested_repeats"])
def test_a_proposal_reads_the_submissions_of_its_form_and_guesses_nothing(name):
    path = shared("data", *KOBO[name][0].split("/"))
    mapping = load(kobo.proposed(path.read_bytes(), name))
    with path.open("rb") as file:
        told = list(rows(mapping, file, path.name))
    assert [row.problems for row in told] == [[]] * KOBO[name][1]
    assert {json.dumps(row.document) for row in told} == {"{}"}


def test_a_proposal_is_gone_on_with_by_hand():
    survey = [
        ["type", "name", "label::Español", "label::English"],
        ["begin_group", "g", "Persona", "Person"],
        ["integer", "edad", "¿Edad?", "Age?"],
        ["select_multiple harm", "daño", 'Con "comillas"', ""],
        ["image", "foto", "", ""],
        ["note", "n", "Gracias", ""],
        ["end_group", "", "", ""],
        ["begin_repeat", "acts", "", ""],
        ["select_one kind or_other", "kind", "", ""],
        ["end_repeat", "", "", ""],
    ]
    choices = [["list_name", "name", "label::Español"], ["harm", "inm", "Herida"], ["kind", "rob", "Robo"]]
    text = kobo.proposed(workbook_of(survey=survey, choices=choices).getvalue(), "Invented")
    written = tomllib.loads(text)
    assert written["attachments"] == ["g/foto", "_attachments"]
    assert "g/n" not in text
    assert [one["from"] for one in written["repeats"]] == ["acts"]
    done = text.replace('  "g/edad",\n', "").replace(
        '# "FIELD" = { column = "g/edad"', '"persons.p1.facts.age" = { column = "g/edad"'
    )
    data = json.dumps(
        [{"_uuid": "1", "g": {"edad": "30", "daño": "inm"}, "acts": [{"acts/kind": "rob"}]}]
    ).encode()
    (row,) = rows(load(done), io.BytesIO(data), "x.json")
    assert row.document == {"persons": [{"key": "p1", "facts": {"age": 30}}]}
    assert '"rob" = ""' in text
    assert schema.load(row.document)


@pytest.mark.parametrize("data", [b"{}", b'{"content": {"survey": []}}', b'{"content": {"survey": ["x"]}}'])
def test_what_is_no_form_proposes_nothing(data):
    with pytest.raises(kobo.NoForm):
        kobo.proposed(data, "x")
    with pytest.raises(kobo.NoForm):
        kobo.proposed(workbook_of(data=[["a"], [1]]).getvalue(), "x")
    with pytest.raises(FileNotReadable):
        kobo.proposed(b"{", "x")
