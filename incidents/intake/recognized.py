"""What of an export is here already, and what would become of each of its records.

What is here stays as it is, and whoever was erased here does not come back.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import null, select

from incidents import translations
from incidents.errors import InvalidInput, Problem, _
from incidents.intake.judging import NEW, REFUSED, UNCHANGED, Line, in_words, tongue
from incidents.intake.own import Entry, NotARecord, id_here, without
from incidents.intake.report import must_be_kept
from incidents.model.base import Record
from incidents.model.erasure import Erasure
from incidents.model.incident import Incident, IncidentLink
from incidents.model.people import Person, Presence
from incidents.model.rearrangement import Rearrangement
from incidents.model.report import Report, ReportPart
from incidents.translations import Say
from incidents.work import Work

HERE = _("It is here already and stays as it is.")
ERASED = _("It was erased here and does not come back.")
WAITS = _("Its incident was here before, so it waits in the inbox.")
ERASED_PEOPLE = _("Left out, because they were erased here: %(count)s.")
SOME = 1000  # ids asked for at once
KINDS: dict[str, type[Record]] = {
    "report": Report,
    "incident": Incident,
    "person": Person,
    "arrangement": Rearrangement,
    "link": IncidentLink,
}


@dataclass(frozen=True)
class Known:
    """What of a chunk is here: id here → the import that brought it; and who or what was erased."""

    there: dict[UUID, UUID | None]
    erased: set[UUID]
    language: str = ""  # of whoever imports

    @property
    def say(self) -> Say:
        return translations.into(self.language)

    def was_erased(self, id: UUID) -> bool:
        return id in self.erased or id_here(id) in self.erased


# -- what would become of each


def judged(work: Work, chunk: Sequence[Entry], ours: frozenset[UUID]) -> list[Line]:
    """What becomes of each record of a chunk. `ours` is the import that asks: what it brought is still new."""
    known = known_of(work, chunk)
    return [judged_one(entry, known, ours) for entry in chunk]


def judged_one(entry: Entry, known: Known, ours: frozenset[UUID]) -> Line:
    place = str(entry.number)
    if entry.problem is not None:
        return Line(place, REFUSED, _why(entry.problem, known))
    if known.was_erased(entry.id):
        return Line(place, REFUSED, known.say(ERASED))
    new = id_here(entry.id)
    if entry.id in known.there or (new in known.there and known.there[new] not in ours):
        return Line(place, UNCHANGED, known.say(HERE))
    try:
        _must_hold(entry, known)
    except Problem as problem:
        return Line(place, REFUSED, _why(problem, known))
    return Line(place, NEW, _notes(entry, known, ours))


def _why(problem: Problem, known: Known) -> str:
    return in_words(problem, known.language) if isinstance(problem, InvalidInput) else problem.said(known.say)


def _must_hold(entry: Entry, known: Known) -> None:
    """Nobody comes in who said no to being written down; a report names an id for each of its people."""
    if entry.kind == "report":
        must_be_kept(document_of(entry, known))
        if {person["key"] for person in entry.value["document"].get("persons", [])} != entry.value[
            "people"
        ].keys():
            raise NotARecord


def document_of(entry: Entry, known: Known) -> dict[str, Any]:
    """As it was told, without whoever was erased here since."""
    return without(entry.value["document"], _erased_keys(entry, known))


def _erased_keys(entry: Entry, known: Known) -> set[str]:
    return {key for key, id in entry.value.get("people", {}).items() if known.was_erased(id)}


def _notes(entry: Entry, known: Known, ours: frozenset[UUID]) -> str:
    erased = len(_erased_keys(entry, known))
    said = [known.say(ERASED_PEOPLE) % {"count": erased}] if erased else []
    return " ".join([*said, *([known.say(WAITS)] if waits(entry, known, ours) else [])])


def waits(entry: Entry, known: Known, ours: frozenset[UUID]) -> bool:
    """A report whose incident somebody brought before: its place there is a reviewer's to decide."""
    incidents = entry.value.get("incidents", ()) if entry.kind == "report" else ()
    return any(
        id in known.there or (id_here(id) in known.there and known.there[id_here(id)] not in ours)
        for id in incidents
    )


