"""A case: what happened to one person, in the third person, written by hand from the record for a list of cases.

It is held to the rules of the desk: each name, number and place that is found in what was written is answered, the
people of the incident are looked at one by one, and one of the two who sign did not write it. Whoever writes it says
too who could recognize the person by it and why that is acceptable: that is sealed with the desk, and never leaves.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import erasure, search
from incidents.errors import InvalidInput, NotFound, _
from incidents.model.people import Person
from incidents.model.quote import Quote, QuoteKind, QuoteState
from incidents.model.report import ReportLink, ReportPart
from incidents.redaction import desk, judging, known, languages, people, sources
from incidents.redaction.refusals import MayNotLeave
from incidents.work import Permission, Work

LONGEST = 4_000  # letters: a case is a paragraph
SHORTEST_RISK = 40  # letters: who could recognize them, and why it is acceptable; not a nod
EMPTY = _("Write what happened to them, in the third person.")
TOO_LONG = _("A case is a paragraph: it takes up to 4,000 letters.")
RISK = _("Say who could recognize this person by it, and why that is acceptable: a sentence or two at least.")


def subjects(work: Work, incident: UUID) -> list[tuple[Person, ReportPart]]:
    """Whoever a case may be about: each person of this incident of whom a report of it tells, with where it does."""
    work.actor.must(Permission.REVIEW_DECIDE)
    ids = search.together(work, [search.incident(work, incident).id])
    query = (
        select(ReportPart)
        .join(ReportLink, ReportLink.report_id == ReportPart.report_id)
        .where(ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None))
        .order_by(ReportPart.report_id, ReportPart.number)
    )
    first: dict[UUID, ReportPart] = {}
    for part in work.db.scalars(query):
        if part.person_id is not None:
            first.setdefault(part.person_id, part)
    return [(work.get(Person, id), first[id]) for id in people.everybody(work, ids) if id in first]


def begin(work: Work, incident: UUID, person: UUID, text: str, risk: str, language: str) -> Quote:
    """Put what somebody wrote on the desk. `language`: in which they wrote it."""
    found = next(((who, part) for who, part in subjects(work, incident) if who.id == person), None)
    if found is None:
        raise NotFound
    about, part = found
    _must_be_written(text, risk, language)
    erasure.must_be_answered(work, [part.id, incident])
    ids = search.together(work, [incident])
    told = people.who_told(work, ids) | {about.id}
    scope = judging.scope(judging.ask(work, told, [QuoteKind.CASE]), QuoteKind.CASE, told, {})
    if scope.reason:
        raise MayNotLeave(reason=scope.reason)
    quote = Quote(
        incident_id=incident,
        person_id=about.id,
        part_id=part.id,
        kind=QuoteKind.CASE,
        state=QuoteState.PROPOSED,
        redactors=[str(work.actor.id)],
        begun_on=work.today,
    )
    names = known.of(work, ids)
    facts = desk.begun(work, quote, about, names, [about.id])
    written, marked = _written(work, text, risk, names)
    work.seal(quote, desk=written, facts={**facts, "risk": marked, "language": language})
    work.add(quote)
    work.note("quote.begun", quote, kind=quote.kind.value)
    return quote


def rewrite(work: Work, quote: Quote, text: str, risk: str) -> None:
    """Written anew: everything in it is looked at anew."""
    if quote.kind != QuoteKind.CASE:
        raise NotFound
    _source, before, facts = desk.to_change(work, quote)
    _must_be_written(text, risk)
    names = known.of(work, search.together(work, [search.kept(work, quote.incident_id)]))
    written, marked = _written(work, text, risk, names)
    if text.strip() == before[sources.WRITTEN]:  # only what is said of the risk
        written = {**before, "risk": written["risk"]}
    desk.keep(work, quote, written[sources.WRITTEN], written, {**facts, "risk": marked})


def _must_be_written(text: str, risk: str, language: str | None = None) -> None:
    """`language`: None where it stays as it was said."""
    wrong: dict[str, Any] = {}
    if not text.strip():
        wrong["text"] = [EMPTY]
    if len(text) > LONGEST:
        wrong["text"] = [TOO_LONG]
    if len(" ".join(risk.split())) < SHORTEST_RISK:
        wrong["risk"] = [RISK]
    if language is not None and not languages.is_known(language):
        wrong["language"] = [languages.UNKNOWN]
    if wrong:
        raise InvalidInput(wrong)


def _written(work: Work, text: str, risk: str, names: Any) -> tuple[dict[str, Any], str]:
    """The desk of it, and what names the statement of the risk in a signature."""
    written = text.strip()
    sentences = desk.proposed(written, names)
    page = {"of": sources.mark(work, written), sources.WRITTEN: written, "risk": risk.strip()}
    return {**page, "sentences": sentences, "text": ""}, sources.mark(work, risk.strip())
