"""Signed checkpoints: where the trail stood, kept as small files here and elsewhere.

A whole database put back to an older day fits together; only a checkpoint that was
kept outside of it tells. Each is a signed note in a file named by its block and signer.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.errors import Tampered
from crypto.principal import Principal, Public
from crypto.trail import block_hash, checkpoint, read_checkpoint
from incidents.model.audit import AuditBlock, AuditHead
from incidents.safeguards.audit import Break

EVERY = timedelta(days=1)
ORIGIN = "amparo-trail"


def sign_if_due(db: Session, signer: Principal, now: datetime, folders: Iterable[Path]) -> bool:
    """A new checkpoint in every folder, if none there is younger than a day. True if one was signed."""
    places = list(folders)
    head = db.get(AuditHead, 1)
    if head is None or not places or all(_fresh(folder, now) for folder in places):
        return False
    text = checkpoint(signer, ORIGIN, head.number, head.hash, now.isoformat())
    for folder in places:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / f"checkpoint-{head.number:09d}-{signer.kid.hex()}.txt"
        fresh = target.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(text, "utf-8")
        fresh.replace(target)
    return True


def _fresh(folder: Path, now: datetime) -> bool:
    ages = (now.timestamp() - file.stat().st_mtime for file in folder.glob("checkpoint-*.txt"))
    return any(age < EVERY.total_seconds() for age in ages)


def compare(db: Session, signers: Callable[[bytes], Public], folders: Iterable[Path]) -> Iterator[Break]:
    """Checkpoints that the trail does not agree with, and those that nobody known signed."""
    for folder in folders:
        for file in sorted(folder.glob("checkpoint-*.txt")) if folder.is_dir() else ():
            try:
                number, hashed = _read(file, signers)
            except (Tampered, ValueError):
                yield Break("a checkpoint is forged or damaged", file.name)
                continue
            if _stands(db, number) != hashed:
                yield Break("the trail is not the one that was signed", f"block {number} ({file.name})")


def _read(file: Path, signers: Callable[[bytes], Public]) -> tuple[int, bytes]:
    kid = bytes.fromhex(file.stem.rpartition("-")[2])
    return read_checkpoint(file.read_text("utf-8"), signers(kid))


def _stands(db: Session, number: int) -> bytes | None:
    block = db.scalars(select(AuditBlock).where(AuditBlock.number == number)).first()
    if block is None:
        return None
    return block_hash(block.previous, number, block.root, block.actor, block.at.isoformat())
