"""No byte of a pack of tables says what its policy does not: not in a picture, a property, a tooltip, a manifest."""

import io
import json
import random
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from incidents.model.account import User
from incidents.model.base import db
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.release import citation, publish
from incidents.release import pack as packing
from tests import make
from tests.conftest import Staff
from tests.release import walked
from tests.release.test_publish import GIVEN, person, story, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
POLICY = "public-table"
DAYS = ("2019-03-17", "2019-07-23", "2020-01-29")
CITIES = (("MX-TAM", "28032", "Reynosa"), ("MX-CHH", "08037", "Juárez"), ("MX-BCN", "02004", "Tijuana"))
KINDS = ("KID", "EXT", "ROB", "RAP", "THR", "TOR", "ASS")
LABEL = "ward of the canary"
# What the policy does not name, or only more coarsely: nowhere in a pack, however it is written.
UNNAMED = (*make.CANARIES, LABEL, *DAYS, *(name for _state, _code, name in CITIES))


def incident(draw):
    """Anything that may be told: acts that few name, a group, a child, somebody who refuses, somebody elsewhere."""
    state, city, _name = draw.choice(CITIES)
    people = [_somebody(draw, "p1", teller=True)]
    if draw.random() < 0.3:
        people.append(_somebody(draw, "p2", teller=False))
    moment = draw.choice(
        [(DAYS[0], "DAY"), (DAYS[1], "DAY"), (DAYS[2], "DAY"), ("2019-05", "MON"), ("2019", "YEA")]
    )
    return story(
        people=people,
        incident={
            "moment": dict(zip(("edtf", "precision"), moment, strict=True)),
            "place": {"country": "MEX", "state": state, "municipality": city},
            "exposure": draw.choice(["JUS", "SHE", "HEA"]),
            "authorities": [draw.choice(["NOB", "POL", "FIS"])],
            "labels": {"ward": LABEL},
        },
        acts=[{"key": "a1", "type": draw.choice(KINDS), "status": draw.choice("CAU")}],
        perpetrators=[{"type": draw.choice(["CRG", "INM", "PMU"]), "basis": "BEL", "degree": "DIR"}],
    )


def _somebody(draw, key, *, teller):
    said = GIVEN | {"STA": draw.choice(["given"] * 5 + ["refused"])}
    nation = draw.choice(["HND", "HND", "HND", "HTI", "CUB"])
    return person(key, teller=teller, decisions=said, age=draw.choice([7, 30, 30, 41]), gender=draw.choice("FFM"),
                  nationality=[nation])  # fmt: skip


def archive(staff):
    """The pack that would leave today, as it would be downloaded."""
    with staff.analyst.work() as work:
        return packing.archive(publish.look(work, publish.Wanted(POLICY, {})).files)


def ours(staff):
    """Ids, references and names that are in the database and nobody's business."""
    ids = [id for kind in (Incident, Act, Person, Report, User) for id in db.session.scalars(select(kind.id))]
    said = [each for id in ids for each in (str(id), id.hex)]
    return [*said, *db.session.scalars(select(Report.reference)), *db.session.scalars(select(User.name))]


@pytest.mark.slow
def test_no_byte_of_any_pack_tells_more_than_its_policy(staff):
    """Random instances, each the one before and more: no count under five, no id, no name, no time, no author."""

    @settings(
        max_examples=4, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.integers(0, 2**32), st.integers(4, 16))
    def holds(seed, number):
        draw = random.Random(seed)
        tell(staff, [incident(draw) for _ in range(number)])
        assert walked.findings(archive(staff), [*UNNAMED, *ours(staff)]) == []

    holds()


def same_but_for(nationality):
    """Fifteen people who are alike but for their country, one of whom comes from where three others do, or eleven."""
    return [*["HND"] * 11, *["HTI"] * 3, nationality]


@pytest.mark.slow
def test_what_differs_only_in_a_count_that_is_hidden_leaves_as_the_same_bytes(
    template, tmp_path, monkeypatch
):
    """So no length of a bar, no order, no text beside a picture says what the tables do not."""
    monkeypatch.setattr(citation, "drawn", lambda: "L-2222-2222")
    packs = []
    for nationality in ("HND", "HTI"):
        opened = template.copy(tmp_path / nationality, make.database_file(tmp_path / nationality))
        with opened.app.app_context():
            staff = Staff(opened.house, template.founder_in(opened.house), template.staff)
            tell(staff, [story(people=[person(nationality=[each])]) for each in same_but_for(nationality)])
            packs.append(files_of(archive(staff)))
        opened.close()
    one, other = packs
    assert "<5" in one["T4-nationality.en.csv"].decode("utf-8-sig")
    assert one == other


