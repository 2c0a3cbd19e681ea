"""A name that is nobody's: a given name of the person's culture and gender, with an initial; never theirs.

Drawn in a reviewer's session, for an analyst cannot look whose it is. One person keeps one name wherever they speak.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from secrets import SystemRandom
from typing import Any

from incidents.redaction.refusals import NoPseudonym
from incidents.search.names import alike
from incidents.work import normal_name

FILE = Path(__file__).with_name("names.csv")
OTHERS = "*"  # the names of whoever is from elsewhere, or from nobody knows where
SPOKEN: Mapping[str, str] = {"F": "F", "TW": "F", "M": "M", "TM": "M"}
INITIALS = "ABCDEFGLMNPRSTV"
Name = tuple[str, str]  # given name, initial


@cache
def names() -> dict[tuple[str, str], tuple[str, ...]]:
    """Given names by nationality and gender."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for nationality in row["nationalities"].split():
                key = (nationality, row["gender"])
                found[key] = (*found.get(key, ()), *row["names"].split())
    return found


def offered(facts: Mapping[str, Any]) -> list[str]:
    """The names of their culture and gender; of both, where nobody said which."""
    said = facts.get("nationality") or [facts.get("origin")]
    culture = next((each for each in said if (each, "F") in names()), OTHERS)
    genders = [SPOKEN[facts["gender"]]] if facts.get("gender") in SPOKEN else ["F", "M"]
    return [name for gender in genders for name in names()[culture, gender]]


def draw(
    facts: Mapping[str, Any], own: Iterable[str], near: Collection[str], taken: Collection[Name]
) -> Name:
    """`own`: the words of their names; `near`: of everybody in the record; `taken`: pseudonyms of others."""
    initials = [each for each in INITIALS if each not in {word[0].upper() for word in own}]
    free = [name for name in offered(facts) if not _somebodys(name, near)]
    given = {name for name, _initial in taken}
    chance = SystemRandom()
    chance.shuffle(free)
    for name in sorted(free, key=given.__contains__):  # one that nobody has yet, while there is one
        left = [each for each in initials if (name, each) not in taken]
        if left:
            return name, chance.choice(left)
    raise NoPseudonym


def _somebodys(name: str, near: Collection[str]) -> bool:
    """Whether somebody is called so, or nearly."""
    plain = normal_name(name)
    return any(word == plain or alike(word, plain) in ("sounds", "short", "alike") for word in near)
