"""A release of tables: counted, protected and audited as one, with the text of a report that is made of them.

Exact totals, charts and the numbers of the methodology are one attack surface: everything that is printed is protected
together, and what leaves beside the tables, the manifest's counts too, says no more than they do.
"""

import csv
import io
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
from incidents.release import ledger, policy, quoted, since, standing, text, wording, write
from incidents.release.free import Free
from incidents.release.gather import Gathered, Judged
from incidents.release.policy import Policy
from incidents.release.product import Preview, distinct
from incidents.release.stages import GATHER, MEASURE, SEARCH, WRITE, Told, silent
from incidents.release.tables import edition, lines, merging, sheet
from incidents.release.tables.captions import LANGUAGES
from incidents.release.tables.cells import FEW, OUT, Counted, Shown
from incidents.release.tables.edition import Edition
from incidents.release.tables.plan import Plan
from incidents.release.tables.rounding import BASE
from incidents.release.text import gathering
from incidents.release.text.facts import INCIDENTS, REASONS, Fates, key
from incidents.release.text.writing import Material
from incidents.release.wanted import METHODS as METHODS
from incidents.release.wanted import ROUNDED, Wanted
from incidents.release.wanted import USUAL as USUAL
from incidents.release.write import File
from incidents.work import Work

PRODUCT = "tables"
TWO = 2  # signatures of what prints somebody's words, or can be taken from what somebody has
ROUNDING = "rounding"  # what the key of this house is drawn for
FREE = "free_tables"  # of a manifest: the tables that were asked for besides
TYPED = "typed"  # of a manifest: what whoever prepared it typed
README = """{policy}

{en}
{es}

Date of data / Fecha de los datos: {data_date}

T1.en.csv …            each table with its notes, English and Spanish / cada tabla con sus notas, en inglés y español
tables-en.xlsx, -es    all of them in one workbook / todas en un libro
report-en.docx, -es    methodology, findings, charts / metodología, hallazgos, gráficas
report-en.html, -es    the same, for a browser / lo mismo, para un navegador
chart-…, map-…         the pictures by themselves, SVG and PNG / las imágenes por separado, SVG y PNG
{quotes}manifest.json          what was promised, counted and left out / lo prometido, lo contado y lo excluido

{marks}Rows need not add up: an incident or a person may stand in several.
Los renglones pueden no sumar: un incidente o una persona pueden estar en varios.

These are reports of incidents, not a representative sample, and not findings of a court.
Son reportes de incidentes, no una muestra representativa, y no son conclusiones de un tribunal.
"""
MARKS = """“<5” is fewer than five. “…” is another number that would give a small one away.
«<5» es menos de cinco. «…» es otro número que delataría uno pequeño.

"""
QUOTES = """quotes.en.csv, .es     what people told, as in the report / lo que las personas contaron, como en el informe
"""
DEFINITION = {
    "en": "No count of one to four is printed, and none can be worked out from the others: every table, chart and "
    "number of the text was protected together and audited.",
    "es": "No se imprime ningún conteo de uno a cuatro ni puede deducirse de los demás: todas las tablas, gráficas y "
    "cifras del texto se protegieron juntas y se revisaron.",
}
FIVES = {
    "en": "Every count is rounded to a multiple of five, up or down, by itself and always the same way; 0 is printed "
    "only where it is true, and totals need not be the sum of their parts.",
    "es": "Cada conteo se redondea a un múltiplo de cinco, hacia arriba o hacia abajo, por sí mismo y siempre igual; 0 "
    "se imprime solo donde es cierto, y los totales pueden no ser la suma de sus partes.",
}
PLAIN = {
    "en": "No protection: every count is printed as it is. Not for publication, unless all of it was published before.",
    "es": "Sin protección: cada conteo se imprime como es. No se publica, salvo que todo se haya publicado antes.",
}
PUBLISHED = {
    "en": "No protection: every count is printed as it is. Others published all of it before; nothing that anybody "
    "told the organization itself is in it.",
    "es": "Sin protección: cada conteo se imprime como es. Todo lo publicaron otros antes; nada de lo que alguien le "
    "contó a la propia organización está aquí.",
}


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


