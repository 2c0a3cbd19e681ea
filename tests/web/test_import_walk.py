"""An import in a real browser, as a stranger sees it: what is wrong in a file is said where it is, with what to do."""

import pytest
from playwright.sync_api import Page, expect

from incidents import accounts, jobs
from tests.browser import DESK, PHONE
from tests.intake.test_following import MAPPING, ROW
from tests.needs import shared
from tests.web.test_choosing_walk import page_of
from tests.web.walking import look

RULES = (
    MAPPING.replace("Invented intake", "Nuestra planilla de entrevistas inventada")
    + '"incident.place.country" = { column = "pais", as = "code", codes = { "México" = "MEX" } }\n'
)
LINES = [
    {"id": "r1", "pais": "México"},
    {"id": "r2", "pais": "Mexico"},
    {"id": "r3", "day": "el lunes pasado"},
    {"id": "r4", "age": "veintinueve"},
    {"id": "r5", "kept": "N"},
    {"id": "r1"},
    {"id": "", "act": "Z"},
    {"id": "r8", "story": "x" * 400, "pais": "México"},
    {"id": "r9", "age": "290"},
]


def table(lines=LINES):
    head = [*ROW, "pais"]
    return "\n".join([";".join(head), *(";".join({**ROW, "pais": "", **one}.values()) for one in lines)])


def give(page: Page, name: str, data: bytes, rules: str = "", mapping: str = "") -> None:
    page.set_input_files('[name="file"]', {"name": name, "mimeType": "text/csv", "buffer": data})
    if mapping:
        page.select_option('[name="mapping"]', mapping)
    if rules:
        page.locator("details").first.evaluate("each => each.open = true")
        page.fill('[name="mapping_text"]', rules)
    with page.expect_navigation():
        page.locator('main form[method="post"] button[type="submit"]').first.click()


def fits(page: Page, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    look(page, name)


@pytest.fixture(params=[("en", DESK), ("es", PHONE)], ids=["en", "es"])
def walker(request, site, open_page, house, staff):
    language, viewport = request.param
    with staff.reviewer.work() as work:
        accounts.set_language(work, language)
    page = page_of(open_page, house, staff.reviewer, viewport, language)
    page.expected.append("422")
    page.goto(f"{site}/import/")
    return page, language


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_broken_table_says_what_is_wrong_where_and_the_rest_comes_in(walker, site, house):
    page, language = walker
    fits(page, f"import-{language}-1-new")
    give(page, "inventado.csv", b"a;b\n1;2\n")
    expect(page.locator("#problems")).to_be_visible()
    fits(page, f"import-{language}-2-no-mapping")
    give(page, "inventado.csv", b"a;b\n1;2\n", RULES)
    expect(page.locator("#problems")).to_contain_text("act2")
    fits(page, f"import-{language}-3-other-columns")
    give(page, "inventado.csv", table().encode(), 'format = 1\nname = "x"\n[file]\nkind = "csv"\n')
    fits(page, f"import-{language}-4-bad-mapping")
    page.fill('[name="name"]', "Planilla inventada de entrevistas")
    give(page, "entrevistas inventadas.csv", table().encode(), RULES)
    expect(page.locator("#refused")).to_contain_text("day")
    fits(page, f"import-{language}-5-preview")
    page.locator('button[value="go"]').click()
    page.wait_for_url("**/jobs/**")
    fits(page, f"import-{language}-6-job")
    assert jobs.run_waiting(house)
    page.reload()
    page.wait_for_url("**/import/**")
    fits(page, f"import-{language}-7-done")
    page.goto(f"{site}/import/")
    fits(page, f"import-{language}-8-new-again")
    give(page, "entrevistas inventadas.csv", table([{"id": "r8", "age": "31"}]).encode())
    expect(page.locator(".tile .count").first).to_have_text(
        "1"
    )  # what is gone from the file is none of its rows
    fits(page, f"import-{language}-9-preview-again")
    page.locator('button[value="go"]').click()
    page.wait_for_url("**/jobs/**")
    assert jobs.run_waiting(house)
    page.reload()
    page.wait_for_url("**/import/**")
    fits(page, f"import-{language}-A-done-again")


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_real_table_is_shown_as_it_was_understood(walker, site, house, staff):
    page, language = walker
    file = shared("data", "secuestros_cdmx", "encuesta_larga_sin_narraciones.csv")
    give(page, file.name, file.read_bytes(), mapping="secuestros_cdmx_larga")
    fits(page, f"import-{language}-real-1-preview")
    page.locator('button[value="go"]').click()
    page.wait_for_url("**/jobs/**")
    assert jobs.run_waiting(house)
    page.reload()
    page.wait_for_url("**/import/**")
    fits(page, f"import-{language}-real-2-done")
    page.goto(f"{site}/series/")
    fits(page, f"import-{language}-series")
