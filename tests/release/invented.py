"""Invented rows for the engine: small ones made by hand or by a seed, and the incident set of the benchmarks."""

import random
from datetime import date, timedelta

from benchmarks import incident_set
from incidents.release.hierarchy import Listed
from incidents.release.policy import Policy, Quasi, Secret

Rows = list[dict[str, object]]
QUASI = incident_set.QUASI
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


def benchmark_set(size: int, seed: int = 1) -> tuple[Rows, dict[str, Listed]]:
    """The synthetic set of the published figures, as rows."""
    columns, trees = incident_set.columns(size, seed)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], trees
