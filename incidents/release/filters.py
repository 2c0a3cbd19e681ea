"""What a release may be narrowed to: some acts, states, days, or one import."""

import calendar
from collections.abc import Mapping
from functools import cache
from typing import Any

from incidents.errors import InvalidInput, Problem, _
from incidents.model import place
from incidents.model.incident import Incident
from incidents.model.moment import Moment
from incidents.model.vocabulary import codes
from incidents.release import hierarchy
from incidents.release.policy import Policy

FILTERS = ("acts", "batch", "from", "states", "to")


def check(filters: Mapping[str, Any]) -> None:
    """Refuse a filter that is not known, or a day or code that is none."""
    wrong: dict[str, list[str]] = {
        name: [_("There is no such filter.")] for name in set(filters) - set(FILTERS)
    }
    for name in ("from", "to"):
        if filters.get(name) and not _is_day(filters[name]):
            wrong[name] = [_("Write a day as 2019-11-14.")]
    if not wrong and (filters.get("from") or "") > (filters.get("to") or "9999"):
        wrong["to"] = [_("This day lies before the first one.")]
    for name, known in (("acts", lambda: codes("act")), ("states", place.states)):
        if filters.get(name) and set(filters[name]) - set(
            known()
        ):  # the states of the world take a while to load
            wrong[name] = [_("This is not one of the choices.")]
    if wrong:
        raise InvalidInput(wrong)


def _is_day(text: object) -> bool:
    try:
        return Moment.parse(str(text)).precision == "DAY"
    except Problem:
        return False


def passes(row: Mapping[str, Any], filters: Mapping[str, Any], incident: Incident) -> bool:
    """A date passes if its earliest and latest day both lie within; an unknown one passes no date filter."""
    if filters.get("acts") and row["act"] not in filters["acts"]:
        return False
    if filters.get("states") and row["state"] not in filters["states"]:
        return False
    if filters.get("batch") and str(incident.batch_id) != str(filters["batch"]):
        return False
    return _within(row.get("moment"), filters.get("from"), filters.get("to"))


def _within(moment: Any, first: str | None, last: str | None) -> bool:
    if not (first or last):
        return True
    known = Moment.from_json(moment) if moment else None
    if known is None or known.earliest is None or known.latest is None:
        return False
    return not (first and known.earliest.isoformat() < first) and not (
        last and known.latest.isoformat() > last
    )


def fixed(policy: Policy, filters: Mapping[str, Any]) -> frozenset[str]:
    """Secret columns of which the filter tells as much as the file would: it asks for fewer acts than they need."""
    acts = filters.get("acts") or ()
    asked = {"act": {*acts}, "act_group": {hierarchy.group_of("act", act) for act in acts}}
    return frozenset(each.column for each in policy.secret if 0 < len(asked.get(each.by, ())) < each.l)


def unfinished(policy: Policy, moment: Any, filters: Mapping[str, Any], today: str) -> bool:
    """Whether a moment lies in a month, quarter or year that is not over, or of which the filter takes a part only."""
    text = moment.get("edtf") if isinstance(moment, Mapping) else moment
    spans = (_span(text, quasi.finest or "day") for quasi in policy.quasi if quasi.ended and text)
    return any(
        last >= today or first < (filters.get("from") or "") or last > (filters.get("to") or "9999-99-99")
        for first, last in spans
        if first
    )


@cache
def _span(edtf: str, level: str) -> tuple[str, str]:
    """The first and last day of the unit at this level that holds a moment; empty where none does."""
    tree = hierarchy.named("moment")
    leaf = tree.leaf({"moment": edtf}, "moment")
    year, _dash, rest = tree.paths([leaf])[leaf][tree.levels.index(level)].partition("-")
    if not year.isdecimal():
        return "", ""
    if not rest:
        return f"{year}-01-01", f"{year}-12-31"
    if rest.startswith("Q"):
        first, end = 3 * int(rest[1]) - 2, 3 * int(rest[1])
        return f"{year}-{first:02}-01", f"{year}-{end:02}-{calendar.monthrange(int(year), end)[1]}"
    if len(rest) > len("01"):  # a day
        return f"{year}-{rest}", f"{year}-{rest}"
    return f"{year}-{rest}-01", f"{year}-{rest}-{calendar.monthrange(int(year), int(rest))[1]}"
