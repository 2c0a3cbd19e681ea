"""How many incidents and acts there are: live for whoever may open facts, for others as frozen once a week."""

from http import HTTPStatus
from typing import Any

from flask import Response, make_response
from marshmallow import Schema, fields

from incidents import jobs, search
from incidents.api.frame import Routes, work
from incidents.api.schemas import JobSchema
from incidents.errors import NotAllowed
from incidents.gate import SIGNED_IN, needs
from incidents.release import making, weekly
from incidents.search.figures import AXES, SEEING
from incidents.work import Permission

routes = Routes("figures", "/figures")


class LiveCountSchema(Schema):
    """Of one code. A number of incidents above `counted_to` says only that there are more."""

    code = fields.String()
    incidents = fields.Integer()
    acts = fields.Integer(allow_none=True)


class LiveFiguresSchema(Schema):
    incidents = fields.Integer()
    acts = fields.Integer()
    counted_to = fields.Integer()
    complete = fields.Boolean(metadata={"description": "False: a filter may miss some yet."})
    axes = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(LiveCountSchema)))


class FrozenCountSchema(Schema):
    code = fields.String()
    incidents = fields.String(metadata={"description": "As it may be told: “10–14”, or “(not shown)”."})


class FrozenFiguresSchema(Schema):
    whole = fields.String()
    axes = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(FrozenCountSchema)))
    together = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Of an axis, the codes that are told together."},
    )
    beside = fields.List(
        fields.String(), metadata={"description": "Releases whose incidents are counted there, not here."}
    )


class FiguresShownSchema(Schema):
    """`live` for who may read incidents or prepare releases, `frozen` for all others."""

    frozen_on = fields.Date(allow_none=True)
    overtaken = fields.List(
        fields.String(), metadata={"description": "Releases that came out since: the freeze is not shown."}
    )
    live = fields.Nested(LiveFiguresSchema, allow_none=True)
    frozen = fields.Nested(FrozenFiguresSchema, allow_none=True)


class FreezeOfFiguresSchema(Schema):
    frozen_on = fields.Date()


@routes.route("")
@needs(SIGNED_IN)
@routes.response(200, FiguresShownSchema)
def shown() -> dict[str, Any]:
    """Whoever may open no fact sees nothing that was not frozen."""
    if not work().actor.roles:
        raise NotAllowed
    if any(work().actor.may(each) for each in SEEING):
        last = weekly.newest(work())
        frozen_on = last.frozen_on if last else None
        return {"frozen_on": frozen_on, "overtaken": [], "live": _live(), "frozen": None}
    told = weekly.told(work())
    return {
        "frozen_on": told.frozen_on,
        "overtaken": told.overtaken,
        "live": None,
        "frozen": _frozen(told.counts) if told.counts else None,
    }


def _live() -> dict[str, Any]:
    found = search.live(work())
    most = search.MOST_COUNTED
    return {
        "incidents": min(found.incidents, most + 1),
        "acts": found.acts,
        "counted_to": most,
        "complete": search.complete(work()),
        "axes": {
            axis: [
                {"code": row.code, "incidents": min(row.incidents, most + 1), "acts": row.acts}
                for row in found.axes[axis]
            ]
            for axis in AXES
            if found.axes[axis]
        },
    }


def _frozen(counts: dict[str, Any]) -> dict[str, Any]:
    return {
        "whole": counts["whole"],
        "beside": counts.get("beside", []),
        "together": counts["together"],
        "axes": {
            axis: [{"code": code, "incidents": said} for code, said in rows]
            for axis, rows in counts["axes"].items()
        },
    }


@routes.route("", methods=["POST"])
@needs(Permission.RELEASE_DOWNLOAD, repeatable=True)
@routes.response(201, FreezeOfFiguresSchema)
@routes.alt_response(202, JobSchema)
def freeze() -> dict[str, Any] | Response:
    """The figures of this week for every member; among many acts it is long work, and the answer the job."""
    if making.few_acts(work()):
        return {"frozen_on": weekly.freeze(work()).frozen_on}
    job = jobs.start(work(), weekly.KIND, {})
    said = {"id": job.id, **{name: getattr(job, name) for name in ("state", "done", "total", "problem")}}
    return make_response(JobSchema().dump(said), HTTPStatus.ACCEPTED)
