"""The session, the base class, and the column types.

Annotate a column with a Python type; the map below picks the SQL type. A sealed
field is annotated `Mapped[Envelope]` and made by `sealed(compartment)`: it holds
no key, so it cannot open itself.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, lru_cache, partial, wraps
from os import urandom
from typing import Any, ClassVar, cast
from uuid import UUID, SafeUUID, uuid4

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKey,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    Uuid,
    event,
    insert,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Mapped,
    MappedColumn,
    declared_attr,
    mapped_column,
)
from sqlalchemy.orm.attributes import instance_dict, manager_of_class
from sqlalchemy.orm.base import DEFAULT_STATE_ATTR
from sqlalchemy.types import TypeEngine

from crypto.envelope import Envelope as Envelope  # models take the sealed type from here


class Compartment(StrEnum):
    """A class of content that the same people may read."""

    FACTS = "facts"
    IDENTITY = "identity"
    INTAKE = "intake"
    TESTIMONY = "testimony"


class SealedColumn(TypeDecorator[Envelope]):
    """Stores an Envelope as bytes. It holds no key, so it cannot open one."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Envelope | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002  the signature is SQLAlchemy's
        return value.data if value else None

    def bind_processor(self, dialect: Dialect) -> Callable[[Envelope | None], bytes | None]:  # noqa: ARG002  as above
        """Bytes go to either driver as they are."""
        return lambda value: value.data if value else None

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Envelope | None:  # noqa: ARG002  the signature is SQLAlchemy's
        return Envelope(bytes(value)) if value else None


@lru_cache(maxsize=1 << 15)
def _id(digits: str | None) -> UUID | None:
    return None if digits is None else _made(int(digits, 16))


def _made(number: int) -> UUID:
    """What UUID(int=…) does without its questions, in a third of the time."""
    made = _new(UUID)
    _set_int(made, number)
    _set_safe(made, _UNKNOWN)
    return made


_set_int, _set_safe = (
    vars(UUID)[name].__set__ for name in ("int", "is_safe")
)  # no write to a UUID goes by its name
_new, _UNKNOWN = object.__new__, SafeUUID.unknown  # a member of an enumeration is slow to look for


class Id(Uuid[UUID]):
    """An id. One that was read a moment ago is the same object: a release reads each of a million several times."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], UUID | None] | None:  # noqa: ARG002  the signature is SQLAlchemy's
        """SQLite's driver gives the digits, PostgreSQL's an object."""
        return None if dialect.supports_native_uuid else _id


class UtcDateTime(TypeDecorator[datetime]):
    """Refuses a naive datetime; gives back an aware one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the signature is SQLAlchemy's
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the signature is SQLAlchemy's
        return value and value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Id(),
        Envelope: SealedColumn(),
        datetime: UtcDateTime(),
        date: Date(),
        bytes: LargeBinary(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        # Stored as the words themselves, checked here: an ALTER for each new word would be the price of a CHECK.
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=40,
            values_callable=lambda words: [word.value for word in words],
        ),
    }


_near: ContextVar[Iterator[UUID] | None] = ContextVar("_near", default=None)
_REST = (1 << 96) - 1 & ~(0xF << 76 | 0x3 << 62)  # of an id: what is left to chance below its first 32 bits
_VERSION_4 = 0x4 << 76 | 0x2 << 62
TOGETHER = 4096  # ids drawn at once


@contextmanager
def in_bulk() -> Iterator[None]:
    """Rows made in here are bare: no session knows them, nor can. A Work writes them, and lets them go.

    Their ids lie together: they begin with the same 32 bits, drawn for them, and 90 are drawn for each. An import makes
    a million. Strewn over the tables and their indexes, each of its chunks would write nearly every page anew. That
    these rows came together stands in clear anyhow: the trail's block of each is kept beside its id.
    """
    before = _near.set(_drawn(int.from_bytes(urandom(4), "big") << 96 | _VERSION_4))
    try:
        yield
    finally:
        _near.reset(before)


def new_id() -> UUID:
    """A random id, of version 4."""
    near = _near.get()
    return uuid4() if near is None else next(near)


def _drawn(near: int) -> Iterator[UUID]:
    """Ids that begin alike; chance is asked for many of them at once, and what is left is let go with the chunk.

    They rise, so that most rows go into an index behind the row before; in which order rows came, the trail says too.
    """
    while True:
        drawn = urandom(12 * TOGETHER)
        parts = [drawn[at : at + 12] for at in range(0, len(drawn), 12)]
        for number in sorted(int.from_bytes(part, "big") & _REST for part in parts):
            yield _made(near | number)


class Record(Base):
    """A row with an id that exists before it is stored: seals are bound to it.

    `version` grows with each change, and a change from an older version is refused.
    `thing` names the column that holds the id of the erasable thing this row speaks of.
    `revised` says that earlier versions are kept; the trail knows of each, kept or not.
    """

    __abstract__ = True
    thing: ClassVar[str] = "id"
    revised: ClassVar[bool] = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    version: Mapped[int] = mapped_column(sort_order=-1)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__table__" in vars(cls):
            cls.__init__ = _begun(cls)  # type: ignore[method-assign]

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  SQLAlchemy calls it with the class
        return {"version_id_col": cls.version}

    @property
    def thing_id(self) -> UUID:
        """The erasable thing under whose key this row is sealed."""
        return getattr(self, self.thing)  # type: ignore[no-any-return]


