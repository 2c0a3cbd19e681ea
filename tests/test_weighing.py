"""What an act rests on: sources and evidence weighed, two reviewers where the act asks for them, a new look after."""

import io
from datetime import date

import pytest
from sqlalchemy import select, update

from incidents import evidence, review
from incidents.errors import (
    AnotherReviewerNeeded,
    GroundsNeeded,
    InvalidInput,
    ReasonsNeeded,
    SecondPersonNeeded,
    SupportNeeded,
    TrailBroken,
)
from incidents.evidence import pieces
from incidents.intake import editing, rearranging, report, schema
from incidents.intake.take_in import Same, take_in
from incidents.model.edit import Edit
from incidents.model.evidence import Evidence
from incidents.model.incident import Act, Incident, Information, Source
from incidents.model.report import Report
from incidents.model.review import Review
from incidents.model.vocabulary import Says, Verification
from incidents.review import late
from tests import make
from tests.evidence import invented

V = Verification
WHY = "Detailed, consistent with two other accounts."
ONE = {"type": "INP", "relation": "VIC", "origin": "interview 1"}
OTHER = {"type": "DOC", "relation": "OFF", "origin": "court file"}


def act_of(staff, **changes):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document(**changes)), "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, sent).id
    with staff.reviewer.work() as work:
        return work.db.scalars(select(Act.id).where(Act.incident_id == incident)).first()


def move(member, act, to, cites=None, why=WHY):
    with member.work() as work:
        return review.move(work, review.act(work, act), to, why, cites).first_of_two


def told(work, act):
    return review.grounds_of(work, work.get(Act, act)).told


def weigh(member, act, place, *, beside=None, why=WHY, **changes):
    """Weigh one source of an act: what is not named stays as it was."""
    with member.work() as work:
        rows = told(work, act)
        one = rows[place]
        before = {"says": one.says, "credibility": one.graded[1], "reliability": one.graded[0]}
        given = {**before, "first_hand": one.facts.get("first_hand") or "UNK", **changes}
        weight = review.Weight(**given, beside=rows[beside].source if beside is not None else None)
        return [each.id for each in review.weigh(work, one.source, one.information, weight, why)]


def state(staff, act):
    with staff.reviewer.work() as work:
        return work.get(Act, act).verification


# -- sources


def test_what_contradicts_an_act_corroborates_nothing(staff):
    act = act_of(staff, sources=[ONE, OTHER])
    weigh(staff.reviewer, act, 1, says="contradicts")
    move(staff.reviewer, act, V.CREDIBLE)
    with pytest.raises(GroundsNeeded):
        move(staff.reviewer, act, V.VERIFIED)
    weigh(staff.reviewer, act, 0, says="contradicts")
    assert state(staff, act) == V.UNDER_VERIFICATION
    with pytest.raises(SupportNeeded):
        move(staff.reviewer, act, V.CREDIBLE)


def test_what_supports_a_part_makes_credible_and_not_verified(staff):
    act = act_of(staff, sources=[ONE, OTHER])
    weigh(staff.reviewer, act, 0, says="partial")
    move(staff.reviewer, act, V.UNDER_VERIFICATION)
    with pytest.raises(GroundsNeeded):
        move(staff.reviewer, act, V.VERIFIED)
    move(staff.reviewer, act, V.CREDIBLE)
    assert state(staff, act) == V.CREDIBLE


def test_sources_said_to_share_an_origin_are_one_and_the_act_is_looked_at_anew(staff):
    act = act_of(staff, sources=[ONE, OTHER])
    move(staff.reviewer, act, V.CREDIBLE)
    move(staff.second, act, V.VERIFIED)
    assert weigh(staff.reviewer, act, 1, beside=0) == [act]
    assert state(staff, act) == V.UNDER_VERIFICATION
    with pytest.raises(GroundsNeeded):
        move(staff.second, act, V.VERIFIED)
    weigh(staff.reviewer, act, 1, alone=True)
    move(staff.second, act, V.VERIFIED)
    assert state(staff, act) == V.VERIFIED


def test_weighing_what_counts_asks_for_a_reason_and_changes_nothing_without(staff):
    act = act_of(staff, sources=[ONE, OTHER])
    move(staff.reviewer, act, V.CREDIBLE)
    with pytest.raises(ReasonsNeeded):
        weigh(staff.reviewer, act, 0, says="partial", why="  ")
    assert state(staff, act) == V.CREDIBLE
    with staff.reviewer.work() as work:
        assert [each.says for each in told(work, act)] == ["supports", "supports"]
    assert weigh(staff.reviewer, act, 0) == []  # nothing changed: nothing to look at
    assert state(staff, act) == V.CREDIBLE


