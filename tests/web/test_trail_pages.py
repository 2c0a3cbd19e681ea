"""The trail as a page: in words, by name where that is allowed, verified with a button."""

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import update

from config import HERE
from incidents import trail
from incidents.model.audit import AuditEntry
from incidents.model.base import Base, Record, compartments
from incidents.model.report import Report
from incidents.model.vocabulary import JobState
from incidents.safeguards import access
from incidents.web import events
from incidents.work import Permission
from tests import make
from tests.release.test_publish import story, tell
from tests.web.reading import links

NOTING = ("note", "Note", "note_refusal")


@pytest.fixture
def auditor(browser_for):
    return browser_for("auditor")


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def verified(auditor):
    return auditor.post("/trail", data={"deed": "verify"}).text


def test_the_last_blocks_stand_in_words_with_who_did_it(auditor, staff):
    tell(staff, [story()])
    page = text_of(auditor.get("/trail").text)
    for said in ("Act decided on", "Report taken in", "Report received", "Member confirmed", "Credible"):
        assert said in page
    for name in ("Rita Inventada", "Fidel Inventado", make.FOUNDER):
        assert name in page
    assert not [canary for canary in make.CANARIES if canary in page]


def test_who_may_not_list_the_members_reads_no_names(auditor, staff, monkeypatch):
    tell(staff, [story()])
    bare = {role: grants - {Permission.MEMBER_LIST} for role, grants in access.GRANTS.items()}
    monkeypatch.setattr(access, "GRANTS", bare)
    page = text_of(auditor.get("/trail").text)
    assert "Act decided on" in page
    assert "Rita Inventada" not in page
    assert str(staff.reviewer.id)[:8] in page


def test_many_notes_of_one_kind_stand_once_with_their_number(auditor, staff):
    tell(staff, [story() for _ in range(6)])
    assert "Report received × 6" in text_of(auditor.get("/trail").text)


def test_older_blocks_are_on_the_next_page(auditor, staff, monkeypatch):
    monkeypatch.setattr(trail, "PER_PAGE", 2)
    tell(staff, [story()])
    seen, address = [], "/trail"
    while address:
        page = auditor.get(address).text
        seen += re.findall(r'data-label="Block" class="number"><div>(\d+)', page)
        onward = links(page, r"/trail\?before=\d+")
        address = onward[-1] if onward else None
    numbers = [int(number) for number in seen]
    assert numbers == list(range(numbers[0], 0, -1))


def test_a_whole_trail_is_said_to_be_whole_and_the_look_is_noted(auditor, staff):
    tell(staff, [story()])
    assert "The trail is whole" in verified(auditor)
    page = text_of(auditor.get("/trail").text)
    assert "Trail verified" in page
    assert "0 breaks" in page


def test_a_break_is_named_where_it_is(auditor, staff, house):
    tell(staff, [story()])
    with make.behind(house) as connection:
        connection.execute(update(AuditEntry).where(AuditEntry.event == "act.moved").values(event="act.kept"))
        connection.execute(update(Report).values(danger="today"))
    page = verified(auditor)
    assert "The trail is broken" in page
    assert "a note was removed, added or changed" in page
    assert re.search(r"<code>report/[0-9a-f-]{36}</code>: a row was changed or moved", page)


def test_only_the_verify_button_verifies(auditor):
    assert auditor.post("/trail", data={"deed": "nonsense"}).status_code == 404


@pytest.mark.parametrize("who", ["researcher", "reviewer", "analyst"])
def test_the_trail_is_for_those_who_may(browser_for, who):
    client = browser_for(who)
    assert client.get("/trail").status_code == 403
    assert client.post("/trail", data={"deed": "verify"}).status_code == 403


# -- the words


def noted():
    """Every event that the program notes by a word of its own."""
    calls = (
        node
        for path in (HERE / "incidents").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    )
    for call in calls:
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name in NOTING:
            first = call.args[name == "note_refusal"]
            if isinstance(first, ast.Constant):
                yield first.value


def test_every_event_has_its_words():
    states = {f"job.{state.value.replace('_', '-')}" for state in JobState} - {"job.running"}
    assert (set(noted()) | states) - set(events.EVENTS) == set()


def test_every_kind_of_record_and_every_sealed_column_has_its_words():
    kinds = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)]
    assert {kind.__tablename__ for kind in kinds} - set(events.RECORDS) == set()
    assert {column for kind in kinds for column in compartments(kind)} - set(events.OPENED) == set()


def test_every_break_has_its_words():
    found = set()
    for path in Path(HERE / "incidents" / "safeguards").glob("*.py"):
        found |= set(re.findall(r'Break\("([^"]+)"', path.read_text("utf-8")))
    assert found
    assert found - set(events.BREAKS) == set()
