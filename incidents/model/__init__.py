"""The tables. Nouns only: what a record holds, never what is done with it.

A child knows its parent by foreign key; the parent does not know its children.
"""

from incidents.model import (
    account,
    audit,
    code,
    consent,
    duplicate,
    edit,
    erasure,
    evidence,
    facet,
    follow_up,
    incident,
    job,
    opening,
    people,
    rearrangement,
    release,
    report,
    review,
    saved,
    series,
    sharing,
    talk,
)

__all__ = [
    "account",
    "audit",
    "code",
    "consent",
    "duplicate",
    "edit",
    "erasure",
    "evidence",
    "facet",
    "follow_up",
    "incident",
    "job",
    "opening",
    "people",
    "rearrangement",
    "release",
    "report",
    "review",
    "saved",
    "series",
    "sharing",
    "talk",
]
