"""A hierarchy is shown as a tree, and what it has no place for is named."""

from incidents.release import hierarchy, trees
from incidents.release.hierarchy import HierarchyNotNested, Listed


def test_a_code_without_a_place_is_named(monkeypatch):
    known = trees.words.codes("act")
    monkeypatch.setattr(trees.words, "codes", lambda _name: {**known, "ZZZ": known["KID"]})
    assert trees.shown("act").missing == ("ZZZ",)


def test_a_tree_holds_each_value_once_under_the_one_that_it_becomes():
    (root,) = trees.shown("act").tree
    assert root.label == "*"
    groups = {each.label: {leaf.label for leaf in each.below} for each in root.below}
    assert "KID" in groups["KIDNAPPING"]
    assert sum(map(len, groups.values())) == trees.shown("act").sizes[0]
    assert [each.label for each in trees.shown("age").tree[0].below] == ["CHI", "ADU"]
    assert trees.shown("moment").tree == ()


def test_a_hierarchy_that_is_not_nested_is_said_to_be_so(monkeypatch):
    broken = Listed("act", [("a", "g", "*"), ("b", "h", "*")])
    broken._paths["c"] = ("c", "g", "?")
    monkeypatch.setattr(hierarchy, "named", lambda _name: broken)
    found = trees.shown("act").problem
    assert isinstance(found, HierarchyNotNested)
    assert found.details["value"] == "g"
