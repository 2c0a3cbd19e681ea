"""What people do with a package: prepare it, sign it as somebody else, hand it over, recall it.

Its content is read anew at each of these moments, so that consents are asked each time, and compared with what was
prepared: what was signed is what leaves, or nothing does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select

from incidents import evidence
from incidents.errors import (
    ConsentChanged,
    ConsentMissing,
    InvalidInput,
    MoveNotAllowed,
    ReasonsNeeded,
    SecondPersonNeeded,
    _,
    must_be_declared,
)
from incidents.intake.report import reference
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement
from incidents.model.sharing import SharedPerson, Sharing
from incidents.model.vocabulary import ReleaseState
from incidents.search import kept, together
from incidents.sharing import packing
from incidents.sharing.choice import Choice, check
from incidents.sharing.content import Content, read
from incidents.work import Permission, Work

SHORTEST_REASON = 12  # characters: a sentence, not a nod

STAYS = _("One of the chosen pieces of evidence may not go. Beside each stands what speaks against it.")


class PackageChanged(ConsentChanged):
    code = "package-changed"
    sentence = _(
        "Since this package was prepared, a consent behind it ended or a record in it changed. Prepare it again: "
        "it then holds what may leave today."
    )


def prepare(work: Work, choice: Choice) -> Sharing:
    """Choose what goes to whom, for somebody else to sign. Names are read to know what would leave: asks freshly."""
    work.actor.must(Permission.SHARING_PREPARE)
    work.must_be_fresh()
    check(choice)
    packing.recipient(choice.key)
    work.must_be_whole()  # a row taken away or altered behind the program must let nothing out
    content = read(work, choice)
    if not content.incidents:
        raise ConsentMissing
    if content.refused:
        raise InvalidInput({"evidence": [STAYS]})
    sharing = Sharing(
        reference=reference("S"),
        state=ReleaseState.PREPARED,
        purpose=choice.purpose,
        prepared_by=work.actor.id,
        prepared_on=work.today,
        downloads=0,
    )
    work.seal(sharing, choice=choice.as_document(), promised=_promised(content))
    work.add(sharing)
    for hashed in sorted(_keyed(work, id) for id in content.people.keys() | content.beside):
        work.add(SharedPerson(sharing_id=sharing.id, person=hashed))
    work.note("sharing.prepared", sharing, purpose=choice.purpose.value, **_counted(content))
    return sharing


def _counted(content: Content) -> dict[str, int]:
    return {"persons": len(content.people), "evidence": len(content.pieces)}


def _promised(content: Content) -> dict[str, Any]:
    return {
        "digest": packing.digest(content),
        "said": content.said,
        "withheld": dict(sorted(content.withheld.items())),
        "permits": [
            {"person": str(id), "kind": permit.kind, "id": str(permit.id)}
            for id, permit in sorted(content.people.items())
        ],
    }


def _keyed(work: Work, person: UUID) -> bytes:
    return work.vault.keyed("shared/person", person)


def sign(work: Work, sharing: Sharing, *, declared: bool) -> None:
    """The second person's signature. `declared`: that they looked at what goes out."""
    work.actor.must(Permission.SHARING_SIGN)
    if sharing.state != ReleaseState.PREPARED:
        raise MoveNotAllowed
    if work.actor.id == sharing.prepared_by:
        raise SecondPersonNeeded
    must_be_declared(declared)
    work.must_be_fresh()
    _as_promised(work, sharing)
    sharing.signed_by, sharing.signed_on = work.actor.id, work.today
    sharing.state = ReleaseState.SIGNED
    work.note("sharing.signed", sharing)


def download(work: Work, sharing: Sharing) -> BinaryIO:
    """The package under the recipient's key, to be read and closed. Noted before its first byte."""
    work.actor.must(Permission.SHARING_PREPARE)
    work.must_be_fresh()
    if sharing.state != ReleaseState.SIGNED:
        raise MoveNotAllowed
    choice, content = _as_promised(work, sharing)
    copies = _copies(work, sharing, choice, content)
    sharing.downloads += 1
    work.note("sharing.downloaded", sharing, **_counted(content))
    files = packing.files(sharing.reference, sharing.prepared_on.isoformat(), choice, content)
    return packing.closed(files, copies, choice.key, work.house.node_key.parent)


