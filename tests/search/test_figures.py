"""Figures, live: each as the list says it, whatever was merged or never published; and the freeze of an empty house."""

from sqlalchemy import select, update

from incidents import search
from incidents.intake import rearranging
from incidents.model.incident import Incident
from incidents.model.report import Batch
from incidents.model.vocabulary import Verification
from incidents.release import weekly
from incidents.search import Filter
from incidents.search.figures import AXES
from tests import make
from tests.release.test_publish import story, tell

ACTS = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "A"}]


def invented(month: str, state: str, doer: str = "CRG") -> dict:
    return story(
        incident={
            "moment": {"edtf": month, "precision": "MON"},
            "place": {
                "country": "MEX",
                "state": state,
                "municipality": "28022" if state == "MX-TAM" else None,
            },
        },
        acts=ACTS,
        involvements=[{"person": "p1", "act": "a1", "part": "DIR"}],
        perpetrators=[{"type": doer}],
    )


def of_list(work, axis: str, code: str) -> int:
    wanted = (
        Filter(verification=Verification(code)) if axis == "verification" else Filter(codes={axis: (code,)})
    )
    return search.total_of(work, wanted)[0]


def each_is_as_its_list_says(staff) -> search.Figures:
    with staff.reviewer.work() as work:
        found = search.live(work)
        for axis in AXES:
            assert found.axes[axis], axis
            for row in found.axes[axis]:
                assert row.incidents == of_list(work, axis, row.code), (axis, row)
        assert found.incidents == search.total_of(work, Filter())[0]
        return found


def test_every_number_is_that_of_its_list_also_after_a_merge_and_beside_what_is_not_published(staff, house):
    month = "2026-05"
    tell(staff, [invented(month, "MX-TAM"), invented(month, "MX-TAM", "PMU"), invented("2026-03", "MX-BCN")])
    tell(staff, [invented(month, "MX-SON")], verified=False)
    before = each_is_as_its_list_says(staff)
    assert before.incidents == 4
    assert before.acts == 8
    with staff.reviewer.work() as work:
        one, other, hidden = work.db.scalars(select(Incident.id).order_by(Incident.reference)).all()[:3]
        rearranging.merge(work, one, other, "The same evening at the same bridge.")
    after = each_is_as_its_list_says(staff)
    assert after.incidents == 3
    assert after.acts == 8  # both acts of what was merged count on
    with staff.reviewer.work() as work:
        batch = work.add(Batch(kind="import", recorded_by=staff.reviewer.id, received_on=work.today))
        work.note("import.begun", batch)
        batch_id = batch.id
    with make.behind(house) as data:
        data.execute(update(Incident).where(Incident.id == hidden).values(batch_id=batch_id))
    with staff.reviewer.work() as work:
        found = search.live(work)
        assert found.incidents == 2
        assert found.acts == 6
        assert all(
            row.incidents == of_list(work, axis, row.code) for axis in AXES for row in found.axes[axis]
        )


def test_an_empty_house_is_frozen_as_nothing(staff):
    with staff.analyst.work() as work:
        counts = weekly.freeze(work).counts
    assert counts["whole"] == "0–4"
    assert all(value in ("0–4", "(not shown)") for rows in counts["axes"].values() for _code, value in rows)
