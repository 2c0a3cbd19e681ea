"""The code lists for programs: with what the organisation added, renamed and retired."""

import pytest

from incidents import accounts, vocabulary
from incidents.model import vocabulary as words
from tests import make


@pytest.fixture(autouse=True)
def as_shipped():
    words.use(())
    yield
    words.use(())


def test_a_program_reads_every_list_with_the_organisations_own_codes(app, house, staff):
    with staff.coordinator.work() as work:
        vocabulary.add(work, "weapon", {"en": "Rope", "es": "Cuerda"})
        vocabulary.retire(work, "weapon", "BLU")
    token = accounts.sign_in(house, staff.field_researcher.name, make.PASSPHRASE).token
    answer = app.test_client().get("/api/v1/vocabulary", headers={"Authorization": f"Bearer {token.hex()}"})
    assert answer.status_code == 200
    assert set(answer.json["lists"]) == set(words.shipped())
    weapons = {each["code"]: each for each in answer.json["lists"]["weapon"]}
    assert weapons["X_ROPE"] == {
        "code": "X_ROPE",
        "labels": {"en": "Rope", "es": "Cuerda"},
        "above": "",
        "restricted": False,
        "own": True,
        "retired": False,
    }
    assert weapons["BLU"]["retired"]
    assert answer.json["version"] == words.version()
