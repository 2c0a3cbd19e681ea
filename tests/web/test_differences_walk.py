"""An account of two thousand words, edited in some places: read on a phone and at a desk, with and without script."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from incidents import accounts, gate
from incidents.intake import editing, report, schema, take_in
from incidents.model.incident import Incident
from tests import make
from tests.browser import PATIENCE
from tests.web.walking import faultless

WIDTHS = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 900}}
WHY = "The recording says otherwise; I listened to it twice."
# Every name and place is invented.
SENTENCES = (
    "Salimos de la casa antes de que amaneciera, con una mochila cada uno y el agua que pudimos cargar.",
    "En la central nos dijeron que esperáramos al hombre de la camioneta gris, que él conocía el camino.",
    "Nadie nos preguntó el nombre, pero sí de dónde veníamos y si alguien nos esperaba del otro lado.",
    "Mi hermana traía los papeles del tribunal doblados dentro del zapato, por si acaso nos revisaban.",
    "Cuando bajamos ya era de noche y no se veía más que una bodega con el portón a medio cerrar.",
    "Ahí nos quitaron los teléfonos y nos hicieron sentar en el piso, espalda con espalda.",
    "«Aquí nadie se va hasta que alguien pague», dijo uno, y los otros se rieron sin ganas.",
    "Yo conté los días por el ruido de la panadería, que empezaba a las cuatro de la mañana.",
)
STORY = "\n\n".join(
    " ".join(SENTENCES[(part + n) % len(SENTENCES)] for n in range(5)).replace(
        "uno,", f"uno de los {part + 2},"
    )
    for part in range(24)
)
CHANGES = (
    ("uno de los 5,", "el más joven de los tres,"),
    ("uno de los 12,", "uno de los 12, al que llamaban Farol,"),
    ("\n\nNadie nos preguntó", " Nadie nos preguntó"),
    ("En la central nos dijeron", "En la terminal nos dijeron"),
)
ARABIC = " قال لي: «لا تتكلم». 👩‍👩‍👧 Luego nos soltaron."


def changed(text):
    for before, after in CHANGES:
        text = text.replace(before, after, 1)
    return text + ARABIC


@pytest.fixture
def page_of(site, open_page, house):
    def open_one(member, width: str, *, script: bool = True) -> Page:
        page = open_page(viewport=WIDTHS[width], locale="en", java_script_enabled=script)
        token = accounts.sign_in(house, member.name, make.PASSPHRASE).token
        cookie = {"name": gate.COOKIE, "value": token.hex(), "url": site.replace("http:", "https:")}
        page.set_default_timeout(PATIENCE)
        page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
        return page

    return open_one


def look(page: Page, name: str) -> None:
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if "without" not in name:
        faultless(page, name)
    if folder := os.environ.get("AMPARO_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_an_account_of_two_thousand_words_is_read_by_its_changes(site, page_of, staff):
    assert len(STORY.split()) > 2000
    with staff.researcher.work() as work:
        id = report.send(work, schema.load(make.report_document(narrative=STORY)), "page").id
    with staff.other_reviewer.work() as work:
        incident = take_in.take_in(work, id).id
    phone, desk = page_of(staff.reviewer, "phone", script=False), page_of(staff.reviewer, "desk")
    phone.expected += ["409"]
    phone.goto(f"{site}/incidents/edit/incident/{incident}")
    with staff.second.work() as work:
        row = work.get(Incident, incident)
        facts = {n: said for n, said in editing.read(work, row)["facts"].items() if n != "interview"}
        editing.edit(work, row, row.version, facts, WHY, {"narrative": changed(STORY)})
    with staff.second.work() as work:
        edit = editing.history(work, [incident])[-1].edit.id
    desk.goto(f"{site}/incidents/edits/{edit}")
    shown = desk.locator("#changed .wording")
    expect(shown.locator("del").first).to_contain_text("central")
    expect(shown.locator("ins", has_text="terminal")).to_have_count(1)
    expect(shown.locator("ins", has_text="لا تتكلم")).to_have_count(1)
    folded = shown.locator("details")
    assert folded.count() >= 3
    visible = shown.locator("dl")
    assert sum(len(text.split()) for text in visible.all_inner_texts()) < 600
    folded.first.locator("summary").click()
    expect(folded.first.locator("p")).to_contain_text("papeles del tribunal")
    folded.first.locator("summary").click()
    look(desk, "1-difference-desk")
    desk.get_by_text("Restore the version before this edit").click()
    expect(desk.locator("#earlier ins").first).to_contain_text("central")
    look(desk, "4-restore-desk")
    reader = page_of(staff.reviewer, "phone")
    reader.goto(f"{site}/incidents/edits/{edit}")
    look(reader, "2-difference-phone")
    # The one on the phone wrote meanwhile, without script: both are compared, and the later one chooses.
    phone.fill('[name="narrative"]', STORY.replace("camioneta gris", "camioneta verde", 1))
    phone.fill('[name="reasons"]', WHY)
    with phone.expect_navigation():
        phone.get_by_role("button", name="Keep the changes", exact=True).click()
    expect(phone.locator("body")).to_contain_text("You both changed this")
    expect(phone.locator("ins", has_text="verde")).to_have_count(1)
    look(phone, "3-both-phone-without")
    phone.get_by_label("As you wrote it").check()
    with phone.expect_navigation():
        phone.get_by_role("button", name="Keep the changes", exact=True).click()
    expect(phone.locator("#history")).to_contain_text("edited (In their own words)")
