"""Comments among reviewers on an incident or one of its acts. Whom one calls by name finds it on their first page."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from incidents.errors import InvalidInput, NotFound, _
from incidents.model.account import User
from incidents.model.audit import RecordDigest
from incidents.model.incident import Act, Incident
from incidents.model.talk import Comment, Mention
from incidents.model.vocabulary import AccountState
from incidents.search import together
from incidents.work import Actor, Permission, Work, normal_name

LONGEST = 20_000  # characters
EMPTY = _("Please fill this in.")
TOO_LONG = _("This is too long.")
MANY = 100


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
    for user in called:
        work.add(Mention(comment_id=row.id, member_id=user.id, seen_on=None))
    work.note("comment.made", row, people=len(called))
    return row


def readers(work: Work) -> list[User]:
    """Members who may read an incident: nobody else can be called."""
    users = work.db.scalars(select(User).where(User.state == AccountState.ACTIVE).order_by(User.sign_in))
    return [user for user in users if Actor(user.id, tuple(user.roles)).may(Permission.INCIDENT_READ)]


def mentioned(words: str, users: Sequence[User]) -> list[User]:
    """Whom a text calls: by the whole name, or the first word of it where only one of them has that."""
    whole = [_words(user.name) for user in users]
    first = [name[:1] for name in whole]
    short = {name: user for name, user in zip(first, users, strict=True) if first.count(name) == 1}
    names = {**short, **dict(zip(whole, users, strict=True))}
    found: dict[UUID, User] = {}
    for called in re.split(r"(?<!\w)@", words)[1:]:
        said = _words(called[:200])
        fits = [name for name in names if name and said[: len(name)] == name]
        if fits:
            user = names[max(fits, key=len)]
            found[user.id] = user
    return list(found.values())


def _words(text: str) -> tuple[str, ...]:
    """Each as names are compared; what stands between words ends a name."""
    return tuple(normal_name(each) or each for each in re.sub(r"[^\w\s'-]", " \N{BULLET} ", text).split())


def comments(work: Work, incident: Incident, act: UUID | None = None) -> list[tuple[Comment, Any]]:
    """What was said about an incident and what was merged into it, the latest last; of one act: about it alone."""
    work.actor.must(Permission.INCIDENT_READ)
    query = select(Comment).join(RecordDigest, RecordDigest.record_id == Comment.id)
    query = query.where(Comment.incident_id.in_(together(work, [incident.id])), RecordDigest.version == 1)
    if act is not None:
        query = query.where(Comment.act_id == act)
    rows = list(work.db.scalars(query.order_by(RecordDigest.block, RecordDigest.position)))
    work.vouched(rows)
    return list(zip(rows, work.read_all(rows, "words"), strict=True))


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
