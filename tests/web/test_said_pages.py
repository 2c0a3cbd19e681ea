"""Words that readers stumbled over: who is a woman and who a girl, what a policy takes, whose language comes first."""

import re

import pytest

from incidents import accounts
from incidents.intake import template
from incidents.model import vocabulary
from incidents.web import consent, inbox, wording
from incidents.web.language import CHILDREN, between, called
from tests import make


def told_in(app, language):
    return app.test_request_context("/", headers={"Accept-Language": language})


@pytest.mark.parametrize(
    ("who", "es", "en"),
    [
        (("F", 40, None), "Mujer", "Woman"),
        (("F", 18, None), "Mujer", "Woman"),
        (("F", 17, None), "Adolescente (mujer)", "Teenage girl"),
        (("M", 12, None), "Adolescente (hombre)", "Teenage boy"),
        (("M", 11, None), "Niño", "Boy"),
        (("F", None, "15-17"), "Adolescente (mujer)", "Teenage girl"),
        (("F", None, "10-11"), "Niña", "Girl"),
        (("M", None, "60+"), "Hombre", "Man"),
        (("TW", None, "CHI"), "Niña trans", "Trans girl"),
        (("F", None, None), "Mujer o niña", "Woman or girl"),
        (("M", None, "UNK"), "Hombre o niño", "Man or boy"),
        (("NB", 40, None), "No binaria u otra", "Non-binary or other"),
        (("DEC", 49, None), "Género: Prefirió no responder", "Gender: Preferred not to answer"),
        ((None, 40, None), "", ""),
    ],
)
def test_the_age_says_whether_it_is_a_woman_or_a_girl(app, who, es, en):
    for language, said in (("es", es), ("en", en)):
        with told_in(app, language):
            assert called(*who) == said


def test_of_each_band_of_ages_it_is_known_whether_it_is_one_of_children():
    assert CHILDREN.keys() == vocabulary.codes("age_band").keys()


def test_a_table_filled_in_with_the_labels_of_before_is_read():
    known = {"CHI": {"en": "Child", "es": "Niña, niño o adolescente"}}
    read_as = template._read_as(known)
    assert read_as["Niña niño o adolescente"] == read_as["Niña, niño o adolescente"] == "CHI"
    with_own = template._read_as({**known, "X": {"en": "Another", "es": "Niña niño o adolescente"}})
    assert with_own["Niña niño o adolescente"] == "X"  # what a label says now comes before what one said


def test_a_policy_says_where_it_is_used_and_when_it_takes_two(browser_for):
    text = browser_for("coordinator").get("/policies/", base_url="https://localhost").text
    rows = {
        name: line
        for line in text.split("<tr")
        for name in ("report-narrative", "public-table", "partner")
        if f"<code>{name}<" in line
    }
    assert ["No release is prepared by it" in rows[name] for name in rows] == [
        name == "report-narrative" for name in rows
    ]
    assert "1 signature; 2 with quotes" in rows["public-table"]
    assert "with quotes" not in rows["partner"]
    new = browser_for("analyst").get("/releases/new", base_url="https://localhost").text
    assert 'value="report-narrative"' not in new
    assert "1 signature; 2 with quotes" in new


def test_of_what_was_typed_the_language_of_whoever_reads_comes_first(app):
    typed = ["title.en", "title.es", "style.phone.en", "style.phone.es", "organisation"]
    with told_in(app, "es"):
        assert wording._own_first(typed) == [*typed[1::-1], *typed[3:1:-1], typed[4]]
    with told_in(app, "en"):
        assert wording._own_first(typed) == typed


@pytest.mark.parametrize("language", ["en", "es"])
def test_whoever_reads_no_english_is_told_why_the_recovery_words_are_english(browser_for, staff, language):
    with staff.analyst.work() as work:
        accounts.set_language(work, language)
    asked = {"deed": "recovery", "passphrase": make.PASSPHRASE}
    shown = browser_for("analyst").post(
        "/account", data=asked, base_url="https://localhost", follow_redirects=True
    )
    assert 'id="recovery-words"' in shown.text
    assert ("solo existe en inglés" in shown.text) == (language == "es")


@pytest.mark.parametrize(
    ("code", "name", "es", "en"),
    [
        ("DEC", "nationality", "Nacionalidad: Prefirió no responder", "Nationality: Preferred not to answer"),
        ("NAS", "age_band", "Edad: No se preguntó", "Age: Not asked"),
        ("HND", "nationality", "Honduras", "Honduras"),
        (None, "age_band", "", ""),
    ],
)
def test_what_is_no_answer_says_to_what_where_it_stands_among_others(app, code, name, es, en):
    for language, said in (("es", es), ("en", en)):
        with told_in(app, language):
            assert between(code, name) == said


def test_somebody_in_short_says_what_was_not_answered(app):
    facts = {"gender": "F", "age_band": "NAS", "nationality": ["DEC"]}
    with told_in(app, "en"):
        short = consent._in_short(facts)
        line = inbox._person_text(1, facts)
    assert short == "Woman or girl, Age: Not asked, Nationality: Preferred not to answer"
    assert line == f"Person 1, {short}"


def test_the_preview_of_an_import_says_what_was_not_answered(app):
    who = {"gender": None, "age": None, "age_band": "NAS", "nationality": ["DEC"], "group": False}
    with told_in(app, "en"):
        source, _file, _current = app.jinja_env.loader.get_source(app.jinja_env, "import/preview.html")
        macro = re.search(r"{%- macro person.*?endmacro %}", source, re.DOTALL).group()
        said = app.jinja_env.from_string(macro + "{{ person(who) }}").render(who=who)
    assert said.strip() == "Age: Not asked, Nationality: Preferred not to answer"
