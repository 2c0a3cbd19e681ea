"""A correction: the old file's own rows, without whoever left and without the class they left."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from incidents import consent, erasure, review
from incidents.errors import MoveNotAllowed, NotAllowed
from incidents.intake import editing
from incidents.model.incident import Act, Incident
from incidents.model.people import Involvement, Person
from incidents.model.release import Release, ReleasedRow
from incidents.model.vocabulary import ReleaseState, Verification
from incidents.release import correct, lately, publish
from incidents.work import begin
from tests.release.test_publish import manifest, pack, prepared, rows, signed, story, tell

WHY = "She called again and told it more exactly."
NAMES = ("period", "place", "age", "gender", "nationality")


def out(staff, months=(1, 4, 7), each=6):
    """A signed release of several classes."""
    stories = [story(f"2019-{month:02}") for month in months for _ in range(each)]
    tell(staff, stories)
    release = prepared(staff)
    signed(staff, release)
    return release, pack(staff, release)


def corrected(staff, release):
    with staff.analyst.work() as work:
        return correct.correct(work, work.get(Release, release)).id


def somebody_withdraws(staff, release, number=1):
    with staff.reviewer.work() as work:
        people = [p for p in work.db.scalars(select(Person)) if publish.holding(work, p)]
        for person in people[:number]:
            consent.withdraw(work, person)
        return [person.id for person in people[:number]]


def classes(files):
    return Counter(tuple(row[name] for name in NAMES) for row in rows(files))


def test_a_correction_is_the_old_file_without_the_whole_class_of_who_left(staff):
    release, before = out(staff)
    (gone,) = somebody_withdraws(staff, release)
    correction = corrected(staff, release)
    signed(staff, correction)
    after = pack(staff, correction)
    left = classes(before) - classes(after)
    assert len(classes(before)) > len(classes(after)) >= 1
    assert list(left.values()) == [6]
    assert classes(after) == classes(before) - left
    said = manifest(after)
    assert said["counts"] == {"considered": 18, "released": 12, "excluded": {"withdrawn": 1, "held_back": 5}}
    assert said["corrects"]
    assert said["data_date"] == manifest(before)["data_date"]
    assert said["hierarchies"] == manifest(before)["hierarchies"]
    assert said["distinct"] == {"incidents": 12, "persons": 12}
    with staff.coordinator.work() as work:
        holds = [each.id for each in publish.holding(work, work.get(Person, gone))]
        assert holds == [release]


def test_only_a_signed_correction_takes_the_place_of_what_must_not_stand(staff):
    release, _before = out(staff)

    def must_not_stand():
        with staff.coordinator.work() as work:
            return [each.id for each in lately.uncorrected(work)]

    def recall(id):
        with begin(
            staff.coordinator.house, replace(staff.coordinator.actor, fresh=True), staff.coordinator.ring
        ) as w:
            publish.recall(w, w.get(Release, id), "It told more than it should.")

    somebody_withdraws(staff, release)
    recall(release)
    assert must_not_stand() == [release]
    first = corrected(staff, release)
    assert must_not_stand() == [release]
    signed(staff, first)
    assert must_not_stand() == []
    recall(first)
    assert must_not_stand() == [release]


def test_what_a_correction_lacks_is_nothing_or_at_least_k_of_every_class(staff):
    release, before = out(staff, each=7)
    somebody_withdraws(staff, release, number=3)
    correction = corrected(staff, release)
    signed(staff, correction)
    difference = classes(before) - classes(pack(staff, correction))
    assert difference
    assert all(size >= manifest(before)["k"] for size in difference.values())


def test_a_signed_correction_takes_the_place_of_its_edition(staff):
    release, _before = out(staff)
    somebody_withdraws(staff, release)
    correction = corrected(staff, release)
    with staff.coordinator.work() as work:
        assert correct.correction_of(work, work.get(Release, release)).id == correction
        assert work.get(Release, release).state == ReleaseState.SIGNED
    signed(staff, correction)
    with staff.coordinator.work() as work:
        assert work.get(Release, release).state == ReleaseState.RECALLED
    with pytest.raises(MoveNotAllowed):
        pack(staff, release)


def test_somebody_erased_leaves_a_correction_too_though_nobody_knows_their_row_any_more(staff, house):
    release, before = out(staff)
    with staff.coordinator.work() as work:
        gone = work.db.scalars(select(Person)).first()
        erasure.erase_person(work, gone, "They asked for it on the phone; two of us agreed.")
    erasure.finish(house)
    correction = corrected(staff, release)
    signed(staff, correction)
    after = pack(staff, correction)
    assert len(rows(before)) - len(rows(after)) == 6
    assert manifest(after)["counts"]["excluded"] == {"withdrawn": 1, "held_back": 5}


def an_act(work, month):
    """One of the acts of that month, credible as it went out."""
    for act in work.db.scalars(select(Act).where(Act.verification == Verification.CREDIBLE).order_by(Act.id)):
        if work.read(work.get(Incident, act.incident_id), "facts")["moment"]["edtf"] == month:
            return act
    return None


def test_the_counts_of_a_correction_say_what_became_of_a_record_and_of_a_person_only_that_they_left(staff):
    release, _before = out(staff, months=(1, 2, 3, 4, 5))
    with staff.reviewer.work() as work:
        review.move(work, an_act(work, "2019-01"), Verification.UNDER_VERIFICATION, WHY)
        double = an_act(work, "2019-02")
        review.move(work, double, Verification.UNDER_VERIFICATION, WHY)
        double = double.id
        act = an_act(work, "2019-03")
        editing.edit(work, act, act.version, {**editing.read(work, act)["facts"], "status": "A"}, WHY)
        edited = act.id
        kept = work.get(Person, holding(work, an_act(work, "2019-04")))
        consent.withdraw(work, kept)
    with staff.second.work() as work:
        review.move(work, work.get(Act, double), Verification.DUPLICATE, WHY)
        review.move(work, work.get(Act, edited), Verification.CREDIBLE, WHY)
    correction = corrected(staff, release)
    signed(staff, correction)
    assert manifest(pack(staff, correction))["counts"] == {
        "considered": 30,
        "released": 6,
        "excluded": {"changed": 1, "duplicate": 1, "held_back": 20, "not_verified": 1, "withdrawn": 1},
    }


def holding(work, act):
    """Whom it harmed."""
    return work.db.scalars(select(Involvement.person_id).where(Involvement.act_id == act.id)).one()


def test_how_somebody_fares_is_no_reason_that_a_correction_tells(staff, monkeypatch):
    release, _before = out(staff)
    with staff.reviewer.work() as work:
        person = holding(work, an_act(work, "2019-01"))
    permits = consent.permits_each

    def in_danger(work, people, purposes):
        found = permits(work, people, purposes)
        for answers in found.values():
            answers.update({person: consent.Refusal("danger")} if person in answers else {})
        return found

    monkeypatch.setattr(consent, "permits_each", in_danger)
    with staff.analyst.work() as work:
        said = correct.look(work, work.get(Release, release)).manifest["counts"]["excluded"]
    assert said == {"held_back": 5, "withdrawn": 1}


def test_each_row_of_a_correction_names_its_permit(staff):
    release, _before = out(staff)
    somebody_withdraws(staff, release)
    correction = corrected(staff, release)
    with staff.coordinator.work() as work:
        entries = list(work.db.scalars(select(ReleasedRow).where(ReleasedRow.release_id == correction)))
        assert len(entries) == 12
        assert all(named[0]["kind"] == "consent" for named in work.read_all(entries, "permits"))


def test_where_nobody_left_there_is_nothing_to_correct(staff):
    release, _before = out(staff, months=(1,))
    with pytest.raises(correct.NothingToCorrect):
        corrected(staff, release)


def test_where_every_class_lost_somebody_nothing_is_left(staff):
    release, _before = out(staff, months=(1,))
    somebody_withdraws(staff, release)
    with pytest.raises(correct.NothingLeft):
        corrected(staff, release)


def test_a_correction_is_prepared_by_who_prepares_and_only_of_what_went_out(staff):
    tell(staff, [story() for _ in range(6)])
    release = prepared(staff)
    with pytest.raises(MoveNotAllowed):
        corrected(staff, release)
    signed(staff, release)
    with pytest.raises(NotAllowed), staff.coordinator.work() as work:
        correct.correct(work, work.get(Release, release))


def test_the_notice_names_the_files_and_nobody():
    for language in ("en", "es"):
        said = correct.notice("L-AAAA-BBBB", "L-CCCC-DDDD", language)
        assert said.count("L-AAAA-BBBB") >= 2
        assert "L-CCCC-DDDD" in said
        assert "L-AAAA-BBBB" in correct.notice("L-AAAA-BBBB", None, language)
