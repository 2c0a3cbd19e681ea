"""Tasks by the day they are due, one task with the rules for a safe contact, and what was done about an incident."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import erasure, follow_up, opening, search
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.follow_up import Line, Opened
from incidents.gate import needs
from incidents.model.follow_up import Task, TaskState
from incidents.model.people import Person
from incidents.web import moments
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.records import here, value, who
from incidents.work import Permission

routes = Blueprint("follow_up", __name__, url_prefix="/tasks")
P = Permission
DAYS = {"tomorrow": 1, "three_days": 3, "week": 7, "month": 30}
DAY = "day"  # one that is typed
REASONS = follow_up.WHY_CALL
BLOCKED = {
    "phone_held": _l("Do not call: the phone may be in the captors’ hands."),
    "phone_held_unknown": _l("Do not call: nobody knows in whose hands the phone is."),
    "may_not_call": _l("Do not call: they said not to."),
    "no_consent": _l("Do not call: they were not asked whether they may be contacted again."),
    "refused": _l("Do not call: they do not want to be contacted again."),
    "withdrawn": _l("Do not call: they withdrew their consent."),
    "erased": _l("Do not call: their record was erased."),
    "not_permitted": _l("Do not call: nobody who may decide it said yes."),
    "closed": _l("Do not call: what they said of a safe contact does not open."),
}


# -- lists


@routes.get("/")
@needs(P.TASK_DO)
def listed() -> Response:
    """My open tasks, or everybody's; the one that is due first on top."""
    everybody = request.args.get("whose") == "all"
    after = search.read_mark(request.args.get("after", ""))
    found = (follow_up.all_open if everybody else follow_up.mine)(work(), after, follow_up.PER_PAGE + 1)
    shown, more = found[: follow_up.PER_PAGE], len(found) > follow_up.PER_PAGE
    pager = {
        "previous_url": here() if after is not None else None,
        "next_url": here(after=f"{shown[-1].task.due_on}.{shown[-1].task.id}") if more else None,
    }
    lines = [_line(line) for line in shown]
    return page("follow_up/list.html", tasks=lines, whose="all" if everybody else "", page=pager)


def _line(line: Line) -> dict[str, Any]:
    task = line.task
    return {
        "url": url_for("follow_up.show", id=task.id),
        "kind": value(line.facts, "kind"),
        "reference": line.incident.reference,
        "about": task.subject,
        "state": task.state.value,
        "due_on": task.due_on,
        "overdue": task.state == TaskState.OPEN and task.due_on < work().today,
        "today": task.state == TaskState.OPEN and task.due_on == work().today,
        "assignee": who(task.assignee) if task.assignee else None,
        "mine": task.assignee == work().actor.id,
    }


@routes.app_template_global("follow_up_of")
def of_incident(id: UUID) -> dict[str, Any]:
    """What stands of it on an incident's page."""
    if not work().actor.may(P.TASK_DO):
        return {}
    incident = search.incident(work(), id)
    done = [
        {
            "url": url_for("follow_up.intervention", id=row.id),
            "facts": facts,
            "notes": notes,
            "by": who(row.recorded_by),
            "on": row.recorded_on,
        }
        for row, facts, notes in follow_up.interventions(work(), incident)
    ]
    return {
        "tasks": [_line(line) for line in follow_up.of_incident(work(), incident)],
        "interventions": done,
        "new_task_url": url_for("follow_up.new", id=id),
        "new_intervention_url": url_for("follow_up.intervene", id=id),
    }


@routes.app_template_global("follow_up_of_person")
def of_person(id: UUID) -> dict[str, Any]:
    """What stands of it on a person's page; nothing where they were erased."""
    if not work().actor.may(P.TASK_DO) or erasure.of(work(), id):
        return {}
    person, incidents = search.person(work(), id)
    return {
        "tasks": [_line(line) for line in follow_up.of_person(work(), person)],
        "incidents": [
            {"url": url_for("follow_up.new", id=each.id, person=id), "reference": each.reference}
            for each in incidents
        ],
    }


# -- a new one


@routes.route("/new/<uuid:id>", methods=["GET", "POST"])
@needs(P.TASK_DO)
def new(id: UUID) -> Response:
    """A task about an incident or one of its people."""
    incident = search.incident(work(), id)
    people = [person for person, _facts in search.people_of(work(), id)]
    context = {
        "incident": {"url": url_for("incident.show", id=id), "reference": incident.reference},
        "people": [(person.id, number) for number, person in enumerate(people, 1)],
        "chosen": request.args.get("person", ""),
        **_choices(),
    }
    if request.method == "GET":
        return page("follow_up/new.html", **context)
    try:
        made = follow_up.make(
            work(),
            incident,
            _person(people),
            request.form.get("kind", ""),
            _due_on(),
            _assignee(),
            request.form.get("words", ""),
        )
    except InvalidInput as problem:
        return wrong("follow_up/new.html", problem, **context)
    say(_("The task is kept. It shows on the first page of whoever it is for when it is due."))
    return go("follow_up.show", id=made.id)


def _choices() -> dict[str, Any]:
    return {
        "members": [(user.id, user.name) for user in follow_up.able(work())],
        "me": work().actor.id,
        "today": work().today,
    }


def _person(people: list[Person]) -> Person | None:
    given = request.form.get("person", "")
    if not given:
        return None
    found = next((person for person in people if str(person.id) == given), None)
    if found is None:
        raise InvalidInput({"person": [_("Choose one of these.")]})
    return found


def _due_on() -> date:
    """One of the usual days, or one that was typed."""
    chosen = request.form.get("due", "")
    if chosen in DAYS:
        return work().today + timedelta(days=DAYS[chosen])
    try:
        return date.fromisoformat(request.form.get("due_on", ""))
    except ValueError:
        raise InvalidInput({"due_on" if chosen == DAY else "due": [_("Choose a day.")]}) from None


