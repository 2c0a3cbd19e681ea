"""The text of a release as DOCX and HTML, English and Spanish: methodology, tables, charts, map, accounts, notes.

`every` is the one way in. It writes what is shown and nothing besides: whoever protected the tables protected the text.
"""

from collections.abc import Sequence

from incidents.release.policy import Policy
from incidents.release.text import page, story, writing
from incidents.release.text.numbers import LANGUAGES
from incidents.release.text.writing import MAP, Material
from incidents.release.write import File


def every(
    material: Material, policy: Policy, languages: Sequence[str] = LANGUAGES, *, drawn: bool = True
) -> list[File]:
    """The text in each language, and its charts and map as files of their own. The same gives the same bytes.

    `drawn`: with charts and map; what draws takes seconds and memory that a page should not wait for.

    Problem: TextNotProtected.
    """
    from incidents.release.text import document  # noqa: PLC0415  memory that no other page pays for

    writing.must_be_protected(material, policy)
    files = []
    for language in languages:
        told = writing.story(material, language, pictures(material, policy, language) if drawn else {})
        files.append(File(f"report-{language}.docx", document.made(told), 0))
        files.append(File(f"report-{language}.html", page.made(told), 0))
        for picture in told.pictures:
            files.append(File(f"{picture.name}-{language}.svg", f"{picture.svg}\n".encode(), 0))
            files.append(File(f"{picture.name}-{language}.png", picture.png, 0))
    return files


def pictures(material: Material, policy: Policy, language: str) -> writing.Pictures:
    """At most four charts, each of a table that is printed, and one map of states that reach the policy's k."""
    from incidents.release.text import charts, tiles  # noqa: PLC0415  seconds and 60 MB, which no other page pays for

    found: dict[str, story.Picture] = {}
    for table in charts.chosen(material.printed):
        made = charts.chart(len(found) + 1, table, material.shown, language)
        if made is not None:
            found[table.name] = made
    states = tiles.counts(material.printed, material.shown)
    made = tiles.tiles(*states, policy.k, language) if states else None
    return found | ({f"{MAP} {states[0].name}": made} if states and made else {})