def known_of(work: Work, chunk: Sequence[Entry]) -> Known:
    held = [entry for entry in chunk if entry.problem is None]
    there: dict[UUID, UUID | None] = {}
    for kind, record in KINDS.items():
        ids = [entry.id for entry in held if entry.kind == kind]
        there |= brought(work, record, _both(ids))
    linked = [id for entry in held if entry.kind == "report" for id in entry.value.get("incidents", ())]
    there |= brought(work, Incident, _both(linked))
    told = [id for entry in held for id in entry.value.get("people", {}).values()]
    subjects = _both([*(entry.id for entry in held), *told])
    erased = some_of(work, subjects, lambda some: select(Erasure.subject).where(Erasure.subject.in_(some)))
    return Known(there, {row[0] for row in erased}, tongue(work))


def _both(ids: Iterable[UUID]) -> list[UUID]:
    """As they were in the file's own house, and as they are called here."""
    return [each for id in ids for each in (id, id_here(id))]


def some_of(work: Work, ids: Iterable[UUID], query: Callable[[list[UUID]], Any]) -> Iterator[Any]:
    """The rows that a query finds for these ids, however many they are."""
    rest = iter(dict.fromkeys(ids))
    while some := list(islice(rest, SOME)):
        yield from work.db.execute(query(some))


def brought(work: Work, kind: type[Record], ids: Iterable[UUID]) -> dict[UUID, UUID | None]:
    """Those of these records that are here, each with the import that brought it."""
    found: dict[UUID, UUID | None] = {}
    for query in _BROUGHT[kind]:
        found |= {row[0]: row[1] for row in some_of(work, ids, query)}
    return found


def _here(kind: type[Record]) -> Callable[[list[UUID]], Any]:
    return lambda some: select(kind.id, null()).where(kind.id.in_(some))


def _told(some: list[UUID]) -> Any:
    """People, by the report that tells of them."""
    query = select(ReportPart.person_id, Report.batch_id).join(Report, Report.id == ReportPart.report_id)
    return query.join(Person, Person.id == ReportPart.person_id).where(ReportPart.person_id.in_(some))


def _added(some: list[UUID]) -> Any:
    """People who were added to an incident."""
    query = select(Presence.person_id, Incident.batch_id).join(Incident, Incident.id == Presence.incident_id)
    return query.where(Presence.person_id.in_(some))


def _joined(some: list[UUID]) -> Any:
    query = select(Rearrangement.id, Incident.batch_id)
    return query.join(Incident, Incident.id == Rearrangement.kept_id).where(Rearrangement.id.in_(some))


def _same(some: list[UUID]) -> Any:
    query = select(Rearrangement.id, Report.batch_id).join(
        ReportPart, ReportPart.person_id == Rearrangement.kept_id
    )
    return query.join(Report, Report.id == ReportPart.report_id).where(Rearrangement.id.in_(some))


def _between(some: list[UUID]) -> Any:
    query = select(IncidentLink.id, Incident.batch_id)
    return query.join(Incident, Incident.id == IncidentLink.incident_id).where(IncidentLink.id.in_(some))


_BROUGHT: dict[type[Record], tuple[Callable[[list[UUID]], Any], ...]] = {
    Report: (lambda some: select(Report.id, Report.batch_id).where(Report.id.in_(some)),),
    Incident: (lambda some: select(Incident.id, Incident.batch_id).where(Incident.id.in_(some)),),
    Person: (_here(Person), _told, _added),
    Rearrangement: (_here(Rearrangement), _joined, _same),
    IncidentLink: (_between,),
}
