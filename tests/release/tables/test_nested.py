"""Tables of different fineness, laid side by side, give no small count away: ages and children, acts and attacks."""

from dataclasses import replace

import pytest

from benchmarks.tables import lines as invented
from incidents.release import hierarchy, policy
from incidents.release.free import Free
from incidents.release.tables import audit, edition, merging, nested, protect
from incidents.release.tables.cells import Relation, Shown
from incidents.release.tables.plan import Plan
from incidents.release.text import facts, gathering
from tests.release import counted

RULES = replace(policy.load("public-table"), merge=0)


ATTACKS = {"KIL": "murder", "TOR": "torture", "KID": "kidnapping", "KIX": "kidnapping", "RAP": "rape"}
ATTACKS |= dict.fromkeys(("ASS", "ILT", "ROB", "SXA", "TRL", "TRS"), "violent")


def of_ages(*ages):
    (base,) = counted.rows(1, 1)
    same = {"act": "KID", "act_status": "C", "state": "MX-TAM", "gender": "F", "nationality": "HND"}
    people = enumerate((age for age, times in ages for _one in range(times)), start=1)
    return [
        base | same | {"age": age, "incident": f"{n << 64:032x}", "persons": [f"{n:032x}"]}
        for n, age in people
    ]


def bare(monkeypatch, *given):
    """What is printed where nobody thinks of the other tables."""
    with monkeypatch.context() as context:
        context.setattr(
            edition.nested, "between", lambda counting, _cubes, _known: nested.Nested(counting, {})
        )
        return protect.suppressed(edition.edition(*given).counted)


def test_all_children_do_not_tell_how_many_there_are_of_an_age(monkeypatch):
    """Twelve children of one age, three adults of another: who sees “12 children” knows them both."""
    given = (counted.lines(of_ages((7, 12), (30, 3), (40, 40))), RULES)
    whole = edition.edition(*given).counted
    naive = bare(monkeypatch, *given)
    told = audit.narrowed(Shown(whole, {**dict.fromkeys(whole.counts, "…"), **naive.values}, "A"))
    assert ("persons", "age=25-34") in told
    shown = protect.suppressed(whole)
    assert not audit.narrowed(shown)
    alone = audit.intervals(shown)["persons", "age=25-34"]
    assert alone.low <= 1
    assert alone.high == 4


def of_reporting(reported, reasons, not_reported, responses, unknown):
    """So many that were reported, some of them with a reason why not elsewhere; not, some with a response; neither."""
    (base,) = counted.rows(1, 1)
    same = {"act": "KID", "act_status": "C", "state": "MX-TAM", "age": 30, "response": None}
    told = [{"authorities": ["POL"], "response": "TAK", "not_reported": ["FEA"][: n < reasons]}
            for n in range(reported)]  # fmt: skip
    told += [{"authorities": ["NOB"], "response": "TAK" if n < responses else None, "not_reported": ["FEA"]}
             for n in range(not_reported)]  # fmt: skip
    told += [{"authorities": [], "not_reported": []} for _n in range(unknown)]
    return [
        base | same | each | {"incident": f"{n << 64:032x}", "persons": [f"{n:032x}"]}
        for n, each in enumerate(told, start=1)
    ]


@pytest.mark.parametrize("given", [(5, 2, 7, 1, 4), (5, 1, 13, 4, 4), (4, 1, 6, 3, 3)])
def test_why_there_is_no_response_is_counted_as_not_reported_whatever_stands_beside_it(given):
    """Five reported, seven not, of sixteen: the table of reasons says the five, that of reports hides them."""
    found = edition.edition(counted.lines(of_reporting(*given)), RULES).counted
    shown = protect.suppressed(found)
    reader = tuple(
        Relation(("incidents", f"reported={answer}"), (("incidents", why),))
        for answer, why in (("no", "response=unreported"), ("yes", "not_reported=reported"))
    )
    for each in reader:
        assert found.counts[each.total] == found.counts[each.parts[0]] > 0
    knows = replace(found, relations=(*found.relations, *reader))
    assert audit.narrowed(Shown(knows, shown.values, "A")) == {}


