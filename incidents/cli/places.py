"""The official catalogue of municipalities, for this instance."""

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
    new, renamed = place.load_catalogue(file.read_bytes(), folder)
    place.look_in(folder)
    known = len(place.municipalities())
    click.echo(
        f"{new:,} municipalities are new, {renamed:,} have another name now; {known:,} are known here."
    )
