"""A place is kept by official codes, as precisely as it is known."""

import csv
import stat

import pytest
from babel import Locale

from incidents.cli.places import load_catalogue
from incidents.errors import InvalidInput, WillNotStart
from incidents.intake import schema
from incidents.model import place
from incidents.model.place import (
    MEXICAN_STATES,
    CatalogueNotUsable,
    CountryUnknown,
    MunicipalityUnknown,
    Place,
    PlaceNotKept,
    PlaceTooPrecise,
    PlaceTypeUnknown,
    StateUnknown,
    country_label,
    look_in,
    municipalities,
    municipality_label,
    named,
    state_label,
    states,
    told_apart,
)
from tests import make
from tests.needs import shared

TIJUANA = {"country": "MEX", "state": "MX-BCN", "municipality": "02004", "type": "SHE", "precision": "MUN"}


def test_a_place_goes_into_a_document_and_comes_back():
    assert Place.from_json(TIJUANA).to_json() == TIJUANA
    assert Place.from_json({}).to_json() == {"precision": "UNK"}


@pytest.mark.parametrize(
    ("given", "precision"),
    [
        ({}, "UNK"),
        ({"country": "USA"}, "CTY"),
        ({"country": "USA", "state": "US-AZ"}, "STA"),
        ({"country": "UNK"}, "UNK"),
        ({"country": "MEX", "state": "DEC"}, "CTY"),
        ({"country": "MEX", "state": "MX-BCN", "municipality": "02004"}, "MUN"),
    ],
)
def test_a_precision_left_out_is_that_of_the_finest_code(given, precision):
    assert Place.from_json(given).precision == precision


@pytest.mark.parametrize("country", ["MX", "mex", "XXX", "Mexico", "484"])
def test_a_country_is_three_letters_of_the_standard(country):
    with pytest.raises(CountryUnknown):
        Place(country=country)


@pytest.mark.parametrize(
    ("country", "state"),
    [
        ("USA", "MX-BCN"),
        (None, "MX-BCN"),
        ("MEX", "MX.02"),
        ("MEX", "02"),
        ("MEX", "MX-DIF"),
        ("UNK", "MX-BCN"),
    ],
)
def test_a_state_belongs_to_its_country(country, state):
    with pytest.raises(StateUnknown):
        Place(country=country, state=state)


@pytest.mark.parametrize(
    ("state", "municipality"),
    [
        ("MX-CHH", "02004"),
        ("MX-BCN", "2004"),
        ("MX-BCN", "02000"),
        ("MX-BCN", "٠٢٠٠٤"),
        (None, "02004"),
        ("MX-BCN", "Tijuana"),
    ],
)
def test_a_municipality_is_five_digits_of_its_own_state(state, municipality):
    with pytest.raises(MunicipalityUnknown):
        Place(country="MEX", state=state, municipality=municipality)


def test_a_municipality_outside_the_shipped_ones_is_kept_by_its_code():
    place = Place.from_json({"country": "MEX", "state": "MX-CHP", "municipality": "07048"})
    assert place.in_words() == "07048, Chiapas, Mexico"


@pytest.mark.parametrize(
    ("codes", "precision"),
    [
        ({"country": "MEX"}, "STA"),
        ({"country": "MEX", "state": "MX-BCN"}, "MUN"),
        ({}, "CTY"),
        ({}, "EXA"),
        ({"country": "MEX", "state": "UNK"}, "STA"),
    ],
)
def test_a_precision_may_not_claim_more_than_is_given(codes, precision):
    with pytest.raises(PlaceTooPrecise):
        Place(**codes, precision=precision)


def test_a_kind_of_place_and_a_precision_come_from_their_lists():
    assert Place(type="UNK").type == "UNK"
    with pytest.raises(PlaceTypeUnknown):
        Place(type="MOON")
    with pytest.raises(PlaceNotKept):
        Place(country="MEX", precision="KM5")


@pytest.mark.parametrize(
    "value", [None, "MEX", [], {"city": "Tijuana"}, {"municipality": 2004}, {"precision": 1}]
)
def test_json_of_another_shape_is_refused(value):
    with pytest.raises(PlaceNotKept):
        Place.from_json(value)


def test_the_same_name_may_be_several_places():
    assert [m.state for m in named("Guerrero")] == ["MX-COA", "MX-TAM"]
    assert [m.code for m in named(" guerrero ", "MX-TAM")] == ["28014"]
    assert named("Atlantis") == ()


