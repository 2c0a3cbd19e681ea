"""A hierarchy, set on a page: changed step by step or as a file, checked, counted, and only then kept.

Nothing is stored on the way: the proposal goes back and forth with the form.
"""

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from incidents.errors import NotFound, Problem
from incidents.gate import needs
from incidents.release import hierarchy, making, nodes, versions
from incidents.release.versions import Draft
from incidents.web import manifest as manifests
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import reads
from incidents.web.numbers import is_whole
from incidents.web.policies import HIERARCHIES
from incidents.work import Permission

P = Permission
routes = Blueprint("hierarchies", __name__, url_prefix="/policies/hierarchies")
TEMPLATE = "release/hierarchy_edit.html"
MOST_SHOWN = 200  # values that change, on the page
TO_ANSWER = (403, 409, 422)


@routes.get("/edit")
@needs(P.VOCABULARY_SET)
def edit() -> Response:
    """The version in force, or the one that the address names, to be changed."""
    name = _name(request.args.get("name", versions.SET[0]))
    number, standing = request.args.get("version", ""), versions.standing(name)
    version = versions.numbered(name, int(number)) if is_whole(number) else standing
    proposed, counted = versions.draft(version), version is not standing and making.few_acts(work())
    return page(
        TEMPLATE,
        form={},
        **_context(proposed, standing.number, looked=version is not standing, counted=counted),
    )


@routes.post("/edit")
@needs(P.VOCABULARY_SET)
def change() -> Response:
    """One step of the proposal and what it does; or keep it."""
    name = _name(request.form.get("name", ""))
    seen = int(request.form.get("seen", "")) if is_whole(request.form.get("seen", "")) else 0
    proposed = versions.draft(versions.standing(name))
    try:
        proposed = _proposed(name)
        proposed = _stepped(proposed)
        versions.check(proposed)
        if request.form.get("deed") == "keep":
            return _kept(proposed, seen)
    except Problem as problem:
        if problem.status not in TO_ANSWER:
            raise
        as_typed = {"csv": request.form.get("csv", ""), "labels": request.form.get("labels", "")}
        return wrong(TEMPLATE, problem, **(_context(proposed, seen, looked=True) | as_typed))
    counted = making.few_acts(work()) or request.form.get("deed") == "count"
    return page(TEMPLATE, form={}, **_context(proposed, seen, looked=True, counted=counted))


def _name(name: str) -> str:
    if name not in versions.SET:
        raise NotFound
    return name


def _proposed(name: str) -> Draft:
    """What the form holds: a file that was sent takes the place of what was typed."""
    sent = request.files.get("file")
    text = request.form.get("csv", "")
    if sent is not None and sent.filename:
        try:
            text = sent.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise versions.HierarchyNotUsable(hierarchy=name, why=versions.NOT_TEXT) from None
    return versions.typed(name, text, versions.labels_of(request.form.get("labels", ""), name))


def _stepped(proposed: Draft) -> Draft:
    form, deed = request.form, request.form.get("deed", "")
    if deed == "move":
        new, value = form.get("new_group", "").strip(), form.get("value", "")
        if new:
            return versions.regrouped(proposed, value, new, form.get("en", ""), form.get("es", ""))
        return versions.moved(proposed, value, form.get("to", ""))
    if deed == "rename":
        return versions.renamed(
            proposed, form.get("group", ""), form.get("group_en", ""), form.get("group_es", "")
        )
    return proposed


def _kept(proposed: Draft, seen: int) -> Response:
    row = versions.keep(work(), proposed, request.form.get("why", ""), seen)
    say(
        _(
            "Kept as version %(number)s. Policies go by it from now on; a series keeps its own.",
            number=row.number,
        )
    )
    return go("policies.trees", name=proposed.name)


def _context(proposed: Draft, seen: int, *, looked: bool = False, counted: bool = False) -> dict[str, Any]:
    name, before = proposed.name, versions.draft(versions.standing(proposed.name))
    known = hierarchy.labels() | dict(proposed.labels)
    moved = versions.changes(before, proposed)
    effects = nodes.effects(work(), proposed.version) if counted else None
    return {
        "name": name,
        "text": HIERARCHIES[name][0],
        "seen": seen,
        "csv": versions.as_csv(proposed),
        "labels": versions.labels_as_text(proposed.labels),
        "values": [(value, _words(name, value, known)) for value in versions.values(proposed)],
        "groups": [(group, _words(name, group, known)) for _level, group in versions.groups(proposed)],
        "looked": looked,
        "changed": [
            (
                _words(name, each.value, known),
                manifests.level_in_words(each.level),
                *(_words(name, code, known) if code else "–" for code in (each.before, each.after)),
            )
            for each in moved[:MOST_SHOWN]
        ],
        "more": max(0, len(moved) - MOST_SHOWN),
        "renamed": versions.relabelled(before, proposed),
        "effects": None if effects is None else [_effect(each) for each in effects],
    }


def _words(name: str, code: str, known: dict[str, tuple[str, str]]) -> str:
    said = known[code][reads() == "es"] if code in known else manifests.value_in_words(name, code)
    return said if said == code else f"{said} ({code})"


def _effect(each: nodes.Effect) -> dict[str, Any]:
    return {
        "policy": each.policy,
        "rows": each.before.rows,
        "both": [
            {
                "classes": found.classes,
                "out": found.out,
                "lost": manifests.share(found.loss),
                "levels": ", ".join(manifests.level_in_words(level) for level in found.levels.values()),
            }
            for found in (each.before, each.after)
        ],
    }
