"""What is taken as it is, without asking the schema, is what the schema would have made of it."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from incidents.errors import InvalidInput
from incidents.intake import plain, schema
from tests import make

WHOLE = make.report_document(
    danger="before",
    danger_before="2019-11-14",
    asks="a doctor",
    interview={
        "on": {"edtf": "2019", "precision": "YEA"},
        "mode": "INP",
        "place": {"country": "MEX", "precision": "CTY"},
        "language": "es",
        "private": "yes",
        "interpreter": "NON",
        "others_present": ["CHI"],
        "outcome": "INC",
        "told_before": "no",
        "told_whom": ["LAW"],
    },
)
WHOLE["incident"] |= {
    "mpp": {
        "returned_on": [{"edtf": "2019-08", "precision": "MON"}],
        "port": "SYS",
        "times_returned": 2,
        "next_hearing": {"edtf": "2099-01-05", "precision": "DAY"},
        "hearing_missed": "yes",
        "outcome": "PEN",
    },
    "targeting": {"reasons": ["MIG"], "recognised": ["IDP"], "said_by": "PER"},
    "not_reported": ["FEA"],
}
WHOLE["acts"][0] |= {
    "times": {"min": 1, "best": 2},
    "methods": ["TIE", "VEH"],
    "weapons": ["GUN"],
    "kidnapping": {
        "held": [{"country": "MEX", "precision": "CTY"}],
        "asked": "5000",
        "paid": "1500.50",
        "usd": "1500",
    },
    "extortion": {"recurring": "DEC", "purpose": "REL", "currency": "USD"},
}
WHOLE["persons"][0] |= {"safe_contact": {"may_call": "no", "phone_held": "UNK", "code_word": "girasol"}}
WHOLE["persons"][0]["facts"] |= {"birth_year": 1990, "family": "A"}

ODD = st.sampled_from(
    [
        None,
        "",
        "x",
        "KID",
        "UNK",
        "yes",
        "9" * 61,
        0,
        1,
        -1,
        121,
        2.0,
        True,
        False,
        [],
        [""],
        ["HND"],
        {},
        {"x": "y"},
    ]
)
ANYTHING = st.one_of(
    ODD, st.text(max_size=5), st.integers(), st.dictionaries(st.text(max_size=3), ODD, max_size=2)
)
NAMES = st.sampled_from(
    ["key", "type", "moment", "labels", "age", "edtf", "decisions", "person", "client_id", "x"]
)


def places(value, here=()):
    """Every place in a document, as the steps to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in inner:
        yield (*here, step)
        yield from places(below, (*here, step))


@st.composite
def documents(draw):
    """A whole report, changed in a few places: something else there, something more, something gone."""
    document = copy.deepcopy(WHOLE)
    for _change in range(draw(st.integers(0, 3))):
        *above, last = draw(st.sampled_from(list(places(document))))
        spot = document
        for step in above:
            spot = spot[step]
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                spot[last] = copy.deepcopy(draw(ANYTHING))  # a later change may go into it
            case "remove":
                del spot[last]
            case "add" if isinstance(spot, dict):
                spot[draw(NAMES)] = copy.deepcopy(draw(ANYTHING))
    return document


@settings(max_examples=300, deadline=None)
@given(documents())
def test_what_is_taken_as_it_is_is_what_the_schema_makes_of_it(document):
    before = copy.deepcopy(document)
    try:
        taken = schema._plainly(document)
    except (plain.NotPlain, ValidationError):
        return
    assert document == before
    assert repr(taken) == repr(schema._mended(document))


def test_a_report_without_a_fault_is_taken_as_it_is():
    assert schema._plainly(WHOLE) == schema._mended(WHOLE)


def test_what_is_taken_is_a_copy():
    document = copy.deepcopy(WHOLE)
    taken = schema.load(document)
    taken["acts"][0]["type"] = "EXT"
    taken["incident"]["moment"]["edtf"] = "2020"
    assert document == WHOLE
    assert schema.load(document)["incident"]["moment"] == WHOLE["incident"]["moment"]


@pytest.mark.parametrize(
    "change",
    [{"danger": "perhaps"}, {"acts": [{"type": "none"}]}, {"involvements": [{"person": "p9", "act": "a1"}]}],
)
def test_what_does_not_hold_is_refused_with_the_schemas_own_words(change):
    document = {**WHOLE, **change}
    with pytest.raises(InvalidInput) as refused:
        schema.load(document)
    with pytest.raises(InvalidInput) as said:
        schema._mended(document)
    assert refused.value.fields == said.value.fields


def test_only_the_report_as_a_whole_has_rules_beyond_its_fields():
    kinds = {
        kind for kind in vars(schema).values() if isinstance(kind, type) and issubclass(kind, schema.Strict)
    }
    with_rules = {
        kind
        for kind in kinds
        if any(hasattr(getattr(kind, name, None), "__marshmallow_hook__") for name in dir(kind))
    }
    assert with_rules == {schema.ReportSchema}
