"""Members: who they are and what they hold. They are invited, enrolled and removed by people, on pages."""

from typing import Any

from marshmallow import Schema, fields

from incidents import members
from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.gate import needs
from incidents.members import Member
from incidents.work import Permission

routes = Routes("members", "/members")


class MemberSchema(Schema):
    id = fields.UUID(metadata={"description": "What an `assignee` says."})
    name = fields.String()
    roles = fields.List(fields.String())
    state = fields.String()
    joined_on = fields.Date(allow_none=True)
    compartments = fields.List(fields.String(), metadata={"description": "Whose keys they hold."})
    second_factor = fields.Boolean()


@routes.route("")
@needs(Permission.MEMBER_LIST)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(MemberSchema, "MembersSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Every member, by their names."""
    rows, onward = sliced(
        members.members(work()), lambda each: (each.user.sign_in or "", str(each.user.id)), query
    )
    return {"items": [_line(each) for each in rows], "next": onward}


def _line(member: Member) -> dict[str, Any]:
    user = member.user
    return {
        "id": user.id,
        "name": user.name,
        "roles": user.roles,
        "state": user.state.value,
        "joined_on": user.joined_on,
        "compartments": sorted(member.holds),
        "second_factor": member.second_factor,
    }