def _assignee() -> UUID | None:
    given = request.form.get("assignee", "")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise InvalidInput({"assignee": [_("Choose one of these.")]}) from None


# -- one task


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.TASK_DO)
def show(id: UUID) -> Response:
    """A task: what to do, how the person may be reached, and what came of it."""
    if request.method == "GET":
        return page("follow_up/show.html", **_context(follow_up.open_task(work(), id)))
    deed = request.form.get("deed", "")
    if deed not in DEEDS:
        raise NotFound
    try:
        DEEDS[deed](follow_up.task(work(), id))
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        opened = follow_up.open_task(work(), id)
        return wrong("follow_up/show.html", problem, deed=deed, **_context(opened))
    return go("follow_up.listed") if deed in ("done", "dropped") else go("follow_up.show", id=id)


def _close(task: Task, state: TaskState) -> None:
    outcome, words = request.form.get("outcome", ""), request.form.get("closing", "")
    follow_up.close(work(), task, state, outcome, words)
    say(_("Closed."))


def _done(task: Task) -> None:
    _close(task, TaskState.DONE)


def _drop(task: Task) -> None:
    _close(task, TaskState.DROPPED)


def _postpone(task: Task) -> None:
    follow_up.postpone(work(), task, _due_on())
    say(_("Put off."))


def _reassign(task: Task) -> None:
    follow_up.reassign(work(), task, _assignee())
    say(_("Handed over."))


DEEDS = {"done": _done, "dropped": _drop, "postpone": _postpone, "reassign": _reassign}


def _context(opened: Opened) -> dict[str, Any]:
    task = opened.task
    about = (
        {"url": url_for("incident.person", id=task.subject_id), "number": _number(opened)}
        if opened.contact
        else None
    )
    return {
        "task": _line(Line(task, opened.facts, opened.incident))
        | {
            "outcome": value(opened.facts, "outcome"),
            "words": value(opened.notes, "words"),
            "closing": value(opened.notes, "closing"),
            "made_by": who(task.made_by),
            "made_on": task.made_on,
            "closed_by": who(task.closed_by) if task.closed_by else None,
            "closed_on": task.closed_on,
        },
        "incident": {
            "url": url_for("incident.show", id=opened.incident.id),
            "reference": opened.incident.reference,
        },
        "person": about,
        "contact": _contact(opened),
        **_choices(),
    }


def _number(opened: Opened) -> int | None:
    """The number that the person has on the incident's page."""
    people = search.people_of(work(), opened.incident.id)
    return next((n for n, (each, _said) in enumerate(people, 1) if each.id == opened.task.subject_id), None)


def _contact(opened: Opened) -> dict[str, Any] | None:
    if opened.contact is None:
        return None
    closed = opened.task.state != TaskState.OPEN or not work().actor.may(P.IDENTITY_OPEN)
    return {
        "rules": opened.contact.rules,
        "blocked": [BLOCKED.get(code, BLOCKED["not_permitted"]) for code in opened.contact.blocked],
        "phone_url": None if closed else url_for("follow_up.phone", id=opened.task.id),
        "reasons": REASONS,
    }


@routes.post("/<uuid:id>/phone")
@needs(P.TASK_DO)
def phone(id: UUID) -> Response:
    """The phone number on a press, for a reason that is noted; never where something forbids to call."""
    task = follow_up.task(work(), id)
    try:
        if request.form.get("reason", "") not in REASONS:
            raise InvalidInput({"reason": [_("Choose why you open it.")]})
        number = follow_up.phone(work(), task, request.form["reason"])
        if number is opening.ASKED:
            say(_("A colleague must say yes first. They were asked; open it again when they have."), "care")
            return go("follow_up.show", id=id)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return wrong("follow_up/show.html", problem, **_context(follow_up.open_task(work(), id)))
    return page("follow_up/show.html", opened=True, phone=number, **_context(follow_up.open_task(work(), id)))


# -- interventions


@routes.route("/interventions/new/<uuid:id>", methods=["GET", "POST"])
@needs(P.TASK_DO)
def intervene(id: UUID) -> Response:
    """What somebody did about an incident."""
    incident = search.incident(work(), id)
    context: dict[str, Any] = {
        "incident": {"url": url_for("incident.show", id=id), "reference": incident.reference}
    }
    if request.method == "GET":
        return page("follow_up/intervention.html", **context)
    try:
        given: dict[str, Any] = {name: request.form.get(name, "") for name in ("kind", "by", "status")}
        follow_up.intervene(work(), incident, given | {"on": _moment("on")}, request.form.get("words", ""))
    except InvalidInput as problem:
        return wrong("follow_up/intervention.html", problem, **context)
    say(_("Recorded."))
    return go("incident.show", id=id)


def _moment(name: str) -> dict[str, str] | None:
    pieces = {piece: request.form.get(f"{name}.{piece}", "") for piece in moments.MOMENT_PIECES}
    said, missing = moments.moment(pieces, may_come=True)
    if missing:
        raise InvalidInput({f"{name}.{piece}": [str(sentence)] for piece, sentence in missing.items()})
    return said


@routes.post("/interventions/<uuid:id>")
@needs(P.TASK_DO)
def intervention(id: UUID) -> Response:
    """How an intervention stands now."""
    found = follow_up.intervention(work(), id)
    try:
        follow_up.now_stands(work(), found, request.form.get("status", ""))
    except InvalidInput:
        say(_("Choose how it stands now."), "problem")
    else:
        say(_("Recorded."))
    return go("incident.show", id=search.kept(work(), found.incident_id))
