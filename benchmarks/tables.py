"""Tables T1 to T9 of invented incidents: counted, protected, audited; and what it gives to tell rare codes together.

Lines are as a release gathers them: a few states, acts and nationalities of many, the others of few. Seconds are of the
processor. What is exact is counted over the printed cells; information is the sum of the counts that are printed.
"""

import importlib
import importlib.util
import os
import random
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from benchmarks.figures import Figure, peak_mb
from incidents.model.moment import Moment
from incidents.release import policy
from incidents.release.gather import Gathered
from incidents.release.rows import Rows
from incidents.release.tables import audit, edition, protect
from incidents.release.tables.cells import ALL, Counted, Relation, Shown
from incidents.release.tables.edition import Edition
from incidents.release.tables.lines import Lines

SETS = (100, 300)  # incidents, told apart and together; more take minutes to protect apart
PROTECTED = (1000, 3000)  # incidents, told together
LINES = 1.5  # lines of an incident
STATES = {
    "TAM": 42, "CHH": 22, "BCN": 14, "COA": 8, "NLE": 5, "SON": 3, "CHP": 2, "VER": 1, "CMX": 1, "TAB": 0.6,
    "OAX": 0.5, "PUE": 0.3, "SLP": 0.3, "JAL": 0.2, "ZAC": 0.1,
}  # fmt: skip
ACTS = {
    "KID": 26, "EXT": 18, "ROB": 14, "THR": 12, "ASS": 10, "KIX": 6, "ILT": 4, "RAP": 3, "SXA": 2, "DET": 2,
    "EXO": 1, "THF": 1, "TOR": 0.6, "KIL": 0.6, "DIS": 0.4, "FAM": 0.3, "TRL": 0.2, "STK": 0.1,
}  # fmt: skip
NATIONS = {
    "HND": 40, "GTM": 17, "SLV": 12, "CUB": 8, "VEN": 7, "HTI": 5, "NIC": 4, "ECU": 2, "MEX": 1.5, "COL": 1,
    "BRA": 0.6, "PER": 0.4, "CMR": 0.4, "COD": 0.2, "GHA": 0.1, "RUS": 0.2, "IND": 0.1, "CHN": 0.1,
}  # fmt: skip
DOERS = {
    "CRG": 50,
    "GNG": 8,
    "IND": 10,
    "ARM": 12,
    "PMU": 6,
    "INM": 5,
    "PES": 3,
    "SMG": 3,
    "MIL": 1,
    "GNM": 1,
}
EXPOSURES = {"JUS": 35, "TRA": 15, "HEA": 10, "BUS": 8, "STR": 8, "SHE": 5, "WOR": 3}
FIRST, DAYS = date(2019, 1, 1), 730
TO_RULE_OUT = 1e-6  # seconds: a clock of coarse ticks has seen none
KEPT = 10  # a one-way total from here on is to be exact
BESIDE = 1000  # incidents of the table that tau-ARGUS protects too


def run(sizes):
    """Small sets told apart and together; then so many lines counted, and a table beside tau-ARGUS if it is there."""
    figures = []
    for size in (each for each in SETS if each <= max(SETS[0], sizes.rows)):
        figures += _compared(size)
    for size in (each for each in PROTECTED if each <= sizes.rows):
        figures += _protected(size)
    for size in (sizes.rows, 10 * sizes.rows):
        figures += _counted(size)
    if importlib.util.find_spec("pytauargus"):
        figures += _beside(min(BESIDE, sizes.rows))
    return figures


@dataclass(frozen=True)
class _Made:
    """Tables, what is printed of them, and the seconds of each part."""

    made: Edition
    shown: Shown
    counting: float
    hiding: float
    auditing: float

    @classmethod
    def of(cls, told: Lines, merge: int):
        began = time.process_time()
        made = edition.edition(told, replace(policy.load("public-table"), merge=merge))
        counted = time.process_time()
        shown = protect.suppressed(made.counted)
        hidden = time.process_time()
        if audit.narrowed(shown):
            raise RuntimeError("a small count can be worked out")
        return cls(made, shown, counted - began, hidden - counted, time.process_time() - hidden)

    def cells(self):
        """What is printed of each cell that some table has, and what it counts."""
        keys = {key for table in self.made.counted.tables for key in table.cells.values()}
        return {key: (self.shown.values[key], self.made.counted.counts[key]) for key in keys}


