"""Invented reports for the demo: Mexico's northern border, 2019 to early 2021, of people who do not exist.

The same seed gives the same reports, so that two demos give packs of equal counts.
"""

import calendar
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from incidents.cli import told_more
from incidents.cli.stories import (
    AGAIN,
    CITIES,
    CLOSING,
    MARK,
    MONTHS,
    NATIONALITIES,
    OPENING,
    PERSON_MARK,
    RARE_STARS,
    RARE_TREES,
    STARS,
    STORIES,
    TREES,
    Story,
)
from incidents.model.vocabulary import Purpose, Verification, codes

T = TypeVar("T")
V = Verification
LAST_DAY = date(2021, 2, 28)
# What becomes of a report: the state its acts reach.
FATES = (
    (V.CREDIBLE, 76),
    (V.VERIFIED, 8),
    (V.UNDER_VERIFICATION, 5),
    (V.NOT_VERIFIED, 4),
    (V.UNLIKELY, 2),
    (V.RECEIVED, 5),
)
EVERY_DUPLICATE = 25  # of so many incidents one is told by a second person
EVERY_WITHDRAWAL = 40  # of so many tellers one withdraws
EVERY_SECOND_THOUGHT = 55  # of so many tellers one agrees later to what was not asked at first
CODES_OF_BORDER = ("656", "664", "686", "867", "868", "878", "899", "631")


@dataclass(frozen=True)
class Invented:
    """A report as it will be typed, and what the staff of the demo will make of it."""

    document: dict[str, Any] = field(repr=False)
    writer: int  # which field researcher
    fate: Verification
    withdraws: tuple[Purpose, ...] | None = None  # none: they do not; empty: all purposes
    agrees_later: bool = False


@dataclass(frozen=True)
class Canary:
    """A name and a phone number that must be found nowhere but here."""

    name: str
    phone: str


def canaries() -> list[Canary]:
    """Twelve people whose names and numbers are typed into the first reports."""
    return [
        Canary(f"{star} {tree}", f"+52 {CODES_OF_BORDER[n % 8]} 555 {7301 + 89 * n}")
        for n, (star, tree) in enumerate(zip(RARE_STARS, RARE_TREES, strict=True))
    ]


def reports(count: int, seed: int = 2019) -> list[Invented]:
    """So many incidents, and the reports of second tellers among them."""
    return list(_Teller(random.Random(seed), count).tell())  # noqa: S311  the same seed must give the same demo


