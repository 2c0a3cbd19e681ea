"""The text as DOCX: real headings, tables whose first row is repeated, pictures that are told, footnotes."""

import io
from collections.abc import Sequence
from typing import Any

from docx.document import Document as Paper
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt

from incidents.release.text import blank, footnotes
from incidents.release.text.story import Account, Block, Grid, Heading, Paragraph, Picture, Points, Story

RULE = "1F2A37"
SHORT = 15  # rows of a table that no page parts
VALUE = qn("w:val")
NOT = {VALUE: "0"}
PRINTED = 6.5  # inches between the margins


def made(story: Story) -> bytes:
    """The document. The same story gives the same bytes."""
    paper = blank.paper(story.language, story.title)
    footnotes.add(paper, story.notes)
    _page_numbers(paper)
    paper.add_paragraph(story.title, "Title")
    paper.add_paragraph(story.subtitle, "Subtitle")
    for block, follows in zip(story.blocks, [*story.blocks[1:], None], strict=True):
        _put(paper, block)
        if isinstance(block, Paragraph) and _leads(follows):
            paper.paragraphs[-1].paragraph_format.keep_with_next = True
    return blank.packed(paper)


def _leads(follows: Block | None) -> bool:
    """Whether a paragraph speaks of what stands under it, so that no page ends between them."""
    return isinstance(follows, Grid | Account) or (isinstance(follows, Paragraph) and bool(follows.lead))


def _put(paper: Paper, block: Block) -> None:
    match block:
        case Heading(text, level):
            paper.add_heading(text, level)
        case Paragraph(text, note, lead, language):
            paragraph = paper.add_paragraph(f"{lead} " if lead else "")
            _spoken(paragraph.add_run(text), language)
            _noted(paper, paragraph, note)
        case Points(items):
            for item in items:
                paper.add_paragraph(item, "List Bullet")
        case Account():
            _account(paper, block)
        case Grid():
            _grid(paper, block)
        case Picture():
            _picture(paper, block)


def _noted(paper: Paper, paragraph: Any, note: int) -> None:
    if note:
        footnotes.mark(paper, paragraph, note)


def _account(paper: Paper, account: Account) -> None:
    if account.who:
        paper.add_paragraph().add_run(account.who).bold = True
        paper.paragraphs[-1].paragraph_format.keep_with_next = True
    quoted = paper.add_paragraph(style="Quote")
    _spoken(quoted.add_run(account.text), account.language)
    _noted(paper, quoted, account.note)


def _spoken(run: Any, language: str | None) -> None:
    """The language of these words, for whoever has them read aloud; None: that of the text, empty: nobody knows."""
    if language is not None:
        lang = OxmlElement("w:lang")
        lang.set(qn("w:val"), blank.TONGUES.get(language, language) or blank.NO_TONGUE)
        run._r.get_or_add_rPr().append(lang)  # noqa: SLF001  the library knows no languages


