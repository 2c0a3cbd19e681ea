"""An incident brought from one version of a report to the next: what changed between them changes, and nothing else.

What a reviewer wrote since stays where the versions agree. Whoever and whatever the newer one does not name counts no
more, and is not deleted. What was verified is looked at anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.intake import agreeing, interviews
from incidents.intake.changing import Document, changed, look_again, opened, taken_out
from incidents.intake.report import Told, read_all
from incidents.intake.rows import (
    act_from,
    everyone_in_everything,
    involvement_from,
    perpetrator_from,
    person_from,
    source_from,
    tellers_as_sources,
)
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import PersonKind, ReportState
from incidents.work import Work

KEPT = 0  # instead of the number of an act that its report tells of no more, and that stays all the same


@dataclass
class Change:
    """Two versions of one report, and the incident that tells of it."""

    work: Work
    incident: Incident
    before: Told
    told: Told
    alone: bool  # no other report tells of the incident
    submitters: frozenset[str]  # who stands for what is new: none of them verifies it
    places: Mapping[str, int] | None = (
        None  # of the acts in the newer version, where not all of it was granted
    )
    acts: dict[str, Act] = field(default_factory=dict)  # by their keys in the newer version
    people: dict[UUID, Person] = field(default_factory=dict)
    made: set[str | UUID] = field(
        default_factory=set
    )  # keys of acts and ids of people that were not here before
    coded: bool = False  # something that is verified changed

    @property
    def old(self) -> Document:
        return self.before.document

    @property
    def new(self) -> Document:
        return self.told.document


def update(change: Change, links: Sequence[ReportLink]) -> None:
    """All of it. The caller makes the facets of the incidents anew."""
    work, report = change.work, change.told.report
    _incident(change)
    _acts(change)
    _people(change)
    _involvements(change)
    _perpetrators(change)
    _sources(change)
    _look_again(change)
    for link in links:
        link.undone_on = work.today
        again = ReportLink(
            report_id=report.id,
            incident_id=link.incident_id,
            linked_by=work.actor.id,
            linked_on=work.today,
        )
        work.add(again)
    change.before.report.state, report.state = ReportState.SUPERSEDED, ReportState.TAKEN_IN
    interviews.keep(work, report, change.told.document)


# -- the incident and its acts


def _what(document: Document) -> dict[str, Any]:
    return {**document.get("incident", {}), "interview": document.get("interview", {})}


def _incident(change: Change) -> None:
    work, incident, old, new = change.work, change.incident, change.old, change.new
    if _what(old) != _what(new):
        facts = changed(opened(work, incident), _what(old), _what(new))
        work.seal(incident, facts={"interview": {}, **facts})
        change.coded = True
    words = {name: new.get(name) for name in ("narrative", "summary") if old.get(name) != new.get(name)}
    if words:
        work.seal(incident, **words)
        change.coded = True


def _acts(change: Change) -> None:
    work, report = change.work, change.told.report
    there, out = acts_of(change), _taken_out(change)
    old = {entry["key"]: entry for entry in change.old.get("acts", [])}
    for place, entry in enumerate(change.new.get("acts", []), 1):
        number = place if change.places is None else change.places.get(entry["key"], KEPT)
        act = there.pop(entry["key"], None)
        if act is None and old.get(entry["key"]) == entry:  # not here: taken out, or never wanted
            if (gone := out.get(entry["key"])) is not None:
                gone.report_id, gone.number = report.id, number
            continue
        if act is None:
            act = act_from(work, change.incident, report, entry, number, sorted(change.submitters))
            change.made.add(entry["key"])
            change.coded = True
        else:
            act.report_id, act.number = report.id, number
            _act(change, act, old[entry["key"]], entry)
        change.acts[entry["key"]] = act
    _tell([act for act in own(change, Act) if act.number == KEPT], report.id)
    for act in there.values():
        act.left_on = work.today
        change.coded = True


def _act(change: Change, act: Act, old: Document, new: Document) -> None:
    if old == new:
        return
    work, change.coded = change.work, True
    facts = changed(opened(work, act), old, new)
    work.seal(act, facts={name: value for name, value in facts.items() if name != "key"})
    act.submitted_by = sorted({*act.submitted_by, *change.submitters})


def acts_of(change: Change) -> dict[str, Act]:
    """The acts that the earlier version told of, by their keys in it; from before numbers were kept, by their kind."""
    entries = change.old.get("acts", [])
    rows = own(change, Act)
    found = {entries[act.number - 1]["key"]: act for act in rows if act.number and act.number <= len(entries)}
    unnumbered = [act for act in rows if act.number is None]
    for act, facts in zip(unnumbered, change.work.read_all(unnumbered, "facts"), strict=True):
        kind = facts["type"] if isinstance(facts, dict) else ""
        key = next((e["key"] for e in entries if e["type"] == kind and e["key"] not in found), None)
        if key is not None:
            found[key] = act
    return found


def _taken_out(change: Change) -> dict[str, Act]:
    """Acts that a reviewer took out, by their keys in the earlier version: told no otherwise, they stay out."""
    entries = change.old.get("acts", [])
    query = select(Act).where(Act.report_id == change.before.report.id, Act.left_on.is_not(None))
    rows = [act for act in change.work.db.scalars(query) if act.number and act.number <= len(entries)]
    return {entries[act.number - 1]["key"]: act for act in rows if act.number and taken_out(change.work, act)}


def own(change: Change, kind: type[Any]) -> list[Any]:
    """What the earlier version brought and still counts, in whatever incident it stands since."""
    told = kind.report_id == change.before.report.id
    if change.alone:  # from before it was kept which report told what
        told |= kind.report_id.is_(None) & (kind.incident_id == change.incident.id)
    query = select(kind).where(told, kind.left_on.is_(None))
    return list(change.work.db.scalars(query.order_by(kind.id)))


def _look_again(change: Change) -> None:
    """What was verified was verified as it stood before: by this report's acts, and by all that lean on the incident.

    Also those that left it: undone, they come back, and not as they were decided. Whoever brought or adopted the
    change verifies none of them.
    """
    if not change.coded:
        return
    here = change.work.db.scalars(select(Act).where(Act.incident_id == change.incident.id))
    acts = {act.id: act for act in (*here, *change.acts.values())}
    look_again(change.work, acts.values(), change.submitters)


# -- people


def _people(change: Change) -> None:
    work, before, told = change.work, change.before, change.told
    old = {before.person_ids[entry["key"]]: entry for entry in change.old.get("persons", [])}
    ids = [told.person_ids[entry["key"]] for entry in change.new.get("persons", [])]
    there = {row.id: row for row in work.db.scalars(select(Person).where(Person.id.in_(ids)))}
    for id, entry in zip(ids, change.new.get("persons", []), strict=True):
        known = there.get(id)
        if known is None and old.get(id) == entry:
            continue  # they are not here, and nobody wanted them
        if known is None:
            known = person_from(work, told, change.incident, entry, {})
            change.made.add(id)
            change.coded = True
        elif id in old:
            _person(change, known, old[id], entry)
        else:  # they were left out of a version, and are named again
            person_from(work, told, change.incident, entry, there)
            change.coded = True
        change.people[id] = known


def _person(change: Change, person: Person, old: Document, new: Document) -> None:
    work = change.work
    facts, facts_before = new.get("facts") or {}, old.get("facts") or {}
    if facts != facts_before:
        work.seal(person, facts=changed(opened(work, person), facts_before, facts))
        change.coded = True
    said, said_before = new.get("identity") or {}, old.get("identity") or {}
    sealed = {name: said.get(name) for name in IDENTITY_FIELDS if said.get(name) != said_before.get(name)}
    if new.get("safe_contact") != old.get("safe_contact"):
        sealed["safe_contact"] = new.get("safe_contact")
    work.seal(person, **sealed)
    if (new.get("kind") or PersonKind.INDIVIDUAL) != (old.get("kind") or PersonKind.INDIVIDUAL):
        person.kind, change.coded = PersonKind(new.get("kind") or PersonKind.INDIVIDUAL), True
    if bool(new.get("teller")) != bool(old.get("teller")):
        person.teller, change.coded = bool(new.get("teller")), True
    given = new.get("consent") or {}
    if given.get("decisions") and given != old.get("consent") and not agreeing.only_less(old, new):
        consent.record(work, person, given, entered_by=change.told.report.recorded_by, event="changed")


def _involvements(change: Change) -> None:
    """Pair by pair: where a person's part in an act is told otherwise, it is written anew."""
    work = change.work
    old = _parts(change, change.before)
    new = _parts(change, change.told)
    people, acts = {person for person, _act_key in {*old, *new}}, [act.id for act in change.acts.values()]
    query = select(Involvement).where(
        Involvement.person_id.in_(people), Involvement.act_id.in_(acts), Involvement.left_on.is_(None)
    )
    there: dict[tuple[UUID, UUID], list[Involvement]] = {}
    for row in work.db.scalars(query):
        there.setdefault((row.person_id, row.act_id), []).append(row)
    for pair in dict.fromkeys([*old, *new]):
        if pair[1] not in change.acts or (old.get(pair) == new.get(pair) and change.made.isdisjoint(pair)):
            continue
        if pair[0] not in change.people and pair in new:
            continue  # somebody who is not here
        act, change.coded = change.acts[pair[1]], True
        _leave(work, there.get((pair[0], act.id), ()))
        for entry in new.get(pair, ()):
            involvement_from(work, change.people[pair[0]], act, dict(entry))


