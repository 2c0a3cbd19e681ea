"""Alembic's door to the data. Nobody's key is here: a migration never opens a seal."""

from alembic import context
from flask import current_app

from incidents.model.base import Base

target = Base.metadata


def run() -> None:
    """Upgrade or downgrade over the app's own connection, all of it in one transaction."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target,
            compare_type=True,
            render_as_batch=connection.dialect.name == "sqlite",
            user_module_prefix="base.",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database; there is no offline mode.")
run()
