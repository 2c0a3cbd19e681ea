"""The trail as a page: what happened lately, and whether all of it holds."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _

from incidents import consent, members, tokens, trail
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.web import events
from incidents.web.frame import page, work
from incidents.web.numbers import whole
from incidents.work import Break, Permission, keys

P = Permission
routes = Blueprint("trail", __name__)
ONE_BY_ONE = 3  # notes of one kind in a block that are told apart
SHOWN = 100  # breaks on the page; `./run audit verify` lists all


@routes.get("/trail")
@needs(P.TRAIL_READ)
def blocks() -> Response:
    """The last blocks, each with its notes in words."""
    return page("trail/list.html", **_listed())


@routes.post("/trail")
@needs(P.TRAIL_READ)
def verify() -> Response:
    """Every block, signature and row; each break named."""
    if request.form.get("deed") != "verify":
        raise NotFound
    found = [{"what": events.break_in_words(each.what), "where": each.where} for each in _breaks()]
    checked = {
        "whole": not found,
        "blocks": trail.length(work()),
        "breaks": found[:SHOWN],
        "more": max(0, len(found) - SHOWN),
    }
    return page("trail/list.html", **_listed(), checked=checked)


def _breaks() -> list[Break]:
    """Of the trail and its rows, then of the ledgers of consent."""
    return [*trail.verify(work()), *consent.breaks(work())]


def _listed() -> dict[str, Any]:
    before = request.args.get("before", type=whole)
    found = trail.blocks(work(), before)
    names = members.names(work()) if work().actor.may(P.MEMBER_LIST) else {}
    called = tokens.names(work())
    lines = [
        {
            "number": block.number,
            "at": format_datetime(block.at, "medium"),
            "actor": _actor(block.actor, names),
            "token": called.get(block.signer, ""),
            "entries": _entries(notes),
            "more": len(notes) == trail.MOST_ENTRIES,
        }
        for block, notes in found
    ]
    last = found[-1][0].number if found else 0
    pager = {
        "previous_url": url_for("trail.blocks") if before else "",
        "next_url": url_for("trail.blocks", before=last) if last > 1 else "",
    }
    return {"blocks": lines, "page": pager}


def _actor(id: UUID, names: dict[UUID, str]) -> str:
    """A name for those who may list the members; else enough to tell one from another."""
    if id == keys.NODE:
        return str(_("the server itself"))
    return names.get(id, str(id)[:8])


def _entries(notes: Sequence[Any]) -> list[dict[str, Any]]:
    """Notes in words; the same one again and again, as in an import, stands once with how many."""
    times = Counter((note.event, note.about) for note in notes)
    said: set[tuple[str, str]] = set()
    lines = []
    for note in notes:
        same = (note.event, note.about)
        if same not in said:
            lines.append(_entry(note, times[same] if times[same] > ONE_BY_ONE else 1))
        if times[same] > ONE_BY_ONE:
            said.add(same)
    return lines


def _entry(note: Any, times: int) -> dict[str, Any]:
    return {
        "event": note.event,
        "text": events.in_words(note.event),
        "about": events.record_in_words(note.about),
        "about_id": str(note.about_id) if note.about_id else "",
        "detail": events.detail_in_words(note.detail),
        "times": times,
    }
