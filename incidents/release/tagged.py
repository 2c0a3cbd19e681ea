"""HXL 1.1: a second row under the header that says to programs of humanitarian work what each column holds.

Rows and tables stay as they are; only where somebody asks for it, another CSV beside has that row.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from incidents.release import write
from incidents.release.columns import LABEL, Column, Line
from incidents.release.tables import sheet
from incidents.release.tables.cells import ALL, Axis, Shown, Table
from incidents.release.write import File

NAME, ENDING = "data-hxl.csv", ".hxl.csv"
KEY = "hxl"  # of a choice, and of a manifest that has such files
# A place says another thing at each level; what is coarser than its column stands in it as well.
PLACES = {
    "municipality": "#adm2+code+v_inegi", "state": "#adm1+code+v_iso_3166_2", "region": "#loc+region+code",
    "country": "#country+code+v_iso3",
}  # fmt: skip
# Columns of a row file. #affected is a number by the standard: what a person is goes by #group.
COLUMNS = {
    "period": "#date+occurred", "moment": "#date+occurred", "place": "#loc+code", **PLACES,
    "age": "#group+age", "age_band": "#group+age+code", "gender": "#group+gender+code",
    "nationality": "#group+nationality+code", "act": "#event+type+code", "act_group": "#event+type+group+code",
    "act_status": "#event+status+code", "perpetrator": "#event+perpetrator+code",
    "perpetrator_group": "#event+perpetrator+group+code", "verification": "#meta+verification+code",
    "source_type": "#meta+source+code", "size": "#affected+ind",
}  # fmt: skip
# The first column of a table: labels, no codes.
AXES = {
    "state": "#adm1+name", "region": "#loc+region+name", "country": "#country+name", "act": "#event+type+name",
    **dict.fromkeys(("month", "quarter", "year"), "#date+occurred"), "act_group": "#event+type+group+name",
    "perpetrator": "#event+perpetrator+name", "perpetrator_group": "#event+perpetrator+group+name",
    "status": "#event+status+name", "age": "#group+age+name", "stage": "#group+stage+name",
    "gender": "#group+gender+name", "nationality": "#group+nationality+name",
}  # fmt: skip
# What a number of a table counts.
UNITS = {"persons": "#affected+ind", "families": "#affected+hh"}
CHILDREN = "T1-children"
SHORT: Mapping[tuple[str, str], str] = {
    ("gender", "F"): "f", ("gender", "M"): "m", ("stage", "CHI"): "children", ("stage", "ADU"): "adults",
    ("status", "C"): "completed", ("status", "A"): "attempted",
}  # fmt: skip
README = {
    NAME: f"{NAME}        the same with HXL tags / lo mismo con etiquetas HXL\n",
    ENDING: "T1-….hxl.csv            each table with HXL tags / cada tabla con etiquetas HXL\n",
}


def rows(known: Sequence[Column], lines: Sequence[Line]) -> File:
    """These rows as data.csv has them, with the row of tags under its header."""
    tags = tuple(_of_column(column) for column in known)
    made = write.rows_of([column.name for column in known], chain([tags], lines))
    return File(NAME, made.data, len(lines))


def _of_column(column: Column) -> str:
    if column.name == "place":
        return PLACES.get(column.level, COLUMNS["place"])
    if column.name.startswith(LABEL):
        return f"#meta+label+{_attribute(column.variable)}"
    return COLUMNS.get(column.name) or f"#meta+{_attribute(column.variable)}"


def tables(shown: Shown, cell: Callable[[str], str]) -> list[File]:
    """Each table as it is printed in English, with the row of tags and without the notes, which are no rows."""
    return [_table(table, shown, cell) for table in shown.counted.tables]


def _table(table: Table, shown: Shown, cell: Callable[[str], str]) -> File:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(cell, sheet.head(table, "en")))
    writer.writerow([_of_axis(table.rows), *_of_numbers(table)])
    for line in sheet.body(table, shown, "en"):
        writer.writerow([cell(value) if isinstance(value, str) else value for value in line])
    return File(f"{table.name}{ENDING}", out.getvalue().encode(), 0)


def _of_axis(axis: Axis) -> str:
    if axis.name.startswith(LABEL):
        return f"#meta+label+{_attribute(axis.name.removeprefix(LABEL))}"
    return AXES.get(axis.name) or f"#meta+{_attribute(axis.name)}+name"


def _of_numbers(table: Table) -> list[str]:
    """A tag a column of numbers, no two alike."""
    unit = UNITS.get(table.unit) or f"#indicator+{_attribute(table.unit)}+num"
    unit += "+children" if table.name.startswith(CHILDREN) else ""
    found: list[str] = []
    for number, code in enumerate(table.columns.codes):
        tag = f"{unit}+{_of_code(table.columns.name, code)}" if table.columns.name else unit
        found.append(f"{tag}+n{number}" if tag in found else tag)
    return found


def _of_code(axis: str, code: str) -> str:
    return "total" if code == ALL else SHORT.get((axis, code)) or _attribute(code)


def _attribute(text: str) -> str:
    """A name as HXL has it: a letter, then letters, digits and _."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"c_{plain}".rstrip("_")
