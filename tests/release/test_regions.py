"""Counts by region: a map of what the pack says already, and shapes that lie where they should."""

import csv
import io
import json
import re
from collections import Counter
from itertools import pairwise

import pytest

from incidents.model import place
from incidents.release import hierarchy, publish, tabled
from incidents.release.regions import geojson, shapes
from incidents.release.write import File
from tests.release import walked
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_publish import manifest, pack, prepared, rows, signed, story, tell

# Where the capital of each state lies: degrees east and north.
CAPITALS = {
    "MX-AGU": (-102.29, 21.88), "MX-BCN": (-115.45, 32.63), "MX-BCS": (-110.31, 24.14), "MX-CAM": (-90.50, 19.80),
    "MX-CHH": (-106.08, 28.63), "MX-CHP": (-93.12, 16.75), "MX-CMX": (-99.13, 19.43), "MX-COA": (-101.00, 25.43),
    "MX-COL": (-103.72, 19.24), "MX-DUR": (-104.65, 24.02), "MX-GRO": (-99.50, 17.55), "MX-GUA": (-101.26, 21.02),
    "MX-HID": (-98.73, 20.12), "MX-JAL": (-103.35, 20.67), "MX-MEX": (-99.66, 19.29), "MX-MIC": (-101.19, 19.70),
    "MX-MOR": (-99.23, 18.92), "MX-NAY": (-104.90, 21.51), "MX-NLE": (-100.31, 25.67), "MX-OAX": (-96.72, 17.06),
    "MX-PUE": (-98.20, 19.04), "MX-QUE": (-100.39, 20.59), "MX-ROO": (-88.30, 18.52), "MX-SIN": (-107.39, 24.80),
    "MX-SLP": (-100.98, 22.15), "MX-SON": (-110.96, 29.07), "MX-TAB": (-92.93, 17.99), "MX-TAM": (-99.15, 23.74),
    "MX-TLA": (-98.24, 19.32), "MX-VER": (-96.92, 19.54), "MX-YUC": (-89.62, 20.97), "MX-ZAC": (-102.57, 22.77),
}  # fmt: skip
ABOUT = ("organisation", "reference", "cite_en", "cite_es", "counted_en", "counted_es")  # foreign members
LINE = ("code", "count", "data_date", "name_en", "name_es", "period", "text", "unit")


# -- a reader of RFC 7946 that shares nothing with what writes


def features(content):
    """Each feature of a file by its code; whatever the standard asks for is looked at on the way."""
    said = json.loads(content.decode("utf-8"))
    assert set(said) == {"type", "features", *ABOUT}
    assert said["reference"] in said["cite_en"]
    assert said["organisation"] in said["cite_es"]
    assert said["counted_en"].startswith("Counted are ")
    assert said["counted_es"].startswith("Se cuentan ")
    assert said["type"] == "FeatureCollection"
    for each in said["features"]:
        assert set(each) == {"type", "geometry", "properties"}
        assert each["type"] == "Feature"
        assert tuple(sorted(each["properties"])) == LINE
        if each["geometry"] is not None:
            for part in polygons(each["geometry"]):
                sound(part)
    found = {each["properties"]["code"]: each for each in said["features"]}
    assert len(found) == len(said["features"])
    return found


def polygons(shape):
    assert set(shape) == {"type", "coordinates"}
    return {"Polygon": [shape["coordinates"]], "MultiPolygon": shape["coordinates"]}[shape["type"]]


def sound(part):
    """Rings that close and do not cross themselves, the outer one against the clock, holes with it, in degrees."""
    for number, ring in enumerate(part):
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
        assert all(-119 < east < -86 and 14 < north < 33 for east, north in ring)
        assert (area(ring) > 0) == (number == 0)
        lines = list(pairwise(ring))
        for first, one in enumerate(lines):
            for other in lines[first + 2 : len(lines) - (first == 0)]:
                assert not crossing(one, other), (one, other)


