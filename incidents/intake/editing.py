"""Editing what was taken in: one record at a time, each time with a reason.

Who edits what an act rests on never verifies it, and what was verified is looked at anew. The reason is sealed with
the record's own keys, beside what changed (see model/edit.py); every earlier version stays readable. A report is never
edited: what was told stays as it was told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import select

from incidents import opening
from incidents.errors import Conflict, InvalidInput, NotFound, ReasonsNeeded, Unopened, _
from incidents.intake import schema, telling
from incidents.intake.changing import differing, look_again, opened
from incidents.intake.leaves import TOO_LONG
from incidents.model.audit import RecordDigest, first_digest
from incidents.model.base import Record
from incidents.model.edit import Edit, EditKind
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person
from incidents.model.rearrangement import Arrangement
from incidents.model.review import KeptContradiction
from incidents.search import incident as seen_incident
from incidents.search import kept, person, refile, together
from incidents.work import Permission, Unreadable, Work

SHORTEST_REASON = 12  # characters: a sentence, not a nod
LONGEST_WORDS = {"summary": 20_000, "narrative": schema.LONGEST}
CORRECTION = "correction"  # why a name is opened that is about to be corrected
NO_FIELD = "Unknown field."  # as marshmallow says it
NO_PART = _("Say what part they played in it.")
Coded: TypeAlias = Incident | Act | Person | Involvement | Perpetrator | Source

KINDS: dict[str, type[Any]] = {
    kind.__tablename__: kind for kind in (Act, Incident, Involvement, Perpetrator, Person, Source)
}
SCHEMAS: dict[type[Any], schema.Strict] = {
    Act: schema.ActSchema(exclude=("key",)),
    Incident: schema.WhatSchema(),
    Involvement: schema.InvolvementSchema(exclude=("person", "act")),
    Perpetrator: schema.PerpetratorSchema(exclude=("name",)),
    Person: schema.PersonFactsSchema(),
    Source: schema.SourceSchema(only=("type", "relation")),  # how it is graded is weighed: review/weighing.py
}
# What stays as it is where nothing is said of it: no form asks for it.
STAYS: dict[type[Any], tuple[str, ...]] = {
    Act: ("labels",),
    Incident: ("interview", "labels"),
    Source: ("first_hand", "origin", "reliability"),
}
WORDS: dict[type[Any], tuple[str, ...]] = {
    Incident: ("summary", "narrative")
}  # sealed texts that belong to the record, beside its facts
BESIDE: dict[type[Any], tuple[str, ...]] = {**WORDS, Person: telling.CLEAR}
NAMES = (*IDENTITY_FIELDS, "safe_contact")
Named: TypeAlias = Person | Perpetrator | Source
# What is closed in a record until somebody says why, and is corrected one field at a time.
CLOSED: dict[type[Any], tuple[str, ...]] = {Person: NAMES, Perpetrator: ("name",), Source: ("citation",)}


# -- what may be edited


def one(work: Work, about: str, id: UUID) -> Any:
    """A record that counts, in an incident that may be read."""
    work.actor.must(Permission.REVIEW_DECIDE)
    if about not in KINDS:
        raise NotFound
    record = work.get(KINDS[about], id)
    incidents_of(work, record)
    must_count(record)
    return record


def found(work: Work, id: UUID) -> Any:
    """The record of this id, whatever kind it is; also one that counts no more."""
    work.actor.must(Permission.REVIEW_DECIDE)
    rows = (work.db.get(kind, id) for kind in KINDS.values())
    record = next((row for row in rows if row is not None), None)
    if record is None:
        raise NotFound
    incidents_of(work, record)
    return record


def must_count(record: Coded) -> None:
    if getattr(record, "left_on", None) is not None:
        raise NotFound


def incidents_of(work: Work, record: Coded) -> list[Incident]:
    """Where it is read; NotFound where nobody may read it yet."""
    if isinstance(record, Person):
        return person(work, record.id)[1]
    if isinstance(record, Involvement):
        return [seen_incident(work, work.get(Act, record.act_id).incident_id)]
    return [seen_incident(work, record.id if isinstance(record, Incident) else record.incident_id)]


def read(work: Work, record: Coded) -> dict[str, Any]:
    """What stands in it now, by column: the coded facts, and what is written beside them, of a person in clear."""
    said = {name: opened(work, record, name) for name in ("facts", *WORDS.get(type(record), ()))}
    return said | telling.of(record)


def must(work: Work, record: Coded, version: int, reasons: str) -> str:
    """Refuse whoever may not, a page that is stale, a record that is gone, and a nod in the place of a reason."""
    work.actor.must(Permission.REVIEW_DECIDE)
    incidents_of(work, record)
    if record.version != version:
        raise Conflict(version=record.version)
    return reasons_of(reasons)


def reasons_of(reasons: str) -> str:
    if len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded
    return reasons.strip()


def valid(kind: type[Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of one record, checked as those of a report are."""
    try:
        said: dict[str, Any] = SCHEMAS[kind].load(schema.emptied(dict(facts)))
    except ValidationError as error:
        raise InvalidInput(schema.flat(error.messages)) from None
    if kind is Involvement and not said.get("part"):
        raise InvalidInput({"part": [NO_PART]})
    return said


