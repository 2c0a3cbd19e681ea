"""What was edited, in words: the lines of a history, and one edit with what stood there before and after."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import opening, search
from incidents.errors import InvalidInput, MoveNotAllowed, NotFound, ReasonsNeeded
from incidents.gate import needs
from incidents.intake import adding, changing, edited, editing, wording
from incidents.intake.editing import Done
from incidents.model.edit import EditKind
from incidents.model.people import Person
from incidents.search import Known, Opened
from incidents.web import beside, events
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.numbers import whole
from incidents.web.records import who
from incidents.work import Permission, Unreadable

routes = Blueprint("edits", __name__, url_prefix="/incidents/edits")
P = Permission
DONE = {
    EditKind.ADDED: _l("added"),
    EditKind.BROUGHT_BACK: _l("brought back"),
    EditKind.CHANGED: _l("edited"),
    EditKind.RESTORED: _l("restored as it was before"),
    EditKind.TAKEN_OUT: _l("taken out"),
}
WORDS = {
    "labels": _l("Labels"),
    "citation": _l("Reference"),
    "origin": _l("Where does it come from?"),
    "narrative": _l("In their own words"),
}


def word(name: str) -> str:
    """A field of a record in words, by its path."""
    last = name.rsplit(".", maxsplit=1)[-1]
    return str(WORDS.get(last) or beside.WORDS.get(last) or events.OPENED.get(last, last))


BLOCKS = {kind: f"{kind}s" for kind in ("act", "involvement", "perpetrator", "person", "source")}


def text(about: str, name: str, value: Any) -> str:
    """Its value in words, as the form that has this table's fields says it."""
    if isinstance(value, dict) and name == "safe_contact":
        return "; ".join(f"{inner}: {beside.in_words(inner, said)}" for inner, said in value.items())
    return beside.in_words(".".join(filter(None, (BLOCKS.get(about, about), name))), value)


# -- the histories


def of_incident(opened: Opened) -> dict[str, Any]:
    """Where each record of an incident is edited, in the order of its page; and what was edited in any of them."""
    gone = adding.left(work(), [opened.incident, *opened.joined])
    words = dict(_names(opened)) | dict(_gone(gone))
    urls = _urls(opened) if work().actor.may(P.REVIEW_DECIDE) else None
    return {"urls": urls, "lines": _lines(words)}


def _urls(opened: Opened) -> dict[str, Any]:
    there = {person.id for person, _facts in opened.people}
    parts = {
        act.id: [
            link for link, _f in opened.involvements if link.act_id == act.id and link.person_id in there
        ]
        for act, _facts in opened.acts
    }
    add = {what: url_for(f"adding.{what}", id=opened.incident.id) for what in ADDED}
    return {
        "incident": _url(opened.incident),
        "joined": [_url(each) for each in opened.joined],
        "acts": [_url(act) for act, _facts in opened.acts],
        "parts": [[_url(link) for link in parts[act.id]] for act, _facts in opened.acts],
        "persons": [_url(person) for person, _facts in opened.people],
        "perpetrators": [_url(row) for row, _facts in opened.perpetrators],
        "sources": [_url(row) for row, _facts in opened.sources],
        "add": add,
    }


def _url(row: Any) -> str:
    return url_for(f"editing.{row.__tablename__}", id=row.id)


ADDED = ("act", "involvement", "person", "perpetrator")


def of_person(known: Known) -> dict[str, Any]:
    """The same of one person."""
    person, may = known.person, work().actor.may(P.REVIEW_DECIDE)
    names = may and work().actor.may(P.IDENTITY_OPEN)
    return {
        "url": _url(person) if may else None,
        "name_url": url_for("editing.name", id=person.id) if names else None,
        "lines": _lines({person.id: _("The person")}),
    }


def of_act(id: UUID) -> list[dict[str, Any]]:
    """What was edited in one act."""
    return _lines({id: _("The act")})


def called(row: Any) -> str:
    """What the page of its incident calls a record."""
    incident = editing.incidents_of(work(), row)[0]
    opened = search.open_incident(work(), search.kept(work(), incident.id))
    return dict(_names(opened)).get(row.id, "")