def _page_numbers(paper: Paper) -> None:
    """A field, which a reader's program fills: no number stands in the file."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paper.sections[0].footer.paragraphs[0]._p.append(field)  # noqa: SLF001  the library knows no fields


# -- tables


def _grid(paper: Paper, grid: Grid) -> None:
    paper.add_paragraph(grid.title, "Caption")
    table: Any = paper.add_table(rows=0, cols=len(grid.head))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _ruled(table)
    widths = _widths(len(grid.head))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    style = paper.styles[blank.CELL].style_id
    for number, line in enumerate((grid.head, *grid.rows)):
        strong = number - 1 in {-1, *grid.totals}
        together = _together(number, len(grid.rows), noted=bool(grid.notes))
        row = _row(table._tbl, repeated=number == 0)  # noqa: SLF001  the library is slow: seconds for a report
        for place, (text, width) in enumerate(zip(line, widths, strict=True)):
            cell = _cell(row, width, ruled=number == 0)
            _fill(cell, style, text, together=together, bold=strong, right=place > 0)
    _under(paper, grid.notes or ("",))


def _together(number: int, last: int, *, noted: bool) -> bool:
    """Whether a row stays on the page of what follows: a short table whole, of a long one its ends.

    `noted`: notes stand under the table; its last row stays with them.
    """
    return (noted and number == last) or (
        number < last and (last <= SHORT or number < 2 or number == last - 1)
    )


def _widths(columns: int) -> list[Any]:
    """The first column, of words, is wider than those of numbers; a narrow table stays narrow."""
    first = max(0.26, 0.6 - 0.08 * columns)
    others = min((1 - first) / (columns - 1), 0.2) if columns > 1 else 0
    return [Inches(PRINTED * first), *[Inches(PRINTED * others)] * (columns - 1)]


def _inside(parent: Any, tag: str, attributes: dict[str, str] | None = None) -> Any:
    """An element put into another as it is: the library looks for its place among all that are there."""
    made = parent.makeelement(tag, attributes or {})
    parent.append(made)
    return made


def _row(table: Any, *, repeated: bool) -> Any:
    """No row is cut by the end of a page; the first is printed again on the next."""
    row = _inside(table, qn("w:tr"))
    properties = _inside(row, qn("w:trPr"))
    _inside(properties, qn("w:cantSplit"))
    if repeated:
        _inside(properties, qn("w:tblHeader"))
    return row


def _cell(row: Any, width: Any, *, ruled: bool) -> Any:
    """`ruled`: with a line below."""
    cell = _inside(row, qn("w:tc"))
    properties = _inside(cell, qn("w:tcPr"))
    _inside(properties, qn("w:tcW"), {qn("w:type"): "dxa", qn("w:w"): str(width.twips)})
    if ruled:
        _inside(properties, qn("w:tcBorders")).append(_line("w:bottom", "8", RULE))
    return cell


def _fill(cell: Any, style: str, text: str, *, together: bool, bold: bool, right: bool) -> None:
    """One paragraph. `together`: on the page of the next row."""
    paragraph = _inside(cell, qn("w:p"))
    properties = _inside(paragraph, qn("w:pPr"))
    _inside(properties, qn("w:pStyle"), {VALUE: style})
    _inside(properties, qn("w:keepNext"), {} if together else NOT)
    if right:
        _inside(properties, qn("w:jc"), {VALUE: "right"})
    run: Any = _inside(paragraph, qn("w:r"))
    _inside(_inside(run, qn("w:rPr")), qn("w:b"), {} if bold else NOT)
    if text.split() == text.split(
        " "
    ):  # else there are tabs, lines or blanks at its ends, of which the library knows
        _inside(run, qn("w:t")).text = text
    else:
        run.text = text


def _ruled(table: Any) -> None:
    """A line above and one below, as in print; thin ones between the rows."""
    borders = OxmlElement("w:tblBorders")
    for side, size, colour in (("top", "8", RULE), ("bottom", "8", RULE), ("insideH", "4", "C9CED6")):
        borders.append(_line(f"w:{side}", size, colour))
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "60")  # twentieths of a point
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties = table._tbl.tblPr  # noqa: SLF001  the library knows no borders
    properties.find(qn("w:tblLayout")).addprevious(borders)  # the order of the properties is fixed
    properties.find(qn("w:tblLook")).addprevious(margins)


def _line(name: str, size: str, colour: str) -> Any:
    line = OxmlElement(name)
    for key, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", colour)):
        line.set(qn(f"w:{key}"), value)
    return line


# -- pictures


def _picture(paper: Paper, picture: Picture) -> None:
    paper.add_paragraph(picture.title, "Caption")
    shape = paper.add_picture(io.BytesIO(picture.png), width=Pt(picture.width))
    about = shape._inline.docPr  # noqa: SLF001  the library knows no alternative text
    about.set("descr", picture.alt)
    about.set("name", picture.name)
    paper.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
    paper.paragraphs[-1].paragraph_format.keep_with_next = bool(picture.notes)
    _under(paper, picture.notes)


def _under(paper: Paper, notes: Sequence[str]) -> None:
    for note in notes:
        paper.add_paragraph(note, blank.UNDER)
    if notes:
        paper.paragraphs[-1].paragraph_format.space_after = Pt(12)
