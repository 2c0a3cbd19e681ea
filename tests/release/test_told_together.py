"""Several who told, one of whom does not permit it: what only that one told is not in a row of the others."""

import pytest
from sqlalchemy import select

from incidents import consent, review
from incidents.consent import Permit
from incidents.intake import rearranging, report, schema
from incidents.intake.take_in import take_in
from incidents.model.consent import Basis
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.report import ReportPart
from incidents.model.vocabulary import Purpose, Verification
from incidents.release import gather, opening, policy, publish
from tests.release.test_correct import classes, corrected
from tests.release.test_publish import manifest, pack, person, prepared, signed, story

HERE = {"moment": {"edtf": "2019-03", "precision": "MON"}, "place": {"country": "MEX", "state": "MX-TAM"}}
DOERS = [{"type": "CRG"}]
WHEN_AND_WHERE = ("moment", "country", "state", "municipality")
TWO_DAYS = "They are two different days."
TWO_ACTS = {
    "persons": [person("p1"), person("p2", gender="M")],
    "acts": [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}],
    "involvements": [
        {"person": "p1", "act": "a1", "part": "DIR"},
        {"person": "p2", "act": "a2", "part": "DIR"},
    ],
}


def told(staff, document, known=None):
    """One report sent and taken in: the id of its incident, and who told it, in their order."""
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, sent, link_to=known).id
    with staff.reviewer.work() as work:
        parts = work.db.scalars(
            select(ReportPart).where(ReportPart.report_id == sent, ReportPart.person_id.is_not(None))
        )
        return incident, [part.person_id for part in sorted(parts, key=lambda part: part.number)]


def verified(staff):
    with staff.second.work() as work:  # the reviewer took them in
        query = select(Act).where(Act.verification == Verification.RECEIVED, Act.left_on.is_(None))
        for act in work.db.scalars(query):
            review.move(work, act, Verification.CREDIBLE, "Detailed and consistent account.")


def apart(staff, *, first=None, second=None):
    """Ana tells when, where and who it was; Bea, whose gender is M, tells of the same in a report of her own."""
    incident, (ana,) = told(staff, story(incident=HERE, perpetrators=DOERS, **(first or {})))
    more = {"incident": {}, "perpetrators": [], "people": [person(gender="M")], **(second or {})}
    _same, (bea,) = told(staff, story(**more), incident)
    verified(staff)
    return incident, ana, bea


def withdrew(staff, id, how="withdrawn"):
    with staff.reviewer.work() as work:
        if how == "withdrawn":
            consent.withdraw(work, work.get(Person, id))
        elif how == "kept":
            consent.withdraw(work, work.get(Person, id), [Purpose.RECORD])
        else:
            consent.decide(work, work.get(Person, id), {"decisions": {"ROW": "refused"}})


def found(staff):
    with staff.analyst.work() as work:
        return gather.gather(work, policy.load("dataset-research"), {})


def by_act(gathered):
    aligned = (gathered.acts, gathered.people, gathered.rows, gathered.permits, gathered.leans)
    return sorted(zip(*aligned, strict=True), key=lambda row: row[:2])


def of_bea(gathered):
    ((place, row),) = [(n, row) for n, row in enumerate(gathered.rows) if row["gender"] == "M"]
    return place, row


@pytest.mark.parametrize("how", ["withdrawn", "refused", "kept"])
def test_what_only_the_one_told_is_not_in_the_row_of_the_other(staff, how):
    _incident, ana, bea = apart(staff)
    place, row = of_bea(found(staff))
    assert (row["state"], row["moment"]["edtf"], row["perpetrator"]) == ("MX-TAM", "2019-03", "CRG")
    assert found(staff).leans[place] == {ana}
    withdrew(staff, ana, how)
    gathered = found(staff)
    place, row = of_bea(gathered)
    assert [row[name] for name in (*WHEN_AND_WHERE, "perpetrator")] == [None] * 5
    assert row["act"] == "KID"
    assert row["source_type"]  # her own: she is one
    assert (gathered.people[place], gathered.leans[place]) == (bea, frozenset())
    assert gathered.excluded == {("refused" if how == "refused" else "withdrawn"): 1}


def test_who_was_never_asked_says_nothing_for_another_either(staff):
    apart(staff, first={"people": [person(decisions={"REC": "given"})]})
    gathered = found(staff)
    _place, row = of_bea(gathered)
    assert [row[name] for name in (*WHEN_AND_WHERE, "perpetrator")] == [None] * 5
    assert gathered.excluded == {"no_consent": 1}


def test_what_the_other_told_of_the_act_itself_stays(staff):
    acts = [{"key": "a1", "type": "KID", "status": "C", **HERE}]
    _incident, ana, _bea = apart(staff, second={"acts": acts})
    before = found(staff)
    place, row = of_bea(before)
    withdrew(staff, ana)
    _place, after = of_bea(found(staff))
    assert (after["state"], after["moment"]["edtf"]) == ("MX-TAM", "2019-03")
    assert (row["perpetrator"], after["perpetrator"]) == ("CRG", None)
    assert before.leans[place] == {ana}  # of whom the doer is


