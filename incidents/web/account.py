"""Set up, sign in, my account, members."""

from typing import Any

import segno
from flask import Blueprint, Response, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from incidents import accounts, arrival, founding, gate
from incidents.errors import AlreadySetUp, InvalidInput, LinkNotValid, NotFound, Problem
from incidents.gate import PUBLIC, SIGNED_IN, needs
from incidents.model.account import User
from incidents.model.tongues import LANGUAGES
from incidents.web.frame import NEUTRAL, WRITER, go, house, needed, page, say, work, wrong
from incidents.web.language import COOKIE as LANGUAGE_COOKIE
from incidents.web.language import speaks
from incidents.work import Compartment, Permission, Ring, keys, unsent

P = Permission
LEAVING = "Amparo-Leaving"  # a header of a request after which the session ends: no other site can send it
routes = Blueprint("account", __name__)


def _twice() -> str:
    """The new passphrase, typed twice alike."""
    passphrase = request.form.get("passphrase", "")
    if passphrase != request.form.get("again", ""):
        raise InvalidInput({"again": [_("The two passphrases are not the same.")]})
    accounts.check_passphrase(passphrase)
    return passphrase


# -- the first run


@routes.route("/setup/<token>", methods=["GET", "POST"])
@needs(PUBLIC)
def setup(token: str) -> Response:
    """The one-time link that `./run` prints."""
    if founding.is_set_up(house()):
        raise AlreadySetUp
    if house().keystore.fact("setup-link") != keys.link_digest(token):
        raise LinkNotValid
    if request.method == "GET":
        return page("account/setup.html")
    try:
        organisation, name = needed("organisation", "name")
        made = founding.found(house(), organisation, name, _twice(), language=speaks())
    except Problem as problem:
        return wrong("account/setup.html", problem)
    return gate.set_cookie(go("account.setup_recovery"), made.token)


@routes.route("/account/setup/recovery", methods=["GET", "POST"])
@needs(SIGNED_IN)
def setup_recovery() -> Response:
    return _recovery("account/setup_recovery.html", "account.setup_shares")


@routes.route("/account/setup/shares", methods=["GET", "POST"])
@needs(SIGNED_IN)
def setup_shares() -> Response:
    """The escrow shares and the pepper, until they are said to be in safe hands."""
    shares = accounts.shown_shares(house(), g.session.ring)
    if not shares:
        return go("home.show")
    context: dict[str, Any] = {
        "shares": shares,
        "threshold": founding.THRESHOLD,
        "pepper": founding.pepper(house()),
        "fingerprint": house().keystore.anchors[0],
        "made_on": work().today,
    }
    if request.method == "GET":
        return page("account/setup_shares.html", **context)
    if request.form.get("written") != "yes":
        problem = InvalidInput(
            {"written": [_("Say that you have them in a safe place: they cannot be shown again.")]}
        )
        return wrong("account/setup_shares.html", problem, **context)
    accounts.drop_shares(house(), g.session.ring)
    return go("home.show")


def _asked(code: str) -> list[int]:
    """Two places of the code, the same ones each time the page is shown."""
    count, mark = len(code.split()), sum(code.encode())
    first = mark % (count - 1) + 1
    return sorted({first, first % count + 1 if first + 3 > count else first + 3})


def _recovery(template: str, then: str) -> Response:
    """Show the recovery code and ask two of its words back."""
    ring = g.session.ring
    code = accounts.shown_recovery_code(house(), ring)
    if code is None:
        return go(then)
    asked = _asked(code)
    context: dict[str, Any] = {
        "words_shown": code.split(),
        "ask": asked,
        "needs_confirmation": not work().actor.roles,
    }
    if request.method == "GET":
        return page(template, **context)
    try:
        accounts.confirm_recovery_code(
            house(), ring, {number: request.form.get(f"word.{number}", "") for number in asked}
        )
    except Problem as problem:
        return wrong(template, problem, **context)
    return go(then)


# -- signing in and out


