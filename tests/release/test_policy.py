"""A policy is read, not run; what it does not name is dropped, and what it misspells is refused."""

import csv
import tomllib

import pytest

from incidents.release import hierarchy
from incidents.release import policy as policies
from incidents.release.free import Free
from incidents.release.policy import (
    PolicyMissingKey,
    PolicyNotFound,
    PolicyNotReadable,
    PolicyUnknownKey,
    PolicyWrongValue,
)

GOOD = """
name = "by hand"
product = "rows"
unit = "act"
purposes = ["ROW"]
states = ["VER"]
protection = true
k = 5
suppression = 0.05
signatures = 1
columns = ["age", "act"]
text_en = "A policy."
text_es = "Una política."
[quasi.age]
hierarchy = "age"
finest = "band"
"""


def load(tmp_path, text):
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return policies.load(file)


@pytest.mark.parametrize("name", policies.names())
def test_every_shipped_policy_loads_under_its_own_name(name):
    policy = policies.load(name)
    assert policy.name == name
    assert policy.text("en") != policy.text("es")
    assert len(policy.digest) == 64


def test_the_folder_holds_the_shipped_policies_and_no_other():
    assert {file.stem for file in policies.FOLDER.iterdir()} == set(policies.names())


def test_shipped_policies_use_codes_of_the_vocabulary():
    file = hierarchy.FOLDER.parents[1] / "model" / "vocabulary.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        words = {(row["vocabulary"], row["code"]) for row in csv.DictReader(lines)}
    for policy in map(policies.load, policies.names()):
        assert {("consent_purpose", code) for code in policy.purposes} <= words
        assert {("verification", code) for code in policy.states} <= words


def test_the_research_set_keeps_the_promises_of_the_method():
    policy = policies.load("dataset-research")
    assert policy.k == 5
    assert len(policy.quasi) >= 4
    assert policy.purposes == ("ROW",)
    assert policy.states == ("CRE", "VER")
    assert policy.protection


def test_the_internal_policy_says_that_it_protects_nothing_and_needs_two_more_people():
    policy = policies.load("internal")
    assert not policy.protection
    assert policy.signatures == 2
    assert {"moment", "municipality", "age"} <= set(policy.quasi_identifiers)


TABLES = """
name = "by hand"
product = "tables"
unit = "incident"
purposes = ["STA"]
states = ["VER"]
protection = false
published = true
signatures = 2
columns = ["state", "act"]
text_en = "A policy."
text_es = "Una política."
"""


def test_tables_are_without_protection_only_of_what_others_published(tmp_path):
    assert load(tmp_path, TABLES).published
    for text in (
        TABLES.replace("published = true", ""),
        TABLES.replace("published = true", "published = false"),
    ):
        with pytest.raises(PolicyWrongValue) as refused:
            load(tmp_path, text)
        assert refused.value.details["key"] == "published"


def test_a_policy_asks_for_tables_beside_the_nine(tmp_path):
    asked = (
        TABLES
        + '[[table]]\nrows = "state"\n[[table]]\nrows = "state"\nunit = "persons"\nwhere = { act = "KID" }\n'
    )
    found = load(tmp_path, asked).free
    assert found == (Free("state"), Free("state", unit="persons", where=(("act", "KID"),)))


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("[table]\nrows = 'state'", "table"),
        ("[[table]]\nrow = 'state'", "table"),
        ("[[table]]\ncolumns = 'state'", "table.rows"),
        ("[[table]]\nrows = 'state'\ncolumns = 3", "table.columns"),
        ("[[table]]\nrows = 'state'\nunit = 'rows'", "table.unit"),
        ("[[table]]\nrows = 'state'\nwhere = { act = 3 }", "table.where"),
    ],
)
def test_a_table_that_is_not_asked_for_as_it_must_be_is_named(tmp_path, table, key):
    with pytest.raises(PolicyWrongValue) as refused:
        load(tmp_path, f"{TABLES}{table}\n")
    assert refused.value.details["key"] == key


def test_a_policy_from_a_file_is_read_whole(tmp_path):
    policy = load(tmp_path, GOOD)
    assert policy.columns == ("age", "act")
    assert policy.quasi == (policies.Quasi("age", "age", "band", 1.0),)
    assert policy.quasi_identifiers == ("age",)


def test_a_digest_follows_what_is_said_and_not_how_it_is_spaced(tmp_path):
    first = load(tmp_path, GOOD).digest
    assert load(tmp_path, "# a comment\n" + GOOD).digest == first
    assert load(tmp_path, GOOD.replace("k = 5", "k = 6")).digest != first
    assert load(tmp_path, 'title_en = "By another title"\n' + GOOD).digest == first  # a series goes on


def test_a_policy_is_called_by_its_title_and_else_by_its_name(tmp_path):
    named = load(tmp_path, 'title_en = "For the press"\ntitle_es = "Para la prensa"\n' + GOOD)
    assert [named.title(each) for each in ("en", "es")] == ["For the press", "Para la prensa"]
    assert load(tmp_path, GOOD).title("es") == "by hand"
    assert named.in_both == "For the press / Para la prensa (by hand)"
    assert load(tmp_path, GOOD).in_both == "by hand"
    with pytest.raises(PolicyWrongValue) as refused:
        load(tmp_path, 'title_en = " "\n' + GOOD)
    assert refused.value.details["key"] == "title_en"
    for name in policies.names():
        shipped = policies.load(name)
        assert len({shipped.name, shipped.title("en"), shipped.title("es")}) == 3


