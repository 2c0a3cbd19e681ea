"""Everybody who is known, ready to be compared: how common each word is, and any two of them side by side."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from math import inf, log2

from rapidfuzz.distance import OSA

from incidents.intake.duplicates import weights as w
from incidents.intake.duplicates.traits import Scene, Traits, Years, days_between
from incidents.intake.duplicates.weights import Match, Sign
from incidents.search.names import alike, forms, mistyped, slips, sound

SEXES = frozenset("FM")
_COSTS = (("sounds", w.SPELLED), ("short", w.SHORTENED), ("alike", w.SLIP), ("initial", w.RAREST))
RARE = 3  # people; a word met no oftener may be a slip of a commoner one


class Crowd:
    """People, and what is counted of them."""

    def __init__(self, people: Iterable[Traits]) -> None:
        self.people = [person for person in people if person.comparable]
        self.heard: Counter[str] = Counter()  # people who have a word of this sound
        self.written: Counter[str] = Counter()
        self._heard_in: dict[str, Counter[str]] = {}  # the same, of each nationality
        self._nations: Counter[str] = Counter()
        self._when: Counter[str] = Counter()
        self._acts: Counter[str] = Counter()
        for person in self.people:
            self._count(person)
        self._nations[""] = len(self.people)
        self.size = max(len(self.people), w.FEWEST)
        self.prior = -log2(self.size)
        self._rarity: dict[tuple[str, str], float] = {}

    def _count(self, person: Traits) -> None:
        said = {*person.words, *(word for other in person.others for word in other)}
        self.written.update(said)
        heard = {sound(word) for word in said}
        self.heard.update(heard)
        for nation in person.nations:
            self._heard_in.setdefault(nation, Counter()).update(heard)
        self._nations.update(person.nations)
        self._when.update({key for scene in person.scenes for key in _months(scene)})
        self._acts.update({act for scene in person.scenes for act in scene.acts})

    # -- two of them

    def compare(self, one: Traits, other: Traits) -> Match:
        """All signs, for and against."""
        match = self.at_least(one, other, -inf)
        assert match  # noqa: S101  everything is more than that; for the types
        return match

    def at_least(self, one: Traits, other: Traits, least: float) -> Match | None:
        """All signs; none where the names and the years say already that it cannot come to so much."""
        born = _births(one, other)
        name, differ = self._names(one, other)
        family = w.OF_A_FAMILY if differ else 1.0
        total = self.prior + sum(sign.weight for sign in (*born, *name))
        if total + _most_left(one, other, family) < least:
            return None
        if differ:
            born = [
                sign._replace(weight=sign.weight / 2) if sign.code == "birth_same" else sign for sign in born
            ]
        signs = (
            *name,
            *_phones(one, other, family),
            *_documents(one, other),
            *born,
            *self._kind(one, other),
            *self._scenes(one, other, family),
        )
        score = sum(sign.weight for sign in signs) + self.prior
        return Match(score, signs) if score >= least else None

    def rarity(self, word: str, nation: str = "") -> float:
        """How much it says that two records share this word, in bits; of two of one nationality: among its people."""
        known = self._rarity.get((word, nation))
        if known is None:
            share = (self._count_of(word, nation) + self._shared(word)) / (self._nations[nation] + w.BELIEVED)
            known = self._rarity[word, nation] = min(w.RAREST, max(0.0, -log2(share)))
        return known

    def _count_of(self, word: str, nation: str) -> int:
        """How many have it: among these people a name is common, among others nobody has it."""
        heard = self._heard_in.get(nation, self.heard)
        return max(1, heard[sound(word)])

    def _shared(self, word: str) -> float:
        return w.SHARES.get(word, w.UNKNOWN_SHARE) * w.BELIEVED

    def _names(self, one: Traits, other: Traits) -> tuple[list[Sign], bool]:
        """The best of their names against each other; and whether a word in them differs."""
        nation = min(one.nations & other.nations, default="")
        if not (one.others or other.others):
            return self._name(one.words, other.words, nation)
        tried = [
            (self._name(mine, theirs, nation), bool(mine is not one.words or theirs is not other.words))
            for mine in (one.words, *one.others)
            for theirs in (other.words, *other.others)
            if mine and theirs
        ]
        if not tried:
            return [], False
        (signs, differ), further = max(tried, key=lambda found: found[0][0][0].weight)
        if further and signs[0].weight > 0:
            signs = [Sign("other_name", signs[0].weight - w.SHORTENED)]
        return signs, differ

    def _name(self, mine: Sequence[str], theirs: Sequence[str], nation: str) -> tuple[list[Sign], bool]:
        if not mine or not theirs:
            return [], False
        if mine == theirs:
            return [Sign("name_same", self._bits(mine, nation))], False
        shared = [word for word in mine if word in theirs]
        left = [word for word in mine if word not in shared]
        right = [word for word in theirs if word not in shared]
        total, how = self._bits(shared, nation), set()
        for word in list(left):
            found = self._alike(word, right, nation)
            if found:
                total += found[0]
                how.add(found[1])
                left.remove(word)
                right.remove(found[2])
        if len(left) + len(right) >= 3 and left and right:
            total += self._joined(left, right, nation)
        if not shared and not how and left:
            return [Sign("name_differs", w.NO_WORD + w.OTHER_WORD)], True
        differ = min(len(left), len(right))
        total = (
            total * (w.BROTHERS if differ else 1)
            + differ * w.OTHER_WORD
            - abs(len(left) - len(right)) * w.LEFT_OUT
        )
        return [Sign(_name_code(how, differ, left or right), total)], differ > 0

    def _bits(self, words: Iterable[str], nation: str) -> float:
        return sum(self.rarity(word, nation) for word in words)

    def _alike(self, word: str, among: Sequence[str], nation: str) -> tuple[float, str, str] | None:
        """The word that is this one written otherwise: what it counts, how it differs, which it is."""
        found = {how: each for each in reversed(among) if (how := alike(word, each))}
        for how, cost in _COSTS:
            if how in found:
                each = found[how]
                return max(0.5, min(self.rarity(word, nation), self.rarity(each, nation)) - cost), how, each
        return None

    def _joined(self, left: list[str], right: list[str], nation: str) -> float:
        """Anamaría is Ana María: the words that are one leave both lists."""
        total = 0.0
        for some, others in ((left, right), (right, left)):
            for word in [each for each in some if len(each) > 5]:
                pair = next(((a, b) for a in others for b in others if a != b and a + b == word), None)
                if pair:
                    total += self._bits(pair, nation) - w.JOINED
                    some.remove(word)
                    for each in pair:
                        others.remove(each)
        return total

    def _kind(self, one: Traits, other: Traits) -> Iterator[Sign]:
        if one.gender and other.gender:
            if one.gender == other.gender:
                yield Sign("gender_same", w.SAME_GENDER)
            elif {one.gender, other.gender} <= SEXES:
                yield Sign("gender_differs", w.OTHER_GENDER)
        if one.nations and other.nations:
            shared = one.nations & other.nations
            if shared:
                rarest = min(self._nations[code] for code in shared)
                most = min(w.SAME_NATION_MOST, w.bits(rarest, len(self.people)))
                yield Sign("nation_same", most)
            else:
                yield Sign("nation_differs", w.OTHER_NATION)

    def _scenes(self, one: Traits, other: Traits, family: float) -> Iterator[Sign]:
        """What they went through: one report names each once; one place at one time may be one incident."""
        if not one.together.isdisjoint(other.together):
            yield Sign("report_same", w.SAME_REPORT)
            return
        if {scene.incident for scene in one.scenes} & {scene.incident for scene in other.scenes}:
            yield Sign("incident_same", w.SAME_INCIDENT * family)
            return
        found = [sign for mine in one.scenes for theirs in other.scenes for sign in self._near(mine, theirs)]
        if found:
            best = max(found, key=lambda sign: sign.weight)
            yield Sign(best.code, best.weight * family, best.days, best.place, best.act)

    def _near(self, mine: Scene, theirs: Scene) -> Iterator[Sign]:
        if not mine.state or mine.state != theirs.state:
            return
        days = days_between(mine, theirs)
        if days is None or days > w.FAR_DAYS:
            return
        place = mine.place if mine.place == theirs.place else mine.state
        rarity = w.bits(max(self._when[key] for key in _months(mine, place)), len(self.people))
        weight = min(w.NEAR_SCENE_MOST, rarity) * (1.0 if days <= w.NEAR_DAYS else 1 - w.FAR_SCENE)
        acts = mine.acts & theirs.acts
        act = min(acts, key=lambda code: self._acts[code], default="")
        if act:
            weight += min(w.SAME_ACT_MOST, w.bits(self._acts[act], len(self.people)))
        yield Sign("scene_near", weight, days, place, act)

    # -- one against all

    def against(self, one: Traits, least: float = w.POSSIBLE) -> list[tuple[Traits, Match]]:
        """Whoever may be this one, the likeliest first."""
        like = self.like(one)
        found = []
        for person in self.people:
            if person.id == one.id or not self._worth(one, person, like):
                continue
            match = self.at_least(one, person, least)
            if match:
                found.append((person, match))
        return sorted(found, key=lambda each: -each[1].score)

    def like(self, one: Traits) -> frozenset[str]:
        """Every word that is known and may be one of this person's."""
        mine = {*one.words, *(word for other in one.others for word in other)}
        sounds = frozenset(form for word in mine for form in forms(word))
        return frozenset(
            word
            for word in self.written
            if not sounds.isdisjoint(forms(word)) or any(mistyped(word, each) for each in mine)
        )

    @staticmethod
    def _worth(one: Traits, other: Traits, like: frozenset[str]) -> bool:
        """Whether the two share anything that a likeness could begin with."""
        if not like.isdisjoint(other.words) or any(not like.isdisjoint(each) for each in other.others):
            return True
        if one.phones and other.phones and _closest(one.phones, other.phones) <= 1:
            return True
        return bool(one.documents and other.documents and _closest(one.documents, other.documents) <= 1)

    # -- words that may be slips of one another

    def slips_of_commoner(self) -> dict[str, frozenset[str]]:
        """For each rare word the forms of the commoner words that it may be a slip of."""
        near: dict[str, list[str]] = {}
        for word in self.written:
            for piece in slips(word):
                near.setdefault(piece, []).append(word)
        found: dict[str, frozenset[str]] = {}
        for word, count in self.written.items():
            if count > RARE:
                continue
            others = {each for piece in slips(word) for each in near[piece] if each != word}
            commoner = [each for each in others if self.written[each] >= count and mistyped(word, each)]
            commoner.sort(key=lambda each: (-self.written[each], each))
            found[word] = frozenset(form for each in commoner[:4] for form in forms(each))
        return found


