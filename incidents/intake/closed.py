"""Names in a report that waits: closed until somebody says why, as they are on the page of a person."""

from collections.abc import Mapping
from typing import Any

from incidents import search
from incidents.errors import InvalidInput, Problem, _
from incidents.intake.report import Told
from incidents.work import Permission, Work

HELD = ("identity", "safe_contact")  # what of a person in a document is a name or leads to them
WHY = _("Choose why you open it.")


class AfterTakeIn(Problem):
    """A second yes stands for a person, and whoever is told of becomes one when the report is taken in."""

    status = 409
    code = "names-after-take-in"
    sentence = _(
        "Here a second person says yes before a name is opened. Take the report in first, and open the name on the "
        "page of the person; what is closed goes along as it was told."
    )


def held(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By the key of each person: what is closed of them, where anything is."""
    return {
        person["key"]: {name: person[name] for name in HELD if person.get(name)}
        for person in document.get("persons", [])
        if any(person.get(name) for name in HELD) or beside_consent(person)
    }


def beside_consent(person: Mapping[str, Any]) -> dict[str, Any]:
    """Who was there as it was decided: a guardian, a witness, whoever asked."""
    return dict((person.get("consent") or {}).get("names") or {})


def shut(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without any of it."""
    people = [
        {name: _without_names(name, value) for name, value in person.items() if name not in HELD}
        for person in document.get("persons", [])
    ]
    return {**document, **({"persons": people} if "persons" in document else {})}


def _without_names(name: str, value: Any) -> Any:
    if name != "consent" or not isinstance(value, Mapping):
        return value
    return {inner: said for inner, said in value.items() if inner != "names"}


def put_back(told: Mapping[str, Any], coded: dict[str, Any]) -> dict[str, Any]:
    """What was coded while it was closed, with it as it was told."""
    known = held(told)
    there = {person["key"]: beside_consent(person) for person in told.get("persons", [])}
    people = [
        _with_names({**known.get(person["key"], {}), **person}, there.get(person["key"]))
        for person in coded.get("persons", [])
    ]
    return {**coded, **({"persons": people} if "persons" in coded else {})}


def _with_names(person: dict[str, Any], names: Mapping[str, Any] | None) -> dict[str, Any]:
    if not names or not person.get("consent") or beside_consent(person):
        return person
    return {**person, "consent": {**person["consent"], "names": dict(names)}}


def open_names(work: Work, told: Told, why: str) -> None:
    """All names of one report, for one look. Noted with the reason before anything is shown."""
    work.actor.must(Permission.IDENTITY_OPEN)
    if work.house.second_yes:
        raise AfterTakeIn
    if why not in search.REASONS:
        raise InvalidInput({"names_why": [WHY]})
    work.note("report.names-opened", told.report, why=why, count=len(held(told.document)))
