"""Empty tables to fill in away from the house, with the code lists in them."""

from flask import Blueprint, Response, make_response, request

from incidents.gate import needs
from incidents.intake import template
from incidents.web.language import reads
from incidents.work import Permission

routes = Blueprint("template", __name__, url_prefix="/import/template")
P = Permission
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


@routes.get("/template.xlsx")
@needs(P.IMPORT_DO)
def workbook() -> Response:
    """A sheet a kind of record, each with its lists to choose from."""
    return _file(template.workbook(_language()), XLSX, "template.xlsx")


@routes.get("/template.csv")
@needs(P.IMPORT_DO)
def table() -> Response:
    """One row a report, with room for a few people and acts."""
    return _file(template.table(), CSV, "template.csv")


@routes.get("/template.codes.csv")
@needs(P.IMPORT_DO)
def codes() -> Response:
    """What may stand in each column of the CSV."""
    return _file(template.codes(_language()), CSV, "template.codes.csv")


def _language() -> str:
    """The one that was asked for, else that of the page, where the lists have it."""
    wanted = request.args.get("language") or reads()
    return wanted if wanted in template.LANGUAGES else template.LANGUAGES[0]


def _file(data: bytes, kind: str, name: str) -> Response:
    response = make_response(data)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
