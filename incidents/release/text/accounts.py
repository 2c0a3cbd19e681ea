"""What people told, under a name that is nobody's: how they are introduced, and cited in the style of the house."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from incidents.errors import Problem, _
from incidents.model import place
from incidents.release.columns import held
from incidents.release.text import labels
from incidents.release.text.numbers import listed
from incidents.release.text.story import Account, Block, Heading, Paragraph
from incidents.release.text.words import heading, say, words

FORMS = ("person", "phone", "withheld", "record")
CASE = "case"  # the kind of quote that is none: written by hand from the record
PARTS = frozenset({"org", "pseudonym", "place", "date"})
GROWN, ADOLESCENT = 18, 12


class StyleNotKept(Problem):
    """A way of citing that has a part which nobody can fill."""

    status = 422
    code = "style-not-kept"
    sentence = _(
        "The way of citing “%(template)s” cannot be filled. Between braces write only org, pseudonym, place or date, "
        "as in {org} interview with {pseudonym}, {place}, {date}."
    )


@dataclass(frozen=True, slots=True)
class Style:
    """How a house cites an interview. `templates`: form (person, phone, withheld) → language → text with its parts.

    What stands between two commas is left out where its part is not known. Problem: StyleNotKept.
    """

    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for form in self.templates.values():
            for template in form.values():
                if not _parts(template) <= PARTS:
                    raise StyleNotKept(template=template)

    def template(self, form: str, language: str) -> str:
        """The house's own, else the one of `words.toml`."""
        own = self.templates.get(form, {}).get(language)
        return own or words()["note"][form][language]


def _parts(template: str) -> set[str]:
    try:
        found = list(string.Formatter().parse(template))
    except ValueError:
        raise StyleNotKept(template=template) from None
    return {name if not (spec or how) else "" for _text, name, spec, how in found if name is not None}


@dataclass(frozen=True, slots=True)
class Cited:
    """The interview that a quote is from. City and day stand here only where they may: see release.md.

    `withheld`: name and place are not said, not even a pseudonym. `record`: others told of them.
    """

    state: str = ""
    month: str = ""
    phone: bool = False
    withheld: bool = False
    record: bool = False  # no interview with them: what the house has on file
    city: str = ""
    day: str = ""

    def without(self, *, place: bool = False, date: bool = False) -> "Cited":
        """As somebody may be cited who said yes without the place, or without the date."""
        found = replace(self, state="", city="") if place else self
        return replace(found, month="", day="") if date else found


class Signed(Protocol):
    """What the shelf of quotes hands out: words that two people signed, and codes of what may stand beside them."""

    @property
    def pseudonym(self) -> str:
        """Cecilia P."""
        ...

    @property
    def text(self) -> str:
        """The words."""
        ...

    @property
    def age(self) -> int | None:
        """In years, if that is shown."""
        ...

    @property
    def age_band(self) -> str:
        """Else its band."""
        ...

    @property
    def gender(self) -> str:
        """F, M or not shown."""
        ...

    @property
    def nationality(self) -> tuple[str, ...]:
        """Countries."""
        ...


@dataclass(frozen=True, slots=True)
class Quote:
    """One of them in a text. `language`: of its words; empty: not known. `state`, `month`: of what is told."""

    signed: Signed = field(repr=False)
    cited: Cited = field(default_factory=Cited)
    language: str = "es"
    kind: str = "quote"
    state: str = ""
    month: str = ""


def blocks(
    quotes: Sequence[Quote], organisation: str, language: str, style: Style
) -> tuple[list[Block], list[str]]:
    """All of them, first the words of people, then the list of cases, and a note for each."""
    told = [each for each in quotes if each.kind != CASE]
    cases = [each for each in quotes if each.kind == CASE]
    notes = [held(note(each, organisation, language, style)) for each in (*told, *cases)]
    found: list[Block] = []
    if told:
        found += [Heading(heading("accounts", language)), Paragraph(say("as_told", language))]
    for number, each in enumerate(told, start=1):
        found.append(Account(introduced(each, language), held(each.signed.text), each.language, number))
    if cases:
        found += [Heading(heading("cases", language)), Paragraph(say("as_written", language))]
    for number, each in enumerate(cases, start=len(told) + 1):
        line = " ".join(each.signed.text.split())
        found.append(Paragraph(held(line), number, introduced(each, language), each.language))
    return found, notes


