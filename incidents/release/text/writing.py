"""The text in its order: methodology, findings with their tables and pictures, accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from incidents.errors import Problem, _
from incidents.release.citation import Citation
from incidents.release.columns import held
from incidents.release.policy import Policy
from incidents.release.tables.captions import About
from incidents.release.tables.cells import Shown, Table
from incidents.release.tables.edition import Edition
from incidents.release.tables.spread import Spread
from incidents.release.text import accounts, grids
from incidents.release.text.accounts import Quote, Style
from incidents.release.text.facts import Facts, Typed
from incidents.release.text.labels import day
from incidents.release.text.methodology import Section, Teller
from incidents.release.text.numbers import LANGUAGES
from incidents.release.text.story import Block, Heading, Paragraph, Picture, Points, Story
from incidents.release.text.words import heading, say

SMALL, METHODS = 5, frozenset("ABCD")
OF_ONE_STATUS = ("-C", "-A", "-U")  # how the names of tables of one status end
Pictures = Mapping[str, Picture]  # by the name of the table that each is drawn from


class TextNotProtected(Problem):
    """A fault of ours: somebody would print what nobody protected."""

    status = 500
    code = "text-not-protected"
    sentence = _("The numbers of this text are not protected as its policy asks. Nothing was written.")


@dataclass(frozen=True)
class Material:
    """What a text is made of. `shown` holds the tables and, under their keys, the counts of `facts`."""

    shown: Shown = field(repr=False)
    facts: Facts
    about: About
    spreads: tuple[Spread, ...] = ()
    quotes: tuple[Quote, ...] = ()
    typed: Typed = field(default_factory=Typed)
    style: Style = field(default_factory=Style)
    citation: Citation | None = None

    @classmethod
    def of(cls, made: Edition, shown: Shown, facts: Facts, **more: Any) -> "Material":
        """That of an edition; `more`: quotes, what was typed, the style of the house."""
        return cls(shown, facts, About.of(made, shown.method), made.spreads, **more)

    @property
    def printed(self) -> list[Table]:
        """The tables that stand in the text, in their order; one in which everything is zero does not."""
        wanted = self.typed.tables
        return [
            table
            for table in self.shown.counted.tables
            if (table.name in wanted if wanted else not table.name.endswith(OF_ONE_STATUS))
            if not grids.empty(table, self.shown)
        ]


def must_be_protected(material: Material, policy: Policy) -> None:
    """No text of a protected policy without a method, or with a small number beside it. Problem: TextNotProtected."""
    shown = material.shown
    small = shown.method == "A" and any(
        isinstance(each, int) and 0 < each < SMALL for each in shown.values.values()
    )
    if policy.protection and (small or shown.method not in METHODS):
        raise TextNotProtected


def story(material: Material, language: str, pictures: Pictures | None = None) -> Story:
    """Everything that the text says in this language."""
    facts, typed = material.facts, material.typed
    citation = material.citation
    cite = citation.line(language) if citation else ""
    teller = Teller(facts, material.shown, language, typed, bool(material.quotes), cite)
    blocks: list[Block] = [Heading(heading("methodology", language))]
    for section in teller.sections():
        blocks += _section(section, language)
    blocks += _findings(material, language, pictures or {})
    told, notes = accounts.blocks(material.quotes, facts.organisation, language, material.style)
    return Story(
        held(titles(facts, typed)[language]),
        held(_subtitle(material, language)),
        language,
        (*blocks, *told),
        tuple(notes),
    )


def titles(facts: Facts, typed: Typed) -> dict[str, str]:
    """What the text is called in each language: as it was typed, else as every such text."""
    usual = "title_published" if facts.published else "title"
    return {each: typed.title.get(each) or heading(usual, each) for each in LANGUAGES}


def _subtitle(material: Material, language: str) -> str:
    facts, citation = material.facts, material.citation
    as_of = say("as_of", language, day=day(facts.data_date.isoformat(), language))
    said = {"org": facts.organisation.rstrip("."), "as_of": as_of}
    if citation is None:
        return say("subtitle", language, **said)
    return say("subtitle_cited", language, reference=citation.reference, **said)


def _section(section: Section, language: str) -> list[Block]:
    blocks: list[Block] = [Heading(heading(section.heading, language), 2)]
    blocks += [Paragraph(text) for text in section.paragraphs]
    return [*blocks, Points(section.points)] if section.points else blocks


def _findings(material: Material, language: str, pictures: Pictures) -> list[Block]:
    shown = material.shown
    opening = grids.opening(shown, material.facts, language)
    blocks: list[Block] = [Paragraph(opening)] if opening else []
    spoken_of = grids.spoken_of(material.printed)
    for table in material.printed:
        published = material.facts.published
        said = grids.largest(table, shown, language, published=published) if table.name in spoken_of else ""
        blocks += [Paragraph(said)] if said else []
        blocks += grids.grids(table, shown, material.about, material.spreads, language)
        blocks += [pictures[name] for name in (table.name, f"{MAP} {table.name}") if name in pictures]
    return [Heading(heading("findings", language)), *blocks] if blocks else []


MAP = "map of"  # before the name of the table that the map is drawn from
