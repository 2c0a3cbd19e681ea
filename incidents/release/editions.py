"""A file beside those that are out: the next edition of a series, a coarser file, or none.

A series keeps one scheme: policy, hierarchies, k and levels of its first edition. What would be told apart by comparing
stays out of the next one: new rows wait until k of them stand together, and rows leave with those that left, so that
at least k leave together. A file of its own is refused where comparing it with another would set fewer than k apart,
or is made as coarse as it must be.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice, product
from typing import Any

from incidents.errors import MoveNotAllowed, Problem, _
from incidents.model import tree as versions
from incidents.model.release import Release
from incidents.release import anonymize, differ, filters, hierarchy, ledger, policy, table
from incidents.release.anonymize import Result
from incidents.release.differ import File
from incidents.release.gather import Gathered
from incidents.release.ledger import Past
from incidents.release.policy import Policy
from incidents.release.rare import Lump
from incidents.release.rows import Rows, only, spoken_of
from incidents.release.stages import COMPARE, Told, silent
from incidents.work import Work

NEW_INCIDENTS, APART = 50, timedelta(days=365)  # the next edition follows after so many, or after so long
TRIES = 400  # nodes that are looked at for one that passes
LARGE, MARGIN = 1000, 2  # with more incidents than this, a file is chosen for k + 2 and promises k


class ReleasesDiffer(Problem):
    """Two files that protect everybody alone, and not together."""

    status = 409
    code = "releases-differ"
    sentence = _(
        "Beside %(references)s, which went out before, this file would set apart %(parts)s groups of fewer than %(k)s "
        "incidents or persons: somebody could be read off by comparing. No coarser file was found that would do. "
        "Continue the series of an earlier release instead: there, new rows wait until enough stand together."
    )


class CoarserPasses(ReleasesDiffer):
    """The same, where a coarser file would do."""

    code = "coarser-passes"
    sentence = _(
        "Beside %(references)s, which went out before, this file would set apart %(parts)s groups of fewer than %(k)s "
        "incidents or persons: somebody could be read off by comparing. The least coarse file that may stand beside it "
        "tells: %(node)s. Choose “as coarse as it must be”, or continue the series of an earlier release, where new "
        "rows wait until enough stand together."
    )


class BesideUnsaid(ReleasesDiffer):
    """The same, beside a file whose ledger is silent on some of its rows."""

    code = "beside-unsaid"
    sentence = _(
        "%(references)s went out before, and its ledger does not say of every row whose it is. So nothing may be told "
        "beside it of those who look alike in a row that it is silent on, and this file would. Continue the series of "
        "an earlier release instead: there, they are held back, and the rest goes out."
    )


class DifferSinceThen(ReleasesDiffer):
    """Another release went out between the preparation and the signature."""

    code = "differ-since-then"
    sentence = _(
        "Beside %(references)s, which went out since this was prepared, it would set apart %(parts)s groups of fewer "
        "than %(k)s incidents or persons: somebody could be read off by comparing. Prepare it again."
    )


class TooSoon(Problem):
    """Editions that follow each other closely tell more than they publish."""

    status = 409
    code = "edition-too-soon"
    sentence = _(
        "The next edition follows after %(wanted)s new incidents or on %(day)s; %(new)s are new since %(reference)s. "
        "A correction may come at any time."
    )


class NotThisSeries(Problem):
    """A series keeps its scheme."""

    status = 409
    code = "not-this-series"
    sentence = _(
        "%(reference)s was made by other rules than those of today: the policy or its hierarchies changed. Its series "
        "ends there. Begin a new one."
    )


@dataclass(frozen=True)
class Made:
    """What the engine made, and what stayed out beside the earlier files, in numbers of rows."""

    coded: table.Table = field(repr=False)
    result: Result
    compared: tuple[str, ...]
    excluded: Mapping[str, int] = field(default_factory=dict)
    series: Mapping[str, Any] | None = None


def file(gathered: Gathered, result: Result, past: Past, *, by_act: bool, reference: str = "") -> File:
    """A file that is being made, as it is compared."""
    node = {
        column: (tree, hierarchy.exact(tree).levels.index(result.node[column]))
        for column, tree in result.hierarchies.items()
    }
    kept = tuple(name for name in result.columns if name not in node)
    rows = ledger.rows_of(gathered, result.released, result.rows, past.threads)
    return File(reference, result.k, node, kept, rows, by_act=by_act)


def beside(old: Sequence[File], new: File) -> tuple[str, ...]:
    """The files of which something is in the new one, or could be."""
    incidents = {row.incident for row in new.rows.values()}
    return tuple(
        each.reference
        for each in old
        if each.unsaid or incidents & {row.incident for row in each.rows.values()}
    )


def unsaid(old: Sequence[File]) -> tuple[str, ...]:
    """The files of which it is not known of each row whose it is."""
    return tuple(each.reference for each in old if each.unsaid)


# -- a file of its own


def alone(  # noqa: PLR0913 – all that a file rests on
    gathered: Gathered,
    rules: Policy,
    past: Past,
    k: int | None,
    *,
    by_act: bool,
    coarser: bool,
    fixed: frozenset[str] = frozenset(),
    told: Told = silent,
) -> Made:
    """The best file there is, if it may stand beside the earlier ones; else a coarser one, if that was asked for."""
    chosen = rules.k + margin(gathered, rules) if k is None else k
    coded = replace(table.build(gathered.rows, rules, k=chosen), fixed=fixed)
    result = anonymize.anonymize(coded, rules, chosen if rules.protection else None)
    published = _published(result, rules, k)
    told(COMPARE, 0, 0)
    if not past.files or not rules.protection:
        return Made(coded, published, ())
    new = file(gathered, published, past, by_act=by_act)
    found = differ.clashes(new, past.files)
    if not found:
        return Made(coded, published, beside(past.files, new))
    passing = _passing(coded, rules, result, lambda each: file(gathered, each, past, by_act=by_act), past)
    passing = passing and _published(passing, rules, k)
    if coarser and passing is not None:
        new = file(gathered, passing, past, by_act=by_act)
        return Made(coded, passing, beside(past.files, new))
    raise _refusal(found, past.files, result, passing)


def margin(gathered: Gathered, rules: Policy) -> int:
    """How much more than k is chosen for, where enough incidents are there: who leaves later does not break it."""
    if not rules.protection or len(gathered.rows) <= LARGE:
        return 0
    return MARGIN if incidents(gathered) > LARGE else 0


def incidents(gathered: Gathered) -> int:
    """How many different incidents the rows speak of."""
    if isinstance(gathered.rows, Rows):
        return gathered.rows.distinct(range(len(gathered.rows)))["incidents"]
    return len(incidents_in(gathered))


def incidents_in(gathered: Gathered) -> set[str]:
    """Those that the rows speak of, by the hexadecimal id under which each is counted."""
    found = {spoken_of(gathered.rows, number)[0] for number in range(len(gathered.rows))}
    return {each.hex() if isinstance(each, bytes) else str(each) for each in found}


def _published(result: Result, rules: Policy, k: int | None) -> Result:
    """What was chosen for more than k promises k; the certificate says for how many."""
    if k is not None or result.k == rules.k or not rules.protection:
        return result
    return replace(result, k=rules.k, certificate=result.certificate | {"k": result.k})


def _passing(coded: table.Table, rules: Policy, result: Result, made: Any, past: Past) -> Result | None:
    """The least coarse file above this one that may go out, in the order of what the columns lose."""
    limit = int(rules.suppression * coded.size + 1e-9)
    start = [ladder.levels.index(result.node[ladder.column]) for ladder in coded.ladders]
    sep = anonymize.Search(coded, result.k, limit).sep
    above = [*product(*(range(level, size) for level, size in zip(start, sep.shape, strict=True)))][1:]
    above.sort(key=lambda node: (float(sep[node]), sum(node), node))
    known = [differ.settled(made(result), old) for old in past.files]
    for node in islice(above, TRIES):
        try:
            each = anonymize.at(coded, rules, result.k, node, limit)
        except anonymize.TooFewForK:
            continue
        new = made(each)
        glances = (differ.surely(new, old, stay) for old, stay in zip(past.files, known, strict=True))
        if not any(glances) and not differ.clashes(new, past.files):
            return each
    return None


def _refusal(
    found: Sequence[differ.Clash], old: Sequence[File], result: Result, passing: Result | None
) -> ReleasesDiffer:
    said = {
        "references": named(found),
        "parts": len(found),
        "k": max(result.k, *(each.k for each in old)),
    }
    silent = {*unsaid(old)}
    if passing is None and any(silent.issuperset(clash.references) for clash in found):
        return BesideUnsaid(**said | {"references": ", ".join(sorted(silent))})
    if passing is None:
        return ReleasesDiffer(**said)
    return CoarserPasses(
        **said, node=", ".join(f"{column}: {level}" for column, level in passing.node.items())
    )


def named(found: Sequence[differ.Clash]) -> str:
    """The files that a new one clashes with, the fewest that say it."""
    fewest = sorted({clash.references for clash in found}, key=lambda each: (len(each), each))
    return ", ".join(fewest[0])


# -- the next edition


def of_series(work: Work, release: Release) -> tuple[list[Release], dict[str, Any]]:
    """The editions of a release's series that went out, and the manifest that says their scheme."""
    found = ledger.editions(work, release)
    if not found:
        raise MoveNotAllowed
    return found, work.read(found[-1], "manifest")


