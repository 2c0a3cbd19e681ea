"""Mappings that are kept in the house, sealed, under a name."""

from pathlib import Path

import click

from incidents.cli.frame import Desk, as_member, table
from incidents.cli.importers import FILE, text_of
from incidents.cli.mappings import mapping as mapping
from incidents.intake import saved


@mapping.command("list")
@as_member
def list_(desk: Desk) -> None:
    """The saved mappings: what `./run import --saved NAME` takes."""
    with desk.work() as work:
        rows = [(each.name or "(does not open)", each.row.saved_on) for each in saved.listed(work)]
    if not rows:
        click.echo("None is saved.")
        return
    table(("NAME", "SAVED ON"), rows)


@mapping.command()
@click.argument("file", type=FILE)
@click.option("--name", metavar="NAME", required=True, help="What it is called from now on.")
@as_member
def save(desk: Desk, file: Path, name: str) -> None:
    """Keep a mapping for everybody who imports; the same name again replaces it."""
    with desk.work() as work:
        saved.save(work, name, text_of(file))
    click.echo("Saved.")


@mapping.command()
@click.argument("name")
@as_member
def forget(desk: Desk, name: str) -> None:
    """Take a saved mapping away, for everybody. What was imported by it stays."""
    with desk.work() as work:
        saved.forget(work, saved.named(work, name).row.id)
    click.echo("Taken away.")
