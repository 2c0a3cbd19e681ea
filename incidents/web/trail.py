"""The trail as a page: what happened lately, and whether all of it holds."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _

from incidents import members, trail
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.web.frame import page, work
from incidents.work import Permission

routes = Blueprint("trail", __name__)
KEYS = frozenset({"digest", "sign", "worker"})  # of a mandate: too long to read, and of no use to a reader
SHOWN = 100  # breaks on the page; `./run audit verify` lists all


@routes.get("/trail")
@needs(Permission.TRAIL_READ)
def blocks() -> Response:
    return page("trail/list.html", **_listed())


@routes.post("/trail")
@needs(Permission.TRAIL_READ)
def verify() -> Response:
    """Every block, signature and row; each break named."""
    if request.form.get("deed") != "verify":
        raise NotFound
    found = [{"what": _(each.what), "where": each.where} for each in trail.verify(work())]
    checked = {"whole": not found, "blocks": trail.length(work()), "breaks": found[:SHOWN]}
    return page("trail/list.html", **_listed(), checked=checked)


def _listed() -> dict[str, Any]:
    before = request.args.get("before", type=int)
    found, names = trail.blocks(work(), before), members.names(work())
    lines = [
        {
            "number": block.number,
            "at": format_datetime(block.at, "medium"),
            "actor": names.get(block.actor, _("the server itself")),
            "entries": [
                {"event": note.event, "about": note.about, "detail": _detail(note.detail)} for note in notes
            ],
            "hash": block.root.hex(),
        }
        for block, notes in found
    ]
    last = found[-1][0].number if found else 0
    pager = {
        "previous_url": url_for("trail.blocks") if before else "",
        "next_url": url_for("trail.blocks", before=last) if last > 1 else "",
    }
    return {"blocks": lines, "page": pager}


def _detail(detail: dict[str, Any]) -> str:
    """Codes and counts, as they were noted."""
    return ", ".join(f"{name}: {value}" for name, value in sorted(detail.items()) if name not in KEYS)
