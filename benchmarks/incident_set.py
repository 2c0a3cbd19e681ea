"""The synthetic set of the published figures: six quasi-identifiers and a violation; nobody in it ever lived."""

from datetime import date, timedelta

import numpy as np

from incidents.release.hierarchy import Listed

QUASI = ("nationality", "age", "gender", "location", "date", "family")


def columns(size: int, seed: int = 1) -> tuple[dict[str, list[str]], dict[str, Listed]]:
    """Column → its values, and the hierarchies.

    The draws and their order are the definition of the set: change one and every figure changes.
    """
    draw = np.random.default_rng(seed)
    drawn = {
        "nationality": draw.choice(60, size, p=_zipf(60, 1.3)),
        "age": np.clip(np.round(draw.gamma(6, 5.2, size) - 2), 0, 92).astype(int),
        "gender": draw.choice(4, size, p=[0.58, 0.37, 0.035, 0.015]),
        "location": draw.choice(400, size, p=_zipf(400, 1.15)),
        "date": draw.integers(0, 1096, size),
        "family": np.minimum(draw.poisson(1.6, size) + 1, 12) - 1,
    }
    draw.choice(14, size, p=_zipf(14, 1.0))  # a column that no figure uses
    violation = draw.choice(9, size, p=_zipf(9, 0.9))
    trees = _hierarchies()
    leaves = {name: list(trees[name].paths(())) for name in QUASI}
    found = {name: [leaves[name][place] for place in places.tolist()] for name, places in drawn.items()}
    return found | {"violation": [f"V{code}" for code in violation.tolist()]}, trees


def _zipf(number: int, exponent: float) -> np.ndarray:
    weights = 1 / np.arange(1, number + 1) ** exponent
    return weights / weights.sum()


def _hierarchies() -> dict[str, Listed]:
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
