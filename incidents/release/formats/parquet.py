"""The rows as Parquet: columns of text, no row index, nothing of the frame that they came from."""

import io
from collections.abc import Sequence

import fastparquet
import pandas as pd

from incidents.release.columns import Column, Line

NAME = "data.parquet"


class _Kept(io.BytesIO):
    """A file in memory whose bytes outlive its closing."""

    data = b""

    def close(self) -> None:
        """Keep what was written."""
        self.data = self.getvalue()
        super().close()


def made(known: Sequence[Column], rows: Sequence[Line]) -> bytes:
    """One row group after another, gzip, all values UTF-8 and required."""
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
    )
    return kept.data


def frame(known: Sequence[Column], rows: Sequence[Line]) -> pd.DataFrame:
    """The rows as they are, by column."""
    values = zip(*rows, strict=True) if rows else ([] for _ in known)
    columns = (pd.Series(list(each), dtype=object) for each in values)
    return pd.DataFrame({column.name: each for column, each in zip(known, columns, strict=True)})
