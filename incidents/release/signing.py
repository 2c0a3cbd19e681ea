"""A signature as long work: everything is verified, asked and gathered anew before it, which takes minutes.

The passphrase is asked for before the job begins; what was looked at is what is signed, or nothing is: the signature,
what it recalls and the job's end are one commit, refused where a record changed since it was looked at.
"""

from typing import Any
from uuid import UUID

from incidents import jobs
from incidents.errors import Conflict, MoveNotAllowed, NotFound, Problem, SecondPersonNeeded, must_be_declared
from incidents.model.job import Job
from incidents.model.release import Release
from incidents.model.vocabulary import JobState
from incidents.release import making, named, publish, tabled
from incidents.release.discard import ReleaseDiscarded
from incidents.release.making import Outcome
from incidents.release.stages import SIGN
from incidents.work import Compartment, Permission, Work

KIND = "signing"
OF_TEXTS = "signing-of-texts"  # of a release for which something was typed: that it names nobody is asked of the names
KINDS = {KIND: making.COMPARTMENTS, OF_TEXTS: making.COMPARTMENTS | {Compartment.IDENTITY}}
REFUSED = "release.signature-refused"  # the note
# Of these nothing but the code is kept: which words are somebody's name is opened for the signer alone.
OF_NAMES = (named.NamesSomebody.code, named.WordsLikeNames.code)


def at_hand(work: Work) -> bool:
    """Whether there are so few acts that it is signed at once."""
    work.actor.must(Permission.RELEASE_SIGN)
    return making.few_acts(work)


def start(work: Work, release: Release, *, declared: bool, looked: bool = False) -> Job:
    """Have it signed; what a glance tells is refused now.

    One person has one signature of one release under way: asked for again, also with other words on whether its
    words were looked at, it is that one, and what it ends with is answered then.
    """
    kind, asked = what(work, release, declared=declared, looked=looked)
    work.must_be_fresh()
    return next(iter(begun(work, release)), None) or jobs.start(work, kind, asked)


def what(work: Work, release: Release, *, declared: bool, looked: bool) -> tuple[str, dict[str, Any]]:
    """The kind of job and its arguments. Problems: MoveNotAllowed, SecondPersonNeeded, InvalidInput."""
    publish.must_wait_for(work, release)
    must_be_declared(declared)
    texts = tabled.texts_of(work.read(release, "manifest"))
    asked = {"release": str(release.id)} | ({"looked": True} if looked else {})
    return OF_TEXTS if texts else KIND, asked


def begun(work: Work, release: Release | None = None) -> list[Job]:
    """My own that go on, of one release or of all, the newest first."""
    going = (job for job in jobs.own(work) if job.kind in KINDS and job.state not in jobs.FINAL)
    return [
        job
        for job in going
        if not job.cancel_asked and (release is None or job.arguments["release"] == str(release.id))
    ]


def one(work: Work, id: UUID) -> Job:
    """One of my own; another's, another kind and one that is not there are the same refusal."""
    work.actor.must(Permission.RELEASE_SIGN)
    job = jobs.one(work, id)
    if job.kind not in KINDS:
        raise NotFound
    return job


def release_of(job: Job) -> UUID:
    """The release that is to be signed."""
    return UUID(job.arguments["release"])


def outcome(work: Work, job: Job) -> Outcome:
    """What came of one of my own: the release that has my signature, or why it has not."""
    release = work.db.get(Release, release_of(job))
    if release is None:
        return Outcome(problem=ReleaseDiscarded())
    if job.state != JobState.DONE:
        return Outcome()
    return outcome_of(work, release, jobs.result(work, job))


def outcome_of(work: Work, release: Release, said: dict[str, Any]) -> Outcome:
    """The same of what the job ended with."""
    if "refused" in said and said["refused"]["code"] in OF_NAMES:
        return Outcome(problem=_against(work, release))
    return making.outcome_of(said)


def _against(work: Work, release: Release) -> Problem:
    """Which names stand against it today."""
    try:
        named.must_name_nobody(work, tabled.texts_of(work.read(release, "manifest")), looked=False)
    except Problem as problem:
        return problem
    return Conflict()  # none any more: it is signed anew


# -- the job


def run(step: jobs.Step) -> dict[str, Any]:
    """The job: all is asked, then it is signed. It may begin again at any time before its one commit."""
    step.work.actor.must(Permission.RELEASE_SIGN)
    release, looked = step.work.db.get(Release, release_of(step.job)), bool(step.arguments.get("looked"))
    if release is None:
        return making.refused(ReleaseDiscarded())
    wanted = making.tried(
        step, SIGN, lambda told: publish.may_be_signed(step.work, release, looked=looked, told=told)
    )
    if isinstance(wanted, Problem):
        step.work.note(REFUSED, release, code=wanted.code)
        return {"refused": {"code": wanted.code}} if wanted.code in OF_NAMES else making.refused(wanted)
    try:
        publish.put_signature(step.work, release, wanted)
    except (MoveNotAllowed, SecondPersonNeeded):
        raise Conflict from None  # somebody was quicker: it is looked at again
    return {"release": str(release.id), "reference": release.reference}
