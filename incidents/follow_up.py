"""What is still to be done for somebody, by whom and until when; and what was done about an incident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from incidents import consent, opening, search
from incidents.errors import ClosedText, ContactBlocked, InvalidInput, MoveNotAllowed, _
from incidents.model.account import User
from incidents.model.follow_up import Intervention, Task, TaskState
from incidents.model.incident import Incident
from incidents.model.moment import Moment
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement
from incidents.model.vocabulary import AccountState, Purpose, codes
from incidents.work import Actor, Permission, Unreadable, Work

PER_PAGE = 50
WHY_CALL = ("contact", "consent", "referral")  # why a phone is opened for a task
FURTHEST = 366  # days: what is due later than that is forgotten anyway
SAFE_CONTACT = ("may_call", "hours", "language", "message", "code_word")
UNSAFE = frozenset({"closed", "may_not_call", "phone_held", "phone_held_unknown"})
NOT_OF_LIST = _("Choose one of these.")
NO_DAY = _("Choose a day from today on, within a year.")
NOT_HERE = _("Choose somebody who does such tasks.")
Mark = tuple[date, UUID]


@dataclass(frozen=True)
class Line:
    """A task in a list: nothing of the person is opened for it."""

    task: Task
    facts: Any
    incident: Incident


@dataclass(frozen=True)
class Contact:
    """How somebody may be reached, as they said it; and what forbids to call, as codes."""

    person: Person
    rules: dict[str, Any]
    blocked: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """One task, read whole. Nothing else of the person is in it than the rules for a safe contact."""

    task: Task
    facts: Any
    notes: Any
    incident: Incident
    contact: Contact | None  # none: it is about the incident as a whole


# -- making one


def make(  # noqa: PLR0917  what a task is
    work: Work,
    incident: Incident,
    person: Person | None,
    kind: str,
    due_on: date,
    assignee: UUID | None = None,
    words: str = "",
) -> Task:
    """Something to do about a person of an incident, or about the incident as a whole."""
    work.actor.must(Permission.TASK_DO)
    _of_list("task", "kind", kind)
    if person is not None and incident not in search.person(work, person.id)[1]:
        raise InvalidInput({"person": [NOT_OF_LIST]})
    task = Task(
        subject="person" if person else "incident",
        subject_id=person.id if person else incident.id,
        incident_id=incident.id,
        state=TaskState.OPEN,
        due_on=_due(work, due_on),
        assignee=_assignee(work, assignee),
        made_by=work.actor.id,
        made_on=work.today,
        closed_by=None,
        closed_on=None,
    )
    work.seal(task, facts={"schema": 1, "kind": kind}, notes={"words": words.strip()})
    work.add(task)
    work.note("task.made", task, kind=kind)
    return task


def _of_list(vocabulary: str, name: str, code: str) -> None:
    if code not in codes(vocabulary):
        raise InvalidInput({name: [NOT_OF_LIST]})


def _due(work: Work, day: date) -> date:
    if not 0 <= (day - work.today).days <= FURTHEST:
        raise InvalidInput({"due_on": [NO_DAY]})
    return day


def _assignee(work: Work, id: UUID | None) -> UUID | None:
    if id is not None and id not in {user.id for user in able(work)}:
        raise InvalidInput({"assignee": [NOT_HERE]})
    return id


def able(work: Work) -> list[User]:
    """Who may be given a task: members who hold the keys for it."""
    users = work.db.scalars(select(User).where(User.state == AccountState.ACTIVE).order_by(User.sign_in))
    return [user for user in users if Actor(user.id, tuple(user.roles)).may(Permission.TASK_DO)]


# -- lists


def mine(work: Work, after: Mark | None = None, limit: int = PER_PAGE) -> list[Line]:
    """My open tasks and those that are nobody's yet, the one that is due first on top."""
    return _lines(work, [Task.state == TaskState.OPEN, _for_me(work)], after, limit)


def _for_me(work: Work) -> Any:
    return (Task.assignee == work.actor.id) | Task.assignee.is_(None)


def all_open(work: Work, after: Mark | None = None, limit: int = PER_PAGE) -> list[Line]:
    """Everybody's open tasks, by the day they are due."""
    return _lines(work, [Task.state == TaskState.OPEN], after, limit)


