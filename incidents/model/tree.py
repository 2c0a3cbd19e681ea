"""Versions of the hierarchies by which a release says less, as an organisation sets them over the shipped files.

Codes and labels are public words and stand in clear; why somebody changed them is sealed. A version is appended and
never altered: what went out by an older one can go on with it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session

from incidents.model.base import Compartment, Envelope, Record, sealed

SHORT = 12  # letters of a digest that are cited


class HierarchyVersion(Record):
    """One version of one hierarchy; version 0 is the shipped file, and has no row."""

    __tablename__ = "hierarchy_version"
    __table_args__ = (
        UniqueConstraint("name", "number"),
        CheckConstraint("number > 0", name="after_the_file"),
    )

    name: Mapped[str]
    number: Mapped[int]
    content: Mapped[dict[str, Any]]  # levels, rows, labels: as `Version`
    digest: Mapped[str]
    set_by: Mapped[UUID]
    set_on: Mapped[date]
    why: Mapped[Envelope] = sealed(Compartment.FACTS)


@dataclass(frozen=True, eq=False)  # compared by its digest
class Version:
    """What a version says. `rows`: the path of each value, leaf first. `labels`: code, English, Spanish."""

    name: str
    number: int
    levels: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    labels: tuple[tuple[str, str, str], ...] = ()

    @cached_property
    def digest(self) -> str:
        """Of what it says, whatever its number and order of lines."""
        said = [self.levels, sorted(self.rows), sorted(self.labels)]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def full_name(self) -> str:
        """As manifests and files name it: the shipped one by its bare name."""
        return f"{self.name}@{self.number}" if self.number else self.name


@dataclass
class _Held:
    mark: object = None
    versions: Mapping[str, tuple[Version, ...]] | None = None


_held = _Held()
_tried: ContextVar[Version | None] = ContextVar("_tried", default=None)
_pinned: ContextVar[Mapping[str, int] | None] = ContextVar("_pinned", default=None)


def renew(db: Session) -> None:
    """Take in versions that were added since this process last looked; a row is never taken away or changed."""
    mark = (db.connection().engine.url, db.scalar(select(func.count()).select_from(HierarchyVersion)))
    if _held.mark != mark:
        use(map(read, db.scalars(select(HierarchyVersion).order_by(HierarchyVersion.number))), mark)


def read(row: HierarchyVersion) -> Version:
    """What a row says."""
    said = row.content
    return Version(
        row.name,
        row.number,
        tuple(said["levels"]),
        tuple(map(tuple, said["rows"])),
        tuple((code, en, es) for code, en, es in said["labels"]),
    )


def use(found: Iterable[Version], mark: object = None) -> None:
    """From now on these lie over the shipped files, in this process."""
    versions: dict[str, tuple[Version, ...]] = {}
    for each in found:
        versions[each.name] = (*versions.get(each.name, ()), each)
    _held.versions, _held.mark = versions, mark


def known(name: str) -> tuple[Version, ...]:
    """Every version of a hierarchy that was set, the oldest first."""
    return (_held.versions or {}).get(name, ())


def numbered(name: str, number: int) -> Version | None:
    """The version of this number; None for the shipped one, and for one that is not there."""
    tried = _tried.get()
    if tried is not None and (tried.name, tried.number) == (name, number):
        return tried
    return next((each for each in known(name) if each.number == number), None)


def in_force() -> dict[str, int]:
    """The number of each hierarchy that is not the shipped one; what is pinned, else the newest."""
    pinned = _pinned.get()
    if pinned is not None:
        return {name: number for name, number in pinned.items() if number}
    return {name: versions[-1].number for name, versions in (_held.versions or {}).items()}


def standing(name: str) -> int:
    """The number in force of one hierarchy; 0 is the shipped one."""
    pinned = _pinned.get()
    if pinned is not None:
        return pinned.get(name, 0)
    versions = known(name)
    return versions[-1].number if versions else 0


@contextmanager
def pinned(numbers: Mapping[str, int] | None = None) -> Iterator[None]:
    """These versions stay in force in here, whatever somebody sets meanwhile; those of now without any."""
    before = _pinned.set(dict(in_force() if numbers is None else numbers))
    try:
        yield
    finally:
        _pinned.reset(before)


@contextmanager
def trying(version: Version) -> Iterator[None]:
    """In here this version is in force, kept or not: so what it would do is seen before."""
    before = _tried.set(version)
    try:
        with pinned({**in_force(), version.name: version.number}):
            yield
    finally:
        _tried.reset(before)
