"""What an invented report says besides: days held, ransom, what an authority answered, families, who was told before.

Drawn apart from the rest, so that what a report tells is the same with it and without it.
"""

import random
from datetime import date, timedelta
from typing import Any

KIDNAPPINGS = frozenset({"KID", "KIX"})
ANSWERS = (("TAK", 40), ("REF", 25), ("NON", 20), ("INV", 8), ("THR", 7))
WHY_NOT = (("FEA", 45), ("DIS", 25), ("PER", 10), ("TOL", 8), ("USE", 4), ("TIM", 8))
RANSOMS = (800, 1_500, 2_000, 3_000, 4_000, 5_000, 7_500, 10_000)
GROUPS = (("LGB", 8), ("IND", 6), ("PRG", 5), ("DIS", 3), ("", 78))
BEFORE = (("yes", 22), ("no", 70), ("UNK", 8))


def add(document: dict[str, Any], number: int) -> None:
    """To the report of this number; the same number adds the same."""
    rng = random.Random(f"told more {number}")  # noqa: S311  the same demo each time
    _kidnapping(rng, document)
    _authority(rng, document["incident"])
    _people(rng, document["persons"])
    before = _pick(rng, BEFORE)
    whom = (
        {"told_whom": [_pick(rng, (("NGO", 6), ("SHE", 4), ("PRE", 3), ("FAM", 3), ("INT", 1)))]}
        if before == "yes"
        else {}
    )
    document["interview"] |= {"told_before": before, **whom}


def _pick(rng: random.Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([code for code, _ in weighted], [weight for _, weight in weighted])[0]


def _kidnapping(rng: random.Random, document: dict[str, Any]) -> None:
    act = next((each for each in document["acts"] if each["type"] in KIDNAPPINGS), None)
    if act is None or act["status"] != "C":
        return
    said: dict[str, Any] = {}
    moment = document["incident"]["moment"]
    if moment["precision"] == "DAY":
        until = date.fromisoformat(moment["edtf"]) + timedelta(days=_days(rng, act["type"]))
        until = min(until, date.fromisoformat(document["interview"]["on"]["edtf"]))
        said = {"since": dict(moment), "until": {"edtf": until.isoformat(), "precision": "DAY"}}
    if rng.random() < 0.1:
        said["channel"] = "DEC"
    elif rng.random() < 0.75:
        asked = rng.choice(RANSOMS)
        said |= {
            "asked": str(asked),
            "currency": "USD",
            "channel": _pick(rng, (("TRA", 6), ("BAN", 3), ("CAS", 1))),
        }
        said["paid"] = str(asked * rng.choice((0, 1, 2, 3, 4)) // 4)
    act["kidnapping"] = said


def _days(rng: random.Random, kind: str) -> int:
    return rng.randint(2, 21) if kind == "KID" else rng.randint(0, 2)


def _authority(rng: random.Random, incident: dict[str, Any]) -> None:
    if incident["authorities"] == ["NOB"]:
        incident["not_reported"] = [_pick(rng, WHY_NOT)]
    else:
        incident["response"] = _pick(rng, ANSWERS)


def _people(rng: random.Random, persons: list[dict[str, Any]]) -> None:
    alone = [each for each in persons if each["kind"] == "individual"]
    for each in alone:
        if len(alone) > 1:
            each["facts"]["family"] = "A"
        if code := _pick(rng, GROUPS):
            each["facts"]["population"] = [code]
        if each["facts"]["nationality"] == ["HTI"]:
            each["facts"]["population"] = ["BLK", "HTF"]
