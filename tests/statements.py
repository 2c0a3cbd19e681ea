"""What a piece of the program asks of the databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from incidents.model.base import db


@contextmanager
def asked_of_databases(app: Flask) -> Iterator[list[str]]:
    """Every statement to the data and to the keys, without its values."""
    found: list[str] = []

    def said(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    with app.app_context():
        engines = [*db.engines.values(), app.extensions["house"].keystore._engine]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", said)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", said)
