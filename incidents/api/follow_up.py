"""Follow-up: tasks by the day they are due, made and closed; a number for one call."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import follow_up, search
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, cut, listing, mark
from incidents.api.persons import OpenedFieldSchema, opened_field
from incidents.api.schemas import opened, unreadable
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.follow_up import Task, TaskState
from incidents.model.people import Person
from incidents.work import Permission

routes = Routes("follow_up", "/tasks")
P = Permission
LONGEST = 20_000


class TasksQuery(SliceQuery):
    whose = fields.String(validate=validate.OneOf(["all"]))


class NewTaskSchema(Strict):
    incident = fields.UUID(required=True)
    person = fields.UUID()
    kind = fields.String(required=True)
    due_on = fields.Date(required=True)
    assignee = fields.UUID()
    words = fields.String(load_default="", validate=validate.Length(max=LONGEST))


class CloseSchema(Strict):
    state = fields.String(required=True, validate=validate.OneOf([TaskState.DONE, TaskState.DROPPED]))
    outcome = fields.String(required=True)
    words = fields.String(load_default="", validate=validate.Length(max=LONGEST))


class PhoneSchema(Strict):
    reason = fields.String(required=True, validate=validate.OneOf(follow_up.WHY_CALL, error=NOT_A_CODE))


class TaskSchema(Schema):
    id = fields.UUID()
    state = fields.String()
    due_on = fields.Date()
    incident = fields.UUID()
    person = fields.UUID(allow_none=True)
    assignee = fields.String(allow_none=True)
    facts = fields.Dict(allow_none=True)
    unreadable = unreadable()


@routes.route("")
@needs(P.TASK_DO)
@routes.arguments(TasksQuery, location="query")
@routes.response(200, listing(TaskSchema, "TasksSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Open tasks, mine and nobody's; the one that is due first on top."""
    tasks = follow_up.all_open if query.get("whose") else follow_up.mine
    found = tasks(work(), mark(query), query["limit"] + 1)
    rows, onward = cut(found, lambda line: (str(line.task.due_on), str(line.task.id)), query)
    return {"items": [_line(line.task, line.facts) for line in rows], "next": onward}


def _line(task: Task, facts: Any) -> dict[str, Any]:
    return {
        "id": task.id,
        "state": task.state.value,
        "due_on": task.due_on,
        "incident": task.incident_id,
        "person": task.subject_id if task.subject == "person" else None,
        "assignee": who(task.assignee),
        **opened(facts=facts),
    }


@routes.route("", methods=["POST"])
@needs(P.TASK_DO)
@routes.arguments(NewTaskSchema)
@routes.response(201, TaskSchema)
def make(given: dict[str, Any]) -> dict[str, Any]:
    """A new task about an incident, or about a person in it."""
    incident = search.incident(work(), given["incident"])
    person = work().get(Person, given["person"]) if given.get("person") else None
    assignee, words = given.get("assignee"), given["words"]
    made = follow_up.make(work(), incident, person, given["kind"], given["due_on"], assignee, words)
    return _line(made, {"schema": 1, "kind": given["kind"]})


@routes.route("/<uuid:id>/close", methods=["POST"])
@needs(P.TASK_DO)
@routes.arguments(CloseSchema)
@routes.response(200, TaskSchema)
def close(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Done or dropped, and what came of it."""
    task = follow_up.task(work(), id)
    follow_up.close(work(), task, TaskState(given["state"]), given["outcome"], given["words"])
    return _line(task, work().read_all([task], "facts")[0])


@routes.route("/<uuid:id>/phone", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(PhoneSchema)
@routes.response(200, OpenedFieldSchema)
def phone(given: dict[str, str], id: UUID) -> dict[str, Any]:
    """The number of whom an open task is about, for a reason that is noted; never where something forbids to call."""
    found = follow_up.phone(work(), follow_up.task(work(), id), given["reason"])
    return opened_field("phone", found)
