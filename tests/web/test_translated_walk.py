"""The main job in Spanish alone, by people who read nothing else; and each role's pages in each language."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect

from incidents import accounts
from incidents.model import vocabulary
from incidents.model.tongues import LANGUAGES
from incidents.translations import FOLDER, into
from tests.browser import PHONE
from tests.web.test_walk import LINK, WORDS, more_incidents
from tests.web.test_walk import site as site_of_the_walk
from tests.web.walking import arrived, glance, press

empty_site = site_of_the_walk  # the whole app on an empty instance
es = into("es")
SEEN = """() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement;
    if (!inside.closest('script, style, code, [lang]:not(html)')) found.push(walker.currentNode.data);
  }
  for (const each of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.push(each.getAttribute(name) || '');
  return found.map(text => text.replace(/\\s+/g, ' ').trim()).filter(text => text);
}"""


def english() -> tuple[set[str], list[str], list[re.Pattern[str]]]:
    """The program's sentences that are others in Spanish: whole, long enough to be found within, and with details."""
    catalog = read_po(io.BytesIO((FOLDER / "es" / "LC_MESSAGES" / "messages.po").read_bytes()))
    pairs = [
        pair
        for message in catalog
        if message.id
        for pair in zip(
            *([each] if isinstance(each, str) else each for each in (message.id, message.string)), strict=True
        )
        if pair[0].casefold() != pair[1].casefold()
    ]
    plain = {said for said, _spanish in pairs if "%" not in said}
    told = [re.split(r"%\(\w+\)s|%%", said) for said, _spanish in pairs if "%" in said]
    detailed = [
        re.compile(".+?".join(map(re.escape, parts))) for parts in told if len(max(parts, key=len)) > 15
    ]
    spanish = {spanish for _said, spanish in pairs}
    return plain - spanish - set(LANGUAGES.values()), [said for said in plain if len(said) > 24], detailed


WHOLE, WITHIN, DETAILED = english()


def english_labels() -> set[str]:
    """The codes' and the countries' names in English, where Spanish has another."""
    pairs = [
        (code.labels["en"], code.labels["es"])
        for each in vocabulary.shipped().values()
        for code in each.values()
    ]
    names = {language: Locale(language).territories for language in ("en", "es")}
    pairs += [(said, names["es"].get(code, said)) for code, said in names["en"].items()]
    spanish = {said.casefold() for _english, said in pairs}
    return {said for said, _spanish in pairs if said.casefold() not in spanish} - set(LANGUAGES.values())


MONTHS = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
LABELS = english_labels()
LONG = [said for said in LABELS if len(said) > 15]


def english_in(texts: list[str]) -> list[str]:
    """What of this is a sentence, a code or a month in English."""
    found = [text for text in texts if text in WHOLE or text in LABELS or MONTHS.search(text)]
    found += [said for text in texts for said in (*WITHIN, *LONG) if said in text]
    return found + [text for text in texts if any(said.fullmatch(text) for said in DETAILED)]


def in_spanish(page: Page, name: str) -> None:
    """No sentence of the program stands on the page in English."""
    arrived(page)
    assert page.locator("html").get_attribute("lang") == "es", name
    seen = page.evaluate(SEEN)
    left = english_in(seen)
    assert len(seen) > 5, name
    assert left == [], f"{name}: {left}"


def test_an_english_sentence_would_be_found_on_a_page_that_is_not_translated():
    assert {"Seal and send", "Decide", "Inbox"} <= WHOLE
    assert any(said.fullmatch("Fidel waits for you to confirm") for said in DETAILED)
    assert len(WITHIN) > 1400


def test_a_code_and_a_month_in_english_would_be_found():
    said = ["Kidnapping for ransom", "May 2019", "Honduras", "Secuestro extorsivo, mayo de 2019"]
    assert set(english_in(said)) == {"Kidnapping for ransom", "May 2019"}


