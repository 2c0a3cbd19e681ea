"""Long work: a job's row is the truth about it.

A row says who wants what done, how far it is, and what came of it. `asking` is what its
owner does: start, look, cancel. `owning` says in whose name. `running` is what a process does that carries it out.
Both know a registry, not what stands in it: `app` fills it.
"""

from incidents.jobs.answers import KEPT
from incidents.jobs.asking import (
    FINAL,
    Kind,
    cancel,
    cancel_all,
    go,
    going,
    lend_again,
    one,
    own,
    propose,
    register,
    registry,
    result,
    start,
)
from incidents.jobs.lasting import Told, beside
from incidents.jobs.owning import MANDATE
from incidents.jobs.running import (
    LEASE,
    REFUSED,
    Cancelled,
    Lost,
    Step,
    Stopped,
    run_here,
    run_waiting,
    tidy,
    work_forever,
)

__all__ = [
    "FINAL",
    "KEPT",
    "LEASE",
    "MANDATE",
    "REFUSED",
    "Cancelled",
    "Kind",
    "Lost",
    "Step",
    "Stopped",
    "Told",
    "beside",
    "cancel",
    "cancel_all",
    "go",
    "going",
    "lend_again",
    "one",
    "own",
    "propose",
    "register",
    "registry",
    "result",
    "run_here",
    "run_waiting",
    "start",
    "tidy",
    "work_forever",
]
