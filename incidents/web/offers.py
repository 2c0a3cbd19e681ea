"""The four offers for a small set, in the words of a page."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents.errors import Problem
from incidents.release import offers, promises, publish
from incidents.release.offers import Offer
from incidents.web import manifest as manifests
from incidents.web.language import reads
from incidents.work import Work

TITLES = {
    "public-table": _l("Tables of an edition"),
    "report-narrative": _l("Case list"),
    "small-rows": _l("Row file of a small set"),
    "partner": _l("File for one partner"),
}
WHY = {
    "small": _l(
        "Fewer than a thousand incidents: a row file of them says little. These four say more, each in its way."
    ),
    "lost": _l("This file loses more than two fifths of its detail. One of these four may say more."),
    "refused": _l("What may be made of it instead:"),
}


def beside(work: Work, wanted: publish.Wanted, made: publish.Preview) -> dict[str, Any]:
    """For a preview: the offers, where the set is small or the file says little. A series stays what it is."""
    reason, found = offers.beside(work, wanted, made)
    return _shown(found, wanted.filters, reason) if reason else {}


def after(work: Work, wanted: publish.Wanted, problem: Problem) -> dict[str, Any]:
    """For a refusal that they answer."""
    if wanted.continues or not isinstance(problem, offers.REFUSALS):
        return {}
    return _shown(offers.all_four(work, wanted.filters), wanted.filters, "refused")


def _shown(found: list[Offer], filters: Mapping[str, Any], reason: str) -> dict[str, Any]:
    return {"offers": [_line(offer, filters) for offer in found], "why_offers": WHY[reason]}


def _line(offer: Offer, filters: Mapping[str, Any]) -> dict[str, Any]:
    said = manifests.in_words(offer.made.manifest) if offer.made else {}
    return {
        "title": TITLES[offer.rules.name],
        "text": promises.sentence(offer.rules, reads()),
        "who": _who(offer),
        "counts": offer.counts,
        "problem": offer.problem.said(_) if offer.problem else "",
        "columns": said.get("columns", []),
        "lost": said.get("lost", {}),
        "loss": said.get("loss"),
        **_onward(offer, filters),
        "measured": offer.made is not None,
    }


def _onward(offer: Offer, filters: Mapping[str, Any]) -> dict[str, str]:
    """Where it is made, or where what it is made of stands."""
    if offer.rules.product == "tables":
        address = url_for("release.new", policy=offer.rules.name, **filters)
        return {"url": address, "leads_to": _("Prepare these tables")}
    if offer.rules.product == "narratives":
        return {"url": url_for("quotes.shelf"), "leads_to": _("See what is signed")}
    address = url_for("release.preview", policy=offer.rules.name, **filters)
    return {"url": address, "leads_to": _("Preview it")}


def _who(offer: Offer) -> str:
    """Who could be in it."""
    numbers = {"incidents": offer.incidents, "persons": offer.persons}
    if offer.problem:
        return ""
    if offer.rules.product == "tables":
        return str(
            _("By consent it could count today: incidents %(incidents)s, persons %(persons)s.", **numbers)
        )
    if offer.rules.product == "narratives":
        return str(
            _("By consent it could tell today of: incidents %(incidents)s, persons %(persons)s.", **numbers)
        )
    return str(_("It would hold: incidents %(incidents)s, persons %(persons)s.", **numbers))
