"""The trail: verify it."""

from itertools import islice
from typing import Any

from incidents.api.frame import Routes, work
from incidents.api.schemas import VerifiedSchema
from incidents.gate import needs
from incidents.work import Permission

routes = Routes("trail", "/trail")
P = Permission
NAMED = 20  # breaks that are named; the first matters most


@routes.route("/verify")
@needs(P.TRAIL_READ)
@routes.response(200, VerifiedSchema)
def verify() -> dict[str, Any]:
    """Verify the chain and every record against it; what does not fit is named, the first first."""
    found = list(islice(work().breaks(), NAMED + 1))
    breaks = [{"where": each.where, "what": each.what} for each in found[:NAMED]]
    return {"holds": not found, "breaks": breaks, "more": len(found) > NAMED}
