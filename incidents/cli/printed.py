"""What the demo's report prints of single people: some are asked, two reviewers make it ready, and two sign it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, cast
from uuid import UUID

from incidents import consent, redaction, review
from incidents.cli.invented import Invented
from incidents.intake import report
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.quote import Quote, QuoteKind
from incidents.model.report import Report
from incidents.model.vocabulary import Purpose, Verification
from incidents.work import Work

if TYPE_CHECKING:
    from incidents.cli.demo import Team

WRITES, READS = "Encina", "Fresno"  # one works at the desk, the other reads it before it is printed
SINCE = "2020"  # what the demo's tables count
ADULT = 20
# Of a woman, by what was done to her first: no more than the record says.
CASES = {
    "KID": "La secuestraron y pidieron dinero por ella. Salió con vida y llegó a un albergue.",
    "KIX": "La retuvieron unas horas y le quitaron lo que llevaba. Después la dejaron ir.",
    "EXT": "Le exigieron dinero cara a cara y le dijeron que la estaban vigilando.",
}
RISK = (
    "Quien estuvo ahí ya lo sabe. Nadie más podría reconocer a la persona: no se dicen el día, el municipio ni con "
    "quién iba."
)
QUOTES = 2
ANSWER = {"method": "spoken", "decisions": {Purpose.PUBLISH.value: "given", Purpose.QUOTE.value: "given"}}
SHOWN = {"age": "exact", "gender": True, "nationality": True, "state": True, "month": True}


def on_the_shelf(team: "Team", told: Sequence[Invented], sent: Sequence[UUID]) -> list[UUID]:
    """Quotes and cases that two signed, as an analyst may choose them; of reports that were told by one alone."""
    ids = []
    with team.work(READS) as work:
        alone = [place for place in _alone(told) if _told_once(work, sent[place])]
    cases, quoted = _of_cases(told, alone), _of_quotes(told, alone)
    others = list(islice((each for each in quoted if each not in cases), QUOTES))
    with team.work(WRITES) as work:
        asked = {place: _asked(work, sent[place]) for place in (*cases, *others)}
    with team.work(WRITES) as work:
        for place, act in cases.items():
            ids.append(redaction.begin_case(work, *asked[place], CASES[act], RISK, "spa").id)
            work.commit()  # so that no two bear one name
        for place in others:
            (source,) = redaction.offered(work, asked[place][0])
            ids.append(redaction.begin(work, asked[place][0], source.part.id, QuoteKind.QUOTE).id)
            work.commit()
    for id in ids:
        with team.work(WRITES) as work:
            _decide(work, id)
        for who in (WRITES, READS):
            with team.work(who) as work:
                quote = redaction.one(work, id)
                redaction.sign(work, quote, redaction.digest(work, redaction.look(work, quote)))
    return ids


def _told_once(work: Work, sent: UUID) -> bool:
    """Whether no other report tells of its incident: whoever told it would be asked too."""
    return len(review.reports_of(work, work.get(Incident, _incident(work, sent)))) == 1


def _incident(work: Work, sent: UUID) -> UUID:
    return cast("UUID", report.incident_of(work, work.get(Report, sent)))  # each was taken in


def _asked(work: Work, sent: UUID) -> tuple[UUID, UUID]:
    """Asked again today, and they say yes; the incident that the report tells of, and who told it."""
    person = work.get(Person, report.read(work, sent).person_ids["p1"])
    consent.decide(work, person, ANSWER)
    return _incident(work, sent), person.id


def _decide(work: Work, id: UUID) -> None:
    """Of a case everything stays; of an account, the sentences in which nothing is found that shows who it is."""
    quote: Quote = redaction.one(work, id)
    for number, sentence in enumerate(redaction.look(work, quote).sentences):
        take = quote.kind == QuoteKind.CASE or not sentence["cuts"]
        redaction.decide(work, quote, number, take=take, does=[redaction.KEEP] * len(sentence["cuts"]) * take)
    redaction.say(work, quote, SHOWN, {}, "no")


def _alone(told: Sequence[Invented]) -> Iterator[int]:
    """Reports of one adult, of acts that came to count and that no consent has to name."""
    for place, one in enumerate(told):
        (person, *others), moment = one.document["persons"], one.document["incident"]["moment"]["edtf"]
        settled = one.withdraws is None and not one.agrees_later and one.fate == Verification.CREDIBLE
        if settled and not others and moment >= SINCE and person["facts"].get("age", 0) >= ADULT:
            yield place


def _of_cases(told: Sequence[Invented], alone: Sequence[int]) -> dict[int, str]:
    """The first woman of each kind: report, and what was done to her."""
    found: dict[str, int] = {}
    for place in alone:
        act = told[place].document["acts"][0]["type"]
        if act in CASES and told[place].document["persons"][0]["facts"].get("gender") == "F":
            found.setdefault(act, place)
    return {place: act for act, place in found.items()}


def _of_quotes(told: Sequence[Invented], alone: Sequence[int]) -> Iterator[int]:
    acts = {place: {each["type"] for each in told[place].document["acts"]} for place in alone}
    return (place for place in alone if acts[place] <= {*CASES, "THR"})