def test_a_murder_is_the_same_number_as_act_and_as_attack():
    found = edition.edition(invented(200), RULES).counted
    murders = ("incidents", "attack=murder", "tally=attack")
    assert found.counts[murders] == found.counts["incidents", "act=KIL"]
    assert any(
        each.total == murders and each.parts == (("incidents", "act=KIL"),) and each.adds
        for each in found.relations
    )


@pytest.mark.parametrize("merge", [0, 10, 25])
def test_what_no_table_prints_is_what_counting_the_lines_again_finds(merge):
    rules = replace(RULES, merge=merge)
    plan = Plan.of(
        rules,
        [Free("region", "gender", "persons"), Free("perpetrator_group"), Free("state", "gender", "persons")],
    )
    told = invented(90, 3)
    made = edition.edition(told, rules, plan)
    lines = [told.counted[number] for number in range(len(told.counted))]
    printed = {key for table in made.counted.tables for key in table.cells.values()}
    checked = 0
    for key, number in made.counted.counts.items():
        said = dict(each.split("=", 1) for each in key[1:])
        if key in printed or {*said} not in (
            {"age", "stage"},
            {"act", "attack", "tally"},
            {"state", "region", "gender"},
        ):
            continue
        of = [
            line for line in lines if all(says(line, axis, code, made.merged) for axis, code in said.items())
        ]
        things = (
            {p for each in of for p in each["persons"]}
            if key[0] == "persons"
            else {each["incident"] for each in of}
        )
        assert len(things) == number, key
        checked += 1
    assert checked or not merge


def says(line, axis, code, merged):
    if axis == "tally":
        return True
    if axis == "attack":
        return ATTACKS.get(line["act"], "none") == code
    if axis in {"state", "region"}:
        whole = line["state"] or "MEX"
        level = whole if axis == "state" else hierarchy.upward("place", 1, whole)[1]
        return merging.told(axis, level, merged.get(axis)) == code
    found = counted.SAYS[axis](line)
    return code in {merging.told(axis, each, merged.get(axis)) for each in found}


def test_editions_of_merged_axes_and_of_their_coarser_axes_are_protected_together():
    rules = replace(RULES, merge=10)
    plan = Plan.of(
        rules, [Free("region", "exposure"), Free("perpetrator_group", "exposure"), Free("act_group")]
    )
    made = edition.edition(invented(60, 2), rules, plan).counted
    assert any(
        dict.fromkeys(("region", "state")).keys() <= {e.split("=")[0] for e in key[1:]} for key in made.counts
    )
    shown = protect.suppressed(made)
    assert not audit.narrowed(shown)
    for key, each in audit.intervals(shown).items():
        assert each.low <= made.counts[key]
        assert each.high is None or made.counts[key] <= each.high
    assert shown.values["incidents",] == made.counts["incidents",]


def test_what_is_shown_aside_is_tied_to_the_reasons_for_which_incidents_stayed_out():
    tally = gathering._Tally()
    excluded, aside = {"not_verified": 6, "no_consent": 4}, {"not_verified": 4, "no_consent": 1, "": 2}
    gathering._fates(tally, facts.Fates("incidents", 20, excluded, aside))
    counts = {**tally.counts, facts.INCIDENTS: 10, facts.ASIDE: 7}
    assert all(sum(counts[part] for part in each.parts) == counts[each.total] for each in tally.relations)
    bound = [each for each in tally.relations if each.total == facts.ASIDE]
    assert sorted(counts[part] for part in bound[0].parts) == [1, 2, 4]
    of = {part for each in tally.relations if each.total != facts.ASIDE for part in each.parts}
    assert {*bound[0].parts} <= of  # each is also a part of its reason, or of what is counted
