"""One import to credible in bulk, by a second person, with one written reason."""

from uuid import UUID

import click

from incidents import review
from incidents.cli.frame import Desk, Progress, as_member
from incidents.errors import NotFound
from incidents.model.report import Batch
from incidents.model.vocabulary import Verification

CHUNK = 100  # acts a commit


@click.command("review")
@click.argument("batch", type=click.UUID)
@click.option("--to", type=click.Choice([Verification.CREDIBLE.value]), required=True, help="CRE: credible.")
@click.option(
    "--reason", metavar="TEXT", required=True, help="A sentence that a colleague can follow in a year."
)
@as_member
def review_(desk: Desk, batch: UUID, to: str, reason: str) -> None:  # noqa: ARG001  `--to` has one choice so far
    """Move the acts of one import to credible, as the second person."""
    told, done = Progress("acts moved"), 0
    with desk.work() as work:
        known = work.get(Batch, batch)
        if not known.published:
            raise NotFound
    said, after = 0, None
    while True:
        with desk.work() as work:
            chunk = review.move_batch(work, batch, reason, CHUNK, after)
        if chunk is None:
            break
        done, said, after = done + chunk.moved, said + chunk.first, chunk.last
        told(done + said, done + said + 1)
    click.echo(
        f"{done:,} acts of this import are credible now."
        if done
        else "No act of this import became credible."
    )
    if said:
        click.echo(
            f"{said:,} more are restricted, or somebody in them may be a minor: they wait for a second reviewer's word."
        )
