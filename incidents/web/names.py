"""Names on the pages of a report that waits: closed at each look, opened for a reason, carried as they were told."""

from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents.intake import closed
from incidents.intake.report import Told
from incidents.web import forms
from incidents.web.blocks import Form
from incidents.web.frame import work
from incidents.work import Permission

OPEN, CLOSE = "open_names", "close_names"
TYPED_NAMES = (*closed.HELD, "consent.names")  # where they stand in a form
TYPED = "names_typed"  # in a form: its names were opened, and count as they are typed


def shut(document: dict[str, Any]) -> dict[str, Any]:
    """A report for reading; each of whom something is closed says so."""
    held = closed.held({"persons": [each for each in document["persons"] if isinstance(each, dict)]})
    people = [
        {**closed.shut({"persons": [each]})["persons"][0], "closed": each["key"] in held}
        if isinstance(each, dict)
        else each
        for each in document["persons"]
    ]
    return {**document, "persons": people}


def context(told: Told, typed: Form, *, shown: bool) -> dict[str, Any]:
    """Of whom something is closed, whether it is shown now, whether this member may open it here, or why only later."""
    return {
        "closed": [] if typed.get(TYPED) else list(closed.held(told.document)),
        "any": bool(closed.held(told.document)),
        "shown": shown,
        "may": work().actor.may(Permission.IDENTITY_OPEN) and not work().house.second_yes,
        "later": closed.AfterTakeIn().said(_) if work().house.second_yes else "",
    }


def carried(told: Told, typed: Form, keys: set[str]) -> dict[str, Any]:
    """The document as coded; what the page does not show, and what is closed on it, as it was told."""
    coded = forms.load(typed, keys)
    if not typed.get(TYPED):
        coded = closed.put_back(told.document, coded)
    return forms.carried(told.document, coded)


def typed_open(told: Told, typed: Form) -> Form:
    """What was typed, with the names as they were told beside it."""
    made: Form = MultiDict(typed)
    made[TYPED] = "yes"
    people = {person["key"]: person for person in told.document.get("persons", [])}
    for at, key in _people(typed):
        known = {name: people[key][name] for name in closed.HELD if people.get(key, {}).get(name)}
        if there := closed.beside_consent(people.get(key, {})):
            known["consent"] = {"names": there}
        for name, value in forms.typed_from({"persons": [known]}).items(multi=True):
            if name.startswith(tuple(f"persons.0.{each}." for each in TYPED_NAMES)):
                made[f"{at}.{name.removeprefix('persons.0.')}"] = value
    return made


def typed_shut(told: Told, typed: Form) -> Form:
    """What was typed, without the names that were told."""
    known = closed.held(told.document)
    gone = tuple(f"{at}.{name}." for at, key in _people(typed) if key in known for name in TYPED_NAMES)
    kept = [(name, value) for name, value in typed.items(multi=True) if name != TYPED]
    return MultiDict([(name, value) for name, value in kept if not (gone and name.startswith(gone))])


def corrected(told: Told, typed: Form) -> bool:
    """Whether names that were opened were typed over."""
    if not typed.get(TYPED):
        return False
    before = typed_open(told, typed_shut(told, typed))
    known = {name for name, _value in before.items() if any(f".{each}." in name for each in TYPED_NAMES)}
    return any(typed.get(name, "") != before.get(name, "") for name in known)


def _people(typed: Form) -> list[tuple[str, str]]:
    """Where each person stands in the form, and their key."""
    return [
        (name.removesuffix(".key"), value)
        for name, value in typed.items()
        if name.startswith("persons.") and name.endswith(".key") and name.count(".") == 2
    ]
