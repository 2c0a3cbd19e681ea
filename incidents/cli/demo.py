"""A throw-away instance full of invented incidents: served for each role, or driven without a browser."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from config import Settings
from incidents import consent, founding, members, review
from incidents.cli import aftermath, printed
from incidents.cli.account import join_at_once
from incidents.cli.frame import Desk, opened, signed_in, table
from incidents.cli.invented import Invented, canaries, reports
from incidents.cli.release import say_counts, written
from incidents.cli.serve import greet, keep_up, must_be_free
from incidents.cli.stories import STARS, TREES
from incidents.errors import Problem, _
from incidents.intake import report, schema, take_in
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.release import Release
from incidents.model.vocabulary import Purpose, ReleaseState, Role, Verification
from incidents.release import publish
from incidents.work import House, Work

T = TypeVar("T")
V = Verification
INCIDENTS = 640  # without a browser: enough for a release of several hundred rows
SERVED = 240  # with one: nobody waits long for it
WAITING = 14  # of the served instance: reports that nobody took in yet
CHUNK = 16  # reports a commit: a person would send them one by one, and wait for each
ORGANISATION = "Casa Constelación (organización inventada)"
POLICY, TABLES, WAITS = "dataset-research", "public-table", "internal"
# Of one incident there are rows or exact tables for anybody, never both.
TAKES = {POLICY: {"to": "2019-12-31"}, TABLES: {"from": "2020-01-01"}}
OF_TABLES = "tables"  # the folder of the second pack, within the first
SETTINGS = ("DATABASE_URL", "KEYS_FILE", "PEPPER_FILE", "BOOT_KEY_FILE", "CHECKPOINTS")
# Sign-in name → roles. One for each role and the second pair of eyes where two must look.
STAFF = {
    "Ceiba": (Role.COORDINATOR,),
    "Roble": (Role.COORDINATOR,),
    "Altair": (Role.FIELD_RESEARCHER,),
    "Bellatrix": (Role.FIELD_RESEARCHER,),
    "Encina": (Role.REVIEWER,),
    "Fresno": (Role.REVIEWER,),
    "Vega": (Role.ANALYST,),
    "Sabino": (Role.ADMINISTRATOR,),
    "Tilo": (Role.AUDITOR,),
}
SECOND = "Roble"  # where two sign beside whoever prepared it
COORDINATOR, WRITERS, TAKES_IN, DECIDES, ANALYST = (
    "Ceiba",
    ("Altair", "Bellatrix"),
    "Encina",
    "Fresno",
    "Vega",
)
REASONS = {
    V.CREDIBLE: "The account is detailed and consistent, and fits what is known of that place at that time.",
    V.VERIFIED: "A second source of another origin tells of the same event; dates, place and persons agree.",
    V.NOT_VERIFIED: "One account only, and the place could not be checked with anybody else so far.",
    V.UNLIKELY: "Date and place contradict what the shelter's own book says of that week.",
    V.DUPLICATE: "The same event as in an earlier report: same day, place and acts, told by a companion.",
}
# How an act comes to the state that was drawn for it.
WAYS = {
    V.RECEIVED: (),
    V.UNDER_VERIFICATION: (V.UNDER_VERIFICATION,),
    V.VERIFIED: (V.UNDER_VERIFICATION, V.VERIFIED),
    **{state: (state,) for state in (V.CREDIBLE, V.NOT_VERIFIED, V.UNLIKELY, V.DUPLICATE)},
}


class InstanceNotEmpty(Problem):
    """Invented people do not mix with real ones."""

    status = 409
    code = "instance-not-empty"
    sentence = _(
        "The demo needs an empty instance, and %(folder)s is not empty. Set AMPARO_INSTANCE to a new folder."
    )


@click.command()
@click.option(
    "--headless",
    "out",
    metavar="OUT",
    type=click.Path(file_okay=False, path_type=Path),
    help="Drive the whole road without a browser and write the signed pack to the folder OUT.",
)
@click.option(
    "--then-withdraw",
    is_flag=True,
    help="After the release somebody withdraws and somebody is erased: writes the corrected release to OUT/corrected "
    "and what was found where to OUT/found.txt.",
)
@click.pass_context
def demo(context: click.Context, out: Path | None, *, then_withdraw: bool) -> None:
    """Invented incidents, an account for each role."""
    if then_withdraw and out is None:
        raise click.UsageError("--then-withdraw goes with --headless OUT.")
    with throw_away() as settings:
        if out is None:
            must_be_free(settings)
        with opened(context, making=True) as house, staff(house) as team:
            told = reports(INCIDENTS if out else SERVED)
            sent = drive(team, told)
            say(f"{printed.WRITES} and {printed.READS} make quotes and cases ready to be printed")
            quotes = printed.on_the_shelf(team, told, sent)
            if out is not None:
                made = finish(team, out, quotes)
                if then_withdraw:
                    aftermath.then_withdraw(team, house, sent, made.id, out)
                return
            look_alive(team, quotes)
        keep_up(settings, lambda: welcome(settings, team))


def welcome(settings: Settings, team: "Team") -> None:
    greet(settings, None)
    click.echo("\nEverybody in it is invented. Sign in as:\n")
    table(("NAME", "ROLE", "PASSPHRASE"), [(n, STAFF[n][0].value, p) for n, p in team.passphrases.items()])


@contextmanager
def throw_away() -> Iterator[Settings]:
    """An instance for this demo alone: the empty folder that was named, or one that goes when the demo ends."""
    if "AMPARO_INSTANCE" in os.environ:
        settings = Settings.from_environment()
        if settings.instance.exists() and any(settings.instance.iterdir()):
            raise InstanceNotEmpty(folder=settings.instance)
        yield settings
        return
    for name in SETTINGS:  # what is set for a real instance is not the demo's
        os.environ.pop(f"AMPARO_{name}", None)
    folder = tempfile.mkdtemp(prefix="amparo-demo-")
    os.environ["AMPARO_INSTANCE"] = folder
    settings = Settings.from_environment()
    try:
        yield settings
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(settings.boot_key_file.parent, ignore_errors=True)


# -- the people


@dataclass
class Team:
    """Everybody at their desk, each with their own keys."""

    desks: dict[str, Desk] = field(repr=False)
    passphrases: dict[str, str] = field(repr=False)

    def work(self, name: str) -> AbstractContextManager[Work]:
        return self.desks[name].work()


@contextmanager
def staff(house: House) -> Iterator[Team]:
    """Found the organisation, let everybody join, and sign everybody in."""
    say("An organisation, and nine people who work there")
    passphrases = {name: passphrase() for name in STAFF}
    founded = founding.found(house, ORGANISATION, COORDINATOR, passphrases[COORDINATOR], language="es")
    house.sessions.end(founded.token)
    with ExitStack() as stack:
        desks = {COORDINATOR: stack.enter_context(signed_in(house, COORDINATOR, passphrases[COORDINATOR]))}
        for name in [name for name in STAFF if name != COORDINATOR]:
            with desks[COORDINATOR].work() as work:
                user, token = members.invite(work, name, list(STAFF[name]), "es")
            join_at_once(desks[COORDINATOR], user, token, passphrases[name])
            desks[name] = stack.enter_context(signed_in(house, name, passphrases[name]))
        yield Team(desks, passphrases)


def passphrase() -> str:
    """Four words: good enough for a night of invented people."""
    return "-".join(secrets.choice((*STARS, *TREES)).lower() for _ in range(4))


def say(what: str) -> None:
    click.echo(f"{what} ...", err=True)


# -- the road


def drive(team: Team, told: Sequence[Invented]) -> list[UUID]:
    """Report, incident, review, consent: each step by the one whose work it is."""
    say(f"{len(told)} reports, written by {' and '.join(WRITERS)}")
    sent = send(team, told)
    say(f"{TAKES_IN} takes them in")
    fates, people = receive(team, told, sent)
    say(f"{DECIDES} weighs each act")
    decide(team, fates)
    say("Some withdraw, some agree later")
    change_minds(team, told, people)
    return sent


def send(team: Team, told: Sequence[Invented]) -> list[UUID]:
    """Each by its writer, in the order in which they were told; their ids in the same order."""
    ids: dict[int, UUID] = {}
    for number, writer in enumerate(WRITERS):
        mine = [place for place, one in enumerate(told) if one.writer == number]
        for chunk in chunks(mine):
            with team.work(writer) as work:
                for place in chunk:
                    ids[place] = report.send(work, schema.load(told[place].document), "page").id
    return [ids[place] for place in range(len(told))]


def receive(
    team: Team, told: Sequence[Invented], sent: Sequence[UUID]
) -> tuple[dict[UUID, Verification], dict[int, UUID]]:
    """Incidents with the state drawn for their acts; and the tellers of whom more is told below."""
    fates: dict[UUID, Verification] = {}
    people: dict[int, UUID] = {}
    for chunk in chunks(range(len(told))):
        with team.work(TAKES_IN) as work:
            for place in chunk:
                if told[place].withdraws is not None or told[place].agrees_later:
                    people[place] = report.read(work, sent[place]).person_ids["p1"]
                fates[take_in.take_in(work, sent[place]).id] = told[place].fate
    return fates, people


def decide(team: Team, fates: dict[UUID, Verification]) -> None:
    """Every act, step by step, to where it goes."""
    for chunk in chunks(waiting(team)):
        ways = {id: WAYS[fates[incident]] for id, incident in chunk}
        for step in range(max(map(len, ways.values()))):
            with team.work(DECIDES) as work:
                first = [id for id, way in ways.items() if step < len(way) and _move(work, id, way[step])]
            if first:  # where two have to agree, the other reviewer looks too
                with team.work(TAKES_IN) as work:
                    for id in first:
                        _move(work, id, ways[id][step])


def _move(work: Work, id: UUID, to: Verification) -> bool:
    """Whether it was the first of two words."""
    return bool(review.move(work, work.get(Act, id), to, REASONS.get(to, "")).first_of_two)


def waiting(team: Team) -> list[tuple[UUID, UUID]]:
    """All acts that nobody decided on: the act, its incident."""
    found: list[tuple[UUID, UUID]] = []
    after = None
    while True:
        with team.work(DECIDES) as work:
            page = review.queue(work, (V.RECEIVED,), 500, after)
        found += [(act.id, incident.id) for act, incident in page]
        if not page:
            return found
        after = (page[-1][0].received_on, page[-1][0].id)


def change_minds(team: Team, told: Sequence[Invented], people: dict[int, UUID]) -> None:
    """Consent is a ledger: taken back, or given where nobody had asked."""
    with team.work(TAKES_IN) as work:
        for place, id in people.items():
            person = work.get(Person, id)
            withdraws = told[place].withdraws
            if withdraws is None:
                consent.decide(work, person, {"method": "spoken", "decisions": {Purpose.ROWS.value: "given"}})
            else:
                consent.withdraw(work, person, withdraws)


def prepare(team: Team, policy: str, quotes: Sequence[UUID] = ()) -> Release:
    with team.work(ANALYST) as work:
        return publish.ready(work, publish.Wanted(policy, TAKES.get(policy, {}), quotes=tuple(quotes)))


def sign(team: Team, made: Release) -> None:
    """By as many as it asks for."""
    for who in (COORDINATOR, SECOND):
        with team.work(who) as work:
            release = work.get(Release, made.id)
            if release.state == ReleaseState.PREPARED:
                publish.sign(work, release, declared=True)


# -- the two ends


def finish(team: Team, out: Path, quotes: Sequence[UUID]) -> Release:
    """The packs, unzipped, and beside them what must be found nowhere else."""
    made, manifest = _taken(team, POLICY, out)
    tables, _manifest = _taken(team, TABLES, out / OF_TABLES, quotes)
    typed = [line for canary in canaries() for line in (canary.name, canary.phone)]
    (out / "canaries.txt").write_text("\n".join(typed) + "\n", "utf-8")
    click.echo(f"{made.reference} is signed by {COORDINATOR} and written to {out}.")
    click.echo(f"{tables.reference}, its tables and the text of a report: {out / OF_TABLES}.\n")
    say_counts(manifest)
    return made


def _taken(team: Team, policy: str, out: Path, quotes: Sequence[UUID] = ()) -> tuple[Release, dict[str, Any]]:
    """A release that one prepares and others sign, written to a folder; and its manifest as it is inside."""
    say(f"{ANALYST} prepares a release: {policy}")
    made = prepare(team, policy, quotes)
    say(f"{COORDINATOR} signs it")
    sign(team, made)
    with team.work(ANALYST) as work:
        known = work.get(Release, made.id)
        files, manifest = publish.files(work, known), work.read(known, "manifest")
    written(files, out)
    return made, manifest


def look_alive(team: Team, quotes: Sequence[UUID]) -> None:
    """Reports that wait, releases of rows and of tables that were signed, another that waits for its signatures."""
    say("A release of rows, one of tables, one that waits, and some reports that nobody opened yet")
    sign(team, prepare(team, POLICY))
    sign(team, prepare(team, TABLES, quotes))
    prepare(team, WAITS)
    send(team, reports(WAITING, seed=2021))


def chunks(given: Sequence[T], size: int = CHUNK) -> Iterator[list[T]]:
    rest = iter(given)
    while chunk := list(islice(rest, size)):
        yield chunk
