"""Edit what was taken in: the form of one record with a reason; of two who edit it at once the later one chooses.

Adding what was forgotten stands in `adding`, what was done in `edits`.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from incidents import opening
from incidents.errors import Conflict, InvalidInput, NotFound, ReasonsNeeded
from incidents.gate import needs
from incidents.intake import adding, changing, editing, schema, wording
from incidents.model.edit import Edit
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.web import edits, forms
from incidents.web.blocks import Form
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.numbers import whole
from incidents.work import Permission, Unreadable

routes = Blueprint("editing", __name__, url_prefix="/incidents")
P = Permission
# Where the facts of a record stand in the form of a report.
PLACES: dict[type[Any], str] = {
    Act: "acts.0",
    Incident: "incident",
    Involvement: "involvements.0",
    Perpetrator: "perpetrators.0",
    Person: "persons.0.facts",
    Source: "sources.0",
}
# Where a closed field stands in the form of a report.
NAMED: dict[type[Any], str] = {
    Person: "persons.0.identity",
    Perpetrator: "perpetrators.0",
    Source: "sources.0",
}
LEAVES = (Act, Involvement, Perpetrator, Source)
KEPT = frozenset({"a1", "p1"})  # the keys of the act and the person that stand in the form


# -- one record


def record(id: UUID, about: str) -> Response:
    """What stands in one record, to be mended. Posted: kept, looked at once more, or taken out."""
    row = editing.one(work(), about, id)
    if request.method == "GET":
        return page("editing/edit.html", **_context(row), form=_filled(row, editing.read(work(), row)))
    deeds = {"check": _look, "save": _save, "take_out": _take_out}
    deed = request.form.get("deed", "save")
    if deed not in deeds:
        raise NotFound
    return deeds[deed](row)


for _about in editing.KINDS:
    routes.add_url_rule(
        f"/edit/{_about}/<uuid:id>",
        _about,
        needs(P.REVIEW_DECIDE, repeatable=True)(partial(record, about=_about)),
        methods=["GET", "POST"],
    )


def _context(row: Any) -> dict[str, Any]:
    incident = editing.incidents_of(work(), row)[0]
    person = isinstance(row, Person)
    back = url_for("incident.person", id=row.id) if person else url_for("incident.show", id=incident.id)
    return {
        "about": row.__tablename__,
        "called": edits.called(row),
        "version": row.version,
        "group": person and row.kind == "group",
        "back": {"url": back, "text": _("Person") if person else incident.reference},
        "leaves": isinstance(row, LEAVES),
        "closed": _closed(row),
        "first_tells": True,
        "rows": {},
        "clashes": [],
    }


def _closed(row: Any) -> dict[str, Any] | None:
    """Where what is closed in it is corrected, for who may open it; of a person that stands on their page."""
    if isinstance(row, Person) or type(row) not in NAMED or not work().actor.may(P.IDENTITY_OPEN):
        return None
    if isinstance(row, Perpetrator):
        return {"url": url_for("editing.perpetrator_name", id=row.id), "text": _("Open and correct the name")}
    return {
        "url": url_for("editing.source_reference", id=row.id),
        "text": _("Open and correct the reference"),
    }


def _filled(row: Any, values: Mapping[str, Any]) -> Form:
    """The form of a record as it stands, by columns."""
    facts = {name: said for name, said in values["facts"].items() if name != "interview"}
    words = {name: values.get(name) for name in editing.WORDS.get(type(row), ())}
    return forms.typed_from(_document(type(row), facts, words))


def _document(kind: type[Any], facts: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the report that would tell of it alone."""
    if kind is Incident:
        return {"incident": dict(facts), **words}
    if kind is Person:
        return {"persons": [{"key": "p1", "facts": dict(facts)}]}
    if kind is Act:
        return {"acts": [{"key": "a1", **facts}]}
    if kind is Involvement:
        return {
            "persons": [{"key": "p1"}],
            "acts": [{"key": "a1"}],
            "involvements": [{"person": "p1", "act": "a1", **facts}],
        }
    return {PLACES[kind].partition(".")[0]: [dict(facts)]}


def _look(row: Any) -> Response:
    """The same page, with what the choices make room for."""
    return page("editing/edit.html", **_context(row) | _still(row), form=request.form)


def _still(row: Any) -> dict[str, Any]:
    """What a page that is shown again keeps: which version was seen, what is to be chosen, and since when.

    Were it the version that stands now, what somebody else changed meanwhile would be written over unseen.
    """
    base = request.form.get("base", 0, type=whole)
    seen = request.form.get("version", 0, type=whole)
    return {
        "version": seen,
        "base": base,
        "clashes": _clashes(row, request.form.getlist("clash"), base, request.form),
    }


# -- kept


def _save(row: Any) -> Response:
    context = _context(row)
    try:
        facts, words = said(type(row), request.form)
        seen = request.form.get("version", 0, type=whole)
        facts, words = _chosen(row, facts, words)
        if seen != row.version:
            return _both(row, seen, facts, words)
        again = editing.edit(work(), row, seen, facts, request.form.get("reasons", ""), words)
    except InvalidInput as problem:
        return wrong("editing/edit.html", problem, **context | _still(row))
    except ReasonsNeeded as problem:
        at_field = InvalidInput({"reasons": [problem.sentence]})
        return wrong("editing/edit.html", at_field, **context | _still(row))
    tell(len(again), changed=bool(work().pending(Edit)))
    return _back(row)


