"""A large file up and down in a process of its own, as the server takes it: says how much memory that took.

    python -m tests.evidence.passing INSTANCE USER-ID SEED-HEX INCIDENT-ID BYTES

The file is made as it is sent, and let go of as it is read.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from config import Settings
from crypto.lock import FLOOR
from crypto.principal import Principal
from incidents import gate
from incidents.app import create_app
from incidents.evidence import SEGMENT
from incidents.work import Ring

HERE = {"Sec-Fetch-Site": "same-origin"}


def made(size: int) -> Iterator[bytes]:
    """As many bytes, no segment like another."""
    for at in range(0, size, SEGMENT):
        length = min(SEGMENT, size - at)
        yield (hashlib.sha256(at.to_bytes(8, "big")).digest() * (SEGMENT // 32))[:length]


def megabytes() -> int:
    """The most that this process ever held; what getrusage says begins with what its parent held."""
    said = Path("/proc/self/status").read_text("ascii")
    (line,) = (line for line in said.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def main(folder: str, user: str, seed: str, incident: str, bytes_: str) -> None:
    instance, size = Path(folder), int(bytes_)
    app = create_app(
        Settings(
            instance=instance,
            database_url=f"sqlite:///{instance / 'data.db'}",
            keys_file=instance / "keys.db",
            pepper_file=instance / "pepper",
            boot_key_file=instance / "boot" / "boot.key",
            checkpoints=None,
        ),
        FLOOR,
    )
    house = app.extensions["house"]
    client = app.test_client()
    token = house.sessions.start(Ring(Principal(UUID(user), bytes.fromhex(seed)), 1))
    client.set_cookie(gate.COOKIE, token.hex(), secure=True)
    before = megabytes()
    form = {"origin": "staff", "name": "film.bin", "size": str(size)}
    url = client.post(f"/evidence/new/{incident}", data=form, headers=HERE).location
    sent = hashlib.sha256()
    for number, piece in enumerate(made(size)):
        sent.update(piece)
        answer = client.post(
            f"{url}/segments?at={number * SEGMENT}",
            data=piece,
            content_type="application/octet-stream",
            headers=HERE,
        )
        assert answer.status_code == 200, answer.status
    up = megabytes()
    assert client.post(url, data={"deed": "finish"}, headers=HERE).status_code == 303
    looked = megabytes()
    got = hashlib.sha256()
    with client.post(f"{url}/original", data={"reason": "expert"}, headers=HERE, buffered=False) as answer:
        for chunk in answer.iter_encoded():
            got.update(chunk)
    same = got.digest() == sent.digest()
    said = {"before": before, "up": up, "looked": looked, "down": megabytes(), "same": same}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
