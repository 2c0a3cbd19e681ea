"""The hierarchies by which a release says less: as they are in force, and changed by whoever keeps the code lists."""

from typing import Any

from marshmallow import Schema, fields, validate

from incidents.api.frame import Routes, work
from incidents.api.once import looks
from incidents.api.schemas import FROM_ZERO
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.release import hierarchy, making, nodes, versions
from incidents.release.versions import Draft
from incidents.work import Permission

routes = Routes("hierarchies", "/hierarchies")
SETTABLE = validate.OneOf(versions.SET, error=NOT_A_CODE)
MOST = 200  # steps of one proposal


class HierarchySchema(Schema):
    name = fields.String()
    version = fields.Integer(metadata={"description": "0 is the file that comes with the program."})
    digest = fields.String()
    levels = fields.List(fields.String(), metadata={"description": "Finest first."})
    rows = fields.List(
        fields.List(fields.String()),
        metadata={"description": "Each value, and what it becomes at each level."},
    )


class HierarchiesSchema(Schema):
    version = fields.String(metadata={"description": "Of all of them: a release names it."})
    hierarchies = fields.List(fields.Nested(HierarchySchema))


@routes.route("")
@needs(Permission.RELEASE_DOWNLOAD)
@routes.response(200, HierarchiesSchema)
def every() -> dict[str, Any]:
    """Every hierarchy that can be set: levels, values, and the version to cite."""
    return {"version": hierarchy.version(), "hierarchies": [_one(name) for name in versions.SET]}


def _one(name: str) -> dict[str, Any]:
    found = versions.standing(name)
    return {
        "name": name,
        "version": found.number,
        "digest": found.digest,
        "levels": list(found.levels),
        "rows": [list(row) for row in versions.draft(found).rows],
    }


class ValueMoveSchema(Strict):
    """A value, or a group with all in it, under another group; `en`, `es`: the words of a group that is new."""

    value = fields.String(required=True)
    to = fields.String(required=True)
    en = fields.String(load_default="")
    es = fields.String(load_default="")


class GroupRenameSchema(Strict):
    group = fields.String(required=True)
    en = fields.String(required=True)
    es = fields.String(required=True)


class HierarchyChangeSchema(Strict):
    """A proposal: `csv` and `labels` as the address of the hierarchy gives them, then what is moved and renamed.

    Without a `csv` it begins from what is in force.
    """

    name = fields.String(required=True, validate=SETTABLE)
    csv = fields.String(metadata={"description": "Semicolons, leaf first, one level a column."})
    labels = fields.String(metadata={"description": "A line each: code;English;Spanish."})
    moves = fields.List(fields.Nested(ValueMoveSchema), load_default=list, validate=validate.Length(max=MOST))
    renames = fields.List(
        fields.Nested(GroupRenameSchema), load_default=list, validate=validate.Length(max=MOST)
    )


class HierarchyLookSchema(HierarchyChangeSchema):
    count = fields.Boolean(
        load_default=False,
        metadata={"description": "Of many acts too; of few it is counted whatever this says."},
    )


class HierarchyKeepSchema(HierarchyChangeSchema):
    seen = fields.Integer(
        required=True,
        validate=FROM_ZERO,
        metadata={"description": "The version in force that it was made from."},
    )
    why = fields.String(required=True)


class EditQuery(Strict):
    name = fields.String(required=True, validate=SETTABLE)
    version = fields.Integer(validate=FROM_ZERO)


class ValueMovedSchema(Schema):
    value = fields.String()
    level = fields.String()
    before = fields.String()
    after = fields.String()


class PolicyLeavesSchema(Schema):
    levels = fields.Dict(keys=fields.String(), values=fields.String())
    rows = fields.Integer()
    kept = fields.Integer()
    classes = fields.Integer()
    loss = fields.Float()


class PolicyEffectSchema(Schema):
    """What a policy leaves of the data of today, by what is in force and by the proposal."""

    policy = fields.String()
    before = fields.Nested(PolicyLeavesSchema)
    after = fields.Nested(PolicyLeavesSchema)


