"""A program reads the decisions that a release counts on, each token as much as its member may."""

from tests.api.test_road import send, take_in

WHY = "Two phone records agree with it."


def test_each_act_of_a_release_comes_with_the_decision_in_force(program_for):
    reviewer, analyst = program_for("reviewer"), program_for("analyst")
    incident = take_in(reviewer, send(program_for("field_researcher")))
    shown = reviewer.get(f"/incidents/{incident}").json["acts"][0]
    act, move = shown["id"], {"seen": shown["version"], "to": "CRE", "reasons": WHY}
    moved = program_for("coordinator").post(f"/acts/{act}/move", move)
    assert moved.status_code == 200, moved.json
    made = analyst.post("/releases", {"policy": "internal"})
    assert made.status_code == 201, made.json
    url = f"/releases/{made.json['id']}/decisions"
    (closed,) = analyst.get(url).json["items"]
    (opened,) = program_for("coordinator").get(url).json["items"]
    assert (closed["act"], closed["incident"], closed["decided_by"]) == (None, None, "reviewer 1")
    assert opened["act"] == act
    assert opened["state"] == closed["state"] == "CRE"
    assert opened["decided_by"] == "Ana Inventada"
    assert (opened["same"], opened["since"]) == (True, [])
    assert reviewer.get(url).status_code == 403
