"""In which language words stand: an account in that of its interview until somebody at the desk says otherwise.

A case is written by hand, in no language that anything else would tell: whoever writes it says which. A language is a
code of its list, or empty: nobody noted it.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import InvalidInput, _
from incidents.model import tongues
from incidents.model.quote import Quote, QuoteKind
from incidents.model.report import Interview, ReportPart
from incidents.model.vocabulary import NO_ANSWERS, lists, offered
from incidents.work import Unreadable, Work

LIST = "language"
AT_ONCE = 500  # ids in one question
NO_INTERPRETER = "NON"
UNKNOWN = _("Say in which language it is written: choose one of the list.")


def told_in(work: Work, reports: Iterable[UUID]) -> dict[UUID, str]:
    """Of each report the language in which it was told, where that is known; not where an interpreter was there.

    What an interpreter says is taken down in theirs as a rule, and no field says in which.
    """
    ids, found = sorted({*reports}), dict[UUID, str]()
    for start in range(0, len(ids), AT_ONCE):
        query = select(Interview).where(Interview.report_id.in_(ids[start : start + AT_ONCE]))
        rows = list(work.db.scalars(query))
        work.vouched(rows)
        for row, facts in zip(rows, work.read_all(rows, "facts", "quote"), strict=True):
            if not isinstance(facts, Unreadable):
                found[row.report_id] = _spoken(facts)
    return found


def _spoken(talk: dict[str, Any]) -> str:
    """A code of the list alone: what a file that was imported says in words of its own goes nowhere."""
    if talk.get("interpreter") not in {None, "", NO_INTERPRETER, *NO_ANSWERS}:
        return ""
    code = tongues.code(str(talk.get("language") or ""))
    return code if code in lists()[LIST] else ""  # a retired one too: it was spoken all the same


def noted(quote: Quote, facts: Mapping[str, Any]) -> str | None:
    """What the desk says of it; None: of what was begun before that was asked, which is as its interview was."""
    unasked = None if quote.kind != QuoteKind.CASE else ""
    return str(facts["language"]) if "language" in facts else unasked


def of(work: Work, quote: Quote, facts: Mapping[str, Any]) -> str:
    """In which language the words of one stand."""
    said, report = noted(quote, facts), work.get(ReportPart, quote.part_id).report_id
    return told_in(work, [report]).get(report, "") if said is None else said


def is_known(code: str) -> bool:
    """Whether the list offers it."""
    return code in offered(LIST)


def said(quote: Quote, now: str, code: str) -> str:
    """What the desk keeps: a code of the list, or as it is `now`, though retired since. Of a case nobody unsays it.

    Problem: InvalidInput.
    """
    may_be_none = quote.kind != QuoteKind.CASE or not now
    if code != now and not is_known(code) and not (may_be_none and code == ""):
        raise InvalidInput({"language": [UNKNOWN]})
    return code
