"""Every byte of a pack, those within its files too: what is nowhere in them did not leave."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping

from incidents.release.formats import reading

NAMES = {
    "data.csv", "data-excel.csv", "data.json", "data.xlsx", "data.parquet", "data.dta", "data.sav", "codebook.csv",
    "datapackage.json", "start.R", "start.do", "start.py",
}  # fmt: skip
TREES = {f"hierarchy_{column}.csv" for column in ("age", "gender", "nationality", "place")}


def within(files: Mapping[str, bytes]) -> Iterator[bytes]:
    """Each file with its name, and what stands in it compressed."""
    for name, content in files.items():
        yield name.encode() + content
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as inner:
                yield inner.comment
                yield from within(
                    {entry.filename: entry.comment + inner.read(entry) for entry in inner.infolist()}
                )
        if content.startswith(b"PAR1"):
            yield _said(reading.parquet(content))
        if content.startswith(b"$FL2"):
            read = reading.sav(content)
            yield _said([read.names, list(read.labels.values()), read.rows])


def text(files: Mapping[str, bytes]) -> str:
    """All of it as one text."""
    return b"\n".join(within(files)).decode(errors="replace")


def _said(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
