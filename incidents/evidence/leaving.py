"""The one way out: working copies alone, and only where everybody in them permits it, asked anew each time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.consent import Permit
from incidents.evidence import copies, custody, pieces, reading
from incidents.model.evidence import Custody, Evidence, EvidencePerson, EvidenceState, Origin, Part
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import Unreadable, Work

ANSWERED = (
    "erased",
    "not-kept",
    "no-copy",
    "people-not-named",
    "giver-not-named",
)  # and what consent answers


@dataclass(frozen=True)
class Leaves:
    """A working copy on its way out."""

    evidence_id: UUID
    name: str  # a made one
    type: str
    size: int
    sha256: str
    permits: tuple[str, ...]  # the ids of what permits it: consent events and bases
    content: Iterator[bytes] = field(repr=False)


@dataclass(frozen=True)
class Leaving:
    """What may leave now; of all else a code that says why not."""

    copies: tuple[Leaves, ...]
    refused: dict[UUID, str]


def leaving(work: Work, ids: Iterable[UUID], purpose: Purpose, *, to: str = "") -> Leaving:
    """The working copies of these pieces, for a package. No original ever leaves this way.

    Asked of everybody who gave a piece or can be recognised in it: the purpose, and the use of pictures and sound.
    What leaves is appended to the chain; `to` is a word of the package (its reference), never a name.
    """
    items = [work.get(Evidence, id) for id in dict.fromkeys(ids)]
    out, refused = [], {}
    for item in items:
        answer = _permits(work, item, purpose)
        if isinstance(answer, str):
            refused[item.id] = answer
        else:
            out.append(_leaves(work, item, answer, purpose, to))
    return Leaving(tuple(out), refused)


def _permits(work: Work, item: Evidence, purpose: Purpose) -> str | tuple[str, ...]:
    """The permits, or the code of what is missing."""
    if item.state != EvidenceState.KEPT:
        return "erased" if item.state == EvidenceState.DESTROYED else "not-kept"
    facts = work.read_all([item], "facts")[0]
    if isinstance(facts, Unreadable):
        return facts.why
    if copies.newest(work, item) is None:
        return "no-copy"
    if item.people_said_by is None:
        return "people-not-named"
    named = reading.people(work, item)
    work.vouched([item, *_ever(work, item)])  # whoever writes to the database takes nobody out of a picture
    if facts["origin"] == Origin.GIVEN and not any(row.part == Part.GAVE for row in named):
        return "giver-not-named"
    return _of_people(work, {row.person_id for row in named}, purpose)


def _ever(work: Work, item: Evidence) -> Sequence[EvidencePerson]:
    return work.db.scalars(select(EvidencePerson).where(EvidencePerson.evidence_id == item.id)).all()


def _of_people(work: Work, ids: set[UUID], purpose: Purpose) -> str | tuple[str, ...]:
    permits: dict[str, None] = {}
    for id in sorted(ids):
        person = work.get(Person, id)
        for asked in dict.fromkeys((purpose, Purpose.PHOTO)):
            answer = consent.permits(work, person, asked)
            if not isinstance(answer, Permit):
                return answer.reason
            permits[str(answer.id)] = None
    return tuple(permits)


def _leaves(work: Work, item: Evidence, permits: tuple[str, ...], purpose: Purpose, to: str) -> Leaves:
    row = copies.newest(work, item)
    assert row is not None  # noqa: S101  asked before
    facts: dict[str, Any] = work.read(row, "facts")
    said = {"purpose": purpose.value, "to": to, "sha256": facts["sha256"], "permits": list(permits)}
    custody.append(work, item, Custody.RELEASED, said)
    work.note("evidence.released", item, kind=purpose.value)
    name = reading.made_name(item, facts["type"], "copy")
    content = pieces.read(work, pieces.copy(row))
    return Leaves(item.id, name, facts["type"], facts["size"], facts["sha256"], permits, content)
