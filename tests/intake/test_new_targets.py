"""Every field of the schema of whole records is reached by a mapping, and what it makes holds in the schema."""

import pytest

from incidents.intake import schema
from incidents.intake.cleaning import AmountNotUnderstood, NumberUnclear
from incidents.intake.rules import RuleCodeUnknown
from incidents.intake.targets import TargetUnknown, target_of, targets
from tests.intake.invented import mapping_of, read, value_of

KIDNAPPING = """
"acts.a1.kidnapping.asked" = { column = "asked", as = "number", decimal = "." }
"acts.a1.kidnapping.currency" = { column = "money", as = "code", codes = { pesos = "MXN" } }
"acts.a1.kidnapping.since" = { column = "since", as = "date" }
"acts.a1.kidnapping.held.1.municipality" = { column = "held", as = "code", codes = { "Cd. Juárez" = "08037" } }
"acts.a1.kidnapping.held.2.state" = { column = "then", as = "code", codes = { Tamaulipas = "MX-TAM" } }
"acts.a1.kidnapping.held.1.country" = { value = "MEX", when = { held = ["Cd. Juárez"] } }
"acts.a1.kidnapping.held.1.state" = { value = "MX-CHH", when = { held = ["Cd. Juárez"] } }
"acts.a1.kidnapping.held.2.country" = { value = "MEX", when = { then = ["Tamaulipas"] } }
"incident.mpp.returned_on.1" = { column = "r1", as = "date" }
"incident.mpp.returned_on.2" = { column = "r2", as = "date" }
"incident.mpp.hearing_missed" = { column = "missed", as = "tri" }
"incident.targeting.reasons" = { column = "why", as = "codes", split = "+", codes = { migrant = "MIG" } }
"persons.p1.safe_contact.may_call" = { column = "call", as = "tri" }
"perpetrators.1.name" = { column = "who", as = "text" }
[constants]
"acts.a1" = { type = "KID", status = "C" }
"""
COLUMNS = ("asked", "money", "since", "held", "then", "r1", "r2", "missed", "why", "call", "who")


def one(**said):
    (row,) = read(
        mapping_of(KIDNAPPING),
        ";".join(["id", *COLUMNS]) + "\n1;" + ";".join(said.get(c, "") for c in COLUMNS) + "\n",
    )
    assert row.problems == []
    return row.document


def test_a_kidnapping_with_its_money_days_and_places():
    document = one(
        asked="1,500.50",
        money="Pesos",
        since="2019-07",
        held="Cd. Juárez",
        then="Tamaulipas",
        r1="2019-07-03",
        r2="2019-08",
        missed="Sí",
        call="no",
        who="El Inventado",
    )
    kept = schema.load(document)["acts"][0]["kidnapping"]
    assert (kept["asked"], kept["currency"], kept["since"]) == (
        "1500.50",
        "MXN",
        {"edtf": "2019-07", "precision": "MON"},
    )
    assert kept["held"] == [
        {"country": "MEX", "state": "MX-CHH", "municipality": "08037", "precision": "MUN"},
        {"country": "MEX", "state": "MX-TAM", "precision": "STA"},
    ]
    mpp = document["incident"]["mpp"]
    assert [day["edtf"] for day in mpp["returned_on"]] == ["2019-07-03", "2019-08"]
    assert mpp["hearing_missed"] == "yes"
    assert document["persons"][0]["safe_contact"] == {"may_call": "no"}
    assert document["perpetrators"] == [{"name": "El Inventado"}]


def test_a_list_of_values_has_those_that_the_row_fills():
    document = one(then="Tamaulipas", r2="2019")
    assert document["acts"][0]["kidnapping"]["held"] == [
        {"country": "MEX", "state": "MX-TAM", "precision": "STA"}
    ]
    assert document["incident"]["mpp"]["returned_on"] == [{"edtf": "2019", "precision": "YEA"}]


def test_a_row_that_fills_no_value_has_no_list_and_nothing_around_it():
    assert one() == {"acts": [{"key": "a1", "type": "KID", "status": "C"}]}


@pytest.mark.parametrize(
    "path",
    [
        "incident.mpp.returned_on.0",
        "incident.mpp.returned_on.x",
        "incident.mpp.returned_on",
        "acts.a1.kidnapping.held.country",
    ],
)
def test_a_value_of_a_list_is_mapped_by_its_number(path):
    with pytest.raises(TargetUnknown):
        target_of(path)


@pytest.mark.parametrize(
    ("cell", "kept"), [("1500", "1500"), ("0", "0"), ("1500.5", "1500.50"), ("12 000", "12000")]
)
def test_money_is_kept_as_decimal_text(cell, kept):
    assert value_of('as = "number"', cell, "acts.a1.extortion.paid") == kept
    assert target_of("acts.a1.extortion.paid").allows(kept)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("-1", AmountNotUnderstood), ("1.2345", AmountNotUnderstood), ("1,500", NumberUnclear)],
)
def test_money_that_is_not_clear_is_refused(cell, reason):
    assert value_of('as = "number"', cell, "acts.a1.extortion.paid") == [reason]


def test_yes_and_no_may_fill_a_flag_and_unknown_leaves_it_empty():
    assert value_of('as = "tri"', "Sí", "persons.p1.teller") is True
    assert value_of('as = "tri"', "No", "persons.p1.teller") is False
    assert value_of('as = "tri"', "N/A", "persons.p1.teller") is None


def test_a_narrative_of_several_columns_keeps_every_character_of_each():
    mapping = mapping_of('"narrative" = { columns = ["a", "b"], as = "text", join = "\\n" }')
    (row,) = read(mapping, 'id;a;b\n1;"  Sali\u0301, &amp;\u200b ";"otro\u00a0 día\n"\n')
    assert row.document["narrative"] == "  Sali\u0301, &amp;\u200b \notro\u00a0 día\n"


def test_several_choices_may_become_the_text_of_a_label():
    assert value_of('as = "codes", join = ", ", codes = { a = "one", b = "two" }', "b a") == "two, one"
    with pytest.raises(RuleCodeUnknown):
        mapping_of('"incident.outcome" = { column = "x", as = "codes", codes = { a = "XXX" } }')


EXAMPLES = {"moment": '"date"', "time": '"time"', "count": '"number"', "money": '"number"', "answer": '"tri"'}
EXAMPLES |= {"code": '"code"', "codes": '"codes"', "text": '"text"', "day": '"date"', "verbatim": '"text"'}
EXAMPLES |= {"label": '"text"', "flag": '"tri"', "point": '"point"'}


@pytest.mark.parametrize("path", sorted(targets()))
def test_every_field_can_be_mapped(path):
    steps = path.replace("labels.*", "labels.name").split(".")
    where = ".".join(
        "k1"
        if step == "*" and steps[0] in {"acts", "persons"} and place == 1
        else "1"
        if step == "*"
        else step
        for place, step in enumerate(steps)
    )
    mapping_of(f'"{where}" = {{ column = "x", as = {EXAMPLES[target_of(where).kind]} }}')
