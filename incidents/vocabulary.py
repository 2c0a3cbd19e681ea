"""The organisation's own codes: add one, rename, retire, bring back. A code is never used a second time."""

import re
import unicodedata
from collections.abc import Mapping

from sqlalchemy import select

from incidents.errors import InvalidInput, MoveNotAllowed, NotFound, _
from incidents.model import vocabulary as words
from incidents.model.code import OwnCode, renew
from incidents.model.vocabulary import Code
from incidents.work import Permission, Work

LONGEST = 120  # of a label
LETTERS = 12  # of a code, after its prefix

FILL_IN = _("Please fill this in.")
TOO_LONG = _("This is longer than can be kept here.")
SAID_ALREADY = _("Another code of this list says the same.")
NOT_ABOVE = _("Choose a code of this list that is still offered.")
NOT_SHIPPED = _("Choose the code of the program that comes nearest; where none does, “Other”.")

# Lists in which nothing is set by an organisation, and why. What stands in neither table is open.
RULES = _("Rules of the program are written about these codes.")
STANDARD = _("These are codes of a published standard, kept as they are.")
MANY_PLACES = _("All lists share these codes; with others, no answer would look like an answer.")
CLOSED: Mapping[str, str] = {
    "act_status": RULES,
    "consent_method": RULES,
    "consent_purpose": _("People decided about these uses as they stand here."),
    "consent_state": RULES,
    "date_precision": RULES,
    "info_credibility": STANDARD,
    "interview_outcome": RULES,
    "involvement_part": RULES,
    "nationality": STANDARD,
    "no_answer": MANY_PLACES,
    "place_precision": RULES,
    "source_reliability": STANDARD,
    "verification": RULES,
}
# Lists whose codes may be renamed and retired, and that take no new one.
COARSENED = _(
    "A release makes these codes coarser along a tree that comes with the program; a new one would have no place in it."
)
NO_NEW: Mapping[str, str] = {
    "age_band": COARSENED,
    "gender": COARSENED,
    "kidnap_release": RULES,
    "series": _("Figures of others are read in under these codes."),
}


def why_closed(vocabulary: str) -> str:
    """Why nothing can be set in this list; empty: it can."""
    return CLOSED.get(vocabulary, "")


def why_no_new(vocabulary: str) -> str:
    """Why this list takes no new code; empty: it does."""
    return CLOSED.get(vocabulary) or NO_NEW.get(vocabulary, "")


def add(work: Work, vocabulary: str, labels: Mapping[str, str], above: str = "") -> OwnCode:
    """A new code of a list, with a label in each language that is needed.

    In a tree it may stand under another. An act or a perpetrator stands under a shipped code: along that one a release
    makes it coarser, and where that one is restricted, so is this.
    """
    known = _list(work, vocabulary)
    if why_no_new(vocabulary):
        raise MoveNotAllowed
    said = _labels(known, labels, above=above)
    if (above or vocabulary in words.BENEATH) and above not in may_stand_under(vocabulary):
        raise InvalidInput({"above": [NOT_SHIPPED if vocabulary in words.BENEATH else NOT_ABOVE]})
    row = _new(work, vocabulary, _free_code(known, said["en"]), said, above)
    work.note("vocabulary.added", row, list=vocabulary, code=row.code)
    return row


def may_stand_under(vocabulary: str) -> list[str]:
    """The codes under which a new one of this list may stand; none: it is no such list."""
    if vocabulary in words.BENEATH:
        return [code for code in words.offered(vocabulary) if not words.codes(vocabulary)[code].own]
    return words.offered(vocabulary) if vocabulary in words.TREES else []


def rename(work: Work, vocabulary: str, code: str, labels: Mapping[str, str]) -> OwnCode:
    """Other words for the same thing. What means something else is a code of its own."""
    found = _code(work, vocabulary, code)
    said = _labels(_list(work, vocabulary), labels, above=found.above, of=code)
    row = _row(work, vocabulary, code) or _new(work, vocabulary, code, {}, found.above)
    row.labels = said
    work.note("vocabulary.renamed", row, list=vocabulary, code=code)
    return row


def retire(work: Work, vocabulary: str, code: str) -> OwnCode:
    """Offered no more; it stays valid, and keeps its label, in what it was used for."""
    found = _code(work, vocabulary, code)
    if (
        found.retired or code in words.NO_ANSWERS
    ):  # beside it the no-answer is written ?DEC: that must stay so
        raise MoveNotAllowed
    row = _row(work, vocabulary, code) or _new(work, vocabulary, code, {}, found.above)
    row.retired_on = work.today
    work.note("vocabulary.retired", row, list=vocabulary, code=code)
    return row


def bring_back(work: Work, vocabulary: str, code: str) -> OwnCode:
    """Offered again, and means what it meant."""
    row = _row(work, vocabulary, code) if _code(work, vocabulary, code).retired else None
    if row is None:
        raise MoveNotAllowed
    row.retired_on = None
    work.note("vocabulary.brought-back", row, list=vocabulary, code=code)
    return row


# -- what they share


def _list(work: Work, vocabulary: str) -> dict[str, Code]:
    """A list as it is now, for whoever may set its codes."""
    work.actor.must(Permission.VOCABULARY_SET)
    renew(work.db)
    if vocabulary not in words.lists():
        raise NotFound
    return words.codes(vocabulary)


def _code(work: Work, vocabulary: str, code: str) -> Code:
    """A code of a list that is not closed."""
    known = _list(work, vocabulary)
    if code not in known:
        raise NotFound
    if why_closed(vocabulary):
        raise MoveNotAllowed
    return known[code]


def _row(work: Work, vocabulary: str, code: str) -> OwnCode | None:
    wanted = (OwnCode.vocabulary == vocabulary, OwnCode.code == code)
    return work.db.scalar(select(OwnCode).where(*wanted))


def _new(work: Work, vocabulary: str, code: str, labels: Mapping[str, str], above: str) -> OwnCode:
    row = OwnCode(
        vocabulary=vocabulary,
        code=code,
        labels=dict(labels),
        above=above or None,
        set_by=work.actor.id,
        set_on=work.today,
        retired_on=None,
    )
    return work.add(row)


def _labels(
    known: Mapping[str, Code], given: Mapping[str, str], *, above: str, of: str = ""
) -> dict[str, str]:
    """The labels as they are kept: one in each language that is needed, none that another code beside it has."""
    said = {
        language: " ".join(given.get(language, "").split()) for language in (*words.REQUIRED, *words.FURTHER)
    }
    wrong = {language: [FILL_IN] for language in words.REQUIRED if not said[language]}
    wrong |= {language: [TOO_LONG] for language, label in said.items() if len(label) > LONGEST}
    own_tree = any(code.vocabulary in words.TREES for code in known.values())  # the same word may stand twice
    beside = [code for code in known.values() if code.code != of and (code.above == above or not own_tree)]
    for language, label in said.items():
        if label and any(code.labels.get(language, "").casefold() == label.casefold() for code in beside):
            wrong.setdefault(language, [SAID_ALREADY])
    if wrong:
        raise InvalidInput(wrong)
    return {language: label for language, label in said.items() if label}


def _free_code(known: Mapping[str, Code], label: str) -> str:
    """Letters of the label after the prefix; with a number where they were ever used in this list."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().upper()
    base = words.OWN_PREFIX + (re.sub(r"[^A-Z0-9]+", "", plain)[:LETTERS] or "CODE")
    tries = (base if number == 1 else f"{base}{number}" for number in range(1, len(known) + 2))
    return next(code for code in tries if code not in known)
