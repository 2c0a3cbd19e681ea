"""Text that stays and tells of somebody erased: listed, answered for; what it said before opens for nobody."""

import shutil
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select, update

from crypto.envelope import Envelope
from incidents import backup, erasure
from incidents.erasure import beside, rewriting, texts, tombstones
from incidents.errors import (
    ClosedText,
    Conflict,
    EarlierVersions,
    Erased,
    FreshSignInNeeded,
    InvalidInput,
    MoveNotAllowed,
    NotAllowed,
    TextsWait,
)
from incidents.intake import editing, outgoing, report, take_in
from incidents.model.audit import Revision
from incidents.model.erasure import Answer, TextBeside
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.report import ReportPart
from incidents.model.review import Review
from incidents.model.vocabulary import Role, Verification
from incidents.safeguards import rekeying
from incidents.safeguards.keytables import dek
from incidents.work import House, Unreadable, Vault
from tests.victim import (
    ACTIONS,
    DATABASES,
    DECISION,
    Desk,
    copied,
    desk,
    document,
    in_a_child,
    join,
    opened,
    people_of,
    settings,
    take_in_one,
)

V = Verification
GONE, CLOSED = Unreadable("erased"), Unreadable("closed")
OLD = "Rosa Ibarra hid in the cellar and her sister called."
NEW = "Somebody hid in the cellar."


