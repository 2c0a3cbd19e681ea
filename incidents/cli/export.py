"""Write the organisation's own data out, as one file that an import takes in again."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import click

from incidents.cli.frame import Desk, FileNotUsable, Progress, as_member
from incidents.intake import exporters

FILE = click.Path(dir_okay=False, path_type=Path)
WARNING = (
    "It holds names, telephones and accounts, and nothing in it is sealed. Keep it on an encrypted disk, "
    "and delete it once it was imported or stored under lock. Erasures do not reach it."
)


@click.command("export")
@click.argument("file", type=FILE)
@as_member
def export_(desk: Desk, file: Path) -> None:
    """Write every report, incident and person into FILE, one JSON object a line.

    `./run import FILE` takes it in again, in an empty instance: equal records, verified by nobody yet. Whoever was
    erased, or does not want to be kept, is left out.
    """
    if file.exists():
        raise FileNotUsable(file=file.name, why="it is there already")
    with desk.work() as work:
        total = exporters.begin(work)
    lines = exporters.lines(desk.work)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        end = _written(lines, part, total)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    _say(file, json.loads(end))


def _written(lines: Iterable[bytes], part: Path, total: int) -> bytes:
    """The last line, once all is on the disk."""
    said, line = Progress("export"), b""
    with part.open("xb") as out:
        for done, line in enumerate(lines):
            out.write(line)
            said(done, max(total, done))
        os.fsync(out.fileno())
    return line


def _say(file: Path, end: dict[str, object]) -> None:
    click.echo(f"{end['end']:,} records are in {file}.")
    left = end["left_out"]
    if isinstance(left, dict) and left:
        click.echo("Left out: " + ", ".join(f"{count:,} {name}" for name, count in left.items()) + ".")
    click.echo(WARNING)
