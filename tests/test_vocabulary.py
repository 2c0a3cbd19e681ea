"""The code lists: complete as shipped, and an organisation's own codes over them, in every process."""

import re

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from incidents import vocabulary
from incidents.errors import InvalidInput, MoveNotAllowed, NotAllowed, NotFound
from incidents.intake import report, schema, take_in
from incidents.model import tongues
from incidents.model import vocabulary as words
from incidents.model.audit import AuditEntry
from incidents.model.code import OwnCode, renew
from incidents.model.vocabulary import OWN_PREFIX, Own, Purpose, Role, Verification, shipped
from tests import make

LABELS = {"en": "Screwdriver", "es": "Desarmador"}


@pytest.fixture(autouse=True)
def as_shipped():
    words.use(())
    yield
    words.use(())


def add(member, name="weapon", labels=None, above=""):
    with member.work() as work:
        return vocabulary.add(work, name, labels or LABELS, above).code


def own_of(name):
    return [code for code in words.offered(name) if code.startswith(OWN_PREFIX)]


# -- as shipped


@pytest.mark.parametrize("name", shipped())
def test_every_code_has_both_labels_and_none_says_the_same_as_another(name):
    for language in words.REQUIRED:
        labels = [code.labels[language].strip() for code in shipped()[name].values()]
        assert all(labels)
        assert len({label.casefold() for label in labels}) == len(labels)


@pytest.mark.parametrize(("name", "said"), [("verification", Verification), ("consent_purpose", Purpose)])
def test_what_rules_are_written_about_stands_in_the_file(name, said):
    assert {each.value for each in said} == set(shipped()[name])


def test_no_shipped_code_looks_like_an_organisations_own():
    assert not [code for codes in shipped().values() for code in codes if code.startswith(OWN_PREFIX)]


def test_what_hints_at_sexual_violence_or_torture_is_restricted():
    open_words = [
        (code.vocabulary, code.code)
        for codes in shipped().values()
        for code in codes.values()
        if re.search(r"\brape|sexual|torture", code.labels["en"].lower()) and not code.restricted
    ]
    assert open_words == []


@pytest.mark.parametrize("language", words.FURTHER)
def test_a_label_in_a_further_language_belongs_to_a_code(language):
    found = words.further(language)
    assert found
    assert [(name, code) for name, code in found if code not in shipped().get(name, {})] == []
    assert all(label.strip() == label != "" for label in found.values())


def test_where_a_language_has_no_label_another_stands_in_and_it_shows():
    code = words.Code("act", "X", {"en": "Threat", "es": "Amenaza"}, False, "", "", "", "")
    assert (code.label("es"), code.spoken("es")) == ("Amenaza", "es")
    assert (code.label("ht"), code.spoken("ht")) == ("Amenaza", "es")
    tongues.use("en")
    assert (code.label("ht"), code.spoken("ht")) == ("Threat", "en")
    tongues.use("")


def test_the_tables_of_what_is_closed_name_lists_that_exist():
    assert {*vocabulary.CLOSED, *vocabulary.NO_NEW} <= set(shipped())
    assert not set(vocabulary.CLOSED) & set(vocabulary.NO_NEW)


# -- an organisation's own


def test_a_code_that_was_added_is_offered_and_valid_and_changes_the_version(coordinator, house):
    before = words.version()
    code = add(coordinator)
    assert code == "X_SCREWDRIVER"
    with pytest.raises(ValidationError):
        schema.Code("weapon").deserialize(code)  # this process has not looked since
    renew(house.db())
    assert schema.Code("weapon").deserialize(code) == code
    assert schema.load({"acts": [{"type": "KID", "weapons": [code]}]})["acts"][0]["weapons"] == [code]
    assert words.offered("weapon")[-1] == code
    assert words.label("weapon", code, "es") == "Desarmador"
    assert words.version() != before


def test_a_report_with_an_own_code_goes_all_the_way(coordinator, staff):
    code = add(coordinator)
    document = make.report_document()
    document["acts"][0]["weapons"] = [code]
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        assert take_in.take_in(work, sent) is not None


def test_every_beginning_of_work_sees_what_another_process_changed(coordinator, staff):
    code = add(coordinator)
    words.use(())  # as another process, which had looked before
    with staff.reviewer.work():
        assert code in words.offered("weapon")


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_two_databases_in_one_process_keep_their_codes_apart(coordinator, house, template, tmp_path):
    code = add(coordinator)
    other = template.copy(tmp_path / "other", make.database_file(tmp_path / "other"))
    with other.app.app_context():
        renew(other.house.db())
        assert own_of("weapon") == []
        with template.founder_in(other.house).work() as work:
            vocabulary.add(work, "weapon", {"en": "Rope", "es": "Cuerda"})
        renew(other.house.db())
        assert own_of("weapon") == ["X_ROPE"]
    renew(house.db())
    assert own_of("weapon") == [code]
    other.close()


def test_a_retired_code_is_offered_no_more_and_stays_valid_and_named(coordinator, house):
    code = add(coordinator)
    for name, each in (("weapon", code), ("act", "STK")):
        with coordinator.work() as work:
            vocabulary.retire(work, name, each)
        renew(house.db())
        assert each not in words.offered(name)
        assert each in words.codes(name)
        assert words.label(name, each) != each
    assert schema.load({"acts": [{"type": "STK", "weapons": [code]}]})
    with coordinator.work() as work, pytest.raises(MoveNotAllowed):
        vocabulary.retire(work, "weapon", code)
    with coordinator.work() as work:
        vocabulary.bring_back(work, "weapon", code)
    renew(house.db())
    assert code in words.offered("weapon")


