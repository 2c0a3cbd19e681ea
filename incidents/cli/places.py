"""The official catalogue of municipalities, for this instance."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

import click

from config import Settings
from incidents.cli.frame import NotSetUp
from incidents.model import place


@click.group()
def places() -> None:
    """The municipalities that are known by name."""


@places.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Load an official catalogue of municipalities (CSV), by the five digits of INEGI.

    It is added to what was loaded before. What runs already takes it in by itself.
    """
    folder = Settings.from_environment().instance
    if not (folder / "node.key").exists():
        raise NotSetUp
    new, renamed = load_catalogue(file.read_bytes(), folder)
    place.look_in(folder)
    known = len(place.municipalities())
    click.echo(
        f"{new:,} municipalities are new, {renamed:,} have another name now; {known:,} are known here."
    )


def load_catalogue(data: bytes, folder: Path) -> tuple[int, int]:
    """Add a catalogue to the instance's own; how many are new in it and how many it names otherwise.

    Each process that serves this instance reads it at its next look.
    """
    file = folder / place.FILE.name
    before = {m.code: m for m in place.read_catalogue(file.read_bytes())} if file.exists() else {}
    given = {m.code: m for m in place.read_catalogue(data)}
    merged = before | given
    _write(file, [merged[code] for code in sorted(merged)])
    renamed = sum(code in before and before[code] != m for code, m in given.items())
    return len(merged) - len(before), renamed


def _write(file: Path, known: Iterable[place.Municipality]) -> None:
    """Whole or not at all, for its owner alone."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("code", "name", "state"))
        writer.writerows((m.code, m.name, m.state) for m in known)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
