"""In whose name a job runs: its owner's as they are now; of one that a token began, no further than that token."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.errors import NoKey
from incidents.model.account import User
from incidents.model.audit import AuditBlock, AuditEntry
from incidents.model.job import Job
from incidents.model.token import Token
from incidents.work import Actor, House, Work

MANDATE = "job.mandated"  # the trail reads this note: under it a worker's key may sign


def acting(house: House, job: Job, owner: User) -> Actor:
    """Who acts. NoKey where the token ended: its member has to look at it."""
    token = must_be_in_force(house, job)
    if token is None:
        return Actor(owner.id, tuple(owner.roles))
    scope = token.permissions if job.token is None else job.scope or ()
    return Actor(owner.id, tuple(owner.roles), token=token.id, scope=frozenset(scope))


def given(work: Work, job: Job) -> Any:
    """What its owner gave for it: opened for that, whatever else they may open."""
    work.note("input.opened", job, why="job")
    return work.vault.open(job, "input")


def must_be_in_force(house: House, job: Job) -> Token | None:
    """The token that began it, if one did. What it began ends with it; one that only ran out lets it finish."""
    token = begun_by(house.db(), job)
    if token is None:
        if job.token is not None:  # its row is gone
            raise NoKey
    elif token.ended_at is not None:
        raise NoKey
    return token


def begun_by(db: Session, job: Job) -> Token | None:
    """The token that began a job. Of one from before its row said so, whoever signed its first mandate."""
    if job.token is not None:
        return db.get(Token, job.token, populate_existing=True)
    mandates = select(AuditBlock.signer).join(AuditEntry, AuditEntry.block == AuditBlock.number)
    mandates = mandates.where(AuditEntry.about_id == job.id, AuditEntry.event == MANDATE)
    first = mandates.order_by(AuditBlock.number).limit(1).scalar_subquery()
    return db.scalars(
        select(Token).where(Token.kid == first).execution_options(populate_existing=True)
    ).first()
