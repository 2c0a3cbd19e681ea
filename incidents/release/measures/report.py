"""Two reports of one measurement: what may be read by anybody, and what helps those who prepare and sign.

The public one shows no class below k and no row; the other the smallest classes and the rows that stand out most. It is
made anew from the files whenever somebody asks, and is in no pack.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from incidents.release.measures.reading import Class, Read
from incidents.release.measures.uniques import Found as Uniques

SHOWN = 10  # classes, or rows, of each list of the internal report
COUNTED = "rows of the written file, which holds no ids of incidents or persons"


def public(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures without any number that speaks of fewer than k rows; without protection, as they are."""
    if figures["protection"] == "off":
        return dict(figures)
    k = figures["k_promised"]
    hidden = {
        "attackers": [_reader(each, k) for each in figures["attackers"]],
        "uniques": _uniques(figures["uniques"], k),
        "population": _population(figures["population"], k),
        "households": _households(figures["households"], k),
    }
    return {**figures, **hidden}


def _few(number: int, k: int) -> int | str:
    return number if number >= k or number == 0 else f"<{k}"


def _reader(each: Mapping[str, Any], k: int) -> dict[str, Any]:
    below = 0 < each["smallest"] < k
    return {
        **each,
        "smallest": _few(each["smallest"], k),
        "highest_risk": f">{1 / k:.4g}" if below else each["highest_risk"],
        **{name: _few(each[name], k) for name in ("unique", "rows_below_k", "rows_above_threshold")},
    }


def _uniques(found: Mapping[str, Any], k: int) -> dict[str, Any]:
    few = 0 < found["rows"] < k
    return {
        **found,
        "alone": _few(found["alone"], k),
        "rows": _few(found["rows"], k),
        "sets": {size: _few(number, k) for size, number in found["sets"].items()},
        "contribution": None if few else found["contribution"],
        "highest_dis": None if few else found["highest_dis"],
    }


def _population(found: Mapping[str, Any] | None, k: int) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        **found,
        **{name: _few(found[name], k) for name in ("rows_above_threshold", "rows_of_fewer_people")},
    }


def _households(found: Mapping[str, Any] | None, k: int) -> dict[str, Any] | None:
    if found is None:
        return None
    return {**found, **{name: _few(found[name], k) for name in ("alike", "alone")}}


def internal(figures: Mapping[str, Any], read: Read, uniques: Uniques) -> dict[str, Any]:
    """Every figure, the smallest classes of each reader, and the rows that few columns tell apart."""
    readers = [
        {**each, "smallest_classes": smallest(each["columns"], read.over(each["columns"]))}
        for each in figures["attackers"]
    ]
    return {
        **figures,
        "attackers": readers,
        "smallest_classes": smallest(read.quasi, read.over(read.quasi)),
        "stand_out": _stand_out(uniques),
    }


def smallest(columns: Sequence[str], classes: Counter[Class]) -> list[dict[str, Any]]:
    """The classes of fewest rows, with their values."""
    few = sorted(classes.items(), key=lambda each: (each[1], each[0]))[:SHOWN]
    return [{"rows": rows, "values": dict(zip(columns, one, strict=True))} for one, rows in few]


def _stand_out(found: Uniques) -> list[dict[str, Any]]:
    highest = sorted(found.scores.items(), key=lambda each: (-each[1], each[0]))[:SHOWN]
    return [
        {
            "values": dict(zip(found.columns, one, strict=True)),
            "score": score,
            "dis": found.each_dis.get(one),
            "by": [[found.columns[place] for place in places] for places in found.sets[one]],
        }
        for one, score in highest
    ]
