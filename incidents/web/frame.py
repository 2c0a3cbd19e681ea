"""What every page has: navigation by permission, warnings, the way a Problem is shown."""

import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from incidents import founding, members
from incidents.errors import (
    FreshSignInNeeded,
    InvalidInput,
    Problem,
    SignInNeeded,
    TooManyAttempts,
    WrittenByAnother,
    WrongSignIn,
)
from incidents.intake import drafts, questions
from incidents.model.account import User
from incidents.model.tongues import LANGUAGES
from incidents.web.language import speaks
from incidents.work import House, Permission, Work, unsent

P = Permission
SECRETS = frozenset({"again", "code", "current", "passphrase", "recovery"})
NEUTRAL = "https://www.wikipedia.org/"  # where whoever leaves quickly is next
WRITER = "writer"  # the field that says whose page a form is

Need = Permission | tuple[Permission, ...] | None
# endpoint, words, icon, what it asks for
MENU: tuple[tuple[str, Callable[[], str], str, Need], ...] = (
    ("home.show", lambda: _("Home"), "home", None),
    ("figures.shown", lambda: _("Figures"), "figures", None),
    ("report.new", lambda: _("New report"), "pen", P.REPORT_SEND),
    ("report.own", lambda: _("My reports"), "file", P.REPORT_READ_OWN),
    ("inbox.waiting", lambda: _("Inbox"), "inbox", P.REPORT_TAKE_IN),
    ("search.listed", lambda: _("Incidents"), "incident", P.INCIDENT_READ),
    ("follow_up.listed", lambda: _("Tasks"), "clock", P.TASK_DO),
    ("review.queue", lambda: _("Review"), "review", P.REVIEW_DECIDE),
    ("coding.listed", lambda: _("Double coding"), "copy", P.CODING_READ),
    ("interview.counted", lambda: _("Interviews"), "people", P.INTERVIEW_COUNT),
    ("importers.new", lambda: _("Import"), "import", P.IMPORT_DO),
    ("release.listed", lambda: _("Releases"), "release", (P.RELEASE_PREPARE, P.RELEASE_SIGN)),
    ("sharing.listed", lambda: _("Packages"), "lock", P.SHARING_PREPARE),
    ("erasures.listed", lambda: _("Erasures"), "close", P.ERASURE_DO),
    ("vocabulary.listed", lambda: _("Code lists"), "file", (P.REPORT_SEND, P.RELEASE_PREPARE)),
    ("members.listed", lambda: _("Members"), "people", P.MEMBER_LIST),
    ("trail.blocks", lambda: _("Trail"), "trail", P.TRAIL_READ),
    ("guide.listed", lambda: _("Guide"), "info", None),
)


UNDER = {
    "adding": "search",
    "editing": "search",
    "edits": "search",
    "opening": "search",
    "duplicates": "inbox",
    "evidence": "search",
    "export": "importers",
    "incident": "search",
    "making": "release",
    "many": "review",
    "people": "search",
    "policies": "release",
    "quotes": "release",
    "redaction": "review",
    "series": "importers",
    "signing": "release",
    "talk": "review",
    "texts": "erasures",
    "timeline": "search",
    "wording": "release",
}  # pages of a family that stand under another's place in the menu


def register(app: Flask) -> None:
    app.context_processor(_on_every_page)
    app.after_request(_remember)
    app.register_error_handler(500, _fault)


def house() -> House:
    found: House = current_app.extensions["house"]
    return found


