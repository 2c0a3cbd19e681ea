"""A release of rows: gathered, made alike, compared with what went out, written, and measured as a stranger would.

A public file carries tables counted from its own rows: who has the rows has the tables, and so they tell nothing more.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from incidents.errors import InvalidInput, _
from incidents.model import tree as versions
from incidents.model.release import Release
from incidents.model.vocabulary import lists
from incidents.model.vocabulary import version as code_list_version
from incidents.release import (
    anonymize,
    citation,
    differ,
    editions,
    formats,
    ledger,
    levels,
    measure,
    pack,
    policy,
    quoted,
    standing,
    tagged,
    text,
    unsaid,
    write,
)
from incidents.release import filters as chosen
from incidents.release.anonymize import Result
from incidents.release.citation import Citation
from incidents.release.gather import Gathered, gather
from incidents.release.ledger import Past
from incidents.release.policy import Policy
from incidents.release.product import Preview, distinct, outward
from incidents.release.regions import geojson
from incidents.release.rows import spoken_of
from incidents.release.stages import MEASURE, SEARCH, WRITE, Told, silent
from incidents.release.table import Table
from incidents.release.tables import filed, sheet
from incidents.release.tables.captions import LANGUAGES
from incidents.release.tables.cells import Shown
from incidents.release.text import gathering
from incidents.release.text.facts import Fates, joined
from incidents.release.text.words import heading
from incidents.release.text.writing import Material
from incidents.release.wanted import USUAL, Wanted
from incidents.release.write import File
from incidents.work import Work

PRODUCT = "rows"
ALIKE = ("suppressed", "waiting", "held_back")  # why a row stays out so that enough are alike


class NothingGoesIn(anonymize.TooFewForK):
    """Not a matter of k: no row is left to be protected."""

    code = "nothing-goes-in"
    sentence = _("No row file can be made: every row stays out before protection begins.")


def must_fit(_rules: Policy, wanted: Wanted) -> None:
    """Refuse what is asked of tables."""
    quoted.must_fit(wanted.quotes, prints=False)
    if wanted.free or wanted.method != USUAL:
        raise InvalidInput(
            {"free": [_("A file of rows has no tables: choose a policy for tables, or none of these.")]}
        )


def look(work: Work, rules: Policy, wanted: Wanted, told: Told) -> Preview:
    """The whole road once."""
    series = work.get(Release, wanted.continues) if wanted.continues else None
    gathered = gather(work, rules, _filters(work, wanted, series), told)
    return of_gathered(work, wanted, rules, gathered, series, told)


def of_gathered(
    work: Work,
    wanted: Wanted,
    rules: Policy,
    gathered: Gathered,
    series: Release | None = None,
    told: Told = silent,
) -> Preview:
    """The rest of the road, where the rows are gathered: by the hierarchies of today, or those of the series."""
    with versions.pinned() if series is None else editions.by_its_hierarchies(work.read(series, "manifest")):
        return _by(work, wanted, rules, gathered, series, told)


def _by(
    work: Work, wanted: Wanted, rules: Policy, gathered: Gathered, series: Release | None, told: Told
) -> Preview:
    filters = _filters(work, wanted, series)
    if rules.public:
        standing.must_be_alone(work, PRODUCT, gathered)
    past = ledger.past(work, gathered)
    told(SEARCH, 0, 0)
    try:
        made = _made(work, wanted, series, rules, gathered, past, told)
    except anonymize.TooFewForK as few:
        problem = type(few) if gathered.rows else NothingGoesIn
        raise problem(**few.details, counts=_none_of(gathered)) from None
    threads = tuple(past.threads[number] for number in made.result.released)
    more = _more(made) | said_of(past, rules) | ({tagged.KEY: True} if wanted.hxl else {})
    del past  # what went out before was compared; while files are written, they need its memory
    packed = written(work, Packed(rules, made.result, gathered, filters, made.excluded, more), told,
                     behind=made.coded, as_csv=wanted.as_csv)  # fmt: skip
    first = (series.series or series.id) if series else None
    return Preview(*packed, made.result.rows, gathered, made.result.released, threads, first)


def today(work: Work, rules: Policy, filters: Mapping[str, Any], told: Told = silent) -> Gathered:
    """What the same choice holds today."""
    return gather(work, rules, filters, told)


def must_stand(work: Work, release: Release, now: Gathered) -> None:
    """Compared again with what went out since it was prepared.

    Problems: DifferSinceThen, TablesStand, TooSoon, LedgerSilent.
    """
    if policy.load(release.policy).public:
        standing.must_stay_alone(work, PRODUCT, release)
    if not ledger.went_out(work, release):
        if release.ledger:  # it stands beside nothing, and what comes later beside it
            released = work.read(release, "manifest")["counts"]["released"]
            unsaid.must_tell(work.read(release, "ledger"), released, release.reference)
        return
    past = ledger.past(work, now, release)
    if release.series and release.corrects is None and (out := ledger.editions(work, release)):
        editions.must_be_time(work, out, editions.new_in(out, now, past))
    new = ledger.file_of(work, release, past, now)
    found = differ.clashes(new, past.files) if new else []
    if new and found:
        parts, k = len(found), max(new.k, *(each.k for each in past.files))
        raise editions.DifferSinceThen(references=editions.named(found), parts=parts, k=k)


def _none_of(gathered: Gathered) -> dict[str, Any]:
    """In and out, where nothing goes in."""
    excluded = gathered.excluded | ({"suppressed": len(gathered.rows)} if gathered.rows else {})
    return {"considered": gathered.considered, "released": 0, "excluded": excluded}


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
    rules: Policy,
    gathered: Gathered,
    past: Past,
    told: Told,
) -> editions.Made:
    by_act = bool(wanted.filters.get("acts"))
    if series is not None:
        return editions.next_of(work, series, gathered, rules, past)
    fixed = chosen.fixed(rules, wanted.filters)
    return editions.alone(
        gathered, rules, past, wanted.k, by_act=by_act, coarser=wanted.coarser, fixed=fixed, told=told
    )


def _more(made: editions.Made) -> dict[str, Any]:
    """What a manifest says of how this file came about."""
    lumps = {column: lump.plain() for column, lump in made.coded.lumps.items()}
    said = {"lost": dict(made.result.lost), "lumps": lumps, "compared": list(made.compared)}
    return {name: each for name, each in (said | {"series": dict(made.series or {})}).items() if each}


def said_of(past: Past, rules: Policy) -> dict[str, Any]:
    """For the manifest: the files beside which more had to stay out, since their ledger is silent on a row."""
    silent = editions.unsaid(past.files) if rules.protection else ()
    return {"unsaid": list(silent)} if silent else {}


# -- the files


@dataclass(frozen=True)
class Packed:
    """What a pack is made of. `excluded`: besides what was gathered; `more`: what its manifest says of how it was made.

    `code_lists`: the version of theirs; empty: that of today.
    """

    rules: Policy
    result: Result
    gathered: Gathered = field(repr=False)
    filters: Mapping[str, Any]
    excluded: Mapping[str, int]
    more: Mapping[str, Any]
    code_lists: str = ""

    def out(self) -> dict[str, int]:
        """How many rows stayed out, by reason."""
        found = {**self.gathered.excluded, **self.excluded}
        return found | {"suppressed": found.get("suppressed", 0) + len(self.result.suppressed)}

    @property
    def hxl(self) -> bool:
        """Whether it has files with tags."""
        return tagged.KEY in self.more

    def left(self) -> int:
        """Rows that stayed out so that enough are alike."""
        return sum(self.out().get(name, 0) for name in ALIKE)


def written(
    work: Work, packed: Packed, told: Told, *, behind: Table | None = None, as_csv: bool = False
) -> tuple[dict[str, Any], Mapping[str, bytes]]:
    """The manifest and the files, measured as a stranger would. `behind`: the rows that they were made from."""
    told(WRITE, 0, 0)
    rules, result, gathered = packed.rules, packed.result, packed.gathered
    cited = _citation(work, packed)
    rows, more = _rows(packed, cited, as_csv=as_csv)
    names, tables = _tables(work, packed, cited, as_csv=as_csv)
    definition = write.definition(rules, result)
    about = pack.readme(
        rules.in_both, cited, definition, rules.unit, result, gathered, more, tables=bool(names)
    )
    beside = [File(citation.NAME, cited.csl(), 0)] if cited.public and not as_csv else []
    files = [*rows, *tables, *beside, File("README.txt", about, 0)]
    promised = write.manifest(
        rules,
        result,
        files=files,
        considered=gathered.considered,
        excluded={**gathered.excluded, **packed.excluded},
        filters=packed.filters,
        data_date=date.fromisoformat(gathered.data_date),
        code_list_version=packed.code_lists or code_list_version(),
    )
    promised |= cited.manifest() | {"random": [*promised["random"], "reference"]}
    promised |= {"distinct": distinct(gathered, result.released), **packed.more}
    promised |= {"tables": names, "method": filed.METHOD} if names else {}
    contents = write.Files(files)
    told(MEASURE, 0, 0)
    levels_beside = levels.beside(behind, result, _things(gathered), cell=write.cell) if behind else None
    promised = write.with_risk(promised, measure.measure(contents, promised, levels_beside).figures())
    manifest = File(write.MANIFEST, write.canonical(outward(promised)), 0)
    return promised, write.Files([*files, manifest])


def _citation(work: Work, packed: Packed) -> Citation:
    named = {"reference": citation.drawn(), "corrects": str(packed.more.get("corrects", ""))}
    title = {each: heading("title", each) for each in LANGUAGES}
    return Citation.of(packed.rules, gathering.organisation(work), title, packed.gathered.data_date, **named)


def _rows(packed: Packed, cited: Citation, *, as_csv: bool) -> tuple[list[File], str]:
    """The rows in every format, on a map, and with tags where wanted; and what README.txt says of the last two."""
    rules, result = packed.rules, packed.result
    if as_csv:
        return formats.as_csv(rules, result, lists()), ""
    regions, hxl = geojson.of_rows(rules, result, packed.filters, cited), packed.hxl
    about = (tagged.README[tagged.NAME] if hxl else "") + (geojson.README if regions else "")
    return formats.every(rules, result, lists(), regions, hxl=hxl, cited=cited), about


def _tables(work: Work, packed: Packed, cited: Citation, *, as_csv: bool) -> tuple[list[str], list[File]]:
    """The tables of a public file, by their names, and their files and text; of any other none."""
    rules, day = packed.rules, packed.gathered.data_date
    made = filed.tables(rules, packed.result, packed.left(), packed.filters, day) if rules.public else None
    if made is None:
        return [], []
    texts = sheet.csv_files(made.shown, made.about, write.cell, cited.lines)
    files = [File(name, data, 0) for name, data in texts.items()]
    if not as_csv:
        files += tagged.tables(made.shown, write.cell) if packed.hxl else []
        books = (
            (each, sheet.workbook(made.shown, made.about, each, cited.properties(each))) for each in LANGUAGES
        )
        files += [File(f"tables-{each}.xlsx", data, 0) for each, data in books]
        files += text.every(_material(work, packed, cited, made), rules, drawn=False)
    return [table.name for table in made.shown.counted.tables], files


def _material(work: Work, packed: Packed, cited: Citation, made: filed.Filed) -> Material:
    """What the text is made of: the tables, and the counts in and out that the manifest says."""
    gathered, rules = packed.gathered, packed.rules
    fates = Fates(filed.UNIT, gathered.considered, packed.out())
    facts = gathering.of_file(work, rules, gathered.data_date, fates)
    counted = joined(made.shown.counted, facts)
    return Material(Shown(counted, counted.counts, filed.METHOD), facts, made.about, citation=cited)


def _things(gathered: Gathered) -> dict[str, Callable[[int], Sequence[Hashable]]]:
    """What a row speaks of; one that lists nobody speaks of one unknown person of its incident."""

    def persons(number: int) -> Sequence[Hashable]:
        incident, listed = spoken_of(gathered.rows, number)
        return listed or (("nobody of", incident),)

    return {"incidents": lambda number: (spoken_of(gathered.rows, number)[0],), "persons": persons}
