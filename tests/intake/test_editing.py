"""Edited after take-in: with a reason, seen in the history, looked at anew, and never verified by who edited it."""

import re

import pytest
from sqlalchemy import select, update

from incidents import erasure, opening, review, search
from incidents.errors import (
    Conflict,
    ConsentChanged,
    InvalidInput,
    NotAllowed,
    NotFound,
    Problem,
    ReasonsNeeded,
    SecondPersonNeeded,
    TrailBroken,
)
from incidents.intake import contradictions, editing, rearranging, report, schema, take_in
from incidents.model.audit import AuditEntry, Revision
from incidents.model.base import db
from incidents.model.edit import Edit, EditKind
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.model.release import Release
from incidents.model.review import KeptContradiction
from incidents.model.vocabulary import Verification
from incidents.release import publish
from incidents.search import Filter
from incidents.work import Unreadable
from tests import make

V = Verification
WHY = "The recording says otherwise; I listened to it twice."
KINDS = (Act, Incident, Involvement, Perpetrator, Person, Source)


@pytest.fixture
def sent(staff):
    def send(**changes):
        with staff.researcher.work() as work:
            return report.send(work, schema.load(make.report_document(**changes)), "page").id

    return send


@pytest.fixture
def taken(staff, sent):
    """A report that was taken in: the id of its incident."""

    def take(**changes):
        id = sent(**changes)
        with staff.other_reviewer.work() as work:
            return take_in.take_in(work, id).id

    return take


def ids(staff, kind):
    with staff.reviewer.work() as work:
        return list(work.db.scalars(select(kind.id).order_by(kind.id)))


def moved(member, act, to=V.CREDIBLE):
    with member.work() as work:
        review.move(work, review.act(work, act), to, "Two careful readings, and the sources agree.")


def state(staff, act):
    with staff.reviewer.work() as work:
        return work.get(Act, act).verification


def facts(staff, kind, id):
    with staff.reviewer.work() as work:
        return work.read_all([work.get(kind, id)], "facts")[0]


def edited(member, kind, id, reasons=WHY, version=None, words=None, **changes):
    """These fields of a record changed; a None takes one away. How many acts went back."""
    with member.work() as work:
        record = work.get(kind, id)
        now = editing.read(work, record)["facts"]
        said = {name: value for name, value in {**now, **changes}.items() if name != "interview"}
        said = {name: value for name, value in said.items() if value is not None}
        return len(editing.edit(work, record, version or record.version, said, reasons, words))


CHANGES = {
    Act: {"type": "EXT"},
    Incident: {"time": "16:30"},
    Involvement: {"part": "IND"},
    Perpetrator: {"group": "Los Otros (inventados)"},
    Person: {"age": 33},
    Source: {"relation": "WIT"},
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__tablename__)
def test_facts_of_any_record_are_edited_and_its_acts_are_looked_at_anew(staff, taken, kind):
    taken()
    (act,) = ids(staff, Act)
    moved(staff.reviewer, act)
    id = ids(staff, kind)[0]
    (name, value) = next(iter(CHANGES[kind].items()))
    before = facts(staff, kind, id)
    assert edited(staff.reviewer, kind, id, **CHANGES[kind]) == 1
    assert facts(staff, kind, id) == {**before, name: value}
    assert state(staff, act) == V.UNDER_VERIFICATION
    with pytest.raises(SecondPersonNeeded):
        moved(staff.reviewer, act)
    moved(staff.second, act)
    with staff.reviewer.work() as work:
        (done,) = editing.history(work, [id])
        assert (done.edit.edited_by, done.edit.kind) == (staff.reviewer.id, EditKind.CHANGED)
        assert (done.fields, done.reasons) == ([name], WHY)
        one, other = editing.sides(work, done.edit)
        assert (one["facts"], other["facts"]) == (before, {**before, name: value})
        assert search.incident(work, work.get(Act, act).incident_id).edited_after_verification
        moves = [each.to_state for each, _why in review.reviews(work, work.get(Act, act))]
        assert moves == [V.CREDIBLE, V.UNDER_VERIFICATION, V.CREDIBLE]
        work.must_be_whole()


def test_what_nobody_verified_yet_is_not_called_edited_after_verification(staff, taken):
    incident = taken()
    (act,) = ids(staff, Act)
    moved(staff.reviewer, act, V.UNDER_VERIFICATION)
    edited(staff.reviewer, Act, act, type="EXT")
    with staff.reviewer.work() as work:
        assert not search.incident(work, incident).edited_after_verification
    moved(staff.second, act, V.UNLIKELY)
    edited(staff.reviewer, Act, act, type="KID")
    with staff.reviewer.work() as work:
        assert search.incident(work, incident).edited_after_verification


