"""Releases: prepare one, sign it as the second person, download its pack."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, after_this_request, make_response, request
from flask_babel import gettext as _
from marshmallow import Schema, fields

from incidents import erasure
from incidents.api.frame import Routes, house, who, work
from incidents.api.once import looks
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import (
    MakingSchema,
    PrepareSchema,
    ReleaseLineSchema,
    ReleaseSchema,
    declared,
    opened,
)
from incidents.gate import needs
from incidents.intake.schema import Strict
from incidents.model.job import Job
from incidents.model.release import Release
from incidents.model.review import Review
from incidents.release import decisions, leaving, making, offers, policy, publish, signing, tabled, wording
from incidents.release import discard as discards
from incidents.release.offers import Offer
from incidents.work import Permission

routes = Routes("release", "/releases")
P = Permission
ZIP = "application/zip"
FIGURES = (
    "rows", "classes", "k", "unique", "prosecutor_risk", "highest_risk", "above_threshold", "threshold",
)  # fmt: skip


class InsteadSchema(Schema):
    """What a small set may become instead. `problem`: the code of why it may not."""

    policy = fields.String()
    counts = fields.Dict()
    incidents = fields.Integer()
    persons = fields.Integer()
    loss = fields.Float(allow_none=True)
    problem = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)


class PreviewedSchema(Schema):
    manifest = fields.Dict(metadata={"description": "As it would be, without how rare values are told."})
    lines = fields.List(
        fields.Dict(keys=fields.String(), values=fields.String()),
        metadata={"description": "Some rows of the file, any; none of a file without protection."},
    )
    why_offers = fields.String(
        allow_none=True, metadata={"description": "small: too few incidents; lost: it says too little."}
    )
    offers = fields.List(fields.Nested(InsteadSchema))


class SmallestSchema(Schema):
    rows = fields.Integer()
    values = fields.Dict()


class RiskReaderSchema(Schema):
    name = fields.String()
    columns = fields.List(fields.String())
    unique = fields.Integer()
    rows_below_k = fields.Integer()
    smallest_classes = fields.List(fields.Nested(SmallestSchema))


class StandsOutSchema(Schema):
    values = fields.Dict()
    by = fields.List(fields.List(fields.String()), metadata={"description": "Columns that tell it apart."})


class RiskSchema(Schema):
    """Of rows without protection, figures only."""

    protection = fields.String()
    rows = fields.Integer()
    classes = fields.Integer()
    k = fields.Integer()
    unique = fields.Integer()
    prosecutor_risk = fields.Float()
    highest_risk = fields.Float()
    above_threshold = fields.Float()
    threshold = fields.Float()
    smallest_classes = fields.List(fields.Nested(SmallestSchema))
    attackers = fields.List(fields.Nested(RiskReaderSchema))
    stand_out = fields.List(fields.Nested(StandsOutSchema))


@routes.route("", methods=["POST"])
@needs(P.RELEASE_PREPARE)
@routes.arguments(PrepareSchema)
@routes.response(201, ReleaseSchema)
def prepare(given: dict[str, Any]) -> dict[str, Any]:
    """Take what is verified and consented to, coarsen it until k holds, and keep the pack for a signature."""
    release = publish.ready(work(), _wanted(given))
    return _whole(release, work().read(release, "manifest"))


@routes.route("/jobs", methods=["POST"])
@needs(P.RELEASE_PREPARE)
@routes.arguments(PrepareSchema)
@routes.response(202, MakingSchema)
def start(given: dict[str, Any]) -> dict[str, Any]:
    """The same as long work: among thousands of rows it takes minutes."""
    return _made(making.start(work(), _wanted(given)))


@routes.route("/<uuid:id>/correction", methods=["POST"])
@needs(P.RELEASE_PREPARE)
@routes.response(202, MakingSchema)
def correct(id: UUID) -> dict[str, Any]:
    """Prepare the correction of a release that went out, as long work: the same rows without whoever left."""
    release, _manifest = publish.release(work(), id)
    return _made(making.start_correction(work(), release))


@routes.route("/jobs/<uuid:id>")
@needs(P.RELEASE_PREPARE)
@routes.response(200, MakingSchema)
def made(id: UUID) -> dict[str, Any]:
    """How far one of mine is; where it is done, the release that waits for a signature, or why there is none."""
    return _made(making.one(work(), id))


def _made(job: Job) -> dict[str, Any]:
    return _job(job, making.outcome(work(), job))


def _job(job: Job, found: making.Outcome) -> dict[str, Any]:
    why = found.problem
    return {
        "id": job.id,
        "state": job.state.value,
        "stage": job.stage,
        "done": job.done,
        "total": job.total,
        "problem": job.problem,
        "release": found.release,
        "reference": found.reference or None,
        "refused": {"code": why.code, "detail": why.said(_), "details": why.details} if why else None,
    }


@routes.route("/preview", methods=["POST"])
@needs(P.RELEASE_PREPARE)
@looks
@routes.arguments(PrepareSchema)
@routes.response(200, PreviewedSchema)
def preview(given: dict[str, Any]) -> dict[str, Any]:
    """What would leave, measured on the written files. Nothing is kept; of tables there is none."""
    asked = _wanted(given)
    made = making.look(work(), asked)
    reason, found = offers.beside(work(), asked, made)
    return {
        "manifest": {name: value for name, value in made.manifest.items() if name != "lumps"},
        "lines": publish.a_few(policy.load(asked.policy), made),
        "why_offers": reason or None,
        "offers": [_offer(each) for each in found],
    }


def _offer(offer: Offer) -> dict[str, Any]:
    certificate = offer.made.manifest["certificate"] if offer.made else None
    return {
        "policy": offer.rules.name,
        "counts": dict(offer.counts),
        "incidents": offer.incidents,
        "persons": offer.persons,
        "loss": certificate["loss"] if certificate else None,
        "problem": offer.problem.code if offer.problem else None,
        "detail": offer.problem.said(_) if offer.problem else None,
    }


def _wanted(given: dict[str, Any]) -> publish.Wanted:
    filters = {name: _said(value) for name, value in given.get("filters", {}).items()}
    typed = given.get("wording")
    return publish.Wanted(
        given["policy"],
        filters,
        given.get("k"),
        given.get("continues"),
        given.get("coarser", False),
        quotes=tuple(given.get("quotes", ())),
        wording=wording.keep(work(), typed).id if typed else None,
        free=tuple(given.get("tables", ())),
        method=given.get("method", tabled.USUAL),
        hxl=given.get("hxl", False),
    )


def _said(value: Any) -> Any:
    """A day and an id as they stand in a manifest."""
    return value if isinstance(value, list) else str(value)


@routes.route("")
@needs(P.RELEASE_DOWNLOAD)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(ReleaseLineSchema, "ReleasesSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Releases, the newest first."""
    rows = publish.releases(work())
    found, onward = sliced(rows, lambda row: (str(row[0].prepared_on), str(row[0].id)), query, down=True)
    return {"items": [_line(release, manifest) for release, manifest in found], "next": onward}


