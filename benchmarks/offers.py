"""The four offers for small sets of the synthetic incidents: what each would hold, and what it loses.

Rows are as a release gathers them. Who agreed to what is drawn: three in ten to be told of, six in ten to the partner.
Without protection a table of nationality by age by gender would print mostly cells of one to four: that is the reason.
"""

import random
import time
from collections import Counter

from benchmarks import incident_set
from benchmarks.figures import Figure
from incidents.release import anonymize, hierarchy, policy, table

SETS = (100, 200, 300)
NATIONALITIES = (
    "HND GTM SLV CUB HTI VEN ECU NIC COL MEX BRA PER DOM CMR COD GHA RUS UKR IND CHN JAM BLZ CRI PAN CHL BOL PRY URY "
    "ARG SEN NGA GIN SLE TGO BEN MLI BFA ERI ETH SOM SDN EGY MAR DZA TUN SYR IRQ IRN AFG PAK BGD NPL LKA UZB KAZ TUR "
    "ARM GEO ROU ESP"
).split()
GENDERS = {"M": "M", "F": "F", "NB": "NB", "TRANS": "TW"}
ACTS = ("KID", "EXT", "ROB", "THR", "ASS", "RAP", "DET", "KIX", "TOR")
TELLS, SHARES = 0.3, 0.6
FEW = 5


def run(_sizes):
    """Each of the four, for each of the three sets."""
    return [figure for size in SETS for figure in _offers(size)]


def rows(size, seed=1):
    """The set as rows of incidents, one a person."""
    columns, _trees = incident_set.columns(size, seed)
    states = sorted(hierarchy.mexican_states())
    return [
        {
            "incident": f"{number:032x}",
            "persons": [f"{number:032x}"],
            "moment": {"edtf": day, "precision": "DAY"},
            "country": "MEX",
            "state": states[int(place[1:]) % len(states)],
            "municipality": None,
            "act": ACTS[int(act[1:])],
            "act_status": "C",
            "gender": GENDERS[gender],
            "age": int(age),
            "age_band": None,
            "nationality": NATIONALITIES[int(nationality[1:])],
            "perpetrator": "CRG",
            "verification": "CRE",
            "source_type": "INP",
        }
        for number, (nationality, age, gender, place, day, _family, act) in enumerate(
            zip(*columns.values(), strict=True)
        )
    ]


def _offers(size):
    whole, draw = rows(size), random.Random(size)
    cells = Counter((row["nationality"], _band(row["age"]), row["gender"]) for row in whole)
    few = sum(1 for number in cells.values() if number < FEW)
    told = sum(draw.random() < TELLS for _row in whole)
    yield Figure(
        f"{size} incidents, tables: nationality × age × gender",
        few,
        "cells",
        said=f"of 1 to 4, of {len(cells)}",
    )
    yield Figure(f"{size} incidents, case list", told, "persons", said="who agreed, each told by hand")
    yield _made(size, "small-rows", whole)
    yield _made(size, "partner", [row for row in whole if draw.random() < SHARES])


def _band(age):
    return next(code for low, code in hierarchy.Ages.BANDS if age >= low)


def _made(size, name, some):
    rules, begun = policy.load(name), time.perf_counter()
    result = anonymize.anonymize(table.build(some, rules), rules)
    seconds = time.perf_counter() - begun
    levels = ", ".join(f"{column} {level}" for column, level in result.node.items())
    told = f"of {len(some)}; {result.loss:.1%} of the detail lost; {levels}; {seconds:.2f} s"
    return Figure(f"{size} incidents, {name}, k = {result.k}", len(result.rows), "rows", said=told)
