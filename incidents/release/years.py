"""Numbers in a text that was typed, and which of them are years: only where the words around them say so.

“In 2019” and “entre 2019 y 2021” are; “2019 people”, “a total of 2019” and “2019 de ellas” are not, and neither is what
could be read both ways: “In 2019 people fled”. English and Spanish alike, whatever the text is in.
"""

import re

_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")
_YEAR = re.compile(
    r"199\d|20[0-4]\d", re.ASCII
)  # of what is documented; before that it is more likely a count
_MONTHS = frozenset(
    "january february march april may june july august september october november december enero febrero marzo abril "
    "mayo junio julio agosto septiembre setiembre octubre noviembre diciembre".split()
)
_TIMES = _MONTHS | frozenset(
    "year years spring summer autumn fall winter early late mid beginning start middle end half quarter semester año "
    "años primavera verano otoño invierno inicio inicios principio principios mediados mitad fin fines final finales "
    "trimestre semestre".split()
)
_BEFORE = frozenset("in since during before after until en desde durante".split())
_OF = frozenset(("of", "de", "del"))
_OPENS = frozenset(("from", "between", "de", "desde", "entre"))
_DASHES = frozenset("-–—/")
_JOINS = _DASHES | frozenset(
    ("and", "to", "or", "through", "until", "till", "y", "e", "a", "al", "o", "hasta", ",")
)
_ENDS = frozenset(".,;:!?)]»”’\"'…")
# What may follow a year and counts nothing: no noun, and neither “of” nor “de”, as in “2019 of them”.
_AFTER = frozenset(
    "alone onward onwards when where while we they it this these those the was were is are had has by at with on which "
    "cuando donde mientras fue fueron hubo se el la los las este esta estos estas con por que solamente".split()
)


def has_number(text: str) -> bool:
    """Whether anything in it is written in figures and is no year."""
    found = list(_TOKEN.finditer(text))
    words = [each[0].casefold() for each in found]
    glued = {
        number
        for number in range(len(found) - 1)
        if found[number].end() == found[number + 1].start()
        and words[number].isalnum()
        and words[number + 1].isalnum()
    }  # as in “2019er” and “a2019”
    years = set[int]()
    for place, word in enumerate(words):
        if not any(map(str.isdigit, word)):
            continue
        if not _is_year(words, place, years) or place in glued or place - 1 in glued:
            return True
        years.add(place)
    return False


def _is_year(words: list[str], place: int, years: set[int]) -> bool:
    return bool(_YEAR.fullmatch(words[place])) and _begins(words, place, years) and _goes_on(words, place)


def _begins(words: list[str], place: int, years: set[int]) -> bool:
    """Whether what stands before it speaks of time."""
    before, earlier = (words[place - back] if place >= back else "" for back in (1, 2))
    if before in _BEFORE | _TIMES or (before in _OF | {"-"} and earlier in _TIMES):
        return True
    if before in _JOINS and place - 2 in years:
        return True
    joined = _joined(words, place)
    return joined in _DASHES or (joined != "" and before in _OPENS)


def _joined(words: list[str], place: int) -> str:
    """What joins it to another year behind it; empty where none follows."""
    after = words[place + 1 : place + 3]
    return after[0] if len(after) == 2 and after[0] in _JOINS and _YEAR.fullmatch(after[1]) else ""


def _goes_on(words: list[str], place: int) -> bool:
    """Whether what stands behind it can follow a year, and is nothing that it would count."""
    after = words[place + 1] if place + 1 < len(words) else ""
    return after in _ENDS | _AFTER | {""} or _joined(words, place) != ""
