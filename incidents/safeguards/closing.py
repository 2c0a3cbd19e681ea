"""Which texts nobody reads: they may tell of somebody erased, and nobody answered for them in time."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from incidents.model.opentext import CODED, OPEN_TEXT

Text = tuple[UUID, str]  # a row, and under which compartment its text is
Closed = Callable[[], frozenset[Text]]


class Closing:
    """Asked once a Work, and only where an open text is read."""

    def __init__(self, ask: Closed) -> None:
        self._ask = ask
        self._closed: frozenset[Text] | None = None

    def holds(self, table: str, column: str, text: Text) -> bool:
        return column in OPEN_TEXT.get(table, ()) and text in self._all()

    def _all(self) -> frozenset[Text]:
        if self._closed is None:
            self._closed = self._ask()
        return self._closed

    def let_open(self, ids: Iterable[UUID]) -> None:
        """Whoever answers for these texts reads them."""
        opened = set(ids)
        self._closed = frozenset(text for text in self._all() if text[0] not in opened)

    def let_none_leave(self, texts: Iterable[Text]) -> None:
        """What is read goes out of the house: these texts are closed to it as well."""
        self._closed = self._all() | frozenset(texts)


def whole(table: str) -> bool:
    """Whether closing a text closes all that is sealed with it; of some documents the codes stay."""
    return table not in CODED


def coded(table: str, value: Any) -> Any:
    """What is left of a document whose words are closed."""
    return {name: said for name, said in value.items() if name in CODED[table]}
