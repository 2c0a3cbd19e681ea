"""Invented mappings and files, small enough to be read beside their test."""

import io
import json

import openpyxl

from incidents.intake.mapped import rows
from incidents.intake.mapping import load

HEAD = """
format = 1
name = "invented"
[source]
label = "invented"
key = ["id"]
[basis]
kind = "published"
citation = "an invented list"
licence = "CC0"
"""


def mapping_of(fields="", *, head=HEAD, file='kind = "csv"\nseparator = ";"', more="", ignore=()):
    top = f"ignore = {json.dumps(list(ignore))}\n" if ignore else ""
    return load(f"{top}{head}\n[file]\n{file}\n[fields]\n{fields}\n{more}")


def read(mapping, text, name="file.csv"):
    return list(rows(mapping, io.BytesIO(text.encode()), name))


def value_of(rule, cell, target="incident.labels.x", **said):
    """What one rule makes of one cell, walked down to the field."""
    (row,) = read(mapping_of(f'"{target}" = {{ column = "x", {rule} }}', **said), f'id;x\n1;"{cell}"\n')
    if row.problems:
        return [type(problem) for problem in row.problems]
    found = row.document
    for step in target.split("."):
        if found is not None:
            found = found[0] if isinstance(found, list) else found.get(step)
    return found


def workbook_of(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream
