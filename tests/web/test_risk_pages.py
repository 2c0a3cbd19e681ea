"""The risk of a release in full is for those who prepare and sign: counted in the file, noted, in no pack."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incidents.model.audit import AuditEntry
from incidents.model.base import Envelope
from incidents.model.release import Release
from tests import make
from tests.browser import PHONE
from tests.release.test_publish import pack, person, prepared, signed, story, tell
from tests.release.unpacked import text as everything
from tests.web.test_release_pages import text_of
from tests.web.walking import faultless, signed_in

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def test_the_smallest_groups_and_the_rows_that_stand_out_are_for_who_prepares_and_signs(
    browser_for, staff, house
):
    tell(staff, [story("2019-03") for _ in range(6)])
    tell(staff, [story("2019-03", acts=[{"type": "ROB", "status": "C"}])])
    release = prepared(staff)
    signed(staff, release)
    for who in ("analyst", "second"):
        page = browser_for(who).get(f"/releases/{release}/risk")
        assert page.status_code == 200
        words = text_of(page.text)
        assert "The smallest groups" in words
        assert "Rows that few columns tell apart" in words
        assert "The press knows the date, the city and the age." in words
        assert "When it happened" in words  # not the name of the column alone
        assert "Tamaulipas" in words
        assert not [canary for canary in make.CANARIES if canary in page.text]
    assert browser_for("reviewer").get(f"/releases/{release}/risk").status_code == 403
    house.db().rollback()
    events = list(house.db().scalars(select(AuditEntry.event)))
    assert events.count("release.risk-read") == 2
    assert "stand_out" not in everything(pack(staff, release))


def test_the_verdict_stands_first_each_column_is_explained_once_and_tables_are_folded(browser_for, staff):
    tell(staff, [story("2019-03") for _ in range(6)])
    page = browser_for("analyst").get(f"/releases/{(prepared(staff))}/risk").text
    words, main = text_of(page), page.partition("<main")[2]
    assert words.index("No row stands alone: the smallest group in the file has 6 rows.") < words.index(
        "Groups"
    )
    folded = re.findall(r'<details class="section" id="([\w-]+)">(.*?)</details>', main, re.DOTALL)
    assert {"columns", "groups", "reader-1"} <= {name for name, _inside in folded}
    assert "<table" not in re.sub(r"<details.*?</details>", "", main, flags=re.DOTALL)
    names = re.findall(r"<code>(\w+)</code>", dict(folded)["columns"])
    assert names
    assert all(main.count(f"<code>{name}</code>") == 1 for name in names)
    explained = dict(folded)["columns"]
    heads = {head for _name, inside in folded for head in re.findall(r'<th scope="col">([^<]+)</th>', inside)}
    assert all(f"<dt>{head}<br>" in explained for head in heads - {"Told apart by"})


def test_rows_as_recorded_have_figures_only(browser_for, staff):
    tell(staff, [story("2019-03", people=[person(age=37)])])
    release = prepared(staff, "internal")
    words = text_of(browser_for("analyst").get(f"/releases/{release}/risk").text)
    assert "figures only" in words
    assert "2019-03" not in words
    assert "The smallest groups" not in words


def test_no_row_alone_is_not_said_without_the_readers_who_find_one_and_a_phone_shows_all(
    site, open_page, staff, house
):
    tell(staff, [story("2019-03") for _ in range(6)])
    tell(staff, [story("2019-03", acts=[{"type": "ROB", "status": "C"}])])
    release = prepared(staff)
    phone = signed_in(open_page, house, staff.analyst, viewport=PHONE)
    phone.goto(f"{site}/releases/{release}/risk")
    expect(phone.get_by_text(re.compile(r"No row stands alone.*But \d of the readers below"))).to_be_visible()
    faultless(phone, "risk")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    faultless(phone, "risk-open")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_where_the_page_of_the_release_says_another_share_both_are_explained(browser_for, staff):
    two = [{"type": "KID", "status": "C"}, {"type": "ROB", "status": "C"}]
    tell(staff, [story("2019-03", acts=two) for _ in range(5)])  # ten rows alike, of five incidents
    release = prepared(staff)
    signed(staff, release)
    client = browser_for("analyst")
    assert "20.0 %" in text_of(client.get(f"/releases/{release}").text)
    words = text_of(client.get(f"/releases/{release}/risk").text)
    assert re.search(r"10\.0 % In rows\. The page of the release says 20\.0 %", words), words


def test_a_pack_that_was_altered_has_no_report(browser_for, staff, house):
    tell(staff, [story("2019-03") for _ in range(5)])
    release = prepared(staff)
    with make.behind(house) as connection:
        connection.execute(Release.__table__.update().values(pack=Envelope(bytes(40))))
    assert browser_for("analyst").get(f"/releases/{release}/risk").status_code == 409
