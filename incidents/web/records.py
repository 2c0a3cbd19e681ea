"""What several pages say of records: who handled one, where a list goes on, a report put together for reading."""

from typing import Any
from uuid import UUID

from flask import request, session, url_for
from flask_babel import format_decimal

from incidents import search
from incidents.errors import NotFound
from incidents.intake.report import Told
from incidents.model.account import User
from incidents.model.incident import Act
from incidents.web.frame import work
from incidents.work import Unreadable


def afresh() -> None:
    """A deed that is done again after a lost race takes back what it said the first time."""
    session.pop("_flashes", None)


def as_id(text: str) -> UUID:
    """An id that a form sent; what is none names nothing."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def who(id: UUID) -> str:
    """The name of a member of the staff."""
    user = work().db.get(User, id)
    return user.name if user is not None else "Amparo"


def is_own(act: Act) -> bool:
    """Whether the person who looks at an act submitted it."""
    return str(work().actor.id) in act.submitted_by


def value(facts: Any, name: str) -> Any:
    """A value of opened facts, or the Unreadable that stands in their place."""
    return facts if isinstance(facts, Unreadable) else facts.get(name)


def total(count: int, most: int = search.MOST_COUNTED) -> str:
    shown: str = format_decimal(min(count, most))
    return f"{shown}+" if count > most else shown


def here(**changed: str) -> str:
    """The list that is shown, at another place of it."""
    address: dict[str, Any] = {
        n: v for n, v in request.args.items() if n not in ("before", "after")
    } | changed
    return url_for(request.endpoint or "home.show", **address)


def onward(rows: list[Any], *, more: bool) -> dict[str, str | None]:
    """The pager of a list that stands with the oldest first."""
    begun = search.read_mark(request.args.get("after", "")) is not None
    return {
        "previous_url": here() if begun else None,
        "next_url": here(after=search.mark_of(rows[-1])) if more else None,
    }


def as_told(told: Told) -> dict[str, Any]:
    """A report for reading: an erased or altered part stands in its place and says so."""
    document = dict(told.document)
    document["persons"] = [
        *document.get("persons", []),
        *(Unreadable(why) for key, why in told.unreadable.items() if key != "rest"),
    ]
    if told.unreadable and "narrative" not in document:
        document["narrative"] = Unreadable(next(iter(told.unreadable.values())))
    return document
