"""What stays and may tell of somebody who is erased: found while their name can still be read.

Everything that was written about an incident of theirs is listed, named in it or not: "her sister" names nobody. What
lies elsewhere is listed where it holds their whole name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, select, type_coerce

from incidents.erasure import texts
from incidents.model.audit import Revision
from incidents.model.base import Base, Record, compartments
from incidents.model.duplicate import DuplicateDecision
from incidents.model.edit import Edit
from incidents.model.erasure import Answer, Erasure, ErasureProposal, TextBeside
from incidents.model.evidence import Evidence, EvidencePerson
from incidents.model.follow_up import Intervention, Task
from incidents.model.incident import Act, Incident, Source
from incidents.model.opentext import OPEN_TEXT
from incidents.model.people import Involvement, Person, Presence
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import ReportLink, ReportPart
from incidents.model.review import Judgment, KeptContradiction, Review
from incidents.model.talk import Answer as SaidAnswer
from incidents.model.talk import Comment, Question
from incidents.search import words
from incidents.work import Unreadable, Work, normal_name, normal_phone, rekeying

WAIT = timedelta(days=30)
CHUNK = 5_000  # rows that are read at once
NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
WHY = "erasure"  # why a text is opened, as the trail says it
SHORTEST_NAME = 3  # letters: of a shorter word a text says nothing
SCANNED = ((Incident, ("narrative", "summary")), (ReportPart, ("content",)))


@dataclass(frozen=True)
class Called:
    """What somebody is called: words of their names, whole names, telephones."""

    names: frozenset[frozenset[str]]
    phones: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word for name in self.names for word in name if len(word) >= SHORTEST_NAME)

    def in_part(self, said: Iterable[str]) -> bool:
        """A word of a name, or a telephone."""
        said = list(said)
        return any(_words(text) & self.words for text in said) or self._phone_in(said)

    def in_whole(self, said: Iterable[str]) -> bool:
        """A whole name of two words or more in one text, or a telephone."""
        said = list(said)
        whole = [name for name in self.names if len(name) > 1]
        return any(name <= _words(text) for text in said for name in whole) or self._phone_in(said)

    def _phone_in(self, said: Sequence[str]) -> bool:
        return any(phone in _digits(text) for text in said for phone in self.phones)


def _words(text: str) -> frozenset[str]:
    return frozenset(normal_name("".join(sign if sign.isalnum() else " " for sign in text)).split())


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


@dataclass(frozen=True)
class Reach:
    """Whose texts are looked at: somebody, the incidents they belong to, the reports that tell of these."""

    people: frozenset[UUID]
    incidents: frozenset[UUID]
    reports: frozenset[UUID]


def called(work: Work, person: Person) -> Called:
    """Asked before the name is gone; nobody, where it is gone already."""
    names = [work.read_all([person], column, WHY)[0] for column in ("name", "other_names")]
    phone = work.read_all([person], "phone", WHY)[0]
    found = {frozenset(normal_name(name).split()) for said in names for name in _each(said)}
    phones = {normal_phone(said) for said in _each(phone)}
    return Called(frozenset(found - {frozenset()}), frozenset(each for each in phones if len(each) >= 7))


NOBODY = Called(frozenset(), frozenset())


def _each(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for inner in said.values():
            yield from _each(inner)
    elif isinstance(said, list):
        for inner in said:
            yield from _each(inner)


# -- who and what is near


def near_person(work: Work, person: UUID) -> Reach:
    """All that a person belongs to or ever belonged to, and what was made one with it."""
    by_act = select(Act.incident_id).join(Involvement, Involvement.act_id == Act.id)
    by_report = select(ReportLink.incident_id).join(ReportPart, ReportPart.report_id == ReportLink.report_id)
    incidents = {
        *work.db.scalars(by_act.where(Involvement.person_id == person)),
        *work.db.scalars(select(Presence.incident_id).where(Presence.person_id == person)),
        *work.db.scalars(by_report.where(ReportPart.person_id == person)),
    }
    incidents |= _made_one(work, incidents)
    told = select(ReportLink.report_id).where(ReportLink.incident_id.in_(incidents))
    own = select(ReportPart.report_id).where(ReportPart.person_id == person)
    reports = {*work.db.scalars(told), *work.db.scalars(own)}
    return Reach(frozenset({person}), frozenset(incidents), frozenset(reports))


def near_reports(work: Work, reports: set[UUID]) -> Reach:
    """The incidents that these reports tell of; what others told of them is theirs."""
    told = select(ReportLink.incident_id).where(ReportLink.report_id.in_(reports))
    incidents = set(work.db.scalars(told))
    return Reach(frozenset(), frozenset(incidents | _made_one(work, incidents)), frozenset(reports))


def _made_one(work: Work, incidents: set[UUID]) -> set[UUID]:
    """Incidents that were merged with one of these or split from it, whether undone since or not."""
    kinds = (Arrangement.MERGED, Arrangement.SPLIT)
    rows = select(Rearrangement.kept_id, Rearrangement.gone_id).where(Rearrangement.kind.in_(kinds))
    ends = Rearrangement.kept_id.in_(incidents) | Rearrangement.gone_id.in_(incidents)
    return {id for row in work.db.execute(rows.where(ends)) for id in row}


# -- the rows


def rows(work: Work, reach: Reach) -> list[Record]:
    """Every row with an open text that is near."""
    ids = reach.people | reach.incidents | reach.reports
    wanted: dict[type[Record], Any] = {
        Incident: Incident.id.in_(reach.incidents),
        Source: Source.incident_id.in_(reach.incidents),
        Intervention: Intervention.incident_id.in_(reach.incidents),
        Review: Review.incident_id.in_(reach.incidents),
        Comment: Comment.incident_id.in_(reach.incidents),
        Question: Question.report_id.in_(reach.reports),
        SaidAnswer: SaidAnswer.report_id.in_(reach.reports),
        Judgment: Judgment.incident_id.in_(reach.incidents),
        Edit: Edit.under_id.in_(reach.incidents) | Edit.under_id.in_(_people_of(reach)),
        KeptContradiction: KeptContradiction.incident_id.in_(reach.incidents),
        Task: Task.incident_id.in_(reach.incidents),
        DuplicateDecision: DuplicateDecision.one_id.in_(ids) | DuplicateDecision.other_id.in_(ids),
        Rearrangement: Rearrangement.kept_id.in_(ids) | Rearrangement.gone_id.in_(ids),
        ReportPart: ReportPart.report_id.in_(reach.reports),
        Evidence: Evidence.id.in_(_files(reach)),
        ErasureProposal: ErasureProposal.subject.in_(ids),
    }
    found: list[Record] = []
    for kind, near in wanted.items():
        found += work.db.scalars(select(kind).where(near).order_by(kind.id))
    return found


def _people_of(reach: Reach) -> Any:
    """Who plays a part in these incidents: why something was changed about one of them may tell of another."""
    acts = select(Act.id).where(Act.incident_id.in_(reach.incidents))
    return select(Involvement.person_id).where(Involvement.act_id.in_(acts))


def _files(reach: Reach) -> Any:
    """Of these incidents and reports, and those that show somebody."""
    shown = select(EvidencePerson.evidence_id).where(EvidencePerson.person_id.in_(reach.people))
    near = Evidence.incident_id.in_(reach.incidents) | Evidence.report_id.in_(reach.reports)
    return select(Evidence.id).where(near | Evidence.id.in_(shown))


@cache
def kind_of(table: str) -> type[Record]:
    """The kind of record that a table holds."""
    mapped = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    found: type[Record] = mapped[table]
    return found


# -- the list


def put_down(
    work: Work,
    erasure: Erasure,
    reach: Reach,
    name: Called,
    *,
    only_named: bool = False,
) -> int:
    """List what stays and may tell of them; how much. What goes with the same erasure is left out."""
    gone = set(erasure.things)
    near = [row for row in rows(work, reach) if _thing(row) not in gone]
    changed, listed = changed_before(work, {row.id: (row.thing_id, _compartment(row)) for row in near}), {}
    for row, said in zip(near, _said(work, near).values(), strict=True):
        named = name.in_part(said)
        if said and (named or not only_named or row.id in changed):
            listed[row.id] = (row, named)
    for row in _elsewhere(work, name, {*listed, *(row.id for row in near)}):
        if _thing(row) not in gone:
            listed[row.id] = (row, True)
    for row, named in listed.values():
        work.add(_beside(work, erasure, row, named=named))
    if listed:
        work.note("texts.listed", erasure, count=len(listed))
    return len(listed)


def put_down_closed(work: Work, erasure: Erasure, reach: Reach) -> int:
    """The same without any key: nobody can look whether there is a text, or whom it names."""
    near = rows(work, reach)
    gone = set(erasure.things) | _without_keys(work, near)
    near = [row for row in near if _thing(row) not in gone]
    for row in near:
        work.add(_beside(work, erasure, row, named=False))
    if near:
        work.note("texts.listed", erasure, count=len(near))
    return len(near)


Place = tuple[UUID, str]  # an erasable thing and a compartment: what one key opens


def changed_before(work: Work, places: Mapping[UUID, Place]) -> set[UUID]:
    """Those of these rows of which an open text read otherwise before, and still opens as it did.

    `places`: of each row, under which key it is. An earlier version may name somebody whom the newest does not.
    """
    ids, found = list(places), set[UUID]()
    over = work.house.keystore.over(thing for thing, _compartment in places.values()) if ids else {}
    for start in range(0, len(ids), CHUNK):
        query = select(Revision).where(Revision.record_id.in_(ids[start : start + CHUNK]))
        for row in work.db.scalars(query):
            seals = [row.seals[name] for name in OPEN_TEXT.get(row.about, ()) if row.seals.get(name)]
            ended = over.get(places[row.record_id], 0)
            if any(rekeying.version_of(seal) > ended for seal in seals):
                found.add(row.record_id)
    return found


def _without_keys(work: Work, near: Sequence[Record]) -> set[str]:
    """What was erased or written anew since this copy of the data was made: nothing of it opens."""
    ids = {row.thing_id for row in near}
    held = work.house.keystore.keys(ids).keys()
    return {_thing(row) for row in near if (row.thing_id, _compartment(row)) not in held}


def _beside(work: Work, erasure: Erasure, row: Record, *, named: bool) -> TextBeside:
    return TextBeside(
        erasure_id=erasure.id,
        about=row.__tablename__,
        about_id=row.id,
        thing_id=row.thing_id,
        compartment=_compartment(row),
        named=named,
        due_on=work.today + WAIT,
        state=Answer.WAITING,
    )


def _compartment(row: Record) -> str:
    return compartments(type(row))[OPEN_TEXT[row.__tablename__][0]].value


def _thing(row: Record) -> str:
    return f"{row.thing_id}/{_compartment(row)}"


def _said(work: Work, rows: Sequence[Record]) -> dict[UUID, list[str]]:
    """The texts of each row. One that does not open has to be answered for too, unless it is gone."""
    said: dict[UUID, list[str]] = {row.id: [] for row in rows}
    for kind in {type(row) for row in rows}:
        some = [row for row in rows if type(row) is kind]
        for column in OPEN_TEXT[kind.__tablename__]:
            for row, value in zip(some, work.read_all(some, column, WHY), strict=True):
                said[row.id] += _texts(value)
    return said


def _texts(value: Any) -> list[str]:
    if isinstance(value, Unreadable):
        return [value.why] if value.why != "erased" else []
    return list(texts.found(value).values())


# -- elsewhere


def _elsewhere(work: Work, name: Called, known: set[UUID]) -> list[Record]:
    """Accounts and reports of others that hold the whole name: each is opened, and let go of where it is not there."""
    if not name.phones and not any(len(each) > 1 for each in name.names):
        return []
    return [
        work.get(kind, id)
        for kind, columns in SCANNED
        for id, values in _opened(work, kind, columns, name)
        if id not in known and name.in_whole(text for value in values for text in _texts(value))
    ]


def _opened(
    work: Work, kind: type[Record], columns: Sequence[str], name: Called
) -> Iterator[tuple[UUID, list[Any]]]:
    seals = [type_coerce(getattr(kind, column), LargeBinary) for column in columns]
    query, last = select(kind.id, *seals).order_by(kind.id).limit(CHUNK), UUID(int=0)
    while stored := [tuple(row) for row in work.db.execute(query.where(kind.id > last))]:
        last = stored[-1][0]
        for row, values in zip(stored, work.scan(kind, columns, stored, WHY, _sieve(name)), strict=True):
            yield row[0], [value for value in values if value is not None]


def _sieve(name: Called) -> Callable[[bytes], bool]:
    """Whether it is worth reading: what is not cannot hold the name."""
    sieves = [words.sieve(sorted(each)) for each in name.names if len(each) > 1]
    phones = [phone.encode() for phone in name.phones]

    def worth(json: bytes) -> bool:
        digits = json.translate(None, NO_DIGITS) if phones else b""
        return any(phone in digits for phone in phones) or any(sieve(json) for sieve in sieves)

    return worth
