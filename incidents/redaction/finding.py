"""What in a text may show who somebody is: known names and places however they are spelled, and what has a shape.

Rules alone find half of it, with what the record knows four fifths: they propose, and a person decides. What no rule
finds and still may name somebody, a capital letter or a number, is looked at one by one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from phonenumbers import Leniency, PhoneNumberMatcher
from rapidfuzz import fuzz

from incidents.redaction.sentences import Span
from incidents.search.names import PARTICLES, SHORTEST, alike, short_names
from incidents.work import normal_name

PERSON, PLACE, DATE, AGE = "person", "place", "date", "age"
PHONE, NUMBER, CONTACT = "phone", "number", "contact"
LOOK = "look"  # no proposal: somebody looks at it
SAME_PLACE = 85  # of a hundred: how alike two spellings of one place are
SHORT_NAME = 2  # letters: a name as short as a common word is one with a capital only
ALONE = 5  # letters of a word that stands for the whole name of a place
REGION = "MX"  # where a telephone number without a country is from

_MONTHS = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|"
    "january|february|april|june|july|august|september|october|november|december|(?-i:March|May)"
)
_SHORT_MONTHS = "ene|feb|mar|abr|may|jun|jul|ago|sept?|oct|nov|dic|jan|apr|aug|dec|march"
_YEAR = r"(?:19|20)\d\d"
_TH = "º|°|st|nd|rd|th"
_OF = r"(?:del?\s+|of\s+)?"
# In this order: what was found first is not looked at again. A CURP with a wrong check digit still is somebody's.
SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (kind, why, re.compile(pattern, re.IGNORECASE))
    for kind, why, pattern in (
        (CONTACT, "email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        (
            CONTACT,
            "url",
            r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|info|gob|gov|mx|me|ly)\b(?:/\S*)?",
        ),
        (NUMBER, "curp", r"\b[A-ZÑ]{4}\d{6}[A-Z]{6}[A-Z\d]\d\b"),
        (NUMBER, "a-number", r"\bA[-# ]{0,2}\d{2,3}[- ]?\d{3}[- ]?\d{3}\b"),
        (NUMBER, "passport", r"\b[A-Z]{1,2}\d{6,9}\b"),
        (NUMBER, "plate", r"(?-i:\b[A-Z]{2,3}-?\d{2,4}(?:-[A-Z\d]{1,2}|[A-Z])?\b)"),
        (PLACE, "coordinates", r"-?\d{1,3}\.\d{3,}\s*[,;\s]\s*-?\d{1,3}\.\d{3,}"),
        (PLACE, "coordinates", r"\d{1,3}\s*°\s*\d{1,2}(?:\s*['′’]\s*(?:[\d.]+\s*[\"″”])?)?\s*[NSEWO]\b"),
        (DATE, "date", rf"\b{_YEAR}-\d\d-\d\d\b|\b\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:{_YEAR}|\d\d)\b"),
        (
            DATE,
            "date",
            rf"\b\d{{1,2}}(?:{_TH})?[\s/-]+{_OF}(?:{_MONTHS}|{_SHORT_MONTHS})\b\.?(?:[\s,/-]+{_OF}{_YEAR}\b)?",
        ),
        (
            DATE,
            "date",
            rf"\b(?:{_MONTHS})\b(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s+{_OF}{_YEAR}\b)?",
        ),
        (AGE, "age", r"\b\d{1,3}[\s-]+(?:años|year)s?(?:[\s-]+(?:de edad|old)\b)?"),
        (AGE, "age", r"\b(?:edad de|aged|age of|age)\s+\d{1,3}\b"),
    )
)
AFTER_PHONES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (NUMBER, "digits", re.compile(r"\d(?:[ .,-]?\d){4,}")),
    (DATE, "date", re.compile(rf"\b{_YEAR}\b")),
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NUMBER = re.compile(r"\w*\d[\w.,:/-]*\w|\d")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to decide on; `thing` is the same wherever the same person or place is meant."""

    start: int
    end: int
    kind: str
    why: str
    thing: str = ""


@dataclass(frozen=True)
class Known:
    """What the record knows of whoever and wherever: compared words → whose, and names of places as words."""

    names: Mapping[str, tuple[str, ...]] = field(repr=False)
    places: Mapping[str, tuple[str, ...]] = field(
        repr=False
    )  # which place → the words of its name, in their order
    numbers: tuple[str, ...] = field(
        default=(), repr=False
    )  # of documents and telephones: letters and digits alone


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    plain: str  # as it is compared

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


def find(text: str, known: Known, spans: Sequence[Span]) -> list[Finding]:
    """Everything to decide on, in its order; `spans`: the sentences of this text."""
    found: list[Finding] = []
    taken: set[int] = set()
    tokens = words(text)
    for some in (
        _shaped(text, SHAPES),
        _kept_numbers(text, known),
        _phones(text),
        _shaped(text, AFTER_PHONES),
        _places(tokens, known),
        _people(text, tokens, known),
        _to_look_at(text, tokens, spans),
    ):
        for each in some:
            if taken.isdisjoint(range(each.start, each.end)):
                taken.update(range(each.start, each.end))
                found.append(each)
    return sorted(found, key=lambda each: each.start)


