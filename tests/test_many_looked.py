"""Looking at a move of many costs no original of evidence, and taking one back rests on a signed note alone."""

import io

import pytest
from sqlalchemy import insert, select, update

from incidents import evidence, review
from incidents.errors import AnotherReviewerNeeded, TrailBroken
from incidents.evidence import pieces
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.audit import AuditEntry, RecordDigest
from incidents.model.evidence import Evidence
from incidents.model.incident import Act, Incident
from incidents.model.review import Review
from incidents.model.vocabulary import Verification
from incidents.review import Why
from incidents.review.many import MOVED
from tests import make
from tests.evidence import invented

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)

V = Verification
WHY = "The same register, compared line by line with the paper."
TWO = [{"key": key, "type": "KID", "status": "C"} for key in ("a1", "a2")]


@pytest.fixture
def acts(staff):
    """Two acts of one incident, each of one source."""
    with staff.researcher.work() as work:
        told = make.report_document(acts=TWO, involvements=None)
        sent = report.send(work, schema.load(told), "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, sent).id
    with staff.reviewer.work() as work:
        return list(work.db.scalars(select(Act.id).where(Act.incident_id == incident).order_by(Act.number)))


@pytest.fixture
def shown(staff, acts):
    """A picture that the second coordinator judged to show both acts; it alone carries them to verified."""
    data = invented.jpeg()
    with staff.reviewer.work() as work:
        incident = work.get(Incident, work.get(Act, acts[0]).incident_id)
        item = evidence.keep(work, incident, invented.about(data), io.BytesIO(data)).id
    for act in acts:
        with staff.second.work() as work:
            judged = {"authentic": "yes", "shows": "act", "reasons": "The street and the clock fit."}
            review.judge(work, work.get(Act, act), work.get(Evidence, item), **judged)
        with staff.second.work() as work:
            review.move(work, review.act(work, act), V.CREDIBLE, WHY)
    return item


@pytest.fixture
def read(monkeypatch):
    """The originals that were read through."""
    found, unchanged = [], evidence.unchanged

    def noted(work, item):
        found.append(item.id)
        return unchanged(work, item)

    monkeypatch.setattr(evidence, "unchanged", noted)
    return found


def versions(work, ids):
    return {act.id: act.version for act in review.chosen(work, ids)}


def move_many(member, ids, to):
    with member.work() as work:
        rows, found = review.move_many(work, versions(work, ids), to, WHY)
        return [row.id for row in rows], found


def test_a_look_reads_no_original_and_a_move_each_of_them_once(staff, acts, shown, read):
    with staff.coordinator.work() as work:
        assert len(review.plan(work, review.chosen(work, acts), V.VERIFIED).moving) == 2
    assert read == []
    rows, found = move_many(staff.coordinator, acts, V.VERIFIED)
    assert (len(rows), found.staying) == (2, {})
    assert read == [shown]
    with staff.coordinator.work() as work:
        review.look_back(work, rows[0])
    assert read == [shown]


def test_of_evidence_that_was_altered_it_is_said_that_the_act_stays(staff, acts, shown, instance):
    with staff.reviewer.work() as work:
        (name,) = pieces.original(work.get(Evidence, shown)).names
    stored = instance.folder / "evidence" / name
    stored.write_bytes(stored.read_bytes()[:-1] + bytes([stored.read_bytes()[-1] ^ 1]))
    rows, found = move_many(staff.coordinator, acts, V.VERIFIED)
    assert (rows, found.moving) == ([], ())
    assert found.staying == dict.fromkeys(acts, Why.ALTERED)


def test_a_second_word_by_who_said_the_first_reads_no_original(staff, read):
    with staff.researcher.work() as work:
        told = make.report_document(acts=[{"key": "a1", "type": "SXA", "status": "C"}])
        sent = report.send(work, schema.load(told), "page").id
    data = invented.jpeg()
    with staff.reviewer.work() as work:
        incident = take_in(work, sent)
        item = evidence.keep(work, incident, invented.about(data), io.BytesIO(data)).id
    with staff.second.work() as work:
        act = work.db.scalars(select(Act.id)).one()
        judged = {"authentic": "yes", "shows": "act", "reasons": "The street and the clock fit."}
        review.judge(work, work.get(Act, act), work.get(Evidence, item), **judged)
    with staff.coordinator.work() as work:
        review.move(work, review.act(work, act), V.UNDER_VERIFICATION, WHY)
    with staff.coordinator.work() as work:
        assert review.move(work, review.act(work, act), V.VERIFIED, WHY).first_of_two
    read.clear()
    with staff.coordinator.work() as work, pytest.raises(AnotherReviewerNeeded):
        review.move(work, review.act(work, act), V.VERIFIED, WHY)
    assert read == []


def test_an_act_that_is_there_already_is_said_to_be_there(staff, acts):
    move_many(staff.coordinator, acts[:1], V.CREDIBLE)
    with staff.second.work() as work:
        found = review.plan(work, review.chosen(work, acts), V.CREDIBLE)
    assert [act.id for act in found.moving] == acts[1:]
    assert found.staying == {acts[0]: Why.THERE}


@pytest.mark.parametrize("hidden", [False, True])
def test_a_note_that_somebody_wrote_into_the_trail_makes_no_move_of_many(staff, acts, house, hidden):
    with staff.coordinator.work() as work:
        alone = review.move(work, review.act(work, acts[0]), V.CREDIBLE, WHY).id
    (last,), _found = move_many(staff.second, acts[1:], V.CREDIBLE)
    db = house.db()
    block = db.get(RecordDigest, (alone, 1)).block
    forged = {"event": MOVED, "about": "review", "about_id": alone, "detail": {"count": 1, "to": "CRE"}}
    db.execute(insert(AuditEntry).values(block=block if hidden else 1, position=99, **forged))
    db.commit()
    for deed in (review.look_back, lambda work, id: review.move_back(work, id, WHY)):
        with staff.second.work() as work, pytest.raises(TrailBroken):
            deed(work, alone)
    with staff.second.work() as work:
        assert len(review.look_back(work, last).moving) == 1  # a true one is not kept from being taken back
        assert work.get(Act, acts[0]).verification == V.CREDIBLE


def test_a_move_whose_note_or_words_since_were_altered_is_not_taken_back(staff, acts, house):
    rows, _found = move_many(staff.coordinator, acts, V.CREDIBLE)
    with staff.second.work() as work:
        review.move(work, review.act(work, acts[0]), V.UNDER_VERIFICATION, WHY)
    db = house.db()
    later = db.scalars(select(Review.id).where(Review.to_state == V.UNDER_VERIFICATION)).one()
    db.execute(update(Review).where(Review.id == later).values(first_of_two=True))
    db.commit()
    with staff.second.work() as work, pytest.raises(TrailBroken):
        review.move_back(work, rows[0], WHY)
    db.execute(update(Review).where(Review.id == later).values(first_of_two=None))
    db.execute(update(AuditEntry).where(AuditEntry.event == MOVED).values(detail={"count": 1, "to": "CRE"}))
    db.commit()
    with staff.second.work() as work, pytest.raises(TrailBroken):
        review.move_back(work, rows[0], WHY)
