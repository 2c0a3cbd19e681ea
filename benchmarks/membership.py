"""Removing a member: grants go, the compartment gets a new seed, its data keys are rewrapped; cut once on the way."""

import time
from uuid import uuid4

from benchmarks.figures import Figure, peak_mb
from benchmarks.house import instance
from incidents.model.vocabulary import Role
from incidents.work import Compartment, Vault, rotation

A_MILLION_IN = 60  # seconds
CHUNK = 5000
FACTS = Compartment.FACTS


class Cut(Exception):
    """The process ends here."""


def run(sizes):
    with instance() as place, place.app.app_context():
        store = place.house.keystore
        _actor, ring = place.signed_in(Role.COORDINATOR)
        made = _keys(store, ring, sizes.keys)
        gone = place.signed_in(Role.ANALYST)[0].id
        begun = time.perf_counter()
        rotation.remove(store, ring, gone)
        shut = time.perf_counter() - begun
        before = _cut(store, ring, sizes.keys // 2)
        if rotation.pending(store) != [FACTS]:
            raise RuntimeError("a rewrapping that was cut is not known as such")
        after = rotation.rewrap(store, ring, FACTS)
        seconds = time.perf_counter() - begun
        if before + after != made or rotation.pending(store):
            raise RuntimeError("not every key was rewrapped once")
    return [
        Figure(f"removal of a member, {made:,} data keys, cut and resumed", seconds * 1e6 / made, "s for a million",
            A_MILLION_IN, least=False, said=f"{seconds:.1f} s, {peak_mb():.0f} MB"),
        Figure("until the door is shut", shut * 1000, "ms"),
    ]  # fmt: skip


def _keys(store, ring, wanted):
    """So many data keys of the facts compartment, the house's own first one included."""
    for start in range(0, wanted, CHUNK):
        vault = Vault(store, ring)
        for _number in range(min(CHUNK, wanted - start)):
            vault.mint(uuid4(), FACTS)
        vault.flush()
    return wanted + 1


def _cut(store, ring, at):
    """Rewrap until so many are done, then end without a word; how many were done."""
    done = []

    def told(count):
        done.append(count)
        if count >= at:
            raise Cut

    try:
        rotation.rewrap(store, ring, FACTS, told)
    except Cut:
        return done[-1]
    return done[-1] if done else 0
