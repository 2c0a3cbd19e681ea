"""Prepare, list, sign and download releases."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from incidents import erasure, jobs, members, redaction
from incidents.cli.frame import Desk, FileNotUsable, Progress, agreed, as_member, table
from incidents.cli.hierarchies import hierarchies
from incidents.errors import NotFound
from incidents.model.release import Release
from incidents.release import (
    correct,
    decisions,
    discard,
    noised,
    pack,
    policy,
    publish,
    signing,
    stages,
    tabled,
    weekly,
    wording,
)
from incidents.work import Permission, Work

DECLARED = "Did you look at what goes out, and may it go out?"
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def release() -> None:
    """What leaves the house: prepare, list, sign, download."""


release.add_command(hierarchies)


@release.command()
@click.option(
    "--policy",
    "name",
    type=click.Choice(policy.names()),
    required=True,
    help="What it keeps, coarsens, drops.",
)
@click.option(
    "--k", type=click.IntRange(min=2), help="How many each row must hide among; the policy's own without it."
)
@click.option("--from", "first", metavar="D", type=DAY, help="Only what happened on or after this day.")
@click.option("--to", "last", metavar="D", type=DAY, help="Only what happened on or before this day.")
@click.option(
    "--act", "acts", metavar="C", multiple=True, help="Only acts of this code; may be given more than once."
)
@click.option(
    "--state", "states", metavar="S", multiple=True, help="Only this state, such as MX-TAM; more than once."
)
@click.option("--batch", metavar="B", type=click.UUID, help="Only the rows of this import.")
@click.option(
    "--continue",
    "series",
    metavar="L-…",
    help="The next edition of this release's series: its k and filters stay.",
)
@click.option("--coarser", is_flag=True, help="As coarse as it must be to stand beside what went out.")
@click.option(
    "--quote",
    "quotes",
    metavar="ID",
    type=click.UUID,
    multiple=True,
    help="Print this from the shelf of quotes in the report of tables; more than once, in this order.",
)
@click.option(
    "--words",
    metavar="W.toml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Of tables: what no record says and their text does; without it, what was typed last.",
)
@click.option(
    "--table",
    "free",
    metavar="T",
    multiple=True,
    help="One more table: rows|columns|unit|axis=code, as act_group|gender|persons; more than once.",
)
@click.option(
    "--method",
    type=click.Choice(tabled.METHODS),
    default=tabled.USUAL,
    help="Of tables: A hides small counts; C rounds all to fives, from 1,000 incidents on; D adds chance to each.",
)
@click.option("--hxl", is_flag=True, help="Beside each CSV, one with a row of HXL tags under its header.")
@as_member
def prepare(  # noqa: PLR0913, PLR0917 – each is an option
    desk: Desk,
    name: str,
    k: int | None,
    series: str | None,
    quotes: tuple[UUID, ...],
    words: Path | None,
    free: tuple[str, ...],
    method: str,
    *,
    coarser: bool,
    hxl: bool,
    **given: Any,
) -> None:
    """Prepare a release for somebody else to sign.

    It tells on standard error at which stage it is, and says at its end what is in it, what stayed out, and why.
    """
    with desk.work() as work:
        continues = named(work, series).id if series else None
        typed = _typed(work, words) if policy.load(name).product == tabled.PRODUCT else None
        wanted = publish.Wanted(
            name,
            filters(**given),
            k,
            continues,
            coarser,
            quotes=quotes,
            wording=typed,
            free=free,
            method=method,
            hxl=hxl,
        )
        made = publish.ready(work, wanted, _Said())
        manifest = work.read(made, "manifest")
    click.echo(f"{made.reference} is prepared and waits for a signature.\n")
    say_counts(manifest)
    for field, language in wording.missing(manifest.get(tabled.TYPED, {})):
        click.echo(f"Typed in one language only: {field} is missing in the text in {language}.")


def _typed(work: Work, words: Path | None) -> UUID | None:
    """What is in this file, kept as if it had been typed; else what was typed last."""
    if words is None:
        last = wording.newest(work)
        return last.id if last else None
    try:
        said = tomllib.loads(words.read_text("utf-8"))
    except UnicodeDecodeError:
        raise FileNotUsable(file=words.name, why="it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as why:
        raise FileNotUsable(file=words.name, why=f"it is not TOML: {why}") from None
    return wording.keep(work, said).id


class _Said:
    """A line a stage; how many are gathered or asked about on a line of its own, at a terminal."""

    def __init__(self, road: Sequence[str] = stages.STAGES) -> None:
        self.road, self.stage = road, ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self.stage:
            click.echo(f"{stage.capitalize()} ({self.road.index(stage) + 1} of {len(self.road)})", err=True)
            self.stage = stage
        if total:
            Progress(stage.capitalize())(done, total)


def filters(
    *, first: Any, last: Any, acts: tuple[str, ...], states: tuple[str, ...], batch: UUID | None
) -> dict[str, Any]:
    """What was asked for, as the release writes it down; what was not asked for is left out."""
    asked = {
        "from": first and first.date().isoformat(),
        "to": last and last.date().isoformat(),
        "acts": list(acts),
        "states": list(states),
        "batch": batch and str(batch),
    }
    return {name: value for name, value in asked.items() if value}


def say_counts(manifest: Mapping[str, Any]) -> None:
    """Counts in and out, with the reason for each kind of exclusion."""
    counts = manifest["counts"]
    click.echo(f"  considered    {counts['considered']:,}")
    for reason, number in counts["excluded"].items():
        click.echo(f"  - {reason.replace('_', ' '):<17} {number:,}")
    click.echo(f"  released      {counts['released']:,}\n")
    if manifest.get("quotes"):
        parts = ", ".join(f"{kind}: {number}" for kind, number in manifest["quotes"].items())
        click.echo(f"It prints what people told ({parts}): two sign it beside you.\n")
    if noise := manifest.get(noised.MANIFEST):
        within = manifest[noised.WITHIN]
        click.echo(
            f"Chance was added to {within['incidents']:,} incidents and {within['persons']:,} people: "
            f"with 95 % a number is off by {noise['off']} at most."
        )
        click.echo(
            f"It costs those in it an epsilon of {noise['epsilon']}, {within['spent']} before, "
            f"{noise['ceiling']} at most in all.\n"
        )
        click.echo("Two sign it beside you.\n")
    if manifest.get("compared"):
        click.echo(
            f"Compared with {', '.join(manifest['compared'])}: nothing fewer than k can be told apart.\n"
        )
    click.echo(manifest["definition"]["en"])


@release.command("list")
@as_member
def list_(desk: Desk) -> None:
    """Every release, the newest first."""
    with desk.work() as work:
        found = publish.releases(work)
    table(
        ("REFERENCE", "STATE", "POLICY", "PREPARED ON", "SIGNED ON", "ROWS", "DOWNLOADS", "UNTIL"),
        [
            (
                one.reference,
                one.state.value,
                one.policy,
                one.prepared_on,
                one.signed_on or "-",
                f"{manifest['counts']['released']:,}" if manifest else "(does not open)",
                one.downloads,
                one.expires_on or "-",
            )
            for one, manifest in found
        ],
    )


@release.command("quotes")
@as_member
def quotes_(desk: Desk) -> None:
    """What may be quoted today: what two people signed and everybody in it agrees to."""
    with desk.work() as work:
        found = redaction.shelf(work)
    table(
        ("ID", "KIND", "UNDER THE NAME", "BEGINS"),
        [(each.id, each.kind.value, each.pseudonym, " ".join(each.text.split())[:60]) for each in found],
    )


@release.command("decisions")
@click.argument("reference")
@as_member
def decisions_(desk: Desk, reference: str) -> None:
    """Who decided on each act that a release holds, when, and on what."""
    with desk.work() as work:
        found = decisions.traced(work, named(work, reference))
        names = _names(work, decisions.deciders(found))
        reads = work.actor.may(Permission.INCIDENT_READ)
    lines = [_decision(line, names, reads=reads) for line in found]
    table(
        ("INCIDENT", "STATE", "DECIDED BY", "ON", "FIRST WORD BY", "SOURCES", "EVIDENCE", "SINCE THEN"), lines
    )


def _decision(line: decisions.Traced, names: Mapping[UUID, str], *, reads: bool) -> tuple[object, ...]:
    by = [names[row.decided_by] if row else "-" for row in (line.decision, line.first)]
    since = line.since[-1].to_state.value if line.since else "as it was" if line.said.same else "changed"
    return (
        line.incident.reference if reads else "-",
        line.state.value,
        by[0],
        line.decision.decided_on if line.decision else "-",
        by[1],
        line.sources,
        line.evidence,
        since,
    )


def _names(work: Work, numbers: Mapping[UUID, int]) -> dict[UUID, str]:
    """Who decided, by name for those who may list the members."""
    named = members.names(work) if work.actor.may(Permission.MEMBER_LIST) else {}
    return {id: named.get(id, f"reviewer {number}") for id, number in numbers.items()}


def named(work: Work, reference: str) -> Release:
    """The release of this reference."""
    wanted = reference.strip().upper()
    found = next((one for one, _manifest in publish.releases(work) if one.reference == wanted), None)
    if found is None:
        raise NotFound
    return found


@release.command()
@click.argument("reference")
@click.option(
    "--looked", is_flag=True, help="You looked at words of the text that are also names: none means anybody."
)
@click.option("--declared", is_flag=True, help="You looked at what goes out, and it may go out.")
@as_member
def sign(desk: Desk, reference: str, *, looked: bool, declared: bool) -> None:
    """Sign a release that somebody else prepared, once you have looked at what goes out.

    At a terminal it asks whether you did; elsewhere --declared says so.
    Among more than 2,000 acts it tells at which stage it is; stopped or killed, the same command begins it anew.
    """
    with desk.work() as work:
        one = named(work, reference)
        seen = declared or agreed(DECLARED)
        lasts = not signing.at_hand(work)
        if lasts:
            kind, asked = signing.what(work, one, looked=looked, declared=seen)
        else:
            publish.sign(work, one, looked=looked, declared=seen)
    if lasts:
        said = jobs.run_here(desk.house, desk.actor, desk.ring, kind, asked, heard=_Said(stages.SIGNING))
        with desk.work() as work:
            one = named(work, reference)
            problem = signing.outcome_of(work, one, said).problem
        if problem is not None:
            raise problem
    click.echo(
        f"{one.reference} is signed."
        if one.signed_by and one.state == "signed"
        else f"{one.reference} has your signature and needs one more."
    )


@release.command()
@click.argument("reference")
@click.option(
    "--why", metavar="TEXT", required=True, help="A sentence that a colleague can follow in a year."
)
@as_member
def recall(desk: Desk, reference: str, *, why: str) -> None:
    """Recall a signed release: it goes out no more."""
    with desk.work() as work:
        one = named(work, reference)
        publish.recall_for(work, one, why)
    click.echo(f"{one.reference} is recalled. Tell those who have a copy ({one.downloads} downloads).")


@release.command("correct")
@click.argument("reference")
@as_member
def correct_(desk: Desk, reference: str) -> None:
    """Prepare the correction of a release that went out: without whoever left, for somebody else to sign."""
    with desk.work() as work:
        one = named(work, reference)
        made = correct.correct(work, one, _Said())
        manifest = work.read(made, "manifest")
    click.echo(
        f"{made.reference} is prepared and waits for a signature; it then takes the place of {one.reference}.\n"
    )
    say_counts(manifest)


@release.command("discard")
@click.argument("reference")
@as_member
def discard_(desk: Desk, reference: str) -> None:
    """Discard a release that nobody signed yet: its files and its key are gone, the trail keeps that it was."""
    with desk.work() as work:
        gone = discard.discard(work, named(work, reference))
    with desk.work() as work:
        discard.shred(work, gone)
    erasure.finish(desk.house)  # a copy that is restored learns of it too
    click.echo(f"{reference.strip().upper()} is discarded. Nobody can open it again.")


@release.command()
@click.argument("reference")
@click.option(
    "--out",
    metavar="DIR|FILE.zip",
    type=click.Path(path_type=Path),
    required=True,
    help="A new folder, or a ZIP file to make.",
)
@as_member
def download(desk: Desk, reference: str, out: Path) -> None:
    """Write a signed pack to a new folder or a ZIP file."""
    must_be_new(out)
    with desk.work() as work:
        files = publish.files(work, named(work, reference))
    written(files, out)
    click.echo(f"{out} holds {', '.join(sorted(files))}.")


@release.command("figures")
@as_member
def figures_(desk: Desk) -> None:
    """Freeze the figures of the week, which every member may see: protected, and in steps of five."""
    with desk.work() as work:
        made = weekly.freeze(work)
        click.echo(f"Frozen: {made.counts['whole']} incidents, as of {made.frozen_on.isoformat()}.")


def must_be_new(out: Path) -> None:
    """A pack never mixes with what is there."""
    if out.is_dir() and not is_zip(out):
        if any(out.iterdir()):
            raise FileNotUsable(file=out, why="this folder is not empty. Name a new one")
    elif out.exists():
        raise FileNotUsable(file=out, why="it exists already. Name a new one")


def is_zip(out: Path) -> bool:
    return out.suffix.lower() == ".zip"


def written(files: Mapping[str, bytes], out: Path) -> None:
    """A pack as a ZIP file, or unzipped in a folder."""
    try:
        if is_zip(out):
            kept(out, pack.archive(files))
            return
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in files.items():
            kept(out / name, content)
    except OSError as why:
        raise FileNotUsable(file=out, why=why.strerror or "it cannot be written") from None


def kept(file: Path, content: bytes) -> None:
    """A new file that nobody else on this machine reads."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
