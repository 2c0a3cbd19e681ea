"""Many acts looked at, moved and moved back as programs do it."""

import pytest

from tests.api.test_road import acts_of, send, take_in

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
WHY = "The same register, compared line by line with the paper."


def test_looked_at_moved_and_taken_back(program_for, staff):
    taker, reviewer = program_for("second"), program_for("reviewer")
    acts = [acts_of(taker, take_in(taker, send(program_for("field_researcher"))))[0] for _each in range(2)]
    own = acts_of(taker, take_in(taker, send(reviewer)))[0]
    looked = reviewer.post("/moves/look", {"to": "CRE", "acts": [*acts, own]}).json
    assert sorted(each["act"] for each in looked["moving"]) == sorted(acts)
    assert (looked["staying"], looked["counts"]) == ([{"act": own, "why": "own"}], {"own": 1})
    assert looked["released"] == 0
    assert reviewer.post("/moves/look", {"to": "CRE"}).json == looked  # all that the queue shows
    assert reviewer.post("/moves/look", {"to": "CRE", "state": "VER"}).json["moving"] == []
    body = {"to": "CRE", "acts": looked["moving"], "reasons": "ok"}
    assert reviewer.post("/moves", body).status_code == 422
    body["reasons"] = WHY
    done = reviewer.post("/moves", body).json
    assert (sorted(done["moved"]), done["staying"]) == (sorted(acts), [])
    again = reviewer.post("/moves", body).json
    assert (again["id"], again["moved"], again["counts"]) == (None, [], {"changed": 2})
    there = reviewer.post("/moves/look", {"to": "CRE", "acts": acts}).json
    assert there["counts"] == {"there": 2}
    (move,) = reviewer.get("/moves").json["items"]
    assert (move["id"], move["by"], move["to"], move["count"]) == (done["id"], staff.reviewer.name, "CRE", 2)
    back = program_for("second").get(f"/moves/{move['id']}").json["back"]
    assert (len(back["moving"]), back["counts"]) == (2, {})
    assert reviewer.post(f"/moves/{move['id']}/take-back", {}).status_code == 422
    done = reviewer.post(f"/moves/{move['id']}/take-back", {"reasons": WHY}).json
    assert sorted(done["moved"]) == sorted(acts)
    assert reviewer.get(f"/moves/{acts[0]}").status_code == 404


def test_what_names_no_act_or_too_many_is_refused(program_for):
    reviewer = program_for("reviewer")
    named = ["00000000-0000-0000-0000-000000000000"]
    for body in (
        {"to": "CRE", "whose": "everybody's"},
        {"to": "CRE", "acts": named * 201},
        {"to": "nonsense", "acts": named},
        {"acts": named},
        {"to": "CRE", "acts": named, "reasons": "A field that is not there."},
    ):
        assert reviewer.post("/moves/look", body).status_code == 422
    for seen in (0, 2**31, "²", "9" * 30):
        body = {"to": "CRE", "acts": [{"act": named[0], "seen": seen}], "reasons": WHY}
        assert reviewer.post("/moves", body).status_code == 422
    for acts in (named, []):
        assert reviewer.post("/moves/look", {"to": "CRE", "acts": acts}).json["moving"] == []
    for who in ("field_researcher", "analyst"):
        assert program_for(who).post("/moves/look", {"to": "CRE", "acts": named}).status_code == 403
