"""An empty document that says nothing of who made it, when, or with which template; and its styles."""

import io
import zipfile
from functools import cache
from typing import Any

from docx import Document
from docx.document import Document as Paper
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor

FIXED = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say, and the same for everyone
TONGUES = {"en": "en-US", "es": "es-MX", "fr": "fr-FR", "pt": "pt-BR", "ht": "ht-HT"}
NO_TONGUE = "x-none"  # of words whose language nobody recorded
TEXT_FONT, HEAD_FONT = "Georgia", "Arial"
INK = RGBColor(0x1F, 0x2A, 0x37)
# What the library's template brings along and no reader needs: a picture, an application, a store of its own.
LEFT = (
    RT.THUMBNAIL,
    RT.EXTENDED_PROPERTIES,
    RT.CUSTOM_XML,
    "/stylesWithEffects",
    RT.WEB_SETTINGS,
    RT.FONT_TABLE,
)
UNSAID = ("rsids", "proofState", "savePreviewPicture", "shapeDefaults", "docId", "defaultImageDpi")
KEPT = frozenset(
    (
        "Normal", "Default Paragraph Font", "Normal Table", "No List", "Title", "Subtitle", "Heading 1", "Heading 2",
        "Heading 3", "List Bullet", "Caption", "Quote", "Header", "Footer", "Strong", "Emphasis",
    )
)  # fmt: skip
NOTE, MARK, UNDER, CELL = "footnote text", "footnote reference", "Table Note", "Table Cell"


def paper(language: str, title: str) -> Paper:
    """An empty page of it: US letter, as Mexico and the United States print."""
    made = Document(io.BytesIO(_empty(TONGUES[language])))
    made.core_properties.title = title
    return made


@cache
def _empty(tongue: str) -> bytes:
    """The document of this language without a title, made once in a process: it takes longer than what is put in."""
    made = Document()
    _forget(made)
    _settings(made)
    _styles(made, tongue)
    _properties(made, tongue)
    section = made.sections[0]
    for side in ("top_margin", "bottom_margin", "left_margin", "right_margin"):
        setattr(section, side, Inches(1))
    return packed(made)


def _forget(made: Paper) -> None:
    for rels in (made.part.package.rels, made.part.rels):
        for id, rel in list(rels.items()):
            if rel.reltype in LEFT or rel.reltype.endswith(LEFT):
                del rels[id]


def _settings(made: Paper) -> None:
    """Without the marks of editing sessions, and with what a reader needs to print notes."""
    settings = made.settings.element
    for element in list(settings):
        if element.tag.rpartition("}")[2] in UNSAID:
            settings.remove(element)
    for root in (made.element, made.styles.element, made.part.numbering_part.element):
        _unmarked(root)


def _unmarked(root: Any) -> None:
    """Without the numbers of editing sessions."""
    for element in list(root.iter()):
        if element.tag.rpartition("}")[2] == "rsid":
            element.getparent().remove(element)
        for name in [name for name in element.attrib if name.rpartition("}")[2].startswith("rsid")]:
            del element.attrib[name]


def _properties(made: Paper, tongue: str) -> None:
    """A language, which screen readers say, and a title later; no author, no time, no revision."""
    core = made.core_properties
    for element in list(core._element):  # noqa: SLF001  the library sets times and offers no way to have none
        core._element.remove(element)  # noqa: SLF001  as above
    core.title, core.language = "", tongue


# -- styles


def _styles(made: Paper, tongue: str) -> None:
    for style in list(made.styles):
        if style.name not in KEPT:
            style.delete()
    _no_loose_ends(made)
    _tongue(made, tongue)
    text = _fonts(made.styles["Normal"], TEXT_FONT, 10.5)
    text.paragraph_format.space_after, text.paragraph_format.line_spacing = Pt(8), 1.25
    for name, size, before in (
        ("Title", 26, 0),
        ("Heading 1", 16, 20),
        ("Heading 2", 12.5, 14),
        ("Heading 3", 11, 10),
    ):
        style = _fonts(made.styles[name], HEAD_FONT, size, bold=True)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(6)
    _no_border(made.styles["Title"])
    subtitle = _fonts(made.styles["Subtitle"], HEAD_FONT, 11)
    subtitle.font.italic, subtitle.paragraph_format.space_after = False, Pt(18)
    for apart in list(subtitle.element.iter(qn("w:spacing"))):  # letters set apart break a line too early
        if apart.getparent().tag == qn("w:rPr"):
            apart.getparent().remove(apart)
    caption = _fonts(made.styles["Caption"], HEAD_FONT, 9.5, bold=True)
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(12), Pt(4)
    caption.paragraph_format.keep_with_next = True
    quote = _fonts(made.styles["Quote"], TEXT_FONT, 10.5)
    quote.font.italic = False
    quote.paragraph_format.left_indent = quote.paragraph_format.right_indent = Inches(0.4)
    _own(made)


def _no_loose_ends(made: Paper) -> None:
    """What points to a style that was taken out is taken out, too."""
    known = {style.style_id for style in made.styles}
    names = [qn(f"w:{name}") for name in ("link", "next", "basedOn", "pStyle")]
    for root in (made.styles.element, made.part.numbering_part.element):
        for element in [each for each in root.iter(*names) if each.get(qn("w:val")) not in known]:
            element.getparent().remove(element)


def _own(made: Paper) -> None:
    """Styles that the template lacks."""
    note = _new(made, NOTE, 8.5)
    note.paragraph_format.space_after = Pt(2)
    under = _new(made, UNDER, 8.5)
    under.paragraph_format.keep_together = True
    under.paragraph_format.space_before, under.paragraph_format.space_after = Pt(3), Pt(3)
    cell = _new(made, CELL, 8, HEAD_FONT)
    cell.paragraph_format.space_before = cell.paragraph_format.space_after = Pt(2)
    mark = made.styles.add_style(MARK, WD_STYLE_TYPE.CHARACTER)
    mark.font.superscript = True
    _fonts(made.styles["Footer"], HEAD_FONT, 8.5).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _new(made: Paper, name: str, size: float, font: str = TEXT_FONT) -> Any:
    style: Any = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = made.styles["Normal"]
    style.paragraph_format.line_spacing = 1.0
    return _fonts(style, font, size)


def _fonts(style: Any, font: str, size: float, *, bold: bool = False) -> Any:
    style.font.name, style.font.size, style.font.bold = font, Pt(size), bold
    style.font.color.rgb = INK
    fonts = style.element.rPr.rFonts
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]  # a font of the theme would go before ours
    return style


def _no_border(style: Any) -> None:
    border = style.element.pPr.find(qn("w:pBdr"))
    if border is not None:
        style.element.pPr.remove(border)


def _tongue(made: Paper, tongue: str) -> None:
    """In which language a reader's program speaks and spells it."""
    defaults = made.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    lang = defaults.find(qn("w:lang"))
    if lang is None:
        lang = OxmlElement("w:lang")
        defaults.append(lang)
    lang.set(qn("w:val"), tongue)
    theme = made.settings.element.find(qn("w:themeFontLang"))
    if theme is not None:
        theme.set(qn("w:val"), tongue)


# -- bytes


def packed(made: Paper) -> bytes:
    """The document's bytes: the same document gives the same, whenever it is saved."""
    raw, out = io.BytesIO(), io.BytesIO()
    made.save(raw)
    with zipfile.ZipFile(raw) as written, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in written.namelist():
            entry = zipfile.ZipInfo(name, FIXED)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            kept.writestr(entry, written.read(name))
    return out.getvalue()