def _parts(change: Change, told: Told) -> dict[tuple[UUID, str], list[Document]]:
    """Who played which part in which act, by the id of the person and the key of the act."""
    found: dict[tuple[UUID, str], list[Document]] = {}
    said = told.document.get("involvements", [])
    if change.places is None:
        said = said or everyone_in_everything(dict(told.document))
    for entry in said:
        rest = {name: value for name, value in entry.items() if name not in ("person", "act")}
        found.setdefault((told.person_ids[entry["person"]], entry["act"]), []).append(rest)
    return found


# -- alleged doers and sources: no key tells one from another


def _perpetrators(change: Change) -> None:
    work, report = change.work, change.told.report
    old, new = change.old.get("perpetrators", []), change.new.get("perpetrators", [])
    there = own(change, Perpetrator)
    if old == new:
        return _tell(there, report.id)
    told = _as_told(change, "perpetrators", "name")
    _leave(work, [row for row in there if opened(work, row) in told])  # what was edited since stays
    for entry in new:
        perpetrator_from(work, change.incident, report, entry)
    change.coded = True
    return None


def _sources(change: Change) -> None:
    """However many versions it has, a report is one origin."""
    work, report = change.work, change.told.report
    origin = f"report/{_first(change)}"
    old, new = _origins(change.old, origin), _origins(change.new, origin)
    there = own(change, Source)
    if old == new:
        _tell(there, report.id)
        return _speak(change, there)
    told = [{"origin": origin, **entry} for entry in _as_told(change, "sources", "citation")]
    _leave(work, [row for row in there if opened(work, row) in told])
    for entry in new:
        source_from(work, change.incident, report, list(change.acts.values()), entry)
    change.coded = True
    return None


