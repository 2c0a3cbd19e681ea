"""Three ordinary words with which a person stops every exit, through anybody, without a name.

They are kept as an HMAC under a key of the node, so that the database alone says nothing about them.
They stop and do nothing else: what is destroyed needs a talk, or a captor could destroy evidence.
"""

import secrets
import time
import unicodedata
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from incidents.consent import pacing
from incidents.consent.ledger import stopped
from incidents.errors import InvalidInput, _
from incidents.model import tongues
from incidents.model.consent import WithdrawalCode
from incidents.work import House, Work, keys

FOLDER = Path(__file__).with_name("words")
LANGUAGES = tuple(language for language in tongues.LANGUAGES if (FOLDER / f"{language}.txt").is_file())
WORDS = 3
LONGEST = 200  # characters that are looked at
SLOW = 1.0  # seconds that each answer takes, whether the words are anybody's or not
JITTER = 50  # thousandths of a second, by chance: more than one row more or less takes
NOT_THREE = _("Write the three words, in their order.")
NOT_OURS = _("One of these words is none of ours. Look at each letter, and write the three again.")


@cache
def words(language: str) -> tuple[str, ...]:
    """The list that words are drawn from: everyday things, nothing that anybody is ashamed or afraid of.

    A word that was ever in a list stays in it: somebody may have it.
    """
    file = FOLDER / f"{language if language in LANGUAGES else tongues.stands_in(language)}.txt"
    return tuple(file.read_text("utf-8").split())


@cache
def _ours() -> frozenset[str]:
    """Every word that anybody was ever given, as it is compared."""
    return frozenset(normal(word) for language in LANGUAGES for word in words(language))


def normal(text: str) -> str:
    """As it is compared: no case, no accents, whatever stands between the words."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST].casefold())
    kept = "".join(sign if sign.isalpha() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.split())


def make_code(work: Work, person_id: UUID, language: str) -> str:
    """A new code of one person. It is shown once; here is only kept what it is compared with."""
    drawn = " ".join(secrets.choice(words(language)) for _word in range(WORDS))
    code = _kept(work.house, drawn)
    if work.db.scalars(select(WithdrawalCode).where(WithdrawalCode.code == code)).first():
        return make_code(work, person_id, language)  # somebody else has these three
    row = work.add(WithdrawalCode(person_id=person_id, code=code, made_on=work.today))
    work.note("code.made", row)
    return drawn


def has_code(work: Work, person_id: UUID) -> bool:
    query = select(WithdrawalCode.id).where(WithdrawalCode.person_id == person_id)
    return work.db.scalars(query).first() is not None


def withdraw_by_words(work: Work, given: str, neighbourhood: str = "") -> None:
    """Stop every exit of whoever has these words. It never says whether anybody has.

    A slip of the pen is said, so that nobody leaves in the belief that it stopped: that a word is in no list tells
    nothing that the lists do not.

    Counted before it is looked up, at a pace (`pacing`); the note in the trail is the same either way, and so is the
    time. What is read is let go before the wait: no transaction stays open for it.
    """
    typed = normal(given).split()
    if len(typed) != WORDS:
        raise InvalidInput({"words": [NOT_THREE]})
    if not _ours().issuperset(typed):
        raise InvalidInput({"words": [NOT_OURS]})
    begun = time.monotonic()
    with pacing.of(work.house.node_key).turn(neighbourhood) as wait:
        query = select(WithdrawalCode.person_id).where(WithdrawalCode.code == _kept(work.house, given))
        people = list(work.db.scalars(query))
        work.drop()
        time.sleep(max(0.0, SLOW - (time.monotonic() - begun)) + wait + secrets.randbelow(JITTER + 1) / 1000)
    for person_id in people:
        stop = stopped(work, person_id)
        work.note("consent.withdrawn", stop, purposes=[])
    work.note("code.tried")


def _kept(house: House, given: str) -> bytes:
    return keys.node_mac(house.node_key, "withdrawal", normal(given))
