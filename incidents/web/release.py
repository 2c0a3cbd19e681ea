"""Prepare a release, look at what would leave, sign, download, recall."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, after_this_request, make_response, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents import erasure, members, redaction
from incidents.errors import ConsentChanged, InvalidInput, Problem, SecondPersonNeeded
from incidents.gate import needs
from incidents.model.release import Release
from incidents.model.vocabulary import ReleaseState
from incidents.release import (
    correct,
    decisions,
    editions,
    leaving,
    making,
    policy,
    promises,
    publish,
    quoted,
    signing,
    tabled,
)
from incidents.release import discard as discards
from incidents.web import decided_on, offers, policies, tabling, wanted, wording
from incidents.web import manifest as manifests
from incidents.web import risk as risks
from incidents.web.frame import go, house, page, say, work, wrong
from incidents.web.language import reads
from incidents.web.numbers import whole
from incidents.work import Permission, Unreadable

P = Permission
routes = Blueprint("release", __name__)
ZIP = "application/zip"
DECISIONS = 50  # of one page
SIGNATURE_REFUSED = (
    ConsentChanged, InvalidInput, SecondPersonNeeded, editions.ReleasesDiffer, editions.TooSoon, *wording.REFUSED,
)  # fmt: skip


@routes.get("/releases")
@needs(P.RELEASE_DOWNLOAD)
def listed() -> Response:
    """Every release, the newest first; one whose manifest does not open is still in the list."""
    names = members.names(work())
    lines = [
        {
            "url": url_for("release.show", id=release.id),
            "reference": release.reference,
            "state": release.state.value,
            "policy": release.policy,
            "prepared_by": names.get(release.prepared_by, "–"),
            "prepared_on": release.prepared_on,
            **_sizes(manifest),
            "waits_for_me": _may_sign(release),
        }
        for release, manifest in publish.releases(work())
    ]
    may = work().actor.may(P.RELEASE_PREPARE)
    jobs = making.begun(work()) if may else []
    begun = [{"url": url_for("making.show", id=job.id), "state": job.state.value} for job in jobs]
    signs = signing.begun(work()) if work().actor.may(P.RELEASE_SIGN) else []
    signed = [{"url": url_for("signing.show", id=job.id), "state": job.state.value} for job in signs]
    return page("release/list.html", releases=lines, may_prepare=may, begun=begun, signed=signed)


def _sizes(manifest: Any) -> dict[str, Any]:
    if isinstance(manifest, Unreadable):
        return {"rows": manifest, "k": None}
    rules, released = manifest["rules"], manifest["counts"]["released"]
    return {
        "rows": released,
        "unit": policies.counted_in(rules["unit"], released),
        "k": manifest["k"] if rules["protection"] else None,
    }


# -- choose, look, submit


@routes.route("/releases/new", methods=["GET", "POST"])
@needs(P.RELEASE_PREPARE)
def new() -> Response:
    """What to take, by which policy. The answer is an address: the same choice again is the same address."""
    if request.method == "GET":
        return page("release/new.html", form=wanted.typed(request.args), **wanted.choice())
    if request.form.get("deed") == "wording":
        return go("wording.typed", **wanted.as_it_stands())
    try:
        chosen = wanted.chosen()
    except Problem as problem:
        return wrong("release/new.html", problem, **wanted.choice())
    rules, asked = wanted.asked(MultiDict(chosen))
    quoting = rules.product == "tables" and asked.method != tabled.NOISED and redaction.any_signed(work())
    try:
        making.check(work(), asked)
        if quoting:  # nobody chooses among quotes for what is refused whatever they choose
            making.must_be_possible(work(), asked)
    except Problem as problem:
        return _not_so(rules, asked, problem)
    if rules.product == "rows" and making.at_hand(work()):
        return go("release.preview", **chosen)
    if quoting:
        return go("quotes.choose", **chosen)
    return _as_a_job(asked)


def _not_so(rules: policy.Policy, asked: publish.Wanted, problem: Problem) -> Response:
    """The form again, as it was sent, with what stands against it."""
    if problem.status not in (409, 422):
        raise problem
    return wrong(
        "release/new.html", _at_its_field(problem), **_beside(rules, asked, problem), **wanted.choice()
    )


def _beside(rules: policy.Policy, asked: publish.Wanted, problem: Problem) -> dict[str, Any]:
    counts = {"counts": problem.details.get("counts"), "unit": rules.unit}
    return counts | offers.after(work(), asked, problem)


def _as_a_job(asked: publish.Wanted) -> Response:
    """Among thousands of rows nobody waits for a page: it is made, and somebody follows it."""
    try:
        job = making.start(work(), asked)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        chosen: MultiDict[str, str] = MultiDict(wanted.choice_of(asked))
        return wrong("release/new.html", _at_its_field(problem), form=wanted.typed(chosen), **wanted.choice())
    return go("making.show", id=job.id)


@routes.route("/releases/preview", methods=["GET", "POST"])
@needs(P.RELEASE_PREPARE)
def preview() -> Response:
    """What would leave, measured on the written files. Nothing is kept before it is submitted."""
    rules, asked = wanted.asked(request.args)
    try:
        if request.method == "POST":
            return _submitted(asked)
        if rules.product != "rows" or not making.at_hand(work()):
            return go("release.new", **_address())
        made = making.look(work(), asked)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        more = _beside(rules, asked, problem) | {"form": wanted.typed(request.args)}
        return wrong("release/new.html", _at_its_field(problem), **more, **wanted.choice())
    heads, lines = manifests.a_few(rules, made)
    return page(
        "release/preview.html",
        policy={"name": rules.name, "text": promises.sentence(rules, reads())},
        heads=heads,
        lines=lines,
        again_url=_changed_at(),
        may_submit=bool(made.rows),
        tables=publish.tables_in(made.files, made.manifest, reads()),
        **offers.beside(work(), asked, made),
        **manifests.in_words(made.manifest),
    )


def _changed_at() -> str:
    """Where this choice is changed."""
    return url_for("release.new", **_address())


def _address() -> dict[str, Any]:
    return request.args.to_dict(flat=False)


def _at_its_field(problem: Problem) -> Problem:
    if isinstance(problem, InvalidInput):
        return InvalidInput({f"filter.{name}": said for name, said in problem.fields.items()})
    if problem.code == "k-below-policy":
        return InvalidInput({"k": [problem.said(_)]})
    return problem


def _submitted(asked: publish.Wanted) -> Response:
    """Keep it for a signature. Where the data changed since it was looked at, that is said."""
    if request.form.get("deed") != "submit":
        return go("release.new")
    if not making.at_hand(work()):
        return _as_a_job(asked)
    release = publish.ready(work(), asked)
    rows = work().read(release, "manifest")["counts"]["released"]
    seen = request.form.get("seen", type=whole)
    if seen is not None and seen != rows:
        say(
            _("The data changed since you looked: %(now)s rows go in, not %(then)s.", now=rows, then=seen),
            "care",
        )
    say(_("Prepared and sealed. A coordinator signs it next."))
    return go("release.show", id=release.id)


# -- one release


@routes.get("/releases/<uuid:id>")
@needs(P.RELEASE_DOWNLOAD)
def show(id: UUID) -> Response:
    """What is in it, who stands for it, and what may be done with it now."""
    return page("release/show.html", **shown(*publish.release(work(), id)))


def shown(release: Release, manifest: dict[str, Any]) -> dict[str, Any]:
    """What a page of a release shows."""
    names, may_recall = members.names(work()), work().actor.may(P.RELEASE_SIGN)
    recalled = release.state == ReleaseState.RECALLED and release.recalled_why is not None
    return {
        "release": {
            **{
                name: getattr(release, name)
                for name in (
                    "id",
                    "reference",
                    "policy",
                    "prepared_on",
                    "signed_on",
                    "recalled_on",
                    "downloads",
                    "expires_on",
                )
            },
            "state": release.state.value,
            "prepared_by": names.get(release.prepared_by, "–"),
            "signed_by": names.get(release.signed_by, "–") if release.signed_by else None,
            "also_signed_by": names.get(release.also_signed_by, "–") if release.also_signed_by else None,
            "recalled_why": work().read_all([release], "recalled_why")[0] if recalled else None,
        },
        "files": manifest["files"],
        "tables": publish.tables_of(work(), release, reads()),
        "quotes": quoted.printed(work(), release, reads()),
        "worded": wording.of(manifest),
        "signatures": manifest["rules"]["signatures"],
        **_signing(release),
        "why_not_sign": _why_not_sign(release),
        "may_download": release.state == ReleaseState.SIGNED and not leaving.expired(work(), release),
        "expired": release.state == ReleaseState.SIGNED and leaving.expired(work(), release),
        "downloaded": [
            {"by": names.get(each.by, "–"), "at": format_datetime(each.at, "short")}
            for each in leaving.downloads(work(), release)
        ],
        "may_discard": discards.may_discard(work(), release),
        "may_recall": may_recall and release.state == ReleaseState.SIGNED,
        "may_correct": work().actor.may(P.RELEASE_PREPARE) and release.state in correct.OUT,
        "corrects": _reference(release.corrects),
        **_correction(release),
        "again_url": _again(manifest) if work().actor.may(P.RELEASE_PREPARE) else None,
        **manifests.in_words(manifest),
    }


def _reference(id: UUID | None) -> str | None:
    return work().get(Release, id).reference if id else None


def _correction(release: Release) -> dict[str, Any]:
    """What took its place, and a text for whoever has the old one."""
    later = correct.correction_of(work(), release)
    if later is None:
        return {"correction": None, "notice": None}
    signed = later.state == ReleaseState.SIGNED
    return {
        "correction": {
            "url": url_for("release.show", id=later.id),
            "reference": later.reference,
            "signed": signed,
        },
        "notice": correct.notice(release.reference, later.reference, reads()) if signed else None,
    }


def _signing(release: Release) -> dict[str, Any]:
    """Whether whoever looks may sign it; whether they wait for it, and where their signature is on its way."""
    may = _may_sign(release)
    going = signing.begun(work(), release) if may else []
    return {
        "may_sign": may,
        "signing_lasts": may and not signing.at_hand(work()),
        "signing_url": url_for("signing.show", id=going[0].id) if going else None,
    }


def _may_sign(release: Release) -> bool:
    own = work().actor.id in (release.prepared_by, release.signed_by)
    return work().actor.may(P.RELEASE_SIGN) and release.state == ReleaseState.PREPARED and not own


def _why_not_sign(release: Release) -> str:
    if work().actor.id == release.signed_by:
        return str(_("You signed it. This policy asks for one more person."))
    if work().actor.id == release.prepared_by and work().actor.may(P.RELEASE_SIGN):
        return SecondPersonNeeded().said(_)
    return ""


def _again(manifest: dict[str, Any]) -> str:
    """The same choice, to prepare it anew."""
    k = manifest["k"] if manifest["rules"]["protection"] else None
    more = {**manifest["filters"], **tabling.address(manifest)}
    more |= {wanted.HXL: wanted.YES} if manifest.get(wanted.HXL) else {}
    return url_for("release.new", policy=manifest["policy"], k=k if "row_file" in manifest else None, **more)


# -- the decisions it counts on


@routes.get("/releases/<uuid:id>/decisions", endpoint="decisions")
@needs(P.RELEASE_DOWNLOAD)
def decided(id: UUID) -> Response:
    """Each act of which a row is in it: who decided that it counts, when, on what; and whether that still stands."""
    release, _manifest = publish.release(work(), id)
    found = decisions.traced(work(), release)
    at = max(request.args.get("page", 1, type=whole), 1)
    shown = found[(at - 1) * DECISIONS : at * DECISIONS]
    return page(
        "release/decisions.html",
        reference=release.reference,
        back_url=url_for("release.show", id=id),
        signed_on=release.signed_on if release.state != ReleaseState.PREPARED else None,
        total=len(found),
        changed=sum(1 for line in found if not line.holds),
        acts=decided_on.lines(found, shown, (at - 1) * DECISIONS),
        pager={
            "previous_url": url_for("release.decisions", id=id, page=at - 1) if at > 1 else None,
            "next_url": url_for("release.decisions", id=id, page=at + 1)
            if at * DECISIONS < len(found)
            else None,
        },
    )


@routes.get("/releases/<uuid:id>/risk")
@needs(P.RELEASE_DOWNLOAD)
def risk(id: UUID) -> Response:
    """The risk in full: smallest groups and rows that stand out. For those who prepare and sign; noted, in no pack."""
    release, manifest = publish.release(work(), id)
    return page(
        "release/risk.html",
        reference=release.reference,
        back_url=url_for("release.show", id=id),
        **risks.in_words(publish.risk(work(), release), manifest),
    )


@routes.post("/releases/<uuid:id>/sign")
@needs(P.RELEASE_SIGN)
def sign(id: UUID) -> Response:
    """The second person's signature; consents are asked once more. Among thousands of acts it is long work."""
    release, manifest = publish.release(work(), id)
    looked, declared = (request.form.get(name) == "yes" for name in ("looked", "declared"))
    try:
        if not signing.at_hand(work()):
            return go("signing.show", id=signing.start(work(), release, looked=looked, declared=declared).id)
        publish.sign(work(), release, looked=looked, declared=declared)
    except SIGNATURE_REFUSED as problem:
        return _refused(release, manifest, problem)
    signed = release.state == ReleaseState.SIGNED
    say(_("Signed. It can be downloaded.") if signed else _("Signed. It needs one more person's signature."))
    return go("release.show", id=id)