def test_a_source_that_left_or_was_altered_carries_nothing(staff, house):
    act = act_of(staff, sources=[ONE, OTHER])
    move(staff.reviewer, act, V.CREDIBLE)
    with make.behind(house) as connection:
        connection.execute(update(Source.__table__).values(left_on=date(2020, 1, 1)))
    with pytest.raises(GroundsNeeded):
        move(staff.second, act, V.VERIFIED)
    with make.behind(house) as connection:
        connection.execute(update(Source.__table__).values(left_on=None, report_id=None))
    with pytest.raises(TrailBroken):
        move(staff.second, act, V.VERIFIED)


def test_a_decision_names_what_it_rests_on(staff):
    act = act_of(staff, sources=[ONE, OTHER])
    with staff.reviewer.work() as work:
        first, second = (str(each.source.id) for each in told(work, act))
    with pytest.raises(InvalidInput) as refused:
        move(staff.reviewer, act, V.CREDIBLE, [str(act)])
    assert set(refused.value.fields) == {"cites"}
    with pytest.raises(SupportNeeded):
        move(staff.reviewer, act, V.CREDIBLE, [])
    move(staff.reviewer, act, V.CREDIBLE, [first])
    with pytest.raises(GroundsNeeded):
        move(staff.second, act, V.VERIFIED, [first])
    move(staff.second, act, V.VERIFIED, [first, second])
    with staff.reviewer.work() as work:
        rows = review.reviews(work, work.get(Act, act))
        assert [each.cites for each, _reasons in rows] == [[first], [first, second]]


@pytest.mark.parametrize("wrong", [{"says": "perhaps"}, {"credibility": "7"}, {"credibility": ""}])
def test_a_grade_that_no_list_knows_is_refused(staff, wrong):
    act = act_of(staff)
    with pytest.raises(InvalidInput):
        weigh(staff.reviewer, act, 0, **wrong)
    with pytest.raises(InvalidInput):
        weigh(staff.reviewer, act, 0, reliability="G")
    with pytest.raises(InvalidInput):
        weigh(staff.reviewer, act, 0, first_hand="maybe")


# -- what the grades suggest


def suggested(member, act):
    with member.work() as work:
        return review.suggest(review.grounds_of(work, work.get(Act, act)), work.actor.id).to


def test_the_grades_suggest_and_nobody_is_moved(staff):
    act = act_of(staff, sources=[ONE, OTHER])
    assert suggested(staff.reviewer, act) is None  # F and 6: nothing can be said
    weigh(staff.reviewer, act, 0, reliability="B")
    assert suggested(staff.reviewer, act) is None
    weigh(staff.reviewer, act, 0, credibility="2")
    assert suggested(staff.reviewer, act) == V.CREDIBLE
    weigh(staff.reviewer, act, 1, reliability="C")
    weigh(staff.reviewer, act, 1, credibility="3")
    assert suggested(staff.reviewer, act) == V.VERIFIED
    weigh(staff.reviewer, act, 1, says="contradicts", credibility="3")
    assert suggested(staff.reviewer, act) == V.UNDER_VERIFICATION
    weigh(staff.reviewer, act, 1, says="partial", credibility="3")
    weigh(staff.reviewer, act, 0, says="partial", credibility="2")
    assert suggested(staff.reviewer, act) == V.NOT_VERIFIED
    weigh(staff.reviewer, act, 0, credibility="5")
    assert suggested(staff.reviewer, act) == V.NOT_VERIFIED
    assert state(staff, act) == V.RECEIVED


# -- two reviewers


def test_a_restricted_act_counts_once_two_reviewers_agree(staff):
    act = act_of(staff, acts=[{"key": "a1", "type": "SXA", "status": "C"}])
    assert move(staff.reviewer, act, V.CREDIBLE)
    assert state(staff, act) == V.RECEIVED
    with pytest.raises(AnotherReviewerNeeded):
        move(staff.reviewer, act, V.CREDIBLE)
    assert not move(staff.second, act, V.CREDIBLE)
    assert state(staff, act) == V.CREDIBLE
    with staff.reviewer.work() as work:
        (first, _w), (second, _y) = review.reviews(work, work.get(Act, act))
        assert (first.first_of_two, second.seconds) == (True, first.id)


@pytest.mark.parametrize("facts", [{"age": 16}, {"birth_year": 2015}, {"age_band": "CHI"}])
def test_so_does_one_in_which_somebody_may_be_under_age(staff, facts):
    child = {"key": "p2", "kind": "individual", "facts": facts}
    act = act_of(staff, persons=[make.report_document()["persons"][0], child])
    move(staff.reviewer, act, V.CREDIBLE)
    assert state(staff, act) == V.RECEIVED
    move(staff.second, act, V.CREDIBLE)
    assert state(staff, act) == V.CREDIBLE


