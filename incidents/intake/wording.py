"""Two wordings of one text beside each other: which words went, which came, and how many between them stayed.

Words that stand once on either side hold the two together; between those the longest row of words in common is looked
for, where that is little work, and else all of it counts as replaced. So the time is bounded by the length of the
texts, whatever stands in them: 2 × 5,000 words take about a tenth of a second at most.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

# Marks stand alone, so that a full stop that was added marks no word. Everything else between two spaces is one word:
# a name with its accents, a word from right to left, an emoji made of several signs.
MARKS = '.,;:!?¡¿…«»“”"()[]—–،؛؟。、\N{FULLWIDTH COMMA}'
_M = re.escape(MARKS)
TOKEN = re.compile(rf"\n\s*|[{_M}][^\S\n]*|[^\s{_M}]+[^\S\n]*|[^\S\n]+")
MOST = 10_000  # pairs of words that are compared one by one
CONTEXT = 18  # words that are shown before and after a change: some two lines
NEAR = 10  # words that the end of a sentence is looked for
ENDS = frozenset(".!?…؟。")
LEAST = 12  # fewer words than these are not worth hiding
LOOSE = 2  # so few words in common between long changes are chance

Match: TypeAlias = tuple[int, int, int]  # where in the one, where in the other, how many
Words: TypeAlias = Sequence[str]


@dataclass(frozen=True, slots=True)
class Run:
    """Words in a row; marked: this side alone has them."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """One stretch of the text as both sides have it; `same`: how many words, where both say the same and it is long."""

    before: tuple[Run, ...]
    after: tuple[Run, ...]
    same: int = 0


def passages(before: str, after: str) -> list[Passage]:
    """The two from the beginning to the end: changes with some words around them, and between them what stayed."""
    one, other = TOKEN.findall(before), TOKEN.findall(after)
    matches = _matches([_plain(word) for word in one], [_plain(word) for word in other])
    if before != after and _whole(matches, one, other):  # only spaces differ: then they do
        matches = _matches(one, other)
    return list(_shown(one, other, matches))


def words(tokens: Words) -> int:
    """How many words they are, as a reader counts."""
    return sum(1 for token in tokens if token.strip().strip(MARKS))


def _plain(token: str) -> str:
    """A word as it is compared: with the spaces behind it it is the same word, and a browser's line end is one."""
    return "\n" * token.count("\n") or token.rstrip()


def _whole(matches: Sequence[Match], one: Words, other: Words) -> bool:
    return matches == ([(0, 0, len(one))] if one else []) and len(one) == len(other)


# -- what both have


def _matches(one: Words, other: Words) -> list[Match]:
    """Rows of words that both have, in their order, none beside the next; a row that is chance is left out."""
    joined: list[Match] = []
    for at, to, many in sorted(_between(one, other, 0, len(one), 0, len(other))):
        a, b, before = joined[-1] if joined else (0, 0, 0)
        if joined and (a + before, b + before) == (at, to):
            joined[-1] = (a, b, before + many)
        else:
            joined.append((at, to, many))
    kept = [each for n, each in enumerate(joined) if not _loose(joined, n)]
    for n in range(len(kept) - 1):
        _slide(kept, n, one, other)
    return [each for each in kept if each[2]]


def _slide(matches: list[Match], number: int, one: Words, other: Words) -> None:
    """What came between two full stops begins behind the first of them, and not with it."""
    (at, to, many), (a, b, more) = matches[number : number + 2]
    side, gone, next_ = (one, at + many, a) if b == to + many else (other, to + many, b)
    alone = (a == at + many) != (b == to + many)
    if alone and side[gone] == side[next_] and not side[gone].strip(MARKS + "\n"):
        matches[number : number + 2] = [(at, to, many + 1), (a + 1, b + 1, more - 1)]


def _loose(matches: Sequence[Match], number: int) -> bool:
    """One or two words in common, with more replaced on either side of them."""
    at, to, many = matches[number]
    if many > LOOSE or number in (0, len(matches) - 1):
        return False
    (a, b, before), (c, d, _after) = matches[number - 1], matches[number + 1]
    gaps = (at - a - before, to - b - before, c - at - many, d - to - many)
    return max(gaps[:2]) > 2 * LOOSE and max(gaps[2:]) > 2 * LOOSE


