"""The demo goes on after its release: somebody withdraws, somebody is erased, and both are looked for everywhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from incidents import consent, erasure
from incidents.cli import neighbours
from incidents.cli.frame import table
from incidents.cli.release import written
from incidents.intake import parting, report
from incidents.model.people import Person
from incidents.model.release import Release
from incidents.model.vocabulary import Purpose
from incidents.release import correct, publish
from incidents.work import NODE_ACTOR, House, Unreadable, Work, begin, keys

if TYPE_CHECKING:
    from incidents.cli.demo import Team

CORRECTED, FOUND = "corrected", "found.txt"
DECISION = "She asked for it in person, with somebody of the shelter; two of us agreed (invented)."
Line = tuple[str, str, str]  # what was looked for, where, what was found


@dataclass(frozen=True)
class Leaving:
    """Somebody who told, whose line is in the release: their name and phone as they lie nowhere in clear."""

    report: UUID
    person: UUID
    words: str
    typed: tuple[str, ...]


def then_withdraw(team: "Team", house: House, sent: Sequence[UUID], release: UUID, out: Path) -> None:
    """A withdrawal by three words, an erasure, the correction, and a report of what was found where."""
    withdraws, erased = _leaving(team, sent, release)
    click.echo("Somebody withdraws with three words ...", err=True)
    with begin(house, NODE_ACTOR, None) as work:
        consent.withdraw_by_words(work, withdraws.words)
    click.echo("Somebody else asks to be erased ...", err=True)
    near = neighbours.bring(team, house, erased.person, erased.typed[0])
    with team.work("Ceiba") as work:
        erasure.erase_person(work, work.get(Person, erased.person), DECISION)
    erasure.finish(house)
    click.echo("What others told of them is answered for ...", err=True)
    answered = neighbours.answer(team, house, near)
    correction = _corrected(team, release, out / CORRECTED)
    lines = [
        *_found(team, house, release, withdraws, erased),
        *neighbours.found(team, house, near, answered),
        *_in_files(house, out, withdraws, erased),
    ]
    text = "".join(f"{what}\t{where}\t{found}\n" for what, where, found in lines)
    (out / FOUND).write_text(text, "utf-8")
    click.echo(f"{correction} takes its place; written to {out / CORRECTED}.\n")
    table(("LOOKED FOR", "WHERE", "FOUND"), lines)


def _leaving(team: "Team", sent: Sequence[UUID], release: UUID) -> tuple[Leaving, Leaving]:
    """The first two tellers whose lines are in the release, of different classes or not."""
    found: list[Leaving] = []
    for id in sent:
        one = _of_release(team, id, release)
        if one is not None:
            found.append(one)
        if len(found) == 2:
            return found[0], found[1]
    raise click.ClickException("The release holds nobody who could leave it.")


def _of_release(team: "Team", id: UUID, release: UUID) -> Leaving | None:
    with team.work("Encina") as work:
        told = report.read(work, id)
        person = work.db.get(Person, told.person_ids.get("p1"))
        if person is None or release not in {each.id for each in publish.holding(work, person)}:
            return None
        writer = told.report.recorded_by
        identity = told.document["persons"][0].get("identity", {})
    for name in team.desks:
        with team.work(name) as work:
            if work.actor.id == writer:
                typed = tuple(value for value in (identity.get("name"), identity.get("phone")) if value)
                return Leaving(id, person.id, parting.shown(work, id)[0], typed)
    return None


def _corrected(team: "Team", release: UUID, out: Path) -> str:
    with team.work("Vega") as work:
        made = correct.correct(work, work.get(Release, release)).id
    with team.work("Ceiba") as work:
        publish.sign(work, work.get(Release, made), declared=True)
    with team.work("Vega") as work:
        known = work.get(Release, made)
        written(publish.files(work, known), out)
        return known.reference


def _found(team: "Team", house: House, release: UUID, withdraws: Leaving, erased: Leaving) -> Iterator[Line]:
    """What the program itself still has of both."""
    with team.work("Encina") as work:
        for who, leaving in (("who withdrew", withdraws), ("who was erased", erased)):
            person = work.get(Person, leaving.person)
            answers = consent.permits_each(work, [person], list(Purpose))
            reasons = {each[person.id] for each in answers.values()}
            stopped = reasons == {consent.Refusal(consent.WITHDRAWN)}
            yield who, "every use", "stopped" if stopped else "NOT STOPPED"
            yield who, "their name and facts", _opens(work, person)
        yield "the release", "its state", work.get(Release, release).state.value
        yield "everybody else", "persons that open", str(_others(work, {erased.person}))
    stones = {stone.thing for stone in keys.tombstones(house.keystore)}
    yield "who was erased", "the keystore", "a tombstone" if erased.person in stones else "NO TOMBSTONE"


def _opens(work: Work, person: Person) -> str:
    read = [work.read_all([person], column)[0] for column in ("name", "facts")]
    gone = [each.why for each in read if isinstance(each, Unreadable)]
    return ", ".join(sorted(set(gone))) or "still there, sealed"


def _others(work: Work, erased: set[UUID]) -> int:
    people = [person for person in work.db.query(Person).all() if person.id not in erased]
    facts = work.read_all(people, "facts", "look")
    closed = sum(isinstance(each, Unreadable) for each in facts)
    if closed:
        raise click.ClickException(f"{closed} records of others do not open.")
    return len(facts)


def _in_files(house: House, out: Path, withdraws: Leaving, erased: Leaving) -> Iterator[Line]:
    """Every byte of the instance and of both packs, searched for what they had typed."""
    folders = {"the instance": house.node_key.parent, "the packs": out}
    for where, folder in folders.items():
        contents = _contents(folder)
        for who, leaving in (("who withdrew", withdraws), ("who was erased", erased)):
            hits = [
                name for name, content in contents.items() for t in leaving.typed if t.encode() in content
            ]
            shown = f"nothing in {len(contents)} files" if not hits else ", ".join(sorted(set(hits)))
            yield f"name and phone of {who}", where, shown


def _contents(folder: Path) -> Mapping[str, bytes]:
    """What is in the files, but for the list of canaries, which holds them on purpose."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "canaries.txt"
    }