def test_two_who_said_it_at_once_need_one_more_word_of_either(staff, instance):
    act = act_of(staff, acts=[{"key": "a1", "type": "SXA", "status": "C"}])
    with staff.reviewer.work() as slow:
        found = review.act(slow, act)
        with instance.app.app_context():  # another session
            assert move(staff.second, act, V.CREDIBLE)
        both = review.move(slow, found, V.CREDIBLE, WHY).first_of_two  # where it did not see the other's word
    if both:
        assert state(staff, act) == V.RECEIVED
        assert not move(staff.reviewer, act, V.CREDIBLE)
    assert state(staff, act) == V.CREDIBLE


def test_two_who_differ_agree_on_nothing(staff):
    act = act_of(staff, acts=[{"key": "a1", "type": "SXA", "status": "C"}], sources=[ONE, OTHER])
    move(staff.reviewer, act, V.UNDER_VERIFICATION)
    move(staff.reviewer, act, V.CREDIBLE)
    move(staff.second, act, V.VERIFIED)
    assert state(staff, act) == V.UNDER_VERIFICATION


def test_a_first_word_is_over_once_the_act_is_another(staff):
    act = act_of(staff, acts=[{"key": "a1", "type": "SXA", "status": "C"}])
    move(staff.reviewer, act, V.CREDIBLE)
    move(staff.second, act, V.UNDER_VERIFICATION)
    assert move(staff.second, act, V.CREDIBLE)  # the first word of a new round
    assert state(staff, act) == V.UNDER_VERIFICATION


def test_a_house_may_do_with_one(staff, house):
    house.two_reviewers = False
    act = act_of(staff, acts=[{"key": "a1", "type": "SXA", "status": "C"}])
    assert not move(staff.reviewer, act, V.CREDIBLE)
    assert state(staff, act) == V.CREDIBLE


# -- evidence


@pytest.fixture
def shown(staff):
    """An act of one source, and a picture that the first reviewer brought."""
    act = act_of(staff, sources=[ONE])
    data = invented.jpeg()
    with staff.reviewer.work() as work:
        to = work.get(Incident, work.get(Act, act).incident_id)
        return act, evidence.keep(work, to, invented.about(data), io.BytesIO(data)).id


def judge(member, act, item, **said):
    with member.work() as work:
        given = {"authentic": "yes", "shows": "act", "reasons": WHY, **said}
        return review.judge(work, work.get(Act, act), work.get(Evidence, item), **given).id


def test_evidence_that_somebody_else_judged_verifies_an_act(staff, shown):
    act, item = shown
    move(staff.second, act, V.CREDIBLE)
    with pytest.raises(GroundsNeeded):
        move(staff.reviewer, act, V.VERIFIED)
    judge(staff.second, act, item)
    with pytest.raises(GroundsNeeded):
        move(staff.second, act, V.VERIFIED)  # whoever judged it does not also decide on it
    assert suggested(staff.second, act) != V.VERIFIED  # and is not told that it would do
    assert suggested(staff.reviewer, act) == V.VERIFIED
    move(staff.reviewer, act, V.VERIFIED)
    assert state(staff, act) == V.VERIFIED
    with staff.reviewer.work() as work:
        assert str(item) in review.reviews(work, work.get(Act, act))[-1][0].cites


@pytest.mark.parametrize(
    "found", [{"authentic": "no"}, {"authentic": "UNK"}, {"shows": "presence"}, {"shows": "neither"}]
)
def test_evidence_that_shows_less_verifies_nothing(staff, shown, found):
    act, item = shown
    judge(staff.second, act, item, **found)
    move(staff.second, act, V.CREDIBLE)
    with pytest.raises(GroundsNeeded):
        move(staff.reviewer, act, V.VERIFIED)


def test_who_brought_it_does_not_judge_it(staff, shown):
    act, item = shown
    with pytest.raises(SecondPersonNeeded):
        judge(staff.reviewer, act, item)
    with pytest.raises(ReasonsNeeded):
        judge(staff.second, act, item, reasons="yes")
    with pytest.raises(InvalidInput):
        judge(staff.second, act, item, shows="all")


def test_one_flipped_bit_and_it_carries_nothing(staff, shown, instance):
    act, item = shown
    judge(staff.second, act, item)
    with staff.reviewer.work() as work:
        (name,) = pieces.original(work.get(Evidence, item)).names
    stored = instance.folder / "evidence" / name
    stored.write_bytes(stored.read_bytes()[:-1] + bytes([stored.read_bytes()[-1] ^ 1]))
    move(staff.second, act, V.CREDIBLE)
    with pytest.raises(GroundsNeeded):
        move(staff.reviewer, act, V.VERIFIED)
    with pytest.raises(InvalidInput):
        judge(staff.second, act, item)


