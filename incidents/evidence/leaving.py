"""The one way out: working copies alone, and only where everybody in them permits it, asked anew each time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.consent import Permit
from incidents.evidence import copies, custody, pieces, reading
from incidents.evidence.copies import Copy
from incidents.model.evidence import Custody, Evidence, EvidencePerson, EvidenceState, Origin, Part
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import Permission, Unreadable, Work

# What speaks against a piece itself; what speaks against it for a person in it, `consent` answers, or one of these.
AGAINST = (
    "erased",
    "not-kept",
    "no-copy",
    "people-not-named",
    "giver-not-named",
    "shows-place",
    "shows-date",
)
SHOWS = ("place", "date")  # what some say yes without
CHILD, DANGER, NOT_SAID, PARTS = "child", "danger", "only_basis", "some_parts"

Bare = Mapping[UUID, Iterable[str]]  # of a piece what somebody looked for and did not find in it: place, date


@dataclass(frozen=True)
class Weighed:
    """A piece of evidence, and what speaks for and against its working copy leaving for this use, to this recipient."""

    item: Evidence
    copy: Copy | None
    people: Mapping[UUID, str]  # whoever gave it or can be recognised in it: why not, or empty
    shown: tuple[UUID, ...]  # who can be recognised
    permits: Mapping[UUID, tuple[Permit, ...]] = field(repr=False)  # for the use, and for pictures and sound
    without: frozenset[str]  # place, date: somebody in it said yes without it
    against: tuple[str, ...]  # what speaks against the piece itself

    @property
    def goes(self) -> bool:
        return not self.against and not any(self.people.values())

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.against, *(why for why in self.people.values() if why))))


@dataclass(frozen=True)
class Leaves:
    """A working copy on its way out."""

    evidence_id: UUID
    name: str  # a made one
    type: str
    size: int
    sha256: str
    permits: tuple[str, ...]  # the ids of what permits it: consent events and bases
    content: Callable[[], Iterator[bytes]] = field(repr=False)  # opened piece by piece, once it is read


@dataclass(frozen=True)
class Leaving:
    """What may leave now; of all else the codes that say why not."""

    copies: tuple[Leaves, ...]
    refused: dict[UUID, tuple[str, ...]]


def leaving(
    work: Work, ids: Iterable[UUID], purpose: Purpose, *, to: str, package: str, bare: Bare | None = None
) -> Leaving:
    """The working copies of these pieces, for a package to this recipient. No original ever leaves this way.

    What leaves is appended to the chain: in which package, and to whom.
    """
    out, refused = [], {}
    for weighed in weigh(work, [work.get(Evidence, id) for id in ids], purpose, to=to, bare=bare):
        if weighed.goes:
            out.append(_leaves(work, weighed, purpose, to, package))
        else:
            refused[weighed.item.id] = weighed.reasons
    return Leaving(tuple(out), refused)


def weigh(
    work: Work, items: Iterable[Evidence], purpose: Purpose, *, to: str, bare: Bare | None = None
) -> list[Weighed]:
    """What speaks for and against each of these. Nothing leaves by asking.

    Asked of everybody who gave a piece or can be recognised in it: the purpose, and the use of pictures and sound,
    for this recipient. Whoever can be recognised in it is as good as named: nobody who is in danger, nobody whose
    consent is only that something about them was published; a child where a guardian said yes, with the young person's
    own assent, and two reviewers stand for it.
    """
    work.actor.must(Permission.SHARING_PREPARE)
    asked = list({item.id: item for item in items}.values())
    named = {item.id: _named(work, item) for item in asked}
    answers = _answers(work, {row.person_id for rows in named.values() for row in rows}, purpose, to)
    return [
        _weighed(work, item, named[item.id], answers, set((bare or {}).get(item.id, ()))) for item in asked
    ]


def _named(work: Work, item: Evidence) -> list[EvidencePerson]:
    ever = select(EvidencePerson).where(EvidencePerson.evidence_id == item.id)
    work.vouched(
        [item, *work.db.scalars(ever)]
    )  # whoever writes to the database takes nobody out of a picture
    return reading.people(work, item)


@dataclass(frozen=True)
class _Answers:
    """Of some people: their permits or why not; and whom nobody may show."""

    permits: Mapping[UUID, tuple[Permit, ...]]
    refused: Mapping[UUID, str]
    hidden: Mapping[UUID, str]


def _answers(work: Work, ids: set[UUID], purpose: Purpose, to: str) -> _Answers:
    people = [work.get(Person, id) for id in sorted(ids)]
    given = consent.permits_each(work, people, dict.fromkeys((purpose, Purpose.PHOTO)), to=to)
    permits, refused = {}, {}
    for id in ids:
        answers = [of_purpose[id] for of_purpose in given.values()]
        why = next((why for each in answers if (why := _why_not(each))), "")
        permits[id] = tuple(each for each in answers if isinstance(each, Permit))
        if why:
            refused[id] = why
    return _Answers(permits, refused, _hidden(work, people, permits))


def _why_not(answer: consent.Answer) -> str:
    """No program knows whether a picture shows only the parts that somebody agreed to."""
    if not isinstance(answer, Permit):
        return answer.reason
    return PARTS if answer.parts else ""


def _hidden(
    work: Work, people: Sequence[Person], permits: Mapping[UUID, Sequence[Permit]]
) -> dict[UUID, str]:
    ids = [person.id for person in people]
    danger, children = consent.in_danger(work, ids), consent.perhaps_children(work, ids)
    agreed = consent.children_who_may_be_shown(work, {id: permits[id] for id in children})
    found = {}
    for person in people:
        if person.id in danger:
            found[person.id] = DANGER
        elif person.id in children and person.id not in agreed:
            found[person.id] = CHILD
        elif any(permit.kind != "consent" for permit in permits[person.id]):
            found[person.id] = NOT_SAID
    return found


def _weighed(
    work: Work, item: Evidence, named: Sequence[EvidencePerson], answers: _Answers, bare: set[str]
) -> Weighed:
    shown = tuple(row.person_id for row in named if row.part == Part.SHOWN)
    ids = dict.fromkeys(row.person_id for row in named)
    people = {
        id: answers.refused.get(id, "") or (answers.hidden.get(id, "") if id in shown else "") for id in ids
    }
    permits = {id: answers.permits[id] for id in ids}
    without = _without(permit for each in permits.values() for permit in each)
    copy = copies.of(work, item)
    against = _against(work, item, copy, named)
    against += [f"shows-{what}" for what in SHOWS if what in without - bare]
    return Weighed(item, copy, people, shown, permits, without, tuple(against))


def _without(permits: Iterable[Permit]) -> frozenset[str]:
    said = [(permit.no_place, permit.no_date) for permit in permits]
    return frozenset(what for number, what in enumerate(SHOWS) if any(each[number] for each in said))


def _against(work: Work, item: Evidence, copy: Copy | None, named: Sequence[EvidencePerson]) -> list[str]:
    if item.state != EvidenceState.KEPT:
        return ["erased" if item.state == EvidenceState.DESTROYED else "not-kept"]
    facts = work.read_all([item], "facts")[0]
    if isinstance(facts, Unreadable):
        return [facts.why]
    missing = {
        "no-copy": copy is None or isinstance(copy.facts, Unreadable),
        "people-not-named": item.people_said_by is None,
        "giver-not-named": facts["origin"] == Origin.GIVEN and not any(r.part == Part.GAVE for r in named),
    }
    return [code for code, is_so in missing.items() if is_so]


def _leaves(work: Work, weighed: Weighed, purpose: Purpose, to: str, package: str) -> Leaves:
    assert weighed.copy is not None  # noqa: S101  without one nothing goes
    item, row = weighed.item, weighed.copy.row
    work.vouched([row])
    facts: dict[str, Any] = work.read(row, "facts")
    permits = tuple(dict.fromkeys(str(each.id) for given in weighed.permits.values() for each in given))
    said = {"purpose": purpose.value, "to": package, "sha256": facts["sha256"], "permits": list(permits)}
    custody.append(work, item, Custody.RELEASED, said, {"to": to})
    work.note("evidence.released", item, kind=purpose.value)
    name, stored = reading.made_name(item, facts["type"], "copy"), pieces.copy(row)
    return Leaves(
        item.id,
        name,
        facts["type"],
        facts["size"],
        facts["sha256"],
        permits,
        lambda: pieces.read(work, stored),
    )
