"""Prepare, sign, download, recall. Consent is asked again at the signature and at each download."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from incidents import consent
from incidents.errors import ConsentChanged, InvalidInput, MoveNotAllowed, NotFound, SecondPersonNeeded, _
from incidents.intake.report import reference
from incidents.model.people import Person
from incidents.model.release import Release, ReleasedRow
from incidents.model.vocabulary import Purpose, ReleaseState, lists
from incidents.model.vocabulary import version as code_list_version
from incidents.release import (
    anonymize,
    differ,
    editions,
    formats,
    leaving,
    ledger,
    levels,
    measure,
    named,
    pack,
    policy,
    tabled,
    write,
)
from incidents.release.gather import Gathered, gather
from incidents.release.ledger import Past
from incidents.release.rows import spoken_of
from incidents.release.stages import KEEP, MEASURE, SEARCH, VERIFY, WRITE, Told, silent
from incidents.release.wanted import Wanted as Wanted
from incidents.work import Permission, Work

# How the ledger names things, for those who look something up in it.
keyed, made_from, holding = ledger.keyed, ledger.made_from, ledger.holding
OURS = frozenset({"compared", "lumps"})  # of a manifest: not in the one that leaves


@dataclass(frozen=True)
class Preview:
    """What would go out, before anybody signs: nothing of it is stored."""

    manifest: dict[str, Any]
    files: dict[str, bytes] = field(repr=False)
    rows: Sequence[dict[str, str]] = field(repr=False)  # aligned with `released`, where rows go out protected
    gathered: Gathered = field(repr=False)
    released: tuple[int, ...] = field(repr=False)
    threads: tuple[str, ...] = field(repr=False)  # of each row released, the name it goes by in the ledger
    series: UUID | None = None  # the first edition of the series that it continues


class NothingGoesIn(anonymize.TooFewForK):
    """Not a matter of k: no row is left to be protected."""

    code = "nothing-goes-in"
    sentence = _("No row file can be made: every row stays out before protection begins.")


def _none_of(gathered: Gathered) -> dict[str, Any]:
    """In and out, where nothing goes in."""
    excluded = gathered.excluded | ({"suppressed": len(gathered.rows)} if gathered.rows else {})
    return {"considered": gathered.considered, "released": 0, "excluded": excluded}


def preview(work: Work, name: str, filters: Mapping[str, Any], k: int | None = None) -> Preview:
    """The same of a file of its own."""
    return look(work, Wanted(name, filters, k))


def look(work: Work, wanted: Wanted, told: Told = silent) -> Preview:
    """The whole road once: gather, anonymize, compare, write, measure. Refuses on a broken trail."""
    work.actor.must(Permission.RELEASE_PREPARE)
    rules = policy.load(wanted.policy)
    told(VERIFY, 0, 0)
    work.must_be_whole()
    must_fit(rules, wanted)
    if rules.product == tabled.PRODUCT:
        return tables(work, rules, wanted.filters, told, tabled.asked(work, wanted))
    series = work.get(Release, wanted.continues) if wanted.continues else None
    gathered = gather(work, rules, _filters(work, wanted, series), told)
    return of_gathered(work, wanted, rules, gathered, series, told)


def of_gathered(
    work: Work,
    wanted: Wanted,
    rules: policy.Policy,
    gathered: Gathered,
    series: Release | None = None,
    told: Told = silent,
) -> Preview:
    """The rest of the road, where the rows are gathered."""
    filters = _filters(work, wanted, series)
    past = ledger.past(work, gathered)
    told(SEARCH, 0, 0)
    try:
        made = _made(work, wanted, series, rules, gathered, past, told)
    except anonymize.TooFewForK as few:
        problem = type(few) if gathered.rows else NothingGoesIn
        raise problem(**few.details, counts=_none_of(gathered)) from None
    first = (series.series or series.id) if series else None
    return _written(rules, filters, gathered, past, made, first, told, as_csv=wanted.as_csv)


def must_fit(rules: policy.Policy, wanted: Wanted) -> None:
    """Refuse what is asked of rows where tables are made."""
    if rules.product == tabled.PRODUCT and (wanted.k or wanted.continues or wanted.coarser):
        raise InvalidInput({"k": [_("Tables print no count under five, whatever k is: leave this empty.")]})
    if rules.product != tabled.PRODUCT and (wanted.free or wanted.method != tabled.USUAL):
        raise InvalidInput(
            {"free": [_("A file of rows has no tables: choose a policy for tables, or none of these.")]}
        )


def tables(
    work: Work,
    rules: policy.Policy,
    filters: Mapping[str, Any],
    told: Told,
    asked: tabled.Asked,
    corrects: Release | None = None,
) -> Preview:
    """Tables and the text of a report. A correction counts what stood in the edition whose place it takes."""
    made = tabled.make(work, rules, filters, told, asked, corrects)
    size = len(made.gathered.rows)
    promised = made.manifest | {"distinct": distinct(made.gathered, range(size))}
    threads = tuple(ledger.drawn(size))
    return Preview(promised, made.files, [{}] * size, made.gathered, tuple(range(size)), threads)


def _filters(work: Work, wanted: Wanted, series: Release | None) -> Mapping[str, Any]:
    if series is None:
        return wanted.filters
    if series.policy != wanted.policy:
        raise editions.NotThisSeries(reference=series.reference)
    _found, scheme = editions.of_series(work, series)
    filters: Mapping[str, Any] = scheme["filters"]
    return filters


def _made(  # noqa: PLR0917 – all that a file rests on
    work: Work,
    wanted: Wanted,
    series: Release | None,
    rules: policy.Policy,
    gathered: Gathered,
    past: Past,
    told: Told,
) -> editions.Made:
    by_act = bool(wanted.filters.get("acts"))
    if series is not None:
        return editions.next_of(work, series, gathered, rules, past)
    return editions.alone(gathered, rules, past, wanted.k, by_act=by_act, coarser=wanted.coarser, told=told)


def _written(  # noqa: PLR0913, PLR0917 – all that a pack is made of
    rules: policy.Policy,
    filters: Mapping[str, Any],
    gathered: Gathered,
    past: Past,
    made: editions.Made,
    series: UUID | None,
    told: Told,
    *,
    as_csv: bool,
) -> Preview:
    """The files, measured as a stranger would."""
    told(WRITE, 0, 0)
    result = made.result
    about = pack.readme(rules.name, write.definition(rules, result), rules.unit, result, gathered)
    rows = (formats.as_csv if as_csv else formats.every)(rules, result, lists())
    files = [*rows, write.File("README.txt", about, 0)]
    promised = write.manifest(
        rules,
        result,
        files=files,
        considered=gathered.considered,
        excluded={**gathered.excluded, **made.excluded},
        filters=filters,
        data_date=date.fromisoformat(gathered.data_date),
        code_list_version=code_list_version(),
    )
    promised["distinct"] = distinct(gathered, result.released)
    promised |= {"lost": dict(result.lost)} if result.lost else {}
    if made.coded.lumps:
        promised["lumps"] = {column: lump.plain() for column, lump in made.coded.lumps.items()}
    promised |= {"compared": list(made.compared)} if made.compared else {}
    promised |= {"series": dict(made.series)} if made.series else {}
    written = {file.name: file.data for file in files}
    told(MEASURE, 0, 0)
    behind = levels.beside(made.coded, result, _things(gathered), cell=write.cell)
    promised = write.with_risk(promised, measure.measure(written, promised, behind).figures())
    written |= {write.MANIFEST: write.canonical(outward(promised))}
    threads = tuple(past.threads[number] for number in result.released)
    return Preview(promised, written, result.rows, gathered, result.released, threads, series)


def _things(gathered: Gathered) -> dict[str, Callable[[int], Sequence[Hashable]]]:
    """What a row speaks of; one that lists nobody speaks of one unknown person of its incident."""

    def persons(number: int) -> Sequence[Hashable]:
        incident, listed = spoken_of(gathered.rows, number)
        return listed or (("nobody of", incident),)

    return {"incidents": lambda number: (spoken_of(gathered.rows, number)[0],), "persons": persons}


def distinct(gathered: Gathered, released: Sequence[int]) -> dict[str, int]:
    """How many different incidents and persons the rows tell of: rows are neither."""
    told = [spoken_of(gathered.rows, number) for number in released]
    return {
        "incidents": len({incident for incident, _persons in told}),
        "persons": len({person for _incident, persons in told for person in persons}),
    }


def outward(promised: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest as it leaves: that one import was chosen is said, its id is ours; so is what else went out.

    How rare values are told stays with the series: of what is told coarsely, it would tell more than the file.
    """
    filters = {n: "one import" if n == "batch" else value for n, value in promised["filters"].items()}
    return {n: value for n, value in promised.items() if n not in OURS} | {"filters": filters}


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
        reference=reference("L"),
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
    ledger.enter(work, release, made.gathered, made.released, made.rows, made.threads)
    work.note("release.prepared", release, policy=name, rows=made.manifest["counts"]["released"])
    return release


