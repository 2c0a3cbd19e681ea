"""A report written with a thumb, on a phone 360 pixels wide: every tap is counted.

A tap into a field is one, a choice from a list two (it opens, it is chosen). Typing is no tap; but for the account
and names nothing is typed. AMPARO_SCREENSHOTS names a folder that keeps a picture of every page.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from incidents.intake import report
from incidents.model.report import Draft, Report
from incidents.web import moments
from tests.browser import PHONE
from tests.web.walking import look_at_both as look
from tests.web.walking import signed_in

STATES = ["REC", "STA", "ROW"]


@pytest.fixture
def phone(site, open_page, house, staff) -> Page:
    """The phone of a field researcher who is signed in."""
    page = signed_in(open_page, house, staff.researcher, viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(site)
    return page


class Thumb:
    """What a thumb does on a page, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, where: Locator | str) -> None:
        self.taps += 1
        self._find(where).click()

    def choose(self, name: str, value: str) -> None:
        """One of the choices that look like buttons."""
        self.tap(f'[name="{name}"][value="{value}"]')

    def pick(self, name: str, value: str) -> None:
        """One of a list that opens first."""
        self.taps += 2
        self._find(f'[name="{name}"]').select_option(value)

    def type(self, name: str, text: str) -> None:
        self.tap(f'[name="{name}"]')
        self.page.keyboard.type(text)

    def press(self, deed: str) -> None:
        with self.page.expect_navigation():
            self.tap(self.page.locator(f'button[name="deed"][value="{deed}"]:visible').last)

    def _find(self, where: Locator | str) -> Locator:
        return self.page.locator(where) if isinstance(where, str) else where


def unfold(page: Page) -> None:
    page.evaluate("for (const each of document.querySelectorAll('main details')) { each.open = true; }")


def consent_and_account(thumb: Thumb) -> None:
    for purpose in STATES:
        thumb.choose(f"persons.0.consent.decisions.{purpose}", "given")
    thumb.type("narrative", "Nos bajaron del camión en la terminal.")


def sent_documents(house, staff) -> list[dict]:
    house.db().rollback()
    ids = house.db().scalars(select(Report.id)).all()
    with staff.researcher.work() as work:
        return [report.read_own(work, id).document for id in ids]


@pytest.mark.browser
def test_consent_and_account_are_sent_in_under_15_taps(phone, house, staff):
    thumb = Thumb(phone)
    thumb.tap(phone.get_by_role("link", name="Write a report").first)
    look(phone, "report-new")
    consent_and_account(thumb)
    thumb.press("send")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Sealed and sent")
    look(phone, "report-receipt")
    assert thumb.taps < 15, thumb.taps
    (document,) = sent_documents(house, staff)
    assert document["narrative"] == "Nos bajaron del camión en la terminal."
    assert document["persons"][0]["consent"]["decisions"]["ROW"] == "given"


@pytest.mark.browser
def test_two_persons_three_acts_and_a_partial_date_are_coded_in_under_40_taps(phone, site, house, staff):
    phone.goto(f"{site}/reports/new")
    consent_and_account(Thumb(phone))
    thumb = Thumb(phone)
    thumb.press("go:who")
    thumb.type("persons.0.identity.name", "Marta Inventada")
    thumb.press("add:persons")
    thumb.type("persons.1.identity.name", "Julio Inventado")
    look(phone, "report-who")
    thumb.press("go:what")
    for number, act in enumerate(("KID", "EXR", "ASS")):
        if number:
            thumb.press("add:acts")
        thumb.pick(f"acts.{number}.type", act)
        for person in range(2):
            thumb.choose(f"involvements.{number * 2 + person}.part", "DIR" if person == 0 else "IND")
    look(phone, "report-what")
    thumb.press("go:when")
    thumb.choose("incident.moment.kind", "month")
    thumb.choose("incident.moment.year", "2019")
    thumb.choose("incident.moment.month", "11")
    thumb.choose("incident.moment.part", "mid")
    expect(phone.locator("output.said").first).to_have_text("mid-November 2019")
    thumb.choose("incident.place.city", "02004")
    look(phone, "report-when")
    thumb.press("send")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Sealed and sent")
    assert thumb.taps < 40, thumb.taps
    (document,) = sent_documents(house, staff)
    assert [act["type"] for act in document["acts"]] == ["KID", "EXR", "ASS"]
    assert [person["identity"]["name"] for person in document["persons"]] == [
        "Marta Inventada",
        "Julio Inventado",
    ]
    assert len(document["involvements"]) == 6
    assert document["incident"] == {
        "moment": {"edtf": "2019-11-15~", "precision": "APX"},
        "place": {"country": "MEX", "state": "MX-BCN", "municipality": "02004", "precision": "MUN"},
    }


