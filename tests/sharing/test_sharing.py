"""Packages for a named recipient: exactly those who agreed, exactly the fields, under the recipient's key alone."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime

import pyrage
import pytest
from sqlalchemy import select

from incidents import consent, erasure, search, sharing
from incidents.errors import (
    ConsentMissing,
    FreshSignInNeeded,
    InvalidInput,
    MoveNotAllowed,
    NotAllowed,
    SecondPersonNeeded,
    TrailBroken,
)
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.model.sharing import SharedPerson, Sharing
from incidents.model.vocabulary import Purpose, ReleaseState
from tests import make

LAWYER = pyrage.x25519.Identity.generate()
AGREED = {"REC": "given", "LEG": "given"}
CHECKED = "Read aloud on the phone, number known since 2019."
OTHER = "Filomeno Inventado Deltrébol"


def teller(key="p1", decisions=AGREED, identity=None, **facts):
    return {
        "key": key,
        "teller": True,
        "identity": identity or make.IDENTITY,
        "facts": {"age": 30, "gender": "F", **facts},
        "consent": {"decisions": decisions},
    }


def mentioned(key="p2", **facts):
    return {"key": key, "teller": False, "identity": {"name": OTHER}, "facts": {"age": 41, **facts}}


def tell(staff, people, **changes):
    """One report sent and taken in; the id of its incident."""
    links = [{"person": each["key"], "act": "a1", "part": "DIR"} for each in people]
    document = make.report_document(persons=people, involvements=links, **changes)
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        return take_in(work, sent).id


def choice(*incidents, **changes):
    return sharing.Choice(
        **{
            "purpose": Purpose.LEGAL,
            "recipient": "Lic. Inventada, Clínica Jurídica Inventada",
            "key": str(LAWYER.to_public()),
            "checked": CHECKED,
            "incidents": incidents,
            "fields": ("name", "phone"),
            "account": True,
        }
        | changes
    )


def content(staff, *incidents, **changes):
    with staff.reviewer.work() as work:
        return sharing.read(work, choice(*incidents, **changes))


def handed_over(staff, *incidents, **changes):
    """Prepared by a reviewer, signed by a coordinator, downloaded by the reviewer: the closed bytes."""
    with staff.reviewer.work() as work:
        id = sharing.prepare(work, choice(*incidents, **changes)).id
    with staff.coordinator.work() as work:
        sharing.sign(work, work.get(Sharing, id), declared=True)
    return id, downloaded(staff.reviewer, id)


def downloaded(member, id):
    with member.work() as work, sharing.download(work, work.get(Sharing, id)) as closed:
        return closed.read()


def opened(closed, key=LAWYER):
    with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(closed, [key]))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def everything(files):
    return b"\n".join(files.values()).decode()


# -- the whole way


def test_only_the_recipient_opens_it_and_finds_what_was_agreed_to(staff):
    incident = tell(staff, [teller()])
    _id, closed = handed_over(staff, incident)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(closed, [pyrage.x25519.Identity.generate()])
    files = opened(closed)
    assert set(files) == {
        "README.txt",
        "codes.csv",
        "incident-1.json",
        "incident-1.txt",
        "manifest.json",
    }
    document = json.loads(files["incident-1.json"])
    assert document["persons"][0]["identity"] == {"name": make.CANARY_NAME, "phone": make.CANARY_PHONE}
    assert document["account"] == make.CANARY_NARRATIVE
    assert document["acts"] == [{"number": 1, "facts": {"type": "KID", "status": "C"}, "verification": "REC"}]
    read = files["incident-1.txt"].decode()
    assert "type: Kidnapping" in read
    assert "nationality: " not in read
    assert "KID,Kidnapping" in files["codes.csv"].decode()
    assert make.CANARY_DOCUMENT not in everything(files)  # a field that was not chosen


def test_each_file_has_the_hash_that_the_manifest_says(staff):
    files = opened(handed_over(staff, tell(staff, [teller()]))[1])
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert manifest["persons"] == 1


def test_it_names_nobody_of_ours_and_no_id_of_ours(staff):
    incident = tell(staff, [teller()])
    text = everything(opened(handed_over(staff, incident)[1]))
    for name in (staff.reviewer.name, staff.coordinator.name, staff.researcher.name):
        assert name not in text
    assert str(incident) not in text


# -- who and what goes


def test_of_whoever_did_not_agree_there_is_nothing_and_the_account_stays(staff):
    found = content(staff, tell(staff, [teller(), mentioned()]))
    text = json.dumps(found.incidents, ensure_ascii=False)
    assert OTHER not in text
    assert "41" not in text
    assert [person["number"] for person in found.incidents[0]["persons"]] == [1]
    assert len(found.incidents[0]["involvements"]) == 1
    assert "account" not in found.incidents[0]
    assert found.withheld == {"no_consent": 1, "account": 1}


def test_the_numbers_of_persons_have_no_gap_that_would_count_the_others(staff):
    people = [teller("p1"), teller("p2", {"REC": "given"}), teller("p3")]
    found = content(staff, tell(staff, people))
    assert [person["number"] for person in found.incidents[0]["persons"]] == [1, 2]


def test_another_purpose_than_the_one_that_was_agreed_to_lets_nothing_out(staff):
    incident = tell(staff, [teller()])
    for purpose in set(sharing.PURPOSES) - {Purpose.LEGAL}:
        assert content(staff, incident, purpose=purpose).incidents == []
    with pytest.raises(ConsentMissing), staff.reviewer.work() as work:
        sharing.prepare(work, choice(incident, purpose=Purpose.AUTHORITIES))


def test_where_only_some_who_told_agree_the_incident_is_its_moment_and_place(staff):
    people = [teller("p1"), teller("p2", {"REC": "given"})]
    found = content(
        staff, tell(staff, people, incident={**make.report_document()["incident"], "exposure": "JUS"})
    )
    assert set(found.incidents[0]["facts"]) == {"moment", "time", "place"}
    whole = content(staff, tell(staff, [teller()], incident={"exposure": "JUS"}))
    assert whole.incidents[0]["facts"]["exposure"] == "JUS"


@pytest.mark.parametrize("facts", [{"age": 17}, {"age": None, "age_band": "15-17"}, {"age": 9}])
def test_a_child_is_never_named(staff, facts):
    child = teller(**facts)
    child["consent"] |= {
        "given_by": "guardian" if facts.get("age") == 9 else "adolescent",
        "guardian_doer": "no",
    }
    child["consent"]["on"] = datetime.now(UTC).date().isoformat()  # years later they may be grown up
    found = content(staff, tell(staff, [child]))
    assert [person["identity"] for person in found.incidents[0]["persons"]] == [{}]
    assert make.CANARY_NAME not in json.dumps(found.incidents[0]["persons"])


@pytest.mark.parametrize("danger", [{"danger": "today"}, {"danger": "before", "danger_before": "2030-01-05"}])
def test_somebody_in_danger_is_never_named(staff, danger):
    found = content(staff, tell(staff, [teller()], **danger))
    assert [person["identity"] for person in found.incidents[0]["persons"]] == [{}]


def test_a_restricted_act_goes_only_where_everyone_in_it_names_such_acts(staff):
    acts = [{"key": "a1", "type": "RAP", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}]
    silent = content(staff, tell(staff, [teller()], acts=acts))
    assert [act["facts"]["type"] for act in silent.incidents[0]["acts"]] == ["EXT"]
    assert silent.withheld["restricted_act"] == 1
    naming = teller()
    naming["consent"]["restricted"] = True
    spoken = content(staff, tell(staff, [naming], acts=acts))
    assert {act["facts"]["type"] for act in spoken.incidents[0]["acts"]} == {"RAP", "EXT"}


def test_sources_and_names_of_alleged_doers_do_not_go(staff):
    doer = {"group": "Los Faroleros (inventados)", "name": "Don Inventado Farolero"}
    files = opened(handed_over(staff, tell(staff, [teller()], perpetrators=[doer]))[1])
    assert "Los Faroleros" in everything(files)
    assert "Don Inventado" not in everything(files)
    assert "relation" not in everything(files)


@pytest.mark.parametrize(
    ("terms", "gone", "kept"), [("no_place", "MX-BCN", "2019-01-30"), ("no_date", "2019-01-30", "MX-BCN")]
)
def test_a_yes_without_the_place_or_the_date_takes_it_out_everywhere(staff, terms, gone, kept):
    who = teller()
    who["consent"]["terms"] = {"LEG": {terms: True}}
    act = {
        "key": "a1",
        "type": "KID",
        "status": "C",
        "place": {"country": "MEX", "state": "MX-BCN", "precision": "STA"},
    }
    found = content(staff, tell(staff, [who], acts=[act]))
    text = json.dumps(found.incidents)
    assert gone not in text
    assert kept in text
    assert "account" not in found.incidents[0]


def test_a_yes_for_some_parts_is_no_yes_for_a_package(staff):
    who = teller()
    who["consent"]["terms"] = {"LEG": {"parts": ["what the police did"]}}
    found = content(staff, tell(staff, [who]))
    assert found.incidents == []
    assert found.withheld["some_parts"] == 1


def test_the_account_stays_where_an_act_of_it_stays(staff):
    acts = [{"key": "a1", "type": "RAP", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}]
    assert "account" not in content(staff, tell(staff, [teller()], acts=acts)).incidents[0]


def test_a_group_that_was_not_asked_keeps_the_account_back(staff):
    group = {"key": "p2", "kind": "group", "teller": False, "facts": {"group_size": {"best": 5}}}
    assert "account" not in content(staff, tell(staff, [teller(), group])).incidents[0]


@pytest.mark.parametrize("facts", [{"age": None, "birth_year": 2016}, {"age": None, "birth_year": 2009}])
def test_a_year_of_birth_that_leaves_it_open_names_nobody(staff, facts):
    found = content(staff, tell(staff, [teller(**facts)]))
    assert all(person["identity"] == {} for one in found.incidents for person in one["persons"])


def test_a_doer_whom_only_somebody_told_of_who_did_not_agree_does_not_go(staff):
    first = tell(staff, [teller()], perpetrators=[])
    silent = teller(decisions={"REC": "given"})
    links = [{"person": "p1", "act": "a1", "part": "DIR"}]
    document = make.report_document(
        persons=[silent], involvements=links, perpetrators=[{"group": "Los Otros Inventados"}]
    )
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent, link_to=first)
    assert "Los Otros" not in json.dumps(content(staff, first).incidents)


def test_a_withdrawal_taken_out_of_the_database_lets_nothing_out(staff, house):
    incident = tell(staff, [teller()])
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.db.scalars(select(Person)).one(), [Purpose.LEGAL])
    with make.behind(house) as connection:
        connection.exec_driver_sql("DELETE FROM withdrawal")
    with pytest.raises(TrailBroken), staff.reviewer.work() as work:
        sharing.prepare(work, choice(incident))


def test_a_yes_for_a_named_recipient_is_none_for_another(staff):
    who = teller()
    who["consent"]["terms"] = {"LEG": {"recipients": ["Lic. Otra Inventada"]}}
    incident = tell(staff, [who])
    assert content(staff, incident).incidents == []
    assert len(content(staff, incident, recipient="Lic. Otra Inventada").incidents) == 1


# -- consent is asked at each moment


def test_a_withdrawal_stops_it_before_the_signature_and_at_each_download(staff):
    incident = tell(staff, [teller()])
    with staff.reviewer.work() as work:
        prepared = sharing.prepare(work, choice(incident)).id
    signed, _closed = handed_over(staff, incident)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.db.scalars(select(Person)).one(), [Purpose.LEGAL])
    with pytest.raises(sharing.PackageChanged), staff.coordinator.work() as work:
        sharing.sign(work, work.get(Sharing, prepared), declared=True)
    with pytest.raises(sharing.PackageChanged), staff.reviewer.work() as work:
        sharing.download(work, work.get(Sharing, signed))


def test_one_withdrawal_stops_a_package_of_two(staff):
    one, other = tell(staff, [teller()]), tell(staff, [teller(identity={"name": OTHER})])
    id, _closed = handed_over(staff, one, other)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.db.scalars(select(Person)).first(), [])
    with pytest.raises(sharing.PackageChanged), staff.reviewer.work() as work:
        sharing.download(work, work.get(Sharing, id))


def test_after_an_erasure_nothing_of_the_person_lies_in_the_package(staff):
    incident = tell(staff, [teller()])
    id, _closed = handed_over(staff, incident)
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.db.scalars(select(Person)).one(), "She asked on 4 May; two agreed.")
    erasure.finish(staff.coordinator.house)
    with pytest.raises(sharing.PackageChanged), staff.reviewer.work() as work:
        sharing.download(work, work.get(Sharing, id))


def test_every_package_that_left_with_a_person_is_found_again(staff):
    incident = tell(staff, [teller()])
    with staff.reviewer.work() as work:
        sharing.prepare(work, choice(incident))
    id, _closed = handed_over(staff, incident)
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person)).one()
        assert [each.id for each in sharing.holding(work, person)] == [
            id
        ]  # the one that never left is not named


# -- two people, keys, the trail


def test_whoever_prepared_it_does_not_sign_it_and_nobody_signs_without_the_role(staff):
    incident = tell(staff, [teller()])
    with staff.coordinator.work() as work:
        id = sharing.prepare(work, choice(incident)).id
    with pytest.raises(SecondPersonNeeded), staff.coordinator.work() as work:
        sharing.sign(work, work.get(Sharing, id), declared=True)
    with pytest.raises(NotAllowed), staff.reviewer.work() as work:
        sharing.sign(work, work.get(Sharing, id), declared=True)
    with pytest.raises(MoveNotAllowed), staff.reviewer.work() as work:
        sharing.download(work, work.get(Sharing, id))


@pytest.mark.parametrize("who", ["researcher", "analyst"])
def test_a_role_without_names_shares_nothing(staff, who):
    incident = tell(staff, [teller()])
    with pytest.raises(NotAllowed), getattr(staff, who).work() as work:
        sharing.prepare(work, choice(incident))


def test_names_leave_after_a_fresh_passphrase_only(staff):
    incident = tell(staff, [teller()])
    with pytest.raises(FreshSignInNeeded), staff.reviewer.work(fresh=False) as work:
        sharing.prepare(work, choice(incident))
    id, _closed = handed_over(staff, incident)
    with pytest.raises(FreshSignInNeeded), staff.reviewer.work(fresh=False) as work:
        sharing.download(work, work.get(Sharing, id))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "age1notakey"}, "key"),
        ({"key": "AGE-SECRET-KEY-1QQQ"}, "key"),
        ({"recipient": " "}, "recipient"),
        ({"checked": "yes"}, "checked"),
        ({"purpose": Purpose.STATISTICS}, "purpose"),
        ({"fields": ("name", "narrative")}, "fields"),
        ({"incidents": ()}, "incidents"),
    ],
)
def test_what_is_wrong_with_a_choice_is_said_at_its_field(staff, change, field):
    incident = tell(staff, [teller()])
    with pytest.raises(InvalidInput) as said, staff.reviewer.work() as work:
        sharing.prepare(work, choice(**({"incidents": (incident,)} | change)))
    assert list(said.value.fields) == [field]


def test_a_recalled_package_goes_out_no_more(staff):
    id, _closed = handed_over(staff, tell(staff, [teller()]))
    with staff.coordinator.work() as work:
        sharing.recall(work, work.get(Sharing, id), "The lawyer left the clinic.")
        assert work.get(Sharing, id).state == ReleaseState.RECALLED
    with pytest.raises(MoveNotAllowed), staff.reviewer.work() as work:
        sharing.download(work, work.get(Sharing, id))


def test_the_rows_hold_no_name_and_a_row_altered_behind_the_program_lets_nothing_out(staff, house):
    incident = tell(staff, [teller()])
    id, _closed = handed_over(staff, incident)
    with make.behind(house) as connection:
        rows = connection.exec_driver_sql("SELECT * FROM sharing").all()
        assert all(make.CANARY_NAME not in str(row) and "Inventada" not in str(row) for row in rows)
        connection.exec_driver_sql("UPDATE sharing SET purpose = 'AUT'")
    with pytest.raises(TrailBroken), staff.reviewer.work() as work:
        sharing.download(work, work.get(Sharing, id))


def test_the_trail_says_how_many_persons_left_and_names_nobody(staff):
    handed_over(staff, tell(staff, [teller()]))
    with staff.coordinator.work() as work:
        assert list(work.breaks()) == []
        assert len(list(work.db.scalars(select(SharedPerson)))) == 1


def test_a_merged_incident_goes_under_the_one_that_it_is_read_as(staff):
    incident = tell(staff, [teller()])
    with staff.reviewer.work() as work:
        assert search.kept(work, incident) == incident
        reference = work.get(Incident, incident).reference
        assert work.db.scalars(select(Report)).one().danger == "no"
        found = sharing.read(work, choice(incident))
    assert found.said[0]["reference"] == reference


def test_a_package_that_would_say_the_same_of_somebody_else_is_not_handed_over(staff):
    """Two who tell the same of two incidents: the words are equal, and the people are not."""
    no = {"REC": "given", "LEG": "refused"}
    one, other = tell(staff, [teller()]), tell(staff, [teller(decisions=no)])
    with staff.reviewer.work() as work:
        id = sharing.prepare(work, choice(one, other)).id
    with staff.reviewer.work() as work:
        first, second = (search.open_incident(work, each).people[0][0] for each in (one, other))
        consent.withdraw(work, first, [Purpose.LEGAL])
        consent.decide(work, second, {"decisions": AGREED})
    with pytest.raises(sharing.PackageChanged), staff.coordinator.work() as work:
        sharing.sign(work, work.get(Sharing, id), declared=True)