def sign(work: Work, release: Release, *, looked: bool = False) -> None:
    """The second person's signature; where the policy asks for two, the second of them sends it out.

    `looked`: at the words of what was typed that are also somebody's name.
    """
    work.actor.must(Permission.RELEASE_SIGN)
    work.must_be_fresh()
    if release.state != ReleaseState.PREPARED:
        raise MoveNotAllowed
    if work.actor.id in (release.prepared_by, release.signed_by):
        raise SecondPersonNeeded
    work.vouched([release])
    _still_permitted(work, release, expiry=True)
    _still_alone(work, release, _still_counted(work, release))
    manifest = work.read(release, "manifest")
    named.must_name_nobody(work, tabled.texts_of(manifest), looked=looked)
    if release.signed_by is None:
        release.signed_by, release.signed_on = work.actor.id, work.today
    else:
        release.also_signed_by = work.actor.id
    wanted = manifest["rules"]["signatures"]
    given = sum(1 for signer in (release.signed_by, release.also_signed_by) if signer)
    if given >= wanted:
        release.state = ReleaseState.SIGNED
        release.expires_on = leaving.until(work.today, policy.load(release.policy))
        _replace(work, release)
    work.note("release.signed", release, signatures=given, of=wanted)


def _replace(work: Work, release: Release) -> None:
    """What a signed correction stands for goes out no more."""
    old = work.get(Release, release.corrects) if release.corrects else None
    if old is not None and old.state == ReleaseState.SIGNED:
        recall(work, old, f"corrected: {release.reference}")


