"""The figures of the week: live for whoever may open facts, frozen for all others."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from incidents import jobs
from incidents.model.audit import AuditEntry
from incidents.release import making
from tests.release.test_publish import prepared, signed, tell
from tests.release.test_weekly import as_told, world

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def people(staff):
    return SimpleNamespace(
        researcher=staff.field_researcher,
        reviewer=staff.reviewer,
        other_reviewer=staff.second,
        coordinator=staff.coordinator,
        second=staff.second,
        analyst=staff.analyst,
    )


def events(house, event):
    house.db().rollback()
    return list(house.db().scalars(select(AuditEntry.event).where(AuditEntry.event == event)))


def test_who_opens_no_fact_sees_the_freeze_alone_and_not_once_a_release_came_out(program_for, people, house):
    some = world("figures", 40)
    tell(people, [as_told(one) for one in some])
    researcher, analyst = program_for("field_researcher"), program_for("analyst")
    assert researcher.get("/figures").json == {
        "frozen_on": None, "overtaken": [], "live": None, "frozen": None,
    }  # fmt: skip
    live = analyst.get("/figures").json["live"]
    assert live["incidents"] == 40
    by_act = {row["code"]: row["incidents"] for row in live["axes"]["act"]}
    assert by_act == {code: sum(code in one["acts"] for one in some) for code in ("KID", "EXT")}
    frozen = analyst.post("/figures")
    assert frozen.status_code == 201, frozen.json
    again = analyst.post("/figures")
    assert (again.status_code, again.json["code"]) == (409, "frozen-lately")
    assert len(events(house, "figures.frozen")) == 1
    shown = researcher.get("/figures").json
    assert (shown["live"], shown["frozen_on"]) == (None, frozen.json["frozen_on"])
    assert shown["frozen"]["whole"] == "40–44"
    exact = {str(number) for number in (*by_act.values(), 40)}
    assert not {row["incidents"] for rows in shown["frozen"]["axes"].values() for row in rows} & exact
    release = prepared(people, "public-table", {})
    assert researcher.get("/figures").json == shown
    signed(people, release)
    after = researcher.get("/figures").json
    assert (after["frozen"], len(after["overtaken"])) == (None, 1)


def test_figures_are_frozen_by_who_makes_releases_and_among_many_acts_as_long_work(
    program_for, house, monkeypatch
):
    for who in ("field_researcher", "reviewer", "auditor", "administrator"):
        assert program_for(who).post("/figures").status_code == 403
    assert program_for("").get("/figures").status_code == 401
    monkeypatch.setattr(making, "AT_HAND", -1)
    begun = program_for("analyst").post("/figures")
    assert (begun.status_code, begun.json["state"]) == (202, "waiting")
    assert jobs.run_waiting(house)
    assert len(events(house, "figures.frozen")) == 1
    assert program_for("field_researcher").get("/figures").json["frozen_on"]
