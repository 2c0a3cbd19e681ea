"""The list of incidents: filtered by codes, sorted, saved; and words looked for in what was told.

The address is the state of the list. It holds codes and no text: what is typed to be looked for goes with a form.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _
from markupsafe import escape
from werkzeug.datastructures import MultiDict

from incidents import jobs, search
from incidents.errors import InvalidInput, NotFound
from incidents.gate import needs
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.web import facets
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.job import line as job_line
from incidents.web.language import day, label
from incidents.web.numbers import whole
from incidents.web.records import total, value, who
from incidents.work import Permission, Unreadable

routes = Blueprint("search", __name__, url_prefix="/incidents")
P = Permission
RECENT = 5  # searches that are led back to
PER_FOUND = 20  # a page of what was found opens so many accounts


# -- the list


@routes.get("/")
@needs(P.INCIDENT_READ)
def listed() -> Response:
    reference = request.args.get("reference", "").strip()
    missing = ""
    if reference:
        try:
            return go("incident.show", id=search.find(work(), reference).id)
        except NotFound:
            missing = _("There is no incident of this reference.")
    fragment = request.headers.get("HX-Request") == "true"
    template = "search/_list.html" if fragment else "search/list.html"
    return page(template, reference=reference, missing=missing, **_list(facets.asked(), whole=not fragment))


def _list(given: MultiDict[str, str], *, whole: bool) -> dict[str, Any]:
    wanted = facets.wanted(given)
    size: dict[str, Any] = {"limit": int(given["size"])} if "size" in given else {}
    found = search.listed(
        work(),
        wanted=wanted,
        before=search.read_mark(request.args.get("before", "")),
        after=search.read_mark(request.args.get("after", "")),
        **size,
    )
    many, counted = found.total, found.counted
    if not counted and request.args.get("count") == "all":
        many, counted = search.total_of(work(), wanted)
    context = {
        "incidents": [_line(line) for line in found.lines],
        "total": total(many) if counted else f"{total(many)}+",
        "count_url": None if counted else facets.here(given, count="all"),
        "counting_url": facets.here(given, "search.count"),
        "sorted_among": total(found.sorted_among) if found.sorted_among else "",
        "page": _pager(given, found),
        "chips": facets.chips(given, _NAMES),
        "reversed": facets.reversed_days(given),
        "columns": [(name, facets.COLUMNS[name]) for name in given.getlist("show") or facets.USUAL],
        "shown": given,
        **_completeness(),
    }
    return context | (_around(given) if whole else {})


@routes.get("/count")
@needs(P.INCIDENT_READ)
def count() -> Response:
    """How many fit, up to 10,000: asked for when the page is there."""
    number, _whole = search.total_of(work(), facets.wanted(facets.asked()))
    return make_response(str(escape(_("%(total)s incidents", total=total(number)))))


@routes.get("/municipalities")
@needs(P.INCIDENT_READ)
def municipalities() -> Response:
    """What the filter offers of the state that is being chosen."""
    return page("search/_municipalities.html", state=request.args.get("state", ""))


def _completeness() -> dict[str, Any]:
    """Whether a filter may miss incidents, and what is being done about it."""
    whole = search.complete(work())
    return {"complete": whole, "making": None if whole else _going(search.INDEX)}


def _pager(given: MultiDict[str, str], found: search.Slice) -> dict[str, str | None]:
    """The newest first: what comes later in time is before it."""
    marks = [search.mark_of(line.incident) for line in found.lines]
    up = facets.here(given, after=marks[0]) if found.newer and marks else None
    down = facets.here(given, before=marks[-1]) if found.older and marks else None
    return {"previous_url": up, "next_url": down}


def _line(line: search.Line) -> dict[str, Any]:
    incident, facts = line.incident, line.facts
    return {
        "url": url_for("incident.show", id=incident.id),
        "reference": incident.reference,
        "state": incident.state.value,
        "received_on": incident.received_on,
        "edited": incident.edited_after_verification,
        "assignee": who(incident.assignee) if incident.assignee else "",
        "when": value(facts, "moment"),
        "where": value(facts, "place"),
        "programme": value(facts, "programme"),
        "outcome": value(facts, "outcome"),
        "tags": value(facts, "tags"),
        "acts": [
            {"type": value(said, "type"), "verification": act.verification.value} for act, said in line.acts
        ],
    }


def _handling(code: str) -> str:
    words = {"open": _("Opened"), "in_review": _("In review"), "ready": _("Ready"), "closed": _("Closed")}
    return str(words[code])


_NAMES = {
    "handling": _handling,
    "verification": lambda code: label(code, "verification"),
    "assignee": lambda id: who(UUID(id)),
    "from": lambda text: _("received from %(day)s", day=day(text)),
    "to": lambda text: _("received until %(day)s", day=day(text)),
}


def _around(given: MultiDict[str, str]) -> dict[str, Any]:
    """What stands around the list: what can be chosen, what was saved, what is being made."""
    return {
        "facets": list(facets.facets()),
        "people": [(str(user.id), user.name) for user in search.assignable(work())],
        "sorts": [(sort.value, text) for sort, text in facets.SORTS.items()],
        "sizes": facets.SIZES,
        "all_columns": facets.COLUMNS.items(),
        "usual": facets.USUAL,
        "saved": [_saved(row, said) for row, said in search.own_filters(work())],
        "asked": list(given.items(multi=True)),
        "searches": _searches(),
    }


def _searches() -> list[dict[str, Any]]:
    """One's own searches for words, the newest first; what was looked for stays sealed."""
    found = [job for job in jobs.own(work()) if job.kind == search.FIND][:RECENT]
    return [
        {
            "url": url_for("search.found", id=job.id),
            "at": format_datetime(job.made_at, "short"),
            "state": job.state.value,
        }
        for job in found
    ]


