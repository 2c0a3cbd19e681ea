"""The pages of the three main jobs at 200 and 400 % and without motion; their headings and their landmarks."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from incidents.intake import drafts, report, schema
from incidents.intake.take_in import take_in
from incidents.model.incident import Act
from incidents.model.people import Person
from tests import make
from tests.release.test_publish import prepared, story, tell
from tests.web.walking import arrived, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("template", ["sqlite"], indirect=True)]
ENLARGED = {
    200: {"width": 640, "height": 450},
    400: {"width": 320, "height": 225},
}  # of a screen of 1280 by 900
# What can be used and is out of sight: beside the screen, or of no size, in a box that cannot be moved.
LOST = """() => Array.from(document.querySelectorAll(
  'main :is(a[href], button, input:not([type=hidden]), select, textarea, summary, h1, h2, h3, label, legend)'
)).filter(each => each.checkVisibility() && !each.closest('.unseen, .scroll, [aria-hidden=true]')).filter(each => {
  const box = each.getBoundingClientRect();
  return box.right > innerWidth + 1 || box.left < -1 || box.width < 1 || box.height < 1;
}).map(each => each.outerHTML.slice(0, 120))"""
CUT = """() => Array.from(document.querySelectorAll('main *')).filter(each => {
  const style = getComputedStyle(each);
  return each.checkVisibility() && !each.closest('.unseen, .records thead, svg')
    && !each.matches('input, select, textarea')
    && ['hidden', 'clip'].includes(style.overflowY)
    && each.scrollHeight > each.clientHeight + 2;
}).map(each => each.outerHTML.slice(0, 120))"""
MOVES = """() => Array.from(document.querySelectorAll('*')).filter(each => {
  const style = getComputedStyle(each), seconds = text => Math.max(...text.split(',').map(parseFloat));
  return seconds(style.transitionDuration) > 0
    || (style.animationName !== 'none' && seconds(style.animationDuration) > 0) || style.scrollBehavior === 'smooth';
}).map(each => each.outerHTML.slice(0, 80))"""
HEADINGS = """() => Array.from(document.querySelectorAll('h1, h2, h3, h4, h5, h6'))
  .filter(each => each.checkVisibility()).map(each => [Number(each.localName[1]), each.textContent.trim()])"""
LANDMARKS = """() => {
  const count = what => document.querySelectorAll(what).length;
  const navs = Array.from(document.querySelectorAll('nav')).map(each => each.getAttribute('aria-label') || '');
  return { main: count('main'), banner: count('body > header'), foot: count('body > footer'), navs: navs,
           outside: Array.from(document.querySelectorAll('a[href], button, input:not([type=hidden])')).filter(
             each => each.checkVisibility() && !each.closest('main, nav, header, footer, .skip, .unsent')).length };
}"""


@pytest.fixture
def pages(staff):
    """The addresses of the three jobs, by who walks them."""
    tell(staff, [story("2019-03"), story("2019-06")])
    with staff.researcher.work() as work:
        own, waiting = (
            report.send(work, schema.load(make.report_document()), "page").id for _each in range(2)
        )
    with staff.reviewer.work() as work:
        incident = take_in(work, own).id
    with staff.reviewer.work() as work:
        act = work.db.scalars(select(Act.id).where(Act.incident_id == incident)).first()
        person = work.db.scalars(select(Person.id)).first()
    release = prepared(staff, "internal")
    draft = uuid4()
    with staff.researcher.work() as work:
        drafts.save(work, draft, [("narrative", "Algo."), ("acts.0.type", "KIV")])
    steps = [
        "reports/new",
        *(
            f"reports/drafts/{draft}?step={step}"
            for step in ("who", "what", "programme", "when", "doers", "after")
        ),
    ]
    return {
        "researcher": ["", *steps, "reports/", f"reports/{own}", f"reports/{own}/sent", "reports/nothing"],
        "reviewer": ["", "inbox/", f"inbox/{waiting}", "incidents/", f"incidents/{incident}", f"review/{act}",
                     "review/", f"incidents/persons/{person}", f"evidence/new/{incident}"],
        "analyst": ["", "releases/new", "releases/preview?policy=internal", "releases", f"releases/{release}"],
        "coordinator": ["", f"releases/{release}"],
    }  # fmt: skip


def readable(page: Page, name: str) -> None:
    """One heading of the first rank, none skipped on the way down; each part of the page is a landmark with a name."""
    said = page.evaluate(HEADINGS)
    ranks = [rank for rank, _text in said]
    assert ranks.count(1) == 1, f"{name}: {said}"
    assert all(after <= before + 1 for before, after in zip([0, *ranks], ranks, strict=False)), (
        f"{name}: {said}"
    )
    assert all(text for _rank, text in said), f"{name}: {said}"
    found = page.evaluate(LANDMARKS)
    assert (found["main"], found["banner"], found["foot"], found["outside"]) == (1, 1, 1, 0), (
        f"{name}: {found}"
    )
    assert len(set(found["navs"])) == len(found["navs"]), f"{name}: {found}"
    assert all(found["navs"]), f"{name}: {found}"


@pytest.mark.parametrize("percent", ENLARGED)
def test_nothing_is_lost_where_a_page_is_enlarged_and_nothing_moves(
    site, open_page, house, staff, pages, percent
):
    wrong = {}
    for who, addresses in pages.items():
        page = signed_in(
            open_page, house, getattr(staff, who), viewport=ENLARGED[percent], reduced_motion="reduce"
        )
        for address in addresses:
            answer = page.goto(f"{site}/{address}")
            assert answer.status == 200, address
            arrived(page)
            assert page.locator("main h1").count() == 1, address
            for what, asked in (("lost", LOST), ("cut", CUT), ("moves", MOVES)):
                if found := page.evaluate(asked):
                    wrong[f"{who} {address} {what}"] = found
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong[f"{who} {address}"] = "wider than the screen"
    assert not wrong, "\n".join(f"{where}: {what}" for where, what in wrong.items())


def test_every_page_is_read_by_its_headings_and_its_landmarks(site, open_page, house, staff, pages):
    wrong = []
    for who, addresses in pages.items():
        page = signed_in(open_page, house, getattr(staff, who))
        for address in addresses:
            assert page.goto(f"{site}/{address}").status == 200, address
            arrived(page)
            try:
                readable(page, f"{who} {address}")
            except AssertionError as found:
                wrong.append(str(found).partition("\n")[0])
    assert not wrong, "\n".join(wrong)
