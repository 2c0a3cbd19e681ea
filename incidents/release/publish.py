"""Prepare, sign, download, recall. Consent is asked again at the signature and at each download."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from secrets import SystemRandom
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from incidents import consent, reading
from incidents.errors import (
    ConsentChanged,
    InvalidInput,
    MoveNotAllowed,
    NotFound,
    ReasonsNeeded,
    SecondPersonNeeded,
    must_be_declared,
)
from incidents.model.people import Person
from incidents.model.release import Release, ReleasedRow
from incidents.model.vocabulary import Purpose, ReleaseState
from incidents.release import (
    anonymize,
    leaving,
    ledger,
    measure,
    named,
    pack,
    policy,
    quoted,
    rowed,
    since,
    tabled,
)
from incidents.release.gather import Gathered
from incidents.release.opening import NEEDED, TOGETHER
from incidents.release.product import Preview as Preview
from incidents.release.product import Product
from incidents.release.product import distinct as distinct
from incidents.release.product import outward as outward
from incidents.release.stages import COMPARE, CONSENT, KEEP, VERIFY, Told, silent
from incidents.release.wanted import Wanted as Wanted
from incidents.work import Permission, Work

# How the ledger names things, for those who look something up in it.
keyed, made_from, holding = ledger.keyed, ledger.made_from, ledger.holding
LINES = 6  # of a preview
SHORTEST_REASON = 12  # characters: a sentence, not a nod
PRODUCTS: Mapping[str, Product] = {
    rowed.PRODUCT: rowed,
    tabled.PRODUCT: tabled,
}  # accounts are chosen one by one


def made_as(rules: policy.Policy) -> Product:
    """How what this policy makes is made. Problem: MakesNoRows."""
    if rules.product not in PRODUCTS:
        raise anonymize.MakesNoRows(policy=rules.name, product=rules.product)
    return PRODUCTS[rules.product]


def preview(work: Work, name: str, filters: Mapping[str, Any], k: int | None = None) -> Preview:
    """The same of a file of its own."""
    return look(work, Wanted(name, filters, k))


def look(work: Work, wanted: Wanted, told: Told = silent) -> Preview:
    """The whole road once, whatever is made; nothing is kept. Refuses on a broken trail."""
    work.actor.must(Permission.RELEASE_PREPARE)
    rules = policy.load(wanted.policy)
    made = made_as(rules)
    made.must_fit(rules, wanted)
    told(VERIFY, 0, 0)
    work.must_be_whole()
    return made.look(work, rules, wanted, told)


def a_few(rules: policy.Policy, made: Preview) -> list[dict[str, str]]:
    """Some lines of a protected file, any; rows as recorded are for nobody's screen."""
    if not rules.protection or not made.rows:
        return []
    return SystemRandom().sample(made.rows, min(LINES, len(made.rows)))


def prepare(work: Work, name: str, filters: Mapping[str, Any], k: int | None = None) -> Release:
    """The same of a file of its own."""
    return ready(work, Wanted(name, filters, k))


def ready(work: Work, wanted: Wanted, told: Told = silent) -> Release:
    """Keep a pack, sealed, for somebody else to sign; and who is in it, as keyed hashes."""
    made = look(work, replace(wanted, as_csv=False), told)
    told(KEEP, 0, 0)
    return keep(work, wanted.policy, made)


def keep(work: Work, name: str, made: Preview, corrects: Release | None = None) -> Release:
    """The same of a pack that is there already; a correction names the edition whose place it takes."""
    release = Release(
        reference=made.manifest["reference"],
        state=ReleaseState.PREPARED,
        policy=name,
        prepared_by=work.actor.id,
        prepared_on=work.today,
        corrects=corrects.id if corrects else None,
        series=corrects.series or corrects.id if corrects else made.series,
    )
    work.seal(
        release,
        manifest=made.manifest,
        pack=pack.stored(made.files),
    )
    work.add(release)
    since.nobody_erased(work, made.gathered, made.released)
    ledger.enter(work, release, made.gathered, made.released, made.rows, made.threads)
    quoted.enter(work, release, made.quotes)
    work.note("release.prepared", release, policy=name, rows=made.manifest["counts"]["released"])
    return release


def sign(work: Work, release: Release, *, declared: bool, looked: bool = False) -> None:
    """The second person's signature; where the policy asks for two, the second of them sends it out.

    `declared`: that whoever signs looked at what goes out. `looked`: at the words of what was typed that are also
    somebody's name.
    """
    must_wait_for(work, release)
    must_be_declared(declared)
    work.must_be_fresh()
    put_signature(work, release, may_be_signed(work, release, looked=looked))


