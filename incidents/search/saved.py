"""Filters that somebody saved to use again: each is its owner's alone, and sealed with its name."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import InvalidInput, NotFound, _
from incidents.model.saved import Saved, SavedKind
from incidents.work import Permission, Work

LONGEST = 80  # letters of a name
MOST = 50  # of one person


def save(work: Work, name: str, asked: Mapping[str, Sequence[str]]) -> Saved:
    """Keep a filter, as the address of a list says it, under a name."""
    work.actor.must(Permission.INCIDENT_READ)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise InvalidInput({"name": [_("Give it a name of no more than 80 letters.")]})
    if len(own(work)) >= MOST:
        raise InvalidInput({"name": [_("Take one away first: no more than 50 are kept.")]})
    saved = Saved(kind=SavedKind.FILTER, saved_by=work.actor.id, saved_on=work.today)
    work.seal(saved, content={"name": name, "asked": {key: list(values) for key, values in asked.items()}})
    work.add(saved)
    work.note("filter.saved", saved)
    return saved


def own(work: Work) -> list[tuple[Saved, Any]]:
    """One's own filters with what they say, by their names; any may be Unreadable."""
    work.actor.must(Permission.INCIDENT_READ)
    query = select(Saved).where(Saved.kind == SavedKind.FILTER, Saved.saved_by == work.actor.id)
    rows = list(work.db.scalars(query.order_by(Saved.id)))
    found = zip(rows, (work.vault.view(row, "content") for row in rows), strict=True)
    return sorted(found, key=lambda pair: pair[1]["name"].casefold() if isinstance(pair[1], dict) else "")


def forget(work: Work, id: UUID) -> None:
    """Take one's own away. Another's, and one that is not there, are the same refusal."""
    work.actor.must(Permission.INCIDENT_READ)
    saved = work.db.get(Saved, id)
    if saved is None or saved.kind != SavedKind.FILTER or saved.saved_by != work.actor.id:
        raise NotFound
    work.db.delete(saved)
    work.note("filter.forgotten", saved)
