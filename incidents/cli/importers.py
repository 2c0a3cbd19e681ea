"""Bring in a file of other people's rows; confirm what it was published under."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from incidents import consent, jobs
from incidents.cli.frame import Desk, FileNotUsable, Progress, as_member, table
from incidents.errors import NotFound, Problem, _
from incidents.intake import importers, own, saved
from incidents.release.write import cell
from incidents.work import Work

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
COLUMNS = ("row", "outcome", "reason")


class RowsMissing(Problem):
    """The result must speak of every row of the source."""

    status = 500
    code = "rows-missing"
    sentence = _(
        "The result speaks of %(told)s rows, and %(said)s were counted. Tell us: this is a fault of the program."
    )


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--mapping", metavar="MAP.toml", type=FILE, help="How its columns are read.")
@click.option("--saved", "saved_as", metavar="NAME", help="The same: a mapping that was saved in the house.")
@click.option("--save-as", metavar="NAME", help="Keep the mapping under this name, once it read the file.")
@click.option(
    "--result",
    metavar="R.csv",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    required=True,
    help="Where to write what became of each row: row, outcome, reason.",
)
@click.option("--dry-run", is_flag=True, help="Read and judge every row; write nothing but the result file.")
@as_member
def import_(  # noqa: PLR0917  the options of a command
    desk: Desk,
    file: Path,
    mapping: Path | None,
    saved_as: str | None,
    save_as: str | None,
    result: Path,
    dry_run: bool,  # noqa: FBT001  a flag typed
) -> None:
    """Import a CSV, XLSX or JSON file.

    The same file again changes nothing; a run that was cut goes on. A filled-in template (`./run template`) needs no
    mapping, and neither does a file whose every column one saved mapping alone names.
    """
    data = file.read_bytes()
    rules = _rules(desk, mapping, saved_as) or _by_columns(desk, data, file.name)
    if dry_run:
        with desk.work() as work:
            seen = importers.preview(work, data, file.name, rules)
            _save(work, save_as, rules)
        lines = [(line.row, line.outcome, line.reason) for line in seen.lines]
        _told(result, lines, seen.totals, f"Nothing was written. By {seen.mapping}, {file.name} has")
        return
    given = importers.packed(data, file.name, rules)
    done = jobs.run_here(desk.house, desk.actor, desk.ring, importers.KIND, {}, given, Progress(file.name))
    lines = [(line["row"], line["outcome"], line["reason"]) for line in done["lines"]]
    _told(result, lines, done["totals"], f"By {done['mapping']}, {file.name} has")
    if save_as:
        with desk.work() as work:
            _save(work, save_as, rules)
    click.echo(f"The import is {done['batch']}.")
    _say_what_waits(desk, UUID(done["batch"]))


def _rules(desk: Desk, mapping: Path | None, saved_as: str | None) -> str:
    """The mapping that was named; empty: none was."""
    if mapping is not None and saved_as is not None:
        raise click.UsageError("Give either --mapping MAP.toml or --saved NAME, not both.")
    if mapping is not None:
        return text_of(mapping)
    if saved_as is None:
        return ""
    with desk.work() as work:
        return saved.named(work, saved_as).text


def _by_columns(desk: Desk, data: bytes, filename: str) -> str:
    """Where none was named: our own template's, or the only saved one that fits; an own export needs none."""
    if own.is_own(data):
        return ""
    with desk.work() as work:
        found = saved.fitting(work, data, filename)
    if len(found) == 1:
        return next(iter(found.values()))
    several = f" {len(found)} saved ones name every column of this file: {', '.join(found)}." if found else ""
    raise click.UsageError(f"Give --mapping MAP.toml or --saved NAME.{several}")


def _save(work: Work, name: str | None, rules: str) -> None:
    if name and rules:
        saved.save(work, name, rules)
        click.echo("The mapping was saved.")


def text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise FileNotUsable(file=file.name, why="it is not UTF-8 text") from None


def _told(result: Path, lines: Sequence[tuple[str, str, str]], totals: dict[str, int], head: str) -> None:
    """One line a source row into the result file; the totals to the terminal."""
    count = len(lines)
    with result.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows([cell(text) for text in line] for line in lines)
    if count != sum(totals.values()):
        raise RowsMissing(told=count, said=sum(totals.values()))
    said = ", ".join(f"{number:,} {outcome}" for outcome, number in totals.items())
    click.echo(f"{head} {count:,} rows: {said or 'none'}. Each is in {result}.")


def _say_what_waits(desk: Desk, batch: UUID) -> None:
    with desk.work() as work:
        waits = any(basis.batch_id == batch for basis in consent.waiting_bases(work))
    if waits:
        click.echo(
            f"What it was published under waits for a second person: ./run basis confirm {batch} --as NAME"
        )


@click.group()
def basis() -> None:
    """What an import was published under: list, confirm."""


@basis.command("list")
@as_member
def list_(desk: Desk) -> None:
    """The bases that wait for a second person."""
    with desk.work() as work:
        waiting = consent.waiting_bases(work)
        facts = work.read_all(waiting, "facts")
        rows = [
            (b.batch_id or b.person_id, b.set_on, *_basis(f)) for b, f in zip(waiting, facts, strict=True)
        ]
    if not rows:
        click.echo("None waits.")
        return
    table(("FOR", "SET ON", "PURPOSES", "CITATION OR REASONS"), rows)


def _basis(facts: Any) -> tuple[str, str]:
    if not facts:
        return "-", "(does not open)"
    return ",".join(facts.get("purposes", [])), facts.get("citation") or facts.get("reasons") or "-"


@basis.command()
@click.argument("batch", type=click.UUID)
@as_member
def confirm(desk: Desk, batch: UUID) -> None:
    """Confirm it as the second person."""
    with desk.work() as work:
        mine = [basis for basis in consent.waiting_bases(work) if batch in (basis.batch_id, basis.person_id)]
        if not mine:
            raise NotFound
        for one in mine:
            consent.confirm_basis(work, one)
    click.echo("Confirmed. What rests on it may leave, for the purposes it names.")