def must_wait_for(work: Work, release: Release) -> None:
    """Whether it waits for a signature of whoever acts. Problems: MoveNotAllowed, SecondPersonNeeded."""
    work.actor.must(Permission.RELEASE_SIGN)
    if release.state != ReleaseState.PREPARED:
        raise MoveNotAllowed
    if work.actor.id in (release.prepared_by, release.signed_by):
        raise SecondPersonNeeded


def may_be_signed(work: Work, release: Release, *, looked: bool, told: Told = silent) -> int:
    """All that is asked before a signature; how many signatures it needs. Nothing is written.

    What it read is so still when the signature is: `since.nothing_changes`.
    """
    must_wait_for(work, release)
    since.nothing_changes(work, release)
    work.vouched([release])
    since.must_be_first(work, release)
    _still_permitted(work, release, expiry=True, told=told)
    quoted.must_leave(work, release)
    now = _still_counted(work, release, told)
    told(COMPARE, 0, 0)
    made_as(policy.load(release.policy)).must_stand(work, release, now)
    manifest = work.read(release, "manifest")
    named.must_name_nobody(work, tabled.texts_of(manifest), looked=looked)
    wanted: int = manifest["rules"]["signatures"]
    return wanted


def put_signature(work: Work, release: Release, wanted: int) -> None:
    """The signature itself, of what was found to be one that may be signed."""
    must_wait_for(work, release)
    if release.signed_by is None:
        release.signed_by, release.signed_on = work.actor.id, work.today
    else:
        release.also_signed_by = work.actor.id
    given = sum(1 for signer in (release.signed_by, release.also_signed_by) if signer)
    if given >= wanted:
        release.state = ReleaseState.SIGNED
        release.expires_on = leaving.until(work.today, policy.load(release.policy))
        _replace(work, release)
    work.note("release.signed", release, signatures=given, of=wanted)


def _replace(work: Work, release: Release) -> None:
    """What a signed correction stands for goes out no more, nor does an earlier correction of the same."""
    if release.corrects is None:
        return
    instead_of = or_(Release.id == release.corrects, Release.corrects == release.corrects)
    query = select(Release).where(instead_of, Release.state == ReleaseState.SIGNED, Release.id != release.id)
    for old in list(work.db.scalars(query)):
        _take_back(work, old, f"corrected: {release.reference}")


def _still_counted(work: Work, release: Release, told: Told = silent) -> Gathered:
    """What changed since in a record, or was decided about an act, counts before the signature."""
    now = of_today(work, release, told)
    query = select(ReleasedRow.incident, ReleasedRow.told).where(ReleasedRow.release_id == release.id)
    listed, then = set[bytes](), set[bytes]()
    for incident, made in work.db.connection().execute(query):
        listed |= {incident} if incident else set()
        then |= {made} if made else set()
    for row in now.rows:
        listed.discard(work.vault.keyed(ledger.INCIDENT, row["incident"]))
        then.discard(made_from(work, row))
    if listed or then:
        raise ConsentChanged
    return now


def of_today(work: Work, release: Release, told: Told = silent) -> Gathered:
    """What the same choice holds today."""
    rules, filters = policy.load(release.policy), work.read(release, "manifest")["filters"]
    return made_as(rules).today(work, rules, filters, told)


def _still_permitted(work: Work, release: Release, *, expiry: bool, told: Told = silent) -> None:
    """Everyone in the pack must still permit it; after the signature every no stops it but that it ran out.

    The whole trail is asked first: a withdrawal that was taken out of the database would be no withdrawal.
    """
    told(VERIFY, 0, 0)
    work.must_be_whole()
    told(CONSENT, 0, 0)
    rules = policy.load(release.policy)
    query = select(ReleasedRow.person, ReleasedRow.incident).where(ReleasedRow.release_id == release.id)
    hashes = set[bytes]()
    for person, incident in work.db.connection().execute(query):
        if incident is None:
            raise ConsentChanged  # somebody in it was erased
        hashes |= {person} if person else set()
    ids = [id for id in work.db.scalars(select(Person.id)) if keyed(work, "person", id) in hashes]
    if len({keyed(work, "person", id) for id in ids}) < len(hashes):
        raise ConsentChanged
    purposes = [Purpose(purpose) for purpose in rules.purposes]
    for start in range(0, len(ids), TOGETHER):
        with work.once():
            found = select(Person).where(Person.id.in_(ids[start : start + TOGETHER]))
            people = reading.rows(work, found, NEEDED[Person])
            answers = consent.permits_each(work, people, purposes)
        work.let_go_of_keys()
        for answer in (each for of_purpose in answers.values() for each in of_purpose.values()):
            if isinstance(answer, consent.Refusal) and (expiry or answer.reason not in consent.RAN_OUT):
                raise ConsentChanged
        told(CONSENT, min(start + TOGETHER, len(ids)), len(ids))
    if not expiry and since.narrowed(work, release, ids, rules.purposes):
        _still_counted(work, release)
    quoted.must_be_permitted(work, release, expiry=expiry)


