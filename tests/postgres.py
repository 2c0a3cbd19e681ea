"""A throw-away PostgreSQL for the tests, started from the programs of this machine."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.needs import absent
from tests.once import quick_folder

# Nothing here outlives the run, so nothing is forced to the disk.
OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=128MB",
    "shared_buffers=64MB",
    "max_connections=60",
    "listen_addresses=",
)
START_SECONDS = 60
OWNER = "amparo"
TEMPLATE = "amparo_template"


def programs() -> Path:
    """The folder of initdb and postgres, the newest first. Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    on_path = [Path(found).resolve().parent] if found else []
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()],
        reverse=True,
    )
    for folder in (*on_path, *debian):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return absent("The PostgreSQL server", "On Debian and Ubuntu: apt-get install postgresql")


def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses root. None: as we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return absent("A user that PostgreSQL may run as", "As root: useradd --system postgres")


class Cluster:
    """One server in a folder of its own; databases are copies of one template."""

    def __init__(self) -> None:
        self._programs = programs()
        self._user = server_user()
        # Not under pytest's folder: the server's user could not walk into it, and a socket's path is short.
        self._folder = Path(tempfile.mkdtemp(prefix="amparo-pg-", dir=quick_folder()))
        self._names = (f"test_{number}" for number in count())
        self._server: subprocess.Popen[bytes] | None = None
        self._link: psycopg.Connection | None = None

    def start(self) -> None:
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        data = self._folder / "data"
        made = self._run(
            "initdb", "-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        if made.wait():
            pytest.fail(f"initdb failed: {self._log()}", pytrace=False)
        options = [part for option in OPTIONS for part in ("-c", option)]
        self._server = self._run("postgres", "-D", str(data), "-k", str(self._folder), *options)
        self._wait()

    def stop(self) -> None:
        if self._link:
            self._link.close()
        if self._server:
            self._server.send_signal(signal.SIGQUIT)  # stop at once, nothing is worth writing down
            self._server.wait(START_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self._folder}"

    def prepare(self, name: str, deed: Callable[[str], None], of: str = "template0") -> None:
        """A template, itself a copy of another; `deed` fills it, given its address, and leaves no connection open."""
        self._do(f"CREATE DATABASE {name} TEMPLATE {of} STRATEGY FILE_COPY")
        deed(self.url(name))

    def fresh(self, template: str = TEMPLATE) -> str:
        """The address of a new database, a copy of the template."""
        name = next(self._names)
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def empty(self) -> str:
        """The address of a new database with nothing in it."""
        name = next(self._names)
        self._do(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        name = urlsplit(url).path.removeprefix("/")
        self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        if self._link is None:
            self._link = psycopg.connect(
                host=str(self._folder), user=OWNER, dbname="postgres", autocommit=True
            )
        self._link.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        user = self._user
        become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._programs / program, *arguments],
                cwd=self._folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "HOME": str(self._folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **become,
            )

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                return self._do("SELECT 1")
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > until:
                    pytest.fail(f"PostgreSQL did not start: {self._log()}", pytrace=False)
            time.sleep(0.05)

    def _log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-2000:]


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def postgres_url(postgres_cluster: Cluster, template) -> Iterator[str]:
    """A fresh database of this test alone, with whatever its template was filled with."""
    url = postgres_cluster.fresh(template.database)
    yield url
    postgres_cluster.drop(url)


@pytest.fixture
def empty_postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """A database of this test alone, with nothing in it: for migrations."""
    url = postgres_cluster.empty()
    yield url
    postgres_cluster.drop(url)