def files_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


# -- that the walk finds what is there


def in_zip(name, within, change):
    """Something else in a file of an archive of the pack."""

    def planted(files):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(files[name])) as old, zipfile.ZipFile(out, "w") as new:
            for entry in old.infolist():
                data = old.read(entry)
                new.writestr(
                    packing.entry(entry.filename), change(data) if entry.filename == within else data
                )
        return {name: out.getvalue()}

    return planted


def put(name, old, new):
    """The first `old` in a file, as `new`."""

    def planted(files):
        assert old in files[name]
        return {name: files[name].replace(old, new, 1)}

    return planted


def swap(old, new):
    def change(data):
        assert old in data
        return data.replace(old, new, 1)

    return change


def chunk(files):
    """A word in the picture, where its reader shows none."""
    said = b"tEXtAuthor\x00Canary"
    made = (len(said) - 4).to_bytes(4, "big") + said + zlib.crc32(said).to_bytes(4, "big")
    picture = files["chart-1-en.png"]
    return {"chart-1-en.png": picture[:33] + made + picture[33:]}


def told(**more):
    def planted(files):
        return {"manifest.json": json.dumps(json.loads(files["manifest.json"]) | more).encode()}

    return planted


def of_a_time(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("document.xml", "")
    return {"report-en.docx": out.getvalue()}


ROW = b'<row r="99"><c r="A99" s="3"><v>4</v></c></row></sheetData>'
ALT = (b'descr="', b'descr="Tamaulipas: 3; ')
LEAKS = {
    "a count in a cell": put("T3-incidents.en.csv", b",<5", b",3"),
    "a count in the workbook": in_zip("tables-es.xlsx", "xl/worksheets/sheet2.xml", swap(b"</sheetData>", ROW)),
    "a count in the page": put("report-es.html", b"&lt;5</td>", b"2</td>"),
    "a count in words": put("report-en.html", b"</p>", b" In three of them, people said so.</p>"),
    "a count in the document": in_zip("report-en.docx", "word/document.xml", swap(b"<w:t>", b"<w:t>Dos personas. ")),
    "a count where a picture is described": in_zip("report-es.docx", "word/document.xml", swap(*ALT)),
    "a count in a tooltip": put("chart-1-en.svg", b"</svg>", b"<title>Haiti: 1</title></svg>"),
    "a count of the manifest": told(counts={"considered": 16, "released": 15, "excluded": {"agreement": 1}}),
    "something more in the manifest": told(prepared_by="somebody"),
    "a comment": put("report-en.html", b"</body>", b"<!-- 2 left out --></body>"),
    "a word in a picture": chunk,
    "an author": in_zip("tables-en.xlsx", "docProps/core.xml", swap(b"<dc:creator>", b"<dc:creator>Somebody")),
    "a time": in_zip("tables-en.xlsx", "docProps/core.xml", swap(b"T00:00:00Z", b"T11:42:07Z")),
    "a time of an archive": of_a_time,
    "an id": put("README.txt", b"T1-", b"0f8fad5b-d9cb-469f-a165-70867728950e"),
    "a name": in_zip("report-es.docx", "word/settings.xml", swap(b"<w:", b"<w:x>canary name</w:x><w:")),
    "a name in the other letters": put("chart-2-es.svg", b"</svg>", "<x>Canary Name</x></svg>".encode("utf-16-le")),
}  # fmt: skip


@pytest.mark.slow
def test_the_walk_finds_whatever_is_planted(staff):
    """Each leak by itself, in a pack in which nothing was found."""
    draw = random.Random(1)
    tell(staff, [incident(draw) for _ in range(40)])
    whole = files_of(archive(staff))
    assert walked.findings(packing.archive(whole), ["Canary Name"]) == []
    planted = {leak: packing.archive(whole | plant(whole)) for leak, plant in LEAKS.items()}
    assert [leak for leak, content in planted.items() if not walked.findings(content, ["Canary Name"])] == []