def test_the_words_of_an_incident_are_edited_with_it_and_keep_every_character(staff, taken):
    incident = taken()
    told = "  Ñandú, contó ella.\n\n\t— “Así fue.” \n"
    assert edited(staff.reviewer, Incident, incident, words={"narrative": told}) == 0
    with staff.reviewer.work() as work:
        opened = search.open_incident(work, incident)
        assert (opened.narrative, opened.summary) == (told, make.CANARY_SUMMARY)
        assert editing.history(work, [incident])[0].fields == ["narrative"]


@pytest.mark.parametrize("why", ["", "   ", "typo"])
def test_an_edit_has_a_reason(staff, taken, why):
    incident = taken()
    with pytest.raises(ReasonsNeeded):
        edited(staff.reviewer, Incident, incident, reasons=why, time="16:30")
    assert facts(staff, Incident, incident)["time"] == "15:25"


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_only_who_decides_about_acts_edits(staff, taken, who):
    incident = taken()
    with getattr(staff, who).work() as work, pytest.raises(NotAllowed):
        editing.edit(work, work.get(Incident, incident), 1, {}, WHY)


def test_a_page_that_is_stale_changes_nothing(staff, taken):
    incident = taken()
    edited(staff.reviewer, Incident, incident, time="16:30")
    with pytest.raises(Conflict):
        edited(staff.second, Incident, incident, version=1, time="17:45")
    assert facts(staff, Incident, incident)["time"] == "16:30"


def test_of_two_who_edit_at_once_one_is_told(staff, taken, instance):
    incident, _quick = taken(), staff.second

    def slowly():
        with staff.reviewer.work() as slow:
            row = slow.get(Incident, incident)
            with instance.app.app_context():  # another session
                edited(staff.second, Incident, incident, time="16:30")
            editing.edit(slow, row, 1, {"time": "17:45"}, WHY)

    with pytest.raises(Conflict):
        slowly()
    assert facts(staff, Incident, incident)["time"] == "16:30"


def test_a_decision_that_is_taken_while_somebody_edits_is_refused(staff, taken, instance):
    incident, _deciding = taken(), staff.second
    (act,) = ids(staff, Act)
    edited(staff.reviewer, Incident, incident, time="16:15")  # so that the act names its editor already

    def slowly():
        with staff.second.work() as deciding:
            found = review.act(deciding, act)
            with instance.app.app_context():  # another session
                edited(staff.reviewer, Incident, incident, time="16:30")
            review.move(deciding, found, V.CREDIBLE, "As it stood before somebody else changed it.")

    with pytest.raises(Conflict):
        slowly()
    assert state(staff, act) == V.RECEIVED


def test_what_does_not_hold_is_said_at_its_field(staff, taken):
    taken()
    (act,) = ids(staff, Act)
    with pytest.raises(InvalidInput) as found:
        edited(staff.reviewer, Act, act, type="NOTHING", status="C")
    assert list(found.value.fields) == ["type"]
    with pytest.raises(InvalidInput) as found:
        edited(staff.reviewer, Involvement, ids(staff, Involvement)[0], part=None)
    assert list(found.value.fields) == ["part"]
    with pytest.raises(InvalidInput) as found:
        edited(staff.reviewer, Act, act, words={"narrative": "This has no such words."})
    assert list(found.value.fields) == ["narrative"]


def test_the_same_again_is_no_edit(staff, taken):
    incident = taken()
    edited(staff.reviewer, Incident, incident)
    assert ids(staff, Edit) == []
    with staff.reviewer.work() as work:
        assert work.get(Incident, incident).version == 1


def test_what_no_form_asks_for_stays(staff, taken):
    incident = taken()
    before = facts(staff, Incident, incident)["interview"]
    edited(staff.reviewer, Incident, incident, time=None)
    assert facts(staff, Incident, incident)["interview"] == before
    source = ids(staff, Source)[0]
    with staff.reviewer.work() as work:
        editing.edit(work, work.get(Source, source), 1, {"type": "INP", "relation": "WIT"}, WHY)
    assert facts(staff, Source, source)["origin"].startswith("report/")


def test_lists_find_it_by_what_it_says_now(staff, taken):
    incident = taken()
    edited(staff.reviewer, Act, ids(staff, Act)[0], type="EXT")
    with staff.reviewer.work() as work:
        for code, found in (("EXT", [incident]), ("KID", [])):
            listed = search.listed(work, wanted=Filter(codes={"act": (code,)}))
            assert [line.incident.id for line in listed.lines] == found


