"""How people who are quoted are introduced and cited: in the style of the house, and no more than is known."""

from dataclasses import replace

import pytest

from incidents.release.text import accounts
from incidents.release.text.accounts import Cited, Quote, Style, StyleNotKept
from tests.release.text import told

HOUSE = "Casa Inventada"


def cited(language="en", style=None, **changes):
    quote = replace(told.QUOTES[0], cited=replace(told.QUOTES[0].cited, **changes))
    return accounts.note(quote, HOUSE, language, style or Style())


def about(language="en", **changes):
    return accounts.introduced(Quote(replace(told.QUOTES[0].signed, **changes)), language)


def test_an_interview_is_cited_in_the_style_of_the_house():
    assert cited() == "Casa Inventada interview with Cecilia P. (pseudonym), Tamaulipas, November 2019."
    assert (
        cited("es")
        == "Entrevista de Casa Inventada con Cecilia P. (seudónimo), Tamaulipas, noviembre de 2019."
    )
    assert (
        cited(phone=True) == "Casa Inventada telephone interview with Cecilia P. (pseudonym), November 2019."
    )
    assert cited(withheld=True) == "Casa Inventada interview, name and location withheld, November 2019."
    assert cited("es", withheld=True).startswith("Entrevista de Casa Inventada, nombre y lugar omitidos")


def test_what_is_not_known_of_an_interview_is_left_out_with_its_comma():
    assert cited(state="", month="") == "Casa Inventada interview with Cecilia P. (pseudonym)."
    assert cited(state="") == "Casa Inventada interview with Cecilia P. (pseudonym), November 2019."


def test_city_and_day_stand_only_where_somebody_hands_them_in():
    assert "Tijuana, November 14, 2019" in cited(city="02004", day="2019-11-14")
    assert "Tijuana, 14 de noviembre de 2019" in cited("es", city="02004", day="2019-11-14")


def test_another_house_cites_in_its_own_way():
    style = Style({"person": {"en": "{pseudonym}, interviewed by {org}, {date}"}})
    assert cited(style=style) == "Cecilia P., interviewed by Casa Inventada, November 2019."
    assert cited("es", style).startswith("Entrevista de Casa Inventada con")  # where it says nothing: ours


@pytest.mark.parametrize("template", ["{name}", "{org.secret}", "{org!r}", "{org:>9}", "{", "{}"])
def test_a_style_with_parts_that_nobody_fills_is_refused(template):
    with pytest.raises(StyleNotKept):
        Style({"person": {"en": template}})


@pytest.mark.parametrize(
    ("changes", "en", "es"),
    [
        ({}, "a 36-year-old woman from Venezuela", "una mujer de 36 años de Venezuela"),
        ({"age": 18, "gender": "M"}, "an 18-year-old man from", "un hombre de 18 años de"),
        ({"age": 15}, "a 15-year-old girl from", "una adolescente de 15 años de"),
        ({"age": 8, "gender": "M"}, "an 8-year-old boy from", "un niño de 8 años de"),
        (
            {"age": None, "age_band": "25-34"},
            "a woman between 25 and 34 years old from",
            "una mujer de entre 25 y 34 años",
        ),
        ({"age": None, "age_band": "60+"}, "a woman aged 60 or over from", "una mujer de 60 años o más de"),
        ({"age": None, "age_band": "CHI", "gender": ""}, "a child from", "una persona menor de edad de"),
        ({"age": None, "age_band": "ADU", "gender": ""}, "a person from", "una persona de"),
        ({"nationality": ()}, "a 36-year-old woman, said", "una mujer de 36 años, dijo"),
        ({"nationality": ("HTI", "BRA")}, "woman from Haiti and Brazil", "de Haití y Brasil"),
    ],
)
def test_somebody_is_introduced_by_what_may_be_shown(changes, en, es):
    assert en in about(**changes)
    assert es in about("es", **changes)


@pytest.mark.parametrize(
    ("tongue", "kind", "en", "es"),
    [
        ("es", "quote", "said (in Spanish, not translated):", "dijo:"),
        ("en", "quote", "said:", "dijo (en inglés, sin traducir):"),
        (
            "ht",
            "quote",
            "said (in Haitian Creole, not translated):",
            "dijo (en criollo haitiano, sin traducir):",
        ),
        (
            "",
            "quote",
            "said (language not recorded, not translated):",
            "dijo (no consta en qué idioma, sin traducir):",
        ),
        (
            "mis",
            "quote",
            "said (in another language, not translated):",
            "dijo (en otra lengua, sin traducir):",
        ),
        ("mam", "case", "Venezuela (in Mam, not translated):", "Venezuela (en mam, sin traducir):"),
        ("es", "case", "Venezuela (in Spanish, not translated):", "Venezuela:"),
        ("en", "case", "Venezuela:", "Venezuela (en inglés, sin traducir):"),
        (
            "",
            "case",
            "Venezuela (language not recorded, not translated):",
            "Venezuela (no consta en qué idioma, sin traducir):",
        ),
    ],
)
def test_words_in_another_language_say_which_it_is_and_that_nobody_translated_them(tongue, kind, en, es):
    quote = replace(told.QUOTES[0], language=tongue, kind=kind, cited=Cited())
    assert accounts.introduced(quote, "en").endswith(en)
    assert accounts.introduced(quote, "es").endswith(es)


@pytest.mark.parametrize("tongue", ["es", "ht", ""])
def test_a_case_is_in_the_language_in_which_it_was_written(tongue):
    quotes = [replace(told.QUOTES[0], kind="case", language=tongue)]
    (_heading, _about, line), _notes = accounts.blocks(quotes, HOUSE, "en", Style())
    assert (line.text, line.language) == (told.QUOTES[0].signed.text, tongue)
    assert line.lead.startswith("Cecilia P., 36, Venezuela")


def test_whose_name_is_withheld_has_not_even_a_pseudonym():
    hidden = told.QUOTES[2]
    assert accounts.introduced(hidden, "es") == "Una adolescente de 15 años de Honduras dijo:"
    assert accounts.introduced(hidden, "en").startswith("A 15-year-old girl from Honduras said (")
    assert "Nobody" not in accounts.note(hidden, HOUSE, "en", Style())
