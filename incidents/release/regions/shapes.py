"""The shapes of the states of Mexico and of regions made of them, as RFC 7946 wants them.

They say where a state lies and nothing of an incident. The file holds each border once, so that a region is drawn
without the borders within it: what two of its states share is left away, and what is left closes to rings.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("mexico.json")
HUNDREDTHS = 100  # of a degree: what the file counts in
# A drawing of the country: its corner in degrees, units a degree, how broad a degree is in its middle (23.6° north).
WEST, NORTH, UNIT, NARROW = -118.5, 32.8, 40, 0.916
WIDE, HIGH = round(31.9 * NARROW * UNIT), round(18.4 * UNIT)

Point = tuple[int, int]  # east and north, in hundredths of a degree
Ring = list[Point]  # closed: its last point is its first
Rings = Mapping[
    str, Sequence[Sequence[int]]
]  # state → its outer rings: numbers of borders, ~n for one walked back


@cache
def _file() -> tuple[Sequence[Ring], Rings]:
    said = json.loads(FILE.read_text(encoding="utf-8"))
    return [_border(steps) for steps in said["arcs"]], said["states"]


def _border(steps: Sequence[int]) -> Ring:
    """Its points: the file has the first one, and then how far each lies from the one before."""
    found, east, north = [], 0, 0
    for more_east, more_north in zip(steps[::2], steps[1::2], strict=True):
        east, north = east + more_east, north + more_north
        found.append((east, north))
    return found


def known() -> frozenset[str]:
    """The states that have a shape, by their codes of ISO 3166-2."""
    return frozenset(_file()[1])


def shape(states: Iterable[str]) -> dict[str, Any] | None:
    """A Polygon or MultiPolygon (WGS 84, longitude first, outer rings against the clock); None for no known state."""
    borders, rings = _file()
    walked = Counter(border for state in {*states} & {*rings} for ring in rings[state] for border in ring)
    left = [_walked(borders, border) for border in sorted(walked) if not walked[~border]]
    found = _rings(left)
    if not found:
        return None
    parts = _with_holes(found)
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


@cache
def outline(state: str) -> str:
    """The path of a state for a drawing of WIDE × HIGH, north on top; a degree is as broad as it is at NARROW."""
    found = shape([state])
    if found is None:
        return ""
    parts = [found["coordinates"]] if found["type"] == "Polygon" else found["coordinates"]
    return "".join(map(_path, (ring for part in parts for ring in part)))


def _path(ring: Sequence[Sequence[float]]) -> str:
    """Each point as a step from the one before, without those that fall on it."""
    points = [(round((east - WEST) * NARROW * UNIT), round((NORTH - north) * UNIT)) for east, north in ring]
    steps = ((c - a, d - b) for (a, b), (c, d) in pairwise(points))
    return f"M{points[0][0]} {points[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps if x or y) + "z"


def _walked(borders: Sequence[Ring], border: int) -> Ring:
    return borders[border] if border >= 0 else borders[~border][::-1]


def _rings(lines: Sequence[Ring]) -> list[Ring]:
    """These lines joined end to end; where a ring comes back to a point, it is cut in two there."""
    begin: dict[Point, list[Ring]] = {}
    for line in lines:
        begin.setdefault(line[0], []).append(line)
    found: list[Ring] = []
    for start in sorted(begin):
        while begin[start]:
            found += _cut(_joined(begin, start))
    return sorted(found, key=lambda ring: -abs(_twice_the_area(ring)))


def _joined(begin: Mapping[Point, list[Ring]], start: Point) -> Ring:
    ring = [start]
    while len(ring) == 1 or ring[-1] != start:
        ring += begin[ring[-1]].pop()[1:]
    return ring


def _cut(ring: Ring) -> list[Ring]:
    found: list[Ring] = []
    path: Ring = []
    for point in ring:
        if point in path:
            place = path.index(point)
            found.append([*path[place:], point])
            del path[place:]
        path.append(point)
    return found


def _twice_the_area(ring: Ring) -> int:
    """More than none where it runs against the clock."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def _with_holes(rings: Sequence[Ring]) -> list[list[list[list[float]]]]:
    """Each outer ring and the holes in it, the largest first."""
    outer = [[ring] for ring in rings if _twice_the_area(ring) > 0]
    for hole in (ring for ring in rings if _twice_the_area(ring) < 0):
        around = [each for each in outer if _inside(hole, each[0])]
        min(around, key=lambda each: _twice_the_area(each[0])).append(hole)
    return [[_degrees(ring) for ring in part] for part in outer]


def _inside(hole: Ring, ring: Ring) -> bool:
    """Whether it lies in a ring, by a point of it that is none of the ring's: a line to the east crosses it once."""
    east, north = next((point for point in hole if point not in ring), hole[0])
    crossings = 0
    for (a, b), (c, d) in pairwise(ring):
        if (b > north) != (d > north) and east < a + (north - b) * (c - a) / (d - b):
            crossings += 1
    return crossings % 2 == 1


def _degrees(ring: Ring) -> list[list[float]]:
    return [[east / HUNDREDTHS, north / HUNDREDTHS] for east, north in ring]