def _names(opened: Opened) -> Iterator[tuple[UUID, str]]:
    """What each record of an incident is called, by its id."""
    acts = {act.id: number for number, (act, _f) in enumerate(opened.acts, 1)}
    people = {person.id: number for number, (person, _f) in enumerate(opened.people, 1)}
    yield opened.incident.id, _("The incident")
    yield from ((each.id, each.reference) for each in opened.joined)
    yield from ((id, _("Act %(number)s", number=number)) for id, number in acts.items())
    yield from ((id, _("Person %(number)s", number=number)) for id, number in people.items())
    for link, _facts in opened.involvements:
        numbers = {"person": people.get(link.person_id, "–"), "act": acts[link.act_id]}
        yield link.id, _("Person %(person)s in act %(act)s", **numbers)
    for number, (doer, _facts) in enumerate(opened.perpetrators, 1):
        yield doer.id, _("Alleged perpetrator %(number)s", number=number)
    for number, (source, _facts) in enumerate(opened.sources, 1):
        yield source.id, _("Source %(number)s", number=number)


def _gone(rows: list[Any]) -> Iterator[tuple[UUID, str]]:
    """What counts no more has no number: what it was says which one it is."""
    for about, those in groupby(rows, key=lambda row: row.__tablename__):
        of_a_kind = list(those)
        for row, facts in zip(of_a_kind, work().read_all(of_a_kind, "facts"), strict=True):
            yield row.id, called_by_kind(about, facts)


ALLEGED = _l("Alleged perpetrator")
# Which field says what kind of one it was; where the first says nothing, the next.
KIND = {"act": ("type",), "involvement": ("part",), "perpetrator": ("group", "type"), "source": ("type",)}


def called_by_kind(about: str, facts: Any) -> str:
    """An act by what it was, a source by what kind of source: as a reader knows it who has no number for it."""
    name = str(ALLEGED) if about == "perpetrator" else events.record_in_words(about).capitalize()
    if isinstance(facts, Unreadable):
        return _("%(record)s (erased)", record=name) if facts.why == "erased" else name
    said = next((text(about, each, facts[each]) for each in KIND.get(about, ()) if facts.get(each)), "")
    return f"{name} ({said})" if said else name


def _lines(words: dict[UUID, str]) -> list[dict[str, Any]]:
    """The newest first."""
    return [
        {
            "on": each.edit.edited_on,
            "by": who(each.edit.edited_by),
            "text": f"{words[each.edit.record_id]}: {in_words(each)}",
            "reasons": each.reasons,
            "url": url_for("edits.show", id=each.edit.id),
        }
        for each in reversed(editing.history(work(), words))
    ]


def in_words(done: Done) -> str:
    """What was done, and to which fields."""
    said = str(DONE[done.edit.kind])
    if isinstance(done.fields, Unreadable):
        return _("%(done)s; what it was about is erased", done=said) if done.fields.why == "erased" else said
    if not done.fields:
        return said
    return f"{said} ({', '.join(dict.fromkeys(map(word, done.fields)))})"


# -- one edit


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.INCIDENT_READ)
def show(id: UUID) -> Response:
    """One edit: who, when, why, what stood there before and after. Posted: opened, restored or brought back."""
    done = editing.done(work(), id)
    context = _context(done)
    if request.method == "GET":
        return page("editing/show.html", **context)
    deed = request.form.get("deed", "")
    if deed == "open" and done.edit.words is not None:
        return _opened(done, context)
    if deed not in DEEDS or not context[f"may_{deed}"]:
        raise NotFound
    try:
        DEEDS[deed](done)
    except ReasonsNeeded as problem:
        return wrong("editing/show.html", InvalidInput({"reasons": [problem.sentence]}), **context)
    except MoveNotAllowed as problem:
        return wrong("editing/show.html", problem, **context)
    say(_("Kept, with your reason. The earlier version stays readable in the history."))
    return go("edits.show", id=id) if deed == "restore" else _go_back(done)


def _restore(done: Done) -> None:
    row = editing.one(work(), done.edit.about, done.edit.record_id)
    seen, of = request.form.get("version", 0, type=whole), done.edit.from_version or 0
    editing.restore(work(), row, seen, of, request.form.get("reasons", ""))


def _bring_back(done: Done) -> None:
    row = editing.record_of(work(), done.edit)
    adding.bring_back(
        work(), row, request.form.get("version", 0, type=whole), request.form.get("reasons", "")
    )