# -- the deed


def edit(
    work: Work,
    record: Coded,
    version: int,
    facts: Mapping[str, Any],
    reasons: str,
    words: Mapping[str, Any] | None = None,
    *,
    restored: int | None = None,
) -> list[Act]:
    """The coded facts of one record, and what is given of what stands beside; which acts go back to be verified.

    `version` is the one that was looked at: Conflict, where somebody changed it since.
    """
    reasons = must(work, record, version, reasons)
    must_count(record)
    before = read(work, record)
    unasked = _unasked(record, restored)
    stays = {name: before["facts"][name] for name in unasked if name in before["facts"]}
    taken = {name for name in stays if name in facts and facts[name] is None}
    if wrong := taken - {"labels"}:
        raise InvalidInput({name: [NO_FIELD] for name in sorted(wrong)})
    stays = {name: said for name, said in stays.items() if name not in taken}
    given = {n: said for n, said in facts.items() if n not in stays or said != stays[n]}
    beside = _checked(record, words or {})
    given = telling.fitting(record, beside, given)
    after = {**before, **beside, "facts": stays | valid(type(record), given)}
    names = between(before, after)
    if not names:
        return []
    work.vouched([record])
    changed = {column: said for column, said in after.items() if said != before[column]}
    work.seal(record, **{column: said for column, said in changed.items() if column not in telling.CLEAR})
    if isinstance(record, Person):
        telling.put(work, record, after)
    kind = EditKind.CHANGED if restored is None else EditKind.RESTORED
    written(work, record, kind, reasons, names, restored=restored)
    return settle(work, record, everywhere=not changed.keys().isdisjoint(telling.CLEAR))


