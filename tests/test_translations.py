"""The Spanish of the program: whole, made from the text that stands beside it, and of one tone."""

import importlib
import io
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from marshmallow import Schema, ValidationError, fields, validate

from config import HERE
from incidents import api
from incidents.intake.schema import Strict

SPANISH = HERE / "incidents" / "translations" / "es" / "LC_MESSAGES"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.")
# What is the same in both languages.
SAME = {"API", "CSV", "Hash", "No", "Roles"}
# Marshmallow's sentences that no schema of ours can give: what is written out, and days with a time zone.
NEVER = {"format", "invalid_awareness", "validator_failed"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_po(io.BytesIO((SPANISH / "messages.po").read_bytes()), locale="es")


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """Every sentence of the code and the pages, and a file that says it."""
    with Path(HERE, "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(str(HERE), methods, options, KEYWORDS)
    return {
        sentence: name
        for name, _line, message, _comments, _context in found
        for sentence in ((message,) if isinstance(message, str) else message)
    }


def translated(catalog: Catalog) -> Iterator[tuple[Message, str, str]]:
    """Each entry with its English and its Spanish; one with a plural twice."""
    for message in catalog:
        if message.id:
            english = (message.id,) if isinstance(message.id, str) else message.id
            spanish = (message.string,) if isinstance(message.string, str) else message.string
            yield from ((message, one, other) for one, other in zip(english, spanish, strict=True))


def test_every_sentence_of_the_program_stands_in_spanish(catalog, said):
    known = {english: spanish for _message, english, spanish in translated(catalog)}
    missing = sorted(f"{name}: {sentence}" for sentence, name in said.items() if not known.get(sentence))
    assert len(said) > 900
    assert missing == []


def test_nothing_is_kept_that_the_program_no_longer_says(catalog, said):
    assert sorted({english for _message, english, _spanish in translated(catalog)} - said.keys()) == []


def test_no_translation_is_a_guess(catalog):
    assert [message.id for message in catalog if message.id and message.fuzzy] == []


def test_a_translation_fills_in_the_same_details(catalog):
    wrong = [
        english
        for _message, english, spanish in translated(catalog)
        if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(spanish))
    ]
    assert wrong == []


def test_a_translation_ends_as_its_sentence_does(catalog):
    marks = ".:;?!…"
    wrong = [
        spanish
        for _message, english, spanish in translated(catalog)
        if {english[-1], spanish[-1:]} & set(marks) and english[-1] != spanish.rstrip("»")[-1:]
    ]
    assert wrong == []


def test_no_english_is_left_as_its_own_translation(catalog):
    same = {english for _message, english, spanish in translated(catalog) if english == spanish}
    assert same <= SAME


def test_spanish_says_usted_and_has_its_own_quotation_marks(catalog):
    tone = re.compile(
        r"\b(?:tú|tu|tus|ti|te|contigo|vosotr[oa]s|haz)\b|[“”\"]|[^\W\d]{3}/[ao]s?\b", re.IGNORECASE
    )
    wrong = [spanish for _message, _english, spanish in translated(catalog) if tone.search(spanish)]
    assert wrong == []


def test_a_question_and_a_cry_open_as_they_close(catalog):
    wrong = [
        spanish
        for _message, _english, spanish in translated(catalog)
        if spanish.count("?") != spanish.count("¿") or spanish.count("!") != spanish.count("¡")
    ]
    assert wrong == []


def test_what_the_program_reads_is_made_from_the_catalogue(catalog):
    made = io.BytesIO()
    write_mo(made, catalog)
    assert (SPANISH / "messages.mo").read_bytes() == made.getvalue()


def test_every_sentence_of_marshmallow_that_a_schema_can_give_is_spoken_for(said):
    missing = {sentence for schema in schemas() for sentence in refusals(schema())} - said.keys()
    assert missing == set()


def schemas() -> Iterator[type[Schema]]:
    """The schemas that something is read by; what goes out is not refused."""
    for module in pkgutil.iter_modules(api.__path__):
        importlib.import_module(f"incidents.api.{module.name}")
    known = [Schema]
    for schema in known:
        known += schema.__subclasses__()
    return (schema for schema in known if issubclass(schema, Strict))


def refusals(schema: Schema) -> Iterator[str]:
    yield from schema.error_messages.values()
    for field in schema.load_fields.values():
        yield from _refusals(field)


def _refusals(field: fields.Field) -> Iterator[str]:
    yield from (str(said) for kind, said in field.error_messages.items() if kind not in NEVER)
    for check in field.validators:
        yield from _of(check)
    inner = {name: getattr(field, name, None) for name in ("inner", "key_field", "value_field")}
    for one in inner.values():
        if one is not None:
            yield from _refusals(one)


def _of(check: validate.Validator) -> Iterator[str]:
    """What a validator says of a value that it does not take."""
    match check:
        case validate.Length():
            wrong = "x" * ((check.max or 0) + 1)
        case validate.Range():
            wrong = (check.max or 0) + 1 if check.max is not None else check.min - 1
        case _:
            wrong = "no such thing"
    with pytest.raises(ValidationError) as refused:
        check(wrong)
    yield from refused.value.messages


@pytest.mark.parametrize(("language", "heading"), [("es-MX,es;q=0.9", "Iniciar sesión"), ("en", "Sign in")])
def test_a_page_speaks_the_language_of_its_reader(app, language, heading):
    page = app.test_client().get("/sign-in", headers={"Accept-Language": language})
    assert f"<h1>{heading}" in page.text
    assert f'lang="{language[:2]}"' in page.text


def test_a_refusal_of_the_api_speaks_the_language_of_its_reader(app):
    spoken = {"Accept-Language": "es", "Sec-Fetch-Site": "same-origin"}
    answer = app.test_client().post("/api/v1/session", json={"nobody": 1}, headers=spoken)
    assert answer.json["fields"]["nobody"] == ["Este campo no se conoce."]
    assert answer.json["fields"]["name"] == ["Falta un dato obligatorio."]
    assert answer.json["detail"].startswith("Hay campos")


def test_whoever_is_said_to_have_done_it_bears_one_word(catalog):
    """The glossary's: no other word stands on a page, and nobody is said for certain to have done it."""
    pairs = [(english, spanish) for _message, english, spanish in translated(catalog)]
    other = re.compile(r"\b(?:doers?|culprits?|offenders?)\b", re.IGNORECASE)
    assert [english for english, _spanish in pairs if other.search(english)] == []
    told = [spanish for english, spanish in pairs if "perpetrator" in english.lower()]
    assert len(told) > 10
    assert [spanish for spanish in told if "presunta" not in spanish.lower()] == []


def test_an_act_and_a_passphrase_bear_one_word_each(catalog):
    """The one that is counted is an “acto”: a “hecho” is a fact, or what happened."""
    pairs = [(english, spanish) for _message, english, spanish in translated(catalog)]
    of_acts = [
        (english, spanish)
        for english, spanish in pairs
        if re.search(r"\bacts?\b", english) and not re.search(r"\bfacts?\b", english)
    ]
    assert len(of_acts) > 100
    assert [spanish for _english, spanish in of_acts if re.search(r"\bhechos?\b", spanish)] == []
    of_words = [spanish for english, spanish in pairs if "passphrase" in english.lower()]
    assert len(of_words) > 20
    assert [spanish for spanish in of_words if re.search("frases? de (?!contraseña)", spanish)] == []
