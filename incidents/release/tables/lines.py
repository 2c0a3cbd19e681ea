"""The lines that all tables of an edition are counted from: what may be counted, and how much stayed out and why."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.consent import Permit
from incidents.errors import Problem, _
from incidents.model.report import ReportLink, ReportPart
from incidents.release import gather
from incidents.release.gather import Gathered, Judged
from incidents.release.opening import Opened
from incidents.release.policy import Policy
from incidents.release.rows import Rows
from incidents.release.tables import facts
from incidents.work import Permission, Work

AT_ONCE = 500  # ids in one question
# From what keeps an incident out whatever else is so to what it nearly passed; between them, somebody's no.
FIRST, LAST = ("withdrawn", "duplicate", "not_verified"), ("filtered",)


class NotForTables(Problem):
    """A policy for rows or narratives."""

    status = 422
    code = "policy-not-for-tables"
    sentence = _("The policy %(policy)s is not one for tables. Choose one whose product is “tables”.")


@dataclass(frozen=True)
class Lines:
    """What is counted. A line: one act and one person harmed by it, or nobody, as `gather` yields it, and more.

    `aside`: lines that nothing but the decision about their act keeps out; none, where that is not of the day of the
    data. `sizes`: of a group, how many in it are
    nobody named; none: not known. `families`: of a person, their family. `reports`: of an incident, those that tell of
    it and go. `considered` = incidents released + the sum of `excluded`, by the reason of what came nearest.
    """

    counted: Rows = field(repr=False)
    aside: Rows | None = field(repr=False)
    sizes: Mapping[str, int | None] = field(repr=False)
    families: Mapping[str, str] = field(repr=False)
    reports: Mapping[str, tuple[str, ...]] = field(repr=False)
    considered: int
    released: int
    excluded: Mapping[str, int]
    filters: Mapping[str, Any]
    data_date: str
    gathered: Gathered = field(repr=False)  # the same lines as rows, with whom each rests on
    at_least: bool  # somebody of a counted incident is not counted, or a group's size is not known
    fates: Mapping[str, int] = field(
        default_factory=dict
    )  # of the incidents of `aside`: the reason, "" if counted


class _Walk:
    """What was met on the way."""

    def __init__(self) -> None:
        self.counted, self.aside = Rows(), Rows()
        self.sizes: dict[str, int | None] = {}
        self.families = _Families()
        self.reasons: dict[UUID, str | None] = {}  # incident → of what came nearest; none: it is counted
        self.waiting: set[UUID] = set()  # incidents of which a line is aside
        self.left: set[UUID] = set()  # incidents of which somebody is not counted
        self.reports: dict[str, set[str]] = defaultdict(set)  # incident → those that tell of it and go
        self.judged: list[
            tuple[UUID | None, Sequence[Permit], frozenset[UUID], UUID]
        ] = []  # of each line counted

    def met(self, policy: Policy, one: Judged) -> None:
        """One more pair."""
        incident = one.joined.incident(one.act.incident_id)
        known = self.reasons.get(incident, "")
        self.reasons[incident] = one.reason if known == "" else _nearest(known, one.reason)
        if one.reason is None:
            self.counted.append(facts.line(policy, one))
            permits = [permit for permit in one.permits if isinstance(permit, Permit)]
            self.judged.append((one.person, permits, one.leans, one.act.id))
        elif one.aside:
            self.aside.append(facts.line(policy, one))
            self.waiting.add(incident)
        elif one.person is not None and one.reason not in {*FIRST[1:], *LAST}:
            self.left.add(incident)


def told(
    work: Work,
    policy: Policy,
    filters: Mapping[str, Any],
    then: Callable[[Judged], bool] | None = None,
) -> Lines:
    """Everything that this policy lets be counted, as consent stands today. Refuses on a broken trail.

    `then`: whether a line is looked at, where not all are; then what is decided today keeps nothing aside.
    """
    work.actor.must_any(frozenset({Permission.RELEASE_PREPARE, Permission.RELEASE_SIGN}))
    if policy.product != "tables":
        raise NotForTables(policy=policy.name)
    work.must_be_whole()
    walk = _Walk()
    judged = (one for one in gather.judged(work, policy, filters) if not policy.published or _published(one))
    looked_at = (one for one in judged if then is None or then(one))
    for opened, found in _by_opening(looked_at):
        _of_people(work, opened, found, walk)
        for one in found:
            walk.met(policy, one)
        _of_reports(work, found, walk)
    whole = _lines(work, walk, filters)
    return whole if then is None else replace(whole, aside=None)


def _published(one: Judged) -> bool:
    """Whether it came in with an import, nobody told us of it, and what it may rest on is that it was published."""
    incident, _facts = one.opened.incidents[one.act.incident_id]
    own = any(
        isinstance(each, Permit) and not (each.kind == "basis" and each.restricted) for each in one.permits
    )
    return incident.batch_id is not None and not one.word.everyone and not own


def _lines(work: Work, walk: _Walk, filters: Mapping[str, Any]) -> Lines:
    excluded: dict[str, int] = defaultdict(int)
    for reason in walk.reasons.values():
        if reason is not None:
            excluded[reason] += 1
    counted = {id for id, reason in walk.reasons.items() if reason is None}
    unknown = any(walk.sizes.get(id, 1) is None for row in walk.counted for id in row["persons"])
    return Lines(
        walk.counted,
        walk.aside,
        walk.sizes,
        walk.families.named(),
        {incident: tuple(sorted(reports)) for incident, reports in walk.reports.items()},
        len(walk.reasons),
        len(counted),
        dict(sorted(excluded.items())),
        filters,
        work.today.isoformat(),
        _gathered(work, walk, len(walk.reasons), dict(sorted(excluded.items()))),
        unknown or not counted.isdisjoint(walk.left),
        Counter(walk.reasons[incident] or "" for incident in walk.waiting),
    )


def _gathered(work: Work, walk: _Walk, considered: int, excluded: dict[str, int]) -> Gathered:
    people, permits, leans, acts = zip(*walk.judged, strict=True) if walk.judged else ((), (), (), ())
    return Gathered(walk.counted, people, permits, considered, excluded, work.today.isoformat(), leans, acts)


def _nearest(one: str | None, other: str | None) -> str | None:
    """Of two reasons, that of what came nearer to being counted."""
    if one is None or other is None:
        return None
    return max(one, other, key=lambda reason: (_rank(reason), reason))


def _rank(reason: str) -> int:
    if reason in FIRST:
        return FIRST.index(reason)
    return len(FIRST) + (reason in LAST)


def _by_opening(judged: Iterable[Judged]) -> Iterator[tuple[Opened, list[Judged]]]:
    """What was opened together, together."""
    found: list[Judged] = []
    for one in judged:
        if found and found[0].opened is not one.opened:
            yield found[0].opened, found
            found = []
        found.append(one)
    if found:
        yield found[0].opened, found


# -- groups and families


def _of_people(work: Work, opened: Opened, found: list[Judged], walk: _Walk) -> None:
    joined = found[0].joined
    for id, size in facts.group_sizes(opened, joined).items():
        walk.sizes[joined.person(id).hex] = _larger(walk.sizes.get(joined.person(id).hex), size)
    of_family = {id for id, (_row, who) in opened.people.items() if who.get("family")}
    told_in = _told_in(work, of_family)
    for one in found:
        if one.person is not None and one.person in of_family:
            otherwise = one.act.report_id or one.act.incident_id
            names = facts.family_of(opened.people[one.person][1], told_in.get(one.person, []), otherwise)
            walk.families.add(joined.person(one.person).hex, names)


def _larger(one: int | None, other: int | None) -> int | None:
    known = [size for size in (one, other) if size is not None]
    return max(known) if known else None


def _told_in(work: Work, people: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The reports that tell of these."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    wanted = sorted(people)
    for start in range(0, len(wanted), AT_ONCE):
        some = ReportPart.person_id.in_(wanted[start : start + AT_ONCE])
        parts = select(ReportPart.person_id, ReportPart.report_id).where(some).order_by(ReportPart.report_id)
        for person, report in work.db.execute(parts):
            if person is not None:
                found[person].append(report)
    return found


class _Families:
    """Family units by name; one person in two makes them one."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}
        self._of: dict[str, str] = {}

    def add(self, person: str, names: Iterable[str]) -> None:
        """One person who is of these."""
        for name in names:
            one, other = self._top(self._of.setdefault(person, name)), self._top(name)
            self._above[max(one, other)] = min(one, other)

    def named(self) -> dict[str, str]:
        """Of each person, one name of their family."""
        return {person: self._top(name) for person, name in self._of.items()}

    def _top(self, name: str) -> str:
        while self._above.setdefault(name, name) != name:
            name = self._above[name]
        return name


# -- reports


def _of_reports(work: Work, found: list[Judged], walk: _Walk) -> None:
    joined = found[0].joined
    words = {one.act.incident_id: one.word for one in found}
    wanted = sorted(words)
    for start in range(0, len(wanted), AT_ONCE):
        here = ReportLink.incident_id.in_(wanted[start : start + AT_ONCE])
        links = select(ReportLink.incident_id, ReportLink.report_id).where(
            here, ReportLink.undone_on.is_(None)
        )
        for incident, report in work.db.execute(links):
            if words[incident].goes(report):
                walk.reports[joined.incident(incident).hex].add(report.hex)
