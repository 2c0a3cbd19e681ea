"""The ledger of what left: who is in which release, as keyed hashes; what each row says, sealed and kept once.

An entry names an act, a person and an incident by hashes, and its release's sealed ledger says which combination of
values the entry stands for, and its thread: a drawn name by which the same row is known in the next release. A reader
of the database alone learns no classes. Erasure blanks an entry's hashes: its thread goes on counting as gone.
"""

import csv
import io
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from incidents.model.base import TOGETHER, in_bulk, new_id
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement
from incidents.model.release import Release, ReleasedQuote, ReleasedRow
from incidents.model.vocabulary import ReleaseState
from incidents.release import hierarchy, pack, write
from incidents.release.differ import File, Node, Row, Unsaid
from incidents.release.entries import THREAD, Entries, Known, Names, Threads
from incidents.release.gather import Gathered
from incidents.release.opening import Joined
from incidents.release.rows import Ids, lines_of
from incidents.release.unsaid import LedgerSilent, Told, filled
from incidents.search import kept, together
from incidents.work import Work

INCIDENT, PERSON, TOLD, WHOSE = (
    "released/incident",
    "released/person",
    "released/told",
    "released/whose",
)
_HASHES = ("person", "incident", "told", "whose")
_HASH, _AT = 32, 4  # bytes of a hash, and of a row's number and place
_NONE, _NOWHERE = bytes(_HASH), b"\xff" * _AT


@dataclass(frozen=True)
class Past:
    """What went out before, and of each row that may leave today its thread: known, or drawn anew."""

    files: list[File] = field(repr=False)
    threads: Threads = field(repr=False)


@dataclass(frozen=True)
class _Names:
    """What the hashes of the ledger stand for today: what was joined since is one."""

    incidents: Names
    persons: Names
    joined: Joined
    records: Mapping[UUID, Sequence[UUID]]  # of a person who has several: all, by the one they are counted as

    def of(self, person: UUID) -> Sequence[UUID]:
        """All records of whoever this is."""
        root = self.joined.person(person)
        return self.records.get(root, (root,))


def went_out(work: Work, but: Release | None = None) -> list[Release]:
    """Row files that somebody may have: signed, or recalled after somebody had downloaded them. The oldest first."""
    rows = list(work.db.scalars(select(Release).where(is_out()).order_by(Release.prepared_on, Release.id)))
    work.vouched(rows)
    return [row for row in rows if but is None or row.id != but.id]


def is_out() -> ColumnElement[bool]:
    """Whether somebody may have it."""
    recalled = (Release.state == ReleaseState.RECALLED) & (Release.downloads > 0)
    return or_(Release.state == ReleaseState.SIGNED, recalled)


def past(work: Work, gathered: Gathered, but: Release | None = None) -> Past:
    """Everything that a new file of these rows is compared with."""
    out = went_out(work, but)
    waiting = list(work.db.scalars(select(Release).where(Release.state == ReleaseState.PREPARED)))
    if not out and not waiting:
        return Past([], Threads.drawn(len(gathered.rows)))
    names, known = _names(work), Known()
    entered = [(release, _entered(work, release, names, known)) for release in out]
    for release in waiting:
        _learn(work, release, known)
    hashed = (_hashes(work, names, gathered, number) for number in range(len(gathered.rows)))
    drawn = zip(hashed, Threads.drawn(len(gathered.rows)), strict=True)
    threads = Threads.of(known.of(each) or new for each, new in drawn)
    files = (_file(work, release, rows, gathered, threads) for release, rows in entered)
    return Past([file for file in files if file is not None], threads)


def file_of(work: Work, release: Release, now: Past, gathered: Gathered) -> File | None:
    """One release as its ledger has it; none of rows without protection, which stay in the house.

    Problem: LedgerSilent, where the ledger does not say which of its rows is whose.
    """
    known = Known()
    for each in went_out(work, release):
        _learn(work, each, known)
    rows = _entered(work, release, _names(work), known)
    found = _file(work, release, rows, gathered, now.threads)
    if found and found.unsaid:
        raise LedgerSilent(reference=release.reference)
    return found


# -- hashes


def keyed(work: Work, what: str, id: UUID) -> bytes:
    """A person or incident as the ledger names it: 32 bytes that say nothing without its key."""
    return work.vault.keyed(f"released/{what}", id)


def made_from(work: Work, row: Mapping[str, Any]) -> bytes:
    """What a row was made from: changed since, it is another row."""
    return work.vault.keyed_json(TOLD, row)