def _begun(kind: type[Record]) -> Callable[..., None]:
    """How a row of this kind begins: its values are put in place, without a history, for a new row has none.

    SQLAlchemy's own way asks those who listen, which nobody does, ten times a row of an import. A bare row has no state
    of a session either: it is its values, each column's, and nothing else.
    """
    begin = manager_of_class(kind).setup_instance

    @wraps(kind.__init__)
    def init(self: Record, **values: object) -> None:
        near, held = _near.get(), instance_dict(self)
        if near is None:
            begin(self)
        else:
            held.update(_empty(kind))
        if not _columns(kind).issuperset(values):
            unknown = ", ".join(sorted(values.keys() - _columns(kind)))
            raise TypeError(f"a {kind.__name__} has no {unknown}")
        held.update(values)
        if held.get("id") is None:
            held["id"] = uuid4() if near is None else next(near)

    return init


@cache
def _columns(kind: type[Record]) -> frozenset[str]:
    return frozenset(_empty(kind))


@cache
def _empty(kind: type[Record]) -> dict[str, None]:
    """A row of which nothing is said."""
    return dict.fromkeys(column.key for column in kind.__mapper__.column_attrs)


def is_bare(record: Record) -> bool:
    """Whether it was made in bulk."""
    return DEFAULT_STATE_ATTR not in instance_dict(record)


def is_new(record: Record) -> bool:
    """Whether it was made here and was not added yet; a bare row always is."""
    state = instance_dict(record).get(DEFAULT_STATE_ATTR)
    return state is None or state.transient


def is_stored(record: Record) -> bool:
    """Whether it was read from the data, or written to it and kept."""
    state = instance_dict(record).get(DEFAULT_STATE_ATTR)
    return state is not None and state.persistent


def sealed(compartment: Compartment) -> MappedColumn[Any]:
    """A sealed column of this compartment."""
    return mapped_column(info={"compartment": compartment}, deferred=False)


def later(*arguments: Any, **options: Any) -> MappedColumn[Any]:
    """A column that came after the first release: empty in the rows before it, and then left out of their digests."""
    info = {**options.pop("info", {}), "later": True}
    return mapped_column(*arguments, nullable=True, info=info, **options)


def parent(column: InstrumentedAttribute[UUID], *, index: bool = True, **options: Any) -> MappedColumn[Any]:
    """A foreign key that is checked at commit: rows of one commit are written in any order."""
    return mapped_column(ForeignKey(column, deferrable=True, initially="DEFERRED"), index=index, **options)


@cache
def compartments(kind: type[Record]) -> dict[str, Compartment]:
    """The sealed columns of a kind of record, with the compartment of each."""
    return {
        column.name: column.info["compartment"]
        for column in kind.__table__.columns
        if "compartment" in column.info
    }


db = SQLAlchemy(
    metadata=Base.metadata,
    disable_autonaming=True,
    session_options={"autoflush": False, "expire_on_commit": False},
)


def prepare(engine: Engine) -> None:
    """Set up the engine of the data: on SQLite, transactions begin here and nowhere else."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an answer "received" is true after a power cut too
        "foreign_keys=ON",
        "busy_timeout=10000",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def insert_rows(
    connection: Connection, table: Table, names: tuple[str, ...], rows: Iterable[Sequence[object]]
) -> None:
    """Insert rows that nobody holds as objects, each with its values in the order of these columns.

    The statement is SQLAlchemy's, and so is the way a value goes into its column; of both, what is the same for
    every row is worked out once. A third of the time of an import went into working it out again.
    """
    statement, plan, keys = _prepared_insert(table, names, connection.dialect)
    columns = list(
        zip(*rows, strict=True)
    )  # column by column: what makes a value ready is the same for all of it
    if columns:
        bound = [columns[place] if bind is None else bind(columns[place]) for place, bind in plan]
        ready = zip(*bound, strict=True)
        given = [dict(zip(keys, row, strict=True)) for row in ready] if keys else list(ready)
        connection.exec_driver_sql(statement, cast("Any", given))


def _digits(values: Sequence[UUID | None]) -> list[str | None]:
    """Ids as SQLite keeps them; what SQLAlchemy does with each, in half the time."""
    last, said, found = None, None, []
    for value in values:
        if value is not last:  # the same batch, person or incident as in the row before
            last, said = value, None if value is None else "%032x" % value.int  # noqa: UP031  half the time
        found.append(said)
    return found


def _bytes(values: Sequence[Envelope | None]) -> list[bytes | None]:
    return [value.data if value else None for value in values]


def _bound(bind: Callable[[Any], Any], values: Sequence[object]) -> Iterator[object]:
    """Each value made ready for its column; the same object as in the row before is ready already."""
    last, ready = values[0], bind(values[0])
    for value in values:
        if value is not last:
            last, ready = value, bind(value)
        yield ready


@lru_cache(maxsize=64)
def _prepared_insert(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, list[tuple[int, Any]], Sequence[str]]:
    """The statement; which value comes where in it and how it is made ready; the names, if the driver takes names."""
    compiled = insert(table).compile(dialect=dialect, column_keys=list(names))
    order = compiled.positiontup or names
    binders = {name: _binder(table.c[name].type, dialect) for name in names}
    plan = [(names.index(name), binders[name]) for name in order]
    return str(compiled), plan, () if compiled.positional else order


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes the values of a column ready; bytes are ready: either driver takes them as they are."""
    if isinstance(kind, LargeBinary):
        return None
    if isinstance(kind, SealedColumn):
        return _bytes
    if isinstance(kind, Uuid) and dialect.name == "sqlite":
        return _digits
    bind = kind.dialect_impl(dialect).bind_processor(dialect)
    return bind and partial(_bound, bind)


def begin_to_write(connection: Connection) -> None:
    """End the read, begin the write.

    SQLite cannot upgrade a read whose snapshot is old: it fails at once, however long
    one waits. So what was read is let go, the writers' lock is taken, and the versions
    of the rows tell whether anything changed in between. PostgreSQL needs none of this.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
