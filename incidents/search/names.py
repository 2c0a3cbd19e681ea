"""Names as they are compared: words without accents, order or particles; how each sounds; what it is short for.

A word has one or more forms. Two words that share a form are the same name, however they were spelled: Vásquez and
Bazques sound alike in Spanish, Pepe is short for José. Nothing here is ever stored.
"""

import csv
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA, JaroWinkler

from incidents.work import normal_name

SHORT_NAMES = Path(__file__).with_name("nicknames.csv")
PARTICLES = frozenset(
    "a da das de del den der di do dos du e el i la las le les los san santa ti u van vda von y".split()
)
ALIKE = 0.86  # Jaro-Winkler, of words that sound different: a letter too many, too few, or another one
SHORTEST = 4  # letters of a word that may be mistyped and still be known again
BEGINNING = 4  # letters that are enough of a longer name: Gabi, Vale

Word = str
Forms = frozenset[str]


def words(name: str) -> tuple[Word, ...]:
    """The words of a name that tell somebody apart, each once, sorted."""
    found = {word for word in normal_name(name).split() if word not in PARTICLES}
    return tuple(sorted(found))


# In this order. What Spanish spells in several ways and says in one; y and i, ou and u also for Haitian names.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("sch|sh|ch", "x"),
        ("ph", "f"),
        ("th", "t"),
        ("gu(?=[ei])|gh", "g"),
        ("qu(?=[ei])|q|k", "k"),
        ("c(?=[eiy])|z|ss", "s"),
        ("ck|c", "k"),
        ("ll|y", "i"),
        ("g(?=[ei])", "j"),
        ("^j(?=[aeou])|^i(?=[aeou])", "j"),
        ("ou", "u"),
        ("^hu|^w(?=[aeiou])", "u"),
        ("h", ""),
        ("v|w", "b"),
        ("n(?=[bp])", "m"),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=1 << 18)
def sound(word: Word) -> str:
    """How a word sounds in Spanish, near enough that misspellings of one name come out equal."""
    for pattern, said in _SOUNDS:
        word = pattern.sub(said, word)
    return word


@cache
def short_names() -> dict[str, tuple[Word, ...]]:
    """What each short name may be short for, by how it sounds: Patti is Paty."""
    found: dict[str, set[Word]] = {}
    with SHORT_NAMES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(sound(row["short"]), set()).update(row["names"].split())
    return {said: tuple(sorted(names)) for said, names in found.items()}


@lru_cache(maxsize=1 << 18)
def forms(word: Word) -> Forms:
    """How a word sounds, and how the names sound that it may be short for."""
    said = sound(word)
    return frozenset({said, *(sound(name) for name in short_names().get(said, ()))})


def mistyped(word: Word, other: Word) -> bool:
    """Whether one word may be the other with a slip: one letter, or two that changed places."""
    shorter, longer = sorted((len(word), len(other)))
    if shorter < SHORTEST - 1 or longer < SHORTEST:
        return False
    if min(OSA.distance(word, other), OSA.distance(sound(word), sound(other))) <= 1:
        return True
    return (
        shorter >= 7  # two slips in a long word, not in a short one
        and word[0] == other[0]
        and OSA.distance(word, other, score_cutoff=2) <= 2
        and JaroWinkler.similarity(word, other) >= ALIKE
    )


@lru_cache(maxsize=1 << 20)
def alike(word: Word, other: Word) -> str:
    """How two words that are written differently may be one: sounds, short, alike, initial; empty: they are not."""
    if sound(word) == sound(other):
        return "sounds"
    if not forms(word).isdisjoint(forms(other)) or _begins(word, other):
        return "short"
    if mistyped(word, other):
        return "alike"
    return "initial" if 1 in (len(word), len(other)) and word[0] == other[0] else ""


def _begins(word: Word, other: Word) -> bool:
    """Whether one is the beginning of the other, long enough to be a short name for it."""
    shorter, longer = sorted((word, other), key=len)
    return len(shorter) >= BEGINNING and len(longer) >= len(shorter) + 2 and longer.startswith(shorter)


def slips(word: Word) -> Iterable[str]:
    """The word, and the word without each of its letters: two words one slip apart share one of these."""
    yield word
    if len(word) >= SHORTEST:
        for place in range(len(word)):
            yield word[:place] + word[place + 1 :]
