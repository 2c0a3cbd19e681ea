"""The pages of one draft: which of its fields each shows, and the whole of it put together from what is kept and typed.

Consent and the account come first and are enough. The codes follow, away from the person, a page a subject.
"""

from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from incidents.web import forms
from incidents.web.blocks import Form

FIRST = "account"
# Which fields a page shows: whatever begins like this, but for what another shows.
SHOWS = {
    FIRST: (
        "practice",
        "narrative",
        "danger",
        "asks",
        "interview.told_",
        "persons.0.consent.",
    ),
    "who": ("persons.",),
    "what": ("acts.", "involvements."),
    "programme": (
        "incident.exposure",
        "incident.programme",
        "incident.mpp.",
        "incident.hearing_missed",
    ),
    "when": ("incident.moment", "incident.time", "incident.place"),
    "doers": ("perpetrators.",),
    "after": ("incident.", "interview.", "sources.", "summary"),
}
CODES = tuple(SHOWS)[1:]


def of(field: str) -> str:
    """The page that shows a field: the first whose fields begin like it."""
    name = f"{field}."
    return next((step for step, begins in SHOWS.items() if _begins(name, field, begins)), FIRST)


def _begins(name: str, field: str, begins: Iterable[str]) -> bool:
    return any(name.startswith(begin) or field.startswith(begin) for begin in begins)


def after(step: str) -> str:
    """The page that comes next; none after the last."""
    names = tuple(SHOWS)
    return names[names.index(step) + 1] if step in SHOWS and step != names[-1] else ""


def sent(typed: Form) -> set[str]:
    """The pages whose fields a form holds; one that names none is the whole report."""
    return set(typed.getlist("step")) & set(SHOWS) or set(SHOWS)


def whole(kept: Iterable[tuple[str, str]], typed: Form) -> Form:
    """All that was typed into a draft: what the sent pages show is as they say, the rest as it was kept."""
    pages = sent(typed)
    made: Form = MultiDict(pair for pair in kept if of(pair[0]) not in pages and pair[0] not in typed)
    for name, value in typed.items(multi=True):
        if forms.is_field(name):
            made.add(name, value)
    return made


def with_problem(errors: Iterable[str], now: str) -> str:
    """The page on which problems are shown: the open one if any stands there, or else the first that has one."""
    pages = [of(name) for name in errors]
    return now if now in pages or not pages else min(pages, key=tuple(SHOWS).index)


def along(typed: Form, shown: str) -> list[tuple[str, str]]:
    """What was typed on other pages than the shown one and is kept nowhere yet: it travels with the form, unseen."""
    others = [step for step in SHOWS if step in sent(typed) and step != shown]
    fields = [pair for pair in typed.items(multi=True) if forms.is_field(pair[0]) and of(pair[0]) in others]
    return [("step", step) for step in others] + fields