DEEDS = {"bring_back": _bring_back, "restore": _restore}


def _context(done: Done) -> dict[str, Any]:
    row, named = editing.record_of(work(), done.edit), done.edit.words is not None
    before, after = ({}, {}) if named else editing.sides(work(), done.edit)
    incident = editing.incidents_of(work(), row)[0]
    person = isinstance(row, Person)
    ahead = _ahead(done)
    return {
        "edit": {
            "text": in_words(done),
            "about": called_by_kind(done.edit.about, (before or after).get("facts", {})),
            "by": who(done.edit.edited_by),
            "on": done.edit.edited_on,
            "reasons": done.reasons,
            "named": named,
            "closed": done.fields if isinstance(done.fields, Unreadable) else None,
        },
        "version": row.version,
        "back": {
            "url": url_for(
                "incident.person" if person else "incident.show", id=row.id if person else incident.id
            ),
            "text": _("Person") if person else incident.reference,
        },
        **changes(done.edit.about, before, after, done.fields),
        "whole": _whole(done.edit.about, (after or before)["facts"]) if done.edit.kind in WHOLE else None,
        "ahead": ahead,
        "may_restore": ahead is not None and any(ahead.values()),
        "may_open": named and work().actor.may(P.IDENTITY_OPEN),
        "may_bring_back": edited.may_bring_back(work(), done),
    }


WHOLE = {EditKind.ADDED, EditKind.BROUGHT_BACK, EditKind.TAKEN_OUT}  # no field changed: it came, or went
LONG = 40  # words: a text as long as this is read with its changes marked


def _whole(about: str, facts: Any) -> Any:
    """All that stood in what came or went, line by line."""
    return facts if isinstance(facts, Unreadable) else beside.said(BLOCKS[about], facts)


def _ahead(done: Done) -> dict[str, Any] | None:
    """What restoring would change, for whoever is about to; nothing where nobody can."""
    found = edited.would_restore(work(), done)
    return changes(done.edit.about, *found) if found else None


def changes(about: str, before: dict[str, Any], after: dict[str, Any], names: Any) -> dict[str, Any]:
    """What changed, `lines` field by field as it was and as it became, and `texts` with their words marked."""
    known = names if isinstance(names, list) else []
    long = [name for name in known if is_long(before.get(name), after.get(name))]
    return {
        "lines": lines(about, before, after, [name for name in known if name not in long]),
        "texts": [
            {"word": word(name), "passages": wording.passages(before[name], after[name])} for name in long
        ],
    }


def is_long(*sides: Any) -> bool:
    """Texts of which at least one is long; what is empty on a side, or does not open, is shown as it is."""
    return all(isinstance(side, str) and side for side in sides) and any(
        len(side.split()) >= LONG for side in sides
    )


def lines(
    about: str, before: Mapping[str, Any], after: Mapping[str, Any], names: Any
) -> list[dict[str, Any]]:
    """Each field that changed, as it was and as it became; what does not open says why."""
    return [
        {"word": word(name), "before": _side(about, before, name), "after": _side(about, after, name)}
        for name in (names if isinstance(names, list) else ())
    ]


def _side(about: str, values: Mapping[str, Any], name: str) -> Any:
    held = values.get(name) if name in values else values.get("facts")
    if isinstance(held, Unreadable) or name in values:
        return held if isinstance(held, Unreadable) else text(about, name, held)
    return text(about, name, changing.fields(held or {}).get(tuple(name.split("."))))


def _go_back(done: Done) -> Response:
    row = editing.record_of(work(), done.edit)
    return go("incident.show", id=editing.incidents_of(work(), row)[0].id)


def _opened(done: Done, context: dict[str, Any]) -> Response:
    """What a name was and became: opened for a reason, as the name itself is."""
    opened = editing.named(work(), done.edit)
    if opened is opening.ASKED:
        say(_("A colleague must say yes first. They were asked; open it again when they have."), "care")
        return go("edits.show", id=done.edit.id)
    name, before, after, reasons = opened
    sides = {"before": before, "after": after}
    said = {
        side: held if isinstance(held, Unreadable) else text(done.edit.about, name, held)
        for side, held in sides.items()
    }
    shown = {"word": word(name), **said}
    return page("editing/show.html", **context | {"lines": [shown], "opened": reasons})
