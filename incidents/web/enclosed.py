"""Evidence that may go into a package, as its page shows it: piece by piece, with what speaks for and against."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from incidents import evidence, search, sharing
from incidents.errors import InvalidInput
from incidents.sharing import Choice, Offer
from incidents.web import exhibits
from incidents.web.frame import work
from incidents.web.records import as_id
from incidents.work import Unreadable

BARE = "bare."  # with the id of a piece: what somebody looked for in it and did not find
OFFERED = "offered"  # in the form: the evidence was looked at before
NOT_SHOWN = {"place": _l("I looked: it does not show where."), "date": _l("I looked: it does not show when.")}
# What a person who chooses can answer; all else has to be changed at the piece, or asked of people.
ANSWERABLE = frozenset(f"shows-{what}" for what in evidence.SHOWS)


def chosen() -> dict[UUID, tuple[str, ...]]:
    """The pieces that the form chose, with what was said of each."""
    form = request.form
    known = {*evidence.SHOWS}
    return {
        as_id(id): tuple(sorted(known & {*form.getlist(f"{BARE}{id}")}))
        for id in dict.fromkeys(form.getlist("evidence"))
    }


def offered(choice: Choice) -> list[dict[str, Any]]:
    """Of each chosen incident its evidence; an InvalidInput names what has to be said before it can be weighed."""
    sharing.check_whom(choice)
    return [
        {
            "url": url_for("incident.show", id=incident.id),
            "reference": incident.reference,
            "pieces": [_piece(each, _numbers(incident.id)) for each in offers],
        }
        for incident, offers in sharing.offered(work(), choice)
    ]


def offered_again(choice: Choice | None) -> list[dict[str, Any]] | None:
    """The same, where a form that was refused had it."""
    if choice is None or request.form.get(OFFERED) != "yes":
        return None
    try:
        return offered(choice)
    except InvalidInput:
        return None


def _numbers(incident: UUID) -> dict[UUID, int]:
    """People by the number that they have on the incident's page."""
    known = search.people_of(work(), incident)
    return {person.id: number for number, (person, _facts) in enumerate(known, 1)}


def _piece(offer: Offer, numbers: dict[UUID, int]) -> dict[str, Any]:
    weighed = offer.weighed
    by_people = {why for why in weighed.people.values() if why}
    return {
        "id": str(weighed.item.id),
        "number": offer.number,
        "url": url_for("evidence.show", id=weighed.item.id),
        "made": _made(offer),
        "against": [code for code in offer.reasons if code not in by_people],
        "people": [
            {
                "number": numbers.get(id),
                "url": url_for("incident.person", id=id),
                "shown": id in weighed.shown,
                "why": why,
            }
            for id, why in weighed.people.items()
        ],
        "nobody": weighed.item.people_said_by is not None and not weighed.people,
        "may_choose": not {*offer.reasons} - ANSWERABLE,
        "to_say": [(what, NOT_SHOWN[what]) for what in evidence.SHOWS if what in offer.without],
    }


def _made(offer: Offer) -> dict[str, Any] | None:
    copy = offer.weighed.copy
    if copy is None or isinstance(copy.facts, Unreadable):
        return None
    how = exhibits.HOW.get(copy.facts["how"], copy.facts["how"])
    return {"type": copy.facts["type"], "size": exhibits.size(copy.facts["size"]), "how": how}
