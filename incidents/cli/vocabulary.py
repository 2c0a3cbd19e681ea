"""The code lists: complete in English and Spanish, and every code that is written about exists."""

import csv
from collections import Counter
from collections.abc import Iterator

import click

from incidents.cli.frame import Refused
from incidents.model.vocabulary import FILE, NO_ANSWERS, Purpose, Verification, lists, version
from incidents.release import hierarchy

# Where a code is written about → the list it must stand in.
ENUMS = {"verification": Verification, "consent_purpose": Purpose}
HIERARCHIES = {"act": "act", "gender": "gender", "perpetrator": "perpetrator"}


@click.group()
def vocabulary() -> None:
    """The code lists."""


@vocabulary.command()
def check() -> None:
    """Check labels, doubles and codes that lead nowhere."""
    found = [*_labels(), *_twice(), *_missing(), *_outside()]
    for line in found:
        click.echo(line)
    if found:
        raise Refused(f"{len(found)} things need another look.")
    count = sum(map(len, lists().values()))
    click.echo(
        f"{len(lists())} lists, {count} codes, each with an English and a Spanish label (version {version()})."
    )


def _labels() -> Iterator[str]:
    for name, codes in lists().items():
        for code in codes.values():
            for language, label in code.labels.items():
                if not label.strip():
                    yield f"{name} {code.code}: no label in {language}"


def _twice() -> Iterator[str]:
    with FILE.open(encoding="utf-8", newline="") as file:
        count = Counter((row["vocabulary"], row["code"]) for row in csv.DictReader(file))
    for (name, code), times in count.items():
        if times > 1 and name != "vocabulary":
            yield f"{name} {code}: stands there {times} times"


def _missing() -> Iterator[str]:
    """Codes that rules and hierarchies are written about, and that no list has."""
    for name, words in ENUMS.items():
        for word in words:
            if word.value not in lists()[name]:
                yield f"{name} {word.value}: a rule names it, the list does not"
    for no_answer in sorted(NO_ANSWERS - set(lists()["no_answer"])):
        yield f"no_answer {no_answer}: a rule names it, the list does not"
    for name, listed in HIERARCHIES.items():
        for code in sorted(
            set(hierarchy.named(name).paths(())) - set(lists()[listed]) - {hierarchy.NOT_SHOWN}
        ):
            yield f"{listed} {code}: the hierarchy {name} names it, the list does not"


def _outside() -> Iterator[str]:
    """Codes that a report can carry, and that no release could coarsen."""
    for name, listed in HIERARCHIES.items():
        for code in sorted(set(lists()[listed]) - set(hierarchy.named(name).paths(()))):
            yield f"{listed} {code}: the hierarchy {name} has no place for it"
