"""What whoever prepares an edition types for its text: kept sealed, and the starting point of the next edition.

No record says it, so whoever typed it answers for it. It is looked through twice: here for what has the shape of a
telephone or of a number of documents, and at the signature, by somebody who holds the names, for names of the record.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate
from sqlalchemy import select

from incidents.errors import InvalidInput, _
from incidents.intake.schema import Strict, flat
from incidents.model.wording import Wording
from incidents.redaction import finding
from incidents.release.text.accounts import FORMS, Style, StyleNotKept
from incidents.release.text.facts import Typed
from incidents.release.text.numbers import LANGUAGES
from incidents.work import Permission, Work

LONGEST, LONGEST_LINE = 3_000, 200  # letters of a paragraph, and of what stands in one line
LINES = ("title",)
PARAGRAPHS = ("places", "not_reached", "overlap", "requests")
SAID = ("purpose_explained", "could_stop", "nobody_paid", "in_private")
TOO_LONG = _("This is too long for the text of an edition. Shorten it.")
SHAPED = _("This holds what looks like a telephone, an address or a number of a document. Take it out.")
NOT_FILLED = _(
    "This way of citing cannot be filled. Between braces write only org, pseudonym, place or date, as in "
    "{org} interview with {pseudonym}, {place}, {date}."
)
IDENTIFYING = frozenset({finding.CONTACT, finding.NUMBER, finding.PHONE})  # not: dates, ages, names of places
PLATE = (
    "plate"  # “T4-12” is none: a plate is no way to say who was not reached, and many a word looks like one
)

Texts = Mapping[str, Any]  # as `WordingSchema` has it


def _line(longest: int = LONGEST_LINE) -> fields.String:
    return fields.String(validate=validate.Length(max=longest, error=TOO_LONG))


def _in_each(longest: int, name: str) -> Any:
    """The same in each language."""
    return Strict.from_dict({each: _line(longest) for each in LANGUAGES}, name=name)


InOneLineSchema = _in_each(LONGEST_LINE, "InOneLineSchema")
ParagraphSchema = _in_each(LONGEST, "ParagraphSchema")
StyleSchema = Strict.from_dict({form: fields.Nested(InOneLineSchema) for form in FORMS}, name="StyleSchema")


class WordingSchema(Strict):
    """As a form, a program and a file send it, and as it is kept. Each text in English, Spanish, or both."""

    organisation = _line()
    title = fields.Nested(InOneLineSchema)
    places = fields.Nested(ParagraphSchema)
    not_reached = fields.Nested(ParagraphSchema)
    overlap = fields.Nested(ParagraphSchema)
    requests = fields.Nested(ParagraphSchema)
    purpose_explained = fields.Boolean()
    could_stop = fields.Boolean()
    nobody_paid = fields.Boolean()
    in_private = fields.Boolean()
    style = fields.Nested(StyleSchema)


def keep(work: Work, typed: Mapping[str, Any]) -> Wording:
    """Keep what was typed, as another row than what was typed before; the same again is the same row.

    Problem: InvalidInput, with the field that has to be looked at.
    """
    work.actor.must(Permission.RELEASE_PREPARE)
    said, known = clean(typed), newest(work)
    if known is not None and texts(work, known) == said:
        return known
    row = Wording(typed_by=work.actor.id, typed_at=work.now())
    work.seal(row, texts=said)
    work.add(row)
    work.note("wording.kept", row)
    return row


def clean(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What holds of it, without what is empty. Problem: InvalidInput."""
    try:
        said: dict[str, Any] = _full(WordingSchema().load(dict(typed)))
    except ValidationError as error:
        raise InvalidInput(flat(error.messages)) from None
    wrong = {place: [found] for place, text in places(said) if (found := _wrong(place, text))}
    if wrong:
        raise InvalidInput(wrong)
    return said


def _full(value: Any) -> Any:
    """One line a text, and nothing of what says nothing."""
    if isinstance(value, str):
        return " ".join(value.split())
    if not isinstance(value, Mapping):
        return value
    full = {name: _full(inner) for name, inner in value.items()}
    return {name: inner for name, inner in full.items() if inner}


def _wrong(place: str, text: str) -> str:
    if place.startswith("style."):
        try:
            Style({"person": {"en": text}})
        except StyleNotKept:
            return NOT_FILLED
        return ""
    if place == "organisation":
        return ""
    found = finding.find(text, finding.Known({}, {}), ())
    return SHAPED if any(map(_shows, found)) else ""


def _shows(found: finding.Finding) -> bool:
    return found.kind in IDENTIFYING and found.why not in {PLATE, "url"}


def newest(work: Work) -> Wording | None:
    """What was typed last: where the next edition begins."""
    query = select(Wording).order_by(Wording.typed_at.desc(), Wording.id.desc()).limit(1)
    return work.db.scalars(query).first()


def texts(work: Work, row: Wording) -> Texts:
    """What one of them says."""
    work.vouched([row])
    found: Texts = work.read(row, "texts")
    return found


def asked(work: Work, id: UUID | None) -> Texts:
    """What is asked for by its id; nothing, where nothing is."""
    work.actor.must(Permission.RELEASE_PREPARE)
    return texts(work, work.get(Wording, id)) if id else {}


# -- what becomes of it


def typed(said: Texts) -> Typed:
    """As the methodology takes it."""
    return Typed(**{name: said[name] for name in (*LINES, *PARAGRAPHS, *SAID) if name in said})


def style(said: Texts) -> Style:
    """How the house cites."""
    return Style(said.get("style", {}))


# -- what somebody looks at before it is signed


def places(said: Texts, above: str = "") -> Iterator[tuple[str, str]]:
    """Each text with its place, as `title.en`."""
    for name, inner in said.items():
        if isinstance(inner, str):
            yield above + name, inner
        elif isinstance(inner, Mapping):
            yield from places(inner, f"{above}{name}.")


def missing(said: Texts) -> list[tuple[str, str]]:
    """What one language says and the other does not: field and language that lacks it. Readers are not told."""
    return [
        (name, language)
        for name in (*LINES, *PARAGRAPHS)
        for language in LANGUAGES
        if name in said and not said[name].get(language)
    ]


def numbered(said: Texts) -> list[str]:
    """The places of texts with numbers: their reader is told that nobody counted these."""
    return [
        place
        for place, text in places(said)
        if place.split(".")[0] in PARAGRAPHS and any(map(str.isdigit, text))
    ]