def _compared(size):
    told = lines(size)
    apart, together = _Made.of(told, 0), _Made.of(told, policy.load("public-table").merge)
    found = []
    for made in (apart, together):
        cells = made.cells()
        exact = [count for value, count in cells.values() if isinstance(value, int)]
        totals = [value for key, (value, count) in cells.items() if len(key) == 2 and count >= KEPT]
        found.append(
            (len(exact) / len(cells), sum(exact), sum(isinstance(v, int) for v in totals), len(cells))
        )
    (share, sums, ways, cells), (more, larger, kept, fewer) = found
    what = f"{size:,} incidents, rare codes together"
    yield Figure(
        f"{what}: cells printed exactly",
        100 * more,
        "%",
        said=f"of {fewer:,}; apart {100 * share:.1f} % of {cells:,}",
    )
    yield Figure(
        f"{what}: information, of apart", larger / sums, target=1.0, said=f"{larger:,}, apart {sums:,}"
    )
    yield Figure(f"{what}: one-way totals from {KEPT} on exact", kept, "", said=f"apart {ways}")
    yield Figure(
        f"{what}: time to protect, of apart",
        (together.hiding + together.auditing) / (apart.hiding + apart.auditing),
        target=1.0,
        least=False,
        said=f"{together.hiding + together.auditing:.2f} s, apart {apart.hiding + apart.auditing:.2f} s",
    )  # fmt: skip


def _protected(size):
    made = _Made.of(lines(size), policy.load("public-table").merge)
    what = f"{size:,} incidents, rare codes together"
    yield Figure(
        f"{what}: hidden, the audit within", made.hiding, "s", said=f"{len(made.shown.values):,} cells"
    )
    yield Figure(f"{what}: audited once more", made.auditing, "s")


def _counted(size):
    told = lines(max(1, round(size / LINES)))
    before, began = peak_mb(), time.process_time()
    made = edition.edition(told, policy.load("public-table"))
    taken = max(time.process_time() - began, TO_RULE_OUT)
    memory = f"{len(made.counted.counts):,} cells; {before:.0f} MB before, {peak_mb():.0f} MB at the peak"
    yield Figure(f"{len(told.counted):,} lines: counted", taken, "s", said=memory)


def _beside(size):
    """Acts by states, told apart: ours to the audited end, and its own best suppression."""
    told = lines(size)
    rows = [told.counted[number] for number in range(len(told.counted))]
    one = {row["incident"]: (row["act"], row["state"] or "none") for row in rows}
    counts = {
        (act, state): 0
        for act in {*dict(one.values())} | {ALL}
        for state in {s for _a, s in one.values()} | {ALL}
    }
    for act, state in one.values():
        for key in ((act, state), (act, ALL), (ALL, state), (ALL, ALL)):
            counts[key] += 1
    acts, states = ([*dict.fromkeys(key[axis] for key in counts if key[axis] != ALL)] for axis in (0, 1))
    sums = [Relation((act, ALL), tuple((act, state) for state in states)) for act in (*acts, ALL)]
    sums += [Relation((ALL, state), tuple((act, state) for act in acts)) for state in (*states, ALL)]
    began = time.process_time()
    shown = protect.suppressed(Counted((), counts, tuple(sums)))
    ours = time.process_time() - began
    theirs, hidden = _tau([*one.values()])
    mine = sum(isinstance(value, str) for value in shown.values.values())
    told = f"{ours:.2f} s with the audit, theirs {theirs:.2f} s; hidden {mine}, theirs {hidden}, of {len(counts)}"
    yield Figure(f"acts × states of {size:,} incidents: time of tau-ARGUS", ours / theirs, said=told)


