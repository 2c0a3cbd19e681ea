"""What the rows of a file are made of: each column, its name elsewhere, its codes, their labels and numbers."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from secrets import SystemRandom
from typing import Protocol

from incidents.release import hierarchy, schemes
from incidents.release.anonymize import Result
from incidents.release.numbered import Column as _Values
from incidents.release.numbered import Line as Line
from incidents.release.numbered import Texts as Texts
from incidents.release.policy import Policy
from incidents.release.rows import lines_of

LABEL = "label:"
# Names of columns are English in every file; a word of Spanish stands beside those by which somebody could be known.
SPANISH = {
    "period": "cuándo",
    "place": "dónde",
    "moment": "cuándo",
    "country": "país",
    "state": "estado",
    "municipality": "municipio",
    "age": "edad",
    "age_band": "grupo de edad",
    "gender": "género",
    "nationality": "nacionalidad",
    "size": "cuántas personas",
}
SIZE = "size"  # the one column of numbers
# In files that label numbers: above every code, since a file has fewer of them.
NUMBERS = {hierarchy.NOT_SHOWN: 9998, hierarchy.NOT_RECORDED: 9999}
MOST_CODES = 9000
# Said in any column, so that they do not make it one of codes.
_ANYWHERE = frozenset({*NUMBERS, hierarchy.OVER_YEARS, hierarchy.ANY})
_LONGEST_NAME = 32
_RESERVED = frozenset(
    "all and by eq ge gt le lt ne not or to with byte double float if in int long strl using _all _b _coef _cons _n "
    "_pi _pred _rc _skip".split()
)
# What XML, R or a statistics program cannot hold: control characters, halves of a pair, non-characters.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Word(Protocol):
    """What the codebook tells of a code; incidents.model.vocabulary.Code is one."""

    @property
    def huridocs(self) -> str:
        """Code of the HURIDOCS micro-thesauri, or empty."""
        ...

    @property
    def iccs(self) -> str:
        """Code of the UN classification of crime, or empty."""
        ...

    @property
    def sesnsp(self) -> str:
        """Subtype in Mexico's crime statistics, or empty."""
        ...

    def label(self, language: str) -> str:
        """Its label in `en` or `es`."""
        ...


Words = Mapping[str, Mapping[str, Word]]  # code list → code → word


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a column, as the codebook tells it; the last three are its codes in other systems."""

    en: str
    es: str
    huridocs: str = ""
    iccs: str = ""
    sesnsp: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file. `variable`: its name where names are short and plain. `level`: at which it was released.

    `numbers`: code → number, in files whose labels stand on numbers; empty for a column of text.
    """

    name: str
    variable: str
    en: str
    es: str
    level: str
    codes: Mapping[str, Code]
    numbers: Mapping[str, int]

    def labelled(self) -> dict[int, str]:
        """Number → English label, no two alike."""
        found = {number: held(self.codes[code].en) or code for code, number in self.numbers.items()}
        times = Counter(found.values())
        return {
            number: f"{found[number]} ({code})" if times[found[number]] > 1 else found[number]
            for code, number in self.numbers.items()
        }


def lines(result: Result) -> Texts:
    """The rows in an order that says nothing of when they came in; every file of a pack has this one."""
    order = array("I", range(len(result.rows)))
    SystemRandom().shuffle(order)
    return Texts([_told_in(result, name).mapped(plain).at(order) for name in result.columns])


def _told_in(result: Result, name: str) -> _Values:
    return _Values(value for (value,) in lines_of(result.rows, (name,)))


def plain(value: str) -> str:
    """A value as every format can hold it; one of blanks only is none."""
    return held(value) or hierarchy.NOT_RECORDED


def held(text: str) -> str:
    """A text without what a format would lose: no control characters, one kind of line end, no blanks at its end."""
    return _NOT_TEXT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()


def described(
    policy: Policy, names: Sequence[str], node: Mapping[str, str], rows: Iterable[Line], words: Words
) -> list[Column]:
    """Each column of these rows; `node`: the level of those that were coarsened."""
    seen = [column.told() for column in Texts.of(rows, len(names)).columns]
    variables = _variables(names)
    return [
        _column(policy, name, variables[name], node, sorted(values), words)
        for name, values in zip(names, seen, strict=True)
    ]


def _column(
    policy: Policy, name: str, variable: str, node: Mapping[str, str], values: list[str], words: Words
) -> Column:
    level = node.get(name, "as recorded" if not policy.protection else "")
    parts = sorted({part for value in values for part in value.split("|")})
    told = {part: code for part in parts if (code := _told(name, part, words)) is not None}
    numbers = _numbers(values) if name != SIZE and set(told) & set(values) - _ANYWHERE else {}
    codes = {code: told.get(code) or Code(code, code) for code in sorted({*told, *numbers})}
    return Column(name, variable, *meaning(name), level, codes, numbers)


def _numbers(values: Sequence[str]) -> dict[str, int]:
    """None for a column in which a cell holds several codes, or that has too many."""
    if len(values) > MOST_CODES or any("|" in value for value in values):
        return {}
    answers = [value for value in values if value not in NUMBERS]
    return {value: number for number, value in enumerate(answers, start=1)} | {
        value: NUMBERS[value] for value in values if value in NUMBERS
    }


def _variables(names: Iterable[str]) -> dict[str, str]:
    """Name → a name that Stata and SPSS take: 32 letters, digits and _, no two alike in any case."""
    found: dict[str, str] = {}
    for name in names:
        short = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_").lower()[:_LONGEST_NAME] or "column"
        if not short[0].isalpha():
            short = f"v_{short}"[:_LONGEST_NAME]
        if short in _RESERVED or re.fullmatch(r"str[0-9]+", short):
            short += "_"
        number, free = 1, short
        while free in found.values():
            number += 1
            free = f"{short[: _LONGEST_NAME - 1 - len(str(number))]}_{number}"
        found[name] = free
    return found


def meaning(column: str) -> tuple[str, str]:
    """What a column says, in English and Spanish."""
    if column.startswith(LABEL):
        name = column.removeprefix(LABEL)
        return (f"Label of this project: {name}", f"Etiqueta de este proyecto: {name}")
    known = hierarchy.dictionary()[column]
    return (known["en"], known["es"])


def _told(column: str, code: str, words: Words) -> Code | None:
    """Labels and the codes of other systems; None for a value that explains itself (a month, an age)."""
    name = hierarchy.dictionary().get(column, {}).get("vocabulary", "")
    word = words.get(name, {}).get(code)
    if word is not None:
        other = (schemes.told(name, each) for each in (word.huridocs, word.iccs, word.sesnsp))
        return Code(word.label("en"), word.label("es"), *other)
    if (pair := hierarchy.labels().get(code)) is not None:
        return Code(*pair)
    word = words.get("no_answer", {}).get(code.removeprefix("?")) if name else None
    return None if word is None else Code(word.label("en"), word.label("es"))
