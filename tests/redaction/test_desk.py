"""The desk: what is proposed, what has to be decided, who may sign, what a signature is worth."""

import pytest

from incidents import consent, redaction
from incidents.errors import FreshSignInNeeded, InvalidInput, MoveNotAllowed, SecondPersonNeeded
from incidents.model.people import Person
from incidents.model.quote import QuoteKind, QuoteState
from incidents.model.vocabulary import Purpose
from incidents.redaction.refusals import MayNotLeave, NamesLeft, NotReadyToSign, OtherText
from tests.redaction import quoting
from tests.redaction.quoting import ACCOUNT, begun, decide_all, of, say, shelf, sign, signed, tell

SQLITE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def incident(staff):
    return tell(staff)


def looked(staff, id, who="reviewer"):
    with getattr(staff, who).work() as work:
        return redaction.look(work, of(work, id))


def test_the_way_from_an_account_to_the_shelf(staff, incident):
    id = begun(staff, incident)
    first = looked(staff, id)
    found = {(cut["kind"], ACCOUNT[slice(*cut["at"])]) for each in first.sentences for cut in each["cuts"]}
    assert found == {
        ("date", "13 de noviembre de 2019"),
        ("place", "Tijuana"),
        ("person", "Filomeno Deltrebol"),
        ("look", "5000"),
        ("number", "664 555 0183"),
    }
    assert first.left == {"sentences": 4, "people": 1, "restricted": 1, "empty": 1}
    decide_all(staff, id)
    say(staff, id)
    assert looked(staff, id).text == (
        "Nos bajaron del camión el [DATE] en [PLACE 1]. Mi primo [PERSON 1] gritó y le pegaron. "
        "Pidieron 5000 dólares y mi número, [NUMBER]. No he podido dormir desde entonces."
    )
    sign(staff, id, "reviewer")
    assert shelf(staff) == []
    with staff.reviewer.work() as work, pytest.raises(SecondPersonNeeded):
        redaction.sign(work, of(work, id), redaction.digest(work, redaction.look(work, of(work, id))))
    with staff.analyst.work() as work:  # before the second, the facts hold no word of it
        assert work.read_all([of(work, id)], "facts")[0]["text"] is None
    sign(staff, id, "other_reviewer")
    (quoted,) = shelf(staff)
    assert quoted.text == looked(staff, id).text
    assert (quoted.age, quoted.gender, quoted.nationality) == (36, "F", ("VEN",))
    assert (quoted.state, quoted.month, quoted.acts) == ("MX-BCN", "2019-11", ("KID",))
    assert quoted.pseudonym[:-3] not in quoting.TELLER
    assert quoted.pseudonym[-2] not in "XQI"
    assert [len(shelf(staff, **each)) for each in ({"act": "KID"}, {"act": "EXT"}, {"state": "MX-TAM"})] == [
        1,
        0,
        0,
    ]

    with staff.reviewer.work() as work:  # an edit takes both signatures back
        redaction.decide(work, of(work, id), 3, take=False)
    assert shelf(staff) == []
    with staff.reviewer.work() as work:
        assert of(work, id).state == QuoteState.PROPOSED
        assert of(work, id).first_by is None
    with staff.reviewer.work() as work:
        redaction.recall(work, of(work, id), "asked")
    with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
        redaction.decide(work, of(work, id), 3, take=True)


@SQLITE
def test_two_who_both_redacted_it_do_not_sign_it_alone(staff, incident):
    id = begun(staff, incident)
    decide_all(staff, id)
    say(staff, id, who="other_reviewer")
    sign(staff, id, "reviewer")
    with pytest.raises(SecondPersonNeeded):
        sign(staff, id, "other_reviewer")
    sign(staff, id, "coordinator")
    assert len(shelf(staff)) == 1


@SQLITE
def test_nothing_is_signed_before_all_is_decided_and_nothing_but_what_was_read(staff, incident):
    id = begun(staff, incident)
    with pytest.raises(NotReadyToSign):
        sign(staff, id, "reviewer")
    decide_all(staff, id)
    say(staff, id, how="")
    assert looked(staff, id).left == {"people": 1}
    say(staff, id)
    read = ""
    with staff.reviewer.work() as work:
        read = redaction.digest(work, redaction.look(work, of(work, id)))
        redaction.decide(work, of(work, id), 0, take=False)
    with staff.other_reviewer.work() as work, pytest.raises(OtherText):
        redaction.sign(work, of(work, id), read)
    with staff.other_reviewer.work(fresh=False) as work, pytest.raises(FreshSignInNeeded):
        redaction.sign(work, of(work, id), read)