def area(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def crossing(one, other):
    (a, b), (c, d) = one, other
    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0


def turn(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def holds(shape, point):
    """Whether a point lies in it: a line to the north crosses its rings an odd number of times."""
    east, north = point
    times = 0
    for (a, b), (c, d) in (each for part in polygons(shape) for ring in part for each in pairwise(ring)):
        times += (a > east) != (c > east) and north < b + (east - a) * (d - b) / (c - a)
    return times % 2 == 1


# -- shapes


def test_every_state_of_mexico_has_a_shape_in_which_its_own_capital_lies_and_no_other():
    assert set(CAPITALS) == shapes.known() == set(place.MEXICAN_STATES.values())
    found = {state: shapes.shape([state]) for state in CAPITALS}
    for state, point in CAPITALS.items():
        assert [each for each, shape in found.items() if holds(shape, point)] == [state]
    for shape in found.values():
        for part in polygons(shape):
            sound(part)


def test_an_outline_is_drawn_where_the_state_lies():
    for state in shapes.known():
        (corners,) = {(*_ends(points),) for points in [_walked(shapes.outline(state))]}
        degrees = [point for part in parts_of(shapes.shape([state])) for ring in part for point in ring]
        (west, east), (south, north) = _ends(degrees)
        drawn = [
            (
                (west - shapes.WEST) * shapes.NARROW * shapes.UNIT,
                (east - shapes.WEST) * shapes.NARROW * shapes.UNIT,
            ),
            ((shapes.NORTH - north) * shapes.UNIT, (shapes.NORTH - south) * shapes.UNIT),
        ]
        for (least, most), (low, high), end in zip(corners, drawn, (shapes.WIDE, shapes.HIGH), strict=True):
            assert abs(least - low) <= 1
            assert abs(most - high) <= 1
            assert least >= 0
            assert most <= end


def _walked(path: str) -> list[tuple[int, int]]:
    """Every point of a path of an SVG that has an absolute beginning and relative steps, as a browser draws it."""
    found = []
    for ring in re.findall(r"M(\d+) (\d+)l([-\d ]+)z", path):
        here = (int(ring[0]), int(ring[1]))
        found.append(here)
        steps = list(map(int, ring[2].split()))
        for x, y in zip(steps[::2], steps[1::2], strict=True):
            here = (here[0] + x, here[1] + y)
            found.append(here)
        assert here == (int(ring[0]), int(ring[1]))  # z walks no further
    return found


def _ends(points) -> tuple[tuple[float, float], tuple[float, float]]:
    across, along = zip(*points, strict=True)
    return (min(across), max(across)), (min(along), max(along))


def parts_of(shape) -> list:
    return [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]


def test_a_region_is_its_states_without_the_borders_between_them():
    tree = hierarchy.named("place").paths(sorted(CAPITALS))
    for region in {path[2] for path in tree.values()}:
        states = [state for state, path in tree.items() if path[2] == region]
        whole, parts = shapes.shape(states), [shapes.shape([state]) for state in states]
        assert size(whole) == pytest.approx(sum(map(size, parts)), abs=1e-9)
        assert corners(whole) < sum(map(corners, parts))
        assert all(holds(whole, point) == (state in states) for state, point in CAPITALS.items())
        for part in polygons(whole):
            sound(part)
    assert shapes.shape(["US-TX"]) is None


def size(shape):
    return sum(area(ring) for part in polygons(shape) for ring in part)


def corners(shape):
    return sum(len(ring) for part in polygons(shape) for ring in part)


# -- packs


def elsewhere(state, month="2019-03"):
    return story(month, incident={"moment": {"edtf": month, "precision": "MON"},
                                  "place": {"country": "MEX", **({"state": state} if state else {})}})  # fmt: skip


@pytest.fixture
def told(staff):
    """Three states with enough, one with two, and some of whom no state is known."""
    for state, many in (("MX-TAM", 9), ("MX-CHH", 8), ("MX-BCN", 12), ("MX-SON", 2), (None, 6)):
        tell(staff, [elsewhere(state) for _ in range(many)])


def test_rows_are_counted_by_region_as_the_file_says_them(staff, told):
    release = prepared(staff)
    signed(staff, release)
    files = pack(staff, release)
    found, there = features(files[geojson.NAME]), Counter(row["place"] for row in rows(files))
    assert len(there) > 2
    assert {code: each["properties"]["count"] for code, each in found.items()} == {
        code.replace("*", "(any)"): number for code, number in there.items()
    }
    for code, each in found.items():
        said = each["properties"]
        assert said["text"] == str(said["count"])
        assert (said["unit"], said["period"]) == ("rows", "2019-03/2019-03")
        assert said["data_date"] == manifest(files)["data_date"]
        shape = each["geometry"]
        lies = [state for state, point in CAPITALS.items() if shape and holds(shape, point)]
        assert lies == ([code] if code in CAPITALS else lies)
        assert bool(shape) == code.startswith("MX-")
    assert found["MX-TAM"]["properties"]["name_es"] == "Tamaulipas"


def test_the_map_is_named_wherever_files_are(staff, told):
    release = prepared(staff)
    signed(staff, release)
    files = pack(staff, release)
    resource = next(
        each for each in json.loads(files["datapackage.json"])["resources"] if each["path"] == geojson.NAME
    )
    assert (resource["mediatype"], resource["bytes"]) == ("application/geo+json", len(files[geojson.NAME]))
    assert geojson.NAME in {each["name"] for each in manifest(files)["files"]}
    assert geojson.NAME in files["README.txt"].decode()
    book = {row["code"] for row in csv.DictReader(io.StringIO(files["codebook.csv"].decode())) if row["code"]}
    assert {code for code in features(files[geojson.NAME]) if code.startswith("MX-")} <= book


def test_a_region_of_a_small_file_is_drawn_whole(staff, told):
    release = prepared(staff, "small-rows")
    signed(staff, release)
    found = features(pack(staff, release)[geojson.NAME])
    west = found["MX-BORDER-WEST"]["geometry"]
    assert [state for state, point in CAPITALS.items() if holds(west, point)] == ["MX-BCN", "MX-SON"]


def test_a_correction_has_the_map_of_its_own_rows(staff, told):
    release = prepared(staff)
    signed(staff, release)
    before = features(pack(staff, release)[geojson.NAME])
    somebody_withdraws(staff, release)
    later = corrected(staff, release)
    signed(staff, later)
    files = pack(staff, later)
    after = features(files[geojson.NAME])
    assert sum(each["properties"]["count"] for each in after.values()) == len(rows(files))
    assert len(rows(files)) < sum(each["properties"]["count"] for each in before.values())


def test_tables_are_on_the_map_as_they_are_printed(staff, told):
    release = prepared(staff, "public-table")
    signed(staff, release)
    files = pack(staff, release)
    lines = list(csv.reader(io.StringIO(files["T1-incidents.en.csv"].decode("utf-8-sig"))))
    total = next(line for line in lines if line[:1] == ["All"])
    printed = dict(zip(lines[0][1:-1], total[1:-1], strict=True))
    found = {each["properties"]["name_en"]: each for each in features(files[geojson.NAME]).values()}
    assert {name: each["properties"]["text"] for name, each in found.items()} == printed
    for each in found.values():
        said = each["properties"]
        assert said["count"] == (int(said["text"]) if said["text"].isdecimal() else None)
        assert said["unit"] == "incidents"
    assert sum(1 for each in found.values() if each["geometry"]) >= 1
    assert geojson.NAME in files["README.txt"].decode()
    assert not walked.findings(packed(staff, release))


def packed(staff, release):
    with staff.analyst.work() as work:
        return publish.download(work, publish.release(work, release)[0])


def test_rows_without_protection_are_on_no_map(staff, told):
    with staff.analyst.work() as work:
        made = publish.look(work, publish.Wanted("internal", {}))
    assert geojson.NAME not in made.files


@pytest.mark.parametrize("count", [1, 4])
def test_a_small_number_on_a_map_is_found(count):
    said = {"features": [{"geometry": None, "properties": {"count": count}}]}
    with pytest.raises(tabled.CountShown):
        tabled._must_hide([File(geojson.NAME, json.dumps(said).encode(), 0)])
    tabled._must_hide([File(geojson.NAME, json.dumps(said).replace(str(count), "5").encode(), 0)])
