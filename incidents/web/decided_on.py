"""The acts that a release counts on, as its page shows them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from incidents import search
from incidents.model.review import Review
from incidents.release import decisions
from incidents.web.frame import work
from incidents.web.records import who
from incidents.work import Permission

P = Permission


def lines(
    found: Sequence[decisions.Traced], shown: Sequence[decisions.Traced], before: int
) -> list[dict[str, Any]]:
    """Those of one page, numbered on from so many before; `found`: all of them."""
    numbers, opens = decisions.deciders(found), work().actor.may(P.INCIDENT_READ)
    reasons = _reasons(shown) if opens else {}
    places = _places(shown) if opens else {}
    return [
        _decision(line, before + n, numbers, reasons, opens=opens) | {"number": places.get(line.said.act.id)}
        for n, line in enumerate(shown, 1)
    ]


def _places(lines: Sequence[decisions.Traced]) -> dict[UUID, int]:
    """The number of each act on the page of its incident; none for one that left it since."""
    return {
        act: number
        for id in dict.fromkeys(line.incident.id for line in lines)
        for act, number in search.act_numbers(work(), id).items()
    }


def _reasons(lines: Sequence[decisions.Traced]) -> dict[UUID, Any]:
    """The reasons of these decisions, for those who may read incidents."""
    rows = [row for line in lines for row in (line.first, line.decision) if row is not None]
    return dict(zip((row.id for row in rows), work().read_all(rows, "reasons"), strict=True))


def _decision(
    line: decisions.Traced, number: int, numbers: dict[UUID, int], reasons: dict[UUID, Any], *, opens: bool
) -> dict[str, Any]:
    """One act; by a number and no more for those who may not read incidents."""
    return {
        "line": number,
        "incident": line.incident.reference if opens else "",
        "url": url_for("review.act", id=line.said.act.id) if work().actor.may(P.REVIEW_DECIDE) else None,
        "state": line.state.value,
        "words": [_word(row, numbers, reasons) for row in (line.first, line.decision) if row is not None],
        "sources": line.sources,
        "evidence": line.evidence,
        "same": line.said.same,
        "since": [{"state": row.to_state.value, "on": row.decided_on} for row in line.since],
    }


def _word(row: Review, numbers: dict[UUID, int], reasons: dict[UUID, Any]) -> dict[str, Any]:
    named = work().actor.may(P.MEMBER_LIST)
    return {
        "by": who(row.decided_by) if named else _("Reviewer %(number)s", number=numbers[row.decided_by]),
        "on": row.decided_on,
        "first": bool(row.first_of_two),
        "reasons": reasons.get(row.id),
    }
