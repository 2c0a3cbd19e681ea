"""A form and the document it says, there and back."""

from contextlib import suppress
from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput
from incidents.model import clock
from incidents.web import blocks, forms, moments
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
        ("2019-11-01/2019-11-10", "RNG"),
        ("2019-11-21/2019-11-30", "RNG"),
        ("2019-11-15~", "APX"),
        ("2019-21", "SEA"),
        ("../2019-05-01", "BEF"),
        ("../2019-05", "BEF"),
        ("2019/..", "AFT"),
        ("2019-05/2019-07", "RNG"),
        ("2019/2020-03", "RNG"),
        *[("", code) for code in ("UNK", "NAS", "DEC", "NAP")],
    ],
)
def test_a_moment_comes_back_as_exactly_as_it_was_known(edtf, precision):
    moment = {"edtf": edtf, "precision": precision}
    assert forms.load(forms.typed_from({"incident": {"moment": moment}}))["incident"]["moment"] == moment


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
    ("pieces", "said"),
    [
        ({"kind": "2019-11"}, "2019-11"),
        ({"kind": "2019-11", "part": "early"}, "2019-11-01/2019-11-10"),
        ({"kind": "2019-11", "part": "mid"}, "2019-11-15~"),
        ({"kind": "2020-02", "part": "late"}, "2020-02-21/2020-02-29"),
        ({"kind": "2019-11-14", "part": "mid"}, "2019-11-14"),
        ({"kind": "month", "year": "2019", "month": "11", "part": "mid"}, "2019-11-15~"),
        ({"kind": "year", "earlier": "2009"}, "2009"),
        ({"kind": "season", "year": "2019", "season": "23"}, "2019-23"),
        ({"kind": "range", "between": "2019-09-03/2019-11-14"}, "2019-09-03/2019-11-14"),
        ({"kind": "before", "year": "2019", "month": "05"}, "../2019-05"),
        ({"kind": "after", "day": "2019-05-03"}, "2019-05-03/.."),
        ({"kind": "DEC"}, ""),
    ],
)
def test_a_partial_date_is_two_taps(pieces, said):
    typed = MultiDict({f"incident.moment.{name}": value for name, value in pieces.items()})
    moment = forms.load(typed)["incident"]["moment"]
    assert moment["edtf"] == said
    taken_back(typed, moment)


def taken_back(typed, moment):
    """What was kept is offered again as it was chosen, and is read in words."""
    assert forms.load(forms.typed_from({"incident": {"moment": moment}}))["incident"]["moment"] == moment
    assert moments.words(typed, "incident.moment")


@pytest.mark.parametrize(
    ("day", "begun"),
    [(1, ["early"]), (13, ["early"]), (14, ["early", "mid"]), (20, ["early", "mid", "late"])],
)
def test_of_this_month_the_parts_that_have_begun_are_two_taps(monkeypatch, day, begun):
    """A day ahead is let pass: it has begun somewhere."""
    monkeypatch.setattr(clock, "today", lambda: date(2026, 10, day))
    taken = []
    for part in ("early", "mid", "late"):
        typed = MultiDict({"incident.moment.kind": "2026-10", "incident.moment.part": part})
        with suppress(InvalidInput):
            taken_back(typed, forms.load(typed)["incident"]["moment"])
            taken.append(part)
    assert taken == begun


@pytest.mark.parametrize(
    "pieces",
    [
        {"kind": "range", "day": "2019-11-14", "until": "2999-01-01"},
        {"kind": "before", "year": "2999"},
        {"kind": "season", "year": "2999", "season": "21"},
        {"kind": "2999-01"},
    ],
)
def test_what_has_not_come_is_asked_about_in_every_kind(pieces):
    with pytest.raises(InvalidInput) as found:
        forms.load(MultiDict({f"incident.moment.{name}": value for name, value in pieces.items()}))
    assert str(next(iter(found.value.fields.values()))[0]) == str(moments.TO_COME)


def test_today_is_today_along_the_border_and_every_chip_is_a_date():
    chips = moments.recent()
    assert chips[0][0] == moments.here().isoformat()
    assert len(chips) == 14
    for value, _text in chips:
        assert moments.moment({"kind": value})[0] == {
            "edtf": value,
            "precision": "DAY" if len(value) == 10 else "MON",
        }


def test_a_date_of_no_chip_is_offered_as_it_was_told():
    assert moments.recent("2019-05/2019-07")[-1] == ("2019-05/2019-07", "between May and July 2019")
    assert moments.recent("nonsense") == moments.recent()


