"""What somebody asks to hand over, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from incidents.errors import InvalidInput, _
from incidents.evidence import SHOWS
from incidents.model.people import IDENTITY_FIELDS
from incidents.model.vocabulary import Purpose

PURPOSES = (Purpose.LEGAL, Purpose.UN, Purpose.PARTNER, Purpose.SERVICES, Purpose.AUTHORITIES)
MOST = 100  # incidents in one package, and pieces of evidence


@dataclass(frozen=True)
class Choice:
    """What somebody asked to hand over, and to whom."""

    purpose: Purpose
    recipient: str
    key: str  # the recipient's age public key
    checked: str  # how it was made sure that the key is theirs
    incidents: tuple[UUID, ...]
    fields: tuple[str, ...] = ()  # of identity
    account: bool = False
    evidence: Mapping[UUID, tuple[str, ...]] = field(
        default_factory=dict
    )  # what somebody found not shown in it

    def as_document(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose.value,
            "recipient": self.recipient,
            "key": self.key,
            "checked": self.checked,
            "incidents": [str(id) for id in self.incidents],
            "fields": list(self.fields),
            "account": self.account,
            "evidence": {str(id): list(bare) for id, bare in self.evidence.items()},
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Choice":
        return cls(
            purpose=Purpose(document["purpose"]),
            recipient=document["recipient"],
            key=document["key"],
            checked=document["checked"],
            incidents=tuple(UUID(id) for id in document["incidents"]),
            fields=tuple(document["fields"]),
            account=document["account"],
            evidence={UUID(id): tuple(bare) for id, bare in document.get("evidence", {}).items()},
        )


def check(choice: Choice) -> None:
    """Refuse what cannot be asked; the key is looked at by whoever closes with it."""
    wrong = _of_whom_and_what(choice)
    if len(choice.checked.strip()) < 12:
        wrong["checked"] = [
            _("Say how you made sure that the key is theirs: read aloud on the phone, handed over in person.")
        ]
    if set(choice.fields) - set(IDENTITY_FIELDS):
        wrong["fields"] = [_("One of these fields is not known.")]
    if len(choice.evidence) > MOST or set().union(*choice.evidence.values()) - set(SHOWS):
        wrong["evidence"] = [_("No more than 100 pieces of evidence go into one package.")]
    if wrong:
        raise InvalidInput(wrong)


def check_whom(choice: Choice) -> None:
    """Refuse what no evidence can be weighed for: it is weighed for a use, a recipient and some incidents."""
    wrong = _of_whom_and_what(choice)
    if wrong:
        raise InvalidInput(wrong)


def _of_whom_and_what(choice: Choice) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if choice.purpose not in PURPOSES:
        wrong["purpose"] = [_("Choose what the recipient needs it for.")]
    if not choice.recipient.strip():
        wrong["recipient"] = [_("Say who receives it: a person or an office, by name.")]
    if not choice.incidents:
        wrong["incidents"] = [_("Name at least one incident.")]
    elif len(choice.incidents) > MOST:
        wrong["incidents"] = [_("No more than 100 incidents go into one package.")]
    return wrong
