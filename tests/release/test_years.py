"""Which numbers of a typed text are years: a list of what people write in either language."""

import pytest

from incidents.release import years

ALLOWED = (
    "Attacks in 2019",
    "Attacks in 2019 and 2020.",
    "Between 2019 and 2021 we spoke with others.",
    "From 2019 to 2021, as before",
    "Attacks 2019–2021",
    "November 2019",
    "since early 2019",
    "In mid-2019, the shelter moved.",
    "the end of 2019",
    "the years 2019, 2020 and 2021",
    "In 2019 alone",
    "until 2021 when the program ended",
    "Ataques en 2019",
    "Ataques de noviembre de 2019",
    "Entre 2019 y 2021, hablamos con otras.",
    "De 2019 a 2021",
    "desde 2019 hasta 2021",
    "a finales de 2019",
    "durante 2020 y 2021",
    "en el año 2020, como antes",
    "No number at all",
    "",
)
REFUSED = (
    "1950 people",
    "We spoke to 1950 people",
    "2019 people",
    "In 2019 people fled",
    "a total of 2019",
    "a total of 2019.",
    "up to 2019 families",
    "2019 of them",
    "in 2019 cases",
    "in 2019 and 14 more",
    "in 2019, 2012 people",
    "between 2010 and 2019 people",
    "2010–2019 families",
    "women (2019)",
    "People harmed: 2019",
    "more than 2000 Hondurans",
    "2019 %",
    "in 2019%",
    "in 2,019",
    "in 2019.5",
    "in a2019",
    "in 2019er",
    "in 1950",
    "in 12019",
    "in ٢٠١٩",
    "12",
    "2019",
    "1950 personas",
    "Hablamos con 1950 personas",
    "en 2019 casos",
    "un total de 2019",
    "un total de 2019 familias",
    "2019 de ellas",
    "hasta 2019 mujeres",
    "entre 2010 y 2019 personas",
    "de 2010 a 2019 familias",
    "mujeres (2019)",
    "Personas afectadas: 2019",
    "Los 212 de 2019",
    "en 2019 mujeres y niñas",
)


@pytest.mark.parametrize("text", ALLOWED)
def test_a_year_among_words_of_time_is_no_number(text):
    assert not years.has_number(text)


@pytest.mark.parametrize("text", REFUSED)
def test_what_counts_or_could_be_read_so_is_a_number(text):
    assert years.has_number(text)
