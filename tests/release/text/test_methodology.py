"""The methodology says what is known and shown, in the manner of a report, and nothing else."""

import re
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.release.tables.cells import ALL, FEW, OUT, Axis, Counted, Relation, Shown
from incidents.release.text import facts as f
from incidents.release.text import grids, numbers, writing
from incidents.release.text.facts import Facts, SameKeyOtherCount, Typed
from incidents.release.text.methodology import Teller
from incidents.release.text.words import words
from tests.release.text import told

LANGUAGES = ("en", "es")


def said(shown=told.SHOWN, facts=told.FACTS, language="en", typed=told.TYPED, *, quoted=False):
    sections = Teller(facts, shown, language, typed, quoted).sections()
    return "\n".join(text for section in sections for text in (*section.paragraphs, *section.points))


def showing(**changes):
    return replace(told.SHOWN, values={**told.SHOWN.values, **changes})


@pytest.mark.parametrize(
    ("value", "en", "es"),
    [
        (1, "one interview", "una entrevista"),
        (4, "four interviews", "cuatro entrevistas"),
        (9, "nine interviews", "nueve entrevistas"),
        (10, "10 interviews", "10 entrevistas"),
        (1204, "1,204 interviews", "1,204 entrevistas"),
        (12345, "12,345 interviews", "12,345 entrevistas"),
        (FEW, "fewer than five interviews", "menos de cinco entrevistas"),
    ],
)
def test_numbers_are_written_as_a_report_writes_them(value, en, es):
    assert numbers.counted(value, "interviews", "en") == en
    assert numbers.counted(value, "interviews", "es") == es


@given(st.integers(1, 49), st.integers(1, 49))
@settings(max_examples=30)
def test_a_share_of_a_base_under_fifty_has_no_percentage(part, whole):
    assert "percent" not in numbers.share(part, whole, "incidents", "en")
    assert "por ciento" not in numbers.share(part, whole, "incidents", "es")


def test_a_share_says_its_numbers_and_from_fifty_on_the_percentage_too():
    assert numbers.share(18, 41, "interviews", "en") == "18 of 41 interviews"
    assert numbers.share(18, 41, "interviews", "es") == "18 de 41 entrevistas"
    assert numbers.share(120, 400, "incidents", "en") == "120 of 400 incidents (30 percent)"
    assert numbers.share(FEW, 400, "incidents", "en") == "fewer than five of 400 incidents"


def told_by(**numbers):
    keys = {f.TELLERS if who == "all" else f.key("tellers", who=who): value for who, value in numbers.items()}
    return replace(told.SHOWN, values={**told.SHOWN.values, **keys})


@pytest.mark.parametrize(
    ("numbers", "en", "es"),
    [
        (
            {"all": 80, "women": OUT, "men": 35, "children": 0, "unknown": FEW},
            "are 80 people: women (a number that is not shown); 35 men; no children; fewer than five people of unknown",
            "son 80 personas: mujeres (un número que no se muestra); 35 hombres; ninguna niña, niño o adolescente;",
        ),
        (
            {"all": 40, "women": 24, "men": 16, "children": 0, "unknown": 0},
            "are 40 people: 24 women; 16 men; no children.",
            "son 40 personas: 24 mujeres; 16 hombres; ninguna niña, niño o adolescente.",
        ),
    ],
)
def test_who_told_is_said_of_all_parts_or_that_a_number_is_hidden(numbers, en, es):
    """Thirty-five men and not a word of the women would be read as if there were none."""
    shown = told_by(**numbers)
    assert en in said(shown)
    assert es in said(shown, language="es")


def test_a_list_of_words_is_joined_as_each_language_joins_it():
    assert numbers.listed(["a", "b", "c"], "en") == "a, b, and c"
    assert numbers.listed(["a", "b", "c"], "es") == "a, b y c"
    assert numbers.listed(["español", "inglés"], "es") == "español e inglés"


