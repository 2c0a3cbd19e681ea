"""Two versions of a report, difference by difference, and the document that some of them make.

A difference is one answer: a field, several that only make sense together, or somebody or something that one version
alone names. What is not granted stays as the earlier version has it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from incidents.intake import agreeing
from incidents.intake.changing import TABLES, Document, Path
from incidents.intake.report import Told
from incidents.intake.rows import everyone_in_everything

INNER = frozenset({"facts", "identity"})  # of a person
# Fields that say one thing together: an amount and its currency, a day and its hour.
TOGETHER = (
    ("moment", "time"),
    ("first", "last", "times"),
    ("since", "until"),
    ("asked", "paid", "currency", "usd", "channel"),
    ("reasons", "recognised", "said_by"),
    ("age", "age_band", "birth_year"),
)
FIRST = {name: group[0] for group in TOGETHER for name in group}
ENTRIES = ("acts", "persons")  # they have keys
LISTS = ("perpetrators", "sources")  # no key tells one from another
WORDS = ("narrative", "summary")  # what else of the words stays with the report
NEW, GONE = "new", "gone"

Place: TypeAlias = tuple[str, str]  # a block and the key of an entry in it
Leaves: TypeAlias = dict[Path, Any]
Sides: TypeAlias = dict[Place, Leaves]


@dataclass(frozen=True)
class Difference:
    """One answer as each side has it: {path in the entry: value}; None where a side has no such entry."""

    name: str  # what a page and a program call it
    place: Place
    before: Leaves | None
    theirs: Leaves | None
    ours: Leaves | None = None  # what stands here; known once the incident was read

    @property
    def whole(self) -> str:
        """NEW or GONE, where it is an entry and not a field of one."""
        if self.theirs is None:
            return GONE
        return NEW if self.before is None else ""


# -- people under the same keys


def aligned(earlier: Told, told: Told) -> Told:
    """The earlier version with its people under the keys that they have in the newer one; the ids say who is who."""
    now = {id: key for key, id in told.person_ids.items()}
    keys = {key: now.get(id) or _free(key, now.values()) for key, id in earlier.person_ids.items()}
    people = [{**each, "key": keys[each["key"]]} for each in earlier.document["persons"]]
    links = [{**each, "person": keys[each["person"]]} for each in earlier.document.get("involvements", [])]
    return replace(
        earlier,
        document={**earlier.document, "persons": people, "involvements": links},
        person_ids={keys[key]: id for key, id in earlier.person_ids.items()},
    )


def _free(key: str, taken: Collection[str]) -> str:
    while key in taken:
        key = f"{key}'"
    return key


# -- what differs


def between(before: Document, told: Document) -> dict[str, Difference]:
    """Each difference by its name, in the order of a report; people stand under the same keys in both."""
    was, now = sides(before), sides(told)
    found = [
        each
        for place in sorted(dict.fromkeys([*now, *was]), key=_order)
        for each in _differences(place, was.get(place), now.get(place))
    ]
    kept = [each for each in found if each.place[0] != "involvements" or _free_pair(each.place[1], was, now)]
    return {each.name: each for each in kept}


def _order(place: Place) -> int:
    return ("words", "incident", "interview", *ENTRIES, "involvements", *LISTS).index(place[0])


def _free_pair(pair: str, was: Sides, now: Sides) -> bool:
    """A part in an act is a difference of its own where both versions have the person and the act."""
    person, act = pair.split(" ", 1)
    ends = (("persons", person), ("acts", act))
    return all(end in side for end in ends for side in (was, now))


def _differences(place: Place, was: Leaves | None, now: Leaves | None) -> Iterator[Difference]:
    at = ".".join(filter(None, place))
    if was is None or now is None:
        yield Difference(at, place, was, now)
        return
    groups: dict[Path, None] = {}
    for path in [*was, *(path for path in now if path not in was)]:
        if was.get(path) != now.get(path) and not _entered(path, was, now):
            groups.setdefault(_group(path))
    for group in groups:
        paths = [path for path in dict.fromkeys([*was, *now]) if _group(path) == group]
        name = ".".join((at, *group)) if group else at
        yield Difference(name, place, _of(was, paths), _of(now, paths))


def _entered(path: Path, was: Leaves, now: Leaves) -> bool:
    """Less consent was entered as the version came in, and no consent at all is not one."""
    if path != ("consent",):
        return False
    given = now.get(path) or {}
    return not given.get("decisions") or agreeing.only_less(_person(was), _person(now))


def _person(leaves: Leaves) -> dict[str, Any]:
    facts = {path[1]: value for path, value in leaves.items() if path[0] == "facts"}
    return {"consent": leaves.get(("consent",)), "facts": facts}


def _group(path: Path) -> Path:
    return (*path[:-1], FIRST.get(path[-1], path[-1])) if path else path


def _of(side: Leaves, paths: Iterable[Path]) -> Leaves:
    return {path: side[path] for path in paths if path in side}


# -- a document, answer by answer


def sides(document: Document) -> Sides:
    found: Sides = {
        ("words", ""): {(name,): document[name] for name in WORDS if document.get(name) is not None},
        ("incident", ""): dict(leaves(document.get("incident") or {})),
        ("interview", ""): dict(leaves(document.get("interview") or {})),
    }
    for block in ENTRIES:
        for entry in document.get(block) or ():
            rest = {name: value for name, value in entry.items() if name != "key"}
            found[block, entry["key"]] = dict(leaves(rest))
    for pair, said in parts(document).items():
        found["involvements", pair] = {(): said}
    for block in LISTS:
        found[block, ""] = {(): document.get(block) or []}
    return found


def leaves(entry: Document, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    for name, value in entry.items():
        if name in TABLES | INNER and isinstance(value, dict):
            yield from leaves(value, (*above, name))
        elif value is not None:
            yield (*above, name), value


def parts(document: Document) -> dict[str, list[Document]]:
    """Who played which part in which act, by both their keys."""
    found: dict[str, list[Document]] = {}
    for entry in document.get("involvements") or everyone_in_everything(dict(document)):
        rest = {name: value for name, value in entry.items() if name not in ("person", "act")}
        found.setdefault(f"{entry['person']} {entry['act']}", []).append({"part": "DIR", **rest})
    return found


# -- granted


def granted(before: Told, told: Told, differences: Iterable[Difference]) -> Told:
    """The newer version as far as it is granted: everything else in it is as the earlier one has it."""
    taken = {each.name: each for each in differences}
    found = sides(before.document)
    for each in taken.values():
        if each.place[0] != "involvements":
            _grant(found, each)
    found = {place: said for place, said in found.items() if place[0] != "involvements"}
    found |= {("involvements", pair): {(): said} for pair, said in _parts(before, told, found, taken).items()}
    ids = {**before.person_ids, **told.person_ids}
    there = [key for block, key in found if block == "persons"]
    document = {**told.document, **_document(found)}
    for name in WORDS:
        document.pop(name, None)
    document |= {path[0]: value for path, value in found["words", ""].items()}
    return replace(told, document=document, person_ids={key: ids[key] for key in there})


def _grant(found: Sides, each: Difference) -> None:
    if each.theirs is None:
        found.pop(each.place, None)
    elif each.before is None or each.place not in found:
        found[each.place] = dict(each.theirs)
    else:
        kept = {path: value for path, value in found[each.place].items() if path not in each.before}
        found[each.place] = {**kept, **each.theirs}


def _parts(before: Told, told: Told, found: Sides, taken: Collection[str]) -> dict[str, list[Document]]:
    """Parts in acts go with the person and the act that they join; where both were there, as it was granted."""
    was, now = sides(before.document), sides(told.document)
    old, new = parts(before.document), parts(told.document)
    chosen: dict[str, list[Document]] = {}
    for pair in dict.fromkeys([*new, *old]):
        person, act = pair.split(" ", 1)
        if ("persons", person) not in found or ("acts", act) not in found:
            continue
        if _free_pair(pair, was, now):
            side = new if f"involvements.{pair}" in taken else old
        else:
            side = new if ("persons", person) in now and ("acts", act) in now else old
        if pair in side:
            chosen[pair] = side[pair]
    return chosen


def _document(found: Sides) -> dict[str, Any]:
    made: dict[str, Any] = {block: nested(found[block, ""]) for block in ("incident", "interview")}
    for block in ENTRIES:
        made[block] = [{"key": key, **nested(said)} for (of, key), said in found.items() if of == block]
    made["involvements"] = [
        {"person": pair.split(" ", 1)[0], "act": pair.split(" ", 1)[1], **said}
        for (block, pair), side in found.items()
        if block == "involvements"
        for said in side[()]
    ]
    return made | {block: found[block, ""][()] for block in LISTS}


def nested(flat: Leaves) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in flat.items():
        at = found
        for name in path[:-1]:
            at = at.setdefault(name, {})
        at[path[-1]] = value
    return found


def side(flat: Leaves | None) -> Any:
    """One side of a difference as a document has it; None where it has no such entry."""
    if flat is None:
        return None
    return flat[()] if () in flat else nested(flat)
