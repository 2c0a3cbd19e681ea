"""The three words that each teller takes along: made as the report is sent, shown to its writer once."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from incidents import consent
from incidents.work import Work, keys


def give(work: Work, report_id: UUID, document: Mapping[str, Any], ids: Mapping[str, UUID]) -> None:
    """One code a teller. Until the writer says that they have it, it lies under the writer's own key."""
    drawn = [
        consent.make_code(work, ids[person["key"]], _language(person, document))
        for person in document.get("persons", [])
        if person.get("teller")
    ]
    if drawn and work.vault.ring is not None:
        keys.drop_older_asides(work.house.keystore, f"words/{work.today}/", "words/")
        work.put_aside(_place(work, report_id), json.dumps(drawn))


def _language(person: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Of what was agreed to, or else of the conversation."""
    said = (person.get("consent") or {}).get("language") or document.get("interview", {}).get("language")
    return "es" if str(said or "es").startswith("es") else "en"


def shown(work: Work, report_id: UUID) -> list[str]:
    """The words of each teller, on the day on which they were made; afterwards nobody has them here."""
    if work.vault.ring is None:
        return []
    keys.drop_older_asides(work.house.keystore, f"words/{work.today}/", "words/")
    kept = keys.put_aside_value(work.house.keystore, work.vault.ring, _place(work, report_id))
    return list(json.loads(kept)) if kept else []


def taken(work: Work, report_ids: Iterable[UUID]) -> None:
    """They have them: what lay here goes."""
    for id in report_ids:
        if work.vault.ring is not None:
            keys.drop_aside(work.house.keystore, work.vault.ring, _place(work, id))


def _place(work: Work, report_id: UUID) -> str:
    """Named by its day, so that what is older goes without being opened."""
    return f"words/{work.today}/{report_id}"
