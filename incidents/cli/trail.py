"""Verify the trail, and every record against it; no passphrase is needed."""

from itertools import islice

import click

from incidents.cli.frame import Refused, opened
from incidents.work import NODE_ACTOR

NAMED = 20  # breaks that are named; the first matters most


@click.group()
def audit() -> None:
    """The trail: who did what to which record."""


@audit.command()
@click.pass_context
def verify(context: click.Context) -> None:
    """Verify the trail, and every record against it.

    Names what does not fit, the first break first. No passphrase is needed.
    """
    with opened(context) as house:
        work = house.work(NODE_ACTOR, None)
        try:
            breaks = list(islice(work.breaks(), NAMED + 1))
        finally:
            work.drop()
    if not breaks:
        click.echo("The trail holds, and every record is what it says.")
        return
    for one in breaks[:NAMED]:
        click.echo(f"{one.where}: {one.what}")
    if len(breaks) > NAMED:
        click.echo("... and more.")
    raise Refused(
        "The trail does not hold: the first break stands above. Tell a coordinator, and change nothing."
    )
