"""Evidence in a package: working copies alone, weighed piece by piece, asked anew each time, in constant memory."""

import hashlib
import io
import json
import shutil
import subprocess
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from incidents import consent, erasure, evidence, sharing
from incidents.errors import InvalidInput, NotAllowed
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.evidence import Custody, Evidence
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import Report, ReportLink
from incidents.model.sharing import SharedPerson, Sharing
from incidents.model.vocabulary import Purpose
from tests import make
from tests.conftest import EVERYTHING
from tests.evidence import invented
from tests.sharing.test_sharing import (
    AGREED,
    choice,
    downloaded,
    handed_over,
    mentioned,
    opened,
    tell,
    teller,
)

SHOWN = {**AGREED, "PHO": "given"}
MEGABYTE = 1024 * 1024


def shown(key="p1", **facts):
    return teller(key, SHOWN, **facts)


def keep(staff, incident, data, **changes):
    """A file of an incident; whoever is in it is said by `name`."""
    with staff.reviewer.work() as work:
        given = invented.about(data, **changes)
        return evidence.keep(work, work.get(Incident, incident), given, io.BytesIO(data)).id


def everybody(staff):
    with staff.reviewer.work() as work:
        return list(work.db.scalars(select(Person.id).order_by(Person.id)))


def name(staff, id, gave=(), seen=()):
    with staff.reviewer.work() as work:
        evidence.name_people(work, evidence.one(work, id), gave, seen)


def picture(staff, incident, seen=None, **changes):
    """A photograph in which everybody can be recognised, or only these."""
    id = keep(staff, incident, invented.jpeg(), **changes)
    name(staff, id, seen=everybody(staff) if seen is None else seen)
    return id


def reasons(staff, incident, **changes):
    """Of each piece of an incident why it may not go."""
    with staff.reviewer.work() as work:
        ((_incident, offers),) = sharing.offered(work, choice(incident, **changes))
        return [offer.reasons for offer in offers]


def prepared(staff, incident, *ids, **changes):
    chosen = {"evidence": dict.fromkeys(ids, ())} | changes
    with staff.reviewer.work() as work:
        return sharing.prepare(work, choice(incident, **chosen)).id


def sign(staff, id):
    with staff.coordinator.work() as work:
        sharing.sign(work, work.get(Sharing, id), declared=True)


def links(staff, id):
    with staff.reviewer.work() as work:
        chain = evidence.open_one(work, id).custody
        return [(facts, words) for event, facts, words in chain if event.kind == Custody.RELEASED]


# -- what goes


@pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="exiftool is not installed (libimage-exiftool-perl)"
)
def test_originals_stay_as_they_came_copies_say_nothing_and_nothing_but_copies_is_in_a_package(
    staff, tmp_path
):
    """A picture with GPS, a PDF with an author, a DOCX with tracked changes, whose copy is a PDF made by hand."""
    incident = tell(staff, [shown()])
    originals = {"jpeg": invented.jpeg(), "pdf": invented.pdf(), "docx": invented.docx()}
    ids = {kind: keep(staff, incident, data) for kind, data in originals.items()}
    with staff.reviewer.work() as work:
        evidence.add(work, evidence.one(work, ids["docx"]), io.BytesIO(invented.pdf()))
    for id in ids.values():
        name(staff, id, seen=everybody(staff))
    for kind, id in ids.items():
        with staff.reviewer.work() as work:
            _name, _size, content = evidence.take_original(work, evidence.one(work, id), "verification")
            assert b"".join(content) == originals[kind]
    assert all(found_in(said_by(tmp_path / kind, data)) for kind, data in originals.items())
    _id, closed = handed_over(staff, incident, evidence=dict.fromkeys(ids.values(), ()))
    files = opened(closed)
    copied = [file for file in files if file.startswith("evidence-")]
    assert sorted(file.partition(".")[2] for file in copied) == ["jpg", "pdf", "pdf"]
    for file, data in files.items():
        assert data not in originals.values()
        assert found_in(said_by(tmp_path / file, data)) == []
        assert not [said for said in invented.SAID if said.encode() in data]
    copies = {piece["sha256"] for piece in json.loads(files["manifest.json"])["evidence"]}
    packed = {
        hashlib.sha256(data).hexdigest() for file, data in files.items() if file.startswith("evidence-")
    }
    assert packed == copies == working_copies(staff, ids.values())