def test_every_shipped_municipality_fits_its_state():
    assert len(municipalities()) == 59
    for code, municipality in municipalities().items():
        assert (
            Place(country="MEX", state=municipality.state, municipality=code, precision="MUN")
            .in_words()
            .startswith(municipality.name)
        )


def test_the_places_that_the_work_turns_on_are_shipped():
    names = {m.name for m in municipalities().values()}
    assert {
        "Tijuana",
        "Mexicali",
        "Nogales",
        "Nuevo Laredo",
        "Matamoros",
        "Reynosa",
        "Piedras Negras",
        "Acuña",
    } <= names
    assert {"Monterrey", "Saltillo", "Torreón", "Tapachula", "Cuauhtémoc"} <= names
    assert sum(m.state == "MX-CMX" for m in municipalities().values()) == 16


def test_every_state_of_mexico_has_one_number_of_inegi():
    assert set(MEXICAN_STATES.values()) == {code for code in states() if code.startswith("MX-")}
    assert MEXICAN_STATES["09"] == "MX-CMX"


def test_shipped_codes_are_those_of_the_official_catalogue():
    with shared("data", "geo", "inegi_municipios.csv").open(encoding="utf-8", newline="") as file:
        official = {row["cvegeo"]: row for row in csv.DictReader(file)}
    for code, municipality in municipalities().items():
        assert official[code]["municipio"] == municipality.name
        assert state_label(municipality.state) == official[code]["entidad"]


def test_the_numbers_of_inegi_are_given_to_the_right_states():
    with shared("data", "geo", "inegi_municipios.csv").open(encoding="utf-8", newline="") as file:
        official = {row["cve_ent"]: row["entidad"] for row in csv.DictReader(file)}
    assert {number: state_label(code) for number, code in MEXICAN_STATES.items()} == official


def test_places_are_said_in_both_languages():
    assert Place.from_json(TIJUANA).in_words() == "Tijuana, Baja California, Mexico"
    assert Place.from_json(TIJUANA).in_words("es") == "Tijuana, Baja California, México"
    assert (
        Place.from_json({"country": "USA", "state": "US-NM"}).in_words("es_MX")
        == "Nuevo México, Estados Unidos"
    )
    assert Place().in_words() == "place unknown"
    assert Place(country="UNK").in_words("es") == "lugar desconocido"
    assert country_label("VEN") == "Venezuela"


# -- a catalogue of the instance's own

BAJA = "code,name,state\n02001,Ensenada,MX-BCN\n"


@pytest.fixture
def here(tmp_path):
    """An instance folder that this process looks in."""
    look_in(tmp_path)
    yield tmp_path
    look_in(tmp_path / "nowhere")


def test_a_loaded_catalogue_is_known_at_once_and_by_its_owner_alone(here):
    assert municipality_label("02001") == "02001"
    assert load_catalogue(BAJA.encode(), here) == (1, 0)
    assert municipality_label("02001") == "Ensenada"
    assert municipality_label("02004") == "Tijuana"
    assert stat.S_IMODE((here / "places.csv").stat().st_mode) == 0o600


def test_a_catalogue_is_added_to_the_one_before_and_says_other_names(here):
    load_catalogue(BAJA.encode(), here)
    assert load_catalogue("cvegeo,municipio\n02001,La Ensenada\n02005,Rosarito\n".encode("latin1"), here) == (
        1,
        1,
    )
    assert (municipality_label("02001"), municipality_label("02005")) == ("La Ensenada", "Rosarito")


def test_letters_of_both_encodings_are_read(here):
    load_catalogue("code,name\n31050,Mérida\n".encode("iso-8859-1"), here)
    assert municipality_label("31050") == "Mérida"
    load_catalogue("\ufeffcode,name\n31002,Acancéh\n".encode(), here)
    assert municipality_label("31002") == "Acancéh"


