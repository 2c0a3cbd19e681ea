"""What somebody tries who wants to get more out of a release than it may say. Each of these once went through."""

import re

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.errors import ConsentChanged, InvalidInput, MoveNotAllowed
from incidents.model.consent import Basis
from incidents.model.people import Person
from incidents.model.release import Release
from incidents.model.vocabulary import Purpose
from incidents.release import correct, decisions, editions, hierarchy, publish
from incidents.release.free import Free
from incidents.release.hierarchy import NOT_SHOWN
from incidents.release.tables import captions, edition, months, protect
from incidents.release.tables.cells import ALL
from tests.release import counted
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_publish import GIVEN, pack, person, prepared, signed, story, tell
from tests.release.test_tabled import cells

ROWS, TABLES = "dataset-research", "public-table"
SQLITE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def agrees_anew(staff, terms):
    """Somebody says yes again, as far as these terms go."""
    said = {"given_by": "self", "decisions": GIVEN, "method": "spoken", "terms": {"ROW": terms, "STA": terms}}
    with staff.reviewer.work() as work:
        consent.decide(work, work.db.scalars(select(Person)).first(), said)


# -- a yes that goes less far


@pytest.mark.parametrize("policy", [ROWS, TABLES])
@pytest.mark.parametrize(
    "terms",
    [{"no_place": True}, {"no_date": True}, {"recipients": ["Clínica Inventada"]}, {"parts": ["one day"]}],
)
@SQLITE
def test_a_yes_that_goes_less_far_by_now_stops_the_pack(staff, policy, terms):
    tell(staff, [story() for _ in range(6)])
    release = prepared(staff, policy)
    signed(staff, release)
    pack(staff, release)
    agrees_anew(staff, terms)
    with pytest.raises(ConsentChanged):
        pack(staff, release)


@SQLITE
def test_whoever_lets_a_restricted_act_be_named_no_more_stops_the_pack_that_names_it(staff):
    one = person()
    one["consent"]["terms"] = {"ROW": {"restricted": True}}
    tell(staff, [story(people=[one], acts=[{"key": "a1", "type": "SXA", "status": "C"}]) for _ in range(6)])
    release = prepared(staff, filters={"acts": ["SXA"]})  # that they are alike the filter says
    signed(staff, release)
    assert b"SXA" in pack(staff, release)["data.csv"]
    agrees_anew(staff, {})
    with pytest.raises(ConsentChanged):
        pack(staff, release)


@SQLITE
def test_a_yes_that_goes_as_far_or_says_nothing_of_a_row_stops_no_pack(staff):
    one = person()
    one["consent"]["terms"] = {"ROW": {"restricted": True}}
    tell(staff, [story(people=[one]) for _ in range(6)])  # no restricted act is in it
    release = prepared(staff)
    signed(staff, release)
    for terms in ({"restricted": True}, {}):
        agrees_anew(staff, terms)
        assert pack(staff, release)


# -- editions too close to each other


def in_state(state, month="2019-06", **facts):
    where = {"moment": {"edtf": month, "precision": "MON"}, "place": {"country": "MEX", "state": state}}
    return story(incident=where, people=[person(**facts)])


@SQLITE
def test_an_edition_of_another_state_in_between_does_not_make_the_first_state_new(staff, monkeypatch):
    monkeypatch.setattr(editions, "NEW_INCIDENTS", 5)
    tell(staff, [in_state(state) for state in ("MX-TAM", "MX-CHH") for _ in range(6)])
    for state in ("MX-TAM", "MX-CHH"):
        signed(staff, prepared(staff, TABLES, {"states": [state]}))
    tell(staff, [in_state("MX-TAM", age=70, nationality=["HTI"])])
    with pytest.raises(editions.TooSoon) as refused:  # less the first one, it is this person alone
        prepared(staff, TABLES, {"states": ["MX-TAM"]})
    assert refused.value.details["new"] == 1


