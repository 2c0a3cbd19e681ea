"""The code lists: complete in English and Spanish, and every code that is written about exists."""

import csv
from collections import Counter
from collections.abc import Collection, Iterator
from typing import TextIO

import click

from config import HERE, Settings
from incidents import vocabulary as own
from incidents.cli.frame import Desk, NotSetUp, Progress, Refused, as_member, at_desk, opened, who
from incidents.errors import Problem
from incidents.intake import interviews, mapping, series, used
from incidents.model import vocabulary as words
from incidents.model.code import renew
from incidents.model.facet import FACETS
from incidents.model.vocabulary import NO_ANSWERS, Purpose, Verification, lists, shipped, version
from incidents.release import gather, hierarchy, policy

# Where codes are written about → the list they must stand in.
NAMED: tuple[tuple[str, Collection[str]], ...] = (
    ("verification", [each.value for each in Verification]),
    ("consent_purpose", [each.value for each in Purpose]),
    ("no_answer", NO_ANSWERS),
    ("involvement_part", gather.HARMED),
    ("interview_outcome", interviews.NOTHING),
)
HIERARCHIES = {"act": "act", "gender": "gender", "perpetrator": "perpetrator"}
PLACES = frozenset({"country", "state", "municipality", "month", "year"})  # facets without a code list
MAPPINGS = HERE / "docs" / "mappings"


@click.group()
def vocabulary() -> None:
    """The code lists."""


@vocabulary.command()
@who(required=False)
@click.pass_context
def check(
    context: click.Context, as_name: str | None, passphrase_file: TextIO | None, code_file: TextIO | None
) -> None:
    """Check labels, doubles and codes that lead nowhere; with the codes that were added in this instance.

    With --as, the records are opened too: what codes they hold that their list does not have, and how many of them.
    """
    with_own(context)
    found = [*_labels(), *_twice(), *_further(), *_trees(), *_missing(), *_outside(), *_files()]
    if as_name:
        with at_desk(as_name, passphrase_file, code_file) as desk:
            found += _in_records(desk)
    for line in found:
        click.echo(line)
    if found:
        raise Refused(f"{len(found)} things need another look.")
    codes = [code for known in lists().values() for code in known.values()]
    added, retired = sum(code.own for code in codes), sum(code.retired for code in codes)
    click.echo(
        f"{len(lists())} lists, {len(codes)} codes, each with an English and a Spanish label (version {version()}); "
        f"{added} of your own, {retired} retired."
    )
    for language in words.FURTHER:
        click.echo(f"{language}: {sum(code.spoken(language) == language for code in codes)} labels")


@vocabulary.command()
@click.argument("name", metavar="LIST")
@click.option("--en", required=True, help="Its label in English.")
@click.option("--es", required=True, help="Its label in Spanish.")
@click.option(
    "--above",
    default="",
    metavar="CODE",
    help="In a tree, the code it stands under; of an act or a perpetrator, the nearest shipped code.",
)
@as_member
def add(desk: Desk, name: str, en: str, es: str, above: str) -> None:
    """Add a code to a list, as a coordinator; its code is said."""
    with desk.work() as work:
        click.echo(own.add(work, name, {"en": en, "es": es}, above).code)


def with_own(context: click.Context) -> None:
    """What was added here, where something is set up here."""
    if not Settings.from_environment().instance.exists():
        return
    try:
        with opened(context) as house:
            renew(house.db())
    except NotSetUp:
        return


def _in_records(desk: Desk) -> list[str]:
    """Codes that records hold and no list has; what is retired is said, and is no fault."""
    with desk.work() as work:
        found = used.used(work, Progress("records"))
    for name, code, times in found.retired:
        click.echo(f"{name} {code}: is retired, and stands in {times:,} records")
    unread = sum(found.unreadable.values())
    click.echo(f"{found.records:,} records opened" + (f"; {unread:,} do not open" if unread else "") + ".")
    return [
        f"{name} {code}: the list does not have it, {times:,} records hold it"
        for name, code, times in found.missing
    ]


def _labels() -> Iterator[str]:
    for name, codes in lists().items():
        for code in codes.values():
            for language in words.REQUIRED:
                if not code.labels.get(language, "").strip():
                    yield f"{name} {code.code}: no label in {language}"


def _twice() -> Iterator[str]:
    with words.FILE.open(encoding="utf-8", newline="") as file:
        count = Counter((row["vocabulary"], row["code"]) for row in csv.DictReader(file))
    for (name, code), times in count.items():
        if times > 1 and name != "vocabulary":
            yield f"{name} {code}: stands there {times} times"


def _further() -> Iterator[str]:
    """Labels in a further language, of codes that are none."""
    for language in words.FURTHER:
        for name, code in words.further(language):
            if code not in shipped().get(name, {}):
                yield f"{name} {code}: has a label in {language}, the list does not have it"


def _trees() -> Iterator[str]:
    """Codes of an organisation's own in lists that are none, or under codes that are not there."""
    for name, codes in lists().items():
        if name not in shipped():
            yield f"{name}: codes were added to it, there is no such list"
        for code in codes.values():
            if code.above and code.above not in codes:
                yield f"{name} {code.code}: stands under {code.above}, which the list does not have"


def _missing() -> Iterator[str]:
    """Codes and lists that rules, hierarchies, filters and releases are written about, and that are not there."""
    for name, named in NAMED:
        for code in sorted(set(named) - set(lists()[name])):
            yield f"{name} {code}: a rule names it, the list does not"
    for name, listed in HIERARCHIES.items():
        for code in sorted(
            set(hierarchy.named(name).paths(())) - set(lists()[listed]) - {hierarchy.NOT_SHOWN}
        ):
            yield f"{listed} {code}: the hierarchy {name} names it, the list does not"
    columns = {row["vocabulary"] for row in hierarchy.dictionary().values()} - {""}
    for name in sorted((columns | {*own.CLOSED, *own.NO_NEW} | {*FACETS.values()}) - PLACES - set(lists())):
        yield f"{name}: a rule, a filter or a release names this list, there is none"


def _outside() -> Iterator[str]:
    """Codes that a report can carry, and that no release could coarsen."""
    for name, listed in HIERARCHIES.items():
        for code in sorted(set(lists()[listed]) - set(hierarchy.named(name).paths(()))):
            yield f"{listed} {code}: the hierarchy {name} has no place for it"


def _files() -> Iterator[str]:
    """Policies and the mappings that come with the program hold with these lists."""
    for name in policy.names():
        try:
            policy.load(name)
        except Problem as problem:
            yield f"policy {name}: {problem.said()}"
    files = [(mapping.load, MAPPINGS.glob("*.toml")), (series.load, MAPPINGS.glob("series/*.toml"))]
    for load, file in ((load, file) for load, found in files for file in sorted(found)):
        try:
            load(file.read_text("utf-8"))
        except Problem as problem:
            yield f"mapping {file.name}: {problem.said()}"
