"""create_app: puts the house together, and refuses to start where it is not safe."""

import hmac
import os
import stat
import traceback
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import inspect, select

import incidents.model  # noqa: F401  every table is known before the first query
from config import HERE, Settings
from incidents import api, erasure, gate, jobs, review, search, web
from incidents.errors import MoveNotAllowed, WillNotStart
from incidents.intake import duplicates, importers
from incidents.model import clock, place, tongues
from incidents.model.account import Project
from incidents.model.base import db, prepare
from incidents.model.job import Job
from incidents.release import making, signing, weekly
from incidents.work import NODE_ACTOR, STANDARD, Compartment, Cost, House, Keystore, Locks, Sessions, keys


class Amparo(Flask):
    """Flask, but for its log: an exception's text may quote a record."""

    def log_exception(self, exc_info: Any) -> None:
        """Its kind and its place are written down; the page shows the same number."""
        kind, _error, trace = exc_info
        frames = traceback.extract_tb(trace)[-3:]
        place = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
        self.logger.error("fault: %s at %s", kind.__name__ if kind else "unknown", place)


def create_app(settings: Settings, cost: Cost = STANDARD) -> Flask:
    """The app of one instance. `cost` is lowered by tests alone."""
    keys.self_test()
    app = Amparo("incidents", root_path=str(HERE), static_folder="static", template_folder="templates")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=16 * 1024 * 1024,  # a narrative of several megabytes is a narrative
        BABEL_DEFAULT_LOCALE="en",
    )
    app.extensions["settings"] = settings
    make_instance(settings)
    place.look_in(settings.instance)
    _set_zone(settings.timezone)
    tongues.use(settings.language)
    db.init_app(app)
    Migrate(app, db, directory=str(HERE / "migrations"))
    with app.app_context():
        prepare(db.engine)
        house = build_house(settings, cost)
    app.config.update(
        SECRET_KEY=keys.expand(
            keys.boot_key(settings.boot_key_file), "flash"
        ),  # signs one-time sentences, no more
        SESSION_COOKIE_NAME="__Host-said",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
    )
    register_jobs()
    web.register(app)
    api.register(app, settings.api_limit)
    gate.guard(app, house, lambda path: api.explain if path.startswith("/api/") else web.explain)
    return app


def _set_zone(name: str) -> None:
    try:
        clock.set_zone(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise WillNotStart(
            why=f"AMPARO_TIMEZONE={name} is no time zone. Write it as America/Tijuana."
        ) from None


def register_jobs() -> None:
    """What can be done as a job, with the keys that each kind is lent."""
    jobs.register(
        jobs.Kind(
            importers.KIND,
            frozenset(Compartment),
            importers.run,
            _discard_import,
        )
    )
    jobs.register(jobs.Kind(search.INDEX, search.INDEX_COMPARTMENTS, search.run_index))
    jobs.register(jobs.Kind(search.FIND, search.FIND_COMPARTMENTS, search.run_find))
    jobs.register(jobs.Kind(search.PEOPLE, search.PEOPLE_COMPARTMENTS, search.run_people))
    jobs.register(jobs.Kind(duplicates.KIND, frozenset(Compartment), duplicates.run))
    jobs.register(jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))
    jobs.register(jobs.Kind(weekly.KIND, weekly.COMPARTMENTS, weekly.run))
    for kind, compartments in signing.KINDS.items():
        jobs.register(jobs.Kind(kind, compartments, signing.run))
    jobs.register(jobs.Kind(review.BULK, frozenset(Compartment) - {Compartment.IDENTITY}, review.run_bulk))


def _discard_import(house: House, job: Job) -> None:
    for batch_id in importers.batches_of(house.work(NODE_ACTOR, None), job):
        _discard(house, batch_id)


def _discard(house: House, batch_id: UUID) -> None:
    """A cancelled import leaves nothing behind; of one that was published already, what is there stays."""
    with suppress(MoveNotAllowed):
        erasure.discard_batch(house, batch_id)


def build_house(settings: Settings, cost: Cost = STANDARD) -> House:
    """Keys, locks and sessions; refuses where they and the data do not belong together."""
    _must_fit(settings)
    keystore = Keystore(settings.keys_file, settings.instance / "fingerprint")
    pepper = keys.key_file(settings.pepper_file)
    _check_pepper(keystore, pepper)
    boot = keys.boot_key(settings.boot_key_file)
    node_key = settings.instance / "node.key"
    folders = (settings.instance / "checkpoints", *((settings.checkpoints,) if settings.checkpoints else ()))
    return House(
        db=db.session,
        keystore=keystore,
        locks=Locks(keystore, pepper, cost),
        sessions=Sessions(keystore, boot, settings.idle_minutes * 60),
        node_key=node_key,
        referral=settings.referral,
        second_yes=settings.second_yes,
        two_reviewers=settings.two_reviewers,
        checkpoints=folders,
        node=keys.node(node_key) if node_key.exists() else None,
        evidence_url=settings.evidence_url,
        evidence_limit=settings.max_evidence_mb * 1024 * 1024,
    )


def make_instance(settings: Settings) -> None:
    """The folder, for its owner alone."""
    os.umask(0o077)
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (settings.instance, settings.keys_file, settings.pepper_file):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise WillNotStart(why=f"others can read {path}. Run: chmod go-rwx {path}")
    database = settings.database_url.removeprefix("sqlite:///")
    if database != settings.database_url:
        Path(database).touch(mode=0o600, exist_ok=True)


def has_data() -> bool:
    return bool(
        inspect(db.engine).has_table("project") and db.session.execute(select(Project.id).limit(1)).first()
    )


def _must_fit(settings: Settings) -> None:
    """Data without its keys is not an instance to go on with: making new keys would hide the loss."""
    if not has_data():
        db.session.rollback()
        return
    db.session.rollback()
    for path in (settings.keys_file, settings.pepper_file, settings.instance / "node.key"):
        if not path.exists():
            raise WillNotStart(why=f"there is data, but {path} is missing. Restore it from the backup first")


def _check_pepper(keystore: Keystore, pepper: bytes) -> None:
    digest = sha256(b"amparo/v1/pepper" + pepper).digest()
    known = keystore.fact("pepper")
    if known is None:
        keystore.set_fact("pepper", digest)
    elif not hmac.compare_digest(known, digest):
        raise WillNotStart(why="the pepper is not the one these keys were made with. Restore the right file")
