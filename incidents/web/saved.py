"""Saved mappings: read again as a file, taken away. They are chosen and saved where a file is imported."""

from uuid import UUID

from flask import Blueprint, Response, make_response
from flask_babel import gettext as _

from incidents.gate import needs
from incidents.intake import saved
from incidents.web.frame import go, say, work
from incidents.work import Permission

routes = Blueprint("saved", __name__, url_prefix="/import/saved")
P = Permission


@routes.get("/<uuid:id>.toml")
@needs(P.IMPORT_DO)
def download(id: UUID) -> Response:
    """What it says, to look at or to go on from."""
    response = make_response(saved.text_of(work(), id))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = "attachment; filename=mapping.toml"
    return response


@routes.post("/<uuid:id>/forget")
@needs(P.IMPORT_DO)
def forget(id: UUID) -> Response:
    """For everybody; what was imported by it stays."""
    saved.forget(work(), id)
    say(_("The mapping was taken away. What was imported by it stays."))
    return go("importers.new")
