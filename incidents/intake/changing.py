"""Facts that change after take-in, in one way for all who change them: a newer version of a report, a reviewer.

What changed between two readings changes, and nothing else. What was verified is looked at anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from incidents.errors import Unopened
from incidents.model.base import Record, is_stored
from incidents.model.edit import Edit, EditKind
from incidents.model.incident import Act, Incident
from incidents.model.review import Review
from incidents.model.vocabulary import COUNTED, Verification
from incidents.search import kept
from incidents.work import Unreadable, Work

# Tables of fields that are gone through field by field; any other value is one answer, and changes as a whole.
TABLES = frozenset({"extortion", "interview", "kidnapping", "labels", "mpp", "targeting"})
UNDECIDED = frozenset({Verification.RECEIVED, Verification.UNDER_VERIFICATION})  # nobody found anything yet
Document = Mapping[str, Any]
Path = tuple[str, ...]


def changed(now: Document, old: Document, new: Document) -> dict[str, Any]:
    """`now`, with what differs between old and new as it is in the new one."""
    result = dict(now)
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if name in TABLES and (before is None or after is None or isinstance(after, dict)):
            result[name] = changed(result.get(name) or {}, before or {}, after or {})
        else:
            result[name] = after
        if result[name] in (None, {}):
            del result[name]
    return result


def fields(document: Document) -> dict[Path, Any]:
    """Every field of it that `changed` would change alone, by its path."""
    return dict(_fields(document, ()))


def _fields(document: Document, above: Path) -> Iterator[tuple[Path, Any]]:
    for name, value in document.items():
        if name in TABLES and isinstance(value, dict):
            yield from _fields(value, (*above, name))
        elif value is not None:
            yield (*above, name), value


def differing(one: Document, other: Document) -> list[Path]:
    """The fields that are not the same in both."""
    sides = fields(one), fields(other)
    return [path for path in sorted({*sides[0], *sides[1]}) if sides[0].get(path) != sides[1].get(path)]


def merged(base: Document, now: Document, mine: Document) -> tuple[dict[str, Any], list[Path]]:
    """What two people made of one reading: what either changed; and the fields that both did, each otherwise.

    Those are as in `mine`: whoever comes later chooses.
    """
    sides = fields(now), fields(mine)
    both = {*differing(base, now)} & {*differing(base, mine)}
    clashes = sorted(path for path in both if sides[0].get(path) != sides[1].get(path))
    return changed(now, base, mine), clashes


def opened(work: Work, row: Record, column: str = "facts") -> Any:
    """A sealed field that is about to be written over: what cannot be read is not."""
    (value,) = work.read_all([row], column)
    if isinstance(value, Unreadable):
        raise Unopened
    return value


def look_again(
    work: Work,
    acts: Iterable[Act],
    submitters: Iterable[str],
    reasons: str = "",
    under: Mapping[UUID, UUID] | None = None,
) -> list[Act]:
    """What was verified was verified as it stood before: those of these acts that go back to be verified.

    Whoever brought, adopted or made the change verifies none of them. `under`: what their incidents are read under
    from now on, where that changes with this.
    """
    again, new = [], frozenset(submitters)
    for act in acts:
        act.submitted_by = sorted({*act.submitted_by, *new})
        touch(act)
        if act.verification not in UNDECIDED:
            home = (under or {}).get(act.incident_id) or kept(work, act.incident_id)
            work.get(Incident, home).edited_after_verification = True
        if act.verification in COUNTED:
            _back(work, act, reasons)
            again.append(act)
    return again


def touch(act: Act) -> None:
    """Write the row anew: a decision that somebody takes meanwhile, on what stood before, is refused."""
    if is_stored(act):
        flag_modified(act, "received_on")  # which never changes: of what does, its earlier value is kept


def _back(work: Work, act: Act, reasons: str) -> None:
    """An edit's reason stands with the edit: it may be about somebody whose keys are not the incident's."""
    row = Review(
        incident_id=act.incident_id,
        act_id=act.id,
        from_state=act.verification,
        to_state=Verification.UNDER_VERIFICATION,
        decided_by=work.actor.id,
        decided_on=work.today,
    )
    work.seal(row, reasons=reasons)
    work.add(row)
    act.verification = Verification.UNDER_VERIFICATION
    work.note("act.verified-anew", act)


def taken_out(work: Work, record: Record) -> bool:
    """Whether a reviewer took it out. What left with its report, or was split off, comes back with those."""
    if getattr(record, "left_on", None) is None:
        return False
    query = select(Edit.kind).where(Edit.record_id == record.id).order_by(Edit.to_version.desc())
    return work.db.scalars(query).first() == EditKind.TAKEN_OUT
