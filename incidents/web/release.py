"""Prepare a release, look at what would leave, sign, download, recall."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask_babel import format_percent
from flask_babel import gettext as _

from incidents import members
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.model.release import Release
from incidents.model.vocabulary import ReleaseState
from incidents.release import policy, publish
from incidents.web.frame import page, say, work, wrong
from incidents.web.language import day, label, speaks
from incidents.work import Permission

P = Permission
routes = Blueprint("release", __name__)
SEEN = frozenset({P.RELEASE_PREPARE, P.RELEASE_SIGN})
LINES = 8  # of a preview


@routes.get("/releases")
@needs(P.RELEASE_DOWNLOAD)
def listed() -> Response:
    names = members.names(work())
    lines = [
        {
            "url": url_for("release.show", id=release.id),
            "reference": release.reference,
            "state": release.state.value,
            "policy": release.policy,
            "prepared_by": names.get(release.prepared_by, "–"),
            "prepared_on": release.prepared_on,
            "rows": manifest["counts"]["released"],
            "k": manifest["k"] if manifest["rules"]["protection"] else None,
        }
        for release, manifest in publish.releases(work())
        if manifest
    ]
    return page("release/list.html", releases=lines, may_prepare=work().actor.may(P.RELEASE_PREPARE))


# -- choose, look, submit


@routes.route("/releases/new", methods=["GET", "POST"])
@needs(P.RELEASE_PREPARE)
def new() -> Response:
    """What to take, by which policy. The answer is an address: the same choice again is the same address."""
    if request.method == "GET":
        return page("release/new.html", policies=_policies())
    try:
        return make_response(redirect(url_for("release.preview", **_chosen()), 303))
    except Problem as problem:
        return wrong("release/new.html", problem, policies=_policies())


def _policies() -> list[dict[str, Any]]:
    rules = [policy.load(name) for name in policy.names()]
    return [
        {"name": each.name, "text": each.text(speaks()), "k": each.k, "unit": each.unit}
        for each in rules
        if each.product == "rows"
    ]


def _chosen() -> dict[str, Any]:
    """The form as the parts of an address; what is not a number or a policy is said."""
    form = request.form
    if form.get("policy") not in policy.names():
        raise InvalidInput({"policy": [_("Choose a policy.")]})
    k = form.get("k", "").strip()
    if k and not k.isdigit():
        raise InvalidInput({"k": [_("Write a number.")]})
    parts = {
        "policy": form["policy"],
        "k": k,
        "from": form.get("filter.from"),
        "to": form.get("filter.until"),
        "states": form.get("filter.state"),
        "acts": form.getlist("filter.act"),
    }
    return {name: value for name, value in parts.items() if value}


def _asked() -> tuple[str, dict[str, Any], int | None]:
    """The choice that stands in the address."""
    args = request.args
    filters = {
        "from": args.get("from"),
        "to": args.get("to"),
        "states": args.getlist("states"),
        "acts": args.getlist("acts"),
    }
    return args.get("policy", ""), {n: v for n, v in filters.items() if v}, args.get("k", type=int)


@routes.route("/releases/preview", methods=["GET", "POST"])
@needs(P.RELEASE_PREPARE)
def preview() -> Response:
    """What would leave, measured on the written files. Nothing is kept before it is submitted."""
    name, filters, k = _asked()
    if name not in policy.names():
        raise NotFound
    rules = policy.load(name)
    if rules.protection is False:
        k = None  # nothing is grouped, so there is no k to ask for
    if request.method == "POST":
        return _submitted(name, filters, k)
    try:
        made = publish.preview(work(), name, filters, k)
    except Problem as problem:
        return wrong("release/new.html", problem, policies=_policies())
    heads = list(made.rows[0]) if made.rows and rules.protection else []
    return page(
        "release/preview.html",
        policy={"name": name, "text": rules.text(speaks())},
        heads=heads,
        lines=[[line[head] for head in heads] for line in made.rows[:LINES]] if heads else [],
        may_submit=True,
        **_described(made.manifest),
    )


def _submitted(name: str, filters: dict[str, Any], k: int | None) -> Response:
    if request.form.get("deed") != "submit":
        return make_response(redirect(url_for("release.new"), 303))
    release = publish.prepare(work(), name, filters, k)
    say(_("Prepared and sealed. A coordinator signs it next."))
    return _to(release)


def _described(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest in the words of the page."""
    risk, certificate = manifest["risk"], manifest["certificate"]
    return {
        "counts": manifest["counts"],
        "unit": manifest["rules"]["unit"],
        "k": manifest["k"],
        "quasi": [
            {"column": column, "text": _level(found["level"])}
            for column, found in manifest["hierarchies"].items()
        ],
        "measured": {
            "k": manifest["k_measured"],
            "risk": format_percent(risk["prosecutor_risk"], "#,##0.0 %"),
        },
        "loss": format_percent(certificate["loss"], "#,##0 %") if certificate else _("nothing: no protection"),
        "optimal": certificate.get("optimal", True),
        "filters": _filters(manifest["filters"]),
        "warnings_here": [] if manifest["rules"]["protection"] else [manifest["definition"].get(speaks(), "")],
    }


