"""The facts of the methodology are counted from the records: interviews, who told, how they agreed, what was shown."""

import io

import pytest
from sqlalchemy import select

from incidents import evidence, review
from incidents.errors import NotAllowed
from incidents.intake import interviews
from incidents.model.evidence import Evidence
from incidents.model.incident import Act, Incident
from incidents.model.report import Report
from incidents.release import policy
from incidents.release.gather import gather
from incidents.release.tables import edition as editions
from incidents.release.tables import lines
from incidents.release.tables.cells import FEW, Counted, Shown
from incidents.release.text import facts as f
from incidents.release.text import gathering, page, writing
from incidents.release.text.accounts import Cited
from incidents.release.text.facts import Fates
from incidents.release.text.methodology import Teller
from tests.evidence import invented as file
from tests.intake.test_interviews import TIJUANA, conversation, send
from tests.release.test_publish import person, story, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)  # counting is no matter of SQL
POLICY = "dataset-research"


def interview(month, **more):
    on = {"edtf": f"2019-{month}", "precision": "MON"}
    return {
        "on": on,
        "mode": "INP",
        "place": TIJUANA,
        "language": "es",
        "outcome": "INC",
        "private": "yes",
        **more,
    }


def teller(**facts):
    who = person(**facts)
    who["consent"] |= {"method": "spoken", "explained": "yes"}
    return who


def told(month, told_of=None, **more):
    return story(people=[told_of or teller()], interview=interview(month, **more))


def edition(staff, fates=None):
    with staff.analyst.work() as work:
        rules = policy.load(POLICY)
        return gathering.facts(work, rules, gather(work, rules, {}), fates)


@pytest.fixture
def facts(staff):
    """Six told of an incident, two of them of one that nobody may count; one had nothing to tell."""
    send(staff.researcher, conversation("NOT", on={"edtf": "2019-05-02", "precision": "DAY"}))
    with staff.reviewer.work() as work:
        interviews.record_all(work)
    refused = {"REC": "given", "STA": "given", "ROW": "refused"}
    tell(
        staff,
        [
            told("02", told_before="yes", told_whom=["NGO"]),
            told("02", teller(gender="M", age=41), mode="INR", interpreter="PRO"),
            told("03", teller(gender="TW", age=None, age_band="25-34"), private="no"),
            told("03", teller(gender="NB"), language="quc", told_before="yes", told_whom=["FAM"]),
            told("03", teller(age=15), place=None),
            told("04", person(decisions=refused)),
        ],
    )
    return edition(staff)


def test_interviews_and_people_are_counted_and_nobody_who_refused(facts):
    counts = facts.counts
    assert counts[f.INTERVIEWS] == 7
    assert counts[f.key("interviews", outcome="INC")] == 6
    assert counts[f.key("interviews", outcome="NOT")] == 1
    assert counts[f.key("interviews", mode="phone")] == 1
    assert counts[f.key("interviews", private="yes")] == 5
    assert counts[f.key("interviews", interpreter="yes")] == 1
    assert counts[f.key("interviews", before="yes")] == 2
    assert counts[f.key("interviews", before="published")] == 1
    assert {who: counts[f.key("tellers", who=who)] for who in f.PARTS_OF_TELLERS} == {
        "women": 2,  # a trans woman is counted as a woman
        "men": 1,
        "children": 0,  # the one who told alone may not be counted
        "unknown": 1,  # never by another gender
    }
    assert counts[f.CONSENTED] == 4
    assert counts[f.key("agreed", method="spoken")] == counts[f.EXPLAINED] == 4
    assert (facts.fates.considered, sum(facts.fates.excluded.values())) == (6, 2)
    assert counts[f.key("left_out", reason="agreement", unit="rows")] == 2
    assert counts[facts.fates.released] == 4


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"age": 15, "gender": "F"}, "children"),
        ({"age_band": "CHI"}, "children"),
        ({"age": 18, "gender": "TM"}, "men"),
        ({"age_band": "60+", "gender": "F"}, "women"),
        ({"gender": "F"}, "unknown"),
        ({"age": 30, "gender": "DEC"}, "unknown"),
    ],
)
def test_people_are_told_apart_as_far_as_a_release_tells_them_apart(row, kind, template):
    assert gathering._kind(row) == kind


