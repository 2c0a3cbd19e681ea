"""Duplicates are found on what people typed: accents, order, short names, slips, a digit off; others are not."""

import pytest

from benchmarks.planted import Inventor, judged
from incidents.intake.duplicates import doubles, pairs, weights
from incidents.intake.duplicates.crowd import Crowd
from incidents.intake.duplicates.traits import birth, scene, traits
from incidents.search import names
from incidents.search.numbers import documents, phones
from tests.intake.twins import one, people_of

SEED = 20191  # not the one that the weights were set on
PLACE = {"country": "MEX", "state": "MX-TAM", "municipality": "28032"}


def compared(mine, theirs):
    left, right = one(**mine), one(**theirs)
    match = Crowd([left, right]).compare(left, right)
    return match.score, {sign.code for sign in match.signs}


# -- names


@pytest.mark.parametrize(
    ("mine", "theirs", "sign"),
    [
        ("José Ramírez Zelaya", "JOSE RAMIREZ ZELAYA", "name_same"),
        ("José Ramírez Zelaya", "Zelaya Ramírez, José", "name_same"),
        ("María de los Ángeles Euceda", "Maria Angeles Euceda", "name_same"),
        ("Jose\u0301 Ramírez Zelaya", "José Ramírez Zelaya", "name_same"),
        ("José Vásquez Zelaya", "José Bazques Celaya", "name_sounds"),
        ("Yesenia Turcios Funes", "Llesenia Turcios Funes", "name_sounds"),
        ("Pepe Turcios Funes", "José Turcios Funes", "name_short"),
        ("Lupita Turcios Funes", "Guadalupe Turcios Funes", "name_short"),
        ("Chuy Turcios Funes", "Jesús Turcios Funes", "name_short"),
        ("Memo Turcios Funes", "Guillermo Turcios Funes", "name_short"),
        ("Zé Turcios Funes", "José Turcios Funes", "name_short"),
        ("Wilmer Rápalo Orellana", "Wilmer Rápalo Orelana", "name_alike"),
        ("Wilmer Rápalo Chinchilla", "Wilmer Rápalo Chinchiyla", "name_alike"),
        ("Wilmer Rápalo Chinchilla", "Wilmer Rápalo Cihnchilla", "name_alike"),
        ("Wilmer Rápalo Chinchilla", "Wilmer Rápalo", "name_shorter"),
        ("Dunia Rápalo", "Dunia Rápalo de Machado", "name_shorter"),
        ("Wilmer J. Rápalo", "Wilmer Josué Rápalo", "name_initial"),
        ("Anamaría Turcios Funes", "Ana María Turcios Funes", "name_shorter"),
    ],
)
def test_duplicates_names_that_are_one(mine, theirs, sign):
    score, codes = compared(
        {"name": mine, "phone": "+504 9911-2233"}, {"name": theirs, "phone": "+504 9911-2233"}
    )
    assert codes & {sign, "name_same"}
    assert score >= weights.LIKELY


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("Wilmer Rápalo Chinchilla", "Elmer Rápalo Chinchilla"),
        ("Dunia Rápalo Chinchilla", "Keyla Rápalo Chinchilla"),
        ("José Hernández", "José Hernández"),
        ("María García", "María García López"),
        ("Ana Cruz", "Eva Cruz"),
    ],
)
def test_duplicates_names_alone_do_not_make_brothers_or_namesakes_one(mine, theirs):
    score, _codes = compared({"name": mine}, {"name": theirs})
    assert score < weights.SWEPT


def test_duplicates_another_name_is_tried_too():
    score, codes = compared(
        {"name": "El Flaco", "other_names": "Wilmer Rápalo Chinchilla", "birth_date": "1990-02-03"},
        {"name": "Wilmer Rápalo Chinchilla", "birth_date": "1990-02-03"},
    )
    assert "other_name" in codes
    assert score >= weights.LIKELY


def test_duplicates_a_common_name_says_less_than_a_rare_one():
    crowd = Crowd([one(name=f"José Hernández {word}") for word in "Zelaya Funes Ayala Machado Ponce".split()])
    assert crowd.rarity("hernandez") < crowd.rarity("zelaya")


def test_duplicates_particles_are_no_names():
    assert names.words("María de la Luz del Río") == ("luz", "maria", "rio")


# -- phones, documents, dates


def test_duplicates_phones_as_people_write_them():
    assert phones("+52 (868) 555-0183 / 8685550184") == ("685550183", "685550184")
    assert phones("none") == ()


def test_duplicates_documents_as_people_write_them():
    assert documents("A-number: A 214-420-741; passport E123456") == ("A214420741", "E123456")
    assert documents("no tiene") == ()


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1990-02-03", (1990, 1990)),
        ("03/02/1990", (1990, 1990)),
        ("about 1990 or 1992", (1990, 1992)),
        ("?", None),
    ],
)
def test_duplicates_dates_of_birth_as_people_write_them(text, years):
    assert birth(text)[1] == years


