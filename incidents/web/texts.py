"""Texts that stay and may tell of somebody who was erased: each is answered for, or closed after thirty days."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incidents import erasure
from incidents.errors import EarlierVersions, InvalidInput, NotFound, Unopened
from incidents.gate import needs
from incidents.model.erasure import Erasure, TextBeside
from incidents.model.evidence import Evidence
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import Report, ReportPart
from incidents.model.talk import Answer, Question
from incidents.web.frame import go, house, page, say, work, wrong
from incidents.web.records import as_id
from incidents.work import Permission

P = Permission
routes = Blueprint("texts", __name__, url_prefix="/erasures/texts")
AT_ONCE = 20  # texts that are opened on one page, those that name them first

KINDS: dict[str, Callable[[], str]] = {
    "answer": lambda: _("What was answered to a question"),
    "comment": lambda: _("A comment"),
    "basis": lambda: _("Reasons beside a consent: somebody is dead, missing, held, or a number only"),
    "consent_event": lambda: _("Names beside somebody else’s consent"),
    "duplicate_decision": lambda: _("Reasons: the same, or not"),
    "edit": lambda: _("Why something was changed"),
    "erasure": lambda: _("Who decided an erasure, and why"),
    "erasure_proposal": lambda: _("Words about an erasure that was asked for"),
    "evidence": lambda: _("Evidence: what was written about a file"),
    "hierarchy_version": lambda: _("Why a hierarchy was set"),
    "incident": lambda: _("The account and the summary of an incident"),
    "intervention": lambda: _("Notes of something that was done"),
    "judgment": lambda: _("Reasons: what evidence shows"),
    "kept_contradiction": lambda: _("Reasons: a contradiction that was let stand"),
    "quote": lambda: _("The text of a quote"),
    "question": lambda: _("What somebody was asked"),
    "perpetrator": lambda: _("The name of an alleged perpetrator"),
    "person": lambda: _("Names of somebody else, and how they are reached"),
    "rearrangement": lambda: _("Reasons: joined, or taken apart"),
    "release": lambda: _("Why a release was recalled"),
    "report_part": lambda: _("What somebody else told"),
    "review": lambda: _("Reasons of a review"),
    "sharing": lambda: _("Why a package was recalled"),
    "source": lambda: _("A source"),
    "task": lambda: _("Notes of a task"),
    "wording": lambda: _("What was typed for the text of an edition"),
}


@routes.get("")
@needs(P.REVIEW_DECIDE)
def listed() -> Response:
    """The erasures with texts that wait for an answer, the first due first, or for the end of their rewriting."""
    groups = erasure.beside_each(work()).items()
    return page("erasures/texts.html", groups=[_group(id, rows) for id, rows in groups])


def _group(id: UUID, rows: Sequence[TextBeside]) -> dict[str, Any]:
    done = work().get(Erasure, id)
    due = min(row.due_on for row in rows)
    return {
        "url": url_for("texts.of_one", id=id),
        "kind": done.kind,
        "on": done.decided_on,
        "count": len(rows),
        "named": sum(row.named for row in rows),
        "due_on": due,
        "closed": due <= work().today,
    }


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def of_one(id: UUID) -> Response:
    """The texts beside one erasure, opened. Posted: nothing of them is in these; or one of them written anew."""
    if request.method == "GET":
        return page("erasures/text.html", **_shown(id))
    deeds = {"nothing": _nothing, "rewrite": _rewrite, "seal_again": _seal_again}
    deed = request.form.get("deed", "")
    if deed not in deeds:
        raise NotFound
    try:
        deeds[deed](id)
    except (EarlierVersions, InvalidInput, Unopened) as problem:
        return wrong("erasures/text.html", problem, asked=request.form.get("text", ""), **_shown(id))
    return go("texts.of_one", id=id)


def _shown(id: UUID) -> dict[str, Any]:
    done = work().get(Erasure, id)
    rows = sorted(erasure.waiting(work(), id), key=lambda row: not row.named)
    return {
        "kind": done.kind,
        "on": done.decided_on,
        "texts": [_line(each) for each in erasure.show(work(), rows[:AT_ONCE])],
        "more": max(0, len(rows) - AT_ONCE),
        "unfinished": len(erasure.unfinished(work())),
    }


def _line(shown: Any) -> dict[str, Any]:
    row: TextBeside = shown.row
    where = _where(row)
    return {
        "id": row.id,
        "kind": KINDS[row.about](),
        "where": where,
        "named": row.named,
        "due_on": row.due_on,
        "closed": row.due_on <= work().today,
        "unreadable": shown.unreadable,
        "fields": [{"name": f"{row.id}.{place}", "said": said} for place, said in shown.said.items()],
        "file": row.about == "evidence",
    }


def _where(row: TextBeside) -> dict[str, str] | None:
    """The page where it stands, by the reference of what it belongs to."""
    record = work().db.get(erasure.kind_of(row.about), row.about_id)
    if isinstance(record, Evidence):
        return {"url": url_for("evidence.show", id=record.id), "reference": _("the file")}
    if isinstance(record, (Answer, Question, ReportPart)):
        report = work().get(Report, record.report_id)
        return {"url": url_for("inbox.report", id=report.id), "reference": report.reference}
    person = record.id if isinstance(record, Person) else getattr(record, "person_id", None)
    if person is not None:
        return {"url": url_for("incident.person", id=person), "reference": _("the person")}
    incident = record if isinstance(record, Incident) else _incident_of(record)
    if incident is None:
        return None
    return {"url": url_for("incident.show", id=incident.id), "reference": incident.reference}


def _incident_of(record: Any) -> Incident | None:
    id = getattr(record, "incident_id", None)
    return work().db.get(Incident, id) if id else None


def _nothing(id: UUID) -> None:
    ticked = request.form.getlist("texts")
    if not ticked:
        raise InvalidInput({"texts": [_("Tick the texts that you have read.")]})
    for each in ticked:
        erasure.say_nothing(work(), erasure.one_beside(work(), id, as_id(each)))
    say(
        ngettext(
            "Answered: %(num)s text stays as it is.", "Answered: %(num)s texts stay as they are.", len(ticked)
        )
    )


def _rewrite(id: UUID) -> None:
    row = erasure.one_beside(work(), id, as_id(request.form.get("text", "")))
    try:
        erasure.rewrite(work(), row, _given(row.id, request.form))
    except InvalidInput as problem:
        first = next((name for name in request.form if name.startswith(f"{row.id}.")), "text")
        raise InvalidInput({first: problem.fields["text"]}) from None
    work().commit()
    erasure.finish(house())
    if erasure.unfinished(work()):
        say(_("Written anew. Somebody wrote beside it at that moment: finish it below."), "care")
    else:
        say(_("Written anew. What it said before is unreadable for everybody."), "care")


def _given(id: UUID, form: Mapping[str, str]) -> dict[str, str]:
    start = f"{id}."
    return {
        name.removeprefix(start): text.replace("\r\n", "\n")
        for name, text in form.items()
        if name.startswith(start)
    }


def _seal_again(_id: UUID) -> None:
    erasure.seal_again(work())
    work().commit()
    erasure.finish(house())
    say(_("Done. What the texts said before is unreadable for everybody."), "care")
