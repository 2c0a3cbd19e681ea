"""Duplicates: what may be known already, everybody against everybody, and a decision about each pair.

A list shows the signs in words and leads to the records; names are opened on the page of one pair, or all at once
with the passphrase, and noted.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incidents import jobs, search
from incidents.errors import FreshSignInNeeded, InvalidInput, NotFound, ReasonsNeeded
from incidents.gate import needs
from incidents.intake import duplicates
from incidents.intake.duplicates import INCIDENT, KIND, PERSON, REPORT, Found, Side
from incidents.model.duplicate import DuplicateDecision, Verdict
from incidents.model.incident import Incident
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.web import job as job_pages
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import label
from incidents.web.numbers import whole
from incidents.web.records import here, value, who
from incidents.work import Permission

routes = Blueprint("duplicates", __name__, url_prefix="/duplicates")
P = Permission
PER_PAGE = 20
PUT_OFF = 50  # pairs of a page
MUNICIPALITY = 5  # digits of its code
PAGES = {PERSON: "incident.person", INCIDENT: "incident.show"}


# -- begin


@routes.get("/")
@needs(P.REPORT_TAKE_IN)
def show() -> Response:
    """Where a sweep begins; the sweeps of this person; the pairs that were put off."""
    after = search.read_mark(request.args.get("after", ""))
    found = duplicates.waiting(work(), PUT_OFF + 1, after)
    rows, more = found[:PUT_OFF], len(found) > PUT_OFF
    pager = {
        "previous_url": here() if after is not None else None,
        "next_url": here(after=f"{rows[-1].decided_on}.{rows[-1].id}") if more else None,
    }
    return page(
        "duplicates/show.html",
        jobs=[_job(job) for job in duplicates.begun(work())],
        waiting=[_pair(row.about, row.one_id, row.other_id) | _decided(row) for row in rows],
        page=pager,
    )


@routes.post("/sweep")
@needs(P.IDENTITY_OPEN)
def sweep() -> Response:
    """Everybody against everybody: a job."""
    return go("duplicates.found", id=duplicates.start(work()).id)


@routes.post("/look")
@needs(P.IDENTITY_OPEN)
def look() -> Response:
    """What one report, person or incident may be: on a page of its own, or as a piece of the page that asked."""
    about, id = request.form.get("about", ""), _id(request.form.get("id", ""))
    fragment = request.headers.get("HX-Request") == "true"
    try:
        found = duplicates.look(work(), about, id)
    except FreshSignInNeeded as problem:
        if not fragment:
            raise
        asked = {"about": about, "id": id, "sentence": problem.said(_)}
        return page("duplicates/_panel.html", problem.status, **asked)
    if isinstance(found, Job):
        where = url_for("duplicates.found", id=found.id)
        return page("duplicates/_begun.html", url=where) if fragment else go("duplicates.found", id=found.id)
    shown = _shown(found, _names(found["persons"]))
    return page("duplicates/_found.html" if fragment else "duplicates/found.html", **shown)


# -- what was found


@routes.route("/found/<uuid:id>", methods=["GET", "POST"])
@needs(P.IDENTITY_OPEN)
def found(id: UUID) -> Response:
    """How far a look is, or what it found; posted with the passphrase, with the names of the pairs that are shown."""
    job = jobs.one(work(), id)
    if job.kind != KIND:
        raise NotFound
    if job.state != JobState.DONE:
        return page(
            "duplicates/job.html", job=job_pages.line(job) | {"url": url_for("duplicates.found", id=id)}
        )
    result = jobs.result(work(), job)
    number = max(1, request.args.get("page", 1, type=whole))
    rows, more = _page_of(result["persons"], number)
    opened = _names(rows) if request.method == "POST" else {}
    shown = _shown({**result, "persons": rows, "incidents": _page_of(result["incidents"], number)[0]}, opened)
    more = more or _page_of(result["incidents"], number)[1]
    pager = {
        "previous_url": url_for("duplicates.found", id=id, page=number - 1) if number > 1 else None,
        "next_url": url_for("duplicates.found", id=id, page=number + 1) if more else None,
    }
    return page("duplicates/found.html", page=pager, job={"url": url_for("duplicates.found", id=id)}, **shown)


def _page_of(rows: list[dict[str, Any]], number: int) -> tuple[list[dict[str, Any]], bool]:
    return rows[(number - 1) * PER_PAGE : number * PER_PAGE], len(rows) > number * PER_PAGE


def _names(rows: list[dict[str, Any]]) -> dict[UUID, Any]:
    return duplicates.names_of(work(), {UUID(row[side]) for row in rows for side in ("one", "other")})


def _shown(found: Found, names: Mapping[UUID, Any]) -> dict[str, Any]:
    """The pairs that are still there, with their signs in words."""
    about = found["about"]
    return {
        "about": about,
        "asked_id": found["id"],
        "persons": _rows(PERSON, about, found["persons"], names),
        "incidents": _rows(INCIDENT, about, found["incidents"], {}),
        "people": found["people"],
        "more": found["more"],
        "left_out": sum(found["left_out"].values()),
        "named": bool(names),
    }


def _rows(
    kind: str, about: str, rows: list[dict[str, Any]], names: Mapping[UUID, Any]
) -> list[dict[str, Any]]:
    shown = []
    for row in rows:
        line = _pair(kind, UUID(row["one"]), UUID(row["other"]), waits=about == REPORT)
        if line["other"]["incidents"]:
            for side in ("one", "other"):
                line[side]["name"] = names.get(line[side]["id"])
            shown.append(
                line | {"likely": _likely(row["score"]), "later": row["later"]} | _signs(row["signs"])
            )
    return shown


def _pair(kind: str, one: UUID, other: UUID, *, waits: bool = False) -> dict[str, Any]:
    """Two records and where they are read. One of a report that waits is nowhere yet."""
    return {
        "about": kind,
        "one": {"id": one, "url": None, "incidents": []} if waits else _record(kind, one),
        "other": _record(kind, other),
        "url": None if waits else url_for("duplicates.pair", about=kind, one=one, other=other),
    }


def _record(kind: str, id: UUID) -> dict[str, Any]:
    incidents = duplicates.incidents_of(work(), id, kind)
    return {
        "id": id,
        "url": url_for(PAGES[kind], id=id) if incidents else None,
        "incidents": [_incident(each) for each in incidents],
    }


def _incident(each: Incident) -> dict[str, str]:
    return {"url": url_for("incident.show", id=each.id), "reference": each.reference}


def _likely(score: float) -> str:
    if score >= duplicates.SURE:
        return "sure"
    return "likely" if score >= duplicates.LIKELY else "possible"


def _job(job: Job) -> dict[str, Any]:
    return {"url": url_for("duplicates.found", id=job.id), "state": job.state.value, "on": job.made_at.date()}


# -- one pair


@routes.route("/pair", methods=["GET", "POST"])
@needs(P.IDENTITY_OPEN)
def pair() -> Response:
    """Two records side by side, and what somebody decides about them."""
    given = request.args
    about, one, other = given.get("about", ""), _id(given.get("one", "")), _id(given.get("other", ""))
    if request.method == "GET":
        return page("duplicates/pair.html", **_beside(about, one, other))
    try:
        verdict = _decide(about, one, other)
    except (InvalidInput, ReasonsNeeded) as problem:
        shown = (
            InvalidInput({"reasons": [problem.sentence]}) if isinstance(problem, ReasonsNeeded) else problem
        )
        return wrong("duplicates/pair.html", shown, **_beside(about, one, other))
    say(DECIDED[verdict]())
    return go("duplicates.show")


DECIDED: dict[Verdict, Callable[[], str]] = {
    Verdict.SAME: lambda: _(
        "They count as one from now on. Both stay as they were told, and this can be undone."
    ),
    Verdict.DIFFERENT: lambda: _("Kept as two. Nobody is asked about them again."),
    Verdict.LATER: lambda: _("Put off. They stand in the list below."),
}


def _decide(about: str, one: UUID, other: UUID) -> Verdict:
    verdict, reasons = request.form.get("verdict", ""), request.form.get("reasons", "")
    if verdict not in set(Verdict):
        raise InvalidInput({"verdict": [_("Choose what you find.")]})
    keep, gone = (other, one) if request.form.get("keep") == "other" else (one, other)
    duplicates.decide(work(), about, keep, gone, Verdict(verdict), reasons)
    return Verdict(verdict)


def _beside(about: str, one: UUID, other: UUID) -> dict[str, Any]:
    left, right, signs = duplicates.two(work(), about, one, other)
    before = duplicates.of(work(), one, other)
    return {
        "about": about,
        "one": _side(about, left),
        "other": _side(about, right),
        "before": _decided(before) if before else None,
        **_signs([sign.to_json() for sign in signs]),
    }


def _side(about: str, side: Side) -> dict[str, Any]:
    return {
        "url": url_for(PAGES[about], id=side.id),
        "values": side.values,
        "facts": side.facts,
        "acts": sorted({str(value(act, "type")) for act in side.acts if value(act, "type")}),
        "incidents": [_incident(each) for each in side.incidents],
    }


def _decided(row: DuplicateDecision) -> dict[str, Any]:
    return {"verdict": row.verdict.value, "by": who(row.decided_by), "on": row.decided_on}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


# -- signs in words


def _signs(signs: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What speaks for and against, the weightiest first."""
    ordered = sorted(signs, key=lambda sign: -abs(sign["weight"]))
    return {
        "speaks_for": [in_words(sign) for sign in ordered if sign["weight"] >= 0],
        "speaks_against": [in_words(sign) for sign in ordered if sign["weight"] < 0],
    }


