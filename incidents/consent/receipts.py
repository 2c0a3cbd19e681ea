"""A receipt, on wish only: what somebody decided, what was read to them, how they take it back. Plain text."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from incidents.consent import notices
from incidents.consent.answers import EXPIRED, GIVEN, INVALIDATED, REFUSED, REQUESTED, WITHDRAWN
from incidents.model import tongues
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
        "version": "version %(id)s of the words",
        "proof": "Mark by which whoever keeps these words can show that none was changed",
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
        "version": "versión %(id)s del texto",
        "proof": "Marca con la que quien guarda el texto puede demostrar que no se le cambió ni una palabra",
    },
    "fr": {
        "title": "Ce que j’ai décidé",
        GIVEN: "Oui",
        REFUSED: "Non",
        REQUESTED: "Pas encore décidé",
        WITHDRAWN: "Oui, et repris depuis",
        EXPIRED: "Oui, jusqu’à l’expiration",
        INVALIDATED: "Non valable",
        "not_asked": "Question non posée",
        "decided": "Décidé le",
        "until": "vaut jusqu’au",
        "withdraw": "Comment je le reprends",
        "kept_by": "Gardé par",
        "jurisdiction": "Selon la loi de ce pays",
        "stored_at": "Où",
        "retention": "Combien de temps",
        "text": "Ce qui m’a été lu",
        "version": "version %(id)s du texte",
        "proof": "Marque par laquelle qui garde ce texte peut montrer qu’aucun mot n’a changé",
    },
    "pt": {
        "title": "O que eu decidi",
        GIVEN: "Sim",
        REFUSED: "Não",
        REQUESTED: "Ainda não decidido",
        WITHDRAWN: "Sim, e retirado depois",
        EXPIRED: "Sim, até vencer",
        INVALIDATED: "Não é válido",
        "not_asked": "Não foi perguntado",
        "decided": "Decidido em",
        "until": "vale até",
        "withdraw": "Como eu retiro",
        "kept_by": "Guardado por",
        "jurisdiction": "Segundo a lei deste país",
        "stored_at": "Onde",
        "retention": "Por quanto tempo",
        "text": "O que leram para mim",
        "version": "versão %(id)s do texto",
        "proof": "Marca com que quem guarda o texto pode mostrar que nenhuma palavra mudou",
    },
    "ht": {
        "title": "Sa mwen deside",
        GIVEN: "Wi",
        REFUSED: "Non",
        REQUESTED: "Poko deside",
        WITHDRAWN: "Wi, epi mwen retire l apre",
        EXPIRED: "Wi, jiskaske li ekspire",
        INVALIDATED: "Li pa valab",
        "not_asked": "Yo pa poze kesyon an",
        "decided": "Deside",
        "until": "li bon jiska",
        "withdraw": "Kijan pou m retire l",
        "kept_by": "Moun ki kenbe l",
        "jurisdiction": "Dapre lwa peyi sa a",
        "stored_at": "Ki kote",
        "retention": "Konbyen tan",
        "text": "Sa yo te li pou mwen",
        "version": "vèsyon %(id)s tèks la",
        "proof": "Mak ki pèmèt moun ki kenbe tèks la montre pa gen yon mo ki chanje",
    },
}
Labelled = Callable[[str], str]
Dated = Callable[[str | date], str]


def plain(
    said: Mapping[str, Any], language: str, controller: str, label: Labelled, day: Dated
) -> tuple[str, ...]:
    """The lines of one person's receipt. No name stands in it, and no words of withdrawal."""
    language = language if language in HEADS else tongues.stands_in(language)
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
        f"{heads['text']}: {heads['version'] % {'id': notice.id}}",
        f"{heads['proof']}: {notice.sha256[:16]}",
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