@routes.route("/sign-in", methods=["GET", "POST"])
@needs(PUBLIC)
def sign_in() -> Response:
    if request.method == "GET":
        return (
            page("account/sign_in.html") if founding.is_set_up(house()) else page("account/not_set_up.html")
        )
    name, passphrase = request.form.get("name", ""), request.form.get("passphrase", "")
    try:
        begun = accounts.sign_in(house(), name, passphrase)
    except Problem as problem:
        return wrong("account/sign_in.html", problem, back=_back(), kept=_kept())
    return _entered(begun)


def _kept() -> str:
    """What was typed when a session ended, still sealed to its writer."""
    return request.form.get("kept", "")


def _with_what_was_typed(ring: Ring) -> Response:
    """A session ended while somebody typed: for them it all stands here again, one press from where it was going.

    For anybody else it is not there.
    """
    node = house().node
    typed = unsent.reopen(node, ring, _kept()) if node is not None else None
    if typed is None:
        say(
            _("What stood on this page was written by another member. It is not shown, and not sent."), "care"
        )
        return go("home.show")
    marked = [*typed, (WRITER, unsent.mark(node, ring.own.id))] if node is not None else typed
    return page("account/kept.html", kept=marked, back=_back())


def _back() -> str:
    """Where to go on: only a path of this site."""
    back = request.form.get("back", "")
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() else ""


def _onward() -> Response:
    return make_response(redirect(_back() or url_for("home.show"), 303))


@routes.route("/sign-in/second", methods=["GET", "POST"])
@needs(PUBLIC)
def second_factor() -> Response:
    if request.method == "GET":
        return page("account/second_factor.html")
    waits = {"kept": _kept(), "back": _back()}
    try:
        begun = accounts.second_factor(house(), gate.token(), request.form.get("code", ""))
    except Problem as problem:
        return wrong("account/second_factor.html", problem, **waits)
    return _entered(begun)


def _entered(begun: accounts.SignIn) -> Response:
    """The new session's cookie; what waited for this person's keys goes on."""
    if begun.pending:
        asked = page("account/second_factor.html", kept=_kept(), back=_back()) if _back() else None
        return gate.set_cookie(asked or go("account.second_factor"), begun.token)
    entered = accounts.admit(house(), begun.token)
    if entered is not None:
        arrival.arrive(house(), entered[0], entered[1].ring)
    back = entered is not None and _kept() and _back()
    to = _with_what_was_typed(entered[1].ring) if entered is not None and back else _onward()
    return gate.set_cookie(to, begun.token)


@routes.route("/sign-in/recovery", methods=["GET", "POST"])
@needs(PUBLIC)
def sign_in_recovery() -> Response:
    if request.method == "GET":
        return page("account/sign_in_recovery.html")
    try:
        name, code = needed("name", "recovery")
        token, _code = accounts.recover(house(), name, code, _twice())
    except Problem as problem:
        return wrong("account/sign_in_recovery.html", problem)
    return gate.set_cookie(go("account.me_recovery"), token)


@routes.post("/sign-out")
@needs(SIGNED_IN)
def sign_out() -> Response:
    house().sessions.end(g.session.token)
    session.pop(WRITER, None)
    return gate.clear_cookie(go("account.sign_in"))


@routes.post("/leave")
@needs(PUBLIC)
def leave() -> Response:
    """Quick leave: the session ends, and another site stands on the screen.

    A script that went there by itself asks `quiet`ly. Without one an empty page goes on: browsers hold a form to
    `form-action`, and would stop at a redirect to another site with the page still on the screen.
    """
    if request.form.get("quiet"):
        return _left(make_response("", 204))
    return _left(make_response(render_template("account/left.html"), {"Refresh": f"0; url={NEUTRAL}"}))


@routes.after_app_request
def left(response: Response) -> Response:
    """Whoever leaves quickly while a draft is typed sends one request: it is kept first, then the session ends.

    Two requests would overtake each other on a slow line, and the words would come to a session that is no more.
    Whatever came of the first half, the second is done: who leaves does not stay signed in.
    """
    return _left(response) if request.method == "POST" and request.headers.get(LEAVING) else response


def _left(response: Response) -> Response:
    if (given := gate.token()) and "Authorization" not in request.headers:
        house().sessions.end(given)
    session.pop(WRITER, None)
    return gate.clear_cookie(response)


