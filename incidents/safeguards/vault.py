"""The one door to plaintext.

The model holds envelopes; only the vault, which holds the session's ring of keys,
seals and opens them. Ask it through Work, so that the opening is allowed and noted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import instance_dict

from crypto.envelope import (
    Envelope,
    FieldKey,
    Kind,
    around_record,
    canonical_json,
    field_place,
    keyver,
    nonces,
)
from crypto.errors import CryptoError
from crypto.stream import open_stream, seal_stream
from crypto.tokens import facet_token, keyed
from crypto.tokens import normal_name as normal_name
from crypto.tokens import normal_phone as normal_phone
from incidents.errors import ClosedText, Erased, NoKey, NotFound, Problem, Unopened
from incidents.model import upgrades
from incidents.model.base import Compartment, Record, compartments, is_new
from incidents.model.opentext import FOLLOWS, OPEN_TEXT
from incidents.safeguards import closing
from incidents.safeguards.keystore import (
    ESCROW,
    LEDGER,
    DataKey,
    Keystore,
    Ring,
    compartment_id,
    random_key,
)
from incidents.safeguards.scanning import MISSING, Bare, Scan, Sealed, Worth, as_envelope, place_of, places
from incidents.safeguards.scanning import Unreadable as Unreadable
from incidents.safeguards.wrapping import Thing, Wrapping, any_opened, sealed

FEW = 8  # things
SOME = 2000  # things whose keys are fetched together where none is kept
Spot = tuple[int, str]  # a thing as the vault remembers it: a UUID is slow to look for, its number is not


class Vault:
    """Seals and opens the fields of records with the keys of one session, for one Work."""

    def __init__(self, keystore: Keystore, ring: Ring | None, closed: closing.Closed = frozenset) -> None:
        self.keystore, self.ring = keystore, ring
        self.closing = closing.Closing(closed)
        self._wraps: dict[Thing, list[DataKey]] = {}
        self._keys: dict[
            tuple[int, str, int], tuple[FieldKey, bytes]
        ] = {}  # by spot and version; as it is, too
        self._current: dict[Spot, int] = {}
        self._sealing: dict[Spot, FieldKey] = {}  # the key of the current version
        self._looked: set[tuple[int, str | None]] = set()  # none: every compartment of it
        self._wrapping = Wrapping(keystore)
        self._facets: dict[tuple[str, str], bytes] = {}  # tokens of the codes that this Work met
        self._minted: set[int] = set()  # things that began in this Work
        self._new: list[DataKey] = []
        self.asides: list[tuple[str, bytes]] = []  # what is put aside with the new keys
        self._once: dict[str, dict[int, Any]] | None = (
            None  # by column and record: what was opened, while it is kept
        )
        self._scans: dict[str, Scan] = {}  # what opens bare rows, by compartment; likewise

    # -- fields

    def seal(self, record: Record, column: str, value: object) -> None:
        """Put a sealed value into a column, under the newest key of the thing it speaks of."""
        self.seal_all(record, {column: value})

    def seal_all(self, record: Record, values: Mapping[str, object]) -> None:
        """The same for several columns: what they share is looked for once."""
        table, where = record.__tablename__, _compartments(type(record))
        new = is_new(record)
        held = instance_dict(record)
        own, thing = (held["id"], held[record.thing]) if new else (record.id, record.thing_id)
        raw = own.bytes
        keys: dict[str, FieldKey] = {}
        fresh = nonces(len(values))
        for (column, value), nonce in zip(values.items(), fresh, strict=True):
            compartment = where[column]
            key = keys.get(compartment)
            if key is None:
                key = keys[compartment] = self._sealing_key(record, thing, compartment, new=new)
            document = None if value is None else upgrades.numbered(table, column, value)
            before, after = around_record(table, column, compartment, key.keyver)
            envelope = key.seal_under(document, before + raw + after, nonce)
            if new:  # as the record's other values: without a history
                held[column] = envelope
            else:
                setattr(record, column, envelope)

    def _sealing_key(self, record: Record, thing: UUID, compartment: str, *, new: bool) -> FieldKey:
        key = self._sealing.get((thing.int, compartment))
        if key is None and self._begins_here(record, thing, new=new):
            return self._mint(thing, compartment)
        if key is None:
            wanted = (thing, compartment)
            key = self._sealing[thing.int, compartment] = self._field_key(wanted, self._to_write(wanted))
        return key

    def _begins_here(self, record: Record, thing: UUID, *, new: bool) -> bool:
        """True for a new thing: there is nothing of it to look up."""
        if thing.int in self._minted:
            return True
        begins = new and record.thing == "id" and (thing.int, None) not in self._looked
        if begins:
            self._looked.add((thing.int, None))
            self._minted.add(thing.int)
        return begins

    def open(self, record: Record, column: str) -> Any:
        """The value of a sealed column; a Problem says why not."""
        at = (record.__tablename__, column, record.id, self._thing(record, column))
        return self._opened(*at, getattr(record, column))

    def _opened(self, table: str, column: str, id: UUID, thing: Thing, envelope: Envelope | None) -> Any:
        if envelope is None:
            return None
        text = (thing[0] if table in FOLLOWS else id, thing[1])
        is_closed = self.closing.holds(table, column, text)
        if is_closed and closing.whole(table):
            raise ClosedText
        try:
            version = keyver(envelope.data, Kind.FIELD)
            place = field_place(table, column, id, thing[1], version)
            value = upgrades.current(table, column, self._field_key(thing, version).open(envelope, place))
        except CryptoError:
            raise Unopened from None
        return closing.coded(table, value) if is_closed else value

    @contextmanager
    def once(self) -> Iterator[None]:
        """In here each field that `view` opens is opened once. Nothing is sealed in here."""
        self._once = {}
        try:
            yield
        finally:
            self._once, self._scans = None, {}

    def view(self, record: Record, column: str) -> Any:
        """The value of a sealed column, or an Unreadable that says why not."""
        at = (record.__tablename__, column, record.id, self._thing(record, column))
        if self._once is None:
            return self._viewed(*at, getattr(record, column))
        once, id = self._once.setdefault(column, {}), record.id.int
        if id not in once:
            once[id] = self._viewed(*at, getattr(record, column))
        return once[id]

    def _viewed(self, table: str, column: str, id: UUID, thing: Thing, envelope: Envelope | None) -> Any:
        try:
            return self._opened(table, column, id, thing, envelope)
        except (ClosedText, Erased, NoKey) as problem:
            return Unreadable(problem.code)
        except Problem:
            return Unreadable("altered")

    def view_all(self, kind: type[Record], column: str, rows: Sequence[Bare]) -> list[Any]:
        """What `view` gives of a column, of rows that nobody holds as objects; in a third of the time."""
        table, compartment = kind.__tablename__, _compartments(kind)[column]
        once = {} if self._once is None else self._once.setdefault(column, {})
        new = [row for row in rows if row[0].int not in once] if once else rows
        scan = self._scans.get(compartment) or Scan(
            self.keystore, self.ring, compartment, places(compartment)
        )
        if self._once is not None:
            self._scans[compartment] = scan
        if column in OPEN_TEXT.get(table, ()):
            values: Iterable[Any] = [MISSING] * len(new)
        else:
            values = scan.values(place_of(compartment, table, column), new)
        for (id, thing, seal), value in zip(new, values, strict=True):
            if value is not MISSING:
                once[id.int] = value
                continue
            at = (table, column, id, (thing, compartment), Envelope(seal) if seal else None)
            once[id.int] = self._viewed(*at)
        return [once[row[0].int] for row in rows]

    def scan(
        self,
        kind: type[Record],
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        worth: Worth | None = None,
    ) -> Iterator[list[Any]]:
        """These columns of rows that nobody holds as objects: each its id, then the columns' seals.

        For things that are their own record, and columns of one compartment. What `view` gives, in a quarter of the
        time: no key is kept once its row was read. `worth` may say of the JSON of a row that it need not be read.
        """
        table, compartment = kind.__tablename__, _compartments(kind)[columns[0]]
        scan = Scan(self.keystore, self.ring, compartment, [(table, column) for column in columns])
        for start in range(0, len(rows), SOME):
            some = rows[start : start + SOME]
            others = scan.look_up([row[0] for row in some])
            wraps: dict[Thing, Sequence[DataKey]] = {(id, compartment): () for id in others}
            if others:
                wraps.update(self.keystore.keys(others, compartment))
            for id, *seals in some:
                if self.closing.holds(table, columns[0], (id, compartment)):
                    yield [Unreadable("closed")] * len(columns)
                    continue
                values = scan.read(id, seals, worth)
                yield (
                    self._all_seen(table, columns, (id, compartment), seals, wraps)
                    if values is None
                    else values
                )

    def _all_seen(
        self,
        table: str,
        columns: Sequence[str],
        thing: Thing,
        seals: Sequence[Sealed],
        wraps: Mapping[Thing, Sequence[DataKey]],
    ) -> list[Any]:
        """One row whose keys are not the ordinary ones, or that does not open: each field for itself."""
        its = wraps[thing] if thing in wraps else self.keystore.keys([thing[0]], thing[1]).get(thing, ())
        known: dict[int, FieldKey] = {}
        return [
            self._seen(table, column, thing, envelope, its, known)
            for column, envelope in zip(columns, map(as_envelope, seals), strict=True)
        ]

    def _seen(
        self,
        table: str,
        column: str,
        thing: Thing,
        envelope: Envelope,
        wraps: Sequence[DataKey],
        known: dict[int, FieldKey],
    ) -> Any:
        try:
            version = keyver(envelope.data, Kind.FIELD)
            key = known.get(version)
            if key is None:
                its = [wrap for wrap in wraps if wrap.version == version]
                key = known[version] = FieldKey(
                    any_opened(self.keystore, self.ring, thing, version, its), version
                )
            document = key.open(envelope, field_place(table, column, thing[0], thing[1], version))
            return upgrades.current(table, column, document)
        except (Erased, NoKey) as problem:
            return Unreadable(problem.code)
        except (CryptoError, Problem):
            return Unreadable("altered")

    def look_up(self, things: Iterable[UUID], compartment: str | None = None) -> None:
        """Fetch the wraps of many things at once: a list costs one call. Of a few, those of all compartments."""
        looked = self._looked
        wanted = [
            id for id in set(things) if (id.int, None) not in looked and (id.int, compartment) not in looked
        ]
        if len(wanted) <= FEW:
            compartment = None
        if wanted:
            looked.update((id.int, compartment) for id in wanted)
            self._wraps.update(self.keystore.keys(wanted, compartment))

    def prepare(self, records: Sequence[Record], column: str | None = None) -> None:
        """Fetch what these records, or one column of them, will be opened or sealed with."""
        where = _compartments(type(records[0]))[column] if records and column else None
        self.look_up((record.thing_id for record in records), where)

    def maker(self, record: Record, column: str) -> UUID | None:
        """Who sealed the key of this field, or their token, unable to read it; none: somebody who could."""
        thing = self._thing(record, column)
        self.look_up([thing[0]], thing[1])
        makers = {wrap.maker for wrap in self._wraps.get(thing, []) if wrap.maker}
        return next((self.keystore.person(maker) for maker in makers), None)

    # -- files and keyed hashes

    def seal_segment(self, thing: UUID, file: UUID, data: bytes) -> bytes:
        """A segment of an evidence file as a sealed stream of its own, salt and key included, whatever came before.

        The key is stored before this returns: what is sealed with it may be stored at once.
        """
        wanted = (thing, Compartment.TESTIMONY.value)
        version = self._to_write(wanted)
        self.flush()
        return b"".join(seal_stream(self._raw(wanted, version), version, thing, file, [data]))

    def open_segment(self, thing: UUID, file: UUID, data: bytes) -> bytes:
        """The same segment, whole and verified; a Problem says why not."""
        wanted = (thing, Compartment.TESTIMONY.value)
        try:
            raw = self._raw(wanted, keyver(data, Kind.FILE))
            return b"".join(open_stream(raw, thing, file, [data]))
        except CryptoError:
            raise Unopened from None

    def keyed(self, label: str, *parts: bytes | str | UUID) -> bytes:
        """A hash that only holders of the `facts` compartment can make; 32 bytes."""
        return keyed(self._raw((LEDGER, Compartment.FACTS.value), 1), label, *parts)

    def keyed_json(self, label: str, value: object) -> bytes:
        """The same of a document, in its one canonical spelling."""
        return self.keyed(label, canonical_json(value))

    def facet(self, facet: str, code: str) -> bytes:
        """The token of a code, for holders of the `facts` compartment; 16 bytes."""
        known = self._facets.get((facet, code))
        if known is None:
            key = self._raw((LEDGER, Compartment.FACTS.value), 1)
            known = self._facets[facet, code] = facet_token(key, facet, code)
        return known

    # -- keys

    def mint(self, thing: UUID, compartment: Compartment, *, private: bool = False) -> None:
        """A new data key, to be stored by `flush`. Private: for its maker and escrow alone."""
        self._mint(thing, compartment.value, private=private)

    def _mint(self, thing: UUID, compartment: str, *, private: bool = False) -> FieldKey:
        wanted, spot, ring = (thing, compartment), (thing.int, compartment), self._need_ring()
        version = self._current.get(spot, 0) + 1
        key = random_key()
        self._new += self._wrapping.wrap(ring, wanted, version, key, private=private)
        made = self._sealing[spot] = self._keep(spot, version, key)
        self._current[spot] = version
        return made

    def let_read(self, thing: UUID, compartment: Compartment, reader: UUID) -> None:
        """One member more opens what began in this Work: a question, by whoever is to answer it."""
        wanted, ring = (thing, compartment.value), self._need_ring()
        if reader == ring.own.id:
            return
        version, to = self._current[thing.int, compartment.value], self.keystore.holder(reader)
        self._new.append(sealed(to, ring, wanted, version, self._raw(wanted, version)))

    def rekey(self, thing: UUID, compartment: Compartment) -> int:
        """What is sealed of this thing from here on is under a new key; the version up to which the others are over."""
        wanted = (thing, compartment.value)
        self.look_up([thing], compartment.value)
        over = self.keystore.over([thing]).get(wanted, 0)
        newest = max([over, *(wrap.version for wrap in self._wraps.get(wanted, ()))])
        self._current[thing.int, compartment.value] = newest
        self.mint(thing, compartment)
        return newest

    def outlived(self) -> bool:
        """True if something was sealed here under a key that is over by now: a text was rewritten meanwhile."""
        used = {spot: self._current[spot] for spot in self._sealing if spot[0] not in self._minted}
        over = self.keystore.over(UUID(int=number) for number, _compartment in used) if used else {}
        return any(used.get((id.int, where), version + 1) <= version for (id, where), version in over.items())

    def mint_private(self, thing: UUID, compartment: Compartment) -> None:
        """A key for its maker and escrow alone.

        One that is there from a save that was cut is left behind. What is another's, or was sent, is not
        touched: whoever chose this id may not come to its keys.
        """
        wanted, own = (thing, compartment.value), self._need_ring().own.id
        self.look_up([thing], compartment.value)
        wraps = self._wraps.get(wanted, [])
        if {wrap.holder for wrap in wraps} - {ESCROW, own}:
            raise NotFound
        if wraps:
            self._current[thing.int, compartment.value] = wraps[0].version
        self.mint(thing, compartment, private=True)

    def flush(self) -> None:
        """Store the new keys before the data that needs them, and what is put aside."""
        new, self._new = [*self._new, *self._wrapping.closed()], []
        asides, self.asides = self.asides, []
        self.keystore.put_keys(new, asides)

    def forget(self) -> None:
        """Let go of all keys that were looked up, unless something was sealed here that they are asked about later."""
        if self._new or self._minted or self._sealing:
            return
        self._wraps, self._keys, self._current, self._looked = {}, {}, {}, set()

    def holds(self, compartment: Compartment) -> bool:
        return self.ring is not None and self._wrapping.holds(self.ring, compartment)

    def _thing(self, record: Record, column: str) -> Thing:
        return record.thing_id, _compartments(type(record))[column]

    def _to_write(self, thing: Thing) -> int:
        """The version to seal under: the newest, or a new one where the newest was made before a rotation."""
        spot = (thing[0].int, thing[1])
        if spot in self._current:
            return self._current[spot]
        self.look_up([thing[0]], thing[1])
        wraps = self._wraps.get(thing, [])
        if not wraps:
            if spot[0] not in self._minted and thing in self.keystore.erased([thing[0]]):
                raise Erased
            self._current[spot] = self.keystore.over([thing[0]]).get(thing, 0)
            self.mint(thing[0], Compartment(thing[1]))
            return self._current[spot]
        newest = wraps[0].version
        self._current[spot] = newest
        if self._is_stale(thing, wraps):
            self.mint(thing[0], Compartment(thing[1]))
        else:
            self._field_key(thing, newest)
        return self._current[spot]

    def _is_stale(self, thing: Thing, wraps: list[DataKey]) -> bool:
        target = compartment_id(Compartment(thing[1]))
        held = [wrap for wrap in wraps if wrap.version == wraps[0].version and wrap.holder == target]
        return bool(held) and held[0].born < self.keystore.open(self._need_ring(), target)[1]

    def _field_key(self, thing: Thing, version: int) -> FieldKey:
        spot = (thing[0].int, thing[1])
        known = self._keys.get((*spot, version))
        if known is not None:
            return known[0]
        self.look_up([thing[0]], thing[1])
        wraps = [wrap for wrap in self._wraps.get(thing, []) if wrap.version == version]
        return self._keep(spot, version, any_opened(self.keystore, self.ring, thing, version, wraps))

    def _raw(self, thing: Thing, version: int) -> bytes:
        """The key as it is, for what is no field."""
        self._field_key(thing, version)
        return self._keys[thing[0].int, thing[1], version][1]

    def _keep(self, spot: Spot, version: int, key: bytes) -> FieldKey:
        made = FieldKey(key, version)
        self._keys[*spot, version] = made, key
        return made

    def _need_ring(self) -> Ring:
        if self.ring is None:
            raise NoKey
        return self.ring


@cache
def _compartments(kind: type[Record]) -> dict[str, str]:
    """The sealed columns of a kind, with the name of each one's compartment."""
    return {column: compartment.value for column, compartment in compartments(kind).items()}
