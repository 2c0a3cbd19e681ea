"""What tables count of the records: who agreed to be counted, what two people decided, groups by their size."""

from collections import Counter

import pytest
from sqlalchemy import select

from incidents import consent, review
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.vocabulary import Verification
from incidents.release import policy, write
from incidents.release.free import Free
from incidents.release.tables import captions, edition, lines, protect, sheet
from incidents.release.tables.cells import ALL, FEW, Shown
from incidents.release.tables.plan import Plan
from tests import make
from tests.test_consent_table import Told

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)  # the judge is not SQL
COUNT_ME = {"decisions": {"REC": "given", "STA": "given"}}
HERE = {"moment": {"edtf": "2019-03", "precision": "MON"}, "place": {"country": "MEX", "state": "MX-TAM"}}
FACTS = {"exposure": "JUS", "authorities": ["NOB"], "hearing_missed": "yes"}
DOERS = [{"type": "CRG"}, {"type": "INM", "collusion": "yes"}]


def person(key="p1", *, teller=True, agreed=COUNT_ME, kind="individual", **facts):
    facts = facts or {"age": 30, "gender": "F", "nationality": ["HND"]}
    given = {"identity": make.IDENTITY} if kind == "individual" else {}
    return {"key": key, "kind": kind, "teller": teller, "facts": facts, "consent": agreed, **given}


def told(staff, *people, **changes):
    return Told(staff, list(people), **{"incident": HERE | FACTS, "perpetrators": DOERS, **changes})


def credible(staff, *but):
    for member in (staff.second, staff.other_reviewer):  # where two have to agree, the second too
        with member.work() as work:
            for act in work.db.scalars(select(Act).where(Act.verification == Verification.RECEIVED)):
                if act.incident_id not in but:
                    review.move(work, act, Verification.CREDIBLE, "Detailed and consistent account.")


def counted(staff, **filters):
    with staff.analyst.work() as work:
        return lines.told(work, policy.load("public-table"), filters)


def table(found, name):
    made = edition.edition(found, policy.load("public-table")).counted
    (one,) = [each for each in made.tables if each.name == name]
    return {where: made.counts[key] for where, key in one.cells.items()}


def test_who_did_not_agree_is_not_counted_and_the_incident_is_by_the_word_of_another_who_told(staff):
    refused = {"decisions": {"REC": "given", "STA": "refused"}}
    part = [{"person": "p1", "act": "a1", "part": "WIT"}, {"person": "p2", "act": "a1", "part": "DIR"}]
    told(staff, person())
    told(staff, person(), person("p2", teller=False, agreed=None), involvements=part)  # never asked
    told(staff, person(), person("p2", teller=False, agreed=refused), involvements=part)
    told(staff, person(agreed=refused))
    told(staff, person(agreed={"decisions": {"REC": "given"}}))
    waiting = told(staff, person())
    withdrew = told(staff, person())
    credible(staff, waiting.incident)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, withdrew.ids["p1"]))
    found = counted(staff)
    assert (found.considered, found.released) == (7, 3)
    assert found.excluded == {"no_consent": 1, "not_verified": 1, "refused": 1, "withdrawn": 1}
    assert found.considered == found.released + sum(found.excluded.values())
    assert found.at_least
    assert Counter(len(row["persons"]) for row in found.counted) == {1: 1, 0: 2}
    assert table(found, "T1-incidents")["KID", "MX-TAM"] == 3
    assert table(found, "T1-persons")["KID", ALL] == 1
    assert table(found, "T4-gender") == {("F", ALL): 1, (ALL, ALL): 1}
    assert table(found, "T8-aside") == {("REC", ALL): 1, (ALL, ALL): 1}
    assert table(found, "T8-reports")[ALL, ALL] == 3
    assert table(found, "T5-incidents")["JUS", ALL] == 3
    assert table(found, "T7-reported")["no", ALL] == table(found, "T7-hearing")["yes", ALL] == 3
    assert table(found, "T3-incidents")["INM", ALL] == table(found, "T3-state")["yes", "C"] == 3
    narrowed = counted(staff, states=["MX-CHH"])
    assert (narrowed.released, narrowed.excluded) == (
        0, {"filtered": 3, "no_consent": 1, "not_verified": 1, "refused": 1, "withdrawn": 1}
    )  # fmt: skip


def test_a_group_counts_with_its_size_and_those_named_of_it_are_inside_it(staff):
    group = person("g", teller=False, agreed=None, kind="group", group_size={"min": 9, "best": 12})
    whole = told(staff, person(family="a", gender="F"), person("p2", family="a", age=9, gender="M"), group)
    unknown = told(
        staff,
        person(family="a", gender="F"),
        person("g", teller=False, agreed=None, kind="group", gender="F"),
    )
    for each in (whole, unknown):
        each.basis("g", kind="number_only", purposes=["STA"])
    credible(staff)
    found = counted(staff)
    assert (
        found.at_least
    )  # nobody knows the size of one group, and the boy, whose guardian was not asked, is not counted
    assert table(found, "T1-persons")[ALL, ALL] == 2 + (12 - 2)
    assert table(found, "T1-families")[ALL, ALL] == 2  # the same word in another report is another family
    assert table(found, "T4-gender") == {("F", ALL): 2, ("(not recorded)", ALL): 10, (ALL, ALL): 12}


