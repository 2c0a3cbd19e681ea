"""Invented lines as tables are counted from, and a dumb counter of them: loops and sets, nothing of ours."""

import random
from datetime import date, timedelta

from incidents.model.moment import Moment
from incidents.release.gather import Gathered
from incidents.release.policy import Policy
from incidents.release.rows import Rows
from incidents.release.tables.lines import Lines

ACTS = ("KID", "KIX", "EXT", "ASS", "ROB", "RAP", "THR", "KIL", "TOR", "(not shown)")
GROUP = {
    "KID": "KIDNAPPING", "KIX": "KIDNAPPING", "EXT": "EXTORTION", "ASS": "VIOLENCE", "ROB": "PROPERTY",
    "RAP": "SEXUAL", "THR": "VIOLENCE", "KIL": "LOSS_OF_LIFE", "TOR": "VIOLENCE", "(not shown)": "(not shown)",
}  # fmt: skip
STATES = ("MX-TAM", "MX-CHH", "MX-BCN", None)
DAYS = ("2019-03", "2019-02-27/2019-03-02", "2019", "2019-21", "2019-11-28~", "2018-12/2019-01", None)
NOWHERE = "(not recorded)"


def policy(**changes):
    """One for tables, protected, that names what public-table names."""
    values = {
        "name": "by hand", "product": "tables", "unit": "incident", "purposes": ("STA",), "states": ("CRE", "VER"),
        "protection": True, "signatures": 1, "text_en": "-", "text_es": "-", "k": 5,
        "columns": ("period", "place", "age", "gender", "nationality", "act", "act_status", "perpetrator"),
    }  # fmt: skip
    return Policy(**(values | changes))


def rows(size, seed):
    """Invented lines, as dictionaries."""
    draw = random.Random(seed)
    people = [f"{number:032x}" for number in range(1, size + 1)]
    return [
        _row(draw, f"{draw.randrange(1, size // 2 + 2) << 100:032x}", draw.choice([*people, None]))
        for _ in range(size)
    ]


def _row(draw, incident, person):
    day = (date(2019, 1, 1) + timedelta(days=draw.randrange(300))).isoformat()
    edtf = draw.choice([day, day, day, *DAYS])
    some = lambda *codes: sorted(draw.sample(codes, draw.randrange(3)))  # noqa: E731 – short, and used below alone
    return {
        "incident": incident,
        "persons": [person] if person else [],
        "moment": edtf and Moment.parse(edtf).to_json(),
        "country": "MEX",
        "state": draw.choice(STATES),
        "municipality": None,
        "act": draw.choice(ACTS),
        "act_status": draw.choice("CCAU"),
        "gender": person and draw.choice(["F", "M", "TW", "NB", "DEC", None]),
        "age": person and draw.choice([None, *range(1, 70)]),
        "age_band": None,
        "nationality": person and draw.choice(["HND", "HTI", "several", None]),
        "verification": draw.choice(["CRE", "VER"]),
        "doers": some("CRG", "INM", "PMU", "OTH"),
        "collusion": draw.choice(["yes", "suspected", "no", "UNK", None]),
        "source_types": some("INP", "PRE", "SOC", "DOC"),
        "published": draw.choice(["yes", None]),
        "population": some("HTF", "BLK", "LGB", "UAC", "(not shown)"),
        "exposure": draw.choice(["JUS", "HEA", "NAS", "DEC", None]),
        "authorities": draw.choice([[], ["POL"], ["NOB"], ["SHE"], ["FIS", "SHE"], ["DEC"]]),
        "response": draw.choice(["TAK", "REF", "NAS", None]),
        "hearing_missed": draw.choice(["yes", "no", "NAP", None]),
        "not_reported": draw.choice([some("FEA", "DIS", "PER"), ["UNK"], ["DEC"], []]),
        "told_others": draw.choice(["yes", "no", "NAS", None]),
        "days_held": draw.choice([None, None, "DEC", 0, 3, 9, 40]),
        "ransom_asked": draw.choice([None, "DEC", "1500", "2500.50"]),
        "ransom_paid": draw.choice([None, "DEC", "0", "900", "1780"]),
    }  # fmt: skip


def lines(told, *, aside=(), sizes=None, families=None, reports=None, day="2019-11-20"):
    """The same as `lines.told` would give them."""
    counted, out = Rows(), Rows()
    for row in told:
        counted.append(row)
    for row in aside:
        out.append(row)
    incidents = len({row["incident"] for row in told})
    return Lines(
        counted,
        out,
        sizes or {},
        families or {},
        reports or {},
        incidents,
        incidents,
        {},
        {},
        day,
        Gathered(counted, [], [], incidents, {}, day, [], []),
        at_least=False,
    )


