"""A release as long work: with thousands of rows it takes minutes, and nobody waits for a page that long.

The job verifies and gathers everything before it writes the first thing; then the release, the ledger and the job's
end are one commit. Cut before that, it left nothing, and it begins anew: what was gathered may be outdated by then.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from incidents import jobs
from incidents.errors import Conflict, InvalidInput, MoveNotAllowed, NotFound, Problem, _
from incidents.model.incident import Act
from incidents.model.job import Job
from incidents.model.release import Release
from incidents.model.vocabulary import JobState
from incidents.release import anonymize, correct, filters, policy, publish, rowed, tabled
from incidents.release.discard import ReleaseDiscarded
from incidents.release.publish import Preview
from incidents.release.stages import KEEP, Told
from incidents.release.wanted import Wanted
from incidents.work import Compartment, Permission, Work

KIND = "release"  # the job's
COMPARTMENTS = frozenset({Compartment.FACTS})  # what who prepares releases holds, and no more
MADE = publish.PRODUCTS.keys()  # what a job makes
AT_HAND = 2_000  # acts; with more of them a preview takes longer than somebody waits for a page
REFUSED = "release.refused"  # the note
T = TypeVar("T")
SAID = (409, 422)  # a Problem of the data or the policy, as a page says it; any other is a fault of the job


class TooMuchAtOnce(Problem):
    """Nobody waits for an answer that takes minutes."""

    status = 409
    code = "too-much-at-once"
    sentence = _(
        "There are so many acts that this takes minutes. Have the release prepared as long work, and look at it before "
        "somebody signs it."
    )


@dataclass(frozen=True)
class Outcome:
    """What came of it: a release that waits for its signature, or why there is none; neither while it goes on."""

    release: UUID | None = None
    reference: str = ""
    problem: Problem | None = None


# -- asking


def at_hand(work: Work) -> bool:
    """Whether there are so few acts that a page looks at once."""
    work.actor.must(Permission.RELEASE_PREPARE)
    return few_acts(work)


def few_acts(work: Work) -> bool:
    """The same, for whoever counts and prepares nothing."""
    return len(work.db.scalars(select(Act.id).limit(AT_HAND + 1)).all()) <= AT_HAND


def look(work: Work, wanted: Wanted) -> Preview:
    """What would leave, at once; nothing is kept. Problems: MakesNoRows, TooMuchAtOnce, whatever the data refuse."""
    rules = policy.load(wanted.policy)
    if rules.product != rowed.PRODUCT:
        raise anonymize.MakesNoRows(policy=rules.name, product=rules.product)
    if not at_hand(work):
        raise TooMuchAtOnce
    check(work, wanted)
    return publish.look(work, replace(wanted, as_csv=True))


def start(work: Work, wanted: Wanted) -> Job:
    """Prepare a release; what a glance tells is refused now."""
    work.actor.must(Permission.RELEASE_PREPARE)
    check(work, wanted)
    return jobs.start(work, KIND, wanted.plain())


def start_correction(work: Work, release: Release) -> Job:
    """Prepare the correction of a release that went out."""
    work.actor.must(Permission.RELEASE_PREPARE)
    if release.state not in correct.OUT:
        raise MoveNotAllowed
    return jobs.start(work, KIND, {"corrects": str(release.id)})


def check(work: Work, wanted: Wanted) -> None:
    """Refuse what a glance at the choice alone tells: days in the wrong order, a k below the policy's."""
    rules = policy.load(wanted.policy)
    filters.check(wanted.filters)
    publish.made_as(rules).must_fit(rules, wanted)
    if rules.protection and wanted.k is not None and wanted.k < rules.k:
        raise anonymize.KBelowPolicy(policy_k=rules.k, k=wanted.k)
    if wanted.continues is not None:
        work.get(Release, wanted.continues)
    if rules.product == tabled.PRODUCT:
        tabled.asked(work, wanted)


