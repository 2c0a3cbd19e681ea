"""Codes as they stand in the records: opened, counted and let go. What a list does not have any more is named.

The schema of a report says in which field codes of which list stand; records hold the same fields.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields
from sqlalchemy import func, select

from incidents.intake.schema import (
    ActSchema,
    Answer,
    InterviewSchema,
    InvolvementSchema,
    PerpetratorSchema,
    PersonFactsSchema,
    ReportSchema,
    SourceSchema,
    Value,
    WhatSchema,
    answers,
)
from incidents.model import place
from incidents.model.base import Record
from incidents.model.follow_up import Intervention, Task
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.moment import Moment
from incidents.model.people import Involvement, Person
from incidents.model.report import Interview, ReportPart
from incidents.model.vocabulary import lists
from incidents.search import told
from incidents.work import Permission, Unreadable, Work

CHUNK = 1_000  # records that are opened together
WHY = "vocabulary"  # the reason that is noted
READS = frozenset({Permission.INCIDENT_READ, Permission.RELEASE_PREPARE})  # whoever reads facts in bulk
Place = tuple[str, str]  # a list and a code
Found = Counter[Place]


class _InterventionSchema(Schema):
    kind = fields.String(validate=Answer("intervention"))
    by = fields.String(validate=Answer("intervention_by"))
    status = fields.String(validate=Answer("intervention_status"))


class _TaskSchema(Schema):
    kind = fields.String(validate=Answer("task"))
    outcome = fields.String(validate=Answer("task_outcome"))


class _IncidentSchema(WhatSchema):
    interview = fields.Nested(InterviewSchema)


class _PartSchema(ReportSchema):
    """A part of a report: the rest, or one person of it."""

    person = fields.Nested(ReportSchema().fields["persons"].inner.schema)  # type: ignore[attr-defined]


KINDS: tuple[tuple[type[Record], type[Schema]], ...] = (
    (Incident, _IncidentSchema),
    (Act, ActSchema),
    (Person, PersonFactsSchema),
    (Involvement, InvolvementSchema),
    (Perpetrator, PerpetratorSchema),
    (Source, SourceSchema),
    (Interview, InterviewSchema),
    (Intervention, _InterventionSchema),
    (Task, _TaskSchema),
)


@dataclass
class Used:
    """What the records hold: how often each code stands in them, and what could not be looked at."""

    codes: Found = field(default_factory=Counter)
    records: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)  # why → how many

    @property
    def missing(self) -> list[tuple[str, str, int]]:
        """Codes that their list does not have, with how many records hold them."""
        return self._those(lambda name, code: code not in _known(name))

    @property
    def retired(self) -> list[tuple[str, str, int]]:
        """Codes that are offered no more; what holds them keeps them."""
        return self._those(
            lambda name, code: (found := lists().get(name, {}).get(code)) is not None and found.retired
        )

    def _those(self, wanted: Callable[[str, str], bool]) -> list[tuple[str, str, int]]:
        return sorted((name, code, times) for (name, code), times in self.codes.items() if wanted(name, code))


def used(work: Work, said: Callable[[int, int], None] = lambda _done, _total: None) -> Used:
    """Open the facts of every record, and the reports that are not taken in where the member may read them."""
    work.actor.must_any(READS)
    kinds = [(kind, schema()) for kind, schema in KINDS]
    reads = work.actor.may(Permission.REPORT_TAKE_IN)
    total = sum(work.db.scalar(select(func.count()).select_from(kind)) or 0 for kind, _schema in kinds)
    total += told.count(work) if reads else 0
    found = Used()
    for kind, schema in kinds:
        for documents in _all(work, kind, "facts", select(kind)):
            _count(found, schema, documents)
            said(found.records, total)
    if reads:
        waiting = select(ReportPart).where(ReportPart.id.in_(told.waiting(ReportPart.id)))
        for documents in _all(work, ReportPart, "content", waiting):
            _count(found, _PartSchema(), documents)
            said(found.records, total)
    return found


def _all(work: Work, kind: type[Record], column: str, query: Any) -> Iterator[Sequence[Any]]:
    """A sealed column of all rows of a kind, some at a time; the keys of each some are let go with them."""
    last = UUID(int=0)
    while rows := list(work.db.scalars(query.where(kind.id > last).order_by(kind.id).limit(CHUNK))):
        last = rows[-1].id
        yield work.read_all(rows, column, why=WHY)


def _count(found: Used, schema: Schema, documents: Sequence[Any]) -> None:
    for document in documents:
        found.records += 1
        if isinstance(document, Unreadable):
            found.unreadable[document.why] += 1
        elif isinstance(document, dict):
            found.codes.update(set(codes_in(schema, document)))  # once a record


# -- where codes stand


def codes_in(schema: Schema, document: Mapping[str, Any]) -> Iterator[Place]:
    """Every code of a document, with the list that it is of."""
    for name, one in schema.fields.items():
        if document.get(name) not in (None, "", [], {}):
            yield from _codes(name, one, document[name])


def _codes(name: str, one: Any, value: Any) -> Iterator[Place]:
    match one:
        case fields.Nested():
            yield from codes_in(one.schema, value) if isinstance(value, dict) else ()
        case fields.List():
            for each in value if isinstance(value, list) else ():
                yield from _codes(name, one.inner, each)
        case Value(kind=kind):
            yield from _of_value(kind, value) if isinstance(value, dict) else ()
        case _ if name == "nationality":
            yield name, value
        case _:
            yield from ((check.vocabulary, value) for check in one.validators if isinstance(check, Answer))


def _of_value(kind: type, value: Mapping[str, Any]) -> Iterator[Place]:
    """A moment has a precision; a place has codes of places, a kind and a precision."""
    if kind is Moment:
        listed = {"precision": "date_precision"}
    else:
        listed = {
            "country": "country",
            "state": "state",
            "type": "location_type",
            "precision": "place_precision",
        }
    yield from ((name, value[key]) for key, name in listed.items() if value.get(key))


def _known(name: str) -> AbstractSet[str]:
    if name == "country":
        return answers("no_answer") | place.countries().keys()
    if name == "state":
        return answers("no_answer") | place.states().keys()
    if name == "nationality":
        return answers(name) | place.countries().keys()
    return answers(name)
