"""Submit, list of 50, open one: the house beside its twin that keeps everything in clear, page for page.

A page is a request through the whole app, from the session to the rendered answer, the trail's block and the commit
included. The deed behind each is told beside it: there, fewer things are the same for both, so the seals weigh more.
To submit is the dearest: the report's new keys are on the disk before the report is (decision 0008), which is a commit
of its own, and they are sealed to people who are not there.
"""

import random
from contextlib import ExitStack
from functools import partial
from itertools import count
from uuid import UUID

from benchmarks.figures import Figure, middle
from benchmarks.house import instance
from benchmarks.invented import report as invented
from benchmarks.invented import typed
from incidents import search
from incidents.intake import report, schema, take_in
from incidents.model.vocabulary import Role

MOST = 1.3
BUDGET = {"list of 50": 150}  # milliseconds of the server, first byte to last
F, R = Role.FIELD_RESEARCHER, Role.REVIEWER
ROUNDS = 4  # for each of the usual


def run(sizes):
    with ExitStack() as stack:
        houses = [stack.enter_context(instance(clear=clear)) for clear in (False, True)]
        known = [filled(place, sizes.reports) for place in houses]
        found = []
        for what, (page, deed) in DEEDS.items():
            found += beside(f"{what}, page", page, houses, known, sizes, MOST, budget=BUDGET.get(what))
            found += beside(f"{what}, deed", deed, houses, known, sizes)
        return found


def beside(what, deed, houses, known, sizes, most=None, *, budget=None):
    turns = {name: count() for name in ("sealed", "clear")}
    deeds = {
        name: partial(_turn, deed, place, ids, turns[name])
        for name, place, ids in zip(turns, houses, known, strict=True)
    }
    times = middle(deeds, sizes.rounds * ROUNDS)
    sealed, clear = times["sealed"], times["clear"]
    said = (
        f"{sealed.seconds * 1e3:.2f} ms, the twin {clear.seconds * 1e3:.2f} ms; of the processor "
        f"{sealed.busy * 1e3:.2f} and {clear.busy * 1e3:.2f} ms: {sealed.busy / clear.busy:.2f} ×"
    )
    ratio = sealed.seconds / clear.seconds
    found = [Figure(f"{what}, time of the twin in clear", ratio, target=most, least=False, said=said)]
    if budget:
        found.append(Figure(f"{what}, the server's time", sealed.seconds * 1e3, "ms", budget, least=False))
    return found


def _turn(deed, place, ids, turns):
    number = next(turns)
    return deed(place, number, ids[number % len(ids)])


def filled(place, reports):
    """So many reports sent and taken in; the ids of their incidents."""
    ids = []
    for number in range(reports):
        sent = send(place, number, None)
        with place.as_(R) as work:
            ids.append(take_in.take_in(work, sent).id)
    return ids


# -- deeds


def send(place, number, _id):
    document = schema.load(invented(random.Random(number)))
    with place.as_(F) as work:
        return report.send(work, document, "page").id


def _list(place, _number, _id):
    with place.as_(R) as work:
        return search.listed(work, limit=50)


def _open(place, _number, id):
    with place.as_(R) as work:
        return search.open_incident(work, id)


# -- pages


def _send_page(place, number, _id):
    rng = random.Random(number)
    form = typed(invented(rng)) | {
        "deed": "send",
        "client_id": str(UUID(int=rng.getrandbits(128), version=4)),
    }
    answered(place.browser(F).post("/reports/new", data=form), 303)


def _list_page(place, _number, _id):
    answered(place.browser(R).get("/incidents/"), 200)


def _open_page(place, _number, id):
    answered(place.browser(R).get(f"/incidents/{id}"), 200)


def answered(response, status):
    if response.status_code != status:
        raise RuntimeError(f"the page answered {response.status_code}")


DEEDS = {
    "submit": (_send_page, send),
    "list of 50": (_list_page, _list),
    "open one incident": (_open_page, _open),
}