def must_be_possible(work: Work, wanted: Wanted) -> None:
    """Refuse tables that are refused whatever else is chosen. Among many acts nothing is asked: the job tells it.

    Problems: TrailBroken, NothingToCount, RowsStand, TooSoon, OtherMethod.
    """
    work.actor.must(Permission.RELEASE_PREPARE)
    if few_acts(work):
        work.must_be_whole()
        tabled.countable(work, policy.load(wanted.policy), wanted.filters, wanted.method)


def wanted_of(job: Job) -> Wanted:
    """What was asked for; of a correction, `corrects` in the arguments says it."""
    return Wanted.of(job.arguments)


def begun(work: Work) -> list[Job]:
    """My own that go on, the newest first."""
    return [job for job in jobs.own(work) if job.kind == KIND and job.state not in jobs.FINAL]


def one(work: Work, id: UUID) -> Job:
    """One of my own; another's, another kind and one that is not there are the same refusal."""
    work.actor.must(Permission.RELEASE_PREPARE)
    job = jobs.one(work, id)
    if job.kind != KIND:
        raise NotFound
    return job


def outcome(work: Work, job: Job) -> Outcome:
    """What came of one of my own."""
    if job.state != JobState.DONE:
        return Outcome()
    found = outcome_of(jobs.result(work, job))
    if found.release is not None and work.db.get(Release, found.release) is None:
        return Outcome(problem=ReleaseDiscarded())
    return found


def outcome_of(said: Mapping[str, Any]) -> Outcome:
    """The same of what the job ended with."""
    if "refused" in said:
        why = said["refused"]
        return Outcome(problem=_kinds()[why["code"]](**why["details"]))
    return Outcome(UUID(said["release"]), said["reference"])


@cache
def _kinds() -> dict[str, Callable[..., Problem]]:
    """The Problems that there are, by code."""
    return {kind.code: kind for kind in _under(Problem)}


def _under(kind: type[Problem]) -> list[type[Problem]]:
    return [each for one in kind.__subclasses__() for each in (one, *_under(one))]


# -- the job


def run(step: jobs.Step) -> dict[str, Any]:
    """The job: all is read, then all is written. It may begin again at any time before its one commit."""
    step.work.actor.must(Permission.RELEASE_PREPARE)
    found = tried(step, KEEP, lambda told: _looked(step.work, step.arguments, told))
    if isinstance(found, Problem):
        step.work.note(REFUSED, code=found.code)
        return refused(found)
    release = _kept(step.work, step.arguments, found)
    return {"release": str(release.id), "reference": release.reference}


def tried(step: jobs.Step, last: str, look: Callable[[Told], T]) -> T | Problem:
    """What a look that lasts finds, or what the data say against it; `last`: the stage in which all is written."""
    with jobs.beside(step, last) as told:
        try:
            found = look(told)
        except Problem as problem:
            if problem.status not in SAID or isinstance(problem, Conflict | InvalidInput):
                raise
            return problem
        told(last, 0, 0)
        return found


def refused(problem: Problem) -> dict[str, Any]:
    """What a job keeps of a Problem, as `outcome` reads it."""
    return {"refused": {"code": problem.code, "details": _plain(problem.details)}}


def _looked(work: Work, asked: Mapping[str, Any], told: Told) -> Preview:
    if "corrects" in asked:
        return correct.look(work, work.get(Release, UUID(asked["corrects"])), told)
    return publish.look(work, Wanted.of(asked), told)


def _kept(work: Work, asked: Mapping[str, Any], found: Preview) -> Release:
    if "corrects" in asked:
        old = work.get(Release, UUID(asked["corrects"]))
        return publish.keep(work, old.policy, found, corrects=old)
    return publish.keep(work, asked["policy"], found)


def _plain(details: Mapping[str, Any]) -> Any:
    """Codes and numbers, as JSON holds them."""
    return json.loads(json.dumps(details, default=str))
