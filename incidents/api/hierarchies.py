"""The hierarchies by which a release says less, as they are in force; they are set on their page."""

from typing import Any

from marshmallow import Schema, fields

from incidents.api.frame import Routes
from incidents.gate import needs
from incidents.release import hierarchy, versions
from incidents.work import Permission

routes = Routes("hierarchies", "/hierarchies")


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