def test_a_retired_code_is_not_used_for_something_else(coordinator):
    code = add(coordinator)
    with coordinator.work() as work:
        vocabulary.retire(work, "weapon", code)
    with coordinator.work() as work, pytest.raises(InvalidInput):
        vocabulary.add(work, "weapon", LABELS)
    assert add(coordinator, labels={"en": "Screwdriver!", "es": "Destornillador"}) == "X_SCREWDRIVER2"


def test_a_renamed_code_keeps_its_code_and_the_labels_that_were_not_given(coordinator, house):
    shipped_label = shipped()["weapon"]["GUN"].labels
    with coordinator.work() as work:
        vocabulary.rename(work, "weapon", "GUN", {"en": "Pistol", "es": "Pistola"})
    with coordinator.work() as work:
        vocabulary.rename(work, "weapon", "GUN", {"en": "Short gun", "es": "Pistola"})
    renew(house.db())
    found = words.codes("weapon")["GUN"]
    assert (found.labels["en"], found.labels["es"]) == ("Short gun", "Pistola")
    assert {k: v for k, v in found.labels.items() if k not in words.REQUIRED} == {
        k: v for k, v in shipped_label.items() if k not in words.REQUIRED
    }
    assert list(words.codes("weapon")) == list(shipped()["weapon"])  # the order stays
    assert not found.own
    (row,) = house.db().scalars(select(OwnCode))
    assert row.version == 2


def test_labels_of_an_organisations_own_make_a_tree(coordinator, house):
    top = add(coordinator, "label", {"en": "Campaign", "es": "Campaña"})
    under = add(coordinator, "label", {"en": "North", "es": "Norte"}, above=top)
    other = add(coordinator, "label", {"en": "Appeal", "es": "Apelación"})
    add(coordinator, "label", {"en": "North", "es": "Norte"}, above=other)  # the same word under another
    renew(house.db())
    assert words.offered("label") == [other, "X_NORTH2", top, under]
    assert words.label("label", under, "es") == "Campaña / Norte"
    with coordinator.work() as work:
        vocabulary.retire(work, "label", top)
    renew(house.db())
    assert under not in words.offered("label")
    with coordinator.work() as work, pytest.raises(InvalidInput):
        vocabulary.add(work, "label", {"en": "South", "es": "Sur"}, top)


def test_a_circle_in_a_tree_ends():
    words.use(
        [
            Own("label", "X_A", {"en": "A", "es": "A"}, "X_B"),
            Own("label", "X_B", {"en": "B", "es": "B"}, "X_A"),
        ]
    )
    assert words.label("label", "X_A") == "B / A"
    assert words.offered("label") == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"en": "Rope"}, {"es"}),
        ({"en": " ", "es": ""}, {"en", "es"}),
        ({"en": "Rope", "es": "ARMA CORTA"}, {"es"}),
        ({"en": "R" * 121, "es": "Cuerda", "fr": "C" * 121}, {"en", "fr"}),
    ],
)
def test_a_label_is_needed_in_both_languages_and_said_once(coordinator, given, wrong):
    with coordinator.work() as work, pytest.raises(InvalidInput) as refused:
        vocabulary.add(work, "weapon", given)
    assert set(refused.value.fields) == wrong


@pytest.mark.parametrize("name", [*vocabulary.CLOSED, *vocabulary.NO_NEW])
def test_a_list_that_the_rules_turn_on_takes_no_new_code(coordinator, name):
    with coordinator.work() as work, pytest.raises(MoveNotAllowed):
        vocabulary.add(work, name, {"en": "Something new", "es": "Algo nuevo"})


@pytest.mark.parametrize("name", vocabulary.CLOSED)
def test_a_closed_list_stays_as_it_is(coordinator, name):
    code = next(iter(shipped()[name]))
    with coordinator.work() as work:
        for deed in (vocabulary.retire, vocabulary.bring_back):
            with pytest.raises(MoveNotAllowed):
                deed(work, name, code)
        with pytest.raises(MoveNotAllowed):
            vocabulary.rename(work, name, code, {"en": "Something new", "es": "Algo nuevo"})


def test_a_code_with_the_letters_of_a_no_answer_stays(coordinator):
    with coordinator.work() as work, pytest.raises(MoveNotAllowed):
        vocabulary.retire(work, "source_type", "DEC")


def test_what_is_not_there_is_not_found(coordinator):
    with coordinator.work() as work:
        with pytest.raises(NotFound):
            vocabulary.retire(work, "weapon", "X_NONE")
        with pytest.raises(NotFound):
            vocabulary.add(work, "nothing", LABELS)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_only_a_coordinator_sets_codes(staff, role):
    member = getattr(staff, {"field_researcher": "researcher"}.get(role.value, role.value))
    with member.work() as work, pytest.raises(NotAllowed):
        vocabulary.add(work, "weapon", LABELS)


def test_the_trail_says_who_set_which_code_and_not_what_it_says(coordinator, house):
    add(coordinator)
    (entry,) = house.db().scalars(select(AuditEntry).where(AuditEntry.event == "vocabulary.added"))
    assert entry.detail == {"list": "weapon", "code": "X_SCREWDRIVER"}
    assert entry.about_id == house.db().scalar(select(OwnCode.id))
