"""A form and the document it says, there and back."""

import pytest
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput
from incidents.web import blocks, forms
from tests import make


@pytest.fixture(autouse=True)
def speaking(app):
    """Sentences are said in the language of a request."""
    with app.test_request_context():
        yield


def test_a_document_typed_again_is_the_same_document():
    document = make.report_document()
    kept = ("acts", "persons", "involvements", "perpetrators", "sources", "narrative", "summary", "interview")
    again = forms.load(forms.typed_from(document))
    assert {name: again[name] for name in kept} == {name: document[name] for name in kept}
    assert again["incident"] == document["incident"]


@pytest.mark.parametrize(
    ("edtf", "precision"),
    [
        ("2019-11-14", "DAY"),
        ("2019-11-14~", "APX"),
        ("2019-11", "MON"),
        ("2019", "YEA"),
        ("2019-11-14/2019-11-18", "RNG"),
        ("", "UNK"),
    ],
)
def test_a_moment_comes_back_as_exactly_as_it_was_known(edtf, precision):
    moment = {"edtf": edtf, "precision": precision}
    assert forms.load(forms.typed_from({"incident": {"moment": moment}}))["incident"]["moment"] == moment


@pytest.mark.parametrize(
    ("edtf", "precision"), [("2019-21", "SEA"), ("../2019-05-01", "BEF"), ("2019-05/2019-07", "RNG")]
)
def test_a_moment_that_has_no_fields_stays_as_it_was_told(edtf, precision):
    told = {"acts": [{"key": "a1", "type": "KID", "moment": {"edtf": edtf, "precision": precision}}]}
    coded = forms.load(forms.typed_from(told))
    assert "moment" not in coded["acts"][0]
    assert forms.carried(told, coded)["acts"] == told["acts"]
    assert forms.unshown(told) == {"a1": told["acts"][0]["moment"]}


def test_a_moment_typed_over_it_replaces_it():
    told = {"incident": {"moment": {"edtf": "2019-21", "precision": "SEA"}}}
    typed = MultiDict({"incident.moment.kind": "year", "incident.moment.year": "2019"})
    assert forms.carried(told, forms.load(typed))["incident"]["moment"] == {
        "edtf": "2019",
        "precision": "YEA",
    }


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ({"day": "2019-11-14"}, "2019-11-14"),
        ({"day": "2019-11-14", "until": "2019-11-16"}, "2019-11-14/2019-11-16"),
        ({"month": "11", "year": "2019"}, "2019-11"),
        ({"year": "2019"}, "2019"),
    ],
)
def test_pieces_say_by_themselves_how_exactly_it_is_known(pieces, said):
    typed = MultiDict({f"incident.moment.{name}": value for name, value in pieces.items()})
    assert forms.load(typed)["incident"]["moment"]["edtf"] == said


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("day", ["day"]),
        ("about", ["day"]),
        ("range", ["day", "until"]),
        ("month", ["month"]),
        ("year", ["year"]),
    ],
)
def test_a_moment_half_typed_is_told_at_the_piece_that_is_missing(kind, missing):
    with pytest.raises(InvalidInput) as found:
        forms.load(MultiDict({"incident.moment.kind": kind}))
    assert sorted(found.value.fields) == [f"incident.moment.{piece}" for piece in missing]


def test_a_municipality_says_its_state_and_a_state_its_country():
    place = forms.load(MultiDict({"incident.place.municipality": "02004"}))["incident"]["place"]
    assert place == {"country": "MEX", "state": "MX-BCN", "municipality": "02004", "precision": "MUN"}


def test_a_municipality_of_another_state_is_refused_and_not_mended():
    typed = MultiDict({"incident.place.municipality": "02004", "incident.place.state": "MX-TAM"})
    with pytest.raises(InvalidInput) as found:
        forms.load(typed)
    assert list(found.value.fields) == ["incident.place"]


def test_what_take_in_does_not_show_stays_as_it_was_told():
    told = make.report_document()
    told["acts"][0]["labels"] = {"folio": "12"}
    told["incident"]["labels"] = {"shelter": "north"}
    told["involvements"][0]["outcome"] = ["INM"]
    typed = forms.typed_from(told)
    typed = MultiDict(
        (n, v) for n, v in typed.items(multi=True) if ".consent." not in n and not n.startswith("interview")
    )
    typed["acts.0.type"] = "KIX"
    keys = {"a1", "p1", "p2"}
    understood = forms.carried(told, forms.load(typed, keys))
    assert understood["acts"] == [{"key": "a1", "type": "KIX", "status": "C", "labels": {"folio": "12"}}]
    assert understood["incident"]["labels"] == {"shelter": "north"}
    assert understood["involvements"] == told["involvements"]
    assert understood["persons"][0]["consent"] == told["persons"][0]["consent"]
    assert understood["interview"] == told["interview"]


def test_somebody_who_only_agreed_is_not_lost_at_take_in():
    told = {
        "narrative": "Algo.",
        "persons": [{"key": "p1", "teller": False, "consent": {"decisions": {"REC": "given"}}}],
    }
    typed = MultiDict({"persons.0.key": "p1", "persons.0.kind": "individual"})
    assert forms.carried(told, forms.load(typed, {"p1"}))["persons"][0]["consent"] == {
        "decisions": {"REC": "given"}
    }


def test_a_group_keeps_its_size_and_nothing_of_one_person():
    typed = MultiDict(
        {
            "persons.0.kind": "group",
            "persons.0.identity.name": "X",
            "persons.0.facts.age": "3",
            "persons.0.facts.group_size.min": "4",
        }
    )
    assert forms.load(typed)["persons"] == [
        {"key": "p1", "kind": "group", "facts": {"group_size": {"min": 4}}}
    ]


def test_names_that_are_no_field_are_not_in_the_document():
    assert forms.load(MultiDict({"acts.0.weight": "3", "narrative": "Algo.", "deed": "send"})) == {
        "narrative": "Algo."
    }


def test_more_blocks_than_fit_are_refused_with_a_sentence():
    with pytest.raises(InvalidInput):
        blocks.changed(MultiDict({f"acts.{blocks.MANY - 1}.key": "a200"}), "add:acts")
