"""The queue on a phone: an end in sight, its deeds at hand, and one's place in it kept."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incidents.intake import report, schema, take_in
from incidents.model.incident import Act
from tests import make
from tests.web.walking import look, signed_in

WHY = "The same register, compared line by line with the paper."
ACTS = [{"key": f"a{n}", "type": "KID", "status": "C"} for n in range(1, 16)]
SCREENS = 7  # of a phone: with a card of eight lines an act it was twenty-two


@pytest.fixture
def waiting(staff):
    for _each in range(2):
        with staff.researcher.work() as work:
            told = make.report_document(acts=ACTS, involvements=None)
            sent = report.send(work, schema.load(told), "page").id
        with staff.coordinator.work() as work:
            take_in.take_in(work, sent)
    with staff.coordinator.work() as work:
        return list(work.db.scalars(select(Act.id).order_by(Act.received_on, Act.id)))


def in_sight(page, what):
    """All of it: a page moves to what its address names with its first picture, later than it is there."""
    expect(page.locator(what).first).to_be_in_viewport(ratio=1)


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_the_queue_is_gone_through_on_a_phone(site, open_page, staff, house, waiting):
    phone = {"width": 360, "height": 740}
    page = signed_in(open_page, house, staff.reviewer, viewport=phone, locale="en")
    page.goto(f"{site}/review/")
    assert page.locator("tbody tr").count() == 25
    assert page.evaluate("document.documentElement.scrollHeight") < SCREENS * phone["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == phone["width"]
    in_sight(page, '[data-key="m"]')
    look(page, "hand-queue")
    page.goto(f"{site}/review/?whose=nobodys")
    chosen = page.locator('input[name="acts"]').nth(14)
    chosen.check()
    with page.expect_navigation():
        page.locator('[data-key="a"]').click()
    lines = page.locator("tbody tr")
    there = page.locator("tr a:target")
    assert there.count() == 1
    assert lines.count() == 15  # those of the other incident
    in_sight(page, "tr a:target")
    expect(there).to_be_focused()
    page.goto(f"{site}/review/many/?all=yes&to=CRE")
    page.fill('[name="reasons"]', WHY)
    in_sight(page, 'button[value="move"]')
    look(page, "hand-many")
    page.goto(f"{site}/review/{waiting[0]}")
    first = page.locator("main .panel h2").all_inner_texts()
    assert first.index("The act") < first.index("As told") < first.index("Your decision")
    look(page, "hand-act")
