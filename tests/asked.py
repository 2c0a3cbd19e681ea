"""How long the questions are that something asks of the database: of ids that a driver is given it takes so many."""

from collections.abc import Callable, Sized
from typing import Any

from sqlalchemy import event

from incidents.work import Work


def longest(work: Work, do: Callable[[], object]) -> int:
    """The most values that one statement is given while this is done."""
    found = [0]

    def look(
        _connection: Any, _cursor: Any, _statement: str, given: Sized, _context: Any, many: bool
    ) -> None:
        found.append(0 if many else len(given))

    engine = work.db.get_bind()
    event.listen(engine, "before_cursor_execute", look)
    try:
        do()
    finally:
        event.remove(engine, "before_cursor_execute", look)
    return max(found)