def said(kind: type[Any], form: Form) -> tuple[dict[str, Any], dict[str, str | None]]:
    """The facts that were typed, checked, and the words beside them; what is wrong is said at its field."""
    typed = forms.read(form, KEPT)
    facts, words = _entry(kind, typed.document)
    errors = dict(typed.errors)
    try:
        found = editing.valid(kind, facts)
    except InvalidInput as problem:
        at = {f"{PLACES[kind]}.{path}": sentences for path, sentences in problem.fields.items()}
        errors = forms.at_fields(at, typed, form) | errors
    if errors:
        raise InvalidInput(errors)
    return found, words


def _entry(kind: type[Any], document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str | None]]:
    """The one record that a form tells of, as it was typed, and the words beside it."""
    entry: Any = document
    for step in PLACES[kind].split("."):
        entry = (entry[0] if entry else {}) if step == "0" else entry.get(step, {})
    facts = {name: value for name, value in entry.items() if name not in ("key", "person", "act", "name")}
    return facts, {name: document.get(name) for name in editing.WORDS.get(kind, ())}


def tell(again: int, *, changed: bool) -> None:
    """What became of it, on the next page."""
    if not changed:
        say(_("Nothing was changed."))
        return
    say(_("Kept, with your reason. The earlier version stays readable in the history."))
    if again:
        say(
            ngettext(
                "%(num)s act that was decided has to be looked at anew, by somebody else.",
                "%(num)s acts that were decided have to be looked at anew, by somebody else.",
                again,
            ),
            "care",
        )


def _back(row: Any) -> Response:
    if isinstance(row, Person):
        return go("incident.person", id=row.id)
    return go("incident.show", id=editing.incidents_of(work(), row)[0].id)


# -- two people edit one record


def _both(row: Any, seen: int, facts: dict[str, Any], words: Mapping[str, Any]) -> Response:
    """Somebody was quicker: what either changed stands in the form, and what both did is chosen field by field."""
    if not 0 < seen <= row.version:
        raise Conflict
    mine = _whole({"facts": facts, **words})
    keep = {name for name in editing.STAYS.get(type(row), ()) if name not in mine}
    base, now = (
        {name: value for name, value in _whole(values).items() if name not in keep}
        for values in (editing.as_it_was(work(), row, seen), editing.read(work(), row))
    )
    both, clashes = changing.merged(base, now, mine)
    told = {name: both.pop(name, None) for name in editing.WORDS.get(type(row), ())}
    form: Form = MultiDict(forms.typed_from(_document(type(row), both, told)))
    form["reasons"] = request.form.get("reasons", "")
    shown = _clashes(row, [".".join(path) for path in clashes], seen, form)
    sentence = _("Somebody else changed this meanwhile. Nothing you typed was lost.")
    context = _context(row) | {"clashes": shown, "base": seen, "form": form, "problem": sentence}
    return page("editing/edit.html", Conflict.status, **context)


def _whole(values: Mapping[str, Any]) -> dict[str, Any]:
    """Facts and the words beside them in one, so that both are compared alike."""
    if any(isinstance(value, Unreadable) for value in values.values()):
        raise Conflict
    beside = {name: value for name, value in values.items() if name != "facts" and value}
    return {**values["facts"], **beside}


def _clashes(row: Any, names: list[str], base: int, form: Form) -> list[dict[str, Any]]:
    """Each field that both changed: in words, as it was, as it stands now and as it was typed."""
    if not names:
        return []
    facts, words = _entry(type(row), forms.read(form, KEPT).document)
    states = (
        editing.as_it_was(work(), row, base) if 0 < base <= row.version else {"facts": {}},
        editing.read(work(), row),
        {"facts": schema.emptied(facts), **words},
    )
    was, theirs, mine = (changing.fields(_whole(each)) for each in states)
    return [_clash(row.__tablename__, name, was, theirs, mine) for name in names]


def _clash(about: str, name: str, *sides: Mapping[changing.Path, Any]) -> dict[str, Any]:
    """One field on all three sides; a long text with the words marked that each of the two changed in it."""
    found: list[Any] = [side.get(tuple(name.split("."))) for side in sides]
    was, theirs, mine = found
    said = {
        side: edits.text(about, name, value)
        for side, value in (("was", was), ("theirs", theirs), ("mine", mine))
    }
    marked = edits.is_long(was, theirs, mine) and {
        "theirs": wording.passages(was, theirs),
        "mine": wording.passages(was, mine),
    }
    return {"name": name, "word": edits.word(name), **said, "marked": marked or None}