class _Teller:
    """Draws one report after the other."""

    def __init__(self, rng: random.Random, count: int) -> None:
        self.rng, self.count = rng, count
        self.canaries = canaries()

    def pick(self, weighted: Sequence[tuple[T, int]]) -> T:
        return self.rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def tell(self) -> Iterator[Invented]:
        for number in range(1, self.count + 1):
            language = "es" if self.chance(0.62) else "en"
            document, story = self.report(language)
            told_more.add(document, number)
            writer = 0 if language == "es" else 1
            fate = self.pick(FATES)
            if fate == V.VERIFIED:
                document["sources"] = self.two_sources()
            yield Invented(
                document, writer, fate, self.withdrawal(number), number % EVERY_SECOND_THOUGHT == 0
            )
            if number % EVERY_DUPLICATE == 0:
                yield Invented(self.told_again(document, story), 1 - writer, V.DUPLICATE)

    def withdrawal(self, number: int) -> tuple[Purpose, ...] | None:
        """Half of those who withdraw take back everything, half the rows alone."""
        if number % EVERY_WITHDRAWAL:
            return None
        return () if number % (2 * EVERY_WITHDRAWAL) else (Purpose.ROWS,)

    # -- one report

    def report(self, language: str) -> tuple[dict[str, Any], Story]:
        story = self.pick([(story, story.weight) for story in STORIES])
        municipality, state, city, _weight = self.pick([(place, place[3]) for place in CITIES])
        moment, latest = self.moment()
        told_on = min(latest + timedelta(days=self.rng.randint(1, 40)), LAST_DAY)
        acts = self.acts(story)
        restricted = any(codes("act")[act["type"]].restricted for act in acts)
        persons = self.persons(language, told_on, restricted=restricted)
        place = {"country": "MEX", "state": state, "municipality": municipality, "type": story.place}
        document = {
            "interview": {
                "on": {"edtf": told_on.isoformat(), "precision": "DAY"},
                "mode": self.pick([("INP", 70), ("INR", 30)]),
                "language": language,
                "private": self.pick([("yes", 85), ("no", 10), ("UNK", 5)]),
            },
            "danger": self.pick([("no", 90), ("before", 8), ("today", 2)]),
            "narrative": self.narrative(story, language, city, persons),
            "incident": {
                "moment": moment,
                "place": place,
                "exposure": story.exposure,
                "programme": "T42" if moment["edtf"] > "2020-04" and self.chance(0.5) else "MP1",
                "authorities": [self.pick([("NOB", 75), ("POL", 10), ("FIS", 8), ("CDH", 4), ("INM", 3)])],
                "hearing_missed": self.pick([("no", 70), ("yes", 12), ("NAP", 18)]),
            },
            "acts": acts,
            "persons": persons,
            "perpetrators": [self.doer(story)],
        }
        return document, story

    def moment(self) -> tuple[dict[str, str], date]:
        """When, as exactly as somebody remembers; and the last day it can have been."""
        month = self.pick(MONTHS)
        year, number = map(int, month.split("-"))
        last = calendar.monthrange(year, number)[1]
        day = date(year, number, self.rng.randint(1, last))
        precision = self.pick([("DAY", 66), ("APX", 12), ("MON", 16), ("RNG", 6)])
        if precision == "RNG" and day.day + 3 <= last:
            until = day + timedelta(days=3)
            return {"edtf": f"{day}/{until}", "precision": "RNG"}, until
        if precision == "MON":
            return {"edtf": month, "precision": "MON"}, date(year, number, last)
        mark = "~" if precision == "APX" else ""
        return {"edtf": f"{day}{mark}", "precision": "APX" if mark else "DAY"}, day

    def acts(self, story: Story) -> list[dict[str, Any]]:
        kinds = [code for code, share in story.acts if self.chance(share)] or [story.acts[0][0]]
        return [
            {"key": f"a{n}", "type": kind, "status": self.pick([("C", 84), ("A", 12), ("U", 4)])}
            for n, kind in enumerate(kinds, 1)
        ]

    def doer(self, story: Story) -> dict[str, Any]:
        return {
            "type": self.rng.choice(story.doers),
            "basis": self.pick([("BEL", 40), ("WOR", 30), ("UNI", 15), ("REC", 5), ("UNK", 10)]),
            "degree": "DIR",
            "number": {"best": self.rng.randint(1, 6)},
            "collusion": self.pick([("no", 50), ("suspected", 15), ("yes", 5), ("UNK", 30)]),
        }

    def narrative(self, story: Story, language: str, city: str, persons: list[dict[str, Any]]) -> str:
        words = {
            "name": persons[0]["identity"]["name"],
            "city": city,
            "amount": str(self.rng.choice((500, 800, 1500, 3000, 5000, 8000))),
            "days": str(self.rng.randint(2, 15)),
        }
        said = story.es if language == "es" else story.en
        parts = (self.rng.choice(OPENING[language]), said, self.rng.choice(CLOSING[language]), MARK[language])
        return " ".join(part.format(**words) for part in parts)

    def two_sources(self) -> list[dict[str, Any]]:
        """The person, and somebody who knows it from elsewhere."""
        other = self.pick([(("MED", "MED"), 3), (("COM", "OFF"), 4), (("INP", "NGO"), 3)])
        return [
            {"type": "INP", "relation": "VIC", "reliability": "B", "first_hand": "yes"},
            {
                "type": other[0],
                "relation": other[1],
                "reliability": "B",
                "first_hand": "no",
                "origin": f"second origin {self.rng.randint(1000, 9999)}",
            },
        ]

    # -- the people

    def persons(self, language: str, told_on: date, *, restricted: bool) -> list[dict[str, Any]]:
        """Who tells, who was with them, and now and then the others of whom nobody knows the names."""
        adult = self.person(language, self.pick([(age, 12 if age < 35 else 5) for age in range(18, 62)]))
        adult |= {
            "teller": True,
            "key": "p1",
            "consent": self.consent(language, told_on, "self", restricted=restricted),
        }
        found = [adult]
        home = adult["facts"]["nationality"][0]
        if self.chance(0.16):
            found.append(self.companion(language, told_on, home, self.rng.randint(18, 55)))
        if self.chance(0.15):
            found.append(self.companion(language, told_on, home, self.rng.randint(1, 17)))
        if self.chance(0.05):
            found.append(self.group())
        return [person | {"key": f"p{n}"} for n, person in enumerate(found, 1)]

    def name_and_phone(self, *, adult: bool) -> tuple[str, str]:
        if self.canaries and adult:
            canary = self.canaries.pop(0)
            return canary.name, canary.phone
        name = f"{self.rng.choice(STARS)} {self.rng.choice(TREES)} {self.rng.choice(TREES)}"
        return name, f"+52 {self.rng.choice(CODES_OF_BORDER)} 555 01{self.rng.randint(0, 99):02}"

    def person(self, language: str, age: int, home: str = "") -> dict[str, Any]:
        name, phone = self.name_and_phone(adult=age >= 18)
        identity = {"name": name, "other_names": PERSON_MARK[language]}
        if age >= 18:
            identity["phone"] = phone
        return {
            "kind": "individual",
            "identity": identity,
            "facts": {
                "gender": self.pick([("F", 49), ("M", 47), ("TW", 2), ("NB", 1), ("DEC", 1)]),
                "age": age,
                "nationality": [home or self.pick(NATIONALITIES)],
            },
        }

    def companion(self, language: str, told_on: date, home: str, age: int) -> dict[str, Any]:
        """A relative: asked for themselves, or by who may decide for them. Sometimes the wrong one was asked."""
        person = self.person(language, age, home)
        by = "self" if age >= 18 else ("adolescent" if age >= 12 else "guardian")
        if by != "self" and self.chance(0.15):
            by = "self"
        return person | {"consent": self.consent(language, told_on, by, restricted=False)}

    def group(self) -> dict[str, Any]:
        """“Some twenty people, names unknown”: counted, never a row."""
        best = self.rng.randint(5, 24)
        return {"kind": "group", "facts": {"group_size": {"min": best - 3, "best": best, "max": best + 6}}}

    def consent(self, language: str, on: date, by: str, *, restricted: bool) -> dict[str, Any]:
        shares = {
            Purpose.RECORD: (97, 0),  # who says no is not written down
            Purpose.STATISTICS: (90, 5),
            Purpose.ROWS: (84, 8),
            Purpose.PUBLISH: (35, 30),
        }
        decisions = {
            purpose.value: self.pick(
                [("given", given), ("refused", refused), ("not_asked", 100 - given - refused)]
            )
            for purpose, (given, refused) in shares.items()
        }
        return {
            "method": self.pick([("spoken", 70), ("signed", 20), ("recorded", 10)]),
            "language": language,
            "given_by": by,
            **({"relation": "parent", "guardian_doer": "no"} if by != "self" else {}),
            "on": on.isoformat(),
            "restricted": restricted and self.chance(0.5),
            "decisions": decisions,
        }

    def told_again(self, document: dict[str, Any], story: Story) -> dict[str, Any]:
        """The same incident by another of those it happened to, in the other language, to the other researcher."""
        first = document["interview"]
        language = "en" if first["language"] == "es" else "es"
        home = document["persons"][0]["facts"]["nationality"][0]
        told_on = date.fromisoformat(first["on"]["edtf"])
        teller = self.person(language, self.rng.randint(18, 45), home)
        teller |= {
            "teller": True,
            "key": "p1",
            "consent": self.consent(language, told_on, "self", restricted=False),
        }
        city = next(c[2] for c in CITIES if c[0] == document["incident"]["place"]["municipality"])
        again = {name: document[name] for name in ("incident", "perpetrators")}
        narrative = f"{AGAIN[language]} {self.narrative(story, language, city, [teller])}"
        interview = {**first, "language": language}
        acts = [dict(act) for act in document["acts"]]
        return {**again, "interview": interview, "narrative": narrative, "acts": acts, "persons": [teller]}
