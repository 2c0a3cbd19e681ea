"""What every page of an export is made with: rows that a signed block vouches for, opened; and who stays out of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.errors import Unopened
from incidents.intake import own
from incidents.model.base import Record
from incidents.model.consent import Withdrawal
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import Unreadable, Work

PAGE = 100  # records that are opened together
ERASED, WITHDRAWN = "erased", "withdrawn"
STAY = frozenset({consent.WITHDRAWN, consent.REFUSED, ERASED})  # why a person is not in the file
R = TypeVar("R", bound=Record)
Row = dict[str, Any]


class Left(Counter[str]):
    """How many stay out, by why; and by which number the file knows the basis of an import."""

    def __init__(self) -> None:
        super().__init__()
        self.bases: dict[UUID, int] = {}


def _readable(rows: Sequence[R], values: Sequence[Any], left: Left) -> Iterator[tuple[R, Any]]:
    """Those that open. What was erased is counted; what does not open otherwise is a fault that stops the export."""
    for row, value in zip(rows, values, strict=True):
        if not isinstance(value, Unreadable):
            yield row, value
        elif value.why == ERASED:
            left[f"{row.__tablename__}_erased"] += 1
        else:
            raise Unopened


def opened(work: Work, rows: Sequence[R], column: str, left: Left) -> dict[UUID, Any]:
    values = work.read_all(rows, column, "export")
    return {row.id: value for row, value in _readable(rows, values, left)}


def rows_of(work: Work, kind: type[R], *where: Any) -> list[R]:
    """Rows as a signed block last said of them, in an order that is the same each time."""
    found = list(work.db.scalars(select(kind).where(*where).order_by(kind.id)))
    work.vouched(found)
    return found


def next_of(rows: Sequence[R], mark: Callable[[R], Any]) -> Any:
    """Where the next page begins; none, where this was the last."""
    return mark(rows[-1]) if len(rows) == PAGE else None


def text_of(id: UUID | None) -> str | None:
    return None if id is None else str(id)


def without_empty(row: Row) -> Row:
    """What is not there is not written."""
    return {name: value for name, value in row.items() if value is not None and value != []}


def plain(document: Row) -> Row:
    """Without the number of its schema, which whoever reads it writes anew."""
    return {name: value for name, value in document.items() if name != "schema"}


def staying_out(work: Work, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Of these people, whoever does not want to be kept, or was erased; with why."""
    ids = list(dict.fromkeys(ids))
    found: dict[UUID, str] = {}
    for start in range(0, len(ids), own.ROWS):
        some = ids[start : start + own.ROWS]
        people = rows_of(work, Person, Person.id.in_(some))
        answers = consent.permits_all(work, people, Purpose.RECORD) if people else {}
        refused = {id: answer.reason for id, answer in answers.items() if isinstance(answer, consent.Refusal)}
        found |= {id: why for id, why in refused.items() if why in STAY and id in some}
        for stop in rows_of(work, Withdrawal, Withdrawal.person_id.in_(some)):
            if not stop.purposes or Purpose.RECORD in stop.purposes:
                found.setdefault(stop.person_id, WITHDRAWN)
    return found
