"""A question reaches whoever sent the report and nobody else, the answer the reviewers; comments call by name."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from incidents import erasure, review, search
from incidents.errors import InvalidInput, MoveNotAllowed, NotAllowed, NotFound, TrailBroken
from incidents.intake import drafts, questions, report, take_in
from incidents.model.audit import AuditEntry
from incidents.model.incident import Act, Incident
from incidents.model.report import Draft, Report
from incidents.model.talk import Answer, Comment, Mention, Question, QuestionState
from incidents.model.vocabulary import ReportState, Role, Verification
from incidents.review import Whose
from incidents.work import Compartment, Unreadable
from tests import make

WORDS = "¿A qué hora salió el camión azul de la Zarzamora?"
SAID = "A las cuatro, dijo la señora del Alcatraz."
WAITING = (Verification.RECEIVED, Verification.UNDER_VERIFICATION)


@pytest.fixture
def sent(staff):
    with staff.researcher.work() as work:
        return report.send(work, make.report_document(), "page").id


@pytest.fixture
def incident(staff, sent):
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


def asked(staff, sent, code="other", words=WORDS, **more):
    with staff.reviewer.work() as work:
        return questions.ask(work, work.get(Report, sent), code, words, **more).id


def seen_by(member, sent):
    with member.work() as work:
        return questions.of_report(work, work.get(Report, sent))


def test_a_report_that_waits_is_asked_about_answered_and_waits_again(staff, sent, house):
    id = asked(staff, sent)
    with staff.researcher.work() as work:
        assert work.get(Report, sent).state == ReportState.NEEDS_INFORMATION
        assert [each.id for each in questions.for_me(work)] == [sent]
    assert [each.words for each in seen_by(staff.researcher, sent)] == [WORDS]
    with staff.researcher.work() as work:
        questions.answer(work, sent, id, f" {SAID}\n")
        questions.keep(work, sent, id, "something else")
    with staff.researcher.work() as work:
        again = questions.answer(work, sent, id, SAID)  # the line was slow: pressed again
        assert questions.for_me(work) == []
    (found,) = seen_by(staff.reviewer, sent)
    assert found.question.state == QuestionState.ANSWERED
    assert [(answer.id, words) for answer, words in found.answers] == [(again.id, SAID)]
    with staff.reviewer.work() as work:
        assert work.get(Report, sent).state == ReportState.RECEIVED
        questions.settle(work, questions.one(work, id))
        with pytest.raises(MoveNotAllowed):
            questions.settle(work, questions.one(work, id))
    with staff.coordinator.work() as work:
        assert list(work.breaks()) == []
        notes = work.db.scalars(select(AuditEntry.detail).where(AuditEntry.event.like("question.%"))).all()
        assert notes == [{"reason": "other"}, {}, {}]


def test_after_take_in_the_act_waits_for_an_answer_and_then_has_one(staff, sent, incident):
    with staff.reviewer.work() as work:
        act = work.db.scalars(select(Act).where(Act.incident_id == incident)).one()
        question = questions.ask(work, work.get(Report, sent), "when", act=act, due_on=work.today).id
    with staff.reviewer.work() as work:
        assert work.get(Report, sent).state == ReportState.TAKEN_IN
        assert [act.id for act, _i in review.queue(work, WAITING, whose=Whose.ANSWER)] == [act.id]
        assert review.queue(work, WAITING, whose=Whose.ANSWERED) == []
        assert [each.id for each in questions.waiting(work)] == [question]
    with staff.researcher.work() as work:
        questions.answer(work, sent, question, SAID)
    with staff.reviewer.work() as work:
        assert review.queue(work, WAITING, whose=Whose.ANSWER) == []
        assert [act.id for act, _i in review.queue(work, WAITING, whose=Whose.ANSWERED)] == [act.id]
        assert work.get(Report, sent).state == ReportState.TAKEN_IN
        (found,) = questions.of_reports(work, [sent], act.id)
        assert [words for _answer, words in found.answers] == [SAID]


def test_nobody_else_reads_answers_or_learns_of_it(staff, sent, incident):
    id = asked(staff, sent)
    with staff.other_researcher.work() as work:
        for deed in (questions.answer, questions.keep):
            with pytest.raises(NotFound):
                deed(work, sent, id, SAID)
        with pytest.raises(NotAllowed):
            questions.of_report(work, work.get(Report, sent))
        with pytest.raises(NotAllowed):
            questions.ask(work, work.get(Report, sent), "when")
        assert isinstance(work.vault.view(work.get(Question, id), "words"), Unreadable)
        mine = report.send(work, make.report_document(), "page").id
    with staff.other_researcher.work() as work, pytest.raises(NotFound):
        questions.answer(work, mine, id, SAID)  # a question, but not about this report
    with staff.reviewer.work() as work, pytest.raises(NotFound):
        questions.answer(work, sent, id, SAID)


def test_an_answer_in_the_making_is_kept_for_its_writer_alone_and_goes_when_it_is_sent(staff, sent):
    id = asked(staff, sent)
    with staff.researcher.work() as work:
        questions.keep(work, sent, id, "A las")
    with staff.researcher.work() as work:
        draft = questions.keep(work, sent, id, "A las cuatro").id
    with staff.researcher.work() as work:
        assert questions.kept(work, id)[0] == "A las cuatro"
        assert drafts.own(work) == []
        assert drafts.unsent(work) == 0
    with staff.reviewer.work() as work:
        assert questions.kept(work, id) == ("", None)
        assert isinstance(work.vault.view(work.get(Draft, draft), "content"), Unreadable)
    with staff.researcher.work() as work:
        questions.answer(work, sent, id, SAID)
    with staff.researcher.work() as work:
        assert questions.kept(work, id) == ("", None)
        assert work.db.get(Draft, draft) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "name"}, "question"),
        ({"words": " "}, "words"),
        ({"days": -1}, "due_on"),
        ({"days": 400}, "due_on"),
    ],
)
def test_what_is_no_question_is_said_at_its_field(staff, sent, given, field):
    with staff.reviewer.work() as work:
        due = work.today + timedelta(days=given["days"]) if "days" in given else None
        with pytest.raises(InvalidInput) as refused:
            questions.ask(
                work, work.get(Report, sent), given.get("code", "other"), given.get("words", ""), None, due
            )
    assert field in refused.value.fields


def test_whoever_is_no_member_any_more_is_not_asked(staff, sent, house):
    make.removed(house, staff.coordinator, staff.researcher)
    with staff.reviewer.work() as work, pytest.raises(InvalidInput) as refused:
        questions.ask(work, work.get(Report, sent), "when")
    assert set(refused.value.fields) == {"question"}


def test_a_report_set_aside_or_brought_back_waits_for_no_answer(staff, sent):
    id = asked(staff, sent)
    with staff.reviewer.work() as work:
        report.set_aside(work, work.get(Report, sent), "test")
    with staff.reviewer.work() as work:
        assert questions.one(work, id).state == QuestionState.ENDED
        with pytest.raises(MoveNotAllowed):
            questions.ask(work, work.get(Report, sent), "when")
    with staff.researcher.work() as work:
        assert questions.for_me(work) == []
        questions.answer(work, sent, id, SAID)  # typed before it was set aside: kept all the same
    with staff.reviewer.work() as work:
        assert questions.one(work, id).state == QuestionState.ANSWERED
        assert work.get(Report, sent).state == ReportState.SET_ASIDE


def test_a_question_from_before_questions_were_records_is_shown_and_answered(staff, sent):
    with staff.reviewer.work() as work:
        report.asked(work, work.get(Report, sent), "where")
    (before,) = seen_by(staff.researcher, sent)
    assert (before.question.code, before.words) == ("where", None)
    with staff.researcher.work() as work:
        questions.answer(work, sent, before.question.id, SAID)
    (found,) = seen_by(staff.reviewer, sent)
    assert (found.question.code, [words for _a, words in found.answers]) == ("where", [SAID])
    assert found.question.asked_by == staff.reviewer.id
    with staff.coordinator.work() as work:
        assert list(work.breaks()) == []


def test_a_question_opens_after_a_removal_and_a_rotation(staff, sent, house):
    id = asked(staff, sent)
    make.removed(house, staff.coordinator, staff.other_reviewer)
    with staff.researcher.work() as work:
        questions.answer(work, sent, id, SAID)
    for member in (staff.researcher, staff.reviewer):
        (found,) = seen_by(member, sent)
        assert (found.words, [words for _a, words in found.answers]) == (WORDS, [SAID])


# -- erased with what it is about


def test_a_report_that_is_erased_takes_what_was_asked_and_answered_along(staff, sent, house):
    id, other = asked(staff, sent), asked(staff, sent, "when", "")
    with staff.researcher.work() as work:
        questions.answer(work, sent, id, SAID)
        draft = questions.keep(work, sent, other, SAID).id
    with staff.coordinator.work() as work:
        erasure.erase_report(work, work.get(Report, sent), "She asked for it in writing.")
    erasure.finish(house)
    with staff.coordinator.work() as work:
        assert {each.state for each in work.db.scalars(select(Question))} == {QuestionState.ENDED}
        assert work.vault.view(work.get(Question, id), "words") == Unreadable("erased")
        assert work.vault.view(work.db.scalars(select(Answer)).one(), "words") == Unreadable("erased")
        assert (draft, Compartment.INTAKE.value) in house.keystore.erased([draft])
        assert questions.waiting(work, list(QuestionState)) == []
        assert list(work.breaks()) == []
    with staff.researcher.work() as work:
        assert questions.for_me(work) == []
        assert questions.kept(work, other) == ("", None)
        with pytest.raises(MoveNotAllowed):
            questions.answer(work, sent, id, "Something more.")


def test_beside_somebody_who_is_erased_they_are_texts_to_be_looked_at(staff, sent, incident, house):
    id = asked(staff, sent)
    with staff.researcher.work() as work:
        questions.answer(work, sent, id, "It was Filomeno Deltrébol who said so.")
    with staff.reviewer.work() as work:
        review.comment(work, search.incident(work, incident), "Ask once more.")
    with staff.coordinator.work() as work:
        opened = search.open_incident(work, incident)
        companion = next(person for person, _facts in opened.people if not person.teller)
        done = erasure.erase_person(work, companion, "He asked for it in writing.")
    erasure.finish(house)
    with staff.coordinator.work() as work:
        listed = {(each.about, each.named) for each in erasure.waiting(work, done.id)}
        assert {("question", False), ("answer", True), ("comment", False)} <= listed


def test_comments_go_with_the_words_of_their_incident(staff, sent, incident, house):
    with staff.reviewer.work() as work:
        review.comment(work, search.incident(work, incident), SAID)
    with staff.coordinator.work() as work:
        erasure.erase_report(work, work.get(Report, sent), "She asked for it in writing.")
    erasure.finish(house)
    with staff.reviewer.work() as work:
        ((_row, words),) = review.comments(work, search.incident(work, incident))
        assert words == Unreadable("erased")


# -- comments


def test_a_comment_calls_by_name_and_stands_there_until_it_is_seen(staff, sent, incident):
    other = staff.other_reviewer
    with staff.reviewer.work() as work:
        row = work.get(Incident, incident)
        review.comment(work, row, "@Remo Inventado, ¿la hora? Also @ana: see above. Not a@remo.test.")
    with other.work() as work:
        assert review.unseen_count(work) == 1
        ((mention, said, there),) = review.unseen(work)
        assert (mention.member_id, there.id) == (other.id, incident)
        assert review.see(work, [said]) == 1
    with other.work() as work:
        assert review.unseen(work) == []
        assert list(work.breaks()) == []
    with staff.coordinator.work() as work:
        assert review.unseen_count(work) == 1
    with staff.researcher.work() as work, pytest.raises(NotAllowed):
        review.comments(work, work.get(Incident, incident))


def test_only_who_may_read_the_record_can_be_called_and_only_where_one_is_meant(
    staff, incident, house, coordinator
):
    make.member(house, coordinator, "Rita Otra", Role.REVIEWER)
    with staff.reviewer.work() as work:
        readers = review.readers(work)
        assert staff.researcher.id not in {each.id for each in readers}
        review.comment(work, work.get(Incident, incident), "@Fidel Inventado, @rita and @Rita Otra")
    with staff.reviewer.work() as work:
        names = [work.get(type(readers[0]), each.member_id).name for each in work.db.scalars(select(Mention))]
        assert names == ["Rita Otra"]  # there are two Ritas, and a field researcher reads no incident
        with pytest.raises(InvalidInput):
            review.comment(work, work.get(Incident, incident), "  ")


# -- due


def test_an_incident_in_somebodys_hands_past_its_day_is_overdue_while_an_act_waits(
    staff, sent, incident, monkeypatch
):
    with staff.reviewer.work() as work:
        row = search.incident(work, incident)
        assert review.assign(work, [row], staff.reviewer.id, work.today) == [row]
        assert review.assign(work, [row], staff.reviewer.id, work.today) == []
        with pytest.raises(InvalidInput):
            review.assign(work, [row], staff.reviewer.id, work.today - timedelta(days=1))
        assert review.overdue(work) == {}
    with staff.reviewer.work() as work:
        tomorrow = work.now() + timedelta(days=1)
        monkeypatch.setattr(work, "now", lambda: tomorrow)
        assert review.overdue(work) == {staff.reviewer.id: 1}
        act = work.db.scalars(select(Act)).one()
        act.verification = Verification.NOT_VERIFIED
        work.db.flush()
        assert review.overdue(work) == {}
        work.db.rollback()
    with staff.reviewer.work() as work:
        row = search.incident(work, incident)
        review.assign(work, [row], None)
        assert (row.assignee, row.due_on) == (None, None)


def teller_erased(staff, incident, house):
    with staff.coordinator.work() as work:
        teller = next(each for each, _facts in search.open_incident(work, incident).people if each.teller)
        erasure.erase_person(work, teller, "She asked for it in writing.")
    erasure.finish(house)


def test_nobody_answers_for_who_was_erased(staff, sent, incident, house):
    ids = [asked(staff, sent, "when", ""), asked(staff, sent)]
    teller_erased(staff, incident, house)
    with staff.researcher.work() as work:
        assert questions.for_me(work) == []
        for id in ids:
            with pytest.raises(MoveNotAllowed):
                questions.answer(work, sent, id, "She lives at")
            with pytest.raises(MoveNotAllowed):
                questions.keep(work, sent, id, "She lives")


def test_what_is_said_elsewhere_of_who_was_erased_is_looked_at(staff, incident, house):
    other = {
        **make.report_document()["persons"][0],
        "identity": {"name": "Luisa Otra"},
    }
    told = make.report_document(
        persons=[other], narrative="Another thing.", summary="Other.", perpetrators=None
    )
    told = {name: value for name, value in told.items() if name not in {"involvements", "sources"} and value}
    with staff.researcher.work() as work:
        second = report.send(work, told, "page").id
    with staff.reviewer.work() as work:
        elsewhere = take_in.take_in(work, second).id
    with staff.reviewer.work() as work:
        review.comment(work, search.incident(work, elsewhere), f"The same as {make.CANARY_NAME} told.")
    id = asked(staff, second, words=f"Was {make.CANARY_NAME} there?")
    with staff.researcher.work() as work:
        questions.answer(work, second, id, f"Yes, {make.CANARY_NAME} was.")
    teller_erased(staff, incident, house)
    with staff.coordinator.work() as work:
        assert {"answer", "comment", "question"} <= {row.about for row in erasure.waiting(work)}


def test_a_comment_in_another_ones_name_is_not_shown(staff, incident, house):
    with staff.reviewer.work() as work:
        review.comment(work, search.incident(work, incident), "I saw it.")
    with make.behind(house) as connection:
        connection.execute(update(Comment).values(said_by=staff.other_reviewer.id))
    with staff.reviewer.work() as work, pytest.raises(TrailBroken):
        review.comments(work, search.incident(work, incident))
