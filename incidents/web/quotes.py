"""The shelf: what may be quoted today, as a report would say it."""

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import redaction
from incidents.gate import needs
from incidents.model.moment import Moment
from incidents.redaction import Quoted
from incidents.web.frame import page, work
from incidents.web.language import label, speaks
from incidents.work import Permission

routes = Blueprint("quotes", __name__)
ADULT = "ADU"
WITH_AGE = {
    "F": _l("a %(age)s-year-old woman"),
    "M": _l("a %(age)s-year-old man"),
    "TW": _l("a %(age)s-year-old trans woman"),
    "TM": _l("a %(age)s-year-old trans man"),
}
WITH_BAND = {
    "F": _l("a woman aged %(band)s"),
    "M": _l("a man aged %(band)s"),
    "TW": _l("a trans woman aged %(band)s"),
    "TM": _l("a trans man aged %(band)s"),
}
BARE = {"F": _l("a woman"), "M": _l("a man"), "TW": _l("a trans woman"), "TM": _l("a trans man")}
CHILD = {"F": _l("a girl"), "M": _l("a boy")}


@routes.get("/quotes")
@needs(Permission.RELEASE_DOWNLOAD)
def shelf() -> Response:
    """What two people signed, and what everybody in it agrees to today; nothing else is ever shown here."""
    chosen = {name: request.args.get(name, "") for name in ("act", "state", "kind")}
    found = redaction.shelf(work(), **chosen)
    return page("redaction/shelf.html", quotes=[as_shown(each) for each in found], chosen=chosen)


def as_shown(quoted: Quoted) -> dict[str, Any]:
    line = {
        "age": quoted.age,
        "age_band": quoted.age_band,
        "gender": quoted.gender,
        "nationality": quoted.nationality,
    }
    return {
        "id": quoted.id,
        "kind": quoted.kind.value,
        "text": quoted.text,
        "called": called(quoted.pseudonym, line),
        "state": quoted.state,
        "month": month(quoted.month),
        "acts": list(quoted.acts),
        "signed_on": quoted.signed_on,
    }


def month(said: str) -> str:
    return Moment.parse(said).in_words(speaks()) if said else ""


def called(pseudonym: str, line: dict[str, Any]) -> str:
    """As a report writes it: Cecilia P., a 36-year-old woman from Venezuela."""
    who = _who(line)
    countries = [label(each, "nationality") for each in line.get("nationality") or ()]
    where = _("from %(country)s", country=" / ".join(countries)) if countries else ""
    beside = " ".join(part for part in (who, where) if part)
    return f"{pseudonym}, {beside}" if beside else pseudonym


def _who(line: dict[str, Any]) -> str:
    age, band, gender = line.get("age"), line.get("age_band"), line.get("gender") or ""
    if age is not None:
        said = str(WITH_AGE.get(gender, _l("a %(age)s-year-old person"))) % {"age": age}
        return _an(said, age)
    if band == "CHI":
        return str(CHILD.get(gender, _l("a child")))
    if band and band != ADULT:
        return str(WITH_BAND.get(gender, _l("a person aged %(band)s"))) % {"band": label(band, "age_band")}
    return str(BARE.get(gender, _l("an adult") if band == ADULT else ""))


def _an(said: str, age: int) -> str:
    """English says an 18-year-old."""
    vowel = str(age).startswith("8") or age in (11, 18)
    return f"an{said[1:]}" if vowel and speaks() == "en" and said.startswith("a ") else said
