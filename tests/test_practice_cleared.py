"""A practice report that is cleared: its keys go after its rows, whatever happens in between."""

import pytest
from sqlalchemy import delete, func, insert, select

from incidents.intake import practice, report, schema
from incidents.model.audit import AuditEntry
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import PRACTICE
from tests import make
from tests.victim import ACTIONS, DATABASES, copied, desk, in_a_child, opened


@pytest.fixture(scope="module")
def template_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "instance"


@pytest.fixture(params=DATABASES)
def folder(request, tmp_path, template_folder, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("VICTIM_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    (tmp_path / "instance-elsewhere").mkdir()
    copied(template_folder, tmp_path / "instance")
    return tmp_path / "instance"


def breaks(house):
    with desk(house).work() as work:
        return list(work.breaks())


def sent_for_practice(house):
    with desk(house).work() as work:
        id = report.send(work, schema.load(make.report_document()), PRACTICE).id
    return house.db().scalars(select(ReportPart.id).where(ReportPart.report_id == id)).all()


def test_the_keys_of_a_cleared_practice_report_go_wherever_it_was_killed(folder, monkeypatch):
    """Around each commit: where its rows are gone its keys are, once the next process began."""

    def clearing(house, who, _chance):
        id = house.db().scalars(select(Report.id).where(Report.channel == PRACTICE)).first()
        with who.work() as work:
            parts = practice.clear(work, id)
        practice.shred(work, parts)

    monkeypatch.setitem(ACTIONS, "clear practice", clearing)
    finished = 0
    for moment in range(1, 20):
        with opened(folder) as house:
            parts = sent_for_practice(house)
        assert parts
        over = in_a_child(folder, "clear practice", moment) > 0
        with opened(folder) as house:
            assert breaks(house) == []
            finished += practice.finish(house)
            left = house.db().scalars(select(ReportPart.id)).all()
            have = {id for id, _compartment in house.keystore.keys(parts)}
            assert have == set(parts) & set(left)
            assert practice.finish(house) == 0
        if over:
            break
    assert over
    assert finished  # some of them died in between


def test_a_note_that_nobody_signed_destroys_no_key(folder):
    with opened(folder) as house:
        parts = sent_for_practice(house)
        for part in parts:  # its rows are gone too, and no note of it was signed
            house.db().execute(delete(ReportPart).where(ReportPart.id == part))
        block = house.db().scalar(select(func.max(AuditEntry.block)))
        place = {"block": block, "position": 900, "about": "report", "about_id": None}
        said = {"parts": [str(id) for id in parts]}
        house.db().execute(insert(AuditEntry).values(event=practice.CLEARED, detail=said, **place))
        house.db().commit()
        before = house.keystore.keys(parts)
        assert before
        assert practice.finish(house) == 0
        assert house.keystore.keys(parts) == before
