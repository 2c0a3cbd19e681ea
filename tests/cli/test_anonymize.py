"""The engine on a CSV from elsewhere: what other engines print, and what is wrong with a file, in words."""

import csv
import json
from collections import Counter, defaultdict
from hashlib import sha256

import pandas as pd
import pytest
from click.testing import CliRunner

from incidents.cli import commands
from incidents.release import measure
from tests.needs import shared

ADULT = "sex,age,race,marital-status,education,native-country,workclass,occupation,salary-class"


def run(*said, code=0):
    result = CliRunner().invoke(commands, ["anonymize", *map(str, said)])
    assert result.exit_code == code, result.output
    return result.output


def made(out):
    read = {path.name: path for path in out.iterdir()}
    assert set(read) == {"data.csv", "manifest.json", "certificate.json", "risk.json"}
    return json.loads(read["certificate.json"].read_text()), json.loads(read["manifest.json"].read_text())


@pytest.fixture
def small(tmp_path):
    """Twelve rows of two cities in two states, their sex, an ailment; two hierarchies."""
    (tmp_path / "hierarchy_city.csv").write_text("a1;A;*\na2;A;*\nb1;B;*\nb2;B;*\n")
    (tmp_path / "my_hierarchy_sex.csv").write_text("F;*\nM;*\n")
    rows = [
        f"{city};{sex};{ill};{city}{sex}"
        for city in ("a1", "a2", "b1", "b2")
        for sex, ill in ("Fx", "Fy", "Mx")
    ]
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(["city;sex;ill;note", *rows]) + "\n")
    return file


def on(small, *said, code=0, out="out"):
    return run(small, "--hierarchies", small.parent, "--out", small.parent / out, *said, code=code)


