"""Look for records that may be one: for one report, person or incident; or everybody against everybody, as a job.

What is found holds ids, scores and codes, never a name: analysts may read what comes of a job. The words are put to it
where somebody who may open names looks at it.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

from incidents import jobs
from incidents.errors import NotFound
from incidents.intake import report as reports
from incidents.intake.duplicates import doubles, pairs
from incidents.intake.duplicates import weights as w
from incidents.intake.duplicates.crowd import Crowd
from incidents.intake.duplicates.deciding import decided, put_off
from incidents.intake.duplicates.doubles import Chronicle
from incidents.intake.duplicates.gathering import Known, count, gather, visible_incident, visible_person
from incidents.intake.duplicates.traits import Scene, Traits, scene, traits
from incidents.intake.duplicates.weights import Match
from incidents.intake.report import Told
from incidents.model.job import Job
from incidents.model.vocabulary import PersonKind
from incidents.work import Permission, Work

KIND = "duplicates"  # the job's
EVERYBODY = "everybody"
PERSON, INCIDENT, REPORT = "person", "incident", "report"
ABOUT = (PERSON, INCIDENT, REPORT)
AT_HAND = 5_000  # people; more, and one look is a job too
MOST = 5000  # pairs that are kept, the likeliest of them; how many there were is said
MOST_OF_ONE = 20
BREATH = 2.0  # seconds between two chunks of a job

Found = dict[str, Any]


class Step(Protocol):
    """What a running job gives; see incidents.jobs."""

    work: Work

    @property
    def arguments(self) -> dict[str, Any]: ...

    def chunk(self, done: int, total: int) -> None: ...


# -- asking


def may(work: Work) -> None:
    """Whoever takes reports in and opens names; with the passphrase given just now, for these are names in bulk."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    work.actor.must(Permission.IDENTITY_OPEN)
    work.must_be_fresh()


def look(work: Work, about: str, id: UUID) -> Found | Job:
    """What may be this one: at once, or where many people are known the job that looks for it."""
    may(work)
    _must_be_there(work, about, id)
    if count(work) > AT_HAND:
        return jobs.start(work, KIND, {"about": about, "id": str(id)})
    return _look(work, about, id)


def start(work: Work) -> Job:
    """Compare everybody with everybody."""
    may(work)
    return jobs.start(work, KIND, {"about": EVERYBODY})


def begun(work: Work) -> list[Job]:
    """My own looks of this kind, the newest first."""
    return [job for job in jobs.own(work) if job.kind == KIND]


def _must_be_there(work: Work, about: str, id: UUID) -> None:
    if about not in ABOUT:
        raise NotFound
    {PERSON: visible_person, INCIDENT: visible_incident, REPORT: reports.read}[about](work, id)


# -- the job


def run(step: Step) -> Found:
    """The job. It writes nothing but how far it is, so it may begin again at any time."""
    about = step.arguments["about"]
    pace = _Pace(step)
    if about != EVERYBODY:
        return _look(step.work, about, UUID(step.arguments["id"]), pace)
    return _everybody(step.work, pace)


class _Pace:
    """Says how far a job is, now and then; each time the job has a new Work, and may end."""

    def __init__(self, step: Step) -> None:
        self._step, self._last, self._before = step, time.monotonic(), 0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._last >= BREATH:
            self._step.chunk(self._before + done, self._before + max(total, done))
            self._last = time.monotonic()

    def onward(self, done: int) -> None:
        """A part is done; what comes next is counted on top of it."""
        self._before += done

    @property
    def work(self) -> Work:
        return self._step.work


def _everybody(work: Work, pace: _Pace) -> Found:
    known = gather(work, pace)
    pace.onward(len(known.people))
    crowd = Crowd(known.people)
    size = len(crowd.people)
    persons = [
        (one.id, other.id, match)
        for one, other, match in pairs.sweep(crowd, w.POSSIBLE, lambda done: pace(done, size))
    ]
    pace.onward(size)
    alike = {frozenset((one, other)): match.score for one, other, match in persons}
    chronicle = Chronicle(known.scenes, known.parts, {each.id: each for each in known.people})
    incidents = [
        (one.incident, other.incident, match)
        for one, other, match in doubles.sweep(
            chronicle, alike, w.SWEPT, lambda done: pace(done, len(known.scenes))
        )
    ]
    likely = [each for each in persons if each[2].score >= w.SWEPT]
    return _found(pace.work, EVERYBODY, None, likely, incidents, known)


