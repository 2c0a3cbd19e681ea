"""What each sign counts for: fixed figures, written here and explained in docs/duplicates.md; nothing is learned.

After Fellegi and Sunter (1969): a sign counts log2(m/u), where m is how often it is seen in two records of one person
and u how often in records of two. A score of zero says that both are as likely. Common names agree by chance more often
than rare ones, so how common a word is gets counted in the data at hand, beside a few shares for a house that is new.
"""

from math import log2
from typing import NamedTuple

# -- names: each word counts what it is rare
RAREST = 10.0  # bits; a word met once may be a misspelling of a common one
SPELLED = 0.7  # taken off for a word that only sounds the same
SHORTENED = 2.0  # for a short name: Pepe is José, and so are others
SLIP = 2.2  # for a slip of the pen
JOINED = 0.5  # for Anamaría and Ana María
LEFT_OUT = 1.0  # for a word that only one of them has: a second surname, a married name
OTHER_WORD = -6.5  # a word on either side that is none of the other's
BROTHERS = 0.5  # of what the other words count then: brothers share two rare surnames
NO_WORD = -4.0  # and not one in common
INITIAL = 1.0

# -- the rest
SAME_PHONE, NEAR_PHONE, OTHER_PHONE = 9.0, 6.0, -1.0
SAME_DOCUMENT, NEAR_DOCUMENT, OTHER_DOCUMENT = 14.0, 9.0, -4.0
BORN_SAME, BORN_SWAPPED, BORN_NEAR, BORN_YEAR = 10.5, 7.0, 5.5, 1.0
YEAR_SAME, AGE_FITS, AGE_OTHER = 3.7, 2.8, -8.0
AGE_GAPS = {1: 0.5, 2: -1.0, 3: -4.0, 4: -4.0}  # years between what the two ages allow
OTHER_BIRTHDAY = -5.0
SAME_GENDER, OTHER_GENDER = 0.4, -4.0
SAME_NATION_MOST, OTHER_NATION = 1.5, -3.5
NEAR_SCENE_MOST, SAME_ACT_MOST, FAR_SCENE = 4.0, 1.5, 0.8  # FAR_SCENE: of NEAR, within two weeks
SAME_INCIDENT = 4.0  # two reports of one incident
SAME_REPORT = -9.0  # one report names nobody twice

OF_A_FAMILY = 0.25  # of what one telephone and one journey count, where a word of the name differs

NEAR_DAYS, FAR_DAYS = 3, 14

# -- how likely two records are one, before anything is compared: one pair in as many as there are people
FEWEST = 1000  # people; in a small house nothing is a coincidence yet

SURE, LIKELY, POSSIBLE = 7.0, 3.0, -3.0  # of a score, in bits
SWEPT = 0.0  # the least that a sweep over everybody lists

# How many of a thousand people bear the commonest words, so that a María García is not rare in a house of thirty. These
# are our rough estimates for the region, not published figures; all together they weigh as much as a thousand people.
BELIEVED = 1000.0
UNKNOWN_SHARE = 1 / 4000
_COMMON = {
    55: "maria",
    45: "jose",
    30: "hernandez juan luis ana carlos",
    22: "garcia lopez martinez rodriguez gonzalez antonio jesus francisco",
    15: """perez sanchez ramirez cruz flores gomez rosa manuel miguel angel jorge carmen guadalupe david pedro""",
    9: """morales vasquez reyes diaz torres ramos ortiz gutierrez mendoza rivera castillo aguilar mejia chavez alvarado
    romero ruiz fernando alejandro daniel rafael oscar mario marta elena isabel margarita luz sandra patricia claudia
    julio cesar roberto eduardo victor marvin wilmer elmer kevin""",
    5: """jean pierre joseph marie charles louis jacques rose contreras guzman orellana zelaya lainez pineda bonilla
    portillo santos medina castro vargas rojas jimenez moreno santiago ricardo alberto andres sergio hector gloria karla
    gabriela karen jessica yessenia norma irma blanca silvia""",
}
SHARES = {word: share / 1000 for share, group in _COMMON.items() for word in group.split()}


class Sign(NamedTuple):
    """One thing that was seen in two records; `code` is put in words where it is shown."""

    code: str
    weight: float
    days: int = 0
    place: str = ""
    act: str = ""

    def to_json(self) -> dict[str, object]:
        said: dict[str, object] = {"code": self.code, "weight": round(self.weight, 1)}
        return said | {n: v for n, v in (("days", self.days), ("place", self.place), ("act", self.act)) if v}


class Match(NamedTuple):
    """How two records compare: bits for and against their being one, and the signs that say so."""

    score: float
    signs: tuple[Sign, ...]


def bits(count: float, of: float) -> float:
    """How much it says that two records share what so many of so many have."""
    return log2(of / count) if 0 < count < of else 0.0
