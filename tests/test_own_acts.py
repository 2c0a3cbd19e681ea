"""An organisation's own acts and perpetrators: under a shipped code, along which a release makes them coarser."""

import csv
import io

import pytest

from incidents import search, vocabulary
from incidents.errors import InvalidInput, MoveNotAllowed
from incidents.intake import report, schema, take_in
from incidents.model import vocabulary as words
from incidents.release import hierarchy, table, write
from incidents.release import policy as policies
from incidents.release.anonymize import anonymize
from tests import make
from tests.release.invented import incident_rows

LABELS = {"en": "Taken from a bus", "es": "Bajada de un autobús"}


@pytest.fixture(autouse=True)
def as_shipped():
    words.use(())
    yield
    words.use(())


def add(member, name="act", labels=None, above="KIX"):
    with member.work() as work:
        code = vocabulary.add(work, name, labels or LABELS, above).code
    with member.work():  # the lists are read again
        return code


def test_an_own_act_goes_with_the_shipped_one_wherever_a_release_makes_acts_coarser(coordinator):
    code = add(coordinator)
    tree = hierarchy.named("act")
    assert tree.paths([code])[code] == (code, *tree.paths(())["KIX"][1:])
    assert hierarchy.group_of("act", code) == hierarchy.group_of("act", "KIX") == "KIDNAPPING"
    assert tree.leaf({"act": code}, "act") == code


def test_an_own_perpetrator_does_too(coordinator):
    code = add(coordinator, "perpetrator", {"en": "Port guards", "es": "Guardias de garita"}, "OTH")
    assert hierarchy.group_of("perpetrator", code) == hierarchy.group_of("perpetrator", "OTH")


def test_a_code_that_was_not_known_before_has_no_group_until_it_is_added(coordinator):
    assert hierarchy.group_of("act", "X_TAKENFROMABU") is None
    assert hierarchy.group_of("act", add(coordinator)) == "KIDNAPPING"


def test_it_is_restricted_where_the_shipped_one_is(coordinator):
    free = add(coordinator)
    hidden = add(coordinator, labels={"en": "New", "es": "Nuevo"}, above="SXA")
    assert [words.codes("act")[code].restricted for code in (free, hidden)] == [False, True]


def test_it_stands_behind_the_shipped_one_and_its_label_is_its_own(coordinator):
    code = add(coordinator)
    offered = words.offered("act")
    assert offered[offered.index("KIX") + 1] == code
    assert words.label("act", code, "es") == "Bajada de un autobús"


@pytest.mark.parametrize("above", ["", "NONE", "CRG", "own"])
def test_it_names_a_shipped_code_of_its_list(coordinator, above):
    above = add(coordinator) if above == "own" else above
    with coordinator.work() as work, pytest.raises(InvalidInput) as refused:
        vocabulary.add(work, "act", {"en": "Something new", "es": "Algo nuevo"}, above)
    assert set(refused.value.fields) == {"above"}


def test_it_does_not_say_what_another_act_says(coordinator):
    with coordinator.work() as work, pytest.raises(InvalidInput) as refused:
        vocabulary.add(work, "act", {"en": "Express kidnapping", "es": "Algo nuevo"}, "EXT")
    assert set(refused.value.fields) == {"en"}


def test_a_list_without_a_place_for_it_still_takes_none(coordinator):
    with coordinator.work() as work, pytest.raises(MoveNotAllowed):
        vocabulary.add(work, "gender", {"en": "Something new", "es": "Algo nuevo"})


def test_a_report_with_an_own_act_goes_all_the_way(coordinator, staff):
    code = add(coordinator)
    document = make.report_document()
    document["acts"][0]["type"] = code
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        incident = take_in.take_in(work, sent).id
    with staff.reviewer.work() as work:
        wanted = search.Filter(codes={"act": (code,)})
        assert [line.incident.id for line in search.listed(work, wanted=wanted).lines] == [incident]


@pytest.mark.parametrize("name", ["dataset-research", "internal"])
def test_a_release_makes_it_coarser_or_explains_it(coordinator, name):
    code = add(coordinator)
    rows = incident_rows(300)
    for row in rows[::3]:
        row["act"] = code
    policy = policies.load(name)
    result = anonymize(table.build(rows, policy), policy)
    acts = {row["act"] for row in result.rows if "act" in row}
    groups = {row["act_group"] for row in result.rows if "act_group" in row}
    assert code in acts or "KIDNAPPING" in acts | groups
    book = csv.DictReader(io.StringIO(write.codebook(policy, result, words.lists()).data.decode()))
    if code in acts:
        assert "Taken from a bus" in {text for row in book for text in row.values()}