# -- one against all


def _look(work: Work, about: str, id: UUID, pace: Callable[[int, int], None] | None = None) -> Found:
    known = gather(work, pace)
    work = pace.work if isinstance(pace, _Pace) else work
    people, place = _asked(work, about, id, known)
    mine = {each.id for each in people}
    crowd = Crowd({each.id: each for each in (*known.people, *people)}.values())
    persons = [
        (one.id, other.id, match)
        for one in people
        for other, match in crowd.against(one)
        if other.id not in mine
    ]
    incidents = _incidents_like(place, people, persons, known) if place else []
    return _found(work, about, id, persons, incidents, known)


def _asked(work: Work, about: str, id: UUID, known: Known) -> tuple[list[Traits], Scene | None]:
    """Who and what is asked about."""
    if about == REPORT:
        return _of_report(reports.read(work, id))
    if about == PERSON:
        return [each for each in known.people if each.id == id], None
    members = set(known.parts.get(id, ()))
    return [each for each in known.people if each.id in members], known.scenes.get(id)


def _of_report(told: Told) -> tuple[list[Traits], Scene]:
    """A report that waits: its people and what it tells, as if they were known already."""
    document = told.document
    place = scene(told.report.id, document.get("incident") or {}, document.get("acts") or [])
    people = [
        traits(
            told.person_ids[entry["key"]],
            entry.get("identity") or {},
            entry.get("facts") or {},
            [place],
            [told.report.id],
        )
        for entry in document.get("persons", [])
        if entry["key"] in told.person_ids and entry.get("kind") != PersonKind.GROUP
    ]
    return people, place


def _incidents_like(
    place: Scene, people: Sequence[Traits], persons: Sequence[tuple[UUID, UUID, Match]], known: Known
) -> list[tuple[UUID, UUID, Match]]:
    everybody = {each.id: each for each in (*known.people, *people)}
    parts = {**known.parts, place.incident: [each.id for each in people]}
    chronicle = Chronicle({**known.scenes, place.incident: place}, parts, everybody)
    alike = {frozenset((one, other)): match.score for one, other, match in persons}
    return [(place.incident, other.incident, match) for other, match in chronicle.against(place, alike)]


# -- what is found


def _found(
    work: Work,
    about: str,
    id: UUID | None,
    persons: Iterable[tuple[UUID, UUID, Match]],
    incidents: Iterable[tuple[UUID, UUID, Match]],
    known: Known,
) -> Found:
    """Ids, scores and codes. What was decided is not asked again."""
    most = MOST if about == EVERYBODY else MOST_OF_ONE
    pairs_of_people, pairs_of_incidents = (
        _asked_about(work, PERSON, persons),
        _asked_about(work, INCIDENT, incidents),
    )
    return {
        "about": about,
        "id": str(id) if id else None,
        "persons": pairs_of_people[:most],
        "incidents": pairs_of_incidents[:most],
        "more": max(0, len(pairs_of_people) - most) + max(0, len(pairs_of_incidents) - most),
        "people": len(known.people),
        "left_out": dict(known.left_out),
    }


def _asked_about(work: Work, about: str, found: Iterable[tuple[UUID, UUID, Match]]) -> list[dict[str, Any]]:
    """The pairs that nobody decided about, the likeliest first; those that were put off last."""
    over, later = decided(work, about), put_off(work, about)
    asked = [each for each in found if frozenset(each[:2]) not in over]
    asked.sort(key=lambda each: (frozenset(each[:2]) in later, -each[2].score))
    return [
        {
            "one": str(one),
            "other": str(other),
            "score": round(match.score, 1),
            "signs": [sign.to_json() for sign in match.signs],
            "later": frozenset((one, other)) in later,
        }
        for one, other, match in asked
    ]
