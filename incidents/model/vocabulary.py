"""The controlled words: code lists from vocabulary.csv, and the words the program itself turns on.

The file is the only place where a code is defined. The enums below repeat the few
codes that rules are written about; a test holds that each stands in the file.
"""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("vocabulary.csv")


@dataclass(frozen=True, slots=True)
class Code:
    vocabulary: str
    code: str
    labels: Mapping[str, str]  # language → label
    restricted: bool  # shown in releases only where a consent names it
    huridocs: str
    iccs: str
    sesnsp: str
    notes: str

    def label(self, language: str) -> str:
        return self.labels.get(language) or self.labels["en"]


@cache
def lists() -> dict[str, dict[str, Code]]:
    """Every list by name; every code by code, in the order of the file."""
    found: dict[str, dict[str, Code]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, code = row["vocabulary"], row["code"]
            if name == "vocabulary":
                continue
            found.setdefault(name, {})[code] = Code(
                name,
                code,
                {"en": row["en"], "es": row["es"]},
                bool(row["restricted"]),
                row["huridocs"],
                row["iccs"],
                row["sesnsp_subtype"],
                row["notes"],
            )
    return found


@cache
def version() -> str:
    """The version of the code lists: the digest of their file, short enough to cite."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]


def codes(vocabulary: str) -> dict[str, Code]:
    return lists()[vocabulary]


def label(vocabulary: str, code: str, language: str = "en") -> str:
    """The label of a code; a no-answer has one in every list; an unknown code is said as it is."""
    known = lists().get(vocabulary, {}).get(code) or lists()["no_answer"].get(code.removeprefix("?"))
    return known.label(language) if known else code


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    COORDINATOR = "coordinator"
    FIELD_RESEARCHER = "field_researcher"
    REVIEWER = "reviewer"


class AccountState(StrEnum):
    INVITED = "invited"  # has a link, no key yet
    WAITING = "waiting"  # has a key, no grant yet: a coordinator confirms
    ACTIVE = "active"
    DISABLED = "disabled"
    REMOVED = "removed"


class ReportState(StrEnum):
    RECEIVED = "received"
    TAKEN_IN = "taken_in"
    NEEDS_INFORMATION = "needs_information"
    SET_ASIDE = "set_aside"
    SUPERSEDED = "superseded"
    ERASED = "erased"


class IncidentState(StrEnum):
    OPEN = "open"
    IN_REVIEW = "in_review"
    READY = "ready"
    CLOSED = "closed"


class Verification(StrEnum):
    RECEIVED = "REC"
    UNDER_VERIFICATION = "UND"
    NOT_VERIFIED = "NVE"
    CREDIBLE = "CRE"
    VERIFIED = "VER"
    UNLIKELY = "UNL"
    SOURCE_WITHDREW = "SWD"
    DUPLICATE = "DUP"


class Purpose(StrEnum):
    RECORD = "REC"
    STATISTICS = "STA"
    ROWS = "ROW"
    PUBLISH = "PUB"
    IDENTITY = "NAM"
    QUOTE = "QUO"
    UN = "UNM"
    LEGAL = "LEG"
    AUTHORITIES = "AUT"
    PARTNER = "PAR"
    SERVICES = "SRV"
    CONTACT = "CON"
    PHOTO = "PHO"


class PersonKind(StrEnum):
    INDIVIDUAL = "individual"
    GROUP = "group"


class ReleaseState(StrEnum):
    PREPARED = "prepared"
    SIGNED = "signed"
    RECALLED = "recalled"


class JobState(StrEnum):
    PROPOSED = "proposed"  # its owner looks at a preview; nothing begins before their yes
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    NEEDS_OWNER = "needs_owner"


class PartKind(StrEnum):
    TELLER = "teller"
    PERSON = "person"
    REST = "rest"


NO_ANSWERS = frozenset({"UNK", "NAS", "DEC", "NAP"})
COUNTED = (Verification.CREDIBLE, Verification.VERIFIED)
