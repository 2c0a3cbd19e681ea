"""A filter as the address of a list says it, in codes alone, and as a page says it in words."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from flask import request, url_for
from flask_babel import format_date
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from incidents.model import vocabulary
from incidents.model.facet import FACETS
from incidents.model.vocabulary import IncidentState, Verification
from incidents.search import Filter, Sort
from incidents.web.language import NOT_CODES, codes, label
from incidents.web.numbers import whole

T = TypeVar("T")

WORDS = {
    "act": _l("Act"),
    "method": _l("Method"),
    "weapon": _l("Weapon"),
    "perpetrator": _l("Alleged perpetrator"),
    "month": _l("Month of the incident"),
    "year": _l("Year of the incident"),
    "country": _l("Country"),
    "state": _l("State"),
    "municipality": _l("Municipality"),
    "programme": _l("Programme"),
    "exposure": _l("Exposure"),
    "outcome": _l("Outcome"),
    "authority": _l("Authority contacted"),
    "targeted": _l("Targeted for"),
    "tag": _l("Tag"),
    "nationality": _l("Nationality"),
    "gender": _l("Gender"),
    "population": _l("Population"),
}
FREE = {"month": re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII), "year": re.compile(r"\d{4}", re.ASCII)}
CLEAR = ("handling", "verification", "assignee", "from", "to")
LOOKS = ("sort", "size", "show")  # how it is shown, not what is
COLUMNS = {
    "when": _l("When"),
    "where": _l("Where"),
    "acts": _l("Acts"),
    "handling": _l("Handling"),
    "assignee": _l("Assigned to"),
    "programme": _l("Programme"),
    "outcome": _l("Outcome"),
    "tags": _l("Tags"),
}
USUAL = ("when", "where", "acts", "handling")
SIZES = (25, 50, 100)
SORTS = {
    Sort.NEWEST: _l("Newest received first"),
    Sort.OLDEST: _l("Oldest received first"),
    Sort.REFERENCE: _l("Reference"),
    Sort.HAPPENED: _l("When it happened"),
}


# -- the address


def asked() -> MultiDict[str, str]:
    """What the address says that means something; the rest is left out."""
    return kept(request.args)


def kept(given: MultiDict[str, str]) -> MultiDict[str, str]:
    found: MultiDict[str, str] = MultiDict()
    for name in (*FACETS, *CLEAR, *LOOKS):
        for value in dict.fromkeys(given.getlist(name)):
            if _means_something(name, value):
                found.add(name, value)
    return found


def _means_something(name: str, value: str) -> bool:
    checks: dict[str, Callable[[str], Any]] = {
        "handling": IncidentState,
        "verification": Verification,
        "assignee": UUID,
        "from": date.fromisoformat,
        "to": date.fromisoformat,
        "sort": Sort,
        "size": lambda text: SIZES.index(whole(text)) + 1,
        "show": COLUMNS.__getitem__,
    }
    check = checks.get(name)
    return _known(name, value) if check is None else _read(check, value) is not None


def _known(facet: str, code: str) -> bool:
    if facet in FREE:
        return FREE[facet].fullmatch(code) is not None
    known = vocabulary.lists().get(FACETS[facet], {})  # the retired ones too: records carry them
    return code in choices(facet) or code in known or code in vocabulary.codes("no_answer")


def _read(make: Callable[[str], T], text: str | None) -> T | None:
    try:
        return make(text) if text else None
    except (ValueError, KeyError):
        return None


def wanted(given: MultiDict[str, str]) -> Filter:
    """The filter that an address says."""
    return Filter(
        codes={facet: tuple(given.getlist(facet)) for facet in FACETS if given.getlist(facet)},
        state=_read(IncidentState, given.get("handling")),
        verification=_read(Verification, given.get("verification")),
        assignee=_read(UUID, given.get("assignee")),
        received_from=_read(date.fromisoformat, given.get("from")),
        received_to=_read(date.fromisoformat, given.get("to")),
        sort=_read(Sort, given.get("sort")) or Sort.NEWEST,
    )


def here(given: MultiDict[str, str], endpoint: str = "search.listed", **changed: str) -> str:
    """The address of the list that is asked for so, at another place of it."""
    values: dict[str, Any] = {**given.to_dict(flat=False), **changed}
    return url_for(endpoint, **values)


def without(given: MultiDict[str, str], name: str, value: str) -> str:
    rest = given.copy()
    rest.setlist(name, [each for each in given.getlist(name) if each != value])
    return here(rest)


def reversed_days(given: MultiDict[str, str]) -> bool:
    """Whether the last day lies before the first: nothing can fit, and the list would only look empty."""
    return bool(given.get("to")) and given.get("from", "") > given["to"]


# -- the page


def choices(facet: str) -> list[str]:
    """The codes of a facet in the order people look for them; none where its list is empty or is typed."""
    name = FACETS[facet]
    if facet in FREE or (name not in (*NOT_CODES, "nationality") and name not in vocabulary.lists()):
        return []
    return codes(name)


def facets() -> Iterator[dict[str, Any]]:
    """What can be filtered by, each with its list of codes; none: it is typed."""
    for facet, name in FACETS.items():
        if facet in FREE or choices(facet):
            yield {"name": facet, "text": WORDS[facet], "vocabulary": "" if facet in FREE else name}


def word(facet: str, code: str) -> str:
    """One code of a facet in words."""
    if facet == "month":
        return str(format_date(date.fromisoformat(f"{code}-01"), "MMMM y"))
    return code if facet in FREE else label(code, FACETS[facet])


def chips(given: MultiDict[str, str], names: Mapping[str, Callable[[str], str]]) -> list[dict[str, Any]]:
    """What is filtered by, one by one, and the address without it. `names` says the columns in clear in words."""
    return [
        {
            "name": name,
            "value": value,
            "of": WORDS.get(name, ""),
            "text": word(name, value) if name in FACETS else names[name](value),
            "off_url": without(given, name, value),
        }
        for name in (*FACETS, *CLEAR)
        for value in given.getlist(name)
    ]
