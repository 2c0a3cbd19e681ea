"""What every page of an export is made with: rows that a signed block vouches for, opened; and who stays out of it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.errors import Unopened
from incidents.intake import own
from incidents.model.base import Record
from incidents.model.consent import Withdrawal
from incidents.model.people import Person
from incidents.model.report import ReportPart
from incidents.model.vocabulary import PartKind, Purpose
from incidents.work import Unreadable, Work

PAGE = 100  # records that are opened together
ERASED, WITHDRAWN = "erased", "withdrawn"
STAYS = frozenset(
    {ERASED, "closed"}
)  # closed: a text may tell of somebody erased, and nobody answered for it yet
SHARED = (
    "narrative",
    "summary",
    "asks",
    "incident",
    "perpetrators",
)  # what is nobody's alone of those who told
STAY = frozenset({consent.WITHDRAWN, consent.REFUSED, ERASED})  # why a person is not in the file
R = TypeVar("R", bound=Record)
Row = dict[str, Any]


class Left(Counter[str]):
    """How many stay out, by why, and which; and by which number the file knows the basis of an import."""

    def __init__(self) -> None:
        super().__init__()
        self.bases: dict[UUID, int] = {}
        self.gone: set[UUID] = set()  # records that a later line must not name

    def leave(self, why: str, ids: Collection[UUID]) -> None:
        self.gone.update(ids)
        self[why] += len(ids)

    def named(self, id: UUID | None) -> str | None:
        """What a line may name of it: nothing, where it is not in the file."""
        return None if id in self.gone else text_of(id)

    def without_gone(self, rows: Iterable[R], *columns: str) -> list[R]:
        """Rows of which nothing that they belong to stayed out."""
        return [row for row in rows if not self.gone & {getattr(row, name) for name in columns}]

    def basis(self, batch_id: UUID | None) -> int | None:
        return None if batch_id is None else self.bases.get(batch_id)


def _readable(rows: Sequence[R], values: Sequence[Any], left: Left) -> Iterator[tuple[R, Any]]:
    """Those that open. What is erased or closed is counted; what does not open otherwise is a fault: no export."""
    for row, value in zip(rows, values, strict=True):
        if not isinstance(value, Unreadable):
            yield row, value
        elif value.why in STAYS:
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


def silent(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Of these reports, those of which nobody who told wants to be kept: nothing of what they told leaves.

    Where all who told were erased, the erasure has settled what became of it.
    """
    tellers = _parts(work, ReportPart.report_id, ids, ReportPart.kind == PartKind.TELLER)
    staying = staying_out(work, {person for part in tellers if (person := part.person_id) is not None})
    told: dict[UUID, set[str]] = {}
    for part in tellers:
        why = staying.get(part.person_id, "") if part.person_id is not None else ""
        told.setdefault(part.report_id, set()).add(why)
    return {report for report, whys in told.items() if "" not in whys and whys != {ERASED}}


def told_together(work: Work, ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Of these reports, those that somebody told who does not want to be kept, with others who do: these others.

    It cannot be told apart whose word is whose; where the one was erased, the erasure has settled it.
    """
    tellers = _parts(work, ReportPart.report_id, ids, ReportPart.kind == PartKind.TELLER)
    staying = staying_out(work, {person for part in tellers if (person := part.person_id) is not None})
    told: dict[UUID, set[UUID]] = {}
    for part in tellers:
        if part.person_id is not None:
            told.setdefault(part.report_id, set()).add(part.person_id)
    hushed = {id for id, why in staying.items() if why != ERASED}
    return {
        report: all_ - staying.keys()
        for report, all_ in told.items()
        if all_ & hushed and all_ - staying.keys()
    }


def of_the_others(document: Row, keys: Collection[str], left: Left) -> Row:
    """What goes of a report that was told together with these: what those who stay were in themselves.

    Accounts, facts of the whole and doers that both told stay out, and are counted.
    """
    tellers = {each["key"] for each in document.get("persons", []) if each.get("teller")} - {*keys}
    links = document.get("involvements")
    lived = {each["act"] for each in links if each["person"] in tellers} if links else None
    acts = [act for act in document.get("acts", []) if lived is None or act.get("key") in lived]
    dropped = len(document.get("acts", [])) - len(acts) + sum(bool(document.get(name)) for name in SHARED)
    left["told_together"] += dropped
    kept = {name: value for name, value in document.items() if name not in SHARED}
    known = {act.get("key") for act in acts}
    if "acts" in kept:
        kept["acts"] = acts
    if links:
        kept["involvements"] = [each for each in links if each["act"] in known]
    return kept


def only_told_by_silent(work: Work, ids: Iterable[UUID], left: Left) -> dict[UUID, str]:
    """Of these people, whoever is known from reports alone that do not leave, and did not agree to be kept."""
    reports: dict[UUID, set[UUID]] = {}
    for part in _parts(work, ReportPart.person_id, ids):
        if part.person_id is not None:
            reports.setdefault(part.person_id, set()).add(part.report_id)
    hushed = [id for id, told in reports.items() if told <= left.gone]
    people = rows_of(work, Person, Person.id.in_(hushed)) if hushed else []
    answers = consent.permits_all(work, people, Purpose.RECORD) if people else {}
    return {id: WITHDRAWN for id in hushed if not isinstance(answers.get(id), consent.Permit)}


def _parts(work: Work, column: Any, ids: Iterable[UUID], *where: Any) -> list[ReportPart]:
    wanted = list(dict.fromkeys(ids))
    starts = range(0, len(wanted), own.ROWS)
    return [
        part
        for start in starts
        for part in rows_of(work, ReportPart, column.in_(wanted[start : start + own.ROWS]), *where)
    ]


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
        found |= dict.fromkeys(_erased(work, [person for person in people if person.id in found]), ERASED)
        for stop in rows_of(work, Withdrawal, Withdrawal.person_id.in_(some)):
            if not stop.purposes or Purpose.RECORD in stop.purposes:
                found.setdefault(stop.person_id, WITHDRAWN)
    return found


def _erased(work: Work, people: Sequence[Person]) -> list[UUID]:
    """Of these, whose key is gone: what they took back before stands behind that."""
    values = work.read_all(people, "facts", "export")
    gone = (isinstance(value, Unreadable) and value.why == ERASED for value in values)
    return [person.id for person, is_gone in zip(people, gone, strict=True) if is_gone]
