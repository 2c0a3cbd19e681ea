"""Invented rows for the engine: small ones made by hand or by a seed, and the incident set of the benchmarks."""

import random
from datetime import date, timedelta

import numpy as np

from incidents.release.hierarchy import Listed
from incidents.release.policy import Policy, Quasi, Secret

Rows = list[dict[str, object]]
QUASI = ("nationality", "age", "gender", "location", "date", "family")
ACTS = ("KID", "KIX", "EXT", "ASS", "ROB", "RAP", "SXA", "THR")
STATES = ("MX-TAM", "MX-CHH", "MX-BCN", "MX-COA")


def policy(*quasi: str, k: int = 5, suppression: float = 0.05, kept: tuple[str, ...] = (), **more) -> Policy:
    """A protected policy over hierarchies that are named as their columns."""
    values = {
        "name": "by hand", "product": "rows", "unit": "act", "purposes": ("ROW",), "states": ("VER",),
        "protection": True, "signatures": 1, "columns": (*quasi, *kept), "text_en": "-", "text_es": "-",
        "k": k, "suppression": suppression, "quasi": tuple(Quasi(name, name) for name in quasi),
    }  # fmt: skip
    return Policy(**(values | more))


def secret(column: str, l: int = 2, by: str | None = None) -> Secret:  # noqa: E741 – its name in the literature
    return Secret(column, l, by or column)


def incident_rows(size: int = 400, seed: int = 3) -> Rows:
    """Rows as `gather` hands them over: some dates and places known only roughly, several rows an incident."""
    draw = random.Random(seed)
    rows: Rows = []
    while len(rows) < size:
        incident = f"incident-{len(rows):05d}".encode()
        day = date(2019, 1, 1) + timedelta(days=draw.randrange(500))
        edtf = draw.choice([day.isoformat()] * 6 + [day.isoformat()[:7], str(day.year), f"{day.year}-22", ""])
        for person in range(draw.choice([1, 1, 1, 2, 3])):
            rows.append(_row(draw, incident, f"{incident!r}/{person}", edtf))
    return rows[:size]


def _row(draw: random.Random, incident: bytes, person: str, edtf: str) -> dict[str, object]:
    age = draw.choice([None, *range(1, 70)])
    return {
        "incident": incident,
        "persons": [person],
        "size": 1,
        "moment": {"edtf": edtf, "precision": "DAY"},
        "country": "MEX",
        "state": draw.choice(STATES),
        "municipality": None,
        "act": draw.choice(ACTS),
        "act_status": draw.choice(["C", "C", "A", "U"]),
        "gender": draw.choice(["F", "F", "M", "M", "TW", "NB", "DEC", None]),
        "age": age,
        "age_band": None if age else draw.choice(["ADU", "CHI", "25-34", None]),
        "nationality": draw.choice(["HND", "HND", "HTI", "CUB", "GTM", "several", None]),
        "perpetrator": draw.choice(["CRG", "CRG", "PMU", "INM", "ARM"]),
        "verification": draw.choice(["CRE", "VER"]),
        "source_type": "INP",
        "labels": {"station": "north"},
        "name": "Marisol Quintanilla-Canary",
        "narrative": "the canary of the narrative",
    }


def _zipf(number: int, exponent: float) -> np.ndarray:
    weights = 1 / np.arange(1, number + 1) ** exponent
    return weights / weights.sum()


def benchmark_set(size: int, seed: int = 1) -> tuple[Rows, dict[str, Listed]]:
    """The synthetic incident set of the published figures: 6 quasi-identifiers and a violation.

    The draws and their order are the definition of the set: change one and every figure changes.
    """
    draw = np.random.default_rng(seed)
    nationality = draw.choice(60, size, p=_zipf(60, 1.3))
    age = np.clip(np.round(draw.gamma(6, 5.2, size) - 2), 0, 92).astype(int)
    gender = draw.choice(4, size, p=[0.58, 0.37, 0.035, 0.015])
    location = draw.choice(400, size, p=_zipf(400, 1.15))
    day = draw.integers(0, 1096, size)
    family = np.minimum(draw.poisson(1.6, size) + 1, 12)
    draw.choice(14, size, p=_zipf(14, 1.0))  # a column that no figure uses
    violation = draw.choice(9, size, p=_zipf(9, 0.9))
    trees = _benchmark_hierarchies()
    leaves = [list(trees[name].paths(())) for name in QUASI]
    picked = zip(nationality, age, gender, location, day, family - 1, strict=True)
    rows: Rows = [
        {name: leaf[place] for name, leaf, place in zip(QUASI, leaves, places, strict=True)}
        for places in picked
    ]
    for row, code in zip(rows, violation, strict=True):
        row["violation"] = f"V{code}"
    return rows, trees


def _benchmark_hierarchies() -> dict[str, Listed]:
    days = [date(2023, 1, 1) + timedelta(days=number) for number in range(1096)]
    paths: dict[str, list[tuple[str, ...]]] = {
        "nationality": [(f"N{i:02d}", f"R{i % 12:02d}", f"K{i % 12 % 4}", "*") for i in range(60)],
        "age": [
            (str(i), *(f"{i // w * w}-{i // w * w + w - 1}" for w in (5, 10, 20)), "*") for i in range(93)
        ],
        "gender": [(name, "*") for name in ("M", "F", "NB", "TRANS")],
        "location": [
            (f"C{i:03d}", f"S{i % 32:02d}", f"REG{i % 32 % 6}", f"CTRY{i % 32 % 6 % 2}", "*")
            for i in range(400)
        ],
        "date": [(str(d), str(d)[:7], f"{d.year}-Q{(d.month + 2) // 3}", str(d.year), "*") for d in days],
        "family": [(str(i), _family(i), "1-3" if i <= 3 else "4+", "*") for i in range(1, 13)],
    }
    return {name: Listed(name, rows) for name, rows in paths.items()}


def _family(size: int) -> str:
    return next(name for most, name in ((1, "1"), (3, "2-3"), (5, "4-5"), (99, "6+")) if size <= most)
