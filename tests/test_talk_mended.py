"""What was asked and answered stays readable, sayable and in sight: after a rewriting, a split, a late save."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update

from incidents import erasure, review, search
from incidents.errors import InvalidInput, NotFound, TrailBroken
from incidents.intake import drafts, questions, rearranging, report, take_in
from incidents.model.account import User
from incidents.model.audit import AuditEntry
from incidents.model.erasure import TextBeside
from incidents.model.incident import Act, Incident
from incidents.model.report import Draft, Report, ReportPart
from incidents.model.talk import Answer, QuestionState
from incidents.model.vocabulary import Role
from incidents.work import Compartment
from tests import make

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
SAID = "A las cuatro, dijo la señora del Alcatraz."
DECISION = "He asked for it in writing."


@pytest.fixture
def sent(staff):
    acts = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}]
    with staff.researcher.work() as work:
        return report.send(work, make.report_document(acts=acts), "page").id


@pytest.fixture
def incident(staff, sent):
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


def asked(staff, sent, words="¿A qué hora?", **more):
    with staff.reviewer.work() as work:
        return questions.ask(work, work.get(Report, sent), "other", words, **more).id


def erased(staff, incident, house, *, teller):
    with staff.coordinator.work() as work:
        people = search.open_incident(work, incident).people
        person = next(each for each, _facts in people if bool(each.teller) == teller)
        id = erasure.erase_person(work, person, DECISION).id
    erasure.finish(house)
    return id


def test_what_is_rewritten_of_a_report_a_question_and_an_answer_opens_for_the_sender(
    staff, sent, incident, house
):
    id = asked(staff, sent, "Did Filomeno Deltrébol see it?")
    with staff.researcher.work() as work:
        questions.answer(work, sent, id, "Filomeno Deltrébol did.")
    done = erased(staff, incident, house, teller=False)
    with staff.coordinator.work() as work:
        rows = {row.about: row.id for row in erasure.waiting(work, done)}
        for about in ("question", "answer", "report_part"):
            row = work.get(TextBeside, rows[about])
            (shown,) = erasure.show(work, [row])
            erasure.rewrite(work, row, dict.fromkeys(shown.said, f"Somebody ({about})."))
    erasure.finish(house)
    with staff.researcher.work() as work:
        (found,) = questions.of_report(work, work.get(Report, sent))
        assert found.words == "Somebody (question)."
        assert [words for _row, words in found.answers] == ["Somebody (answer)."]
        part = work.get(ReportPart, work.get(TextBeside, rows["report_part"]).about_id)
        assert "Somebody (report_part)." in str(work.vault.view(part, "content"))


def test_a_late_save_and_an_answer_sent_again_break_no_draft(staff, sent):
    id = asked(staff, sent)
    with staff.researcher.work() as work:
        first = questions.keep(work, sent, id, "A las").id
    with staff.researcher.work() as work:
        questions.answer(work, sent, id, SAID)
        assert questions.draft_of(work, id) is None  # so its key goes with the commit
    with staff.researcher.work() as work:
        assert questions.keep(work, sent, id, SAID) is None  # a save on its way: said already
        late = questions.keep(work, sent, id, "A las cua").id
        assert late != first  # no id is of two rows
    with staff.researcher.work() as work:
        drafts.shred(work, late, drafts.SENT)
        assert questions.unsent(work) == []
    with staff.researcher.work() as work:
        again = questions.keep(work, sent, id, "Something more")
        assert again.id != late
    with staff.researcher.work() as work:
        assert questions.unsent(work) == [sent]
        questions.answer(work, sent, id, SAID)  # sent again: what is typed since stays
        assert questions.kept(work, id)[0] == "Something more"
        assert questions.keep(work, sent, id, " ") is None  # emptied
    with staff.researcher.work() as work:
        assert work.db.scalars(select(Draft)).all() == []
        assert len(work.db.scalars(select(Answer)).all()) == 1


def test_what_nobody_tells_any_more_is_not_asked_and_its_draft_from_before_goes(staff, sent, incident, house):
    erased(staff, incident, house, teller=True)
    with staff.reviewer.work() as work, pytest.raises(InvalidInput):
        questions.ask(work, work.get(Report, sent), "when")


def test_a_question_from_before_is_vouched_for_and_its_draft_is_erased(staff, sent, house):
    with staff.reviewer.work() as work:
        report.asked(work, work.get(Report, sent), "where")
    with staff.researcher.work() as work:
        (before,) = questions.of_report(work, work.get(Report, sent))
        draft = questions.keep(work, sent, before.question.id, SAID).id
    with make.behind(house) as connection:
        here = AuditEntry.event == "report.asked"
        was = connection.execute(select(AuditEntry.detail).where(here)).scalar_one()
        connection.execute(update(AuditEntry).where(here).values(detail={"reason": "who"}))
    with staff.researcher.work() as work, pytest.raises(TrailBroken):
        questions.answer(work, sent, before.question.id, SAID)
    with make.behind(house) as connection:
        connection.execute(update(AuditEntry).where(here).values(detail=was))
    with staff.coordinator.work() as work:
        erasure.erase_report(work, work.get(Report, sent), DECISION)
    erasure.finish(house)
    assert (draft, Compartment.INTAKE.value) in house.keystore.erased([draft])
    with staff.researcher.work() as work, pytest.raises(NotFound):
        questions.answer(work, sent, before.question.id, SAID)


def test_a_split_brings_questions_and_comments_of_an_act_along(staff, sent, incident):
    with staff.reviewer.work() as work:
        act = work.db.scalars(select(Act).where(Act.incident_id == incident)).first()
        review.comment(work, work.get(Incident, incident), "Ask once more.", act)
        id, gone = questions.ask(work, work.get(Report, sent), "when", act=act).id, act.id
    with staff.reviewer.work() as work:
        made = rearranging.split(work, work.get(Incident, incident), [gone], "Another night, it turned out.")
        new, there = work.get(Act, gone).left_for, made.id
    with staff.reviewer.work() as work:
        assert [each.question.id for each in questions.of_reports(work, [sent], new)] == [id]
        waiting = questions.acts([QuestionState.WAITING])
        assert new in set(work.db.scalars(select(Act.id).where(waiting)))
        for only in (new, None):
            found = review.comments(work, work.get(Incident, there), only)
            assert [words for _row, words in found] == ["Ask once more."]


def test_passed_on_it_is_due_as_it_was_and_the_day_can_be_taken_away(staff, incident):
    with staff.reviewer.work() as work:
        row, today = work.get(Incident, incident), work.today
        review.assign(work, [row], staff.reviewer.id, today)
        review.assign(work, [row], staff.other_reviewer.id)
        assert row.due_on == today
        assert review.assign(work, [row], staff.other_reviewer.id, None) == [row]
        assert row.due_on is None


def test_a_comment_says_whom_it_calls_and_which_names_are_nobodys(staff, incident, house, coordinator):
    make.member(house, coordinator, "Rita Otra", Role.REVIEWER)
    two = [User(id=uuid4(), name="Rita Otra") for _each in range(2)]
    assert review.mentioned("@Rita Otra", two).users == two
    with staff.reviewer.work() as work:
        review.comment(work, work.get(Incident, incident), "@Rita Otra, @rita and @Remmo: see above")
    with staff.reviewer.work() as work:
        said = review.comments(work, work.get(Incident, incident))
        (calls,) = review.calls(work, said).values()
        assert [user.name for user in calls.users] == ["Rita Otra"]
        assert (calls.nobody, calls.several) == (["Remmo"], ["rita"])
        assert (
            review.comments(work, work.get(Incident, incident), work.db.scalars(select(Act)).first().id)
            == said
        )
