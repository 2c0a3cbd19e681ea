"""Serving: two processes, one address, a clean end."""

import os
import re
import signal
import socket
import time

import pytest

from tests.cli.line import START_SECONDS, Served, listens


def test_serving_prints_the_address_and_a_link_to_set_up_and_ends_cleanly(empty):
    with Served(empty) as served:
        served.wait_for("Ctrl-C ends it")
        assert f"Amparo is at http://localhost:{served.port}\n" in served.said()
        link = re.search(rf"http://localhost:{served.port}(/setup/\S+)", served.said())[1]
        assert served.get("/healthz") == (200, "ok\n")
        assert served.get(link)[0] == 200
        assert served.get("/setup/another")[0] == 404
        assert len(served.children()) == 2
    assert served.process.returncode == 0, served.said()
    assert not listens(served.port)
    files = [path.read_bytes() for path in empty.instance.rglob("*") if path.is_file()]
    assert not any(link.removeprefix("/setup/").encode() in content for content in files)


def test_once_set_up_no_link_is_printed(line):
    with Served(line) as served:
        served.wait_for("Ctrl-C ends it")
        assert "/setup/" not in served.said()
        assert served.get("/sign-in")[0] == 200


@pytest.mark.slow
def test_a_killed_job_process_is_started_again_and_a_killed_watcher_leaves_none(line):
    with Served(line) as served:
        served.wait_for("Ctrl-C ends it")
        time.sleep(6)  # longer than what counts as failing at once
        job = next(int(pid) for command, pid in served.children().items() if command.endswith(" worker"))
        os.kill(job, signal.SIGKILL)
        served.wait_for("The job process ended (exit code -9) and is started again")
        served.process.kill()
        served.process.wait()
        end = time.monotonic() + START_SECONDS
        while listens(served.port):
            assert time.monotonic() < end
            time.sleep(0.2)


def test_a_port_that_is_taken_is_said_in_a_sentence(line):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        line.env["AMPARO_PORT"] = str(other.getsockname()[1])
        assert "Set AMPARO_PORT" in line("serve", code=1).stderr
