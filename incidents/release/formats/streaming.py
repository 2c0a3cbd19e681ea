"""A sheet of many rows, written row by row into its workbook: the library that writes it holds all cells at once.

It is given the head and the last row of a sheet, and every text in the order in which cells would tell them. The rows
between are put into what it wrote, as it would write them: the bytes are those that it would have written by itself.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from xlsxwriter.utility import xl_col_to_name

from incidents.release.numbered import Texts

FEWEST = 3  # rows of a sheet: there are some between the first and the last
TOGETHER = 5_000  # rows that are handed on at once
_ROWS = re.compile(
    r'(<sheetData><row r="1".*?</row>)(<row r="\d+" spans="(1:\d+)"><c r="[A-Z]+\d+" s="(\d+)")', re.DOTALL
)
_FIXED = (1980, 1, 1, 0, 0, 0)


class Strings(Protocol):
    """The shared texts of a workbook, as the library keeps them."""

    count: int
    string_table: dict[str, int]

    def _get_shared_string_index(self, string: str) -> int: ...


@dataclass(frozen=True)
class Between:
    """The rows of a sheet but the last, and the number of each text in the workbook."""

    rows: Texts = field(repr=False)
    numbers: Mapping[str, int] = field(repr=False)

    def _cell(self, text: str, style: str) -> str:
        """What follows the place of a cell."""
        return f'" s="{style}" t="s"><v>{self.numbers[text]}</v></c>'

    def written(self, spans: str, style: str) -> Iterator[bytes]:
        """Their XML, some rows at a time."""
        cells = [
            (xl_col_to_name(place), [self._cell(text, style) for text in column.different])
            for place, column in enumerate(self.rows.columns)
        ]
        codes = zip(*(column.codes for column in self.rows.columns), strict=True)
        last, some = len(self.rows) - 1, list[str]()
        for number, row in enumerate(codes, start=2):
            if number - 2 == last:
                break
            told = "".join(
                [f'<c r="{name}{number}{kind[code]}' for (name, kind), code in zip(cells, row, strict=True)]
            )
            some.append(f'<row r="{number}" spans="{spans}">{told}</row>')
            if len(some) == TOGETHER:
                yield "".join(some).encode()
                some.clear()
        yield "".join(some).encode()


def may_be(rows: Texts, longest: int) -> bool:
    """Whether every cell is written, and holds its text: then all rows are written alike."""
    told = (text for column in rows.columns for text in column.told())
    return len(rows) >= FEWEST and all(0 < len(text) <= longest for text in told)


def begun(sheet: Any, strings: Strings, rows: Texts, text: Any) -> None:
    """Every text of these rows in its order, and the last of them. The head is there."""
    first = [
        (place, at, value)
        for at, column in enumerate(rows.columns)
        for value, place in _firsts(column.codes, column.different)
    ]
    before = strings.count
    for _place, _at, value in sorted(first):
        strings._get_shared_string_index(value)  # noqa: SLF001 – what its own cells call
    strings.count = before + (len(rows) - 1) * len(rows.columns)
    for at, value in enumerate(rows[len(rows) - 1]):
        sheet.write_string(len(rows), at, value, text)


def _firsts(codes: Any, different: list[str]) -> Iterator[tuple[str, int]]:
    """Each value that a row has, and the first row that has it."""
    left = set(codes)
    for place, code in enumerate(codes):
        if code in left:
            left.remove(code)
            yield different[code], place
            if not left:
                return


def filled(content: bytes, sheets: Mapping[str, Between]) -> bytes:
    """The workbook with these rows in its sheets, by the names of their files."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            entry = zipfile.ZipInfo(info.filename, _FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with target.open(entry, "w", force_zip64=False) as file:
                for piece in _pieces(source.read(info), sheets.get(info.filename)):
                    file.write(piece)
    return out.getvalue()


def _pieces(xml: bytes, between: Between | None) -> Iterator[bytes]:
    if between is None:
        yield xml
        return
    found = _ROWS.search(text := xml.decode())
    if found is None:
        raise ValueError("a sheet that is written otherwise")
    yield text[: found.end(1)].encode()
    yield from between.written(found[3], found[4])
    yield text[found.end(1) :].encode()