def _name_code(how: set[str], differ: int, left_out: Sequence[str]) -> str:
    """The one word for it: what weighs most against comes first."""
    if differ:
        return "name_partly"
    for each in ("alike", "short", "sounds", "initial"):
        if each in how:
            return f"name_{each}"
    return "name_shorter" if left_out else "name_same"


def _months(scene: Scene, place: str = "") -> Iterator[str]:
    """The months that a scene may have been in, at its place and in its state."""
    if scene.first is None or scene.last is None:
        return
    for where in {place} if place else {scene.place, scene.state} - {""}:
        for day in {scene.first, scene.last}:
            yield f"{where} {day.year}-{day.month}"


def _closest(some: Sequence[str], others: Sequence[str]) -> int:
    """Slips between the two that are nearest to each other; more than one counts as two."""
    return min(OSA.distance(mine, theirs, score_cutoff=1) for mine in some for theirs in others)


def _phones(one: Traits, other: Traits, family: float) -> Iterator[Sign]:
    if not (one.phones and other.phones):
        return
    slips_apart = _closest(one.phones, other.phones)
    if slips_apart == 0:
        yield Sign("phone_same", w.SAME_PHONE * family)
    elif slips_apart == 1:
        yield Sign("phone_near", w.NEAR_PHONE * family)
    else:
        yield Sign("phone_differs", w.OTHER_PHONE)


