"""Pages to edit what was taken in: the form of a record, two who edit it at once, the history and what it restores."""

import re
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select

from incidents import review, search
from incidents.intake import editing, rearranging, report, schema, take_in
from incidents.model.edit import Edit
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.model.vocabulary import Says, Verification
from incidents.web import edits
from tests import make

WHY = "The recording says otherwise; I listened to it twice."
KINDS = (Act, Incident, Involvement, Perpetrator, Person, Source)


@pytest.fixture
def taken(staff):
    def take(**changes):
        with staff.researcher.work() as work:
            id = report.send(work, schema.load(make.report_document(**changes)), "page").id
        with staff.other_reviewer.work() as work:
            return take_in.take_in(work, id).id

    return take


def one(staff, kind):
    with staff.reviewer.work() as work:
        return work.db.scalars(select(kind.id).order_by(kind.id)).first()


def facts(staff, kind, id):
    with staff.reviewer.work() as work:
        return work.read_all([work.get(kind, id)], "facts")[0]


def typed(html):
    """What a browser would send of the first form that holds a version."""
    form = next(each for each in re.findall(r"<form.*?</form>", html, re.DOTALL) if 'name="version"' in each)
    sent = []
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checked" in tag or not re.search(r'type="(radio|checkbox)"', tag)):
            sent.append((name[1], unescape(value[1]) if value else ""))
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', inner)
        sent.append((name, unescape(chosen[1]) if chosen else ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        sent.append((name, unescape(text)))
    return sent


def with_(sent, **changes):
    """The same with these fields changed; a list repeats one name."""
    kept = [(name, value) for name, value in sent if name not in changes]
    more = [(n, one) for n, v in changes.items() for one in (v if isinstance(v, list) else [v])]
    data = {}
    for name, value in (*kept, *more):
        data.setdefault(name, []).append(value)
    return data


CHANGES = {
    Act: ({"acts.0.status": "A"}, ("status", "A")),
    Incident: ({"incident.time": "16:30"}, ("time", "16:30")),
    Involvement: ({"involvements.0.part": "IND"}, ("part", "IND")),
    Perpetrator: ({"perpetrators.0.group": "Los Otros (inventados)"}, ("group", "Los Otros (inventados)")),
    Person: ({"persons.0.facts.birth_year": "1990"}, ("birth_year", 1990)),
    Source: ({"sources.0.relation": "WIT"}, ("relation", "WIT")),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__tablename__)
def test_the_page_of_a_record_changes_one_field_and_nothing_else(staff, taken, browser_for, kind):
    taken()
    id, browser = one(staff, kind), browser_for("reviewer")
    before, url = facts(staff, kind, id), f"/incidents/edit/{kind.__tablename__}/{id}"
    shown = browser.get(url)
    assert shown.status_code == 200
    changes, (name, value) = CHANGES[kind]
    answer = browser.post(url, data=with_(typed(shown.text), **changes, reasons=WHY))
    assert answer.status_code == 303, answer.text
    assert facts(staff, kind, id) == {**before, name: value}
    page = browser.get(answer.location).text
    assert "Kept, with your reason" in page
    assert WHY in page


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__tablename__)
def test_saved_as_it_was_nothing_is_changed(staff, taken, browser_for, kind):
    taken()
    id, browser = one(staff, kind), browser_for("reviewer")
    url = f"/incidents/edit/{kind.__tablename__}/{id}"
    answer = browser.post(url, data=with_(typed(browser.get(url).text), reasons=WHY))
    assert answer.status_code == 303
    assert "Nothing was changed" in browser.get(answer.location).text
    assert one(staff, Edit) is None


def test_without_a_reason_what_was_typed_is_kept(staff, taken, browser_for):
    id, browser = taken(), browser_for("reviewer")
    url = f"/incidents/edit/incident/{id}"
    sent = with_(typed(browser.get(url).text), **{"incident.time": "16:30", "narrative": "  Así fue. "})
    answer = browser.post(url, data=sent)
    assert answer.status_code == 422
    assert 'id="f-reasons-wrong"' in answer.text
    again = dict(typed(answer.text))
    assert (again["incident.time"], again["narrative"]) == ("16:30", "  Así fue. ")


def test_what_does_not_hold_is_said_at_its_field(staff, taken, browser_for):
    taken()
    browser, url = browser_for("reviewer"), f"/incidents/edit/person/{one(staff, Person)}"
    sent = with_(typed(browser.get(url).text), **{"persons.0.facts.age": "old"}, reasons=WHY)
    answer = browser.post(url, data=sent)
    assert answer.status_code == 422
    assert 'href="#f-persons-0-facts-age"' in answer.text
    assert dict(typed(answer.text))["persons.0.facts.age"] == "old"


def test_more_is_asked_where_the_kind_of_act_makes_room_for_it(staff, taken, browser_for):
    taken(acts=[{"key": "a1", "type": "ROB"}])
    browser, url = browser_for("reviewer"), f"/incidents/edit/act/{one(staff, Act)}"
    assert "acts.0.kidnapping.asked" not in browser.get(url).text
    sent = with_(typed(browser.get(url).text), **{"acts.0.type": "KID"}, deed="check")
    assert "acts.0.kidnapping.asked" in browser.post(url, data=sent).text


def test_two_who_edit_one_record_both_keep_what_they_changed(staff, taken, browser_for):
    id, (one_of, other) = taken(), (browser_for("reviewer"), browser_for("second"))
    url = f"/incidents/edit/incident/{id}"
    pages = typed(one_of.get(url).text), typed(other.get(url).text)
    first = with_(pages[0], **{"incident.time": "16:30", "incident.exposure": "SHE"}, reasons=WHY)
    assert one_of.post(url, data=first).status_code == 303
    late = with_(pages[1], **{"incident.time": "17:45", "summary": "Shorter."}, reasons=WHY)
    answer = other.post(url, data=late)
    assert answer.status_code == 409
    assert "Somebody else changed this meanwhile" in answer.text
    assert ("16:30" in answer.text, "17:45" in answer.text) == (True, True)
    again = typed(answer.text)
    assert dict(again)["summary"] == "Shorter."
    assert dict(again)["incident.exposure"] == "SHE"
    unchosen = other.post(url, data=with_(again))
    assert unchosen.status_code == 422
    assert "Choose one of the two" in unescape(unchosen.text)
    done = other.post(url, data=with_(typed(unchosen.text), **{"choose.time": "theirs"}))
    assert done.status_code == 303, done.text
    now = facts(staff, Incident, id)
    assert (now["time"], now["exposure"]) == ("16:30", "SHE")
    with staff.reviewer.work() as work:
        assert search.open_incident(work, id).summary == "Shorter."
        assert [each.edit.edited_by for each in editing.history(work, [id])] == [
            staff.reviewer.id,
            staff.second.id,
        ]


def test_the_later_one_may_choose_their_own(staff, taken, browser_for):
    id, (one_of, other) = taken(), (browser_for("reviewer"), browser_for("second"))
    url = f"/incidents/edit/incident/{id}"
    pages = typed(one_of.get(url).text), typed(other.get(url).text)
    one_of.post(url, data=with_(pages[0], **{"incident.time": "16:30"}, reasons=WHY))
    answer = other.post(url, data=with_(pages[1], **{"incident.time": "17:45"}, reasons=WHY))
    done = other.post(url, data=with_(typed(answer.text), **{"choose.time": "mine"}))
    assert done.status_code == 303, done.text
    assert facts(staff, Incident, id)["time"] == "17:45"


def test_nobody_else_sees_where_to_edit(taken, browser_for):
    id = taken()
    assert f"/incidents/edit/incident/{id}" in browser_for("reviewer").get(f"/incidents/{id}").text
    for who in ("researcher", "analyst", "administrator", "auditor"):
        assert browser_for(who).get(f"/incidents/edit/incident/{id}").status_code == 403


def test_an_act_that_was_decided_says_so_and_asks_somebody_else(staff, taken, browser_for):
    taken()
    act, browser = one(staff, Act), browser_for("reviewer")
    with staff.reviewer.work() as work:
        review.move(work, review.act(work, act), Verification.CREDIBLE, "Two careful readings agree.")
    url = f"/incidents/edit/act/{act}"
    stale = typed(browser_for("second").get(f"/review/{act}").text)
    answer = browser.post(
        url, data=with_(typed(browser.get(url).text), **{"acts.0.type": "EXT"}, reasons=WHY)
    )
    assert "1 act that was decided has to be looked at anew" in browser.get(answer.location).text
    page = browser.get(f"/review/{act}").text
    assert WHY in page
    assert "edited (Kind)" in page
    late = browser_for("second").post(
        f"/review/{act}", data=with_(stale, move="VER", reasons="Decided on what stood there before.")
    )
    assert late.status_code == 422
    assert "Someone else changed this record meanwhile" in late.text
    with staff.reviewer.work() as work:
        assert work.get(Act, act).verification == Verification.UNDER_VERIFICATION


# -- the history


def edited(staff, kind, id, **changes):
    with staff.reviewer.work() as work:
        row = work.get(kind, id)
        now = {n: v for n, v in editing.read(work, row)["facts"].items() if n != "interview"}
        editing.edit(work, row, row.version, {**now, **changes}, WHY)
    with staff.reviewer.work() as work:
        return editing.history(work, [id])[-1].edit.id


def test_an_edit_shows_what_was_and_what_became_and_is_undone_by_one_more(staff, taken, browser_for):
    id, browser = taken(), browser_for("reviewer")
    edit = edited(staff, Incident, id, time="16:30")
    url = f"/incidents/edits/{edit}"
    shown = browser.get(url).text
    assert ("15:25" in shown, "16:30" in shown, WHY in shown) == (True, True, True)
    sent = with_(typed(shown), reasons="no")
    assert browser.post(url, data=sent).status_code == 422
    assert browser.post(url, data=with_(typed(shown), reasons="It was right as it stood.")).status_code == 303
    assert facts(staff, Incident, id)["time"] == "15:25"
    assert "restored as it was before (Time)" in browser.get(f"/incidents/{id}").text


def test_what_was_taken_out_is_brought_back_from_the_history(staff, taken, browser_for):
    id = taken()
    act, browser = one(staff, Act), browser_for("reviewer")
    url = f"/incidents/edit/act/{act}"
    assert (
        browser.post(url, data={"deed": "take_out", "version": "1", "out.reasons": "no"}).status_code == 422
    )
    gone = browser.post(url, data={"deed": "take_out", "version": "1", "out.reasons": WHY})
    assert gone.status_code == 303
    page = browser.get(f"/incidents/{id}").text
    assert "No act is coded yet" in page
    edit = re.search(r'href="(/incidents/edits/[^"]+)"', page)[1]
    assert browser.get(url).status_code == 404
    back = browser.post(edit, data=with_(typed(browser.get(edit).text), reasons="It belongs here after all."))
    assert back.status_code == 303
    assert "No act is coded yet" not in browser.get(back.location).text


# -- what was forgotten


def test_a_forgotten_act_is_added_with_who_was_in_it(staff, taken, browser_for):
    id, browser = taken(), browser_for("reviewer")
    with staff.reviewer.work() as work:
        people = [str(person.id) for person, _facts in search.people_of(work, id)]
    url = f"/incidents/{id}/add/act"
    assert "Person 2" in browser.get(url).text
    sent = {"acts.0.key": "a1", "acts.0.type": "ROB", "reasons": WHY}
    for number, person in enumerate(people):
        sent |= {f"persons.{number}.key": person, f"persons.{number}.kind": "individual"}
        sent |= {f"involvements.{number}.person": person, f"involvements.{number}.act": "a1"}
    answer = browser.post(url, data=sent | {"involvements.1.part": "DIR"})
    assert answer.status_code == 303, answer.text
    with staff.reviewer.work() as work:
        opened = search.open_incident(work, id)
        (kid, rob) = opened.acts
        assert [said["type"] for _act, said in (kid, rob)] == ["KID", "ROB"]
        parts = [
            (str(link.person_id), said) for link, said in opened.involvements if link.act_id == rob[0].id
        ]
        assert parts == [(people[1], {"part": "DIR"})]
        assert len(review.grounds_of(work, rob[0]).origins(Says.SUPPORTS)) == 1
        assert str(staff.reviewer.id) in rob[0].submitted_by
        work.must_be_whole()


def test_a_forgotten_person_is_added_and_then_their_part(staff, taken, browser_for):
    id, browser = taken(), browser_for("reviewer")
    sent = {
        "persons.0.key": "p1",
        "persons.0.kind": "individual",
        "persons.0.identity.name": "Tercera Inventada",
    }
    url = f"/incidents/{id}/add/person"
    assert browser.get(url).status_code == 200
    assert browser.post(url, data=sent).status_code == 422
    answer = browser.post(url, data=sent | {"persons.0.facts.age": "17", "reasons": WHY})
    assert answer.status_code == 303, answer.text
    person = answer.location.rpartition("=")[2]
    shown = browser.get(answer.location).text
    assert re.search(rf'value="{person}" selected', shown)
    assert "Tercera" not in shown
    given = {"person": person, "act": str(one(staff, Act)), "involvements.0.part": "WIT", "reasons": WHY}
    given |= {
        "persons.0.key": "p1",
        "acts.0.key": "a1",
        "involvements.0.person": "p1",
        "involvements.0.act": "a1",
    }
    url = f"/incidents/{id}/add/involvement"
    assert browser.post(url, data=given | {"person": ""}).status_code == 422
    assert browser.post(url, data=given).status_code == 303
    assert browser.post(url, data=given).status_code == 422  # they are in it already
    with staff.reviewer.work() as work:
        opened = search.open_incident(work, id)
        assert [said["age"] for who, said in opened.people if who.id == UUID(person)] == [17]
        assert {"part": "WIT"} in [
            said for link, said in opened.involvements if link.person_id == UUID(person)
        ]


def test_a_forgotten_doer_is_added(staff, taken, browser_for):
    id, browser = taken(), browser_for("reviewer")
    url = f"/incidents/{id}/add/perpetrator"
    sent = {
        "perpetrators.0.group": "Los Terceros (inventados)",
        "perpetrators.0.name": "El Mudo",
        "reasons": WHY,
    }
    assert browser.get(url).status_code == 200
    assert browser.post(url, data=sent).status_code == 303
    page = browser.get(f"/incidents/{id}").text
    assert "Los Terceros" in page
    assert "El Mudo" not in page


def test_where_several_reports_tell_of_it_one_is_chosen(staff, taken, browser_for):
    id, other = taken(), taken()
    with staff.reviewer.work() as work:
        rearranging.merge(work, id, other, "Both tell of the same night.")
    browser, url = browser_for("reviewer"), f"/incidents/{id}/add/perpetrator"
    sent = {"perpetrators.0.group": "Los Terceros (inventados)", "reasons": WHY}
    assert browser.post(url, data=sent).status_code == 422
    report_id = re.search(
        r'<select[^>]*name="report".*?value="([0-9a-f-]{36})"', browser.get(url).text, re.DOTALL
    )[1]
    assert browser.post(url, data=sent | {"report": report_id}).status_code == 303


# -- names


def test_a_name_is_opened_corrected_and_stays_closed_in_the_history(staff, taken, browser_for):
    taken()
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person.id).where(Person.teller.is_(True))).one()
    browser, url = browser_for("reviewer"), f"/incidents/persons/{person}/correct"
    assert make.CANARY_NAME not in browser.get(url).text
    shown = browser.post(url, data={"field": "name"}).text
    assert make.CANARY_NAME in unescape(shown)
    sent = with_(
        typed(shown), **{"persons.0.identity.name": "Xiomara Otra"}, reasons="She is no Quetzalinda."
    )
    assert browser.post(url, data=with_(typed(shown), reasons="")).status_code == 422
    answer = browser.post(url, data=sent)
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.location).text
    assert "edited (Name)" in page
    edit = re.search(r'href="(/incidents/edits/[^"]+)"', page)[1]
    closed = browser.get(edit).text
    assert not any(word in closed + page for word in ("Quetzalinda", "Otra"))
    opened = unescape(browser.post(edit, data={"deed": "open"}).text)
    assert all(word in opened for word in (make.CANARY_NAME, "Xiomara Otra", "She is no Quetzalinda."))
    late = browser.post(url, data=sent)
    assert late.status_code == 409
    assert "As it stands now: Xiomara Otra" in unescape(late.text)


