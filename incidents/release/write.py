"""The files of a pack: the rows, the codebook, the manifest. Neutral names, no telling order, no live cell."""

import csv
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from incidents.errors import Problem, _
from incidents.release import columns, hierarchy, schemes
from incidents.release.anonymize import Result
from incidents.release.policy import Policy, Secret
from incidents.release.policy import measured as risk_rules

DATA, CODEBOOK, MANIFEST = "data.csv", "codebook.csv", "manifest.json"
_REASON = re.compile(r"[a-z]+(_[a-z]+)*")
# What a spreadsheet runs, also written wide; it looks past quotes and blanks before it.
_LIVE = re.compile(r"[\s'\"\u2018\u2019\u201c\u201d\u00a0\ufeff]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
LARGE = 4 * 1024 * 1024  # bytes of a file that is held compressed until it is read
CODEBOOK_HEAD = (
    "column", "meaning_en", "meaning_es", "level", "code", "label_en", "label_es", "huridocs", "iccs", "sesnsp",
    "variable", "number",
)  # fmt: skip


class CountsDoNotAddUp(Problem):
    """A row that is neither released nor excluded for a reason."""

    status = 500
    code = "counts-do-not-add-up"
    sentence = _(
        "The counts do not add up: %(considered)s considered, %(released)s released, %(excluded)s excluded. "
        "Nothing was written; prepare the release again."
    )


class File:
    """A file of a pack, ready to be written or sealed. A large one is held compressed, and inflated when it is read."""

    __slots__ = ("_held", "_packed", "name", "rows", "sha256", "size")

    def __init__(self, name: str, data: bytes, rows: int) -> None:
        self.name, self.rows = name, rows  # without the header
        self.size, self.sha256 = len(data), hashlib.sha256(data).hexdigest()
        self._packed = self.size > LARGE
        self._held = zlib.compress(data) if self._packed else data

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return zlib.decompress(self._held) if self._packed else self._held

    @property
    def compressed(self) -> bytes:
        """The same as zlib packs them."""
        return self._held if self._packed else zlib.compress(self._held)


class Files(Mapping[str, bytes]):
    """Files by name: each is inflated when it is asked for, and let go."""

    def __init__(self, files: Iterable[File]) -> None:
        self._files = {file.name: file for file in files}

    def __getitem__(self, name: str) -> bytes:
        return self._files[name].data

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def compressed(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of each, as zlib packs them."""
        return ((name, file.compressed) for name, file in self._files.items())


def cell(text: str) -> str:
    """A value that no spreadsheet runs: a leading apostrophe makes it text."""
    return "'" + text if text and (_LIVE.match(text) or text[0] in "\t\r\n") else text


def raw(text: str) -> str:
    """What stood in a cell before `cell`."""
    return text[1:] if text.startswith("'") and cell(text[1:]) == text else text


def data(result: Result) -> File:
    """The rows as CSV, shuffled: their order must say nothing of when they came in."""
    return rows_of(result.columns, columns.lines(result))


def rows_of(names: Sequence[str], lines: Iterable[columns.Line]) -> File:
    """These rows as CSV (UTF-8, RFC 4180), in their order."""
    known = cache(cell)
    return _table(DATA, names, (map(known, line) for line in lines))


def codebook(policy: Policy, result: Result, words: columns.Words) -> File:
    """Each column, the level it was released at, and each code in the file, in English and Spanish."""
    rows = columns.lines(result)
    return explained(columns.described(policy, result.columns, result.node, rows, words))


def explained(known: Iterable[columns.Column]) -> File:
    """The codebook as CSV."""
    return _table(CODEBOOK, CODEBOOK_HEAD, (map(cell, line) for line in explanations(known)))


def explanations(known: Iterable[columns.Column]) -> Iterator[Sequence[str]]:
    """The lines of a codebook: one a column, with the edition of each other system, and one a code under it."""
    for column in known:
        editions = [
            edition if any(getattr(told, scheme) for told in column.codes.values()) else ""
            for scheme, edition in schemes.EDITIONS.items()
        ]
        yield (column.name, column.en, column.es, column.level, "", "", "", *editions, column.variable, "")
        for code, told in column.codes.items():
            number = str(column.numbers.get(code, ""))
            other = (told.huridocs, told.iccs, told.sesnsp)
            yield (column.name, "", "", "", code, told.en, told.es, *other, column.variable, number)


def manifest(  # noqa: PLR0913 – a manifest is a list of many things
    policy: Policy,
    result: Result,
    *,
    files: Sequence[File],
    considered: int,
    excluded: Mapping[str, int],
    filters: Mapping[str, Any],
    data_date: date,
    code_list_version: str,
) -> dict[str, Any]:
    """What was promised, from what, by which rules; `excluded` by reason code, without `suppressed`.

    Problem: CountsDoNotAddUp, where considered ≠ released + excluded.
    """
    return (
        about(policy, files, filters, data_date, code_list_version)
        | {
            "k": result.k,
            "quasi_identifiers": list(result.quasi_identifiers),
            "secret": [promise(each) for each in policy.secret],
            "definition": definition(policy, result),
            "counts": _counts(result, considered, excluded),
            "hidden_values": result.hidden,
            "smallest_class": result.smallest,
            "columns": [cell(name) for name in result.columns],
            "row_file": DATA,
            "hierarchies": {
                column: {"hierarchy": result.hierarchies[column], "level": level}
                for column, level in result.node.items()
            },
            "certificate": result.certificate,
            "random": ["order of the rows"],
        }
        | risk_rules(policy)
        | _totals(result)
    )


def about(
    policy: Policy, files: Sequence[File], filters: Mapping[str, Any], data_date: date, code_list_version: str
) -> dict[str, Any]:
    """What the manifest of rows and that of tables say alike."""
    return {
        "format": 1,
        "policy": policy.name,
        "rules": {
            "digest": policy.digest,
            "protection": policy.protection,
            "unit": policy.unit,
            "purposes": list(policy.purposes),
            "states": list(policy.states),
            "suppression": policy.suppression,
            "signatures": policy.signatures,
            "text": {"en": policy.text_en, "es": policy.text_es},
        },
        "files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in files],
        "filters": dict(filters),
        "data_date": data_date.isoformat(),
        "code_list_version": code_list_version,
        "hierarchies_version": hierarchy.version(),
        "hierarchy_versions": hierarchy.cited(),
    }


def promise(secret: Secret) -> dict[str, Any]:
    """What is promised of a secret column."""
    said = {"column": secret.column, "l": secret.l, "counted": secret.by}
    return said | ({"whole": True} if secret.whole else {}) | ({} if secret.t is None else {"t": secret.t})


def definition(policy: Policy, result: Result) -> dict[str, str]:
    """The sentence without which nobody may call the file anonymous."""
    names = ", ".join(result.quasi_identifiers)
    in_spanish = ", ".join(map(_with_word, result.quasi_identifiers))
    if not policy.protection:
        return {
            "en": f"No protection: rows as recorded, which can single people out by {names}. Not for publication.",
            "es": f"Sin protección: renglones como se registraron, que permiten identificar personas por {in_spanish}. "
            "No se publica.",
        }
    k = result.k
    return {
        "en": f"k = {k} over incidents, quasi-identifiers {names}: each combination of their values in the file "
        f"stands for at least {k} different incidents and at least {k} different persons.",
        "es": f"k = {k} sobre incidentes, cuasi-identificadores {in_spanish}: cada combinación de sus valores en el "
        f"archivo corresponde al menos a {k} incidentes distintos y al menos a {k} personas distintas.",
    }


def _with_word(name: str) -> str:
    """A column by its name, which is English in every file, and a word of Spanish beside it."""
    return f"{name} ({columns.SPANISH[name]})" if name in columns.SPANISH else name


def with_risk(promised: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with what the independent measure found in the written file."""
    return {**promised, "k_measured": measured["k"], "risk": dict(measured)}


def canonical(promised: Mapping[str, Any]) -> bytes:
    """The manifest's bytes, as they are hashed and signed: sorted keys, no blanks, UTF-8, no NaN."""
    text = json.dumps(promised, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def folder(files: Iterable[File], promised: Mapping[str, Any], to: Path) -> None:
    """Write a pack, unzipped, to an empty or new folder."""
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in (*((file.name, file.data) for file in files), (MANIFEST, canonical(promised))):
        with (to / name).open("xb") as out:
            out.write(content)


def _table(name: str, head: Iterable[str], lines: Iterable[Iterable[str]]) -> File:
    kept = io.BytesIO()
    out = io.TextIOWrapper(kept, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(out)
    writer.writerow(map(cell, head))
    rows = 0
    for line in lines:
        writer.writerow(line)
        rows += 1
    out.flush()
    return File(name, kept.getvalue(), rows)


def _counts(result: Result, considered: int, excluded: Mapping[str, int]) -> dict[str, Any]:
    suppressed = excluded.get("suppressed", 0) + len(result.suppressed)
    return in_and_out(considered, len(result.rows), {**excluded, "suppressed": suppressed})


def in_and_out(considered: int, released: int, excluded: Mapping[str, int]) -> dict[str, Any]:
    """The counts of a manifest. Problem: CountsDoNotAddUp."""
    reasons = {reason: number for reason, number in excluded.items() if number}
    whole = considered == released + sum(reasons.values())
    if not whole or min(reasons.values(), default=0) < 0 or not all(map(_REASON.fullmatch, reasons)):
        raise CountsDoNotAddUp(considered=considered, released=released, excluded=reasons)
    return {"considered": considered, "released": released, "excluded": reasons}


def _totals(result: Result) -> dict[str, Any]:
    """Where a file carries sizes: how many victims its rows stand for."""
    if "size" not in result.columns:
        return {}
    sizes = [row["size"] for row in result.rows if row["size"] != hierarchy.NOT_RECORDED]
    return {"totals": {"size": sum(map(int, sizes)), "rows_without_size": len(result.rows) - len(sizes)}}
