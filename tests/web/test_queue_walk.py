"""Twenty reports are taken in, linked and verified with the keyboard alone."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from incidents import accounts, gate
from incidents.intake import report, schema, take_in
from incidents.model.incident import Act, Incident
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import ReportState, Verification
from tests import make
from tests.web.test_walk import look

REPORTS, LINKED = 20, 4
V = Verification
WHY = "Two shelters tell of the same house, apart from each other."
REGISTER = "All stand in the shelter's register, compared line by line."
NO_MOUSE = "addEventListener('pointerdown', () => { throw new Error('somebody used a mouse'); }, true)"
HAS_FOCUS = "what => Boolean(document.activeElement && document.activeElement.matches(what))"


class Keyboard:
    """What somebody does who uses no mouse."""

    def __init__(self, page):
        self.page, self.press, self.type = page, page.keyboard.press, page.keyboard.type

    def go(self, key):
        """A key that leads to another page."""
        with self.page.expect_navigation():
            self.press(key)

    def is_at(self, what):
        expect(self.page.locator(what).and_(self.page.locator(":focus"))).to_be_attached()

    def tab_to(self, what, most=12):
        for _each in range(most):
            if self.page.evaluate(HAS_FOCUS, what):
                return
            self.press("Tab")
        self.is_at(what)

    def decide(self, state):
        self.press(self.page.locator(f'input[name="move"][value="{state}"]').get_attribute("data-key"))
        self.press("r")
        self.type(WHY)
        self.press("Tab")
        self.go("Enter")


@pytest.fixture
def known(staff):
    """An incident that is known already, beside a restricted one; its reference."""
    references = []
    for kind in ("SXA", "KID"):
        told = make.report_document(acts=[{"key": "a1", "type": kind, "status": "C"}])
        with staff.other_researcher.work() as work:
            sent = report.send(work, schema.load(told), "page").id
        with staff.coordinator.work() as work:
            references.append(take_in.take_in(work, sent).reference)
    return references[-1]


@pytest.fixture
def desk_of(site, open_page, staff, house, known):
    for _each in range(REPORTS):
        with staff.researcher.work() as work:
            report.send(work, schema.load(make.report_document()), "page")
    return lambda who, path: opened(site, open_page, house, getattr(staff, who), path)


def opened(site, open_page, house, member, path):
    page = open_page(viewport={"width": 1280, "height": 900})
    token = accounts.sign_in(house, member.name, make.PASSPHRASE).token
    cookie = {"name": gate.COOKIE, "value": token.hex(), "url": site.replace("http:", "https:")}
    page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    page.add_init_script(NO_MOUSE)
    page.goto(f"{site}{path}")
    return page


def counted(house, of, *where):
    house.db().rollback()
    return house.db().scalar(select(func.count()).select_from(of).where(*where))


def take_them_in(page, keys, known):
    look(page, "queue-inbox")
    keys.press("j")
    keys.go("Enter")
    look(page, "queue-take-in")
    for number in range(REPORTS):
        if number < LINKED:
            link(page, keys, known)
        else:
            keys.go("a")
        if number < REPORTS - 1:
            keys.is_at('a[data-key="n"]')
            keys.go("Enter")


def link(page, keys, known):
    keys.press("l")
    keys.is_at('[name="known"]')
    keys.type(known)
    keys.tab_to('button[value="link"]')
    keys.go("Enter")
    keys.tab_to('[name="same.acts.a1"]')
    keys.press("ArrowDown")
    keys.tab_to('button[value="link"]')
    keys.go("Enter")
    expect(page.locator("main")).to_contain_text(f"Linked to incident {known}")


def verify_some(page, keys, known):
    """The known one, which several reports tell of, then two others, one after the other."""
    lines = page.locator("tbody tr").all_inner_texts()
    for _each in range(1 + next(number for number, text in enumerate(lines) if known in text)):
        keys.press("j")
    keys.go("Enter")
    look(page, "queue-act")
    keys.press("w")
    keys.is_at("summary")
    keys.tab_to('[name="1.credibility"]')
    keys.press("Home")
    keys.tab_to('details[open] form button[type="submit"]')
    keys.go("Enter")
    expect(page.locator("main")).to_contain_text("Weighed")
    keys.decide("UND")
    keys.is_at('a[data-key="n"]')
    keys.decide("VER")
    look(page, "queue-decided")
    for _each in range(2):
        keys.is_at('a[data-key="n"]')
        keys.go("Enter")
        if "two reviewers" in page.locator("#decide").inner_text():
            keys.go("n")
        keys.decide("CRE")
        expect(page.locator("main")).to_contain_text("Decided: Credible")


def move_the_rest(page, keys):
    waiting = page.locator('input[name="acts"]').count()
    for _each in range(waiting):
        keys.press("j")
        keys.press("x")
    keys.go("m")
    keys.tab_to('select[name="to"]', most=40)
    keys.type("Cred")
    keys.tab_to('button[value="look"]')
    keys.go("Enter")
    expect(page.locator("#counts")).to_contain_text("1 act stays")
    look(page, "queue-plan")
    keys.tab_to('textarea[name="reasons"]', most=60)
    keys.type(REGISTER)
    keys.press("Tab")
    keys.go("Enter")
    expect(page.locator("main")).to_contain_text(f"{waiting - 1} acts moved: Credible")


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_twenty_reports_are_taken_in_linked_and_verified_without_a_mouse(site, desk_of, known, house):
    page = desk_of("reviewer", "/inbox/")
    take_them_in(page, Keyboard(page), known)
    assert counted(house, Report, Report.state == ReportState.TAKEN_IN) == REPORTS + 2
    incident = house.db().scalars(select(Incident.id).where(Incident.reference == known)).one()
    assert counted(house, ReportLink, ReportLink.incident_id == incident) == LINKED + 1
    page = desk_of("other_reviewer", "/review/")  # whoever linked a report submitted what it tells of
    keys = Keyboard(page)
    look(page, "queue-review")
    verify_some(page, keys, known)
    page.goto(f"{site}/review/")
    move_the_rest(page, keys)
    assert counted(house, Act, Act.verification == V.VERIFIED) == 1
    assert counted(house, Act, Act.verification == V.CREDIBLE) == REPORTS - LINKED
    assert counted(house, Act, Act.verification == V.RECEIVED) == 1  # restricted: it is opened and looked at
    look(page, "queue-moved")
    keys.tab_to('td a[href*="/review/many/"]', most=40)
    keys.go("Enter")
    look(page, "queue-undo")
    page.goto(f"{site}/review/workload")
    look(page, "queue-workload")


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_keys_are_text_in_a_field_and_the_list_of_them_is_one_key_away(site, open_page, staff, house):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    page = opened(site, open_page, house, staff.reviewer, f"/inbox/{sent}")
    keys = Keyboard(page)
    keys.press("?")
    expect(page.locator("#keys")).to_contain_text("take it in as a new incident")
    keys.press("?")
    keys.press("l")
    keys.type("janl?")
    assert page.locator('[name="known"]').input_value() == "janl?"
    assert page.url.endswith(f"/inbox/{sent}")
