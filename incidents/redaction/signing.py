"""Two sign a text, of whom one did not redact it; each names the very text that was read."""

from typing import Any

from incidents import erasure
from incidents.errors import MoveNotAllowed, SecondPersonNeeded
from incidents.model.quote import Quote, QuoteState
from incidents.redaction import desk, known, shelving
from incidents.redaction.desk import Looked
from incidents.redaction.finding import names_left
from incidents.redaction.refusals import MayNotLeave, NamesLeft, NotReadyToSign, OtherText
from incidents.work import Permission, Unreadable, Work

TO_SIGN = (QuoteState.PROPOSED, QuoteState.SIGNED_ONCE)
RECALLED_FOR = ("asked", "danger", "mistake", "not-used")  # why something is taken off the shelf or the desk


def as_signed(looked: Looked) -> dict[str, Any]:
    """What a signature would be about, as it stands now."""
    said = {
        **looked.facts,
        "text": looked.text,
        "line": dict(looked.line),
        "keeps": desk.keeps(looked.sentences),
        "seen": dict(looked.seen),
    }
    return {name: value for name, value in said.items() if name != "signatures"}


def digest(work: Work, looked: Looked) -> str:
    """What a signature names."""
    return shelving.digest(work, as_signed(looked))


def waits_for(work: Work, quote: Quote) -> bool:
    """Whether whoever asks may be one of its two."""
    me, first = work.actor.id, quote.first_by
    if quote.state not in TO_SIGN or first == me:
        return False
    return first is None or not {str(me), str(first)} <= set(quote.redactors)


def sign(work: Work, quote: Quote, read: str) -> None:
    """`read`: what names the text that was read. The second signature puts it where an analyst finds it."""
    work.actor.must(Permission.REVIEW_DECIDE)
    work.must_be_fresh()
    if quote.state not in TO_SIGN:
        raise MoveNotAllowed
    if not waits_for(work, quote):
        raise SecondPersonNeeded
    erasure.must_be_answered(work, [quote.id, quote.part_id])
    looked = desk.look(work, quote)
    _must_be_ready(looked)
    now = digest(work, looked)
    if read != now:
        raise OtherText
    _put(work, quote, looked, now)


def _must_be_ready(looked: Looked) -> None:
    if looked.left:
        raise NotReadyToSign
    left = names_left(looked.text, looked.known)
    if left:
        raise NamesLeft(count=len(left))
    if looked.scope.reason:
        raise MayNotLeave(reason=looked.scope.reason)


def _put(work: Work, quote: Quote, looked: Looked, now: str) -> None:
    """The first signature stands where its text is still this one; else this is the first."""
    before = [each for each in looked.facts["signatures"] if each["digest"] == now]
    mine = {"by": str(work.actor.id), "on": work.today.isoformat(), "digest": now}
    signed = as_signed(looked) | {"signatures": [*before, mine]}
    if before:
        quote.second_by, quote.second_on, quote.state = work.actor.id, work.today, QuoteState.SIGNED
    else:
        quote.first_by, quote.first_on, quote.state = work.actor.id, work.today, QuoteState.SIGNED_ONCE
        signed["text"] = None  # not where an analyst reads before two have signed
    work.seal(quote, facts=signed)
    work.note("quote.signed", quote, text=now, second=bool(before))


def recall(work: Work, quote: Quote, why: str) -> None:
    """Off the shelf, or off the desk, for good; what was printed already stays printed."""
    work.actor.must(Permission.REVIEW_DECIDE)
    if quote.state == QuoteState.RECALLED or why not in RECALLED_FOR:
        raise MoveNotAllowed
    facts = work.read_all([quote], "facts", known.WHY)[0]
    if not isinstance(facts, Unreadable):
        work.seal(quote, facts={**facts, "text": None, "signatures": []})
    quote.state, quote.recalled_for = QuoteState.RECALLED, why
    quote.recalled_by, quote.recalled_on = work.actor.id, work.today
    work.stop(quote)
    work.note("quote.recalled", quote, reason=why)
