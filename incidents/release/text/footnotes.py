"""Footnotes of a document as Word keeps them (ECMA-376, 17.11): a part of their own, and a mark in the text."""

from collections.abc import Sequence
from typing import Any

from docx.document import Document as Paper
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph

from incidents.release.text.blank import MARK, NOTE

SEPARATORS = (("-1", "separator"), ("0", "continuationSeparator"))  # the lines above the notes: also notes


def add(made: Paper, notes: Sequence[str]) -> None:
    """Give the document these notes, the first of them number 1."""
    if not notes:
        return
    style, mark = made.styles[NOTE].style_id, made.styles[MARK].style_id
    root = parse_xml(f"<w:footnotes {nsdecls('w')}/>")
    for id, kind in SEPARATORS:
        note = _child(root, "w:footnote", **{"w:type": kind, "w:id": id})
        run = _child(_child(note, "w:p"), "w:r")
        _child(run, f"w:{kind}")
    for number, text in enumerate(notes, start=1):
        _note(_child(root, "w:footnote", **{"w:id": str(number)}), text, style or "", mark or "")
    part = XmlPart(PackURI("/word/footnotes.xml"), CT.WML_FOOTNOTES, root, made.part.package)
    made.part.relate_to(part, RT.FOOTNOTES)
    _announce(made)


def _note(note: Any, text: str, style: str, mark: str) -> None:
    paragraph = _child(note, "w:p")
    _child(_child(paragraph, "w:pPr"), "w:pStyle", **{"w:val": style})
    run = _child(paragraph, "w:r")
    _child(_child(run, "w:rPr"), "w:rStyle", **{"w:val": mark})
    _child(run, "w:footnoteRef")
    said = _child(_child(paragraph, "w:r"), "w:t")
    said.text = f" {text}"
    said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _child(above: Any, name: str, **attributes: str) -> Any:
    made = OxmlElement(name, {qn(key): value for key, value in attributes.items()})
    above.append(made)
    return made


def _announce(made: Paper) -> None:
    """The settings name the separators; their place among the settings is fixed."""
    settings = made.settings.element
    said = OxmlElement("w:footnotePr")
    for id, _kind in SEPARATORS:
        separator = OxmlElement("w:footnote")
        separator.set(qn("w:id"), id)
        said.append(separator)
    settings.insert(list(settings).index(settings.find(qn("w:compat"))), said)


def mark(made: Paper, paragraph: Paragraph, number: int) -> None:
    """The number of a note, at the end of this paragraph."""
    run = paragraph.add_run(style=made.styles[MARK])
    reference = OxmlElement("w:footnoteReference")
    reference.set(qn("w:id"), str(number))
    run._r.append(reference)  # noqa: SLF001  the library knows no footnotes