def test_the_methodology_is_filled_from_the_data():
    text = said()
    for part in (
        "52 interviews that Casa Inventada del Río conducted between October 2019 and January 2020 in Tijuana",
        "in Spanish and Haitian Creole",
        "In 41 of 52 interviews (79 percent), people said",
        "24 women; 16 men; fewer than five children; people of unknown or undisclosed age or gender (a number that",
        "33 families",
        "at least 47 of 52 interviews",
        "consent of 63 people",
        "13 of 97 incidents",
        "1,204 incidents",
        "Left out are: 60 for which no consent",
        "not a representative sample",
        "Data as of February 14, 2020",
    ):
        assert part in text


def test_the_spanish_text_is_spanish():
    text = said(language="es")
    for part in (
        "52 entrevistas",
        "octubre de 2019",
        "24 mujeres; 16 hombres; menos de cinco niñas",
        "«<5»",
    ):
        assert part in text
    assert "14 de febrero de 2020" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_is_left_out_and_nothing_is_invented(language):
    bare = Facts("Casa Inventada", told.FACTS.data_date, {})
    text = said(Shown(Counted((), {}, ()), {}, "A"), bare, language, Typed())
    assert not re.search(r"\d", text.replace("<5", "").replace("14", "").replace("2020", ""))
    assert "{" not in text
    for name in ("purpose", "stop", "unpaid", "states", "based"):
        assert words()["sentence"][name][language][:25] not in text


def test_what_is_hidden_behind_a_mark_is_no_number_and_no_zero():
    text = said()
    assert "age or gender is not recorded" not in text  # its count is not shown at all
    assert (
        "others, in a number that is not shown, of acts that were not judged as above" in text
    )  # they are there
    assert OUT not in text.replace("“…”", "")


def test_what_may_be_none_is_not_told_as_somebody():
    key = f.key("left_out", reason="safety", unit="incidents")
    text = said(replace(told.SHOWN, values={**told.SHOWN.values, key: FEW}))
    assert "fewer than five, if any, because the person is missing, still held, dead, or in danger" in text
    assert "missing" not in said(replace(told.SHOWN, values={**told.SHOWN.values, key: 0}))


def test_practice_is_said_only_where_somebody_answers_for_it():
    assert "Nobody was paid" in said()
    assert "Nobody was paid" not in said(typed=Typed())
    asked = {"en": "The commission did not answer.", "es": "La comisión no respondió."}
    assert "The commission did not answer." in said(typed=Typed(requests=asked))
    assert "La comisión no respondió." in said(typed=Typed(requests=asked), language="es")


def test_states_that_no_reviewer_judged_are_not_said_to_be_judged():
    assert "credible (reasonable grounds) or verified" in said()
    assert "credible (reasonable" not in said(facts=replace(told.FACTS, states=("CRE", "VER", "UND")))


def test_pseudonyms_are_spoken_of_where_people_are_quoted():
    assert "pseudonyms" in said(quoted=True)
    assert "pseudonyms" not in said()


@pytest.mark.parametrize("method", ["A", "B", "C", "none"])
def test_each_way_of_protecting_counts_is_explained(method):
    text = said(replace(told.SHOWN, method=method))
    assert words()["sentence"][f"method_{method}"]["en"] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_noise_is_explained_with_how_much_it_is_and_what_is_not_there(language):
    noise = {
        "epsilon": "0.5",
        "cells": "23",
        "people": "3",
        "off": "138",
        "left_out": "T3, T5",
        "months": "no",
    }
    facts = replace(told.FACTS, counts={}, fates=None, noise=noise)
    text = said(replace(told.SHOWN, method="D", values={}), facts, language)
    for number in ("0.5", "23", "138", "T3, T5"):
        assert number in text
    sentence = words()["sentence"]
    assert sentence["no_months"][language] in text
    assert sentence["attempts"][language] not in text
    assert sentence["no_months"][language] not in said(
        replace(told.SHOWN, method="D", values={}), replace(facts, noise=noise | {"months": "yes"}), language
    )


@pytest.mark.parametrize("name", ["heading", "sentence", "note", "who"])
def test_every_sentence_stands_in_both_languages_with_the_same_parts(name):
    for key, pair in words()[name].items():
        assert set(pair) == {"en", "es"}, key
        parts = [
            {part for _text, part, _spec, _how in string.Formatter().parse(pair[each]) if part}
            for each in pair
        ]
        assert parts[0] == parts[1], key


