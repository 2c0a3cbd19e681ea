"""Who may do what, on one page. A permission that no role holds is held by no one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from incidents.errors import NotAllowed, NotByToken, NotInScope
from incidents.model.base import Compartment
from incidents.model.vocabulary import Role


class Permission(StrEnum):
    """Named thing:deed. Keep the list sorted."""

    ACCOUNT_OWN = "account:own"
    CODING_DO = "coding:do"
    CODING_DRAW = "coding:draw"
    CODING_READ = "coding:read"
    CONSENT_RECORD = "consent:record"
    DATA_EXPORT = "data:export"
    ERASURE_DO = "erasure:do"
    EVIDENCE_ADD = "evidence:add"
    EVIDENCE_ORIGINAL = "evidence:original"
    IDENTITY_OPEN = "identity:open"
    IMPORT_DO = "import:do"
    INCIDENT_READ = "incident:read"
    INTERVIEW_COUNT = "interview:count"
    JOB_OWN = "job:own"
    MEMBER_GRANT = "member:grant"
    MEMBER_INVITE = "member:invite"
    MEMBER_LIST = "member:list"
    RELEASE_DOWNLOAD = "release:download"
    RELEASE_PREPARE = "release:prepare"
    RELEASE_SIGN = "release:sign"
    REPORT_READ_OWN = "report:read-own"
    REPORT_SEND = "report:send"
    REPORT_TAKE_IN = "report:take-in"
    REVIEW_DECIDE = "review:decide"
    SHARING_PREPARE = "sharing:prepare"
    SHARING_SIGN = "sharing:sign"
    TASK_DO = "task:do"
    TRAIL_READ = "trail:read"
    VOCABULARY_SET = "vocabulary:set"


P = Permission
EVERYONE = frozenset({P.ACCOUNT_OWN})
REVIEWING = frozenset(
    {
        P.CODING_DO,
        P.CODING_READ,
        P.CONSENT_RECORD,
        P.EVIDENCE_ADD,
        P.EVIDENCE_ORIGINAL,
        P.IDENTITY_OPEN,
        P.IMPORT_DO,
        P.INCIDENT_READ,
        P.INTERVIEW_COUNT,
        P.JOB_OWN,
        P.MEMBER_LIST,
        P.REPORT_READ_OWN,
        P.REPORT_SEND,
        P.REPORT_TAKE_IN,
        P.REVIEW_DECIDE,
        P.SHARING_PREPARE,
        P.TASK_DO,
    }
)

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: EVERYONE | {P.MEMBER_INVITE, P.MEMBER_LIST, P.TRAIL_READ},
    Role.ANALYST: EVERYONE
    | {P.CODING_READ, P.INTERVIEW_COUNT, P.JOB_OWN, P.RELEASE_DOWNLOAD, P.RELEASE_PREPARE},
    Role.AUDITOR: EVERYONE | {P.MEMBER_LIST, P.TRAIL_READ},
    Role.COORDINATOR: EVERYONE
    | REVIEWING
    | {
        P.CODING_DRAW,
        P.DATA_EXPORT,
        P.ERASURE_DO,
        P.MEMBER_GRANT,
        P.MEMBER_INVITE,
        P.RELEASE_DOWNLOAD,
        P.RELEASE_SIGN,
        P.TRAIL_READ,
    }
    | {P.SHARING_SIGN, P.VOCABULARY_SET},
    Role.FIELD_RESEARCHER: EVERYONE | {P.REPORT_READ_OWN, P.REPORT_SEND},
    Role.REVIEWER: EVERYONE | REVIEWING,
}

# Which keys a role is granted. Analyst: facts alone, so that no name can be opened even by a fault of ours.
KEYS: Mapping[Role, frozenset[Compartment]] = {
    Role.ADMINISTRATOR: frozenset(),
    Role.ANALYST: frozenset({Compartment.FACTS}),
    Role.AUDITOR: frozenset(),
    Role.COORDINATOR: frozenset(Compartment),
    Role.FIELD_RESEARCHER: frozenset(),
    Role.REVIEWER: frozenset(Compartment),
}

# What opening a field of this compartment asks for.
TO_OPEN: Mapping[Compartment, frozenset[Permission]] = {
    Compartment.FACTS: frozenset({P.INCIDENT_READ, P.RELEASE_DOWNLOAD, P.RELEASE_PREPARE, P.RELEASE_SIGN}),
    Compartment.IDENTITY: frozenset({P.IDENTITY_OPEN}),
    Compartment.INTAKE: frozenset({P.REPORT_TAKE_IN, P.REPORT_READ_OWN}),
    Compartment.TESTIMONY: frozenset({P.INCIDENT_READ}),
}


# What no token carries: names, signatures, membership, and what asks for a passphrase given just now.
NOT_BY_TOKEN = frozenset(
    {
        P.DATA_EXPORT,
        P.ERASURE_DO,
        P.IDENTITY_OPEN,
        P.MEMBER_GRANT,
        P.MEMBER_INVITE,
        P.RELEASE_SIGN,
        P.SHARING_PREPARE,
        P.SHARING_SIGN,
    }
)


def keys_of(roles: list[str]) -> frozenset[Compartment]:
    """The compartments that these roles together are granted."""
    return frozenset().union(*(KEYS[Role(role)] for role in roles))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts now. Outside a sign-in: the node itself, which may nothing."""

    id: UUID
    roles: tuple[str, ...] = ()
    fresh: bool = False  # gave the passphrase within the last five minutes
    token: UUID | None = None  # through which this member acts; none: themselves
    scope: frozenset[str] | None = None  # what the token carries of what the member may; none: all

    def may(self, permission: Permission) -> bool:
        return self._may_themselves(permission) and (
            self.scope is None or (permission.value in self.scope and permission not in NOT_BY_TOKEN)
        )

    def _may_themselves(self, permission: Permission) -> bool:
        return any(permission in GRANTS[Role(role)] for role in self.roles)

    def must(self, permission: Permission) -> None:
        self.must_any(frozenset({permission}))

    def must_any(self, permissions: frozenset[Permission]) -> None:
        if any(self.may(permission) for permission in permissions):
            return
        asked = min(permissions).value
        own = {permission for permission in permissions if self._may_themselves(permission)}
        if not own:
            raise NotAllowed(permission=asked)
        if own <= NOT_BY_TOKEN:  # another token of theirs would not carry it either
            raise NotByToken(permission=asked)
        raise NotInScope(permission=asked)

    def must_be_in_person(self) -> None:
        """A token, an account and a session are a member's own matter, not a program's."""
        if self.token is not None:
            raise NotByToken
