"""What is proposed to be cut, and what stays of an account; no database is asked."""

import pytest

from incidents.redaction import pseudonyms
from incidents.redaction.finding import Known, find, names_left
from incidents.redaction.known import words_of
from incidents.redaction.refusals import NoPseudonym
from incidents.redaction.sentences import redacted, split
from incidents.search.names import alike

KNOWN = Known(
    names={"xiomara": ("a",), "quetzalinda": ("a",), "jose": ("b",), "vasquez": ("b",)},
    places={"28022/": ("nuevo", "laredo"), "MX-TAM/": ("tamaulipas",)},
    numbers=("8675550183",),
)


def found(text, known=KNOWN):
    return [(each.kind, each.why, text[each.start : each.end]) for each in find(text, known, split(text))]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Me llamo Xiomara Quetzalinda.", "person", "Xiomara Quetzalinda"),
        ("me dicen xiomara", "person", "xiomara"),
        ("con XIOMARA de la Quetzalinda hoy", "person", "XIOMARA de la Quetzalinda"),
        ("y Chomara lloró", "person", "Chomara"),
        ("pepe no volvió", "person", "pepe"),
        ("Fue Bazques quien", "person", "Bazques"),
        ("Fuimos a Nuevo Laredo en bus", "place", "Nuevo Laredo"),
        ("Fuimos a Nueo Laredo en bus", "place", "Nueo Laredo"),
        ("volvimos a Laredo sin nada", "place", "Laredo"),
        ("en todo tamaulipas pasa", "place", "tamaulipas"),
        ("llamen al 867 555-0183 hoy", "number", "867 555-0183"),
        ("llamen al +52 664 555 0199 hoy", "phone", "+52 664 555 0199"),
        ("mi CURP es QUIX900101MBCZNV08 y", "number", "QUIX900101MBCZNV08"),
        ("mi A-123 456 789 de migración", "number", "A-123 456 789"),
        ("pasaporte G12345678 vencido", "number", "G12345678"),
        ("una camioneta ABC-12-34 gris", "number", "ABC-12-34"),
        ("en 25.6789, -100.3456 nos dejaron", "place", "25.6789, -100.3456"),
        ("escriban a rosa.i@correo.example hoy", "contact", "rosa.i@correo.example"),
        ("está en facebook.com/rosa y", "contact", "facebook.com/rosa"),
        ("el 3 de mayo de 2019 salimos", "date", "3 de mayo de 2019"),
        ("we left on March 3, 2019 at night", "date", "March 3, 2019"),
        ("fue el 13/11/19 a las", "date", "13/11/19"),
        ("tengo 36 años de edad y", "age", "36 años de edad"),
        ("a 36-year-old woman", "age", "36-year-old"),
        ("folio 12-345 del", "number", "12-345"),
    ],
)
def test_what_may_show_who_somebody_is_is_proposed(text, kind, said):
    assert (kind, said) in [(each[0], each[2]) for each in found(text)]


def test_what_no_rule_knows_is_left_to_be_looked_at():
    text = "Salimos con Wendy. Éramos 3 personas. María también. I saw them march in May"
    assert found(text) == [
        ("look", "capital", "Wendy"),
        ("look", "number", "3"),
        ("look", "capital", "María"),
        ("date", "date", "May"),
    ]


def test_sentences_end_where_people_end_them():
    text = "El Sr. Gil vino. ¿Y tú?  ¡No!… Sí, a las 3 p.m. salió.\nLa Av. Juárez\n\nFin"
    assert [text[a:b] for a, b in split(text)] == [
        "El Sr. Gil vino.",
        "¿Y tú?",
        "¡No!…",
        "Sí, a las 3 p.m. salió.",
        "La Av. Juárez",
        "Fin",
    ]


def sentence(text, words, state, *cuts):
    start = text.index(words)
    made = [{"at": [text.index(w), text.index(w) + len(w)], "do": do, "n": n} for w, do, n in cuts]
    return {"at": [start, start + len(words)], "state": state, "cuts": made}


def test_what_stays_is_theirs_and_what_was_left_out_is_marked_between_and_not_around():
    text = "Uno. Dos con Ana y Eva.\n\nTres. Cuatro, en Tula. Cinco."
    assert (
        redacted(
            text,
            [
                sentence(text, "Uno.", "out"),
                sentence(text, "Dos con Ana y Eva.", "in", ("Ana", "person", 7), ("Eva", "person", 3)),
                sentence(text, "Tres.", ""),
                sentence(text, "Cuatro, en Tula.", "in", ("Tula", "keep", 0)),
                sentence(text, "Cinco.", "out"),
            ],
        )
        == "Dos con [PERSON 1] y [PERSON 2]. […] Cuatro, en Tula."
    )


def test_a_known_name_in_a_signed_text_is_found_letter_for_letter():
    assert names_left("Nadie. [PERSON 1] y Chomara.", KNOWN) == []
    assert len(names_left("XIOMARÁ y Jose, 8675550183", KNOWN)) == 3
    assert words_of("la hermana de Rosa Ibarra") == {"rosa", "ibarra"}
    assert words_of("rosa ibarra") == {"rosa", "ibarra"}


def test_a_pseudonym_is_of_their_culture_and_gender_and_nobodys():
    near = {"cecilia", "perez", "paty"}
    drawn = {pseudonyms.draw({"nationality": ["VEN"], "gender": "F"}, near, near, []) for _each in range(200)}
    assert {name for name, _initial in drawn} <= set(pseudonyms.names()["VEN", "F"]) - {"Cecilia", "Patricia"}
    assert not {initial for _name, initial in drawn} & {"C", "P"}
    haitian, _initial = pseudonyms.draw({"nationality": ["HTI"], "gender": "M"}, [], [], [])
    assert haitian in pseudonyms.names()["HTI", "M"]
    assert pseudonyms.draw({"nationality": ["XXX"]}, [], [], [])[0] in pseudonyms.offered({})


def test_a_pseudonym_is_given_once_and_then_refused():
    taken = []
    count = len(pseudonyms.names()["CHN", "F"])
    for _each in range(count * len(pseudonyms.INITIALS)):
        taken.append(pseudonyms.draw({"nationality": ["CHN"], "gender": "F"}, [], [], taken))
        if len(taken) == count:
            assert len({name for name, _initial in taken}) == count
    assert len(set(taken)) == len(taken)
    with pytest.raises(NoPseudonym):
        pseudonyms.draw({"nationality": ["CHN"], "gender": "F"}, [], [], taken)


def test_no_name_of_the_list_stands_twice_under_a_culture():
    for names in pseudonyms.names().values():
        assert len(set(names)) == len(names)
        assert all(name[0].isupper() and not alike(name.casefold(), "zz") for name in names)


def test_a_name_of_two_letters_is_a_name_wherever_it_has_its_capital():
    known = Known(names=dict.fromkeys(words_of("Bo Li"), ("a",)), places={})
    assert words_of("Bo Li") == {"bo", "li"}
    assert words_of("El Güero, hijo de la Bo") == {"guero", "bo"}
    assert ("person", "name", "Li") in found("Li nos ayudó mucho.", known)  # the first word of a sentence
    text = "Li nos ayudó, y li no es nadie."
    assert [text[start:end] for start, end in names_left(text, known)] == ["Li"]
