"""What is typed for an edition: kept, begun from, printed in its language, looked through for names, signed."""

import re
import tomllib
from uuid import uuid4

import pytest

from incidents.errors import InvalidInput, NotAllowed, NotFound
from incidents.model.release import Release
from incidents.release import named, publish, wording
from incidents.release.publish import Wanted
from tests import make
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_publish import manifest, pack, person, signed, story, tell

POLICY = "public-table"
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
WORDS = tomllib.loads("""
organisation = "Casa Fingida del Río"
purpose_explained = true
[title]
en = "Twice displaced"
es = "Dos veces desplazados"
[not_reached]
en = "People held in detention were not reached."
[requests]
en = "The institute was asked on 3 March 2019 and had not answered by then."
es = "Se preguntó al instituto el 3 de marzo de 2019; hasta entonces no había respondido."
[style.person]
en = "{org}, conversation with {pseudonym}, {place}, {date}"
""")


@pytest.fixture
def told(staff):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])


def kept(staff, said=WORDS):
    with staff.analyst.work() as work:
        return wording.keep(work, said).id


def ready(staff, words):
    with staff.analyst.work() as work:
        return publish.ready(work, Wanted(POLICY, {}, wording=words)).id


def saying(**more):
    return {"not_reached": {"en": "Nobody else was reached.", **more}}


def report(files, language):
    return re.sub(r"\s+", " ", files[f"report-{language}.html"].decode())


def test_what_was_typed_stands_in_the_text_of_its_language_and_of_no_other(staff, told):
    release = ready(staff, kept(staff))
    signed(staff, release)
    files = pack(staff, release)
    english, spanish = report(files, "en"), report(files, "es")
    assert "Twice displaced" in english
    assert "Dos veces desplazados" in spanish
    assert "People held in detention were not reached." in english
    assert "detention" not in spanish
    assert "explained to those interviewed who it is" in english
    assert "Casa Fingida del Río" in english
    # Nobody counted these; the paragraph without a number says nothing of that.
    assert english.count("were not counted from its records") == 1
    assert "no se contaron de sus registros" in spanish
    assert "typed" not in manifest(files)  # the one that leaves


def test_it_is_signed_with_the_release_and_a_correction_keeps_it(staff, told):
    release = ready(staff, kept(staff))
    signed(staff, release)
    kept(staff, saying())  # typed since: of the next edition
    somebody_withdraws(staff, release)
    correction = corrected(staff, release)
    with staff.coordinator.work() as work:
        assert publish.release(work, correction)[1]["typed"] == WORDS
    signed(staff, correction)
    assert "Twice displaced" in report(pack(staff, correction), "en")


def test_what_one_language_lacks_is_said(staff):
    assert wording.missing(WORDS) == [("not_reached", "es")]
    assert wording.numbered(WORDS) == ["requests.en", "requests.es"]


def test_the_next_edition_begins_where_the_last_was_typed(staff):
    first = kept(staff)
    assert kept(staff, WORDS) == first
    second = kept(staff, saying())
    with staff.analyst.work() as work:
        assert wording.newest(work).id == second
        assert wording.asked(work, first) == WORDS
        with pytest.raises(NotFound):
            wording.asked(work, uuid4())


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (saying(es="Llamen al 656 123 4567."), "not_reached.es"),
        (saying(en="Write to rosa@example.org."), "not_reached.en"),
        (saying(en="Her number is A 123 456 789."), "not_reached.en"),
        ({"title": {"fr": "Deux fois"}}, "title.fr"),
        ({"style": {"person": {"en": "{org} spoke with {phone}"}}}, "style.person.en"),
        ({"style": {"person": {"es": "{org} con {pseudonym.__class__}"}}}, "style.person.es"),
        ({"names": {"en": "Rosa"}}, "names"),
        (saying(en="a " * 2_000), "not_reached.en"),
    ],
)
def test_what_must_not_be_typed_is_said_at_its_field(staff, said, field):
    with pytest.raises(InvalidInput) as refused:
        kept(staff, said)
    assert list(refused.value.fields) == [field]


def test_dates_months_and_places_may_be_typed(staff):
    kept(staff, saying(en="In March 2019 and on 2019-04-03 we were in Reynosa; 41 people waited there."))


def test_whoever_prepares_types_and_nobody_else(staff):
    with staff.reviewer.work() as work, pytest.raises(NotAllowed):
        wording.keep(work, WORDS)


def test_a_whole_name_of_the_record_is_not_signed(staff, told):
    name = make.IDENTITY["name"]
    release = ready(staff, kept(staff, saying(en=f"We did not reach {name.upper()} again.")))
    for looked in (False, True):
        with staff.coordinator.work() as work, pytest.raises(named.NamesSomebody):
            publish.sign(work, work.get(Release, release), looked=looked, declared=True)


def test_a_single_word_that_is_a_name_is_looked_at(staff, told):
    word = make.IDENTITY["name"].split()[-1]
    release = ready(staff, kept(staff, saying(en=f"We did not reach the shelter {word}.")))
    with staff.coordinator.work() as work, pytest.raises(named.WordsLikeNames) as refused:
        publish.sign(work, work.get(Release, release), declared=True)
    assert list(refused.value.details) == ["words"]
    with staff.coordinator.work() as work:
        publish.sign(work, work.get(Release, release), looked=True, declared=True)


def test_words_of_two_people_side_by_side_are_no_name_of_either(staff):
    tell(
        staff, [story(people=[{**person(), "identity": {"name": each}}]) for each in ("Ana Ruiz", "Eva Sol")]
    )
    with staff.coordinator.work() as work:
        named.must_name_nobody(work, ["A place called Ana Sol."], looked=True)
        with pytest.raises(named.NamesSomebody):
            named.must_name_nobody(work, ["Nobody met Ruiz de la Ana there."], looked=True)
