"""From verified incidents to a signed pack: who is in it, who is not, and why."""

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter

import pytest
from sqlalchemy import select

from incidents import consent, review
from incidents.errors import (
    ConsentChanged,
    FreshSignInNeeded,
    InvalidInput,
    MoveNotAllowed,
    NotAllowed,
    Problem,
    SecondPersonNeeded,
    TrailBroken,
)
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.release import Release, ReleasedRow
from incidents.model.vocabulary import ReleaseState, Verification
from incidents.release import editions, gather, policy, publish
from tests import make
from tests.release import unpacked
from tests.release.unpacked import NAMES, TREES

GIVEN = {"REC": "given", "STA": "given", "ROW": "given"}


def person(key="p1", *, teller=True, decisions=None, **facts):
    return {
        "key": key,
        "teller": teller,
        "identity": make.IDENTITY,
        "facts": {"age": 30, "gender": "F", "nationality": ["HND"], **facts},
        "consent": {"decisions": GIVEN if decisions is None else decisions},
    }


def tell(staff, documents, *, verified=True):
    """Reports sent, taken in and made credible, all in a few commits."""
    with staff.researcher.work() as work:
        sent = [report.send(work, schema.load(document), "page").id for document in documents]
    with staff.reviewer.work() as work:
        for one in sent:
            take_in(work, one)
    for member in (
        (staff.reviewer, staff.second) if verified else ()
    ):  # where two have to agree, the second too
        with member.work() as work:
            for act in work.db.scalars(select(Act).where(Act.verification == Verification.RECEIVED)):
                review.move(work, act, Verification.CREDIBLE, "Detailed and consistent account.")


def story(month="2019-03", people=None, **changes):
    return make.report_document(
        **{
            "incident": {
                "moment": {"edtf": month, "precision": "MON"},
                "place": {"country": "MEX", "state": "MX-TAM"},
            },
            "persons": people or [person()],
            "involvements": None,
            "sources": None,
            **changes,
        }
    )


def prepared(staff, policy="dataset-research", filters=None):
    with staff.analyst.work() as work:
        return publish.prepare(work, policy, filters or {}).id


def signed(staff, release, by=None):
    with (by or staff.coordinator).work() as work:
        publish.sign(work, work.get(Release, release), declared=True)


def pack(staff, release):
    with staff.analyst.work() as work:
        archive = publish.download(work, work.get(Release, release))
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def manifest(files):
    return json.loads(files["manifest.json"])


def rows(files):
    return list(csv.DictReader(io.StringIO(files["data.csv"].decode())))


def test_the_whole_road_ends_in_a_pack_that_holds_k(staff):
    tell(staff, [story(f"2019-0{month}") for month in (1, 2, 3) for _ in range(6)])
    release = prepared(staff)
    signed(staff, release)
    files = pack(staff, release)
    said = manifest(files)
    assert said["counts"] == {"considered": 18, "released": 18, "excluded": {}}
    assert said["distinct"] == {"incidents": 18, "persons": 18}
    assert said["k"] == 5
    classes = Counter(tuple(row[name] for name in said["quasi_identifiers"]) for row in rows(files))
    assert min(classes.values()) >= 5
    tables = {f"{name}.{language}.csv" for name in said["tables"] for language in ("en", "es")}
    tables |= {f"tables-{language}.xlsx" for language in ("en", "es")}
    tables |= {f"report-{language}.{kind}" for language in ("en", "es") for kind in ("docx", "html")}
    assert set(files) == {
        *NAMES,
        *TREES,
        *tables,
        "regions.geojson",
        "citation.json",
        "README.txt",
        "manifest.json",
    }
    listed = {each["name"]: each for each in said["files"]}
    assert {name: hashlib.sha256(files[name]).hexdigest() for name in files if name != "manifest.json"} == {
        name: each["sha256"] for name, each in listed.items()
    }
    assert {each["rows"] for name, each in listed.items() if name.startswith(("data.", "data-"))} == {18}
    everything = unpacked.text(files)
    assert not [canary for canary in make.CANARIES if canary in everything]