@routes.post("/releases/<uuid:id>/correction")
@needs(P.RELEASE_PREPARE)
def correction(id: UUID) -> Response:
    """One step: the same freeze and scheme without whoever left, ready for somebody else's signature."""
    release, manifest = publish.release(work(), id)
    if release.state in correct.OUT and not making.at_hand(work()):
        return go("making.show", id=making.start_correction(work(), release).id)
    try:
        made = correct.correct(work(), release)
    except (correct.NothingToCorrect, correct.NothingLeft, correct.SchemeChanged) as problem:
        return _refused(release, manifest, problem)
    say(_("The correction is prepared. A coordinator signs it next."))
    return go("release.show", id=made.id)


@routes.post("/releases/<uuid:id>/recall")
@needs(P.RELEASE_SIGN)
def recall(id: UUID) -> Response:
    """It goes out no more; what went out stays out."""
    release, manifest = publish.release(work(), id)
    try:
        publish.recall_for(work(), release, request.form.get("reasons", ""))
    except InvalidInput as problem:
        return _refused(release, manifest, problem)
    say(_("Recalled. Tell those who have a copy."), "care")
    return go("release.show", id=id)


@routes.post("/releases/<uuid:id>/discard")
@needs(P.RELEASE_DOWNLOAD)
def discard(id: UUID) -> Response:
    """One that nobody signed goes again, its key with it."""
    release, _manifest = publish.release(work(), id)
    gone = discards.discard(work(), release)

    @after_this_request
    def shred(response: Response) -> Response:
        if response.status_code == HTTPStatus.SEE_OTHER:
            discards.shred(work(), gone)
            erasure.finish(house())  # a copy that is restored learns of it too
        return response

    say(_("%(reference)s is discarded. Nobody can open it again.", reference=release.reference), "care")
    return go("release.listed")


@routes.post("/releases/<uuid:id>/download")
@needs(P.RELEASE_DOWNLOAD)
def download(id: UUID) -> Response:
    """The signed pack; the gate commits the note before its first byte."""
    release, manifest = publish.release(work(), id)
    try:
        archive = publish.download(work(), release)
    except (ConsentChanged, leaving.PackExpired) as problem:
        return _refused(release, manifest, problem)
    answer = make_response(archive)
    answer.headers["Content-Type"] = ZIP
    answer.headers["Content-Disposition"] = f'attachment; filename="{release.reference}.zip"'
    return answer


def _refused(release: Release, manifest: dict[str, Any], problem: Problem) -> Response:
    return wrong("release/show.html", problem, **against(problem), **shown(release, manifest))


def against(problem: Problem) -> dict[str, Any]:
    """The same page: what stands against it, and what to do now."""
    return {"consent_changed": isinstance(problem, ConsentChanged), "alike": problem.code == wording.ALIKE}
