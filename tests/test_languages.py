"""Five languages: every catalogue says the same with the same details; days, numbers and lists are right in each."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from jinja2 import meta

from incidents.consent import codes as withdrawal
from incidents.model import kreyol, place, tongues, vocabulary
from incidents.model.moment import Moment
from incidents.release.tables import captions
from incidents.release.tables.cells import Axis
from incidents.translations import FOLDER, catalogue, into

kreyol.lay()
REGION = {"pt": "pt_BR", "es": "es_MX"}  # as pages write numbers
CATALOGUES = [language for language in tongues.LANGUAGES if language != "en"]
HOLE = re.compile(r"%(?:\(\w+\))?.")
MARKUP = re.compile(r"</?[a-z][^>]*>|&\w+;|\{\w+\}|`[^`]*`")
BRACES = re.compile(r"\{\w+\}|`[^`]*`")
# Sounds of a whole sentence in another language: none may stand in a catalogue by mistake.
FOREIGN = {
    "fr": r"\b(?:the|and|with|what|nobody|los|las|para|con)\b",
    "pt": r"\b(?:the|and|with|what|nobody|usted|pero|con|les|avec)\b",
    "ht": r"\b(?:the|and|with|what|nobody|los|usted|para|les|avec|dans)\b",
}
AS_WRITTEN = re.compile(r"«[^»]*»|“[^”]*”|\S*[._/=]\S*|%\(\w+\)s")
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ht": "janvye fevriye mas avril me jen jiyè out septanm oktòb novanm desanm",
}
DAYS = "lendi madi mèkredi jedi vandredi samdi dimanch"


def read(language: str) -> Catalog:
    content = (FOLDER / language / "LC_MESSAGES" / "messages.po").read_bytes()
    return read_po(io.BytesIO(content), locale=REGION.get(language, language).replace("es_MX", "es"))


def said(catalog: Catalog) -> Iterator[tuple[Message, str, str]]:
    """What has words there: each with its English; one with a plural twice."""
    for message in catalog:
        if message.id:
            english = (message.id,) if isinstance(message.id, str) else message.id
            words = (message.string,) if isinstance(message.string, str) else message.string
            yield from ((message, one, other) for one, other in zip(english, words, strict=True) if other)


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_is_translated_fills_in_the_same_details_and_keeps_its_markup(language):
    for of in (HOLE, MARKUP if language == "es" else BRACES):
        wrong = [
            (english, words)
            for _message, english, words in said(read(language))
            if sorted(of.findall(english)) != sorted(of.findall(words))
        ]
        assert wrong == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_is_translated_ends_as_its_sentence_does_and_is_no_guess(language):
    wrong = [
        (english, words)
        for message, english, words in said(read(language))
        if message.fuzzy or (english[-1] in ".:;?!…" and english[-1] != words.rstrip('»”"’ \u00a0')[-1:])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_is_read_is_made_from_what_was_translated(language):
    made = io.BytesIO()
    write_mo(made, read(language))
    assert (FOLDER / language / "LC_MESSAGES" / "messages.mo").read_bytes() == made.getvalue()


@pytest.mark.parametrize("language", tongues.FURTHER)
def test_what_is_not_translated_yet_is_counted_and_said_in_the_language_that_stands_in(language, capsys):
    """Missing is allowed here, and printed; in English and Spanish test_translations.py allows none."""
    catalog = read(language)
    missing = [
        message.id
        for message in catalog
        if message.id and not all([message.string] if isinstance(message.string, str) else message.string)
    ]
    with capsys.disabled():
        print(f"\n{language}: {len(missing)} of {len(catalog)} sentences have no words yet")  # noqa: T201  this figure is what it is for
    assert len(missing) < len(catalog) / 20
    spanish = catalogue("es")
    for one in (id for id in missing if isinstance(id, str)):
        assert catalogue(language).ugettext(one) == spanish.ugettext(one)


@pytest.mark.parametrize("language", tongues.FURTHER)
def test_a_sentence_that_is_translated_nowhere_is_said_in_the_language_that_stands_in(language, monkeypatch):
    sentence = next(m.id for m in read(language) if isinstance(m.id, str) and m.id == "Sign in")
    own = into(language)(sentence)
    emptied = catalogue(language)
    assert own != catalogue("es").ugettext(sentence)
    monkeypatch.delitem(emptied._catalog, sentence)
    assert into(language)(sentence) == "Iniciar sesión"
    tongues.use("en")
    assert tongues.stands_in(language) == "en"
    tongues.use("")
    assert tongues.stands_in(language) == "es"
    assert (tongues.stands_in("en"), tongues.stands_in("es")) == ("en", "es")


@pytest.mark.parametrize("language", tongues.FURTHER)
def test_what_is_translated_is_of_one_language(language):
    wrong = [
        (english, words)
        for _message, english, words in said(read(language))
        if re.search(FOREIGN[language], AS_WRITTEN.sub("", words), re.IGNORECASE)
    ]
    assert wrong == []


def terms() -> list[dict[str, str]]:
    with (FOLDER / "terms.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_list_of_terms_has_a_word_for_each_thing_in_every_language():
    assert [
        term for term in terms() if not all(term[language].strip() for language in tongues.LANGUAGES)
    ] == []
    english = [term["en"] for term in terms()]
    assert len(english) == len(set(english)) > 70


# Words that are said of one thing alone: wherever the English has them, the others have theirs.
FIXED = ("incident", "interview", "source", "consent", "working copy", "policy", "edition", "hierarchy")


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("word", FIXED)
def test_one_thing_is_translated_by_one_word(language, word):
    (term,) = [term[language] for term in terms() if term["en"] == word]
    stem = plain(term)[:6]
    whole = re.compile(rf"(?<![\w(%]){word}s?(?![\w)])", re.IGNORECASE)
    told = [
        (english, words)
        for _m, english, words in said(read(language))
        if whole.search(english.replace("ies", "y"))
    ]
    kept = [words for _english, words in told if stem in plain(words)]
    assert told
    assert len(kept) >= 0.85 * len(told), [pair for pair in told if pair[1] not in kept][:10]


def plain(text: str) -> str:
    return "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    ).casefold()


@pytest.mark.parametrize("language", tongues.LANGUAGES)
def test_every_month_is_translated_in_dates_and_in_moments(language):
    for number, name in enumerate(MONTHS[language].split(), 1):
        assert name in format_date(date(2019, number, 13), "long", locale=REGION.get(language, language))
        assert name in Moment(f"2019-{number:02}-13", "DAY").in_words(language)
        assert name in Moment(f"2019-{number:02}", "MON").in_words(language)


def test_every_weekday_is_translated_into_haitian_creole_and_french_stays_french():
    monday = date(2019, 11, 11)
    told = [format_date(monday + timedelta(days=n), "EEEE", locale="ht") for n in range(7)]
    assert told == DAYS.split()
    assert format_date(monday, "full", locale="fr") == "lundi 11 novembre 2019"


@pytest.mark.parametrize(
    ("language", "decimal", "percent"),
    [
        ("en", "12,345.6", "12.5%"),
        ("es", "12,345.6", "12.5\u00a0%"),
        ("fr", "12\u202f345,6", "12,5\u202f%"),
        ("pt", "12.345,6", "12,5%"),
        ("ht", "12\u00a0345,6", "12,5\u202f%"),
    ],
)
def test_numbers_are_translated_as_each_language_writes_them(language, decimal, percent):
    locale = REGION.get(language, language)
    assert format_decimal(12345.6, locale=locale) == decimal
    blank = re.compile(r"[\u00a0\u202f]")
    own = blank.sub(" ", format_percent(0.125, "#,##0.0" + blank.sub(" ", percent)[4:], locale=locale))
    assert own == blank.sub(" ", percent)


@pytest.mark.parametrize(
    ("language", "both", "either"),
    [
        ("en", "a, b, and c", "a or b"),
        ("es", "a, b y c", "a o b"),
        ("fr", "a, b et c", "a ou b"),
        ("pt", "a, b e c", "a ou b"),
        ("ht", "a, b ak c", "a oswa b"),
    ],
)
def test_lists_are_translated(language, both, either):
    locale = REGION.get(language, language)
    assert format_list(["a", "b", "c"], locale=locale) == both
    assert format_list(["a", "b"], style="or", locale=locale) == either


@pytest.mark.parametrize(
    ("language", "none", "one", "two"),
    [
        ("es", "0 incidentes", "1 incidente", "2 incidentes"),
        ("fr", "0 incident", "1 incident", "2 incidents"),
        ("pt", "0 incidente", "1 incidente", "2 incidentes"),
        ("ht", "0 ensidan", "1 ensidan", "2 ensidan"),
    ],
)
def test_a_plural_is_translated_by_the_rule_of_each_language(language, none, one, two):
    """French and Brazilian Portuguese say nought in the singular; Haitian Creole knows no other form."""
    say = catalogue(language).ungettext
    told = [say("%(num)s incident", "%(num)s incidents", n) % {"num": n} for n in (0, 1, 2)]
    assert told == [none, one, two]


@pytest.mark.parametrize(
    ("language", "day", "third", "span", "open_", "season"),
    [
        (
            "fr",
            "1er mai 2019",
            "mi-mai 2019",
            "entre le 3 et le 5 mai 2019",
            "le 3 mai 2019 ou avant",
            "été 2019",
        ),
        (
            "pt",
            "1º de maio de 2019",
            "meados de maio de 2019",
            "entre 3 e 5 de maio de 2019",
            "3 de maio de 2019 ou antes",
            "verão de 2019",
        ),
        ("ht", "1ye me 2019", "nan mitan me 2019", "ant 3 ak 5 me 2019", "3 me 2019 oswa anvan", "ete 2019"),
    ],
)
def test_a_moment_is_translated_as_exactly_as_it_is_known(language, day, third, span, open_, season):
    told = [
        Moment(edtf, precision).in_words(language)
        for edtf, precision in (
            ("2019-05-01", "DAY"),
            ("2019-05-15~", "APX"),
            ("2019-05-03/2019-05-05", "RNG"),
            ("../2019-05-03", "BEF"),
            ("2019-22", "SEA"),
        )
    ]
    assert told == [day, third, span, open_, season]
    assert Moment("", "UNK").in_words(language) != Moment("", "UNK").in_words("en")


@pytest.mark.parametrize("language", tongues.FURTHER)
def test_every_shipped_code_is_translated(language):
    assert [
        (name, code)
        for name, known in vocabulary.shipped().items()
        for code, found in known.items()
        if language not in found.labels
    ] == []


@pytest.mark.parametrize(
    ("language", "haiti", "mexico", "honduras"),
    [
        ("fr", "Haïti", "Mexique", "Honduras"),
        ("pt", "Haiti", "México", "Honduras"),
        ("ht", "Ayiti", "Meksik", "Ondiras"),
    ],
)
def test_countries_are_translated_and_nobody_is_told_the_french_name_for_the_creole_one(
    language, haiti, mexico, honduras
):
    assert [place.country_label(code, language) for code in ("HTI", "MEX", "HND")] == [
        haiti,
        mexico,
        honduras,
    ]
    assert Locale("fr").territories["HT"] == "Haïti"
    assert place.Place(country="HTI").in_words(language) == haiti


@pytest.mark.parametrize("language", ["fr", "pt", "ht", "ru"])
def test_words_to_withdraw_with_are_translated_or_those_of_the_language_that_stands_in(language):
    assert withdrawal.words(language) == withdrawal.words(
        language if language in withdrawal.LANGUAGES else "es"
    )


@pytest.mark.parametrize(
    ("language", "month", "quarter"),
    [
        ("en", "November 2019", "2019-Q3, month not known"),
        ("es", "noviembre de 2019", "trimestre 3 de 2019, mes desconocido"),
        ("fr", "novembre 2019", "trimestre 3 de 2019, mois inconnu"),
        ("pt", "novembro de 2019", "trimestre 3 de 2019, mês desconhecido"),
        ("ht", "novanm 2019", "trimès 3 2019, yo pa konnen ki mwa"),
    ],
)
def test_the_months_of_figures_are_translated_or_said_in_the_language_that_stands_in(
    language, month, quarter
):
    axis = Axis("month", (), "")
    assert captions.label(axis, "2019-11", language) == month
    assert captions.label(axis, "2019-Q3", language) == quarter


def test_a_code_that_a_template_names_is_translated_for_each_who_looks(app):
    """The compiler of templates may not keep the words of whoever looked first."""
    template = app.jinja_env.from_string('{{ "NAS"|label("no_answer") }}')
    for language in tongues.LANGUAGES:
        with app.test_request_context(headers={"Accept-Language": language}):
            assert template.render() == vocabulary.label("no_answer", "NAS", language), language


def test_the_words_for_codes_are_translated_for_each_who_looks_and_follow_the_code_lists(app):
    """They are made once a language, not once for all."""
    template = app.jinja_env.from_string(
        "{% set w = words_of_codes() %}{{ w.ROLE.analyst }} {{ w.LANGUAGE.mam }}"
    )

    def said(language):
        with app.test_request_context(headers={"Accept-Language": language}):
            return template.render()

    mam = {language: vocabulary.label("language", "mam", language) for language in ("en", "es")}
    first = [said(language) for language in ("en", "es", "en")]
    assert first == [f"Analyst {mam['en']}", f"Análisis {mam['es']}", f"Analyst {mam['en']}"]
    try:
        vocabulary.use([vocabulary.Own("language", "mam", {"en": "Mam of Todos Santos"}, retired=False)])
        assert said("en") == "Analyst Mam of Todos Santos"
    finally:
        vocabulary.use([])
    assert said("en") == first[0]


def test_the_words_for_codes_rest_on_nothing_that_one_page_knows(app):
    known = app.jinja_env.globals.keys() | {"gettext", "ngettext", "_"}
    for name in ("_words.html", "_roles.html"):
        source = app.jinja_env.loader.get_source(app.jinja_env, name)[0]
        asked = meta.find_undeclared_variables(app.jinja_env.parse(source))
        assert asked <= known - {"g", "request", "session"}, name


def test_what_figures_say_in_no_language_of_their_own_is_said_in_the_one_that_stands_in():
    assert captions.said("yes", "ht") == captions.said("yes", "es")
