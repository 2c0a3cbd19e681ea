"""Incidents: one of them, one of its people. Identity is opened field by field, with a reason."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from incidents import consent, erasure, follow_up, opening, review, search, sharing
from incidents.errors import InvalidInput, NotFound, Problem, ReasonsNeeded
from incidents.gate import needs
from incidents.intake import contradictions
from incidents.model.people import IDENTITY_FIELDS, Person
from incidents.model.review import KeptContradiction
from incidents.model.vocabulary import Purpose
from incidents.search import Known, Opened
from incidents.web import agreed, beside, edits, forms, joined
from incidents.web.frame import go, house, page, say, work, wrong
from incidents.web.language import label
from incidents.web.records import as_id, is_own, value, who
from incidents.work import Permission, Unreadable

routes = Blueprint("incident", __name__, url_prefix="/incidents")
P = Permission
SHOWN_FIRST = (Purpose.RECORD, Purpose.STATISTICS, Purpose.ROWS)  # of each person, on the incident's page
EVERYTHING = "all"
# What a page shows in places of its own; all else that is known stands below it.
ACT_SHOWN = ("type", "status", "moment", "place")
INCIDENT_SHOWN = (
    "moment", "time", "place", "exposure", "programme", "hearing_missed", "outcome", "authorities", "response",
    "interview",
)  # fmt: skip
PERSON_SHOWN = ("gender", "age", "age_band", "nationality", "population", "group_size")


# -- one incident


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.INCIDENT_READ)
def show(id: UUID) -> Response:
    """One incident; posted, a contradiction in it is kept on purpose or let go of. A merged one leads to the other."""
    kept = search.kept(work(), search.incident(work(), id).id)
    if kept != id:
        one = search.incident(work(), kept).reference
        say(_("This incident is read and counted as %(reference)s, with which it was merged.", reference=one))
        return go("incident.show", id=kept)
    opened = search.open_incident(work(), id)
    if request.method == "GET":
        return page("incident/show.html", **_context(opened))
    deeds = {"keep": _keep, "let_go": _let_go}
    deed = request.form.get("deed", "")
    if deed not in deeds:
        raise NotFound
    try:
        deeds[deed](opened)
    except ReasonsNeeded as problem:
        said = InvalidInput({_reasons_field(): [problem.said(_)]})
        return wrong("incident/show.html", said, **_context(opened))
    return go("incident.show", id=id)


def _keep(opened: Opened) -> None:
    about = as_id(request.form.get("about", ""))
    reasons = request.form.get(_reasons_field(), "")
    contradictions.keep(work(), opened, request.form.get("rule", ""), about, reasons)
    say(_("Kept on purpose. It is shown with your reasons."))


def _reasons_field() -> str:
    """One a contradiction: a page may hold several."""
    return f"{request.form.get('rule', '')}.{request.form.get('about', '')}.reasons"


def _let_go(opened: Opened) -> None:
    row = work().get(KeptContradiction, as_id(request.form.get("kept", "")))
    if row.incident_id not in {opened.incident.id, *(each.id for each in opened.joined)}:
        raise NotFound
    contradictions.let_go(work(), row)
    say(_("It is shown as a contradiction again."))


def _context(opened: Opened) -> dict[str, Any]:
    incident, edited = opened.incident, edits.of_incident(opened)
    head = {
        "reference": incident.reference,
        "state": incident.state.value,
        "received_on": incident.received_on,
        "recorded_by": who(incident.recorded_by),
        "assignee": who(incident.assignee) if incident.assignee else None,
        "due_on": incident.due_on,
        "edited": incident.edited_after_verification,
    }
    return {
        "incident": head,
        "facts": opened.facts,
        "more": beside.said("incident", opened.facts, INCIDENT_SHOWN),
        "narrative": opened.narrative,
        "summary": opened.summary,
        "acts": _acts(opened),
        "persons": _persons(opened),
        "stopped": agreed.stopped(opened),
        "perpetrators": [said for _row, said in opened.perpetrators],
        "sources": _sources(opened),
        "reports": _reports(opened),
        "history": _history(opened, edited["lines"]),
        "edits": edited,
        "contradictions": _contradictions(opened),
        "joined": joined.of_incident(opened),
        "share_url": url_for("sharing.new", incident=incident.reference)
        if work().actor.may(P.SHARING_PREPARE)
        else None,
        "timeline_url": url_for("timeline.shown", id=incident.id),
        "quote_url": url_for("redaction.new", id=incident.id) if work().actor.may(P.REVIEW_DECIDE) else None,
    }


def _contradictions(opened: Opened) -> list[dict[str, Any]]:
    """What does not fit, with the act or person that it is about; what was kept on purpose comes last."""
    numbers = {act.id: (_("Act %(number)s", number=n)) for n, (act, _f) in enumerate(opened.acts, 1)}
    numbers |= {
        person.id: _("Person %(number)s", number=n) for n, (person, _f) in enumerate(opened.people, 1)
    }
    found = [
        {
            "rule": each.found.rule,
            "sentence": _(each.found.sentence),
            "about": each.about_id,
            "where": numbers.get(each.about_id, ""),
            "kept": each.kept.id if each.kept else None,
            "by": who(each.kept.kept_by) if each.kept else "",
            "on": each.kept.kept_on if each.kept else None,
            "reasons": each.reasons,
        }
        for each in contradictions.of_incident(work(), opened)
    ]
    return sorted(found, key=lambda each: each["kept"] is not None)


def _acts(opened: Opened) -> list[dict[str, Any]]:
    numbers = {person.id: number for number, (person, _facts) in enumerate(opened.people, 1)}
    decides = work().actor.may(P.REVIEW_DECIDE)
    return [
        {
            "review_url": url_for("review.act", id=act.id) if decides else None,
            **{name: value(facts, name) for name in ("type", "status", "moment", "place")},
            "more": beside.said("acts", facts, ACT_SHOWN),
            "verification": act.verification.value,
            "may_verify": decides and bool(review.allowed(work(), act)) and not is_own(act),
            "persons": [
                {
                    "number": numbers[link.person_id],
                    "part": value(said, "part"),
                    "more": beside.said("involvements", said, ("part",)),
                }
                for link, said in opened.involvements
                if link.act_id == act.id and link.person_id in numbers
            ],
        }
        for act, facts in opened.acts
    ]


def _persons(opened: Opened) -> list[dict[str, Any]]:
    answers = _answers([person for person, _facts in opened.people], SHOWN_FIRST)
    return [
        _person(person, facts, number, answers[person.id])
        for number, (person, facts) in enumerate(opened.people, 1)
    ]


def _person(person: Person, facts: Any, number: int, answers: list[dict[str, Any]]) -> dict[str, Any]:
    opens = work().actor.may(P.IDENTITY_OPEN)
    return {
        "number": number,
        "url": url_for("incident.person", id=person.id),
        "open_url": url_for("incident.identity", id=person.id) if opens else None,
        "close_url": url_for("incident.closed", id=person.id),
        "kind": person.kind.value,
        "teller": person.teller,
        "facts": facts,
        "more": beside.said("persons", facts, PERSON_SHOWN),
        "erased": isinstance(facts, Unreadable) and facts.why == "erased",
        "consent": answers,
    }


def _answers(people: Sequence[Person], purposes: Sequence[Purpose]) -> dict[UUID, list[dict[str, Any]]]:
    """What may be done with what each person said, purpose by purpose, as it would be judged now."""
    answers = consent.as_it_stands(work(), people, purposes)
    return {
        person.id: [
            {"purpose": purpose.value, **_in_short(answers[purpose][person.id])} for purpose in purposes
        ]
        for person in people
    }


def _in_short(answer: consent.Answer) -> dict[str, Any]:
    if isinstance(answer, consent.Refusal):
        return {"decision": answer.reason}
    return {"decision": answer.kind, "until": answer.until}


def _sources(opened: Opened) -> list[dict[str, Any]]:
    """Each with the number of its origin: those of one number are one origin, whoever that is."""
    origins: dict[Any, int] = {}
    found = []
    for _source, facts in opened.sources:
        origin = origins.setdefault(value(facts, "origin"), len(origins) + 1)
        found.append({"facts": facts, "origin": origin})
    return found


def _reports(opened: Opened) -> list[dict[str, Any]]:
    takes_in = work().actor.may(P.REPORT_TAKE_IN)
    return [
        {
            "url": url_for("inbox.report", id=each.id) if takes_in else None,
            "told_url": url_for("arranging.told", id=each.id, incident=opened.incident.id)
            if takes_in
            else None,
            "reference": each.reference,
            "received_on": each.received_on,
            "danger": each.danger,
        }
        for each in review.reports_of(work(), opened.incident)
    ]


def _history(opened: Opened, edited: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What became of it, the newest first."""
    begun = {
        "on": opened.incident.received_on,
        "by": who(opened.incident.recorded_by),
        "text": _("Taken in"),
        "reasons": None,
    }
    moves = [
        {
            "on": each.decided_on,
            "by": who(each.decided_by),
            "text": f"{_('Act %(number)s', number=number)} → {label(each.to_state.value, 'verification')}",
            "reasons": None if reasons == "" else reasons,
        }
        for number, (act, _facts) in enumerate(
            opened.acts, 1
        )  # not its kind: that may have been another then
        for each, reasons in reversed(review.reviews(work(), act))
    ]
    return [*sorted([*edited, *moves], key=lambda each: each["on"], reverse=True), begun]


