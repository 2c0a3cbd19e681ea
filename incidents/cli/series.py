"""Counts that others published: bring them in, list them."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from incidents.cli.frame import Desk, FileNotUsable, as_member, table
from incidents.intake import series as intake
from incidents.release.write import cell

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
COLUMNS = ("row", "series", "place", "period", "count", "data_date", "outcome", "reason")


@click.group()
def series() -> None:
    """Counts that others published, as context beside your own: load, list."""


@series.command()
@click.argument("file", type=FILE)
@click.option("--mapping", metavar="M.toml", type=FILE, required=True, help="How its columns are read.")
@click.option(
    "--result",
    metavar="R.csv",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    required=True,
    help="Where to write what became of each count.",
)
@as_member
def load(desk: Desk, file: Path, mapping: Path, result: Path) -> None:
    """Load a CSV file of published counts.

    The same file again changes nothing. A count that changed under the same date of data is said and not kept.
    """
    try:
        rules = intake.load(mapping.read_text("utf-8"))
    except UnicodeDecodeError:
        raise FileNotUsable(file=mapping.name, why="it is not UTF-8 text") from None
    with desk.work() as work:
        told = intake.bring_in(work, file.read_bytes(), file.name, rules)
    _write(result, told)
    totals = sorted(Counter(one.outcome for one in told).items())
    said = ", ".join(f"{number:,} {outcome}" for outcome, number in totals)
    click.echo(
        f"By {rules.name}, {file.name} has {len(told):,} cells: {said or 'none'}. Each is in {result}."
    )


def _write(result: Path, told: Sequence[intake.Said]) -> None:
    with result.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for one in told:
            values = (getattr(one, name) for name in COLUMNS)
            writer.writerow(["" if value is None else cell(str(value)) for value in values])


@series.command("list")
@as_member
def list_(desk: Desk) -> None:
    """Each series: how many counts, of which periods, as of when, from whom."""
    with desk.work() as work:
        rows = [
            (one.counts, one.first or "-", one.last or "-", one.data_date, one.series, one.source)
            for one in intake.listed(work)
        ]
    if not rows:
        click.echo("There is none.")
        return
    table(("COUNTS", "FROM", "TO", "DATA OF", "SERIES", "SOURCE"), rows)
