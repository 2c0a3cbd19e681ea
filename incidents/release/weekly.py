"""Figures for members who may open no fact: from one freeze a week, protected as tables for the public are.

Path A hides small counts and whatever would give one away; then each number is told as the five that it lies in, so
that two freezes beside each other do not tell which cell one new incident went to. Nothing is counted live.

What went out to anybody counts its incidents exactly, or holds rows of them. Ten to fourteen in a state beside
an exact twelve would tell that two at most are in one and not in the other. So of one incident there is one count here
too: a freeze leaves out whatever is in a release that anybody may have, and names that release in its place.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from incidents.errors import Problem, _
from incidents.model.figures import Freeze
from incidents.release import policy, standing
from incidents.release.free import Free
from incidents.release.tables import captions, edition, lines
from incidents.release.tables.cells import ALL, FEW, OUT, Table
from incidents.work import Compartment, Permission, Work

KIND = "figures"  # the job
COMPARTMENTS = frozenset({Compartment.FACTS})
POLICY = "public-table"
AXES = ("month", "act", "state", "perpetrator", "verification")
APART = timedelta(days=7)
BAND = 5
FREEZING = frozenset({Permission.RELEASE_PREPARE, Permission.RELEASE_SIGN})


class FrozenLately(Problem):
    """Freezes that follow each other too closely tell by what they differ."""

    status = 409
    code = "frozen-lately"
    sentence = _("The figures were frozen on %(day)s. They can be frozen anew seven days later.")


def newest(work: Work) -> Freeze | None:
    """What every member may see; vouched for by the trail."""
    found = work.db.scalars(select(Freeze).order_by(Freeze.frozen_on.desc(), Freeze.id).limit(1)).first()
    if found is not None:
        work.vouched([found])
    return found


def overtaken(work: Work, last: Freeze) -> list[str]:
    """References of what anybody may have by now, and this freeze does not know of: it counts what they count, too.

    Such a freeze is shown to nobody. What somebody saw before cannot be taken back; bands tell of it five at a time.
    """
    known = {*last.counts.get("beside", ())}
    return sorted({each.reference for each in standing.all_out(work)} - known)


@dataclass(frozen=True)
class Told:
    """What whoever opens no fact is told; no counts where there are none, or where a release overtook them."""

    frozen_on: date | None
    overtaken: list[str]
    counts: dict[str, Any] = field(repr=False)


def told(work: Work) -> Told:
    """What every member may see today."""
    last = newest(work)
    if last is None:
        return Told(None, [], {})
    past = overtaken(work, last)
    return Told(last.frozen_on, past, {} if past else last.counts)


def is_due(work: Work) -> bool:
    """Whether the newest is a week old, or there is none."""
    last = newest(work)
    return last is None or work.today - last.frozen_on >= APART


def freeze(work: Work) -> Freeze:
    """Count what the public tables may count, protect it together, keep it. Problem: FrozenLately."""
    work.actor.must_any(FREEZING)
    last = newest(work)
    if last is not None and not is_due(work):
        raise FrozenLately(day=last.frozen_on.isoformat())
    made = work.add(Freeze(frozen_on=work.today, frozen_by=work.actor.id, counts=counted(work)))
    work.note("figures.frozen", made)
    others = select(Freeze.id).where(Freeze.frozen_on > work.today - APART)
    work.only_if(lambda: {*work.db.scalars(others)} <= {made.id})  # of two at once, one
    return made


def counted(work: Work) -> dict[str, Any]:
    """Axis → rows of a code and what is printed of it; and of all incidents together."""
    from incidents.release.tables import protect  # noqa: PLC0415  its solver is memory that no other page pays for

    rules = policy.load(POLICY)
    out, there = standing.held(work)
    told = lines.told(work, rules, {}, lambda one: one.joined.incident(one.act.incident_id) not in there)
    made = edition.only_free(told, rules, [Free(axis) for axis in AXES])
    shown = protect.protect(made.counted, protect.Rules("A")).shown

    def rows(table: Table) -> list[list[Any]]:
        codes = (code for code in table.rows.codes if code != ALL)
        return [[code, in_fives(captions.printed(table, shown, code, ALL))] for code in codes]

    tables = made.counted.tables
    together = {table.rows.name: list(table.rows.together) for table in tables if table.rows.together}
    whole = in_fives(captions.printed(tables[0], shown, ALL, ALL))
    return {
        "whole": whole,
        "axes": {table.rows.name: rows(table) for table in tables},
        "together": together,
        "beside": sorted(each.reference for each in out),
    }


def in_fives(value: int | str) -> str:
    """“10–14” of 12; what is none, and what is fewer than five, are told alike."""
    if value == FEW:
        value = 0
    if isinstance(value, str):
        return value if value != OUT else OUT
    first = value - value % BAND
    return f"{first}–{first + BAND - 1}"


def run(step: Any) -> dict[str, int]:
    """The job. The figures and its end are one commit: cut in between, it would begin anew and be refused."""
    freeze(step.work)
    step.job.done = step.job.total = 1
    return {"frozen": 1}
