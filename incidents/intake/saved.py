"""Mappings that somebody saved to use again. They belong to everybody who imports, and are sealed with their names."""

import io
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import InvalidInput, NotFound, Problem, _
from incidents.intake import mapped, template
from incidents.intake.mapping import load
from incidents.model.saved import Saved, SavedKind
from incidents.work import Permission, Work

LONGEST = 80  # letters of a name
MOST = 200  # of the organisation


class NotSaved(Problem):
    status = 404
    code = "mapping-not-saved"
    sentence = _("There is no saved mapping of this name.")


@dataclass(frozen=True)
class Kept:
    """One saved mapping; a name that does not open stands as empty."""

    row: Saved
    name: str
    text: str


def save(work: Work, name: str, text: str) -> Saved:
    """Keep a mapping under a name; the same name again is a new version of it."""
    work.actor.must(Permission.IMPORT_DO)
    name = _named(name)
    load(text)  # what is not a mapping is not kept as one
    kept = listed(work)
    known = next((each for each in kept if _same(each.name, name)), None)
    if known is None and len(kept) >= MOST:
        raise InvalidInput({"name": [_("Take one away first: no more than 200 are kept.")]})
    row = known.row if known else Saved(kind=SavedKind.MAPPING, saved_by=work.actor.id, saved_on=work.today)
    row.saved_by, row.saved_on = work.actor.id, work.today
    work.seal(row, content={"name": name, "text": text})
    if known is None:
        work.add(row)
    work.note("mapping.saved", row)
    return row


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise InvalidInput({"name": [_("Give it a name of no more than 80 letters.")]})
    return name


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def listed(work: Work) -> list[Kept]:
    """All of them, by their names."""
    work.actor.must(Permission.IMPORT_DO)
    rows = list(work.db.scalars(select(Saved).where(Saved.kind == SavedKind.MAPPING).order_by(Saved.id)))
    opened: list[Any] = [work.vault.view(row, "content") for row in rows]
    found = [
        Kept(row, said["name"], said["text"]) if isinstance(said, dict) else Kept(row, "", "")
        for row, said in zip(rows, opened, strict=True)
    ]
    return sorted(found, key=lambda each: each.name.casefold())


def text_of(work: Work, id: UUID) -> str:
    """What one of them says. It was signed by whoever saved it: one that was altered since reads no file."""
    work.actor.must(Permission.IMPORT_DO)
    row = work.db.get(Saved, id)
    if row is None or row.kind != SavedKind.MAPPING:
        raise NotFound
    work.vouched([row])
    return str(work.vault.open(row, "content")["text"])


def named(work: Work, name: str) -> Kept:
    """The one of this name; small and capital letters do not matter."""
    found = next((each for each in listed(work) if each.name and _same(each.name, name)), None)
    if found is None:
        raise NotSaved
    work.vouched([found.row])
    return found


def fitting(work: Work, data: bytes, filename: str) -> dict[str, str]:
    """Name → text, of those that name every column of this file; where our own template's does, that one alone."""
    kind = PurePath(filename).suffix.lower().removeprefix(".")
    if kind in template.KINDS and fits(own := template.mapping(kind), data, filename):
        return {load(own).name: own}
    found = [each for each in listed(work) if each.text and fits(each.text, data, filename)]
    work.vouched([each.row for each in found])
    return {each.name: each.text for each in found}


def fits(text: str, data: bytes, filename: str) -> bool:
    """Whether a mapping can read a file: its kind, its columns, its sheets."""
    try:
        mapping = load(text)
        if PurePath(filename).suffix.lower() != f".{mapping.kind}":
            return False
        mapped.rows(mapping, io.BytesIO(data), filename)
    except Problem:
        return False
    return True


def forget(work: Work, id: UUID) -> None:
    """Take it away, for everybody. What was imported by it stays."""
    work.actor.must(Permission.IMPORT_DO)
    row = work.db.get(Saved, id)
    if row is None or row.kind != SavedKind.MAPPING:
        raise NotFound
    work.db.delete(row)
    work.note("mapping.forgotten", row)
