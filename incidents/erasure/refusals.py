"""What was refused because its record does not hold: refused as it stood then, and for nothing else.

Whoever alters an intent and puts it back would otherwise stop an erasure for ever.
"""

from uuid import UUID

from sqlalchemy import select

from incidents.errors import TrailBroken
from incidents.model.audit import AuditEntry
from incidents.model.base import Record
from incidents.work import NODE_ACTOR, House, Work, as_it_stands

REFUSED = "erasure.refused"


def refused(work: Work, record: Record) -> bool:
    """Whether it was refused just as it stands now. As it stood otherwise, or was asked for anew, it is asked again."""
    query = select(AuditEntry.detail).where(AuditEntry.event == REFUSED, AuditEntry.about_id == record.id)
    return any(said.get("as") == as_it_stands(record) for said in work.db.scalars(query))


def refuse(house: House, kind: type[Record], id: UUID) -> None:
    """Say so once, and how it stood."""
    work = house.work(NODE_ACTOR, None)
    work.drop()
    record = work.db.get_one(kind, id, populate_existing=True)
    work.note(REFUSED, record, code=TrailBroken.code, **{"as": as_it_stands(record)})
    work.commit()