def test_a_new_judgment_takes_the_place_of_ones_own(staff, shown):
    act, item = shown
    judge(staff.second, act, item)
    move(staff.second, act, V.CREDIBLE)
    move(staff.reviewer, act, V.VERIFIED)
    judge(staff.second, act, item, shows="presence")
    assert state(staff, act) == V.UNDER_VERIFICATION
    with staff.reviewer.work() as work:
        (one,) = review.grounds_of(work, work.get(Act, act)).judged
        assert one.facts["shows"] == "presence"


def test_a_judgment_of_somebody_who_edited_the_act_since_carries_nothing(staff, shown):
    act, item = shown
    judge(staff.second, act, item)
    with staff.second.work() as work:
        row = work.get(Act, act)
        editing.edit(work, row, row.version, {"type": "EXT", "status": "C"}, WHY)
    move(staff.coordinator, act, V.CREDIBLE)
    with pytest.raises(GroundsNeeded):
        move(staff.reviewer, act, V.VERIFIED)


def test_a_new_judgment_ends_a_first_word(staff):
    act = act_of(staff, acts=[{"key": "a1", "type": "SXA", "status": "C"}], sources=[ONE, OTHER])
    data = invented.jpeg()
    with staff.coordinator.work() as work:
        to = work.get(Incident, work.get(Act, act).incident_id)
        item = evidence.keep(work, to, invented.about(data), io.BytesIO(data)).id
    assert move(staff.reviewer, act, V.CREDIBLE)
    judge(staff.second, act, item, authentic="no")
    assert move(staff.second, act, V.CREDIBLE)  # a first word again
    assert state(staff, act) == V.RECEIVED


# -- whose origin


def test_an_origin_is_split_with_a_reason_and_never_by_who_submitted_it(staff):
    act = act_of(staff, sources=[ONE, {**OTHER, "origin": "interview 1"}])
    with pytest.raises(ReasonsNeeded):
        weigh(staff.reviewer, act, 1, alone=True, why="")
    assert weigh(staff.reviewer, act, 1, alone=True) == []
    with staff.reviewer.work() as work:
        (row,) = work.db.scalars(select(Edit))
        assert work.read_all([row], "reasons") == [WHY]
    with staff.second.work() as work:
        found = work.get(Act, act)
        editing.edit(work, found, found.version, {"type": "EXT", "status": "C"}, WHY)
    with pytest.raises(SecondPersonNeeded):
        weigh(staff.second, act, 0, beside=1)


def test_what_a_second_report_adds_or_takes_away_is_looked_at_anew(staff):
    act = act_of(staff, sources=[ONE])
    move(staff.reviewer, act, V.CREDIBLE)
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document(sources=[OTHER])), "page").id
    with staff.reviewer.work() as work:
        incident = work.get(Act, act).incident_id
    with staff.reviewer.work() as work:
        take_in(work, sent, None, incident, Same(acts={"a1": act}))
    assert state(staff, act) == V.UNDER_VERIFICATION
    move(staff.second, act, V.VERIFIED)
    with staff.reviewer.work() as work:
        rearranging.unlink(work, work.get(Report, sent), WHY)
    assert state(staff, act) == V.UNDER_VERIFICATION
    with pytest.raises(GroundsNeeded):
        move(staff.second, act, V.VERIFIED)


# -- late


@pytest.mark.parametrize(
    ("happened", "decided", "is_late"),
    [
        (date(2026, 3, 31), date(2026, 3, 31), False),
        (date(2026, 1, 1), date(2026, 3, 31), False),
        (date(2026, 3, 31), date(2026, 4, 1), True),
        (date(2025, 12, 31), date(2026, 1, 1), True),
        (None, date(2026, 1, 1), False),
    ],
)
def test_what_is_decided_in_a_later_quarter_is_late(happened, decided, is_late):
    assert late(happened, decided) is is_late


def test_every_decision_that_counts_is_traced_to_somebody_and_something(staff):
    act = act_of(staff, sources=[ONE, OTHER])
    move(staff.reviewer, act, V.CREDIBLE)
    with staff.reviewer.work() as work:
        (row,) = work.db.scalars(select(Review).where(Review.act_id == act))
        sources = {
            str(id) for id in work.db.scalars(select(Information.source_id).where(Information.act_id == act))
        }
        assert (row.decided_by, set(row.cites)) == (staff.reviewer.id, sources)
        assert len(review.grounds_of(work, work.get(Act, act)).origins(Says.SUPPORTS)) == 2
