"""What no record says is typed on a page, is there again the next time, and is shown to whoever signs."""

import pytest

from incidents import jobs
from incidents.release import making
from tests import make
from tests.release.test_publish import story, tell
from tests.web.reading import DECLARED, form, problems
from tests.web.test_release_pages import chosen, text_of

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
NOT_REACHED = "People held in detention were not reached."


@pytest.fixture
def analyst(browser_for):
    return browser_for("analyst")


@pytest.fixture
def told(staff):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The job, by its name."""
    monkeypatch.setitem(jobs.registry, making.KIND, jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))


def typed(analyst, address="/releases/wording", **more):
    fields = form(analyst.get(address).text, having="title.en").filled()
    return analyst.post(address, data=fields | {"not_reached.en": NOT_REACHED} | more)


def test_from_the_form_of_a_choice_and_back_nothing_is_lost(analyst, told):
    away = chosen(
        analyst, policy="public-table", deed="wording", **{"filter.from": "2019-01-01", "k": "many"}
    )
    assert away.status_code == 303
    address = away.headers["Location"]
    assert address.startswith("/releases/wording?")
    back = typed(analyst, address)
    assert back.status_code == 303
    again = form(analyst.get(back.headers["Location"]).text, having="policy").filled()
    assert (again["policy"], again["k"], again["filter.from"]) == ("public-table", "many", "2019-01-01")
    assert again["wording"]


def test_a_refusal_loses_nothing_and_names_the_field(analyst):
    answer = typed(analyst, **{"requests.es": "Llamen al 656 123 4567.", "nobody_paid": "yes"})
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["requests-es"]
    fields = form(answer.text, having="title.en").filled()
    assert fields["not_reached.en"] == NOT_REACHED
    assert fields["requests.es"] == "Llamen al 656 123 4567."
    assert fields["nobody_paid"] == "yes"
    assert "Requests for comment (Spanish)" in answer.text


def test_what_was_typed_last_is_the_starting_point(analyst):
    assert typed(analyst, nobody_paid="yes").status_code == 303
    fields = form(analyst.get("/releases/wording").text, having="title.en").filled()
    assert fields["not_reached.en"] == NOT_REACHED
    assert fields["nobody_paid"] == "yes"
    assert "could_stop" not in fields


def test_who_prepares_and_who_signs_read_what_was_typed_and_what_one_language_lacks(
    analyst, browser_for, house, told
):
    typed(analyst)
    assert "Who was not reached (Spanish)" in text_of(analyst.get("/releases/new").text)
    answer = chosen(analyst, policy="public-table")
    assert jobs.run_waiting(house)
    address = analyst.get(answer.headers["Location"]).headers["Location"]
    for reader in (analyst, browser_for("second")):
        page = text_of(reader.get(address).text)
        assert NOT_REACHED in page
        assert "Who was not reached (Spanish)" in page


def test_a_word_that_is_also_a_name_is_ticked_off_at_the_signature(analyst, browser_for, house, told):
    word = make.CANARY_NAME.split()[0]
    typed(analyst, **{"places.en": f"We worked in the {word} quarter."})
    answer = chosen(analyst, policy="public-table")
    assert jobs.run_waiting(house)
    address = analyst.get(answer.headers["Location"]).headers["Location"]
    signer = browser_for("second")
    asked = signer.post(f"{address}/sign", data=DECLARED)
    assert asked.status_code == 422
    assert word.casefold() in asked.text
    assert "Signed. It can be downloaded." not in asked.text
    assert signer.post(f"{address}/sign", data=DECLARED | {"looked": "yes"}).status_code == 303


def test_rows_take_no_words(analyst, told):
    typed(analyst)
    assert "wording" not in chosen(analyst).headers["Location"]


def test_more_tables_are_chosen_and_stand_in_the_form_again(analyst, browser_for, house, told):
    more = {
        "free.1.rows": "gender",
        "free.1.columns": "stage",
        "free.1.unit": "persons",
        "free.2.only": "gender=F",
    }
    answer = chosen(analyst, policy="public-table", **more)
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["free-2-rows"]
    assert form(answer.text, having="policy").filled() | more == form(answer.text, having="policy").filled()
    answer = chosen(analyst, policy="public-table", deed="wording", **more | {"free.2.rows": "state"})
    again = form(
        analyst.get(typed(analyst, answer.headers["Location"]).headers["Location"]).text, having="policy"
    )
    assert again.filled() | more | {"free.2.rows": "state"} == again.filled()
    answer = analyst.post("/releases/new", data=again.filled() | {"free.2.only": ""})
    assert jobs.run_waiting(house)
    address = analyst.get(answer.headers["Location"]).headers["Location"]
    page = text_of(browser_for("second").get(address).text)
    assert "X1. People directly harmed by gender and child or adult" in page
    assert "X2. Incidents by state" in page


def test_more_tables_are_not_of_rows(analyst, told):
    answer = chosen(analyst, **{"free.1.rows": "gender"})
    assert list(problems(answer.text)) == ["free-1-rows"]
