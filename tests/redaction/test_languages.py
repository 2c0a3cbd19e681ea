"""In which language the words of a quote stand: known from the interview, said at the desk, signed with the text."""

import pytest

from incidents import redaction
from incidents.errors import InvalidInput
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model import tongues
from incidents.model.report import Interview
from incidents.model.vocabulary import lists
from incidents.redaction import languages
from incidents.redaction.refusals import OtherText
from tests import make
from tests.redaction import test_cases
from tests.redaction.quoting import begun, decide_all, of, say, shelf, sign, tell

on_sqlite = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def told(staff, **talk):
    """A report that was told in this interview; its id."""
    document = make.report_document(interview={"mode": "INP", **talk})
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent)
    return sent


def of_interview(staff, report):
    with staff.reviewer.work() as work:
        return languages.told_in(work, [report]).get(report)


def without(staff, id):
    """As what was begun before anybody was asked."""
    with staff.reviewer.work() as work:
        row = of(work, id)
        facts = work.read(row, "facts", "quote")
        work.seal(row, facts={name: value for name, value in facts.items() if name != "language"})
        work.note("quote.redacted", row)


@on_sqlite
@pytest.mark.parametrize(
    ("talk", "code"),
    [
        ({"language": "spa"}, "spa"),
        ({"language": "es", "interpreter": "NON"}, "spa"),
        ({"language": "mam", "interpreter": "NAS"}, "mam"),
        ({"language": "oth"}, "oth"),
        ({"language": "hat", "interpreter": "STA"}, ""),  # it was taken down in the interpreter's
        ({"language": "Spanish, some Mam"}, ""),  # as a file said it that was imported: no words of it leave
        ({"language": "UNK"}, ""),
        ({}, ""),
    ],
)
def test_an_account_is_in_the_language_of_its_interview_as_far_as_the_list_knows_it(staff, talk, code):
    assert of_interview(staff, told(staff, **talk)) == code


def test_every_language_of_the_list_has_a_mark_that_pages_and_documents_may_bear():
    for code in lists()["language"]:
        tag = tongues.tag(code)
        assert tongues.code(tag) == code
        assert tag.isascii()
        assert tag.isalpha()
        assert tag.islower()
        assert len(tag) in {2, 3}
    assert {tongues.tag(c) for c in ("spa", "eng", "fra", "por", "hat")} == {
        "es",
        "en",
        "fr",
        "pt",
        "ht",
    }


@on_sqlite
def test_what_is_said_at_the_desk_holds_and_is_signed_with_the_text(staff):
    id = begun(staff, tell(staff))  # told in no interview: nobody knows
    decide_all(staff, id)
    say(staff, id)
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, id)).language == ""
        unsaid = redaction.digest(work, redaction.look(work, of(work, id)))
    say(staff, id, language="spa")
    with staff.reviewer.work() as work, pytest.raises(OtherText):
        redaction.sign(work, of(work, id), unsaid)
    sign(staff, id, "reviewer")
    say(staff, id, language="hat")  # takes the signature back
    for who in ("reviewer", "other_reviewer"):
        sign(staff, id, who)
    assert [each.language for each in shelf(staff)] == ["hat"]
    say(staff, id)
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, id)).language == "hat"  # nothing was said of it
        with pytest.raises(InvalidInput) as wrong:
            redaction.say(work, of(work, id), {"age": "none", "language": "klingon"}, {}, "no")
        assert list(wrong.value.fields) == ["language"]


@on_sqlite
def test_a_language_that_was_retired_since_stays_what_was_spoken_and_nobody_has_to_change_it(
    staff, monkeypatch
):
    sent, id = told(staff, language="mam"), begun(staff, tell(staff))
    decide_all(staff, id)
    say(staff, id, language="mam")
    monkeypatch.setattr(languages, "offered", lambda name: [c for c in lists()[name] if c != "mam"])
    assert of_interview(staff, sent) == "mam"
    say(staff, id, language="mam", age="none")  # as the page sends it along with what was changed
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, id)).language == "mam"
    say(staff, id, language="spa")
    with pytest.raises(InvalidInput):
        say(staff, id, language="mam")  # it is offered no more


@on_sqlite
def test_what_was_signed_before_anybody_was_asked_stays_signed_and_as_its_interview_was(staff):
    incident = tell(staff)
    quote, case = begun(staff, incident), test_cases.written(staff, incident)
    for id in (quote, case):
        decide_all(staff, id)
        say(staff, id)
        without(staff, id)
        for who in ("reviewer", "other_reviewer"):
            sign(staff, id, who)
    assert {each.language for each in shelf(staff)} == {""}
    with staff.reviewer.work() as work:
        kept = next(each for each in shelf(staff) if each.id == quote)
        talk = Interview(report_id=kept.report, recorded_by=work.actor.id, received_on=work.today)
        work.seal(talk, facts={"schema": 1, "language": "hat"})
        work.add(talk)
    assert {each.kind.value: each.language for each in shelf(staff)} == {"quote": "hat", "case": ""}
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, quote)).language == "hat"
        assert redaction.look(work, of(work, case)).language == ""


@on_sqlite
def test_of_a_case_another_language_can_be_said_and_not_none(staff):
    id = test_cases.written(staff, tell(staff), language="spa")
    say(staff, id, language="eng")
    with pytest.raises(InvalidInput) as wrong:
        say(staff, id, language="")
    assert list(wrong.value.fields) == ["language"]
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, id)).language == "eng"
    without(staff, id)  # as one that was begun before anybody was asked: it may stay so
    say(staff, id, language="")
    say(staff, id, language="spa")
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, id)).language == "spa"


@on_sqlite
def test_a_language_that_is_offered_no_more_stays_where_it_stands(staff, monkeypatch):
    id = test_cases.written(staff, tell(staff), language="mam")
    monkeypatch.setattr(languages, "offered", lambda _name: ["spa", "eng"])
    say(staff, id, language="mam")
    with pytest.raises(InvalidInput):
        say(staff, id, language="hat")
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, id)).language == "mam"
