"""What was edited, to be gone through: which records of an incident have a history, and what restoring would change."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import Unopened
from incidents.intake import adding, changing, editing
from incidents.intake.editing import Done
from incidents.model.audit import RecordDigest
from incidents.search import Opened
from incidents.work import Permission, Work


def records_of(work: Work, opened: Opened) -> list[UUID]:
    """Every record of an incident, and what an edit took out of it: it counts no more, and has its history."""
    ids = [opened.incident.id, *(each.id for each in opened.joined)]
    parts: Any = (opened.acts, opened.people, opened.involvements, opened.perpetrators, opened.sources)
    ids += [row.id for rows in parts for row, _facts in rows]
    return [*ids, *(row.id for row in adding.left(work, [opened.incident, *opened.joined]))]


def places(work: Work, edits: Iterable[Done]) -> dict[UUID, tuple[int, int]]:
    """Where each edit stands in the trail: a later one further on, whatever was edited since."""
    query = select(RecordDigest.record_id, RecordDigest.block, RecordDigest.position)
    query = query.where(RecordDigest.version == 1)
    query = query.where(RecordDigest.record_id.in_([each.edit.id for each in edits]))
    return {id: (block, position) for id, block, position in work.db.execute(query)}


Ahead = tuple[dict[str, Any], dict[str, Any], list[str]]  # the record now, then, and which fields differ


def would_restore(work: Work, done: Done) -> Ahead | None:
    """What restoring would change as it was before this edit.

    None where who asks may not, where it is about a name, the record counts no more, or something does not open.
    """
    edit, row = done.edit, editing.record_of(work, done.edit)
    if not work.actor.may(Permission.REVIEW_DECIDE) or edit.words is not None:
        return None
    if getattr(row, "left_on", None) is not None or edit.from_version is None or not done.fields:
        return None
    try:
        return editing.ahead(work, row, edit.from_version)
    except Unopened:
        return None


def may_bring_back(work: Work, done: Done) -> bool:
    """Whether a reviewer took the record out, and who asks may let it count again."""
    return work.actor.may(Permission.REVIEW_DECIDE) and changing.taken_out(
        work, editing.record_of(work, done.edit)
    )
