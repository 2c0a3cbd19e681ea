"""The desk and the shelf on pages: from the incident to a signed quote, without a script."""

from uuid import uuid4

import pytest

from incidents import consent
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests import make
from tests.redaction import quoting, test_cases
from tests.redaction.quoting import tell
from tests.web.reading import form, forms, links

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def deed_of(html, deed):
    """The form that does this."""
    return next(each for each in forms(html) if each.typed.get("deed") == deed).filled()


def done(browser, address, deed, **typed):
    sent = deed_of(browser.get(address).text, deed)
    sent.update(typed)
    return browser.post(address, data=sent)


def begun(staff, reviewer):
    """Reached as people do: from the incident."""
    incident = tell(staff)
    (begin,) = set(links(reviewer.get(f"/incidents/{incident}").text, r"/redaction/incident/[\w-]+"))
    sent = form(reviewer.get(begin).text, having="part").filled()
    assert reviewer.post(begin, data={**sent, "kind": "poem"}).status_code == 422
    answer = reviewer.post(begin, data=sent)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_from_the_incident_to_the_shelf(staff, browser_for):
    reviewer, other, analyst = browser_for("reviewer"), browser_for("other_reviewer"), browser_for("analyst")
    address = begun(staff, reviewer)
    first = reviewer.get(address).text
    assert "Sentence 1 of 4" in first
    assert "a place in the record" in first
    kept = done(reviewer, address, "decide", take="in")
    assert "at=1" in kept.headers["Location"]
    done(reviewer, address, "decide", take="in")
    third = deed_of(reviewer.get(address).text, "decide")
    assert third["does.0"] == ""  # a number that nobody looked at
    third.update({"take": "in", "more.words": "mi número ", "more.do": "cut"})
    assert reviewer.post(address, data=third).status_code == 303
    amount = reviewer.get(address).text
    assert "1 capital or number is not decided" in amount
    wrong = done(reviewer, f"{address}?at=3&again=yes", "decide", take="in", **{"more.words": "no está"})
    assert wrong.status_code == 422
    assert "do not stand in this sentence" in wrong.text
    assert form(wrong.text, having="more.words").typed["more.words"] == "no está"
    done(reviewer, f"{address}?at=2&again=yes", "decide", take="in", **{"does.0": "keep"})
    assert done(reviewer, address, "leave").status_code == 303

    asked = deed_of(reviewer.get(address).text, "say")
    role = next(
        name for name in form(reviewer.get(address).text, having="age").choices if name.startswith("role.")
    )
    asked.update({role: "hidden", "restricted": "no", "age": "exact"})
    assert reviewer.post(address, data=asked | {"role.nobody": "hidden"}).status_code == 404
    assert reviewer.post(address, data=asked | {f"role.{uuid4()}": "hidden"}).status_code == 422
    assert reviewer.post(address, data=asked).status_code == 303
    assert "To be decided before" not in reviewer.get(address).text

    assert done(reviewer, address, "sign").status_code == 303
    assert "[PERSON 1]" not in analyst.get("/quotes").text
    assert "yours, if you agree" in other.get("/redaction").text
    assert done(other, address, "sign").status_code == 303
    shelf = analyst.get("/quotes").text
    assert "Mi primo [PERSON 1] gritó y le pegaron. Pidieron 5000 dólares y […], [NUMBER]." in shelf
    assert "a 36-year-old woman from Venezuela" in shelf
    assert not any(word in shelf for word in ("Xiomara", "Quetzalinda", "Filomeno", "Tijuana"))
    assert "[PERSON 1]" not in analyst.get("/quotes?act=EXT").text
    assert "[PERSON 1]" in analyst.get("/quotes?act=KID&kind=quote").text
    assert analyst.get(address).status_code == 403

    told = reviewer.get(address).text
    assert "On the shelf" in told
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, quoting.person(work, make.CANARY_NAME)), [Purpose.QUOTE])
    assert "Consent was withdrawn" in reviewer.get(address).text
    assert "[PERSON 1]" not in analyst.get("/quotes").text
    assert done(reviewer, address, "recall", why="asked").status_code == 303
    assert "Somebody in it asked for that" in reviewer.get(address).text


