"""Sealed documents of earlier schemas, brought up to today's as they are read.

A document that is sealed whole begins with the number of the schema it was written under, in the key `schema`; where
there is none it is of number 1, as it was released. Fields that are only added, and may be missing, need no new number.
Where one is renamed, split or comes to mean something else, add one function to STEPS under the document's place. Then
new documents carry the new number, old ones are brought up on reading, and each is written back at its next write: no
migration could do it, for it has nobody's keys.

Each step is pure: a document of number n in, one of number n+1 out. Tests keep one document of every released number.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from incidents.errors import Unopened

KEY = "schema"
FIRST = 1
Step = Callable[[dict[str, Any]], dict[str, Any]]


def _terms_of_each_purpose(old: dict[str, Any]) -> dict[str, Any]:
    """Consent, 1 to 2: that restricted acts may be named was said once for all, and is now said for each purpose.

    Who decided for a child was written down then without asking whether that person was an alleged doer: it is known
    as not asked, which counts as it did.
    """
    given = [purpose for purpose, said in old.get("decisions", {}).items() if said == "given"]
    terms = {purpose: {"restricted": True} for purpose in given} if old.get("restricted") else {}
    kept = {name: value for name, value in old.items() if name != "restricted"}
    return {**kept, "terms": terms, "guardian_doer": "not_asked_then"}


def _entries_in_one(old: dict[str, Any]) -> dict[str, Any]:
    """The ledger of a release, 1 to 2: a table of its entries, which a million would not fit in, is one text now."""
    packed = b"".join(
        bytes.fromhex(id) + number.to_bytes(4, "big") + bytes.fromhex(thread)
        for id, (number, thread) in sorted(old["entries"].items())
    )
    return {**old, "entries": base64.b64encode(packed).decode()}


# Place of a document, as table and column → the steps from number 1 to 2, from 2 to 3, and so on.
STEPS: Mapping[tuple[str, str], tuple[Step, ...]] = {
    ("consent_event", "decisions"): (_terms_of_each_purpose,),
    ("release", "ledger"): (_entries_in_one,),
}


def number(table: str, column: str) -> int:
    """Of today's schema."""
    return FIRST + len(STEPS.get((table, column), ()))


def numbered(table: str, column: str, value: Any) -> Any:
    """As it is sealed: with its number, once there is more than the first."""
    if not isinstance(value, dict) or (table, column) not in STEPS:
        return value
    return {**value, KEY: number(table, column)}


def current(table: str, column: str, value: Any) -> Any:
    """As it is read: brought up to today's schema. One of a later program is not guessed at."""
    if not isinstance(value, dict):
        return value
    begun = value.get(KEY, FIRST)
    if begun == FIRST and (table, column) not in STEPS:  # most of them
        return value
    now = number(table, column)
    if begun == now:
        return value
    if not isinstance(begun, int) or not FIRST <= begun < now:
        raise Unopened
    for step in STEPS[table, column][begun - FIRST :]:
        value = step(value)
    return {**value, KEY: now}
