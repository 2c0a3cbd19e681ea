"""T1 to T8 of an edition. Each gives its tables and the counts they are laid over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from incidents.release import hierarchy
from incidents.release.hierarchy import NOT_RECORDED
from incidents.release.tables import merging, months, spread
from incidents.release.tables.axes import Counting, only
from incidents.release.tables.cells import ALL, Axis, Table
from incidents.release.tables.cross import Column, against, apart, cube, met
from incidents.release.tables.facts import DECLINED, KIDNAPPING
from incidents.release.tables.plan import ALONE, Made, Plan, table
from incidents.release.tables.spread import Spread

STATUSES = (ALL, "C", "A", "U")
CHILD = "CHI"
ASIDE = "incidents_aside"
ELSEWHERE = ("told_others", "published")
MANY, RULE = "several_rows", "reported_rule"  # notes


def acts(counting: Counting, plan: Plan) -> Made:
    """T1: acts by type and state: incidents, victims, children, each completed, attempted, not known; families."""
    by = [counting.column(plan.act), counting.column(plan.place), _status(counting)]
    incidents = cube(counting.incidents, by)
    persons = cube(counting.persons, [*by, against(counting.column("stage"), CHILD)])
    families = cube(counting.families, by[:2])
    made = [
        table(_named("T1", unit, status), counts, plan.act, plan.place, (MANY,), status=status, **fixed)
        for unit, counts, fixed in (
            ("incidents", incidents, {}),
            ("persons", persons, {}),
            ("children", persons, {"stage": CHILD}),
        )
        for status in STATUSES
    ]
    made.append(table("T1-families", families, plan.act, plan.place, (MANY,)))
    return made, [incidents, persons, families]


def _named(number: str, unit: str, status: str) -> str:
    return f"{number}-{unit}" if status == ALL else f"{number}-{unit}-{status}"


def _status(counting: Counting) -> Column:
    """Completed, attempted, not known: all three, also where none was attempted."""
    return counting.column("status", STATUSES[1:])


def by_month(counting: Counting, _plan: Plan) -> Made:
    """T2: by month where the whole date lies in one, else by quarter, else by year."""
    month = counting.column("month", months.between(counting.column("month").codes))
    notes = ("date_rule", *months.incomplete(month.codes, counting.lines.data_date))
    return _by_status(counting, "T2", "month", month, notes)


def _by_status(counting: Counting, number: str, name: str, axis: Column, notes: Sequence[str] = ()) -> Made:
    """Incidents and persons by one axis, with completed, attempted, not known and all."""
    cubes = [cube(things, [axis, _status(counting)]) for things in (counting.incidents, counting.persons)]
    made = [table(f"{number}-{each.unit}", each, name, "status", (MANY, *notes)) for each in cubes]
    return made, cubes


def by_doer(counting: Counting, plan: Plan) -> Made:
    """T3: by kind of alleged perpetrator, and by the part that the State is said to have had."""
    notes = ("alleged",)
    made, cubes = _by_status(counting, "T3", plan.perpetrator, counting.column(plan.perpetrator), notes)
    state = cube(counting.incidents, [counting.column("collusion"), _status(counting)])
    made.append(table("T3-state", state, "collusion", "status", ("alleged", MANY)))
    return made, [*cubes, state]


def people(counting: Counting, plan: Plan) -> Made:
    """T4: persons harmed by nationality, by age, by gender, and children and adults by gender."""
    made, cubes = [], []
    things = counting.persons
    of = {name: met(counting.column(name), things) for name in (plan.nationality, "age", "gender", "stage")}
    for short, name in (("nationality", plan.nationality), ("age", "age"), ("gender", "gender")):
        cubes.append(cube(things, [of[name]]))
        made.append(table(f"T4-{short}", cubes[-1], name, "", (MANY,)))
    both = cube(things, [of["stage"], of["gender"]])
    made.append(table("T4-stage-gender", both, "stage", "gender", (MANY,)))
    return made, [*cubes, both]


def exposure(counting: Counting, _plan: Plan) -> Made:
    """T5: by what people were doing when it happened: just returned, on the way to a hearing."""
    return _by_status(counting, "T5", "exposure", counting.column("exposure"))


def captivity(counting: Counting, _plan: Plan) -> tuple[Made, tuple[Spread, ...]]:
    """T6: of kidnappings, how many told how long and how much, how many refused to say; and the spreads."""
    captive = counting.where(("act",), lambda row: hierarchy.group_of("act", row["act"] or "") == KIDNAPPING)
    things = only(counting.incidents, captive)
    cubes, spreads = [], []
    for measure in spread.MEASURES:
        answers, values = spread.told(counting, measure, captive)
        cubes.append(cube(things, [answers], {"act_group": KIDNAPPING}))
        n = cubes[-1].key(**{measure: spread.TOLD})
        spreads.append(spread.spread(measure, n, values))
    codes = (spread.TOLD, DECLINED, NOT_RECORDED, ALL)
    cells = {
        (measure, code): each.key(**({} if code == ALL else {measure: code}))
        for measure, each in zip(spread.MEASURES, cubes, strict=True)
        for code in codes
    }
    rows, columns = Axis("measure", spread.MEASURES), Axis("answer", codes)
    return ([Table("T6", "incidents", rows, columns, cells, ("captivity",))], cubes), tuple(spreads)


def authorities(counting: Counting, plan: Plan) -> Made:
    """T7: whether it was reported, to whom, what they did, why not, and hearings missed because of it."""
    made, cubes = [], []
    for short, name, notes in (
        ("reported", "reported", (RULE,)),
        ("authority", "authority", ()),
        ("response", "response", (RULE,)),
        ("not-reported", "not_reported", (RULE,)),
        ("hearing", "hearing_missed", ()),
    ):
        if name in merging.APART and not plan.reporting:
            continue
        cubes.append(cube(counting.incidents, [counting.column(name)]))
        made.append(table(f"T7-{short}", cubes[-1], name, "", (*notes, MANY)))
    return made, cubes


def verification(counting: Counting, _plan: Plan) -> Made:
    """T8: incidents and reports by what was decided of their acts, and incidents that stay out for it alone."""
    axis = counting.column("verification")
    incidents = cube(counting.incidents, [axis])
    reports, line = counting.reports()
    told = cube(reports, [replace(axis, value=axis.value[line])])
    made = [
        table("T8-incidents", incidents, "verification", "", (MANY,)),
        table("T8-reports", told, "verification", "", (MANY,)),
    ]
    if counting.lines.aside is None:
        return made, [incidents, told]
    other = Counting(counting.lines, counting.lines.aside)
    aside = cube(replace(other.incidents, unit=ASIDE), [other.column("verification")])
    kept_out = table("T8-aside", aside, "verification", "", ("aside", MANY))
    return [*made, replace(kept_out, unit="incidents")], [incidents, told, aside]


def elsewhere(counting: Counting, _plan: Plan) -> Made:
    """T8: how many were also told to others, or published by others."""
    cubes = [
        cube(things, [apart(things, counting.where((name,), partial(_is_yes, name)), name, "yes")])
        for things, name in ((counting.incidents, "told_others"), (counting.incidents, "published"))
    ]
    cells = {(name, ALL): each.key(**{name: "yes"}) for name, each in zip(ELSEWHERE, cubes, strict=True)}
    cells[ALL, ALL] = cubes[0].key()
    rows = Axis("elsewhere", (*ELSEWHERE, ALL))
    return [Table("T8-elsewhere", "incidents", rows, ALONE, cells, ("elsewhere", MANY))], cubes


def _is_yes(name: str, row: Mapping[str, Any]) -> bool:
    return bool(row[name] == "yes")