def series(work: Work) -> list[Release]:
    """The newest edition of each series that could be continued, the newest first."""
    out = (each for each in ledger.went_out(work) if _has_scheme(policy.load(each.policy)))
    latest = {each.series or each.id: each for each in out}
    return sorted(latest.values(), key=lambda each: (each.prepared_on, each.id), reverse=True)


def _has_scheme(rules: Policy) -> bool:
    return rules.protection and rules.product == "rows"


def next_of(work: Work, series: Release, gathered: Gathered, rules: Policy, past: Past) -> Made:
    """The next edition by the frozen scheme, without what would be told apart by comparing."""
    found, scheme = of_series(work, series)
    with by_its_hierarchies(scheme):
        return _next_of(work, series, found, scheme, gathered, rules, past)


def by_its_hierarchies(manifest: Mapping[str, Any]) -> AbstractContextManager[None]:
    """In here the versions of this edition are in force, whatever was set since."""
    return versions.pinned(hierarchy.numbers_of(manifest.get("hierarchy_versions", {})))


def _next_of(  # noqa: PLR0917 – all that an edition rests on
    work: Work,
    series: Release,
    found: Sequence[Release],
    scheme: Mapping[str, Any],
    gathered: Gathered,
    rules: Policy,
    past: Past,
) -> Made:
    if (scheme["rules"]["digest"], scheme["hierarchies_version"]) != (rules.digest, hierarchy.version()):
        raise NotThisSeries(reference=found[0].reference)
    if not rules.protection:
        raise MoveNotAllowed
    must_be_time(work, found, new_in(found, gathered, past))
    by_act = bool(scheme["filters"].get("acts"))
    k, levels, lumps = scheme["k"], scheme["hierarchies"], lumps_of(scheme)
    fixed = filters.fixed(rules, scheme["filters"])
    coded, result, out = held(gathered, rules, k, levels, past, by_act=by_act, lumps=lumps, fixed=fixed)
    new = file(gathered, result, past, by_act=by_act)
    first = work.get(Release, series.series or series.id)
    number = 1 + sum(1 for each in found if each.corrects is None)
    series_of = {"first": first.reference, "edition": number}
    return Made(coded, result, beside(past.files, new), out, series_of)


