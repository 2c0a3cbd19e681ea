"""Who did what to whom, when, and according to which source: one incident drawn along time, and told in words.

A moment that is known less well is drawn as everything that it may mean, never as a day. Somebody who is held still is
drawn to an open end. Names stay closed: people are
numbered as on the incident's page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import review, search
from incidents.gate import needs
from incidents.model.moment import Moment
from incidents.search import Opened
from incidents.web.frame import go, page, work
from incidents.web.language import label
from incidents.web.records import value
from incidents.work import Permission, Unreadable

P = Permission
routes = Blueprint("timeline", __name__, url_prefix="/incidents")
WIDTH = 1000  # of the drawing, in its own units
LEAST = 12  # of a bar: a day among years is still seen
ARROW = 30  # at the end of what goes on
ROW = 44  # of a node of the relations
LETTERS = 30  # of a node
STILL_HELD = "HEL"  # of how somebody came free
SAYS = {
    "supports": _l("supports it"),
    "partial": _l("supports a part of it"),
    "contradicts": _l("contradicts it"),
}


@dataclass(frozen=True)
class Span:
    """What a moment may mean: its ends, None where it is open; nothing known: both None. `lasts`: it goes on."""

    first: date | None
    last: date | None
    lasts: bool = False

    @classmethod
    def of(cls, moment: Any, until: Any = None, *, lasts: bool = False) -> "Span":
        ends = [
            Moment.from_json(each) for each in (moment, until) if each and not isinstance(each, Unreadable)
        ]
        if not ends:
            return cls(None, None)
        return cls(ends[0].earliest, None if lasts else ends[-1].latest, lasts)

    @property
    def days(self) -> list[date]:
        return [each for each in (self.first, self.last) if each is not None]


@routes.get("/<uuid:id>/timeline")
@needs(P.INCIDENT_READ)
def shown(id: UUID) -> Response:
    """A merged incident leads to the other, as its own page does."""
    kept = search.kept(work(), search.incident(work(), id).id)
    if kept != id:
        return go("timeline.shown", id=kept)
    opened = search.open_incident(work(), id)
    lines = _lines(opened)
    reports = review.reports_of(work(), opened.incident)
    return page(
        "incident/timeline.html",
        reference=opened.incident.reference,
        back_url=url_for("incident.show", id=id),
        acts=lines,
        axis=_axis(lines, [each.received_on for each in reports]),
        told=[{"reference": each.reference, "on": each.received_on} for each in reports],
        relations=_drawn(opened, lines),
    )


def _lines(opened: Opened) -> list[dict[str, Any]]:
    """Each act, in the order of time; what has no day known stands last, in the order in which it was told."""
    doers = [_doer(number, facts) for number, (_row, facts) in enumerate(opened.perpetrators, 1)]
    sources = {row.id: number for number, (row, _facts) in enumerate(opened.sources, 1)}
    about = {} if isinstance(opened.facts, Unreadable) else opened.facts
    lines = [
        _line(opened, number, act, facts, about, doers, sources)
        for number, (act, facts) in enumerate(opened.acts, 1)
    ]
    return sorted(lines, key=lambda line: (not line["span"].days, min(line["span"].days, default=date.max)))


def _line(  # noqa: PLR0917 – what one line puts together
    opened: Opened,
    number: int,
    act: Any,
    facts: Any,
    about: Mapping[str, Any],
    doers: Sequence[str],
    sources: Mapping[UUID, int],
) -> dict[str, Any]:
    said = {} if isinstance(facts, Unreadable) else facts
    held = said.get("kidnapping") or {}
    own = said.get("moment")
    when = own or about.get("moment")
    return {
        "number": number,
        "closed": facts.why if isinstance(facts, Unreadable) else "",
        "type": said.get("type"),
        "status": said.get("status"),
        "verification": act.verification.value,
        "review_url": url_for("review.act", id=act.id) if work().actor.may(P.REVIEW_DECIDE) else None,
        "when": when,
        "from_incident": own is None and when is not None,
        "where": said.get("place") or about.get("place"),
        "span": Span.of(held.get("since") or when, held.get("until"), lasts=_is_held(held)),
        "still_held": _is_held(held),
        "held": [(word, moment) for word, moment in _held(held) if moment and moment != when],
        "doers": doers,
        "whom": list(_whom(opened, act)),
        "sources": [
            {"number": sources[row.id], "facts": facts, "says": SAYS.get(value(told, "says"), "")}
            for row, facts, told in search.sources_of(work(), act)
            if row.id in sources
        ],
    }


def _held(held: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield _("taken"), held.get("since")
    yield _("free again"), held.get("until")


def _is_held(held: Mapping[str, Any]) -> bool:
    """By what was told of how it ended; a day on which they came free says that it did."""
    return held.get("release") == STILL_HELD and not held.get("until")


def _doer(number: int, facts: Any) -> str:
    """By kind alone: a name, and a group's, stay where they are."""
    if isinstance(facts, Unreadable) or not facts.get("type"):
        return str(_("Alleged perpetrator %(number)s", number=number))
    return label(facts["type"], "perpetrator")


