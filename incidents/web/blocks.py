"""Blocks of a form that may be added and removed: acts, persons, perpetrators, sources.

The server does it, so that it works without a script; all else on the page stays as it was typed.
"""

import re
from typing import TypeAlias

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput, NotFound
from incidents.web.numbers import is_whole, whole

Form: TypeAlias = "MultiDict[str, str]"
MANY = 200  # blocks of one kind on one page
MOST = 500  # that are shown, whatever number somebody sends: the schema takes no more
BLOCKS = {"acts": "a", "persons": "p", "perpetrators": "", "sources": ""}  # and the letter of their keys
TOO_MANY = _l("This is more than fits into one report. Send a second one.")


def numbers(form: Form, at: str) -> list[int]:
    """Which entries of a list were sent."""
    found = {
        whole(match[1])
        for name in form
        if (match := re.match(rf"{re.escape(at)}\.(\d{{1,6}})(?:\.|$)", name, re.ASCII))
    }
    return sorted(found)


def rows(form: Form) -> dict[str, int]:
    """How many blocks of each kind a page shows."""
    return {name: min(MOST, max([0, *numbers(form, name)]) + 1) for name in BLOCKS}


def changed(form: Form, deed: str) -> tuple[Form, dict[str, int]]:
    """The form with a block more (`add:acts`) or less (`remove:acts.1`); all else as it was typed."""
    what, _, where = deed.partition(":")
    name, _, number = where.partition(".")
    if name not in BLOCKS or what not in ("add", "remove") or (what == "remove" and not is_whole(number)):
        raise NotFound
    made: Form = MultiDict((key, value) for key, value in form.items(multi=True) if key != "deed")
    count = rows(form)
    if what == "remove":
        made, count[name] = _without(made, name, whole(number)), max(1, count[name] - 1)
    elif count[name] >= MANY:
        raise InvalidInput({name: [str(TOO_MANY)]})
    else:
        count[name] += 1
    return lay_out(_with_keys(made, count), links(form)), count


def _without(form: Form, name: str, gone: int) -> Form:
    made: Form = MultiDict()
    for key, value in form.items(multi=True):
        match = re.fullmatch(rf"{name}\.(\d{{1,6}})\.(.+)", key, re.ASCII)
        at = whole(match[1]) if match else -1
        if match is None:
            made.add(key, value)
        elif at != gone:
            made.add(f"{name}.{at - (at > gone)}.{match[2]}", value)
    return made


def _with_keys(form: Form, count: dict[str, int]) -> Form:
    """Every act and person has a key of its own, also one that was added between others."""
    for name, letter in BLOCKS.items():
        taken = {form.get(f"{name}.{number}.key") for number in range(count[name])}
        free = (f"{letter}{n}" for n in range(1, 2 * MOST + 1) if f"{letter}{n}" not in taken)
        for number in range(count[name] if letter else 0):
            if not form.get(f"{name}.{number}.key"):
                form[f"{name}.{number}.key"] = next(free)
    return form


Links: TypeAlias = dict[tuple[str, str], list[tuple[str, str]]]


def links(form: Form) -> Links:
    """What part who played in which act, and what is said of it, by their keys."""
    found: Links = {}
    for number in numbers(form, "involvements"):
        act, person = (form.get(f"involvements.{number}.{piece}", "") for piece in ("act", "person"))
        said = [
            (piece, value)
            for piece in ("part", "age", "injury", "outcome")
            for value in form.getlist(f"involvements.{number}.{piece}")
            if value
        ]
        if said:
            found[act, person] = said
    return found


def lay_out(form: Form, known: Links) -> Form:
    """Parts in acts as the page numbers them: act by act, in each the persons."""
    made: Form = MultiDict(pair for pair in form.items(multi=True) if not pair[0].startswith("involvements."))
    count = rows(made)
    for act in range(count["acts"]):
        for person in range(count["persons"]):
            keys = made.get(f"acts.{act}.key", "a1"), made.get(f"persons.{person}.key", "p1")
            if keys in known:
                at = f"involvements.{act * count['persons'] + person}"
                for piece, value in (("act", keys[0]), ("person", keys[1]), *known[keys]):
                    made.add(f"{at}.{piece}", value)
    return made
