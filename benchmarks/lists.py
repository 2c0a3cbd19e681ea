"""A list of 50 with two facet filters at 10⁴, 10⁵ and 10⁶ incidents: the same time at each.

The rows are put into the tables directly, a hundred times as many as a program of ours would ever see taken in: ids
and seals at random, received on one of 2,000 days, and of each facet a code drawn by its share. Two hold 30 % of the
incidents each, independently of one another; one holds 1 %, half of them within the first; the last holds 30 %, none of
them within the first. What a page shows is then sealed rightly, as an incident with its facts and an act, so that each
size opens the same. What a filter that nothing fits costs is told, and nothing is asked of it: it looks through the
rarer code to the end.
"""

import random
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from itertools import islice
from uuid import UUID

from benchmarks.figures import Figure, middle
from benchmarks.house import instance
from incidents import search
from incidents.model.base import Envelope, db, insert_rows
from incidents.model.facet import Facet
from incidents.model.incident import Act, Incident
from incidents.model.vocabulary import IncidentState, Role, Verification
from incidents.search import Filter

MOST = 1.5  # times the time at the smallest size
SMALLEST, SIZES = 10_000, (1, 10, 100)
PAGE = 50
CHUNK = 20_000
FIRST_DAY, DAYS = date(2019, 1, 1), 2_000
CODES = {"act": "KID", "state": "MX-TAM", "nationality": "HTI", "perpetrator": "PMU"}
DISJOINT = "30 % and 30 %, disjoint"
PAIRS = {
    "30 % and 30 %, overlapping": ("act", "state"),
    "30 % and 1 %": ("act", "nationality"),
    DISJOINT: ("act", "perpetrator"),
}
R = Role.REVIEWER
COLUMNS = tuple(Incident.__table__.columns.keys())
RECEIVED = COLUMNS.index("received_on")
SEAL = Envelope(bytes(96))
FACTS = {"moment": {"edtf": "2019-11", "precision": "MON"}, "place": {"country": "MEX", "state": "MX-TAM"}}


def run(sizes):
    base = min(sizes.rows, SMALLEST)
    with ExitStack() as stack:
        places = {base * more: stack.enter_context(instance()) for more in SIZES}
        deeds = {}
        for size, place in places.items():
            _fill(place, size)
            deeds |= {(size, name): deed for name, deed in _deeds(place).items()}
        slow = {key: deeds.pop(key) for key in list(deeds) if key[1] == DISJOINT}
        times = middle(deeds, sizes.rounds) | middle(slow, min(sizes.rounds, 3))
    return [_figure(name, {size: times[size, name] for size in places}) for name in (*PAIRS, "no filter")]


def _figure(name, times):
    smallest, largest = min(times), max(times)
    told = ", ".join(
        f"{time.seconds * 1e3:.1f} ms ({time.busy * 1e3:.1f} of the processor) at {size:,}"
        for size, time in times.items()
    )
    asked = None if name == DISJOINT else MOST
    ratio = times[largest].seconds / times[smallest].seconds
    what = f"list of 50, {name}: {largest:,} to {smallest:,} incidents"
    return Figure(what, ratio, target=asked, least=False, said=told)


def _deeds(place):
    """Each list, its first page made readable before."""
    wanted = {name: _wanted(pair) for name, pair in PAIRS.items()} | {"no filter": Filter()}
    done = set()
    for asked in wanted.values():
        _readable(place, asked, done)
    return {name: partial(_list, place, asked) for name, asked in wanted.items()}


def _wanted(pair):
    return Filter(codes={facet: (CODES[facet],) for facet in pair})


def _list(place, wanted):
    with place.as_(R) as work:
        return search.listed(work, wanted=wanted, limit=PAGE)


# -- rows past the program


def _fill(place, incidents):
    """So many more incidents and their facets, by id; a chunk a commit, and the indexes once all are there."""
    rng = random.Random(incidents)
    with place.as_(R) as work:
        tokens = {facet: work.vault.facet(facet, code) for facet, code in CODES.items()}
    indexes = [*Incident.__table__.indexes, *Facet.__table__.indexes]
    with place.app.app_context():
        with db.engine.begin() as connection:
            for index in indexes:
                index.drop(connection)
        told = _incidents(rng, incidents)
        while rows := list(islice(told, CHUNK)):
            facets = [facet for row in rows for facet in _facets(rng, row, tokens)]
            with db.engine.begin() as connection:
                insert_rows(connection, Incident.__table__, COLUMNS, rows)
                insert_rows(connection, Facet.__table__, tuple(Facet.__table__.columns.keys()), facets)
        for index in indexes:
            with db.engine.begin() as connection:
                index.create(connection)


def _incidents(rng, count):
    """Ids at random and in their order: each drawn from its own part of all there are."""
    part = 2**128 // count
    for number in range(count):
        id = UUID(int=number * part + rng.randrange(part), version=4)
        yield _row(id, FIRST_DAY + timedelta(days=rng.randrange(DAYS)))


def _row(id, day):
    values = {
        "id": id,
        "version": 1,
        "reference": id.hex,
        "state": IncidentState.OPEN,
        "edited_after_verification": False,
        "assignee": None,
        "received_on": day,
        "recorded_by": id,
        "batch_id": None,
        "due_on": None,
    }
    return tuple(values.get(name, SEAL) for name in COLUMNS)


def _facets(rng, row, tokens):
    id, day = row[0], row[RECEIVED]
    first = rng.random() < 0.3
    held = {
        "act": first,
        "state": rng.random() < 0.3,
        "nationality": rng.random() < (0.0167 if first else 0.0071),
        "perpetrator": not first and rng.random() < 0.43,
    }
    return [(id, tokens[facet], id, day) for facet, yes in held.items() if yes]


def _readable(place, wanted, done):
    """Seal what the first page shows as a take-in would, an act with each; what was sealed before stays."""
    with place.as_(R) as work:
        ids = [id for _day, id in islice(search.Walk(work, wanted), PAGE) if id not in done]
        for incident in [work.get(Incident, id) for id in ids]:
            act = Act(
                incident_id=incident.id,
                verification=Verification.RECEIVED,
                received_on=incident.received_on,
                submitted_by=[],
            )
            work.seal(incident, facts=FACTS)
            work.seal(act, facts={"type": CODES["act"]})
            work.add(act)
            work.stop(incident)  # no block of the trail knows a row that was put in past the program
        done.update(ids)
