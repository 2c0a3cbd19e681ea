"""Evidence from the command line: files of any length added, everything kept verified."""

import os
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import click

from incidents import evidence, search
from incidents.cli.frame import Desk, Progress, Refused, as_member, opened
from incidents.model.evidence import Evidence, Origin
from incidents.work import NODE_ACTOR, Break

NAMED = 20  # breaks that are named; the first matters most
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("evidence")
def evidence_() -> None:
    """Files kept as evidence: originals, working copies, chains of custody."""


@evidence_.command()
@click.argument("file", type=FILE)
@click.option("--incident", metavar="REF", required=True, help="The reference of the incident it belongs to.")
@click.option(
    "--origin",
    type=click.Choice([Origin.GIVEN.value, Origin.STAFF.value]),
    default=Origin.STAFF.value,
    show_default=True,
    help="given: by a source; staff: taken or made by us. What was found openly is added on the page.",
)
@click.option("--on", "begun", metavar="ID", type=click.UUID, help="Go on with one that was cut.")
@as_member
def add(desk: Desk, file: Path, incident: str, origin: str, begun: UUID | None) -> None:
    """Seal FILE as evidence of an incident, and make its working copy where that can be done.

    Cut, it goes on with --on and the ID that was said.
    """
    size = file.stat().st_size
    with file.open("rb") as source:
        id = begun or _begin(desk, file, size, incident, origin)
        try:
            _send(desk, id, source, size)
            _finish(desk, id)
        except (OSError, KeyboardInterrupt):
            raise Refused(f"Cut. Go on with the same command and --on {id}") from None
    click.echo(f"Kept as evidence {id}.")


def _begin(desk: Desk, file: Path, size: int, incident: str, origin: str) -> UUID:
    with desk.work() as work:
        given = {"name": os.fsdecode(file.name), "size": size, "origin": origin}
        return evidence.begin(work, search.find(work, incident), given).id


def _send(desk: Desk, id: UUID, source: BinaryIO, size: int) -> None:
    told = Progress("bytes sealed")
    with desk.work() as work:
        start, wanted = evidence.have(work, work.get(Evidence, id))
    if wanted != size:
        raise Refused("This is another file than the one that was begun: its length differs.")
    source.seek(start)
    for at, data in evidence.segments(source, start):
        with desk.work() as work:
            told(evidence.receive(work, work.get(Evidence, id), at, data), size)


def _finish(desk: Desk, id: UUID) -> None:
    try:
        with desk.work() as work:
            evidence.finish(work, work.get(Evidence, id))
    except evidence.NotKept:
        with desk.work() as work:
            evidence.discard(work, work.get(Evidence, id))
        raise


@evidence_.command()
@click.pass_context
def verify(context: click.Context) -> None:
    """Compute anew what lies in the store, the chains of custody, the records; name the first break.

    No passphrase is needed: sealed bytes are compared with the hash that was signed.
    """
    with opened(context) as house:
        work = house.work(NODE_ACTOR, None)
        try:
            breaks = list(islice(evidence.breaks(work), NAMED + 1))
            seen = evidence.verified(work)
        finally:
            work.drop()
    _say(breaks, seen)


@evidence_.command()
@as_member
def compare(desk: Desk) -> None:
    """Open everything and compare it with the hash that was taken before it was sealed."""
    with desk.work() as work:
        breaks = list(islice(evidence.breaks(work, opening=True), NAMED + 1))
        seen = evidence.verified(work)
    _say(breaks, seen)


def _say(breaks: list[Break], seen: evidence.Verified) -> None:
    if seen.left_over:
        click.echo(f"{seen.left_over} stored pieces belong to no record; they change nothing.", err=True)
    for one in breaks[:NAMED]:
        click.echo(f"{one.where}: {one.what}")
    if len(breaks) > NAMED:
        click.echo("... and more.")
    if breaks:
        raise Refused("Evidence does not hold: the first break stands above. Tell a coordinator.")
    click.echo(f"{seen.pieces} pieces of evidence are what was received, and their chains of custody hold.")


@evidence_.command()
@click.argument("id", type=click.UUID)
@click.argument("file", type=FILE)
@as_member
def copy(desk: Desk, id: UUID, file: Path) -> None:
    """Add FILE as the working copy of the evidence ID: made by hand, looked through, however long."""
    with file.open("rb") as source, desk.work() as work:
        evidence.add(work, evidence.one(work, id), source)
    click.echo("This is the working copy now.")
