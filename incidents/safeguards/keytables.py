"""The tables of the keystore: what each row of the second file holds."""

import sqlite3
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Uuid,
    select,
)

TOKENS = "token/"  # how the kind of a token's principal begins; the id of the member behind it follows
ANSWERS = "aside/%/once/%"  # answers of the API that are kept a day, by their name in `meta`
tables = MetaData()
meta = Table("meta", tables, Column("name", String, primary_key=True), Column("value", LargeBinary))
principal = Table(
    "principal",
    tables,
    Column("id", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("kind", String, nullable=False),  # user, compartment, node, escrow, token/MEMBER
    Column("enrols", Boolean, nullable=False),  # its signature enrols others
    Column("kem", LargeBinary, nullable=False),
    Column("sign", LargeBinary, nullable=False),
    Column("kid", LargeBinary, nullable=False, index=True),
    Column("enroller", Uuid),
    Column("enroller_generation", Integer),
    Column("signature", LargeBinary),
    Column("removed_at", Float),
)
lock = Table(
    "lock",
    tables,
    Column("principal", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("method", String, primary_key=True),  # password, recovery, provider, token
    Column("blob", LargeBinary, nullable=False),
)
grant = Table(
    "grant",
    tables,
    Column("what", Uuid, primary_key=True),
    Column("what_generation", Integer, primary_key=True),
    Column("holder", Uuid, primary_key=True, index=True),
    Column("holder_generation", Integer, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
    Column("maker", Uuid, nullable=False),
    Column("maker_generation", Integer, nullable=False),
)
dek = Table(
    "dek",
    tables,
    Column("object", Uuid, primary_key=True),
    Column("compartment", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("holder", Uuid, primary_key=True),
    Column("generation", Integer, nullable=False),  # of the holder
    Column("born", Integer, nullable=False),  # the holder's generation when the key was made
    Column("form", String, nullable=False),  # box, seal
    Column("blob", LargeBinary, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("maker", Uuid),
    Column("maker_generation", Integer),
    Column("made_at", Float, nullable=False),
    sqlite_with_rowid=False,
)
tombstone = Table(
    "tombstone",
    tables,
    Column("object", Uuid, primary_key=True),
    Column("compartment", String, primary_key=True),
    Column("at", Float, nullable=False),
    Column("decision", String, nullable=False),  # the reference of the note in the trail
)
rewriting = Table(  # a text was rewritten: the keys of its thing up to a version are destroyed, the newer ones are not
    "rewriting",
    tables,
    Column("object", Uuid, primary_key=True),
    Column("compartment", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("decision", String, nullable=False),
)
session = Table(
    "session",
    tables,
    Column("token", LargeBinary, primary_key=True),  # SHA-256 of the cookie
    Column("user", Uuid, nullable=False, index=True),
    Column("generation", Integer, nullable=False),
    Column("box", LargeBinary, nullable=False),
    Column("started", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("fresh", Float, nullable=False),
    Column("pending", Boolean, nullable=False),  # the second factor is still to come
)
attempt = Table(
    "attempt",
    tables,
    Column("about", LargeBinary, primary_key=True),
    Column("since", Float, nullable=False),
    Column("count", Integer, nullable=False),
)
totp = Table(
    "totp",
    tables,
    Column("user", Uuid, primary_key=True),
    Column("box", LargeBinary, nullable=False),
    Column("last_step", Integer, nullable=False),
)
job_key = Table(
    "job_key",
    tables,
    Column("job", Uuid, primary_key=True),
    Column("what", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
    Column("maker", Uuid, nullable=False),
    Column("maker_generation", Integer, nullable=False),
    Column("until", Float, nullable=False),
)


def token_kind(member: UUID) -> str:
    """The kind of a token's principal: signed into the chain with it, so that it acts for this member and no other."""
    return f"{TOKENS}{member}"


def member_behind(kind: str) -> UUID | None:
    """Of a token's principal the member for whom it acts; none: it is no token."""
    return UUID(kind.removeprefix(TOKENS)) if kind.startswith(TOKENS) else None


def may_enrol(enroller: Any, row: Any) -> bool:
    """Of two rows of the keystore, whether one may put the other into the chain: a member does their own tokens."""
    return bool(enroller.enrols) or member_behind(row.kind) == enroller.id


def tokens(member: UUID | None = None) -> Select[tuple[UUID]]:
    """The ids of the tokens there ever were; those of one member."""
    return select(principal.c.id).where(principal.c.kind.startswith(token_kind(member) if member else TOKENS))


def prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Overwrite what is deleted, cut the journal at each commit, begin nothing unasked."""
    connection.isolation_level = None
    for pragma in (
        "secure_delete=ON",
        "journal_mode=TRUNCATE",
        "synchronous=FULL",
        "busy_timeout=10000",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
