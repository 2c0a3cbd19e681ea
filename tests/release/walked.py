"""Every byte of a pack of tables, taken out of whatever holds it and read as somebody would who looks for a leak.

What is found is named by its file. Nothing here is shared with what writes or protects: of ours it takes only the
sentences and labels of which a text is made, so that a number that was filled in stands out from those of the sentence.
"""

import csv
import html
import io
import json
import re
import struct
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from incidents.model import vocabulary
from incidents.release import hierarchy, promises
from incidents.release.tables import captions
from incidents.release.text import words

FIXED = (1980, 1, 1, 0, 0, 0)
DRAWN = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
}  # of a picture: what is drawn, and no word or time beside it
MANIFEST = {
    "cells", "cite", "code_list_version", "counts", "data_date", "definition", "files", "filters",
    "format", "hierarchies_version", "hierarchy_versions", "hxl", "k", "merged", "method",
    "organisation", "policy", "product", "quotes", "random", "reference", "rules", "tables", "title", "told_apart",
}  # fmt: skip
RULES = {"digest", "protection", "unit", "purposes", "states", "suppression", "signatures", "text"}
ID = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE
)
HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
TIME = re.compile(r"\d\d:\d\d:\d\d|\b\d\d:\d\d\b")
SMALL = re.compile(
    r"(?<![\w.,<«–-])(?:[1-4]|one|two|three|four|uno?|una|dos|tres|cuatro)(?![\w,–-]|\.\d)", re.IGNORECASE
)
# What a number may be of that counts nobody: tables, charts, bands, dates, days held and dollars in T6.
OF_NOBODY = re.compile(
    r"\b(?:Figure|Chart|Gráfica|Table|Tabla|Note|Notes|Nota|Notas) \d+|\bT[1-9]\b|\bX\d+\b|\b\d+ (?:horas|hours)\b|"
    r"\b(?:median|mediana|quartiles|cuartiles) (?:de )?[\d,\u00a0]+(?: (?:and|y) [\d,\u00a0]+)?|"
    r"\b\d+ (?:percent|por ciento)|\b\d{1,2} (?:de )?[a-zé]+ (?:de )?20\d\d\b|\b[A-Za-zé]+ (?:de )?20\d\d\b|\bQ[1-4]\b",
    re.IGNORECASE,
)
LEAST = 10  # letters of a part of a sentence that is known again


def findings(archive: bytes, secrets: Iterable[str] = ()) -> list[str]:
    """What should not be there: file and why. `secrets`: texts that stand in no file, in no letter case or encoding."""
    hidden = [secret for secret in secrets if secret]
    held = dict(_within("pack.zip", archive))
    told = _told(held)
    return [f"{path}: {what}" for path, data in held.items() for what in _found(path, data, hidden, told)]


def _told(held: dict[str, bytes]) -> re.Pattern[str]:
    """What two people read and signed word by word, with the mark of its note: words, whatever they count."""
    sheets = [data.decode("utf-8-sig") for path, data in held.items() if "/quotes." in path]
    cells = {cell for text in sheets for line in csv.reader(io.StringIO(text)) for cell in line[1:4]} - {
        "who",
        "words",
        "note",
    }
    parts = "|".join(map(re.escape, sorted(cells, key=len, reverse=True)))
    return re.compile(rf"(?:{parts})\d*") if cells else re.compile("(?!)")


