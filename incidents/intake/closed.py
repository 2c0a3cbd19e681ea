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
        if any(person.get(name) for name in HELD)
    }


def shut(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without any of it."""
    people = [
        {name: value for name, value in person.items() if name not in HELD}
        for person in document.get("persons", [])
    ]
    return {**document, **({"persons": people} if "persons" in document else {})}


def put_back(told: Mapping[str, Any], coded: dict[str, Any]) -> dict[str, Any]:
    """What was coded while it was closed, with it as it was told."""
    known = held(told)
    people = [{**known.get(person["key"], {}), **person} for person in coded.get("persons", [])]
    return {**coded, **({"persons": people} if "persons" in coded else {})}


def open_names(work: Work, told: Told, why: str) -> None:
    """All names of one report, for one look. Noted with the reason before anything is shown."""
    work.actor.must(Permission.IDENTITY_OPEN)
    if work.house.second_yes:
        raise AfterTakeIn
    if why not in search.REASONS:
        raise InvalidInput({"names_why": [WHY]})
    work.note("report.names-opened", told.report, why=why, count=len(held(told.document)))
