"""A file of any length passes through the server in constant memory: up in pieces, looked at, and down again."""

import hashlib
import http.client
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from incidents import accounts, gate
from incidents.evidence import SEGMENT
from incidents.model.incident import Incident
from tests.cli.line import PASSPHRASE, Served

MOST = 200  # MiB that a process of the server ever holds, all of the program included
READ = 1024 * 1024


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """On a disk: two gibibytes are too much for the memory in which other tests have their files."""
    with tempfile.TemporaryDirectory(prefix="amparo-large-", dir="/var/tmp") as folder:
        yield Path(folder)


def made(size: int) -> Iterator[bytes]:
    """As many bytes, no segment like another; nothing of it lies anywhere but in the store."""
    for at in range(0, size, SEGMENT):
        yield (hashlib.sha256(at.to_bytes(8, "big")).digest() * (SEGMENT // 32))[: size - at]


def processes(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        yield from processes(int(child))


def look_anew(pid: int) -> None:
    """From here on the most is counted: what starting it took (Argon2 alone takes 64 MiB) is let go of by then."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")


def most_held(pid: int) -> int:
    said = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next((int(line.split()[1]) // 1024 for line in said if line.startswith("VmHWM:")), 0)


class Browser:
    """One line to the server, kept open."""

    def __init__(self, port: int, token: bytes) -> None:
        self.line = http.client.HTTPConnection("localhost", port, timeout=600)
        self.headers = {"Cookie": f"{gate.COOKIE}={token.hex()}", "Sec-Fetch-Site": "same-origin"}

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/octet-stream"):
        headers = {**self.headers, **({"Content-Type": kind} if body is not None else {})}
        self.line.request(method, path, body, headers)
        return self.line.getresponse()

    def send(self, path: str, **form: str) -> str:
        answer = self.ask("POST", path, urlencode(form).encode(), "application/x-www-form-urlencoded")
        answer.read()
        assert answer.status == 303
        return answer.headers["Location"]


def passed(line, size: int) -> dict[str, int]:
    """What each process of the server held at most, by what was done last."""
    with line.house() as house:
        incident = house.db().scalars(select(Incident.id)).first()
        token = accounts.sign_in(house, "Rita", PASSPHRASE).token
    held: dict[str, int] = {}
    with Served(line) as served:
        served.wait_for("http")

        def look(what: str) -> None:
            held[what] = max(most_held(pid) for pid in processes(served.process.pid))

        browser = Browser(served.port, token)
        browser.ask("GET", f"/incidents/{incident}").read()
        for pid in processes(served.process.pid):
            look_anew(pid)
        look("begun")
        url = browser.send(f"/evidence/new/{incident}", origin="staff", name="film.bin", size=str(size))
        sent, got = hashlib.sha256(), hashlib.sha256()
        for number, piece in enumerate(made(size)):
            sent.update(piece)
            answer = browser.ask("POST", f"{url}/segments?at={number * SEGMENT}", piece)
            assert json.loads(answer.read()) == {"have": number * SEGMENT + len(piece)}
        look("up")
        browser.send(url, deed="finish")
        look("looked at")
        form = urlencode({"reason": "expert"}).encode()
        answer = browser.ask("POST", f"{url}/original", form, "application/x-www-form-urlencoded")
        assert int(answer.headers["Content-Length"]) == size
        while data := answer.read(READ):
            got.update(data)
        look("down")
        browser.line.close()
        assert got.digest() == sent.digest()
    return held


def test_a_large_file_takes_no_more_memory_than_a_small_one(line, imported):
    held = passed(line, 48 * READ + 1)
    assert max(held.values()) < MOST, held


@pytest.mark.slow
def test_two_gibibytes_pass_up_and_down_under_two_hundred_mebibytes(line, imported):
    held = passed(line, 2 * 1024**3)
    assert max(held.values()) < MOST, held
