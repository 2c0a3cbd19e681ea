"""What an act rests on, for its page: sources by the number of their origin, evidence with what was found in it."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incidents import evidence, review
from incidents.model.evidence import EvidenceState
from incidents.model.incident import Act, Incident
from incidents.model.vocabulary import Says
from incidents.review import Grounds, Told
from incidents.web.frame import work
from incidents.web.records import is_own, who
from incidents.work import Unreadable

ALONE = "alone"  # of the choice of an origin: one of its own


def of_act(act: Act, incident: Incident, grounds: Grounds) -> dict[str, Any]:
    """`sources`, `origins` (how many say what), `suggestion`, `evidence`, `citable`."""
    suggestion = review.suggest(grounds, work().actor.id)
    lines = _evidence(act, incident, grounds)
    return {
        "sources": _sources(grounds),
        "origins": {says.value: len(grounds.origins(says)) for says in Says},
        "suggestion": {
            "state": suggestion.to.value if suggestion.to else "",
            "why": _(suggestion.why),
        },
        "evidence": lines,
        "citable": [(id, _name(grounds, id, lines)) for id in grounds.supporting()],
    }


def _sources(grounds: Grounds) -> list[dict[str, Any]]:
    numbers: dict[str, int] = {}
    lines = []
    for number, each in enumerate(grounds.told, 1):
        closed = isinstance(each.facts, Unreadable)
        lines.append(
            {
                "number": number,
                "id": each.source.id,
                "facts": each.facts,
                "said": each.said,
                "origin": None if closed else numbers.setdefault(each.origin, len(numbers) + 1),
                "others": _others(grounds, each),
            }
        )
    return lines


def _others(grounds: Grounds, one: Told) -> list[tuple[str, str]]:
    """Whose origin it can be said to share: one of each other origin."""
    known = {"" if isinstance(one.facts, Unreadable) else one.origin}
    found = []
    for number, each in enumerate(grounds.told, 1):
        if each is one or isinstance(each.facts, Unreadable) or each.origin in known:
            continue
        known.add(each.origin)
        found.append((str(each.source.id), _("one origin with source %(number)s", number=number)))
    return found


def _evidence(act: Act, incident: Incident, grounds: Grounds) -> list[dict[str, Any]]:
    """The evidence that is kept, with what reviewers found in it about this act."""
    kept = [each for each in evidence.of_incident(work(), incident) if each.item.state == EvidenceState.KEPT]
    own = is_own(act)
    return [
        {
            "number": number,
            "id": line.item.id,
            "url": url_for("evidence.show", id=line.item.id),
            "type": "" if isinstance(line.facts, Unreadable) else line.facts["type"],
            "may": not own and line.item.received_by != work().actor.id,
            "judged": [
                {"facts": each.facts, "reasons": each.reasons, "by": who(each.judgment.judged_by),
                 "on": each.judgment.judged_on}
                for each in grounds.judged if each.judgment.evidence_id == line.item.id
            ],
        }
        for number, line in enumerate(kept, 1)
    ]  # fmt: skip


def named(grounds: Grounds, lines: list[dict[str, Any]], ids: list[str] | None) -> list[str]:
    """What a decision rested on, by the numbers of this page; what is here no more is counted."""
    known = [id for id in ids or () if _name(grounds, id, lines)]
    gone = len(ids or ()) - len(known)
    return [
        *(_name(grounds, id, lines) for id in known),
        *([_("%(num)s that is gone", num=gone)] if gone else []),
    ]


def _name(grounds: Grounds, id: str, lines: list[dict[str, Any]]) -> str:
    for number, each in enumerate(grounds.told, 1):
        if str(each.source.id) == id:
            return str(_("Source %(number)s", number=number))
    for line in lines:
        if str(line["id"]) == id:
            return str(_("Evidence %(number)s", number=line["number"]))
    judged = any(str(each.judgment.evidence_id) == id for each in grounds.judged)
    return str(_("a piece of evidence")) if judged else ""