def said_by(path, content):
    """What exiftool reads in a file; it does not unpack an office document, so that is done here."""
    path.write_bytes(content)
    command = ["exiftool", "-a", "-u", "-ee", "-G0", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            said += "".join(parts.read(part).decode() for part in parts.namelist())
    return said


def found_in(text):
    """Names, devices and places that a file says of itself."""
    return [word for word in (*invented.SAID, "GPS") if word in text]


def working_copies(staff, ids):
    with staff.reviewer.work() as work:
        return {evidence.copy_of(work, evidence.one(work, id)).facts["sha256"] for id in ids}


def test_the_manifest_says_of_each_copy_its_hash_type_and_reference(staff):
    incident = tell(staff, [shown()])
    id = picture(staff, incident)
    files = opened(handed_over(staff, incident, evidence={id: ()})[1])
    manifest, data = json.loads(files["manifest.json"]), files["evidence-1.jpg"]
    assert manifest["evidence"] == [
        {
            "file": "evidence-1.jpg",
            "reference": id.hex[:8],
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "type": "image/jpeg",
        }
    ]
    assert manifest["files"]["evidence-1.jpg"] == hashlib.sha256(data).hexdigest()
    (said,) = json.loads(files["incident-1.json"])["evidence"]
    assert (said["file"], said["persons"]) == ("evidence-1.jpg", [1])
    assert f"EVIDENCE / PRUEBA {id.hex[:8]}: evidence-1.jpg" in files["incident-1.txt"].decode()


def test_the_chain_says_in_which_package_it_left_and_to_whom_at_each_download_and_not_before(staff):
    incident = tell(staff, [shown()])
    id = picture(staff, incident)
    package = prepared(staff, incident, id)
    sign(staff, package)
    assert links(staff, id) == []
    for _time in range(2):
        downloaded(staff.reviewer, package)
    with staff.reviewer.work() as work:
        reference = work.get(Sharing, package).reference
    assert [(facts["to"], words["to"]) for facts, words in links(staff, id)] == [
        (reference, choice().recipient)
    ] * 2


def test_what_was_not_chosen_does_not_go_and_nothing_goes_by_looking(staff):
    incident = tell(staff, [shown()])
    one, other = picture(staff, incident), picture(staff, incident)
    assert reasons(staff, incident) == [(), ()]
    files = opened(handed_over(staff, incident, evidence={one: ()})[1])
    assert [each["reference"] for each in json.loads(files["manifest.json"])["evidence"]] == [one.hex[:8]]
    assert links(staff, other) == []


def test_whoever_is_only_in_a_picture_is_found_again_as_handed_over(staff):
    incident = tell(staff, [shown()])
    id = picture(staff, incident)
    package, _closed = handed_over(staff, incident, evidence={id: ()})
    with staff.reviewer.work() as work:
        listed = list(work.db.scalars(select(SharedPerson.person).where(SharedPerson.sharing_id == package)))
        assert listed == [work.vault.keyed("shared/person", person) for person in everybody(staff)]


# -- what speaks against it


def test_a_piece_stays_until_somebody_said_who_is_in_it_and_there_is_a_copy(staff):
    incident = tell(staff, [shown()])
    keep(staff, incident, invented.docx())
    assert reasons(staff, incident) == [("no-copy", "people-not-named")]


@pytest.mark.parametrize("decisions", [AGREED, {"REC": "given", "PHO": "given"}])
def test_the_use_and_pictures_are_each_asked_alone(staff, decisions):
    incident = tell(staff, [shown("p1"), teller("p2", decisions)])
    picture(staff, incident)
    assert reasons(staff, incident) == [("no_consent",)]


@pytest.mark.parametrize("by", ["adolescent", "self"])
def test_whoever_may_be_a_child_is_never_shown(staff, by):
    """Sixteen, with a guardian's yes beside their own; or of a year of birth that leaves open whether they are 18."""
    today = datetime.now(UTC).date()
    age = {"age": 16} if by == "adolescent" else {"age": None, "birth_year": today.year - 18}
    child = shown("p2", **age)
    child["consent"] |= {"given_by": by, "guardian_doer": "no", "on": today.isoformat()}
    incident = tell(staff, [shown("p1"), child])
    picture(staff, incident)
    assert reasons(staff, incident) == [("child",)]


def test_whoever_is_in_danger_is_never_shown(staff):
    incident = tell(staff, [shown()], danger="today")
    picture(staff, incident)
    assert reasons(staff, incident) == [("danger",)]


@pytest.mark.parametrize(("term", "what"), [("no_place", "place"), ("no_date", "date")])
@pytest.mark.parametrize("purpose", ["LEG", "PHO"])
def test_who_agreed_without_the_place_or_the_date_lets_no_piece_out_unless_somebody_looked(
    staff, term, what, purpose
):
    who = shown()
    who["consent"]["terms"] = {purpose: {term: True}}
    incident = tell(staff, [who])
    id = picture(staff, incident)
    assert reasons(staff, incident) == [(f"shows-{what}",)]
    with pytest.raises(InvalidInput):
        prepared(staff, incident, id)
    package = prepared(staff, incident, evidence={id: (what,)})
    with staff.coordinator.work() as work:
        _package, _choice, promised = sharing.one(work, package)
    assert [piece["bare"] for piece in promised["said"][0]["evidence"]] == [[what]]
    sign(staff, package)
    assert "evidence-1.jpg" in opened(downloaded(staff.reviewer, package))


def test_one_who_is_not_in_it_and_agreed_without_the_place_takes_it_out_of_the_incident(staff):
    who = shown("p2")
    who["consent"]["terms"] = {"LEG": {"no_place": True}}
    incident = tell(staff, [shown("p1"), who])
    picture(staff, incident, seen=[])
    assert reasons(staff, incident) == [("shows-place",)]


@pytest.mark.parametrize(
    ("terms", "why"),
    [({"parts": ["my voice"]}, "some_parts"), ({"recipients": ["Lic. Otra Inventada"]}, "other_recipient")],
)
def test_pictures_agreed_to_in_part_or_for_somebody_else_stay(staff, terms, why):
    who = shown()
    who["consent"]["terms"] = {"PHO": terms}
    incident = tell(staff, [who])
    picture(staff, incident)
    assert reasons(staff, incident) == [(why,)]
    if why == "other_recipient":
        assert reasons(staff, incident, recipient="Lic. Otra Inventada") == [()]


def test_nobody_is_shown_who_was_in_a_restricted_act_that_stays_out(staff):
    acts = [{"key": "a1", "type": "EXT", "status": "C"}, {"key": "a2", "type": "RAP", "status": "C"}]
    silent = shown()
    links = [{"person": "p1", "act": each, "part": "DIR"} for each in ("a1", "a2")]
    document = make.report_document(persons=[silent], involvements=links, acts=acts)
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, sent).id
    picture(staff, incident)
    assert reasons(staff, incident) == [("restricted_act",)]


