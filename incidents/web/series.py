"""Counts that others published: which are kept, one as a table, all of it as a file. No rate is made of them."""

import csv
import io
from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, request, url_for
from flask_babel import format_decimal

from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake import series
from incidents.release.write import cell
from incidents.web.frame import page, work
from incidents.web.language import label
from incidents.work import Permission

routes = Blueprint("series", __name__, url_prefix="/series")
P = Permission
COLUMNS = ("series", "place", "place_name", "period", "count", "source", "data_date")
MUNICIPALITY = 5  # digits of its code
COUNTRY = 3  # letters


@routes.get("/")
@needs(P.ACCOUNT_OWN)
def listed() -> Response:
    """Every series with its months, its source and the day of its data."""
    found = [
        {
            "url": url_for("series.show", series=each.series, of=each.data_date.isoformat()),
            "series": each.series,
            "counts": format_decimal(each.counts),
            "first": each.first,
            "last": each.last,
            "of": each.data_date,
            "source": each.source,
        }
        for each in series.listed(work())
    ]
    return page("series/list.html", series=found)


@routes.get("/table")
@needs(P.ACCOUNT_OWN)
def show() -> Response:
    """One series: a state in a year."""
    name, of = _asked()
    found = series.part(work(), name, of, request.args.get("state", ""), request.args.get("year"))
    return page(
        "series/show.html",
        name=name,
        of=of,
        part=found,
        states=[(code, _place(code)) for code in found.states],
        lines=[(_place(code), [_count(number) for number in counts]) for code, counts in found.lines],
        csv_url=url_for("series.download", series=name, of=of.isoformat()),
    )


@routes.get("/csv")
@needs(P.ACCOUNT_OWN)
def download() -> Response:
    """The whole of one series, with where it is from and as of when in each row."""
    name, of = _asked()
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for place, period, count, source in series.rows(work(), name, of):
        said = (
            name,
            place,
            _place(place),
            period,
            "" if count is None else str(count),
            source,
            of.isoformat(),
        )
        writer.writerow([cell(text) for text in said])
    response = make_response(out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f"attachment; filename=series-{of.isoformat()}.csv"
    return response


def _asked() -> tuple[str, date]:
    try:
        return request.args["series"], date.fromisoformat(request.args.get("of", ""))
    except (KeyError, ValueError):
        raise NotFound from None


def _place(code: str) -> str:
    if len(code) == MUNICIPALITY and code.isdigit():
        return str(label(code, "municipality"))
    return str(label(code, "country" if len(code) == COUNTRY else "state"))


def _count(number: Any) -> str:
    return "–" if number is None else str(format_decimal(number))