@pytest.mark.browser
def test_an_interview_in_which_nothing_happened_is_two_taps(phone, site, house, staff):
    phone.goto(f"{site}/reports/new")
    thumb = Thumb(phone)
    thumb.tap(phone.get_by_role("link", name="Interview in which nothing happened"))
    look(phone, "report-nothing")
    thumb.press("NOT")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Sealed and sent")
    assert thumb.taps == 2
    today = {"edtf": moments.here().isoformat(), "precision": "DAY"}
    assert sent_documents(house, staff) == [
        {"interview": {"outcome": "NOT", "on": today}, "danger": "NAS", "persons": [], "involvements": []}
    ]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("taps", "said"),
    [
        ([("kind", ""), ("part", "mid")], "mid-"),
        ([("kind", "year"), ("year", "2019")], "some day in 2019"),
        (
            [("kind", "range"), ("between", "2019-09-03/2019-11-14")],
            "between 3 September and 14 November 2019",
        ),
    ],
)
def test_a_partial_date_is_two_taps(phone, site, taps, said):
    phone.goto(f"{site}/reports/new")
    thumb = Thumb(phone)
    thumb.press("go:who")
    thumb.press("go:programme")
    unfold(phone)
    for number, day in enumerate(("2019-09-03", "2019-11-14")):
        at = f"incident.mpp.returned_on.{number}"
        phone.select_option(f'[name="{at}.kind"]', "day")
        phone.fill(f'[name="{at}.day"]', day)
        thumb.press("go:programme")
    unfold(phone)
    look(phone, "report-programme")
    thumb.press("go:when")
    before = thumb.taps
    last_month = (moments.here().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    for piece, value in taps:
        thumb.choose(f"incident.moment.{piece}", value or last_month)
    assert thumb.taps - before == 2
    expect(phone.locator("output.said").first).to_contain_text(said)


@pytest.mark.browser
def test_what_is_typed_is_kept_by_itself_and_every_page_says_that_it_is_not_sent(phone, site, house):
    phone.goto(f"{site}/reports/new")
    thumb = Thumb(phone)
    consent_and_account(thumb)
    expect(phone.locator("#saved")).to_contain_text("Kept as your draft")
    assert house.db().scalars(select(Draft)).one()
    house.db().rollback()
    phone.on("dialog", lambda dialog: dialog.accept())
    phone.goto(f"{site}/account")
    expect(phone.locator(".unsent")).to_contain_text("1 draft is not sent yet")
    thumb.tap(phone.locator(".unsent a"))
    look(phone, "report-list")
    thumb.tap(phone.get_by_role("link", name="Draft of"))
    expect(phone.locator('[name="narrative"]')).to_have_value("Nos bajaron del camión en la terminal.")


@pytest.mark.browser
def test_every_page_of_the_codes_is_whole_on_a_phone(phone, site):
    phone.goto(f"{site}/reports/new")
    thumb = Thumb(phone)
    thumb.type("narrative", "Algo.")
    thumb.choose("danger", "today")
    expect(phone.locator(".call")).to_be_visible()
    thumb.choose("danger", "before")
    expect(phone.locator(".until")).to_be_visible()
    look(phone, "report-danger")
    thumb.press("go:who")
    thumb.press("go:what")
    thumb.pick("acts.0.type", "KIV")
    thumb.choose("involvements.0.part", "DIR")
    thumb.press("check")
    unfold(phone)
    look(phone, "report-act-details")
    for step in ("who", "doers", "after"):
        thumb.press(f"go:{step}")
        unfold(phone)
        look(phone, f"report-{step}-open")
    thumb.press("stop")
    look(phone, "report-stopped")


@pytest.mark.browser
def test_a_group_without_names_is_counted_by_tapping(phone, site, house, staff):
    phone.goto(f"{site}/reports/new")
    thumb = Thumb(phone)
    consent_and_account(thumb)
    thumb.press("go:who")
    thumb.press("add:persons")
    thumb.choose("persons.1.kind", "group")
    less, more = (
        phone.locator(f'[data-for="f-persons-1-facts-group_size-min"][data-step="{step}"]')
        for step in (-1, 1)
    )
    for button in (more, more, more, less):
        thumb.tap(button)
    thumb.press("send")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Sealed and sent")
    (document,) = sent_documents(house, staff)
    assert document["persons"][1] == {"key": "p2", "kind": "group", "facts": {"group_size": {"min": 2}}}


@pytest.mark.browser
def test_two_presses_are_one_report_and_a_lost_line_loses_nothing(phone, site, house, staff):
    # Four seconds after the last word the page asks by itself, and the line may still be broken.
    phone.expected += ["ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"]
    phone.goto(f"{site}/reports/new")
    thumb = Thumb(phone)
    consent_and_account(thumb)
    send = phone.locator('.sendbar button[value="send"]')
    phone.context.set_offline(True)
    send.click()
    expect(phone.locator("#no-line")).to_be_visible()
    expect(phone.locator('[name="narrative"]')).to_have_value("Nos bajaron del camión en la terminal.")
    phone.context.set_offline(False)
    send.dblclick()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Sealed and sent")
    assert len(sent_documents(house, staff)) == 1
