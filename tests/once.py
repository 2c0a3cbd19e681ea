"""What a process of the tests does once and not for each test.

Each test has an instance, an engine and an app of its own. What is the same for all of them, because it
depends on the program alone, is kept here as a running server keeps it: compiled templates, compiled
statements, compiled addresses, the lock of nobody.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType  # noqa: TC003  the tests run on what they say
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.routing.rules import RulePart

from incidents.safeguards import locks

MEMORY = Path("/dev/shm")  # noqa: S108  each run makes a folder of its own in it, for its owner alone
ROOM = 4 << 30  # bytes: what a run may come to hold there, with room to spare
STATEMENTS = 4000  # more than the program has


def quick_folder() -> Path | None:
    """Where files of a test may lie without being forced to a disk; None where memory is scarce."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return None


def begin() -> None:
    """Before the first test of this process: pytest asks for its folder, Flask for its templates, later."""
    folder = quick_folder()
    if folder:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
    _statements()
    _addresses()
    locks.lock = _remembered(locks.lock)


class Compiled(BytecodeCache):
    """The code of a template, as long as its text is the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


def _statements() -> None:
    """One store of compiled statements for all engines; a dialect is known by its kind, not as an object."""
    known: dict[type, Any] = {}
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        known[kind] = LRUCache(STATEMENTS)
        kind.__eq__ = lambda self, other: type(self) is type(other)
        kind.__hash__ = lambda self: hash(type(self))
    Engine._compiled_cache = property(lambda self: known[type(self.dialect)], lambda self, its_own: None)


def _addresses() -> None:
    """What reads and builds an address is compiled for each route of each app: it depends on the route's text alone."""
    known: dict[tuple[Any, ...], Callable[..., Any]] = {}
    build = Rule._compile_builder
    read: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    parse = Rule._parse_rule

    def parsed(self: Rule, rule: str) -> Iterator[RulePart]:
        # A converter reads for all apps: which of them it is in, none asks.
        key = (rule, frozenset(self.map.converters.items()))
        if key not in read:
            before = len(self._trace)
            parts = list(parse(self, rule))
            trace = self._trace[before:]
            read[key] = (
                parts,
                trace,
                {name: self._converters[name] for is_variable, name in trace if is_variable},
            )
            return iter(parts)
        parts, trace, converters = read[key]
        self._trace += trace
        self._converters |= converters
        self.arguments |= converters.keys()
        return iter(parts)

    def built(self: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in known:
            known[key] = build(self, append_unknown)
        return known[key]

    Rule._parse_rule, Rule._compile_builder = parsed, built


def _remembered(lock: Callable[..., bytes]) -> Callable[..., bytes]:
    """The lock of nobody, that each process makes at its start, is the same for one pepper; others are new."""
    known: dict[tuple[Any, ...], bytes] = {}

    def made(secret: str, *rest: Any) -> bytes:
        if secret != "nobody":
            return lock(secret, *rest)
        if rest not in known:
            known[rest] = lock(secret, *rest)
        return known[rest]

    return made