def test_every_row_that_stays_out_is_counted_with_its_reason(staff):
    tell(staff, [story() for _ in range(6)])
    tell(
        staff,
        [
            story(people=[person(decisions={"REC": "given"})]),
            story(people=[person(decisions={"ROW": "refused"})]),
            story(people=[person(age=9)]),
            story(people=[person(), person("p2", teller=False, decisions={})]),
            story("2020-01"),
        ],
    )
    tell(staff, [story()], verified=False)
    files = None
    with staff.analyst.work() as work:
        files = publish.preview(work, "dataset-research", {"to": "2019-12-31"}).files
    assert manifest(files)["counts"] == {
        "considered": 13,
        "released": 7,
        "excluded": {"filtered": 1, "no_consent": 2, "no_guardian": 1, "not_verified": 1, "refused": 1},
    }


def test_a_person_who_did_not_tell_leans_on_a_teller_who_permits(staff):
    refusing = person(decisions={"ROW": "refused"})
    tell(staff, [story() for _ in range(6)])
    tell(staff, [story(people=[refusing, person("p2", teller=False)])])
    with staff.analyst.work() as work:
        counts = publish.preview(work, "dataset-research", {}).manifest["counts"]
    assert counts["released"] == 6
    assert counts["excluded"] == {"no_consent": 1, "refused": 1}


def test_a_restricted_act_is_named_only_where_a_consent_names_it(staff):
    restricted = [{"key": "a1", "type": "RAP", "status": "C"}]
    naming = person()
    naming["consent"]["restricted"] = True
    tell(staff, [story(acts=restricted) for _ in range(5)])
    tell(staff, [story(acts=restricted, people=[naming]) for _ in range(3)])
    tell(staff, [story() for _ in range(5)])
    with staff.analyst.work() as work:
        made = publish.preview(work, "dataset-research", {})
    assert Counter(row["act"] for row in made.rows) == {"(not shown)": 5, "RAP": 3, "KID": 5}


def test_a_withdrawal_stops_a_signed_pack_and_the_next_one_must_not_tell_who_it_was(staff):
    tell(staff, [story() for _ in range(8)])
    release = prepared(staff)
    signed(staff, release)
    pack(staff, release)
    with staff.reviewer.work() as work:
        gone = work.db.scalars(select(Person)).first()
        consent.withdraw(work, gone)
        assert [found.id for found in publish.holding(work, gone)] == [release]
    with pytest.raises(ConsentChanged):
        pack(staff, release)
    with staff.analyst.work() as work, pytest.raises(editions.ReleasesDiffer) as refused:
        publish.preview(work, "dataset-research", {})
    assert refused.value.details["parts"] == 1


def test_a_withdrawal_before_the_signature_stops_it(staff):
    tell(staff, [story() for _ in range(6)])
    release = prepared(staff)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.db.scalars(select(Person)).first())
    with pytest.raises(ConsentChanged):
        signed(staff, release)


def test_an_act_found_to_be_a_duplicate_stops_the_signature(staff):
    tell(staff, [story() for _ in range(6)])
    release = prepared(staff)
    with staff.reviewer.work() as work:
        act = work.db.scalars(select(Act)).first()
        review.move(work, act, Verification.UNDER_VERIFICATION, "Another report tells the same.")
    with staff.reviewer.work() as work:
        review.move(work, work.get(Act, act.id), Verification.DUPLICATE, "The same person told it twice.")
    with pytest.raises(ConsentChanged):
        signed(staff, release)


def test_nobody_signs_what_they_prepared_and_two_signatures_are_two_people(staff):
    tell(staff, [story() for _ in range(6)])
    release = prepared(staff, "internal")
    with pytest.raises(NotAllowed):
        signed(staff, release, staff.analyst)
    signed(staff, release)
    with pytest.raises(SecondPersonNeeded):
        signed(staff, release)
    with pytest.raises(MoveNotAllowed):
        pack(staff, release)
    signed(staff, release, staff.second)
    said = manifest(pack(staff, release))
    assert said["rules"]["protection"] is False
    assert "No protection" in said["definition"]["en"]


def test_signing_asks_for_a_fresh_passphrase(staff):
    tell(staff, [story() for _ in range(6)])
    release = prepared(staff)
    with pytest.raises(FreshSignInNeeded), staff.coordinator.work(fresh=False) as work:
        publish.sign(work, work.get(Release, release), declared=True)


def test_a_verification_flipped_behind_the_program_stops_the_release(staff, house):
    tell(staff, [story() for _ in range(6)], verified=False)
    with make.behind(house) as database:
        table = Act.__table__
        database.execute(table.update().values(verification=Verification.CREDIBLE))
    with pytest.raises(TrailBroken):
        prepared(staff)


