"""The exact search on tables of growing size, beside the experiment that the plan measured, anjana and pycanon.

anjana searches too; its loss is told by our metric. pycanon counts what was written. Ratios are of the processor's
time: on a machine that others use too, the wall says more of them.
"""

import importlib
import io
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pycanon.anonymity import k_anonymity

from benchmarks import incident_set, peers
from benchmarks.figures import Figure, best, middle, number, peak_mb
from incidents.release import any_csv, measure, write
from incidents.release.anonymize import Search

K, SUPPRESSION = 5, 0.05
SMALL = (100, 200, 300)  # incidents
ADULT = (
    "sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class",
)  # fmt: skip
# Seconds that the plan measured on a machine that did nothing else: the experiment, then ARX as it comes and tuned.
PLAN = {
    30_000: "0.17 s, ARX 0.4 to 0.7 s",
    30_162: "0.24 s, ARX 0.9 to 1.3 and 0.29 to 0.47 s",
    300_000: "0.42 s, ARX 7.3 to 8.1 and 3.1 s",
    1_000_000: "1.6 s, ARX 50 to 58 and 14 s",
}
USUAL = 10_000  # of the sizes; a run of smaller ones asks for nothing from elsewhere


def run(sizes):
    """30,000, 300,000 and a million rows as a rule, and a tenth of a million to see how time grows; and small sets."""
    figures, seconds = [], {}
    for rows in SMALL:
        _solve(figures, _invented(rows))
    for factor in (3, 10, 30, 100):
        case = _invented(sizes.rows * factor)
        seconds[factor], found = _solve(figures, case)
        _read_by_pycanon(figures, case)
        if sizes.rows >= USUAL:
            _beside_anjana(figures, case, seconds[factor], found)
    growth = seconds[100] / seconds[10] / 10
    figures.append(Figure("a tenth of the rows → all, growth over linear", growth, target=1.3, least=False))
    folder = Path(os.environ.get("AMPARO_SHARED", ""), "data", "adult")
    if "AMPARO_SHARED" in os.environ:
        sheet = any_csv.read(folder / "adult.csv")
        case = _Case(f"Adult, {sheet.size:,} × 9", sheet, any_csv.hierarchies(folder, ADULT), ADULT)
        taken, found = _solve(figures, case)
        _read_by_pycanon(figures, case)
        if sizes.rows >= USUAL:
            _beside_anjana(figures, case, taken, found)
    return figures


@dataclass
class _Case:
    """A table, and what is asked of it."""

    what: str
    sheet: any_csv.Sheet
    trees: dict
    quasi: tuple

    def __post_init__(self):
        said = {"k": K, "suppression": SUPPRESSION, "quasi": {name: {} for name in self.quasi}}
        begun = time.perf_counter()
        self.rules = any_csv.rules("bench", said, self.sheet, self.trees)
        self.table = any_csv.build(self.sheet, self.rules, self.trees)
        self.coded = time.perf_counter() - begun


def _invented(rows):
    columns, trees = incident_set.columns(rows)
    sheet = any_csv.Sheet(",", {name: columns[name] for name in incident_set.QUASI}, rows)
    return _Case(f"{rows:,} incidents × 6", sheet, trees, incident_set.QUASI)


def _solve(figures, case):
    """Seconds of the search alone, and what it found; the coding of the rows is told beside it."""
    what, size = case.what, case.sheet.size
    limit, before, found = int(SUPPRESSION * size), peak_mb(), []
    deeds = {"ours": lambda: found.append(Search(case.table, K, limit).run())}
    experiment = _experiment(case.sheet, case.trees, case.quasi)
    if experiment:
        deeds["experiment"] = experiment
    taken = middle(deeds, 3)
    ours, one = taken["ours"], found[0]
    told = (
        f"{ours.busy:.2f} s of the processor, {one.evaluations} of {one.nodes:,} nodes counted, loss {one.loss:.10f}, "
        f"{one.suppressed:,} left out; rows coded in {case.coded:.2f} s; {before:.0f} MB before, "
        f"{peak_mb():.0f} MB at the peak"
    )
    figures.append(Figure(f"{what}: the search", ours.seconds, "s", said=told))
    if experiment:
        theirs = taken["experiment"]
        ratio = ours.busy / theirs.busy
        told = f"the experiment {theirs.busy:.2f} s of the processor, {theirs.seconds:.2f} s"
        told += f"; in the plan {PLAN[size]}" if size in PLAN else ""
        target = None if size <= max(SMALL) else 2.0  # of milliseconds nothing is asked
        figures.append(
            Figure(f"{what}: time of the experiment", ratio, target=target, least=False, said=told)
        )
    return ours.busy, one


def _beside_anjana(figures, case, seconds, ours):
    """Once, in a process of its own."""
    what, size = case.what, case.sheet.size
    columns = {name: case.sheet.columns[name] for name in case.quasi}
    paths = {name: list(case.trees[name].paths(()).values()) for name in case.quasi}
    theirs = peers.anjana(columns, paths, K, SUPPRESSION)
    if isinstance(theirs, str):
        figures.append(Figure(f"{what}: rows at most for anjana", peers.ROWS, "rows", said=theirs))
        return
    loss = peers.loss_of(theirs, case.table.ladders, size)
    told = (
        f"{theirs['busy']:.1f} s of the processor, {theirs['memory']:.0f} MB at the peak, loss {loss:.10f}, "
        f"{size - theirs['rows']:,} left out"
    )
    figures.append(Figure(f"{what}: faster than anjana", theirs["busy"] / seconds, target=1.0, said=told))
    figures.append(Figure(f"{what}: our loss, of anjana's", ours.loss / loss, target=1.0, least=False))


def _read_by_pycanon(figures, case):
    """The written rows, read again by our measure and by pycanon: k must be the same."""
    files = any_csv.make(case.sheet, case.rules, case.trees).files
    promised = json.loads(files[write.MANIFEST])
    frame = pd.read_csv(
        io.BytesIO(files[write.DATA]), sep=case.sheet.delimiter, dtype=str, keep_default_na=False
    )
    found = {}
    deeds = {
        "ours": lambda: found.update(ours=measure.measure(files, promised).k),
        "pycanon": lambda: found.update(pycanon=k_anonymity(frame, promised["quasi_identifiers"])),
    }
    taken = best(deeds, 1)
    if found["ours"] != found["pycanon"]:
        raise RuntimeError(f"pycanon counts k = {found['pycanon']}, we {found['ours']}")
    told = f"k = {found['ours']} by both; pycanon {number(taken['pycanon'])} s, for k alone, the file read before"
    figures.append(Figure(f"{case.what}: the written file measured", taken["ours"], "s", said=told))


def _experiment(sheet, trees, quasi):
    """The search of the plan's experiment on the same codes, where its folder is there."""
    folder = Path(os.environ.get("AMPARO_SHARED", ""), "examples", "anonymization-prototype")
    if "AMPARO_SHARED" not in os.environ or not folder.is_dir():
        return None
    sys.path.insert(0, str(folder))
    theirs = importlib.import_module("lat3")
    columns, codes = [], []
    for name in quasi:
        paths = list(trees[name].paths(()).values())
        place = {path[0]: number for number, path in enumerate(paths)}
        columns.append(theirs.QI(name, paths))
        codes.append(theirs.np.array([place[value] for value in sheet.columns[name]], theirs.np.int32))
    return lambda: theirs.P3(codes, columns, K, SUPPRESSION).solve(mode="pmax")