def test_groups_of_people_add_up_so_that_they_can_be_protected(facts):
    totals = {f.INTERVIEWS, f.TELLERS, f.CONSENTED, facts.fates.total}
    assert {relation.total for relation in facts.relations} == totals
    for relation in facts.relations:
        assert relation.adds
        assert facts.counts[relation.total] == sum(facts.counts.get(part, 0) for part in relation.parts)


def test_places_and_languages_of_fewer_than_five_interviews_are_not_named(facts):
    assert (facts.months, facts.places, facts.languages) == (("2019-02", "2019-05"), ("02004",), ("es",))
    assert facts.others
    assert not facts.elsewhere
    values = {key: number for key, number in facts.counts.items() if number > 4}
    (first, *_rest) = Teller(facts, Shown(Counted((), {}, ()), values, "A"), "en").sections()
    assert first.paragraphs[0].startswith(
        "This report is based on seven interviews that Casa Inventada del Río"
    )
    assert "between February 2019 and May 2019 in Tijuana." in first.paragraphs[0]
    assert "held in Spanish and other languages." in first.paragraphs[0]


def test_what_the_tables_leave_out_may_be_told_instead(staff):
    tell(staff, [told("02")])
    fates = Fates("incidents", 9, {"no_consent": 4, "held": 1, "danger": 2, "suppressed": 1})
    counts = edition(staff, fates).counts
    assert counts[f.key("looked_at", unit="incidents")] == 9
    assert counts[f.key("left_out", reason="safety", unit="incidents")] == 3
    assert f.INCIDENTS not in counts


def test_a_report_is_cited_by_the_interview_that_it_was_told_in(staff):
    tell(staff, [told("02", mode="INR"), story(interview=None)])
    with staff.analyst.work() as work:
        reports = list(work.db.scalars(select(Report.id)))
        (found,) = gathering.cited(work, reports).values()
    assert found == Cited("MX-BCN", "2019-02", phone=True)
    assert found.without(place=True) == Cited("", "2019-02", phone=True)
    assert found.without(date=True) == Cited("MX-BCN", phone=True)


def few(both):
    """The simplest protection there is, for a test: it hides every small number and nothing besides."""
    return Shown(both, {key: FEW if 0 < n < 5 else n for key, n in both.counts.items()}, "A")


def test_the_text_of_an_edition_of_tables_is_made_from_the_records(staff):
    tell(
        staff, [told(month) for month in ("02", "02", "03", "03", "04")] + [told("04", person(decisions={}))]
    )
    with staff.analyst.work() as work:
        made = editions.edition(
            lines.told(work, policy.load("public-table"), {}), policy.load("public-table")
        )
        material = gathering.material(work, made, few)
    assert material.shown.values[f.INCIDENTS] == material.shown.values[("persons",)] == 5
    page_ = page.made(writing.story(material, "es")).decode()
    for part in (
        "Este informe se basa en seis entrevistas que Casa Inventada del Río realizó entre febrero de 2019 y abril",
        "cinco mujeres",
        "revisó seis incidentes. Aquí se cuentan cinco incidentes. Se excluyen: menos de cinco, si los hay, que ningún",
        "al menos cinco incidentes que aquí se cuentan",
        "T1. Incidentes por acto y estado",
    ):
        assert part in page_


def test_evidence_that_was_judged_to_show_an_act_is_counted_by_incident(staff):
    tell(staff, [told("02"), told("03")])
    data = file.jpeg()
    with staff.reviewer.work() as work:
        act = work.db.scalars(select(Act).order_by(Act.id)).first()
        to = work.get(Incident, act.incident_id)
        item = evidence.keep(work, to, file.about(data), io.BytesIO(data)).id
        act = act.id
    with staff.second.work() as work:
        said = {"authentic": "yes", "shows": "act", "reasons": "The stamp is the one of that court."}
        review.judge(work, work.get(Act, act), work.get(Evidence, item), **said)
    found = edition(staff)
    assert found.counts[f.DOCUMENTED] == 1
    assert found.states == ("CRE", "VER")


def test_who_may_not_prepare_a_release_counts_nothing(staff):
    with staff.researcher.work() as work, pytest.raises(NotAllowed):
        list(interviews.each(work))
