"""The one door from counts to what is printed of them: by one method, and audited before it is given out."""

from incidents.release.tables import audit
from incidents.release.tables.cells import Counted, Shown
from incidents.release.tables.suppress import Plan
from incidents.release.tables.worlds import Loosening, Unprotected

TURNS = 40  # each hides more, so that it ends long before


def suppressed(counted: Counted) -> Shown:
    """A: `<5`, zeros, and `…` where a larger count would give a small one away."""
    plan = Plan(counted)
    loosening = Loosening(plan)
    for _turn in range(TURNS):
        shown = Shown(counted, plan.values(), "A")
        narrowed = audit.narrowed(shown)
        if not narrowed:
            return shown
        loosening.loosen(narrowed)
    raise Unprotected
