"""Programs of other people open the workbook of tables and find every value: LibreOffice Calc and R's readxl."""

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from incidents.release.free import Free
from incidents.release.tables import edition, sheet
from incidents.release.tables.cells import FEW, OUT, Shown
from incidents.release.tables.plan import Plan
from tests.needs import absent
from tests.release import counted
from tests.release.test_formats_interop import r as r
from tests.release.text.test_looks import MINUTES, program

READ = Path(__file__).with_name("tables.R")
LIVE, LARGE = "=HYPERLINK(1)", 12_345
# Every sheet as a file of its own: commas, quotes, UTF-8, from the first line, cells as they are and not as shown.
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"


@pytest.fixture(scope="module")
def made():
    """Tables with every mark, a large number, accents, and a label that a careless program would run."""
    rules = counted.policy(labels=True)
    told = counted.rows(80, 2)
    for row in told[::3]:
        row["labels"] = {"station": LIVE}
    made = edition.edition(
        counted.lines(told), rules, Plan.of(rules, [Free("label:station", "gender", "persons")])
    )
    marks = [LARGE, FEW, OUT]
    values = {
        key: marks[place % 5] if place % 5 < 3 else n
        for place, (key, n) in enumerate(made.counted.counts.items())
    }
    return made, Shown(made.counted, values, "A")


def expected(made, shown, language):
    """Sheet → its rows as the CSV of the pack has them: the title above, the notes below."""
    found = {}
    for name, content in sheet.csv_files(shown, made).items():
        table, said, _csv = name.rsplit(".", 2)
        if said == language:
            lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
            end = lines.index([])
            found[table] = [lines[end + 1], *lines[:end], [], *lines[end + 2 :]]
    return found


def told(lines):
    """Rows without what is empty at their ends, and without the empty ones at the end."""
    rows = [
        line[: max((place for place, cell in enumerate(line, 1) if cell), default=0)]
        for line in map(list, lines)
    ]
    return rows[: max((place for place, row in enumerate(rows, 1) if row), default=0)]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"])
def test_libreoffice_finds_every_value_of_the_workbook(made, tmp_path, language):
    office = program("soffice", "libreoffice", package="libreoffice-calc")
    if not Path(office).resolve().with_name("libsclo.so").exists():
        absent("LibreOffice Calc", "Debian and Ubuntu have it in libreoffice-calc.")
    (tmp_path / "tables.xlsx").write_bytes(sheet.workbook(made[1], made[0], language))
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    ask = [office, home, "--headless", "--convert-to", AS_CSV, "--outdir", tmp_path, tmp_path / "tables.xlsx"]
    subprocess.run(ask, check=True, capture_output=True, timeout=MINUTES)
    wanted = expected(*made, language)
    files = {name: tmp_path / f"tables-{name}.csv" for name in wanted}
    found = {name: csv.reader(io.StringIO(path.read_text("utf-8-sig"))) for name, path in files.items()}
    assert {name: told(lines) for name, lines in found.items()} == {
        name: told(each) for name, each in wanted.items()
    }
    everything = str(wanted)
    accents = ["también", "niñas", "«<5»"] if language == "es" else ["“<5”"]
    assert all(part in everything for part in (FEW, OUT, str(LARGE), LIVE, *accents))
    contents = (tmp_path / f"tables-{sheet.CONTENTS[language]}.csv").read_text("utf-8-sig")
    assert [line[0] for line in csv.reader(io.StringIO(contents))] == list(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"])
def test_r_finds_every_value_of_the_workbook(made, tmp_path, r, language):
    (tmp_path / "tables.xlsx").write_bytes(sheet.workbook(made[1], made[0], language))
    r(READ, tmp_path)
    read = json.loads((tmp_path / "tables.json").read_bytes())
    wanted = expected(*made, language)
    assert {name: told(read[name]) for name in wanted} == {name: told(each) for name, each in wanted.items()}
