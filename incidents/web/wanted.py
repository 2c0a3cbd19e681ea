"""The form in which a release is chosen, and the choice as it stands in an address."""

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput, NotFound
from incidents.intake import batches
from incidents.model.release import Release
from incidents.release import editions, making, policy, promises, publish, tabled
from incidents.web import standing, tabling, wording
from incidents.web.frame import work
from incidents.web.language import codes, day, label, reads
from incidents.web.numbers import is_whole, whole
from incidents.web.policies import signatures, title

ONE, SEVERAL = ("from", "to", "batch"), ("states", "acts")
HXL, YES = "hxl", "yes"
OWN = ("policy", "k", "beside", HXL, "quotes", "wording", tabling.FREE, tabling.METHOD)
COARSER = "coarser"


def choice() -> dict[str, Any]:
    """What there is to choose from."""
    rules = [policy.load(name) for name in policy.names()]
    states = [code for code in codes("state") if code.startswith("MX-")]
    return {
        "policies": [
            {
                "name": each.name,
                "text": promises.sentence(each, reads()),
                "k": each.k if each.protection else None,
                "signatures": signatures(each),
            }
            for each in rules
            if each.product in making.MADE
        ],
        "states": [(code, label(code, "state")) for code in states],
        "beside": _beside(),
        "stands": standing.shown(),
        "wording": wording.line(),
        **tabling.choice(rules),
        "at_hand": making.at_hand(work()),
        "batches": [
            (str(each.batch.id), f"{each.about['filename']} ({each.batch.received_on})")
            for each in batches.listed(work())
            if each.about
        ],
    }


def _beside() -> list[tuple[str, str]]:
    """What may be done beside what went out; nothing, where nothing did."""
    text = _("Continue the series of %(reference)s (%(policy)s, %(day)s)")
    lines = [
        (
            str(each.id),
            text % {"reference": each.reference, "policy": title(each.policy), "day": day(each.prepared_on)},
        )
        for each in editions.series(work())
    ]
    return [(COARSER, _("As coarse as it must be to stand beside what went out")), *lines] if lines else []


def chosen() -> dict[str, Any]:
    """The form as the parts of an address; what is not a number or a policy is said."""
    form = request.form
    beside, hxl = form.get("beside", ""), YES if form.get(HXL) == YES else ""
    if beside not in ("", COARSER):
        if beside not in dict(_beside()):
            raise InvalidInput({"beside": [_("This is not one of the choices.")]})
        scheme = {"policy": work().get(Release, UUID(beside)).policy, "beside": beside}  # all else is its
        return scheme | ({HXL: hxl} if hxl else {})
    if form.get("policy") not in policy.names():
        raise InvalidInput({"policy": [_("Choose a policy.")]})
    k = form.get("k", "").strip()
    if k and not (is_whole(k) and len(k) <= 4):
        raise InvalidInput({"k": [_("Write a whole number, or leave it empty.")]})
    if k and policy.load(form["policy"]).product == "tables":
        raise InvalidInput({"k": [_("Tables print no count under five, whatever k is: leave this empty.")]})
    parts: dict[str, Any] = {name: form.get(f"filter.{name}") for name in ONE}
    parts |= {"policy": form["policy"], "k": k, "beside": beside, HXL: hxl}
    parts |= wording.chosen(policy.load(form["policy"]))
    parts |= tabling.chosen(policy.load(form["policy"]))
    parts |= {name: form.getlist(f"filter.{name}") for name in SEVERAL}
    parts |= {"quotes": form.getlist("quotes")} if policy.load(form["policy"]).product == "tables" else {}
    return {name: value for name, value in parts.items() if value}


def typed(chosen: "MultiDict[str, str]") -> "MultiDict[str, str]":
    """A choice in the address, for whoever comes back to change it."""
    pairs = list(chosen.items(multi=True))
    found = MultiDict((name if name in OWN else f"filter.{name}", value) for name, value in pairs)
    found.update(tabling.typed(chosen.getlist(tabling.FREE)))
    return found


def as_it_stands() -> dict[str, Any]:
    """What is in the form, as the parts of an address: unlooked at, for whoever goes away and comes back to it."""
    parts = [(name.removeprefix("filter."), request.form.getlist(name)) for name in request.form]
    parts.append((tabling.FREE, tabling.said()))
    return {name: values for name, values in parts if name in {*OWN, *ONE, *SEVERAL} and any(values)}


def choice_of(wanted: publish.Wanted) -> dict[str, Any]:
    """The other way round: as the parts of an address."""
    beside = COARSER if wanted.coarser else str(wanted.continues or "")
    parts = {**wanted.filters, "policy": wanted.policy, "k": str(wanted.k or ""), "beside": beside}
    parts |= {"quotes": [str(id) for id in wanted.quotes], HXL: YES if wanted.hxl else ""}
    parts |= {"wording": str(wanted.wording or ""), tabling.FREE: list(wanted.free)}
    parts[tabling.METHOD] = wanted.method if wanted.method != tabled.USUAL else ""
    return {name: value for name, value in parts.items() if value}


def asked(args: "MultiDict[str, Any]") -> tuple[policy.Policy, publish.Wanted]:
    """The choice that stands in the address."""
    if args.get("policy") not in policy.names():
        raise NotFound
    filters: dict[str, Any] = {name: args.get(name) for name in ONE}
    filters |= {name: args.getlist(name) for name in SEVERAL}
    filters = {name: value for name, value in filters.items() if value}
    rules, beside = policy.load(args["policy"]), args.get("beside", "")
    # Without protection nothing is grouped, so there is no k to ask for.
    k = args.get("k", type=whole) if rules.protection else None
    series = None if beside in ("", COARSER) else args.get("beside", type=UUID)
    if beside not in ("", COARSER) and series is None:
        raise NotFound
    quotes = tuple(args.getlist("quotes", type=UUID)) if rules.product == "tables" else ()
    return rules, publish.Wanted(
        rules.name,
        filters,
        k,
        series,
        coarser=beside == COARSER,
        quotes=quotes,
        wording=args.get("wording", type=UUID),
        free=tuple(args.getlist(tabling.FREE)),
        method=args.get(tabling.METHOD) or tabled.USUAL,
        hxl=args.get(HXL) == YES,
    )
