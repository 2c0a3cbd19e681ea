"""Whatever an act that counts rests on is changed, brought back, joined, taken apart or gone: it is looked at anew."""

import io

import pytest
from sqlalchemy import select

from incidents import consent, erasure, evidence, review, search
from incidents.intake import adding, changing, editing, rearranging, report, schema, take_in
from incidents.model.evidence import Evidence
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.model.rearrangement import Rearrangement
from incidents.model.vocabulary import COUNTED, Verification
from incidents.release import gather, policy
from tests import make
from tests.evidence import invented

WHY = "So that a colleague can follow it in a year."
V = Verification
# One field of each kind of record that an act rests on, and what two people make of it.
FIELDS = {
    Act: ("status", "A", "U"),
    Incident: ("time", "02:00", "03:00"),
    Involvement: ("part", "IND", "UNK"),
    Perpetrator: ("group", "Los Otros (inventados)", "Los Terceros (inventados)"),
    Person: ("age", 31, 32),
    Source: ("relation", "WIT", "REL"),
}


@pytest.fixture
def taken(staff):
    def take(**changes):
        document = make.report_document(
            acts=[{"key": "a1", "type": "KID"}, {"key": "a2", "type": "EXT"}], **changes
        )
        with staff.researcher.work() as work:
            id = report.send(work, schema.load({**document, "involvements": []}), "page").id
        with staff.other_reviewer.work() as work:
            return take_in.take_in(work, id).id

    return take


def acts(work, incident):
    return list(
        work.db.scalars(
            select(Act).where(Act.incident_id == incident, Act.left_on.is_(None)).order_by(Act.id)
        )
    )


def last(work, row):
    return editing.history(work, [row.id])[-1].edit


def verify(staff, *incidents):
    """All acts of these incidents count, by the word of somebody who changed nothing of them."""
    with staff.reviewer.work() as work:
        for act in (act for id in incidents for act in acts(work, id)):
            if act.verification not in COUNTED:
                review.move(work, act, V.CREDIBLE, WHY)


def states(staff, *incidents):
    with staff.reviewer.work() as work:
        work.db.expire_all()
        return [act.verification for id in incidents for act in acts(work, id)]


def test_every_kind_of_record_edited_restored_or_chosen_asks_for_a_new_look(staff, taken):
    id = taken()
    with staff.reviewer.work() as work:
        act = acts(work, id)[0].id
        links = work.db.scalars(
            select(Involvement).where(Involvement.act_id == act).order_by(Involvement.id)
        ).all()
        of = {kind: work.db.scalars(select(kind.id).order_by(kind.id)).first() for kind in FIELDS}
        of |= {Act: act, Involvement: links[0].id, Person: links[0].person_id}

    def after(deed, kind):
        verify(staff, id)
        with staff.second.work() as work:
            deed(work, work.get(kind, of[kind]))
        with staff.second.work() as work:
            assert work.get(Act, act).verification == V.UNDER_VERIFICATION, (kind, deed)
            assert str(staff.second.id) in work.get(Act, act).submitted_by

    def edit(work, row):
        name, value, _other = FIELDS[type(row)]
        now = {n: said for n, said in editing.read(work, row)["facts"].items() if n != "interview"}
        editing.edit(work, row, row.version, {**now, name: value}, WHY)

    def restore(work, row):
        editing.restore(work, row, row.version, last(work, row).from_version, WHY)

    def choose(work, row):
        """As who comes second does: both began with one version, both changed one field, the later one's stands."""
        name, _value, mine = FIELDS[type(row)]
        base = editing.as_it_was(work, row, last(work, row).from_version)["facts"]
        now = editing.read(work, row)["facts"]
        merged, clashes = changing.merged(base, now, {**base, name: mine})
        assert clashes == [(name,)]
        editing.edit(work, row, row.version, {n: said for n, said in merged.items() if n != "interview"}, WHY)

    for kind in FIELDS:
        for deed in (edit, restore, choose):
            after(deed, kind)


