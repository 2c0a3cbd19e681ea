"""Alembic's door to the data. Nobody's key is here: a migration never opens a seal."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from incidents.model.base import Base

target = Base.metadata


def run() -> None:
    """Upgrade or downgrade over the app's own connection, all of it in one transaction."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, rows_stay_joined(connection):
        context.configure(
            connection=connection,
            target_metadata=target,
            compare_type=True,
            render_as_batch=connection.dialect.name == "sqlite",
            user_module_prefix="base.",
        )
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def rows_stay_joined(connection: Connection) -> Iterator[None]:
    """Commit, if every row still finds the row that it points at.

    SQLite makes a table anew to take a column away: it is dropped, and what points at it would stop that. So the
    looking is put off to the end (https://www.sqlite.org/lang_altertable.html, 7).
    """
    if connection.dialect.name != "sqlite":
        yield
        return connection.commit()
    direct = connection.connection.driver_connection  # within a transaction this would be ignored
    direct.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise SystemExit("After this migration some rows would point at nothing. Nothing was changed.")
        connection.commit()
    finally:
        connection.rollback()
        direct.execute("PRAGMA foreign_keys=ON")
    return None


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database; there is no offline mode.")
run()
