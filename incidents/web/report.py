"""My reports: write one page by page, keep it as a draft, send it, read it again."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, after_this_request, make_response, request, url_for
from flask_babel import gettext as _
from markupsafe import escape
from werkzeug.datastructures import MultiDict

from incidents import search
from incidents.errors import Conflict, Erased, InvalidInput, NotFound
from incidents.gate import SIGNED_IN, needs
from incidents.intake import drafts, glance, parting, practice, questions, report
from incidents.model.report import Report
from incidents.model.vocabulary import PRACTICE
from incidents.web import blocks, forms, moments, steps
from incidents.web.drafts import KEEP, drop, free, keep, let_go, may_keep, must_be_kept, refused, waiting
from incidents.web.frame import go, must_be_mine, page, say, work, wrong
from incidents.web.parting import whom_to_call, whose_words
from incidents.web.records import afresh as once_more
from incidents.web.records import as_told, here
from incidents.work import Permission

routes = Blueprint("report", __name__, url_prefix="/reports")
P = Permission
FIRST_MINUTE = datetime.min.replace(tzinfo=UTC)  # of what the trail has no minute for
PER_PAGE = 20  # a phone's page of one's own reports
NOTHING_HAPPENED = ("NOT", "STP", "REF")  # how an interview ends that tells of no incident

for choice in (
    moments.ahead,
    moments.between,
    moments.month_name,
    moments.recent,
    moments.words,
    moments.years,
):
    routes.add_app_template_global(choice, f"moments_{choice.__name__}")
routes.add_app_template_global(forms.filled, "fields_filled")
routes.add_app_template_global(lambda: moments.CITIES, "cities")
routes.add_app_template_global(moments.municipalities, "municipalities")


# -- writing


@routes.route("/new", methods=["GET", "POST"])
@needs(P.REPORT_SEND, repeatable=True)
def new() -> Response:
    """A new report. Its id is made here and stands in the address: sent ten times, or gone back to, it is one."""
    if request.method == "POST":
        return _do(_client_id())
    if (id := _begun()) is None or drafts.spent(work(), id):
        return go("report.new", id=uuid4())
    if (receipt := _receipt(id)) is not None:
        return receipt
    kept = _kept(id)
    return page("report/new.html", **_context(id, MultiDict(kept.typed), steps.FIRST, kept.at))


def _begun() -> UUID | None:
    """The id that the address gives a report before it is one."""
    return request.args.get("id", None, UUID)


def _receipt(id: UUID) -> Response | None:
    """Where somebody who went back after sending is led."""
    sent = report.sent_as(work(), id)
    return go("report.sent", id=sent.id) if sent is not None else None


@routes.route("/drafts/<uuid:id>", methods=["GET", "POST"])
@needs(P.REPORT_SEND, repeatable=True)
def draft(id: UUID) -> Response:
    """One page of a draft: consent and the account, or one of the pages of codes."""
    if request.method == "POST":
        return _do(request.form.get("client_id", id, UUID))  # another than the address says, after a no
    if (receipt := _receipt(id)) is not None:
        return receipt
    if drafts.refused(work(), id):
        return go("report.new")
    step, kept = request.args.get("step", steps.FIRST), drafts.read(work(), id)
    if step not in steps.SHOWS:
        raise NotFound
    context = _context(id, MultiDict(kept.typed), step, kept.at)
    context["rows"] = {name: max(count, _asked(name)) for name, count in context["rows"].items()}
    return page(_template(step), **context)


def _asked(name: str) -> int:
    """How many blocks of a kind the address asks for: one that was added is empty, and kept nowhere."""
    return min(blocks.MOST, request.args.get(name, 0, int))


def _client_id() -> UUID:
    try:
        return UUID(request.form.get("client_id", ""))
    except ValueError:
        raise NotFound from None


def _template(step: str) -> str:
    return "report/new.html" if step == steps.FIRST else "report/codes.html"


def _context(id: UUID, typed: blocks.Form, step: str, at: datetime | None = None) -> dict[str, Any]:
    form = blocks.lay_out(typed, blocks.links(typed))
    return {
        "client_id": id,
        "form": form,
        "rows": blocks.rows(form),
        "first_tells": True,
        "step": step,
        "steps": list(steps.SHOWS),
        "next_step": steps.after(step),
        "kept_at": at,
        "unkept": not may_keep(typed),
        "referral": "" if may_keep(typed) else whom_to_call(),
        "practice": typed.get(PRACTICE) == "yes",
    }


def _step() -> str:
    """The page that was open when the button was pressed."""
    return next((step for step in request.form.getlist("step") if step in steps.SHOWS), steps.FIRST)


def _kept(id: UUID) -> drafts.Kept:
    """What the draft holds; where it was sent meanwhile, what was sent."""
    try:
        return drafts.read(work(), id)
    except Erased:
        raise Conflict from None  # it went while this was being read: look again
    except NotFound:
        sent = report.sent_as(work(), id)
    if sent is None:
        return drafts.Kept()
    return drafts.Kept(list(forms.typed_from(report.read_own(work(), sent.id).document).items(multi=True)))


def _do(id: UUID) -> Response:
    """What the pressed button says; where something is wrong, the page again with all that was typed."""
    once_more()
    must_be_mine()
    kept, step = _kept(id), _step()
    typed = steps.whole(kept.typed, request.form)
    id, at = (free(id), kept.at) if may_keep(typed) else (let_go(id), None)
    try:
        return _done(id, typed, at, step)
    except InvalidInput as problem:
        shown = steps.with_problem(problem.fields, step)
        return wrong(_template(shown), problem, **_context(id, typed, shown, at) | _along(typed, shown))


def _along(typed: blocks.Form, shown: str) -> dict[str, Any]:
    """What stands on other pages and is kept nowhere; after a no that is all of it."""
    return {"along": steps.along(request.form if may_keep(typed) else typed, shown)}


def _done(id: UUID, typed: blocks.Form, at: datetime | None, step: str) -> Response:
    deed, _colon, what = request.form.get("deed", "").partition(":")
    if deed in ("add", "remove", "check"):
        return _changed(id, typed, at, step)
    if deed == "go" and what in steps.SHOWS:
        return _go_on(id, typed, what)
    if deed not in DEEDS:
        raise NotFound
    return DEEDS[deed](id, typed)


def _changed(id: UUID, typed: blocks.Form, at: datetime | None, step: str) -> Response:
    """The same page with a block more or less, or with what the choices so far make room for; kept as a draft.

    What may not be kept stays on the page alone.
    """
    deed = request.form["deed"]
    form, rows = (typed, blocks.rows(typed)) if deed == "check" else blocks.changed(typed, deed)
    if not may_keep(typed) or refused(typed):
        if may_keep(typed):
            keep(id, form)
        more = {"form": form, "rows": rows} | _along(typed, step)
        return page(_template(step), typed=True, **_context(id, typed, step, at) | more)
    if not keep(id, form):
        return _meanwhile(id)
    name = deed.partition(":")[2]
    return _to(id, step, **({name: rows[name]} if deed.startswith("add:") else {}))


def _send(id: UUID, typed: blocks.Form) -> Response:
    must_be_kept(typed)
    document = forms.load(typed)
    if not forms.anything(document):
        raise InvalidInput({"narrative": [_("Nothing is written yet.")]})
    channel = PRACTICE if typed.get(PRACTICE) == "yes" else "page"
    sent = report.send(work(), document, channel, id, _kept(id).people)
    drop(id, drafts.SENT)
    if typed.get(KEEP) != "given" and channel != PRACTICE:
        say(_("Nobody has said yes to its being kept. Tell a reviewer why, or ask when it is safe."), "care")
    return go("report.sent", id=sent.id)


def _save(id: UUID, typed: blocks.Form) -> Response:
    if not keep(id, typed):
        return _meanwhile(id)
    say(_("Saved as a draft. It is not sent yet."))
    if refused(typed):
        say(_("What was typed about somebody who said no to being written down is not kept."), "care")
    return _to(id, _step())


def _go_on(id: UUID, typed: blocks.Form, step: str) -> Response:
    """What is typed is kept, half a date too; then the asked page."""
    return _to(id, step) if keep(id, typed) else _meanwhile(id)


def _to(id: UUID, step: str, **rows: int) -> Response:
    return go("report.draft", id=id, step=None if step == steps.FIRST else step, **rows)


def _stop(id: UUID, typed: blocks.Form) -> Response:
    """What was said so far is kept, so whoever told it gets their words now: they may be gone when it is sent."""
    if (kept := keep(id, typed)) is None:
        return _meanwhile(id)
    document = forms.read(MultiDict(drafts.opened(work(), kept).typed)).document
    tellers = [person["key"] for person in document.get("persons", []) if person.keys() >= {"key", "teller"}]
    parting.give(work(), id, document, drafts.people_of(work(), kept, tellers))
    return go("report.stopped", id=id)


def _meanwhile(id: UUID) -> Response:
    """It was sent from another window: what is typed here since then is not in it, and that is said."""
    sent = report.sent_as(work(), id)
    say(
        _(
            "This report was sent meanwhile. What you changed since then is not in it: write it into a new one."
        ),
        "care",
    )
    return go("report.sent", id=sent.id) if sent else go("report.own")


def _clear(id: UUID, _typed: blocks.Form) -> Response:
    drop(id)
    say(_("The page is cleared. Nothing was kept."), "care")
    return go("report.new")


DEEDS = {"clear": _clear, "save": _save, "send": _send, "stop": _stop}


@routes.post("/autosave")
@needs(P.REPORT_SEND, repeatable=True)
def autosave() -> Response:
    """What is typed, kept now and then; the answer is a line on the page."""
    must_be_mine()
    id = _client_id()
    typed = steps.whole(_kept(id).typed, request.form)
    onward = free(id) if may_keep(typed) else let_go(id)
    if onward != id:
        return _under_another_id(onward)
    kept = may_keep(typed) and forms.anything(forms.read(typed).document) and keep(id, typed)
    return _state(datetime.now(UTC) if kept else None, no=not may_keep(typed))


def _state(kept_at: datetime | None, *, no: bool, **more: Any) -> Response:
    """The state of the draft; a no is said under its answer too, on the page that asks for it."""
    asked = _step() == steps.FIRST
    return page("report/_saved.html", kept_at=kept_at, no=no, asked=asked, **more)


def _under_another_id(id: UUID) -> Response:
    """The draft is gone: the page goes on as a new one, and so does its address. A late save brings nothing back."""
    answer = _state(None, no=True, client_id=id)
    answer.headers["HX-Replace-Url"] = url_for("report.new", id=id)
    return answer


@routes.post("/words")
@needs(SIGNED_IN)
def words() -> Response:
    """A date that is being chosen, read back in words; nothing is kept."""
    name = next((field.removesuffix(".kind") for field in request.form if field.endswith(".kind")), "")
    return make_response(escape(moments.words(request.form, name)))


@routes.post("/municipalities")
@needs(P.REPORT_SEND)
def municipalities() -> Response:
    """The municipalities of the state that is being chosen, as a piece of the page; nothing is kept."""
    name = next((field.removesuffix(".state") for field in request.form if field.endswith(".state")), "")
    return page("report/_municipality.html", name=name, form=request.form)


@routes.route("/nothing", methods=["GET", "POST"])
@needs(P.REPORT_SEND, repeatable=True)
def nothing() -> Response:
    """An interview in which nothing had happened, that was stopped, or refused: kept, because it is counted."""
    if request.method == "POST":
        return _send_nothing(_client_id())
    if (id := _begun()) is None:
        return go("report.nothing", id=uuid4())
    # It was today until somebody says otherwise: without a day it is counted in no month.
    today: blocks.Form = MultiDict({"interview.on.kind": moments.here().isoformat()})
    return _receipt(id) or page("report/nothing.html", client_id=id, form=today)


def _send_nothing(id: UUID) -> Response:
    once_more()
    must_be_mine()
    channel = PRACTICE if request.form.get(PRACTICE) == "yes" else "page"
    try:
        sent = report.send(work(), _told_nothing(), channel, id)
    except InvalidInput as problem:
        return wrong("report/nothing.html", problem, client_id=id)
    return go("report.sent", id=sent.id)


def _told_nothing() -> dict[str, Any]:
    outcome = request.form.get("deed", "")
    if outcome not in NOTHING_HAPPENED:
        raise NotFound
    if outcome == "REF" and request.form.get("narrative", "").strip():
        raise InvalidInput(
            {"narrative": [_("They refused. Nothing that they said is written down: empty this.")]}
        )
    typed: blocks.Form = MultiDict(pair for pair in request.form.items(multi=True) if _is_asked(pair[0]))
    typed["interview.outcome"] = outcome
    return forms.load(typed)


def _is_asked(name: str) -> bool:
    """What the page asks for, and nothing beside it: a problem is told at a field that is there."""
    return name == "narrative" or name.startswith(("danger", "interview."))


@routes.get("/<uuid:id>/sent")
@needs(P.REPORT_READ_OWN)
def sent(id: UUID) -> Response:
    """The receipt: a number that opens nothing; three words for the person to take along; and what cannot wait."""
    own = report.own_line(work(), id)
    line = {**_line(own), "id": own.id}
    return page("report/sent.html", report=line, three_words=whose_words(own.id))


@routes.get("/drafts/<uuid:id>/stopped")
@needs(P.REPORT_SEND)
def stopped(id: UUID) -> Response:
    """Nothing more is asked; what is left to do before parting, first of all where somebody is in danger."""
    if (receipt := _receipt(id)) is not None:
        return receipt
    danger = dict(drafts.read(work(), id).typed).get("danger")
    more: dict[str, Any] = {"three_words": whose_words(id), "referral": whom_to_call()}
    return page("report/stopped.html", id=id, draft_url=url_for("report.draft", id=id), danger=danger, **more)


@routes.post("/drafts/<uuid:id>/discard")
@needs(P.REPORT_SEND)
def discard(id: UUID) -> Response:
    if not drop(id):
        raise NotFound
    say(_("The draft is gone. Nobody can open it again."), "care")
    return go("report.own")


# -- reading again


@routes.get("/")
@needs(P.REPORT_READ_OWN)
def own() -> Response:
    """What I sent, as sealed, page by page; before all of it, what I have not sent yet and what is asked of me."""
    before = search.read_mark(request.args.get("before", ""))
    asked = questions.for_me(work())  # on the first page, and on no other
    found = report.own(work(), PER_PAGE + 1, before, [each.id for each in asked])
    some, older = found[:PER_PAGE], len(found) > PER_PAGE
    pager = {
        "previous_url": url_for("report.own") if before else None,
        "next_url": here(before=search.mark_of(some[-1])) if older else None,
    }
    asked = asked if before is None else []
    seen = glance.of_own(work(), [*asked, *some])
    answer = {each.id: url_for("talk.answer", id=each.id) for each in asked}
    lines = [_line(one) | {"seen": seen[one.id], "answer_url": answer.get(one.id)} for one in [*asked, *some]]
    return page("report/list.html", reports=lines, page=pager, **(_unsent() if before is None else {}))


def _unsent() -> dict[str, Any]:
    """What waits to be sent: answers that are typed, drafts; the one just left is on top."""
    unsaid = [work().get(Report, id) for id in questions.unsent(work())]
    kept = [waiting(each) for each in drafts.own(work())]
    kept.sort(key=lambda each: each["seen"].at or FIRST_MINUTE, reverse=True)
    return {
        "answers": [
            {"reference": each.reference, "url": url_for("talk.answer", id=each.id)} for each in unsaid
        ],
        "drafts": kept,
    }


def _line(sent: Report) -> dict[str, Any]:
    return {
        "url": url_for("report.show", id=sent.id),
        "reference": sent.reference,
        "state": sent.state.value,
        "received_on": sent.received_on,
        "danger": sent.danger,
        "channel": sent.channel,
        "clear_url": url_for("report.clear", id=sent.id) if practice.may_clear(work(), sent) else None,
    }


@routes.post("/<uuid:id>/clear")
@needs(P.REPORT_READ_OWN)
def clear(id: UUID) -> Response:
    """A practice report is taken away, its keys with it."""
    parts = practice.clear(work(), id)

    @after_this_request
    def shred(response: Response) -> Response:
        if response.status_code == 303:
            practice.shred(work(), parts)
        return response

    say(_("The practice report is gone. Nobody can open it again."), "care")
    return go("report.own")


@routes.get("/<uuid:id>")
@needs(P.REPORT_READ_OWN)
def show(id: UUID) -> Response:
    """One's own report again. Another's, and one that is not there, are the same answer."""
    told = report.read_own(work(), id)
    return page("report/show.html", report=_line(told.report), document=as_told(told))
