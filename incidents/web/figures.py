"""How many incidents and acts there are: live for whoever may open facts, for others as frozen once a week."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import jobs, search
from incidents.errors import Problem
from incidents.gate import SIGNED_IN, needs
from incidents.model import place
from incidents.release import making, weekly
from incidents.release.hierarchy import NOT_SHOWN
from incidents.release.regions import shapes
from incidents.release.tables import captions
from incidents.release.tables.cells import Axis
from incidents.release.text.tilemap import TILES
from incidents.search.figures import AXES, SEEING
from incidents.web.facets import WORDS
from incidents.web.frame import go, page, say, work
from incidents.web.language import label, reads, speaks
from incidents.web.records import total
from incidents.work import Permission

P = Permission
routes = Blueprint("figures", __name__, url_prefix="/figures")
SHADES = 4  # of a map, from light to dark
BAR = 100  # the longest one
TITLES = {
    "month": _l("By month"),
    "act": _l("By act"),
    "state": _l("By state"),
    "municipality": _l("By municipality along the border, and in larger cities"),
    "perpetrator": _l("By alleged perpetrator"),
    "verification": _l("By verification"),
}
HEADS = {**WORDS, "month": _l("Month"), "verification": _l("Verification")}


@routes.get("/")
@needs(SIGNED_IN)
def shown() -> Response:
    """Whoever may open no fact sees nothing that was not frozen, whatever the address says."""
    actor = work().actor
    if not actor.roles:
        return go("home.show")
    if not any(actor.may(each) for each in SEEING):
        told = weekly.told(work())
        counts = _frozen(told.counts) if told.counts else {}
        return page("figures/frozen.html", frozen_on=told.frozen_on, overtaken=told.overtaken, **counts)
    last, found = weekly.newest(work()), search.live(work())
    return page(
        "figures/live.html",
        incidents=total(found.incidents),
        acts=total(found.acts, found.acts),
        opened=found.opened,
        complete=search.complete(work()),
        sections=[_section(axis, found.axes[axis]) for axis in AXES if found.axes[axis]],
        list_url=url_for("search.listed") if actor.may(P.INCIDENT_READ) else None,
        frozen_on=last.frozen_on if last else None,
        may_freeze=actor.may(P.RELEASE_DOWNLOAD) and weekly.is_due(work()),
    )


@routes.post("/")
@needs(P.RELEASE_DOWNLOAD)
def freeze() -> Response:
    """The figures of the week, at once where there are few acts."""
    if not making.few_acts(work()):
        return go("job.show", id=jobs.start(work(), weekly.KIND, {}).id)
    try:
        weekly.freeze(work())
    except Problem as problem:
        if problem.status != 409:
            raise
        say(problem.said(_), "care")
        return go("figures.shown")
    say(_("The figures of this week are there for every member."))
    return go("figures.shown")


# -- live


def _section(axis: str, rows: Sequence[search.Counted]) -> dict[str, Any]:
    most = max(row.incidents for row in rows)
    lines = [
        {
            "code": row.code,
            "label": _label(axis, row.code),
            "url": _behind(axis, row.code),
            "incidents": total(row.incidents),
            "acts": "" if row.acts is None else total(row.acts, row.acts),
            "length": max(1, row.incidents * BAR // most),
            "shade": shade(row.incidents, most),
        }
        for row in rows
    ]
    return _laid_out(axis, lines)


def _behind(axis: str, code: str) -> str | None:
    """The list of those incidents, for whoever may read them."""
    if not work().actor.may(P.INCIDENT_READ):
        return None
    address: dict[str, Any] = {axis: code}
    return url_for("search.listed", **address)


def _label(axis: str, code: str) -> str:
    if axis == "month":
        return str(format_date(date.fromisoformat(f"{code}-01"), "LLLL y"))
    return label(code, axis)


def shade(value: int, most: int) -> int:
    """From 1, darker the larger it is, in equal steps; 0 where there is nothing."""
    return 0 if not value else min(SHADES, 1 + value * SHADES // (most + 1))


def _laid_out(axis: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Months and answers as they come, all else by size; and where each state lies."""
    by_code = {line["code"]: line for line in lines}
    return {
        "axis": axis,
        "title": TITLES[axis],
        "head": HEADS[axis],
        "lines": lines if axis in ("month", "verification") else sorted(lines, key=_by_size),
        "map": _map(by_code) if axis == "state" else [],
        "wide": shapes.WIDE,
        "high": shapes.HIGH,
    }


def _map(lines: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """None where no state has a line of its own."""
    if not TILES.keys() & lines.keys():
        return []
    return [_tile(code, at, lines.get(code)) for code, at in TILES.items()]


def _by_size(line: dict[str, Any]) -> tuple[int, str]:
    return -line["length"], line["label"]


def _tile(code: str, at: tuple[int, int], line: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "x": at[0] * 44,
        "y": at[1] * 44,
        "code": code.removeprefix("MX-"),
        "name": place.state_label(code, speaks()),
        "said": line["incidents"] if line else "",
        "url": line["url"] if line else None,
        "shade": line["shade"] if line else 0,
        "outline": shapes.outline(code),
    }


# -- frozen


def _frozen(counts: dict[str, Any]) -> dict[str, Any]:
    return {
        "whole": counts["whole"],
        "beside": counts.get("beside", []),
        "sections": [
            _protected(axis, counts["axes"][axis], counts["together"].get(axis, ()))
            for axis in AXES
            if counts["axes"].get(axis)
        ],
    }


def _protected(axis: str, rows: Sequence[tuple[str, str]], together: Sequence[str]) -> dict[str, Any]:
    """As it was kept. A bar is as long as the least that a count can be."""
    of = Axis(axis, tuple(code for code, _said in rows), HEADING.get(axis, ""), tuple(together))
    least = {code: _least(said) for code, said in rows}
    most = max(1, *least.values())
    lines = [
        {
            "code": code,
            "label": captions.label(of, code, reads()),
            "url": None,
            "incidents": _("not shown") if said == NOT_SHOWN else said,
            "acts": "",
            "length": least[code] * BAR // most,
            "shade": shade(least[code], most),
        }
        for code, said in rows
    ]
    return _laid_out(axis, lines)


HEADING = {"act": "act", "perpetrator": "perpetrator", "verification": "verification"}  # the code lists


def _least(said: str) -> int:
    first = said.partition("–")[0]
    return int(first) if first.isdigit() else 0