def _tau(people):
    tau, here = importlib.import_module("pytauargus"), Path.cwd()
    names = {code: f"c{n:03}" for n, code in enumerate(sorted({code for one in people for code in one}))}
    micro = {name: [names[one[axis]] for one in people] for axis, name in enumerate(("act", "state"))}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # it leaves its logs wherever it is started
        try:
            began = time.process_time()
            rules = {"safety_rules": "FREQ(5,30)", "suppress": "OPT(1)"}
            done = tau.protect(
                micro | {"one": [1] * len(people)}, ["act", "state"], "one", **rules, workdir=folder
            )
            taken = time.process_time() - began
        finally:
            os.chdir(here)
        frame = done.tables[0].dataframe()
    return taken, int(frame["status"].isin(["U", "M"]).sum())


def lines(incidents: int, seed: int = 1) -> Lines:
    """Everything that would be counted of so many invented incidents."""
    draw, counted = random.Random(seed), Rows()
    for number in range(1, incidents + 1):
        about = _incident(draw, number)
        for person in range(1 + (draw.random() < LINES - 1)):
            counted.append(about | _person(draw, 2 * number + person))
    reports = {f"{number << 64:032x}": (f"{number:032x}",) for number in range(1, incidents + 1)}
    day = (FIRST + timedelta(days=DAYS)).isoformat()
    gathered = Gathered(counted, [], [], incidents, {}, day, [], [])
    return Lines(
        counted, Rows(), {}, {}, reports, incidents, incidents, {}, {}, day, gathered, at_least=False
    )


def _one(draw, weights, none=0.0):
    return None if draw.random() < none else draw.choices(tuple(weights), tuple(weights.values()))[0]


def _incident(draw, number):
    day = FIRST + timedelta(days=min(int(draw.betavariate(2, 2) * DAYS), DAYS - 1))
    edtf = draw.choices([day.isoformat(), day.isoformat()[:7], str(day.year)], [80, 15, 5])[0]
    state = _one(draw, STATES, 0.04)
    doers = sorted({_one(draw, DOERS) for _ in range(1 + (draw.random() < 0.2))})
    reported = draw.random() < 0.2
    return {
        "incident": f"{number << 64:032x}",
        "moment": Moment.parse(edtf).to_json(),
        "country": "MEX",
        "state": state and f"MX-{state}",
        "municipality": None,
        "doers": doers if draw.random() < 0.9 else [],
        "collusion": _one(draw, {"yes": 15, "suspected": 10, "no": 40, "UNK": 10}, 0.3),
        "source_types": [_one(draw, {"INP": 80, "INR": 10, "PRE": 5, "DOC": 3, "NGO": 2})],
        "published": "yes" if draw.random() < 0.06 else None,
        "exposure": _one(draw, EXPOSURES, 0.2),
        "authorities": [_one(draw, {"POL": 50, "FIS": 30, "INM": 10, "CDH": 8})] if reported else ["NOB"],
        "response": _one(draw, {"TAK": 30, "REF": 30, "NAS": 10, "IGN": 20}) if reported else None,
        "hearing_missed": _one(draw, {"yes": 10, "no": 50, "NAP": 20}, 0.2),
        "not_reported": [] if reported else [_one(draw, {"FEA": 60, "DIS": 25, "PER": 10, "LEA": 5})],
        "told_others": _one(draw, {"yes": 10, "no": 60, "NAS": 10}, 0.2),
        "verification": _one(draw, {"CRE": 80, "VER": 20}),
        "act_status": _one(draw, {"C": 80, "A": 15, "U": 5}),
        "act": _one(draw, ACTS),
        "days_held": draw.choice([None, None, "DEC", 0, 3, 9, 40]),
        "ransom_asked": draw.choice([None, "DEC", "1500", "2500.50"]),
        "ransom_paid": draw.choice([None, None, "900", "1780"]),
    }


def _person(draw, number):
    age = int(draw.triangular(0, 68, 26))
    return {
        "persons": [f"{number:032x}"],
        "act": _one(draw, ACTS),
        "gender": _one(draw, {"F": 48, "M": 46, "NB": 1, "TW": 2}, 0.03),
        "age": age if draw.random() < 0.9 else None,
        "age_band": None,
        "nationality": _one(draw, NATIONS, 0.03),
        "population": sorted({_one(draw, {"LGB": 4, "HTF": 5, "BLK": 3, "UAC": 4})} - {None})
        if draw.random() < 0.15
        else [],
    }
