"""Prepare, sign, download, recall. Consent is asked again at the signature and at each download."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from incidents import consent
from incidents.errors import ConsentChanged, MoveNotAllowed, SecondPersonNeeded, _
from incidents.intake.report import reference
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement
from incidents.model.release import Release, ReleasedRow
from incidents.model.vocabulary import Purpose, ReleaseState, lists
from incidents.model.vocabulary import version as code_list_version
from incidents.release import anonymize, levels, measure, pack, policy, table, write
from incidents.release.gather import Gathered, gather
from incidents.search import kept, together
from incidents.work import Permission, Work


@dataclass(frozen=True)
class Preview:
    """What would go out, before anybody signs: nothing of it is stored."""

    manifest: dict[str, Any]
    files: dict[str, bytes] = field(repr=False)
    rows: list[dict[str, str]] = field(repr=False)
    gathered: Gathered = field(repr=False)
    released: tuple[int, ...] = field(repr=False)


class NothingGoesIn(anonymize.TooFewForK):
    """Not a matter of k: no row is left to be protected."""

    code = "nothing-goes-in"
    sentence = _("No row file can be made: every row stays out before protection begins.")


def _none_of(gathered: Gathered) -> dict[str, Any]:
    """In and out, where nothing goes in."""
    excluded = gathered.excluded | ({"suppressed": len(gathered.rows)} if gathered.rows else {})
    return {"considered": gathered.considered, "released": 0, "excluded": excluded}


def preview(work: Work, name: str, filters: Mapping[str, Any], k: int | None = None) -> Preview:
    """The whole road once: gather, anonymize, write, measure. Refuses on a broken trail."""
    work.actor.must(Permission.RELEASE_PREPARE)
    rules = policy.load(name)
    work.must_be_whole()
    gathered = gather(work, rules, filters)
    try:
        coded = table.build(gathered.rows, rules)
        result = anonymize.anonymize(coded, rules, k)
    except anonymize.TooFewForK as few:
        problem = type(few) if gathered.rows else NothingGoesIn
        raise problem(**few.details, counts=_none_of(gathered)) from None
    about = pack.readme(name, write.definition(rules, result), rules.unit, result, gathered)
    files = [write.data(result), write.codebook(rules, result, lists()), write.File("README.txt", about, 0)]
    promised = write.manifest(
        rules,
        result,
        files=files,
        considered=gathered.considered,
        excluded=gathered.excluded,
        filters=filters,
        data_date=date.fromisoformat(gathered.data_date),
        code_list_version=code_list_version(),
    )
    promised["distinct"] = distinct(gathered, result.released)
    written = {file.name: file.data for file in files}
    behind = levels.beside(coded, result, _things(gathered), cell=write.cell)
    promised = write.with_risk(promised, measure.measure(written, promised, behind).figures())
    written |= {write.MANIFEST: write.canonical(outward(promised))}
    return Preview(promised, written, result.rows, gathered, result.released)


def _things(gathered: Gathered) -> dict[str, Callable[[int], list[Any]]]:
    """What a row speaks of; one that lists nobody speaks of one unknown person of its incident."""
    rows = gathered.rows
    return {
        "incidents": lambda number: [rows[number]["incident"]],
        "persons": lambda number: list(rows[number]["persons"] or [("nobody of", rows[number]["incident"])]),
    }


def distinct(gathered: Gathered, released: Sequence[int]) -> dict[str, int]:
    """How many different incidents and persons the rows tell of: rows are neither."""
    return {
        "incidents": len({gathered.rows[number]["incident"] for number in released}),
        "persons": len({id for number in released for id in gathered.rows[number]["persons"]}),
    }


def outward(promised: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest as it leaves: that one import was chosen is said, its id is ours."""
    filters = {n: "one import" if n == "batch" else value for n, value in promised["filters"].items()}
    return {**promised, "filters": filters}


def prepare(work: Work, name: str, filters: Mapping[str, Any], k: int | None = None) -> Release:
    """Keep a pack, sealed, for somebody else to sign; and who is in it, as keyed hashes."""
    return keep(work, name, preview(work, name, filters, k))


def keep(work: Work, name: str, made: Preview, corrects: Release | None = None) -> Release:
    """The same of a pack that is there already; a correction names the edition whose place it takes."""
    release = Release(
        reference=reference("L"),
        state=ReleaseState.PREPARED,
        policy=name,
        prepared_by=work.actor.id,
        prepared_on=work.today,
        corrects=corrects.id if corrects else None,
    )
    work.seal(
        release,
        manifest=made.manifest,
        pack={file: base64.b64encode(content).decode() for file, content in made.files.items()},
    )
    work.add(release)
    _ledger(work, release, made)
    work.note("release.prepared", release, policy=name, rows=made.manifest["counts"]["released"])
    return release


def _ledger(work: Work, release: Release, made: Preview) -> None:
    """One entry a row, in an order of its own: sorted by hash, it tells nothing of the file's.

    And one for whoever told of a row that is not theirs, so that their withdrawal finds it.
    """
    rows = []
    for number in made.released:
        person, permits = made.gathered.people[number], made.gathered.permits[number]
        incident = made.gathered.rows[number]["incident"]
        rows.append(
            (
                keyed(work, "person", person) if person else None,
                work.vault.keyed("released/incident", incident),
                made_from(work, made.gathered.rows[number]),
                [{"kind": permit.kind, "id": str(permit.id)} for permit in permits],
            )
        )
        rows += [(keyed(work, "person", id), *rows[-1][1:]) for id in made.gathered.leans[number]]
    for hashed, incident_hash, told, named in sorted(rows, key=lambda row: (row[0] or b"", *row[1:3])):
        entry = ReleasedRow(release_id=release.id, person=hashed, incident=incident_hash, told=told)
        work.seal(entry, permits=named)
        work.add(entry)


