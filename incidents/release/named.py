"""Whether words that leave name somebody of the record: asked of whoever may open names, when they sign."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from sqlalchemy import LargeBinary, select, type_coerce

from incidents.errors import Problem, _
from incidents.model.account import User
from incidents.model.incident import Perpetrator
from incidents.model.people import Person
from incidents.redaction import finding, known
from incidents.search.names import PARTICLES
from incidents.work import Work, normal_name

WHY = "release"  # why a name is opened, as the trail says it
CHUNK = 5_000  # rows that are read at once
Name = frozenset[str]


class NamesSomebody(Problem):
    """A whole name of the record, or two words of it side by side."""

    status = 409
    code = "names-somebody"
    sentence = _(
        "“%(names)s” in what was typed for the text is the name of somebody in the record. It cannot be signed: "
        "prepare it again without the name."
    )


class WordsLikeNames(Problem):
    """Single words that are also somebody's name: the signer says that they mean nobody."""

    status = 409
    code = "words-like-names"
    sentence = _(
        "These words of what was typed for the text are also names of people in the record: %(words)s. Look at each. "
        "If none of them means one of these people, say so and sign."
    )


def must_name_nobody(work: Work, texts: Iterable[str], *, looked: bool) -> None:
    """Refuse texts that name somebody. `looked`: the signer looked at the single words.

    Problems: NamesSomebody, WordsLikeNames.
    """
    runs = [run for text in texts for run in capitals(text)]
    if not runs:
        return
    wanted = {word for _said, run in runs for word in run}
    names = {name for name in _names(work, wanted) if name & wanted}
    whole = sorted({said for said, run in runs if any(len(name & {*run}) > 1 for name in names)})
    if whole:
        raise NamesSomebody(names="”, “".join(whole))
    alike = sorted(wanted & {word for name in names for word in name})
    if alike and not looked:
        raise WordsLikeNames(words=", ".join(alike))


def capitals(text: str) -> list[tuple[str, Sequence[str]]]:
    """Words with capitals that stand side by side, as they stand there and as they are compared."""
    found: list[tuple[int, int, list[str]]] = []
    for word in finding.words(text):
        if not word.capital or len(word.plain) < known.SHORTEST_NAME:
            continue
        if found and _goes_on(text[found[-1][1] : word.start]):
            found[-1] = (found[-1][0], word.end, [*found[-1][2], word.plain])
        else:
            found.append((word.start, word.end, [word.plain]))
    return [(text[start:end], words) for start, end, words in found]


def _goes_on(between: str) -> bool:
    """Whether nothing but space and “de la” stands between two words of a name."""
    return all(normal_name(word) in PARTICLES for word in between.split())


def _names(work: Work, wanted: set[str]) -> Iterator[Name]:
    """Of everybody in the record, of the alleged doers and of the staff, as compared words."""
    for column in ("name", "other_names"):
        yield from _of_people(work, column, wanted)
    doers = list(work.db.scalars(select(Perpetrator).order_by(Perpetrator.id)))
    for said in work.read_all(doers, "name", WHY):
        yield from map(_compared, _texts(said))
    yield from map(_compared, work.db.scalars(select(User.name)))


def _of_people(work: Work, column: str, wanted: set[str]) -> Iterator[Name]:
    sealed = getattr(Person, column)
    query = select(Person.id, type_coerce(sealed, LargeBinary)).where(sealed.is_not(None))
    query, last = query.order_by(Person.id).limit(CHUNK), UUID(int=0)
    while stored := [tuple(row) for row in work.db.execute(query.where(Person.id > last))]:
        last = UUID(str(stored[-1][0]))
        for (said,) in work.scan(Person, (column,), stored, WHY):
            yield from (name for name in map(_compared, _texts(said)) if name & wanted)


def _compared(name: str) -> Name:
    return frozenset(known.words_of(name))


def _texts(said: object) -> list[str]:
    if isinstance(said, str):
        return [said]
    if isinstance(said, list):
        return [text for inner in said for text in _texts(inner)]
    if isinstance(said, dict):
        return [text for inner in said.values() for text in _texts(inner)]
    return []