def _checked(record: Coded, words: Mapping[str, Any]) -> dict[str, Any]:
    wrong = {name: [NO_FIELD] for name in words if name not in BESIDE.get(type(record), ())}
    if isinstance(record, Person) and not wrong:
        return telling.checked(record, words)
    long = {n: [TOO_LONG] for n, text in words.items() if text and len(text) > LONGEST_WORDS.get(n, 0)}
    if wrong or long:
        raise InvalidInput(long | wrong)
    return {name: text if text and text.strip() else None for name, text in words.items()}


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of what differs: fields of the facts by their path, and the words beside them."""
    beside = [
        name for name in after if name != "facts" and (after[name] or None) != (before.get(name) or None)
    ]
    coded = differing(before.get("facts") or {}, after.get("facts") or {})
    return [*(".".join(path) for path in coded), *beside]


def written(
    work: Work,
    record: Record,
    kind: EditKind,
    reasons: str,
    names: Iterable[str] = (),
    *,
    restored: int | None = None,
    named: bool = False,
) -> Edit:
    """Who did what to which record, and why. `named`: the reason is about a name, and is sealed as names are."""
    new = kind is EditKind.ADDED
    row = Edit(
        under_id=record.thing_id,
        about=record.__tablename__,
        record_id=record.id,
        kind=kind,
        from_version=None if new else record.version,
        to_version=1 if new else record.version + 1,
        restored=restored,
        edited_by=work.actor.id,
        edited_on=work.today,
    )
    work.seal(row, facts={"fields": list(names)}, **{"words" if named else "reasons": reasons})
    work.add(row)
    work.note(EVENTS[kind], record)
    return row


EVENTS = {
    EditKind.ADDED: "record.added",
    EditKind.BROUGHT_BACK: "record.brought-back",
    EditKind.CHANGED: "record.edited",
    EditKind.RESTORED: "record.restored",
    EditKind.TAKEN_OUT: "record.taken-out",
}


# -- what rests on it


def settle(work: Work, record: Coded, *, everywhere: bool = False) -> list[Act]:
    """What follows from a change of a record: acts to be looked at anew, contradictions, the filters of the lists.

    `everywhere`: every act of its incidents, for all lean on it.
    """
    acts = resting_on(work, record)
    if everywhere:
        acts = list(
            {act.id: act for act in (*acts, *telling.acts_of(work, incidents_of(work, record)))}.values()
        )
    work.vouched([act for act in acts if act is not record])  # that one changed just now
    again = look_again(work, acts, [str(work.actor.id)])
    incidents = [each.id for each in incidents_of(work, record)]
    _let_go(work, record, {*incidents, *(act.incident_id for act in acts)})
    refile(work, *incidents)
    return again


def resting_on(work: Work, record: Coded) -> list[Act]:
    """Every act that may be verified on these facts, also one that left: undone, it counts again as it stood."""
    if isinstance(record, Act):
        return [record]
    if isinstance(record, Involvement):
        return [work.get(Act, record.act_id)]
    query = select(Act)
    if isinstance(record, Person):
        same = together(work, [kept(work, record.id, Arrangement.SAME_PERSON)], Arrangement.SAME_PERSON)
        query = query.join(Involvement, Involvement.act_id == Act.id).where(Involvement.person_id.in_(same))
    elif isinstance(record, Source):
        query = query.join(Information, Information.act_id == Act.id).where(
            Information.source_id == record.id
        )
    else:
        id = record.id if isinstance(record, Incident) else record.incident_id
        query = query.where(Act.incident_id.in_(together(work, [kept(work, id)])))
    return list({act.id: act for act in work.db.scalars(query)}.values())


# Rules that look at several records: whichever of them changes, it was let stand as it read then.
ASKS_TOO: dict[type[Any], str] = {
    Act: "hearing_after_incident", Involvement: "group_and_members", Person: "group_and_members",
}  # fmt: skip


def _let_go(work: Work, record: Coded, incidents: set[UUID]) -> None:
    """A contradiction that was kept on purpose is weighed anew where what it is about changed."""
    query = select(KeptContradiction).where(
        KeptContradiction.undone_on.is_(None), KeptContradiction.incident_id.in_(together(work, incidents))
    )
    if not isinstance(record, Incident):
        about = KeptContradiction.about_id == record.id
        query = query.where(about | (KeptContradiction.rule == ASKS_TOO.get(type(record), "")))
    for row in work.db.scalars(query):
        row.undone_on = work.today
        work.note("contradiction.let-go", row, rule=row.rule)


# -- names


def name_of(work: Work, record: Named, name: str) -> Any:
    """One closed field, opened to be corrected; or `opening.ASKED`, where a colleague must say yes first."""
    work.actor.must(Permission.REVIEW_DECIDE)
    incidents_of(work, record)
    if name not in CLOSED.get(type(record), ()):
        raise NotFound
    return _open(work, record, name)


def _open(work: Work, record: Named, name: str) -> Any:
    if isinstance(record, Person):
        return opening.field(work, record, name, CORRECTION)
    return opening.beside(work, record, name, CORRECTION)


def correct(work: Work, record: Named, version: int, name: str, value: Any, reasons: str) -> Any:
    """One closed field anew: what stood there stays as an earlier version. No act rests on a name or a reference.

    `opening.ASKED`, where a colleague must say yes first: nothing is changed yet.
    """
    reasons = must(work, record, version, reasons)
    before = name_of(work, record, name)
    if isinstance(before, (opening.Asked, Unreadable)):
        return before
    after = _name(type(record), name, value)
    if after != before:
        work.vouched([record])
        work.seal(record, **{name: after})
        written(work, record, EditKind.CHANGED, reasons, [name], named=True)
    return after


NAME_SCHEMAS: dict[type[Any], type[schema.Strict]] = {
    Perpetrator: schema.PerpetratorSchema, Person: schema.IdentitySchema, Source: schema.SourceSchema,
}  # fmt: skip


def _name(of: type[Any], name: str, value: Any) -> Any:
    kind = schema.SafeContactSchema() if name == "safe_contact" else NAME_SCHEMAS[of](only=(name,))
    try:
        said = kind.load(schema.emptied(value if name == "safe_contact" else {name: value}))
    except ValidationError as error:
        raise InvalidInput(schema.flat(error.messages)) from None
    return (said or None) if name == "safe_contact" else said.get(name)


def named(work: Work, row: Edit) -> Any:
    """What one edit made of a name: the field, before, after, and why. Opened as the name itself is, or `ASKED`."""
    record: Named = record_of(work, row)
    fields = work.read_all([row], "facts")[0]
    if isinstance(fields, Unreadable):
        raise Unopened
    (name,) = fields["fields"]
    now = _open(work, record, name)
    if isinstance(now, opening.Asked):
        return now
    past = (work.earlier(record, version) for version in (row.from_version or 0, row.to_version))
    before, after = (work.read_all([each], name, CORRECTION)[0] for each in past)
    return name, before, after, work.read_all([row], "words", CORRECTION)[0]


# -- what was done


@dataclass(frozen=True)
class Done:
    """One edit, the fields it changed, and why; each may be Unreadable. A reason about a name stays closed."""

    edit: Edit
    fields: Any
    reasons: Any


def history(work: Work, ids: Iterable[UUID]) -> list[Done]:
    """Every edit of these records, the latest last, in the order of the trail: a day may hold several."""
    work.actor.must(Permission.INCIDENT_READ)
    query = select(Edit).join(RecordDigest, first_digest(Edit))
    query = query.where(Edit.record_id.in_(list(ids)))
    rows = list(work.db.scalars(query.order_by(RecordDigest.block, RecordDigest.position)))
    named = _by_column(work, rows, "facts")
    reasons = _by_column(work, [row for row in rows if row.reasons is not None], "reasons")
    return [Done(row, _fields(named[row.id]), reasons.get(row.id)) for row in rows]


def _by_column(work: Work, rows: list[Edit], column: str) -> dict[UUID, Any]:
    return dict(zip((row.id for row in rows), work.read_all(rows, column), strict=True))


def _fields(said: Any) -> Any:
    return said if isinstance(said, Unreadable) else said["fields"]


def record_of(work: Work, row: Edit) -> Any:
    return work.get(KINDS[row.about], row.record_id)


def done(work: Work, id: UUID) -> Done:
    """One edit of a record that may be read."""
    row = work.get(Edit, id)
    incidents_of(work, record_of(work, row))
    return next(each for each in history(work, [row.record_id]) if each.edit.id == id)


def sides(work: Work, row: Edit) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record before an edit and after it, by column; each value may be Unreadable."""
    record = record_of(work, row)
    return tuple(  # type: ignore[return-value]  # two of them
        {} if version is None else as_it_was(work, record, version)
        for version in (row.from_version, row.to_version)
    )


