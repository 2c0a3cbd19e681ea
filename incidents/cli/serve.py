"""Serve: one web worker, one job process, and whoever watches over both."""

import ctypes
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import click

from config import HERE, Settings
from incidents import erasure, founding, jobs
from incidents.cli.frame import address, opened
from incidents.errors import Problem, _
from incidents.intake import practice
from incidents.release import discard
from incidents.work import House, keys

THREADS = 6  # a browser keeps a few connections; sealing and opening let go of the interpreter
GRACE = 20  # seconds in which a request or a chunk comes to its end
QUICK = 5.0  # seconds: a process that ends sooner than that will not do better at the next start
PR_SET_PDEATHSIG = 1  # linux/prctl.h
MEMORY = Path("/dev/shm")  # noqa: S108  for a heartbeat file without content, kept off the disk
LOOK = 0.2  # seconds between two looks at the processes
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  compared with; nobody listens there unasked
HERE_ONLY = {"127.0.0.1", "::1", "localhost"}


class PortTaken(Problem):
    """Somebody else listens there."""

    status = 409
    code = "port-taken"
    sentence = _("Nothing can listen on %(host)s port %(port)s: %(why)s. Set AMPARO_PORT to a free one.")


class StoppedByItself(Problem):
    """One of the two processes does not stay up."""

    status = 500
    code = "stopped-by-itself"
    sentence = _(
        "The %(what)s process ended by itself (exit code %(code)s); its own words stand above. Everything was stopped."
    )


@click.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Set up what is missing and serve; ./run alone."""
    with opened(context, making=True) as house:
        practice.finish(house)
        discard.finish(house)
        erasure.finish(house)  # what was cut before its end; removals go on when a coordinator signs in
        set_up = founding.is_set_up(house)
        house.db().rollback()
        link = None if set_up else set_up_link(house)
    settings = Settings.from_environment()
    must_be_free(settings)
    keep_up(settings, lambda: greet(settings, link))


@click.command()
@click.pass_context
def worker(context: click.Context) -> None:
    """Carry out long work; ./run starts one."""
    with opened(context) as house:
        jobs.work_forever(house)


def set_up_link(house: House) -> str:
    """A one-time link for the first coordinator. Its hash alone is stored; a new start makes a new link."""
    token = secrets.token_urlsafe(24)
    house.keystore.set_fact("setup-link", keys.link_digest(token))
    return address(Settings.from_environment(), "setup", token)


def must_be_free(settings: Settings) -> None:
    """Say it here, in a sentence, and not from inside a server's log."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as why:
            raise PortTaken(host=settings.host, port=settings.port, why=why.strerror or "refused") from None


def greet(settings: Settings, link: str | None) -> None:
    click.echo(f"Amparo is at {address(settings)}")
    if link:
        click.echo(
            f"\nIt is not set up yet. Open this link once, in a browser on this machine:\n\n    {link}\n"
        )
    if settings.host not in HERE_ONLY:
        click.echo("It listens beyond this machine: browsers need TLS in front of it (docs/deployment.md).")
    click.echo("Ctrl-C ends it.")


# -- two processes


def web_command(settings: Settings) -> list[str]:
    """gunicorn: one process, several threads; no access log, which would hold addresses of people."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return [
        *(sys.executable, "-m", "gunicorn", "wsgi:app"),
        *("--bind", f"{host}:{settings.port}"),
        "--no-control-socket",
        *("--workers", "1", "--worker-class", "gthread", "--threads", str(THREADS)),
        *("--graceful-timeout", str(GRACE), "--timeout", "120", "--log-level", "warning"),
        *(("--worker-tmp-dir", str(MEMORY)) if MEMORY.is_dir() else ()),
    ]


def job_command() -> list[str]:
    return [sys.executable, "-m", "incidents", "worker"]


def _end_with_parent() -> None:
    """A watcher that is killed takes both with it: neither keeps the port, nor works on unwatched."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Watched:
    """A process that is started again when it was killed, and given up when it ends at once."""

    what: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] = field(init=False)
    since: float = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.since = time.monotonic()
        # A session of its own: Ctrl-C reaches the watcher alone, which lets both come to their end.
        self.process = subprocess.Popen(  # noqa: S603  our own two commands
            self.command,
            cwd=HERE,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  the watcher has one thread
        )

    def look(self) -> None:
        code = self.process.poll()
        if code is None:
            return
        if time.monotonic() - self.since < QUICK:
            raise StoppedByItself(what=self.what, code=code)
        click.echo(f"The {self.what} process ended (exit code {code}) and is started again.", err=True)
        self.start()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        try:
            self.process.wait(GRACE + 5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def answers(settings: Settings) -> bool:
    """Whether the web process listens."""
    host = settings.host if settings.host not in EVERYWHERE else "localhost"
    try:
        socket.create_connection((host, settings.port), 1).close()
    except OSError:
        return False
    return True


def keep_up(settings: Settings, greeting: Callable[[], None]) -> None:
    """Run both until SIGTERM or SIGINT, then stop both and wait for them. The greeting comes when it answers."""
    stop, greeted = threading.Event(), False

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {name: signal.signal(name, ask) for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    both: list[Watched] = []
    try:
        both += [Watched("web", web_command(settings)), Watched("job", job_command())]
        while not stop.wait(LOOK):
            for one in both:
                one.look()
            if not greeted and answers(settings):
                greeting()
                greeted = True
    finally:
        for one in both:
            one.stop()
        for one in both:
            one.wait()
        for name, handler in before.items():
            signal.signal(name, handler)
