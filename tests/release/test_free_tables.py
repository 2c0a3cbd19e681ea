"""Tables beside the usual ones: counted and protected with them, refused where they would tell."""

import pytest

from incidents.errors import InvalidInput, Problem
from incidents.model.release import Release
from incidents.release import making, publish
from incidents.release.publish import Wanted
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_publish import manifest, pack, person, signed, story, tell
from tests.release.test_tabled import cells

POLICY = "public-table"
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def told(staff):
    """Nine women from Honduras, three men from Haiti."""
    tell(staff, [story(f"2019-0{month}") for month in (1, 6, 9) for _ in range(3)])
    tell(staff, [story("2019-09", [person(gender="M", nationality=["HTI"])]) for _ in range(3)])


def ready(staff, *free):
    with staff.analyst.work() as work:
        return publish.ready(work, Wanted(POLICY, {}, free=free)).id


def test_a_free_table_leaves_with_the_others_and_hides_what_they_hide(staff, told):
    release = ready(staff, "gender|stage|persons", "act||incidents|gender=M", "year||incidents|state=MX-SON")
    signed(staff, release)
    files = pack(staff, release)
    assert manifest(files)["free_tables"] == [
        "gender|stage|persons", "act||incidents|gender=M", "year||incidents|state=MX-SON",
    ]  # fmt: skip
    one, two, none = (cells(files, f"X{number}.en.csv") for number in (1, 2, 3))
    assert "3" not in {cell for row in (*one.values(), *two.values()) for cell in row}
    assert one["All"][-1] == "12"
    assert two["All"] == ["<5"]
    assert {cell for row in none.values() for cell in row} <= {"0", "Incidents"}
    with staff.analyst.work() as work:
        titles = [each.title for each in publish.tables_of(work, work.get(Release, release), "es")]
    assert [title for title in titles if title.startswith("X1. ")]


def test_a_correction_makes_the_same_tables(staff, told):
    release = ready(staff, "gender||persons")
    signed(staff, release)
    somebody_withdraws(staff, release)
    correction = corrected(staff, release)
    signed(staff, correction)
    assert cells(pack(staff, correction), "X1.en.csv")["All"] == ["11"]


@pytest.mark.parametrize(
    ("free", "code"),
    [
        (["exact_place"], "no-such-axis"),
        (["gender|gender"], "axis-twice"),
        (["gender|||gender=M"], "axis-twice"),
        (["gender||people"], "no-such-part"),
        (["gender|||act=RAP"], "no-such-part"),  # its nought would say that none was told
        (["gender|||state"], "no-such-part"),
        (["gender", "gender"], "too-many-tables"),
        (["gender", "age", "stage", "state", "act", "month"], "too-many-tables"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_counted(staff, free, code):
    for asks in (publish.ready, making.start):
        with staff.analyst.work() as work, pytest.raises(Problem) as refused:
            asks(work, Wanted(POLICY, {}, free=tuple(free)))
        assert refused.value.code == code


def test_rows_have_no_tables(staff):
    with staff.analyst.work() as work, pytest.raises(InvalidInput):
        making.start(work, Wanted("dataset-research", {}, free=("gender",)))
