"""Notes by which keys that sign come and go: a worker's mandate, a member's removal, the end of a token."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

MANDATE = "job.mandated"  # a note that lets a worker's key sign blocks
REMOVED = "member.removed"  # a note after which the key of the member it is about signs nothing
ENDED = "token.ended"  # a note after which a token of the member it is about signs nothing
KEYS_CHANGE = frozenset({ENDED, MANDATE, REMOVED})
Over = set[UUID | bytes]  # members who were removed, the kids of tokens that ended
Mandates = dict[tuple[bytes, UUID], tuple[bytes, str]]  # worker's kid, who mandated it → its key, until when


@dataclass(frozen=True, slots=True)
class Note:
    """Who did what to which record, never what it says."""

    event: str
    about: str = ""
    about_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def mandates_of(actor: UUID, notes: Iterable[Note]) -> Mandates:
    """Whom this actor let sign with a worker's key, and until when."""
    found: Mandates = {}
    for note in notes:
        if note.event == MANDATE:
            with suppress(
                KeyError, TypeError, ValueError
            ):  # one that somebody wrote in: its block's root tells
                sign, until = bytes.fromhex(note.detail["sign"]), str(note.detail["until"])
                found[bytes.fromhex(note.detail["worker"]), actor] = sign, until
    return found


def over_by(notes: Iterable[Note]) -> Iterator[UUID | bytes]:
    """Whose keys are over: members who were removed, by their id; tokens that ended, by their kid."""
    for note in notes:
        if note.event == REMOVED and note.about_id:
            yield note.about_id
        elif note.event == ENDED:
            with suppress(KeyError, TypeError, ValueError):  # as of a mandate
                yield bytes.fromhex(note.detail["kid"])
