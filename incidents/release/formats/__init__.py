"""The same rows in every format that people work with. `every` is the one way in."""

from collections.abc import Sequence
from pathlib import Path

from incidents.release import columns, hierarchy, tagged, versions, write
from incidents.release.anonymize import Result
from incidents.release.columns import Column, Line, Words
from incidents.release.formats import descriptor, tabular, workbook
from incidents.release.formats.descriptor import TREE
from incidents.release.policy import Policy
from incidents.release.write import File

STARTERS = Path(__file__).with_name("starters")


def every(
    policy: Policy, result: Result, words: Words, beside: Sequence[File] = (), *, hxl: bool = False
) -> list[File]:
    """All data files of a pack, in one order of the rows, read back by other code than wrote them.

    `beside`: files that say the same rows otherwise; the descriptor names them too. `hxl`: with a CSV that has tags.

    Problem: FileNotAsPromised, where a file does not hold the rows of data.csv.
    """
    from incidents.release.formats import same  # noqa: PLC0415  as below

    rows = columns.lines(result)
    known = columns.described(policy, result.columns, result.node, rows, words)
    tags = [tagged.rows(known, rows)] if hxl else []
    files = of(known, rows, [*trees(result), *tags, *beside])
    same.must_be({file.name: file.data for file in files}, known)
    return files


def as_csv(policy: Policy, result: Result, words: Words) -> list[File]:
    """The rows as CSV, and the codebook: what is measured, without what is made from it."""
    rows = columns.lines(result)
    known = columns.described(policy, result.columns, result.node, rows, words)
    return [write.rows_of([column.name for column in known], rows), write.explained(known)]


def trees(result: Result) -> list[File]:
    """The hierarchy of each coarsened column as it was in force, whole: it says nothing of the rows. Days need none."""
    found = []
    for column, said in result.hierarchies.items():
        version = hierarchy.content(said)
        if version.rows:
            found.append(File(f"{TREE}{column}.csv", versions.as_csv(version).encode(), len(version.rows)))
    return found


def of(known: Sequence[Column], rows: Sequence[Line], beside: Sequence[File] = ()) -> list[File]:
    """These rows as files, the codebook, what stands beside, the descriptor, and scripts for R, Stata and Python."""
    from incidents.release.formats import labelled, parquet  # noqa: PLC0415  memory that no other page pays for

    data = write.rows_of([column.name for column in known], rows)
    book = write.explained(known)
    number = len(rows)
    files = [
        data,
        File(tabular.EXCEL_CSV, tabular.excel_csv(data.data), number),
        File(tabular.JSON, tabular.json_rows(known, rows), number),
        File(workbook.NAME, workbook.made(known, rows), number),
        File(parquet.NAME, parquet.made(known, rows), number),
        File(labelled.STATA, labelled.stata(known, rows), number),
        File(labelled.SPSS, labelled.spss(known, rows), number),
        book,
        *beside,
    ]
    described = File(descriptor.NAME, descriptor.made(known, files), 0)
    return [*files, described, *starters()]


def starters() -> list[File]:
    """Scripts that open the data with its labels."""
    return [File(path.name, path.read_bytes(), 0) for path in sorted(STARTERS.iterdir()) if path.is_file()]