def _copies(work: Work, sharing: Sharing, choice: Choice, content: Content) -> dict[str, packing.Chunks]:
    """The working copies of a package by their file. Each chain of custody says in which package, and to whom."""
    found = evidence.leaving(
        work,
        choice.evidence,
        choice.purpose,
        to=choice.recipient,
        package=sharing.reference,
        bare=choice.evidence,
    )
    copies = {each.evidence_id: each for each in found.copies}
    if found.refused or any(copies[id].sha256 != piece.sha256 for id, piece in content.pieces.items()):
        raise PackageChanged
    return {piece.file: copies[id].content for id, piece in content.pieces.items()}


def _as_promised(work: Work, sharing: Sharing) -> tuple[Choice, Content]:
    """What may go today, where it is what was prepared."""
    work.must_be_whole()
    choice = Choice.of(work.read(sharing, "choice"))
    content, promised = read(work, choice), work.read(sharing, "promised")
    if content.refused or packing.digest(content) != promised["digest"] or _whose(content) != _who(promised):
        raise PackageChanged
    return choice, content


def _whose(content: Content) -> tuple[list[str], set[str]]:
    """Which incidents go, and who is in them: two that tell the same say the same words, and are not each other."""
    return [each["incident"] for each in content.said], {str(id) for id in content.people}


def _who(promised: Mapping[str, Any]) -> tuple[list[str], set[str]]:
    return [each["incident"] for each in promised["said"]], {each["person"] for each in promised["permits"]}


def recall(work: Work, sharing: Sharing, reason: str) -> None:
    """It goes out no more; whoever has it is told by people."""
    work.actor.must(Permission.SHARING_PREPARE)
    if len(reason.strip()) < SHORTEST_REASON:
        raise InvalidInput({"reasons": [ReasonsNeeded.sentence]})
    if sharing.state == ReleaseState.RECALLED:
        raise MoveNotAllowed
    if sharing.state == ReleaseState.SIGNED:
        work.actor.must(Permission.SHARING_SIGN)
    sharing.state, sharing.recalled_on = ReleaseState.RECALLED, work.today
    work.stop(sharing)
    work.seal(sharing, recalled_why=reason.strip())
    work.note("sharing.recalled", sharing)


# -- read


def listed(work: Work) -> list[tuple[Sharing, Any]]:
    """Every package, the newest first, with what was chosen."""
    work.actor.must(Permission.SHARING_PREPARE)
    rows = list(work.db.scalars(select(Sharing).order_by(Sharing.prepared_on.desc(), Sharing.id)))
    return list(zip(rows, work.read_all(rows, "choice"), strict=True))


def one(work: Work, id: UUID) -> tuple[Sharing, dict[str, Any], dict[str, Any]]:
    """One package, what was chosen, and what was promised: counts, and who by number."""
    work.actor.must(Permission.SHARING_PREPARE)
    found = work.get(Sharing, id)
    return found, work.read(found, "choice"), work.read(found, "promised")


def waiting(work: Work) -> Sequence[Sharing]:
    """Packages that this coordinator may sign."""
    work.actor.must(Permission.SHARING_SIGN)
    return work.db.scalars(
        select(Sharing).where(Sharing.state == ReleaseState.PREPARED, Sharing.prepared_by != work.actor.id)
    ).all()


def holding(work: Work, person: Person) -> list[Sharing]:
    """Every package that was handed over and held this person, in any of their records."""
    kind = Arrangement.SAME_PERSON
    records = together(work, [kept(work, person.id, kind)], kind)
    hashed = [_keyed(work, id) for id in records]
    query = (
        select(Sharing)
        .join(SharedPerson, SharedPerson.sharing_id == Sharing.id)
        .where(SharedPerson.person.in_(hashed), Sharing.downloads > 0)
    )
    return list(work.db.scalars(query.distinct()))
