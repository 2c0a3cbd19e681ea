"""The code lists: every list for everybody; a coordinator adds, renames, retires and brings back."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import vocabulary
from incidents.errors import NotFound, Problem
from incidents.gate import needs
from incidents.model import vocabulary as words
from incidents.model.tongues import LANGUAGES
from incidents.model.vocabulary import Code
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import speaks
from incidents.work import Permission

routes = Blueprint("vocabulary", __name__, url_prefix="/vocabulary")
P = Permission
GROUPS: Mapping[str, tuple[Any, dict[str, Any]]] = {
    "own": (
        _l("Your own"),
        {"label": _l("Labels")},
    ),
    "acts": (
        _l("What happened"),
        {
            "act": _l("Kinds of act"),
            "act_status": _l("Completed or attempted"),
            "method": _l("How it was done"),
            "weapon": _l("Weapons"),
            "location_type": _l("Kinds of place"),
            "exposure": _l("Where the person was"),
            "kidnap_release": _l("How a kidnapping ended"),
            "extortion_purpose": _l("What money was demanded for"),
            "payment_channel": _l("How money was paid"),
            "incident_link": _l("How two incidents hang together"),
        },
    ),
    "persons": (
        _l("The person"),
        {
            "gender": _l("Gender"),
            "age_band": _l("Age groups"),
            "nationality": _l("Nationality, beside the countries"),
            "population": _l("Also true of the person"),
            "involvement_part": _l("Part in an act"),
            "outcome": _l("What became of the person"),
            "injury": _l("Injuries"),
            "targeted_for": _l("Why them"),
            "recognised_by": _l("How they were recognised"),
            "targeting_said_by": _l("Who says so"),
            "language": _l("Languages"),
        },
    ),
    "perpetrators": (
        _l("Who did it"),
        {
            "perpetrator": _l("Kinds of perpetrator"),
            "perpetrator_degree": _l("Part of a perpetrator"),
            "attribution_basis": _l("How it is known who did it"),
        },
    ),
    "programme": (
        _l("Programmes and authorities"),
        {
            "programme": _l("Programmes"),
            "port": _l("Ports of return"),
            "court": _l("Courts"),
            "mpp_outcome": _l("How a procedure ended"),
            "authority": _l("Authorities that were told"),
            "authority_response": _l("What authorities did"),
            "not_reported_because": _l("Why it was not reported"),
        },
    ),
    "interview": (
        _l("Interview and consent"),
        {
            "interview_place": _l("Places of an interview"),
            "interpreter": _l("Interpreters"),
            "others_present": _l("Who else was there"),
            "interview_outcome": _l("How an interview ended"),
            "told_whom": _l("Who else was told"),
            "consent_purpose": _l("Uses that are decided about"),
            "consent_method": _l("How agreement was given"),
            "consent_state": _l("How a consent stands"),
            "legal_basis": _l("Legal bases"),
        },
    ),
    "sources": (
        _l("Sources and verification"),
        {
            "source_type": _l("Kinds of source"),
            "source_relation": _l("What a source has to do with it"),
            "source_reliability": _l("How reliable a source is"),
            "info_credibility": _l("How credible a piece of information is"),
            "verification": _l("Verification"),
            "series": _l("Figures of others"),
        },
    ),
    "after": (
        _l("What is done about it"),
        {
            "task": _l("Tasks"),
            "task_outcome": _l("What came of a task"),
            "intervention": _l("Interventions"),
            "intervention_by": _l("Who intervened"),
            "intervention_status": _l("How an intervention stands"),
        },
    ),
    "everywhere": (
        _l("In every list"),
        {
            "no_answer": _l("No answer"),
            "date_precision": _l("How exactly a date is known"),
            "place_precision": _l("How exactly a place is known"),
        },
    ),
}
NAMES = {name: said for _group, lists in GROUPS.values() for name, said in lists.items()}


@routes.get("/")
@needs(P.ACCOUNT_OWN)
def listed() -> Response:
    """All lists, or the one that the address asks for."""
    name = request.args.get("list", "")
    if name:
        return page("vocabulary/show.html", **_context(name, request.args.get("code", "")))
    groups = [
        {"text": text, "lists": [_line(each, said) for each, said in lists.items()]}
        for text, lists in GROUPS.values()
    ]
    return page("vocabulary/list.html", groups=groups, version=words.version())


def _line(name: str, said: Any) -> dict[str, Any]:
    codes = words.codes(name).values()
    return {
        "url": url_for("vocabulary.listed", list=name),
        "text": said,
        "count": sum(not code.retired for code in codes),
        "own": sum(code.own for code in codes),
        "retired": sum(code.retired for code in codes),
        "closed": bool(vocabulary.why_closed(name)),
    }


@routes.post("/")
@needs(P.VOCABULARY_SET)
def change() -> Response:
    """One deed on one list, and the list again."""
    name, code = request.form.get("list", ""), request.form.get("code", "")
    deed = request.form.get("deed", "")
    if deed not in DEEDS or name not in NAMES:
        raise NotFound
    try:
        DEEDS[deed](name, code)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return wrong("vocabulary/show.html", problem, deed=deed, **_context(name, code))
    return go("vocabulary.listed", list=name)


def _labels() -> dict[str, str]:
    return {language: request.form.get(language, "") for language in LANGUAGES}


def _add(name: str, _code: str) -> None:
    vocabulary.add(work(), name, _labels(), request.form.get("above", ""))
    say(_("Added. From now on forms offer it."))


def _rename(name: str, code: str) -> None:
    vocabulary.rename(work(), name, code, _labels())
    say(_("Renamed, also where it was used before."))


def _retire(name: str, code: str) -> None:
    vocabulary.retire(work(), name, code)
    say(_("Retired. Forms offer it no more; what carries it keeps it."))


def _bring_back(name: str, code: str) -> None:
    vocabulary.bring_back(work(), name, code)
    say(_("Forms offer it again."))


DEEDS = {"add": _add, "rename": _rename, "retire": _retire, "bring_back": _bring_back}


def _context(name: str, code: str) -> dict[str, Any]:
    """One list; `chosen` is the code that is about to be changed."""
    if name not in NAMES:
        raise NotFound
    known = words.codes(name)
    may = work().actor.may(P.VOCABULARY_SET)
    beside = request.args.get("beside", "")
    beside = beside if beside in LANGUAGES else ("es" if speaks() == "en" else "en")
    closed, no_new = vocabulary.why_closed(name), vocabulary.why_no_new(name)
    return {
        "name": name,
        "text": NAMES[name],
        "rows": [_row(known, each, beside) for each in words.in_tree_order(known)],
        "beside": (beside, LANGUAGES[beside]),
        "shown_in": [
            (url_for("vocabulary.listed", list=name, beside=each), own, each == beside)
            for each, own in LANGUAGES.items()
            if each != speaks()
        ],
        "closed": _(closed) if closed else "",
        "no_new": _(no_new) if no_new else "",
        "may_set": may and not closed,
        "may_add": may and not no_new,
        "chosen": _row(known, code, beside) if may and not closed and code in known else None,
        "required": [(each, LANGUAGES[each]) for each in words.REQUIRED],
        "further": [(each, LANGUAGES[each]) for each in words.FURTHER],
        "above": [(each, words.label(name, each, speaks())) for each in vocabulary.may_stand_under(name)],
        "beneath": name in words.BENEATH,
    }


def _row(known: Mapping[str, Code], code: str, beside: str) -> dict[str, Any]:
    found = known[code]
    spoken = found.spoken(beside)
    return {
        "code": code,
        "text": words.label(found.vocabulary, code, speaks()),
        "labels": found.labels,
        "beside": found.label(beside),
        "fell_back": "" if spoken == beside else spoken,
        "restricted": found.restricted,
        "own": found.own,
        "retired": found.retired,
        "url": url_for("vocabulary.listed", list=found.vocabulary, code=code, _anchor="change"),
    }
