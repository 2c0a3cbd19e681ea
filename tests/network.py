"""No test reaches beyond this machine: loopback and unix sockets alone are open.

An audit hook sees every socket of this process, also those of libraries and threads. What it
refuses is remembered, so that a test fails even where the refusal was caught on the way.
"""

import ipaddress
import sys
from collections.abc import Iterator

import pytest

LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}

refused: list[str] = []


class BeyondThisMachine(RuntimeError):
    """A test tried to reach another machine."""


def is_here(host: object) -> bool:
    """Whether a host name or address means this machine and nothing else."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in LOOKUPS:
        host = arguments[0]
    elif event in SENDS and isinstance(arguments[1], tuple):  # a unix socket's address is no tuple
        host = arguments[1][0]
    else:
        return
    if not is_here(host):
        refused.append(f"{event} {host}")
        raise BeyondThisMachine(refused[-1])


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def on_this_machine() -> Iterator[None]:
    refused.clear()
    yield
    assert not refused, f"reached beyond this machine: {refused}"
