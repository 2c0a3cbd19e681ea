"""A backup holds the sealed files wherever they lie, and puts them back there; of a bucket it says that it does not."""

from dataclasses import replace

import pytest

from incidents import backup, evidence
from incidents.evidence import pieces, store
from tests.evidence import invented


@pytest.fixture(params=["in the instance", "elsewhere"])
def placed(request, settings, house, tmp_path):
    if not settings.database_url.startswith("sqlite"):
        pytest.skip("copied and restored the same way on PostgreSQL")
    house.evidence_url = "" if request.param == "in the instance" else (tmp_path / "else where").as_uri()
    return replace(settings, evidence_url=house.evidence_url)


def test_originals_and_copies_come_back_where_they_lay(placed, house, staff, keep, tmp_path):
    id = keep(invented.jpeg())
    with staff.reviewer.work() as work:
        opened = evidence.open_one(work, id)
        names = pieces.original(opened.item).names + pieces.copy(opened.copy.row).names
    sealed = {name: store.of(house).get(name) for name in names}
    made = backup.backup(placed, house, tmp_path / "copy")
    assert {f"evidence/{name}" for name in names} <= {entry["name"] for entry in made["files"]}
    assert made["not_included"] == ["pepper"]
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    again = replace(
        placed,
        instance=fresh,
        database_url=f"sqlite:///{fresh / 'data.db'}",
        keys_file=fresh / "keys.db",
        evidence_url=placed.evidence_url and (tmp_path / "fresh evidence").as_uri(),
    )
    backup.restore(again, tmp_path / "copy")
    back = store.at(again.evidence_url or store.beside(fresh))
    assert {name: back.get(name) for name in names} == sealed


def test_a_bucket_is_copied_by_whoever_keeps_it(settings, house, tmp_path):
    if settings.database_url.startswith("sqlite"):
        made = backup.backup(replace(settings, evidence_url="s3://bucket/folder"), house, tmp_path / "copy")
        assert made["not_included"] == ["pepper", "evidence"]
