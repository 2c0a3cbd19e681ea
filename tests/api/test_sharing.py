"""A package for one recipient, as programs have it made."""

import pyrage
import pytest

from tests import make
from tests.api.test_road import send, take_in
from tests.sharing.test_sharing import CHECKED, LAWYER, opened, teller


def test_a_program_prepares_signs_and_fetches_the_same_package(program_for):
    who = program_for("reviewer")
    links = [{"person": "p1", "act": "a1", "part": "DIR"}]
    incident = take_in(who, send(program_for("field_researcher"), persons=[teller()], involvements=links))
    body = {
        "purpose": "LEG",
        "recipient": "Lic. Inventada",
        "key": str(LAWYER.to_public()),
        "checked": CHECKED,
        "incidents": [str(incident)],
        "fields": ["name"],
    }
    made = who.post("/sharing", body)
    assert (made.status_code, made.json["state"]) == (201, "prepared")
    assert [each["persons_of"] for each in made.json["incidents"]] == [1]
    signed = program_for("second").post(f"/sharing/{made.json['id']}/sign")
    assert (signed.status_code, signed.json["state"]) == (200, "signed")
    assert who.get("/sharing").json["items"][0]["recipient"] == "Lic. Inventada"
    closed = who.get(f"/sharing/{made.json['id']}/package").data
    assert make.CANARY_NAME in opened(closed)["incident-1.txt"].decode()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(closed, [pyrage.x25519.Identity.generate()])