def _chosen(
    row: Any, facts: dict[str, Any], words: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where both had changed a field: as whoever came later chose."""
    names = request.form.getlist("clash")
    choices = {name: request.form.get(f"choose.{name}") for name in names}
    missing = {
        f"choose.{n}": [_("Choose one of the two.")]
        for n, c in choices.items()
        if c not in ("mine", "theirs")
    }
    if missing:
        raise InvalidInput(missing)
    theirs = changing.fields(_whole(editing.read(work(), row)))
    found: dict[str, Any] = {"facts": dict(facts), **words}
    for name in (name for name, choice in choices.items() if choice == "theirs"):
        *above, last = name.split(".")
        inner = found if name in words else found["facts"]
        for step in above:
            inner[step] = dict(inner.get(step) or {})
            inner = inner[step]
        inner[last] = theirs.get(tuple(name.split(".")))
    return found.pop("facts"), found


# -- taken out


def _take_out(row: Any) -> Response:
    if not isinstance(row, LEAVES):
        raise NotFound
    try:
        seen = request.form.get("version", 0, type=whole)
        again = adding.take_out(work(), row, seen, request.form.get("out.reasons", ""))
    except ReasonsNeeded as problem:
        form: Form = MultiDict(_filled(row, editing.read(work(), row)))
        at_field = InvalidInput({"out.reasons": [problem.sentence]})
        return wrong("editing/edit.html", at_field, form, **_context(row) | {"deed": "take_out"})
    tell(len(again), changed=True)
    return _back(row)


# -- a name


@routes.route("/persons/<uuid:id>/correct", methods=["GET", "POST"])
@needs(P.IDENTITY_OPEN)
def name(id: UUID) -> Response:
    """One field of an identity: opened, which is noted, and corrected with a reason."""
    return _named(editing.one(work(), Person.__tablename__, id))


@routes.route("/edit/perpetrator/<uuid:id>/name", methods=["GET", "POST"])
@needs(P.IDENTITY_OPEN)
def perpetrator_name(id: UUID) -> Response:
    """The same of the name of an alleged perpetrator."""
    return _named(editing.one(work(), Perpetrator.__tablename__, id))


@routes.route("/edit/source/<uuid:id>/reference", methods=["GET", "POST"])
@needs(P.IDENTITY_OPEN)
def source_reference(id: UUID) -> Response:
    """The same of the reference of a source, which may name whoever spoke."""
    return _named(editing.one(work(), Source.__tablename__, id))


def _named(row: Any) -> Response:
    context = _name_context(row)
    field = request.form.get("field", "")
    if request.method == "GET" or field not in editing.CLOSED[type(row)]:
        return page("editing/name.html", **context, field=None)
    context |= {"field": field}
    if request.form.get("deed") != "save":
        return _opened(row, field, context)
    at = "persons.0.safe_contact" if field == "safe_contact" else NAMED[type(row)]
    try:
        seen = request.form.get("version", 0, type=whole)
        done = editing.correct(work(), row, seen, field, _value(row, field), request.form.get("reasons", ""))
    except Conflict:
        sentence = _("Somebody else changed this meanwhile. Nothing you typed was lost.")
        now = editing.name_of(work(), row, field)
        context |= {"problem": sentence, "stands": edits.text(row.__tablename__, field, now)}
        return page("editing/name.html", Conflict.status, **context, form=request.form)
    except InvalidInput as problem:
        moved = {f"{at}.{path}": sentences for path, sentences in problem.fields.items()}
        return wrong("editing/name.html", InvalidInput(moved), **context)
    except ReasonsNeeded as problem:
        return wrong("editing/name.html", InvalidInput({"reasons": [problem.sentence]}), **context)
    if done is opening.ASKED:
        return _asked(row.id)
    tell(0, changed=bool(work().pending(Edit)))
    return _back(row)


def _name_context(row: Any) -> dict[str, Any]:
    incident = editing.incidents_of(work(), row)[0]
    person = isinstance(row, Person)
    back = url_for("incident.person", id=row.id) if person else url_for("incident.show", id=incident.id)
    text = _("Person") if person else incident.reference
    fields = editing.CLOSED[type(row)]
    return {
        "back": {"url": back, "text": text},
        "version": row.version,
        "fields": fields,
        "at": NAMED[type(row)],
    }


def _opened(row: Any, field: str, context: dict[str, Any]) -> Response:
    now = editing.name_of(work(), row, field)
    if now is opening.ASKED:
        return _asked(row.id)
    if isinstance(now, Unreadable):
        return page("editing/name.html", **context, unreadable=now.why)
    if not isinstance(row, Person):
        form: Form = MultiDict({f"{NAMED[type(row)]}.{field}": now or ""})
        return page("editing/name.html", **context, form=form)
    said = {"safe_contact": now or {}} if field == "safe_contact" else {"identity": {field: now}}
    return page("editing/name.html", **context, form=forms.typed_from({"persons": [{"key": "p1", **said}]}))


def _asked(id: UUID) -> Response:
    say(_("A colleague must say yes first. They were asked; open it again when they have."), "care")
    return go("incident.person", id=id)


def _value(row: Any, field: str) -> Any:
    if field != "safe_contact":
        return request.form.get(f"{NAMED[type(row)]}.{field}", "").strip()
    people = forms.read(request.form, KEPT).document.get("persons", [])
    return people[0].get("safe_contact", {}) if people else {}
