"""Copies to restore from: the data first, its keys last, so that keys may be newer than data and never older.

A keystore copy is kept 30 days, data copies as long as one likes: what was erased comes
back with an old keystore, until its tombstones are replayed. The pepper is in no copy.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import URL, Engine, create_engine, inspect, make_url, select
from sqlalchemy.orm import Session

from config import Settings
from incidents import evidence
from incidents.erasure import tombstones
from incidents.errors import Problem, _
from incidents.model.audit import AuditHead
from incidents.model.base import Base, Compartment, Record, compartments
from incidents.model.place import FILE
from incidents.work import NODE_ACTOR, House, Keystore, begin, keys, rekeying, token_keys

FORMAT = 1
MANIFEST = "manifest.json"
DATA, DUMP, KEYS = "data.db", "data.dump", "keys.db"
PLAIN = ("node.key", "fingerprint")  # the node's own key signs refusals and opens nothing
LOADED = (FILE.name,)  # what was loaded into the instance, where it was: the official catalogue of places
EVIDENCE = "evidence"
FOLDERS = (EVIDENCE, "packs")  # sealed files beside the database, where there are any
KEEP_KEYS = timedelta(days=30)  # what was erased is gone from every copy after so long
OVERDUE = timedelta(days=1)
LAST = "backup"  # in the keystore: when it was copied last
UNFINISHED = "restoring"  # a file in the instance while it is being restored


class BackupRefused(Problem):
    """`why` is said on the terminal."""

    status = 409
    code = "backup-refused"
    sentence = _("No backup was made: %(why)s")


class RestoreRefused(Problem):
    """`why` is said on the terminal; nothing that was there is changed."""

    status = 409
    code = "restore-refused"
    sentence = _("Nothing was restored: %(why)s")


@dataclass
class Restored:
    """What was done, and what could not be looked at."""

    data_at: datetime
    keys_at: datetime
    replayed: int = 0
    not_compared: list[str] = field(default_factory=list)
    gone: list[str] = field(
        default_factory=list
    )  # what is in the data of this copy and opens no more, and why
    needed: ClassVar[str] = "the pepper, which is in no backup: put it back from the recovery sheet"


# -- making a copy


def backup(settings: Settings, house: House, to: Path) -> dict[str, Any]:
    """Copy everything but the pepper into this folder, which must be new or empty. The manifest."""
    if to.exists() and any(to.iterdir()):
        raise BackupRefused(why=f"{to} is not empty")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    to.chmod(0o700)
    files = [_data(settings, to)]
    files += [entry for name in FOLDERS for entry in _folder(_place(settings, name), to / name)]
    loaded = [name for name in LOADED if (settings.instance / name).exists()]
    files += [_plain(settings.instance / name, to / name) for name in (*PLAIN, *loaded)]
    files.append(_sqlite(settings.keys_file, to / KEYS))
    manifest = {
        "format": FORMAT,
        "files": files,
        "not_included": ["pepper", *([EVIDENCE] if _elsewhere(settings) else [])],
        "delete_keys_by": (_at(files[-1]).date() + KEEP_KEYS).isoformat(),
    }
    _write(to / MANIFEST, json.dumps(manifest, indent=1).encode())
    house.keystore.set_fact(LAST, files[-1]["at"].encode())
    with begin(house, NODE_ACTOR, None) as work:
        work.note("backup.made", count=len(files))
    return manifest


def last(house: House) -> datetime | None:
    """When the keystore was copied last."""
    known = house.keystore.fact(LAST)
    return datetime.fromisoformat(known.decode()) if known else None


def overdue(house: House) -> bool:
    """The last copy of the keystore is older than a day, or there is none: for a warning."""
    known = last(house)
    return known is None or house.now() - known > OVERDUE


def _data(settings: Settings, to: Path) -> dict[str, Any]:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(Path(url.database or ""), to / DATA)
    at = _now()
    _call("pg_dump", url, "--format=custom", "--no-owner", f"--file={to / DUMP}")
    (to / DUMP).chmod(0o600)
    _call("pg_restore", url, "--list", str(to / DUMP))
    return _entry(to / DUMP, DUMP, at)


def _sqlite(source: Path, to: Path) -> dict[str, Any]:
    """A copy while others read and write, checked; its time is that of its beginning."""
    if not source.exists():
        raise BackupRefused(why=f"{source} is not there")
    at = _now()
    to.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(to)) as there:
            here.execute("PRAGMA busy_timeout=10000")
            here.backup(there)
            there.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as fault:
        raise BackupRefused(why=f"{source} could not be copied ({fault})") from None
    if not _is_whole(to):
        raise BackupRefused(why=f"{source} is damaged. Restore an earlier backup")
    return _entry(to, to.name, at)


def _is_whole(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as copy:
            return bool(copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False


def _place(settings: Settings, name: str) -> Path:
    """Where a folder, or a file in it, is kept: evidence may lie elsewhere than in the instance."""
    folder = evidence.folder_of(settings.evidence_url)
    top, _slash, rest = name.partition("/")
    return folder / rest if top == EVIDENCE and folder else settings.instance / name


def _elsewhere(settings: Settings) -> bool:
    """Evidence in a bucket: whoever keeps the bucket copies it."""
    return bool(settings.evidence_url) and evidence.folder_of(settings.evidence_url) is None


def _folder(source: Path, to: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        name = Path(to.name) / path.relative_to(source)
        target = to.parent / name
        if path.is_file() and not path.is_symlink():
            _make_folder(target.parent)
            yield _plain(path, target, str(name))


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _plain(source: Path, to: Path, name: str = "") -> dict[str, Any]:
    if not source.exists():
        raise BackupRefused(why=f"{source} is not there")
    at = _now()
    shutil.copyfile(source, to)
    to.chmod(0o600)
    return _entry(to, name or to.name, at)


def _entry(path: Path, name: str, at: datetime) -> dict[str, Any]:
    return {"name": name, "at": at.isoformat(), "bytes": path.stat().st_size, "sha256": _sha256(path)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _now() -> datetime:
    return datetime.now(UTC)


def _at(entry: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["at"])


def _call(program: str, url: URL, *arguments: str) -> None:
    """A program of PostgreSQL. Where the server is goes by the environment: arguments are seen by everybody."""
    query = {name: str(value) for name, value in url.query.items()}
    said = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port or query.get("port") or ""),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    env = {name: value for name, value in {**os.environ, **said}.items() if value}
    try:
        subprocess.run([program, *arguments], env=env, check=True, capture_output=True)  # noqa: S603  a fixed program
    except FileNotFoundError:
        raise BackupRefused(why=f"{program} is missing. Install the client programs of PostgreSQL") from None
    except subprocess.CalledProcessError as failed:
        said_by_it = failed.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise BackupRefused(why=f"{program} failed: {' '.join(said_by_it)}") from None


# -- putting it back


def restore(settings: Settings, folder: Path) -> Restored:
    """Put a backup into an empty instance. Cut, it is simply called again."""
    manifest = _read_manifest(folder)
    files = {entry["name"]: entry for entry in manifest["files"]}
    data = DATA if DATA in files else DUMP
    if KEYS not in files or data not in files:
        raise RestoreRefused(why="the manifest names no data or no keystore")
    if _at(files[KEYS]) < _at(files[data]):
        raise RestoreRefused(
            why="the keystore was copied before the data: it may lack keys that the data needs"
        )
    _must_be_whole(folder, files)
    _must_fit(settings, data)
    _must_be_empty(settings)
    done = Restored(_at(files[data]), _at(files[KEYS]))
    marker = settings.instance / UNFINISHED
    _make_folder(settings.instance)
    marker.touch(mode=0o600)
    for name in files.keys() - {data, KEYS}:
        _put(folder / name, _place(settings, name))
    _put_data(settings, folder / data)
    _put_keys(settings, folder / KEYS, done)
    _look_at_the_trail(settings, done)
    marker.unlink()
    return done


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        if manifest["format"] != FORMAT:
            raise RestoreRefused(why="this backup is of another format")
        for entry in manifest["files"]:
            if not (folder / entry["name"]).resolve().is_relative_to(folder.resolve()):
                raise RestoreRefused(why="the manifest names a file outside the backup")
    except (OSError, ValueError, KeyError, TypeError):
        raise RestoreRefused(why=f"{folder / MANIFEST} is missing or cannot be read") from None
    return manifest


def _must_be_whole(folder: Path, files: dict[str, dict[str, Any]]) -> None:
    """Every file as the manifest says; so two backups are never mixed."""
    for name, entry in files.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != entry["sha256"]:
            raise RestoreRefused(why=f"{path} is not the file that was backed up")
        if name in (DATA, KEYS) and not _is_whole(path):
            raise RestoreRefused(why=f"{path} is damaged")


def _must_fit(settings: Settings, data: str) -> None:
    backend = make_url(settings.database_url).get_backend_name()
    if (backend == "sqlite") != (data == DATA):
        raise RestoreRefused(why=f"the backup holds {data}, and AMPARO_DATABASE_URL names {backend}")


def _must_be_empty(settings: Settings) -> None:
    """Nothing is overwritten, but what an earlier restore left that was cut before the keys were in place."""
    cut = (settings.instance / UNFINISHED).exists()
    for path in (settings.keys_file, *(settings.instance / name for name in PLAIN if not cut)):
        if path.exists():
            raise RestoreRefused(why=f"the instance is not empty: {path} is there")
    if not cut and _holds_tables(settings.database_url):
        raise RestoreRefused(why="the instance is not empty: the database holds tables")


def _holds_tables(url: str) -> bool:
    database = make_url(url)
    if database.get_backend_name() == "sqlite" and not Path(database.database or "").exists():
        return False
    engine = create_engine(url, hide_parameters=True)
    try:
        return bool(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _put(source: Path, to: Path) -> None:
    """Whole or not at all."""
    _make_folder(to.parent)
    fresh = to.with_name(f"{to.name}.new")
    fresh.touch(mode=0o600)
    shutil.copyfile(source, fresh)
    fresh.replace(to)


def _put_data(settings: Settings, source: Path) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        _put(source, Path(url.database or ""))
    else:
        again = ("--clean", "--if-exists") if _holds_tables(settings.database_url) else ()
        _call(
            "pg_restore",
            url,
            "--single-transaction",
            "--no-owner",
            *again,
            f"--dbname={url.database}",
            str(source),
        )


def _put_keys(settings: Settings, source: Path, done: Restored) -> None:
    """The keys come last, with what was erased taken out, and every token: data without keys does not start."""
    fresh = settings.keys_file.with_name(f"{settings.keys_file.name}.new")
    fresh.unlink(missing_ok=True)
    _put(source, fresh)
    keystore = Keystore(fresh, settings.instance / "fingerprint")
    try:
        missing = _without_key(settings.database_url, keystore)
        if missing:
            raise RestoreRefused(why=f"the keystore is older than the data: {missing} things have no key")
        _replay(settings, keystore, done)
        token_keys.end_all(keystore)
    finally:
        keys.close(keystore)
    fresh.replace(settings.keys_file)


def _without_key(url: str, keystore: Keystore) -> int:
    """Things in the data that have neither a key nor a tombstone; one with several fields is one."""
    engine, missing = create_engine(url, hide_parameters=True), set[tuple[UUID, str]]()
    try:
        with Session(engine) as session:
            kinds = [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Record)]
            there = _columns(engine)  # a backup may be older than the newest tables and columns
            for kind in kinds:
                for column, compartment in compartments(kind).items():
                    if (kind.__tablename__, column) in there:
                        missing |= _lacking(session, keystore, kind, column, compartment)
    finally:
        engine.dispose()
    return len(missing)


def _columns(engine: Engine) -> set[tuple[str, str]]:
    found = inspect(engine)
    return {(table, each["name"]) for table in found.get_table_names() for each in found.get_columns(table)}


def _lacking(
    session: Session, keystore: Keystore, kind: type[Record], column: str, compartment: Compartment
) -> set[tuple[UUID, str]]:
    """Things of one column. What was written anew is gone up to a version; what came since needs its key."""
    field = getattr(kind, column)
    sealed = select(getattr(kind, kind.thing), field).where(field.is_not(None)).distinct()
    missing = set[tuple[UUID, str]]()
    for chunk in session.execute(sealed).partitions(500):
        things = {row[0] for row in chunk}
        held, erased, over = keystore.keys(things), keystore.erased(things), keystore.over(things)
        for thing, envelope in chunk:
            wanted = (thing, compartment.value)
            known = {wrap.version for wrap in held.get(wanted, ())}
            if wanted in over:
                version = rekeying.version_of(envelope.data.hex())
                lacks = version > over[wanted] and version not in known
            else:
                lacks = not known and wanted not in erased
            if lacks:
                missing.add(wanted)
    return missing


def _replay(settings: Settings, keystore: Keystore, done: Restored) -> None:
    """Erase again what was erased after the keystore was copied."""
    if settings.checkpoints is None:
        done.not_compared.append("erasures since the backup: AMPARO_CHECKPOINTS is not set")
    elif not (settings.checkpoints / tombstones.FILE).exists():
        done.not_compared.append(
            f"erasures since the backup: {settings.checkpoints / tombstones.FILE} is not there"
        )
    else:
        said = tombstones.read(settings.checkpoints / tombstones.FILE)
        stones = [stone for stone in said if not stone.upto]
        erased = keystore.erased(stone.thing for stone in stones)
        fresh = [stone for stone in stones if (stone.thing, stone.compartment) not in erased]
        for stone in fresh:
            keystore.shred([(stone.thing, Compartment(stone.compartment))], stone.decision)
        anew = [stone for stone in said if stone.upto]
        known = keystore.over(stone.thing for stone in anew)
        since = [each for each in anew if known.get((each.thing, each.compartment), 0) < each.upto]
        done.replayed = len(fresh) + rekeying.replay(keystore, anew)
        done.gone += [f"{each.thing}/{each.compartment}: erased on {each.at:%Y-%m-%d}" for each in fresh]
        done.gone += [
            f"{each.thing}/{each.compartment}: written anew on {each.at:%Y-%m-%d}" for each in since
        ]


def _look_at_the_trail(settings: Settings, done: Restored) -> None:
    """What was signed after the backup does not stand in it; `audit verify` will name that, and rightly."""
    if settings.checkpoints is None:
        done.not_compared.append("the end of the trail: AMPARO_CHECKPOINTS is not set")
        return
    signed = {int(file.stem.split("-")[1]) for file in settings.checkpoints.glob("checkpoint-*.txt")}
    newer = sorted(number for number in signed if number > _head(settings.database_url))
    if newer:
        done.not_compared.append(f"blocks {newer[0]} to {newer[-1]} of the trail, signed after this backup")


def _head(url: str) -> int:
    engine = create_engine(url, hide_parameters=True)
    try:
        with Session(engine) as session:
            return session.scalar(select(AuditHead.number)) or 0
    finally:
        engine.dispose()