def whose(work: Work, act: UUID, person: UUID | None) -> bytes:
    """Which act and person a row is of, whatever was made from them."""
    return work.vault.keyed(WHOSE, act, *([person] if person else []))


def _hashes(work: Work, names: _Names, gathered: Gathered, number: int) -> list[bytes]:
    """Of a row of today every name that the ledger may know it by: one for each record of its person."""
    act, person = gathered.acts[number], gathered.people[number]
    return [whose(work, act, each) for each in (names.of(person) if person else [None])]


def _names(work: Work) -> _Names:
    joined, records = Joined.of(work), dict[UUID, list[UUID]]()
    for id, root in sorted(joined.people.items()):
        records.setdefault(root, [root]).append(id)
    return _Names(_incidents(work, joined), _persons(work, joined), joined, records)


def _incidents(work: Work, joined: Joined) -> Names:
    """Of the hash of every incident, the one that it counts as."""
    ids = work.db.scalars(select(Incident.id).execution_options(yield_per=TOGETHER))
    return Names((work.vault.keyed(INCIDENT, id.hex), joined.incident(id)) for id in ids)


def _persons(work: Work, joined: Joined) -> Names:
    """Of the hash of every person, the one that they count as."""
    ids = work.db.scalars(select(Person.id).execution_options(yield_per=TOGETHER))
    return Names((keyed(work, "person", id), joined.person(id)) for id in ids)


def _learn(work: Work, release: Release, known: Known) -> None:
    """What this release says of the threads of its rows."""
    for _entry_and_what_it_says in _read(work, release, _sealed_ledger(work, release), known):
        pass


# -- writing


def enter(
    work: Work, release: Release, gathered: Gathered, released: Sequence[int],
    rows: Sequence[Mapping[str, str]], threads: Sequence[str],
) -> None:  # fmt: skip
    """One entry a row, in an order of its own: sorted by hash, it tells nothing of the file's.

    And one for whoever told of a row that is not theirs, so that their withdrawal finds it.
    `rows` and `threads`: of each row released, what the file says and the name that it goes by.
    """
    found = sorted(_speaking(work, gathered, released))
    with in_bulk():  # their ids follow the same order; drawn, they rise a few thousand at a time
        ids = Ids[UUID](sorted(new_id().bytes for _each in found))
    entered = ((ids[at], *_number_of(each)) for at, each in enumerate(found))
    work.seal(release, ledger=_sealed(entered, rows, threads))
    work.add_each(partial(_written, work, release, gathered, found, ids))


def _speaking(work: Work, gathered: Gathered, released: Sequence[int]) -> Iterator[bytes]:
    """What an entry holds, in one: person, incident, told, whose; then the number of the row and its place."""
    for place, number in enumerate(released):
        person, row = gathered.people[number], gathered.rows[number]
        speaks_of = work.vault.keyed(INCIDENT, row["incident"]) + made_from(work, row)
        own = keyed(work, "person", person) if person else _NONE
        at = number.to_bytes(_AT, "big")
        yield own + speaks_of + whose(work, gathered.acts[number], person) + at + place.to_bytes(_AT, "big")
        for other in gathered.leans[number]:
            yield keyed(work, "person", other) + speaks_of + _NONE + at + _NOWHERE


def _number_of(entry: bytes) -> tuple[int, bool]:
    """The place in the file of the row that an entry is of; and whether it has one."""
    at = entry[-_AT:]
    return int.from_bytes(at, "big"), at != _NOWHERE


def _written(
    work: Work, release: Release, gathered: Gathered, found: Sequence[bytes], ids: Ids[UUID]
) -> Iterator[ReleasedRow]:
    """The entries, a few at a time: a million of them are never held as rows."""
    for start in range(0, len(found), TOGETHER):
        with in_bulk():
            some = [
                _entry(work, release, gathered, ids[at], found[at])
                for at in range(start, min(start + TOGETHER, len(found)))
            ]
        yield from some


def _entry(work: Work, release: Release, gathered: Gathered, id: UUID, held: bytes) -> ReleasedRow:
    hashes = (held[at : at + _HASH] for at in range(0, _HASH * len(_HASHES), _HASH))
    named = {name: None if each == _NONE else each for name, each in zip(_HASHES, hashes, strict=True)}
    number = int.from_bytes(held[-2 * _AT : -_AT], "big")
    entry = ReleasedRow(id=id, release_id=release.id, **named)
    work.seal(
        entry, permits=[{"kind": permit.kind, "id": str(permit.id)} for permit in gathered.permits[number]]
    )
    return entry


