"""Hand records to one named recipient: choose, let somebody else sign, download under the recipient's key."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from incidents import members, search, sharing
from incidents.errors import (
    ConsentMissing,
    InvalidInput,
    NotFound,
    Problem,
    SecondPersonNeeded,
)
from incidents.gate import needs, poured
from incidents.model.people import IDENTITY_FIELDS
from incidents.model.sharing import Sharing
from incidents.model.vocabulary import Purpose, ReleaseState
from incidents.web import enclosed
from incidents.web.frame import go, page, say, work, wrong
from incidents.work import Permission, Unreadable

P = Permission
routes = Blueprint("sharing", __name__, url_prefix="/sharing")
AGE = "application/octet-stream"


@routes.get("")
@needs(P.SHARING_PREPARE)
def listed() -> Response:
    """Every package, the newest first."""
    names = members.names(work())
    lines = [
        {
            "url": url_for("sharing.show", id=each.id),
            "reference": each.reference,
            "recipient": choice if isinstance(choice, Unreadable) else choice["recipient"],
            "purpose": each.purpose.value,
            "prepared_by": names.get(each.prepared_by, "–"),
            "prepared_on": each.prepared_on,
            "state": each.state.value,
            "downloads": each.downloads,
            "waits_for_me": _may_sign(each),
        }
        for each, choice in sharing.listed(work())
    ]
    return page("sharing/list.html", packages=lines)


@routes.route("/new", methods=["GET", "POST"])
@needs(P.SHARING_PREPARE)
def new() -> Response:
    """What goes to whom. Nothing leaves before somebody else signs."""
    if request.method == "GET":
        return page("sharing/new.html", **_form(request.args.get("incident", "")))
    choice = None
    try:
        choice = _chosen()
        if request.form.get("deed") == "evidence":
            return page("sharing/new.html", form=request.form, **_form(offered=enclosed.offered(choice)))
        made = sharing.prepare(work(), choice)
    except (InvalidInput, ConsentMissing) as problem:
        return wrong("sharing/new.html", problem, **_form(offered=enclosed.offered_again(choice)))
    say(_("Prepared. A coordinator signs it next; nothing has left yet."))
    return go("sharing.show", id=made.id)


def _form(incidents: str = "", offered: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "purposes": [each.value for each in sharing.PURPOSES],
        "fields": IDENTITY_FIELDS,
        "incidents": incidents,
        "offered": offered,
    }


def _chosen() -> sharing.Choice:
    form = request.form
    purpose = form.get("purpose", "")
    if purpose not in [each.value for each in sharing.PURPOSES]:
        raise InvalidInput({"purpose": [_("Choose what the recipient needs it for.")]})
    return sharing.Choice(
        purpose=Purpose(purpose),
        recipient=form.get("recipient", "").strip(),
        key=form.get("key", "").strip(),
        checked=form.get("checked", "").strip(),
        incidents=_incidents(form.get("incidents", "")),
        fields=tuple(form.getlist("fields")),
        account=form.get("account") == "yes",
        evidence=enclosed.chosen(),
    )


def _incidents(text: str) -> tuple[UUID, ...]:
    """The incidents of these references, in the order they were written, each once."""
    found = []
    for reference in text.replace(",", " ").split():
        try:
            found.append(search.find(work(), reference).id)
        except NotFound:
            raise InvalidInput(
                {"incidents": [_("There is no incident with one of these references.")]}
            ) from None
    return tuple(dict.fromkeys(found))


# -- one package


@routes.get("/<uuid:id>")
@needs(P.SHARING_PREPARE)
def show(id: UUID) -> Response:
    """What is in it, without any of it; who stands for it; what may be done now."""
    return page("sharing/show.html", **_shown(*sharing.one(work(), id)))


def _shown(package: Sharing, choice: dict[str, Any], promised: dict[str, Any]) -> dict[str, Any]:
    names = members.names(work())
    recalled = package.state == ReleaseState.RECALLED and package.recalled_why is not None
    incidents = [
        {
            **each,
            "url": url_for("incident.show", id=each["incident"]),
            "evidence": [
                {**piece, "url": url_for("evidence.show", id=piece["piece"])}
                for piece in each.get("evidence", [])
            ],
        }
        for each in promised["said"]
    ]
    return {
        "package": {
            "id": package.id,
            "reference": package.reference,
            "state": package.state.value,
            "purpose": package.purpose.value,
            "prepared_by": names.get(package.prepared_by, "–"),
            "prepared_on": package.prepared_on,
            "signed_by": names.get(package.signed_by, "–") if package.signed_by else None,
            "signed_on": package.signed_on,
            "recalled_on": package.recalled_on,
            "recalled_why": work().read_all([package], "recalled_why")[0] if recalled else None,
            "downloads": package.downloads,
        },
        "choice": choice,
        "incidents": incidents,
        "withheld": promised["withheld"],
        "may_sign": _may_sign(package),
        "own": work().actor.id == package.prepared_by,
        "may_download": package.state == ReleaseState.SIGNED,
        "may_recall": _may_recall(package),
    }


def _may_sign(package: Sharing) -> bool:
    mine = work().actor.id == package.prepared_by
    return work().actor.may(P.SHARING_SIGN) and package.state == ReleaseState.PREPARED and not mine


def _may_recall(package: Sharing) -> bool:
    """What was not signed, anybody may take back who may prepare; what may leave, whoever may sign."""
    if package.state == ReleaseState.SIGNED:
        return work().actor.may(P.SHARING_SIGN)
    return package.state == ReleaseState.PREPARED


@routes.post("/<uuid:id>/sign")
@needs(P.SHARING_SIGN)
def sign(id: UUID) -> Response:
    """The second person's signature; consents are asked once more."""
    package, choice, promised = sharing.one(work(), id)
    declared = request.form.get("declared") == "yes"
    try:
        sharing.sign(work(), package, declared=declared)
    except (InvalidInput, sharing.PackageChanged, SecondPersonNeeded) as problem:
        return _refused(package, choice, promised, problem)
    say(_("Signed. It can be downloaded and handed over."))
    return go("sharing.show", id=id)


@routes.post("/<uuid:id>/download")
@needs(P.SHARING_PREPARE)
def download(id: UUID) -> Response:
    """The package under the recipient's key; the gate commits the note before its first byte."""
    package, choice, promised = sharing.one(work(), id)
    try:
        closed = sharing.download(work(), package)
    except sharing.PackageChanged as problem:
        return _refused(package, choice, promised, problem)
    return poured(closed, AGE, f"{package.reference}.zip.age")


@routes.post("/<uuid:id>/recall")
@needs(P.SHARING_PREPARE)
def recall(id: UUID) -> Response:
    """It goes out no more; whoever has it is told by people."""
    package, choice, promised = sharing.one(work(), id)
    try:
        sharing.recall(work(), package, request.form.get("reasons", ""))
    except InvalidInput as problem:
        return _refused(package, choice, promised, problem)
    say(_("Recalled. If it was handed over, ask the recipient to destroy every copy."), "care")
    return go("sharing.show", id=id)


def _refused(
    package: Sharing, choice: dict[str, Any], promised: dict[str, Any], problem: Problem
) -> Response:
    return wrong(
        "sharing/show.html",
        problem,
        changed=isinstance(problem, sharing.PackageChanged),
        **_shown(package, choice, promised),
    )