@routes.route("/<uuid:id>")
@needs(P.RELEASE_DOWNLOAD)
@routes.response(200, ReleaseSchema)
def show(id: UUID) -> dict[str, Any]:
    """One release with its manifest."""
    return _whole(*publish.release(work(), id))


class SignReleaseSchema(Strict):
    declared = declared()
    looked = fields.Boolean(
        load_default=False,
        metadata={
            "description": "The single words that `words-like-names` lists were looked at: they mean nobody."
        },
    )


class DecisionSchema(Schema):
    """One act of a release: `act` and `incident` for who may read incidents, names for who may list members."""

    act = fields.UUID(allow_none=True)
    incident = fields.String(allow_none=True)
    state = fields.String()
    decided_by = fields.String(allow_none=True)
    decided_on = fields.Date(allow_none=True)
    first_word_by = fields.String(allow_none=True)
    sources = fields.Integer()
    evidence = fields.Integer()
    same = fields.Boolean(metadata={"description": "Its row would be made of the same today."})
    since = fields.List(fields.String(), metadata={"description": "What was decided after the signature."})


@routes.route("/<uuid:id>/decisions")
@needs(P.RELEASE_DOWNLOAD)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(DecisionSchema, "DecisionsSchema"))
def decided(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Each act of which a row is in the release, with the decision that was in force at the signature."""
    release, _manifest = publish.release(work(), id)
    found = decisions.traced(work(), release)
    numbers = decisions.deciders(found)
    rows, onward = sliced(found, _place, query)
    return {"items": [_decision(row, numbers) for row in rows], "next": onward}


@routes.route("/<uuid:id>/risk")
@needs(P.RELEASE_DOWNLOAD)
@routes.response(200, RiskSchema)
def risk(id: UUID) -> dict[str, Any]:
    """The risk in full: smallest groups, rows that stand out. For those who prepare and sign; each look is noted."""
    release, _manifest = publish.release(work(), id)
    found = publish.risk(work(), release)
    said = {name: found[name] for name in ("protection", *FIGURES)}
    shown = found["protection"] == "on"
    groups = ("smallest_classes", "attackers", "stand_out")
    return said | {name: found[name] if shown else [] for name in groups}


def _place(line: decisions.Traced) -> tuple[str, int, str]:
    act = line.said.act
    return line.incident.reference, act.number or 0, str(act.id)


def _decision(line: decisions.Traced, numbers: dict[UUID, int]) -> dict[str, Any]:
    reads = work().actor.may(P.INCIDENT_READ)
    return {
        "act": line.said.act.id if reads else None,
        "incident": line.incident.reference if reads else None,
        "state": line.state.value,
        "decided_by": _who(line.decision, numbers),
        "decided_on": line.decision.decided_on if line.decision else None,
        "first_word_by": _who(line.first, numbers),
        "sources": line.sources,
        "evidence": line.evidence,
        "same": line.said.same,
        "since": [row.to_state.value for row in line.since],
    }


def _who(row: Review | None, numbers: dict[UUID, int]) -> str | None:
    if row is None or work().actor.may(P.MEMBER_LIST):
        return who(row.decided_by) if row else None
    return f"reviewer {numbers[row.decided_by]}"


@routes.route("/<uuid:id>/sign", methods=["POST"])
@needs(P.RELEASE_SIGN)
@routes.arguments(SignReleaseSchema)
@routes.response(200, ReleaseSchema)
@routes.alt_response(202, MakingSchema)
def sign(given: dict[str, Any], id: UUID) -> dict[str, Any] | Response:
    """Sign what somebody else prepared. Asks for a fresh passphrase: POST /api/v1/session/confirm.

    Among more than 2,000 acts it is long work, and the answer is 202 and the job: GET /api/v1/releases/signatures/{id}.
    """
    release, manifest = publish.release(work(), id)
    looked = bool(given.get("looked"))
    if not signing.at_hand(work()):
        job = signing.start(work(), release, looked=looked, declared=given["declared"])
        return make_response(MakingSchema().dump(_job(job, signing.outcome(work(), job))), 202)
    publish.sign(work(), release, looked=looked, declared=given["declared"])
    return _whole(release, manifest)


class RecallSchema(Strict):
    reasons = fields.String(
        required=True, metadata={"description": "A sentence that a colleague can follow in a year."}
    )


@routes.route("/<uuid:id>/recall", methods=["POST"])
@needs(P.RELEASE_SIGN)
@routes.arguments(RecallSchema)
@routes.response(200, ReleaseSchema)
def recall(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """A signed pack goes out no more. Asks for a fresh passphrase: POST /api/v1/session/confirm."""
    release, manifest = publish.release(work(), id)
    publish.recall_for(work(), release, given["reasons"])
    return _whole(release, manifest)


@routes.route("/<uuid:id>", methods=["DELETE"])
@needs(P.RELEASE_DOWNLOAD)
@routes.response(204)
def discard(id: UUID) -> Response:
    """One that nobody signed goes again, its key with it: whoever prepared it may, and whoever signs."""
    release, _manifest = publish.release(work(), id)
    gone = discards.discard(work(), release)

    @after_this_request
    def shred(response: Response) -> Response:
        if response.status_code == HTTPStatus.NO_CONTENT:
            discards.shred(work(), gone)
            erasure.finish(house())  # a copy that is restored learns of it too
        return response

    return Response(status=HTTPStatus.NO_CONTENT)


@routes.route("/signatures/<uuid:id>")
@needs(P.RELEASE_SIGN)
@routes.response(200, MakingSchema)
def signature(id: UUID) -> dict[str, Any]:
    """How far one of mine is; where it is done, the release that has my signature, or why it has not."""
    job = signing.one(work(), id)
    return _job(job, signing.outcome(work(), job))


@routes.route("/<uuid:id>/pack")
@needs(P.RELEASE_DOWNLOAD)
@routes.response(200, {"type": "string", "format": "binary"}, content_type=ZIP)
def pack(id: UUID) -> Response:
    """The signed pack as a ZIP. Consents are asked again, and the download is noted before its first byte."""
    release, _manifest = publish.release(work(), id)
    if request.method == "HEAD":  # nobody has it by asking whether it is there
        return Response(mimetype=ZIP)
    response = Response(publish.download(work(), release), mimetype=ZIP)
    response.headers["Content-Disposition"] = f'attachment; filename="{release.reference}.zip"'
    return response


def _line(release: Release, manifest: Any) -> dict[str, Any]:
    return {
        "id": release.id,
        "reference": release.reference,
        "state": release.state.value,
        "policy": release.policy,
        "prepared_by": who(release.prepared_by),
        "prepared_on": release.prepared_on,
        "signed_by": who(release.signed_by),
        "signed_on": release.signed_on,
        "also_signed_by": who(release.also_signed_by),
        "recalled_on": release.recalled_on,
        "downloads": release.downloads or 0,  # not written yet, it has none
        "expires_on": release.expires_on,
        "counts": manifest["counts"] if manifest else None,
        "unreadable": opened(manifest=manifest)["unreadable"],
    }


def _whole(release: Release, manifest: Any) -> dict[str, Any]:
    """Without how rare values are told: that is its series' own."""
    taken = [{"by": who(each.by), "at": each.at} for each in leaving.downloads(work(), release)]
    shown = {name: value for name, value in manifest.items() if name != "lumps"}
    return {**_line(release, manifest), "manifest": shown, "downloaded": taken}
