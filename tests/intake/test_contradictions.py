"""Things told that do not fit together are shown to reviewers; what is vague fits."""

import pytest

from incidents import search
from incidents.errors import MoveNotAllowed, NotAllowed, NotFound, ReasonsNeeded
from incidents.intake import contradictions, report, schema, take_in
from incidents.intake.contradictions import SENTENCES, of
from tests import make

WHY = "She paid two groups, one after the other."


def day(text):
    return {"edtf": text, "precision": "DAY"}


def month(text):
    return {"edtf": text, "precision": "MON"}


def act(**facts):
    return {"acts": [{"key": "a1", "type": "KID", **facts}]}


def one(kind="individual", **facts):
    return {"persons": [{"key": "p1", "kind": kind, "facts": facts}]}


MARCH = {"moment": month("2019-03")}
GROUP = {
    "acts": [{"key": "a1", "type": "KID"}],
    "persons": [
        {"key": "g", "kind": "group", "facts": {"group_size": {"best": 1}}},
        {"key": "p1", "kind": "individual"},
        {"key": "p2", "kind": "individual"},
    ],
}
WRONG = [
    ({"incident": MARCH, **act(moment=day("2019-02-27"))}, "act_before_incident"),
    ({"incident": MARCH, **act(moment=month("2019-05"))}, "act_after_incident"),
    (one(age=30, age_band="12-14"), "age_and_band"),
    ({"incident": MARCH, **one(age=30, birth_year=2005)}, "age_and_birth_year"),
    ({"incident": MARCH, **one(age_band="CHI", birth_year=1980)}, "age_and_birth_year"),
    (
        {"persons": [{"key": "p1", "facts": {"birth_year": 1990}, "identity": {"birth_date": "1985-02-01"}}]},
        "birth_year_and_date",
    ),
    (one(age=30, population=["UAC"]), "child_and_age"),
    (act(times={"min": 5, "best": 3}), "count_backwards"),
    (one("group", group_size={"min": 9, "max": 4}), "count_backwards"),
    ({"perpetrators": [{"number": {"best": 9, "max": 4}}]}, "count_backwards"),
    (GROUP, "group_and_members"),
    (
        {"incident": {**MARCH, "hearing_missed": "yes", "mpp": {"next_hearing": day("2019-06-01")}}},
        "hearing_after_incident",
    ),
    ({"incident": {"hearing_missed": "yes", "mpp": {"hearing_missed": "no"}}}, "hearing_twice"),
    ({"incident": {**MARCH, "mpp": {"returned_on": [day("2019-04-01")]}}}, "incident_before_return"),
    ({"incident": MARCH, "interview": {"on": month("2019-02")}}, "interview_before_incident"),
    (act(first=month("2019-04"), last=month("2019-02")), "last_before_first"),
    (act(kidnapping={"asked": "500", "paid": "900.50"}), "paid_above_asked"),
    (act(extortion={"asked": "500", "paid": "501"}), "paid_above_asked"),
    (act(kidnapping={"paid": "500", "release": "REL"}), "paid_and_released_free"),
    (
        act(kidnapping={"since": day("2019-02-04"), "until": day("2019-02-01")}),
        "release_before_capture",
    ),
    (act(kidnapping={"until": day("2019-02-01"), "release": "HEL"}), "still_held_and_released"),
    (
        {"incident": {"mpp": {"times_returned": 1, "returned_on": [day("2019-02-01"), day("2019-03-01")]}}},
        "times_returned",
    ),
]
FITS = [
    make.report_document(),
    {"incident": MARCH, **act(moment=day("2019-03-31"))},
    {"incident": {"moment": {"edtf": "2019", "precision": "YEA"}}, **act(moment=day("2019-03-31"))},
    {"incident": {"moment": {"edtf": "", "precision": "UNK"}}, **act(moment=day("2019-03-31"))},
    one(age=12, age_band="12-14"),
    one(age=30, age_band="UNK"),
    {"incident": MARCH, **one(age=13, birth_year=2005)},
    {"incident": MARCH, **one(age=14, birth_year=2005)},
    {"incident": {**MARCH, "mpp": {"returned_on": [day("2019-04-01"), day("2019-02-01")]}}},
    {"incident": {**MARCH, "hearing_missed": "yes", "mpp": {"next_hearing": day("2019-03-20")}}},
    {"incident": {"hearing_missed": "UNK", "mpp": {"hearing_missed": "no"}}},
    act(kidnapping={"asked": "500", "paid": "500"}),
    act(kidnapping={"paid": "500"}),
    act(times={"min": 1, "max": 1}),
    {**GROUP, "involvements": [{"person": "g", "act": "a1"}, {"person": "p1", "act": "a1"}]},
]


@pytest.mark.parametrize(("document", "rule"), WRONG)
def test_what_does_not_fit_is_found_and_named(document, rule):
    assert [each.rule for each in of(document)] == [rule]


@pytest.mark.parametrize("document", FITS)
def test_what_may_be_true_is_no_contradiction(document):
    assert of(document) == []


def test_every_rule_has_a_case_here_and_a_sentence():
    assert {rule for _document, rule in WRONG} == set(SENTENCES)


def test_an_empty_answer_breaks_nothing():
    empty = dict.fromkeys(("moment", "mpp", "hearing_missed"))
    acts = [
        {"key": "a1", "type": "KID", **dict.fromkeys(("moment", "first", "times", "kidnapping", "extortion"))}
    ]
    people = [
        {"key": "p1", "facts": dict.fromkeys(("age", "age_band", "birth_year", "group_size", "population"))}
    ]
    said = {"incident": empty, "acts": acts, "persons": people, "perpetrators": [{"number": None}]}
    assert of(said) == of({}) == of(dict.fromkeys(said)) == []


@pytest.fixture
def incident(staff):
    acts = [{"key": "a1", "type": "KID", "kidnapping": {"asked": "500", "paid": "900"}}]
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document(acts=acts)), "page").id
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


def weighed(work, incident):
    return contradictions.of_incident(work, search.open_incident(work, incident))


def test_kept_on_purpose_it_says_by_whom_and_why_until_it_is_let_go_of(staff, incident):
    with staff.reviewer.work() as work:
        (found,) = weighed(work, incident)
        opened = search.open_incident(work, incident)
        contradictions.keep(work, opened, found.found.rule, found.about_id, WHY)
    with staff.other_reviewer.work() as work:
        (kept,) = weighed(work, incident)
        assert (kept.kept.kept_by, kept.reasons) == (staff.reviewer.id, WHY)
        with pytest.raises(MoveNotAllowed):
            contradictions.keep(
                work, search.open_incident(work, incident), found.found.rule, found.about_id, WHY
            )
        contradictions.let_go(work, kept.kept)
    with staff.reviewer.work() as work:
        (again,) = weighed(work, incident)
        assert again.kept is None


def test_nothing_is_kept_that_is_not_there_or_without_reasons(staff, incident):
    with staff.reviewer.work() as work:
        (found,) = weighed(work, incident)
        opened = search.open_incident(work, incident)
        with pytest.raises(NotFound):
            contradictions.keep(work, opened, "times_returned", found.about_id, WHY)
        with pytest.raises(ReasonsNeeded):
            contradictions.keep(work, opened, found.found.rule, found.about_id, "yes")


@pytest.mark.parametrize("who", ["researcher", "analyst", "auditor"])
def test_contradictions_are_the_reviewers(staff, incident, who):
    with staff.reviewer.work() as work:
        opened = search.open_incident(work, incident)
    with getattr(staff, who).work() as work, pytest.raises(NotAllowed):
        contradictions.of_incident(work, opened)
