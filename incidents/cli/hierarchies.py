"""The hierarchies by which a release says less: list them, write one out, set one from a file."""

from pathlib import Path

import click

from incidents import members
from incidents.cli.frame import Desk, FileNotUsable, as_member, table
from incidents.release import hierarchy, versions
from incidents.release.versions import SET


@click.group()
def hierarchies() -> None:
    """How values say less: list, show, load."""


@hierarchies.command("list")
@as_member
def list_(desk: Desk) -> None:
    """Every hierarchy and its versions, the newest first; version 0 is the file that comes with the program."""
    with desk.work() as work:
        names = members.names(work)
        lines = [
            (name, row.number, row.digest[:12], row.set_on.isoformat(), names.get(row.set_by, "–"), str(why))
            for name in SET
            for row, why in versions.history(work, name)
        ]
    files = [(name, 0, hierarchy.file(name).digest[:12], "", "", "") for name in SET]
    found = sorted(lines + files, key=lambda line: (line[0], -line[1]))
    table(
        ("HIERARCHY", "VERSION", "DIGEST", "SET ON", "BY", "WHY"),
        [tuple(map(str, line)) for line in found],
    )


@hierarchies.command()
@click.argument("name", type=click.Choice(SET))
@click.option("--number", type=click.IntRange(min=0), help="One of its versions; that in force without it.")
@as_member
def show(desk: Desk, name: str, number: int | None) -> None:
    """Write a hierarchy as CSV: the value first, one level a column, with semicolons between."""
    with desk.work() as work:
        versions.history(work, name)
        found = versions.standing(name) if number is None else versions.numbered(name, number)
    click.echo(versions.as_csv(found), nl=False)


@hierarchies.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", type=click.Choice(SET), required=True, help="Which hierarchy it is.")
@click.option("--why", required=True, help="A sentence that a colleague can follow in a year.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    help="Words of new groups, one a line: code;English;Spanish.",
)
@click.option("--dry-run", is_flag=True, help="Check it and say what changes; keep nothing.")
@as_member
def load(desk: Desk, file: Path, name: str, why: str, labels: Path | None, *, dry_run: bool) -> None:
    """Check a hierarchy, say which values change, and keep it as the next version."""
    with desk.work() as work:
        standing = versions.standing(name)
        words = dict(versions.draft(standing).labels)
        words |= versions.labels_of(_text(labels), name) if labels else {}
        proposed = versions.read(name, _text(file), words)
        moved = versions.changes(versions.draft(standing), proposed)
        row = None if dry_run else versions.keep(work, proposed, why, standing.number)
        number = row.number if row else None
    for each in moved:
        click.echo(f"{each.value}  {each.level}: {each.before or '–'} → {each.after or '–'}")
    click.echo(
        f"{len(moved)} values change." + (f" Kept as version {number}." if number else " Nothing is kept.")
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as why:
        raise FileNotUsable(file=file, why=why.strerror or "it cannot be read") from None
    except UnicodeDecodeError:
        raise FileNotUsable(file=file, why="it is not UTF-8 text") from None
