"""What changed, word by word: in the history, before a restore, and between two who edit one record at once."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from incidents import erasure, search
from incidents.intake import adding, editing, report, schema, take_in
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.people import Involvement, Person
from tests import make
from tests.make import PASSPHRASE
from tests.web.test_editing_pages import WHY, facts, one, typed, with_
from tests.web.test_session_end import hidden

STORY = " ".join(
    f"Palabra{n} dijo que {n} hombres la llevaron." if n % 25 else f"Párrafo {n}.\n\n" for n in range(1, 300)
)
CHANGED = STORY.replace("Palabra70 dijo", "Palabra70 contó").replace("Palabra190 dijo que", "Palabra190 dijo")
# Two fields of each kind: one that both change, each otherwise, and one that the first one alone changes.
BOTH = {
    Act: ("acts.0.status", "A", "U", "acts.0.type", "EXT"),
    Incident: ("incident.place.state", "MX-TAM", "MX-CHH", "incident.time", "16:30"),
    Involvement: ("involvements.0.part", "IND", "UNK", "involvements.0.age", "17"),
    Perpetrator: ("perpetrators.0.group", "Los Otros", "Los Terceros", "perpetrators.0.degree", "ORD"),
    Person: ("persons.0.facts.birth_year", "1990", "1991", "persons.0.facts.gender", "M"),
    Source: ("sources.0.relation", "WIT", "REL", "sources.0.type", "DOC"),
}


@pytest.fixture
def taken(staff):
    def take(**changes):
        with staff.researcher.work() as work:
            id = report.send(work, schema.load(make.report_document(**changes)), "page").id
        with staff.other_reviewer.work() as work:
            return take_in.take_in(work, id).id

    return take


def edited(staff, kind, id, words=None, **changes):
    with staff.second.work() as work:
        row = work.get(kind, id)
        now = {n: v for n, v in editing.read(work, row)["facts"].items() if n != "interview"}
        editing.edit(work, row, row.version, {**now, **changes}, WHY, words)
    with staff.second.work() as work:
        return editing.history(work, [id])[-1].edit.id


def test_a_long_account_is_shown_where_it_changed_and_restored_after_a_look(staff, taken, browser_for):
    id, browser = taken(narrative=STORY), browser_for("reviewer")
    edit = edited(staff, Incident, id, {"narrative": CHANGED})
    url = f"/incidents/edits/{edit}"
    page = unescape(browser.get(url).text)
    changed, ahead = page.split('id="earlier"')
    strip = re.compile(r"<bdi[^>]*>.*?</bdi>")
    assert [strip.sub("", each) for each in re.findall(r"<del>(.*?)</del>", changed)] == ["dijo ", "que "]
    assert [strip.sub("", each) for each in re.findall(r"<ins>(.*?)</ins>", changed)] == ["contó "]
    assert "[taken out: " in changed
    assert re.findall(r"(\d+) words that did not change", changed)
    shown = re.sub(r"<details>.*?</details>", "", changed, flags=re.DOTALL)
    assert "Palabra3 " not in shown
    assert "Palabra71 " in shown
    # Restoring shows the same the other way round, before anything is done.
    assert [strip.sub("", each) for each in re.findall(r"<del>(.*?)</del>", ahead)] == ["contó "]
    back = browser.post(url, data=with_(typed(browser.get(url).text), reasons="It was right as it stood."))
    assert back.status_code == 303
    assert "there is nothing to restore" in browser.get(url).text
    with staff.reviewer.work() as work:
        assert search.open_incident(work, id).narrative == STORY
        assert [each.edit.kind for each in editing.history(work, [id])] == ["changed", "restored"]


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.__tablename__)
def test_of_two_who_edit_at_once_the_later_sees_three_sides_and_loses_nothing(
    staff, house, taken, browser_for, kind
):
    """Also where a mistake comes between, where more is asked for, and where the session ended meanwhile."""
    taken()
    id, (first, later) = one(staff, kind), (browser_for("reviewer"), browser_for("second"))
    url = f"/incidents/edit/{kind.__tablename__}/{id}"
    field, theirs, mine, alone, value = BOTH[kind]
    sent = typed(first.get(url).text), typed(later.get(url).text)
    was = dict(sent[0]).get(field, "")
    done = first.post(url, data=with_(sent[0], **{field: theirs, alone: value}, reasons=WHY))
    assert done.status_code == 303, done.text
    looked = later.post(url, data=with_(sent[1], **{field: mine}, deed="check"))
    assert dict(typed(looked.text))["version"] == "1"  # as it was seen, though it is another by now
    clash = later.post(url, data=with_(typed(looked.text), **{field: mine}, deed="save", reasons=WHY))
    assert clash.status_code == 409, clash.text
    said = unescape(clash.text)
    assert said.count("As it was:") == 1
    assert "You both changed this" in said
    again = typed(clash.text)
    assert dict(again)[field] == mine
    assert dict(again)[alone] == value
    assert was != mine
    later.get("/", base_url="https://localhost")
    house.sessions.end_all(staff.second.id)
    refused = later.post(url, data=with_(again, **{_choose(again): "mine"}), base_url="https://localhost")
    assert refused.status_code == 401
    back = {**hidden(refused.text), "name": staff.second.name, "passphrase": PASSPHRASE}
    kept = hidden(later.post("/sign-in", data=back, base_url="https://localhost").text)
    assert later.post(url, data=kept, base_url="https://localhost").status_code == 303
    now = editing_fields(facts(staff, kind, id))
    assert (
        str(now[field.partition(".0.")[2].removeprefix("facts.") or field.removeprefix("incident.")]) == mine
    )
    with staff.reviewer.work() as work:
        assert [each.edit.edited_by for each in editing.history(work, [id])] == [
            staff.reviewer.id,
            staff.second.id,
        ]


def _choose(sent):
    return f"choose.{dict(sent)['clash']}"


def editing_fields(found):
    flat = {}
    for name, value in found.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": said for inner, said in value.items()}
        flat[name] = value
    return flat


def test_a_mistake_on_a_page_from_before_does_not_write_over_what_came_since(staff, taken, browser_for):
    taken()
    id, browser = one(staff, Person), browser_for("reviewer")
    url = f"/incidents/edit/person/{id}"
    sent = typed(browser.get(url).text)
    edited(staff, Person, id, birth_year=1990)
    wrong = browser.post(url, data=with_(sent, **{"persons.0.facts.age": "old"}, reasons=WHY))
    assert wrong.status_code == 422
    mended = with_(typed(wrong.text), **{"persons.0.facts.age": "", "persons.0.facts.gender": "M"})
    answer = browser.post(url, data=mended)
    assert answer.status_code == 409
    assert browser.post(url, data=with_(typed(answer.text))).status_code == 303
    now = facts(staff, Person, id)
    assert (now["birth_year"], now["gender"]) == (1990, "M")


def test_two_accounts_are_compared_with_what_both_began_with(staff, taken, browser_for):
    id, browser = taken(narrative=STORY), browser_for("reviewer")
    url = f"/incidents/edit/incident/{id}"
    sent = typed(browser.get(url).text)
    edited(staff, Incident, id, {"narrative": CHANGED})
    mine = STORY.replace("Palabra30 dijo", "Palabra30 gritó")
    clash = browser.post(url, data=with_(sent, narrative=mine, reasons=WHY))
    assert clash.status_code == 409
    said = unescape(re.sub(r"<bdi.*?</bdi>", "", clash.text))
    theirs, own = said.split("What you changed: In their own words")
    assert ("<ins>contó </ins>" in theirs, "<ins>gritó </ins>" in theirs) == (True, False)
    assert ("<ins>contó </ins>" in own, "<ins>gritó </ins>" in own) == (False, True)
    assert said.index("What you changed") < said.index('name="choose.narrative"')  # seen, then chosen
    assert "What the other one changed in this text goes" in said
    assert dict(typed(clash.text))["narrative"] == mine
    done = browser.post(url, data=with_(typed(clash.text), **{"choose.narrative": "theirs"}))
    assert done.status_code == 303
    with staff.reviewer.work() as work:
        assert search.open_incident(work, id).narrative == CHANGED


def test_what_was_taken_out_says_what_it_was(staff, taken, browser_for):
    id, browser = taken(), browser_for("reviewer")
    gone = {}
    for kind in (Act, Perpetrator, Source):
        with staff.reviewer.work() as work:
            row = work.db.scalars(select(kind)).first()
            adding.take_out(work, row, row.version, WHY)
            gone[kind] = row.id
    page = unescape(browser.get(f"/incidents/{id}").text)
    assert "Act (Kidnapping for ransom): taken out" in page
    assert "Alleged perpetrator (Los Faroleros (inventados)): taken out" in page
    assert re.search(r"Source \([^)]+\): taken out", page)
    with staff.reviewer.work() as work:
        edit = editing.history(work, [gone[Act]])[-1].edit.id
    shown = unescape(browser.get(f"/incidents/edits/{edit}").text)
    assert "Act (Kidnapping for ransom)" in shown
    assert "Kidnapping" in shown.split('id="whole"')[1]
    assert browser_for("researcher").get(f"/incidents/edits/{edit}").status_code == 403


def test_of_somebody_erased_the_history_says_that_and_no_more(staff, house, taken, browser_for):
    taken()
    with staff.reviewer.work() as work:
        link = work.db.scalars(select(Involvement)).first()
        id, person = link.id, link.person_id
        adding.take_out(work, link, link.version, WHY)
    with staff.reviewer.work() as work:
        edit = editing.history(work, [id])[-1].edit.id
        incident = search.incident(work, work.get(Act, work.get(Involvement, id).act_id).incident_id).id
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, person), "They asked for it in writing.")
    erasure.finish(house)
    browser = browser_for("coordinator")
    page = unescape(browser.get(f"/incidents/{incident}").text)
    if "part in an act (erased)" in page.lower():
        shown = unescape(browser.get(f"/incidents/edits/{edit}").text)
        assert "Erased. Nobody can open this again." in shown
        assert WHY not in shown
    else:
        assert browser.get(f"/incidents/edits/{edit}").status_code == 404