def test_a_free_table_is_a_sheet_as_the_others_and_an_open_one_says_so(staff):
    told(staff, person())
    credible(staff)
    rules = policy.load("public-table")
    with staff.analyst.work() as work:
        made = edition.edition(lines.told(work, rules, {}), rules, Plan.of(rules, [Free("gender")]))
    few = Shown(made.counted, dict.fromkeys(made.counted.counts, FEW), "A")
    files = sheet.csv_files(few, made, write.cell)
    assert len(files) == 2 * len(made.counted.tables)
    assert files["X1.en.csv"].decode("utf-8-sig").splitlines()[:2] == ["Gender,Incidents", "Woman or girl,<5"]
    bare = Shown(made.counted, dict(made.counted.counts), protect.OPEN)
    assert "Not protected" in sheet.csv_files(bare, made)["T4-gender.en.csv"].decode("utf-8-sig")


def test_no_tables_are_made_by_a_policy_for_rows(staff):
    with staff.analyst.work() as work, pytest.raises(lines.NotForTables):
        lines.told(work, policy.load("dataset-research"), {})


def test_what_a_consent_does_not_name_is_not_shown_and_is_no_nought(staff):
    acts = [{"key": "a1", "type": "RAP", "status": "A"}]
    told(staff, person(age=20, population=["LGB", "HTF"]), acts=acts)
    credible(staff)
    found = counted(staff)
    assert [(row["act"], row["population"]) for row in found.counted] == [
        ("(not shown)", ["(not shown)", "HTF"])
    ]
    assert table(found, "T1-incidents-A")["(not shown)", "MX-TAM"] == 1
    assert table(found, "T9")["haitian_or_black", ALL] == 1
    made = edition.edition(found, policy.load("public-table"))
    shown = Shown(made.counted, made.counted.counts, "none")
    tables = {each.name: each for each in made.counted.tables}
    for name, row in (("T9", "rape"), ("T9", "lgbtq")):
        assert captions.printed(tables[name], shown, row, ALL) == "(not shown)"
    assert captions.printed(tables["T9"], shown, "murder", ALL) == 0


def test_of_a_kidnapping_the_days_and_the_dollars_are_read(staff):
    day = lambda text: {"edtf": text, "precision": "DAY"}  # noqa: E731 – short, and used twice below
    captivity = {"since": day("2019-03-02"), "until": day("2019-03-11")}
    paid = {"paid": "9000", "currency": "MXN", "usd": "470", "asked": "40000"}
    for more in (captivity | paid, {"channel": "DEC"}, {"since": {"edtf": "", "precision": "DEC"}}):
        told(staff, person(), acts=[{"key": "a1", "type": "KID", "status": "C", "kidnapping": more}])
    credible(staff)
    found = counted(staff)
    said = sorted((str(r["days_held"]), str(r["ransom_paid"]), str(r["ransom_asked"])) for r in found.counted)
    assert said == [("9", "470", "None"), ("DEC", "None", "None"), ("None", "DEC", "DEC")]
    assert table(found, "T6")["days_held", "DEC"] == 1


def test_who_says_why_they_did_not_report_did_not_whoever_else_was_told(staff):
    why = {"not_reported": ["FEA"]}
    of = [
        {"authorities": ["POL"], "response": "TAK"},
        {"authorities": ["POL"], "response": None} | why,  # to one, and why not to another
        {"authorities": ["SHE"], "response": "NON"},
        {"authorities": []} | why,
        {"authorities": ["UNK"]} | why,
        {"authorities": ["DEC"], "not_reported": ["UNK"], "response": "NAP"},
        {"authorities": []},
    ]
    for facts in of:
        told(staff, person(), incident=HERE | {name: value for name, value in facts.items() if value})
    credible(staff)
    found = counted(staff)
    nobody = "(not recorded)"
    assert table(found, "T7-reported") == {
        ("yes", ALL): 2, ("no", ALL): 3, ("DEC", ALL): 1, (nobody, ALL): 1, (ALL, ALL): 7,
    }  # fmt: skip
    assert table(found, "T7-response") == {
        ("TAK", ALL): 1, ("NON", ALL): 1, ("unreported", ALL): 3, ("NAP", ALL): 1, (nobody, ALL): 2, (ALL, ALL): 7,
    }  # fmt: skip
    assert table(found, "T7-not-reported") == {
        ("FEA", ALL): 3, ("reported", ALL): 2, ("UNK", ALL): 1, (nobody, ALL): 2, (ALL, ALL): 7,
    }  # fmt: skip