def test_a_name_is_never_a_path(tmp_path):
    for name in ("../policies/internal", "/etc/passwd", "internal.toml", "nothing"):
        with pytest.raises(PolicyNotFound):
            policies.load(name)
    with pytest.raises(PolicyNotFound):
        policies.load(tmp_path / "absent.toml")


@pytest.mark.parametrize("text", ["name = ", "\x00", "= 3"])
def test_what_is_not_toml_is_said_to_be_not_readable(tmp_path, text):
    with pytest.raises(PolicyNotReadable):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "key", "where"),
    [
        ("k = 5", "k = 5\nsupression = 0.5", "supression", "the policy itself"),
        ('finest = "band"', 'coarsest = "band"', "coarsest", "quasi.age"),
        ("[quasi.age]", "[secret.act]\nl = 2\nlevel = 3\n[quasi.age]", "level", "secret.act"),
    ],
)
def test_an_unknown_key_is_named_with_its_place_and_the_known_ones(tmp_path, old, new, key, where):
    with pytest.raises(PolicyUnknownKey) as refused:
        load(tmp_path, GOOD.replace(old, new))
    assert refused.value.details["key"] == key
    assert refused.value.details["where"] == where
    assert key in refused.value.said()
    assert "use one of" in refused.value.said()


@pytest.mark.parametrize(
    "key", ["name", "purposes", "states", "protection", "signatures", "columns", "text_es"]
)
def test_a_missing_key_is_named(tmp_path, key):
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    with pytest.raises(PolicyMissingKey) as refused:
        load(tmp_path, "\n".join(lines))
    assert refused.value.details["key"] == key


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("k = 5", "k = 1", "k"),
        ("k = 5", "k = true", "k"),
        ("k = 5", 'k = "5"', "k"),
        ("0.05", "1.5", "suppression"),
        ("0.05", "-0.1", "suppression"),
        ("signatures = 1", "signatures = 0", "signatures"),
        ("protection = true", 'protection = "no"', "protection"),
        ("protection = true", "protection = true\nlabels = true", "labels"),
        ('unit = "act"', 'unit = "rumour"', "unit"),
        ('product = "rows"', 'product = "songs"', "product"),
        ('["ROW"]', "[]", "purposes"),
        ('["ROW"]', '["STA"]', "purposes"),  # counted is not the same as being a row
        ('["age", "act"]', '["age", "age"]', "columns"),
        ('["age", "act"]', '["age", "name"]', "columns"),
        ('["age", "act"]', '["act"]', "columns"),
        ('["age", "act"]', '["age", "act", "municipality"]', "quasi"),  # identifying, and released as it is
        ('["age", "act"]', '["age", "act", "size"]', "quasi"),
        ('hierarchy = "age"', 'hierarchy = "shoe-size"', "quasi.age.hierarchy"),
        ('finest = "band"', 'finest = "decade"', "quasi.age.finest"),
        ('finest = "band"', "weight = 0", "quasi.age.weight"),
        ("[quasi.age]", "[secret.act]\nl = 1\n[quasi.age]", "secret.act.l"),
        ("[quasi.age]", '[secret.act]\nl = 2\nby = "shoe-size"\n[quasi.age]', "secret.act.by"),
        ("[quasi.age]", "[secret.age]\nl = 2\n[quasi.age]", "secret"),
    ],
)
def test_a_value_that_would_protect_less_than_it_seems_is_refused(tmp_path, old, new, key):
    assert old in GOOD
    with pytest.raises(PolicyWrongValue) as refused:
        load(tmp_path, GOOD.replace(old, new))
    assert refused.value.details["key"] == key
    assert "must be" in refused.value.said()


@pytest.mark.parametrize("old", ["k = 5", "[quasi.age]"])
def test_a_protected_policy_cannot_leave_out_its_protection(tmp_path, old):
    text = GOOD.replace("k = 5", "") if old == "k = 5" else GOOD.split("[quasi.age]", maxsplit=1)[0]
    with pytest.raises(PolicyWrongValue):
        load(tmp_path, text)


def test_without_protection_two_must_sign_and_nothing_may_pretend_to_protect(tmp_path):
    bare = GOOD.split("[quasi.age]", maxsplit=1)[0].replace("protection = true", "protection = false")
    with pytest.raises(PolicyWrongValue, match="policy-wrong-value"):
        load(tmp_path, bare)
    assert not load(tmp_path, bare.replace("signatures = 1", "signatures = 2")).protection
    with pytest.raises(PolicyWrongValue):
        load(tmp_path, GOOD.replace("protection = true", "protection = false"))


def test_every_column_of_the_dictionary_has_a_meaning_in_both_languages():
    for row in hierarchy.dictionary().values():
        assert row["en"]
        assert row["es"]


def test_every_shipped_file_is_plain_toml():
    for file in policies.FOLDER.iterdir():
        assert tomllib.loads(file.read_text(encoding="utf-8"))