@SQLITE
def test_of_two_next_editions_that_wait_for_a_signature_the_second_comes_too_soon(staff):
    tell(staff, [story("2019-01") for _ in range(6)])
    first = prepared(staff)
    signed(staff, first)
    tell(staff, [story("2019-01") for _ in range(editions.NEW_INCIDENTS)])
    waiting = []
    for _ in range(2):
        with staff.analyst.work() as work:
            waiting.append(publish.ready(work, publish.Wanted(ROWS, {}, continues=first)).id)
    signed(staff, waiting[0])
    with pytest.raises(editions.TooSoon):
        signed(staff, waiting[1])


# -- corrections


@SQLITE
def test_of_two_corrections_of_one_release_one_goes_out(staff):
    tell(staff, [story(f"2019-{month:02}") for month in (1, 4, 7) for _ in range(6)])
    release = prepared(staff)
    signed(staff, release)
    somebody_withdraws(staff, release)
    one, other = corrected(staff, release), corrected(staff, release)
    signed(staff, one)
    signed(staff, other)
    with staff.coordinator.work() as work:
        states = [work.get(Release, each).state.value for each in (release, one, other)]
    assert states == ["recalled", "recalled", "signed"]


@SQLITE
def test_a_correction_is_made_by_the_hierarchies_of_its_edition_or_not_at_all(staff, monkeypatch):
    tell(staff, [story(f"2019-{month:02}") for month in (1, 4, 7) for _ in range(6)])
    release = prepared(staff)
    signed(staff, release)
    somebody_withdraws(staff, release)
    monkeypatch.setattr(hierarchy, "version", lambda: "another")
    with pytest.raises(correct.SchemeChanged):
        corrected(staff, release)


# -- what tables and text say together


@SQLITE
def test_who_is_counted_on_another_basis_is_not_read_off_the_totals(staff):
    tell(
        staff,
        [story("2019-01") for _ in range(12)] + [story("2019-01", [person(decisions={})]) for _ in range(2)],
    )
    said = {"kind": "published_source", "citation": "A newspaper of 2019", "purposes": ["STA"]}
    with staff.reviewer.work() as work:
        people = list(work.db.scalars(select(Person)))
        answers = consent.permits_all(work, people, Purpose.STATISTICS)
        unasked = [id for id, answer in answers.items() if isinstance(answer, consent.Refusal)]
        bases = [consent.set_basis(work, said, person_id=id).id for id in unasked]
    with staff.second.work() as work:
        for id in bases:
            consent.confirm_basis(work, work.get(Basis, id))
    release = prepared(staff, TABLES)
    signed(staff, release)
    files = pack(staff, release)
    told = re.sub(r"<[^>]+>", " ", files["report-en.html"].decode())
    assert len(bases) == 2
    assert "What concerns fewer than five people rests on another recorded basis" in told
    agreed = re.search(r"rests on the consent of (\d+) people", told)
    assert not (agreed and cells(files, "T4-gender.en.csv")["All"][0].isdigit())


@SQLITE
def test_a_kind_of_attack_that_may_be_among_those_not_shown_never_prints_nought(staff):
    tell(staff, [story("2019-01") for _ in range(6)])
    hidden = [
        {"key": "a1", "type": "SXA", "status": "C"}
    ]  # one of “other violent attacks”, and no consent names it
    tell(staff, [story("2019-01", acts=hidden) for _ in range(6)])
    release = prepared(staff, TABLES)
    signed(staff, release)
    found = cells(pack(staff, release), "T9.en.csv")
    assert found["Not shown, to protect people"] == ["6", "6"]
    assert found["Murder"] == ["0", "0"]
    assert "0" not in found["Other violent attack"]


