"""Invented persons with planted duplicates: nobody in them ever lived, and who is who is known.

Names are drawn as people bear them: a few very often, many seldom, so that different people share names. Families
share surnames, a telephone and a journey. A duplicate is the same person told of once more: with typing errors, names
in another order or left out, accents gone, a short name, a digit off, an age in place of a birthday.
"""

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate, combinations, pairwise
from uuid import UUID

from incidents.intake.duplicates.traits import scene, traits

WOMEN = """María Ana Rosa Karla Dunia Yesenia Wendy Ingrid Keyla Milagro Guadalupe Carmen Josefa Francisca Elena
Gabriela Daniela Beatriz Cecilia Graciela Concepción Dolores Mercedes Isabel Leticia Patricia Verónica Victoria Yolanda
Esmeralda Fernanda Jennifer Jessica Sandra Claudia Norma Rosibel Suyapa Nohemí Heidy Glenda Lesly Marisol Yadira Zoila
Estefanía Ximena Valentina Yuleisy Arelys Belkis Yamilet Keren Sarahí Nancy Doris Vilma Eva Telma Irma""".split()
MEN = """José Juan Carlos Luis Francisco Antonio Manuel Jesús Miguel Wilmer Óscar Josué Santos Elmer Marvin Eduardo
Roberto Guillermo Enrique Ignacio Fernando Salvador Rafael Ramón Gustavo Alberto Ernesto Santiago Vicente Mario Edgar
Kevin Darwin Nelson Walter Denis Rigoberto Hernán Adalberto Selvin Olvin Yefri Ángel Daniel David Gabriel Héctor Jorge
Pedro Víctor Alejandro Andrés Cristian Yoandry Yunior Reinaldo Osmany Brayan Jefferson Maynor""".split()
SURNAMES = """Hernández García López Martínez Rodríguez González Pérez Ramírez Cruz Flores Sánchez Mejía Reyes Gómez
Vásquez Morales Castillo Torres Díaz Rivera Ramos Ortiz Aguilar Romero Mendoza Zelaya Pineda Orellana Bonilla Euceda
Turcios Ayala Machado Rápalo Lainez Portillo Alvarado Chávez Gutiérrez Guzmán Medina Castro Vargas Rojas Jiménez Moreno
Contreras Velásquez Escobar Cáceres Zúñiga Banegas Murillo Ponce Funes Amaya Interiano Chinchilla Barahona Carranza
Valladares Argueta Menjívar Quintanilla Zavala Zepeda Urbina Villanueva Yánez Yáñez Bermúdez Cabrera Colmenares Urdaneta
Villalobos Paredes Quispe Huamán Guaillas Morocho Chimbo Tenesaca Cajamarca Montaño Arboleda""".split()
HAITIAN_WOMEN = """Marie Rose Nadège Guerline Mirlande Fabiola Islande Wideline Rosemène Yolette Carline Judith Ketly
Lovely Daphnée Esther Myriam Natacha Roselaure Wislande""".split()
HAITIAN_MEN = """Jean Pierre Joseph Jacques Wilson Frantz Jameson Louis Emmanuel Samuel Ricardo Dieudonné Fritz Wisly
Evens Makenson Widelin Jhonny Reginald Stanley""".split()
HAITIAN_SURNAMES = """Jean Pierre Joseph Charles Louis Jean-Baptiste Saint-Louis Desir Augustin Michel Antoine Etienne
Exantus Dorvil Fleurant Cadet Belizaire Estimé Noël Mésidor Toussaint Philistin Alcius Dorsainvil Sainvil Occéus Petit
Frère Cherestal Metellus""".split()
STARTS, MIDDLES, ENDS = "Al Bar Cal Del Es Fu Gal Is Lor Mon Ner Or Pal Quin Sal Tor Ur Ven Zal".split(), (
    "a be ca da e gui la me no pi qui ra so ta va".split()
), "les món do rez ta ño ra nes co llo".split()  # fmt: skip
STOCK = [
    start + middle + end for start in STARTS for middle in MIDDLES for end in ENDS
]  # 2,850 rare surnames
NATIONS = {"HND": 30, "GTM": 14, "SLV": 14, "HTI": 12, "VEN": 10, "CUB": 8, "NIC": 6, "ECU": 6}
PLACES = {  # municipality → its state, and how often
    "28032": ("MX-TAM", 20),
    "28022": ("MX-TAM", 14),
    "28027": ("MX-TAM", 10),
    "08037": ("MX-CHH", 16),
    "02004": ("MX-BCN", 12),
    "02002": ("MX-BCN", 5),
    "05025": ("MX-COA", 6),
    "26043": ("MX-SON", 4),
    "07089": ("MX-CHP", 10),
}
ACTS = {"KID": 30, "EXT": 25, "ROB": 25, "THR": 10, "BEA": 10}
FROM, DAYS = date(2019, 1, 29), 1100
SHORT = {  # a table of its own, as people say them: not the one that it is judged by
    "Francisco": "Paco Pancho Chico", "José": "Pepe Chepe", "Jesús": "Chuy Chucho", "Guadalupe": "Lupe Lupita",
    "Guillermo": "Memo Guille", "Ignacio": "Nacho", "Enrique": "Kike Quique", "Eduardo": "Lalo Edu", "Alberto": "Beto",
    "Roberto": "Beto Rober", "Salvador": "Chava Salva", "Rafael": "Rafa", "Ramón": "Moncho", "Gustavo": "Tavo Gus",
    "Ernesto": "Neto", "Santiago": "Chago Santi", "Vicente": "Chente", "Antonio": "Toño Tony", "Manuel": "Manolo Manny",
    "Concepción": "Concha Conchita", "Dolores": "Lola", "Mercedes": "Meche", "Isabel": "Chabela Isa", "Leticia": "Lety",
    "Patricia": "Paty Patti", "Verónica": "Vero", "Victoria": "Vicky Toya", "Yolanda": "Yoli", "Fernanda": "Fer Nanda",
    "Jennifer": "Jenny Yeni", "Jessica": "Jessi", "Beatriz": "Bety", "Graciela": "Chela", "Josefa": "Chepa Pepa",
    "Francisca": "Paca", "Gabriela": "Gaby", "Daniela": "Dani", "Cecilia": "Ceci", "María": "Mari", "Luis": "Lucho",
    "Carlos": "Charly", "Miguel": "Miguelito", "Juan": "Juancho", "Rosa": "Rosita", "Pedro": "Pedrito",
    "Alejandro": "Alex", "Daniel": "Dani", "Gabriel": "Gabo", "Víctor": "Vito", "Rigoberto": "Rigo",
}  # fmt: skip
NEXT_TO = {a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in pairwise(row)}


