"""An account in sentences, and what stays of it: each sentence in or out, each cut made or left.

The words are somebody's own: a text is made by leaving out, never by writing something else in.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Span = tuple[int, int]
LEFT_OUT = "[…]"
KEEP, CUT = "keep", "cut"
TAKEN, OUT, UNSEEN = "in", "out", ""  # of a sentence
# What may stand in the place of words: of persons and places there are several, told apart by number.
PLACEHOLDERS: Mapping[str, str] = {
    "person": "PERSON",
    "place": "PLACE",
    "date": "DATE",
    "age": "AGE",
    "phone": "PHONE",
    "number": "NUMBER",
    "contact": "CONTACT",
}
NUMBERED = ("person", "place")

_SHORT = (
    "a.m|p.m|art|av|avda|calle|col|dr|dra|etc|fracc|gral|hno|hna|ing|jr|lic|mr|mrs|ms|mtro|no|nos|num|núm|prof|"
    "sr|sra|srta|sta|sto|st|ud|uds|vs"
)
_ENDS = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|\n+")
_ABBREVIATED = re.compile(rf"(?:^|[\s(«“\"])(?:{_SHORT}|[^\W\d_])\.$", re.IGNORECASE)


def split(text: str) -> list[Span]:
    """Where each sentence begins and ends, without the space between."""
    found: list[Span] = []
    start = 0
    for end in _ENDS.finditer(text):
        if end[0] == "." and _ABBREVIATED.search(text[start : end.end()]):
            continue
        found += _trimmed(text, start, end.end())
        start = end.end()
    return found + _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    inner = text[start:end]
    begin = start + len(inner) - len(inner.lstrip())
    return [(begin, begin + len(inner.strip()))] if inner.strip() else []


def redacted(source: str, sentences: Sequence[Mapping[str, Any]]) -> str:
    """What stays. What is left out within it is marked; before it and after it, it is not."""
    numbers = numbered(each for each in sentences if each["state"] == TAKEN)
    pieces: list[str] = []
    last, gap = 0, False
    for each in sentences:
        if each["state"] != TAKEN:
            gap = bool(pieces)
            continue
        start, end = each["at"]
        between = _between(source[last:start])
        pieces += [f"{between}{LEFT_OUT}{between}" if gap else between] if pieces else []
        pieces.append(_sentence(source, each, numbers))
        last, gap = end, False
    return "".join(pieces)


def _between(space: str) -> str:
    """What stands between two sentences: a paragraph ends where it ended."""
    return "\n\n" if space.strip() == "" and "\n" in space else " "


def _sentence(source: str, sentence: Mapping[str, Any], numbers: Mapping[tuple[str, int], int]) -> str:
    start, end = sentence["at"]
    pieces: list[str] = []
    for cut in sentence["cuts"]:
        if cut["do"] in (KEEP, ""):
            continue
        pieces += [source[start : cut["at"][0]], _instead(cut, numbers)]
        start = cut["at"][1]
    return "".join([*pieces, source[start:end]])


def _instead(cut: Mapping[str, Any], numbers: Mapping[tuple[str, int], int]) -> str:
    if cut["do"] == CUT:
        return LEFT_OUT
    return placeholder(cut["do"], numbers.get((cut["do"], cut["n"]), 0))


def placeholder(do: str, number: int) -> str:
    """What stands in the place of words: typed, so that a reader knows of what, and no way back."""
    return f"[{PLACEHOLDERS[do]} {number}]" if do in NUMBERED else f"[{PLACEHOLDERS[do]}]"


def as_said(cut: Mapping[str, Any]) -> str:
    """What becomes of a thing, as whoever decides says it: keep, person:2; empty where nobody decided."""
    return f"{cut['do']}:{cut['n']}" if cut["do"] in NUMBERED else str(cut["do"])


def numbered(sentences: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], int]:
    """Persons and places by number, in the order in which they appear."""
    found: dict[tuple[str, int], int] = {}
    for each in sentences:
        for cut in each["cuts"]:
            if cut["do"] in NUMBERED:
                number = 1 + sum(1 for known, _n in found if known == cut["do"])
                found.setdefault((cut["do"], cut["n"]), number)
    return found