# -- one person


@routes.route("/persons/<uuid:id>", methods=["GET", "POST"])
@needs(P.INCIDENT_READ)
def person(id: UUID) -> Response:
    """A person's page: what is known, what may be done with it, what they decided and when."""
    known = search.open_person(work(), id)
    if request.method == "GET":
        return page("incident/person.html", **known_of(known))
    deeds = {
        **agreed.DEEDS,
        "consent": _record,
        "withdraw": _withdraw,
        "erase": _erase,
        "ask_erase": _ask_to_erase,
    }
    deed = request.form.get("deed", "")
    if deed not in deeds:
        raise NotFound
    try:
        deeds[deed](known.person)
    except InvalidInput as problem:
        return wrong("incident/person.html", problem, deed=deed, **known_of(known))
    return go("incident.person", id=id)


def known_of(known: Known) -> dict[str, Any]:
    answers = _answers([known.person], list(Purpose))[known.person.id]
    may = work().actor.may
    return {
        "person": _person(known.person, known.facts, known.incidents[0][1], answers),
        "incidents": [
            {
                "url": url_for("incident.show", id=incident.id),
                "reference": incident.reference,
                "acts": [{"type": value(act, "type"), "part": value(said, "part")} for act, said in acts],
            }
            for incident, _number, acts in known.incidents
        ],
        "ledger": _ledger(known.person),
        "withdrawn": agreed.withdrawn([known.person.id]).get(known.person.id),
        "bases": agreed.bases_of(known.person),
        "purposes": [purpose.value for purpose in Purpose],
        "may_record_consent": may(P.CONSENT_RECORD),
        "may_withdraw": may(P.CONSENT_RECORD),
        "may_erase": may(P.ERASURE_DO),
        "erasure_due": _erasure_due(known.person),
        "beside": erasure.of_erasures(work(), known.person.id),
        "there_url": url_for("there.open_names", id=known.person.id) if may(P.IDENTITY_OPEN) else "",
        "receipt_url": url_for("consent.receipt", id=known.person.id),
        "releases": agreed.releases(known.person),
        "packages": _packages(known.person),
        "joined": joined.of_person(known),
        "edits": edits.of_person(known),
    }


