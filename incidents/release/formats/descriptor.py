"""datapackage.json: what each file is, so that a program finds its way (Frictionless Data Package 1)."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from incidents.release import tagged, write
from incidents.release.citation import Citation
from incidents.release.columns import Column
from incidents.release.write import File

NAME = "datapackage.json"
TREE = "hierarchy_"  # what the name of a hierarchy's file begins with
MEDIA = {
    "csv": "text/csv",
    "json": "application/json",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "dta": "application/x-stata-dta",
    "sav": "application/x-spss-sav",
}
UNREAD = (
    "dta",
    "geojson",
    "json",
    "parquet",
    "sav",
)  # a file beside the tables: programs for the standard need extras to open these
TOLD = {
    "geojson": "Counts by region (RFC 7946). Of each feature: code (as in the codebook), name_en, name_es, count (null "
    "where it is not shown), text (as it is printed), unit, period (its first and last month or day), data_date. A "
    "feature without a shape is no single region. A shape is the border of a state or several, generalized, and says "
    "nothing of where anything happened."
}
MOST_LISTED = 1000  # codes of a column


def made(known: Sequence[Column], files: Sequence[File], cited: Citation | None = None) -> bytes:
    """The descriptor of these files. It names nobody but the organisation, and no time."""
    said = {
        "profile": "data-package",
        "name": "incidents",
        **(_cited(cited) if cited else {}),
        "description": "Read README.txt first. manifest.json says what was promised, counted and left out.",
        "resources": [_resource(known, file) for file in files],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"


def _cited(cited: Citation) -> dict[str, Any]:
    return {
        "title": cited.title["en"],
        "version": cited.reference,
        "contributors": [{"title": cited.organisation, "role": "author"}],
        "cite": cited.lines,
    }


def _resource(known: Sequence[Column], file: File) -> dict[str, Any]:
    stem, kind = file.name.rsplit(".", 1)
    said: dict[str, Any] = {
        "name": stem if kind == "csv" else f"{stem}-{kind}",
        "path": file.name,
        "format": kind,
        "mediatype": MEDIA[kind],
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
    }
    said |= {"description": TOLD[kind]} if kind in TOLD else {}
    said["type"] = "file" if kind in UNREAD else "table"
    if kind in UNREAD:
        return said
    if kind == "csv":
        said |= {"profile": "tabular-data-resource", "encoding": "utf-8"}
    if file.name.startswith(TREE):
        head = file.data.decode().partition("\n")[0].split(";")
        fields = [{"name": level, "type": "string"} for level in head]
        said |= {"dialect": {"delimiter": ";"}, "schema": {"fields": fields, "missingValues": []}}
    elif file.name == tagged.NAME:
        said |= {"dialect": {"commentRows": [2]}, "schema": _rows(known, write.cell)}
    elif file.name == write.CODEBOOK:
        said["schema"] = {"fields": _codebook(), "missingValues": [""]}
    else:
        escaped = write.cell if kind == "csv" else str
        said["schema"] = _rows(known, escaped)
    return said


def _rows(known: Sequence[Column], escaped: Callable[[str], str]) -> dict[str, Any]:
    return {"fields": [_field(column, escaped) for column in known], "missingValues": []}


def _field(column: Column, escaped: Callable[[str], str]) -> dict[str, Any]:
    said: dict[str, Any] = {"name": escaped(column.name), "type": "string"}
    said |= {"title": column.en, "description": column.es}
    if 0 < len(column.numbers) <= MOST_LISTED:
        said["constraints"] = {"required": True, "enum": [escaped(code) for code in column.numbers]}
    return said


def _codebook() -> list[dict[str, Any]]:
    return [{"name": name, "type": "string"} for name in write.CODEBOOK_HEAD]
