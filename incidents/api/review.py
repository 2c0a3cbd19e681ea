"""Review: move one act from one state to the next."""

from typing import Any
from uuid import UUID

from incidents import review
from incidents.api.frame import Routes, work
from incidents.api.schemas import MovedSchema, MoveSchema
from incidents.gate import needs
from incidents.model.vocabulary import Verification
from incidents.work import Permission

routes = Routes("review", "/acts")
P = Permission


@routes.route("/<uuid:id>/move", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(MoveSchema)
@routes.response(200, MovedSchema)
def move(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Decide on an act, with reasons; never on what one submitted."""
    act = review.act(work(), id)
    review.move(work(), act, Verification(given["to"]), given["reasons"])
    moves = [to.value for to in review.allowed(work(), act)]
    return {"id": act.id, "verification": act.verification.value, "moves": moves}
