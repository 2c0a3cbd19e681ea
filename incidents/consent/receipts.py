"""A receipt, on wish only: what somebody decided, what was read to them, how they take it back. Plain text."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from incidents.consent import ledger, notices
from incidents.consent.answers import EXPIRED, GIVEN, INVALIDATED, REFUSED, REQUESTED, WITHDRAWN
from incidents.errors import NotFound
from incidents.model import tongues, vocabulary
from incidents.model.account import Project
from incidents.model.moment import Moment
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import Unreadable, Work

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
        "unknown": "it was not written down which version",
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
        "unknown": "no se anotó qué versión",
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
        "unknown": "la version n’a pas été notée",
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
        "unknown": "não foi anotado qual versão",
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
        "unknown": "yo pa t note ki vèsyon",
        "proof": "Mak ki pèmèt moun ki kenbe tèks la montre pa gen yon mo ki chanje",
    },
}
Said = Mapping[str, Any]
Labelled = Callable[[str], str]
Dated = Callable[[str | date], str]


def plain(
    said: Mapping[str, Any], language: str, controller: str, label: Labelled, day: Dated
) -> tuple[str, ...]:
    """The lines of one person's receipt. No name stands in it, and no words of withdrawal."""
    language = language if language in HEADS else tongues.stands_in(language)
    heads, shown = HEADS[language], _shown(said)
    notice = _in(language, shown)
    decided = f"{heads['decided']} {day(said['on'])}"
    return (
        heads["title"],
        decided,
        "",
        *_decisions(said, heads, label, day),
        "",
        f"{heads['kept_by']}: {controller}",
        *(f"{heads[name]}: {notice.about[name]}" for name in ("jurisdiction", "stored_at", "retention")),
        *_what_was_read(shown, heads),
        "",
        heads["withdraw"],
        *notice.withdraw,
    )


def _shown(said: Mapping[str, Any]) -> notices.Notice | None:
    """The text that was read aloud; none where nobody wrote down which."""
    shown = said.get("notice")
    id = shown.get("id") if isinstance(shown, Mapping) else shown
    return notices.read(id) if id and notices.known(id) else None


def _in(language: str, shown: notices.Notice | None) -> notices.Notice:
    """Who keeps it and how it is taken back, in the language of the receipt: of that version, else of today's."""
    if shown is None:
        return notices.newest(language)
    same = f"{shown.id.rpartition('.')[0]}.{language}"
    return notices.read(same) if notices.known(same) else shown


def _what_was_read(shown: notices.Notice | None, heads: Mapping[str, str]) -> Iterable[str]:
    if shown is None:
        return (f"{heads['text']}: {heads['unknown']}",)
    return (
        f"{heads['text']}: {heads['version'] % {'id': shown.id}}",
        f"{heads['proof']}: {shown.sha256[:16]}",
    )


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


# -- of whom


def of_person(work: Work, person: Person) -> Said:
    """What all of somebody's decisions come to; NotFound where none was entered, or none opens."""
    said = [each for _row, each in ledger.history(work, person) if not isinstance(each, Unreadable)]
    if not said:
        raise NotFound
    return _decided(said) | {"withdrawn": _taken_back(work, person, said)}


def of_told(people: Iterable[Said], number: int | None, on: date) -> Said:
    """The same of one who tells in a report, by their number among its people; the first asked, unless said."""
    asked = {place: person["consent"] for place, person in enumerate(people, 1) if person.get("consent")}
    said = asked.get(min(asked, default=0) if number is None else number)
    if said is None:
        raise NotFound
    return {"on": on.isoformat(), **said}


def in_words(work: Work, said: Said, language: str) -> tuple[str, ...]:
    """The lines of a receipt, with the words and days of a language."""
    controller = work.db.scalars(select(Project.organisation)).first() or ""

    def use(code: str) -> str:
        return vocabulary.label("consent_purpose", code, language)

    def on(value: str | date) -> str:
        return Moment(str(value), "DAY").in_words(language)

    return plain(said, language, controller, use, on)


def language_of(said: Said, wish: str, screen: str) -> str:
    """The person's, not the screen's: what they said, or what was read to them; another one on wish."""
    notice = said.get("notice")
    id = notice.get("id", "") if isinstance(notice, dict) else str(notice or "")
    wanted = (wish, said.get("language"), id.rpartition(".")[2], screen)
    return next(filter(None, map(tongues.of, wanted)))


def _decided(said: list[dict[str, Any]]) -> dict[str, Any]:
    """To be asked again later takes nothing back."""
    decided: dict[str, Any] = {"decisions": {}, "terms": {}, "on": said[-1]["on"]}
    for each in said:
        later = [use for use, answer in each["decisions"].items() if answer == REQUESTED]
        before = {use: decided["decisions"][use] for use in later if use in decided["decisions"]}
        decided["decisions"] |= each["decisions"] | before
        decided["terms"] |= each["terms"]
        for name in ("notice", "language"):
            decided[name] = each.get(name) or decided.get(name)
    return decided


def _taken_back(work: Work, person: Person, said: list[dict[str, Any]]) -> list[str]:
    """The uses that were withdrawn and not agreed to again."""
    answered = {(id, use) for each in said for id in each.get("answers", ()) for use in each["decisions"]}
    rows = ledger.withdrawals(work, [person.id]).get(person.id, [])
    found = {(str(row.id), use) for row in rows for use in row.purposes or [p.value for p in Purpose]}
    return sorted({use for _id, use in found - answered})
