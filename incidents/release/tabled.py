"""A release of tables: counted, protected and audited as one, with the text of a report that is made of them.

Exact totals, charts and the numbers of the methodology are one attack surface: everything that is printed is protected
together, and what leaves beside the tables, the manifest's counts too, says no more than they do.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import InvalidInput, Problem, _
from incidents.model import tree as versions
from incidents.model.release import Release, ReleasedRow
from incidents.model.report import Interview
from incidents.model.vocabulary import version as code_list_version
from incidents.release import (
    citation,
    ledger,
    noised,
    policy,
    promises,
    quoted,
    since,
    standing,
    tagged,
    text,
    wording,
    write,
)
from incidents.release.citation import Citation
from incidents.release.entries import Threads
from incidents.release.free import Free
from incidents.release.gather import Gathered, Judged
from incidents.release.noising import plainly
from incidents.release.policy import Policy
from incidents.release.product import Preview, distinct
from incidents.release.promises import TYPED as TYPED
from incidents.release.regions import geojson
from incidents.release.stages import GATHER, MEASURE, SEARCH, WRITE, Told, silent
from incidents.release.tables import edition, lines, merging, sheet
from incidents.release.tables.captions import LANGUAGES, About
from incidents.release.tables.cells import FEW, OUT, Counted, Shown
from incidents.release.tables.edition import Edition
from incidents.release.tables.plan import Plan
from incidents.release.tables.rounding import BASE
from incidents.release.text import gathering, writing
from incidents.release.text.writing import Material
from incidents.release.wanted import METHODS as METHODS
from incidents.release.wanted import NOISED as NOISED
from incidents.release.wanted import ROUNDED, Wanted
from incidents.release.wanted import USUAL as USUAL
from incidents.release.write import File
from incidents.work import Work

PRODUCT = "tables"
TWO = 2  # signatures of what prints somebody's words, or can be taken from what somebody has
ROUNDING = "rounding"  # what the key of this house is drawn for
FREE = "free_tables"  # of a manifest: the tables that were asked for besides
# Of a manifest: axes on which what nobody noted keeps its line. A correction of an edition without has none by them.
APART = "told_apart"


class NothingToCount(Problem):
    """No incident may be counted."""

    status = 409
    code = "nothing-to-count"
    sentence = _("No table can be made: every incident stays out for one of the reasons below.")


class NoSuchMethod(Problem):
    """A method that is not offered, or any of tables that are not protected."""

    status = 422
    code = "no-such-method"
    sentence = _(
        "Tables of this policy cannot be protected by “%(method)s”. Choose one of the methods that are offered."
    )


class CountShown(Problem):
    """A written table holds what it must not: a fault of ours."""

    status = 500
    code = "count-shown"
    sentence = _("The written table %(file)s shows a count under five. Nothing was released.")


@dataclass(frozen=True)
class Asked:
    """What whoever prepares chose and typed, beside the policy and the filters."""

    texts: wording.Texts = field(default_factory=dict, repr=False)
    free: tuple[Free, ...] = ()
    method: str = USUAL
    quotes: Sequence[UUID] = ()  # from the shelf, in this order
    hxl: bool = False


def asked(work: Work, wanted: Wanted) -> Asked:
    """What is asked for now. Problems: those of `edition.check`, NoSuchMethod."""
    free, rules = tuple(map(Free.of, wanted.free)), policy.load(wanted.policy)
    edition.check(rules, free)
    if wanted.method not in offered(rules):
        raise NoSuchMethod(method=wanted.method)
    texts = wording.asked(work, wanted.wording)
    if wanted.method == NOISED:
        noised.must_fit(free, wanted.quotes, texts)
    return Asked(texts, free, wanted.method, wanted.quotes, wanted.hxl)


def offered(rules: Policy) -> tuple[str, ...]:
    """The methods by which tables of this policy may be protected; of what is not protected, the one that says so."""
    if not rules.protection:
        return (USUAL,)
    return tuple(each for each in METHODS if each != NOISED or rules.noise is not None)


def asked_then(manifest: Mapping[str, Any]) -> Asked:
    """What was asked for of an edition that is there."""
    method = manifest["method"] if manifest["method"] in METHODS else USUAL
    free = tuple(map(Free.of, manifest.get(FREE, ())))
    return Asked(manifest.get(TYPED, {}), free, method, hxl=tagged.KEY in manifest)


def texts_of(manifest: Mapping[str, Any]) -> list[str]:
    """Every text that was typed for a release; of one of rows, none."""
    return [text for _place, text in wording.places(manifest.get(TYPED, {}))]


@dataclass(frozen=True)
class Made:
    """The files, what they promise, and whom they rest on."""

    manifest: dict[str, Any]
    files: dict[str, bytes] = field(repr=False)
    gathered: Gathered = field(repr=False)
    quotes: tuple[quoted.Chosen, ...] = field(default=(), repr=False)


def make(
    work: Work,
    rules: Policy,
    filters: Mapping[str, Any],
    told: Told,
    asked: Asked,
    corrects: Release | None = None,
) -> Made:
    """All of it. `corrects`: the edition whose place it takes; what stood in that one, and nothing since, is counted.

    Of quotes, a correction prints what that edition printed and may leave.
    Problems: NothingToCount, RowsStand, TooSoon, TrailBroken, Unprotected, ConsentChanged, OverCeiling.
    """
    chosen = quoted.take(work, quoted.still(work, corrects) if corrects else asked.quotes)
    told(GATHER, 0, 0)
    counted = countable(work, rules, filters, asked.method, corrects)
    told(SEARCH, 0, 0)
    laid: Edition | About
    if asked.method == NOISED:
        laid, material, promised = _with_noise(work, rules, counted, asked)
    else:
        laid, material, promised = _as_counted(work, rules, counted, asked, chosen, corrects)
    told(WRITE, 0, 0)
    cited = _citation(rules, material, corrects)
    material = replace(material, citation=cited)
    files = _files(rules, laid, material, cited, promised["definition"], hxl=asked.hxl)
    told(MEASURE, 0, 0)
    if rules.protection and asked.method != NOISED:
        _must_hide([file for file in files if not file.name.startswith("quotes.")])  # words, no counts
    promised = _manifest(rules, filters, counted, material.shown, files) | cited.manifest() | promised
    promised |= {"quotes": quoted.counts(each.quote for each in chosen)} if chosen else {}
    promised |= {"corrects": corrects.reference} if corrects else {}
    if chosen or asked.method == NOISED or (corrects and _may_be_had(work, corrects)):
        promised["rules"] = {**promised["rules"], "signatures": max(rules.signatures, TWO)}
    promised |= {tagged.KEY: True} if asked.hxl else {}
    promised |= {TYPED: dict(asked.texts)} if asked.texts else {}
    promised |= {FREE: [each.said() for each in asked.free]} if asked.free else {}
    written = {file.name: file.data for file in files}
    written |= {write.MANIFEST: write.canonical(promises.outward(promised, material))}
    return Made(promised, written, counted.gathered, chosen)


def countable(
    work: Work, rules: Policy, filters: Mapping[str, Any], method: str, corrects: Release | None = None
) -> lines.Lines:
    """What an edition counts. Problems: NothingToCount, RowsStand, TooSoon, OtherMethod, TrailBroken."""
    counted = _of_then(work, rules, filters, corrects) if corrects else lines.told(work, rules, filters)
    if not counted.released:
        raise NothingToCount(counts=write.in_and_out(counted.considered, 0, counted.excluded))
    if corrects is None and not rules.published:
        standing.must_have_room(work, counted.gathered, method)
    return counted


def _as_counted(
    work: Work,
    rules: Policy,
    counted: lines.Lines,
    asked: Asked,
    chosen: Sequence[quoted.Chosen],
    corrects: Release | None,
) -> tuple[Edition, Material, dict[str, Any]]:
    """Every table, its counts hidden, rounded or open; what the text is made of; and what a manifest says of both."""
    then = work.read(corrects, "manifest") if corrects else None
    merged, reporting = (_merged_then(then), APART in then) if then else (None, True)
    plan = Plan.of(rules, asked.free, reporting=reporting)
    tables = edition.edition(counted, rules, plan, merged)
    material = gathering.material(
        work,
        tables,
        lambda counts: _shown(work, counts, rules, asked.method, counted.released),
        since.came(work, _first(work, corrects), Interview) if corrects else (),
        quotes=tuple(each.quote for each in chosen),
        typed=wording.typed(asked.texts),
        style=wording.style(asked.texts),
    )
    if own := asked.texts.get("organisation"):
        material = replace(material, facts=replace(material.facts, organisation=own))
    said = {axis: lines and sorted(lines) for axis, lines in sorted(tables.merged.items())}
    promised = {"merged": said, "definition": promises.definition(rules, material.shown.method)}
    return tables, material, promised | ({APART: sorted(merging.APART)} if reporting else {})


def _with_noise(
    work: Work, rules: Policy, counted: lines.Lines, asked: Asked
) -> tuple[About, Material, dict[str, Any]]:
    """The same with noise. Problems: NoSuchMethod, OverCeiling, NobodyToCount."""
    if rules.noise is None:  # a policy that allowed it once
        raise NoSuchMethod(method=NOISED)
    before = noised.must_afford(work, rules.noise, counted.gathered)
    made = noised.drawn(work, rules, rules.noise, counted, asked.texts)
    return (
        made.material.about,
        made.material,
        {
            noised.MANIFEST: made.said,
            noised.WITHIN: made.counted | {"spent": plainly(before.epsilon), "by": list(before.references)},
            "definition": promises.with_noise(made.said),
            "random": ["noise", "reference"],
        },
    )


def _citation(rules: Policy, material: Material, corrects: Release | None) -> Citation:
    facts = material.facts
    titles = writing.titles(facts, material.typed)
    named = {"reference": citation.drawn(), "corrects": corrects.reference if corrects else ""}
    return Citation.of(rules, facts.organisation, titles, facts.data_date.isoformat(), **named)


def _may_be_had(work: Work, edition: Release) -> bool:
    """Whether somebody has it, or one whose place it took: what they take from it is who left since."""
    if edition.downloads or edition.corrects is None:
        return bool(edition.downloads)
    return _may_be_had(work, work.get(Release, edition.corrects))


def must_fit(_rules: Policy, wanted: Wanted) -> None:
    """Refuse what is asked of rows."""
    if wanted.k or wanted.continues or wanted.coarser:
        raise InvalidInput({"k": [_("Tables print no count under five, whatever k is: leave this empty.")]})
    quoted.must_fit(wanted.quotes, prints=True)


def look(work: Work, rules: Policy, wanted: Wanted, told: Told, corrects: Release | None = None) -> Preview:
    """Tables and the text of a report. A correction counts what stood in the edition whose place it takes."""
    with versions.pinned():
        chose = asked_then(work.read(corrects, "manifest")) if corrects else asked(work, wanted)
        made = make(work, rules, wanted.filters, told, chose, corrects)
    size = len(made.gathered.rows)
    promised = made.manifest | {"distinct": distinct(made.gathered, range(size))}
    rows, threads = tuple(range(size)), tuple(Threads.drawn(size))
    return Preview(promised, made.files, [{}] * size, made.gathered, rows, threads, quotes=made.quotes)


def _of_then(work: Work, rules: Policy, filters: Mapping[str, Any], old: Release) -> lines.Lines:
    """What stood in that edition and may be counted today, as of its day; what stayed out of it stays out."""
    said = work.read(old, "manifest")
    found = lines.told(work, rules, filters, stood_in(work, old))
    then, day = said["counts"], said["data_date"]
    # Erased, or joined to another since; less than none: taken apart.
    gone = then["released"] - found.considered
    blank = select(ReleasedRow.id).where(ReleasedRow.release_id == old.id, ReleasedRow.incident.is_(None))
    why = "erased" if work.db.scalars(blank.limit(1)).first() else "duplicate"
    excluded = Counter(then["excluded"]) + Counter(found.excluded) + Counter({why: max(gone, 0)})
    return replace(
        found,
        considered=then["considered"] + max(-gone, 0),
        excluded={reason: number for reason, number in sorted(excluded.items()) if number},
        data_date=day,
        gathered=replace(found.gathered, data_date=day),
    )


def _first(work: Work, release: Release) -> Release:
    """The edition that this one corrects, or whose correction it corrects."""
    while release.corrects is not None:
        release = work.get(Release, release.corrects)
    return release


def _merged_then(manifest: Mapping[str, Any]) -> edition.Merged:
    """What that edition told together: one of before nothing was told so tells each code apart again."""
    said = manifest.get("merged")
    if said is None:
        return dict.fromkeys(merging.MERGED)
    return {axis: None if lines is None else frozenset(lines) for axis, lines in said.items()}


def today(work: Work, rules: Policy, filters: Mapping[str, Any], told: Told = silent) -> Gathered:
    """The lines that would be counted today."""
    told(GATHER, 0, 0)
    return lines.told(work, rules, filters).gathered


def must_stand(work: Work, release: Release, _now: Gathered) -> None:
    """Asked again whether it comes too soon, by another method, or beside rows; a correction may come at any time."""
    rules = policy.load(release.policy)
    if rules.published:
        return
    standing.must_stay_alone(work, PRODUCT, release)
    manifest = work.read(release, "manifest")
    if manifest["method"] == NOISED:
        noised.must_still_afford(work, release, manifest, rules.noise)
    if not standing.replaces(work, release):
        query = select(ReleasedRow.incident).where(ReleasedRow.release_id == release.id)
        there = {each for each in work.db.scalars(query) if each}
        standing.must_be_time(work, there)
        standing.must_be_one_method(work, there, manifest["method"])


def _shown(work: Work, counted: Counted, rules: Policy, method: str, incidents: int) -> Shown:
    from incidents.release.tables import protect  # noqa: PLC0415  its solver is memory that no other page pays for

    if not rules.protection:
        return protect.protect(counted, protect.Rules(protect.OPEN)).shown
    # The same in every edition of this house, and known to nobody but those who hold the keys of `facts`.
    key = work.vault.keyed(ROUNDING) if method == ROUNDED else b""
    by = protect.Rules(method, key, incidents)
    return protect.protect(counted, by).shown


# -- writing


def _files(
    rules: Policy,
    laid: Edition | About,
    material: Material,
    cited: Citation,
    promise: Mapping[str, str],
    *,
    hxl: bool,
) -> list[File]:
    shown, facts = material.shown, material.facts
    told = quoted.sheets(material.quotes, facts.organisation, material.style, cited)
    regions = geojson.of_tables(shown, material.about, rules, cited)
    about = promises.README.format(
        head=cited.head(),
        policy=rules.in_both,
        cite=cited.readme(),
        more=(tagged.README[tagged.ENDING] if hxl else "") + (geojson.README if regions else ""),
        data_date=facts.data_date,
        quotes=promises.QUOTES if told else "",
        marks=promises.MARKS if rules.protection and shown.method == USUAL else "",
        **promise,
    )
    texts = sheet.csv_files(shown, laid, write.cell, cited.lines)
    sheets = [File(name, data, 0) for name, data in texts.items()]
    books = ((each, sheet.workbook(shown, laid, each, cited.properties(each))) for each in LANGUAGES)
    tags = tagged.tables(shown, write.cell) if hxl else []
    sheets += [*tags, *(File(f"tables-{each}.xlsx", data, 0) for each, data in books)]
    written = [*sheets, *regions, *told, *text.every(material, rules)]
    return [*written, File(citation.NAME, cited.csl(), 0), File("README.txt", about.encode(), 0)]


def _manifest(
    rules: Policy, filters: Mapping[str, Any], counted: lines.Lines, shown: Shown, files: list[File]
) -> dict[str, Any]:
    values = [shown.values[each] for each in {*_printed(shown)}]
    return write.about(rules, files, filters, date.fromisoformat(counted.data_date), code_list_version()) | {
        "product": PRODUCT,
        "method": shown.method,
        "k": rules.k,
        "counts": write.in_and_out(counted.considered, counted.released, counted.excluded),
        "tables": [table.name for table in shown.counted.tables],
        "cells": {"all": len(values), "few": values.count(FEW), "out": values.count(OUT)},
        **({"rounded_to": BASE} if shown.method == ROUNDED else {}),
        "random": ["reference"],
    }


def _printed(shown: Shown) -> list[tuple[str, ...]]:
    return [cell for table in shown.counted.tables for cell in table.cells.values()]


def _must_hide(files: list[File]) -> None:
    """Read again what was written: no cell of a table is a number under five, but a true zero."""
    small = {str(number) for number in range(1, 5)}
    for file in files:
        if file.name.endswith(".csv"):
            body = file.data.decode("utf-8-sig").split("\r\n\r\n")[0]
            if any(cell in small for line in body.split("\r\n")[1:] for cell in line.split(",")[1:]):
                raise CountShown(file=file.name)
        elif file.name == geojson.NAME and not geojson.must_hide(file.data):
            raise CountShown(file=file.name)


# -- looked at


@dataclass(frozen=True, slots=True)
class Printed:
    """A table as it leaves."""

    title: str
    head: list[str]
    rows: list[list[str]]
    notes: list[str]


def printed(files: Mapping[str, bytes], names: Iterable[str], language: str) -> list[Printed]:
    """These tables of a pack, read from its files."""
    cite = json.loads(files.get(write.MANIFEST, b"{}")).get("cite", {}).get(language)  # once a page is enough
    return [_read(files[f"{name}.{language}.csv"].decode("utf-8-sig"), cite) for name in names]


def _read(content: str, cite: str | None) -> Printed:
    lines = [[write.raw(cell) for cell in line] for line in csv.reader(io.StringIO(content))]
    empty = lines.index([])
    title, *notes = (line[0] for line in lines[empty + 1 :])
    return Printed(title, lines[0], lines[1:empty], [note for note in notes if note != cite])


# -- one after another


def stood_in(work: Work, release: Release) -> Callable[[Judged], bool]:
    """Whether an act and its person were counted in this edition."""
    query = select(ReleasedRow.whose).where(ReleasedRow.release_id == release.id)
    known = {*work.db.scalars(query)}
    return lambda one: ledger.whose(work, one.act.id, one.person) in known
