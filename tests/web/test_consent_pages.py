"""The page for three words, and what reviewers see at once of whoever withdrew."""

import re
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select

from incidents import consent, search
from incidents.consent import codes, pacing
from incidents.intake import parting, report, schema
from incidents.intake.take_in import take_in
from incidents.model.consent import Basis, ConsentEvent, Withdrawal
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.web import consent as consent_pages
from tests import make
from tests.release.test_publish import pack, prepared, signed, story, tell
from tests.test_withdrawal_words import NOBODYS
from tests.web.reading import form


def text(html):
    """What somebody reads."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(codes, "SLOW", 0.0)


@pytest.fixture
def told(staff):
    """A report that was taken in: the incident, the teller, their words."""
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    with staff.researcher.work() as work:
        (words,) = parting.shown(work, sent)
    with staff.reviewer.work() as work:
        person = report.read(work, sent).person_ids["p1"]
        return sent, take_in(work, sent).id, person, words


def test_the_page_asks_for_nothing_but_the_words_and_says_of_nobody_what_it_is(browser_for):
    page = browser_for("").get("/withdraw")
    assert page.status_code == 200
    assert set(form(page.text, having="words").typed) == {"words"}
    for word in ("Amparo", make.ORGANISATION, "consent", "withdraw", "report", "human rights"):
        assert word.casefold() not in text(page.text).casefold()
    assert "Amparo" not in page.text
    assert '<html lang="es">' in browser_for("").get("/withdraw", headers={"Accept-Language": "es"}).text


def test_the_answer_is_the_same_for_somebodys_words_and_for_nobodys(browser_for, told, house):
    *_others, words = told
    answers = []
    for given in (words, NOBODYS):
        browser = browser_for("")
        done = browser.post("/withdraw", data={"words": given})
        answers.append(
            (done.status_code, done.headers["Location"], browser.get(done.headers["Location"]).text)
        )
    assert answers[0] == answers[1]
    assert answers[0][0] == 303
    assert len(house.db().scalars(select(Withdrawal)).all()) == 1


def test_what_is_not_three_words_is_said_and_kept_on_the_page(browser_for):
    answer = browser_for("").post("/withdraw", data={"words": "luna"})
    assert answer.status_code == 422
    assert "Write the three words" in answer.text


def test_too_many_guesses_are_refused_with_a_sentence(browser_for, monkeypatch):
    monkeypatch.setattr(pacing, "NEAR", 2)
    there, elsewhere = ({"X-Forwarded-For": each} for each in ("93.184.216.34", "8.8.8.8"))
    answers = [
        browser_for("").post("/withdraw", data={"words": NOBODYS}, headers=whence)
        for whence in (there, there, there, elsewhere)
    ]
    assert [answer.status_code for answer in answers] == [303, 303, 429, 303]


def test_the_words_stand_on_the_sent_page_until_they_are_taken(browser_for, told):
    sent, _incident, _person, words = told
    writer = browser_for("researcher")
    assert words in writer.get(f"/reports/{sent}/sent").text
    card = writer.get(f"/reports/{sent}/words").text
    assert text(card).strip().endswith(words)
    assert "Amparo" not in card
    assert make.ORGANISATION not in card
    assert writer.post(f"/reports/{sent}/words").status_code == 303
    assert words not in writer.get(f"/reports/{sent}/sent").text
    assert writer.get(f"/reports/{sent}/words").status_code == 404


def test_a_receipt_says_what_was_decided_and_names_nobody(browser_for, told):
    sent, _incident, person, words = told
    for who, address in (
        ("researcher", f"/reports/{sent}/receipt"),
        ("reviewer", f"/consents/{person}/receipt"),
    ):
        page = browser_for(who).get(f"{address}?read=en")
        plain = browser_for(who).get(f"{address}?read=en&plain=1")
        assert "Keep an internal record: Yes" in page.text
        assert "Publish with identity: Not asked" in plain.text
        assert plain.mimetype == "text/plain"
        assert 'filename="note.txt"' in plain.headers["Content-Disposition"]
        for secret in (make.CANARY_NAME, words):
            assert secret not in page.text + plain.text


def test_reviewers_see_at_once_who_withdrew_with_their_words(browser_for, told):
    _sent, incident, person, words = told
    reviewer = browser_for("reviewer")
    assert "Somebody in it withdrew" not in reviewer.get(f"/incidents/{incident}").text
    browser_for("").post("/withdraw", data={"words": words})
    shown = text(reviewer.get(f"/incidents/{incident}").text)
    assert "Somebody in it withdrew" in shown
    assert "by their words" in shown
    assert "It may be used no more" in text(reviewer.get(f"/incidents/persons/{person}").text)
    assert "by their words" in text(reviewer.get("/consents").text)


def test_somebody_says_yes_again_only_where_that_is_said(browser_for, told, staff):
    _sent, _incident, person, words = told
    browser_for("").post("/withdraw", data={"words": words})
    reviewer, address = browser_for("reviewer"), f"/incidents/persons/{person}"
    page = form(reviewer.get(address).text, having="persons.0.consent.decisions.ROW").filled()
    page["persons.0.consent.decisions.ROW"] = "given"
    assert reviewer.post(address, data=page).status_code == 303
    with staff.reviewer.work() as work:
        assert consent.permits(work, work.get(Person, person), Purpose.ROWS) == consent.Refusal("withdrawn")
    again = {**page, "persons.0.consent.again": "yes"}
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, person), [Purpose.ROWS])  # after the page was opened
    refused = reviewer.post(address, data=again)
    assert refused.status_code == 422
    assert "They took something back that you were not shown" in text(refused.text)
    again["shown"] = form(refused.text, having="persons.0.consent.decisions.ROW").filled()["shown"]
    assert reviewer.post(address, data=again).status_code == 303
    with staff.reviewer.work() as work:
        assert isinstance(consent.permits(work, work.get(Person, person), Purpose.ROWS), consent.Permit)


def test_a_basis_is_recorded_confirmed_by_a_second_person_and_ended(browser_for, told, house):
    _sent, _incident, person, _words = told
    reviewer, address = browser_for("reviewer"), f"/incidents/persons/{person}"
    given = {"deed": "basis", "basis.kind": "held", "basis.relation": "sibling"}
    short = reviewer.post(address, data={**given, "basis.reasons": "short"})
    assert short.status_code == 422
    missing = reviewer.post(address, data={"deed": "basis", "basis.kind": "held", "basis.reasons": "A" * 20})
    assert missing.status_code == 422
    assert (
        reviewer.post(address, data={**given, "basis.reasons": "Her sister told us by phone."}).status_code
        == 303
    )
    house.db().rollback()
    (basis,) = house.db().scalars(select(Basis)).all()
    assert "The person is still held" in text(reviewer.get(address).text)
    mine = reviewer.post(address, data={"deed": "confirm_basis", "basis": str(basis.id)})
    assert mine.status_code == 422
    other = browser_for("coordinator")
    assert other.post(address, data={"deed": "confirm_basis", "basis": str(basis.id)}).status_code == 303
    assert "Confirmed by" in text(reviewer.get(address).text)
    assert other.post(address, data={"deed": "end_basis", "basis": str(basis.id)}).status_code == 303
    assert "Ended on" in text(reviewer.get(address).text)


def test_a_correction_is_one_step_from_the_release_that_held_them(browser_for, staff):
    tell(staff, [story(f"2019-{month:02}") for month in (1, 4, 7) for _ in range(6)])
    release = prepared(staff)
    signed(staff, release)
    pack(staff, release)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.db.scalars(select(Person)).first())
    analyst = browser_for("analyst")
    assert "Prepare the correction" in analyst.get(f"/releases/{release}").text
    done = analyst.post(f"/releases/{release}/correction")
    assert done.status_code == 303
    correction = done.headers["Location"].rpartition("/")[2]
    shown = text(analyst.get(f"/releases/{correction}").text)
    assert "It takes the place of" in shown
    assert "Held back with whoever left their class" in shown
    signed(staff, UUID(correction))
    after = text(browser_for("coordinator").get(f"/releases/{release}").text)
    assert "To be sent to everybody who has a copy" in after
    assert analyst.post(f"/releases/{correction}/correction").status_code == 422


def test_whom_to_ask_again_stands_on_the_first_page(browser_for, told, staff):
    _sent, incident, person, _words = told
    reviewer = browser_for("reviewer")
    with staff.reviewer.work() as work:
        reference = search.incident(work, incident).reference
        until = work.today.replace(year=work.today.year).isoformat()
        given = {"decisions": {"PUB": "given"}, "terms": {"PUB": {"until": until}}}
        consent.decide(work, work.get(Person, person), given)
    home = text(reviewer.get("/").text)
    assert re.search(r"1\s+Consents that ended or end soon", home)
    page = reviewer.get("/consents").text
    assert f"/incidents/persons/{person}" in page
    assert reference in text(page)  # who it is, by the incident and codes; a number would say nothing
    with staff.reviewer.work() as work:
        consent.decide(work, work.get(Person, person), {"decisions": {"PUB": "given"}})
    assert f"/incidents/persons/{person}" not in reviewer.get("/consents").text


def test_whoever_said_later_stands_on_the_list_with_a_day_until_they_decide(browser_for, told, staff):
    _sent, _incident, person, _words = told
    reviewer = browser_for("reviewer")
    with staff.reviewer.work() as work:
        day = work.today + consent.LATER
        event = consent.decide(work, work.get(Person, person), {"decisions": {"QUO": "requested"}})
        assert event.ask_again_on == day
    page = reviewer.get("/consents").text
    assert f"/incidents/persons/{person}" in page
    assert "They said “later”" in page
    assert "asked by Rita Inventada" in text(page)
    with staff.reviewer.work() as work:
        consent.decide(work, work.get(Person, person), {"decisions": {"STA": "given"}})
    assert f"/incidents/persons/{person}" in reviewer.get("/consents").text  # of something else
    with staff.reviewer.work() as work:
        event = consent.decide(work, work.get(Person, person), {"decisions": {"QUO": "refused"}})
        assert event.ask_again_on is None
    assert f"/incidents/persons/{person}" not in reviewer.get("/consents").text


def test_who_was_there_is_opened_for_a_reason_and_with_a_second_yes(browser_for, told, staff, app):
    _sent, _incident, person, _words = told
    with staff.reviewer.work() as work:
        given = {
            "decisions": {"PUB": "given"},
            "names": {"witness": "Testigo Inventado", "interpreter": "Ina"},
        }
        event = consent.decide(work, work.get(Person, person), given).id
    client, address = browser_for("reviewer"), f"/incidents/persons/{person}"
    assert "Testigo Inventado" not in client.get(address).text
    typed = {"event": str(event)}
    assert client.post(f"{address}/who-was-there", data=typed).status_code == 422
    typed[f"reason.{event}"] = "verification"
    opened = client.post(f"{address}/who-was-there", data=typed)
    assert opened.status_code == 200
    assert "Testigo Inventado" in opened.text
    assert "load delay:120s" in opened.text
    assert browser_for("analyst").post(f"{address}/who-was-there", data=typed).status_code in (403, 404)
    app.extensions["house"].second_yes = True
    assert client.post(f"{address}/who-was-there", data=typed).status_code == 303
    shown = browser_for("second").get("/openings").text
    assert "Who was there" in shown
    assert "Testigo Inventado" not in shown


def test_what_was_read_aloud_is_named_by_its_hash(browser_for, house, staff):
    writer = browser_for("researcher")
    page = form(writer.get("/reports/new", follow_redirects=True).text, having="narrative").filled()
    assert page["persons.0.consent.notice"] == "2026-12.en"
    page |= {"narrative": "They stopped us at the station.", "deed": "send"}
    page["persons.0.consent.decisions.REC"] = "given"
    assert writer.post("/reports/new", data=page).status_code == 303
    with staff.reviewer.work() as work:
        (waiting,) = report.inbox(work)
        take_in(work, waiting.id)
    with staff.reviewer.work() as work:
        (event,) = work.db.scalars(select(ConsentEvent)).all()
        said = work.read(event, "decisions")
    assert said["notice"]["sha256"] == consent.notice("2026-12.en").sha256
    assert said["controller"] == make.ORGANISATION
    assert said["jurisdiction"] == "Mexico"


def test_what_still_holds_comes_before_what_ran_out_and_the_newest_of_that_first():
    lines = [
        ("a", "2026-01-01"),
        ("b", "2026-03-01"),
        ("c", "2024-01-01"),
        ("d", "2025-01-01"),
        ("e", "2025-01-01"),
    ]
    again = [{"url": url, "until": until, "over": until < "2026"} for url, until in lines]
    still, over = consent_pages._by_need(reversed(again))
    assert [each["url"] for each in still] == ["a", "b"]
    assert [each["url"] for each in over] == ["e", "d", "c"]


def test_of_a_long_list_twenty_stand_in_sight_and_the_rest_is_folded_below(browser_for, staff, monkeypatch):
    gone = [
        {"url": None, "on": f"2025-03-{day:02}", "purposes": [], "by_words": False, "releases": 0}
        for day in range(1, 24)
    ]
    monkeypatch.setattr(consent_pages, "_withdrawn", lambda: gone)
    panel = browser_for("reviewer").get("/consents").text.partition('id="withdrawn"')[2]
    seen, _, folded = panel.partition("<details>")
    assert "3 more" in folded
    assert (seen.count("not taken in"), folded.count("not taken in")) == (20, 3)