def _sealed(
    entered: Iterable[tuple[UUID, int, bool]], rows: Sequence[Mapping[str, str]], threads: Sequence[str]
) -> dict[str, Any]:
    """The combinations of values once, and of each entry which one it is, and its thread."""
    columns = list(rows[0]) if rows else []
    numbers: dict[tuple[str, ...], int] = {}
    of_row = array("I", (numbers.setdefault(each, len(numbers)) for each in lines_of(rows, columns)))
    entries = Entries.text((id, of_row[place], threads[place]) for id, place, there in entered if there)
    return {"columns": columns, "told": [list(each) for each in numbers], "entries": entries}


# -- reading


def _read(
    work: Work, release: Release, said: Mapping[str, Any], known: Known
) -> Iterator[tuple[ReleasedRow, tuple[int, str] | None]]:
    """The entries of a release, a few at a time, and of each what its sealed ledger says, if it does.

    What is said of a row's thread is put among what is known.
    """
    entries = Entries(said.get("entries", ""))
    for some in _in_parts(work, release):
        for row in some:
            if (told := entries.get(row.id)) is not None:
                known.add(row.whose, told[1])
            elif said and row.whose is not None:  # else it is of somebody who told of another's row
                known.add(row.whose, _lost(row))
            yield row, told


def _in_parts(work: Work, release: Release) -> Iterator[Sequence[ReleasedRow]]:
    """The entries of a release, a few at a time: a million of them are never held as rows."""
    query = select(ReleasedRow).where(ReleasedRow.release_id == release.id)
    for some in work.db.scalars(query.execution_options(yield_per=TOGETHER)).partitions():
        work.vouched(some)
        yield some


def _sealed_ledger(work: Work, release: Release) -> Mapping[str, Any]:
    return work.read(release, "ledger") if release.ledger else {}


def _entered(work: Work, release: Release, names: _Names, known: Known) -> Told | list[ReleasedRow]:
    """The rows of a release by their threads; of one from before there was a ledger, its entries."""
    said = _sealed_ledger(work, release)
    read = _read(work, release, said, known)
    return _as_entered(said, read, names, known) if said else [entry for entry, _told in read]


def _file(
    work: Work,
    release: Release,
    entered: Told | list[ReleasedRow],
    gathered: Gathered,
    threads: Sequence[str],
) -> File | None:
    manifest = work.read(release, "manifest")
    if not manifest["rules"]["protection"] or "row_file" not in manifest:
        return None
    node = node_of(manifest["hierarchies"])
    acts = bool(manifest["filters"].get("acts"))
    if isinstance(entered, list):
        rows = _of_before(work, release, manifest, entered, gathered, threads)
        return File(release.reference, manifest["k"], node, (), rows, by_act=acts)
    kept = tuple(name for name in manifest["columns"] if name not in node)
    found, silent = entered.rows, Unsaid()
    if not entered.is_whole(manifest["counts"]["released"]):
        found, silent = filled(entered, file_rows(work, release, manifest), release.reference)
    return File(release.reference, manifest["k"], node, kept, found, by_act=acts, unsaid=silent)


def node_of(said: Mapping[str, Mapping[str, str]]) -> Node:
    """The levels of a manifest, counted in the whole hierarchy whatever level its policy begins at."""
    return {
        column: (each["hierarchy"], hierarchy.exact(each["hierarchy"]).levels.index(each["level"]))
        for column, each in said.items()
    }


def _as_entered(
    said: Mapping[str, Any],
    read: Iterable[tuple[ReleasedRow, tuple[int, str] | None]],
    names: _Names,
    known: Known,
) -> Told:
    found, numbers = Told(said["columns"]), Counter[int]()
    told = [dict(zip(said["columns"], each, strict=True)) for each in said["told"]]
    for entry, place in read:
        if place is not None:
            number, thread = place
            numbers[number] += 1
            found.rows[known.alias[thread]] = _row(entry, told[number], names)
        elif entry.whose is not None:
            found.silent[known.alias[_lost(entry)]] = _row(entry, {}, names)
    found.told = Counter({tuple(told[number].values()): count for number, count in numbers.items()})
    return found


def _row(entry: ReleasedRow, values: Mapping[str, str], names: _Names) -> Row:
    incident, person = names.incidents.get(entry.incident), names.persons.get(entry.person)
    if incident is None or (entry.person and person is None):
        return Row(values, None, ())
    return Row(values, incident, _of(incident, [person] if person else []))


def _lost(entry: ReleasedRow) -> str:
    """A thread for a row whose own nobody knows: the same at each look, and it leads to the entry alone."""
    return entry.id.bytes[-THREAD:].hex()


