"""What real files hold: marks, line ends, spaces, decomposed letters. A narrative keeps every character."""

import contextlib
import csv
import io
import json
import unicodedata

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.errors import Problem
from incidents.intake.mapped import rows
from tests.intake.invented import HEAD, mapping_of, read

TOLD = (
    '"narrative" = { column = "Qué pasó", as = "text" }\n"incident.moment" = { column = "Día", as = "date" }'
)
# Any letter but what a CSV file or XML cannot hold: NUL, lone surrogates.
TEXT = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=60
).filter(lambda text: any(letter.isalpha() for letter in text))


def told(mapping, data, name="file.csv"):
    return list(rows(mapping, io.BytesIO(data), name))


@given(
    TEXT,
    st.sampled_from(",;|\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["NFC", "NFD"]),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_narrative_keeps_every_character_through_every_kind_of_csv(words, separator, end, encoding, form):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow([unicodedata.normalize(form, name) for name in ("id", "Qué pasó", "Día")])
    writer.writerow(["1", words, "\u00a02019-03-01\u200b "])
    writer.writerow(["", "", " \u00a0"])
    (row,) = told(
        mapping_of(TOLD, file='kind = "csv"\nseparator = ' + json.dumps(separator)),
        out.getvalue().encode(encoding),
    )
    assert row.problems == []
    assert row.document["narrative"] == words
    assert row.document["incident"]["moment"]["edtf"] == "2019-03-01"


@given(TEXT)
def test_a_narrative_keeps_every_character_through_json(words):
    items = [{"id": "1", "Qué pasó": words, "Día": "2019"}]
    (row,) = read(mapping_of(TOLD, file='kind = "json"'), json.dumps(items), "f.json")
    assert row.document["narrative"] == words


@pytest.mark.parametrize(
    "words",
    [
        "  spaces before, two  within and after ",
        "first\nsecond\n\nlast\n",
        "&amp; &lt;b&gt; <b>",
        "no\u00a0break, joiner \U0001f469\u200d\U0001f467, mark \u200f\u0639\u0631\u0628\u064a",
        "sali\u0301 (NFD)",
        "=1+1 as it was told",
        '"quoted", "twice""',
    ],
)
def test_a_narrative_keeps_every_character_through_a_workbook(words):
    book = openpyxl.Workbook()
    book.active.append(["id", "Qué pasó", "Día"])
    book.active.append([1, None, "2019"])
    cell = book.active["B2"]
    cell.value, cell.data_type = words, "s"
    stream = io.BytesIO()
    book.save(stream)
    (row,) = rows(mapping_of(TOLD, file='kind = "xlsx"'), stream, "f.xlsx")
    assert row.document["narrative"] == words


def test_a_narrative_of_five_million_letters_is_read_whole():
    words = "á" * 4_999_999 + "z"
    (row,) = told(mapping_of(TOLD), f'id;Qué pasó;Día\n1;"{words}";2019\n'.encode())
    assert row.document["narrative"] == words


@pytest.mark.parametrize(
    "head",
    [
        "\ufeffid;Qué pasó;Día",
        '\ufeff"id";"Qué pasó";"Día"',
        "id ;\u00a0Qué  pasó;Día\u200b",
        'id;Qué pasó;"D&iacute;a"',
        "id;Que\u0301 paso\u0301;Di\u0301a",
    ],
)
def test_the_names_of_columns_are_found_however_they_are_written(head):
    (row,) = told(mapping_of(TOLD), f"{head}\r\n1;x;2019\r\n".encode())
    assert row.document["narrative"] == "x"


def test_a_mark_that_another_program_made_part_of_the_first_name_is_a_name_like_any():
    mapping = mapping_of(head=mapping_head("X.U.FEFF.id"))
    assert len(told(mapping, b"X.U.FEFF.id\n1\n")) == 1


def mapping_head(key):
    return HEAD.replace('["id"]', f'["{key}"]')


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_problem(data):
    for kind in ('"csv"', '"json"', '"xlsx"'):
        with contextlib.suppress(Problem):
            found = told(mapping_of(file=f"kind = {kind}"), data, "f")
            assert all(row.document is not None or row.problems for row in found)
