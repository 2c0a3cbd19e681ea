"""A row that changed at its source, in the inbox: shown beside its earlier version, adopted or set aside."""

import pytest
from sqlalchemy import select

from incidents import review
from incidents.intake import importers
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.model.vocabulary import ReportState
from incidents.model.vocabulary import Verification as V  # noqa: N817  as in review.py
from tests import make
from tests.intake.test_following import bring_in
from tests.web.reading import links, problems

INCIDENT = r"/incidents/[0-9a-f-]{36}"


@pytest.fixture
def newer(app, staff, house):
    """The address of a newer version that waits, because its act was found credible."""
    bring_in(staff.reviewer, {})
    with staff.second.work() as work:
        review.move(work, work.db.scalars(select(Act)).one(), V.CREDIBLE, "Compared with the register.")
    bring_in(
        staff.reviewer, {"age": "30", "day": "2019-03-09", "name": "Xiomara Corregida", "story": "Otra cosa."}
    )
    with staff.reviewer.work() as work:
        return f"/inbox/{work.db.scalars(select(Report.id).where(Report.edition == 2)).one()}"


def test_a_newer_version_is_shown_beside_the_earlier_one(newer, browser_for):
    reader = browser_for("other_reviewer")
    page = reader.get(newer).text
    for said in ("29", "30", "1 March 2019", "9 March 2019", "Otra cosa."):
        assert said in page
    names = ("Xiomara Corregida", make.CANARY_NAME)
    assert not [name for name in names if name in page]
    opened = reader.post(newer, data={"deed": "open_names", "names_why": "correction"}).text
    assert all(name in opened for name in names)
    assert "take_in" not in page
    assert links(page, INCIDENT)


def test_what_changed_is_adopted(newer, browser_for, house):
    client = browser_for("other_reviewer")
    answer = client.post(newer, data={"deed": "adopt"})
    assert answer.status_code == 303
    assert "30" in client.get(answer.headers["Location"]).text
    house.db().rollback()
    house.db().expire_all()
    assert house.db().scalars(select(Act)).one().verification == V.UNDER_VERIFICATION
    assert house.db().scalars(select(Incident)).one().edited_after_verification
    assert client.post(newer, data={"deed": "adopt"}).status_code in (303, 422)


def test_it_is_set_aside_with_a_reason_and_can_be_brought_back(newer, browser_for, house):
    client = browser_for("other_reviewer")
    refused = client.post(newer, data={"deed": "set_aside"})
    assert refused.status_code == 422
    assert problems(refused.text)
    assert client.post(newer, data={"deed": "set_aside", "reason": "repetition"}).status_code == 303
    assert "deed" in client.get(newer).text
    assert client.post(newer, data={"deed": "bring_back"}).status_code == 303
    house.db().rollback()
    house.db().expire_all()
    states = {row.edition: row.state for row in house.db().scalars(select(Report))}
    assert states == {1: ReportState.TAKEN_IN, 2: ReportState.RECEIVED}


def test_it_is_not_taken_in_beside_its_earlier_version(newer, browser_for, house):
    client = browser_for("other_reviewer")
    answer = client.post(newer, data={"deed": "take_in", "acts.0.type": "KID", "acts.0.key": "a1"})
    assert answer.status_code == 422
    assert len(house.db().scalars(select(Incident)).all()) == 1


def test_a_program_adopts_it_too(newer, app, staff, house):
    from tests.web.conftest import accounts

    token = accounts.sign_in(house, staff.other_reviewer.name, make.PASSPHRASE).token
    said = {"Authorization": f"Bearer {token.hex()}"}
    answer = app.test_client().post(f"/api/v1{newer}/adopt", headers=said)
    assert (answer.status_code, set(answer.json)) == (200, {"id", "reference"})
    with staff.reviewer.work() as work:
        ages = [work.read(person, "facts")["age"] for person in work.db.scalars(select(Person))]
    assert sorted(ages) == [30, 41]


def test_the_import_says_of_each_changed_row_what_became_of_it(newer, browser_for, staff):
    done = bring_in(staff.reviewer, {"age": "31"})
    page = browser_for("reviewer").get(f"/import/{done['batch']}").text
    assert importers.CHANGED in done["totals"]
    assert "Changed" in page
