"""What pages show of a piece of evidence, in words: a line of a list, its facts, its chain, who is in it."""

from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l

from incidents import evidence, search
from incidents.evidence import SHOWN, Line, Opened
from incidents.model.evidence import EvidencePerson, EvidenceState, Origin, Part
from incidents.web.frame import work
from incidents.web.records import value, who
from incidents.work import Permission, Unreadable

P = Permission
SAID = ("collected_by", "collected_at", "device", "url", "title", "tool", "notes", "captured")
ORIGINS = {
    Origin.GIVEN: _l("Given by a source"),
    Origin.STAFF: _l("Taken or made by us"),
    Origin.OPEN: _l("Found where everybody can find it"),
}
CUSTODY = {
    "received": _l("Received"),
    "hashed": _l("Hashed: the SHA-256 of the original was kept"),
    "sealed": _l("Sealed and stored"),
    "viewed": _l("Working copy looked at"),
    "copied": _l("Original taken in hand"),
    "transformed": _l("Working copy made"),
    "transferred": _l("Handed over outside the program"),
    "released": _l("Working copy left in a package"),
    "destroyed": _l("Destroyed"),
}
REASONS = {
    "verification": _l("To verify an act"),
    "court": _l("For a court or a prosecutor"),
    "expert": _l("For an expert"),
    "family": _l("For the family"),
    "copy": _l("To make a working copy by hand"),
}
HOW = {
    "re-encoded": _l("Its points were written anew"),
    "cleaned": _l("Cleaned"),
    "by-hand": _l("Made by hand"),
}


def line(number: int, line: Line) -> dict[str, Any]:
    gone = line.item.state == EvidenceState.DESTROYED or evidence.erased(line.facts)
    return {
        "number": number,
        "url": url_for("evidence.show", id=line.item.id),
        "type": "" if isinstance(line.facts, Unreadable) else line.facts.get("type", ""),
        "size": size(value(line.facts, "size")),
        "state": "destroyed" if gone else line.item.state.value,
        "on": line.item.received_on,
        "copy": line.copy is not None,
        "named": line.item.people_said_by is not None,
    }


def size(count: Any) -> str:
    """Bytes as people say them."""
    if not isinstance(count, int):
        return ""
    for unit, of in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if count >= of:
            return f"{format_decimal(round(count / of, 1))} {unit}"
    return f"{count} B"


def context(opened: Opened) -> dict[str, Any]:
    item, may = opened.item, work().actor.may
    description = {} if isinstance(opened.description, Unreadable) else opened.description
    gone = item.state == EvidenceState.DESTROYED or evidence.erased(opened.facts)
    return {
        "back": _back(opened),
        "evidence": {
            "id": item.id,
            "state": "destroyed" if gone else item.state.value,
            "received_by": who(item.received_by),
            "received_on": item.received_on,
            "name": evidence.shown(description["name"]) if "name" in description else opened.description,
            "size": size(value(opened.facts, "size")),
            "bytes": value(opened.facts, "size"),
            "origin": ORIGINS.get(value(opened.facts, "origin"), ""),
            "read": description.get("read", True),
        },
        "facts": opened.facts,
        "said": {name: description[name] for name in SAID if description.get(name)},
        "metadata": [(evidence.shown(n), evidence.shown(v)) for n, v in description.get("metadata", [])],
        "copy": _copy(opened),
        "custody": [_link(opened, number) for number in reversed(range(len(opened.custody)))],
        "people": _people(opened),
        "may_add": may(P.EVIDENCE_ADD) and not gone,
        "may_erase": may(P.ERASURE_DO) and item.state == EvidenceState.KEPT and not gone,
        "original_url": None
        if gone or not may(P.EVIDENCE_ORIGINAL)
        else url_for("evidence.original", id=item.id),
        "reasons": list(REASONS.items()),
    }


def _back(opened: Opened) -> dict[str, Any]:
    if opened.incident is not None:
        url = url_for("incident.show", id=opened.incident.id)
        return {"url": url, "reference": opened.incident.reference}
    assert opened.report is not None  # noqa: S101  it belongs to one of the two
    return {"url": url_for("inbox.report", id=opened.report.id), "reference": opened.report.reference}


def _copy(opened: Opened) -> dict[str, Any] | None:
    if opened.copy is None or isinstance(opened.copy.facts, Unreadable):
        return None
    facts, url = opened.copy.facts, url_for("evidence.copy", id=opened.item.id)
    return {
        "url": url,
        "save_url": url_for("evidence.copy", id=opened.item.id, save="yes"),
        "picture": facts["type"].startswith("image/") and facts["type"] in SHOWN,
        "shown": facts["type"] in SHOWN,
        "type": facts["type"],
        "size": size(facts["size"]),
        "sha256": facts["sha256"],
        "how": HOW.get(facts["how"], facts["how"]),
        "on": opened.copy.row.made_on,
        "by": who(opened.copy.row.made_by),
    }


def _link(opened: Opened, number: int) -> dict[str, Any]:
    event, facts, words = opened.custody[number]
    said: dict[str, Any] = facts if isinstance(facts, dict) else {}
    told: dict[str, Any] = words if isinstance(words, dict) else {}
    return {
        "what": CUSTODY[event.kind.value],
        "by": who(event.by),
        "on": event.on,
        "at": said.get("at"),
        "reason": REASONS.get(said.get("reason", ""), ""),
        "how": HOW.get(said.get("how", ""), ""),
        "sha256": said.get("sha256") or said.get("sealed_sha256"),
        "package": said.get("to"),
        "to": told.get("to"),
        "words": told.get("words"),
    }


def _people(opened: Opened) -> dict[str, Any]:
    """Everybody of the incident, with what they have to do with it."""
    known = search.people_of(work(), opened.incident.id) if opened.incident else []
    held = {(row.person_id, row.part) for row in opened.people}
    return {
        "said_by": who(opened.item.people_said_by) if opened.item.people_said_by else None,
        "said_on": opened.item.people_said_on,
        "all": [
            {
                "id": person.id,
                "number": number,
                "url": url_for("incident.person", id=person.id),
                "gave": (person.id, Part.GAVE) in held,
                "shown": (person.id, Part.SHOWN) in held,
            }
            for number, (person, _facts) in enumerate(known, 1)
        ],
        "others": _others(opened.people, {person.id for person, _facts in known}),
    }


def _others(rows: list[EvidencePerson], known: set[UUID]) -> int:
    """Named once, and no longer of this incident."""
    return len({row.person_id for row in rows} - known)