def _documents(one: Traits, other: Traits) -> Iterator[Sign]:
    if not (one.documents and other.documents):
        return
    slips_apart = _closest(one.documents, other.documents)
    if slips_apart == 0:
        yield Sign("document_same", w.SAME_DOCUMENT)
    elif slips_apart == 1:
        yield Sign("document_near", w.NEAR_DOCUMENT)
    elif any(_shape(mine) == _shape(theirs) for mine in one.documents for theirs in other.documents):
        yield Sign("document_differs", w.OTHER_DOCUMENT)


def _shape(document: str) -> str:
    """Documents of one kind look alike; of two kinds, nobody expects them to be equal."""
    return "".join("9" if sign.isdigit() else "A" for sign in document)


def _most_left(one: Traits, other: Traits, family: float) -> float:
    """What phones, documents, kind and scenes can add at most."""
    phone = w.SAME_PHONE * family if one.phones and other.phones else 0
    document = w.SAME_DOCUMENT if one.documents and other.documents else 0
    near = (w.NEAR_SCENE_MOST + w.SAME_ACT_MOST) * family
    return phone + document + near + w.SAME_GENDER + w.SAME_NATION_MOST


def _births(one: Traits, other: Traits) -> list[Sign]:
    if one.born and other.born:
        return [_birthdays(one.born, other.born)]
    if one.years and other.years:
        return [_years(one.years, other.years)]
    return []


def _birthdays(mine: date, theirs: date) -> Sign:
    if mine == theirs:
        return Sign("birth_same", w.BORN_SAME)
    years = abs(mine.year - theirs.year)
    if years == 0 and (mine.month, mine.day) == (theirs.day, theirs.month):
        return Sign("birth_swapped", w.BORN_SWAPPED)
    if years <= 1 and (mine.month, mine.day) == (theirs.month, theirs.day):
        return Sign("birth_near", w.BORN_NEAR)
    if OSA.distance(mine.isoformat(), theirs.isoformat(), score_cutoff=1) == 1:
        return Sign("birth_near", w.BORN_NEAR)
    if years == 0:
        return Sign("birth_year", w.BORN_YEAR)
    return Sign("birth_differs", w.OTHER_BIRTHDAY if years <= 2 else w.AGE_OTHER)


def _years(mine: Years, theirs: Years) -> Sign:
    if mine == theirs and mine[0] == mine[1]:
        return Sign("birth_year", w.YEAR_SAME)
    gap = max(mine[0] - theirs[1], theirs[0] - mine[1])
    weight = w.AGE_FITS if gap <= 0 else w.AGE_GAPS.get(gap, w.AGE_OTHER)
    return Sign("age_differs" if weight < 0 else "age_fits", weight)
