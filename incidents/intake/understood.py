"""A report beside its incident: what the incident makes of this one report, as a document that tells the same."""

from typing import Any

from incidents.intake.contradictions import as_document
from incidents.intake.report import Told
from incidents.search import Opened
from incidents.work import Unreadable


def understood_of(told: Told, opened: Opened) -> dict[str, Any]:
    """What an incident makes of one report: its acts and people, by the keys that they had in the report."""
    document = as_document(opened)
    ids = {str(id): key for key, id in told.person_ids.items()}
    acts = _own_acts(told, opened)
    persons = [
        {
            "key": ids.get(str(p.id), str(p.id)),
            "kind": p.kind.value,
            "teller": p.teller,
            "facts": _open(facts),
        }
        for p, facts in opened.people
        if str(p.id) in ids or (p.id not in opened.same and not ids)
    ]
    links = [
        {**_open(facts), "person": ids[str(link.person_id)], "act": acts[str(link.act_id)]}
        for link, facts in opened.involvements
        if str(link.person_id) in ids and str(link.act_id) in acts
    ]
    entries = [{**entry, "key": acts[entry["key"]]} for entry in document["acts"] if entry["key"] in acts]
    own = told.report.id
    return {
        **document,
        "summary": opened.summary if isinstance(opened.summary, str) else None,
        "acts": entries,
        "persons": persons,
        "involvements": links,
        "perpetrators": [_open(facts) for row, facts in opened.perpetrators if row.report_id in (None, own)],
        "sources": [_open(facts) for row, facts in opened.sources if row.report_id in (None, own)],
    }


def _own_acts(told: Told, opened: Opened) -> dict[str, str]:
    """The acts of an incident that this report told of, with their keys in it: of a kind, in their order.

    Also those that were known before: where this report's people are part of an act, it tells of it too.
    """
    waiting = list(told.document.get("acts") or ())
    people = set(told.person_ids.values())
    theirs = {link.act_id for link, _facts in opened.involvements if link.person_id in people}
    found: dict[str, str] = {}
    for act, facts in opened.acts:
        if act.report_id not in (None, told.report.id) and act.id not in theirs:
            continue
        kind = _open(facts).get("type")
        same = next((entry for entry in waiting if entry["type"] == kind), None)
        if same is not None:
            waiting.remove(same)
        found[str(act.id)] = same["key"] if same else str(act.id)
    return found


def _open(facts: Any) -> dict[str, Any]:
    return {} if isinstance(facts, Unreadable) else facts