@pytest.mark.parametrize(
    ("text", "row", "why"),
    [
        ("code,name\n2001,Ensenada\n", 2, place.NOT_FIVE_DIGITS),
        ("code,name\n02000,Nobody knows\n", 2, place.NOT_FIVE_DIGITS),
        ("code,name\n02001,Ensenada\n33001,Nowhere\n", 3, place.NO_SUCH_STATE),
        ("code,name,state\n02001,Ensenada,MX-CHH\n", 2, place.OTHER_STATE),
        ("cvegeo,municipio,cve_ent\n02001,Ensenada,08\n", 2, place.OTHER_STATE),
        ("code,name,state\n02001,Ensenada,MX.02\n", 2, place.GEONAMES),
        ("code,name\nMX.02.001,Ensenada\n", 2, place.GEONAMES),
        ("geonames_admin1,name\nMX.02,Ensenada\n", 1, place.GEONAMES),
        ("code,name\n02001,\n", 2, place.NO_NAME),
        ("code,name\n02001,Ensenada\n02001,Otra\n", 3, place.TWICE),
        ("city,people\nTijuana,3\n", 1, place.NO_COLUMNS),
        ("code,name\n\0,x\n", 1, place.NOT_TEXT),
    ],
)
def test_what_is_no_catalogue_is_refused_with_the_row_and_the_reason(here, text, row, why):
    with pytest.raises(CatalogueNotUsable) as refused:
        load_catalogue(text.encode(), here)
    assert refused.value.details == {"row": row, "why": why}
    assert not (here / "places.csv").exists()


def test_a_catalogue_that_another_process_loaded_is_taken_in(here):
    (here / "places.csv").write_text(BAJA, "utf-8")
    assert municipality_label("02001") == "Ensenada"
    (here / "places.csv").write_text(BAJA.replace("Ensenada", "Ensenada de Todos Santos"), "utf-8")
    assert municipality_label("02001") == "Ensenada de Todos Santos"
    (here / "places.csv").unlink()
    assert municipality_label("02001") == "02001"


def test_a_catalogue_damaged_while_we_run_leaves_what_was_known_and_is_said_at_the_start(here):
    load_catalogue(BAJA.encode(), here)
    assert municipality_label("02001") == "Ensenada"
    (here / "places.csv").write_text("damaged", "utf-8")
    assert municipality_label("02001") == "Ensenada"
    with pytest.raises(WillNotStart):
        look_in(here)


def test_the_official_catalogue_tells_a_municipality_from_a_slip(here):
    slip = {"country": "MEX", "state": "MX-BCN", "municipality": "02099"}
    assert Place.from_json(slip).municipality == "02099"
    new, _renamed = load_catalogue(shared("data", "geo", "inegi_municipios.csv").read_bytes(), here)
    assert new == len(municipalities()) == 2475
    with pytest.raises(MunicipalityUnknown):
        Place.from_json(slip)
    assert Place.kept(slip).in_words() == "02099, Baja California, Mexico"
    assert Place.from_json(slip | {"municipality": "UNK"}).municipality == "UNK"
    assert Place.from_json(slip | {"municipality": "02001"}).in_words().startswith("Ensenada")


def test_a_document_is_not_read_by_what_was_remembered_before_the_catalogue(here):
    document = make.report_document()
    document["incident"]["place"] = {"country": "MEX", "state": "MX-BCN", "municipality": "02099"}
    schema.load(document)
    load_catalogue(shared("data", "geo", "inegi_municipios.csv").read_bytes(), here)
    with pytest.raises(InvalidInput):
        schema.load(document)


def test_a_menu_tells_municipalities_of_one_name_apart(here):
    assert told_apart("28014") == "Guerrero, Tamaulipas"
    assert told_apart("08037") == "Juárez"
    load_catalogue(shared("data", "geo", "inegi_municipios.csv").read_bytes(), here)
    assert told_apart("08037") == "Juárez, Chihuahua"
    assert told_apart("02004") == "Tijuana"
    assert len({told_apart(code) for code in municipalities()}) > 2460


def test_the_catalogue_of_the_border_names_no_other_places(here):
    assert load_catalogue(shared("data", "geo", "mx_us_border_municipios.csv").read_bytes(), here) == (39, 0)
    assert len(municipalities()) == 59


def test_every_country_has_a_spanish_name():
    known = Locale("es").territories
    alike = {
        code
        for code, short in place.countries().items()
        if country_label(code, "es") == country_label(code, "en") != known.get(short)
    }
    assert alike == {"HKG", "MAC"}, "left in English, and Spanish says it otherwise"
    said = [country_label(code, "es") for code in ("DZA", "TUN", "NER", "CIV", "SUR", "HTI", "VEN")]
    assert said == ["Argelia", "Túnez", "Níger", "Costa de Marfil", "Surinam", "Haití", "Venezuela"]