def new_in(out: Sequence[Release], gathered: Gathered, past: Past) -> int:
    """How many incidents of today's stand in none of these editions."""
    references = {each.reference for each in out}
    then = [each for each in past.files if each.reference in references]
    known = {row.incident for each in then for row in each.rows.values()}
    known |= {incident for each in then for incident in each.unsaid.incidents}
    return len(incidents_in(gathered) - known)


def must_be_time(work: Work, out: Sequence[Release], new: int) -> None:
    """Refuse an edition that follows these too closely; `new`: incidents in none of them. Problem: TooSoon."""
    latest = max(out, key=lambda each: (each.signed_on or each.prepared_on, each.prepared_on, each.id))
    due = (latest.signed_on or latest.prepared_on) + APART
    if new < NEW_INCIDENTS and work.today < due:
        raise TooSoon(wanted=NEW_INCIDENTS, day=due.isoformat(), new=new, reference=latest.reference)


def held(  # noqa: PLR0913 – all that a file rests on
    gathered: Gathered,
    rules: Policy,
    k: int,
    levels: Mapping[str, Mapping[str, str]],
    past: Past,
    *,
    by_act: bool,
    lumps: Mapping[str, Lump] | None = None,
    fixed: frozenset[str] = frozenset(),
) -> tuple[table.Table, Result, dict[str, int]]:
    """The file at these levels, and how many rows wait or are held back. Each pass only takes rows away, so it ends."""
    out: dict[str, str] = {}
    while True:
        places = [number for number, thread in enumerate(past.threads) if thread not in out]
        coded, result = _at(gathered, places, rules, k, levels, lumps or {}, fixed)
        more = differ.holding(file(gathered, result, past, by_act=by_act), past.files)
        if not more:
            counts = {reason: list(out.values()).count(reason) for reason in ("waiting", "held_back")}
            return coded, result, {reason: number for reason, number in counts.items() if number}
        out |= dict.fromkeys(more.held_back, "held_back") | dict.fromkeys(more.waiting, "waiting")


def lumps_of(scheme: Mapping[str, Any]) -> dict[str, Lump]:
    """How a manifest says that rare values are told; a series keeps that, too."""
    return {column: Lump.of(said) for column, said in scheme.get("lumps", {}).items()}


def _at(  # noqa: PLR0917 – all that a file rests on
    gathered: Gathered,
    places: Sequence[int],
    rules: Policy,
    k: int,
    levels: Mapping[str, Mapping[str, str]],
    lumps: Mapping[str, Lump],
    fixed: frozenset[str],
) -> tuple[table.Table, Result]:
    """The rows at these places, at these levels; numbered as they were gathered."""
    coded = replace(table.build(only(gathered.rows, places), rules, lumps=lumps), fixed=fixed)
    if not coded.size:
        raise anonymize.TooFewForK(rows=0, k=k)
    node = tuple(ladder.levels.index(levels[ladder.column]["level"]) for ladder in coded.ladders)
    result = anonymize.at(coded, rules, k, node)
    return coded, replace(
        result,
        released=tuple(places[number] for number in result.released),
        suppressed=tuple(places[number] for number in result.suppressed),
    )
