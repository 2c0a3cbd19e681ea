"""Words looked for in what was told: every narrative and summary is opened, read and let go. Nothing of it is stored.

A job, because it reads everything: it tells how far it is, and can be ended. What was looked for and what was found are
kept sealed, the found as ids. Names and phones are not looked for here: they stand in fields of their own.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from heapq import nlargest
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import func, select, type_coerce
from sqlalchemy.types import NullType

from incidents.errors import InvalidInput, _
from incidents.model.incident import Incident
from incidents.model.report import published
from incidents.search.record import kept_all, together
from incidents.search.walking import each_published
from incidents.work import Compartment, Permission, Work

KIND = "find"
COMPARTMENTS = frozenset(
    {Compartment.FACTS, Compartment.INTAKE, Compartment.TESTIMONY}
)  # intake: for the words
CHUNK = 5_000  # incidents between two looks at whether to go on
MOST_FOUND = 2_000  # that are kept; how many there are is told
SHORTEST, LONGEST = 2, 200  # letters
AROUND = 80  # letters of a snippet on each side
TEXTS = ("narrative", "summary")
# As the driver gives them: nothing is made of what is only opened and let go.
_SEALS = tuple(type_coerce(seal, NullType) for seal in (Incident.narrative, Incident.summary))
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]+")


class Step(Protocol):
    """What a job gives to whom it runs."""

    work: Work

    @property
    def input(self) -> Any: ...
    def chunk(self, done: int, total: int) -> None: ...


def folded(text: str) -> str:
    """Without case and accents: as it is compared."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())


def terms(words: str) -> list[str]:
    """What each text must hold, folded: every word, and what stands in quotes as it stands there."""
    found = [folded(quoted or word) for quoted, word in re.findall(r'"([^"]+)"|([^\s"]+)', words)]
    return list(dict.fromkeys(" ".join(each.split()) for each in found if each.strip()))


def check(words: str) -> None:
    """Refuse what would find everything, or is no search."""
    wanted = terms(words)
    if not wanted or max(map(len, wanted)) < SHORTEST:
        raise InvalidInput({"words": [_("Write at least one word of two letters.")]})
    if len(words) > LONGEST:
        raise InvalidInput({"words": [_("Write no more than 200 letters.")]})


def finder(wanted: Sequence[str]) -> Callable[[str], bool]:
    """Says whether a text holds all of these."""

    def holds(text: str) -> bool:
        whole = " ".join(folded(text).split())
        return all(term in whole for term in wanted)

    return holds


def sieve(wanted: Sequence[str]) -> Callable[[bytes], bool]:
    """Says of sealed JSON whether a text in it may hold all of these; most do not, and are let go unread.

    Never no to what `finder` says yes to: every plain letter of a text is looked at, in its order. What stands in JSON
    otherwise than in the text is not asked about.
    """
    words = {word for term in wanted for word in term.split() if word.isascii() and word.isprintable()}
    plain = [word.encode() for word in sorted(words, key=len, reverse=True) if not {'"', "\\"} & set(word)]

    def may(json: bytes) -> bool:
        bare = _bare(json)
        return bare is None or all(map(bare.__contains__, plain))

    return may


def _bare(json: bytes) -> bytes | None:
    """The plain letters, folded; none where halves of a letter are written out.

    Spanish and Creole are ASCII and what C3 begins, each of it one letter with an accent: folded as it lies there.
    """
    if b"\\u" in json:
        return None
    if json.isascii():
        return json.lower()
    bare = json.translate(_PLAIN, b"\xc3")
    if _APART in bare or (_SIGN in bare and _SIGNS.search(json)):
        return _plain(json.decode())
    return bare


def _plain(text: str) -> bytes:
    """Of a folded text what is plain: only the sharp s becomes it by casefolding, all else by being taken apart."""
    apart = unicodedata.normalize("NFKD", text.replace("\u00df", "ss").replace("\u1e9e", "ss"))
    return apart.encode("ascii", "ignore").lower()


# No JSON holds these three otherwise. A sign (C2 begins it) is looked at where it becomes a letter or a number: ª, ½.
_APART, _SIGN, _NO_LETTER = b"\0", b"\1", b"\2"
_SIGNS = re.compile(b"\xc2[\xaa\xb2\xb3\xb9\xba\xbc-\xbe]")


