"""A package in a real browser, on a phone: from the incident to the file."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incidents.model.people import Person
from tests import make
from tests.browser import PHONE
from tests.evidence import invented
from tests.sharing.test_enclosed import keep, picture, shown
from tests.sharing.test_sharing import CHECKED, LAWYER, mentioned, opened, tell, teller
from tests.web.walking import look, press, signed_in


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_package_is_prepared_signed_and_downloaded_on_phones(site, open_page, house, staff):
    incident = tell(staff, [teller(), mentioned()])
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}/incidents/{incident}")
    page.get_by_role("link", name="Prepare a package for a recipient").click()
    page.fill('[name="recipient"]', "Lic. Inventada, Clínica Jurídica Inventada")
    page.check('[name="purpose"][value="LEG"]')
    page.fill('[name="key"]', str(LAWYER.to_public()))
    page.fill('[name="checked"]', CHECKED)
    page.check('[name="fields"][value="name"]')
    look(page, "package-new")
    press(page, "Prepare")
    expect(page.get_by_text("Persons: 1 of 2")).to_be_visible()
    look(page, "package-prepared")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    address = page.url
    signer = signed_in(open_page, house, staff.second, viewport=PHONE)
    signer.goto(f"{site}/")
    signer.get_by_role("link", name="Packages to sign").click()
    look(signer, "packages")
    signer.goto(address)
    signer.check("[name=declared]")
    press(signer, "Sign this package")
    page.goto(address)
    look(page, "package-signed")
    with page.expect_download() as arrived:
        press(page, "Download the package")
    files = opened(arrived.value.path().read_bytes())
    assert make.CANARY_NAME in files["incident-1.txt"].decode()


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_evidence_is_weighed_chosen_and_goes_with_a_package_on_phones(site, open_page, house, staff):
    who = shown()
    who["consent"]["terms"] = {"LEG": {"no_place": True}}
    incident = tell(staff, [who, mentioned()])
    with staff.reviewer.work() as work:
        told = work.db.scalars(select(Person.id).where(Person.teller.is_(True))).one()
    goes = picture(staff, incident, seen=[told])
    picture(staff, incident)
    keep(staff, incident, invented.docx())
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}/incidents/{incident}")
    page.get_by_role("link", name="Prepare a package for a recipient").click()
    page.fill('[name="recipient"]', "Lic. Inventada, Clínica Jurídica Inventada")
    page.check('[name="purpose"][value="LEG"]')
    press(page, "See which evidence may go")
    expect(page.get_by_text("There is no working copy: originals never go")).to_be_visible()
    expect(page.locator('[name="evidence"]')).to_have_count(1)
    page.fill('[name="key"]', str(LAWYER.to_public()))
    page.fill('[name="checked"]', CHECKED)
    page.check(f'[name="evidence"][value="{goes}"]')
    page.check(f'[name="bare.{goes}"][value="place"]')
    look(page, "package-evidence")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    press(page, "Prepare")
    expect(page.get_by_text("1 person can be recognised in it")).to_be_visible()
    look(page, "package-evidence-prepared")
    address = page.url
    signer = signed_in(open_page, house, staff.second, viewport=PHONE)
    signer.goto(address)
    signer.check("[name=declared]")
    press(signer, "Sign this package")
    page.goto(address)
    with page.expect_download() as arrived:
        press(page, "Download the package")
    assert "evidence-1.jpg" in opened(arrived.value.path().read_bytes())
