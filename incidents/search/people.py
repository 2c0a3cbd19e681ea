"""Somebody looked for by name, telephone or document number: every identity is opened, compared and let go.

A job, because it opens everybody: it tells how far it is, and can be ended. What was looked for is sealed and goes
with the job's end; what is found holds ids and signs, never a name. The opening is noted once, with count and reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Any, Protocol
from uuid import UUID

from rapidfuzz.distance import OSA
from sqlalchemy import func, select

from incidents.errors import InvalidInput, NotFound, _
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement
from incidents.model.report import ReportPart
from incidents.search import names, record, told
from incidents.search.numbers import between, documents, readings
from incidents.work import Compartment, Permission, Work

KIND = "people"
COMPARTMENTS = frozenset(Compartment) - {Compartment.TESTIMONY}
OPENED = "identity.opened-in-bulk"  # the note
REASONS = ("contact", "duplicate", "consent", "referral", "correction", "verification")
FIELDS = ("name", "phone", "document")
COLUMNS = ("name", "other_names", "phone", "documents")
CHUNK = 5_000  # people between two looks at whether to go on
MOST_FOUND = 100
LONGEST = 200  # letters of a field
NEAR = 8  # figures of a number that may have one slip

# What each likeness is worth; a number says more than a name.
SAME_NUMBER, NEAR_NUMBER = 4.0, 2.5
WORTH = {"same": 1.0, "sounds": 0.95, "short": 0.85, "alike": 0.75, "initial": 0.3}
SIGN = {
    "same": "name_same",
    "sounds": "name_sounds",
    "short": "name_short",
    "alike": "name_alike",
    "initial": "name_initial",
}
BY_ANOTHER, LEFT_OUT = (
    0.95,
    0.9,
)  # what a match loses where it is another name, or has words too many or too few

WRITE_ONE = _("Write a name, a telephone or a document number.")
NO_NAME = _("Write at least one word of a name, of two letters.")
NO_PHONE = _("Write at least seven figures of the telephone.")
NO_DOCUMENT = _("Write the whole number: at least five signs, one of them a figure.")
TOO_LONG = _("Write no more than 200 letters.")
NO_REASON = _("Choose why you open it.")


class Step(Protocol):
    """What a job gives to whom it runs."""

    work: Work

    @property
    def arguments(self) -> dict[str, Any]: ...
    @property
    def input(self) -> Any: ...
    def chunk(self, done: int, total: int) -> None: ...


@dataclass(frozen=True)
class Sought:
    """What is looked for, ready to be compared."""

    words: tuple[str, ...] = field(default=(), repr=False)
    phones: frozenset[str] = field(default=frozenset(), repr=False)
    documents: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, order=True)
class Hit:
    """Somebody who may be meant, and why. Of whoever stands in a report that waits, which one."""

    score: float
    id: UUID
    report: UUID | None = field(compare=False)
    signs: tuple[str, ...] = field(compare=False)


# -- asking


def check(work: Work, typed: Mapping[str, str], reason: str) -> None:
    """Refuse whoever may not open names in bulk, and what is no search or has no reason."""
    work.actor.must(Permission.IDENTITY_OPEN)
    work.actor.must(Permission.REPORT_TAKE_IN)
    work.must_be_fresh()
    ready = sought(typed)
    given = {name: typed.get(name, "").strip() for name in FIELDS}
    wrong = {name: [TOO_LONG] for name, text in given.items() if len(text) > LONGEST}
    if given["name"] and max(map(len, ready.words), default=0) < 2:
        wrong["name"] = [NO_NAME]
    if given["phone"] and not ready.phones:
        wrong["phone"] = [NO_PHONE]
    if given["document"] and not ready.documents:
        wrong["document"] = [NO_DOCUMENT]
    if not any(given.values()):
        wrong["name"] = [WRITE_ONE]
    if reason not in REASONS:
        wrong["reason"] = [NO_REASON]
    if wrong:
        raise InvalidInput(wrong)


def sought(typed: Mapping[str, str]) -> Sought:
    """What was typed, ready to be compared."""
    return Sought(
        names.words(typed.get("name", "")),
        readings(typed.get("phone", "")),
        documents(typed.get("document", "")),
    )


# -- the job


def run(step: Step) -> dict[str, Any]:
    """The job: `input` holds what was typed. It writes nothing, so it may begin again at any time."""
    step.work.actor.must(Permission.IDENTITY_OPEN)
    wanted = sought(step.input)
    total = _count(step.work)
    step.work.note(OPENED, count=total, why=step.arguments["reason"])
    hits: list[Hit] = []
    looked = left_out = 0
    for opened in _everybody(step):
        for id, report, identity in opened:
            if identity is None:
                left_out += 1
            elif match := compare(wanted, identity):
                hits.append(Hit(match[0], id, report, match[1]))
        looked += len(opened)
        step.chunk(looked, max(total, looked))
    return {**_result(step.work, hits), "looked": looked, "left_out": left_out}


def _result(work: Work, hits: Sequence[Hit]) -> dict[str, Any]:
    """The likeliest who are seen, each once; and whether there are more."""
    found: dict[UUID, dict[str, Any]] = {}
    best = nlargest(4 * MOST_FOUND, hits)
    for hit in best:
        person = hit.id if hit.report else record.kept(work, hit.id, Arrangement.SAME_PERSON)
        if person in found or not (hit.report or _is_seen(work, person)):
            continue
        report = str(hit.report) if hit.report else None
        found[person] = {"person": str(person), "report": report, "signs": list(hit.signs)}
        if len(found) == MOST_FOUND:
            break
    return {"hits": list(found.values()), "more": len(found) == MOST_FOUND or len(best) < len(hits)}


def _is_seen(work: Work, id: UUID) -> bool:
    try:
        record.person(work, id)
    except NotFound:
        return False
    return True


# -- everybody


_OF_A_PERSON = ReportPart.person_id.is_not(None)


def _count(work: Work) -> int:
    return (work.db.scalar(select(func.count(Person.id))) or 0) + told.count(work, _OF_A_PERSON)


Opened = tuple[
    UUID, UUID | None, Mapping[str, Any] | None
]  # a person, the report where it waits, the identity


def _everybody(step: Step) -> Iterator[list[Opened]]:
    """All who are known, then all who stand in a report that waits, a chunk of them at a time."""
    columns = (Person.id, *(getattr(Person, name) for name in COLUMNS))
    for rows in _chunks(step, select(*columns), Person.id):
        seen = step.work.vault.scan(Person, COLUMNS, rows)
        yield [(row[0], None, _readable(values)) for row, values in zip(rows, seen, strict=True)]
    step.work.actor.must(Permission.REPORT_TAKE_IN)
    parts = (ReportPart.id, ReportPart.content, ReportPart.person_id, ReportPart.report_id)
    for rows in _chunks(step, told.waiting(*parts).where(_OF_A_PERSON), ReportPart.id):
        opened = step.work.vault.scan(ReportPart, ("content",), [row[:2] for row in rows])
        yield [(row[2], row[3], _identity(part[0])) for row, part in zip(rows, opened, strict=True)]


def _chunks(step: Step, query: Any, key: Any) -> Iterator[list[Any]]:
    last = UUID(int=0)
    while rows := list(step.work.db.execute(query.where(key > last).order_by(key).limit(CHUNK))):
        last = rows[-1][0]
        yield rows


def _readable(values: Sequence[Any]) -> Mapping[str, Any] | None:
    """None where nothing of it opens: erased, altered."""
    if not any(value is None or isinstance(value, str) for value in values):
        return None
    return dict(zip(COLUMNS, values, strict=True))


def _identity(content: Any) -> Mapping[str, Any] | None:
    return content["person"].get("identity") or {} if isinstance(content, dict) else None


# -- compared


def compare(wanted: Sought, identity: Mapping[str, Any]) -> tuple[float, tuple[str, ...]] | None:
    """How well somebody fits what is looked for, and by which signs; None: not at all."""
    found = [*_numbers(wanted, identity), *([named] if (named := _named(wanted.words, identity)) else [])]
    if not found:
        return None
    return sum(worth for worth, _sign in found), tuple(sign for _worth, sign in found)


def _numbers(wanted: Sought, identity: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    kinds = (
        ("phone", wanted.phones, lambda: readings(_text(identity, "phone"))),
        ("document", wanted.documents, lambda: documents(_text(identity, "documents"))),
    )
    for kind, asked, there in kinds:
        if asked and (known := there()):
            if not set(asked).isdisjoint(known):
                yield SAME_NUMBER, f"{kind}_same"
            elif any(_near(one, other) for one in asked for other in known):
                yield NEAR_NUMBER, f"{kind}_near"


def _near(one: str, other: str) -> bool:
    """One figure off, or two that changed places."""
    return min(len(one), len(other)) >= NEAR and OSA.distance(one, other, score_cutoff=1) <= 1


def _named(wanted: Sequence[str], identity: Mapping[str, Any]) -> tuple[float, str] | None:
    """The best of the name and the other names."""
    if not wanted:
        return None
    own = _alike(wanted, names.words(_text(identity, "name")))
    others = [_alike(wanted, names.words(each)) for each in between(_text(identity, "other_names"))]
    other = max((each for each in others if each), default=None)
    if other and (own is None or other[0] * BY_ANOTHER > own[0]):
        return other[0] * BY_ANOTHER, "other_name"
    return own


def _alike(wanted: Sequence[str], there: Sequence[str]) -> tuple[float, str] | None:
    """Every word that is asked for is there; or all that is there was asked for; or most of both, two at least."""
    hows = _matched(wanted, there)
    strong = [how for how in hows if how != "initial"]
    if not strong:
        return None
    worth = 2 * sum(WORTH[how] for how in hows) / len(wanted)
    if len(hows) == len(wanted) or len(hows) == len(there) >= 2:
        worst = min(hows, key=WORTH.__getitem__)
        even = len(wanted) == len(there)
        sign = SIGN[worst] if even or worst != "same" else "name_shorter"
        return worth if even else worth * LEFT_OUT, sign
    if len(strong) >= 2 and 3 * len(strong) >= 2 * min(len(wanted), len(there)):
        return worth * LEFT_OUT, "name_partly"
    return None


def _matched(wanted: Sequence[str], there: Sequence[str]) -> list[str]:
    """How each word that finds its like does: the likest first, no word twice."""
    pairs = []
    for one in wanted:
        for other in there:
            how = "same" if one == other else names.alike(one, other)
            if how:
                pairs.append((WORTH[how], one, other, how))
    used: set[tuple[int, str]] = set()
    hows = []
    for _worth, one, other, how in sorted(pairs, reverse=True):
        if not used & {(0, one), (1, other)}:
            used |= {(0, one), (1, other)}
            hows.append(how)
    return hows


def _text(identity: Mapping[str, Any], name: str) -> str:
    value = identity.get(name)
    return value if isinstance(value, str) else ""
