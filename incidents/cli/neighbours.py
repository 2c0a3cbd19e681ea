"""What others told and brought of somebody who is erased: put there first, answered for afterwards, then looked for."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from PIL import Image

from incidents import erasure, evidence, search
from incidents.intake import report, schema
from incidents.model.erasure import TextBeside
from incidents.work import House, Work

if TYPE_CHECKING:
    from incidents.cli.demo import Team

DECISION = "She can be recognised in it; two of us agreed (invented)."
SOMEBODY = "una compañera"
Line = tuple[str, str, str]


@dataclass(frozen=True)
class Neighbours:
    """A picture that shows them, and a report of somebody else that calls them by their name."""

    picture: UUID
    pieces: tuple[bytes, ...]  # the sealed bytes of the picture, as they lie in the store
    name: str


@dataclass(frozen=True)
class Answered:
    """What was listed beside the erasure, and what became of it."""

    listed: int
    named: int
    rewritten: tuple[UUID, ...]


def bring(team: "Team", house: House, person: UUID, name: str) -> Neighbours:
    told = {
        "narrative": f"{name} estaba conmigo y se lo contó a su hermana.",
        "persons": [{"key": "p1", "kind": "individual", "teller": True, "consent": _agreed()}],
        "acts": [{"key": "a1", "type": "KID", "status": "C"}],
    }
    with team.work("Altair") as work:
        report.send(work, schema.load(told), "page")
    with team.work("Encina") as work:
        found, incidents = search.person(work, person)
        data = _picture()
        given = {"name": "IMG_0412.jpg", "origin": "given", "size": len(data)}
        picture = evidence.keep(work, incidents[0], given, io.BytesIO(data))
        evidence.name_people(work, picture, [found.id], [found.id])
    pieces = tuple(path.read_bytes() for path in files(house, picture.id))
    return Neighbours(picture.id, pieces, name)


def _agreed() -> dict[str, object]:
    return {"method": "spoken", "language": "es", "decisions": {"REC": "given"}}


def _picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def files(house: House, picture: UUID) -> list[Path]:
    folder = house.node_key.parent / "evidence" / str(picture)
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def answer(team: "Team", house: House, near: Neighbours) -> Answered:
    """The picture is erased; of the texts, those that name them are written anew, nothing of them is in the others."""
    with team.work("Ceiba") as work:
        erasure.erase_evidence(work, evidence.one(work, near.picture), DECISION)
    erasure.finish(house)
    with team.work("Encina") as work:
        shown = erasure.show(work, erasure.waiting(work))
        named = [each for each in shown if any(near.name in text for text in each.said.values())]
        for each in shown:
            if each in named:
                said = {place: text.replace(near.name, SOMEBODY) for place, text in each.said.items()}
                erasure.rewrite(work, each.row, said)
            else:
                erasure.say_nothing(work, each.row)
    erasure.finish(house)
    return Answered(len(shown), len(named), tuple(each.row.id for each in named))


def found(team: "Team", house: House, near: Neighbours, answered: Answered) -> Iterator[Line]:
    who = "who was erased"
    left = [content for content in _contents(house) for piece in near.pieces if piece in content]
    yield who, "their picture in the evidence store", "STILL THERE" if left else "nothing of it"
    yield (
        who,
        "texts of others",
        f"{answered.listed} listed, {answered.named} named them and were written anew",
    )
    with team.work("Encina") as work:
        yield who, "texts that wait for an answer", str(len(erasure.waiting(work)))
        yield who, "what those texts say now", _say(work, answered.rewritten, near.name)
        yield who, "keys of what they said before", _keys(work, answered.rewritten)


def _contents(house: House) -> Iterator[bytes]:
    """Every file of the instance."""
    for path in sorted(house.node_key.parent.rglob("*")):
        if path.is_file():
            yield path.read_bytes()


def _say(work: Work, rows: Sequence[UUID], name: str) -> str:
    shown = erasure.show(work, [work.get(TextBeside, id) for id in rows])
    if any(name in text for each in shown for text in each.said.values()):
        return "THEIR NAME"
    return "nothing of their name" if all(each.said for each in shown) else "NOT TO BE READ"


def _keys(work: Work, rows: Sequence[UUID]) -> str:
    texts = [work.get(TextBeside, id) for id in rows]
    over = work.house.keystore.over(each.thing_id for each in texts)
    gone = all((each.thing_id, each.compartment) in over for each in texts)
    return "destroyed" if gone and not erasure.unfinished(work) else "STILL THERE"
