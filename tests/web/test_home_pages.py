"""The first page of each role: what waits, what must not be forgotten, what changed; every line leads somewhere."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import update

from incidents import gate, members
from incidents.intake import drafts, questions, report, schema
from incidents.model.release import Release
from incidents.model.report import Report
from incidents.model.talk import Question
from incidents.model.vocabulary import ReleaseState, Role
from incidents.release import publish
from tests import make
from tests.release.test_publish import story, tell
from tests.statements import asked_of_databases
from tests.web.walking import look_at_both, signed_in

ROLES = ("coordinator", "second", "reviewer", "analyst", "researcher", "administrator", "auditor")
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def main(page: str) -> str:
    return page[page.index('<main id="main"') : page.index("</main>")]


def lines(page: str) -> list[str]:
    """Everything that is said in a list or a table of the page."""
    return re.findall(
        r"<li class=\"(?:tile|notice)[^>]*>.*?</li>|<tr role=\"row\">.*?</tr>", main(page), re.DOTALL
    )


def some(staff, count: int, start: int = 0) -> None:
    """Reports, incidents, decisions, questions, comments, drafts and releases."""
    with staff.researcher.work() as work:
        for number in range(count):
            drafts.save(work, uuid4(), [("narrative", f"{start + number}")])
        waiting = [report.send(work, schema.load(make.report_document()), "page") for _ in range(count)]
        asked = [each.id for each in waiting]
    tell(staff, [story() for _ in range(count)])
    with staff.reviewer.work() as work:
        for id in asked:
            questions.ask(work, work.get(Report, id), "when", due_on=work.today)
    tell(staff, [story() for _ in range(count)], verified=False)


def home(browser_for, who: str) -> str:
    answer = browser_for(who).get("/")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("who", ROLES)
def test_every_line_of_every_role_leads_to_a_page_that_this_person_may_see(browser_for, staff, who):
    tell(staff, [story()])
    browser = browser_for(who)
    shown = browser.get("/").text
    found = lines(shown)
    assert found or "Nothing waits for you" in shown
    for line in found:
        if "<th" in line:
            continue
        (url, *_more) = re.findall(r'href="([^"]+)"', line)
        assert browser.get(unescape(url)).status_code == 200, line


def test_what_was_typed_and_not_sent_is_the_first_thing(browser_for, staff):
    with staff.researcher.work() as work:
        drafts.save(work, uuid4(), [("narrative", "half a word")])
    shown = main(home(browser_for, "researcher"))
    assert "1 draft is not sent yet." in shown
    assert "Go on writing" in shown
    assert "half a word" not in shown


def test_an_invitation_that_nobody_took_up_and_a_backup_that_nobody_made_are_told(browser_for, staff, house):
    with staff.second.work() as work:
        members.invite(work, "Nadie Inventada", [Role.REVIEWER])
    for who in ("second", "administrator"):
        shown = main(home(browser_for, who))
        assert "1 invitation was not taken up yet." in shown
        assert "No backup was ever made." in shown
    assert "backup" not in main(home(browser_for, "reviewer"))
    house.keystore.set_fact("backup", (house.now() - timedelta(days=9)).isoformat().encode())
    assert "The last backup was made on" in main(home(browser_for, "administrator"))
    house.keystore.set_fact("backup", house.now().isoformat().encode())
    assert "backup" not in main(home(browser_for, "administrator")).replace("first backup", "")


def test_a_question_past_its_day_is_told_to_reviewers(browser_for, staff, house):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    with staff.reviewer.work() as work:
        asked = questions.ask(work, work.get(Report, sent), "when", due_on=work.today + timedelta(days=1))
        id, yesterday = asked.id, work.today - timedelta(days=1)
    assert "was not answered by its day" not in main(home(browser_for, "reviewer"))
    with make.behind(house) as data:
        data.execute(update(Question).where(Question.id == id).values(due_on=yesterday))
    assert "1 question was not answered by its day." in main(home(browser_for, "reviewer"))
    assert "A reviewer asks about 1 report." in main(home(browser_for, "researcher"))


def test_a_release_that_ends_soon_and_one_that_must_not_stand_are_told(browser_for, staff, house):
    tell(staff, [story() for _number in range(8)])
    with staff.analyst.work() as work:
        id = publish.prepare(work, "internal", {}).id
    assert "My releases that wait for a signature" in main(home(browser_for, "analyst"))
    assert "Releases to sign" in main(home(browser_for, "second"))
    for who in (staff.second, staff.coordinator):
        with who.work() as work:
            publish.sign(work, work.get(Release, id), declared=True)
    with staff.analyst.work() as work:
        one = work.get(Release, id)
        assert one.expires_on is not None
        soon, today = work.today + timedelta(days=3), work.today
    with make.behind(house) as data:
        data.execute(update(Release).where(Release.id == id).values(expires_on=soon))
    assert "can be downloaded until" in main(home(browser_for, "analyst"))
    values = {"state": ReleaseState.RECALLED, "downloads": 1, "recalled_on": today}
    with make.behind(house) as data:
        data.execute(update(Release).where(Release.id == id).values(**values))
    for who in ("analyst", "second"):
        assert "holds what must not stand" in main(home(browser_for, who))
    assert "must not stand" not in main(home(browser_for, "reviewer"))


def test_who_has_nothing_to_do_is_told_where_to_begin(browser_for, staff):
    shown = main(home(browser_for, "researcher"))
    assert "Nothing waits for you" in shown
    assert "Begin with consent" in shown
    assert shown.count('href="/reports/new"') == 2
    assert "Let the trail be verified" in main(home(browser_for, "auditor"))


def test_somebody_with_two_roles_sees_both_and_nothing_twice(browser_for, staff, house):
    both = make.member(house, staff.second, "Dora Inventada", Role.FIELD_RESEARCHER, Role.ADMINISTRATOR)
    client = browser_for("")
    client.set_cookie(gate.COOKIE, both.token.hex(), secure=True, httponly=True, samesite="Strict")
    shown = main(client.get("/").text)
    assert "Reports I sent" in shown
    assert "Blocks in the trail" in shown
    urls = re.findall(r'<li class="tile[^>]*>.*?href="([^"]+)"', shown, re.DOTALL)
    assert len(urls) == len({*urls})


@pytest.mark.parametrize("who", ROLES)
def test_the_number_of_statements_does_not_grow_with_the_records(app, browser_for, staff, who):
    browser = browser_for(who)
    some(staff, 2)
    browser.get("/")
    with asked_of_databases(app) as few:
        browser.get("/")
    some(staff, 9, 2)
    with asked_of_databases(app) as many:
        browser.get("/")
    assert len(few) == len(many), [one for one in many if many.count(one) != few.count(one)]


@pytest.mark.parametrize("who", ROLES)
def test_home_axe_for_each_role_at_both_widths(site, open_page, house, staff, who):
    some(staff, 1)
    page = signed_in(open_page, house, getattr(staff, who))
    page.goto(site)
    look_at_both(page, f"home-{who}")
