"""Planted canaries are looked for wherever plaintext must not be, after a stop and after a kill -9."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from config import HERE
from tests import make
from tests.cli.line import START_SECONDS, free_port

WORDS = "granizo lento sobre el tejado"
NAME = "Fidel Inventado"
pytestmark = pytest.mark.slow


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A process's environment whose every folder is ours to search."""
    memory = tmp_path / "memory"
    temporary = tmp_path / "temporary"
    for folder in (memory, temporary):
        folder.mkdir(mode=0o700)
    (tmp_path / "words").write_text(WORDS)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "AMPARO_INSTANCE": str(tmp_path / "instance"),
        "AMPARO_BOOT_KEY_FILE": str(memory / "boot.key"),
        "AMPARO_PORT": str(free_port()),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(HERE),
    }


def run(surroundings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "incidents", *words],
        env=surroundings,
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def set_up(surroundings: dict[str, str], tmp_path: Path) -> None:
    words = ("--passphrase-file", str(tmp_path / "words"))
    made = run(surroundings, "init", "--organisation", "Casa del Río", "--coordinator", "Ana", *words)
    assert made.returncode == 0, made.stderr
    new = ("--new-passphrase-file", str(tmp_path / "words"))
    added = run(surroundings, "users", "add", NAME, "--role", "field_researcher", "--as", "Ana", *words, *new)
    assert added.returncode == 0, added.stderr


def serve(surroundings: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "incidents", "serve"],
            env=surroundings,
            cwd=HERE,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    end = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            call(surroundings, "GET", "/readyz")
        except OSError:
            time.sleep(0.1)
        else:
            return server
    server.kill()
    raise AssertionError(log.read_text())


def call(surroundings, method, path, body=None, token=""):
    request = urllib.request.Request(
        f"http://127.0.0.1:{surroundings['AMPARO_PORT']}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
    )
    with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:  # noqa: S310  an address of this machine
        text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text


def spellings(canary: str) -> list[bytes]:
    """The canary itself, its longer words, and all of it as UTF-16."""
    words = [canary, *(word for word in canary.replace(",", " ").split() if len(word) > 7)]
    return [word.encode(code) for word in words for code in ("utf-8", "utf-16-le", "utf-16-be")]


def found_in(folder: Path) -> list[str]:
    needles = [spelling for canary in make.CANARIES for spelling in spellings(canary)]
    return [
        f"{path.relative_to(folder)}: {needle!r}"
        for path in folder.rglob("*")
        if path.is_file()
        for content in [path.read_bytes()]
        for needle in needles
        if needle in content
    ]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_that_was_told_stands_in_any_file(surroundings, tmp_path, how):
    set_up(surroundings, tmp_path)
    server = serve(surroundings, tmp_path / "log")
    token = call(surroundings, "POST", "/api/v1/session", {"name": NAME, "passphrase": WORDS})["token"]
    for _ in range(5):
        sent = call(surroundings, "POST", "/api/v1/reports", make.report_document(), token)
    told = call(surroundings, "GET", f"/api/v1/reports/{sent['id']}", token=token)
    assert make.CANARY_NARRATIVE in json.dumps(told, ensure_ascii=False)
    with pytest.raises(urllib.error.HTTPError):  # what is refused leaves nothing either
        call(surroundings, "POST", "/api/v1/reports", make.report_document(nonsense=make.CANARY_NAME), token)
    os.killpg(server.pid, how)
    server.wait(START_SECONDS)
    (tmp_path / "words").unlink()
    assert found_in(tmp_path) == []
    verified = run(surroundings, "audit", "verify")
    assert verified.returncode == 0, verified.stdout


def test_another_pepper_does_not_start_and_the_right_one_opens(surroundings, tmp_path):
    set_up(surroundings, tmp_path)
    pepper = tmp_path / "instance" / "pepper"
    right = pepper.read_bytes()
    pepper.write_bytes(bytes(32))
    refused = run(surroundings, "audit", "verify")
    assert refused.returncode == 1
    assert "pepper" in refused.stderr
    pepper.unlink()
    refused = run(surroundings, "audit", "verify")
    assert refused.returncode == 1
    assert "missing" in refused.stderr
    pepper.write_bytes(right)
    pepper.chmod(0o600)
    assert run(surroundings, "audit", "verify").returncode == 0


def test_an_instance_that_others_can_read_does_not_start(surroundings, tmp_path):
    set_up(surroundings, tmp_path)
    instance = tmp_path / "instance"
    assert not [path for path in instance.rglob("*") if path.stat().st_mode & 0o077]
    instance.chmod(0o755)
    refused = run(surroundings, "audit", "verify")
    assert refused.returncode == 1
    assert "chmod" in refused.stderr


def test_data_without_its_keys_does_not_start(surroundings, tmp_path):
    set_up(surroundings, tmp_path)
    shutil.move(tmp_path / "instance" / "keys.db", tmp_path / "elsewhere.db")
    refused = run(surroundings, "audit", "verify")
    assert refused.returncode == 1
    assert "keys.db" in refused.stderr
    assert not (tmp_path / "instance" / "keys.db").exists()
