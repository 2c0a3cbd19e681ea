"""Until when a signed pack can be downloaded, and who took it."""

from datetime import timedelta

import pytest

from incidents.errors import NotAllowed
from incidents.model.release import Release
from incidents.release import leaving, policy, publish
from tests.release.test_publish import GIVEN, person, prepared, signed, story, tell

ONE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
PARTNER = GIVEN | {"PAR": "given"}


@pytest.fixture
def told(staff):
    tell(staff, [story(people=[person(decisions=PARTNER)]) for _ in range(6)])


def out(staff, name):
    release = prepared(staff, name)
    signed(staff, release)
    if policy.load(name).signatures > 1:
        signed(staff, release, by=staff.second)
    return release


def days_later(house, monkeypatch, days):
    now = house.now
    monkeypatch.setattr(house, "now", lambda: now() + timedelta(days=days))


def fetch(staff, release):
    with staff.analyst.work() as work:
        return publish.files(work, work.get(Release, release))


def test_partner_and_internal_expire_and_what_is_public_does_not():
    assert {name: policy.load(name).expires_days for name in policy.names()} == {
        "public-table": None,
        "report-narrative": None,
        "dataset-research": None,
        "small-rows": None,
        "partner": 30,
        "internal": 30,
        "published-table": None,
    }


def test_how_long_a_pack_may_lie_is_no_rule_of_a_series(tmp_path):
    text = (policy.FOLDER / "partner.toml").read_text("utf-8")
    for name, said in (("a", text), ("b", text.replace("expires_days = 30", "expires_days = 7"))):
        (tmp_path / f"{name}.toml").write_text(said, "utf-8")
    a, b = policy.load(tmp_path / "a.toml"), policy.load(tmp_path / "b.toml")
    assert (a.digest, a.expires_days, b.expires_days) == (b.digest, 30, 7)
    (tmp_path / "a.toml").write_text(text.replace("expires_days = 30", "expires_days = 0"), "utf-8")
    with pytest.raises(policy.PolicyWrongValue):
        policy.load(tmp_path / "a.toml")


def test_a_pack_expires_thirty_days_after_its_last_signature(staff, house, told, monkeypatch):
    release = prepared(staff, "partner")
    signed(staff, release)
    assert house.db().get(Release, release).expires_on is None
    days_later(house, monkeypatch, 3)
    signed(staff, release, by=staff.second)
    with staff.analyst.work() as work:
        assert work.get(Release, release).expires_on == work.today + timedelta(days=30)
    days_later(house, monkeypatch, 30)
    assert fetch(staff, release)
    days_later(house, monkeypatch, 1)
    with pytest.raises(leaving.PackExpired) as met:
        fetch(staff, release)
    assert house.db().get(Release, release).expires_on.isoformat() in met.value.said()
    again = out(staff, "partner")  # anew, and as it may leave today
    assert fetch(staff, again)
    with staff.coordinator.work() as work:
        assert list(work.breaks()) == []


@ONE
def test_what_has_no_end_is_downloaded_ever_after(staff, house, told, monkeypatch):
    release = out(staff, "dataset-research")
    days_later(house, monkeypatch, 4000)
    monkeypatch.setattr(
        publish, "_still_permitted", lambda *_given, **_more: None
    )  # consents run out by then
    assert fetch(staff, release)


@ONE
def test_each_download_is_counted_and_named(staff, house, told):
    release = out(staff, "dataset-research")
    fetch(staff, release)
    with staff.coordinator.work() as work:
        publish.download(work, work.get(Release, release))
    with staff.coordinator.work() as work:
        found = work.get(Release, release)
        taken = leaving.downloads(work, found)
        assert found.downloads == len(taken) == 2
        assert [each.by for each in taken] == [staff.coordinator.id, staff.analyst.id]
    with staff.reviewer.work() as work, pytest.raises(NotAllowed):
        leaving.downloads(work, work.get(Release, release))