@pytest.mark.parametrize(
    ("field", "mine", "theirs", "sign"),
    [
        ("phone", "+504 9911-2233", "9911 2233", "phone_near"),
        ("phone", "+504 9911-2233", "+504 9911-2234", "phone_near"),
        ("phone", "+504 9911-2233", "+504 3345-9876", "phone_differs"),
        ("documents", "A 214 420 741", "A214420741", "document_same"),
        ("documents", "A 214 420 741", "A214420742", "document_near"),
        ("documents", "A 214 420 741", "A199000111", "document_differs"),
        ("birth_date", "1990-02-03", "03/02/1990", "birth_same"),
        ("birth_date", "1990-02-03", "1990-03-02", "birth_swapped"),
        ("birth_date", "1990-02-03", "1991-02-03", "birth_near"),
        ("birth_date", "1990-02-03", "1958-11-30", "birth_differs"),
    ],
)
def test_duplicates_signs(field, mine, theirs, sign):
    _score, codes = compared({"name": "Dunia Rápalo", field: mine}, {"name": "Dunia Rápalo", field: theirs})
    assert sign in codes


def test_duplicates_age_at_the_time_is_a_year_of_birth():
    then, later = (
        scene(one().id, {"moment": {"edtf": day, "precision": "DAY"}}, [])
        for day in ("2019-05-01", "2022-05-01")
    )
    young = traits(one().id, {"name": "Dunia Rápalo"}, {"age": 29}, [then])
    older = traits(one().id, {"name": "Dunia Rápalo"}, {"age": 32}, [later])
    other = traits(one().id, {"name": "Dunia Rápalo"}, {"age": 29}, [later])
    crowd = Crowd([young, older, other])
    assert "age_fits" in {sign.code for sign in crowd.compare(young, older).signs}
    assert "age_differs" in {sign.code for sign in crowd.compare(young, other).signs}


def test_duplicates_one_report_names_nobody_twice():
    report = one().id
    mine, theirs = (
        traits(one().id, {"name": "Dunia Rápalo Funes", "phone": "+504 9911-2233"}, {}, (), [report])
        for _ in "ab"
    )
    match = Crowd([mine, theirs]).compare(mine, theirs)
    assert "report_same" in {sign.code for sign in match.signs}


def test_duplicates_nobody_without_name_phone_and_document_is_compared():
    assert Crowd([one(), one(birth_date="1990-02-03")]).people == []


# -- what was planted


@pytest.fixture(scope="module")
def town():
    return Inventor(SEED).town(2000)


@pytest.fixture(scope="module")
def crowd(town):
    return Crowd(people_of(town))


@pytest.fixture(scope="module")
def swept(crowd):
    return list(pairs.sweep(crowd, weights.POSSIBLE))


def test_duplicates_planted_persons_are_found(town, swept):
    found = [(one.id, other.id) for one, other, match in swept if match.score >= weights.SWEPT]
    recall, precision = judged(town.truth, found)
    assert recall >= 0.95
    assert precision >= 0.8


def test_duplicates_planted_incidents_are_found(town, crowd, swept):
    everybody = {person.id: person for person in people_of(town)}
    scenes = {place.incident: place for person in everybody.values() for place in person.scenes}
    parts = {}
    for person in everybody.values():
        for place in person.scenes:
            parts.setdefault(place.incident, []).append(person.id)
    alike = {frozenset((one.id, other.id)): match.score for one, other, match in swept}
    chronicle = doubles.Chronicle(scenes, parts, everybody)
    found = [(mine.incident, theirs.incident) for mine, theirs, _match in doubles.sweep(chronicle, alike)]
    recall, precision = judged(town.incidents, found)
    assert recall >= 0.95
    assert precision >= 0.8


def test_duplicates_one_against_all_finds_what_the_sweep_finds(town, crowd, swept):
    """The sweep compares only who shares something; whoever is looked for alone is compared with everybody."""
    likely = {frozenset((one.id, other.id)) for one, other, match in swept if match.score >= weights.SWEPT}
    asked = [person for person in crowd.people if any(person.id in pair for pair in likely)][:60]
    for person in asked:
        alone = {
            frozenset((person.id, other.id))
            for other, match in crowd.against(person)
            if match.score >= weights.SWEPT
        }
        assert {pair for pair in likely if person.id in pair} <= alone


def test_duplicates_the_order_of_the_people_does_not_matter(town):
    there = people_of(town)[:400]
    forth = {frozenset((a.id, b.id)): m.score for a, b, m in pairs.sweep(Crowd(there))}
    back = {frozenset((a.id, b.id)): m.score for a, b, m in pairs.sweep(Crowd(there[::-1]))}
    assert forth == pytest.approx(back)


def test_duplicates_incidents_without_names_are_told_apart_by_place_time_acts_and_people():
    def told(day, act, age, place=None):
        what = {"moment": {"edtf": day, "precision": "DAY"}, "place": place or PLACE}
        found = scene(one().id, what, [{"type": act}])
        return found, traits(one().id, {}, {"gender": "F", "age": age, "nationality": ["HND"]}, [found])

    told_of = [told("2019-05-01", "KID", 29), told("2019-05-01", "KID", 29), told("2019-05-02", "ROB", 51)]
    scenes = {found.incident: found for found, _who in told_of}
    people = {who.id: who for _found, who in told_of}
    parts = {found.incident: [who.id] for found, who in told_of}
    chronicle = doubles.Chronicle(scenes, parts, people)
    mine, same, other = scenes.values()
    assert chronicle.compare(mine, same, {}).score > chronicle.compare(mine, other, {}).score
    assert "victims_alike" in {sign.code for sign in chronicle.compare(mine, same, {}).signs}
