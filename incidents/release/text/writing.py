"""The text in its order: methodology, findings with their tables and pictures, accounts."""

from incidents.release.tables.cells import Shown
from incidents.release.text import grids
from incidents.release.text.facts import Facts, Typed
from incidents.release.text.labels import day
from incidents.release.text.methodology import Section, Teller
from incidents.release.text.story import Block, Heading, Paragraph, Points, Story
from incidents.release.text.words import heading, say


def story(
    shown: Shown,
    facts: Facts,
    language: str,
    typed: Typed,
    captions: grids.Captions,
) -> Story:
    """Everything that the text says in this language."""
    teller = Teller(facts, shown, language, typed)
    blocks: list[Block] = [Heading(heading("methodology", language))]
    for section in teller.sections():
        blocks += _section(section, language)
    blocks += _findings(shown, facts, language, captions)
    as_of = say("as_of", language, day=day(facts.data_date.isoformat(), language))
    return Story(
        typed.title.get(language) or heading("title", language),
        say("subtitle", language, org=facts.organisation, as_of=as_of),
        language,
        tuple(blocks),
    )


def _section(section: Section, language: str) -> list[Block]:
    blocks: list[Block] = [Heading(heading(section.heading, language), 2)]
    blocks += [Paragraph(text) for text in section.paragraphs]
    return [*blocks, Points(section.points)] if section.points else blocks


def _findings(shown: Shown, facts: Facts, language: str, captions: grids.Captions) -> list[Block]:
    blocks: list[Block] = [Heading(heading("findings", language))]
    opening = grids.opening(shown, facts, language)
    blocks += [Paragraph(opening)] if opening else []
    for number, table in enumerate(shown.counted.tables, start=1):
        said = grids.largest(table, shown, language)
        blocks += [Paragraph(said)] if said else []
        blocks += grids.grids(number, table, shown, language, captions)
    return blocks