def _whom(opened: Opened, act: Any) -> Iterator[dict[str, Any]]:
    numbers = {person.id: number for number, (person, _facts) in enumerate(opened.people, 1)}
    for link, said in opened.involvements:
        if link.act_id == act.id and link.person_id in numbers:
            yield {
                "number": numbers[link.person_id],
                "part": value(said, "part"),
                "url": url_for("incident.person", id=link.person_id),
            }


# -- drawn along time


def _axis(lines: Sequence[dict[str, Any]], told: Sequence[date]) -> dict[str, str] | None:
    """The first and the last day that any of them may mean; lays each bar between them.

    What went on when it was told goes on to the day on which it was told last, and beyond.
    """
    days = [day for line in lines for day in line["span"].days]
    if not days:
        return None
    first, last = min(days), max(days)
    if lasting := any(line["span"].lasts for line in lines):
        last = max(last, *told)
    whole = max(1, (last - first).days)
    for line in lines:
        span: Span = line["span"]
        line["bar"] = _bar(span, first, whole) if span.days else None
    return {"first": _said(first), "last": _("%(day)s, and on", day=_said(last)) if lasting else _said(last)}


def _bar(span: Span, first: date, whole: int) -> dict[str, Any]:
    start = (span.first - first).days * WIDTH // whole if span.first else 0
    end = (span.last - first).days * WIDTH // whole if span.last else WIDTH
    start = min(start, WIDTH - LEAST)
    if span.lasts:
        start, end = min(start, WIDTH - ARROW - LEAST), WIDTH - ARROW
    return {
        "x": start,
        "width": max(LEAST, min(end, WIDTH) - start),
        "exact": span.first == span.last,
        "lasts": span.lasts,
        "open": span.first is None or span.last is None,
    }


def _said(day: date) -> str:
    return str(format_date(day, "long"))


# -- drawn as relations


def _drawn(opened: Opened, lines: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Doers on the left, acts in the middle, people on the right.

    All doers are laid to all acts: a report says who did an incident, not which of its acts.
    """
    doers = lines[0]["doers"] if lines else []
    people = len(opened.people)
    high = max(len(doers), len(lines), people)
    if not lines or not high:
        return None
    at = {
        "doers": _column(len(doers), high),
        "acts": _column(len(lines), high),
        "people": _column(people, high),
    }
    ways = [(260, doer, 370, act) for act in at["acts"] for doer in at["doers"]]
    ways += [
        (630, at["acts"][number], 740, at["people"][each["number"] - 1])
        for number, line in enumerate(lines)
        for each in line["whom"]
    ]
    nodes = [(0, y, _short(text)) for y, text in zip(at["doers"], doers, strict=True)]
    nodes += [
        (370, y, _short(label(line["type"], "act") or _("Act %(number)s", number=line["number"])))
        for y, line in zip(at["acts"], lines, strict=True)
    ]
    nodes += [(740, y, _("Person %(number)s", number=n)) for n, y in enumerate(at["people"], 1)]
    return {"height": high * ROW, "ways": ways, "nodes": nodes}


def _column(count: int, high: int) -> list[int]:
    """The middles of so many nodes, spread over the height."""
    return [(2 * number + 1) * high * ROW // (2 * count) for number in range(count)]


def _short(text: str) -> str:
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1].rstrip()}…"