def as_it_was(work: Work, record: Coded, version: int) -> dict[str, Any]:
    """What stood in a record at a version, by column, as the trail knows it; each value may be Unreadable."""
    past = work.earlier(record, version)
    said = {name: work.read_all([past], name)[0] for name in ("facts", *WORDS.get(type(record), ()))}
    return said if isinstance(said["facts"], Unreadable) else said | telling.of(past)


def restore(work: Work, record: Coded, version: int, of: int, reasons: str) -> list[Act]:
    """The record reads as an earlier version did. That is one more edit: nothing is undone."""
    facts, words = _past(work, record, of)
    return edit(work, record, version, facts, reasons, words, restored=of)


def ahead(work: Work, record: Coded, of: int) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """What restoring an earlier version would change, before it is done: the record now, then, and which fields."""
    facts, words = _past(work, record, of)
    now = as_it_was(work, record, record.version)
    if any(isinstance(said, Unreadable) for said in now.values()):
        raise Unopened
    stays = {n: said for n, said in now["facts"].items() if n in _unasked(record, of)}
    then = {**words, "facts": stays | facts}
    return now, then, between(now, then)


def _past(work: Work, record: Coded, of: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an earlier version brings back: its facts, but for those that no edit asks for, and its words."""
    past = as_it_was(work, record, of)
    if any(isinstance(said, Unreadable) for said in past.values()):
        raise Unopened
    facts = {n: said for n, said in past.pop("facts").items() if n not in _unasked(record, of)}
    return facts, past


def _unasked(record: Coded, restored: int | None) -> tuple[str, ...]:
    """What an edit leaves as it is. An earlier version brings its labels back, never how its source is graded."""
    if restored is None or isinstance(record, Source):
        return STAYS.get(type(record), ())
    return ("interview",)
