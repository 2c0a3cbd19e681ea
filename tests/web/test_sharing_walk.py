"""A package in a real browser, on a phone: from the incident to the file."""

import pytest
from playwright.sync_api import expect

from incidents import accounts, gate
from tests import make
from tests.browser import PHONE
from tests.sharing.test_sharing import CHECKED, LAWYER, mentioned, opened, tell, teller
from tests.web.test_walk import look, press


def phone_of(open_page, house, member):
    token = member.token or accounts.sign_in(house, member.name, make.PASSPHRASE).token
    made = open_page(viewport=PHONE)
    cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
    made.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    return made


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_package_is_prepared_signed_and_downloaded_on_phones(site, open_page, house, staff):
    incident = tell(staff, [teller(), mentioned()])
    page = phone_of(open_page, house, staff.reviewer)
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
    signer = phone_of(open_page, house, staff.second)
    signer.goto(f"{site}/")
    signer.get_by_role("link", name="Packages to sign").click()
    look(signer, "packages")
    signer.goto(address)
    press(signer, "Sign this package")
    page.goto(address)
    look(page, "package-signed")
    with page.expect_download() as arrived:
        press(page, "Download the package")
    files = opened(arrived.value.path().read_bytes())
    assert make.CANARY_NAME in files["incident-1.txt"].decode()