def test_an_act_that_left_is_no_longer_verified_either_when_its_incident_is_edited(staff, taken):
    incident = taken(acts=[{"key": "a1", "type": "KID"}, {"key": "a2", "type": "EXT"}], involvements=None)
    acts = ids(staff, Act)
    for act in acts:
        moved(staff.reviewer, act)
    with staff.reviewer.work() as work:
        made = rearranging.split(work, work.get(Incident, incident), [acts[0]], "It was another night.").id
    edited(staff.reviewer, Incident, incident, time="16:30")
    assert [state(staff, act) for act in acts] == [V.UNDER_VERIFICATION] * 2
    with staff.reviewer.work() as work, pytest.raises(NotFound):
        editing.edit(work, work.get(Act, acts[0]), work.get(Act, acts[0]).version, {"type": "EXT"}, WHY)
    assert state(staff, acts[1]) == V.UNDER_VERIFICATION
    assert made


def test_the_acts_of_a_merged_incident_are_looked_at_anew_too(staff, taken):
    one, other = taken(), taken()
    acts = ids(staff, Act)
    for act in acts:
        moved(staff.reviewer, act)
    with staff.reviewer.work() as work:
        rearranging.merge(work, one, other, "Both tell of the same night.")
    assert edited(staff.reviewer, Incident, one, time="16:30") == 2
    assert {state(staff, act) for act in acts} == {V.UNDER_VERIFICATION}


def test_a_contradiction_that_was_let_stand_is_weighed_anew(staff, taken):
    incident = taken(
        persons=[{"key": "p1", "teller": True, "facts": {"age": 29, "age_band": "60+"}}], involvements=None
    )
    person = ids(staff, Person)[0]
    with staff.reviewer.work() as work:
        opened = search.open_incident(work, incident)
        contradictions.keep(work, opened, "age_and_band", person, "She says so herself, both of it.")
    edited(staff.reviewer, Person, person, age=31)
    with staff.reviewer.work() as work:
        assert work.db.scalars(select(KeptContradiction)).one().undone_on is not None
        (found,) = contradictions.of_incident(work, search.open_incident(work, incident))
        assert found.kept is None


def test_a_release_that_was_prepared_before_an_edit_is_not_signed(staff, taken):
    taken()
    (act,) = ids(staff, Act)
    moved(staff.reviewer, act)
    with staff.analyst.work() as work:
        release = publish.prepare(work, "internal", {}).id
    edited(staff.second, Act, act, status="A")
    moved(staff.reviewer, act)  # so that it counts again
    with staff.coordinator.work() as work, pytest.raises(ConsentChanged):
        publish.sign(work, work.get(Release, release), declared=True)


# -- names


def test_a_name_is_corrected_after_it_was_opened_and_sends_no_act_back(staff, taken):
    taken()
    (act,), person = ids(staff, Act), _teller(staff)
    moved(staff.reviewer, act)
    with staff.reviewer.work() as work:
        row = work.get(Person, person)
        assert editing.name_of(work, row, "name") == make.CANARY_NAME
        editing.correct(work, row, row.version, "name", "Xiomara Otra Inventada", "She spelled it for me.")
    assert state(staff, act) == V.CREDIBLE
    with staff.reviewer.work() as work:
        assert work.read(work.get(Person, person), "name", "verification") == "Xiomara Otra Inventada"
        (done,) = editing.history(work, [person])
        assert (done.fields, done.reasons) == (["name"], None)
        assert work.read(done.edit, "words", "correction") == "She spelled it for me."
        past = work.earlier(work.get(Person, person), done.edit.from_version)
        assert work.read(past, "name", "correction") == make.CANARY_NAME


def _teller(staff):
    with staff.reviewer.work() as work:
        return work.db.scalars(select(Person.id).where(Person.teller.is_(True))).one()


def test_where_a_second_yes_is_asked_for_no_name_is_changed_without_it(staff, taken, house):
    taken()
    house.second_yes = True
    person = _teller(staff)
    with staff.reviewer.work() as work:
        row = work.get(Person, person)
        assert editing.correct(work, row, 1, "phone", "+52 664 555 0000", WHY) is opening.ASKED
    with staff.second.work() as work:
        opening.answer(work, opening.waiting(work)[0], yes=True)
    with staff.reviewer.work() as work:
        assert work.get(Person, person).version == 1
        editing.correct(work, work.get(Person, person), 1, "phone", "+52 664 555 0000", WHY)
    with staff.reviewer.work() as work:
        assert work.read(work.get(Person, person), "phone", "contact") == "+52 664 555 0000"


def test_how_somebody_is_reached_safely_is_corrected(staff, taken):
    taken()
    person = _teller(staff)
    with staff.reviewer.work() as work:
        editing.correct(work, work.get(Person, person), 1, "safe_contact", {"phone_held": "yes"}, WHY)
    with staff.reviewer.work() as work, pytest.raises(InvalidInput):
        editing.correct(work, work.get(Person, person), 2, "safe_contact", {"nickname": "no"}, WHY)
    with staff.reviewer.work() as work:
        assert work.read(work.get(Person, person), "safe_contact", "contact") == {"phone_held": "yes"}