def begin(page: Page, site: str) -> None:
    page.goto(f"{site}/setup/{LINK}")
    in_spanish(page, "setup")
    for name, value in (
        ("organisation", "Casa Inventada"),
        ("name", "Cora Inventada"),
        ("passphrase", WORDS),
        ("again", WORDS),
    ):
        page.fill(f'[name="{name}"]', value)
    press(page, es("Make my key"))
    typed_back(page)
    in_spanish(page, "setup-shares")
    page.check('[name="written"]')
    page.locator('main form[method="post"] button[type="submit"]').last.click()
    in_spanish(page, "home-coordinator")


def typed_back(page: Page) -> None:
    """The words that the page asks for again."""
    page.wait_for_selector("#recovery-words")
    in_spanish(page, "recovery")
    shown = page.locator("#recovery-words").get_attribute("data-text").split()
    for asked in page.locator('input[name^="word."]').all():
        asked.fill(shown[int(asked.get_attribute("name").removeprefix("word.")) - 1])
    page.locator('main button[type="submit"]').last.click()


def joined(page: Page, site: str, open_page, name: str, role: str, **options) -> Page:
    page.goto(f"{site}/members/new")
    in_spanish(page, "member-new")
    page.fill('[name="name"]', name)
    page.check(f'[name="roles"][value="{role}"]')
    press(page, es("Make the invitation"))
    theirs = open_page(locale="es-MX", **options)
    theirs.goto(page.locator("#invitation").inner_text())
    in_spanish(theirs, "invited")
    theirs.fill('[name="passphrase"]', WORDS)
    theirs.fill('[name="again"]', WORDS)
    theirs.locator('main button[type="submit"]').last.click()
    typed_back(theirs)
    in_spanish(theirs, "waiting")
    page.goto(f"{site}/members")
    page.get_by_role("link", name=name).click()
    in_spanish(page, "member-confirm")
    press(page, es("The fingerprint is the same: confirm"))
    in_spanish(page, "members")
    theirs.goto(site)
    in_spanish(theirs, f"home-{role}")
    return theirs


def onward(page: Page, where: str) -> None:
    """Press it and be on the next page: what is looked at before is still the last one."""
    with page.expect_navigation():
        page.locator(where).first.click()


def told(page: Page, site: str) -> None:
    page.goto(f"{site}/reports/new")
    in_spanish(page, "report-new")
    for purpose in ("REC", "STA", "ROW"):
        page.locator(f'[name="persons.0.consent.decisions.{purpose}"][value="given"]').check()
    page.fill('[name="narrative"]', "Un relato inventado.")
    onward(page, 'button[value="go:who"]')
    in_spanish(page, "report-who")
    page.fill('[name="persons.0.facts.age"]', "30")
    page.select_option('[name="persons.0.facts.gender"]', "F")
    onward(page, '.sendbar button[value="go:what"]')
    in_spanish(page, "report-what")
    page.select_option('[name="acts.0.type"]', "KID")
    page.check('[name="involvements.0.part"][value="DIR"]')
    onward(page, '.sendbar button[value="go:programme"]')
    in_spanish(page, "report-programme")
    onward(page, '.sendbar button[value="go:when"]')
    in_spanish(page, "report-when")
    for piece, value in (("kind", "month"), ("year", "2019"), ("month", "03")):
        page.check(f'[name="incident.moment.{piece}"][value="{value}"]')
    page.get_by_text(es("Another place")).click()
    page.select_option('[name="incident.place.state"]', "MX-TAM")
    page.locator('button[name="deed"][value="send"]').click()
    page.wait_for_url(re.compile("/sent"))
    in_spanish(page, "report-sent")
    page.goto(f"{site}/reports/")
    in_spanish(page, "report-list")