def test_what_came_with_a_report_needs_somebody_who_told_of_it(staff):
    incident = tell(staff, [shown()])
    silent = teller(decisions={"REC": "given"})
    document = make.report_document(
        persons=[silent], involvements=[{"person": "p1", "act": "a1", "part": "DIR"}]
    )
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent, link_to=incident)
    ids = []
    for told in (sent, first_report(staff, incident, sent)):
        with staff.reviewer.work() as work:
            data = invented.jpeg()
            item = evidence.keep(work, work.get(Report, told), invented.about(data), io.BytesIO(data))
            ids.append(item.id)
    for id in ids:
        name(staff, id)
    with staff.reviewer.work() as work:
        ((_incident, offers),) = sharing.offered(work, choice(incident))
    assert {offer.weighed.item.id: offer.reasons for offer in offers} == {ids[0]: ("no_teller",), ids[1]: ()}


def first_report(staff, incident, second):
    with staff.reviewer.work() as work:
        query = select(ReportLink.report_id).where(ReportLink.incident_id == incident)
        return next(id for id in work.db.scalars(query) if id != second)


def test_nothing_goes_of_an_incident_of_which_nothing_goes(staff):
    incident = tell(staff, [teller(decisions={"REC": "given"})])
    picture(staff, incident, seen=[])
    assert reasons(staff, incident) == [("incident",)]


def test_a_piece_of_another_incident_cannot_be_chosen(staff):
    one, other = tell(staff, [shown()]), tell(staff, [shown()])
    id = picture(staff, other, seen=[])
    with pytest.raises(InvalidInput):
        prepared(staff, one, id)