@SQLITE
def test_a_known_name_is_signed_by_nobody_even_if_somebody_kept_it(staff, incident):
    id = begun(staff, incident)
    decide_all(staff, id)
    say(staff, id)
    with staff.reviewer.work() as work:
        redaction.decide(work, of(work, id), 1, take=True, does=["keep"])
    with pytest.raises(NamesLeft):
        sign(staff, id, "reviewer")


@SQLITE
def test_words_that_no_rule_found_are_cut_by_hand(staff, incident):
    id = begun(staff, incident)
    with staff.reviewer.work() as work:
        redaction.decide(
            work, of(work, id), 3, take=True, more=[("desde entonces", "cut"), ("dormir", "person:9")]
        )
    assert looked(staff, id).text == "No he podido [PERSON 1] […]."
    for words, do in (("desde siempre", "cut"), ("dormir", "keep"), ("podido dormir", "nothing")):
        with staff.reviewer.work() as work, pytest.raises(InvalidInput):
            redaction.decide(work, of(work, id), 3, take=True, does=["cut", "cut"], more=[(words, do)])
    with staff.reviewer.work() as work:
        redaction.leave_the_rest(work, of(work, id))
    assert "sentences" not in looked(staff, id).left


@SQLITE
def test_words_that_are_cut_by_hand_go_wherever_they_stand_in_the_sentence(staff, monkeypatch):
    monkeypatch.setattr(quoting, "ACCOUNT", "Vimos a la flaca y la flaca, no la flacaza, nos gritaba.")
    id = begun(staff, tell(staff))
    with staff.reviewer.work() as work:
        redaction.decide(work, of(work, id), 0, take=True, more=[("la flaca", "cut")])
    assert looked(staff, id).text == "Vimos a […] y […], no la flacaza, nos gritaba."
    with staff.reviewer.work() as work:
        redaction.decide(
            work, of(work, id), 0, take=True, does=["cut", "cut"], more=[("a la flaca y", "cut")]
        )
    assert looked(staff, id).text == "Vimos […] […], no la flacaza, nos gritaba."


@SQLITE
def test_who_is_recognized_has_to_agree_and_a_wish_without_place_is_obeyed(staff):
    without = {"QUO": {"no_place": True}, "PUB": {"no_place": True}}
    incident = tell(staff, [quoting.teller(terms=without), quoting.mentioned()])
    id = begun(staff, incident)
    decide_all(staff, id)
    say(staff, id, how=redaction.RECOGNIZED)
    assert looked(staff, id).scope.reason == "no_consent"
    with pytest.raises(MayNotLeave):
        sign(staff, id, "reviewer")
    say(staff, id)
    with staff.reviewer.work() as work:
        redaction.decide(work, of(work, id), 0, take=True, does=["date", "keep"])
    assert looked(staff, id).left == {"place": 1}
    with staff.reviewer.work() as work:
        redaction.decide(work, of(work, id), 0, take=True, does=["date", "place:1"])
    sign(staff, id, "reviewer")
    sign(staff, id, "other_reviewer")
    (quoted,) = shelf(staff)
    assert (quoted.state, quoted.month) == ("", "2019-11")


@SQLITE
def test_without_their_yes_nothing_is_begun(staff):
    incident = tell(staff, [quoting.teller({"REC": "given", "QUO": "given"})])
    with pytest.raises(MayNotLeave):
        begun(staff, incident, QuoteKind.ACCOUNT)
    begun(staff, incident)


@SQLITE
def test_one_person_keeps_one_name_and_nobody_else_bears_it(staff, incident):
    ids = [begun(staff, incident), begun(staff, incident, QuoteKind.ACCOUNT), begun(staff, tell(staff))]
    with staff.reviewer.work() as work:
        first, same, other = (
            (facts["given"], facts["initial"])
            for facts in (work.read_all([of(work, id)], "facts")[0] for id in ids)
        )
    assert first == same
    assert first != other
    with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
        redaction.draw_again(work, of(work, ids[0]))
    with staff.reviewer.work() as work:
        redaction.draw_again(work, of(work, ids[2]))
    with staff.reviewer.work() as work:
        assert work.read_all([of(work, ids[2])], "facts")[0]["given"] != other[0]


@SQLITE
def test_a_withdrawal_takes_it_off_the_shelf_at_once(staff, incident):
    id, account = signed(staff, incident), signed(staff, incident, QuoteKind.ACCOUNT)
    assert {each.id for each in shelf(staff)} == {id, account}
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, of(work, id).person_id), [Purpose.QUOTE])
    assert [each.id for each in shelf(staff)] == [account]
    assert quoting.why_not(staff, id) == "withdrawn"
    with staff.reviewer.work() as work:  # somebody who cannot be recognized in it says no
        consent.withdraw(work, work.get(Person, quoting.person(work, quoting.MENTIONED)), [Purpose.PUBLISH])
    assert shelf(staff) == []
