"""What was joined or taken apart, as the pages of an incident and of a person show it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from incidents import search
from incidents.intake import rearranging
from incidents.model.incident import Incident
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report
from incidents.search import Known, Opened
from incidents.web.frame import work
from incidents.web.records import who
from incidents.work import Permission

P = Permission


def of_incident(opened: Opened) -> dict[str, Any]:
    """Where to join and take apart, what is one with this incident, and what it has to do with."""
    id = opened.incident.id
    may = work().actor.may(P.REPORT_TAKE_IN)
    numbers = {person.id: number for number, (person, _facts) in enumerate(opened.people, 1)}
    return {
        "url": url_for("arranging.arrange", id=id) if may else None,
        "merged": [
            {"reference": each.reference, "facts": facts, "narrative": narrative}
            for each, facts, narrative in zip(
                opened.joined,
                work().read_all(opened.joined, "facts"),
                work().read_all(opened.joined, "narrative"),
                strict=True,
            )
        ],
        "links": links_of(opened),
        "same": [
            {"one": numbers[one], "other": numbers[other]}
            for other, one in opened.same.items()
            if one in numbers and other in numbers
        ],
    }


def links_of(opened: Opened) -> list[dict[str, Any]]:
    return [
        {
            "id": each.link.id,
            "kind": each.kind,
            "backwards": each.backwards,
            "reference": each.other.reference,
            "url": url_for("incident.show", id=each.other.id),
        }
        for each in rearranging.related(work(), opened)
    ]


def of_person(known: Known) -> dict[str, Any]:
    """The records that are one person with this one, and what was decided about them."""
    kind = Arrangement.SAME_PERSON
    ids = search.together(work(), [search.kept(work(), known.person.id, kind)], kind)
    others = [id for id in ids if id != known.person.id]
    return {
        "same": [url_for("incident.person", id=id) for id in others],
        "done": done([known.person.id]),
    }


def done(ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """What was joined or taken apart of these, the latest first; each with who, when, why, and how to undo it."""
    may = work().actor.may(P.REPORT_TAKE_IN)
    return [
        {
            "text": in_words(row),
            "on": row.done_on,
            "by": who(row.done_by),
            "reasons": reasons,
            "undone_on": row.undone_on,
            "undone_by": who(row.undone_by) if row.undone_by else "",
            "undo_url": url_for("arranging.undo", id=row.id) if may and rearranging.may_undo(row) else None,
        }
        for row, reasons in reversed(rearranging.of(work(), ids))
    ]


def in_words(row: Rearrangement) -> str:
    said = {"kept": _reference(row.kept_id), "gone": _reference(row.gone_id)}
    words: dict[Arrangement, str] = {
        Arrangement.MERGED: _("%(gone)s is read and counted as %(kept)s", **said),
        Arrangement.SAME_PERSON: _("Two records are one person"),
        Arrangement.SPLIT: _("Acts of %(kept)s became %(gone)s", **said),
        Arrangement.UNLINKED: _("Report %(gone)s does not tell of %(kept)s", **said),
    }
    return words[row.kind]


def _reference(id: UUID) -> str:
    """Of an incident or a report; a person has none."""
    found = work().db.get(Incident, id) or work().db.get(Report, id)
    return found.reference if found is not None else ""
