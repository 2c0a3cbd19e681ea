"""The files of a release as one archive: fixed times, no author, neutral names."""

import base64
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from incidents.release import columns
from incidents.release.anonymize import Result
from incidents.release.citation import Citation
from incidents.release.formats import workbook
from incidents.release.gather import Gathered
from incidents.release.write import Files

_PACKED = "z:"  # no letter of base64
_FIXED = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say, and the same for everyone

README = """{head}
Policy / Política: {policy}

{en}
{es}

{cite}
Date of data / Fecha de los datos: {data_date}
(the day on which it was taken, not the period that it covers / el día en que se tomaron, no el periodo que abarcan)

Rows considered, in the file, left out / Renglones considerados, en el archivo, excluidos: {counts}

{warnings}

data.csv            the rows; their order says nothing / los renglones; su orden no dice nada
data-excel.csv      the same, for Excel / lo mismo, para Excel
data.xlsx           the rows and the codebook / los renglones y el diccionario
{sheets}data.dta, data.sav  for Stata and SPSS, with labels / para Stata y SPSS, con etiquetas
data.parquet        for R, Python and databases / para R, Python y bases de datos
data.json           for programs / para programas
codebook.csv        each column and code, English and Spanish / cada columna y código, en inglés y español
hierarchy_….csv     what each value becomes, level by level / en qué se convierte cada valor, nivel por nivel
{citation}datapackage.json    what each file is, for programs / qué es cada archivo, para programas
start.R, .do, .py   scripts to begin with / guiones para empezar
manifest.json       what was promised, counted and left out, and why / lo prometido, lo contado y lo excluido, y por qué
{tables}
Columns / Columnas:
{columns}

data.csv and data-excel.csv put an apostrophe before what a spreadsheet would run. In data.dta and data.sav a code is a
number, which holds in this file only: to put files side by side, use the codes of codebook.csv.
data.csv y data-excel.csv ponen un apóstrofo antes de lo que una hoja de cálculo ejecutaría. En data.dta y data.sav un
código es un número, que vale solo en este archivo: para comparar archivos, use los códigos de codebook.csv.

These are reports of incidents, not a representative sample, and not findings of a court.
Son reportes de incidentes, no una muestra representativa, y no son conclusiones de un tribunal.
"""
# Where there are more rows than one sheet holds, in Excel and in Calc.
SHEETS = """                    a sheet holds {most:,} rows: the others are in “Data 2” and on; Excel and Calc cut
                    data-excel.csv and data.csv off there, so open data.xlsx or another file
                    una hoja tiene {most:,} renglones: los demás están en «Data 2» y siguientes; Excel y
                    Calc cortan ahí data-excel.csv y data.csv: abra data.xlsx u otro archivo
"""
TABLES = """T1-rows.en.csv …    tables of these rows, in two languages / tablas de estos renglones, en dos idiomas
                    -A attempted, -C completed, -U not known which / tentativas, consumados, no se sabe
                    -CHI, if there: against children, who count in the others too / si las hay: contra
                    niñas, niños o adolescentes, que también cuentan en las demás
tables-en.xlsx, -es all of them in one workbook / todas en un libro
report-en.docx, -es the tables as a text, how they came about / las tablas en un texto, y cómo se hicieron
report-en.html, -es the same, for a browser / lo mismo, para un navegador
"""
CITED = "citation.json       the citation, for Zotero and others / la cita, para Zotero y otros programas\n"
# What would be read wrongly, by what the file is about or the column that it has: English, Spanish.
UNITS = {
    "act": (
        (
            "One row is one act and one person or group harmed by it. The same person and the same incident may stand "
            "in several rows: the number of rows is neither a number of persons nor a number of incidents."
        ),
        (
            "Un renglón es un acto y una persona o un grupo que sufrió el daño. La misma persona y el mismo incidente "
            "pueden estar en varios renglones: el número de renglones no es un número de personas ni de incidentes."
        ),
    ),
    "person": (
        "One row is one person or one group: the number of rows is not a number of incidents.",
        "Un renglón es una persona o un grupo: el número de renglones no es un número de incidentes.",
    ),
    "incident": (
        "One row is one incident, which may have harmed several persons.",
        "Un renglón es un incidente, que pudo dañar a varias personas.",
    ),
}
COLUMNS = {
    "act": (
        (
            "act: sexual violence and torture are named only where the person allowed it, and stand as “(not shown)” "
            "elsewhere. Never count them from this file."
        ),
        (
            "act: la violencia sexual y la tortura se nombran solo donde la persona lo permitió; en los demás dice "
            "“(not shown)”. No las cuente con este archivo."
        ),
    ),
    "verification": (
        "verification: credible (CRE) and verified (VER) are not the same; say which you count.",
        "verification: creíble (CRE) y verificado (VER) no son lo mismo; diga cuál cuenta.",
    ),
    "perpetrator_group": (
        "perpetrator_group: alleged, not established; state agents include those who only appeared to be.",
        "perpetrator_group: presunto, no establecido; agentes del Estado incluye a quienes solo lo aparentaban.",
    ),
}


def readme(  # noqa: PLR0913, PLR0917 – a page says many things
    name: str,
    cited: Citation,
    definition: Mapping[str, str],
    unit: str,
    result: Result,
    gathered: Gathered,
    more: str = "",
    *,
    tables: bool = False,
) -> bytes:
    """A page for whoever opens the folder first: what it is, what would be read wrongly. `more`: of further files."""
    said = [UNITS[unit], *(COLUMNS[column] for column in result.columns if column in COLUMNS)]
    released = len(result.rows)
    counts = f"{gathered.considered}, {released}, {gathered.considered - released}"
    text = README.format(
        head=cited.head(),
        policy=name,
        cite=cited.readme(),
        citation=CITED if cited.public else "",
        en=definition["en"],
        es=definition["es"],
        data_date=gathered.data_date,
        counts=counts,
        columns="\n".join(map(_column, result.columns)),
        warnings="\n\n".join("\n".join(pair) for pair in said),
        sheets=SHEETS.format(most=workbook.ROWS) if released > workbook.ROWS else "",
        tables=more + (TABLES if tables else ""),
    )
    return text.encode()


def _column(name: str) -> str:
    """A name is the same in every language; what it means is said in both."""
    return f"{name}: {' / '.join(columns.meaning(name))}"


def stored(files: Mapping[str, bytes]) -> dict[str, str]:
    """The files as texts, to be sealed: compressed, since the same rows stand in several of them."""
    packed = files.compressed() if isinstance(files, Files) else _compressed(files)
    return {name: _PACKED + base64.b64encode(data).decode() for name, data in packed}


def _compressed(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    return ((name, zlib.compress(data)) for name, data in files.items())


def opened(stored: Mapping[str, str]) -> dict[str, bytes]:
    """The files again; a pack of before has them uncompressed."""
    return {name: _taken(text) for name, text in stored.items()}


def _taken(text: str) -> bytes:
    data = base64.b64decode(text.removeprefix(_PACKED))
    return zlib.decompress(data) if text.startswith(_PACKED) else data


def archive(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of these files; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in sorted(files):
            zipped.writestr(entry(name), files[name])
    return out.getvalue()


def entry(name: str, how: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """A file in an archive, without the time and the rights that it had here."""
    made = zipfile.ZipInfo(name, _FIXED)
    made.compress_type = how
    made.external_attr = 0o600 << 16
    return made