@pytest.mark.parametrize(
    ("kind", "path", "field", "at"),
    [
        (Perpetrator, "perpetrator/{}/name", "name", "perpetrators.0.name"),
        (Source, "source/{}/reference", "citation", "sources.0.citation"),
    ],
)
def test_a_name_of_a_doer_and_a_reference_are_opened_and_corrected(
    staff, taken, browser_for, app, kind, path, field, at
):
    told, stood = make.report_document(), "Libreta Inventada 3"
    taken(
        perpetrators=[{**told["perpetrators"][0], "name": stood}],
        sources=[{**told["sources"][0], "citation": stood}],
    )
    id, browser = one(staff, kind), browser_for("reviewer")
    url = f"/incidents/edit/{path.format(id)}"
    assert f'href="{url}"' in browser.get(f"/incidents/edit/{kind.__tablename__}/{id}").text
    assert stood not in unescape(browser.get(url).text)
    shown = browser.post(url, data={"field": field}).text
    assert stood in unescape(shown)
    sent = with_(typed(shown), **{at: "Folio Nuevo 17"}, reasons="I misread the handwriting.")
    assert browser.post(url, data=with_(typed(shown), reasons="")).status_code == 422
    answer = browser.post(url, data=sent)
    assert answer.status_code == 303, answer.text
    history = browser.get(answer.location).text
    edit = re.findall(r'href="(/incidents/edits/[^"]+)"', history)[0]
    assert not any(word in history + browser.get(edit).text for word in ("Folio Nuevo", "handwriting"))
    opened = unescape(browser.post(edit, data={"deed": "open"}).text)
    assert all(word in opened for word in (stood, "Folio Nuevo 17", "I misread the handwriting."))
    assert browser.post(url, data=sent).status_code == 409
    with staff.reviewer.work() as work:
        assert work.read(work.get(kind, id), field, "correction") == "Folio Nuevo 17"
        assert next(iter(work.breaks()), None) is None
    app.extensions["house"].second_yes = True
    assert browser.post(url, data={"field": field}).status_code == 409


def test_safe_contact_is_corrected_on_its_page(staff, taken, browser_for):
    taken()
    person, browser = one(staff, Person), browser_for("reviewer")
    url = f"/incidents/persons/{person}/correct"
    shown = browser.post(url, data={"field": "safe_contact"}).text
    sent = with_(typed(shown), **{"persons.0.safe_contact.phone_held": "yes"}, reasons=WHY)
    assert browser.post(url, data=sent).status_code == 303
    with staff.reviewer.work() as work:
        assert work.read(work.get(Person, person), "safe_contact", "contact") == {"phone_held": "yes"}


def test_every_field_that_may_be_edited_has_words():
    leaves = [name for kind in editing.SCHEMAS.values() for name in _leaves(kind, "")]
    unsaid = {name for name in leaves if edits.word(name) == name.rpartition(".")[2]}
    assert unsaid == set()


def _leaves(kind, above):
    for name, field in kind.fields.items():
        if name in ("min", "best", "max"):
            continue
        inner = getattr(field, "schema", None)
        if inner is not None and not {"min", "best", "max"} <= inner.fields.keys():
            yield from _leaves(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}"