def written(small, out="out"):
    with (small.parent / out / "data.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_adult_gives_the_published_figures_and_its_file_holds_them(tmp_path):
    folder = shared("data", "adult")
    out = tmp_path / "out"
    said = run(
        folder / "adult.csv", "--quasi", ADULT, "--k", 5, "--suppression", 0.05, "--hierarchies", folder, "--out", out
    )  # fmt: skip
    found, manifest = made(out)
    assert found["loss"] == found["bound"] == pytest.approx(0.2696346628, abs=1e-10)
    assert (found["node"], found["suppressed"], found["optimal"]) == ([0, 3, 0, 0, 2, 1, 1, 2, 0], 1346, True)
    assert 0 < found["evaluations"] < found["nodes"] == 12_960
    assert "no combination loses less" in said
    with (out / "data.csv").open(newline="") as file:
        rows = Counter(map(tuple, csv.reader(file, delimiter=";")))
    assert rows.pop(tuple(ADULT.split(","))) == 1
    assert (rows.total(), min(rows.values())) == (30_162 - 1346, manifest["k_measured"])
    pycanon = pytest.importorskip("pycanon.anonymity")
    frame = pd.read_csv(out / "data.csv", sep=";", dtype=str, keep_default_na=False)
    assert pycanon.k_anonymity(frame, ADULT.split(",")) == manifest["k_measured"] >= 5


def test_a_policy_file_stands_for_the_options_and_options_for_the_file(small):
    policy = small.parent / "mine.toml"
    policy.write_text('k = 3\nsuppression = 0.0\n[quasi.city]\n[quasi.place]\nhierarchy = "city"\n')
    assert "no column “place”" in on(small, "--policy", policy, code=1)
    policy.write_text("k = 3\nsuppression = 0.0\n[quasi.city]\nweight = 2.0\n[quasi.sex]\n")
    on(small, "--policy", policy)
    assert made(small.parent / "out")[0]["node"] == [0, 1]  # cities weigh more
    on(small, "--quasi", "city,sex", "--k", 3, "--suppression", 0, out="same")
    on(small, "--policy", policy, "--k", 4, out="stricter")
    assert made(small.parent / "stricter")[1]["k"] == 4


def test_what_is_not_named_is_dropped(small):
    on(small, "--quasi", "city", "--k", 3)
    assert {tuple(row) for row in written(small)} == {("city",)}
    on(small, "--quasi", "city", "--k", 3, "--keep", "ill,sex", out="kept")
    assert {tuple(row) for row in written(small, "kept")} == {("city", "ill", "sex")}


def test_each_class_has_l_values_and_shares_near_those_of_all(small):
    on(small, "--quasi", "city,sex", "--k", 2, "--sensitive", "ill", "--l", 2, out="l")
    held = defaultdict(list)
    for row in written(small, "l"):
        held[row["city"], row["sex"]].append(row["ill"])
    assert len(held) > 1
    assert min(len(set(values)) for values in held.values()) == 2
    assert made(small.parent / "l")[1]["risk"]["l"] == {"ill": 2}
    on(small, "--quasi", "city,sex", "--k", 2, "--sensitive", "ill", "--t", 0.05, out="t")
    assert {row["sex"] for row in written(small, "t")} == {"*"}  # all men have x
    assert made(small.parent / "t")[1]["risk"]["t"] == {"ill": pytest.approx(0)}
    pycanon = pytest.importorskip("pycanon.anonymity")
    frame = pd.DataFrame(written(small, "l"))
    assert pycanon.l_diversity(frame, ["city", "sex"], ["ill"]) == 2
    far = made(small.parent / "l")[1]["risk"]["t"]["ill"]
    assert pycanon.t_closeness(frame, ["city", "sex"], ["ill"]) == pytest.approx(far)


def test_k_counts_incidents_and_persons_where_a_column_names_them(small):
    on(small, "--quasi", "city", "--k", 2, out="rows")
    assert made(small.parent / "rows")[0]["node"] == [0]
    on(small, "--quasi", "city", "--k", 3, "--incident", "note", out="incidents")
    assert made(small.parent / "incidents")[0]["node"] == [1]  # two notes a city


def test_readers_weights_and_a_population_are_measured_and_the_smallest_classes_stay_inside(small):
    rows = small.read_text().splitlines()
    small.write_text("\n".join([rows[0] + ";w", *(f"{row};10" for row in rows[1:])]) + "\n")
    inside = small.parent / "inside.json"
    said = on(
        small, "--quasi", "city", "--k", 3, "--incident", "note", "--knows", "city,ill", "--weights", "w",
        "--risk-limit", 1, "--internal", inside,
    )  # fmt: skip
    risk = json.loads((small.parent / "out" / "risk.json").read_text())
    assert risk == made(small.parent / "out")[1]["risk"]
    assert risk["distinct"] == {"incidents": 4}
    assert (risk["attackers"][0]["columns"], risk["attackers"][0]["smallest"]) == (["city", "ill"], "<3")
    assert risk["population"]["people"] == 120
    assert "knows city, ill" in said
    assert json.loads(inside.read_text())["attackers"][0]["smallest_classes"][0]["rows"] == 2
    census = small.parent / "census.csv"
    census.write_text("city,count\na1,100\na2,100\nb1,40\nb2,40\n")
    told = on(
        small, "--quasi", "city", "--k", 3, "--population", census, "--risk-limit", 0.01, code=1, out="no"
    )
    assert "would be found again" in told
    assert "“city” one level coarser" in told
    on(small, "--quasi", "city", "--k", 3, "--population", census, "--risk-limit", 0.02, out="yes")
    assert made(small.parent / "yes")[1]["risk"]["population"]["people"] == 280


def test_a_search_that_is_cut_says_so(small):
    said = on(small, "--quasi", "city,sex", "--k", 3, "--evaluations", 1)
    found, _manifest = made(small.parent / "out")
    assert not found["optimal"]
    assert found["bound"] < found["loss"]
    assert "not proven" in said


def test_numbers_stay_and_what_a_spreadsheet_runs_does_not(small):
    small.write_text("city,=n\n" + "a1,-1.5\n" * 2 + "a1,=1+1\n" * 2)
    on(small, "--quasi", "city", "--k", 2, "--keep", "=n")
    lines = (small.parent / "out" / "data.csv").read_text().splitlines()
    assert lines[0] == "city,'=n"
    assert Counter(lines[1:]) == {"a1,-1.5": 2, "a1,'=1+1": 2}


@pytest.mark.parametrize(
    ("content", "said", "told"),
    [
        ("city;sex\na1;F\na1\n", (), "line 3 has 1 cells where the first line has 2"),
        ("city;city\na1;F\n", (), "line 1 must name each column, and no two alike"),
        ('city;sex\n"a1;F\n', (), "line 2"),
        ("", (), "line 1 must name"),
        ("city;sex\nzz;F\n" * 1, (), "no entry for “zz”"),
        ("city;sex\n", (), "do not stand for 2"),
        ("city;town\na1;b\na1;b\n", ("--quasi", "town"), "has no hierarchy for “town”"),
        ("city;ill\na1;b\na1;b\n", ("--sensitive", "ill", "--l", 3), "“ill” has 1 different values in all"),
        ("city;ill\na1;b\na1;b\n", ("--sensitive", "illness"), "“illness”"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(small, content, said, told):
    small.write_text(content)
    assert told in on(small, "--quasi", "city", "--k", 2, *said, code=1)
    assert not (small.parent / "out").exists()


def test_what_was_not_said_is_asked_for(small):
    assert "--quasi and --k" in on(small, "--quasi", "city", code=2)
    assert "--sensitive" in on(small, "--quasi", "city", "--k", 2, "--l", 2, code=2)
    (small.parent / "out").mkdir()
    (small.parent / "out" / "old.txt").write_text("mine")
    assert "not empty" in on(small, "--quasi", "city", "--k", 2, code=1)


def test_latin_text_and_two_hierarchies_are_said(small):
    (small.parent / "other_hierarchy_city.csv").write_text("a1;*\n")
    assert "two hierarchies for “city”" in on(small, "--quasi", "city", "--k", 2, code=1)
    small.write_bytes("city\nMéxico\n".encode("latin-1"))
    (small.parent / "other_hierarchy_city.csv").unlink()
    assert "line 2 is not UTF-8" in on(small, "--quasi", "city", "--k", 2, code=1)
    (small.parent / "hierarchy_city.csv").write_bytes("México;*\n".encode("latin-1"))
    small.write_text("city\nMéxico\n", "utf-8")
    assert "hierarchy_city.csv cannot be used" in on(small, "--quasi", "city", "--k", 2, code=1)


def test_what_the_engine_gets_wrong_of_a_secret_is_found_in_the_file():
    data = b"city,ill\r\n" + b"a,x\r\n" * 2 + b"b,x\r\nb,y\r\n"

    promised = {
        "rules": {"protection": True}, "k": 2, "quasi_identifiers": ["city"], "columns": ["city", "ill"],
        "row_file": "data.csv", "files": [{"name": "data.csv", "sha256": sha256(data).hexdigest(), "rows": 4}],
    }  # fmt: skip
    for rule, what in (
        ({"whole": True, "l": 2}, "l"),
        ({"l": 1, "t": 0.2, "shares": {"x": 0.75, "y": 0.25}}, "t"),
    ):
        with pytest.raises(measure.SecretNotHeld) as refused:
            measure.measure({"data.csv": data}, {**promised, "secret": [{"column": "ill", **rule}]})
        assert refused.value.details["what"] == what


def test_what_is_not_to_be_given_away_never_lies_in_what_is(small):
    folder = small.parent
    asked = ("--quasi", "city,sex", "--k", 2, "--suppression", 0.5)
    for out, internal, why in (
        ("out", folder / "out" / "internal.json", "given away"),
        ("out", folder / "out" / ".." / "out" / "internal.json", "given away"),
        ("out", small, "exists already"),
        ("out", folder / "nowhere" / "internal.json", "its folder is not there"),
    ):
        assert why in on(small, *asked, "--internal", internal, code=1, out=out)
        assert not (folder / "out").exists()
    assert small.read_text().startswith("city;sex")
    on(small, *asked, "--internal", folder / "internal.json")
    assert (folder / "internal.json").stat().st_mode & 0o077 == 0


def test_nobody_else_on_the_machine_reads_what_was_written(small):
    on(small, "--quasi", "city,sex", "--k", 2, "--suppression", 0.5, out="out.zip")
    on(small, "--quasi", "city,sex", "--k", 2, "--suppression", 0.5)
    for path in (small.parent / "out.zip", *(small.parent / "out").iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize(
    "policy",
    [
        'quasi = "city"',
        "[quasi]\ncity = 3",
        "risk = 3\n[quasi.city]",
        "secret = 3\n[quasi.city]",
        "columns = 5\n[quasi.city]",
        "attacker = 3\n[quasi.city]",
        "attacker = [3]\n[quasi.city]",
        "[[attacker]]\nname = 'x'\n[quasi.city]",
        "columns = ['ill']\nattacker = [{columns = [['ill']]}, {columns = ['ill']}]\n[quasi.city]",
    ],
)
def test_a_policy_of_another_shape_is_named_and_is_no_fault_of_the_program(small, policy):
    (small.parent / "p.toml").write_text(f"k = 2\n{policy}\n")
    for more in ((), ("--keep", "ill"), ("--knows", "city"), ("--weights", "ill"), ("--sensitive", "ill")):
        said = on(small, "--policy", small.parent / "p.toml", *more, code=1)
        assert "In the policy p" in said, said
