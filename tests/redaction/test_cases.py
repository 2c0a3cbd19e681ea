"""A case is written by hand, and held to the rules of the desk: agreed to, answered, signed by two."""

import pytest

from incidents import consent, redaction
from incidents.errors import InvalidInput, NotFound, SecondPersonNeeded
from incidents.model.people import Person
from incidents.model.quote import QuoteKind, QuoteState
from incidents.model.vocabulary import Purpose
from incidents.redaction.refusals import MayNotLeave, NamesLeft, NotReadyToSign
from tests import make
from tests.redaction import quoting
from tests.redaction.quoting import of, shelf, sign, tell, why_not

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
TEXT = (
    "She was taken off a bus in Tijuana and held for 6 days. "
    "Those who held her asked her family for 5000 dollars. She was let go."
)
RISK = "Her family would know her by the sum. Nobody else was told of it, and she knows and agrees."


def written(staff, incident, text=TEXT, risk=RISK, name=make.CANARY_NAME, language="eng"):
    with staff.reviewer.work() as work:
        there = [person for person, _part in redaction.subjects(work, incident)]
        about = next(each.id for each in there if work.vault.view(each, "name") == name)
        return redaction.begin_case(work, incident, about, text, risk, language).id


def signed(staff, incident, text=TEXT, language="eng", **shown):
    id = written(staff, incident, text, language=language)
    quoting.decide_all(staff, id)
    quoting.say(staff, id, **shown)
    for who in ("reviewer", "other_reviewer"):
        sign(staff, id, who)
    return id


def test_a_case_is_answered_signed_by_two_and_on_the_shelf(staff):
    incident = tell(staff)
    id = written(staff, incident)
    with staff.reviewer.work() as work:
        looked = redaction.look(work, of(work, id))
    found = {
        looked.source[slice(*cut["at"])]: cut["why"] for each in looked.sentences for cut in each["cuts"]
    }
    assert found == {"Tijuana": "place", "6": "number", "5000": "number"}
    assert looked.risk == RISK
    with pytest.raises(NotReadyToSign):
        sign(staff, id, "other_reviewer")
    quoting.decide_all(staff, id)
    quoting.say(staff, id)
    sign(staff, id, "reviewer")
    with pytest.raises(SecondPersonNeeded):
        sign(staff, id, "reviewer")
    sign(staff, id, "other_reviewer")
    (on_shelf,) = shelf(staff, kind="case")
    assert on_shelf.id == id
    assert on_shelf.text.startswith("She was taken off a bus in [PLACE 1] and held for 6 days.")
    assert (on_shelf.age, on_shelf.state, on_shelf.month) == (36, "MX-BCN", "2019-11")
    assert shelf(staff, kind="quote") == []


def test_one_of_the_two_did_not_write_it(staff):
    id = written(staff, tell(staff))
    quoting.decide_all(
        staff, id, who="other_reviewer"
    )  # the writer and who answered: neither is the other one
    quoting.say(staff, id, who="other_reviewer")
    sign(staff, id, "reviewer")
    with pytest.raises(SecondPersonNeeded):
        sign(staff, id, "other_reviewer")
    sign(staff, id, "coordinator")
    assert [each.id for each in shelf(staff)] == [id]


def test_a_name_of_the_record_is_signed_by_nobody(staff):
    id = written(staff, tell(staff), f"{quoting.MENTIONED} was with her.")
    with staff.reviewer.work() as work:
        (sentence,) = redaction.look(work, of(work, id)).sentences
        assert [cut["why"] for cut in sentence["cuts"]] == ["name"]
        redaction.decide(work, of(work, id), 0, take=True, does=["keep"])
    quoting.say(staff, id)
    with pytest.raises(NamesLeft):
        sign(staff, id, "other_reviewer")


@pytest.mark.parametrize(
    ("text", "risk"), [(" ", RISK), ("x" * 4_001, RISK), (TEXT, "None."), (TEXT, " " * 60)]
)
def test_nothing_is_put_on_the_desk_without_a_text_and_a_word_on_the_risk(staff, text, risk):
    with pytest.raises(InvalidInput):
        written(staff, tell(staff), text, risk)


def test_only_with_the_yes_of_whoever_it_is_about_and_of_everybody_who_told(staff):
    no = {**quoting.AGREED, "PUB": "refused"}
    with pytest.raises(MayNotLeave):  # they said no to being published
        written(staff, tell(staff, [quoting.teller(no), quoting.mentioned()]))


def test_nobody_is_written_of_whom_nobody_asked(staff):
    incident = tell(staff)
    with pytest.raises(MayNotLeave):  # others told of them
        written(staff, incident, name=quoting.MENTIONED)
    with staff.reviewer.work() as work:
        (source,) = redaction.offered(work, incident)
    with staff.reviewer.work() as work, pytest.raises(NotFound):  # written, not cut from an account
        redaction.begin(work, incident, source.part.id, QuoteKind.CASE)


@pytest.mark.parametrize("said", ["withdrawn", "refused"])
def test_a_no_to_being_published_takes_it_off_and_a_no_to_quotes_does_not(staff, said):
    id = signed(staff, tell(staff))
    for purpose, there in ((Purpose.QUOTE, True), (Purpose.PUBLISH, False)):
        with staff.reviewer.work() as work:
            person = work.get(Person, of(work, id).person_id)
            if said == "withdrawn":
                consent.withdraw(work, person, [purpose])
            else:
                consent.decide(work, person, {"given_by": "self", "decisions": {purpose.value: "refused"}})
        assert bool(shelf(staff)) == there
    assert why_not(staff, id) == said


def test_another_word_on_the_risk_takes_the_signatures_back_and_it_never_leaves_the_desk(staff):
    id = signed(staff, tell(staff))
    with staff.reviewer.work() as work:
        facts = work.read(of(work, id), "facts")
        redaction.rewrite(work, of(work, id), TEXT, f"{RISK} Her cousin too.")
    with staff.reviewer.work() as work:
        looked = redaction.look(work, of(work, id))
        assert not looked.left  # what was answered of the same text stays answered
        assert of(work, id).state == QuoteState.PROPOSED
    assert "sum" not in str(facts)
    assert shelf(staff) == []
    with staff.reviewer.work() as work:
        redaction.rewrite(work, of(work, id), f"{TEXT} It was 3 in the morning.", RISK)
    with staff.reviewer.work() as work:
        assert redaction.look(work, of(work, id)).left["sentences"] == 4
    quoting.decide_all(staff, id)
    for who in ("reviewer", "other_reviewer"):
        sign(staff, id, who)
    assert [each.kind for each in shelf(staff)] == [QuoteKind.CASE]


def test_somebody_who_said_yes_without_the_place_is_in_a_list_without_it(staff):
    terms = {"PUB": {"no_place": True}}
    id = signed(staff, tell(staff, [quoting.teller(terms=terms), quoting.mentioned()]))
    (found,) = shelf(staff)
    assert (found.id, found.state, found.month) == (id, "", "2019-11")
