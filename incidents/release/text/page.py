"""The text as one HTML file: nothing is fetched, nothing runs; it reads aloud and prints well."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from incidents.release.text.story import Story
from incidents.release.text.words import heading

HERE = Path(__file__).parent
# Nothing but the pictures, which are made here, goes in as it is.
_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)


def made(story: Story) -> bytes:
    """The page. The same story gives the same bytes."""
    return (
        _template()
        .render(
            story=story,
            blocks=[(type(block).__name__, block) for block in story.blocks],
            style=(HERE / "page.css").read_text(encoding="utf-8"),
            called=heading("notes", story.language),
            back=heading("back", story.language),
        )
        .encode()
    )


@cache
def _template() -> Template:
    return _ENVIRONMENT.from_string((HERE / "page.html").read_text(encoding="utf-8"))