# -- cited


def note(quote: Quote, organisation: str, language: str, style: Style) -> str:
    """As a rule “{Org} interview with {Pseudonym} (pseudonym), {State}, {Month YYYY}”."""
    cited = quote.cited
    forms = {"withheld": cited.withheld, "record": cited.record, "phone": cited.phone, "person": True}
    form = next(name for name, fits in forms.items() if fits)
    known = {
        "org": organisation,
        "pseudonym": quote.signed.pseudonym,
        "place": _place(cited, language),
        "date": _date(cited, language),
    }
    pieces = style.template(form, language).rstrip(".").split(", ")
    kept = [piece.format_map(known) for piece in pieces if all(known[part] for part in _parts(piece))]
    return f"{', '.join(kept)}."


def _place(cited: Cited, language: str) -> str:
    return place.municipality_label(cited.city) if cited.city else place.state_label(cited.state, language)


def _date(cited: Cited, language: str) -> str:
    if cited.day:
        return labels.day(cited.day, language)
    return labels.month(cited.month, language) if cited.month else ""


# -- introduced


def introduced(quote: Quote, language: str) -> str:
    """“Cecilia P., a 36-year-old woman from Venezuela, said:”; without a name where that is withheld."""
    if quote.kind == CASE:
        return _in_its_tongue(f"{', '.join(_listed(quote, language))}:", quote, language)
    about = _about(quote.signed, language)
    if quote.cited.withheld:
        said = say("somebody_said", language, about=f"{about[:1].upper()}{about[1:]}")
    else:
        said = say("named_said", language, pseudonym=quote.signed.pseudonym, about=about)
    return _in_its_tongue(said, quote, language)


def _in_its_tongue(said: str, quote: Quote, language: str) -> str:
    """Before words that are not in the language of the text: which it is, and that nobody translated them."""
    if quote.language == language:
        return said
    named = labels.language_name(quote.language, language) if quote.language else ""
    other = say("tongue", language, tongue=named) if named else say("tongue_unknown", language)
    return say("in_tongue", language, said=said.removesuffix(":"), tongue=other)


def _listed(quote: Quote, language: str) -> list[str]:
    """As a list of cases has it: “Cecilia P., 36, Venezuela, Tamaulipas, November 2019”; of a child, that it is one."""
    signed = quote.signed
    said = [signed.pseudonym]
    if signed.age is not None:
        said.append(str(signed.age))
    elif signed.age_band:
        figures = _stage(signed) == "grown" and signed.age_band[0].isdigit()
        said.append(signed.age_band.replace("-", "–") if figures else words()["who"][_who(signed)][language])
    said += [place.country_label(code, language) for code in signed.nationality]
    said += [place.state_label(quote.state, language)] if quote.state else []
    said += [labels.month(quote.month, language)] if quote.month else []
    return [each for each in said if each]


def _about(signed: Signed, language: str) -> str:
    who = words()["who"][_who(signed)][language]
    told = _aged(signed, who, language)
    countries = [place.country_label(code, language) for code in signed.nationality]
    if not any(countries):
        return told
    return say("from", language, who=told, countries=listed([each for each in countries if each], language))


def _who(signed: Signed) -> str:
    gender = signed.gender if signed.gender in {"F", "M"} else "X"
    return f"{_stage(signed)}_{gender}"


def _stage(signed: Signed) -> str:
    lowest = signed.age if signed.age is not None else _lowest(signed.age_band)
    if lowest is None or lowest >= GROWN:
        return "grown"
    return "adolescent" if lowest >= ADOLESCENT else "child"


def _lowest(band: str) -> int | None:
    if band == "CHI":
        return 0
    digits = band.partition("-")[0].rstrip("+")
    return int(digits) if digits.isdecimal() else None


def _aged(signed: Signed, who: str, language: str) -> str:
    """With the age in figures, as reports write ages; or with its band."""
    if signed.age is not None:
        name = "aged_an" if str(signed.age).startswith("8") or signed.age in {11, 18} else "aged"
        bare = who.partition(" ")[2] if language == "en" else who
        return say(name, language, who=bare, age=str(signed.age))
    first, _dash, last = signed.age_band.partition("-")
    if last:
        return say("of_band", language, who=who, first=first, last=last)
    if first.endswith("+"):
        return say("of_age_over", language, who=who, first=first.rstrip("+"))
    return who
