"""Sign in for a token, confirm it, end it; and who it stands for."""

from typing import Any

from flask import Response, g

from incidents import accounts, arrival
from incidents.api.frame import Routes, house, work
from incidents.api.schemas import ConfirmSchema, MeSchema, SignInSchema, TokenSchema
from incidents.errors import InvalidInput, SignInNeeded, _
from incidents.gate import PUBLIC, SIGNED_IN, needs
from incidents.model.account import User
from incidents.work import Compartment, Permission

routes = Routes("account", "")
CODE_NEEDED = _("This account has a second factor: give its present code.")


@routes.route("/session", methods=["POST"])
@needs(PUBLIC)
@routes.arguments(SignInSchema)
@routes.response(201, TokenSchema)
@routes.doc(security=[])
def sign_in(given: dict[str, str]) -> dict[str, str]:
    """A token for name and passphrase; with a second factor, its code too."""
    begun = accounts.sign_in(house(), given["name"], given["passphrase"])
    if begun.pending:
        begun = _second_factor(begun.token, given["code"])
    found = accounts.admit(house(), begun.token)
    if found is None:
        raise SignInNeeded
    user, session = found
    arrival.arrive(house(), user, session.ring)
    return {"token": begun.token.hex()}


def _second_factor(pending: bytes, code: str) -> accounts.SignIn:
    """One request is one try: a session that waits for its code is not left behind."""
    try:
        if not code:
            raise InvalidInput({"code": [CODE_NEEDED]})
        return accounts.second_factor(house(), pending, code)
    finally:
        house().sessions.end(pending)


@routes.route("/session/confirm", methods=["POST"])
@needs(SIGNED_IN)
@routes.arguments(ConfirmSchema)
@routes.response(204)
def confirm(given: dict[str, str]) -> Response:
    """Give the passphrase again: for five minutes, steps that ask for it are open."""
    work().actor.must_be_in_person()
    accounts.confirm_passphrase(work(), g.session, given["passphrase"], given["code"])
    return Response(status=204)


@routes.route("/session", methods=["DELETE"])
@needs(SIGNED_IN)
@routes.response(204)
def sign_out() -> Response:
    """End the session: its token opens nothing any more."""
    work().actor.must_be_in_person()
    house().sessions.end(g.session.token)
    return Response(status=204)


@routes.route("/me")
@needs(SIGNED_IN)
@routes.response(200, MeSchema)
def me() -> dict[str, Any]:
    """Who this token stands for, what they may do, and which keys they hold."""
    user, actor = work().get(User, work().actor.id), work().actor
    return {
        "id": user.id,
        "name": user.name,
        "state": user.state.value,
        "roles": list(actor.roles),
        "permissions": [permission.value for permission in Permission if actor.may(permission)],
        "compartments": [each.value for each in Compartment if actor.roles and work().vault.holds(each)],
        "language": user.language,
        "fresh": actor.fresh,
        "token": actor.token,
    }
