"""One's own reports, a page at a time: each once, the newest first, and first of all what is asked of one."""

import random
import re
from uuid import UUID

from incidents.intake import questions
from incidents.model.report import Report
from incidents.web import report as pages
from tests.search import invented

REFERENCE = re.compile(r'class="ref" href="/reports/([0-9a-f-]{36})"')


def test_each_page_is_short_and_goes_on_where_the_one_before_ended(browser_for, staff, monkeypatch):
    monkeypatch.setattr(pages, "PER_PAGE", 3)
    draw = random.Random(7)
    sent = [str(invented.send(staff.researcher, draw)) for _number in range(8)]
    client, address, shown, pages_seen = browser_for("researcher"), "/reports/", [], 0
    while address:
        page = client.get(address).text
        some = REFERENCE.findall(page)
        assert 0 < len(some) <= 3
        shown += some
        pages_seen += 1
        onward = re.search(r'href="([^"]+)" rel="next"', page)
        address = onward[1].replace("&amp;", "&") if onward else None
    assert shown == sent[::-1]
    assert pages_seen == 3
    assert 'rel="prev"' in page


def test_what_is_asked_of_one_stands_on_the_first_page_and_nowhere_else(browser_for, staff, monkeypatch):
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    draw = random.Random(8)
    sent = [invented.send(staff.researcher, draw) for _number in range(4)]
    with staff.reviewer.work() as work:
        questions.ask(work, work.get(Report, sent[0]), "where", "In which town was it?")
    client = browser_for("researcher")
    first = client.get("/reports/").text
    assert REFERENCE.findall(first) == [str(sent[0]), str(sent[3]), str(sent[2])]
    assert "A reviewer asks" in first
    onward = re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    assert REFERENCE.findall(client.get(onward).text) == [str(sent[1])]


def test_what_is_asked_beyond_what_the_first_page_holds_is_in_its_place_and_lost_on_none(
    browser_for, staff, monkeypatch
):
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    monkeypatch.setattr(questions, "PER_PAGE", 2)
    draw = random.Random(10)
    sent = [str(invented.send(staff.researcher, draw)) for _number in range(6)]
    with staff.reviewer.work() as work:
        for id in sent[:4]:
            questions.ask(work, work.get(Report, UUID(id)), "where", "In which town was it?")
    client, address, shown = browser_for("researcher"), "/reports/", []
    while address:
        page = client.get(address).text
        shown += REFERENCE.findall(page)
        onward = re.search(r'href="([^"]+)" rel="next"', page)
        address = onward[1].replace("&amp;", "&") if onward else None
    assert sorted(shown) == sorted(sent)
    assert {*shown[:2]} < {*sent[:4]}
    by_program, cursor = [], None
    while True:
        answer = client.get(f"/api/v1/reports?limit=2{f'&after={cursor}' if cursor else ''}").json
        by_program += [each["id"] for each in answer["items"]]
        if (cursor := answer["next"]) is None:
            break
    assert by_program == sent[::-1]


def test_a_place_that_is_none_is_the_first_page(browser_for, staff):
    invented.send(staff.researcher, random.Random(9))
    client = browser_for("researcher")
    assert client.get("/reports/?before=nonsense").text.count('class="ref"') == 1