def of_incident(work: Work, incident: Incident) -> list[Line]:
    """Every task of an incident and of what was merged into it, the open ones first."""
    ids = search.together(work, [incident.id])
    lines = _lines(work, [Task.incident_id.in_(ids)])
    return sorted(lines, key=lambda line: line.task.state != TaskState.OPEN)


def of_person(work: Work, person: Person) -> list[Line]:
    """Every task for somebody, the open ones first."""
    lines = _lines(work, [Task.subject_id == person.id])
    return sorted(lines, key=lambda line: line.task.state != TaskState.OPEN)


def _lines(
    work: Work, which: Sequence[Any], after: Mark | None = None, limit: int | None = None
) -> list[Line]:
    work.actor.must(Permission.TASK_DO)
    query = select(Task, Incident).join(Incident, Task.incident_id == Incident.id).where(*which)
    if after is not None:
        day, id = after
        query = query.where(or_(Task.due_on > day, (Task.due_on == day) & (Task.id > id)))
    rows = work.db.execute(query.order_by(Task.due_on, Task.id).limit(limit)).all()
    facts = work.read_all([row.Task for row in rows], "facts")
    return [Line(row.Task, said, row.Incident) for row, said in zip(rows, facts, strict=True)]


def due(work: Work) -> int:
    """How many of them are due today, or were before."""
    work.actor.must(Permission.TASK_DO)
    query = select(func.count()).select_from(Task).where(Task.state == TaskState.OPEN, _for_me(work))
    return work.db.scalar(query.where(Task.due_on <= work.today)) or 0


# -- one task


def task(work: Work, id: UUID) -> Task:
    work.actor.must(Permission.TASK_DO)
    return work.get(Task, id)


def open_task(work: Work, id: UUID) -> Opened:
    """A task with its words, and how the person may be reached."""
    found = task(work, id)
    about = work.get(Person, found.subject_id) if found.subject == "person" else None
    return Opened(
        task=found,
        facts=work.read_all([found], "facts")[0],
        notes=work.read_all([found], "notes")[0],
        incident=work.get(Incident, search.kept(work, found.incident_id)),
        contact=contact(work, about) if about else None,
    )


def contact(work: Work, person: Person) -> Contact:
    """The rules for reaching somebody, opened and noted. Two records of one person: the stricter holds."""
    ids = search.together(
        work, [search.kept(work, person.id, Arrangement.SAME_PERSON)], Arrangement.SAME_PERSON
    )
    people = [work.get(Person, id) for id in ids]
    said = [each for each in work.read_all(people, "safe_contact", "task") if each]
    rules = {name: each[name] for name in SAFE_CONTACT for each in said if _has(each, name)}
    return Contact(person, rules, tuple(sorted({*_forbidden(said), *_not_agreed(work, people)})))


def _has(said: Any, name: str) -> bool:
    return not isinstance(said, Unreadable) and said.get(name) not in (None, "")


def _forbidden(said: Sequence[Any]) -> set[str]:
    """What the person said of the phone. That it is not known who has it is a warning like any other."""
    found: set[str] = set()
    for each in said:
        if isinstance(each, Unreadable):
            found.add("closed")
            continue
        if each.get("phone_held") in ("yes", "UNK"):
            found.add("phone_held" if each["phone_held"] == "yes" else "phone_held_unknown")
        if each.get("may_call") == "no":
            found.add("may_not_call")
    return found


def _not_agreed(work: Work, people: Sequence[Person]) -> set[str]:
    """Consent to be contacted again: one record has to give it, none may refuse it."""
    answers = consent.permits_all(work, people, Purpose.CONTACT).values()
    reasons = {answer.reason for answer in answers if isinstance(answer, consent.Refusal)}
    if len(reasons - {"no_consent"}) == 0 and any(isinstance(a, consent.Permit) for a in answers):
        return set()
    return {reason for reason in reasons if reason != "no_consent" or len(reasons) == 1}


def must_be_safe_to_call(work: Work, person: Person) -> None:
    """From whichever page somebody is to be called: not into the captors' hands, and not against their word."""
    if UNSAFE & set(contact(work, person).blocked):
        raise ContactBlocked


