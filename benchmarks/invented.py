"""Invented reports and an invented file of them: no person in them ever lived."""

import csv
import io
import random

FIRST = "Wilmer Dunia Keyla Óscar Milagro Josué Yesenia Santos Rosibel Elmer Ingrid Marvin".split()
LAST = "Zelaya Mejía Rápalo Cruz Bonilla Euceda Turcios Ayala Machado Orellana".split()
STATES = {
    "MX-TAM": ("Reynosa", "Matamoros"),
    "MX-CHH": ("Juárez", "Ojinaga"),
    "MX-CHP": ("Tapachula", "Arriaga"),
}
GENDERS = ("F", "M")
ACTS = ("KID", "EXT", "ROB", "THR")
COUNTRIES = ("HND", "SLV", "GTM", "CUB", "VEN")
STORY = "Salimos de noche en un autobús. Antes de llegar nos bajaron, nos quitaron los teléfonos y pidieron dinero. "
HEAD = (
    "folio",
    "date",
    "state",
    "town",
    "act",
    "gender",
    "age",
    "country",
    "name",
    "phone",
    "story",
    "source",
)


def _same(codes):
    """A table of codes for a column that holds the codes themselves."""
    return "{ " + ", ".join(f'"{code}" = "{code}"' for code in codes) + " }"


MAPPING = f"""
format = 1
name = "invented intake sheet"

[file]
kind = "csv"
separator = ","
date_order = "YMD"

[source]
label = "benchmark"
key = ["folio"]

[basis]
kind = "published"
citation = "an invented list"
licence = "CC0"
date = "2024-01-01"

[constants]
"incident.place.country" = "MEX"
"acts.a1.status" = "C"
"persons.p1" = {{ kind = "individual", teller = false }}
"involvements.1" = {{ person = "p1", act = "a1", part = "DIR" }}
"sources.1" = {{ type = "SET", first_hand = "no", origin = "an invented list" }}

[fields]
"narrative" = {{ column = "story", as = "text" }}
"incident.moment" = {{ column = "date", as = "date", required = true }}
"incident.place.state" = {{ column = "state", as = "code", codes = {_same(STATES)} }}
"incident.labels.town" = {{ column = "town", as = "text" }}
"acts.a1.type" = {{ column = "act", as = "code", codes = {_same(ACTS)} }}
"persons.p1.identity.name" = {{ column = "name", as = "text" }}
"persons.p1.identity.phone" = {{ column = "phone", as = "text" }}
"persons.p1.facts.gender" = {{ column = "gender", as = "code", codes = {_same(GENDERS)} }}
"persons.p1.facts.age" = {{ column = "age", as = "number" }}
"persons.p1.facts.nationality" = {{ column = "country", as = "code", codes = {_same(COUNTRIES)} }}
"sources.1.citation" = {{ column = "source", as = "text" }}
"""


def report(rng):
    """A report as the form gives it: one teller, one act, the story in their own words."""
    state, towns = rng.choice(list(STATES.items()))
    return {
        "narrative": STORY * rng.randint(3, 12),
        "incident": {
            "moment": {"edtf": _day(rng), "precision": "DAY"},
            "place": {"country": "MEX", "state": state},
            "labels": {"town": rng.choice(towns)},
        },
        "acts": [{"type": rng.choice(ACTS), "status": "C"}],
        "persons": [
            {
                "teller": True,
                "identity": {"name": _name(rng), "phone": _phone(rng)},
                "facts": {
                    "gender": rng.choice(GENDERS),
                    "age": rng.randint(18, 60),
                    "nationality": [rng.choice(COUNTRIES)],
                },
                "consent": {
                    "method": "spoken",
                    "decisions": {"REC": "given", "STA": "given", "ROW": "given"},
                },
            }
        ],
    }


def typed(document):
    """The same as the fields of the page's form."""
    (person,), (act,), what = document["persons"], document["acts"], document["incident"]
    form = {
        "narrative": document["narrative"],
        "danger": "no",
        "persons.0.key": "p1",  # as the page says of whoever tells, unseen
        "persons.0.kind": "individual",
        "persons.0.teller": "yes",
        "incident.moment.kind": "day",
        "incident.moment.day": what["moment"]["edtf"],
        "incident.place.state": what["place"]["state"],
        "acts.0.type": act["type"],
        "acts.0.status": act["status"],
        "involvements.0.person": "p1",
        "involvements.0.act": "a1",
        "involvements.0.part": "DIR",
    }
    form |= {f"persons.0.identity.{name}": value for name, value in person["identity"].items()}
    form |= {
        f"persons.0.consent.decisions.{name}": value for name, value in person["consent"]["decisions"].items()
    }
    facts = person["facts"]
    return form | {
        "persons.0.facts.age": str(facts["age"]),
        "persons.0.facts.nationality.0": facts["nationality"][0],
    }


def sheet(rows, seed=11):
    """A CSV file of so many rows, as bytes."""
    rng, out = random.Random(seed), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for number in range(rows):
        state, towns = rng.choice(list(STATES.items()))
        what = (_day(rng), state, rng.choice(towns), rng.choice(ACTS))
        who = (rng.choice(GENDERS), rng.randint(18, 60), rng.choice(COUNTRIES), _name(rng), _phone(rng))
        story = f"{STORY * rng.randint(1, 4)}Es el folio-{number}."
        writer.writerow((f"F{number:06}", *what, *who, story, f"https://example.org/{number}"))
    return out.getvalue().encode()


def _day(rng):
    return f"20{rng.randint(18, 23)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def _name(rng):
    return f"{rng.choice(FIRST)} {rng.choice(LAST)} {rng.choice(LAST)}"


def _phone(rng):
    return f"+52 868 555 {rng.randint(0, 9999):04}"