def download(work: Work, release: Release) -> bytes:
    """The signed pack as a ZIP. Noted before its first byte."""
    return pack.archive(files(work, release))


def files(work: Work, release: Release) -> dict[str, bytes]:
    """The files of a signed pack, by name."""
    work.actor.must(Permission.RELEASE_DOWNLOAD)
    if release.state != ReleaseState.SIGNED:
        raise MoveNotAllowed
    work.vouched([release])
    leaving.must_be_open(work, release)
    _still_permitted(work, release, expiry=False)
    release.downloads += 1
    work.note(leaving.DOWNLOADED, release)
    return pack.opened(work.read(release, "pack"))


def recall_for(work: Work, release: Release, reasons: str) -> None:
    """The same by a person, who says why. Problem: InvalidInput."""
    reasons = reasons.strip()
    if len(reasons) < SHORTEST_REASON:
        raise InvalidInput({"reasons": [ReasonsNeeded.sentence]})
    recall(work, release, reasons)


def recall(work: Work, release: Release, reason: str) -> None:
    """A signed pack goes out no more; what went out stays out, and that is said."""
    work.actor.must(Permission.RELEASE_SIGN)
    work.must_be_fresh()
    _take_back(work, release, reason)


def _take_back(work: Work, release: Release, reason: str) -> None:
    if release.state != ReleaseState.SIGNED:
        raise MoveNotAllowed
    release.state, release.recalled_on = ReleaseState.RECALLED, work.today
    work.stop(release)
    work.seal(release, recalled_why=reason)
    work.note("release.recalled", release)


def releases(work: Work) -> list[tuple[Release, dict[str, Any]]]:
    """All releases, the newest first, with their manifests."""
    _must_see(work)
    rows = list(work.db.scalars(select(Release).order_by(Release.prepared_on.desc(), Release.id)))
    return list(zip(rows, work.read_all(rows, "manifest"), strict=True))


def release(work: Work, id: UUID) -> tuple[Release, dict[str, Any]]:
    """One release and its manifest."""
    _must_see(work)
    found = work.get(Release, id)
    return found, work.read(found, "manifest")


def tables_of(work: Work, release: Release, language: str) -> list[tabled.Printed]:
    """The tables of a release, as they leave; none of rows that are not for anybody."""
    _must_see(work)
    manifest = work.read(release, "manifest")
    files = pack.opened(work.read(release, "pack")) if "tables" in manifest else {}
    return tables_in(files, manifest, language)


def tables_in(files: Mapping[str, bytes], manifest: Mapping[str, Any], language: str) -> list[tabled.Printed]:
    """The same of a pack that is there."""
    return tabled.printed(files, manifest.get("tables", ()), language)


def risk(work: Work, release: Release) -> dict[str, Any]:
    """What the measure finds in the files of a pack, with its smallest classes; for those who prepare and sign."""
    _must_see(work)
    work.vouched([release])
    files, promised = pack.opened(work.read(release, "pack")), work.read(release, "manifest")
    if "row_file" not in promised:
        raise NotFound  # of tables it is the audit that tells
    work.note("release.risk-read", release)
    return measure.measure(files, promised).internal()


def _must_see(work: Work) -> None:
    to_see = {Permission.RELEASE_DOWNLOAD, Permission.RELEASE_PREPARE, Permission.RELEASE_SIGN}
    work.actor.must_any(frozenset(to_see))


def waiting(work: Work) -> Sequence[Release]:
    """Releases that this coordinator may sign."""
    work.actor.must(Permission.RELEASE_SIGN)
    mine = work.actor.id
    return work.db.scalars(
        select(Release).where(
            Release.state == ReleaseState.PREPARED,
            Release.prepared_by != mine,
            or_(Release.signed_by.is_(None), Release.signed_by != mine),
        )
    ).all()
