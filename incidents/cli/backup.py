"""Copies to restore from, and putting one back. The pepper is in no copy."""

from pathlib import Path

import click

from config import Settings
from incidents import backup
from incidents.cli.frame import opened

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("backup")
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A new or empty folder, on another disk.",
)
@click.pass_context
def backup_(context: click.Context, to: Path) -> None:
    """Copy data and keys to a folder, while others work."""
    with opened(context) as house:
        made = backup.backup(Settings.from_environment(), house, to)
    size = sum(entry["bytes"] for entry in made["files"])
    click.echo(f"{to} holds {len(made['files'])} files, {size / 1e6:,.1f} MB.")
    click.echo(
        f"Not in it: {', '.join(made['not_included'])}, which the recovery sheet and its own file hold."
    )
    click.echo(
        f"Delete this copy of the keys by {made['delete_keys_by']}: what is erased must go from every copy."
    )


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def restore(folder: Path) -> None:
    """Put a backup into an empty instance."""
    done = backup.restore(Settings.from_environment(), folder)
    click.echo(
        f"Restored: data of {done.data_at:%Y-%m-%d %H:%M} UTC, keys of {done.keys_at:%Y-%m-%d %H:%M} UTC."
    )
    click.echo(f"Erased again, as it was after that: {done.replayed} things.")
    for what in done.gone:
        click.echo(f"  Opens no more: {what}")
    for what in done.not_compared:
        click.echo(f"Could not be compared: {what}.")
    click.echo(f"Still needed: {done.needed}.")
