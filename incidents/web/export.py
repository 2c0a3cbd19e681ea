"""The organisation's own data as one file: said what is in it and what it means, then written out."""

from flask import Blueprint, Response

from incidents.gate import needs, paged
from incidents.intake import exporters
from incidents.web.frame import page, work
from incidents.work import Permission

routes = Blueprint("export", __name__, url_prefix="/export")
P = Permission


@routes.get("/")
@needs(P.DATA_EXPORT)
def ask() -> Response:
    """What is in the file, what is not, and what to do with it."""
    return page("export/ask.html")


@routes.post("/")
@needs(P.DATA_EXPORT)
def write() -> Response:
    """The file, as it is opened: no copy of it is kept here."""
    exporters.begin(work())
    return paged(exporters.lines, exporters.MIME, exporters.NAME)
