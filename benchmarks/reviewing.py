"""200 acts wait: the queue and each decision, beside the twin that keeps everything in clear, page for page.

A page is a whole request, as in `pages`. Weigh, judge and move are posted as a reviewer's browser posts them; what the
browser asks for next, the act with what it rests on, is measured by itself.
"""

import io
from contextlib import ExitStack
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from benchmarks.house import instance
from benchmarks.pages import MOST, answered, beside, send
from incidents import evidence, review
from incidents.intake import take_in
from incidents.model.incident import Act, Incident
from incidents.model.vocabulary import COUNTED, Role, Verification

C, R = Role.COORDINATOR, Role.REVIEWER
WHY = "Compared with the shelter's book and the court's paper."
PAPER = b"Libro del albergue, pagina 12."
SAYS = {"page": ("2", "3"), "deed": ("4", "5")}  # weighed otherwise at each turn


class Waiting(NamedTuple):
    """An act that waits, its source and a file about it."""

    act: UUID
    source: UUID
    item: UUID
    many: int  # acts wait


def run(sizes):
    with ExitStack() as stack:
        houses = [stack.enter_context(instance(clear=clear)) for clear in (False, True)]
        known = [_filled(place, sizes.waiting) for place in houses]
        found = []
        for what, (page, deed) in DEEDS.items():
            found += beside(f"{what}, page", page, houses, known, sizes, MOST)
            found += beside(f"{what}, deed", deed, houses, known, sizes)
        return found


def _filled(place, many):
    """So many acts that wait, each with a source and a file that a coordinator brought."""
    waiting = []
    for number in range(many):
        sent = send(place, number, None)
        with place.as_(R) as work:
            incident = take_in.take_in(work, sent).id
        with place.as_(C) as work:
            about = {"name": "libro.txt", "origin": "staff", "size": len(PAPER)}
            item = evidence.keep(work, work.get(Incident, incident), about, io.BytesIO(PAPER)).id
        with place.as_(R) as work:
            act = work.db.scalars(select(Act).where(Act.incident_id == incident)).one()
            (told,) = review.grounds_of(work, act).told
            waiting.append(Waiting(act.id, told.source.id, item, many))
    return waiting


# -- deeds


def _queue(place, _number, _known):
    with place.as_(R) as work:
        found = review.queue(work, (Verification.RECEIVED, Verification.UNDER_VERIFICATION), 51)
        acts = [act for act, _incident in found]
        work.read_all(acts, "facts")
        review.waiting_for_a_second(work, acts)


def _open(place, _number, known):
    with place.as_(R) as work:
        act = review.act(work, known.act)
        review.grounds_of(work, act)
        review.reviews(work, act)
        review.needing_two(work, [act])


def _weigh(place, number, known):
    with place.as_(R) as work:
        source, said = review.of_source(work, work.get(Act, known.act), known.source)
        weight = review.Weight("supports", SAYS["deed"][number % 2], "B", "yes")
        review.weigh(work, source, said, weight, WHY)


def _judge(place, _number, known):
    with place.as_(R) as work:
        act, item = review.act(work, known.act), evidence.one(work, known.item)
        review.judge(work, act, item, authentic="yes", shows="act", reasons=WHY)


def _move(place, _number, known):
    with place.as_(R) as work:
        act = review.act(work, known.act)
        review.move(work, act, _onward(act), WHY)


def _onward(act):
    """To a state that counts, and at the next turn back under verification."""
    return Verification.UNDER_VERIFICATION if act.verification in COUNTED else Verification.CREDIBLE


# -- pages


def _queue_page(place, _number, _known):
    answered(place.browser(R).get("/review/"), 200)


def _open_page(place, _number, known):
    answered(place.browser(R).get(f"/review/{known.act}"), 200)


def _weigh_page(place, number, known):
    given = {
        "says": "supports",
        "credibility": SAYS["page"][number % 2],
        "reliability": "B",
        "first_hand": "yes",
    }
    form = {"deed": "weigh", "source": known.source, "number": "1", "1.origin": "", "1.why": WHY}
    _posted(place, known, form | {f"1.{name}": value for name, value in given.items()})


def _judge_page(place, _number, known):
    form = {"deed": "judge", "evidence": known.item, "number": "e1"}
    _posted(place, known, form | {"e1.authentic": "yes", "e1.shows": "act", "e1.judged": WHY})


def _move_page(place, number, known):
    again = number // known.many % 2
    to = Verification.UNDER_VERIFICATION if again else Verification.CREDIBLE
    form = {"move": to.value, "reasons": WHY, "cites_shown": "1", "cites": known.source}
    _posted(place, known, form)


def _posted(place, known, form):
    answered(place.browser(R).post(f"/review/{known.act}", data=form), 303)


DEEDS = {
    "queue of 200": (_queue_page, _queue),
    "open one act": (_open_page, _open),
    "weigh": (_weigh_page, _weigh),
    "judge": (_judge_page, _judge),
    "move": (_move_page, _move),
}
