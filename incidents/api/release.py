"""Releases: prepare one, sign it as the second person, download its pack."""

from typing import Any
from uuid import UUID

from flask import Response

from incidents.api.frame import Routes, sliced, who, work
from incidents.api.schemas import (
    PrepareSchema,
    ReleaseLineSchema,
    ReleaseSchema,
    SliceQuery,
    listing,
    opened,
)
from incidents.gate import needs
from incidents.model.release import Release
from incidents.release import publish
from incidents.work import Permission

routes = Routes("release", "/releases")
P = Permission
ZIP = "application/zip"


@routes.route("", methods=["POST"])
@needs(P.RELEASE_PREPARE)
@routes.arguments(PrepareSchema)
@routes.response(201, ReleaseSchema)
def prepare(given: dict[str, Any]) -> dict[str, Any]:
    """Take what is verified and consented to, coarsen it until k holds, and keep the pack for a signature."""
    filters = {name: _said(value) for name, value in given.get("filters", {}).items()}
    release = publish.prepare(work(), given["policy"], filters, given.get("k"))
    return _whole(release, work().read(release, "manifest"))


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
    found, onward = sliced(rows, lambda row: row[0].id, query.get("after"), query["limit"])
    return {"items": [_line(release, manifest) for release, manifest in found], "next": onward}


@routes.route("/<uuid:id>")
@needs(P.RELEASE_DOWNLOAD)
@routes.response(200, ReleaseSchema)
def show(id: UUID) -> dict[str, Any]:
    """One release with its manifest."""
    return _whole(*publish.release(work(), id))


@routes.route("/<uuid:id>/sign", methods=["POST"])
@needs(P.RELEASE_SIGN)
@routes.response(200, ReleaseSchema)
def sign(id: UUID) -> dict[str, Any]:
    """Sign what somebody else prepared. Asks for a fresh passphrase: POST /api/v1/session/confirm."""
    release, manifest = publish.release(work(), id)
    publish.sign(work(), release)
    return _whole(release, manifest)


@routes.route("/<uuid:id>/pack")
@needs(P.RELEASE_DOWNLOAD)
@routes.response(200, {"type": "string", "format": "binary"}, content_type=ZIP)
def pack(id: UUID) -> Response:
    """The signed pack as a ZIP. Consents are asked again, and the download is noted before its first byte."""
    release, _manifest = publish.release(work(), id)
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
        "counts": manifest["counts"] if manifest else None,
        "unreadable": opened(manifest=manifest)["unreadable"],
    }


def _whole(release: Release, manifest: Any) -> dict[str, Any]:
    return {**_line(release, manifest), "manifest": manifest}
