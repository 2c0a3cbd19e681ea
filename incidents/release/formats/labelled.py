"""Stata and SPSS: numbers with labels where a column holds codes, and their rules for what is missing."""

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from incidents.release import hierarchy
from incidents.release.citation import Citation
from incidents.release.columns import NUMBERS, SIZE, Column, Line, Texts
from incidents.release.formats import parquet
from incidents.release.numbered import Column as Values

STATA, SPSS = "data.dta", "data.sav"
# Stata's own kinds of missing.
LETTERS = {hierarchy.NOT_RECORDED: "a", hierarchy.NOT_SHOWN: "b"}
_CHARACTERS = 80  # of a variable's label in Stata
_BYTES = 120  # of a value's label in SPSS
_OF_FILE = 64  # bytes of the label of a file in SPSS
LONGEST = 32_767  # bytes of a text in SPSS
ELSEWHERE = "(too long for this file: see data.csv)"
_STAMP = re.compile(rb"<timestamp>\x11.{17}</timestamp>")
_WHEN = slice(92, 109)  # in the head of a .sav: date and time of writing
_NO_STAMP = b"<timestamp>\x1101 Jan 1980 00:00</timestamp>"


def stata(known: Sequence[Column], rows: Sequence[Line], cited: Citation | None = None) -> bytes:
    """Format 118, which Stata 14 and newer read: UTF-8, texts of any length. Its label is the reference of the pack."""
    coded = [column for column in known if column.numbers]
    written = _written(
        pyreadstat.write_dta,
        _frame(known, rows, _as_letters, str),
        version=14,
        file_label=cited.briefly(_CHARACTERS) if cited else "",
        variable_value_labels={
            column.variable: {
                LETTERS.get(code, number): column.labelled()[number]
                for code, number in column.numbers.items()
            }
            for column in coded
        },
        missing_user_values={
            column.variable: letters
            for column in coded
            if (letters := [letter for code, letter in LETTERS.items() if code in column.numbers])
        },
        column_labels=list(map(short_label, known)),
    )
    return _STAMP.sub(_NO_STAMP, written, count=1)


def spss(known: Sequence[Column], rows: Sequence[Line], cited: Citation | None = None) -> bytes:
    """A .sav in UTF-8, its two kinds of missing declared. Its label is the reference of the pack."""
    coded = [column for column in known if column.numbers]
    written = _written(
        pyreadstat.write_sav,
        _frame(known, rows, _as_numbers, _short),
        row_compress=True,
        file_label=cited.briefly(_OF_FILE) if cited else "",
        variable_value_labels={
            column.variable: {number: cut(label) for number, label in column.labelled().items()}
            for column in coded
        },
        missing_ranges={
            column.variable: missing
            for column in coded
            if (missing := [number for code, number in NUMBERS.items() if code in column.numbers])
        },
        variable_format={
            column.variable: "F8.0" for column in known if column.numbers or column.name == SIZE
        },
        variable_measure={column.variable: "scale" if column.name == SIZE else "nominal" for column in known},
        column_labels=list(map(short_label, known)),
    )
    return written[: _WHEN.start] + b"01 Jan 8000:00:00" + written[_WHEN.stop :]


Coder = Callable[[Column, str], Any]


def _frame(
    known: Sequence[Column], rows: Sequence[Line], coder: Coder, text: Callable[[str], str]
) -> pd.DataFrame:
    found = {
        column.variable: _series(column, told, coder, text)
        for column, told in zip(known, Texts.of(rows, len(known)).columns, strict=True)
    }
    return pd.DataFrame(found, copy=False)


def _series(column: Column, told: Values, coder: Coder, text: Callable[[str], str]) -> pd.Series:
    values, codes = told.different, np.frombuffer(told.codes, np.uint32)
    if column.name == SIZE:
        numbers = [np.nan if value == hierarchy.NOT_RECORDED else float(value) for value in values]
        return pd.Series(np.array(numbers, dtype=float)[codes])
    if not column.numbers:
        return parquet.held(told.mapped(text))
    # A categorical, whose categories begin with a number: a column that begins with letters is taken for text.
    kind = pd.CategoricalDtype([coder(column, code) for code in column.numbers])
    places = {code: place for place, code in enumerate(column.numbers)}
    into = np.array([places.get(value, -1) for value in values], dtype=np.int64)
    return pd.Series(pd.Categorical.from_codes(into[codes], dtype=kind))


def _as_letters(column: Column, code: str) -> int | str:
    return LETTERS.get(code, column.numbers[code])


def _as_numbers(column: Column, code: str) -> int:
    return column.numbers[code]


def _short(text: str) -> str:
    return text if len(text.encode()) <= LONGEST else ELSEWHERE


def short_label(column: Column) -> str:
    """What the column means, within what Stata shows of a variable."""
    return column.en if len(column.en) <= _CHARACTERS else column.en[: _CHARACTERS - 1] + "…"


def cut(label: str) -> str:
    """Within the bytes of a label, never through a letter."""
    if len(label.encode()) <= _BYTES:
        return label
    return label.encode()[: _BYTES - 3].decode(errors="ignore") + "…"


def _written(writer: Callable[..., None], frame: pd.DataFrame, **how: Any) -> bytes:
    """What a library writes that knows only paths; the file is in memory, no disk sees a row."""
    with os.fdopen(os.memfd_create("data"), "r+b") as file:
        writer(frame, f"/proc/self/fd/{file.fileno()}", **how)
        return file.read()
