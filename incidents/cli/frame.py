"""What every command shares: the house behind it, who sits at the terminal, secrets, and how a Problem is said."""

import functools
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade

from config import HERE, Settings
from incidents import accounts, arrival
from incidents.errors import AccountState as WrongState
from incidents.errors import InvalidInput, Problem, _
from incidents.model.base import db
from incidents.model.vocabulary import AccountState
from incidents.work import Actor, House, Ring, Work, begin, keys

MakeApp = Callable[[Settings], Flask]
MIGRATIONS = HERE / "migrations"
OURS = ("incidents", "crypto", "config.py", "migrations")
CODE = "Code of the second factor"


class NotSetUp(Problem):
    """A command that works in an instance, and there is none."""

    status = 409
    code = "not-set-up"
    sentence = _("Nothing is set up here yet. Start ./run and open its link, or use ./run init.")


class OtherVersion(Problem):
    """The tables are older or newer than this program."""

    status = 409
    code = "other-version"
    sentence = _(
        "The data was left by another version of Amparo. Start ./run once: it brings the data up to date."
    )


class FileNotUsable(Problem):
    """A file from the command line; `why` quotes nothing of it."""

    status = 422
    code = "file-not-usable"
    sentence = _("The file %(file)s cannot be used: %(why)s.")


class Refused(click.ClickException):
    """A Problem at the terminal: its sentence on standard error, exit code 1, no stack trace."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), file=file, err=True)


class Commands(click.Group):
    """The list of commands; whatever goes wrong behind them is said in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Problem as problem:
            raise Refused(spoken(problem)) from None
        except Exception as fault:  # noqa: BLE001  a fault of ours: where it was, never what it was about
            raise Refused(where(fault)) from None


def spoken(problem: Problem) -> str:
    """The sentence, and for a document one more for each field."""
    fields = problem.fields.items() if isinstance(problem, InvalidInput) else ()
    return "\n".join([problem.said(), *(f"  {path}: {' '.join(said)}" for path, said in fields)])


def where(fault: Exception) -> str:
    """The kind of fault and the lines it came through: its own text may quote a record."""
    frames = [(Path(f.filename), f.lineno) for f in traceback.extract_tb(fault.__traceback__)]
    ours = [f"{p.name}:{line}" for p, line in frames if any(p.is_relative_to(HERE / name) for name in OURS)]
    place = " < ".join(reversed(ours[-4:]))
    return f"A fault of the program ({type(fault).__name__} at {place}). What was not finished was not kept."


# -- the house


@contextmanager
def opened(context: click.Context, *, making: bool = False) -> Iterator[House]:
    """The house of this instance. Making: a new one may be begun, and its tables are brought up to date."""
    make_app: MakeApp = context.find_root().obj
    app = make_app(Settings.from_environment())
    with app.app_context():
        if making:
            upgrade()
        else:
            must_be_current()
        house: House = app.extensions["house"]
        try:
            yield house
        finally:
            db.session.remove()
            db.engine.dispose()
            keys.close(house.keystore)


def must_be_current() -> None:
    """The tables are those of this program."""
    with db.engine.connect() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    if not current:
        raise NotSetUp
    if current != set(ScriptDirectory(str(MIGRATIONS)).get_heads()):
        raise OtherVersion


def address(settings: Settings, *path: str) -> str:
    """Where a browser on this machine finds a page."""
    return "/".join([f"http://localhost:{settings.port}", *path])


# -- who sits at the terminal


@dataclass(frozen=True)
class Desk:
    """A member at work: a command line session counts as fresh, and leaves no session behind."""

    house: House
    actor: Actor
    ring: Ring = field(repr=False)

    def work(self) -> AbstractContextManager[Work]:
        """One Work, committed at the end."""
        return begin(self.house, self.actor, self.ring)


@contextmanager
def signed_in(
    house: House, name: str, passphrase: str, ask_code: Callable[[], str] = lambda: ""
) -> Iterator[Desk]:
    """Sign in as a browser would, take the keys, and end the session when the command ends."""
    begun = accounts.sign_in(house, name, passphrase)
    tokens = [begun.token]
    try:
        if begun.pending:
            tokens.append(accounts.second_factor(house, begun.token, ask_code()).token)
        found = accounts.admit(house, tokens[-1])
        if found is None or found[0].state != AccountState.ACTIVE:
            raise WrongState
        arrival.arrive(house, found[0], found[1].ring)
        yield Desk(house, accounts.actor_of(found[0]), found[1].ring)
    finally:
        for token in tokens:
            house.sessions.end(token)


def as_member(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that seals or opens: `--as NAME`, the passphrase by prompt or file, the second factor likewise."""

    @who(required=True)
    @functools.wraps(command)
    def run(as_name: str, passphrase_file: TextIO | None, code_file: TextIO | None, **given: Any) -> Any:
        with at_desk(as_name, passphrase_file, code_file) as desk:
            return command(desk, **given)

    return run


def who(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that say who does it. Not required: without them nothing sealed is opened."""
    options = (
        click.option("--as", "as_name", metavar="NAME", required=required, help="The member who does this."),
        click.option(
            "--passphrase-file",
            metavar="FILE",
            type=click.File(encoding="utf-8"),
            help="Read that member's passphrase from FILE (- for standard input) instead of asking.",
        ),
        click.option(
            "--code-file",
            metavar="FILE",
            type=click.File(encoding="utf-8"),
            help="Read the code of the second factor from FILE instead of asking.",
        ),
    )

    def with_options(command: Callable[..., Any]) -> Callable[..., Any]:
        return functools.reduce(lambda made, option: option(made), reversed(options), command)

    return with_options


@contextmanager
def at_desk(as_name: str, passphrase_file: TextIO | None, code_file: TextIO | None) -> Iterator[Desk]:
    """A member at work in this instance, until the command ends."""
    passphrase = secret(passphrase_file, f"Passphrase of {as_name}")
    with (
        opened(click.get_current_context()) as house,
        signed_in(house, as_name, passphrase, lambda: secret(code_file, CODE)) as desk,
    ):
        yield desk


def secret(file: TextIO | None, asking: str) -> str:
    """The first line of a file, or what is typed without being shown."""
    if file is None:
        answer: str = click.prompt(asking, hide_input=True, err=True)
        return answer
    try:
        line = file.readline().strip("\ufeff\r\n")
    except UnicodeDecodeError:
        raise FileNotUsable(file=file.name, why="it is not UTF-8 text") from None
    if not line:
        raise FileNotUsable(file=file.name, why="its first line is empty")
    return line


def agreed(question: str) -> bool:
    """Whether whoever sits at the terminal says yes. Where nobody sits there, nobody did."""
    return at_terminal() and click.confirm(question, err=True)


def at_terminal() -> bool:
    return sys.stdin.isatty()


# -- saying


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as what they hold."""
    lines = [tuple(heads), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


class Progress:
    """Says how far long work is: on one line of a terminal, not at all into a file."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done >= total else ""
            click.echo(f"\r{self.what}: {done:,} of {total:,}{end}", err=True, nl=False)