def _ledger(person: Person) -> list[dict[str, Any]]:
    """Every decision that was entered, the newest first."""
    return [
        {"id": str(row.id), "on": row.entered_on, "by": who(row.entered_by), "said": said}
        for row, said in reversed(consent.history(work(), person))
    ]


def _erasure_due(person: Person) -> Any:
    """The day that an erasure of this person waits for, if one does."""
    return next((each.due_on for each in erasure.open_ones(work(), person.id)), None)


def _packages(person: Person) -> list[dict[str, Any]]:
    """What was handed to a recipient and held a person."""
    if not work().actor.may(P.SHARING_PREPARE):
        return []
    return [
        {
            "url": url_for("sharing.show", id=each.id),
            "reference": each.reference,
            "purpose": each.purpose.value,
        }
        for each in sharing.holding(work(), person)
    ]


def _record(person: Person) -> None:
    """A later decision, appended; what was not asked again stays as it was decided before."""
    people = forms.load(request.form).get("persons", [])
    if not people or "consent" not in people[0]:
        raise InvalidInput({"persons.0.consent.decisions.REC": [_("Answer at least one question.")]})
    again = request.form.get("shown", "").split() if request.form.get("persons.0.consent.again") else []
    given = {**people[0]["consent"], "again": again}
    consent.decide(work(), person, given)
    say(_("Recorded. It counts from now on."))


