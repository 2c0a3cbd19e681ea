"""The pages of the code lists: read by everybody, changed by a coordinator."""

import pytest

from incidents import vocabulary
from incidents.model import vocabulary as words
from incidents.model.code import renew
from incidents.model.vocabulary import shipped
from incidents.web.vocabulary import NAMES
from tests.web.reading import form, links, problems

LIST = "/vocabulary/?list=weapon"


@pytest.fixture(autouse=True)
def as_shipped():
    words.use(())
    yield
    words.use(())


@pytest.fixture
def reader(browser_for):
    return browser_for("coordinator")


def post(browser, deed="add", name="weapon", **typed):
    return browser.post("/vocabulary/", data={"deed": deed, "list": name, **typed})


def test_every_list_has_a_name_and_a_page(reader):
    assert set(NAMES) == set(shipped())
    page = reader.get("/vocabulary/").text
    assert len(set(links(page, r"/vocabulary/\?list=[a-z_]+"))) == len(shipped())
    for name in shipped():
        assert reader.get(f"/vocabulary/?list={name}").status_code == 200
    assert reader.get("/vocabulary/?list=nothing").status_code == 404


@pytest.mark.parametrize("who", ["researcher", "reviewer", "analyst", "auditor"])
def test_everybody_reads_the_lists_and_is_offered_no_deed(browser_for, who):
    browser = browser_for(who)
    page = browser.get(f"{LIST}&code=GUN").text
    assert "Handgun" in page
    assert "Arma corta" in page
    assert 'name="deed"' not in page
    assert post(browser, en="Rope", es="Cuerda").status_code == 403


def test_a_code_that_was_added_stands_in_the_next_form(reader, browser_for):
    page = form(reader.get(LIST).text, having="list")
    page.typed.update({"en": "Rope", "es": "Cuerda"})
    answer = reader.post("/vocabulary/", data=page.filled())
    assert answer.status_code == 303
    page = reader.get(answer.location).text
    assert "Rope" in page
    assert "X_ROPE" in page
    assert "your own" in page
    words.use(())  # another process
    assert "Rope" in browser_for("researcher").get(LIST).text


def test_what_is_typed_stays_where_a_label_is_missing(reader):
    answer = post(reader, en="Rope", es="")
    assert answer.status_code == 422
    assert problems(answer.text)
    assert form(answer.text, having="list").typed["en"] == "Rope"


def test_a_code_is_renamed_retired_and_brought_back(reader):
    (address,) = set(links(reader.get(LIST).text, r"/vocabulary/\?[^\"]*code=GUN[^\"]*"))
    change = form(reader.get(address.replace("&amp;", "&")).text, having="list")
    assert change.typed["en"] == "Handgun"
    change.typed["en"] = "Pistol"
    assert reader.post("/vocabulary/", data=change.filled()).status_code == 303
    assert "Pistol" in reader.get(LIST).text
    assert post(reader, "retire", code="GUN").status_code == 303
    assert "retired" in reader.get(LIST).text
    assert "Bring it back" in reader.get(f"{LIST}&code=GUN").text
    assert post(reader, "retire", code="GUN").status_code == 422
    assert post(reader, "bring_back", code="GUN").status_code == 303
    assert "Bring it back" not in reader.get(f"{LIST}&code=GUN").text
    assert "GUN" in words.offered("weapon")


@pytest.mark.parametrize("name", vocabulary.CLOSED)
def test_a_closed_list_says_why_and_offers_nothing(reader, name):
    code = next(iter(shipped()[name]))
    page = reader.get(f"/vocabulary/?list={name}&code={code}").text
    assert "This list is fixed" in page
    assert 'name="deed"' not in page
    assert post(reader, "retire", name, code=code).status_code == 422


def test_a_label_in_another_language_shows_that_it_is_one(reader):
    assert "Vyòl" in reader.get("/vocabulary/?list=act&beside=ht").text
    assert post(reader, en="Rope", es="Cuerda").status_code == 303
    page = reader.get(f"{LIST}&beside=ht").text
    assert 'lang="es">Cuerda</span> <small class="soft">(es)</small>' in page


def test_labels_of_ones_own_stand_under_each_other(reader):
    assert post(reader, name="label", en="Campaign", es="Campaña").status_code == 303
    page = form(reader.get("/vocabulary/?list=label").text, having="above")
    page.typed.update({"en": "North", "es": "Norte", "above": "X_CAMPAIGN"})
    assert reader.post("/vocabulary/", data=page.filled()).status_code == 303
    assert "Campaign / North" in reader.get("/vocabulary/?list=label").text


def test_a_deed_that_is_none_is_not_found(reader):
    assert post(reader, "burn").status_code == 404
    assert post(reader, name="nothing", en="a", es="b").status_code == 404
    assert post(reader, "retire", code="NONE").status_code == 404


def test_the_page_asks_under_which_shipped_act_an_own_one_stands(browser_for, house):
    browser, labels = browser_for("coordinator"), {"en": "Taken from a bus", "es": "Bajada de un autobús"}
    asked = form(browser.get("/vocabulary/?list=act").text, having="above")
    assert {"KIX", "OTH"} <= asked.choices["above"]
    answer = browser.post(asked.action, data={**asked.typed, **labels, "above": ""})
    assert answer.status_code == 422
    assert "above" in problems(answer.text)
    assert browser.post(asked.action, data={**asked.typed, **labels, "above": "KIX"}).status_code == 303
    renew(house.db())
    assert words.codes("act")["X_TAKENFROMABU"].above == "KIX"