def test_the_opening_says_at_least_and_its_shares_are_of_what_is_shown():
    opening = grids.opening(told.SHOWN, told.FACTS, "en")
    assert "at least 97 incidents" in opening
    assert "at least 131 people and at least 33 families" in opening
    assert grids.largest(told.TABLES[0], told.SHOWN, "en").startswith(
        "By act, as people told it, the largest"
    )
    assert grids.largest(told.TABLES[0], told.SHOWN, "es").startswith("Por acto, según lo relatado, los")


def test_a_row_that_is_not_shown_is_no_largest_row():
    text = grids.largest(told.TABLES[1], told.SHOWN, "en")
    assert "August 2019, 23 of 97 incidents" in text
    assert "September" not in text


def test_what_the_methodology_counts_is_protected_with_the_tables():
    total, part = f.key("interviews"), f.key("interviews", outcome="INC")
    relation = Relation(total, (part,), adds=False)
    facts = Facts("Casa Inventada", told.FACTS.data_date, {total: 9, part: 3}, (relation,))
    both = f.joined(Counted(told.TABLES, {("incidents",): 97}, ()), facts)
    assert both.counts == {("incidents",): 97, total: 9, part: 3}
    assert both.relations == (relation,)
    assert both.tables == told.TABLES
    with pytest.raises(SameKeyOtherCount):
        f.joined(Counted((), {total: 8}, ()), facts)


def printed(table, shown=told.SHOWN, language="en"):
    return grids.grids(table, shown, told.ABOUT, (), language)


def test_a_wide_table_goes_on_below_and_its_only_column_is_called_by_what_is_counted():
    wide = told.table(
        "T", "incidents", told.TABLES[0].rows, Axis("month", (*told.MONTHS, "2019", "2018", ALL))
    )
    parts = printed(wide)
    title = "T. Incidents by act and month"
    assert [part.title for part in parts] == [title, f"{title} (continued)"]
    assert [len(part.head) for part in parts] == [9, 4]
    assert [bool(part.notes) for part in parts] == [False, True]
    assert printed(told.TABLES[2], language="es")[0].head == (
        "Nacionalidad",
        "Personas directamente afectadas",
    )


def test_a_cell_that_nobody_protected_is_not_printed():
    (grid,) = printed(told.TABLES[2], replace(told.SHOWN, values={}))
    assert {cell for line in grid.rows for cell in line[1:]} == {OUT}


def test_nought_is_not_printed_where_something_may_be_hidden():
    rows = Axis("act", ("KID", "TOR", "(not shown)", ALL), "act")
    values = {("incidents", "act=TOR"): 0, ("incidents", "act=KID"): 0, ("incidents", "act=(not shown)"): 6}
    (grid,) = printed(told.table("T", "incidents", rows, told.ONE), replace(told.SHOWN, values=values))
    assert [line[1] for line in grid.rows] == ["0", "not shown", "6", OUT]


def test_a_sentence_speaks_of_the_first_table_of_a_kind_alone():
    assert grids.spoken_of(told.TABLES) == {"T1-incidents", "T2-incidents", "T4-nationality"}
    twice = (*told.TABLES, replace(told.TABLES[0], name="T1-persons"))
    assert grids.spoken_of(twice) == grids.spoken_of(told.TABLES)


OURS = {
    "en": ("people told", "People told", "people said"),
    "es": ("contaron a", "lo relatado", "personas dijeron"),
}
THEIRS = {"en": "thers published", "es": "tros publicaron"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_what_others_published_no_sentence_says_that_people_told_us(language):
    counts = {key: n for key, n in told.SHOWN.values.items() if key[0] != "interviews"}  # there were none
    shown, facts = replace(told.SHOWN, values=counts), replace(told.FACTS, published=True)
    material = replace(told.MATERIAL, shown=shown, facts=facts, quotes=())
    story = writing.story(material, language)
    text = " ".join(
        [story.title, *(getattr(block, "text", "") for block in story.blocks)]
        + [item for block in story.blocks for item in getattr(block, "items", ())]
    )
    assert not [words for words in OURS[language] if words in text]
    assert THEIRS[language] in text
