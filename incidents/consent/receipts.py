"""A receipt, on wish only: what somebody decided, what was read to them, how they take it back. Plain text."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from incidents.consent import notices
from incidents.consent.answers import EXPIRED, GIVEN, INVALIDATED, REFUSED, REQUESTED, WITHDRAWN
from incidents.model.vocabulary import Purpose

HEADS = {
    "en": {
        "title": "What I decided",
        GIVEN: "Yes",
        REFUSED: "No",
        REQUESTED: "Not decided yet",
        WITHDRAWN: "Yes, and taken back since",
        EXPIRED: "Yes, until it ran out",
        INVALIDATED: "Not valid",
        "not_asked": "Not asked",
        "decided": "Decided on",
        "until": "holds until",
        "withdraw": "How I take it back",
        "kept_by": "Kept by",
        "jurisdiction": "Under the law of",
        "stored_at": "Where",
        "retention": "How long",
        "text": "What was read to me",
    },
    "es": {
        "title": "Lo que decidí",
        GIVEN: "Sí",
        REFUSED: "No",
        REQUESTED: "Sin decidir",
        WITHDRAWN: "Sí, y después lo retiré",
        EXPIRED: "Sí, hasta que se venció",
        INVALIDATED: "No es válido",
        "not_asked": "No se preguntó",
        "decided": "Decidido el",
        "until": "vale hasta el",
        "withdraw": "Cómo lo retiro",
        "kept_by": "Lo guarda",
        "jurisdiction": "Según la ley de",
        "stored_at": "Dónde",
        "retention": "Cuánto tiempo",
        "text": "Lo que se me leyó",
    },
}
Labelled = Callable[[str], str]
Dated = Callable[[str | date], str]


def plain(
    said: Mapping[str, Any], language: str, controller: str, label: Labelled, day: Dated
) -> tuple[str, ...]:
    """The lines of one person's receipt. No name stands in it, and no words of withdrawal."""
    language = language if language in HEADS else "en"
    heads, notice = HEADS[language], _notice(said, language)
    decided = f"{heads['decided']} {day(said['on'])}"
    return (
        heads["title"],
        decided,
        "",
        *_decisions(said, heads, label, day),
        "",
        f"{heads['kept_by']}: {controller}",
        *(f"{heads[name]}: {notice.about[name]}" for name in ("jurisdiction", "stored_at", "retention")),
        f"{heads['text']}: {notice.id} ({notice.sha256[:16]})",
        "",
        heads["withdraw"],
        *notice.withdraw,
    )


def _notice(said: Mapping[str, Any], language: str) -> notices.Notice:
    """The text that was read aloud, where it is known; else today's, for how it is taken back."""
    shown = said.get("notice")
    id = shown.get("id") if isinstance(shown, Mapping) else shown
    return notices.read(id) if id and notices.known(id) else notices.newest(language)


def _decisions(
    said: Mapping[str, Any], heads: Mapping[str, str], label: Labelled, day: Dated
) -> Iterable[str]:
    for purpose in Purpose:
        decision = said.get("decisions", {}).get(purpose.value, "not_asked")
        if decision == GIVEN and purpose.value in said.get("withdrawn", ()):
            decision = WITHDRAWN
        terms = (said.get("terms") or {}).get(purpose.value, {})
        until = (
            f" ({heads['until']} {day(terms['until'])})" if decision == GIVEN and terms.get("until") else ""
        )
        yield f"{label(purpose.value)}: {heads.get(decision, decision)}{until}"
