"""Duplicates among invented persons whose truth is known: found, wrongly found, seconds and memory.

The weights were set on other seeds than the one reported here. First the matching alone, on everybody in memory; then
as a reviewer's session has it, from sealed rows: opened, compared, let go.
"""

import time

from benchmarks.figures import Figure, peak_mb
from benchmarks.house import instance
from benchmarks.planted import Inventor, judged
from incidents import jobs
from incidents.intake import duplicates
from incidents.intake.duplicates import doubles, pairs, weights
from incidents.intake.duplicates.crowd import Crowd
from incidents.model.base import in_bulk
from incidents.model.incident import Act, Incident
from incidents.model.people import IDENTITY_FIELDS, Person, Presence
from incidents.model.vocabulary import IncidentState, PersonKind, Role, Verification

SEED = 72026
RECALL, PRECISION = 0.95, 0.8
ASKED = 20  # people who are looked for alone
AT_ONCE = 2000  # people who are written together


def run(sizes):
    town = Inventor(SEED).town(sizes.rows)
    return [*matching(town, sizes.rows), *sealed(town, sizes.rows)]


# -- in memory


def matching(town, rows):
    begun, busy = time.perf_counter(), time.process_time()
    people = [each.traits() for each in town.people]
    crowd = Crowd(people)
    swept = list(pairs.sweep(crowd, weights.POSSIBLE))
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    found = [(one.id, other.id) for one, other, match in swept if match.score >= weights.SWEPT]
    recall, precision = judged(town.truth, found)
    said = f"{len(town.truth):,} pairs planted, {len(found):,} found"
    return [
        Figure(f"persons: recall among {rows:,}", recall, "", RECALL, said=said),
        Figure(f"persons: precision among {rows:,}", precision, "", PRECISION, said=said),
        *_incidents(town, people, swept),
        Figure("everybody against everybody", took, "s", said=f"{busy:.1f} s of the processor"),
        Figure("one against all", _alone(crowd), "ms", said=f"the middle of {ASKED}"),
        Figure("memory, the invented persons included", peak_mb(), "MB"),
    ]


def _incidents(town, people, swept):
    scenes = {place.incident: place for person in people for place in person.scenes}
    parts = {}
    for person in people:
        for place in person.scenes:
            parts.setdefault(place.incident, []).append(person.id)
    alike = {frozenset((one.id, other.id)): match.score for one, other, match in swept}
    chronicle = doubles.Chronicle(scenes, parts, {person.id: person for person in people})
    begun = time.perf_counter()
    found = [(one.incident, other.incident) for one, other, _match in doubles.sweep(chronicle, alike)]
    took = time.perf_counter() - begun
    recall, precision = judged(town.incidents, found)
    said = f"{len(town.incidents):,} told twice, {len(found):,} found, {took:.1f} s"
    return [
        Figure(f"incidents: recall among {len(scenes):,}", recall, "", RECALL, said=said),
        Figure(f"incidents: precision among {len(scenes):,}", precision, "", PRECISION, said=said),
    ]


def _alone(crowd):
    """Milliseconds for one."""
    times = []
    for person in crowd.people[:: max(1, len(crowd.people) // ASKED)]:
        begun = time.perf_counter()
        crowd.against(person)
        times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2] * 1000


# -- in a session


def sealed(town, rows):
    """The same people as sealed rows: one is looked for, then everybody as a job."""
    with instance() as place:
        made = set()
        for start in range(0, len(town.people), AT_ONCE):
            with place.as_(Role.COORDINATOR) as work:
                _fill(work, town.people[start : start + AT_ONCE], made)
        with place.app.app_context():
            actor, ring = place.signed_in(Role.REVIEWER)
            asked = {"about": duplicates.PERSON, "id": str(town.people[0].id)}
            _found, *looked = _timed(place, actor, ring, asked)
            found, *swept = _timed(place, actor, ring, {"about": duplicates.EVERYBODY})
        said = f"{len(found['persons']):,} pairs of persons and {len(found['incidents']):,} of incidents are kept"
        return [
            Figure(f"sealed: one person among {rows:,}", looked[0], "s", said=looked[1]),
            Figure(f"sealed: all {rows:,}", swept[0], "s", said=f"{swept[1]}; {said}"),
        ]


def _timed(place, actor, ring, asked):
    """What was found, the seconds, and in words those of the processor and the memory."""
    begun, busy = time.perf_counter(), time.process_time()
    found = jobs.run_here(place.house, actor, ring, duplicates.KIND, asked)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    return found, seconds, f"{busy:.1f} s of the processor, {peak_mb():.0f} MB"


def _fill(work, people, made):
    """Rows as a take-in makes them, as far as duplicates look at them; written and let go, as an import does."""
    with in_bulk():
        for each in people:
            if each.incident not in made:
                made.add(each.incident)
                _incident(work, each)
            person = Person(id=each.id, kind=PersonKind.INDIVIDUAL, teller=False)
            identity = {name: each.identity.get(name) for name in IDENTITY_FIELDS}
            work.seal(person, facts=each.facts, **identity)
            work.add(person)
            work.add(Presence(person_id=each.id, incident_id=each.incident))
    work.note("batch.published", count=len(people))


def _incident(work, each):
    incident = Incident(
        id=each.incident,
        reference=each.incident.hex[:12],
        state=IncidentState.OPEN,
        received_on=work.today,
        recorded_by=work.actor.id,
    )
    work.seal(incident, facts={"moment": each.moment, "place": each.place}, narrative=None, summary=None)
    work.add(incident)
    for said in each.acts:
        act = Act(
            incident_id=each.incident,
            verification=Verification.RECEIVED,
            received_on=work.today,
            submitted_by=[str(work.actor.id)],
        )
        work.seal(act, facts=said)
        work.add(act)
