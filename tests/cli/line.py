"""An instance and its command line, in this process or served in one of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from config import HERE, Settings
from crypto.lock import FLOOR
from incidents.app import create_app
from incidents.cli import commands, frame

PASSPHRASE = "granizo lento sobre el tejado"
STAFF = {
    "Bruno": "coordinator",
    "Rita": "reviewer",
    "Rosa": "reviewer",
    "Alan": "analyst",
    "Fidel": "field_researcher",
}
CANARY = "Xiomara Quetzalinda"
MAPPING = """
format = 1
name = "Invented list"
[file]
kind = "csv"
separator = ";"
[source]
label = "invented"
key = ["id"]
[basis]
kind = "published"
citation = "An invented list, 2021"
licence = "CC0"
[constants]
"incident.place.country" = "MEX"
"persons.p1" = { kind = "individual", teller = false }
"involvements.1" = { person = "p1", act = "a1", part = "DIR" }
"perpetrators.1" = { type = "ARM" }
"sources.1" = { type = "PRE", origin = "invented list" }
[fields]
"incident.moment" = { column = "day", as = "date", required = true }
"incident.place.state" = { column = "state", as = "code", codes = { T = "MX-TAM", C = "MX-CHH" } }
"acts.a1.type" = { column = "what", as = "code", codes = { K = "KID", E = "EXT", B = "ASS" } }
"persons.p1.identity.name" = { column = "name", as = "text" }
"persons.p1.facts.gender" = { column = "sex", as = "code", codes = { F = "F", M = "M" } }
"persons.p1.facts.age" = { column = "age", as = "number" }
"persons.p1.facts.nationality" = { column = "from", as = "code", codes = { H = "HND" } }
"""


def rows(count):
    """Source rows that hide among each other; the last has no day, so that one is refused."""
    lines = []
    for n in range(count - 1):
        day = f"2019-{n % 2 + 7:02}-{n % 27 + 1:02}"
        lines.append(f"{n};{day};{'TC'[n % 2]};{'KEB'[n % 3]};{CANARY} {n};{'FM'[n // 2 % 2]};{20 + n % 4};H")
    return "\n".join(["id;day;state;what;name;sex;age;from", *lines, f"{count};;T;K;{CANARY};F;20;H", ""])


class Line:
    """The command line of one instance, in this process; everybody's passphrase is in one file."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.instance = folder, folder / "instance"
        self.env = {
            "AMPARO_INSTANCE": str(self.instance),
            "AMPARO_BOOT_KEY_FILE": str(folder / "boot" / "boot.key"),
            "AMPARO_DATABASE_URL": url or f"sqlite:///{self.instance / 'data.db'}",
        }
        self.passphrase_file = self.file("passphrase", PASSPHRASE + "\n")

    def file(self, name, content):
        self.folder.mkdir(exist_ok=True)
        path = self.folder / name
        path.write_text(content, "utf-8")
        return path

    def __call__(self, *arguments, code=0, typed=None, **who):
        """`as_="Ana"` adds the name and the passphrase file."""
        given = [str(argument) for argument in arguments]
        if "as_" in who:
            given += [
                "--as",
                who["as_"],
                *(["--passphrase-file", str(self.passphrase_file)] if typed is None else []),
            ]
        make_app = lambda settings: create_app(settings, FLOOR)  # noqa: E731  handed in, not kept
        result = CliRunner(env=self.env).invoke(commands, given, obj=make_app, input=typed)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def init(self, **more):
        options = {
            "organisation": "Casa Inventada",
            "coordinator": "Ana",
            "passphrase-file": self.passphrase_file,
        } | more
        return self("init", *(part for name, value in options.items() for part in (f"--{name}", value)))

    def join(self, name, role):
        return self(
            "users", "add", name, "--role", role, "--new-passphrase-file", self.passphrase_file, as_="Ana"
        )

    @contextmanager
    def house(self):
        settings = Settings(
            instance=self.instance,
            database_url=self.env["AMPARO_DATABASE_URL"],
            keys_file=self.instance / "keys.db",
            pepper_file=self.instance / "pepper",
            boot_key_file=self.folder / "boot" / "boot.key",
            checkpoints=None,
            timezone="UTC",
        )
        app = create_app(settings, FLOOR)
        with app.app_context():
            yield app.extensions["house"]
            frame.db.session.remove()
            frame.db.engine.dispose()

    def listed(self):
        """The members' list: name → the line."""
        lines = self("users", "list", as_="Ana").stdout.splitlines()[1:]
        return {line.split()[0]: line for line in lines}


# -- serving

START_SECONDS = (
    300  # until it answers, or has ended; only a machine that does much else needs more than a few
)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """`serve` as ./run starts it, in a process of its own."""

    def __init__(self, line, *command):
        self.port = free_port()
        env = {**os.environ, **line.env, "AMPARO_PORT": str(self.port)}
        self.log = line.folder / "serve.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "incidents", *(command or ["serve"])],
                cwd=HERE,
                env=env,
                stdout=log,
                stderr=log,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(START_SECONDS)

    def wait_for(self, words, seconds=START_SECONDS):
        end = time.monotonic() + seconds
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def said(self):
        return self.log.read_text("utf-8")

    def get(self, path):
        try:
            with urllib.request.urlopen(
                f"http://localhost:{self.port}{path}", timeout=START_SECONDS
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def children(self):
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-a"], capture_output=True, text=True, check=False
        )
        return dict(reversed(row.split(" ", 1)) for row in found.stdout.splitlines())


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
