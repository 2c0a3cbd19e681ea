"""The exact search on tables of growing size, beside the experiment that the plan measured."""

import importlib
import os
import sys
import time
from pathlib import Path

from benchmarks import incident_set
from benchmarks.figures import Figure, best, peak_mb
from incidents.release import any_csv
from incidents.release.anonymize import Search

K, SUPPRESSION = 5, 0.05
ADULT = (
    "sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class",
)  # fmt: skip


def run(sizes):
    """30,000, 300,000 and a million rows as a rule, and a tenth of a million to see how time grows."""
    figures, seconds = [], {}
    for factor in (3, 10, 30, 100):
        rows = sizes.rows * factor
        columns, trees = incident_set.columns(rows)
        sheet = any_csv.Sheet(",", {name: columns[name] for name in incident_set.QUASI}, rows)
        seconds[factor] = _solve(figures, f"{rows:,} incidents × 6", sheet, trees)
    growth = seconds[100] / seconds[10] / 10
    figures.append(Figure("a tenth of the rows → all, growth over linear", growth, target=1.3, least=False))
    folder = Path(os.environ.get("AMPARO_SHARED", ""), "data", "adult")
    if "AMPARO_SHARED" in os.environ:
        sheet = any_csv.read(folder / "adult.csv")
        _solve(figures, f"Adult, {sheet.size:,} × 9", sheet, any_csv.hierarchies(folder, ADULT), ADULT)
    return figures


def _solve(figures, what, sheet, trees, quasi=incident_set.QUASI):
    """Seconds of the search alone; the coding of the rows is told beside it."""
    said = {"k": K, "suppression": SUPPRESSION, "quasi": {name: {} for name in quasi}}
    begun = time.perf_counter()
    rules = any_csv.rules("bench", said, sheet, trees)
    table = any_csv.build(sheet, rules, trees)
    coded = time.perf_counter() - begun
    limit, before, found = int(SUPPRESSION * sheet.size), peak_mb(), []
    deeds = {"ours": lambda: found.append(Search(table, K, limit).run())}
    experiment = _experiment(sheet, trees, quasi)
    if experiment:
        deeds["experiment"] = experiment
    taken = best(deeds, 3)
    one = found[0]
    told = (
        f"{one.evaluations} of {one.nodes:,} nodes counted, loss {one.loss:.10f}, {one.suppressed:,} left out; rows "
        f"coded in {coded:.2f} s; {before:.0f} MB before, {peak_mb():.0f} MB at the peak"
    )
    figures.append(Figure(f"{what}: the search", taken["ours"], "s", said=told))
    if experiment:
        ratio = taken["ours"] / taken["experiment"]
        told = f"the experiment {taken['experiment']:.2f} s"
        figures.append(Figure(f"{what}: time of the experiment", ratio, target=2.0, least=False, said=told))
    return taken["ours"]


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
