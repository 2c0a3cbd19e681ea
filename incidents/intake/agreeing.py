"""What people decide in a newer version of their report: less is obeyed at once, more waits for a person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from incidents import consent
from incidents.intake.report import Told
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import Work

NOT_ASKED = "not_asked"
# What permits nothing by itself.
LIKEWISE = frozenset(
    {"decisions", "explained", "interpreter", "language", "legal_basis", "method", "names", "notice"}
    | {"on", "restricted"}
)
WHO_DECIDES = ("given_by", "relation", "kin", "guardian_doer", "capacity", "for_search", "language", "method")
GROWN = 18
ALONE = frozenset({"UAC", "SEP"})  # of a population: children
AGES = ("age", "age_band", "population")
Entry = Mapping[str, Any]


def _pairs(before: Told, told: Told) -> Iterator[tuple[Entry, Entry]]:
    """Each person who is in both versions, as they were told of and as they are."""
    old = {before.person_ids[entry["key"]]: entry for entry in before.document["persons"]}
    for entry in told.document["persons"]:
        known = old.get(told.person_ids[entry["key"]])
        if known is not None:
            yield known, entry


def _decisions(entry: Entry) -> dict[str, str]:
    return dict((entry.get("consent") or {}).get("decisions") or {})


def _given(entry: Entry) -> set[str]:
    return {purpose for purpose, said in _decisions(entry).items() if said == consent.GIVEN}


# -- more


def wider(before: Told, told: Told) -> bool:
    """Whether somebody would agree to more than they did, also by being counted as grown up now."""
    return any(_more(old, new) for old, new in _pairs(before, told))


def _more(old: Entry, new: Entry) -> bool:
    given = _given(new)
    if not given:
        return False
    was, now = old.get("consent") or {}, new.get("consent") or {}
    names = (was.keys() | now.keys()) - LIKEWISE
    otherwise = any(was.get(name) != now.get(name) for name in names)
    named = bool(now.get("restricted")) and not was.get("restricted")
    return bool(given - _given(old)) or otherwise or named or _older(old, new)


def _older(old: Entry, new: Entry) -> bool:
    """What a child agreed to alone is not agreed to: so nobody stops being one without a look."""
    was, now = old.get("facts") or {}, new.get("facts") or {}
    age = was.get("age")
    maybe = age is None and (was.get("age_band") or ALONE & set(was.get("population") or ()))
    young = maybe or (age is not None and age < GROWN)
    return bool(young) and any(was.get(name) != now.get(name) for name in AGES)


# -- less


def narrow(work: Work, before: Told, told: Told) -> int:
    """Enter what people agree to no more, as of today: a date on an older paper does not bring it back. How many."""
    less = {told.person_ids[new["key"]]: _less(old, new) for old, new in _pairs(before, told)}
    wanted = {id: said for id, said in less.items() if said is not None}
    people = list(work.db.scalars(select(Person).where(Person.id.in_(wanted)).order_by(Person.id)))
    for person in people:
        _enter(work, person, wanted[person.id], told)
    return len(people)


def _less(old: Entry, new: Entry) -> dict[str, Any] | None:
    """The decisions that are no yes any more; None: nothing of the kind."""
    said = _decisions(new)
    no = {purpose for purpose, answer in said.items() if answer == consent.REFUSED}
    gone = {
        purpose: consent.REFUSED if purpose in no else NOT_ASKED
        for purpose in sorted(_given(old) - _given(new))
    }
    gone |= {
        purpose: answer
        for purpose, answer in said.items()
        if answer == consent.REFUSED and _decisions(old).get(purpose) != answer
    }
    was, now = old.get("consent") or {}, new.get("consent") or {}
    if was.get("restricted") and not now.get("restricted"):
        gone = dict.fromkeys(sorted(_given(old) & _given(new)), consent.GIVEN) | gone
    if not gone:
        return None
    keeps = {name: was[name] for name in WHO_DECIDES if was.get(name)}
    return {**keeps, "decisions": gone}


def _enter(work: Work, person: Person, given: dict[str, Any], told: Told) -> None:
    """What is said again as given is so only where it still holds: somebody may have ended it here."""
    said_again = [purpose for purpose, said in given["decisions"].items() if said == consent.GIVEN]
    permits = {purpose: consent.permits(work, person, Purpose(purpose)) for purpose in said_again}
    decisions = {
        purpose: said
        for purpose, said in given["decisions"].items()
        if said != consent.GIVEN or isinstance(permits[purpose], consent.Permit)
    }
    if decisions:
        terms = {p: _as_before(permit) for p, permit in permits.items() if isinstance(permit, consent.Permit)}
        said = {**given, "decisions": decisions, "terms": terms, "on": work.today.isoformat()}
        consent.record(work, person, said, entered_by=told.report.recorded_by, event="changed")


def _as_before(permit: consent.Permit) -> dict[str, Any]:
    """No wider than it was, and no longer; restricted acts are named no more."""
    return {
        "parts": list(permit.parts),
        "no_place": permit.no_place,
        "no_date": permit.no_date,
        "recipients": list(permit.recipients),
        "until": permit.until.isoformat() if permit.until else None,
    }


def only_less(old: Entry, new: Entry) -> bool:
    """Whether what was entered by `narrow` is all that there is to enter."""
    was, now = old.get("consent") or {}, new.get("consent") or {}
    said = {"decisions", "on", "restricted"}
    same = all(was.get(name) == now.get(name) for name in (was.keys() | now.keys()) - said)
    return same and not _more(old, new)


def refuse(work: Work, told: Told, keys: Sequence[str]) -> int:
    """These do not want to be kept any more, as their row says: they are used for nothing from now on. How many."""
    ids = [told.person_ids[key] for key in keys if key in told.person_ids]
    people = list(work.db.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)))
    answers = consent.permits_all(work, people, Purpose.RECORD)
    stopped = {consent.Refusal(consent.REFUSED), consent.Refusal(consent.WITHDRAWN)}
    found = [person for person in people if answers[person.id] not in stopped]
    for person in found:
        _enter(work, person, {"decisions": {Purpose.RECORD.value: consent.REFUSED}}, told)
    return len(found)
