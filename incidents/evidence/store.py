"""Where the sealed bytes lie: a folder, or a bucket that speaks S3. It holds no key and knows no record.

Each piece has a name that was never used before, so nothing in the store is ever overwritten:
    EVIDENCE ID / original or the id of a copy / number of the piece / a random word
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from incidents.evidence.refusals import PieceMissing, StoreAway
from incidents.work import House

T = TypeVar("T")
ORIGINAL = "original"
HALF = ".half"  # how the name of a file ends that is being written


class Place(Protocol):
    """Four verbs; nothing else of a store is used."""

    def put(self, name: str, data: bytes) -> None: ...
    def get(self, name: str) -> bytes: ...
    def sizes(self, folder: str) -> Iterable[tuple[str, int]]: ...
    def drop(self, name: str) -> None: ...


class Store:
    """One of the two kinds of place, its faults said as Problems."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def put(self, folder: str, number: int, data: bytes) -> str:
        """Store a piece under a fresh name, whole or not at all; its random word."""
        word = token_hex(6)
        name = piece(folder, number, word)
        _reached(lambda: self._place.put(name, data))
        return word

    def get(self, name: str) -> bytes:
        return _reached(lambda: self._place.get(name))

    def sizes(self, folder: str) -> list[tuple[str, int]]:
        """Every piece under a folder with its size, in the order of the names."""
        return _reached(lambda: sorted(self._place.sizes(folder)))

    def drop(self, names: Iterable[str]) -> None:
        """Take these away; what is gone already is gone."""
        for name in names:
            with suppress(PieceMissing):
                _reached(lambda name=name: self._place.drop(name))  # type: ignore[misc]  # bound at once

    def drop_all(self, folder: str) -> None:
        self.drop([name for name, _size in self.sizes(folder)])


def piece(folder: str, number: int, word: str) -> str:
    """The name of a piece; those of one file are in order."""
    return f"{folder}/{number:06d}/{word}"


def _reached(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (FileNotFoundError, NotFoundError):
        raise PieceMissing from None
    except (BaseError, OSError):
        raise StoreAway from None


class Folder:
    """Files of their owner alone. An answer "received" is true after a power cut too."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, data: bytes) -> None:
        path = self._root / name
        _make(path.parent)
        half = path.with_name(path.name + HALF)
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        half.rename(path)
        for each in list(path.parents)[:3]:
            _settle(each)

    def get(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def sizes(self, folder: str) -> Iterable[tuple[str, int]]:
        for here, _folders, names in os.walk(self._root / folder):
            for name in names:
                path = Path(here, name)
                with suppress(FileNotFoundError):  # taken away while we look
                    if not name.endswith(HALF):
                        yield path.relative_to(self._root).as_posix(), path.stat().st_size

    def drop(self, name: str) -> None:
        path = self._root / name
        path.unlink()
        with suppress(OSError):  # not empty yet
            for above in list(path.parents)[: len(Path(name).parts) - 1]:
                above.rmdir()


def _make(folder: Path) -> None:
    """A folder and those above it, for their owner alone."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Bucket:
    """Anything that obstore reaches."""

    def __init__(self, place: ObjectStore) -> None:
        self._place = place

    def put(self, name: str, data: bytes) -> None:
        obstore.put(self._place, name, data)

    def get(self, name: str) -> bytes:
        return bytes(obstore.get(self._place, name).bytes())

    def sizes(self, folder: str) -> Iterable[tuple[str, int]]:
        pages = obstore.list(self._place, folder or None)
        return [(each["path"], each["size"]) for page in pages for each in page]

    def drop(self, name: str) -> None:
        obstore.delete(self._place, name)


@lru_cache(maxsize=16)
def at(url: str) -> Store:
    """The store at an address: file:///folder, s3://bucket/folder; memory:/// forgets everything, for tests."""
    folder = folder_of(url)
    return Store(Folder(folder) if folder else Bucket(_bucket(url)))


def _bucket(url: str) -> ObjectStore:
    """Where it is, and how one signs in there, stand in the usual variables. A minute without it is an answer."""
    if not url.startswith("s3:"):
        return from_url(url)
    return from_url(url, retry_config={"max_retries": 5, "retry_timeout": timedelta(minutes=1)})


def of(house: House) -> Store:
    return at(house.evidence_url or beside(house.node_key.parent))


def beside(instance: Path) -> str:
    """Where evidence lies if nothing else is said: a folder of the instance."""
    return (instance.resolve() / "evidence").as_uri()


def folder_of(url: str) -> Path | None:
    """The folder that an address names; none where it is kept elsewhere."""
    said = urlsplit(url)
    return Path(unquote(said.path)) if said.scheme == "file" else None
