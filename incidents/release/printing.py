"""Who is printed: whoever can be recognized in a quote or a case that went out is known to every reader.

They hide nobody: a row of theirs in a protected file would count for a class whose readers know which row it is.
"""

from uuid import UUID

from sqlalchemy import or_, select

from incidents.model.people import Person
from incidents.model.release import Release, ReleasedQuote, ReleasedRow
from incidents.model.vocabulary import ReleaseState
from incidents.release.opening import Joined
from incidents.work import Work

PRINTED = "printed"  # why a row stays out
PERSON = "released/person"  # what the hashes are of


def people(work: Work, joined: Joined) -> frozenset[UUID]:
    """Whoever is printed, as they are counted."""
    hashes = _hashes(work)
    if not hashes:
        return frozenset()
    ids = work.db.scalars(select(Person.id))
    return frozenset(joined.person(id) for id in ids if work.vault.keyed(PERSON, id) in hashes)


def among(work: Work, release: Release, joined: Joined) -> int:
    """How many rows of a release that went out are of somebody who is printed."""
    found = people(work, joined)
    if not found:
        return 0
    ids = work.db.scalars(select(Person.id))
    hashes = {work.vault.keyed(PERSON, id) for id in ids if joined.person(id) in found}
    query = select(ReleasedRow.person).where(
        ReleasedRow.release_id == release.id, ReleasedRow.whose.is_not(None)
    )
    return sum(1 for person in work.db.scalars(query) if person in hashes)


def _hashes(work: Work) -> set[bytes]:
    """Of what is signed, and of what was recalled after somebody had taken it: that stays out."""
    recalled = (Release.state == ReleaseState.RECALLED) & (Release.downloads > 0)
    query = (
        select(ReleasedQuote)
        .join(Release, Release.id == ReleasedQuote.release_id)
        .where(or_(Release.state == ReleaseState.SIGNED, recalled), ReleasedQuote.person.is_not(None))
    )
    rows = list(work.db.scalars(query))
    work.vouched(rows)
    said = zip(rows, work.read_all(rows, "facts"), strict=True)
    return {row.person for row, facts in said if row.person and facts.get("how") == "recognized"}