def test_a_free_table_of_one_act_that_may_be_among_those_not_shown_prints_no_nought():
    told = [row | {"act": "(not shown)", "state": "MX-TAM"} for row in counted.rows(30, 1)]
    by = [Free("state", "", "incidents", (("act", act),)) for act in ("RAP", "KID")]
    made = edition.only_free(counted.lines(told), counted.policy(), by).counted
    shown = protect.protect(made, protect.Rules()).shown
    prints = [[captions.printed(table, shown, row, ALL) for row in table.rows.codes] for table in made.tables]
    assert set(prints[0]) == {NOT_SHOWN}
    assert set(prints[1]) == {0}


# -- a correction says what was so on its edition's day


def counts(staff, release):
    with staff.analyst.work() as work:
        return publish.release(work, release)[1]["counts"]


def talks(files):
    return re.search(r"This report is based on ([^.]*) interviews[^.]*\.", files["report-en.html"].decode())[
        0
    ]


@SQLITE
def test_a_correction_of_tables_counts_nothing_that_came_since(staff):
    tell(staff, [story("2019-01") for _ in range(12)])
    tell(staff, [story(people=[person(decisions=GIVEN | {"STA": "refused"})]) for _ in range(7)])
    tell(staff, [story("2019-02") for _ in range(6)], verified=False)
    release = prepared(staff, TABLES)
    signed(staff, release)
    before = pack(staff, release)
    tell(staff, [story("2019-02") for _ in range(8)], verified=False)
    somebody_withdraws(staff, release)
    correction = corrected(staff, release)
    signed(staff, correction)
    with pytest.raises(MoveNotAllowed):
        pack(staff, correction)  # somebody has the edition, and could take this one from it: two sign
    signed(staff, correction, staff.second)
    after = pack(staff, correction)
    assert cells(before, "T8-aside.en.csv")["All"] == ["6"]
    assert "T8-aside.en.csv" not in after
    assert talks(after) == talks(before)
    assert counts(staff, release) == {
        "considered": 25,
        "released": 12,
        "excluded": {"not_verified": 6, "refused": 7},
    }
    said = {"not_verified": 6, "refused": 7, "withdrawn": 1}
    assert counts(staff, correction) == {"considered": 25, "released": 11, "excluded": said}
    tell(staff, [story("2019-02") for _ in range(5)], verified=False)
    somebody_withdraws(staff, correction, number=2)  # one more: the same of a correction of the correction
    again = corrected(staff, correction)
    signed(staff, again)
    signed(staff, again, staff.second)
    assert "T8-aside.en.csv" not in pack(staff, again)
    assert counts(staff, again) == {"considered": 25, "released": 10, "excluded": said | {"withdrawn": 2}}


@SQLITE
def test_the_decisions_of_tables_are_those_that_they_were_counted_by(staff):
    tell(staff, [story("2019-01") for _ in range(6)])
    release = prepared(staff, TABLES)
    signed(staff, release)
    with staff.coordinator.work() as work:
        found = decisions.traced(work, work.get(Release, release))
    assert [line.holds for line in found] == [True] * 6


def test_a_slip_of_the_pen_in_a_year_makes_no_table_of_twenty_thousand_months():
    assert months.between(["2019-03", "0219-01", "2018-12"]) == [
        "0219-01",
        "2018-12",
        "2019-01",
        "2019-02",
        "2019-03",
    ]
    assert months.between([]) == []
    assert len(months.between(["2010-01", "2019-12"])) == 120


# -- what is asked for


@SQLITE
@pytest.mark.parametrize("policy", [ROWS, TABLES])
def test_a_state_that_there_is_not_is_said_and_leaves_nobody_out_in_silence(staff, policy):
    tell(staff, [in_state("MX-TAM") for _ in range(6)])
    with pytest.raises(InvalidInput) as refused:
        prepared(staff, policy, {"states": ["MX-TAM", "MX-CHIH"]})
    assert set(refused.value.fields) == {"states"}
    prepared(staff, policy, {"states": ["MX-TAM", "MX-CHH"]})
