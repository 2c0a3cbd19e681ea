"""What tables count by and no row file holds: doers, exposure, authorities, captivity, groups by their size."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from incidents.consent import Permit
from incidents.model.moment import Moment
from incidents.model.people import Person
from incidents.model.vocabulary import PersonKind, codes
from incidents.release import hierarchy
from incidents.release.gather import Judged
from incidents.release.opening import Joined, Opened
from incidents.release.policy import Policy

KIDNAPPING = "KIDNAPPING"  # the group of acts that T6 speaks of
DECLINED = "DEC"
OF_THE_PERSON = ("gender", "age", "age_band", "nationality")
PUBLISHED = frozenset({"PRE", "SOC", "SET"})  # source types: what somebody else published
INVOLVED, SUSPECTED, NOT_INVOLVED = "yes", "suspected", "no"
BY_GRAVITY = (INVOLVED, SUSPECTED, NOT_INVOLVED)
HIDDEN = hierarchy.NOT_SHOWN


def line(policy: Policy, one: Judged) -> dict[str, Any]:
    """A row of the release, and beside it what only tables count by. An incident's facts go where all of it goes."""
    row = dict(one.row)
    incident = one.opened.incidents[one.act.incident_id][1] if one.word.whole() else {}
    if _number_only(one.permits):
        row |= dict.fromkeys(OF_THE_PERSON)
    row |= _of_doers(one) | _of_incident(incident) | _of_act(one.facts)
    row["population"] = _population(policy, one)
    row["told_apart"] = one.alone
    return row


# -- of the person


def _number_only(permits: Iterable[Any]) -> bool:
    """Counted by a teller's word and a recorded basis: a number, and nothing else of the person."""
    return any(
        isinstance(permit, Permit) and permit.kind == "basis" and not permit.restricted for permit in permits
    )


def _population(policy: Policy, one: Judged) -> list[str]:
    """The groups of people that somebody belongs to; one that no consent names is not shown, and that is said."""
    if one.person is None or _number_only(one.permits):
        return []
    known = codes("population")
    said = [code for code in one.opened.people[one.person][1].get("population") or () if code in known]
    named = all(isinstance(permit, Permit) and permit.restricted for permit in one.permits)
    if named or not policy.protection:
        return sorted({*said})
    return sorted({HIDDEN if known[code].restricted else code for code in said})


# -- of those who did it, and of the incident


def _of_doers(one: Judged) -> dict[str, Any]:
    """Kinds of alleged doers, whether the State had part in it, kinds of sources: each as far as its report goes."""
    under = one.joined.incident(one.act.incident_id)
    doers = [f for row, f in one.opened.perpetrators.get(under, ()) if one.word.goes(row.report_id)]
    sources = [f for row, f in one.opened.sources.get(under, ()) if one.word.goes(row.report_id)]
    types = sorted({facts["type"] for facts in sources if facts.get("type")})
    collusion = {facts.get("collusion") for facts in doers}
    return {
        "doers": sorted({facts["type"] for facts in doers if facts.get("type")}),
        "collusion": next((code for code in BY_GRAVITY if code in collusion), _no_answer(collusion)),
        "source_types": types,
        "published": "yes" if PUBLISHED & {*types} else None,
    }


def _no_answer(given: Iterable[Any]) -> Any:
    return min((code for code in given if code), default=None)


def _of_incident(about: Mapping[str, Any]) -> dict[str, Any]:
    interview = about.get("interview") or {}
    back = (about.get("mpp") or {}).get("hearing_missed")
    return {
        "exposure": about.get("exposure"),
        "authorities": sorted({*(about.get("authorities") or ())}),
        "response": about.get("response"),
        "hearing_missed": about.get("hearing_missed") or back,
        "not_reported": sorted({*(about.get("not_reported") or ())}),
        "told_others": "yes" if interview.get("told_whom") else interview.get("told_before"),
    }


# -- of the act


def _of_act(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Of a kidnapping: days held, ransom in dollars; `DEC` where somebody did not want to say, None if not known."""
    said = facts.get("kidnapping") or {}
    if hierarchy.group_of("act", facts.get("type") or "") != KIDNAPPING:
        said = {}
    refused = DECLINED if said.get("channel") == DECLINED else None
    return {
        "days_held": _days(said.get("since"), said.get("until")),
        "ransom_asked": _dollars(said, "asked") or refused,
        "ransom_paid": _dollars(said, "paid") or refused,
    }


def _days(since: Any, until: Any) -> int | str | None:
    """Whole days between capture and release, where both days are known."""
    ends = [Moment.from_json(each) for each in (since, until) if each]
    if any(each.precision == DECLINED for each in ends):
        return DECLINED
    days = [day for each in ends if (day := _day(each)) is not None]
    if len(days) < len((since, until)) or days[1] < days[0]:
        return None
    return (days[1] - days[0]).days


def _day(moment: Moment) -> date | None:
    return moment.earliest if moment.precision == "DAY" else None


def _dollars(said: Mapping[str, Any], what: str) -> str | None:
    """An amount told in dollars; the one beside another currency is of what was paid, else of what was asked."""
    amount = said.get(what)
    if amount is None:
        return None
    if said.get("currency") == "USD":
        return str(amount)
    converted = what == "paid" or said.get("paid") is None
    if converted and said.get("usd") is not None:
        return str(said["usd"])
    return str(amount) if Decimal(amount) == 0 else None


# -- groups


def group_sizes(opened: Opened, joined: Joined) -> dict[UUID, int | None]:
    """How many of each group are nobody named beside it: its size, less those of it who are recorded by themselves.

    Whoever is recorded beside a group in an act is one of it, counted or not; of several, of the first with room.
    """
    beside: dict[UUID, set[UUID]] = defaultdict(set)
    for harmed in opened.harmed.values():
        named = {joined.person(id) for id in harmed if not _is_group(opened.people[id][0])}
        for id in harmed:
            if _is_group(opened.people[id][0]):
                beside[id] |= named
    placed: set[UUID] = set()
    return {id: _rest(opened.people[id][1], beside[id], placed) for id in sorted(beside)}


def _is_group(person: Person) -> bool:
    return person.kind == PersonKind.GROUP


def _rest(who: Mapping[str, Any], named: set[UUID], placed: set[UUID]) -> int | None:
    size = size_of(who)
    inside = sorted(named - placed)[: size or 0]
    placed |= {*inside}
    return None if size is None else size - len(inside)


def size_of(who: Mapping[str, Any]) -> int | None:
    """The best number of a group, else its least; of one whose size nobody told, none: not one, and not zero."""
    told = who.get("group_size") or {}
    size = next((told[name] for name in ("best", "min") if told.get(name) is not None), None)
    return None if size is None else int(size)


def family_of(who: Mapping[str, Any], reports: Sequence[UUID], otherwise: UUID) -> list[str]:
    """The family units of a record: the same word in the same report is the same one."""
    word = who.get("family")
    return [f"{report.hex} {word}" for report in reports or [otherwise]] if word else []