# -- earlier versions


def test_every_earlier_version_opens_as_it_was_and_can_be_restored(staff, taken):
    taken()
    (act,) = ids(staff, Act)
    stood = [facts(staff, Act, act)]
    for changes in ({"type": "EXT"}, {"status": None}, {"times": {"min": 2}}):
        edited(staff.reviewer, Act, act, **changes)
        stood.append(facts(staff, Act, act))
    moved(staff.second, act)
    with staff.reviewer.work() as work:
        row = work.get(Act, act)
        assert [editing.as_it_was(work, row, n)["facts"] for n in (1, 2, 3, 4)] == stood
        assert len(editing.restore(work, row, row.version, 1, WHY)) == 1
    assert facts(staff, Act, act) == stood[0]
    assert state(staff, act) == V.UNDER_VERIFICATION
    with staff.reviewer.work() as work:
        last = editing.history(work, [act])[-1]
        assert (last.edit.kind, last.edit.restored) == (EditKind.RESTORED, 1)
        work.must_be_whole()


def test_earlier_versions_and_reasons_open_after_the_keys_were_renewed(staff, taken, house):
    taken()
    (act,) = ids(staff, Act)
    stood = [facts(staff, Act, act)]
    edited(staff.reviewer, Act, act, type="EXT")
    stood.append(facts(staff, Act, act))
    assert make.removed(house, staff.coordinator, staff.other_reviewer)
    edited(staff.reviewer, Act, act, type="ROB")
    with staff.reviewer.work() as work:
        row = work.get(Act, act)
        assert [editing.as_it_was(work, row, n)["facts"] for n in (1, 2)] == stood
        assert [each.reasons for each in editing.history(work, [act])] == [WHY, WHY]


@pytest.mark.parametrize("version", [0, -1, 99])
def test_a_version_that_never_was_is_not_found(staff, taken, version):
    taken()
    (act,) = ids(staff, Act)
    with staff.reviewer.work() as work, pytest.raises(NotFound):
        work.earlier(work.get(Act, act), version)


def test_an_earlier_version_that_somebody_changed_behind_the_program_is_not_shown(staff, taken):
    taken()
    (act,) = ids(staff, Act)
    edited(staff.reviewer, Act, act, type="EXT")
    edited(staff.reviewer, Act, act, type="ROB")
    one, two = db.session.scalars(select(Revision).where(Revision.record_id == act)).all()
    db.session.execute(update(Revision).where(Revision.id == one.id).values(seals=two.seals))
    db.session.commit()
    with staff.reviewer.work() as work, pytest.raises(TrailBroken):
        editing.as_it_was(work, work.get(Act, act), min(one.of_version, two.of_version))


# -- erased


def test_after_an_erasure_no_earlier_version_and_no_reason_opens(staff, taken, house):
    incident = taken()
    person = _teller(staff)
    edited(staff.reviewer, Person, person, age=33, reasons="Marisol says that she is older.")
    with staff.reviewer.work() as work:
        editing.correct(work, work.get(Person, person), 2, "name", "Otra Inventada", "Her sister said so.")
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, person), "She asked for it herself, on the phone.")
    erasure.finish(house)
    with staff.reviewer.work() as work:
        row = work.get(Person, person)
        for done in editing.history(work, [person]):
            assert isinstance(done.fields, Unreadable)
            assert done.reasons is None or isinstance(done.reasons, Unreadable)
            assert all(
                isinstance(v, Unreadable) for side in editing.sides(work, done.edit) for v in side.values()
            )
        (named,) = [each.edit for each in editing.history(work, [person]) if each.edit.words]
        assert isinstance(work.read_all([named], "words")[0], Unreadable)
        assert isinstance(work.read_all([work.earlier(row, 1)], "name")[0], Unreadable)
        reasons = [why for act in ids(staff, Act) for _r, why in review.reviews(work, work.get(Act, act))]
        assert not any("Marisol" in str(why) for why in reasons)
        with pytest.raises(Problem):
            editing.edit(work, row, row.version, {"age": 20}, WHY)
    assert incident


def test_no_reason_and_no_value_stands_in_the_trail(staff, taken):
    taken()
    edited(staff.reviewer, Person, _teller(staff), age=33, family="Los Zanates Inventados")
    notes = [f"{row.event} {row.detail}" for row in db.session.scalars(select(AuditEntry))]
    # As words of their own: two digits stand in many an id.
    assert not any(
        re.search(rf"\b{word}", note) for note in notes for word in ("listened", "Los Zan", "family", r"33\b")
    )
    assert any(note.startswith("record.edited") for note in notes)
