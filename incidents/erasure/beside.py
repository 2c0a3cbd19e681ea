"""What stays and may tell of somebody who is erased: found while their name can still be read.

Everything that was written about an incident of theirs is listed, named in it or not: "her sister" names nobody. Of
fields for names, and of what lies elsewhere, only what names them is.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.erasure import elsewhere
from incidents.erasure.called import WHY, Called
from incidents.erasure.reach import Held, Reach, by_compartment, held, rows
from incidents.erasure.texts import Texts
from incidents.errors import TrailBroken
from incidents.model.audit import Revision
from incidents.model.base import Record
from incidents.model.erasure import Answer, Erasure, TextBeside
from incidents.work import Unreadable, Work, rekeying

WAIT = timedelta(days=30)
CHUNK = 5_000  # rows that are read at once


def put_down(
    work: Work,
    erasure: Erasure,
    reach: Reach,
    name: Called,
    *,
    only_named: bool = False,
) -> int:
    """List what stays and may tell of them; how much. What goes with the same erasure is left out."""
    gone = set(erasure.things)
    near = [each for each in held([*rows(work, reach), erasure]) if each.thing not in gone]
    listed = list(_near(work, near, name, only_named=only_named))
    known = {each.place for each in near}
    listed += [(each, True) for each in elsewhere.naming(work, name, known) if each.thing not in gone]
    return _list(work, erasure, listed)


def put_down_closed(work: Work, erasure: Erasure, reach: Reach) -> int:
    """The same without any key: nobody can look whether there is a text, or whom it names."""
    near = held(rows(work, reach))
    gone = set(erasure.things) | _without_keys(work, near)
    return _list(work, erasure, [(each, False) for each in near if each.thing not in gone])


def _list(work: Work, erasure: Erasure, listed: Sequence[tuple[Held, bool]]) -> int:
    for each, named in listed:
        work.add(_beside(work, erasure, each, named=named))
    if listed:
        work.note("texts.listed", erasure, count=len(listed))
    return len(listed)


def _near(work: Work, near: Sequence[Held], name: Called, *, only_named: bool) -> Iterator[tuple[Held, bool]]:
    """Those that are listed, and whether they name them."""
    changed = changed_before(work, near)
    for each, said in zip(near, read(work, near), strict=True):
        named, before = name.in_texts(said), each.place in changed
        if each.naming:
            before = before and _named_before(work, each, name)
            if named or before or said.unread:
                yield each, named
        elif named or ((said.words or said.unread) and (before or not only_named)):
            yield each, named


def _named_before(work: Work, each: Held, name: Called) -> bool:
    """Whether an earlier version of it names them; one that the trail does not know so is taken for it."""
    try:
        earlier = [work.earlier(each.row, version) for version in range(1, each.row.version)]
    except TrailBroken:
        return True
    return any(name.in_texts(said) for row in earlier for said in read(work, [each._replace(row=row)]))


def changed_before(work: Work, texts: Iterable[Held]) -> set[tuple[UUID, str]]:
    """Those of these texts that read otherwise before, and of which that still opens.

    An earlier version may name somebody whom the newest does not.
    """
    known = {each.place: each for each in texts}
    ids, found = list({id for id, _compartment in known}), set[tuple[UUID, str]]()
    over = work.house.keystore.over(each.row.thing_id for each in known.values()) if ids else {}
    for start in range(0, len(ids), CHUNK):
        query = select(Revision).where(Revision.record_id.in_(ids[start : start + CHUNK]))
        for row in work.db.scalars(query):
            for compartment, columns in by_compartment(row.about).items():
                each = known.get((row.record_id, compartment))
                seals = [row.seals[name] for name in columns if row.seals.get(name)]
                ended = over.get((each.row.thing_id, compartment), 0) if each else 0
                if each and any(rekeying.version_of(seal) > ended for seal in seals):
                    found.add(each.place)
    return found


def _without_keys(work: Work, near: Sequence[Held]) -> set[str]:
    """What was erased or written anew since this copy of the data was made: nothing of it opens."""
    held = work.house.keystore.keys({each.row.thing_id for each in near}).keys()
    return {each.thing for each in near if (each.row.thing_id, each.compartment) not in held}


def _beside(work: Work, erasure: Erasure, each: Held, *, named: bool) -> TextBeside:
    return TextBeside(
        erasure_id=erasure.id,
        about=each.row.__tablename__,
        about_id=each.row.id,
        thing_id=each.row.thing_id,
        compartment=each.compartment,
        named=named,
        due_on=work.today + WAIT,
        state=Answer.WAITING,
    )


# -- what they say


def read(work: Work, near: Sequence[Held]) -> list[Texts]:
    """The texts of each. One that does not open has to be answered for too, unless it is gone."""
    said = {each.place: Texts() for each in near}
    for kind, columns in dict.fromkeys((type(each.row), each.columns) for each in near):
        some = [each for each in near if (type(each.row), each.columns) == (kind, columns)]
        for column in columns:
            values = work.read_all([each.row for each in some], column, WHY)
            for each, value in zip(some, values, strict=True):
                add(said[each.place], each.row, column, value)
    return [said[each.place] for each in near]


def add(said: Texts, row: Record, column: str, value: Any) -> None:
    """What one column says, or why it does not open."""
    if isinstance(value, Unreadable):
        said.unread = value.why if value.why != "erased" else said.unread
    elif value is not None:
        said.add(row.__tablename__, column, value)