def test_words_taken_out_and_brought_back_too(staff, taken):
    id = taken()
    with staff.reviewer.work() as work:
        doer, source = (work.db.scalars(select(kind.id)).first() for kind in (Perpetrator, Source))

    def narrative(work):
        row = work.get(Incident, id)
        facts = {n: said for n, said in editing.read(work, row)["facts"].items() if n != "interview"}
        editing.edit(work, row, row.version, facts, WHY, {"narrative": "Only the words."})

    def out(kind, which):
        return lambda work: adding.take_out(work, work.get(kind, which), work.get(kind, which).version, WHY)

    def back(kind, which):
        return lambda work: adding.bring_back(work, work.get(kind, which), work.get(kind, which).version, WHY)

    for deed in (narrative, out(Perpetrator, doer), back(Perpetrator, doer)):
        verify(staff, id)
        with staff.second.work() as work:
            deed(work)
        assert states(staff, id) == [V.UNDER_VERIFICATION] * 2, deed
    verify(staff, id)
    with staff.second.work() as work:
        out(Source, source)(work)
    assert not {*states(staff, id)} & set(COUNTED)
    with staff.second.work() as work:
        back(Source, source)(work)
    verify(staff, id)


def test_what_was_edited_while_joined_or_apart_does_not_count_once_that_is_undone(staff, taken):
    """Joining and parting move nothing; whatever is edited meanwhile asks for a new look on both sides, for good."""
    one, other = taken(), taken()
    with staff.reviewer.work() as work:
        people = [person.id for id in (one, other) for person, _f in search.people_of(work, id)[:1]]
        first = acts(work, one)[0].id
    for n, join in enumerate(
        (
            lambda work: rearranging.merge(work, one, other, WHY),
            lambda work: rearranging.merge_persons(work, *people, WHY),
            lambda work: rearranging.split(work, work.get(Incident, one), [first], WHY),
        )
    ):
        verify(staff, one, other)
        with staff.second.work() as work:
            join(work)
        with staff.second.work() as work:
            row = work.get(Person, people[1]) if n == 1 else work.get(Incident, one)
            name = FIELDS[type(row)][0]
            now = {n: said for n, said in editing.read(work, row)["facts"].items() if n != "interview"}
            editing.edit(work, row, row.version, {**now, name: (None, 50, "03:00")[n] or "01:00"}, WHY)
        with staff.second.work() as work:
            made = work.db.scalars(select(Rearrangement).where(Rearrangement.undone_on.is_(None))).one()
            rearranging.undo(work, made, WHY)
        assert not {*states(staff, one)} & set(COUNTED), join
        assert n == 2 or not {*states(staff, other)} & set(COUNTED), (
            join
        )  # apart, the other one is not touched


def test_evidence_that_is_erased_takes_away_what_counted_on_it(staff, house, taken):
    id = taken(sources=None)
    data = invented.jpeg()
    with staff.coordinator.work() as work:
        item = evidence.keep(work, work.get(Incident, id), invented.about(data), io.BytesIO(data)).id
    with staff.reviewer.work() as work:
        act = acts(work, id)[0]
        review.judge(work, act, work.get(Evidence, item), authentic="yes", shows="act", reasons=WHY)
        act_id = act.id
    with staff.second.work() as work:
        review.move(work, review.act(work, act_id), V.CREDIBLE, WHY)
    with staff.coordinator.work() as work:
        erasure.erase_evidence(work, work.get(Evidence, item), "It was sent to us by mistake.")
    erasure.finish(house)
    assert states(staff, id)[0] not in COUNTED


def test_what_the_only_one_who_told_withdrew_does_not_leave(staff, taken):
    id = taken()
    verify(staff, id)
    with staff.reviewer.work() as work:
        for person in work.db.scalars(select(Person)):
            consent.withdraw(work, person)
    with staff.analyst.work() as work:
        found = gather.gather(work, policy.load("dataset-research"), {})
    assert found.rows == []
    assert found.excluded["withdrawn"] == found.considered