def _saved(row: Any, said: Any) -> dict[str, Any]:
    readable = not isinstance(said, Unreadable)
    given = MultiDict(said["asked"]) if readable else MultiDict()
    return {
        "name": said["name"] if readable else said,
        "url": facets.here(facets.kept(given)) if readable else None,
        "forget_url": url_for("search.forget", id=row.id),
    }


def _going(kind: str) -> str | None:
    found = jobs.going(work(), kind)
    return url_for("job.show", id=found.id) if found else None


# -- facets for incidents from before


@routes.post("/index")
@needs(P.INCIDENT_READ)
def index() -> Response:
    """Make the facets of all incidents: until it ends, a filter may miss some."""
    if search.complete(work()):
        say(_("They are all made."))
        return go("search.listed")
    going = jobs.going(work(), search.INDEX) or jobs.start(work(), search.INDEX, {})
    return go("job.show", id=going.id)


# -- saved filters


@routes.post("/filters")
@needs(P.INCIDENT_READ)
def save() -> Response:
    given = facets.kept(request.form)
    try:
        search.save_filter(work(), request.form.get("name", ""), given.to_dict(flat=False))
    except InvalidInput as problem:
        context = {"reference": "", "missing": "", **_list(given, whole=True)}
        return wrong("search/list.html", problem, **context)
    say(_("Saved. Only you see it."))
    return go("search.listed", **given.to_dict(flat=False))


@routes.post("/filters/<uuid:id>/forget")
@needs(P.INCIDENT_READ)
def forget(id: UUID) -> Response:
    search.forget_filter(work(), id)
    say(_("Taken away."))
    return go("search.listed")


# -- words


@routes.post("/find")
@needs(P.INCIDENT_READ)
def find() -> Response:
    """Look for words in all accounts: long work, so a job. The words go sealed, and in no address."""
    words = request.form.get("words", "").strip()
    try:
        search.check(words)
    except InvalidInput as problem:
        return wrong(
            "search/list.html", problem, reference="", missing="", **_list(facets.asked(), whole=True)
        )
    return go("search.found", id=jobs.start(work(), search.FIND, {}, {"words": words}).id)


@routes.get("/found/<uuid:id>")
@needs(P.INCIDENT_READ)
def found(id: UUID) -> Response:
    """What came of a search: how far it is, then where the words stand."""
    job = jobs.one(work(), id)
    if job.kind != search.FIND:
        raise NotFound
    if job.state != JobState.DONE:
        return page("search/found.html", job=job_line(job), hits=None)
    return page("search/found.html", job=job_line(job), **_hits(job))


def _hits(job: Job) -> dict[str, Any]:
    said = jobs.result(work(), job)
    told, ids = ([UUID(each) for each in said.get(kind, ())] for kind in ("told", "ids"))
    first = max(0, request.args.get("place", 0, type=whole))
    after = max(0, first - len(told))  # reports come first
    some = search.lines(work(), ids[after : max(0, first + PER_FOUND - len(told))])
    texts = search.snippets(work(), [line.incident for line in some], said["words"])
    onward, back = first + PER_FOUND, max(0, first - PER_FOUND)
    return {
        "told": _told(told[first : first + PER_FOUND], said["words"]),
        "told_found": total(said.get("told_found", 0)),
        "hits": [{**_line(line), "pieces": pieces} for line, pieces in zip(some, texts, strict=True)],
        "sought": said["words"],
        "found": total(said["found"], most=len(ids)) if said["found"] > len(ids) else total(said["found"]),
        "looked": total(said["looked"], most=said["looked"]),
        "page": {
            "previous_url": url_for("search.found", id=job.id, place=back) if first else None,
            "next_url": url_for("search.found", id=job.id, place=onward)
            if onward < len(told) + len(ids)
            else None,
        },
    }


def _told(ids: list[UUID], sought: str) -> list[dict[str, Any]]:
    """Reports that are not taken in and hold the words."""
    some = search.reports_told(work(), ids) if ids else []
    return [
        {
            "url": url_for("inbox.report", id=each.id),
            "reference": each.reference,
            "received_on": each.received_on,
            "state": each.state.value,
            "pieces": pieces,
        }
        for each, pieces in zip(some, search.snippets_told(work(), some, sought), strict=True)
    ]
