"""What policies promise and hierarchies do, read, counted and changed by programs."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from incidents.model import tree
from incidents.model.audit import AuditEntry
from incidents.release import making, policy, versions
from tests.release.test_publish import person, story, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
WHY = "Our partners count Belize with the islands."


@pytest.fixture(autouse=True)
def as_shipped():
    tree.use(())
    yield
    tree.use(())


@pytest.fixture
def told(staff):
    people = SimpleNamespace(
        researcher=staff.field_researcher,
        reviewer=staff.reviewer,
        other_reviewer=staff.second,
        second=staff.second,
    )
    return lambda documents: tell(people, documents)


def test_every_policy_is_told_whole_in_both_languages(program_for):
    analyst = program_for("analyst")
    lines = analyst.get("/policies").json["items"]
    assert [each["name"] for each in lines] == sorted(policy.names())
    first = analyst.get("/policies", limit=1).json
    rest = analyst.get("/policies", after=first["next"]).json
    assert [*first["items"], *rest["items"]] == lines
    for line in lines:
        rules = policy.load(line["name"])
        whole = analyst.get("/policies/rules", policy=line["name"]).json
        assert rules.text_es in whole["says"]["es"]
        assert rules.text_en in line["says"]["en"]
        assert (whole["digest"], whole["columns"]) == (rules.digest, list(rules.columns))
    small = analyst.get("/policies/rules", policy="small-rows").json
    place = next(each for each in small["coarsened"] if each["column"] == "place")
    assert place["levels"] == ["region", "country", "all"]
    assert 10 in {each["rare"] for each in small["coarsened"]}
    assert analyst.get("/policies/rules", policy="../secret").status_code == 422
    assert program_for("reviewer").get("/policies").status_code == 403


def test_a_count_says_what_levels_leave_of_today_and_shows_no_row(program_for, told):
    told([story("2019-03") for _ in range(6)])
    told([story("2019-03", people=[person(gender="M")]) for _ in range(2)])
    analyst = program_for("analyst")

    def counted(*levels, name="dataset-research", who=analyst):
        return who.get("/policies/count", policy=name, level=list(levels))

    for level, out in (("shown", 2), ("all", 0)):
        answer = counted(f"gender:{level}")
        found = answer.json
        assert (found["rows"], found["kept"], found["out"], found["k"]) == (8, 8 - out, out, 5)
        assert found["levels"]["gender"] == level
        assert "2019-03" not in answer.text
    for wrong in ("gender", "gender:nonsense", "name:shown"):
        assert next(iter(counted(wrong).json["fields"])).startswith("level")
    assert counted(name="public-table").json["code"] == "makes-no-rows"
    assert counted(name="internal").json["code"] == "move-not-allowed"
    assert counted(who=program_for("coordinator")).status_code == 403  # who signs counts nothing


def test_a_hierarchy_is_looked_at_and_then_kept_by_who_keeps_the_code_lists(program_for, told, house):
    told([story(people=[person(nationality=[code])]) for code in ("HND", "CUB") * 3])
    coordinator, analyst = program_for("coordinator"), program_for("analyst")
    now = coordinator.get("/hierarchies/edit", name="nationality").json
    assert (now["seen"], now["changed"], now["effects"]) == (0, [], None)
    move = {"value": "CUB", "to": "ISLANDS", "en": "The islands", "es": "Las islas"}
    asked = {"name": "nationality", "moves": [move]}
    looked = coordinator.post("/hierarchies/change", asked)
    assert looked.status_code == 200, looked.json
    (change,) = looked.json["changed"]
    assert (change["value"], change["before"], change["after"]) == ("CUB", "M49-029", "ISLANDS")
    assert "CUB;ISLANDS;M49-019;*" in looked.json["csv"]
    assert looked.json["renamed"] == ["ISLANDS"]
    assert "dataset-research" in [each["policy"] for each in looked.json["effects"]]
    assert coordinator.get("/hierarchies/edit", name="nationality").json == now  # nothing is kept

    keep = {"name": "nationality", "csv": looked.json["csv"], "labels": looked.json["labels"], "seen": 0}
    assert coordinator.post("/hierarchies/keep", keep).status_code == 422
    assert coordinator.post("/hierarchies/keep", keep | {"why": "so"}).json["code"] == "reasons-needed"
    kept = coordinator.post("/hierarchies/keep", keep | {"why": WHY})
    assert (kept.status_code, kept.json["version"]) == (201, 1)
    late = coordinator.post("/hierarchies/keep", keep | {"why": WHY})
    assert (late.status_code, late.json["code"]) == (409, "hierarchy-set-meanwhile")
    shown = next(
        each for each in analyst.get("/hierarchies").json["hierarchies"] if each["name"] == "nationality"
    )
    assert (shown["version"], shown["digest"]) == (1, kept.json["digest"])
    back = coordinator.get("/hierarchies/edit", name="nationality", version=0).json
    assert [each["after"] for each in back["changed"]] == ["M49-029"]
    house.db().rollback()
    events = list(house.db().scalars(select(AuditEntry.event)))
    assert events.count("hierarchy.set") == 1


def test_what_is_no_hierarchy_is_refused_and_of_many_acts_nothing_is_counted_unasked(
    program_for, monkeypatch
):
    coordinator = program_for("coordinator")
    text = versions.as_csv(versions.draft(versions.numbered("nationality", 0)))
    bad = coordinator.post(
        "/hierarchies/change", {"name": "nationality", "csv": text.replace("CUB;M49-029", "CUB;NOWHERE")}
    )
    assert (bad.status_code, bad.json["code"]) == (422, "hierarchy-not-usable")
    assert "NOWHERE" in bad.json["detail"]
    assert coordinator.get("/hierarchies/edit", name="moment").status_code == 422
    assert coordinator.get("/hierarchies/edit", name="age", version=9).status_code == 404
    for who in ("analyst", "reviewer", "auditor"):
        assert program_for(who).post("/hierarchies/change", {"name": "age"}).status_code == 403
        kept = program_for(who).post("/hierarchies/keep", {"name": "age", "seen": 0, "why": WHY})
        assert kept.status_code == 403
    monkeypatch.setattr(making, "AT_HAND", -1)
    assert coordinator.post("/hierarchies/change", {"name": "gender"}).json["effects"] is None
    assert coordinator.post("/hierarchies/change", {"name": "gender", "count": True}).json["effects"]
    monkeypatch.setattr("incidents.safeguards.sessions.FRESH", -1)
    old = coordinator.post("/hierarchies/keep", {"name": "age", "seen": 0, "why": WHY})
    assert old.json["code"] == "fresh-sign-in-needed"
