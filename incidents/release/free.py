"""Tables that are asked for besides T1 to T9: by one thing or two, and of some only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

UNITS = ("incidents", "persons", "families")
KNOWN = ("rows", "columns", "unit", "where")


@dataclass(frozen=True, slots=True)
class Free:
    """A table that somebody asks for: by two axes, or by one. `where`: of these codes on further axes only."""

    rows: str
    columns: str = ""
    unit: str = "incidents"
    where: tuple[tuple[str, str], ...] = ()

    def said(self) -> str:
        """As an address, a program and a manifest say it: rows|columns|unit, and after these axis=code."""
        return "|".join(
            (self.rows, self.columns, self.unit, *(f"{name}={code}" for name, code in self.where))
        )

    @classmethod
    def of(cls, said: str) -> "Free":
        """The other way round; what is left out at the end is the usual."""
        rows, *more = said.split("|")
        columns, unit, *where = [*more, *("", "")[len(more) :]]
        only = [(name, code) for name, _is, code in (each.partition("=") for each in where)]
        return cls(rows, columns, unit or UNITS[0], tuple(only))

    @property
    def named(self) -> tuple[str, ...]:
        """Every axis that it speaks of."""
        return tuple(filter(None, (self.rows, self.columns, *(name for name, _code in self.where))))


def read(said: object, need: Callable[[object, str, str], None]) -> tuple[Free, ...]:
    """Those of a policy file, [[table]]; `need` refuses by key what is not as expected. Axes are looked up later."""
    good = isinstance(said, list) and all(isinstance(each, dict) for each in said)
    need(good, "table", "written as tables: [[table]]")
    return tuple(_one(each, need) for each in said) if isinstance(said, list) else ()


def _one(said: Mapping[str, Any], need: Callable[[object, str, str], None]) -> Free:
    need(not {*said} - {*KNOWN}, "table", "made of " + ", ".join(KNOWN))
    where = said.get("where", {})
    need(isinstance(said.get("rows"), str) and said["rows"], "table.rows", "the name of an axis")
    need(isinstance(said.get("columns", ""), str), "table.columns", "the name of an axis")
    need(said.get("unit", UNITS[0]) in UNITS, "table.unit", "one of " + ", ".join(UNITS))
    texts = isinstance(where, dict) and all(isinstance(code, str) for code in where.values())
    need(texts, "table.where", "an axis and its code: where = { axis = code }")
    return Free(said["rows"], said.get("columns", ""), said.get("unit", UNITS[0]), tuple(where.items()))