def work() -> Work:
    found: Work = g.work
    return found


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A page; 422 where it shows problems, so that the gate rolls back."""
    return make_response(render_template(template, status=status, **context), status)


def wrong(template: str, problem: Problem, form: Any = None, **context: Any) -> Response:
    """The same page again with what was typed, and what to look at."""
    fields = problem.fields if isinstance(problem, InvalidInput) else {}
    translated = {name: [_(sentence) for sentence in sentences] for name, sentences in fields.items()}
    said = None if fields else problem.said(_)
    typed = request.form if form is None else form
    return page(template, 422, problem=said, errors=translated, form=typed, **context)


def needed(*names: str) -> list[str]:
    """What was typed into these fields of the form; an empty one is named."""
    given = [request.form.get(name, "").strip() for name in names]
    empty = {name: [_("Please fill this in.")] for name, value in zip(names, given, strict=True) if not value}
    if empty:
        raise InvalidInput(empty)
    return given


def go(endpoint: str, **values: Any) -> Response:
    """On to another page, after a deed."""
    return make_response(redirect(url_for(endpoint, **values), 303))


def say(sentence: str, kind: str = "good") -> None:
    """A sentence on the next page. It names no person."""
    flash(sentence, kind)


def _on_every_page() -> dict[str, Any]:
    user = getattr(g, "user", None)
    active = user is not None and bool(g.work.actor.roles)
    return {
        "language": speaks(),
        "languages": list(LANGUAGES.items()),
        "organisation": _organisation(),
        "member": _member(user) if user is not None else None,
        "navigation": _menu(g.work) if active else [],
        "warnings": _warnings(g.work) if active else [],
        "unsent": _unsent(g.work) if active else 0,
        "fresh": bool(user is not None and g.work.actor.fresh),
        "coded": _coded,
        "form": MultiDict(),
        "neutral": NEUTRAL,
        "whose": _mark,
        "errors": {},
    }


def _member(user: User) -> dict[str, Any]:
    return {"name": user.name, "roles": user.roles, "shortcuts": not user.no_shortcuts}


def _coded() -> bool:
    """Whether whoever is signed in gives a code beside the passphrase."""
    signed_in = getattr(g, "session", None)
    return signed_in is not None and house().sessions.totp(signed_in.ring) is not None


def _unsent(work: Work) -> int:
    """Drafts of reports and of answers."""
    reports = drafts.unsent(work) if work.actor.may(P.REPORT_SEND) else 0
    return reports + (len(questions.unsent(work)) if work.actor.may(P.REPORT_READ_OWN) else 0)


def _organisation() -> str:
    return founding.organisation(house())


def _menu(work: Work) -> list[dict[str, Any]]:
    family = (request.endpoint or "").partition(".")[0]
    family = UNDER.get(family, family)
    return [
        {
            "url": url_for(endpoint),
            "text": words(),
            "icon": icon,
            "current": request.endpoint == endpoint
            or (family == endpoint.partition(".")[0] and family != "report"),
        }
        for endpoint, words, icon, need in MENU
        if need is None or any(work.actor.may(one) for one in (need if isinstance(need, tuple) else (need,)))
    ]


def _warnings(work: Work) -> list[str]:
    """No content hangs on one person: said to those who can change it, until it is changed."""
    if not work.actor.may(P.MEMBER_GRANT):
        return []
    few = members.too_few(work)
    if not few:
        return []
    least = min(few.values())
    return [
        ngettext(
            "Only %(num)s person can open what is kept here. Confirm a second member with all keys, "
            "or a forgotten passphrase loses everything but the recovery shares.",
            "Only %(num)s people can open what is kept here. Confirm a second member with all keys, "
            "or a forgotten passphrase loses everything but the recovery shares.",
            least,
        )
    ]


def explain(problem: Problem) -> Response:
    """A Problem as a page. A step that asks for the passphrase again keeps what was typed, also where it was wrong."""
    if isinstance(problem, SignInNeeded):
        return _to_sign_in()
    if isinstance(problem, WrittenByAnother):
        return _closed(problem.status, problem.said(_))
    fragment = request.headers.get("HX-Request") == "true"
    beside = isinstance(problem, (WrongSignIn, TooManyAttempts)) and "confirm_passphrase" in request.form
    if isinstance(problem, FreshSignInNeeded) or (beside and not fragment):
        return page("account/again.html", problem.status, kept=typed(), sentence=problem.said(_))
    return page("error.html", problem.status, sentence=problem.said(_), code=problem.code, fragment=fragment)


def typed() -> list[tuple[str, str]]:
    """What a form brought, but for secrets: to be shown, or sent, once more."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not name.startswith("confirm_") and name not in SECRETS and name != WRITER
    ]


def _to_sign_in() -> Response:
    """Whoever is not signed in signs in first, and goes on where they were, with what they had typed."""
    if not founding.is_set_up(house()):
        return page("account/not_set_up.html", 401)
    here = request.full_path.rstrip("?")
    if request.headers.get("HX-Request") == "true":
        return page("error.html", 401, sentence=SignInNeeded().said(_), fragment=True)
    if request.method == "POST":
        return _closed(401)
    back = here if request.path != "/" else ""
    return page("account/sign_in.html", 401, back=back, action=url_for("account.sign_in"))


def _closed(status: int, sentence: str = "") -> Response:
    """The sign-in page with what was typed, sealed to its writer: nobody else reads it there or gets it back."""
    writer, node = _writer(), house().node
    kept = unsent.close(house().keystore, node, writer, typed()) if writer and node else ""
    more = {"kept": kept, "back": request.full_path.rstrip("?"), "said": sentence}
    return page("account/sign_in.html", status, action=url_for("account.sign_in"), **more)


def _writer() -> UUID | None:
    """Whose page was sent: its mark says so, or else who was the last to be signed in on this browser."""
    node = house().node
    if node is not None and request.form.get(WRITER):
        return unsent.writer_of(node, request.form[WRITER])
    return UUID(session[WRITER]) if WRITER in session else None


def _mark() -> str:
    """Says on a page whose it is."""
    node, user = house().node, getattr(g, "user", None)
    return unsent.mark(node, user.id) if node is not None and user is not None else ""


def must_be_mine() -> None:
    """No member sends, keeps or reads what another one left on the screen."""
    writer = request.form.get(WRITER)
    if writer and _writer() != work().actor.id:
        raise WrittenByAnother


def _remember(response: Response) -> Response:
    """Who is signed in on this browser, so that what they typed is given back to them alone."""
    user = getattr(g, "user", None)
    if request.method == "GET" and user is not None and session.get(WRITER) != str(user.id):
        session[WRITER] = str(user.id)
    return response


def _fault(_error: Exception) -> Response:
    """A fault of ours shows a number only; the log has the same number."""
    number = secrets.token_hex(4)
    current_app.logger.error("fault %s at %s", number, request.endpoint)
    sentence = _("Something went wrong on our side.")
    return page("error.html", 500, sentence=sentence, fault_id=number)
