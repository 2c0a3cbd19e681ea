"""What stands elsewhere and holds the whole name of somebody: each is opened, and let go of where it is not there."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, select, type_coerce

from incidents.erasure.called import WHY, Called
from incidents.erasure.reach import Held, by_compartment, held
from incidents.erasure.texts import Texts
from incidents.model.base import Record
from incidents.model.consent import Basis, ConsentEvent
from incidents.model.duplicate import DuplicateDecision
from incidents.model.edit import Edit
from incidents.model.erasure import Erasure, ErasureProposal
from incidents.model.evidence import Evidence
from incidents.model.follow_up import Intervention, Task
from incidents.model.incident import Incident, Perpetrator, Source
from incidents.model.people import Person
from incidents.model.quote import Quote
from incidents.model.rearrangement import Rearrangement
from incidents.model.release import Release
from incidents.model.report import ReportPart
from incidents.model.review import Judgment, KeptContradiction, Review
from incidents.model.sharing import Sharing
from incidents.model.talk import Answer, Comment, Question
from incidents.model.tree import HierarchyVersion
from incidents.model.wording import Wording
from incidents.search import words
from incidents.work import Unreadable, Work

CHUNK = 5_000  # rows that are read at once
NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
# What is a thing of its own is scanned; a column that may be empty is scanned by itself.
SCANNED: tuple[tuple[type[Record], tuple[str, ...]], ...] = (
    (Incident, ("narrative", "summary")),
    (ReportPart, ("content",)),
    (Person, ("name", "other_names", "address", "documents", "contact", "exact_place")),
    (Person, ("safe_contact",)),
    (Basis, ("facts",)),
    (Erasure, ("decision",)),
    (ErasureProposal, ("words",)),
    (Question, ("words",)),
    (Answer, ("words",)),
    (Quote, ("desk",)),
    (Quote, ("facts",)),
    (Wording, ("texts",)),
    (HierarchyVersion, ("why",)),
)
# What lies under the key of another thing is opened as it is read on a page.
OPENED: tuple[tuple[type[Record], str], ...] = (
    (ConsentEvent, "names"),
    (Edit, "words"),
    (Edit, "reasons"),
    (Perpetrator, "name"),
    (Comment, "words"),
    (DuplicateDecision, "reasons"),
    (Evidence, "description"),
    (Intervention, "notes"),
    (Judgment, "reasons"),
    (KeptContradiction, "reasons"),
    (Rearrangement, "reasons"),
    (Release, "recalled_why"),
    (Review, "reasons"),
    (Sharing, "recalled_why"),
    (Source, "citation"),
    (Task, "notes"),
)


def naming(work: Work, name: Called, known: Collection[tuple[UUID, str]]) -> list[Held]:
    """Texts of others that hold the whole name. `known`: rows with their compartments that were looked at already."""
    if not name.phones and not any(len(each) > 1 for each in name.names):
        return []
    found = {(kind, id) for kind, columns in SCANNED for id in _scanned(work, kind, columns, name)}
    rows = [work.get(kind, id) for kind, id in sorted(found, key=lambda each: each[1])]
    for kind, column in OPENED:
        rows += _opened(work, kind, column, name)
    return [each for each in held(rows) if each.place not in known and _holds(work, each, name)]


def _holds(work: Work, each: Held, name: Called) -> bool:
    """Whether it is this one of the texts of its row."""
    if len(by_compartment(each.row.__tablename__)) == 1:
        return True
    said = Texts()
    for column in each.columns:
        _add(said, each.row.__tablename__, column, work.vault.view(each.row, column))
    return name.in_texts_whole(said)


def _scanned(work: Work, kind: type[Record], columns: Sequence[str], name: Called) -> Iterator[UUID]:
    sealed = [getattr(kind, column) for column in columns]
    seals = [type_coerce(column, LargeBinary) for column in sealed]
    query = select(kind.id, *seals).where(*(column.is_not(None) for column in sealed))
    query, last = query.order_by(kind.id).limit(CHUNK), UUID(int=0)
    while stored := [tuple(row) for row in work.db.execute(query.where(kind.id > last))]:
        last = stored[-1][0]
        for row, values in zip(stored, work.scan(kind, columns, stored, WHY, _sieve(name)), strict=True):
            said = Texts()
            for column, value in zip(columns, values, strict=True):
                _add(said, kind.__tablename__, column, value)
            if name.in_texts_whole(said):
                yield row[0]


def _opened(work: Work, kind: type[Record], column: str, name: Called) -> list[Record]:
    query, last = select(kind).where(getattr(kind, column).is_not(None)), UUID(int=0)
    query, found = query.order_by(kind.id).limit(CHUNK), list[Record]()
    while rows := list(work.db.scalars(query.where(kind.id > last))):
        last = rows[-1].id
        for row, value in zip(rows, work.read_all(rows, column, WHY), strict=True):
            said = Texts()
            _add(said, kind.__tablename__, column, value)
            if name.in_texts_whole(said):
                found.append(row)
    return found


def _add(said: Texts, table: str, column: str, value: Any) -> None:
    if value is not None and not isinstance(value, Unreadable):
        said.add(table, column, value)


def _sieve(name: Called) -> Callable[[bytes], bool]:
    """Whether it is worth reading: what is not cannot hold the name."""
    sieves = [words.sieve(sorted(each)) for each in name.names if len(each) > 1]
    phones = [phone.encode() for phone in name.phones]

    def worth(json: bytes) -> bool:
        digits = json.translate(None, NO_DIGITS) if phones else b""
        return any(phone in digits for phone in phones) or any(sieve(json) for sieve in sieves)

    return worth