def _as_told(change: Change, block: str, sealed: str) -> list[dict[str, Any]]:
    """What any earlier version told of them: a row that is still so was not edited since. An edited one stays."""
    told = [change.old, *(each.document for each in read_all(change.work, _earlier(change)))]
    entries = [entry for document in told for entry in document.get(block) or _default(block, document)]
    return [{name: value for name, value in entry.items() if name != sealed} for entry in entries]


def _default(block: str, document: Document) -> list[dict[str, str]]:
    return tellers_as_sources(dict(document)) if block == "sources" else []


def _earlier(change: Change) -> list[Report]:
    """The versions before the newer one, the newest first."""
    found, above = [], change.told.report.supersedes
    while above is not None:
        found.append(change.work.get(Report, above))
        above = found[-1].supersedes
    return found


def _first(change: Change) -> UUID:
    return _earlier(change)[-1].id


def _origins(document: Document, origin: str) -> list[dict[str, Any]]:
    return [
        {"origin": origin, **entry} for entry in document.get("sources") or tellers_as_sources(dict(document))
    ]


def _speak(change: Change, sources: Sequence[Source]) -> None:
    """Acts that are new are told of by the sources that the report had already."""
    work = change.work
    acts = [act.id for act in change.acts.values()]
    told = set(work.db.scalars(select(Information.act_id).where(Information.act_id.in_(acts))))
    for source in sources:
        for act in acts:
            if act not in told:
                said = Information(incident_id=source.incident_id, source_id=source.id, act_id=act)
                work.seal(said, facts={"says": "supports", "credibility": "6"})
                work.add(said)


def _tell(rows: Sequence[Any], report: UUID) -> None:
    for row in rows:
        row.report_id = report


def _leave(work: Work, rows: Sequence[Any]) -> None:
    for row in rows:
        row.left_on = work.today