def _still_counted(work: Work, release: Release) -> Gathered:
    """What changed since in a record, or was decided about an act, counts before the signature."""
    now = _gathered(work, release)
    there = {work.vault.keyed(ledger.INCIDENT, row["incident"]) for row in now.rows}
    listed = set(work.db.scalars(select(ReleasedRow.incident).where(ReleasedRow.release_id == release.id)))
    if not listed - {None} <= there:
        raise ConsentChanged
    then = set(work.db.scalars(select(ReleasedRow.told).where(ReleasedRow.release_id == release.id)))
    if not then - {None} <= {made_from(work, row) for row in now.rows}:
        raise ConsentChanged
    return now


def _gathered(work: Work, release: Release) -> Gathered:
    """What the same choice holds today."""
    rules, filters = policy.load(release.policy), work.read(release, "manifest")["filters"]
    if rules.product == tabled.PRODUCT:
        return tabled.rests_on(work, rules, filters)
    return gather(work, rules, filters)


def _still_alone(work: Work, release: Release, now: Gathered) -> None:
    """What went out since it was prepared counts before the signature too."""
    if policy.load(release.policy).product == tabled.PRODUCT:
        if release.corrects is None:
            query = select(ReleasedRow.incident).where(ReleasedRow.release_id == release.id)
            there = {each for each in work.db.scalars(query) if each}
            tabled.must_be_time(work, there)
            tabled.must_be_one_method(work, there, work.read(release, "manifest")["method"])
        return
    past = ledger.past(work, now, release)
    new = ledger.file_of(work, release, past, now)
    found = differ.clashes(new, past.files) if new else []
    if new and found:
        parts, k = len(found), max(new.k, *(each.k for each in past.files))
        raise editions.DifferSinceThen(references=editions.named(found), parts=parts, k=k)


def _still_permitted(work: Work, release: Release, *, expiry: bool) -> None:
    """Everyone in the pack must still permit it; after the signature every no stops it but that it ran out.

    The whole trail is asked first: a withdrawal that was taken out of the database would be no withdrawal.
    """
    work.must_be_whole()
    rules = policy.load(release.policy)
    listed = work.db.scalars(select(ReleasedRow).where(ReleasedRow.release_id == release.id)).all()
    if any(row.incident is None for row in listed):
        raise ConsentChanged  # somebody in it was erased
    hashes = {row.person for row in listed}
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
    leaving.must_be_open(work, release)
    _still_permitted(work, release, expiry=False)
    release.downloads += 1
    work.note(leaving.DOWNLOADED, release)
    return pack.opened(work.read(release, "pack"))


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


def tables_of(work: Work, release: Release, language: str) -> list[tabled.Printed]:
    """The tables of a release, as they leave; none of one of rows."""
    _must_see(work)
    if policy.load(release.policy).product != tabled.PRODUCT:
        return []
    names = work.read(release, "manifest")["tables"]
    return tabled.printed(pack.opened(work.read(release, "pack")), names, language)


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
    work.actor.must_any(frozenset({Permission.RELEASE_PREPARE, Permission.RELEASE_SIGN}))


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