def _folded_byte(byte: int) -> bytes:
    """What a byte of UTF-8 stands for after C3; what begins any other letter says that it must be taken apart."""
    if byte < 0x80:
        return bytes((byte,)).lower()
    if byte >= 0xC0:
        return _SIGN if byte == 0xC2 else _APART
    plain = _plain(chr(byte + 0x40)) or _NO_LETTER
    return plain if len(plain) == 1 else _APART


_PLAIN = b"".join(map(_folded_byte, range(256)))


def run(step: Step) -> dict[str, Any]:
    """The job: `input` holds the words. It may be begun again from its start at any time."""
    step.work.actor.must(Permission.INCIDENT_READ)
    words = step.input["words"]
    wanted = terms(words)
    holds, worth = finder(wanted), sieve(wanted)
    total = step.work.db.scalar(select(func.count(Incident.id)).where(published(Incident.batch_id))) or 0
    newest: list[tuple[Any, UUID]] = []  # of what is found: the day received, and the id
    found = looked = 0
    for rows in _all(step):
        texts = _texts(step.work, rows, worth)
        here = [row.id for row, text in zip(rows, texts, strict=True) if text and holds(text)]
        newest = nlargest(MOST_FOUND, newest + _dated(step.work, here))
        found += len(here)
        looked += len(rows)
        step.chunk(looked, max(total, looked))
    some = [id for _day, id in newest]
    over = kept_all(step.work, some)
    ids = dict.fromkeys(over[id] for id in some)
    step.work.note("narratives.searched", count=looked, found=found)
    return {"words": words, "looked": looked, "found": found, "ids": [str(id) for id in ids]}


def _all(step: Step) -> Iterator[Sequence[Any]]:
    """Id and texts of every incident, still sealed, as they lie by id; a chunk of them at a time."""
    query = select(Incident.id, *_SEALS).where(each_published()).order_by(Incident.id).limit(CHUNK)
    last = UUID(int=0)
    while rows := step.work.db.execute(query.where(Incident.id > last)).all():
        last = rows[-1].id
        yield rows


def _dated(work: Work, ids: Sequence[UUID]) -> list[tuple[Any, UUID]]:
    query = select(Incident.received_on, Incident.id).where(Incident.id.in_(ids))
    return [(row[0], row[1]) for row in work.db.execute(query)] if ids else []


def _texts(
    work: Work, rows: Sequence[Sequence[Any]], worth: Callable[[bytes], bool] | None = None
) -> Iterator[str]:
    """All that was told in each; what does not open, or is not worth reading, is passed over."""
    for texts in work.scan(Incident, TEXTS, rows, KIND, worth):
        yield "\n".join(text for text in texts if isinstance(text, str)) if any(texts) else ""


def snippets(work: Work, rows: Sequence[Incident], words: str) -> list[tuple[str, str, str]]:
    """Where the words stand in these incidents, or in one that was merged into them: before, the word, after."""
    work.actor.must(Permission.INCIDENT_READ)
    members = {row.id: together(work, [row.id]) for row in rows}
    wanted = {id for ids in members.values() for id in ids}
    every = work.db.execute(select(Incident.id, *_SEALS).where(Incident.id.in_(wanted))).all()
    texts = dict(zip((row.id for row in every), _texts(work, every), strict=True))
    holds = finder(terms(words))
    told = (next((texts[id] for id in members[row.id] if holds(texts[id])), "") for row in rows)
    return [snippet(text, words) for text in told]


def snippet(text: str, words: str) -> tuple[str, str, str]:
    """Where the first of the words stands in a text: what is before it, the word, what is after it."""
    places = [place for term in terms(words) if (place := _place(text, term))]
    start, end = min(places) if places else (0, 0)
    first, last = max(0, start - AROUND), end + AROUND
    before = ("… " if first else "") + text[first:start]
    return before, text[start:end], text[end:last] + (" …" if last < len(text) else "")


def _place(text: str, term: str) -> tuple[int, int] | None:
    """Where a folded term stands in the text as it was written: letter by letter, for folding moves them."""
    letters: list[tuple[str, int]] = []
    for place, letter in enumerate(text):
        for sign in folded(letter):
            if not sign.isspace():
                letters.append((sign, place))
            elif letters and letters[-1][0] != " ":
                letters.append((" ", place))
    whole = "".join(sign for sign, _place in letters)
    at = whole.find(term)
    return None if at < 0 else (letters[at][1], letters[at + len(term) - 1][1] + 1)