# -- counting again, dumbly


def number(told, unit, sizes=None, families=None, reports=None):
    """How many different things these lines speak of."""
    if unit == "incidents":
        return len({row["incident"] for row in told})
    people = {person for row in told for person in row["persons"]}
    if unit == "persons":
        return sum((sizes or {}).get(person, 1) or 0 for person in people)
    if unit == "families":
        return len({families[person] for person in people if person in families})
    return len({report for row in told for report in reports.get(row["incident"], ())})


def month(row):
    """The month that a whole date lies in, else its quarter, else its year, else neither."""
    known = {
        "2019-03": "2019-03", "2019-02-27/2019-03-02": "2019-Q1", "2019": "2019", "2019-21": "2019",
        "2019-11-28~": "2019-Q4", "2018-12/2019-01": "(not within one year)",
    }  # fmt: skip
    text = (row["moment"] or {}).get("edtf")
    return NOWHERE if text is None else known.get(text, text[:7])


def band(row):
    """The band of an age."""
    bands = ((60, "60+"), (45, "45-59"), (35, "35-44"), (25, "25-34"), (18, "18-24"), (15, "15-17"), (12, "12-14"),
             (10, "10-11"), (5, "5-9"), (0, "0-4"))  # fmt: skip
    return NOWHERE if row["age"] is None else next(code for low, code in bands if row["age"] >= low)


def stage(row):
    return NOWHERE if row["age"] is None else ("ADU" if row["age"] >= 18 else "CHI")


def reported(row):
    said = set(row["authorities"])
    if said & {"POL", "FIS"}:
        return "yes"
    if said & {"NOB", "SHE"} or any(why in {"FEA", "DIS", "PER"} for why in row["not_reported"]):
        return "no"
    return min(said, default=NOWHERE)


def response(row):
    """What was done, or that it was not reported; both where both were noted, and neither is that nobody noted it."""
    noted = [row["response"]] if row["response"] else []
    if reported(row) == "no":
        return [each for each in noted if each in {"TAK", "REF"}] + ["unreported"]
    return noted or [NOWHERE]


def not_reported(row):
    """Why not, or that it was reported."""
    why = [each for each in row["not_reported"] if each in {"FEA", "DIS", "PER"}]
    return [*why, "reported"] if reported(row) == "yes" else row["not_reported"] or [NOWHERE]


def attack(row):
    kinds = {
        "KIL": "murder", "TOR": "torture", "RAP": "rape", "KID": "kidnapping", "KIX": "kidnapping",
        "ASS": "violent", "ROB": "violent", "(not shown)": "(not shown)",
    }  # fmt: skip
    return kinds.get(row["act"])


GENDER = {"F": "F", "TW": "F", "M": "M"}
PART_OF = {"CRG": "CRIMINAL", "INM": "STATE_MX", "PMU": "STATE_MX", "OTH": "NOT_IDENTIFIED"}
SAYS = {
    "act": lambda row: [row["act"]],
    "act_group": lambda row: [GROUP[row["act"]]],
    "state": lambda row: [row["state"] or "MEX"],
    "country": lambda row: ["MEX"],
    "status": lambda row: [row["act_status"]],
    "month": lambda row: [month(row)],
    "perpetrator": lambda row: row["doers"] or [NOWHERE],
    "perpetrator_group": lambda row: {PART_OF[code] for code in row["doers"]} or [NOWHERE],
    "collusion": lambda row: [row["collusion"] or NOWHERE],
    "gender": lambda row: [GENDER.get(row["gender"], NOWHERE)],
    "age": lambda row: [band(row)],
    "stage": lambda row: [stage(row)],
    "nationality": lambda row: [row["nationality"] or NOWHERE],
    "exposure": lambda row: [row["exposure"] or NOWHERE],
    "authority": lambda row: row["authorities"] or [NOWHERE],
    "reported": lambda row: [reported(row)],
    "response": response,
    "not_reported": not_reported,
    "hearing_missed": lambda row: [row["hearing_missed"] or NOWHERE],
    "source_type": lambda row: row["source_types"] or [NOWHERE],
    "verification": lambda row: [row["verification"]],
}
SO = {
    "children": lambda row: stage(row) == "CHI",
    "lgbtq": lambda row: "LGB" in row["population"],
    "haitian_or_black": lambda row: (
        row["nationality"] == "HTI" or bool({"HTF", "BLK"} & set(row["population"]))
    ),
    "state_agents": lambda row: row["collusion"] == "yes" or bool({"INM", "PMU"} & set(row["doers"])),
    "told_others": lambda row: row["told_others"] == "yes",
    "published": lambda row: row["published"] == "yes",
}