def _between(one: Words, other: Words, a: int, b: int, c: int, d: int) -> Iterator[Match]:
    """Of one[a:b] and other[c:d]; a stack of its own, for a text is no reason to run out of Python's."""
    waiting = [(a, b, c, d)]
    phrases = _phrases(one), _phrases(other)
    while waiting:
        a, b, c, d = waiting.pop()
        begun = 0
        while a + begun < b and c + begun < d and one[a + begun] == other[c + begun]:
            begun += 1
        ended = 0
        while b - ended > a + begun and d - ended > c + begun and one[b - ended - 1] == other[d - ended - 1]:
            ended += 1
        yield from ((at, to, many) for at, to, many in ((a, c, begun), (b - ended, d - ended, ended)) if many)
        a, b, c, d = a + begun, b - ended, c + begun, d - ended
        if a == b or c == d:
            continue
        held = _anchors(one, other, a, b, c, d) or _anchors(*phrases, a, b, c, d)
        if held:
            ends = [(a, c), *((at + 1, to + 1) for at, to in held)]
            yield from ((at, to, 1) for at, to in held)
            waiting += [(*(x, at), y, to) for (x, y), (at, to) in zip(ends, [*held, (b, d)], strict=True)]
        elif (b - a) * (d - c) <= MOST:
            yield from _common(one, other, a, b, c, d)


def _phrases(words: Words) -> list[str]:
    """Four words at each place: where every word comes again, a phrase still stands once."""
    return ["\0".join(words[at : at + 4]) for at in range(len(words))]


def _anchors(one: Words, other: Words, a: int, b: int, c: int, d: int) -> list[tuple[int, int]]:
    """Words that stand once on either side, as many as keep their order (B. Cohen's patience diff)."""
    counts = Counter(one[a:b]), Counter(other[c:d])
    where = {word: at for at, word in enumerate(other[c:d], c) if counts[1][word] == 1}
    pairs = [
        (at, where[word]) for at, word in enumerate(one[a:b], a) if counts[0][word] == 1 and word in where
    ]
    ends: list[int] = []  # the least end of an ordered row of each length
    tops: list[int] = []  # which pair that is
    above: list[int] = []  # the pair before each in its row
    for number, (_at, to) in enumerate(pairs):
        place = bisect_left(ends, to)
        above.append(tops[place - 1] if place else -1)
        ends[place : place + 1], tops[place : place + 1] = [to], [number]
    found, number = [], tops[-1] if tops else -1
    while number >= 0:
        found.append(pairs[number])
        number = above[number]
    return found[::-1]


def _common(one: Words, other: Words, a: int, b: int, c: int, d: int) -> Iterator[Match]:
    """The longest row of words in common, by the table of its lengths."""
    rows = [[0] * (d - c + 1)]
    for at in range(b - 1, a - 1, -1):
        below, row, word = rows[-1], [0] * (d - c + 1), one[at]
        for to in range(d - 1, c - 1, -1):
            n = to - c
            row[n] = below[n + 1] + 1 if word == other[to] else max(below[n], row[n + 1])
        rows.append(row)
    rows.reverse()
    at, to = a, c
    while at < b and to < d:
        if one[at] == other[to]:
            yield at, to, 1
            at, to = at + 1, to + 1
        elif rows[at - a + 1][to - c] >= rows[at - a][to - c + 1]:
            at += 1
        else:
            to += 1


# -- shown


def _shown(one: Words, other: Words, matches: Sequence[Match]) -> Iterator[Passage]:
    """Changes that stand near each other are one passage."""
    before: list[Run] = []
    after: list[Run] = []
    ends = (0, 0)
    for at, to, many in [*matches, (len(one), len(other), 0)]:
        _add(before, one[ends[0] : at], marked=True)
        _add(after, other[ends[1] : to], marked=True)
        ends = (at + many, to + many)
        head, tail = CONTEXT if at or to else 0, CONTEXT if ends != (len(one), len(other)) else 0
        head = _near(one[at : ends[0]], head) if head else 0
        tail = many - _near(one[at : ends[0]], many - tail) if tail else 0
        hidden = one[at + head : ends[0] - tail]
        if many <= head + tail or words(hidden) < LEAST:
            _add(before, one[at : ends[0]])
            _add(after, other[to : ends[1]])
            continue
        _add(before, one[at : at + head])
        _add(after, other[to : to + head])
        if before or after:
            yield Passage(tuple(before), tuple(after))
        whole = Run("".join(hidden)), Run("".join(other[to + head : ends[1] - tail]))
        yield Passage((whole[0],), (whole[1],), words(hidden))
        before, after = [], []
        _add(before, one[ends[0] - tail : ends[0]])
        _add(after, other[ends[1] - tail : ends[1]])
    if before or after:
        yield Passage(tuple(before), tuple(after))


def _near(tokens: Words, at: int) -> int:
    """The end of a sentence near this place, so that what is shown begins and ends with one; else behind its marks."""
    ends = [
        n
        for n in range(max(at - NEAR, 1), min(at + NEAR, len(tokens)))
        if tokens[n - 1].strip() in ENDS or "\n" in tokens[n - 1]
    ]
    if ends:
        return min(ends, key=lambda n: abs(n - at))
    while 0 < at < len(tokens) and not words(tokens[at : at + 1]):
        at += 1
    return at


def _add(runs: list[Run], tokens: Words, *, marked: bool = False) -> None:
    if tokens and runs and runs[-1].marked == marked:
        runs[-1] = Run(runs[-1].text + "".join(tokens), marked)
    elif tokens:
        runs.append(Run("".join(tokens), marked))
