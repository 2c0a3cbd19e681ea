"""The text as DOCX and HTML: whole, told to whoever does not see it, and silent about who made it and when."""

import io
from dataclasses import replace

import pytest
from docx import Document
from docx.oxml.ns import qn

from incidents.release.tables import edition
from incidents.release.tables.cells import FEW, OUT, Shown
from incidents.release.text import document, page, writing
from incidents.release.text.story import Grid
from tests.release import counted
from tests.release.text import reading, told

LANGUAGES = ("en", "es")
HIDDEN = 90001  # the true counts of the invented edition begin here: none of them is any number that is shown


def story(shown=told.SHOWN, language="en"):
    return writing.story(replace(told.MATERIAL, shown=shown), language)


def with_true_counts():
    """The same edition, knowing besides what stands behind each mark."""
    hidden = [key for key, value in told.SHOWN.values.items() if value in {FEW, OUT}]
    counts = {key: HIDDEN + number for number, key in enumerate(hidden)}
    return replace(told.SHOWN, counted=replace(told.SHOWN.counted, counts=counts))


def allowed(shown=told.SHOWN):
    """Numbers that a reader may find: what is shown, percentages of it, dates, the numbers of tables and notes."""
    values = {value for value in shown.values.values() if isinstance(value, int)}
    percents = {
        (200 * part + whole) // (2 * whole) for part in values for whole in values if 50 <= whole >= part
    }
    dates = {2019, 2020, 14, *told.AGES}
    order = {1, 2, 3, 4}  # of tables, figures and notes
    return {str(number) for number in (*values, *percents, *dates, *order, 5)}  # 5: of “<5”


