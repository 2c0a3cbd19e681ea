"""The inbox: reports that wait, each taken in, linked to a known incident, asked about or set aside."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from incidents import search
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.intake import closed, contradictions, following, glance, practice, questions, take_in
from incidents.intake import report as reports
from incidents.intake.report import Told
from incidents.model.incident import Incident
from incidents.model.report import Report
from incidents.model.vocabulary import PRACTICE, ReportState
from incidents.web import beside, blocks, forms, names, newer
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import between, called, label, moment
from incidents.web.records import afresh, as_id, as_told, onward, value, who
from incidents.work import Permission

routes = Blueprint("inbox", __name__, url_prefix="/inbox")
P = Permission
PER_PAGE = 50
LISTS = {
    "": reports.WAITING,
    "needs_information": (ReportState.NEEDS_INFORMATION,),
    "set_aside": (ReportState.SET_ASIDE,),
}


@routes.get("/")
@needs(P.REPORT_TAKE_IN)
def waiting() -> Response:
    """What waits: those in danger on top of the first page, then the oldest."""
    state = request.args.get("state", "")
    after = search.read_mark(request.args.get("after", ""))
    if state == PRACTICE:
        return page("inbox/list.html", reports=_lines(practice.listed(work(), PER_PAGE)), state=state)
    found = reports.inbox(work(), PER_PAGE + 1, after, LISTS.get(state, reports.WAITING))
    rows = found[:PER_PAGE]
    urgent = reports.urgent(work()) if not state and after is None else []
    pager = onward(rows, more=len(found) > PER_PAGE)
    lines = [*_lines(urgent, soonest=True), *_lines([row for row in rows if row not in urgent])]
    return page("inbox/list.html", reports=lines, state=state, page=pager)


def _lines(listed: list[Report], *, soonest: bool = False) -> list[dict[str, Any]]:
    """As they come, or whoever is in danger now before all others, then before the nearest day."""
    days = glance.days_of_danger(work(), listed)
    if soonest:
        listed = sorted(listed, key=lambda each: (each.danger != "today", days.get(each.id, date.max)))
    answered = questions.answered(work(), listed)
    return [_line(each, days.get(each.id)) | {"answered": each.id in answered} for each in listed]


def _line(each: Report, before: date | None = None) -> dict[str, Any]:
    return {
        "url": url_for("inbox.report", id=each.id),
        "reference": each.reference,
        "state": each.state.value,
        "received_on": each.received_on,
        "recorded_by": who(each.recorded_by),
        "danger": each.danger,
        "danger_before": before,
        "clear_url": url_for("report.clear", id=each.id) if practice.may_clear(work(), each) else None,
        "channel": each.channel,
        "mine": each.recorded_by == work().actor.id,
    }


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.REPORT_TAKE_IN, repeatable=True)
def report(id: UUID) -> Response:
    """A report as told beside its codes. Two reviewers at once: the second is told, and led to the incident."""
    told = reports.read(work(), id)
    found = following.proposed(work(), told) if told.report.supersedes else None
    if found is not None and request.method == "GET":
        return newer.show(found, _line(told.report))
    if request.method == "GET":
        return page("inbox/report.html", **_context(told, forms.typed_from(closed.shut(told.document))))
    afresh()
    deed = request.form.get("deed", "")
    if told.report.state not in reports.WAITING and deed not in ("bring_back", names.OPEN, names.CLOSE):
        return _meanwhile(told.report)
    try:
        if found is not None and deed in newer.DEEDS:
            return newer.DEEDS[deed](found, _line(told.report))
        return _do(told, deed)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        if found is not None:
            return wrong("inbox/newer.html", problem, **newer.context(found, _line(told.report)))
        return wrong("inbox/report.html", problem, **_context(told, request.form) | {"form": request.form})


def _as_it_stands(told: Told, typed: blocks.Form) -> dict[str, Any]:
    """The codes as they stand; while one of them cannot be read, which is said first, as they were told."""
    try:
        return names.carried(told, typed, _keys(told))
    except InvalidInput:
        return told.document


def _context(told: Told, typed: blocks.Form, *, names_open: bool = False) -> dict[str, Any]:
    taken = reports.incident_of(work(), told.report)
    lead = search.incident(work(), search.kept(work(), taken)) if taken else None
    understood = _as_it_stands(told, typed)
    return {
        "changes": beside.changes(told.document, understood),
        "contradictions": [
            {
                "sentence": _(each.sentence),
                "fields": [(name, beside.field_in_words(name)) for name in each.fields],
            }
            for each in contradictions.of(understood)
        ],
        "not_asked": reports.not_asked(told.document),
        "report": _line(told.report) | {"reason": reports.reason_of(work(), told.report)},
        "document": as_told(told) if names_open else names.shut(as_told(told)),
        "closed_names": names.context(told, typed, shown=names_open),
        "form": typed,
        "rows": blocks.rows(typed),
        "first_tells": False,
        "taken_in": [_link(lead)] if lead else [],
        "may_take_in": told.report.state in reports.WAITING and told.report.channel != PRACTICE,
        "next": _next(told.report),
        "reasons_aside": reports.REASONS_ASIDE,
        "reasons_to_ask": reports.REASONS_TO_ASK,
    }


def _next(after: Report) -> dict[str, str] | None:
    """The next report that waits: after this one, else the oldest."""
    for begun in ((after.received_on, after.id), None):
        for found in reports.inbox(work(), 2, begun):
            if found.id != after.id:
                return _way_to(found)
    return None


def _way_to(found: Report) -> dict[str, str]:
    return {"url": url_for("inbox.report", id=found.id), "reference": found.reference}


@routes.app_template_global("after_take_in")
def after_take_in() -> dict[str, str] | None:
    """On the page of an incident that a report was just taken into: who is in danger, or the next of the inbox."""
    if "taken_in" not in request.args or not work().actor.may(P.REPORT_TAKE_IN):
        return None
    after = search.read_mark(request.args["taken_in"])
    found = [*reports.urgent(work(), 1), *reports.inbox(work(), 1, after), *reports.inbox(work(), 1)]
    first = next(iter(found), None)
    return _way_to(first) if first is not None else None


def _keys(told: Told) -> set[str]:
    return {entry["key"] for name in ("acts", "persons") for entry in told.document.get(name, [])}


def _link(incident: Incident) -> dict[str, str]:
    return {"url": url_for("incident.show", id=incident.id), "reference": incident.reference}


def _meanwhile(report: Report) -> Response:
    """Somebody was quicker: nothing is done twice, and nothing is lost."""
    if report.state == ReportState.TAKEN_IN:
        say(_("This report was taken in meanwhile. Here is where it went."), "care")
    else:
        say(_("This report was handled by somebody else meanwhile."), "care")
    return go("inbox.report", id=report.id)


def _do(told: Told, deed: str) -> Response:
    if deed.startswith(("add:", "remove:")):
        typed, rows = blocks.changed(request.form, deed)
        return page("inbox/report.html", typed=True, **_context(told, typed) | {"rows": rows})
    if deed not in DEEDS:
        raise NotFound
    return DEEDS[deed](told)


def _understood(told: Told) -> dict[str, Any]:
    """The codes of the page; what the page does not show, as it was told."""
    return names.carried(told, request.form, _keys(told))


def _open_names(told: Told) -> Response:
    """The names, for this look: the next one finds them closed."""
    closed.open_names(work(), told, request.form.get("names_why", ""))
    typed = names.typed_open(told, request.form)
    return page("inbox/report.html", typed=True, **_context(told, typed, names_open=True))


def _close_names(told: Told) -> Response:
    """By the button, or after two minutes; then a name that is being corrected stays, or it would be lost."""
    if request.form.get("timed") and names.corrected(told, request.form):
        return page("inbox/report.html", typed=True, **_context(told, request.form, names_open=True))
    return page("inbox/report.html", typed=True, **_context(told, names.typed_shut(told, request.form)))


def _check(told: Told) -> Response:
    """Enter was pressed in a field: look at the codes, do nothing."""
    _understood(told)
    return page("inbox/report.html", typed=True, **_context(told, request.form))


def _take_in(told: Told) -> Response:
    incident = take_in.take_in(work(), told.report.id, _understood(told))
    say(_("Taken in as incident %(reference)s.", reference=incident.reference))
    return go("incident.show", id=incident.id, taken_in=search.mark_of(told.report))


def _link_to(told: Told) -> Response:
    """Which incident, then what of the report it holds already, then linked: nothing is counted twice by haste."""
    try:
        found = search.find(work(), request.form.get("known", ""))
        known = search.incident(work(), search.kept(work(), found.id))
    except NotFound:
        raise InvalidInput({"known": [_("There is no incident of this reference.")]}) from None
    understood = _understood(told)
    if request.form.get("compared") != known.reference:
        choices = _choices(known, understood)
        return page("inbox/report.html", typed=True, choices=choices, **_context(told, request.form))
    take_in.take_in(work(), told.report.id, understood, link_to=known.id, same=_same(understood))
    say(_("Linked to incident %(reference)s.", reference=known.reference))
    return go("incident.show", id=known.id, taken_in=search.mark_of(told.report))


def _choices(known: Incident, understood: dict[str, Any]) -> dict[str, Any]:
    """For each act and person of the report, those of the incident that it may be."""
    opened = search.open_incident(work(), known.id)
    acts = [(str(act.id), _act_text(number, facts)) for number, (act, facts) in enumerate(opened.acts, 1)]
    people = [
        (str(person.id), _person_text(number, facts))
        for number, (person, facts) in enumerate(opened.people, 1)
        if person.id not in opened.same
    ]
    return {
        "known": _link(known),
        "acts": [
            {"name": f"same.acts.{each['key']}", "text": _act_text(n, each), "options": acts}
            for n, each in enumerate(understood.get("acts", []), 1)
        ],
        "persons": [
            {
                "name": f"same.persons.{each['key']}",
                "text": _person_text(n, each.get("facts") or {}),
                "options": people,
            }
            for n, each in enumerate(understood.get("persons", []), 1)
        ],
    }


def _act_text(number: int, facts: Any) -> str:
    said = [label(value(facts, "type"), "act"), moment(value(facts, "moment"))] if _reads(facts) else []
    return ", ".join([_("Act %(number)s", number=number), *(word for word in said if word)])


def _person_text(number: int, facts: Any) -> str:
    """In codes, no name: names are compared on the page of the person."""
    said: list[str] = []
    if _reads(facts):
        age = facts.get("age")
        said = [
            called(facts.get("gender"), age, facts.get("age_band")),
            str(age) if age is not None else between(facts.get("age_band"), "age_band"),
            *(between(code, "nationality") for code in facts.get("nationality") or ()),
        ]
    return ", ".join([_("Person %(number)s", number=number), *(word for word in said if word)])


def _reads(facts: Any) -> bool:
    return isinstance(facts, dict)


def _same(understood: dict[str, Any]) -> take_in.Same:
    """What was chosen to be in the incident already; what is new was left empty."""

    def chosen(block: str) -> dict[str, UUID]:
        given = {
            each["key"]: request.form.get(f"same.{block}.{each['key']}", "")
            for each in understood.get(block, [])
        }
        return {key: as_id(text) for key, text in given.items() if text}

    return take_in.Same(chosen("acts"), chosen("persons"))


def _ask(told: Told) -> Response:
    code = _reason("question", reports.REASONS_TO_ASK)
    questions.ask(work(), told.report, code, request.form.get("words", ""))
    say(_("Asked. The sender sees it beside the report."))
    return go("inbox.waiting")


def _set_aside(told: Told) -> Response:
    reports.set_aside(work(), told.report, _reason("reason", reports.REASONS_ASIDE))
    say(_("Set aside. It stays sealed and can be brought back."))
    return go("inbox.waiting")


def _reason(name: str, reasons: tuple[str, ...]) -> str:
    given = request.form.get(name, "")
    if given not in reasons:
        raise InvalidInput({name: [_("Choose one of these.")]})
    return given


def _bring_back(told: Told) -> Response:
    reports.bring_back(work(), told.report)
    say(_("It waits again."))
    return go("inbox.report", id=told.report.id)


DEEDS = {
    names.OPEN: _open_names,
    names.CLOSE: _close_names,
    "ask": _ask,
    "bring_back": _bring_back,
    "check": _check,
    "link": _link_to,
    "set_aside": _set_aside,
    "take_in": _take_in,
}
