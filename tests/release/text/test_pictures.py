"""Charts and map: of what is shown alone, told in words, apart in grey, the same each time."""

import io
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from defusedxml import ElementTree
from PIL import Image

from incidents.release import text
from incidents.release.tables.cells import ALL, FEW, OUT
from incidents.release.text import charts, drawing, tiles, writing
from incidents.release.text.writing import TextNotProtected
from tests.release import invented
from tests.release.text import reading, told
from tests.release.text.test_document import allowed, with_true_counts

POLICY = invented.policy("age")  # k = 5


@pytest.fixture(scope="module")
def files():
    material = replace(told.MATERIAL, shown=with_true_counts())
    return {file.name: file.data for file in text.every(material, POLICY)}


@pytest.fixture(scope="module")
def drawn():
    return text.pictures(told.MATERIAL, POLICY, "en")


def shades(svg):
    return {element.get("fill") for element in ElementTree.fromstring(svg).iter() if element.get("fill")}


def test_every_file_has_a_neutral_name_and_both_languages_have_the_same(files):
    kinds = ["report-{}.docx", "report-{}.html"]
    kinds += [
        f"{name}-{{}}.{end}" for name in ("chart-1", "chart-2", "chart-3", "map") for end in ("svg", "png")
    ]
    assert set(files) == {kind.format(language) for kind in kinds for language in ("en", "es")}


def test_a_text_of_what_nobody_protected_is_not_written():
    for shown in (
        replace(told.SHOWN, method="none"),
        replace(told.SHOWN, values={**told.SHOWN.values, ("incidents", "act=KID"): 3}),
    ):
        with pytest.raises(TextNotProtected):
            text.every(replace(told.MATERIAL, shown=shown), POLICY)
    writing.must_be_protected(replace(told.MATERIAL, shown=shown), replace(POLICY, protection=False))


def test_every_number_in_every_file_is_one_that_is_shown(files):
    for name, data in files.items():
        if name.endswith(".docx"):
            found = reading.numbers(
                each for _name, root in reading.roots(data) for each in reading.spoken(root)
            )
        elif name.endswith(".html"):
            found = reading.numbers(reading.Page(data).spoken)
        elif name.endswith(".svg"):
            found = reading.numbers(reading.spoken(ElementTree.fromstring(data)))
        else:
            continue
        assert found <= allowed(), name


def test_what_is_drawn_of_a_hidden_count_depends_on_nothing_hidden(drawn):
    told_more = replace(told.MATERIAL, shown=with_true_counts())
    assert text.pictures(told_more, POLICY, "en") == drawn


def test_the_same_edition_gives_the_same_files(files):
    material = replace(told.MATERIAL, shown=with_true_counts())
    for file in text.every(material, POLICY, ["es"]):
        assert files[file.name] == file.data, file.name


def test_every_bar_that_is_not_shown_is_empty_and_as_long_as_any_other(drawn):
    svg = ElementTree.fromstring(drawn["T4-nationality"].svg)
    broken = [element for element in svg.iter() if element.get("stroke-dasharray")]
    assert len(broken) == 2  # Cuba and El Salvador
    assert {element.get("fill") for element in broken} == {"white"}
    sizes = {re.sub(r"^M[^h]*", "", element.get("d", "")) for element in broken}
    assert len(sizes) == 1
    assert any("one to four" in note for note in drawn["T4-nationality"].notes)


def test_a_picture_is_told_to_whoever_does_not_see_it(files, drawn):
    alt = drawn["T4-nationality"].alt
    assert alt.startswith("Bar chart. People directly harmed by nationality. Honduras: 64; Guatemala: 22;")
    assert f"Cuba: {FEW}" in alt
    assert f"El Salvador: {OUT}" in alt
    root = ElementTree.fromstring(files["chart-3-en.svg"])
    assert (root.get("role"), root.get("aria-label")) == ("img", alt)
    document = reading.parts(files["report-en.docx"])["word/document.xml"].decode()
    assert document.count(" descr=") == 4
    assert "Gráfica de barras" in reading.parts(files["report-es.docx"])["word/document.xml"].decode()


