"""The tables of an edition, T1 to T9 and free ones: counted together, so that they are protected together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from incidents.errors import Problem, _
from incidents.model import place
from incidents.model.vocabulary import codes
from incidents.release.free import UNITS as UNITS
from incidents.release.free import Free
from incidents.release.policy import Policy
from incidents.release.tables import merging, nested, standard
from incidents.release.tables.axes import KINDS, LABEL, STAGES, Counting
from incidents.release.tables.cells import Counted, Key, Relation, Table
from incidents.release.tables.cross import Cube, against, cube
from incidents.release.tables.lines import Lines
from incidents.release.tables.plan import WHERE, Made, Plan, table
from incidents.release.tables.spread import Spread
from incidents.release.tables.tally import tally

STANDARD: tuple[Callable[[Counting, Plan], Made], ...] = (
    standard.acts,
    standard.by_month,
    standard.by_doer,
    standard.people,
    standard.exposure,
    standard.authorities,
    standard.verification,
    standard.elsewhere,
    tally,
)
Merged = Mapping[str, merging.Lines | None]
MOST = 5  # free tables of an edition
# An axis that says what a column of a policy says, or a group of it: whoever does not name the column has none of them.
NEEDS = {
    "act": ("act",), "act_group": ("act", "act_group"), "status": ("act_status",),
    "perpetrator": ("perpetrator",), "perpetrator_group": ("perpetrator", "perpetrator_group"),
    **dict.fromkeys(("state", "region", "country"), ("place", "state")),
    **dict.fromkeys(("month", "quarter", "year"), ("period", "moment")),
    **dict.fromkeys(("age", "stage"), ("age", "age_band")),
    "gender": ("gender",), "nationality": ("nationality",),
    "verification": ("verification",), "source_type": ("source_type",),
}  # fmt: skip


class NoSuchAxis(Problem):
    """A table by something that no table is made by, or that the policy does not name."""

    status = 422
    code = "no-such-axis"
    sentence = _("No table can be made by “%(axis)s” under this policy. Choose one of: %(known)s.")


class AxisTwice(Problem):
    """A table by one thing and by the same once more."""

    status = 422
    code = "axis-twice"
    sentence = _("A table cannot stand on one axis twice. Choose two different ones.")


class ToldTogether(Problem):
    """A table of one code alone, which has too few incidents to stand by itself."""

    status = 409
    code = "told-together"
    sentence = _(
        "Too few incidents say “%(code)s” of “%(axis)s” for a table of these alone: it is told together with others. "
        "Choose another."
    )


class NoSuchPart(Problem):
    """A table of what no table can be narrowed to."""

    status = 422
    code = "no-such-part"
    sentence = _(
        "No table can be made of “%(part)s” alone. Choose a unit and a code that are offered; of acts that a consent "
        "may leave unnamed, none is."
    )


class TooManyTables(Problem):
    """Each table beside the others costs all of them some of what they show."""

    status = 422
    code = "too-many-tables"
    sentence = _("At most %(most)s tables of your own go into one edition, and none twice.")


class CountedTwice(Problem):
    """One cell with two counts: a fault of ours, and nothing of it goes out."""

    status = 500
    code = "counted-twice"
    sentence = _("The cell %(key)s was counted twice with different results. Nothing was written.")


@dataclass(frozen=True)
class Edition:
    """All tables of one freeze, the spreads of T6, and the lines that they come from."""

    counted: Counted
    spreads: tuple[Spread, ...]
    lines: Lines = field(repr=False)
    policy: Policy = field(repr=False)
    merged: Merged = field(default_factory=dict)  # of each axis the lines that stand, None: all


def edition(lines: Lines, policy: Policy, plan: Plan | None = None, merged: Merged | None = None) -> Edition:
    """T1 to T9, and what the plan asks for besides. `merged`: what is told together as an edition before told it."""
    counting, plan = Counting.of(lines, policy.merge, merged), plan or Plan.of(policy)
    captivity, spreads = standard.captivity(counting, plan)
    made = [make(counting, plan) for make in STANDARD]
    asked = [free(counting, policy, each, number) for number, each in enumerate(plan.free, start=1)]
    counted = _joined(counting, [*made[:5], captivity, *made[5:], *asked])
    return Edition(counted, spreads, lines, policy, counting.merged)


def only_free(lines: Lines, policy: Policy, asked: Iterable[Free]) -> Edition:
    """Nothing but these."""
    counting = Counting.of(lines, policy.merge)
    made = [free(counting, policy, each, number) for number, each in enumerate(asked, start=1)]
    return Edition(_joined(counting, made), (), lines, policy, counting.merged)


def free(counting: Counting, policy: Policy, asked: Free, number: int) -> Made:
    """A cross-table of two axes, or a table by one."""
    for name in asked.named:
        _must_be_named(policy, name)
    if len(asked.named) > len({*asked.named}):
        raise AxisTwice
    for name, code in asked.where:
        if merging.told(name, code, counting.standing(name)) != code:
            raise ToldTogether(axis=name, code=code)
    by = [counting.column(name) for name in (asked.rows, asked.columns) if name]
    only = [against(counting.column(name), code) for name, code in asked.where]
    things = {each: getattr(counting, each) for each in UNITS}[asked.unit]
    made = cube(things, [*by, *only])
    notes = (standard.MANY, *(f"{WHERE}:{name}={code}" for name, code in asked.where))
    return [table(f"X{number}", made, asked.rows, asked.columns, notes, **dict(asked.where))], [made]


def axes_of(policy: Policy) -> list[str]:
    """What a table can be made by, in the order of the axes."""
    return [name for name in KINDS if name not in NEEDS or {*NEEDS[name]} & {*policy.columns}]


def parts_of(policy: Policy) -> list[tuple[str, str]]:
    """What a table can be narrowed to: axis and code. None of a restricted act: its nought could be an unnamed one."""
    known = {*axes_of(policy)}
    acts = [("act", each.code) for each in codes("act").values() if not each.restricted]
    states = [("state", code) for code in place.states() if code.startswith("MX-")]
    several = [
        *(("status", code) for code in codes("act_status")),
        *(("gender", code) for code in ("F", "M")),
    ]
    stages = [("stage", code) for code in STAGES]
    return [each for each in (*several, *stages, *acts, *states) if each[0] in known]


def check(policy: Policy, asked: Sequence[Free]) -> None:
    """What a glance tells of the tables that somebody asks for.

    Problems: TooManyTables, NoSuchAxis, AxisTwice, NoSuchPart.
    """
    if len(asked) > MOST or len({*asked}) < len(asked):
        raise TooManyTables(most=MOST)
    for each in asked:
        for name in each.named:
            _must_be_named(policy, name)
        if len(each.named) > len({*each.named}):
            raise AxisTwice
        if each.unit not in UNITS:
            raise NoSuchPart(part=each.unit)
        if unknown := {*each.where} - {*parts_of(policy)}:
            raise NoSuchPart(part="=".join(min(unknown)))


def _must_be_named(policy: Policy, name: str) -> None:
    known = axes_of(policy)
    if name not in known and not (policy.labels and name.startswith(LABEL)):
        raise NoSuchAxis(axis=name, known=", ".join(sorted(known)))


def _joined(counting: Counting, made: Iterable[Made]) -> Counted:
    """One key, one count; one relation, once; and what tables by more or less fine axes tell of each other."""
    parts = list(made)
    counts: dict[Key, int] = {}
    relations: dict[Relation, None] = {}
    cubes: Sequence[Cube] = [*chain.from_iterable(cubes for _tables, cubes in parts)]
    for each in cubes:
        for key, number in each.counts.items():
            if counts.setdefault(key, number) != number:
                raise CountedTwice(key=" ".join(key))
        relations |= dict.fromkeys(each.relations)
    unprinted = nested.between(counting, cubes, counts)
    for key, number in unprinted.counts.items():
        if counts.setdefault(key, number) != number:
            raise CountedTwice(key=" ".join(key))
    relations |= dict.fromkeys(unprinted.relations)
    tables: tuple[Table, ...] = tuple(chain.from_iterable(tables for tables, _cubes in parts))
    return Counted(tables, counts, tuple(relations))