@routes.post("/language")
@needs(PUBLIC)
def language() -> Response:
    picked = request.form.get("language", "")
    if picked not in LANGUAGES:
        raise NotFound
    if g.user is not None and work().actor.roles:
        accounts.set_language(work(), picked)
    response = _onward()
    response.set_cookie(
        LANGUAGE_COOKIE, picked, secure=True, httponly=True, samesite="Strict", max_age=31_536_000
    )
    return response


# -- invitations


@routes.route("/join/<token>", methods=["GET", "POST"])
@needs(PUBLIC)
def join(token: str) -> Response:
    user = accounts.invited(house(), token)
    inviter = house().db().get(User, user.invited_by) if user.invited_by else None
    context: dict[str, Any] = {
        "name": user.name,
        "roles": user.roles,
        "invited_by": inviter.name if inviter else "",
    }
    if request.method == "GET":
        return page("account/invited.html", **context)
    try:
        session, _code = accounts.join(house(), token, _twice())
    except Problem as problem:
        return wrong("account/invited.html", problem, **context)
    return gate.set_cookie(go("account.joined"), session)


@routes.route("/account/joined", methods=["GET", "POST"])
@needs(SIGNED_IN)
def joined() -> Response:
    return _recovery("account/invited_recovery.html", "home.show")


# -- my account


@routes.route("/account", methods=["GET", "POST"])
@needs(P.ACCOUNT_OWN)
def me() -> Response:
    """My account; each form on it says its deed."""
    if request.method == "GET":
        return page("account/me.html", **_mine())
    try:
        deed = MY_DEEDS[request.form.get("deed", "")]
    except KeyError:
        raise NotFound from None
    try:
        return deed()
    except Problem as problem:
        return wrong("account/me.html", problem, **_mine())


def _mine() -> dict[str, Any]:
    user, ring = work().get(User, work().actor.id), g.session.ring
    return {
        "me": {
            "name": user.name,
            "roles": user.roles,
            "joined_on": user.joined_on,
            "totp": house().sessions.totp(ring) is not None,
        },
        "keys": [{"compartment": c.value, "held": work().vault.holds(c)} for c in Compartment],
        "fingerprint": keys.fingerprint(ring.own.public),
    }


def _change_passphrase() -> Response:
    new = _twice()
    accounts.change_passphrase(work(), g.session, request.form.get("current", ""), new)
    say(_("Your passphrase is changed. Other devices were signed out."))
    return go("account.me")


def _start_totp() -> Response:
    secret, uri = accounts.begin_second_factor(work(), g.session.ring)
    picture = segno.make(uri).svg_inline(scale=5, border=2, omitsize=False)
    return page("account/me.html", **_mine(), totp_new={"qr_svg": Markup(picture), "secret": secret})  # noqa: S704  our own picture


def _confirm_totp() -> Response:
    accounts.confirm_second_factor(work(), g.session.ring, request.form.get("code", ""))
    say(_("The second factor is on."))
    return go("account.me")


def _end_totp() -> Response:
    accounts.confirm_passphrase(
        work(), g.session, request.form.get("passphrase", ""), request.form.get("code", "")
    )
    accounts.end_second_factor(work(), g.session.ring)
    say(_("The second factor is off."), "care")
    return go("account.me")


def _new_recovery() -> Response:
    accounts.confirm_passphrase(
        work(), g.session, request.form.get("passphrase", ""), request.form.get("code", "")
    )
    accounts.new_recovery_code(house(), g.session.ring)
    return go("account.me_recovery")


def _set_shortcuts() -> Response:
    on = request.form.get("shortcuts") == "on"
    accounts.set_shortcuts(work(), on=on)
    say(
        _("Single letters are shortcuts again.")
        if on
        else _("Single letters are no shortcuts any more, on no page.")
    )
    return go("account.me")


MY_DEEDS = {
    "passphrase": _change_passphrase,
    "totp_start": _start_totp,
    "totp_confirm": _confirm_totp,
    "totp_end": _end_totp,
    "recovery": _new_recovery,
    "shortcuts": _set_shortcuts,
}


@routes.route("/account/recovery", methods=["GET", "POST"])
@needs(SIGNED_IN)
def me_recovery() -> Response:
    return _recovery("account/me_recovery.html", "home.show")
