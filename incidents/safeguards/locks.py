"""A principal's seed behind a secret: passphrase, recovery code, or the node's key file.

Opening the lock *is* the check; there is no second hash of a passphrase anywhere.
"""

import os
import threading
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from crypto.envelope import canon
from crypto.errors import CryptoError
from crypto.lock import STANDARD as STANDARD
from crypto.lock import Cost as Cost
from crypto.lock import lock, normal_code, unlock
from crypto.principal import Principal
from incidents.errors import WrongSignIn
from incidents.safeguards.keystore import Keystore, Ring

PASSWORD, RECOVERY, PROVIDER = "password", "recovery", "provider"
_ONE_AT_A_TIME = threading.Semaphore(
    1
)  # 64 MiB each: fifty sign-ins at once wait, they do not fill the memory


class Locks:
    """The locks of one instance. `pepper` goes into passphrases only; `cost` is lowered by tests alone."""

    def __init__(self, keystore: Keystore, pepper: bytes, cost: Cost = STANDARD) -> None:
        self._keys, self.pepper, self._cost = keystore, pepper, cost
        self._decoy = lock("nobody", bytes(32), b"", pepper, cost)

    def close(self, who: Principal, generation: int, method: str, secret: str) -> None:
        """Lock a seed, replacing this principal's lock of the same method."""
        spoken = normal_code(secret) if method == RECOVERY else secret
        with _ONE_AT_A_TIME:
            blob = lock(
                spoken, who.seed, _context(who.id, generation, method), self._peppered(method), self._cost
            )
        self._keys.put_lock(who.id, generation, method, blob)

    def open(self, id: UUID | None, method: str, secret: str) -> Ring:
        """The ring of whoever knows the secret. An unknown name costs the same time."""
        found = self._keys.lock(id, method) if id else None
        generation, blob = found or (0, self._decoy)
        context = _context(id, generation, method) if id and found else b""
        try:
            spoken = normal_code(secret) if method == RECOVERY else secret
            with _ONE_AT_A_TIME:
                seed = unlock(spoken, blob, context, self._peppered(method))
        except CryptoError:
            raise WrongSignIn from None
        if id is None or found is None:
            raise WrongSignIn
        return Ring(Principal(id, seed), generation)

    def _peppered(self, method: str) -> bytes:
        return self.pepper if method == PASSWORD else b""


def _context(id: UUID, generation: int, method: str) -> bytes:
    return canon("lock", id, generation, method)


def key_file(path: Path) -> bytes:
    """32 bytes in a file that only its owner reads; made at the first call, by whoever comes first."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    if not path.exists():
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(32))
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes()
