"""Every migration goes up, down and up again, and the head equals the models, on both databases."""

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect

from config import HERE
from incidents.model.base import Base, db, prepare
from tests.conftest import EVERYTHING


@pytest.fixture(
    params=["sqlite", *([pytest.param("postgres", marks=pytest.mark.postgres)] if EVERYTHING else [])]
)
def empty_app(request, tmp_path):
    url = (
        f"sqlite:///{tmp_path / 'data.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("empty_postgres_url")
    )
    app = Flask("amparo-migrations")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    flask_migrate.Migrate(app, db, directory=str(HERE / "migrations"))
    with app.app_context():
        prepare(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_every_migration_goes_up_down_and_up_again(empty_app):
    flask_migrate.upgrade()
    assert tables() == set(Base.metadata.tables)
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    flask_migrate.upgrade()
    assert tables() == set(Base.metadata.tables)


def test_the_head_equals_the_models(empty_app):
    flask_migrate.upgrade()
    flask_migrate.check()
