"""The same rows in every format that people work with. `every` is the one way in."""

from collections.abc import Callable, Sequence
from pathlib import Path

from incidents.release import columns, hierarchy, tagged, versions, write
from incidents.release.anonymize import Result
from incidents.release.citation import Citation
from incidents.release.columns import Column, Line, Texts, Words
from incidents.release.formats import descriptor, tabular, workbook
from incidents.release.formats.descriptor import TREE
from incidents.release.policy import Policy
from incidents.release.write import File

STARTERS = Path(__file__).with_name("starters")


def every(
    policy: Policy,
    result: Result,
    words: Words,
    beside: Sequence[File] = (),
    *,
    hxl: bool = False,
    cited: Citation | None = None,
) -> list[File]:
    """All data files of a pack, in one order of the rows, read back by other code than wrote them.

    `beside`: files that say the same rows otherwise; the descriptor names them too. `hxl`: with a CSV that has tags.

    Problem: FileNotAsPromised, where a file does not hold the rows of data.csv.
    """
    from incidents.release.formats import same  # noqa: PLC0415  as below

    rows = columns.lines(result)
    known = columns.described(policy, result.columns, result.node, rows, words)
    tags = [tagged.rows(known, rows)] if hxl else []
    return of(known, rows, [*trees(result), *tags, *beside], same.read_back(known), cited)


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


def of(
    known: Sequence[Column],
    rows: Sequence[Line],
    beside: Sequence[File] = (),
    check: Callable[[File], None] = lambda _file: None,
    cited: Citation | None = None,
) -> list[File]:
    """These rows as files, the codebook, what stands beside, the descriptor, and a script each for R, Stata and Python.

    One file after the other is written, checked (data.csv first) and held compressed where it is large.
    """
    from incidents.release.formats import labelled, parquet  # noqa: PLC0415  memory that no other page pays for

    told, number = Texts.of(rows, len(known)), len(rows)
    files = [write.rows_of([column.name for column in known], told)]
    check(files[0])
    makers: list[tuple[str, Callable[[], bytes]]] = [
        (tabular.EXCEL_CSV, lambda: tabular.excel_csv(files[0].data)),
        (tabular.JSON, lambda: tabular.json_rows(known, told)),
        (workbook.NAME, lambda: workbook.made(known, told, cited)),
        (parquet.NAME, lambda: parquet.made(known, told, cited)),
        (labelled.STATA, lambda: labelled.stata(known, told, cited)),
        (labelled.SPSS, lambda: labelled.spss(known, told, cited)),
    ]
    for name, made in makers:
        files.append(File(name, made(), number))
        check(files[-1])
    files += [write.explained(known), *beside]
    described = File(descriptor.NAME, descriptor.made(known, files, cited), 0)
    return [*files, described, *starters()]


def starters() -> list[File]:
    """Scripts that open the data with its labels."""
    return [File(path.name, path.read_bytes(), 0) for path in sorted(STARTERS.iterdir()) if path.is_file()]
