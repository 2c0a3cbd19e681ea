"""Mappings: how the columns of a file become reports."""

from pathlib import Path

import click

from incidents.intake import kobo

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def mapping() -> None:
    """How the columns of a file become reports."""


@mapping.command()
@click.argument("form", type=FILE)
@click.option("--no-groups", is_flag=True, help="The export names its columns without their groups.")
def propose(form: Path, no_groups: bool) -> None:  # noqa: FBT001  a flag typed
    """Propose a mapping from a form of KoboToolbox or ODK (an XLSForm, or its JSON).

    It lists every question with its labels and choices; which field each becomes is for a person to say.
    """
    click.echo(kobo.proposed(form.read_bytes(), form.stem, groups=not no_groups), nl=False)