@pytest.fixture(params=DATABASES)
def folder(request, tmp_path, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("VICTIM_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    (tmp_path / "instance-elsewhere").mkdir()
    return tmp_path / "instance"


@pytest.fixture(scope="module")
def template_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "instance"


@pytest.fixture
def house(folder, template_folder):
    copied(template_folder, folder)
    with opened(folder) as house:
        yield house


@pytest.fixture
def ana(house):
    return desk(house)


def told(*tellers: str) -> dict:
    return {**document(*tellers), "narrative": OLD}


def two_told(house: House, who: Desk):
    """An incident that two tell of, each in a report of their own, and Rosa, whose words its account is."""
    incident = take_in_one(house, who, told("Rosa Ibarra"))
    take_in_one(
        house, who, {**document("Luisa"), "narrative": "My neighbour Rosa was there."}, link_to=incident
    )
    with who.work() as work:
        for person in people_of(work, incident):
            if work.vault.view(person, "name") == "Rosa Ibarra":
                return incident, person.id
    raise AssertionError


def erase(house: House, who: Desk, person, do=erasure.erase_person):
    with who.work() as work:
        done = do(work, work.get(Person, person), DECISION).id
    erasure.finish(house)
    return done


def listed(who: Desk, about: str | None = None) -> list[TextBeside]:
    with who.work() as work:
        return [each for each in erasure.waiting(work) if about in (None, each.about)]


def view(who: Desk, record, column: str):
    with who.work() as work:
        return work.vault.view(work.get(type(record), record.id), column)


def narrative(who: Desk, incident):
    with who.work() as work:
        return work.vault.view(work.get(Incident, incident), "narrative")


def rewrite(house: House, who: Desk, row: TextBeside, **given: str) -> None:
    with who.work() as work:
        erasure.rewrite(
            work, work.get(TextBeside, row.id), {name.replace("__", "."): t for name, t in given.items()}
        )
    erasure.finish(house)


def rewritten(house: House, who: Desk, incident) -> TextBeside:
    (row,) = [each for each in listed(who, "incident") if each.about_id == incident]
    rewrite(house, who, row, narrative__text=NEW)
    return row


def later(house: House, days: int) -> None:
    was = house.now
    house.now = lambda: was() + timedelta(days=days)


def whole(who: Desk) -> None:
    with who.work() as work:
        assert list(work.breaks()) == []


# -- the list


def test_what_stays_and_may_tell_of_somebody_erased_is_listed(house, ana):
    _incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    found = {(each.about, each.named) for each in listed(ana)}
    assert ("incident", True) in found  # its account was hers, and another tells of it too
    assert ("report_part", True) in found  # what Luisa said of her
    with ana.work() as work:
        parts = set(work.db.scalars(select(ReportPart.id).where(ReportPart.person_id == rosa)))
        assert not parts & {each.about_id for each in erasure.waiting(work)}  # hers are gone
    assert {each.due_on - beside.WAIT for each in listed(ana)} == {house.now().date()}
    whole(ana)


def test_nothing_is_listed_where_nothing_of_it_stays(house, ana):
    incident = take_in_one(house, ana, told("Rosa Ibarra"))
    with ana.work() as work:
        (rosa,) = people_of(work, incident)
    erase(house, ana, rosa.id)
    assert listed(ana) == []  # all that was written of it was hers alone
    assert narrative(ana, incident) == GONE


def test_a_text_elsewhere_is_listed_where_it_holds_the_whole_name(house, ana):
    other = take_in_one(
        house, ana, {**document("Marta"), "narrative": "IBARRA, Rosa, saw it; so did Rosa M."}
    )
    third = take_in_one(house, ana, {**document("Petra"), "narrative": "Another Rosa was there."})
    _incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    found = {each.about_id for each in listed(ana, "incident")}
    assert other in found
    assert third not in found


def test_an_erasure_of_names_lists_only_what_names_them(house, ana):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa, erasure.erase_names)
    assert all(each.named for each in listed(ana))
    assert [each.about_id for each in listed(ana, "incident")] == [incident]


# -- answers


def test_said_that_nothing_of_them_is_in_it_the_text_stays(house, ana):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    (row,) = listed(ana, "incident")
    with ana.work() as work:
        erasure.say_nothing(work, work.get(TextBeside, row.id))
    assert narrative(ana, incident) == OLD
    assert listed(ana, "incident") == []
    with pytest.raises(MoveNotAllowed), ana.work() as work:
        erasure.say_nothing(work, work.get(TextBeside, row.id))


def test_the_old_text_opens_for_nobody_and_the_new_one_does(house, ana):
    incident, rosa = two_told(house, ana)
    with ana.work() as work:
        before = work.get(Incident, incident)
        envelope, summary = before.narrative, work.vault.view(before, "summary")
    erase(house, ana, rosa)
    wraps = [
        bytes(each.blob) for each in house.keystore.read(select(dek.c.blob).where(dek.c.object == incident))
    ]
    row = rewritten(house, ana, incident)
    for who in (ana, desk(house, "Bea")):
        assert narrative(who, incident) == NEW
        with who.work() as work:
            known = work.get(Incident, incident)
            assert work.vault.view(known, "summary") == summary
            known.narrative = envelope
            assert work.vault.view(known, "narrative") == GONE  # also where the old bytes lie in their place
            with pytest.raises(Erased):
                work.vault.open(known, "narrative")
            work.drop()
    content = house.keystore.path.read_bytes()
    old = [blob for blob in wraps if blob in content]
    left = {
        bytes(each.blob) for each in house.keystore.read(select(dek.c.blob).where(dek.c.object == incident))
    }
    assert len(set(old) - left) == 0
    assert len(set(wraps) - left) == 1  # the one for its testimony
    with ana.work() as work:
        assert work.get(TextBeside, row.id).state == Answer.SHREDDED
        kept = work.db.scalars(select(Revision).where(Revision.record_id == incident)).all()
        assert any(envelope.data.hex() in each.seals.values() for each in kept)  # kept, and opens for nobody
    whole(ana)


def test_what_lies_under_the_same_key_goes_on_and_opens(house, ana):
    incident, rosa = two_told(house, ana)
    join(house, "Cata", Role.REVIEWER)
    cata = desk(house, "Cata")
    with cata.work() as work:
        act = work.db.scalars(select(Act).where(Act.incident_id == incident)).first()
        work.add(
            made := Review(
                incident_id=incident,
                act_id=act.id,
                from_state=V.RECEIVED,
                to_state=V.UNDER_VERIFICATION,
                decided_by=cata.actor.id,
                decided_on=work.today,
            )
        )
        work.seal(made, reasons="Two tell of it.")
        review_id = made.id
    erase(house, ana, rosa)
    rewritten(house, ana, incident)
    with cata.work() as work:
        assert work.vault.view(work.get(Review, review_id), "reasons") == "Two tell of it."
    assert {each.about for each in listed(ana)} >= {"review"}


def test_a_part_of_another_teller_is_rewritten_in_its_place(house, ana):
    _incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    (row,) = [each for each in listed(ana, "report_part") if each.named]
    with ana.work() as work:
        (shown,) = erasure.show(work, [work.get(TextBeside, row.id)])
        assert shown.said == {"content.narrative": "My neighbour Rosa was there."}
        before = work.vault.view(shown.record, "content")
    rewrite(house, ana, row, content__narrative="A neighbour was there.")
    with ana.work() as work:
        after = work.vault.view(work.get(ReportPart, row.about_id), "content")
    assert after == {**before, "narrative": "A neighbour was there."}


def test_answering_needs_a_reviewer_and_rewriting_the_passphrase_and_a_change(house, ana):
    incident, rosa = two_told(house, ana)
    join(house, "Ines", Role.ANALYST)
    erase(house, ana, rosa)
    (row,) = listed(ana, "incident")
    for deed in (erasure.say_nothing, lambda work, row: erasure.show(work, [row])):
        with pytest.raises(NotAllowed), desk(house, "Ines").work() as work:
            deed(work, work.get(TextBeside, row.id))
    with pytest.raises(FreshSignInNeeded), desk(house, fresh=False).work() as work:
        erasure.rewrite(work, work.get(TextBeside, row.id), {"narrative.text": NEW})
    with pytest.raises(InvalidInput), ana.work() as work:
        erasure.rewrite(work, work.get(TextBeside, row.id), {"narrative.text": f" {OLD} "})
    assert narrative(ana, incident) == OLD


def test_what_was_erased_since_needs_no_answer(house, ana):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    (row,) = [each for each in listed(ana, "report_part") if each.named]
    with ana.work() as work:
        luisa = work.get(ReportPart, row.about_id).person_id
    erase(house, ana, luisa)
    assert listed(ana) == []
    assert narrative(ana, incident) == GONE


# -- nobody answers


def test_what_nobody_answered_in_thirty_days_is_closed_until_somebody_does(house, ana):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    later(house, 29)
    assert narrative(ana, incident) == OLD
    with ana.work() as work:
        assert erasure.closed(work) == 0
    later(house, 1)
    with ana.work() as work:
        assert erasure.closed(work) == len(erasure.waiting(work))
        known = work.get(Incident, incident)
        assert work.vault.view(known, "narrative") == CLOSED
        assert work.read_all([known], "narrative") == [CLOSED]
        with pytest.raises(ClosedText):
            work.read(known, "narrative")
        assert list(
            work.scan(Incident, ("narrative", "summary"), [(known.id, known.narrative, known.summary)], "x")
        ) == [[CLOSED, CLOSED]]
        assert work.vault.view(known, "facts")  # what is coded is not a text
    rewritten(house, ana, incident)
    assert narrative(ana, incident) == NEW
    whole(ana)


def test_what_is_closed_is_left_out_of_an_export_and_stops_none(house, ana):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    later(house, 31)
    left = outgoing.Left()
    with ana.work() as work:
        found = outgoing.opened(work, [work.get(Incident, incident)], "narrative", left)
    assert found == {}
    assert left == {"incident_erased": 1}


# -- cut anywhere


def test_cut_before_the_keys_went_they_go_at_the_next_start(house, ana, folder):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    (row,) = listed(ana, "incident")
    with ana.work() as work:
        erasure.rewrite(work, work.get(TextBeside, row.id), {"narrative.text": NEW})
    assert rewriting.finish(house) == 1
    assert rewriting.finish(house) == 0
    assert narrative(ana, incident) == NEW
    assert [stone.upto for stone in rekeying.stones(house.keystore)] == [1]


def test_what_was_written_beside_it_in_that_moment_is_not_lost(house, ana):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    (row,) = listed(ana, "incident")
    with ana.work() as work:
        act = work.db.scalars(select(Act).where(Act.incident_id == incident)).first().id
    bea = desk(house, "Bea")
    late = Review(
        incident_id=incident,
        act_id=act,
        from_state=V.RECEIVED,
        to_state=V.UNDER_VERIFICATION,
        decided_by=bea.actor.id,
        decided_on=house.now().date(),
    )
    slow = Vault(house.keystore, bea.ring)
    slow.seal_all(late, {"reasons": "Written meanwhile."})  # under the key of before
    with ana.work() as work:
        erasure.rewrite(work, work.get(TextBeside, row.id), {"narrative.text": NEW})
    with bea.work() as work:
        work.add(late)
        work.note("act.moved", late)
    assert rewriting.finish(house) == 0  # something that stands would be lost
    with ana.work() as work:
        assert len(erasure.unfinished(work)) == 1
        assert work.vault.view(work.get(Review, late.id), "reasons") == "Written meanwhile."
    with ana.work() as work:
        assert erasure.seal_again(work) == 1
    assert rewriting.finish(house) == 1
    with ana.work() as work:
        assert work.vault.view(work.get(Review, late.id), "reasons") == "Written meanwhile."
    assert narrative(ana, incident) == NEW
    whole(ana)


def test_nobody_writes_under_a_key_that_is_closed_off(house, ana):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    bea = desk(house, "Bea")
    slow = house.work(bea.actor, bea.ring)
    known = slow.get(Incident, incident)
    slow.seal(known, summary="A slow hand.")  # the key of before, looked up before it was over
    held = known.summary
    slow.drop()
    rewritten(house, ana, incident)
    again = house.work(bea.actor, bea.ring)
    again.vault = slow.vault
    known = again.get(Incident, incident)
    known.summary = held
    with pytest.raises(Conflict):
        again.commit()
    with bea.work() as work:
        work.seal(work.get(Incident, incident), summary="Written after it.")
    assert view(ana, known, "summary") == "Written after it."
    assert narrative(ana, incident) == NEW


def test_an_altered_row_beside_it_does_not_hold_it_up(house, ana):
    incident, rosa = two_told(house, ana)
    with ana.work() as work:
        act = work.db.scalars(select(Act).where(Act.incident_id == incident)).first()
        made = work.add(
            Review(
                incident_id=incident,
                act_id=act.id,
                from_state=V.RECEIVED,
                to_state=V.UNDER_VERIFICATION,
                decided_by=ana.actor.id,
                decided_on=work.today,
            )
        )
        work.seal(made, reasons="Two tell of it.")
    db = house.db()
    raw = made.reasons.data
    db.execute(
        update(Review).where(Review.id == made.id).values(reasons=Envelope(raw[:-1] + bytes([raw[-1] ^ 1])))
    )
    db.commit()
    db.expire_all()
    erase(house, ana, rosa)
    rewritten(house, ana, incident)
    assert narrative(ana, incident) == NEW
    assert [stone.upto for stone in rekeying.stones(house.keystore)] == [1]


def write_anew(house: House, who: Desk, _rng) -> None:
    (row,) = listed(who, "incident")
    rewrite(house, who, row, narrative__text=NEW)


@pytest.mark.parametrize("folder", ["sqlite"], indirect=True)  # an instance is copied for each moment
def test_killed_at_any_moment_the_old_text_stands_or_is_gone_for_good(house, ana, folder, monkeypatch):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    house.db().get_bind().dispose()
    house.db().close()
    monkeypatch.setitem(ACTIONS, "write anew", write_anew)
    seen = set()
    for moment in count(1):
        again = folder.with_name(f"instance-{moment}")
        shutil.copytree(folder, again)
        lived = in_a_child(again, "write anew", moment)
        with opened(again) as restarted:
            erasure.finish(restarted)
            bea = desk(restarted, "Bea")
            said, over = narrative(bea, incident), restarted.keystore.over([incident])
            assert (said, bool(over)) in ((OLD, False), (NEW, True))
            assert not rekeying.held(restarted.keystore, incident, "testimony", sum(over.values()))
            assert len(listed(bea, "incident")) == (said == OLD)
            whole(bea)
            seen.add(said)
        if lived:
            break
    assert seen == {OLD, NEW}


# -- copies


@pytest.mark.parametrize("folder", ["sqlite"], indirect=True)  # test_forgetting.py puts back both
def test_an_older_copy_of_the_keys_opens_the_new_text_nowhere_and_the_old_one_neither(house, ana, folder):
    incident, rosa = two_told(house, ana)
    erase(house, ana, rosa)
    backup.backup(settings(folder), house, folder.with_name("backup"))
    with ana.work() as work:
        old = work.get(Incident, incident).narrative
    rewritten(house, ana, incident)
    assert [
        stone.upto for stone in tombstones.read(folder.with_name("instance-elsewhere") / tombstones.FILE)
    ][-1] == 1
    again = folder.with_name("again")
    here = settings(again)
    here = replace(here, checkpoints=folder.with_name("instance-elsewhere"))
    done = backup.restore(here, folder.with_name("backup"))
    assert done.replayed == 1
    (again / "pepper").write_bytes((folder / "pepper").read_bytes())
    with opened(again) as restored:
        erasure.finish(restored)
        bea = desk(restored, "Bea")
        with bea.work() as work:
            known = work.get(Incident, incident)
            assert known.narrative == old
            assert work.vault.view(known, "narrative") == GONE
        with bea.work() as work:  # and it can be written again
            work.seal(work.get(Incident, incident), narrative="Told anew.", summary=None)
        assert narrative(bea, incident) == "Told anew."
        assert len(restored.keystore.over([incident])) == 1


def test_a_text_that_read_otherwise_before_is_written_anew_even_as_it_reads(house, ana):
    """An edit took the name out: the version before it still holds it, and opens until the key is another."""
    incident, rosa = two_told(house, ana)
    with ana.work() as work:
        row = work.get(Incident, incident)
        facts = work.read_all([row], "facts")[0]
        kept = {name: said for name, said in facts.items() if name != "interview"}
        editing.edit(work, row, row.version, kept, DECISION, {"narrative": NEW})
    erase(house, ana, rosa)
    (listed_row,) = [each for each in listed(ana, "incident") if each.about_id == incident]
    with ana.work() as work:
        before = work.earlier(work.get(Incident, incident), 1)
        assert work.vault.view(before, "narrative") == OLD
    with pytest.raises(EarlierVersions), ana.work() as work:
        erasure.say_nothing(work, work.get(TextBeside, listed_row.id))
    rewrite(house, ana, listed_row, narrative__text=NEW)
    with ana.work() as work:
        row = work.get(Incident, incident)
        past = [work.earlier(row, version) for version in range(1, row.version)]
        assert {work.vault.view(each, "narrative") for each in past} == {GONE}
        assert work.vault.view(row, "narrative") == NEW
    whole(ana)


def test_a_text_that_waits_is_copied_nowhere_before_it_is_answered(house, ana):
    incident, rosa = two_told(house, ana)
    with ana.work() as work:
        waits = report.send(work, {**document("Luisa"), "narrative": OLD}, "page").id
    erase(house, ana, rosa)
    assert listed(ana, "report_part")
    with pytest.raises(TextsWait), ana.work() as work:
        take_in.take_in(work, waits)
    with ana.work() as work:
        for each in erasure.waiting(work):
            erasure.say_nothing(work, each)
    with ana.work() as work:
        assert take_in.take_in(work, waits).id != incident


def test_the_texts_of_a_document_are_found_and_put_back_in_their_places():
    value = {
        "a": {"narrative": "x"},
        "b": ["one two", "one", {"notes": "y"}],
        "identity": {"name": "A B"},
        "n": 3,
    }
    found = texts.found(value)
    assert found == {"a.narrative": "x", "b.0": "one two", "b.2.notes": "y"}
    new = texts.replaced(value, {"a.narrative": "z", "b.2.notes": "w"})
    assert new == {**value, "a": {"narrative": "z"}, "b": ["one two", "one", {"notes": "w"}]}
    assert texts.found("words") == {texts.WHOLE: "words"}
    assert texts.replaced("words", {texts.WHOLE: "others"}) == "others"
