"""My reports: write one, keep it as a draft, send it, read it again."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, after_this_request, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput, NotFound
from incidents.gate import needs
from incidents.intake import drafts, report
from incidents.model.report import Report
from incidents.web import blocks, forms
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.records import afresh, as_told
from incidents.work import Permission

routes = Blueprint("report", __name__, url_prefix="/reports")
P = Permission
REFUSAL = ".consent.decisions.REC"
KEEP = f"persons.0{REFUSAL}"  # may we write it down?


# -- writing


@routes.route("/new", methods=["GET", "POST"])
@needs(P.REPORT_SEND, repeatable=True)
def new() -> Response:
    """A new report. Its id is made here, so that sent ten times it is one report."""
    if request.method == "GET":
        return page("report/new.html", **_context(uuid4(), MultiDict()))
    return _do(_client_id())


@routes.route("/drafts/<uuid:id>", methods=["GET", "POST"])
@needs(P.REPORT_SEND, repeatable=True)
def draft(id: UUID) -> Response:
    if request.method == "GET":
        typed = MultiDict(drafts.read(work(), id))
        return page("report/new.html", form=typed, draft=True, **_context(id, typed))
    return _do(id)


def _client_id() -> UUID:
    try:
        return UUID(request.form.get("client_id", ""))
    except ValueError:
        raise NotFound from None


def _context(id: UUID, typed: blocks.Form) -> dict[str, Any]:
    return {"client_id": id, "rows": blocks.rows(typed), "first_tells": True}


def _do(id: UUID) -> Response:
    """What the pressed button says; where something is wrong, the page again with all that was typed."""
    afresh()
    deed = request.form.get("deed", "")
    try:
        if deed.startswith(("add:", "remove:")):
            typed, rows = blocks.changed(request.form, deed)
            return page("report/new.html", form=typed, typed=True, **_context(id, typed) | {"rows": rows})
        if deed not in DEEDS:
            raise NotFound
        return DEEDS[deed](id)
    except InvalidInput as problem:
        return wrong("report/new.html", problem, **_context(id, request.form))


def _send(id: UUID) -> Response:
    _may_be_kept()
    document = forms.load(request.form)
    if not forms.anything(document):
        raise InvalidInput({"narrative": [_("Nothing is written yet.")]})
    sent = report.send(work(), document, "page", id)
    _drop(id)
    say(_("Sealed and sent. The reference is %(reference)s.", reference=sent.reference))
    if request.form.get(KEEP) != "given":
        say(_("Nobody has said yes to its being kept. Tell a reviewer why, or ask when it is safe."), "care")
    if sent.danger == "today":
        say(_("Somebody is in danger now: call your coordinator, do not wait for an answer here."), "care")
    return go("report.own")


def _may_be_kept() -> None:
    """Somebody who does not want to be written down is not written down, not even as a draft."""
    if request.form.get(KEEP) == "refused":
        raise InvalidInput({KEEP: [_("They said no to being written down. Help them, and clear the page.")]})


def _save(id: UUID) -> Response:
    _keep(id)
    say(_("Saved as a draft. It is not sent yet."))
    if _refused():
        say(_("What was typed about somebody who said no to being written down is not kept."), "care")
    return go("report.draft", id=id)


def _stop(id: UUID) -> Response:
    _keep(id)
    return go("report.stopped", id=id)


def _keep(id: UUID) -> bool:
    """False: it was sent meanwhile, perhaps from another window, and is no draft any more."""
    _may_be_kept()
    refused = _refused()
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if forms.is_field(name) and not _is_of(name, refused)
    ]
    return drafts.save(work(), id, typed) is not None


def _refused() -> set[str]:
    """Companions who said no to being written down: `persons.1`."""
    people = (f"persons.{number}" for number in blocks.numbers(request.form, "persons"))
    return {person for person in people if request.form.get(f"{person}{REFUSAL}") == "refused"}


def _is_of(name: str, refused: set[str]) -> bool:
    """Whether a field says something of somebody who refused; that there is one, and the no, stay on the page."""
    person = ".".join(name.split(".")[:2])
    return person in refused and name.removeprefix(person) not in (".key", ".kind", REFUSAL)


def _clear(id: UUID) -> Response:
    _drop(id)
    say(_("The page is cleared. Nothing was kept."), "care")
    return go("report.new")


def _drop(id: UUID) -> bool:
    """The draft goes with this commit, and after it the draft's key. Whether there was one."""
    if not drafts.drop(work(), id):
        return False

    @after_this_request
    def shred(response: Response) -> Response:
        if response.status_code == 303:
            drafts.shred(work(), id)
        return response

    return True


DEEDS = {"clear": _clear, "save": _save, "send": _send, "stop": _stop}


@routes.post("/autosave")
@needs(P.REPORT_SEND, repeatable=True)
def autosave() -> Response:
    """What is typed, kept now and then; the answer is a line on the page."""
    worth = request.form.get(KEEP) != "refused" and forms.anything(forms.read(request.form).document)
    return page("report/_saved.html", saved=worth and _keep(_client_id()))


@routes.get("/drafts/<uuid:id>/stopped")
@needs(P.REPORT_SEND)
def stopped(id: UUID) -> Response:
    """Nothing more is asked; what is left to do before parting."""
    return page("report/stopped.html", draft_url=url_for("report.draft", id=id))


@routes.post("/drafts/<uuid:id>/discard")
@needs(P.REPORT_SEND)
def discard(id: UUID) -> Response:
    if not _drop(id):
        raise NotFound
    say(_("The draft is gone. Nobody can open it again."), "care")
    return go("report.own")


# -- reading again


@routes.get("/")
@needs(P.REPORT_READ_OWN)
def own() -> Response:
    """What I sent, as sealed; what I have not sent yet."""
    waiting = [
        {
            "url": url_for("report.draft", id=each.id),
            "discard_url": url_for("report.discard", id=each.id),
            "changed_on": each.changed_on,
        }
        for each in drafts.own(work())
    ]
    return page("report/list.html", drafts=waiting, reports=[_line(each) for each in report.own(work())])


def _line(sent: Report) -> dict[str, Any]:
    return {
        "url": url_for("report.show", id=sent.id),
        "reference": sent.reference,
        "state": sent.state.value,
        "received_on": sent.received_on,
        "danger": sent.danger,
        "channel": sent.channel,
    }


@routes.get("/<uuid:id>")
@needs(P.REPORT_READ_OWN)
def show(id: UUID) -> Response:
    """One's own report again. Another's, and one that is not there, are the same answer."""
    told = report.read_own(work(), id)
    line = {**_line(told.report), "reason": report.reason_of(work(), told.report)}
    return page("report/show.html", report=line, document=as_told(told))