def keyed(work: Work, what: str, id: UUID) -> bytes:
    """A person or incident as the ledger names it: 32 bytes that say nothing without its key."""
    return work.vault.keyed(f"released/{what}", id)


def sign(work: Work, release: Release) -> None:
    """The second person's signature; where the policy asks for two, the second of them sends it out."""
    work.actor.must(Permission.RELEASE_SIGN)
    work.must_be_fresh()
    if release.state != ReleaseState.PREPARED:
        raise MoveNotAllowed
    if work.actor.id in (release.prepared_by, release.signed_by):
        raise SecondPersonNeeded
    work.vouched([release])
    _still_permitted(work, release, expiry=True)
    _still_counted(work, release)
    if release.signed_by is None:
        release.signed_by, release.signed_on = work.actor.id, work.today
    else:
        release.also_signed_by = work.actor.id
    wanted = work.read(release, "manifest")["rules"]["signatures"]
    given = sum(1 for signer in (release.signed_by, release.also_signed_by) if signer)
    if given >= wanted:
        release.state = ReleaseState.SIGNED
        _replace(work, release)
    work.note("release.signed", release, signatures=given, of=wanted)


def _replace(work: Work, release: Release) -> None:
    """What a signed correction stands for goes out no more."""
    old = work.get(Release, release.corrects) if release.corrects else None
    if old is not None and old.state == ReleaseState.SIGNED:
        recall(work, old, f"corrected: {release.reference}")


def made_from(work: Work, row: Mapping[str, Any]) -> bytes:
    """What a row was made from: changed since, it is another row."""
    return work.vault.keyed_json("released/told", row)


def _still_counted(work: Work, release: Release) -> None:
    """What changed since in a record, or was decided about an act, counts before the signature."""
    asked = work.read(release, "manifest")
    now = gather(work, policy.load(release.policy), asked["filters"])
    there = {work.vault.keyed("released/incident", row["incident"]) for row in now.rows}
    listed = set(work.db.scalars(select(ReleasedRow.incident).where(ReleasedRow.release_id == release.id)))
    if not listed - {None} <= there:
        raise ConsentChanged
    then = set(work.db.scalars(select(ReleasedRow.told).where(ReleasedRow.release_id == release.id)))
    if not then - {None} <= {made_from(work, row) for row in now.rows}:
        raise ConsentChanged


def _still_permitted(work: Work, release: Release, *, expiry: bool) -> None:
    """Everyone in the pack must still permit it; after the signature every no stops it but that it ran out.

    The whole trail is asked first: a withdrawal that was taken out of the database would be no withdrawal.
    """
    work.must_be_whole()
    rules = policy.load(release.policy)
    hashes = set(work.db.scalars(select(ReleasedRow.person).where(ReleasedRow.release_id == release.id)))
    people = [p for p in work.db.scalars(select(Person)) if keyed(work, "person", p.id) in hashes]
    if len({keyed(work, "person", person.id) for person in people}) < len(hashes - {None}):
        raise ConsentChanged
    for purpose in rules.purposes:
        answers = consent.permits_all(work, people, Purpose(purpose))
        refusals = [answer for answer in answers.values() if isinstance(answer, consent.Refusal)]
        if any(expiry or refusal.reason not in consent.RAN_OUT for refusal in refusals):
            raise ConsentChanged


def download(work: Work, release: Release) -> bytes:
    """The signed pack as a ZIP. Noted before its first byte."""
    return pack.archive(files(work, release))


def files(work: Work, release: Release) -> dict[str, bytes]:
    """The files of a signed pack, by name."""
    work.actor.must(Permission.RELEASE_DOWNLOAD)
    if release.state != ReleaseState.SIGNED:
        raise MoveNotAllowed
    work.vouched([release])
    _still_permitted(work, release, expiry=False)
    release.downloads += 1
    work.note("release.downloaded", release)
    return {name: base64.b64decode(text) for name, text in work.read(release, "pack").items()}


def recall(work: Work, release: Release, reason: str) -> None:
    """A signed pack goes out no more; what went out stays out, and that is said."""
    work.actor.must(Permission.RELEASE_SIGN)
    work.must_be_fresh()
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


def _must_see(work: Work) -> None:
    work.actor.must_any(frozenset({Permission.RELEASE_PREPARE, Permission.RELEASE_SIGN}))


def holding(work: Work, person: Person) -> list[Release]:
    """Every release that holds this person, in any of their records: what a withdrawal has to name."""
    kind = Arrangement.SAME_PERSON
    records = together(work, [kept(work, person.id, kind)], kind)
    hashed = [keyed(work, "person", id) for id in records]
    query = select(Release).join(ReleasedRow, ReleasedRow.release_id == Release.id)
    return list(work.db.scalars(query.where(ReleasedRow.person.in_(hashed)).distinct()))


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