def _of(incident: str, persons: Sequence[str]) -> tuple[str, ...]:
    """Whom a row counts for: a row of nobody is one unknown person of its incident."""
    return (*persons,) or (f"nobody of {incident}",)


def rows_of(gathered: Gathered, released: Sequence[int], rows: Sequence[Mapping[str, str]],
            threads: Sequence[str]) -> dict[str, Row]:  # fmt: skip
    """The rows of a file that is being made, as the ledger would have them."""
    columns = list(rows[0]) if rows else []
    alike: dict[tuple[str, ...], Mapping[str, str]] = {}  # a million rows say a few thousand different things
    found = {}
    for number, line in zip(released, lines_of(rows, columns), strict=True):
        values = alike.get(line)
        if values is None:
            values = alike[line] = dict(zip(columns, line, strict=True))
        row = gathered.rows[number]
        found[threads[number]] = Row(values, row["incident"], _of(row["incident"], row["persons"]))
    return found


# -- releases from before there was a ledger


def _of_before(
    work: Work,
    release: Release,
    manifest: Mapping[str, Any],
    entries: Sequence[ReleasedRow],
    gathered: Gathered,
    threads: Sequence[str],
) -> dict[str, Row]:
    """What is made from the same today stands in the class that it has today; what is left in the file is gone."""
    names = manifest["quasi_identifiers"]
    left = Counter(tuple(row[name] for name in names) for row in file_rows(work, release, manifest))
    there = {(entry.person, entry.incident, entry.told) for entry in entries}
    kept = any(entry.told for entry in entries)  # since it is kept what a row was made from
    rows = {}
    for thread, row, person in zip(threads, gathered.rows, gathered.people, strict=True):
        named = (
            keyed(work, "person", person) if person else None,
            work.vault.keyed(INCIDENT, row["incident"]),
        )
        if (*named, made_from(work, row) if kept else None) in there:
            values = {column: _label(row, column, manifest["hierarchies"][column]) for column in names}
            rows[thread] = Row(values, row["incident"], _of(row["incident"], row["persons"]))
            left[tuple(values.values())] -= 1
    for number, gone in enumerate(left.elements()):
        rows[f"{release.reference}/{number}"] = Row(dict(zip(names, gone, strict=True)), None, ())
    return rows


def _label(row: Mapping[str, Any], column: str, said: Mapping[str, str]) -> str:
    tree = hierarchy.exact(said["hierarchy"])
    leaf = tree.leaf(row, column)
    return tree.paths([leaf])[leaf][tree.levels.index(said["level"])]


def file_rows(work: Work, release: Release, manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows as they stand in the file that went out."""
    text = pack.opened(work.read(release, "pack"))[manifest["row_file"]].decode()
    return [
        {name: write.raw(value) for name, value in row.items()} for row in csv.DictReader(io.StringIO(text))
    ]


# -- asking


def editions(work: Work, release: Release) -> list[Release]:
    """Every edition of this one's series that went out, itself the first where there is no other; the oldest first."""
    first = release.series or release.id
    return [each for each in went_out(work) if first in (each.id, each.series)]


def incidents_of(work: Work, releases: Iterable[Release]) -> list[set[str]]:
    """Of each release the incidents in it, by the id under which they count today; those erased are not told."""
    return _spoken_of(work, releases, ReleasedRow.incident, _incidents(work, Joined.of(work)))


def people_of(work: Work, releases: Iterable[Release]) -> list[set[str]]:
    """Of each release the people in it, by the id under which they count today; those erased are not told."""
    return _spoken_of(work, releases, ReleasedRow.person, _persons(work, Joined.of(work)))


def _spoken_of(
    work: Work, releases: Iterable[Release], column: InstrumentedAttribute[Any], known: Names
) -> list[set[str]]:
    found = []
    for release in releases:
        there = set[str]()
        for some in _in_parts(work, release):
            there.update(id for row in some if (id := known.get(getattr(row, column.key))))
        found.append(there)
    return found


def holding(work: Work, person: Person) -> list[Release]:
    """Every release that holds this person or quotes them, in any of their records: what a withdrawal has to name."""
    same = Arrangement.SAME_PERSON
    records = together(work, [kept(work, person.id, same)], same)
    hashed = [keyed(work, "person", id) for id in records]
    inside = [
        Release.id.in_(select(kind.release_id).where(kind.person.in_(hashed)))
        for kind in (ReleasedRow, ReleasedQuote)
    ]
    return list(work.db.scalars(select(Release).where(or_(*inside))))
