"""The sentences of the text, from `words.toml`, where English and Spanish stand side by side."""

import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("words.toml")


@cache
def words() -> dict[str, dict[str, dict[str, str]]]:
    """Headings and sentences, by name and language."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def heading(name: str, language: str) -> str:
    """A heading."""
    return words()["heading"][name][language]


def say(name: str, language: str, **parts: str) -> str:
    """The sentence with its parts."""
    return words()["sentence"][name][language].format_map(parts)


def told(name: str, language: str, **parts: str | None) -> str:
    """The sentence, or nothing where a part of it is not known."""
    known = {part: value for part, value in parts.items() if value}
    return say(name, language, **known) if len(known) == len(parts) else ""


def source(name: str, *, published: bool) -> str:
    """The name of the sentence, or of the one that says the same of what others published."""
    return f"{name}_published" if published else name
