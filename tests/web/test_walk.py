"""The road walked in a real browser: set up, invite, tell, take in, decide, prepare, sign, download.

AMPARO_SCREENSHOTS names a folder that keeps a picture of every page, at phone and desktop width.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import flask_migrate
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from config import Settings
from crypto.lock import FLOOR
from incidents import accounts, review
from incidents.app import create_app
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.base import db
from incidents.model.incident import Act
from incidents.model.vocabulary import Verification
from incidents.work import begin, keys
from tests import make
from tests.browser import PHONE, served
from tests.release import unpacked
from tests.web.walking import arrived, look, press

WORDS = "granizo lento sobre el tejado"
LINK = "one-time-link-of-this-test"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The whole app on an empty instance, served on this machine."""
    folder = tmp_path / "instance"
    settings = Settings(
        instance=folder,
        database_url=f"sqlite:///{folder / 'data.db'}",
        keys_file=folder / "keys.db",
        pepper_file=folder / "pepper",
        boot_key_file=folder / "boot" / "boot.key",
        checkpoints=None,
        timezone="UTC",
    )
    app = create_app(settings, FLOOR)
    with app.app_context():
        flask_migrate.upgrade()
        app.extensions["house"].keystore.set_fact("setup-link", keys.link_digest(LINK))
    with served(app) as here, app.app_context():
        yield here
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    app.extensions["house"].keystore._engine.dispose()


def confirm_recovery(page: Page, name: str) -> None:
    """Type back the two words that the page asks for."""
    look(page, name)
    shown = page.locator("#recovery-words").get_attribute("data-text").split()
    for asked in page.locator('input[name^="word."]').all():
        number = int(asked.get_attribute("name").removeprefix("word."))
        asked.fill(shown[number - 1])
    press(page, "I have written it down")


def set_up(page: Page, site: str) -> None:
    page.goto(f"{site}/setup/{LINK}")
    look(page, "setup")
    page.fill('[name="organisation"]', make.ORGANISATION)
    page.fill('[name="name"]', make.FOUNDER)
    page.fill('[name="passphrase"]', WORDS)
    page.fill('[name="again"]', WORDS)
    press(page, "Make my key")
    confirm_recovery(page, "setup-recovery")
    look(page, "setup-shares")
    page.check('[name="written"]')
    page.locator('main form[method="post"] button[type="submit"]').last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good to see you")
    look(page, "home-coordinator")


def invite(page: Page, site: str, open_page, name: str, role: str, **options) -> Page:
    """Invite, join in a browser of their own, compare, confirm; the page of the new member."""
    page.goto(f"{site}/members/new")
    page.fill('[name="name"]', name)
    page.check(f'[name="roles"][value="{role}"]')
    if role == "field_researcher":
        look(page, "member-new")
    press(page, "Make the invitation")
    link = page.locator("#invitation").inner_text()
    theirs = open_page(**options)
    theirs.goto(link)
    if role == "field_researcher":
        look(theirs, "invited")
    theirs.fill('[name="passphrase"]', WORDS)
    theirs.fill('[name="again"]', WORDS)
    theirs.locator('main button[type="submit"]').last.click()
    arrived(theirs)
    shown = theirs.locator("#recovery-words").get_attribute("data-text").split()
    for asked in theirs.locator('input[name^="word."]').all():
        number = int(asked.get_attribute("name").removeprefix("word."))
        asked.fill(shown[number - 1])
    theirs.locator('main button[type="submit"]').last.click()
    page.goto(f"{site}/members")
    page.get_by_role("link", name=name).click()
    if role == "field_researcher":
        look(page, "member-confirm")
    press(page, "The fingerprint is the same: confirm")
    theirs.goto(site)
    return theirs


def more_incidents(count: int, by: tuple[str, str] = ("Fidel Inventado", "Rita Inventada")) -> None:
    """What others told meanwhile, so that there is a group to hide in: sent, taken in, decided."""
    from flask import current_app

    house = current_app.extensions["house"]

    def of(name):
        begun = accounts.sign_in(house, name, WORDS)
        user, session = accounts.admit(house, begun.token)
        return begin(house, replace(accounts.actor_of(user)), session.ring)

    document = make.report_document(
        involvements=None,
        sources=None,
        incident={
            "moment": {"edtf": "2019-03", "precision": "MON"},
            "place": {"country": "MEX", "state": "MX-TAM"},
        },
        persons=[
            {
                "key": "p1",
                "teller": True,
                "identity": make.IDENTITY,
                "facts": {"age": 30, "gender": "F", "nationality": ["HND"]},
                "consent": {"decisions": {"REC": "given", "STA": "given", "ROW": "given"}},
            }
        ],
    )
    with of(by[0]) as work:
        sent = [report.send(work, schema.load(document), "page").id for _ in range(count)]
    with of(by[1]) as work:
        for one in sent:
            take_in(work, one)
    with of(by[1]) as work:
        for act in work.db.scalars(select(Act).where(Act.verification == Verification.RECEIVED)):
            review.move(work, act, Verification.CREDIBLE, "Detailed and consistent account.")


