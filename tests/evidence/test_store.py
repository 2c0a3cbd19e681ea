"""A folder and a bucket do the same four things."""

import pytest
from obstore.store import LocalStore, MemoryStore

from incidents import evidence
from incidents.evidence import store
from incidents.evidence.refusals import PieceMissing, StoreAway
from tests.evidence import invented
from tests.evidence.bucket import served


@pytest.fixture
def bucket(monkeypatch):
    """The address of a bucket that speaks S3, and what is in it."""
    with served() as (address, kept):
        signed_in = {"ACCESS_KEY_ID": "invented", "SECRET_ACCESS_KEY": "invented", "REGION": "here"}
        for name, value in {"ENDPOINT_URL": address, "ALLOW_HTTP": "true", **signed_in}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        store.at.cache_clear()
        yield kept
        store.at.cache_clear()


@pytest.fixture(params=["folder", "bucket in memory", "bucket on disk", "S3"])
def place(request, tmp_path):
    if request.param == "S3":
        request.getfixturevalue("bucket")
        return store.at("s3://bucket/of/ours")
    return store.Store({
        "folder": lambda: store.Folder(tmp_path / "evidence"),
        "bucket in memory": lambda: store.Bucket(MemoryStore()),
        "bucket on disk": lambda: store.Bucket(LocalStore(tmp_path / "bucket", mkdir=True)),
    }[request.param]())  # fmt: skip


def test_what_is_put_is_found_in_order_and_taken_away(place):
    words = [place.put("a/original", number, bytes([number]) * number) for number in (2, 0, 1)]
    names = [store.piece("a/original", number, word) for number, word in zip((2, 0, 1), words, strict=True)]
    place.put("ab/original", 0, b"of another")
    assert place.sizes("a") == sorted(zip(names, (2, 0, 1), strict=True))
    assert place.get(names[0]) == b"\x02\x02"
    assert [size for _name, size in place.sizes("")] == [0, 1, 2, 10]
    assert place.sizes("a/original/000002") == [(names[0], 2)]
    place.drop([names[0], names[0]])
    with pytest.raises(PieceMissing):
        place.get(names[0])
    place.drop_all("a")
    assert [size for _name, size in place.sizes("")] == [10]
    assert place.sizes("nothing") == []


def test_no_name_is_given_twice(place):
    assert len({place.put("a/original", 0, b"x") for _time in range(50)}) == 50
    assert len(place.sizes("a")) == 50


def test_a_folder_is_its_owners_alone_and_keeps_no_empty_one(tmp_path):
    folder = tmp_path / "evidence"
    place = store.Store(store.Folder(folder))
    place.put("a/original", 0, b"x")
    assert not [path for path in folder.rglob("*") if path.stat().st_mode & 0o077]
    place.drop_all("")
    assert list(folder.rglob("*")) == []


def test_a_half_written_file_is_none(tmp_path):
    place = store.Store(store.Folder(tmp_path))
    (tmp_path / "a" / "original" / "000000").mkdir(parents=True)
    (tmp_path / "a" / "original" / "000000" / f"cut{store.HALF}").write_bytes(b"half")
    assert place.sizes("a") == []


def test_a_store_that_cannot_be_reached_is_said(tmp_path):
    (tmp_path / "evidence").write_text("a file where the folder should be")
    place = store.Store(store.Folder(tmp_path / "evidence"))
    with pytest.raises(StoreAway):
        place.put("a/original", 0, b"x")


def test_an_address_names_a_folder_or_a_bucket(tmp_path):
    assert store.folder_of((tmp_path / "with space").as_uri()) == tmp_path / "with space"
    assert store.folder_of("s3://bucket/folder") is None
    assert store.at("memory:///").sizes("") == []
    assert store.at("s3://bucket/folder")


def test_what_lies_in_a_bucket_is_sealed_and_opens_again(house, staff, keep, bucket):
    house.evidence_url = "s3://bucket/of/ours"
    id = keep(invented.jpeg())
    assert bucket
    for key, data in bucket.items():
        assert key.startswith(f"of/ours/{id}/")
        assert not [said for said in invented.SAID if said.encode() in data]
    with staff.reviewer.work() as work:
        content = evidence.take_original(work, evidence.one(work, id), "verification")[2]
        assert b"".join(content) == invented.jpeg()
        assert list(evidence.breaks(work, opening=True)) == []