def identity(work: Work, person: Person, name: str, why: str) -> Any:
    """One field of who somebody is, or `opening.ASKED`; a phone number to call them on only where that is safe."""
    work.actor.must(Permission.IDENTITY_OPEN)
    if name == "phone" and why in WHY_CALL:
        must_be_safe_to_call(work, person)
    return opening.field(work, person, name, why)


def phone(work: Work, task: Task, why: str) -> Any:
    """The phone number, for one call: where nothing forbids it, and noted with the reason."""
    work.actor.must(Permission.IDENTITY_OPEN)
    if task.subject != "person" or task.state != TaskState.OPEN:
        raise MoveNotAllowed
    person = work.get(Person, task.subject_id)
    if contact(work, person).blocked:
        raise ContactBlocked
    return opening.field(work, person, "phone", why)


# -- changing one


def reassign(work: Work, task: Task, assignee: UUID | None) -> None:
    _must_be_open(work, task)
    task.assignee = _assignee(work, assignee)
    work.note("task.reassigned", task)


def postpone(work: Work, task: Task, due_on: date) -> None:
    _must_be_open(work, task)
    task.due_on = _due(work, due_on)
    work.note("task.postponed", task)


def close(work: Work, task: Task, state: TaskState, outcome: str, words: str = "") -> None:
    """Done or dropped, with what came of it."""
    _must_be_open(work, task)
    if state == TaskState.OPEN:
        raise MoveNotAllowed
    _of_list("task_outcome", "outcome", outcome)
    facts, notes = work.read(task, "facts"), work.read_all([task], "notes")[0]
    if isinstance(notes, Unreadable) and notes.why == ClosedText.code:
        raise ClosedText  # what was just typed would be lost
    task.state, task.closed_by, task.closed_on = state, work.actor.id, work.today
    work.seal(task, facts=facts | {"outcome": outcome})
    if not isinstance(notes, Unreadable):  # the words of an incident that nobody tells of any more are gone
        work.seal(task, notes=notes | {"closing": words.strip()})
    work.note(f"task.{state.value}", task, kind=outcome)


def _must_be_open(work: Work, task: Task) -> None:
    work.actor.must(Permission.TASK_DO)
    if task.state != TaskState.OPEN:
        raise MoveNotAllowed


# -- interventions


def intervene(work: Work, incident: Incident, given: dict[str, Any], words: str = "") -> Intervention:
    """Record what somebody did about an incident. `given`: kind, by, status as codes, on as a moment."""
    work.actor.must(Permission.TASK_DO)
    made = Intervention(incident_id=incident.id, recorded_by=work.actor.id, recorded_on=work.today)
    work.seal(made, facts={"schema": 1, **_checked(given)}, notes=words.strip())
    work.add(made)
    work.note("intervention.recorded", made, kind=given["kind"])
    return made


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    _of_list("intervention", "kind", given.get("kind", ""))
    _of_list("intervention_status", "status", given.get("status", ""))
    if given.get("by"):
        _of_list("intervention_by", "by", given["by"])
    held = {name: given[name] for name in ("kind", "by", "status") if given.get(name)}
    return held | ({"on": Moment.from_json(given["on"]).to_json()} if given.get("on") else {})


def now_stands(work: Work, intervention: Intervention, status: str) -> None:
    """What came of it since."""
    work.actor.must(Permission.TASK_DO)
    _of_list("intervention_status", "status", status)
    work.seal(intervention, facts=work.read(intervention, "facts") | {"status": status})
    work.note("intervention.changed", intervention, kind=status)


def intervention(work: Work, id: UUID) -> Intervention:
    work.actor.must(Permission.TASK_DO)
    return work.get(Intervention, id)


def interventions(work: Work, incident: Incident) -> list[tuple[Intervention, Any, Any]]:
    """What was done about an incident and what was merged into it, each with its facts and words; the newest first."""
    work.actor.must(Permission.TASK_DO)
    ids = search.together(work, [incident.id])
    query = select(Intervention).where(Intervention.incident_id.in_(ids))
    rows = list(work.db.scalars(query.order_by(Intervention.recorded_on.desc(), Intervention.id)))
    return list(zip(rows, work.read_all(rows, "facts"), work.read_all(rows, "notes"), strict=True))