def in_words(sign: Mapping[str, Any]) -> str:
    """One sign as a reviewer reads it."""
    if sign["code"] == "scene_near":
        return _near(sign)
    if sign["code"] == "act_same":
        return str(_("Both: %(act)s", act=label(sign["act"], "act")))
    if sign["code"] == "days_differ":
        return str(ngettext("%(num)s day apart", "%(num)s days apart", sign.get("days", 0)))
    return WORDS[sign["code"]]()


def _near(sign: Mapping[str, Any]) -> str:
    code, days = sign.get("place", ""), sign.get("days", 0)
    place = label(code, "municipality" if len(code) == MUNICIPALITY and code.isdigit() else "state")
    if days:
        said = ngettext(
            "Both in %(place)s within %(num)s day", "Both in %(place)s within %(num)s days", days, place=place
        )
    else:
        said = _("Both in %(place)s, perhaps on one day", place=place)
    return f"{said}; {_('both: %(act)s', act=label(sign['act'], 'act'))}" if sign.get("act") else said


WORDS: dict[str, Callable[[], str]] = {
    "act_differs": lambda: _("Other acts"),
    "age_differs": lambda: _("The ages do not fit"),
    "age_fits": lambda: _("The ages fit"),
    "birth_differs": lambda: _("Other dates of birth"),
    "birth_near": lambda: _("Dates of birth that are one figure or one year apart"),
    "birth_same": lambda: _("Same date of birth"),
    "birth_swapped": lambda: _("Same date of birth, day and month the other way round"),
    "birth_year": lambda: _("Born in the same year"),
    "document_differs": lambda: _("Other document numbers of the same kind"),
    "document_near": lambda: _("Same document number but for one sign"),
    "document_same": lambda: _("Same document number"),
    "gender_differs": lambda: _("Not the same gender"),
    "gender_same": lambda: _("Same gender"),
    "incident_same": lambda: _("In one incident, told of by two reports"),
    "name_alike": lambda: _("Names alike but for a slip of the pen"),
    "name_differs": lambda: _("Other names"),
    "name_initial": lambda: _("Same name, in part an initial"),
    "name_partly": lambda: _("Part of the name is the same, part is not"),
    "name_same": lambda: _("Same name; accents and order do not count"),
    "name_short": lambda: _("A short name and the name it is short for"),
    "name_shorter": lambda: _("Same name, with a part left out"),
    "name_sounds": lambda: _("Names that sound the same"),
    "nation_differs": lambda: _("Other nationality"),
    "nation_same": lambda: _("Same nationality"),
    "other_name": lambda: _("The name of one is another name of the other"),
    "people_differ": lambda: _("Other people"),
    "person_alike": lambda: _("People who may be the same"),
    "person_same": lambda: _("Somebody is in both"),
    "phone_differs": lambda: _("Other telephone"),
    "phone_near": lambda: _("Same telephone but for one digit"),
    "phone_same": lambda: _("Same telephone"),
    "place_differs": lambda: _("In different states"),
    "report_same": lambda: _("Named beside each other in one report"),
    "victims_alike": lambda: _("People of the same gender, age and nationality"),
}