def tell(page: Page, site: str) -> str:
    """A field researcher writes a report on a phone; its reference."""
    look(page, "home-researcher")
    page.goto(f"{site}/reports/new")
    look(page, "report-new")
    for purpose in ("REC", "STA", "ROW"):
        page.locator(f'[name="persons.0.consent.decisions.{purpose}"][value="given"]').check()
    page.fill('[name="narrative"]', make.CANARY_NARRATIVE)
    page.locator('button[value="go:who"]').click()
    page.fill('[name="persons.0.identity.name"]', make.CANARY_NAME)
    page.fill('[name="persons.0.facts.age"]', "30")
    page.select_option('[name="persons.0.facts.gender"]', "F")
    look(page, "report-who")
    page.locator('.sendbar button[value="go:what"]').click()
    page.select_option('[name="acts.0.type"]', "KID")
    page.check('[name="involvements.0.part"][value="DIR"]')
    look(page, "report-what")
    page.locator('.sendbar button[value="go:programme"]').click()
    page.locator('.sendbar button[value="go:when"]').click()
    for piece, value in (("kind", "month"), ("year", "2019"), ("month", "03")):
        page.check(f'[name="incident.moment.{piece}"][value="{value}"]')
    page.get_by_text("Another place").click()
    page.select_option('[name="incident.place.state"]', "MX-TAM")
    look(page, "report-when")
    page.locator('button[name="deed"][value="send"]').click()
    page.wait_for_url(re.compile("/sent"))
    look(page, "report-receipt")
    page.get_by_role("link", name="My reports").last.click()
    look(page, "report-list")
    assert make.CANARY_NAME not in page.content()
    link = page.get_by_role("link", name=re.compile("R-[0-9A-Z]{4}-[0-9A-Z]{4}"))
    reference = link.inner_text()
    link.click()
    look(page, "report-sent")
    expect(page.locator("main")).to_contain_text(make.CANARY_NARRATIVE)
    return reference


def decide(page: Page, site: str, reference: str) -> None:
    """A reviewer takes the report in, opens a name with a reason, and decides on the act."""
    page.goto(f"{site}/inbox/")
    look(page, "inbox")
    page.get_by_role("link", name=reference).click()
    look(page, "inbox-report")
    page.locator('button[name="deed"][value="take_in"]').click()
    page.wait_for_url(re.compile("/incidents/"))
    look(page, "incident")
    assert make.CANARY_NAME not in page.content()
    page.goto(f"{site}/incidents/")
    look(page, "incident-list")
    page.goto(f"{site}/review/")
    look(page, "review-queue")
    page.locator("main table a").first.click()
    look(page, "review-act")
    page.locator('[name="move"][value="CRE"]').check()
    page.fill('[name="reasons"]', "Detailed, consistent with what two shelters told.")
    press(page, "Decide")
    expect(page.locator("main")).to_contain_text("Decided: Credible")


def reads_nothing(administrator: Page, site: str) -> None:
    """An administrator looks after accounts, and no page of content opens."""
    look(administrator, "home-administrator")
    administrator.expected.append("403")
    for closed in ("/inbox/", "/incidents/", "/releases"):
        administrator.goto(f"{site}{closed}")
        expect(administrator.get_by_role("heading", level=1)).to_contain_text("Not allowed")
    administrator.goto(f"{site}/members")
    expect(administrator.locator("main")).to_contain_text("Rita Inventada")


@pytest.mark.browser
def test_every_role_walks_its_part_of_the_road(site, open_page):
    coordinator = open_page()
    set_up(coordinator, site)
    researcher = invite(coordinator, site, open_page, "Fidel Inventado", "field_researcher", viewport=PHONE)
    reviewer = invite(coordinator, site, open_page, "Rita Inventada", "reviewer")
    analyst = invite(coordinator, site, open_page, "Alan Invented", "analyst")
    auditor = invite(coordinator, site, open_page, "Oda Invented", "auditor")
    administrator = invite(coordinator, site, open_page, "Ada Invented", "administrator")
    coordinator.goto(f"{site}/members")
    look(coordinator, "members")

    reference = tell(researcher, site)
    look(reviewer, "home-reviewer")
    decide(reviewer, site, reference)
    more_incidents(8)

    look(analyst, "home-analyst")
    analyst.goto(f"{site}/releases/new")
    look(analyst, "release-new")
    analyst.check('[name="policy"][value="dataset-research"]')
    press(analyst, "Preview")
    analyst.wait_for_url(re.compile("/releases/preview"))
    look(analyst, "release-preview")
    press(analyst, "Submit for signature")
    analyst.wait_for_url(re.compile(r"/releases/[0-9a-f-]{36}"))
    look(analyst, "release-prepared")
    assert "Sign this release" not in analyst.content()

    coordinator.goto(analyst.url)
    look(coordinator, "release-to-sign")
    coordinator.check("[name=declared]")
    press(coordinator, "Sign this release")
    analyst.reload()
    with analyst.expect_download() as downloading:
        press(analyst, "Download the pack")
    archive = Path(downloading.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(archive)) as pack:
        manifest = json.loads(pack.read("manifest.json"))
    assert manifest["counts"] == {"considered": 9, "released": 9, "excluded": {}}
    everything = unpacked.text({"pack.zip": archive})
    assert not [canary for canary in make.CANARIES if canary in everything]

    auditor.goto(f"{site}/trail")
    press(auditor, "Verify the trail")
    look(auditor, "trail")
    expect(auditor.locator("main")).to_contain_text("The trail is whole")

    reads_nothing(administrator, site)

    for page in (researcher, reviewer, analyst, auditor, administrator):
        page.goto(f"{site}/account")
        look(page, "account")
        page.locator('form[action="/sign-out"] button').first.dispatch_event("click")
        page.wait_for_url(re.compile("/sign-in"))
        page.expected.append("401")
        page.goto(f"{site}/account")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")
