"""Answers that are kept for a day for whoever sends the same request again: what is older goes by itself."""

from datetime import timedelta

from sqlalchemy import delete, select

from incidents.model.base import begin_to_write
from incidents.model.token import Once
from incidents.work import House, keys

KEPT = timedelta(hours=24)


def drop_old(house: House) -> None:
    """The rows, then what lies sealed among the keys; nothing is opened for it."""
    first, db = house.now() - KEPT, house.db()
    old = db.scalar(select(Once.place).where(Once.at <= first).limit(1))
    db.rollback()
    if old is not None:
        begin_to_write(db.connection())
        db.execute(delete(Once).where(Once.at <= first))
        db.commit()
    keys.drop_asides_before(house.keystore, f"once/{first:%Y%m%dT%H%M%S}")