@pytest.fixture(scope="module")
def written():
    return {
        language: (
            document.made(story(with_true_counts(), language)),
            page.made(story(with_true_counts(), language)),
        )
        for language in LANGUAGES
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_that_somebody_reads_is_one_that_is_shown(written, language):
    docx, html = written[language]
    found = reading.numbers(text for _name, root in reading.roots(docx) for text in reading.spoken(root))
    assert found <= allowed()
    assert reading.numbers(reading.Page(html).spoken) <= allowed()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_else_in_the_files_depends_on_any_number(language):
    other = {
        key: value + 1000 if isinstance(value, int) else value for key, value in told.SHOWN.values.items()
    }
    for shown in (with_true_counts(), replace(told.SHOWN, values=other)):
        one, two = document.made(story(language=language)), document.made(story(shown, language))
        for (name, root), (_name, changed) in zip(reading.roots(one), reading.roots(two), strict=True):
            assert reading.silent(root) == reading.silent(changed), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_edition_gives_the_same_bytes(written, language):
    docx, html = written[language]
    assert document.made(story(with_true_counts(), language)) == docx
    assert page.made(story(with_true_counts(), language)) == html


def test_no_file_says_who_made_it_or_when(written):
    docx, _html = written["en"]
    found = reading.parts(docx)
    core = found["docProps/core.xml"].decode()
    for name in ("creator", "lastModifiedBy", "created", "modified", "revision", "description", "keywords"):
        assert name not in core.replace("core-properties", "")
    assert not {name for name in found if "custom" in name or "thumbnail" in name or name.endswith("app.xml")}
    everything = b"".join(found.values())
    for word in (b"rsid", b"python-docx", b"Macintosh", b"docId", b"Steve"):
        assert word not in everything
    with reading.zipfile.ZipFile(io.BytesIO(docx)) as zipped:
        assert {each.date_time for each in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_words_are_read_aloud_in_their_own_language(written):
    docx, html = written["en"]
    document = reading.parts(docx)["word/document.xml"].decode()
    assert document.count('<w:lang w:val="es-MX"/>') == sum(quote.language == "es" for quote in told.QUOTES)
    assert html.decode().count('<blockquote lang="es">') == document.count('<w:lang w:val="es-MX"/>')


def test_a_document_has_real_headings_and_tables_whose_first_row_is_repeated(written):
    made = Document(io.BytesIO(written["en"][0]))
    styles = [paragraph.style.name for paragraph in made.paragraphs]
    assert styles.count("Heading 1") == 3
    assert styles[:2] == ["Title", "Subtitle"]
    assert styles.count("Caption") == len(made.tables) == 3
    for table in made.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert [cell.text for cell in made.tables[0].rows[1].cells] == [
        "Kidnapping for ransom",
        "21",
        "8",
        "17",
        FEW,
        OUT,
        "61",
    ]


@pytest.mark.parametrize(("language", "tongue"), [("en", "en-US"), ("es", "es-MX")])
def test_each_file_says_its_language_and_its_title(written, language, tongue):
    docx, html = written[language]
    made = Document(io.BytesIO(docx))
    assert made.core_properties.language == tongue
    assert made.core_properties.title == story(language=language).title
    assert f'<html lang="{language}">' in html.decode()
    lang = made.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    assert lang.get(qn("w:val")) == tongue


def test_a_page_stands_alone_and_runs_nothing(written):
    _docx, html = written["en"]
    found = reading.Page(html)
    assert not {tag for tag, _key, _value in found.attributes} & {"script", "link", "img", "iframe", "object"}
    assert not [
        key for _tag, key, _value in found.attributes if key.startswith("on") or key in {"src", "srcset"}
    ]
    assert "url(" not in html.decode()
    assert 'font-family: Arial, "Liberation Sans"' in html.decode()  # the style is style, and not escaped
    assert "<script" not in html.decode()
    headers = [value for tag, key, value in found.attributes if tag == "th" and key == "scope"]
    assert set(headers) == {"col", "row"}
    assert html.decode().count("<caption>") == 3


def test_what_a_document_points_to_is_there_and_in_the_order_that_word_asks_for(written):
    made = Document(io.BytesIO(written["es"][0]))
    known = {style.style_id for style in made.styles}
    for root in (made.element, made.styles.element, made.part.numbering_part.element):
        for name in ("pStyle", "rStyle", "link", "next", "basedOn"):
            assert {each.get(qn("w:val")) for each in root.iter(qn(f"w:{name}"))} <= known
    order = [
        qn(f"w:{name}")
        for name in ("tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblCellMar", "tblLook")
    ]
    for table in made.tables:
        found = [child.tag for child in table._tbl.tblPr]
        assert found == sorted(found, key=order.index)
    settings = [child.tag for child in made.settings.element]
    assert settings.index(qn("w:footnotePr")) + 1 == settings.index(qn("w:compat"))


def test_each_account_has_a_footnote_and_a_way_back(written):
    docx, html = written["en"]
    notes = reading.parts(docx)["word/footnotes.xml"].decode()
    assert "interview with Cecilia P. (pseudonym), Tamaulipas, November 2019." in notes
    assert "Nobody N." not in notes + html.decode() + reading.parts(docx)["word/document.xml"].decode()
    marks = Document(io.BytesIO(docx)).element.body.iter(qn("w:footnoteReference"))
    assert [mark.get(qn("w:id")) for mark in marks] == ["1", "2", "3"]
    found = reading.Page(html)
    targets = {value for _tag, key, value in found.attributes if key == "id"}
    links = {value for tag, key, value in found.attributes if (tag, key) == ("a", "href")}
    assert links == {f"#{name}-{number}" for name in ("mark", "note") for number in (1, 2, 3)}
    assert {link.removeprefix("#") for link in links} <= targets


def test_words_in_another_language_are_marked_as_such(written):
    docx, html = written["en"]
    assert '<blockquote lang="es">' in html.decode()
    assert 'w:lang w:val="es-MX"' in reading.parts(docx)["word/document.xml"].decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_of_an_edition_is_printed_but_those_of_one_status_and_of_nothing(language):
    made = edition.edition(counted.lines(counted.rows(300, 1)), counted.policy())
    values = {key: FEW if 0 < number < 5 else number for key, number in made.counted.counts.items()}
    material = writing.Material.of(made, Shown(made.counted, values, "A"), told.FACTS)
    printed = [table.name for table in material.printed]
    assert {"T1-incidents", "T2-persons", "T6", "T8-aside", "T9"} <= {*printed, "T8-aside"}
    assert not [name for name in printed if name.endswith(("-C", "-A", "-U"))]
    assert "T1-families" not in printed  # nobody said who is of which family: no noughts of it
    made = writing.story(material, language)
    titles = [block.title for block in made.blocks if isinstance(block, Grid)]
    assert len(titles) >= len(printed)
    assert Document(io.BytesIO(document.made(made))).tables
    chosen = replace(material, typed=replace(told.TYPED, tables=("T2-persons",)))
    assert [table.name for table in chosen.printed] == ["T2-persons"]


def test_what_somebody_typed_is_text_and_never_markup():
    typed = replace(told.TYPED, title={"en": "<script>alert('x')</script> & more"})
    made = writing.story(replace(told.MATERIAL, typed=typed), "en")
    assert b"<script" not in page.made(made)
    assert Document(io.BytesIO(document.made(made))).paragraphs[0].text == typed.title["en"]


def test_what_no_file_can_hold_is_taken_out_of_what_people_wrote():
    wild = "Nos llevaron.\x00\x0b\ud800\r\nDe noche."
    quote = replace(told.QUOTES[0], signed=replace(told.QUOTES[0].signed, text=wild))
    typed = replace(told.TYPED, title={"es": "Uno\x01"}, requests={"es": f"Preguntamos.{wild}"})
    made = writing.story(replace(told.MATERIAL, quotes=(quote,), typed=typed), "es")
    assert "De noche." in page.made(made).decode()
    paragraphs = [each.text for each in Document(io.BytesIO(document.made(made))).paragraphs]
    assert "Nos llevaron.\ufffd\ufffd\ufffd\nDe noche." in paragraphs