def taken_in_and_verified(page: Page, site: str) -> None:
    page.goto(f"{site}/inbox/")
    in_spanish(page, "inbox")
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile("R-[0-9A-Z]{4}-[0-9A-Z]{4}")).first.click()
    in_spanish(page, "inbox-report")
    onward(page, 'button[name="deed"][value="take_in"]')
    page.wait_for_url(re.compile("/incidents/"))
    in_spanish(page, "incident")
    for address in ("incidents/", "review/"):
        page.goto(f"{site}/{address}")
        in_spanish(page, address)
    onward(page, "main table a")
    in_spanish(page, "review-act")
    page.locator('[name="move"][value="CRE"]').check()
    page.fill('[name="reasons"]', "Detallado, y coincide con lo que contaron dos albergues.")
    with page.expect_navigation():
        press(page, es("Decide"))
    in_spanish(page, "reviewed")


@pytest.mark.browser
def test_the_main_job_is_translated_for_somebody_who_reads_spanish_alone(empty_site, open_page, tmp_path):
    site = empty_site
    coordinator = open_page(locale="es-MX")
    begin(coordinator, site)
    researcher = joined(coordinator, site, open_page, "Fidel Inventada", "field_researcher", viewport=PHONE)
    reviewer = joined(coordinator, site, open_page, "Rita Inventada", "reviewer")
    analyst = joined(coordinator, site, open_page, "Alan Inventado", "analyst")
    told(researcher, site)
    taken_in_and_verified(reviewer, site)
    more_incidents(8, by=("Fidel Inventada", "Rita Inventada"))

    analyst.goto(f"{site}/releases/new")
    in_spanish(analyst, "release-new")
    analyst.check('[name="policy"][value="dataset-research"]')
    press(analyst, es("Preview"))
    analyst.wait_for_url(re.compile("/releases/preview"))
    in_spanish(analyst, "release-preview")
    press(analyst, es("Submit for signature"))
    analyst.wait_for_url(re.compile(r"/releases/[0-9a-f-]{36}"))
    in_spanish(analyst, "release-prepared")
    coordinator.goto(analyst.url)
    in_spanish(coordinator, "release-to-sign")
    with coordinator.expect_navigation():
        press(coordinator, es("Sign this release"))
    in_spanish(coordinator, "release-signed")
    analyst.reload()
    in_spanish(analyst, "release-to-download")
    with analyst.expect_download() as downloading:
        press(analyst, es("Download the pack"))
    with zipfile.ZipFile(Path(downloading.value.path())) as pack:
        assert json.loads(pack.read("manifest.json"))["counts"]["released"] == 9
        pack.extractall(tmp_path)
    analyst.goto((tmp_path / "report-es.html").as_uri())
    in_spanish(analyst, "report-es")
    expect(analyst.locator("body")).to_contain_text("marzo de 2019")
    expect(analyst.locator("body")).to_contain_text("nueve de nueve renglones")


PAGES = {
    "researcher": ("", "reports/new", "reports/", "account"),
    "reviewer": ("inbox/", "incidents/", "review/", "interviews/", "vocabulary/?list=act"),
    "coordinator": ("members", "releases", "vocabulary/"),
    "analyst": ("releases/new",),
}


@pytest.mark.browser
@pytest.mark.parametrize("language", [language for language in LANGUAGES if language not in ("en", "es")])
def test_the_pages_are_translated_and_fit_a_phone_in_every_language(site, phone_of, staff, language):
    """Longer words than English has: nothing stands beside a screen 360 pixels wide."""
    for who, addresses in PAGES.items():
        member = getattr(staff, who)
        with member.work() as work:
            accounts.set_language(work, language)
        page = phone_of(member)
        for address in addresses:
            page.goto(f"{site}/{address}")
            glance(page, f"{language}-{who}-{address.partition('?')[0].replace('/', '-')}")
            assert page.locator("html").get_attribute("lang") == language
            left = [
                text
                for text in page.evaluate(SEEN)
                if text in {"Home", "Inbox", "Review", "Sign out", "My account"}
            ]
            assert left == []
