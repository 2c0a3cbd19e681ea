"""Verify the trail, and every record against it; read who did what."""

from itertools import chain, islice
from typing import Any

import click

from incidents import consent, members, trail
from incidents.cli.frame import Desk, Refused, as_member, opened, table
from incidents.work import NODE_ACTOR

NAMED = 20  # breaks that are named; the first matters most
KEYS = {"worker", "sign", "digest"}  # of a job's mandate: too long to read


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
            breaks = list(islice(chain(work.breaks(), consent.breaks(work)), NAMED + 1))
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


@audit.command("list")
@click.option(
    "--before", metavar="BLOCK", type=click.IntRange(min=2), help="Only blocks older than this one."
)
@as_member
def list_(desk: Desk, before: int | None) -> None:
    """Who did what to which record, the newest first."""
    with desk.work() as work:
        found, names = trail.blocks(work, before), members.names(work)
    table(
        ("BLOCK", "WHEN (UTC)", "WHO", "EVENT", "ABOUT", "DETAIL"),
        [
            (
                block.number,
                f"{block.at:%Y-%m-%d %H:%M:%S}",
                names.get(block.actor, "(the server)"),
                entry.event,
                f"{entry.about}/{entry.about_id}" if entry.about_id else "-",
                _detail(entry.detail),
            )
            for block, entries in found
            for entry in entries
        ],
    )
    if found and found[-1][0].number > 1:
        click.echo(f"Older ones: --before {found[-1][0].number}", err=True)


def _detail(detail: dict[str, Any]) -> str:
    """Codes and counts, as they were noted."""
    return ", ".join(f"{name}: {value}" for name, value in sorted(detail.items()) if name not in KEYS)
