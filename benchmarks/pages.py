"""Submit, list of 50, open one: the house beside its twin that keeps everything in clear.

Each is one Work as a request makes it: a fresh session, keys opened anew, the trail's block and the commit included.
"""

import random
from contextlib import ExitStack
from itertools import count

from benchmarks.figures import Figure, middle
from benchmarks.house import instance
from benchmarks.invented import report as invented
from incidents import search
from incidents.intake import report, schema, take_in
from incidents.model.vocabulary import Role
from incidents.work import Ring

MOST = 1.3
F, R = Role.FIELD_RESEARCHER, Role.REVIEWER


def run(sizes):
    with ExitStack() as stack:
        houses = {"sealed": stack.enter_context(instance()), "clear": stack.enter_context(instance(clear=True))}
        known = {name: _filled(place, sizes.reports) for name, place in houses.items()}
        turn = count()
        deeds = {
            "submit": lambda place, _ids: _submit(place, next(turn)),
            "list of 50": lambda place, _ids: _list(place),
            "open one incident": lambda place, ids: _open(place, ids[next(turn) % len(ids)]),
        }
        return [
            _beside(
                what,
                middle({name: lambda n=name, d=deed: d(houses[n], known[n]) for name in houses}, sizes.rounds * 4),
            )
            for what, deed in deeds.items()
        ]


def _beside(what, times):
    said = f"{times['sealed'] * 1e3:.2f} ms, the twin {times['clear'] * 1e3:.2f} ms"
    return Figure(f"{what}, of the twin in clear", times["sealed"] / times["clear"], target=MOST, least=False, said=said)


def _filled(place, reports):
    """So many reports sent and taken in; the ids of their incidents."""
    ids = []
    for number in range(reports):
        sent = _submit(place, number)
        with _request(place, R) as work:
            ids.append(take_in.take_in(work, sent).id)
    return ids


def _request(place, role):
    """A Work as a request begins it: what the last one opened or read is not there any more."""
    actor, ring = place.members[role]
    place.members[role] = (actor, Ring(ring.own, ring.generation))
    place.house.db().expunge_all()
    return place.as_(role)


def _submit(place, number):
    document = schema.load(invented(random.Random(number)))
    with _request(place, F) as work:
        return report.send(work, document, "page").id


def _list(place):
    with _request(place, R) as work:
        return search.listed(work, limit=50)


def _open(place, id):
    with _request(place, R) as work:
        return search.open_incident(work, id)