def test_months_come_in_their_order_and_years_are_no_months():
    found = charts.bars(told.TABLES[1], told.SHOWN, "en")
    assert [bar.label for bar in found][:3] == ["March 2019", "April 2019", "May 2019"]
    assert len(found) == len(told.MONTHS)


def test_no_more_than_four_charts_are_drawn_and_none_of_nothing():
    assert len(charts.chosen(told.TABLES * 3)) == 3
    hidden = replace(told.SHOWN, values=dict.fromkeys(told.SHOWN.values, FEW))
    assert text.pictures(replace(told.MATERIAL, shown=hidden), POLICY, "en") == {}


def test_the_shades_are_told_apart_in_grey():
    def grey(colour):
        return sum(
            weight * int(colour[at : at + 2], 16) for weight, at in ((0.299, 1), (0.587, 3), (0.114, 5))
        )

    steps = [grey(colour) for colour in (*tiles.SHADES, drawing.INK)]
    assert all(lighter - darker > 15 for lighter, darker in pairwise(steps))


def test_the_map_has_every_state_of_mexico_once():
    assert len(tiles.TILES) == 32 == len(set(tiles.TILES.values()))
    from incidents.model.place import MEXICAN_STATES

    assert set(tiles.TILES) == set(MEXICAN_STATES.values())


def test_a_state_under_k_is_empty_on_the_map_whatever_a_table_prints():
    table, values = tiles.counts(told.TABLES, told.SHOWN)
    assert values["MX-COA"] == 7
    strict = tiles.tiles(table, values, 8, "en")
    assert "Coahuila: <8" in strict.alt
    assert "at least eight incidents" in strict.notes[0]
    assert tiles.tiles(table, values, 1000, "en") is None
    broken = [each for each in ElementTree.fromstring(strict.svg).iter() if each.get("stroke-dasharray")]
    assert len(broken) == 1


def test_a_state_that_is_not_shown_has_no_shade_and_no_zero():
    table, _values = tiles.counts(told.TABLES, told.SHOWN)
    picture = tiles.tiles(table, {"MX-BCN": 40, "MX-SON": FEW, "MX-CHH": OUT, "MX-COA": 0}, 5, "es")
    assert f"Sonora: {FEW}" in picture.alt
    assert f"Chihuahua: {OUT}" in picture.alt
    assert "Coahuila: 0" in picture.alt
    assert len(shades(picture.svg) & {*tiles.SHADES}) == 1


def test_a_state_told_with_others_is_a_broken_line_without_a_number():
    axis = told.Axis("state", ("MX-TAM", "MX-BORDER-WEST", ALL), "", ("MX-BORDER-WEST",))
    table = told.table("T", "incidents", axis, told.ONE)
    assert tiles.told_together(table) == {"MX-BCN", "MX-SON"}
    everywhere = replace(axis, codes=("MX-TAM", "(others)", ALL), together=("(others)",))
    assert len(tiles.told_together(replace(table, rows=everywhere))) == 31
    picture = tiles.tiles(table, {"MX-TAM": 40}, 5, "en")
    broken = [each for each in ElementTree.fromstring(picture.svg).iter() if each.get("stroke-dasharray")]
    assert len(broken) == 2
    assert "told together with other states" in picture.alt
    assert "told together" in picture.notes[1]


def test_states_are_found_in_rows_and_in_columns():
    by_row = told.table("T", "incidents", told.Axis("state", ("MX-BCN", "MX-TAM", "USA", ALL)), told.ONE)
    shown = replace(told.SHOWN, values={("incidents", "state=MX-BCN"): 9, ("incidents", "state=MX-TAM"): FEW})
    assert tiles.counts([by_row], shown)[1] == {"MX-BCN": 9, "MX-TAM": FEW}
    assert tiles.counts([told.TABLES[2]], told.SHOWN) is None


def test_a_png_says_nothing_besides_its_picture(files):
    for name, data in files.items():
        if name.endswith(".png"):
            with Image.open(io.BytesIO(data)) as picture:
                assert not {*picture.info} & {"Software", "Author", "date:create", "exif", "Creation Time"}
                assert picture.width > 900
                assert len(data) < 60_000
