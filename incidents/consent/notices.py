"""What is read aloud before somebody decides: versioned texts, each known by the hash of what was shown."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from incidents.errors import InvalidInput, _
from incidents.model import tongues

FOLDER = Path(__file__).with_name("notices")
NEWEST = "2026-12"  # a text that was shown is never changed: a better one gets a new number
LANGUAGES = tuple(tongues.LANGUAGES)
HOW_TO_WITHDRAW = "WITHDRAW"
NO_SUCH_NOTICE = _("There is no such text to read aloud. Open the page again.")


@dataclass(frozen=True, slots=True)
class Notice:
    """One text in one language. `questions`: purpose → what is asked, and what is promised."""

    id: str
    language: str
    sha256: str
    about: Mapping[str, str] = field(repr=False)  # jurisdiction, stored_at, retention
    intro: tuple[str, ...] = field(repr=False)
    questions: Mapping[str, tuple[str, str]] = field(repr=False)
    withdraw: tuple[str, ...] = field(repr=False)


def newest(language: str) -> Notice:
    """The text that is read aloud now, in this language, or in the one that stands in."""
    spoken = tongues.of(language)
    return read(f"{NEWEST}.{spoken or tongues.stands_in(language)}")


def known(id: str) -> bool:
    return id in {path.stem for path in FOLDER.glob("*.md")}


def must_be_known(id: str | None) -> None:
    if id and not known(id):
        raise InvalidInput({"notice": [NO_SUCH_NOTICE]})


@lru_cache(maxsize=32)
def read(id: str) -> Notice:
    """One of the texts; its hash is over the file, byte by byte."""
    content = (FOLDER / f"{id}.md").read_bytes()
    head, *sections = content.decode().split("\n## ")
    about, intro = head.split("\n\n", 1)
    questions: dict[str, tuple[str, str]] = {}
    withdraw: tuple[str, ...] = ()
    for section in sections:
        code, *said = [part.strip() for part in section.split("\n\n")]
        if code == HOW_TO_WITHDRAW:
            withdraw = _lines(said[0])
        else:
            questions[code] = (said[0], said[1])
    return Notice(
        id=id,
        language=id.rpartition(".")[2],
        sha256=hashlib.sha256(content).hexdigest(),
        about=dict(line.split(": ", 1) for line in _lines(about)),
        intro=_lines(intro),
        questions=questions,
        withdraw=withdraw,
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())