def _level(name: str) -> str:
    """What a column is told by; the names of levels are in the hierarchies' files."""
    words = {
        "moment": _("as recorded"),
        "day": _("day"),
        "month": _("month"),
        "quarter": _("quarter"),
        "year": _("year"),
        "municipality": _("municipality"),
        "state": _("state"),
        "region": _("region"),
        "subregion": _("part of the continent"),
        "country": _("country"),
        "band": _("age band"),
        "stage": _("adult or child"),
        "shown": _("as shown"),
        "*": _("not told"),
        "all": _("not told"),
    }
    return str(words.get(name, name))


def _filters(filters: dict[str, Any]) -> list[tuple[str, str]]:
    said = {
        "from": lambda value: (_("From"), day(value)),
        "to": lambda value: (_("Until"), day(value)),
        "states": lambda value: (_("States"), ", ".join(label(each, "state") for each in value)),
        "acts": lambda value: (_("Acts"), ", ".join(label(each, "act") for each in value)),
        "batch": lambda value: (_("Import"), str(value)),
    }
    return [said[name](value) for name, value in filters.items()]


# -- one release


@routes.get("/releases/<uuid:id>")
@needs(P.RELEASE_DOWNLOAD)
def show(id: UUID) -> Response:
    return page("release/show.html", **_shown(*publish.release(work(), id)))


def _shown(release: Release, manifest: dict[str, Any]) -> dict[str, Any]:
    names, me = members.names(work()), work().actor
    own = me.id in (release.prepared_by, release.signed_by)
    may_sign = me.may(P.RELEASE_SIGN) and release.state == ReleaseState.PREPARED and not own
    return {
        "release": {
            "reference": release.reference,
            "state": release.state.value,
            "policy": release.policy,
            "prepared_by": names.get(release.prepared_by, "–"),
            "prepared_on": release.prepared_on,
            "signed_by": names.get(release.signed_by) if release.signed_by else None,
            "signed_on": release.signed_on,
            "also_signed_by": names.get(release.also_signed_by) if release.also_signed_by else None,
            "recalled_on": release.recalled_on,
            "downloads": release.downloads,
        },
        "files": manifest["files"],
        "may_sign": may_sign,
        "why_not_sign": _("You prepared or signed it already; somebody else must sign.") if own else "",
        "download_url": url_for("release.download", id=release.id)
        if release.state == ReleaseState.SIGNED
        else "",
        "may_recall": me.may(P.RELEASE_SIGN),
        **_described(manifest),
    }


@routes.post("/releases/<uuid:id>")
@needs(P.RELEASE_SIGN)
def decide(id: UUID) -> Response:
    """Sign or recall; the form says which."""
    release, manifest = publish.release(work(), id)
    deed = request.form.get("deed")
    if deed == "sign":
        publish.sign(work(), release)
        say(
            _("Signed. It can be downloaded.")
            if release.state == ReleaseState.SIGNED
            else _("Signed. One more signature.")
        )
    elif deed == "recall":
        reasons = request.form.get("reasons", "").strip()
        if not reasons:
            return wrong(
                "release/show.html",
                InvalidInput({"reasons": [_("Please write your reasons.")]}),
                **_shown(release, manifest),
            )
        publish.recall(work(), release, reasons)
        say(_("Recalled. Tell those who have a copy."), "care")
    else:
        raise NotFound
    return _to(release)


@routes.post("/releases/<uuid:id>/download")
@needs(P.RELEASE_DOWNLOAD)
def download(id: UUID) -> Response:
    """The signed pack; noted before its first byte."""
    release, manifest = publish.release(work(), id)
    try:
        archive = publish.download(work(), release)
    except Problem as problem:
        return wrong("release/show.html", problem, **_shown(release, manifest))
    answer = make_response(archive)
    answer.headers["Content-Type"] = "application/zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{release.reference}.zip"'
    return answer


def _to(release: Release) -> Response:
    return make_response(redirect(url_for("release.show", id=release.id), 303))
