"""Comments among reviewers on an incident or one of its acts. Whom one calls by name finds it on their first page."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from incidents.errors import InvalidInput, NotFound, _
from incidents.intake import succeeding
from incidents.model.account import User
from incidents.model.audit import RecordDigest, first_digest
from incidents.model.incident import Act, Incident
from incidents.model.talk import Comment, Mention
from incidents.model.vocabulary import AccountState
from incidents.search import together
from incidents.work import Actor, Permission, Unreadable, Work, normal_name

LONGEST = 20_000  # characters
EMPTY = _("Please fill this in.")
TOO_LONG = _("This is too long.")
MANY = 100
NAME = 40  # characters of what stands after @, where it is nobody's


@dataclass(frozen=True)
class Calls:
    """Whom a comment calls, and what after an @ is the name of nobody, or of several, who may be called."""

    users: Sequence[User]
    nobody: Sequence[str] = ()
    several: Sequence[str] = ()


def comment(work: Work, incident: Incident, words: str, act: Act | None = None) -> Comment:
    """Say something to the other reviewers; `@name` calls one of them."""
    work.actor.must(Permission.REVIEW_DECIDE)
    said = words.strip()
    if not said or len(said) > LONGEST:
        raise InvalidInput({"comment": [TOO_LONG if said else EMPTY]})
    if act is not None and act.incident_id not in together(work, [incident.id]):
        raise NotFound
    row = Comment(
        incident_id=incident.id, act_id=act.id if act else None, said_by=work.actor.id, said_on=work.today
    )
    work.seal(row, words=said)
    work.add(row)
    called = mentioned(said, readers(work))
    for user in called.users:
        work.add(Mention(comment_id=row.id, member_id=user.id, seen_on=None))
    work.note("comment.made", row, people=len(called.users))
    return row


def readers(work: Work) -> list[User]:
    """Members who may read an incident: nobody else can be called."""
    users = work.db.scalars(select(User).where(User.state == AccountState.ACTIVE).order_by(User.sign_in))
    return [user for user in users if Actor(user.id, tuple(user.roles)).may(Permission.INCIDENT_READ)]


def mentioned(words: str, users: Sequence[User]) -> Calls:
    """Whom a text calls: by the whole name, or the first word of it where only one of them has that."""
    names: dict[tuple[str, ...], list[User]] = {}
    for user in users:
        own = _words(user.name)
        for name in {own, own[:1]} - {()}:
            names.setdefault(name, []).append(user)
    found: dict[UUID, User] = {}
    nobody, several = [], []
    for called in re.split(r"(?<!\w)@(?=\w)", words)[1:]:
        said, first = _words(called[:200]), re.split(r"[^\w'-]", called, maxsplit=1)[0][:NAME]
        fits = max((name for name in names if said[: len(name)] == name), key=len, default=())
        whole = [user for user in names.get(fits, []) if _words(user.name) == fits]
        meant = whole or names.get(fits, [])
        if not meant:
            nobody.append(first)
        elif len(meant) > 1 and not whole:
            several.append(first)  # a first name: the whole one says who
        else:
            found |= {user.id: user for user in meant}  # two of one name: both
    return Calls(list(found.values()), nobody, several)


def calls(work: Work, said: Sequence[tuple[Comment, Any]]) -> dict[UUID, Calls]:
    """Of each of these comments, whom it called when it was made, and which names were nobody's."""
    work.actor.must(Permission.INCIDENT_READ)
    query = select(Mention, User).join(User, Mention.member_id == User.id)
    query = query.where(Mention.comment_id.in_([row.id for row, _words in said]))
    members: dict[UUID, list[User]] = {}
    rows = work.db.execute(query.order_by(User.sign_in)).all()
    work.vouched([mention for mention, _user in rows])
    for mention, user in rows:
        members.setdefault(mention.comment_id, []).append(user)
    now = readers(work)
    found = {}
    for row, words in said:
        called = members.get(row.id, [])
        others = [user for user in now if user not in called]
        heard = mentioned("" if isinstance(words, Unreadable) else words, [*called, *others])
        found[row.id] = Calls(called, heard.nobody, heard.several)
    return found


def _words(text: str) -> tuple[str, ...]:
    """Each as names are compared; what stands between words ends a name."""
    return tuple(normal_name(each) or each for each in re.sub(r"[^\w\s'-]", " \N{BULLET} ", text).split())


def comments(work: Work, incident: Incident, act: UUID | None = None) -> list[tuple[Comment, Any]]:
    """What was said about an incident and what was merged into it, the latest last; of one act: about it, or the whole.

    An act that stands here since another incident was split brought along what was said about it there.
    """
    work.actor.must(Permission.INCIDENT_READ)
    ids = together(work, [incident.id])
    query = select(Comment).join(RecordDigest, first_digest(Comment))
    query = query.where(_about(work, ids, act))
    rows = list(work.db.scalars(query.order_by(RecordDigest.block, RecordDigest.position)))
    work.vouched(rows)
    return list(zip(rows, work.read_all(rows, "words"), strict=True))


def _about(work: Work, ids: Collection[UUID], act: UUID | None) -> Any:
    here = Comment.incident_id.in_(ids)
    if act is not None:
        return (here & Comment.act_id.is_(None)) | Comment.act_id.in_(succeeding.stood_for(work, [act]))
    acts = work.db.scalars(select(Act.id).where(Act.incident_id.in_(ids), Act.left_on.is_(None)))
    return here | Comment.act_id.in_(succeeding.stood_for(work, acts))


def unseen(work: Work) -> list[tuple[Mention, Comment, Incident]]:
    """The comments that call me and that I have not seen, the newest first."""
    work.actor.must(Permission.INCIDENT_READ)
    query = select(Mention, Comment, Incident).join(Comment, Mention.comment_id == Comment.id)
    query = query.join(Incident, Comment.incident_id == Incident.id).where(*_for_me(work))
    rows = work.db.execute(query.order_by(Comment.said_on.desc(), Comment.id).limit(MANY))
    return [(mention, said, incident) for mention, said, incident in rows]


def unseen_count(work: Work) -> int:
    work.actor.must(Permission.INCIDENT_READ)
    return work.db.scalar(select(func.count()).select_from(Mention).where(*_for_me(work))) or 0


def see(work: Work, said: Iterable[Comment]) -> int:
    """What calls me among these was on my screen; how much."""
    here = Mention.comment_id.in_([row.id for row in said])
    mine = list(work.db.scalars(select(Mention).where(here, *_for_me(work))))
    for mention in mine:
        mention.seen_on = work.today
        work.note("mention.seen", mention)
    return len(mine)


def _for_me(work: Work) -> tuple[Any, ...]:
    return Mention.member_id == work.actor.id, Mention.seen_on.is_(None)
