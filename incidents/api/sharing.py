"""Packages for one recipient: prepare one, sign it as the second person, download it under the recipient's key."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields, validate

from incidents import evidence, sharing
from incidents.api.frame import Routes, who, work
from incidents.api.once import looks
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import declared, opened, unreadable
from incidents.gate import needs, poured
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.people import IDENTITY_FIELDS
from incidents.model.sharing import Sharing
from incidents.model.vocabulary import Purpose
from incidents.work import Permission

routes = Routes("sharing", "/sharing")
P = Permission
AGE = "application/octet-stream"


class ChosenSchema(Strict):
    """A piece of evidence; `bare`: what somebody looked for in it and did not find."""

    id = fields.UUID(required=True)
    bare = fields.List(
        fields.String(validate=validate.OneOf(evidence.SHOWS, error=NOT_A_CODE)), load_default=list
    )


class WhomSchema(Strict):
    purpose = fields.String(
        required=True, validate=validate.OneOf([each.value for each in sharing.PURPOSES], error=NOT_A_CODE)
    )
    recipient = fields.String(required=True, validate=validate.Length(max=200))
    incidents = fields.List(fields.UUID(), required=True, validate=validate.Length(max=sharing.MOST))
    evidence = fields.List(
        fields.Nested(ChosenSchema), load_default=list, validate=validate.Length(max=sharing.MOST)
    )


class ShareSchema(WhomSchema):
    key = fields.String(required=True, validate=validate.Length(max=100))
    checked = fields.String(required=True, validate=validate.Length(max=2000))
    fields_ = fields.List(
        fields.String(validate=validate.OneOf(IDENTITY_FIELDS, error=NOT_A_CODE)),
        load_default=list,
        data_key="fields",
        attribute="fields",
    )
    account = fields.Boolean(load_default=False)


class OfferSchema(Schema):
    """`reasons`: why it may not go; none: it may. `without`: what somebody said yes without, to be looked for in it."""

    incident = fields.UUID()
    id = fields.UUID()
    number = fields.Integer()
    chosen = fields.Boolean()
    reasons = fields.List(fields.String())
    without = fields.List(fields.String())
    people = fields.List(fields.Dict())


class OffersSchema(Schema):
    items = fields.List(fields.Nested(OfferSchema))


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
    made = sharing.prepare(work(), _choice(given))
    return _whole(made, work().read(made, "choice"), work().read(made, "promised"))


def _choice(given: dict[str, Any]) -> sharing.Choice:
    return sharing.Choice(
        purpose=Purpose(given["purpose"]),
        recipient=given["recipient"],
        key=given.get("key", ""),
        checked=given.get("checked", ""),
        incidents=tuple(dict.fromkeys(given["incidents"])),
        fields=tuple(given.get("fields", ())),
        account=given.get("account", False),
        evidence={each["id"]: tuple(sorted({*each["bare"]})) for each in given["evidence"]},
    )


@routes.route("/evidence", methods=["POST"])
@needs(P.SHARING_PREPARE)
@looks
@routes.arguments(WhomSchema)
@routes.response(200, OffersSchema)
def weigh(given: dict[str, Any]) -> dict[str, Any]:
    """Each piece of evidence of these incidents, with what speaks against its going. Nothing leaves by asking."""
    choice = _choice(given)
    sharing.check_whom(choice)
    found = sharing.offered(work(), choice)
    return {"items": [_offer(incident.id, each) for incident, offers in found for each in offers]}


def _offer(incident: UUID, offer: sharing.Offer) -> dict[str, Any]:
    weighed = offer.weighed
    return {
        "incident": incident,
        "id": weighed.item.id,
        "number": offer.number,
        "chosen": offer.chosen,
        "reasons": list(offer.reasons),
        "without": sorted(offer.without),
        "people": [
            {"person": str(id), "shown": id in weighed.shown, "why": why or None}
            for id, why in weighed.people.items()
        ],
    }


@routes.route("")
@needs(P.SHARING_PREPARE)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(PackageLineSchema, "PackagesSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Packages, the newest first."""
    rows = sharing.listed(work())
    found, onward = sliced(rows, lambda row: (str(row[0].prepared_on), str(row[0].id)), query, down=True)
    return {"items": [_line(package, choice) for package, choice in found], "next": onward}


@routes.route("/<uuid:id>")
@needs(P.SHARING_PREPARE)
@routes.response(200, PackageSchema)
def show(id: UUID) -> dict[str, Any]:
    """One package: how much is in it, of whom by number, and what stays out; none of its content."""
    return _whole(*sharing.one(work(), id))


class SignPackageSchema(Strict):
    declared = declared()


@routes.route("/<uuid:id>/sign", methods=["POST"])
@needs(P.SHARING_SIGN)
@routes.arguments(SignPackageSchema)
@routes.response(200, PackageSchema)
def sign(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Sign what somebody else prepared. Asks for a fresh passphrase: POST /api/v1/session/confirm."""
    package, choice, promised = sharing.one(work(), id)
    sharing.sign(work(), package, declared=given["declared"])
    return _whole(package, choice, promised)


class RecallPackageSchema(Strict):
    reasons = fields.String(required=True, metadata={"description": "A sentence, not a nod."})


@routes.route("/<uuid:id>/recall", methods=["POST"])
@needs(P.SHARING_PREPARE)
@routes.arguments(RecallPackageSchema)
@routes.response(200, PackageSchema)
def recall(given: dict[str, str], id: UUID) -> dict[str, Any]:
    """It goes out no more; one that was signed is recalled by who signs packages. Whoever has it is told by people."""
    package, choice, promised = sharing.one(work(), id)
    sharing.recall(work(), package, given["reasons"])
    return _whole(package, choice, promised)


@routes.route("/<uuid:id>/package")
@needs(P.SHARING_PREPARE)
@routes.response(200, {"type": "string", "format": "binary"}, content_type=AGE)
def package(id: UUID) -> Response:
    """The signed package under the recipient's key. Consents are asked again, and the download is noted."""
    found, _choice, _promised = sharing.one(work(), id)
    return poured(sharing.download(work(), found), AGE, f"{found.reference}.zip.age")


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
