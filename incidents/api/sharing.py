"""Packages for one recipient: prepare one, sign it as the second person, download it under the recipient's key."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields, validate

from incidents import sharing
from incidents.api.frame import Routes, sliced, who, work
from incidents.api.schemas import SliceQuery, listing, opened, unreadable
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.people import IDENTITY_FIELDS
from incidents.model.sharing import Sharing
from incidents.model.vocabulary import Purpose
from incidents.work import Permission

routes = Routes("sharing", "/sharing")
P = Permission
AGE = "application/octet-stream"


class ShareSchema(Strict):
    purpose = fields.String(
        required=True, validate=validate.OneOf([each.value for each in sharing.PURPOSES], error=NOT_A_CODE)
    )
    recipient = fields.String(required=True, validate=validate.Length(max=200))
    key = fields.String(required=True, validate=validate.Length(max=100))
    checked = fields.String(required=True, validate=validate.Length(max=2000))
    incidents = fields.List(fields.UUID(), required=True, validate=validate.Length(max=sharing.MOST))
    fields_ = fields.List(
        fields.String(validate=validate.OneOf(IDENTITY_FIELDS, error=NOT_A_CODE)),
        load_default=list,
        data_key="fields",
        attribute="fields",
    )
    account = fields.Boolean(load_default=False)


class PackageLineSchema(Schema):
    id = fields.UUID()
    reference = fields.String()
    state = fields.String()
    purpose = fields.String()
    recipient = fields.String(allow_none=True)
    prepared_by = fields.String()
    prepared_on = fields.Date()
    signed_by = fields.String(allow_none=True)
    signed_on = fields.Date(allow_none=True)
    recalled_on = fields.Date(allow_none=True)
    downloads = fields.Integer()
    unreadable = unreadable()


class PackageSchema(PackageLineSchema):
    incidents = fields.List(fields.Dict())
    withheld = fields.Dict(keys=fields.String(), values=fields.Integer())


@routes.route("", methods=["POST"])
@needs(P.SHARING_PREPARE)
@routes.arguments(ShareSchema)
@routes.response(201, PackageSchema)
def prepare(given: dict[str, Any]) -> dict[str, Any]:
    """Choose what goes to whom. Asks for a fresh passphrase: POST /api/v1/session/confirm."""
    choice = sharing.Choice(
        purpose=Purpose(given["purpose"]),
        recipient=given["recipient"],
        key=given["key"],
        checked=given["checked"],
        incidents=tuple(dict.fromkeys(given["incidents"])),
        fields=tuple(given["fields"]),
        account=given["account"],
    )
    made = sharing.prepare(work(), choice)
    return _whole(made, work().read(made, "choice"), work().read(made, "promised"))


@routes.route("")
@needs(P.SHARING_PREPARE)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(PackageLineSchema, "PackagesSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Packages, the newest first."""
    rows = sharing.listed(work())
    found, onward = sliced(rows, lambda row: row[0].id, query.get("after"), query["limit"])
    return {"items": [_line(package, choice) for package, choice in found], "next": onward}


@routes.route("/<uuid:id>")
@needs(P.SHARING_PREPARE)
@routes.response(200, PackageSchema)
def show(id: UUID) -> dict[str, Any]:
    """One package: how much is in it, of whom by number, and what stays out; none of its content."""
    return _whole(*sharing.one(work(), id))


@routes.route("/<uuid:id>/sign", methods=["POST"])
@needs(P.SHARING_SIGN)
@routes.response(200, PackageSchema)
def sign(id: UUID) -> dict[str, Any]:
    """Sign what somebody else prepared. Asks for a fresh passphrase: POST /api/v1/session/confirm."""
    package, choice, promised = sharing.one(work(), id)
    sharing.sign(work(), package)
    return _whole(package, choice, promised)


@routes.route("/<uuid:id>/package")
@needs(P.SHARING_PREPARE)
@routes.response(200, {"type": "string", "format": "binary"}, content_type=AGE)
def package(id: UUID) -> Response:
    """The signed package under the recipient's key. Consents are asked again, and the download is noted."""
    found, _choice, _promised = sharing.one(work(), id)
    response = Response(sharing.download(work(), found), mimetype=AGE)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.reference}.zip.age"'
    return response


def _line(package: Sharing, choice: Any) -> dict[str, Any]:
    closed = opened(choice=choice)
    return {
        "id": package.id,
        "reference": package.reference,
        "state": package.state.value,
        "purpose": package.purpose.value,
        "recipient": closed["choice"] and closed["choice"]["recipient"],
        "prepared_by": who(package.prepared_by),
        "prepared_on": package.prepared_on,
        "signed_by": who(package.signed_by),
        "signed_on": package.signed_on,
        "recalled_on": package.recalled_on,
        "downloads": package.downloads or 0,  # not written yet, it has none
        "unreadable": closed["unreadable"],
    }


def _whole(package: Sharing, choice: Any, promised: dict[str, Any]) -> dict[str, Any]:
    return {**_line(package, choice), "incidents": promised["said"], "withheld": promised["withheld"]}
