"""The rows as Parquet: columns of text, no row index, nothing of the frame that they came from."""

import io
from collections.abc import Sequence

import fastparquet
import numpy as np
import pandas as pd

from incidents.release.citation import Citation
from incidents.release.columns import Column, Line, Texts
from incidents.release.numbered import Column as Values

NAME = "data.parquet"


class _Kept(io.BytesIO):
    """A file in memory whose bytes outlive its closing."""

    data = b""

    def close(self) -> None:
        """Keep what was written."""
        self.data = self.getvalue()
        super().close()


def made(known: Sequence[Column], rows: Sequence[Line], cited: Citation | None = None) -> bytes:
    """One row group after another, gzip, all values UTF-8 and required; how it is cited among its metadata."""
    kept = _Kept()
    fastparquet.write(
        NAME,
        frame(known, rows),
        compression="GZIP",
        object_encoding="utf8",
        has_nulls=False,
        write_index=False,
        stats=False,
        open_with=lambda _path, _mode: kept,
        custom_metadata=_said(cited) if cited else {},
    )
    return kept.data


def _said(cited: Citation) -> dict[str, str]:
    lines = {f"cite_{language}": line for language, line in cited.lines.items()}
    return {"organisation": cited.organisation, "reference": cited.reference, **lines}


def frame(known: Sequence[Column], rows: Sequence[Line]) -> pd.DataFrame:
    """The rows as they are, by column: each value stands there once, and a row points to it."""
    told = Texts.of(rows, len(known)).columns
    columns = {column.name: held(each) for column, each in zip(known, told, strict=True)}
    return pd.DataFrame(columns, copy=False)


def held(column: Values) -> pd.Series:
    """The texts of a column, none of them twice."""
    values = np.empty(len(column.different), dtype=object)
    values[:] = column.different
    return pd.Series(values[np.frombuffer(column.codes, np.uint32)], dtype=object)
