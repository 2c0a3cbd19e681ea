"""A hierarchy is set: checked, seen before it is kept, in force from then on; a series keeps its own."""

import pytest
from sqlalchemy import select

from incidents import accounts
from incidents.errors import FreshSignInNeeded, NotAllowed, ReasonsNeeded
from incidents.model import tree
from incidents.model.audit import AuditEntry
from incidents.model.tree import HierarchyVersion
from incidents.release import any_csv, editions, hierarchy, meeting, nodes, publish, trees, versions
from incidents.release.differ import File, Row, clashes
from incidents.release.hierarchy import HierarchyMissesValue, HierarchyNotNested
from incidents.release.versions import HierarchyNotUsable, SetMeanwhile
from tests import make
from tests.release.test_publish import manifest, pack, person, prepared, signed, story, tell

WHY = "Our partners count Belize with the islands."


@pytest.fixture(autouse=True)
def as_shipped():
    tree.use(())
    yield
    tree.use(())


def shipped(name):
    return versions.draft(versions.numbered(name, 0))


def keep(member, proposed, why=WHY, seen=0):
    with member.work() as work:
        return versions.keep(work, proposed, why, seen).number


def moved(name, value, parent):
    return versions.moved(shipped(name), value, parent)


def test_a_file_comes_back_as_it_was_written():
    for name in versions.SET:
        text = versions.as_csv(shipped(name))
        assert versions.read(name, text).rows == shipped(name).rows
        assert (
            versions.read(name, text.split("\n", 1)[1]).rows == shipped(name).rows
        )  # without the names of levels


def test_what_is_wrong_is_said_of_the_value():
    text = versions.as_csv(shipped("nationality"))
    cases = {
        text.replace("HND;M49-013;M49-019;", "HND;M49-013;M49-002;"): (HierarchyNotNested, "M49-013"),
        text.replace("HND;M49-013;M49-019;*\n", ""): (HierarchyMissesValue, "HND"),
        text.replace("HND;M49-013;M49-019;*", "HND;M49-013;M49-019;all"): (HierarchyNotUsable, "HND"),
        text.replace("HND;M49-013;M49-019;*", "HND;M49-013;*"): (HierarchyNotUsable, "HND"),
        text + "HND;M49-029;M49-019;*\n": (HierarchyNotUsable, "HND"),
        text.replace("HND;M49-013", "HND;=cmd()"): (HierarchyNotUsable, "=cmd()"),
        text.replace("HND;M49-013;", "HND;ELSEWHERE;"): (
            HierarchyNotUsable,
            "ELSEWHERE",
        ),  # a group without words
        text.replace("#country;", "#land;"): (HierarchyNotUsable, "country"),
    }
    for wrong, (problem, named) in cases.items():
        assert wrong != text
        with pytest.raises(problem) as found:
            versions.read("nationality", wrong)
        assert named in found.value.said()


def test_what_other_rules_rest_on_stays():
    with pytest.raises(HierarchyNotUsable, match="hierarchy-not-usable") as found:
        versions.check(moved("age", "15-17", "18-24"))
    assert "15-17" in found.value.said()
    versions.check(versions.moved(moved("age", "25-34", "25-44"), "35-44", "25-44"))
    for value, parent in (("25-34", "25-44"), ("25-34", "45-59")):  # half of it; not side by side
        with pytest.raises(HierarchyNotUsable):
            versions.check(moved("age", value, parent))
    rows = tuple(row if row[1] != "KIDNAPPING" else (row[0], "OTHER", "*") for row in shipped("act").rows)
    with pytest.raises(HierarchyNotUsable) as found:
        versions.check(versions.Draft("act", rows))
    assert "KIDNAPPING" in found.value.said()
    with pytest.raises(HierarchyNotUsable) as found:
        versions.check(
            versions.Draft("place", tuple((row[0], row[1], "USA", "*") for row in shipped("place").rows))
        )
    assert "MX-AGU" in found.value.said()


def test_what_is_kept_is_in_force_and_one_can_go_back(staff, house):
    before = (hierarchy.version(), trees.version("nationality"))
    assert keep(staff.coordinator, moved("nationality", "BLZ", "M49-029")) == 1
    with staff.analyst.work() as work:
        assert hierarchy.named("nationality").paths(())["BLZ"][1] == "M49-029"
        assert hierarchy.exact("nationality").paths(())["BLZ"][1] == "M49-013"
        assert hierarchy.version() != before[0]
        ((row, why),) = versions.history(work, "nationality")
        assert (why, row.set_by) == (WHY, staff.coordinator.id)
    assert house.db().scalars(select(AuditEntry).where(AuditEntry.event == "hierarchy.set")).one()
    keep(staff.coordinator, shipped("nationality"), "The partners changed their mind.", seen=1)
    with staff.analyst.work():
        assert hierarchy.named("nationality") is hierarchy.exact("nationality")
        assert (hierarchy.version(), trees.version("nationality")) == before
        assert hierarchy.cited()["nationality"]["version"] == 2


def test_who_may_set_it_and_with_what(staff):
    proposed = moved("nationality", "BLZ", "M49-029")
    with pytest.raises(NotAllowed):
        keep(staff.analyst, proposed)
    with pytest.raises(ReasonsNeeded):
        keep(staff.coordinator, proposed, "why")
    with pytest.raises(HierarchyNotUsable, match="hierarchy-not-usable"):
        keep(staff.coordinator, shipped("nationality"))
    with pytest.raises(FreshSignInNeeded), staff.coordinator.work(fresh=False) as work:
        versions.keep(work, proposed, WHY, 0)
    keep(staff.coordinator, proposed)
    with pytest.raises(SetMeanwhile):
        keep(staff.coordinator, moved("nationality", "CUB", "M49-013"))