@dataclass
class Raw:
    """A person as somebody typed them, before anything is made of it."""

    id: UUID
    who: int  # who it is in truth
    identity: dict
    facts: dict
    incident: UUID
    moment: dict
    place: dict
    acts: list
    words: tuple = ((), ())  # given names and surnames, as they are
    day: date = FROM
    report: UUID | None = None
    retold: UUID | None = None  # the incident that this one is told of again

    def traits(self):
        what = scene(self.incident, {"moment": self.moment, "place": self.place}, self.acts)
        return traits(self.id, self.identity, self.facts, [what], [self.report])


@dataclass
class Town:
    """Everybody, and which two are one."""

    people: list[Raw]
    truth: set[frozenset] = field(default_factory=set)  # persons who are one
    incidents: set[frozenset] = field(default_factory=set)  # incidents that are one


class Inventor:
    """Draws people from one seed."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self._made = 0

    def town(self, size, share=0.1):
        """So many persons, a share of whom are told of twice; some of them three times."""
        twice = max(1, int(size * share))
        people = self._crowd(size - twice)
        told = {}
        for original in self.rng.sample(people, twice):
            for _again in range(2 if self.rng.random() < 0.05 else 1):
                if len(people) < size:
                    people.append(self.again(original))
                    told.setdefault(original.id, [original]).append(people[-1])
        self.rng.shuffle(people)
        truth = {
            frozenset((one.id, other.id)) for same in told.values() for one, other in combinations(same, 2)
        }
        doubles = {frozenset((each.incident, each.retold)) for each in people if each.retold}
        return Town(people, truth, doubles)

    def _crowd(self, size):
        people = []
        while len(people) < size:
            family = self.rng.choices((1, 2, 3, 4), (70, 15, 10, 5))[0]
            people += self._family(min(family, size - len(people)))
        return people

    # -- new people

    def _family(self, size):
        """They travel together: one incident, often one telephone, the same surnames in part."""
        nation = self._one(NATIONS)
        surnames = (self._surname(nation), self._surname(nation))
        scene = self._scene()
        phone = self._phone(nation)
        report = self._id()
        return [self._member(nation, surnames, scene, phone, report, number) for number in range(size)]

    def _member(self, nation, surnames, scene, phone, report, number):
        gender = self.rng.choice("FM")
        given = self._given(nation, gender)
        if number and self.rng.random() < 0.4:  # somebody married in
            surnames = (self._surname(nation), self._surname(nation))
        surnames = surnames if nation != "HTI" and self.rng.random() < 0.75 else surnames[:1]
        day = scene["day"]
        age = min(75, max(1, int(self.rng.gauss(28 if number < 2 else 12, 9))))
        born = date(day.year - age, 1, 1) + timedelta(days=self.rng.randrange(365)) - timedelta(days=365)
        identity = {
            "name": " ".join((*given, *surnames)),
            "phone": phone if self.rng.random() < 0.55 else None,
            "birth_date": born.isoformat() if self.rng.random() < 0.55 else None,
            "documents": self._document(nation) if self.rng.random() < 0.25 else None,
        }
        if identity["phone"] and self.rng.random() < 0.4:
            identity["phone"] = self._phone(nation)  # one of their own
        facts = {"gender": gender, "nationality": [nation], "age": _age(born, day)}
        if self.rng.random() < 0.1:
            del facts["age"]
        self._made += 1
        return Raw(
            self._id(),
            self._made,
            identity,
            facts,
            scene["incident"],
            scene["moment"],
            scene["place"],
            scene["acts"],
            (given, surnames),
            born,
            report,
        )

    def _given(self, nation, gender):
        if nation == "HTI":
            stock = HAITIAN_WOMEN if gender == "F" else HAITIAN_MEN
        else:
            stock = WOMEN if gender == "F" else MEN
        count = 2 if self.rng.random() < 0.6 else 1
        return tuple(dict.fromkeys(self._zipf(stock) for _ in range(count)))

    def _surname(self, nation):
        if nation == "HTI":
            return self._zipf(HAITIAN_SURNAMES) if self.rng.random() < 0.7 else self.rng.choice(STOCK)
        return self._zipf(SURNAMES) if self.rng.random() < 0.8 else self.rng.choice(STOCK)

    def _zipf(self, stock):
        weights = list(accumulate(1 / (rank + 4) for rank in range(len(stock))))
        return self.rng.choices(stock, cum_weights=weights)[0]

    def _scene(self):
        place = self.rng.choices(list(PLACES), [often for _state, often in PLACES.values()])[0]
        day = FROM + timedelta(days=self.rng.randrange(DAYS))
        acts = [{"type": self._one(ACTS)}]
        if self.rng.random() < 0.3:
            acts.append({"type": self._one(ACTS)})
        return self._told(self._id(), place, day, acts)

    def _told(self, incident, place, day, acts):
        precision = self.rng.choices(("DAY", "APX", "MON"), (70, 15, 15))[0]
        edtf = {"DAY": day.isoformat(), "APX": f"{day}~", "MON": f"{day:%Y-%m}"}[precision]
        where = {"country": "MEX", "state": PLACES[place][0]}
        if self.rng.random() < 0.85:
            where["municipality"] = place
        return {
            "incident": incident,
            "place": where,
            "moment": {"edtf": edtf, "precision": precision},
            "acts": acts,
            "day": day,
            "town": place,
        }

    # -- the same person once more

    def again(self, one):
        """The same person, told of by somebody else or on another day."""
        rng = self.rng
        identity = {"name": self._name_again(one), **self._numbers_again(one)}
        facts = dict(one.facts)
        day = date.fromisoformat(_first_day(one.moment))
        retold = one.incident if rng.random() < 0.5 else None
        if retold:
            town = one.place.get("municipality") or next(
                code for code, (state, _often) in PLACES.items() if state == one.place["state"]
            )
            scene = self._told(
                self._id(), town, day + timedelta(days=rng.choice((0, 0, 0, 1, -1, 2))), one.acts
            )
        else:
            scene = self._scene()
        if "age" in facts:
            facts["age"] = max(0, _age(one.day, scene["day"]) + rng.choice((0, 0, 0, 0, 0, 0, 1, -1)))
        if rng.random() < 0.1:
            facts.pop("gender")
        if rng.random() < 0.1:
            facts.pop("nationality")
        return Raw(
            self._id(),
            one.who,
            identity,
            facts,
            scene["incident"],
            scene["moment"],
            scene["place"],
            scene["acts"],
            one.words,
            one.day,
            self._id(),
            retold,
        )

    def _name_again(self, one):
        """One, two or no changes; most of what is planted has at least one."""
        given, surnames = list(one.words[0]), list(one.words[1])
        for change in self.rng.sample(
            (self._plain, self._typo, self._swap, self._leave_out, self._short, self._spelled),
            self.rng.choices((0, 1, 2), (15, 55, 30))[0],
        ):
            given, surnames = change(given, surnames)
        return " ".join((*given, *surnames))

    def _plain(self, given, surnames):
        return [_plain(word) for word in given], [_plain(word) for word in surnames]

    def _typo(self, given, surnames):
        words = given + surnames
        place = max(range(len(words)), key=lambda at: (len(words[at]) > 3, self.rng.random()))
        words[place] = self._slip(words[place])
        return words[: len(given)], words[len(given) :]

    def _slip(self, word):
        at = self.rng.randrange(1, max(2, len(word) - 1))
        match self.rng.randrange(4):
            case 0:
                return word[:at] + word[at + 1 :]
            case 1:
                return word[:at] + word[at] + word[at:]
            case 2:
                return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
        return word[:at] + NEXT_TO.get(_plain(word[at]).lower(), "e") + word[at + 1 :]

    def _swap(self, given, surnames):
        return surnames, given

    def _leave_out(self, given, surnames):
        if len(surnames) > 1 and (len(given) < 2 or self.rng.random() < 0.6):
            return given, surnames[:1]
        return (given[:1], surnames) if len(given) > 1 else (given, surnames)

    def _short(self, given, surnames):
        known = SHORT.get(given[0], "").split()
        return ([self.rng.choice(known), *given[1:]], surnames) if known else (given, surnames)

    def _spelled(self, given, surnames):
        """As it sounds."""
        swaps = (("z", "s"), ("v", "b"), ("y", "i"), ("ll", "y"), ("h", ""), ("c", "s"), ("j", "g"))
        words = given + surnames
        for at, word in enumerate(words):
            for here, there in swaps:
                if here in word[1:] and (here not in "cj" or word[word.index(here, 1) + 1 :][:1] in "eiéí"):
                    words[at] = word[0] + word[1:].replace(here, there, 1)
                    return words[: len(given)], words[len(given) :]
        return given, surnames

    def _numbers_again(self, one):
        rng, said = self.rng, {}
        phone, document, born = (one.identity.get(n) for n in ("phone", "documents", "birth_date"))
        if phone:
            said["phone"] = rng.choices(
                (phone, self._digit_off(phone), self._phone(one.facts.get("nationality", ["HND"])[0]), None),
                (55, 20, 10, 15),
            )[0]
        if document:
            said["documents"] = rng.choices((document, self._digit_off(document), None), (60, 20, 20))[0]
        if born:
            day = date.fromisoformat(born)
            swapped = f"{day.year}-{day.day:02}-{day.month:02}" if day.day <= 12 else born
            said["birth_date"] = rng.choices(
                (born, day.strftime("%d/%m/%Y"), swapped, self._year_off(day), str(day.year), None),
                (45, 10, 10, 10, 5, 20),
            )[0]
        return said

    def _digit_off(self, text):
        at = self.rng.choice([place for place, sign in enumerate(text) if sign.isdigit() and place > 4])
        return text[:at] + self.rng.choice([d for d in "0123456789" if d != text[at]]) + text[at + 1 :]

    def _year_off(self, day):
        return f"{day.year + self.rng.choice((1, -1))}-{day.month:02}-{min(28, day.day):02}"

    # -- small things

    def _phone(self, nation):
        rng = self.rng
        if rng.random() < 0.4:
            area = rng.choice(("899", "868", "867", "656", "664"))
            return f"+52 {area} {rng.randrange(1000):03} {rng.randrange(10000):04}"
        code = {"HND": 504, "GTM": 502, "SLV": 503, "HTI": 509, "VEN": 58, "CUB": 53, "NIC": 505, "ECU": 593}
        return (
            f"+{code.get(nation, 504)} {rng.choice('3789')}{rng.randrange(1000):03}-{rng.randrange(10000):04}"
        )

    def _document(self, nation):
        rng = self.rng
        if rng.random() < 0.5:
            return f"A {rng.randrange(200_000_000, 221_000_000)}"
        return f"{nation[0]}{rng.randrange(1_000_000, 9_999_999)}"

    def _one(self, weighted):
        return self.rng.choices(list(weighted), list(weighted.values()))[0]

    def _id(self):
        return UUID(int=self.rng.getrandbits(128))


def _plain(text):
    """Without its accents."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _age(born, day):
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


def _first_day(moment):
    text = moment["edtf"].rstrip("~")
    return text if len(text) == 10 else f"{text}-01"


def judged(truth, found):
    """Recall and precision of the pairs that were found, against who is who; nothing to find is found."""
    pairs = {frozenset((one, other)) for one, other in found}
    right = len(pairs & truth)
    return right / len(truth) if truth else 1.0, right / len(pairs) if pairs else 1.0
