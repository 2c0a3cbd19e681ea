"""A sample is drawn so that it can be drawn again, coded unseen, and measured without what must not count."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from incidents import agreement, consent, erasure
from incidents.errors import InvalidInput, MoveNotAllowed, NotAllowed, NotFound
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.coding import Coding, Sample
from incidents.model.people import Person
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import PartKind, Purpose
from incidents.work import Unreadable
from tests import make

DECISION = "Asked for by phone, agreed with the coordinator."
ASKED = ("acts", "type", "gender", "nationality")
CODED: dict[str, list[str]] = {"acts": ["KID"], "type": ["KID"], "gender": ["F"]}


def taken_in(staff, count: int = 1, sender: str = "researcher", **changes: Any) -> list[UUID]:
    """Reports that were sent by one and taken in by the second coordinator."""
    with getattr(staff, sender).work() as work:
        documents = [schema.load(make.report_document(**changes)) for _each in range(count)]
        sent = [report.send(work, document, "page", uuid4()).id for document in documents]
    for id in sent:
        with staff.second.work() as work:
            take_in(work, id)
    return sent


def wanted(work, staff, size: int = 50, **changes: Any) -> agreement.Wanted:
    coders = [staff.reviewer.id, staff.other_reviewer.id]
    given = {
        "since": work.today - timedelta(days=9),
        "until": work.today,
        "coders": coders,
        "questions": ASKED,
    }
    return agreement.Wanted(size=size, **given | changes)


def drawn(staff, size: int = 50, **changes: Any) -> UUID:
    with staff.coordinator.work() as work:
        return agreement.draw(work, wanted(work, staff, size, **changes)).id


def would_draw(staff, size: int, **changes: Any) -> list[UUID]:
    """The reports of a sample that is drawn and not kept."""
    found: list[UUID] = []
    with suppress(LookupError), staff.coordinator.work() as work:
        agreement.draw(work, wanted(work, staff, size, **changes))
        rows = [row for row in work.pending(Coding) if row.coder == staff.reviewer.id]
        found = [row.report_id for row in sorted(rows, key=lambda row: row.number)]
        raise LookupError
    return found


def reports_of(staff, sample: UUID) -> list[UUID]:
    """In the order of the sample."""
    with staff.coordinator.work() as work:
        query = select(Coding.report_id).where(Coding.sample_id == sample, Coding.coder == staff.reviewer.id)
        return list(work.db.scalars(query.order_by(Coding.number)))


def sheets(member, sample: UUID) -> list[UUID]:
    with member.work() as work:
        return [row.id for row in agreement.own(work, work.get(Sample, sample))]


def code(member, sheet: UUID, given: dict[str, list[str]], *, done: bool = True) -> None:
    with member.work() as work:
        agreement.keep(work, agreement.open_sheet(work, sheet), given, done=done)


def all_coded(staff, sample: UUID, *others: dict[str, list[str]]) -> None:
    """Both code every report; of the first ones the second coder says something else."""
    for number, sheet in enumerate(sheets(staff.reviewer, sample)):
        code(staff.reviewer, sheet, CODED)
        mine = sheets(staff.other_reviewer, sample)[number]
        code(staff.other_reviewer, mine, others[number] if number < len(others) else CODED)


def measured(member, sample: UUID) -> agreement.Agreement:
    with member.work() as work:
        return agreement.agreement(work, work.get(Sample, sample))


def teller_of(work, report_id: UUID, kind: PartKind = PartKind.TELLER) -> Person:
    query = select(ReportPart.person_id).where(ReportPart.report_id == report_id, ReportPart.kind == kind)
    return work.get(Person, work.db.scalars(query).one())


def test_a_sample_holds_what_none_of_its_coders_sent_or_worked_on_and_the_seed_draws_it_again(staff):
    fit = taken_in(staff, 4)
    taken_in(staff, 1, sender="reviewer")  # a coder sent it
    taken_in(staff, 1, narrative=None)  # nothing to code from
    with staff.researcher.work() as work:
        waiting, other = (
            report.send(work, schema.load(make.report_document()), "page", uuid4()).id for _ in "12"
        )
    with staff.other_reviewer.work() as work:
        take_in(work, other)  # a coder took it in
    with staff.coordinator.work() as work:
        refused = taken_in(staff)[0]
        consent.withdraw(work, teller_of(work, refused), [Purpose.RECORD])
    again, other = (would_draw(staff, 3, seed=seed) for seed in ("río", "mar"))
    first = drawn(staff, 50, seed="río")
    assert set(reports_of(staff, first)) == set(fit)
    assert waiting not in fit
    with staff.coordinator.work() as work:
        said = agreement.drawn_of(work, work.get(Sample, first))
    assert (said.seed, said.of, said.without_account, said.questions) == ("río", 5, 1, list(ASKED))
    assert again == reports_of(staff, first)[:3]
    assert other != again
    taken_in(staff)
    unseeded = drawn(staff, 50)
    assert set(reports_of(staff, unseeded)).isdisjoint(fit)  # which they coded already
    with staff.coordinator.work() as work:
        assert len(agreement.drawn_of(work, work.get(Sample, unseeded)).seed) == 8


def test_what_cannot_be_drawn_is_said_at_its_field(staff):
    taken_in(staff)
    with staff.coordinator.work() as work:
        today, one = work.today, staff.reviewer.id
        cases: list[tuple[str, dict[str, Any]]] = [
            ("size", {"size": 0}),
            ("size", {"size": agreement.MOST + 1}),
            ("until", {"since": today, "until": today - timedelta(days=1)}),
            ("coders", {"coders": [one]}),
            ("coders", {"coders": [one, one]}),
            ("coders", {"coders": [one, staff.analyst.id]}),
            ("questions", {"questions": []}),
            ("questions", {"questions": ["type", "name"]}),
            ("seed", {"seed": "x" * 41}),
            ("since", {"since": today - timedelta(days=9), "until": today - timedelta(days=5)}),
        ]
        for field, changes in cases:
            with pytest.raises(InvalidInput) as problem:
                agreement.draw(work, wanted(work, staff, **{"size": 5, **changes}))
            assert list(problem.value.fields) == [field], changes
    with staff.reviewer.work() as work, pytest.raises(NotAllowed):
        agreement.draw(work, wanted(work, staff))


def test_each_codes_unseen_stops_and_goes_on_and_nothing_is_told_before_both_are_done(staff, monkeypatch):
    monkeypatch.setattr("incidents.agreement.measuring.FLOOR", 1)
    taken_in(staff, 2)
    sample = drawn(staff)
    mine, theirs = sheets(staff.reviewer, sample), sheets(staff.other_reviewer, sample)
    code(staff.reviewer, mine[0], {"type": ["EXT"]}, done=False)
    with staff.reviewer.work() as work:
        opened = agreement.open_sheet(work, mine[0])
        assert (opened.account, opened.answers) == (make.CANARY_NARRATIVE, {"type": "EXT"})
        assert [question.key for question in opened.questions] == list(ASKED)
        assert agreement.waiting(work) == 2
        with pytest.raises(NotFound):
            agreement.open_sheet(work, theirs[0])
    with staff.reviewer.work() as work, pytest.raises(InvalidInput):
        agreement.keep(work, agreement.open_sheet(work, mine[0]), {"type": ["NOPE"]}, done=False)
    with staff.reviewer.work() as work, pytest.raises(InvalidInput):
        agreement.keep(work, agreement.open_sheet(work, mine[0]), {}, done=True)
    for sheet in mine:
        code(staff.reviewer, sheet, {**CODED, "nationality": ["HND", "GTM"]})
    for who in (staff.coordinator, staff.reviewer, staff.analyst):
        with who.work() as work:
            found = work.get(Sample, sample)
            assert not agreement.finished(work, found)
            with pytest.raises(agreement.NotFinished):
                agreement.agreement(work, found)
    with staff.reviewer.work() as work:
        found = work.get(Sample, sample)
        with pytest.raises(agreement.NotFinished):
            agreement.differences(work, found)
        assert [(each.done, each.of) for each in agreement.progress(work, found)] == [(2, 2)]
        assert agreement.next_of(work, found) is None
    with staff.coordinator.work() as work:
        assert [each.done for each in agreement.progress(work, work.get(Sample, sample))] == [2, 0]
    with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
        agreement.keep(work, agreement.open_sheet(work, mine[0]), CODED, done=False)  # done is for good
    code(staff.other_reviewer, theirs[0], {**CODED, "type": ["EXT"]})
    code(staff.other_reviewer, theirs[1], CODED)
    found = {each.question.key: each.figures for each in measured(staff.analyst, sample).questions}
    assert [found[key].agreed for key in ASKED] == [1.0, 0.5, 1.0, None]
    with staff.analyst.work() as work, pytest.raises(NotAllowed):
        agreement.differences(work, work.get(Sample, sample))
    with staff.other_reviewer.work() as work:
        (differing,) = agreement.differences(work, work.get(Sample, sample))
        assert (differing.number, differing.question.key) == (1, "type")
        assert [value for _coder, value in differing.answers] == ["KID", "EXT"]
    with staff.coordinator.work() as work:
        assert list(work.breaks()) == []


def test_closed_early_what_is_done_is_measured_and_nothing_is_added(staff):
    taken_in(staff, 2)
    sample = drawn(staff)
    mine, theirs = sheets(staff.reviewer, sample), sheets(staff.other_reviewer, sample)
    for member, sheet in (
        (staff.reviewer, mine[0]),
        (staff.reviewer, mine[1]),
        (staff.other_reviewer, theirs[0]),
    ):
        code(member, sheet, CODED)
    code(staff.other_reviewer, theirs[1], CODED, done=False)
    with staff.reviewer.work() as work, pytest.raises(NotAllowed):
        agreement.close(work, work.get(Sample, sample))
    with staff.coordinator.work() as work:
        agreement.close(work, work.get(Sample, sample))
    with pytest.raises(MoveNotAllowed):
        code(staff.other_reviewer, theirs[1], CODED)
    assert measured(staff.coordinator, sample).questions[0].figures.count == 1
    with staff.coordinator.work() as work, pytest.raises(MoveNotAllowed):
        agreement.close(work, work.get(Sample, sample))


def test_whoever_takes_back_being_kept_is_coded_no_more_and_counts_in_nothing(staff):
    taken_in(staff, 2)
    sample = drawn(staff)
    first, second = reports_of(staff, sample)
    code(staff.reviewer, sheets(staff.reviewer, sample)[0], CODED)
    code(staff.other_reviewer, sheets(staff.other_reviewer, sample)[0], CODED)
    with staff.coordinator.work() as work:
        consent.withdraw(work, teller_of(work, second), [Purpose.RECORD])
    for member in (staff.reviewer, staff.other_reviewer):
        with pytest.raises(agreement.NotToBeCoded):
            code(member, sheets(member, sample)[1], CODED)
    found = measured(staff.coordinator, sample)  # it keeps nobody from finishing
    assert (found.reports, found.left_out) == (1, 1)
    with staff.coordinator.work() as work:
        consent.withdraw(work, teller_of(work, first), [Purpose.RECORD])
    assert measured(staff.coordinator, sample).questions[0].figures.count == 0


@pytest.mark.parametrize("what", ["teller", "mentioned", "report", "names"])
def test_an_erasure_takes_the_codings_of_the_report_along_and_names_alone_do_not(staff, house, what):
    taken_in(staff, 2)
    sample = drawn(staff)
    first, _second = reports_of(staff, sample)
    all_coded(staff, sample)
    with staff.coordinator.work() as work:
        if what == "report":
            erasure.erase_report(work, work.get(Report, first), DECISION)
        elif what == "names":
            erasure.erase_names(work, teller_of(work, first), DECISION)
        else:
            kind = PartKind.TELLER if what == "teller" else PartKind.PERSON
            erasure.erase_person(work, teller_of(work, first, kind), DECISION)
    erasure.finish(house)
    with staff.coordinator.work() as work:
        rows = list(work.db.scalars(select(Coding).where(Coding.sample_id == sample).order_by(Coding.number)))
        gone = {row.report_id for row in rows if isinstance(work.vault.view(row, "facts"), Unreadable)}
        assert gone == (set() if what == "names" else {first})
        assert list(work.breaks()) == []
    found = measured(staff.coordinator, sample)
    assert (found.reports, found.left_out) == ((2, 0) if what == "names" else (1, 1))
    with staff.reviewer.work() as work, pytest.raises(agreement.NotToBeCoded):
        agreement.open_sheet(work, sheets(staff.reviewer, sample)[0])


def test_a_member_who_goes_leaves_their_codings_readable_under_new_keys(staff, house):
    taken_in(staff, 1)
    sample = drawn(staff)
    all_coded(staff, sample)
    make.removed(house, staff.coordinator, staff.other_reviewer)
    assert measured(staff.second, sample).questions[0].figures.count == 1


def test_the_sentences_say_what_it_is_on_how_many_and_who_coded_and_name_nobody(staff, monkeypatch):
    monkeypatch.setattr("incidents.agreement.measuring.FLOOR", 2)
    taken_in(staff, 3)
    sample = drawn(staff, seed="río")
    all_coded(staff, sample, {**CODED, "type": ["EXT"]}, {**CODED, "gender": ["M"], "type": ["KID"]})
    found = measured(staff.analyst, sample)
    said = agreement.sentences(found, str, "es")
    text = " ".join(said)
    assert "3 reports were drawn at random from the 3 received" in said[0]
    assert "coded by 2 reviewers each" in said[0]
    assert f"de {found.drawn.until.year}" in said[0]  # the language of the dates
    assert "Kinds of act, all that are told of: 100 % agreement on 3 reports" in text
    assert (
        "Kind of act: 67 % agreement on 3 reports; too little varies for Cohen’s kappa; "
        "too little varies for Krippendorff’s alpha" in text
    )
    assert "Nationality: too few to say (0 reports" in text
    for member in (staff.reviewer, staff.other_reviewer, staff.coordinator):
        assert member.name not in text
    assert make.CANARY_NARRATIVE not in text


def test_every_code_list_of_an_act_a_person_and_an_incident_can_be_coded():
    asked = {question.vocabulary for question in agreement.QUESTIONS}
    assert (
        _lists(schema.WhatSchema, schema.ActSchema, schema.InvolvementSchema, schema.PerpetratorSchema)
        <= asked
    )
    assert _lists(schema.PersonFactsSchema) <= asked


def _lists(*kinds: Any) -> set[str]:
    """The code lists that the fields of these schemas are answered from, in nested ones too."""
    found: set[str] = set()
    for kind in kinds:
        for field in kind().fields.values():
            inner = getattr(field, "inner", field)
            found |= {rule.vocabulary for rule in inner.validators if isinstance(rule, schema.Answer)}
            if hasattr(inner, "schema"):
                found |= _lists(type(inner.schema))
    return found