def test_between_two_days_in_court_is_offered_where_they_are_known():
    typed = MultiDict(
        {
            "incident.mpp.returned_on.0.kind": "day",
            "incident.mpp.returned_on.0.day": "2019-11-14",
            "incident.mpp.returned_on.1.kind": "day",
            "incident.mpp.returned_on.1.day": "2019-09-03",
            "incident.mpp.next_hearing.kind": "month",
            "incident.mpp.next_hearing.year": "2020",
            "incident.mpp.next_hearing.month": "02",
        }
    )
    assert moments.between(typed) == ["2019-09-03/2019-11-14"]


@pytest.mark.parametrize(
    ("city", "place"),
    [
        ("02004", {"country": "MEX", "state": "MX-BCN", "municipality": "02004", "precision": "MUN"}),
        ("MX-CMX", {"country": "MEX", "state": "MX-CMX", "precision": "STA"}),
        ("NAS", {"country": "NAS", "precision": "UNK"}),
    ],
)
def test_a_city_is_one_tap_and_comes_back_as_one(city, place):
    kept = forms.load(MultiDict({"incident.place.city": city}))["incident"]["place"]
    assert kept == place
    assert forms.typed_from({"incident": {"place": kept}}).to_dict() == {"incident.place.city": city}


def test_every_city_is_an_official_code():
    for city in moments.CITIES:
        assert forms.load(MultiDict({"incident.place.city": city}))["incident"]["place"]["country"] == "MEX"


def test_two_places_in_one_are_asked_about_and_not_guessed():
    typed = MultiDict({"incident.place.city": "02004", "incident.place.municipality": "19039"})
    with pytest.raises(InvalidInput) as found:
        forms.load(typed)
    assert list(found.value.fields) == ["incident.place.city"]


WHOLE = {
    "interview": {
        "on": {"edtf": "2019-12-02", "precision": "DAY"},
        "place": {"country": "MEX", "state": "MX-TAM", "precision": "STA"},
        "interpreter": "NAS",
        "outcome": "INC",
        "told_before": "DEC",
    },
    "danger": "before",
    "danger_before": "2026-12-24",
    "narrative": "Algo.",
    "incident": {
        "mpp": {
            "returned_on": [
                {"edtf": "2019-09-03", "precision": "DAY"},
                {"edtf": "2019-11", "precision": "MON"},
            ],
            "times_returned": 2,
            "next_hearing": {"edtf": "2999-02-03", "precision": "DAY"},
            "fear_expressed": "yes",
            "counsel": "NAP",
        },
        "targeting": {"reasons": ["MIG", "NAT"], "recognised": ["IDP"]},
        "not_reported": ["FEA"],
    },
    "acts": [
        {
            "key": "a1",
            "type": "KID",
            "first": {"edtf": "2019", "precision": "YEA"},
            "last": {"edtf": "", "precision": "NAS"},
            "times": {"min": 2},
            "kidnapping": {
                "taken": {"country": "MEX", "state": "MX-TAM", "municipality": "28027", "precision": "MUN"},
                "held": [
                    {"country": "MEX", "state": "MX-TAM", "precision": "STA"},
                    {"country": "MEX", "state": "MX-NLE", "municipality": "19039", "precision": "MUN"},
                ],
                "since": {"edtf": "2019-11-14~", "precision": "APX"},
                "asked": "5000.00",
                "paid": "0.00",
                "currency": "USD",
                "release": "PAI",
            },
            "extortion": {"asked": "100.00", "recurring": "no"},
        }
    ],
    "persons": [
        {
            "key": "p1",
            "kind": "individual",
            "teller": True,
            "safe_contact": {"may_call": "no", "phone_held": "yes", "code_word": "jacaranda"},
            "facts": {"birth_year": 1988, "family": "una"},
        }
    ],
    "involvements": [{"person": "p1", "act": "a1", "part": "DIR", "age": 31, "outcome": ["INM", "FLE"]}],
    "perpetrators": [{"type": "OTH", "name": "el Inventado"}],
}


def test_everything_that_the_form_asks_comes_back_as_it_was_typed():
    document = forms.load(forms.typed_from(WHOLE))
    assert document == WHOLE


def test_a_place_that_is_wrong_is_told_where_it_stands_also_after_an_empty_one():
    at = "acts.0.kidnapping.held"
    typed = MultiDict({"acts.0.type": "KID", f"{at}.1.country": "MEX", f"{at}.1.state": "US-TX"})
    with pytest.raises(InvalidInput) as found:
        forms.load(typed)
    assert list(found.value.fields) == [f"{at}.1"]


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("day", ["day"]),
        ("about", ["day"]),
        ("range", ["day", "until"]),
        ("month", ["month"]),
        ("season", ["season"]),
        ("year", ["year"]),
        ("before", ["day"]),
        ("after", ["day"]),
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