def asked(work: Work, wanted: Wanted) -> Asked:
    """What is asked for now. Problems: those of `edition.check`, NoSuchMethod."""
    free, rules = tuple(map(Free.of, wanted.free)), policy.load(wanted.policy)
    edition.check(rules, free)
    if wanted.method not in METHODS or (wanted.method != USUAL and not rules.protection):
        raise NoSuchMethod(method=wanted.method)
    return Asked(wording.asked(work, wanted.wording), free, wanted.method, wanted.quotes)


def asked_then(manifest: Mapping[str, Any]) -> Asked:
    """What was asked for of an edition that is there."""
    method = manifest["method"] if manifest["method"] in METHODS else USUAL
    return Asked(manifest.get(TYPED, {}), tuple(map(Free.of, manifest.get(FREE, ()))), method)


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
    Problems: NothingToCount, RowsStand, TooSoon, TrailBroken, Unprotected, ConsentChanged.
    """
    chosen = quoted.take(work, quoted.still(work, corrects) if corrects else asked.quotes)
    told(GATHER, 0, 0)
    counted = _of_then(work, rules, filters, corrects) if corrects else lines.told(work, rules, filters)
    if not counted.released:
        counts = write.in_and_out(counted.considered, 0, counted.excluded)
        raise NothingToCount(counts=counts)
    if corrects is None and not rules.published:
        rows = counted.gathered.rows
        there = {work.vault.keyed(ledger.INCIDENT, row["incident"]) for row in rows}
        standing.must_be_alone(work, PRODUCT, counted.gathered)
        standing.must_be_time(work, there)
        standing.must_be_one_method(work, there, asked.method)
    merged = _merged_then(work, corrects) if corrects else None
    tables = edition.edition(counted, rules, Plan.of(rules, asked.free), merged)
    told(SEARCH, 0, 0)
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
    told(WRITE, 0, 0)
    files = _files(rules, tables, material)
    told(MEASURE, 0, 0)
    if rules.protection:
        _must_hide([file for file in files if not file.name.startswith("quotes.")])  # words, no counts
    promised = _manifest(rules, filters, tables, material.shown, files)
    promised |= {"quotes": quoted.counts(each.quote for each in chosen)} if chosen else {}
    promised |= {"corrects": corrects.reference} if corrects else {}
    if chosen or (corrects and _may_be_had(work, corrects)):
        promised["rules"] = {**promised["rules"], "signatures": max(rules.signatures, TWO)}
    promised |= {TYPED: dict(asked.texts)} if asked.texts else {}
    promised |= {FREE: [each.said() for each in asked.free]} if asked.free else {}
    written = {file.name: file.data for file in files}
    written |= {write.MANIFEST: write.canonical(_outward(promised, material))}
    return Made(promised, written, counted.gathered, chosen)


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
    rows, threads = tuple(range(size)), tuple(ledger.drawn(size))
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


def _merged_then(work: Work, old: Release) -> edition.Merged:
    """What that edition told together: one of before nothing was told so tells each code apart again."""
    said = work.read(old, "manifest").get("merged")
    if said is None:
        return dict.fromkeys(merging.MERGED)
    return {axis: None if lines is None else frozenset(lines) for axis, lines in said.items()}


def today(work: Work, rules: Policy, filters: Mapping[str, Any], told: Told = silent) -> Gathered:
    """The lines that would be counted today."""
    told(GATHER, 0, 0)
    return lines.told(work, rules, filters).gathered


def must_stand(work: Work, release: Release, _now: Gathered) -> None:
    """Asked again whether it comes too soon, by another method, or beside rows; a correction may come at any time."""
    if policy.load(release.policy).published:
        return
    standing.must_stay_alone(work, PRODUCT, release)
    if not standing.replaces(work, release):
        query = select(ReleasedRow.incident).where(ReleasedRow.release_id == release.id)
        there = {each for each in work.db.scalars(query) if each}
        standing.must_be_time(work, there)
        standing.must_be_one_method(work, there, work.read(release, "manifest")["method"])


def _shown(work: Work, counted: Counted, rules: Policy, method: str, incidents: int) -> Shown:
    from incidents.release.tables import protect  # noqa: PLC0415  its solver is memory that no other page pays for

    if not rules.protection:
        return protect.protect(counted, protect.Rules(protect.OPEN)).shown
    # The same in every edition of this house, and known to nobody but those who hold the keys of `facts`.
    key = work.vault.keyed(ROUNDING) if method == ROUNDED else b""
    by = protect.Rules(method, key, incidents)
    return protect.protect(counted, by).shown


# -- writing


def _files(rules: Policy, tables: Edition, material: Material) -> list[File]:
    shown, facts = material.shown, material.facts
    only = replace(shown, counted=replace(shown.counted, tables=tables.counted.tables))
    told = quoted.sheets(material.quotes, facts.organisation, material.style)
    about = README.format(
        policy=rules.name,
        data_date=facts.data_date,
        quotes=QUOTES if told else "",
        marks=MARKS if rules.protection and shown.method != ROUNDED else "",
        **definition(rules, shown.method),
    )
    sheets = [File(name, data, 0) for name, data in sheet.csv_files(only, tables, write.cell).items()]
    books = [File(f"tables-{each}.xlsx", sheet.workbook(only, tables, each), 0) for each in LANGUAGES]
    return [*sheets, *books, *told, *text.every(material, rules), File("README.txt", about.encode(), 0)]


def definition(rules: Policy, method: str) -> dict[str, str]:
    """What is promised, in a sentence."""
    if not rules.protection:
        return PUBLISHED if rules.published else PLAIN
    return FIVES if method == ROUNDED else DEFINITION


def _manifest(
    rules: Policy, filters: Mapping[str, Any], tables: Edition, shown: Shown, files: list[File]
) -> dict[str, Any]:
    counted = tables.lines
    values = [shown.values[each] for each in {*_printed(shown)}]
    return write.about(rules, files, filters, date.fromisoformat(counted.data_date), code_list_version()) | {
        "product": PRODUCT,
        "method": shown.method,
        "k": rules.k,
        "definition": definition(rules, shown.method),
        "counts": write.in_and_out(counted.considered, counted.released, counted.excluded),
        "tables": [table.name for table in shown.counted.tables],
        "merged": {axis: lines and sorted(lines) for axis, lines in sorted(tables.merged.items())},
        "cells": {"all": len(values), "few": values.count(FEW), "out": values.count(OUT)},
        **({"rounded_to": BASE} if shown.method == ROUNDED else {}),
        "random": [],
    }


def _printed(shown: Shown) -> list[tuple[str, ...]]:
    return [cell for table in shown.counted.tables for cell in table.cells.values()]


def _outward(promised: Mapping[str, Any], material: Material) -> dict[str, Any]:
    """As it leaves: the counts in and out are protected with the tables, and say what these let them say."""
    shown, facts = material.shown, material.facts
    fates = facts.fates or Fates("incidents", 0, {})
    reasons = {reason: key("left_out", reason=reason, unit=fates.unit) for reason in REASONS}
    counts = {
        "considered": shown.values.get(fates.total, OUT),
        "released": shown.values.get(INCIDENTS, OUT),
        "excluded": {name: shown.values[each] for name, each in reasons.items() if shown.values.get(each)},
    }
    filters = {n: "one import" if n == "batch" else value for n, value in promised["filters"].items()}
    ours = {name: value for name, value in promised.items() if name != TYPED}  # it stands in the text
    return {**ours, "counts": counts, "filters": filters}


def _must_hide(files: list[File]) -> None:
    """Read again what was written: no cell of a table is a number under five, but a true zero."""
    small = {str(number) for number in range(1, 5)}
    for file in files:
        if file.name.endswith(".csv"):
            body = file.data.decode("utf-8-sig").split("\r\n\r\n")[0]
            if any(cell in small for line in body.split("\r\n")[1:] for cell in line.split(",")[1:]):
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
    return [_read(files[f"{name}.{language}.csv"].decode("utf-8-sig")) for name in names]


def _read(content: str) -> Printed:
    lines = [[write.raw(cell) for cell in line] for line in csv.reader(io.StringIO(content))]
    empty = lines.index([])
    title, *notes = (line[0] for line in lines[empty + 1 :])
    return Printed(title, lines[0], lines[1:empty], notes)


# -- one after another


def stood_in(work: Work, release: Release) -> Callable[[Judged], bool]:
    """Whether an act and its person were counted in this edition."""
    query = select(ReleasedRow.whose).where(ReleasedRow.release_id == release.id)
    known = {*work.db.scalars(query)}
    return lambda one: ledger.whose(work, one.act.id, one.person) in known