def _withdraw(person: Person) -> None:
    given = request.form.getlist("purposes")
    purposes = [purpose for purpose in Purpose if purpose.value in given]
    if not purposes and EVERYTHING not in given:
        raise InvalidInput({"purposes": [_("Choose at least one use, or everything.")]})
    consent.withdraw(work(), person, () if EVERYTHING in given else purposes)
    say(_("Withdrawn. It works at once, for everything that has not left yet."))


def _erase(person: Person) -> None:
    """Destroy the keys of a person: intended and noted first, done at once after that, and finished if it is cut."""
    decision = request.form.get("decision", "").strip()
    if len(decision) < erasure.SHORTEST_DECISION:
        raise InvalidInput({"decision": [_("Write down who asked for it and who agreed.")]})
    erasure.erase_person(work(), person, decision)
    work().commit()
    erasure.finish(house())
    say(_("Erased. Nobody can open it again; older backups of the keys are gone in 30 days."), "care")


def _ask_to_erase(person: Person) -> None:
    """Somebody asks whom no known contact reaches: all use stops now, the erasure waits for its day."""
    words = request.form.get("words", "").strip()
    if len(words) < erasure.SHORTEST_DECISION:
        raise InvalidInput({"words": [_("Write down who asked for it, and how.")]})
    erasure.ask(work(), person, words)
    say(
        _(
            "All use of what this person told stops now. The erasure waits thirty days and for a second person."
        )
    )


@routes.post("/persons/<uuid:id>/identity")
@needs(P.IDENTITY_OPEN)
def identity(id: UUID) -> Response:
    """Open one field, for a reason that is noted. With HTMX a line of the page, else the page with it open."""
    person, _incidents = search.person(work(), id)
    name, reason = request.form.get("field", ""), request.form.get("reason", "")
    if name not in IDENTITY_FIELDS:
        raise NotFound
    fragment = request.headers.get("HX-Request") == "true"
    try:
        if reason not in search.REASONS:
            raise InvalidInput({"reason": [_("Choose why you open it.")]})
        opened = follow_up.identity(work(), person, name, reason)
    except Problem as problem:
        return _still_closed(person, name, problem, fragment=fragment)
    if opened is opening.ASKED:
        return _asked(person, name, fragment=fragment)
    if fragment:
        return page("incident/_identity.html", person=_line_of(person), field=name, value=opened)
    known = known_of(search.open_person(work(), id))
    return page("incident/person.html", opened={name: opened}, open_reason=reason, **known)


def _asked(person: Person, name: str, *, fragment: bool) -> Response:
    """Nothing is open yet: a colleague was asked."""
    sentence = _("A colleague must say yes first. They were asked; open it again when they have.")
    if fragment:
        return page("incident/_identity.html", person=_line_of(person), field=name, asked=sentence)
    say(sentence, "care")
    return go("incident.person", id=person.id)


@routes.get("/persons/<uuid:id>/closed")
@needs(P.IDENTITY_OPEN)
def closed(id: UUID) -> Response:
    """The line of a field, closed again."""
    person, _incidents = search.person(work(), id)
    field = request.args.get("field", "name")
    if field not in IDENTITY_FIELDS:
        raise NotFound
    return page("incident/_identity.html", person=_line_of(person), field=field, close=True)


def _still_closed(person: Person, name: str, problem: Problem, *, fragment: bool) -> Response:
    if not fragment:
        return wrong(
            "incident/person.html", problem, open_reason="", **known_of(search.open_person(work(), person.id))
        )
    sentence = problem.fields["reason"][0] if isinstance(problem, InvalidInput) else problem.said(_)
    return page(
        "incident/_identity.html", problem.status, person=_line_of(person), field=name, problem=sentence
    )


def _line_of(person: Person) -> dict[str, Any]:
    return {
        "open_url": url_for("incident.identity", id=person.id),
        "close_url": url_for("incident.closed", id=person.id),
    }
