"""The three words that each teller takes along: made as the report is sent, or as they part before that; shown once."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from incidents import consent
from incidents.model import tongues
from incidents.work import Work, keys


def give(
    work: Work, id: UUID, document: Mapping[str, Any], ids: Mapping[str, UUID], draft: UUID | None = None
) -> None:
    """One code a teller, for a report or a draft. Until the writer says that they have it, it lies under their key.

    Who parted while it was a draft has words already; what nobody took yet goes along with it.
    """
    drawn = [
        (number, consent.make_code(work, person_id, _language(person, document)))
        for number, person in enumerate(document.get("persons", []), 1)
        if person.get("teller") and (person_id := ids.get(person.get("key")))
        if not consent.has_code(work, person_id)
    ]
    if work.vault.ring is None:
        return
    words = [*(of_each(work, draft) if draft else []), *of_each(work, id), *drawn]
    if words:
        work.put_aside(_place(work, id), json.dumps(words))


def _language(person: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Of what was agreed to, or else of the conversation."""
    said = (person.get("consent") or {}).get("language") or document.get("interview", {}).get("language")
    return tongues.of(said) or tongues.stands_in(str(said or ""))


def shown(work: Work, id: UUID) -> list[str]:
    """The words of each teller, on the day on which they were made; afterwards nobody has them here."""
    return [words for _number, words in of_each(work, id)]


def of_each(work: Work, id: UUID) -> list[tuple[int, str]]:
    """The same with whose they are: their number among the people of the report."""
    if work.vault.ring is None:
        return []
    keys.drop_older_asides(work.house.keystore, f"words/{work.today}/", "words/")
    kept = keys.put_aside_value(work.house.keystore, work.vault.ring, _place(work, id))
    return [(number, words) for number, words in json.loads(kept)] if kept else []


def taken(work: Work, ids: Iterable[UUID]) -> None:
    """They have them: what lay here goes."""
    for id in ids:
        if work.vault.ring is not None:
            keys.drop_aside(work.house.keystore, work.vault.ring, _place(work, id))


def _place(work: Work, id: UUID) -> str:
    """Named by its day, so that what is older goes without being opened."""
    return f"words/{work.today}/{id}"
