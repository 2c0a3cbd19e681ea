"""Work that holds very many objects until its end, and is not interrupted by looking for garbage among them.

Collections are switched off for the whole process, and several may work so at once: they are counted, and the last one
to end switches them on again, if they were on before the first.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_at_work = 0
_were_on = False


@contextmanager
def undisturbed() -> Iterator[None]:
    """No collection goes by itself in here, whoever else begins or ends to work so meanwhile."""
    _begin()
    try:
        yield
    finally:
        _end()


def _begin() -> None:
    global _at_work, _were_on  # noqa: PLW0603  what is switched off is the process's
    with _lock:
        if _at_work == 0:
            _were_on = gc.isenabled()
            gc.disable()
        _at_work += 1


def _end() -> None:
    global _at_work  # noqa: PLW0603  likewise
    with _lock:
        _at_work -= 1
        if _at_work == 0 and _were_on:
            gc.enable()
