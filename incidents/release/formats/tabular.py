"""Plain text besides data.csv: the same CSV as Excel opens it, and JSON."""

import codecs
import io
import json
from collections.abc import Sequence

from incidents.release.columns import Column, Line

EXCEL_CSV, JSON = "data-excel.csv", "data.json"


def excel_csv(data: bytes) -> bytes:
    """The bytes of data.csv behind a byte-order mark, without which Excel garbles accents."""
    return codecs.BOM_UTF8 + data


def json_rows(known: Sequence[Column], rows: Sequence[Line]) -> bytes:
    """An array of objects, one a line; values as they are, all of them text."""
    names, out = [column.name for column in known], io.BytesIO()
    out.write(b"[")
    for number, row in enumerate(rows):
        told = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)
        out.write((",\n" if number else "\n").encode() + told.encode())
    out.write(b"\n]\n" if rows else b"\n\n]\n")
    return out.getvalue()
