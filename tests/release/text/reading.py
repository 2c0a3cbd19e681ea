"""What a stranger finds in the written files: every text, every attribute, every number that somebody can read."""

import io
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from defusedxml import ElementTree

NUMBER = re.compile(r"\d+(?:[,\u00a0]\d{3})*")
# Attributes that a program reads aloud or shows; all others are sizes, places, names of styles.
SPOKEN = frozenset(
    {"descr", "title", "alt", "aria-label", "aria-description", "aria-roledescription", "content"}
)


def numbers(texts) -> set[str]:
    """Every number in these texts, without what stands between its thousands."""
    return {re.sub("[,\u00a0]", "", found) for text in texts for found in NUMBER.findall(text)}


def parts(docx: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(docx)) as found:
        return {name: found.read(name) for name in found.namelist()}


def roots(docx: bytes) -> Iterator[tuple[str, Any]]:
    for name, data in parts(docx).items():
        if name.endswith((".xml", ".rels")):
            yield name, ElementTree.fromstring(data)


def spoken(root) -> Iterator[str]:
    """Texts of a part of XML, and attributes that are read aloud."""
    for element in root.iter():
        yield from (text for text in (element.text, element.tail) if text)
        yield from (value for key, value in element.attrib.items() if key.rpartition("}")[2] in SPOKEN)


def silent(root) -> list[tuple[str, str, str]]:
    """All other attributes, in their order."""
    return [
        (element.tag, key, value)
        for element in root.iter()
        for key, value in element.attrib.items()
        if key.rpartition("}")[2] not in SPOKEN
    ]


class Page(HTMLParser):
    """An HTML file, read."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.inside: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag, attrs):
        self.inside.append(tag)
        self.attributes += [(tag, key, value or "") for key, value in attrs]

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self.inside:
            self.texts.append(data)

    @property
    def spoken(self) -> list[str]:
        return [*self.texts, *(value for _tag, key, value in self.attributes if key in SPOKEN)]