def test_only_who_may_prepare_a_package_weighs_evidence_and_lets_it_leave(staff):
    incident = tell(staff, [shown()])
    id = picture(staff, incident)
    for leave in (
        lambda work: sharing.offered(work, choice(incident)),
        lambda work: evidence.weigh(work, [], Purpose.LEGAL, to="x"),
        lambda work: evidence.leaving(work, [id], Purpose.LEGAL, to="x", package="y"),
    ):
        with pytest.raises(NotAllowed), staff.researcher.work() as work:
            leave(work)


# -- asked at each moment


def withdraw(staff, *, purposes=(Purpose.PHOTO,)):
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.db.scalars(select(Person)).first(), purposes)


def say_no(staff):
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person)).first()
        consent.decide(work, person, {"decisions": {"PHO": "refused"}})


def erase(staff):
    with staff.coordinator.work() as work:
        item = work.get(Evidence, piece_of(staff))
        erasure.erase_evidence(work, item, "She asked on 4 May; two agreed.")
    erasure.finish(staff.coordinator.house)


def piece_of(staff):
    with staff.reviewer.work() as work:
        return work.db.scalars(select(Evidence.id)).one()


def show_somebody_else(staff):
    incident_people = everybody(staff)
    name(staff, piece_of(staff), gave=incident_people, seen=incident_people)
    withdraw(staff)


def copy_anew(staff):
    with staff.reviewer.work() as work:
        evidence.add(work, evidence.one(work, piece_of(staff)), io.BytesIO(invented.png()))


@pytest.mark.parametrize("change", [withdraw, say_no, erase, show_somebody_else, copy_anew])
def test_a_later_no_or_another_copy_stops_the_signature_and_each_download(staff, change):
    incident = tell(staff, [shown()])
    id = picture(staff, incident)
    waiting, signed = (prepared(staff, incident, id) for _time in range(2))
    sign(staff, signed)
    downloaded(staff.reviewer, signed)
    change(staff)
    with pytest.raises(sharing.PackageChanged):
        sign(staff, waiting)
    with pytest.raises(sharing.PackageChanged):
        downloaded(staff.reviewer, signed)
    assert len(links(staff, id)) == 1


def test_a_consent_that_ran_out_stops_it_that_day(staff, house):
    who = shown()
    who["consent"]["terms"] = {"PHO": {"until": (house.now().date() + timedelta(days=3)).isoformat()}}
    incident = tell(staff, [who])
    id = picture(staff, incident)
    package = prepared(staff, incident, id)
    sign(staff, package)
    now = house.now
    house.now = lambda: now() + timedelta(days=3)
    downloaded(staff.reviewer, package)
    house.now = lambda: now() + timedelta(days=5)
    with pytest.raises(sharing.PackageChanged):
        downloaded(staff.reviewer, package)


def test_a_person_who_was_added_to_it_without_a_yes_stops_it(staff):
    incident = tell(staff, [shown("p1"), mentioned("p2")])
    with staff.reviewer.work() as work:
        told = work.db.scalars(select(Person.id).where(Person.teller.is_(True))).one()
    id = picture(staff, incident, seen=[told])
    package = prepared(staff, incident, id)
    sign(staff, package)
    name(staff, id, seen=everybody(staff))
    with pytest.raises(sharing.PackageChanged):
        downloaded(staff.reviewer, package)


# -- in constant memory


class Invented(io.RawIOBase):
    """A recording that is as long as is wanted, and not in memory either."""

    def __init__(self, size):
        self.left, self.hash = size, hashlib.sha256()

    def readable(self):
        return True

    def read(self, size=-1):
        data = (b"\x00\xff invented sound \xff\x00" * 60_000)[: min(size, self.left)]
        self.left -= len(data)
        self.hash.update(data)
        return data


def test_a_long_copy_is_never_whole_in_memory(staff):
    size = (200 if EVERYTHING else 24) * MEGABYTE
    incident = tell(staff, [shown()])
    id = keep(staff, incident, b"\x00\xff an invented recording")
    recording = Invented(size)
    with staff.reviewer.work() as work:
        evidence.add(work, evidence.one(work, id), recording)
    name(staff, id, seen=everybody(staff))
    package = prepared(staff, incident, id)
    sign(staff, package)
    tracemalloc.start()
    try:
        with staff.reviewer.work() as work:
            closed = sharing.download(work, work.get(Sharing, package))
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    with closed:
        data = closed.read()
    assert most < 16 * MEGABYTE
    assert hashlib.sha256(opened(data)["evidence-1.bin"]).hexdigest() == recording.hash.hexdigest()