def words(text: str) -> list[_Word]:
    return [_Word(each.start(), each.end(), each[0], normal_name(each[0])) for each in _WORD.finditer(text)]


# -- what has a shape


def _shaped(text: str, shapes: Sequence[tuple[str, str, re.Pattern[str]]]) -> list[Finding]:
    return [
        Finding(each.start(), each.end(), kind, why)
        for kind, why, shape in shapes
        for each in shape.finditer(text)
    ]


def _phones(text: str) -> list[Finding]:
    numbers = PhoneNumberMatcher(text, REGION, leniency=Leniency.POSSIBLE)
    return [Finding(each.start, each.end, PHONE, "phone") for each in numbers]


def _kept_numbers(text: str, known: Known) -> list[Finding]:
    """Of a document or a telephone that the record keeps, however it is spaced."""
    found: list[Finding] = []
    for number in known.numbers:
        spaced = r"[\s.()/-]*".join(map(re.escape, number))
        found += [
            Finding(each.start(), each.end(), NUMBER, "known-number")
            for each in re.finditer(spaced, text, re.IGNORECASE)
        ]
    return found


# -- what is known


def _people(text: str, tokens: Sequence[_Word], known: Known) -> list[Finding]:
    """Names one after the other are one name: of whoever bears most of them."""
    runs: list[list[tuple[_Word, tuple[str, ...], str]]] = []
    for token in tokens:
        whose, why = _whose(token, known)
        if not whose:
            continue
        if runs and _goes_on(text[runs[-1][-1][0].end : token.start]):
            runs[-1].append((token, whose, why))
        else:
            runs.append([(token, whose, why)])
    return [
        Finding(run[0][0].start, run[-1][0].end, PERSON, run[0][2], _bearer([whose for _t, whose, _w in run]))
        for run in runs
    ]


def _goes_on(between: str) -> bool:
    """Whether nothing but space and “de la” stands between two words of a name."""
    return "\n" not in between and all(normal_name(word) in PARTICLES for word in between.split())


def _bearer(run: Sequence[tuple[str, ...]]) -> str:
    everybody = sorted({each for whose in run for each in whose})
    return max(everybody, key=lambda one: sum(one in whose for whose in run))


def _is_name(token: _Word, known: Known) -> bool:
    """Letter for letter; “li” is no Li."""
    return token.plain in known.names and (len(token.plain) > SHORT_NAME or token.capital)


def _whose(token: _Word, known: Known) -> tuple[tuple[str, ...], str]:
    if _is_name(token, known):
        return known.names[token.plain], "name"
    if len(token.plain) >= SHORTEST:
        for word, whose in known.names.items():
            how = alike(token.plain, word) if len(word) >= SHORTEST else ""
            if how in ("sounds", "short") or (how == "alike" and token.capital):
                return whose, how
    return (), ""


def _places(tokens: Sequence[_Word], known: Known) -> list[Finding]:
    found: list[Finding] = []
    for thing, name in known.places.items():
        found += _place(tokens, thing, name)
    return sorted(
        found, key=lambda each: each.start - each.end
    )  # the longest first: it is looked at before its parts


def _place(tokens: Sequence[_Word], thing: str, name: tuple[str, ...]) -> Iterator[Finding]:
    whole, size = " ".join(name), len(name)
    for at in range(len(tokens) - size + 1):
        some = tokens[at : at + size]
        said = " ".join(token.plain for token in some)
        if said == whole or (some[0].capital and fuzz.ratio(said, whole) >= SAME_PLACE):
            yield Finding(some[0].start, some[-1].end, PLACE, "place", thing)
    if size > 1:
        for token in tokens:
            if token.capital and len(token.plain) >= ALONE and token.plain in name:
                yield Finding(token.start, token.end, PLACE, "place", thing)


# -- what no rule finds


def _to_look_at(text: str, tokens: Sequence[_Word], spans: Sequence[Span]) -> list[Finding]:
    """Each capital that does not begin a sentence, each given name that does, each number."""
    starts = [token.start for token in tokens]
    firsts = {starts[place] for start, _end in spans if (place := bisect_left(starts, start)) < len(starts)}
    capitals = [
        Finding(token.start, token.end, LOOK, "capital")
        for token in tokens
        if token.capital and token.text != "I" and (token.start not in firsts or token.plain in given_names())
    ]
    numbers = [Finding(each.start(), each.end(), LOOK, "number") for each in _NUMBER.finditer(text)]
    return [*numbers, *capitals]


@cache
def given_names() -> frozenset[str]:
    """Those that have a short form: a sentence may begin with one."""
    return frozenset(name for names in short_names().values() for name in names)


def names_left(text: str, known: Known) -> list[Span]:
    """Where a text still holds a word of a known name, or a number that the record keeps, letter for letter."""
    named = [(token.start, token.end) for token in words(text) if _is_name(token, known)]
    return named + [(each.start, each.end) for each in _kept_numbers(text, known)]
