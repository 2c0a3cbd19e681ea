"""The organisation's own data as one file that an import takes in again."""

from flask import Response

from incidents.api.frame import Routes, work
from incidents.gate import needs, paged
from incidents.intake import exporters
from incidents.work import Permission

routes = Routes("export", "/export")
P = Permission


@routes.route("", methods=["POST"])
@needs(P.DATA_EXPORT)
@routes.response(200, {"type": "string", "format": "binary"}, content_type=exporters.MIME)
def write() -> Response:
    """Every record, a line each, as it is opened. Asks for a fresh passphrase: POST /api/v1/session/confirm.

    The last line says how many there are: without it the file is not whole.
    """
    exporters.begin(work())
    return paged(exporters.lines, exporters.MIME, exporters.NAME)