def test_a_release_has_no_id_and_no_order_of_ours(staff, house):
    tell(staff, [story() for _ in range(12)])
    release = prepared(staff)
    signed(staff, release)
    everything = unpacked.text(pack(staff, release))
    ids = [str(id) for id in house.db().scalars(select(Person.id))]
    assert not [id for id in ids if id in everything or id.replace("-", "") in everything]
    ledger = house.db().scalars(select(ReleasedRow.person)).all()
    assert len(set(ledger)) == 12
    assert not [hashed for hashed in ledger if hashed.hex() in everything]


@pytest.mark.parametrize(
    "filters", [{"form": "2019-01-01"}, {"from": "January"}, {"acts": ["XXX"]}, {"to": "2019-02-31"}]
)
def test_an_unknown_filter_is_refused(staff, filters):
    with pytest.raises(InvalidInput), staff.analyst.work() as work:
        publish.preview(work, "dataset-research", filters)


def test_a_recalled_release_goes_out_no_more(staff):
    tell(staff, [story() for _ in range(6)])
    release = prepared(staff)
    signed(staff, release)
    with staff.coordinator.work() as work:
        publish.recall(work, work.get(Release, release), "withdrawal")
    with pytest.raises(MoveNotAllowed):
        pack(staff, release)
    with staff.coordinator.work() as work:
        assert work.get(Release, release).state == ReleaseState.RECALLED


def test_a_filter_does_not_tell_the_act_that_is_not_shown(staff):
    restricted = story(acts=[{"key": "a1", "type": "RAP", "status": "C"}])
    tell(staff, [restricted for _ in range(6)] + [story() for _ in range(6)])
    with staff.analyst.work() as work:
        counts = publish.preview(work, "dataset-research", {"acts": ["KID"]}).manifest["counts"]
        assert (counts["released"], counts["excluded"]) == (6, {"filtered": 6})
        with pytest.raises(Problem):
            publish.preview(work, "dataset-research", {"acts": ["RAP"]})


def test_a_witness_who_withdraws_stops_the_pack_that_leaned_on_them(staff):
    seen = story(involvements=[{"person": "p1", "act": "a1", "part": "WIT"}])
    tell(staff, [seen for _ in range(6)])
    release = prepared(staff)
    signed(staff, release)
    with staff.reviewer.work() as work:
        witness = work.db.scalars(select(Person)).first()
        assert [each.id for each in publish.holding(work, witness)] == [release]
        consent.withdraw(work, witness)
    with pytest.raises(ConsentChanged):
        pack(staff, release)


# -- how far a yes goes


def agreed_with(**terms):
    one = person()
    one["consent"]["terms"] = {"ROW": terms}
    return story(people=[one])


def gathered(staff):
    with staff.analyst.work() as work:
        return gather.gather(work, policy.load("dataset-research"), {})


@pytest.mark.parametrize(
    ("terms", "empty"),
    [("no_place", ("country", "state", "municipality")), ("no_date", ("moment",))],
)
def test_a_yes_without_the_place_or_the_date_is_a_row_without_it(staff, terms, empty):
    tell(staff, [story(), agreed_with(**{terms: True})])
    rows = gathered(staff).rows
    without = [row for row in rows if all(row[name] is None for name in empty)]
    assert (len(rows), len(without)) == (2, 1)


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"recipients": ["Clínica Inventada"]}, "other_recipient"),
        ({"parts": ["the first day"]}, "some_parts"),
    ],
)
def test_a_yes_for_some_is_no_row_for_everybody(staff, terms, reason):
    tell(staff, [story(), agreed_with(**terms)])
    found = gathered(staff)
    assert (len(found.rows), found.excluded) == (1, {reason: 1})


def test_a_record_that_was_edited_and_decided_again_is_not_signed_as_it_was(staff):
    tell(staff, [story() for _ in range(6)])
    with staff.analyst.work() as work:
        id = publish.prepare(work, "dataset-research", {}).id
    with staff.reviewer.work() as work:
        someone = work.db.scalars(select(Person)).first()
        work.seal(someone, facts={**work.read(someone, "facts"), "age": 31})
        work.note("person.coded", someone)
    with pytest.raises(ConsentChanged), staff.coordinator.work() as work:
        publish.sign(work, work.get(Release, id), declared=True)