def test_own_codes_keep_the_group_of_the_code_they_stand_under(staff):
    from incidents import vocabulary

    with staff.coordinator.work() as work:
        code = vocabulary.add(
            work, "act", {"en": "Held in a van", "es": "Retenida en una camioneta"}, "KIH"
        ).code
    with staff.coordinator.work() as work:
        proposed = versions.moved(versions.draft(versions.standing("act")), code, "VIOLENCE")
        versions.keep(work, proposed, WHY, 0)
    with staff.analyst.work():
        assert (hierarchy.group_of("act", code), hierarchy.group_of("act", "KIH")) == (
            "VIOLENCE",
            "KIDNAPPING",
        )


def test_the_count_before_and_after_is_that_of_the_search(staff):
    tell(staff, [story("2019-03", people=[person(nationality=["HND"])]) for _ in range(4)])
    tell(staff, [story("2019-03", people=[person(nationality=["CUB"])]) for _ in range(4)])
    proposed = moved("nationality", "CUB", "M49-013")
    with staff.coordinator.work() as work:
        found = {each.policy: each for each in nodes.effects(work, proposed.version)}
        assert set(found) == {"dataset-research", "small-rows", "partner"}
        one = found["dataset-research"]
        assert one.before.rows == one.after.rows == 8
        assert one.after.loss < one.before.loss  # both are of one part of the continent now
        assert tree.standing("nationality") == 0  # nothing is kept
    with staff.analyst.work() as work:
        assert hierarchy.version() == hierarchy.version()
        assert not list(work.db.scalars(select(HierarchyVersion)))


def test_a_series_goes_on_by_its_own_version(staff, monkeypatch):
    monkeypatch.setattr(editions, "NEW_INCIDENTS", 1)
    tell(staff, [story("2019-01") for _ in range(7)])
    first = prepared(staff)
    signed(staff, first)
    keep(staff.coordinator, moved("nationality", "HND", "M49-029"))
    tell(staff, [story("2019-01") for _ in range(7)])
    with staff.analyst.work() as work:
        second = publish.ready(work, publish.Wanted("dataset-research", {}, continues=first)).id
    signed(staff, second)
    old, new = manifest(pack(staff, first)), manifest(pack(staff, second))
    assert old["hierarchies"] == new["hierarchies"]
    assert old["hierarchy_versions"] == new["hierarchy_versions"]
    assert new["series"]["edition"] == 2
    assert tree.standing("nationality") == 1


def test_a_release_names_its_versions_and_carries_them(staff, tmp_path):
    tell(staff, [story("2019-01") for _ in range(7)])
    keep(staff.coordinator, moved("nationality", "HND", "M49-029"))
    release = prepared(staff)
    signed(staff, release)
    files = pack(staff, release)
    said = manifest(files)
    cited = said["hierarchy_versions"]["nationality"]
    assert cited["version"] == 1
    assert said["hierarchies"]["nationality"]["hierarchy"] == "nationality@1"
    read = versions.read("nationality", files["hierarchy_nationality.csv"].decode())
    assert read.version.digest == cited["digest"] == moved("nationality", "HND", "M49-029").version.digest
    (tmp_path / "hierarchy_nationality.csv").write_bytes(files["hierarchy_nationality.csv"])
    tree_read = any_csv.hierarchies(tmp_path, ["nationality"])["nationality"]
    assert tree_read.paths(())["HND"] == ("HND", "M49-029", "M49-019", "*")
    assert "hierarchy_period.csv" not in files


def _file(reference, tree_name, level, rows):
    return File(
        reference,
        2,
        {"nationality": (tree_name, level)},
        (),
        {
            thread: Row({"nationality": value}, incident, frozenset({incident}))
            for thread, (value, incident) in rows.items()
        },
    )


def test_files_by_two_versions_are_read_at_what_both_allow():
    tree.use([moved("nationality", "BLZ", "M49-029").version])
    at = meeting.meet(("nationality", 1), ("nationality@1", 1))
    one, other = (("nationality", 1), ("nationality@1", 1))
    said = {
        (where, code): meeting.label(where, at, code, hierarchy.upward)
        for where in (one, other)
        for code in ("M49-013", "M49-029", "M49-005")
    }
    # Belize is of both groups, so that nobody can tell them apart; what neither changed stays what it is.
    assert said[one, "M49-013"] == said[other, "M49-029"] == said[one, "M49-029"] != said[one, "M49-005"]
    assert said[one, "M49-005"] == said[other, "M49-005"]
    # by hand: three of South America, one more of it in the newer file
    three = {n: ("M49-005", n) for n in ("a", "b", "c")}
    old = _file("L-1", "nationality", 1, three)
    new = _file("L-2", "nationality@1", 1, three | {"d": ("M49-005", "d")})
    assert [each.part for each in clashes(new, [old])] == [frozenset({"d"})]
    fine = _file("L-2", "nationality@1", 1, three | {"d": ("M49-005", "d"), "e": ("M49-005", "e")})
    assert clashes(fine, [old]) == []


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_programs_read_what_is_in_force(app, house, staff):
    keep(staff.coordinator, moved("nationality", "BLZ", "M49-029"))
    token = accounts.sign_in(house, staff.analyst.name, make.PASSPHRASE).token
    answer = app.test_client().get("/api/v1/hierarchies", headers={"Authorization": f"Bearer {token.hex()}"})
    found = {each["name"]: each for each in answer.json["hierarchies"]}
    assert found["nationality"]["version"] == 1
    assert ["BLZ", "M49-029", "M49-019", "*"] in found["nationality"]["rows"]
    assert found["age"]["version"] == 0
