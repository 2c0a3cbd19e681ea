"""In whose name a job runs: its owner's as they are now; of one that a token began, no further than that token."""

from typing import Any

from sqlalchemy import select

from incidents.errors import NoKey
from incidents.model.account import User
from incidents.model.job import Job
from incidents.model.token import Token
from incidents.work import Actor, House, Work


def acting(house: House, job: Job, owner: User) -> Actor:
    """Who acts. NoKey where the token ended: its member has to look at it."""
    must_be_in_force(house, job)
    scope = None if job.token is None else frozenset(job.scope or ())
    return Actor(owner.id, tuple(owner.roles), token=job.token, scope=scope)


def given(work: Work, job: Job) -> Any:
    """What its owner gave for it: opened for that, whatever else they may open."""
    work.note("input.opened", job, why="job")
    return work.vault.open(job, "input")


def must_be_in_force(house: House, job: Job) -> None:
    """What a token began ends with it; one that only ran out meanwhile lets it come to its end."""
    if job.token is not None:
        going = select(Token.id).where(Token.id == job.token, Token.ended_at.is_(None))
        if house.db().scalar(going) is None:
            raise NoKey
