"""Persons to compare: invented, of a few fields."""

from uuid import uuid4

from incidents.intake.duplicates.traits import traits


def one(facts=None, **identity):
    return traits(uuid4(), identity, facts or {})


def people_of(town):
    return [each.traits() for each in town.people]
