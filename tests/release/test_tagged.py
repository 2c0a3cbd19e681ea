"""The row of HXL tags: asked for, under the header of one more CSV, and nothing else changes."""

import csv
import io
import json
import re

import frictionless
import pytest

from incidents.model.release import Release
from incidents.release import publish
from tests.release import walked
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_publish import manifest, pack, person, rows, signed, story, tell

# The core hashtags of HXL 1.1 that are used, and how a tag is written.
CORE = {"adm1", "adm2", "affected", "country", "date", "event", "group", "indicator", "loc", "meta"}
TAG = re.compile(r"#([a-z][a-z0-9_]*)((?:\+[a-z][a-z0-9_]*)*)")


def asked(staff, policy, *, hxl=True, **more):
    with staff.analyst.work() as work:
        return publish.ready(work, publish.Wanted(policy, {}, hxl=hxl, **more)).id


def lines(content):
    return list(csv.reader(io.StringIO(content.decode())))


def must_be_tags(line):
    for tag in line:
        found = TAG.fullmatch(tag)
        assert found, tag
        assert found[1] in CORE
    assert len({*line}) == len(line)


@pytest.fixture
def told(staff):
    tell(
        staff,
        [story(f"2019-0{month}", [person(gender="FM"[month % 2])]) for month in (1, 2, 3) for _ in range(6)],
    )


def test_rows_with_tags_are_the_rows_of_data_csv(staff, told):
    release, bare = asked(staff, "dataset-research"), asked(staff, "dataset-research", hxl=False)
    for each in (release, bare):
        with staff.coordinator.work() as work:
            publish.sign(work, work.get(Release, each), declared=True)
    files = pack(staff, release)
    head, tags, *body = lines(files["data-hxl.csv"])
    assert [head, *body] == lines(files["data.csv"])
    must_be_tags(tags)
    said = dict(zip(head, tags, strict=True))
    assert said["place"] == "#adm1+code+v_iso_3166_2"
    assert said["period"].startswith("#date")
    without = pack(staff, bare)
    more = {*files} - {*without}
    assert more == {"data-hxl.csv", *(f"{name}.hxl.csv" for name in manifest(files)["tables"])}
    assert not {*without} - {*files}
    assert "hxl" not in manifest(without)
    for name in ("codebook.csv", "start.R", "start.py", "start.do"):
        assert files[name] == without[name]


def test_a_reader_of_the_package_skips_the_tags(staff, told, tmp_path):
    release = asked(staff, "dataset-research")
    signed(staff, release)
    files = pack(staff, release)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    package = frictionless.Package(str(tmp_path / "datapackage.json"))
    resource = package.get_resource("data-hxl")
    assert [row.to_dict() for row in resource.read_rows()] == rows(files)
    assert frictionless.validate(resource).valid
    described = {each["path"]: each for each in json.loads(files["datapackage.json"])["resources"]}
    plain, tagged = described["data.csv"], described["data-hxl.csv"]
    assert plain["schema"] == tagged["schema"]
    assert "dialect" not in plain


def test_a_correction_has_the_tags_that_its_edition_had(staff, told):
    for policy in ("dataset-research", "internal"):
        release = asked(staff, policy)
        for by in (staff.coordinator, staff.second) if policy == "internal" else (staff.coordinator,):
            signed(staff, release, by)
        if policy == "dataset-research":
            somebody_withdraws(staff, release)
        with staff.analyst.work() as work:
            made = work.read(work.get(Release, corrected(staff, release)), "manifest")
        assert made["hxl"]
        assert "data-hxl.csv" in {each["name"] for each in made["files"]}


def test_tables_with_tags_print_what_they_print_without(staff, told):
    release = asked(staff, "public-table", free=("state|gender|persons",))
    signed(staff, release)
    files = pack(staff, release)
    for name in manifest(files)["tables"]:
        head, tags, *body = lines(files[f"{name}.hxl.csv"])
        printed = lines(files[f"{name}.en.csv"].removeprefix(b"\xef\xbb\xbf"))
        assert [head, *body] == printed[: printed.index([])]
        must_be_tags(tags)
    assert lines(files["X1.hxl.csv"])[1] == [
        "#adm1+name", "#affected+ind+f", "#affected+ind+m", "#affected+ind+total",
    ]  # fmt: skip
    with staff.analyst.work() as work:
        found = walked.findings(publish.download(work, work.get(Release, release)))
    assert found == ["pack.zip/manifest.json: says free_tables"]
