"""Who somebody is to a record: one person or a group, and whether they told us. It stands in clear, beside the facts.

Consent is judged by both, so an edit of them sends every act of the incident back: somebody else than the editor looks
at it before a row may leave. A yes that was said for a group is none of one person, and ends with the edit.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from incidents import consent
from incidents.errors import InvalidInput
from incidents.intake.schema import NOT_A_CODE
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.vocabulary import PersonKind
from incidents.search import kept, together
from incidents.work import Work

CLEAR = ("kind", "teller")
NOT_OF = {
    PersonKind.GROUP: ("age", "age_band", "birth_year", "gender"),
    PersonKind.INDIVIDUAL: ("group_size",),
}


def of(record: object) -> dict[str, Any]:
    """What stands in clear beside the facts of a person; of any other record nothing."""
    return {"kind": record.kind.value, "teller": record.teller} if isinstance(record, Person) else {}


def checked(record: object, said: Mapping[str, Any]) -> dict[str, Any]:
    """As it stands, with what is said of it; what is not said stays."""
    now = of(record)
    found = now | {name: said[name] for name in now if name in said}
    if now and found["kind"] not in set(PersonKind):
        raise InvalidInput({"kind": [NOT_A_CODE]})
    return found | ({"teller": bool(found["teller"])} if now else {})


def fitting(record: object, said: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that such a one can have: where a person becomes a group the age goes, and the other way the size."""
    changed = isinstance(record, Person) and said["kind"] != record.kind
    gone = NOT_OF[PersonKind(said["kind"])] if changed else ()
    return {name: value for name, value in facts.items() if name not in gone}


def put(work: Work, person: Person, said: Mapping[str, Any]) -> None:
    """From now on they are that. A yes that was said for a group becomes none of theirs: they are asked anew."""
    kind = PersonKind(said["kind"])
    if person.kind == PersonKind.GROUP != kind and (purposes := consent.said_for_a_group(work, person)):
        consent.invalidate(work, person, purposes)
    if kind != person.kind:
        person.kind = kind
    if said["teller"] != person.teller:
        person.teller = said["teller"]


def acts_of(work: Work, incidents: list[Incident]) -> list[Act]:
    """Every act of these incidents: who told of one of them gates the others too."""
    ids = together(work, [kept(work, each.id) for each in incidents])
    return list(work.db.scalars(select(Act).where(Act.incident_id.in_(ids))))
