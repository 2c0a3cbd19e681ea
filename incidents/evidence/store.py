"""Where the sealed bytes lie: a folder, or a bucket that speaks S3. It holds no key and knows no record.

Each piece has a name that was never used before, so nothing in the store is ever overwritten:
    EVIDENCE ID / original or the id of a copy / number of the piece / a random word
"""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from incidents.evidence.refusals import PieceMissing, StoreAway
from incidents.work import House

T = TypeVar("T")
ORIGINAL = "original"


class Store:
    """Four verbs; nothing of the rest of a store is used."""

    def __init__(self, place: ObjectStore, folder: Path | None = None) -> None:
        self._place, self._folder = place, folder

    def put(self, folder: str, number: int, data: bytes) -> str:
        """Store a piece under a fresh name, whole or not at all; its name."""
        name = f"{folder}/{number:06d}/{token_hex(8)}"
        _reached(lambda: obstore.put(self._place, name, data))
        if self._folder is not None:
            _settle(self._folder / name)
        return name

    def get(self, name: str) -> bytes:
        return _reached(lambda: bytes(obstore.get(self._place, name).bytes()))

    def sizes(self, folder: str) -> list[tuple[str, int]]:
        """Every piece under a folder with its size, in the order of the names."""

        def listed() -> list[tuple[str, int]]:
            pages = obstore.list(self._place, folder or None)
            return sorted((each["path"], each["size"]) for page in pages for each in page)

        return _reached(listed)

    def drop(self, names: list[str]) -> None:
        """Take these away; what is gone already is gone."""
        for name in names:
            try:
                _reached(lambda name=name: obstore.delete(self._place, name))  # type: ignore[misc]  # bound at once
            except PieceMissing:
                continue

    def drop_all(self, folder: str) -> None:
        self.drop([name for name, _size in self.sizes(folder)])


def _reached(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (FileNotFoundError, NotFoundError):
        raise PieceMissing from None
    except (BaseError, OSError):
        raise StoreAway from None


def _settle(path: Path) -> None:
    """An answer "received" is true after a power cut too."""
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@lru_cache(maxsize=16)
def at(url: str) -> Store:
    """The store at an address: file:///folder, s3://bucket/folder, or memory:// for tests."""
    if url == "memory://":
        return Store(MemoryStore())
    if folder := folder_of(url):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Store(LocalStore(folder, automatic_cleanup=True), folder)
    return Store(from_url(url))


def of(house: House) -> Store:
    return at(house.evidence_url or beside(house.node_key.parent))


def beside(instance: Path) -> str:
    """Where evidence lies if nothing else is said: a folder of the instance."""
    return (instance.resolve() / "evidence").as_uri()


def folder_of(url: str) -> Path | None:
    """The folder that an address names; none where it is kept elsewhere."""
    said = urlsplit(url)
    return Path(unquote(said.path)) if said.scheme == "file" else None