def test_a_page_that_was_left_open_decides_nothing_and_a_refusal_says_why(staff, browser_for, monkeypatch):
    reviewer, other = browser_for("reviewer"), browser_for("other_reviewer")
    incident = tell(staff, [quoting.teller({"REC": "given", "QUO": "given"})])
    begin = f"/redaction/incident/{incident}"
    sent = form(reviewer.get(begin).text, having="part").filled()
    refused = reviewer.post(begin, data={**sent, "kind": "account"})
    assert refused.status_code == 422
    assert "No consent or recorded basis for this use" in refused.text
    address = reviewer.post(begin, data=sent).headers["Location"]
    old = deed_of(other.get(address).text, "decide")
    done(reviewer, address, "decide", take="in")
    assert other.post(address, data={**old, "take": "out"}).status_code == 409
    monkeypatch.setattr("incidents.redaction.sources.mark", lambda _work, text: text)
    changed = reviewer.get(address).text
    assert "The account was written anew" in changed
    taken = {**deed_of(changed, "recall"), "why": "not-used"}
    monkeypatch.undo()
    unready = deed_of(reviewer.get(address).text, "decide")
    assert reviewer.post(address, data={**unready, "deed": "sign", "read": ""}).status_code == 422
    assert reviewer.post(address, data=taken).status_code == 303
    assert "It is not needed" in reviewer.get(address).text


def test_a_case_is_written_on_a_page_and_loses_nothing_of_what_was_typed(staff, browser_for):
    reviewer, other = browser_for("reviewer"), browser_for("other_reviewer")
    incident = tell(staff)
    (begin,) = set(
        links(reviewer.get(f"/redaction/incident/{incident}").text, r"/redaction/incident/[\w-]+/case")
    )
    sent = form(reviewer.get(begin).text, having="risk").filled()
    sent |= {"person": "", "text": test_cases.TEXT, "risk": "None.", "language": "eng"}
    wrong = reviewer.post(begin, data=sent)
    assert wrong.status_code == 422
    assert "Choose whom it is about." in wrong.text
    assert form(wrong.text, having="risk").typed["text"].strip() == test_cases.TEXT
    with staff.reviewer.work() as work:
        sent["person"] = str(quoting.person(work, make.CANARY_NAME))
    wrong = reviewer.post(begin, data=sent)
    assert "who could recognize this person" in wrong.text
    assert form(wrong.text, having="risk").typed["language"] == "eng"
    wrong = reviewer.post(begin, data=sent | {"risk": test_cases.RISK, "language": ""})
    assert "Say in which language it is written" in wrong.text
    wrong = reviewer.post(begin, data=sent | {"text": "", "language": ""})
    asked = ("#f-text", "#f-risk", "#f-language")
    assert sorted(asked, key=wrong.text.index) == list(asked)  # in the order of the form
    address = reviewer.post(begin, data=sent | {"risk": test_cases.RISK}).headers["Location"]
    for number in range(3):
        asked = deed_of(reviewer.get(address).text, "decide")
        kept = {name: value or "keep" for name, value in asked.items() if name.startswith("does.")}
        assert reviewer.post(address, data={**asked, **kept, "take": "in"}).status_code == 303, number
    asked = deed_of(reviewer.get(address).text, "say")
    role = next(
        name for name in form(reviewer.get(address).text, having="age").choices if name.startswith("role.")
    )
    assert reviewer.post(address, data={**asked, role: "hidden", "restricted": "no"}).status_code == 303
    assert done(reviewer, address, "sign").status_code == 303
    read = other.get(address).text
    assert test_cases.RISK in read
    assert "I read what is said of the risk" in read
    assert done(other, address, "sign").status_code == 303
    on_shelf = browser_for("analyst").get("/quotes?kind=case").text
    assert 'lang="en">She was taken off a bus in [PLACE 1]' in on_shelf
    assert "· English ·" in on_shelf
    written = deed_of(reviewer.get(address).text, "write")
    assert reviewer.post(address, data={**written, "text": " "}).status_code == 422
    assert reviewer.post(address, data={**written, "text": "She was held."}).status_code == 303
    assert "Sentence 1 of 1" in reviewer.get(address).text