@pytest.mark.parametrize(
    ("limit", "gone", "stays"), [("no_place", "state", "moment"), ("no_date", "moment", "state")]
)
def test_a_limit_of_one_holds_for_what_they_told_in_the_row_of_the_other(staff, limit, gone, stays):
    limited = person()
    limited["consent"]["terms"] = {"ROW": {limit: True}}
    apart(staff, first={"people": [limited]})
    for row in found(staff).rows:
        assert row[gone] is None
        assert row[stays]


def test_of_what_was_told_together_goes_what_the_other_was_in_without_when_and_where(staff):
    _incident, (first, _second) = told(staff, story(incident=HERE, perpetrators=DOERS, **TWO_ACTS))
    verified(staff)
    assert [row["state"] for row in found(staff).rows] == ["MX-TAM"] * 2
    withdrew(staff, first)
    gathered = found(staff)
    (row,) = gathered.rows
    assert row["act"] == "EXT"
    assert [row[name] for name in (*WHEN_AND_WHERE, "perpetrator", "source_type")] == [None] * 6
    assert gathered.excluded == {"withdrawn": 1}


def test_an_act_that_was_told_together_goes_with_nobody_who_was_in_it_and_did_not_tell(staff):
    people = [*TWO_ACTS["persons"], person("p3", teller=False, gender="NB", decisions={})]
    links = [*TWO_ACTS["involvements"], {"person": "p3", "act": "a1", "part": "DIR"}]
    _incident, ids = told(staff, story(**{**TWO_ACTS, "persons": people, "involvements": links}))
    with staff.reviewer.work() as work:
        facts = {"kind": consent.PUBLISHED, "purposes": ["ROW"], "reasons": "Their own article."}
        basis = consent.set_basis(work, facts, person_id=ids[2]).id
    with staff.second.work() as work:
        consent.confirm_basis(work, work.get(Basis, basis))
    with staff.reviewer.work() as work:  # a published source in the place of a yes
        assert isinstance(consent.permits(work, work.get(Person, ids[2]), Purpose.ROWS), Permit)
    verified(staff)
    assert len(found(staff).rows) == 3
    withdrew(staff, ids[0])
    gathered = found(staff)
    assert [row["gender"] for row in gathered.rows] == ["M"]
    assert gathered.excluded == {"told_together": 1, "withdrawn": 1}


@pytest.mark.parametrize("told_it", ["together", "apart"])
def test_after_a_split_it_stays_in_neither_half(staff, told_it):
    if told_it == "together":
        incident, (ana, _bea) = told(staff, story(incident=HERE, perpetrators=DOERS, **TWO_ACTS))
    else:
        incident, ana, _bea = apart(staff)
    with staff.reviewer.work() as work:
        acts = work.db.scalars(select(Act).where(Act.incident_id == incident).order_by(Act.id))
        theirs = [act.id for act in acts][-1:]
        rearranging.split(work, work.get(Incident, incident), theirs, TWO_DAYS)
    verified(staff)
    assert of_bea(found(staff))[1]["state"] == "MX-TAM"
    withdrew(staff, ana)
    _place, row = of_bea(found(staff))
    assert [row[name] for name in (*WHEN_AND_WHERE, "perpetrator")] == [None] * 5


def test_opened_one_incident_at_a_time_the_rows_are_the_same(staff, monkeypatch):
    apart(staff)
    one, _people = told(staff, story(incident=HERE, perpetrators=DOERS, **TWO_ACTS))
    other, _people = told(staff, story("2019-01", sources=[{"type": "INP"}]))
    with staff.reviewer.work() as work:
        rearranging.merge(work, one, other, "The same night, told twice.")
    verified(staff)
    together = found(staff)
    monkeypatch.setattr(opening, "TOGETHER", 1)
    apiece = found(staff)
    assert by_act(apiece) == by_act(together)
    assert len(apiece.rows) == apiece.considered == 5


def test_a_correction_finds_the_row_that_stood_on_the_word_of_whoever_left(staff):
    for month in ("2019-01", "2019-03"):
        for _each in range(6 if month == "2019-01" else 4):
            told(staff, story(month))
    _incident, ana, _bea = apart(staff, second={"people": [person()]})
    release = prepared(staff)
    signed(staff, release)
    before = pack(staff, release)
    with staff.reviewer.work() as work:
        assert [each.id for each in publish.holding(work, work.get(Person, ana))] == [release]
    withdrew(staff, ana)
    correction = corrected(staff, release)
    signed(staff, correction)
    after = pack(staff, correction)
    assert (len(classes(before)), len(classes(after))) == (2, 1)
    assert manifest(after)["counts"] == {
        "considered": 12,
        "released": 6,
        "excluded": {"withdrawn": 2, "held_back": 4},  # Ana's row, and Bea's with it
    }
