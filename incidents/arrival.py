"""What happens when somebody signs in: work that waited for their keys goes on."""

from incidents import accounts, jobs, members
from incidents.model.account import User
from incidents.model.vocabulary import AccountState, Role
from incidents.work import House, Ring, begin, checkpoints


def arrive(house: House, user: User, ring: Ring) -> None:
    """Finish removals that were cut, sign a checkpoint when one is due, lend keys to jobs that wait."""
    if user.state != AccountState.ACTIVE:
        return
    if user.holds(Role.COORDINATOR):
        members.finish_removals(house, ring, user.id)
        checkpoints.sign_if_due(house.db(), ring.own, house.now(), house.checkpoints)
        house.db().rollback()
    with begin(house, accounts.actor_of(user), ring) as work:
        jobs.lend_again(work)