class HierarchyProposedSchema(Schema):
    name = fields.String()
    seen = fields.Integer(metadata={"description": "The version in force."})
    csv = fields.String()
    labels = fields.String()
    values = fields.List(fields.String(), metadata={"description": "What can be moved."})
    groups = fields.List(fields.String())
    changed = fields.List(fields.Nested(ValueMovedSchema))
    renamed = fields.List(fields.String())
    effects = fields.List(
        fields.Nested(PolicyEffectSchema), allow_none=True, metadata={"description": "Null: not counted."}
    )


class HierarchyKeptSchema(Schema):
    name = fields.String()
    version = fields.Integer()
    digest = fields.String()


@routes.route("/edit")
@needs(Permission.VOCABULARY_SET)
@routes.arguments(EditQuery, location="query")
@routes.response(200, HierarchyProposedSchema)
def edit(query: dict[str, Any]) -> dict[str, Any]:
    """The version in force, or the one that is named, to be changed; of an earlier one, what going back to it does."""
    standing = versions.standing(query["name"])
    version = versions.numbered(query["name"], query["version"]) if "version" in query else standing
    earlier = version.number != standing.number
    return _proposed(versions.draft(version), counted=earlier and making.few_acts(work()))


@routes.route("/change", methods=["POST"])
@needs(Permission.VOCABULARY_SET)
@looks
@routes.arguments(HierarchyLookSchema)
@routes.response(200, HierarchyProposedSchema)
def change(given: dict[str, Any]) -> dict[str, Any]:
    """A proposal, checked: what it changes, and what each policy leaves by it. Nothing is kept."""
    proposed = _draft(given)
    versions.check(proposed)
    return _proposed(proposed, counted=given["count"] or making.few_acts(work()))


@routes.route("/keep", methods=["POST"])
@needs(Permission.VOCABULARY_SET)
@routes.arguments(HierarchyKeepSchema)
@routes.response(201, HierarchyKeptSchema)
def keep(given: dict[str, Any]) -> dict[str, Any]:
    """Kept as the next version, in force from now on. Asks for a fresh passphrase: POST /api/v1/session/confirm."""
    row = versions.keep(work(), _draft(given), given["why"], given["seen"])
    return {"name": row.name, "version": row.number, "digest": row.digest}


def _draft(given: dict[str, Any]) -> Draft:
    name = given["name"]
    standing = versions.draft(versions.standing(name))
    text = given.get("csv", versions.as_csv(standing))
    labels = versions.labels_of(given["labels"], name) if "labels" in given else standing.labels
    proposed = versions.typed(name, text, labels)
    for each in given["moves"]:
        proposed = versions.regrouped(proposed, each["value"], each["to"], each["en"], each["es"])
    for each in given["renames"]:
        proposed = versions.renamed(proposed, each["group"], each["en"], each["es"])
    return proposed


def _proposed(proposed: Draft, *, counted: bool) -> dict[str, Any]:
    standing = versions.standing(proposed.name)
    before = versions.draft(standing)
    effects = nodes.effects(work(), proposed.version) if counted else None
    return {
        "name": proposed.name,
        "seen": standing.number,
        "csv": versions.as_csv(proposed),
        "labels": versions.labels_as_text(proposed.labels),
        "values": versions.values(proposed),
        "groups": [group for _level, group in versions.groups(proposed)],
        "changed": [
            {"value": each.value, "level": each.level, "before": each.before, "after": each.after}
            for each in versions.changes(before, proposed)
        ],
        "renamed": versions.relabelled(before, proposed),
        "effects": None if effects is None else [_effect(each) for each in effects],
    }


def _effect(found: nodes.Effect) -> dict[str, Any]:
    return {"policy": found.policy, "before": _left(found.before), "after": _left(found.after)}


def _left(found: nodes.Weighed) -> dict[str, Any]:
    names = ("rows", "kept", "classes", "loss")
    return {"levels": dict(found.levels), **{name: getattr(found, name) for name in names}}