def _within(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Each file, and each within it."""
    yield path, data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            for entry in opened.infolist():
                yield from _within(f"{path}/{entry.filename}", opened.read(entry))


def _found(path: str, data: bytes, secrets: Iterable[str], told: re.Pattern[str]) -> Iterator[str]:
    yield from _of_archive(data)
    yield from _of_picture(data)
    text = f"{path}\n{data.decode(errors='replace')}"
    plain = data[:1] not in {b"P", b"\x89"}  # no archive and no picture: these were taken apart, or are drawn
    for secret in secrets:
        if (
            any(secret.encode(how) in data for how in ("utf-8", "utf-16-le"))
            or secret.casefold() in text.casefold()
        ):
            yield f"{secret!r} stands in it"
    if plain:
        yield from _of_text(path, text)
        yield from _small(path, data, told)


def _of_archive(data: bytes) -> Iterator[str]:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            entries = opened.infolist()
            if opened.comment or any(entry.comment or entry.extra for entry in entries):
                yield "says more than its files"
            if any(entry.date_time != FIXED for entry in entries):
                yield "has a time"


def _of_picture(data: bytes) -> Iterator[str]:
    if not data.startswith(b"\x89PNG"):
        return
    place = 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        if (kind := data[place + 4 : place + 8]) not in DRAWN:
            yield f"a chunk {kind!r} beside what is drawn"
        place += 12 + length
    if place != len(data):
        yield "bytes behind the picture"


def _of_text(path: str, text: str) -> Iterator[str]:
    if "<!--" in text:
        yield "a comment"
    if any(found != "00:00:00" for found in TIME.findall(text)):
        yield "a time of day"
    said = HASH.sub("", text) if path.endswith("manifest.json") else text
    if ID.search(said.replace(THEME, "")):
        yield "an id"
    for who in re.findall(r"<(?:dc:creator|cp:lastModifiedBy|cp:revision|Company|Manager)>([^<]+)<", text):
        yield f"an author: {who}"


THEME = "{62F939B6-93AF-4DB8-9C6B-D6C7DFDC589F}"  # of the fonts and colors that every workbook brings along


# -- counts


def _small(path: str, data: bytes, told: re.Pattern[str]) -> Iterator[str]:
    """A count of one to four, in a cell, in a sentence, in what a picture is said to show."""
    if path.endswith("manifest.json"):
        yield from _of_manifest(json.loads(data))
        return
    for said in _said(path, data):
        left = _known().sub(" ", OF_NOBODY.sub(" ", f" {told.sub(' ', said)} "))
        for found in SMALL.findall(left):
            yield f"{found} in “{said.strip()[:120]}”"


def _of_manifest(said: dict) -> Iterator[str]:
    if more := {*said} - MANIFEST | {*said["rules"]} - RULES:
        yield f"says {', '.join(sorted(more))}"
    counts = said["counts"]
    for name, number in {**counts, **counts["excluded"]}.items():
        if number in range(1, 5):
            yield f"{number} of {name}"
    if any(each["rows"] or {*each} != {"name", "rows", "sha256"} for each in said["files"]):
        yield "says something of a file"


def _said(path: str, data: bytes) -> Iterator[str]:
    """Everything that a reader sees or hears of a file, a cell or a paragraph at a time."""
    text = data.decode(errors="replace")
    if path.endswith(".csv"):
        yield from (cell for line in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in line)
    elif path.endswith(("sharedStrings.xml", "document.xml", "footer1.xml")):
        for part in re.findall(r"<(?:w:p|si)[ >].*?</(?:w:p|si)>", text, re.DOTALL):
            yield html.unescape("".join(re.findall(r"<(?:w:)?t(?: [^>]*)?>([^<]*)<", part)))
        yield from map(html.unescape, re.findall(r'(?:descr|title)="([^"]*)"', text))
    elif "/worksheets/" in path:
        yield from re.findall(r'<c (?![^>]*t="s")[^>]*><v>([^<]*)<', text)
    elif path.endswith((".html", ".svg")):
        bare = re.sub(r"<style.*?</style>", " ", text, flags=re.DOTALL)
        yield from map(
            html.unescape, re.findall(r'(?:aria-label|title|alt|aria-description)="([^"]*)"', bare)
        )
        blocks = re.split(
            r"</?(?:p|t[dhr]|h\d|li|text|title|desc|figcaption|caption|dt|dd|div|g)\b[^>]*>", bare
        )
        yield from (html.unescape(re.sub("<[^>]*>", "", block)) for block in blocks)
    elif path.endswith(".txt"):
        yield from text.splitlines()
    elif path.endswith("docProps/core.xml"):
        yield from (html.unescape(part) for part in re.findall(r">([^<]+)<", text))
    elif path.endswith(".geojson"):  # a shape counts nobody
        said = json.loads(text)
        yield from (told for told in said.values() if isinstance(told, str))
        yield from (str(told) for each in said["features"] for told in each["properties"].values())


@cache
def _known() -> re.Pattern[str]:
    """Parts of the sentences and labels that are the same in every pack."""
    said = [text for texts in _leaves(words.words()) for text in re.split(r"\{\w+\}", texts)]
    named = tomllib.loads(Path(captions.FILE).read_text(encoding="utf-8"))
    said += [text for texts in _leaves(named) for text in re.split(r"%\(\w+\)s", texts)]
    said += [text for pair in hierarchy.labels().values() for text in pair]
    said += [
        label
        for codes in vocabulary.lists().values()
        for code in codes.values()
        for label in code.labels.values()
    ]
    said += [line for each in (promises.README, promises.MARKS) for line in each.splitlines()]
    said += [text for each in (promises.DEFINITION, promises.PLAIN) for text in each.values()]
    parts = {text.strip() for text in said if len(text.strip()) >= LEAST}
    return re.compile("|".join(map(re.escape, sorted(parts, key=len, reverse=True))), re.IGNORECASE)


def _leaves(said: object) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for each in said.values():
            yield from _leaves(each)
