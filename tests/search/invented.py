"""Invented incidents that differ in their codes."""

import random

from incidents.intake import report, schema, take_in
from incidents.model.rearrangement import Arrangement, Rearrangement
from tests import make

ACTS = ("KID", "EXT", "ASS", "ROB")
STATES = ("MX-BCN", "MX-TAM", "MX-CHH")
MOMENTS = (
    {"edtf": "2019-11-14", "precision": "DAY"},
    {"edtf": "2019-11", "precision": "MON"},
    {"edtf": "2019", "precision": "YEA"},
    {"edtf": "2019-11-14/2019-12-02", "precision": "RNG"},
    {"edtf": "2020-01-30~", "precision": "APX"},
    None,
)
COUNTRIES = ("HND", "HTI", "CUB")


def document(draw: random.Random, **changes):
    place = {"country": "MEX", "state": draw.choice(STATES), "precision": "STA"}
    incident = {
        "place": place,
        "programme": draw.choice(("MP1", "T42", "UNK")),
        "moment": draw.choice(MOMENTS),
    }
    people = [
        {
            "key": f"p{number}",
            "kind": "individual",
            "teller": number == 1,
            "identity": make.IDENTITY,
            "facts": {"nationality": draw.sample(COUNTRIES, draw.choice((0, 1, 1, 2)))},
        }
        for number in range(1, draw.choice((2, 3)))
    ]
    acts = [{"key": f"a{number}", "type": draw.choice(ACTS)} for number in range(1, draw.choice((2, 3, 4)))]
    if draw.random() < 0.3:
        acts[-1]["place"] = {"country": "MEX", "state": draw.choice(STATES), "precision": "STA"}
    doers = [{"type": draw.choice(("CRG", "PMU", "INM"))}] if draw.random() < 0.7 else []
    whole = {
        "incident": {name: value for name, value in incident.items() if value},
        "acts": acts,
        "persons": people,
        "involvements": None,
        "perpetrators": doers,
    }
    return make.report_document(**whole | changes)


def send(who, draw, **changes):
    with who.work() as work:
        return report.send(work, schema.load(document(draw, **changes)), "page").id


def record(staff, draw, link_to=None, **changes):
    """Sent and taken in; the id of the incident."""
    sent = send(staff.coordinator, draw, **changes)
    with staff.coordinator.work() as work:
        return take_in.take_in(work, sent, link_to=link_to).id


def merge(work, kept, gone):
    made = Rearrangement(
        kind=Arrangement.MERGED, kept_id=kept, gone_id=gone, done_by=work.actor.id, done_on=work.today
    )
    work.seal(made, reasons="One told of by two.")
    return work.add(made)
