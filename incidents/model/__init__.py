"""The tables. Nouns only: what a record holds, never what is done with it.

A child knows its parent by foreign key; the parent does not know its children.
"""

from incidents.model import account, audit, consent, erasure, incident, job, people, release, report, review

__all__ = [
    "account",
    "audit",
    "consent",
    "erasure",
    "incident",
    "job",
    "people",
    "release",
    "report",
    "review",
]
