"""The controlled words: code lists from vocabulary.csv, and the words the program itself turns on.

The file is the only place where a code is shipped. An organisation's own codes, and what it renamed or retired, lie
over it: `use` lays them there, in every process, before what it does next. The enums below repeat the few codes that
rules are written about; a test holds that each stands in the file.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from incidents.model import tongues

FILE = Path(__file__).with_name("vocabulary.csv")
REQUIRED = tongues.WHOLE  # every code has a label in these, in the file itself
FURTHER = tongues.FURTHER  # where there is one: vocabulary.fr.csv …; elsewhere what stands in, and it shows
TREES = frozenset({"label"})  # lists in which one code stands under another; empty as shipped
BENEATH = frozenset({"act", "perpetrator"})  # lists in which an own code stands under a shipped one
OWN_PREFIX = "X_"  # no shipped code begins so, and none ever will
BETWEEN = " / "


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
    above: str = ""  # the code it stands under, in a tree
    own: bool = False  # not shipped
    retired: bool = False  # offered no more, and valid in what exists

    def label(self, language: str) -> str:
        return self.labels[self.spoken(language)]

    def spoken(self, language: str) -> str:
        """The language its label comes in: the one that stands in where there is none in the one that was asked for."""
        return language if self.labels.get(language) else tongues.stands_in(language)


@dataclass(frozen=True, slots=True)
class Own:
    """What an organisation says of a code: one of its own, or a shipped one renamed or retired."""

    vocabulary: str
    code: str
    labels: Mapping[str, str]
    above: str | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The code lists as they are now, and the version to cite them by."""

    lists: dict[str, dict[str, Code]]
    version: str
    mark: object = None  # of what lies over the file; see `model.code.renew`


@dataclass(slots=True)
class _Held:
    words: Words | None = None


_held = _Held()


@cache
def shipped() -> dict[str, dict[str, Code]]:
    """Every list of the file by name; every code by code, in the order of the file."""
    found: dict[str, dict[str, Code]] = {}
    more = {language: further(language) for language in FURTHER}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, code = row["vocabulary"], row["code"]
            if name == "vocabulary":
                continue
            labels = {language: row[language] for language in REQUIRED}
            labels |= {
                language: known[name, code] for language, known in more.items() if (name, code) in known
            }
            found.setdefault(name, {})[code] = Code(
                name,
                code,
                labels,
                bool(row["restricted"]),
                row["huridocs"],
                row["iccs"],
                row["sesnsp_subtype"],
                row["notes"],
            )
    return found | {name: found.get(name, {}) for name in TREES}


def further_file(language: str) -> Path:
    return FILE.with_name(f"vocabulary.{language}.csv")


def further(language: str) -> dict[tuple[str, str], str]:
    """The labels of one more language: list and code → label."""
    file = further_file(language)
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as lines:
        return {(row["vocabulary"], row["code"]): row["label"] for row in csv.DictReader(lines)}


def use(own: Iterable[Own], mark: object = None) -> None:
    """From now on these lie over the file, in this process."""
    _held.words = _laid_over(tuple(own), mark)


def _laid_over(own: tuple[Own, ...], mark: object) -> Words:
    found = {name: dict(codes) for name, codes in shipped().items()}
    for each in own:
        codes = found.setdefault(each.vocabulary, {})
        codes[each.code] = _over(codes.get(each.code), each, codes)
    return Words(found, _digest(own), mark)


def _over(shipped: Code | None, each: Own, known: Mapping[str, Code]) -> Code:
    if shipped is None:
        labels, above = dict(each.labels), each.above or ""
        restricted = each.vocabulary in BENEATH and known[above].restricted if above in known else False
        return Code(each.vocabulary, each.code, labels, restricted, "", "", "", "", above, True, each.retired)  # noqa: FBT003  the fields in order
    return replace(shipped, labels={**shipped.labels, **each.labels}, retired=each.retired)


def _digest(own: tuple[Own, ...]) -> str:
    """Of the file, and of what lies over it; short enough to cite."""
    digest = hashlib.sha256(FILE.read_bytes())
    if own:
        said = [[e.vocabulary, e.code, dict(e.labels), e.above or "", e.retired] for e in own]
        digest.update(json.dumps(sorted(said, key=lambda each: each[:2]), sort_keys=True).encode())
    return digest.hexdigest()[:12]


def now() -> Words:
    if _held.words is None:
        use(())
    assert _held.words is not None  # noqa: S101  set just above
    return _held.words


def lists() -> dict[str, dict[str, Code]]:
    """Every list by name, the organisation's own codes and the retired ones among them."""
    return now().lists


def version() -> str:
    """The version of the code lists; another one as soon as a code is added, renamed or retired."""
    return now().version


def codes(vocabulary: str) -> dict[str, Code]:
    return lists()[vocabulary]


def offered(vocabulary: str) -> list[str]:
    """The codes that a form offers: without the retired ones and, in a tree, what stands under them; in their order."""
    found = lists().get(vocabulary, {})
    if vocabulary not in TREES:
        ordered = in_tree_order(found) if vocabulary in BENEATH else found
        return [code for code in ordered if not found[code].retired]
    return [code for code in in_tree_order(found) if not any(each.retired for each in path(found, code))]


def in_tree_order(found: Mapping[str, Code], above: str = "") -> list[str]:
    """Each code, and after it what stands under it."""
    return [
        code
        for name, each in found.items()
        if each.above == above
        for code in (name, *in_tree_order(found, name))
    ]


def path(found: Mapping[str, Code], code: str) -> list[Code]:
    """A code after those it stands under, from the top; one that is missing or comes again ends it."""
    up: list[Code] = []
    while code in found and found[code] not in up:
        up.append(found[code])
        code = found[code].above
    return up[::-1]


def label(vocabulary: str, code: str, language: str = "en") -> str:
    """The label of a code; a no-answer has one in every list; an unknown code is said as it is.

    In a tree it comes after those it stands under: “Campaign / Border north”.
    """
    found = lists().get(vocabulary, {})
    known = found.get(code) or lists()["no_answer"].get(code.removeprefix("?"))
    if known is None:
        return code
    return (
        BETWEEN.join(each.label(language) for each in path(found, code))
        if vocabulary in TREES
        else known.label(language)
    )


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


class Says(StrEnum):
    """What a source says of an act."""

    SUPPORTS = "supports"
    PARTIAL = "partial"
    CONTRADICTS = "contradicts"


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
NOT_ASKED = "NAS"
IN_DANGER = frozenset({"today", "before"})  # what a report says of its people, in clear
PRACTICE = (
    "practice"  # the channel of what is no report: never linked, taken in, counted, released or exported
)
COUNTED = (Verification.CREDIBLE, Verification.VERIFIED)
