"""Every migration goes up, down and up again, with data too, and the head equals the models, on both databases."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect, select, text, update
from sqlalchemy.orm.attributes import set_committed_value

from config import HERE
from crypto.envelope import canon
from incidents import accounts, agreement, consent, evidence, founding, redaction, review, search
from incidents.intake import questions, report, take_in
from incidents.model.base import Base, db, prepare
from incidents.model.coding import Coding, Sample
from incidents.model.incident import Act, Incident
from incidents.model.quote import QuoteKind
from incidents.model.release import Release
from incidents.model.report import Report
from incidents.model.vocabulary import Role, Verification
from incidents.release import gather, policy, publish
from incidents.safeguards import audit
from incidents.work import House, Work
from tests import make
from tests.conftest import EVERYTHING


@pytest.fixture(
    params=["sqlite", *([pytest.param("postgres", marks=pytest.mark.postgres)] if EVERYTHING else [])]
)
def empty_app(request, tmp_path):
    url = (
        f"sqlite:///{tmp_path / 'data.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("empty_postgres_url")
    )
    app = Flask("amparo-migrations")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    flask_migrate.Migrate(app, db, directory=str(HERE / "migrations"))
    with app.app_context():
        prepare(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_every_migration_goes_up_down_and_up_again(empty_app):
    flask_migrate.upgrade()
    assert tables() == set(Base.metadata.tables)
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    flask_migrate.upgrade()
    assert tables() == set(Base.metadata.tables)


def test_the_head_equals_the_models(empty_app):
    flask_migrate.upgrade()
    flask_migrate.check()


# -- with data


@dataclass
class Then:
    """An instance whose rows are such as the first release wrote them: its tables, nothing in later columns."""

    house: House
    coordinator: make.Member
    tables: set[str]

    @contextmanager
    def work(self, who: make.Member) -> Iterator[Work]:
        with who.work() as work:
            yield work
            for row in list(work.db.new):
                if row.__tablename__ not in self.tables:
                    work.db.expunge(row)
                for column in later_columns(row):
                    set_committed_value(row, column, None)


def later_columns(row: Any) -> list[str]:
    return [column.key for column in row.__table__.columns if column.info.get("later")]


@pytest.fixture
def then(empty_app, tmp_path) -> Iterator[Then]:
    flask_migrate.upgrade(revision="0001")
    of_then = tables()
    flask_migrate.upgrade()
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o700)
    house = make.open_house(folder)
    founded = founding.found(house, make.ORGANISATION, make.FOUNDER, make.PASSPHRASE)
    _user, session = accounts.admit(house, founded.token)
    yield Then(house, make.Member(house, make.FOUNDER, session.ring.own), of_then)
    house.keystore._engine.dispose()


@pytest.fixture
def incident(then):
    """Sent, taken in and found credible with the program of then."""
    reviewer = make.member(then.house, then.coordinator, "Rita Inventada", Role.REVIEWER)
    with then.work(reviewer) as work:
        sent = report.send(work, make.report_document(), "page").id
    with then.work(reviewer) as work:
        incident = take_in.take_in(work, sent).id
    for state in (Verification.UNDER_VERIFICATION, Verification.CREDIBLE):
        with then.work(then.coordinator) as work:
            act = work.db.scalars(select(Act).where(Act.incident_id == incident)).one()
            review.move(work, act, state, "Two phone records agree with it.")
    return incident


def there_and_back() -> dict[str, Any]:
    """Down to the tables of then and up again; how many rows lay there in between."""
    db.session.rollback()
    flask_migrate.downgrade(revision="0001")
    with db.engine.connect() as connection:
        counted = {
            name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in sorted(tables())
        }
        for kind in audit.all_kinds():
            if kind.__tablename__ in counted:
                lying = {column["name"] for column in inspect(connection).get_columns(kind.__tablename__)}
                assert lying.isdisjoint(later_columns(kind))
    flask_migrate.upgrade()
    db.session.expire_all()
    return counted


def test_what_the_first_release_wrote_is_whole_opens_and_counts_after_the_upgrade(then, incident):
    counted = there_and_back()
    assert counted["act"] == 1
    assert counted["person"] == 2
    with then.coordinator.work() as work:
        assert list(work.breaks()) == []
        opened = search.open_incident(work, incident)
        assert opened.narrative == make.CANARY_NARRATIVE
        assert [facts["type"] for _act, facts in opened.acts] == ["KID"]
        assert {work.read(person, "name") for person, _facts in opened.people} == {
            make.CANARY_NAME,
            "Filomeno Deltrébol",
        }
    with then.coordinator.work() as work:
        work.must_be_whole()
        assert len(gather.gather(work, policy.load("internal"), {}).rows) == 1


def test_a_row_of_the_first_release_is_changed_by_the_new_one_and_the_trail_is_whole(then, incident):
    there_and_back()
    with then.coordinator.work() as work:
        act = work.db.scalars(select(Act)).one()
        act.left_on = work.today
        work.note("act.left", act)
    with then.coordinator.work() as work:
        assert list(work.breaks()) == []
        assert gather.gather(work, policy.load("internal"), {}).rows == []


@pytest.mark.parametrize("column", ["report_id", "number", "left_on", "left_for"])
def test_a_later_column_that_is_filled_in_or_emptied_behind_the_program_is_found(then, incident, column):
    there_and_back()
    lying = Act.__table__.c
    value = {"number": 3, "left_on": date(2026, 11, 27)}.get(column, incident)
    with then.coordinator.work() as work:
        id = work.db.scalars(select(Act.id)).one()
    for signed, put in ((None, value), (value, None)):
        with then.coordinator.work() as work:
            setattr(work.get(Act, id), column, signed)
            work.note("act.left", work.get(Act, id))
        with make.behind(then.house) as data:
            data.execute(update(Act.__table__).where(lying.id == id).values({column: put}))
        with then.coordinator.work() as work:
            assert [(found.what, found.where) for found in work.breaks()] == [
                ("a row was changed or moved", f"act/{id}")
            ]
        with make.behind(then.house) as data:
            data.execute(update(Act.__table__).where(lying.id == id).values({column: signed}))


@pytest.mark.parametrize("kind", audit.all_kinds(), ids=lambda kind: kind.__tablename__)
def test_an_empty_later_column_leaves_a_row_s_digest_as_if_it_were_not_there(kind):
    """The digest of then, taken by hand over the columns of then."""
    record = kind(version=1)
    of_then = [
        c.key for c in kind.__mapper__.column_attrs if not kind.__table__.columns[c.key].info.get("later")
    ]
    pieces = [kind.__tablename__.encode()]
    for name in of_then:
        value = getattr(record, name)
        plain = b"u" + value.bytes if name == "id" else b"1" if name == "version" else b"n"
        pieces += [name.encode(), plain]
    assert audit.digest(record) == sha256(canon(*pieces)).digest()


def test_an_incident_of_the_first_release_gets_evidence_after_the_upgrade(then, incident):
    there_and_back()
    data = b"what was found in the yard"
    with then.coordinator.work() as work:
        given = {"name": "yard.txt", "size": len(data), "origin": "staff"}
        id = evidence.keep(work, work.get(Incident, incident), given, io.BytesIO(data)).id
    with then.coordinator.work() as work:
        content = evidence.take_original(work, evidence.one(work, id), "verification")[2]
        assert b"".join(content) == data
    with then.coordinator.work() as work:
        assert list(evidence.breaks(work)) == []


def test_reports_of_the_first_release_are_coded_after_the_upgrade_and_going_down_takes_it_away(
    then, incident
):
    there_and_back()
    names = ("Rosa Uno", "Remo Dos")
    reviewers = [make.member(then.house, then.coordinator, name, Role.REVIEWER) for name in names]
    with then.coordinator.work() as work:
        ids = [member.id for member in reviewers]
        sample = agreement.draw(work, agreement.Wanted(5, work.today, work.today, ids, ("type", "gender"))).id
    for member in reviewers:
        with member.work() as work:
            (sheet,) = agreement.own(work, work.get(Sample, sample))
            agreement.keep(work, agreement.open_sheet(work, sheet.id), {"type": ["KID"]}, done=True)
    with then.coordinator.work() as work:
        assert agreement.agreement(work, work.get(Sample, sample)).questions[0].figures.count == 1
        assert list(work.breaks()) == []
    counted = there_and_back()
    assert (counted["act"], counted["report"]) == (1, 1)
    with then.coordinator.work() as work:
        assert work.db.scalars(select(Coding)).all() == []
        assert search.open_incident(work, incident).narrative == make.CANARY_NARRATIVE
        lost = {(found.what, found.where.partition("/")[0]) for found in work.breaks()}
        assert lost == {("a row is missing", "coding"), ("a row is missing", "coding_sample")}


def test_an_account_of_the_first_release_is_quoted_after_the_upgrade_and_going_down_takes_it_away(
    then, incident
):
    there_and_back()
    reviewer = make.member(then.house, then.coordinator, "Remo Dos", Role.REVIEWER)
    with reviewer.work() as work:
        (source,) = redaction.offered(work, incident)
        given = {"given_by": "self", "decisions": {"QUO": "given"}}
        consent.decide(work, source.person, given)
    with reviewer.work() as work:
        id = redaction.begin(work, incident, source.part.id, QuoteKind.QUOTE).id
    with reviewer.work() as work:
        redaction.decide(work, redaction.one(work, id), 0, take=True, does=["cut"])
    with reviewer.work() as work:
        assert redaction.look(work, redaction.one(work, id)).text.startswith("Nos bajaron")
        assert list(work.breaks()) == []
    db.session.rollback()
    flask_migrate.downgrade(revision="0011")
    assert "quote" not in tables()
    flask_migrate.upgrade()
    db.session.expire_all()
    with then.coordinator.work() as work:
        assert redaction.listed(work) == []
        assert search.open_incident(work, incident).narrative == make.CANARY_NARRATIVE
        assert {found.where.partition("/")[0] for found in work.breaks()} == {"quote"}


def test_what_was_asked_before_questions_were_records_is_answered_after_the_upgrade(then):
    """The trail of then holds the question; a row it becomes with its answer."""
    writer = make.member(then.house, then.coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    with then.work(writer) as work:
        sent = report.send(work, make.report_document(), "page").id
    with then.work(then.coordinator) as work:
        report.asked(work, work.get(Report, sent), "where")
    db.session.rollback()
    flask_migrate.downgrade(revision="0008")
    assert {"question", "answer", "comment", "mention"}.isdisjoint(tables())
    flask_migrate.upgrade()
    db.session.expire_all()
    with writer.work() as work:
        assert [each.id for each in questions.for_me(work)] == [sent]
        (asked,) = questions.of_report(work, work.get(Report, sent))
        questions.answer(work, sent, asked.question.id, "En la gasolinera, por la tarde.")
    with then.coordinator.work() as work:
        (asked,) = questions.of_report(work, work.get(Report, sent))
        assert (asked.question.code, asked.question.asked_by) == ("where", then.coordinator.id)
        assert [words for _answer, words in asked.answers] == ["En la gasolinera, por la tarde."]
        assert list(work.breaks()) == []


def test_questions_comments_and_days_lie_whole_in_the_tables_of_the_migrations(then, incident):
    """What the newest tables hold goes with them, and nothing else does."""
    with then.coordinator.work() as work:
        row, sent = work.get(Incident, incident), work.db.scalars(select(Report.id)).one()
        questions.ask(work, work.get(Report, sent), "other", "When was it?", None, work.today)
        review.comment(work, row, "@Rita, see above.")
        review.assign(work, [row], then.coordinator.id, work.today)
    with then.coordinator.work() as work:
        assert [words for _row, words in review.comments(work, work.get(Incident, incident))] == [
            "@Rita, see above."
        ]
        assert list(work.breaks()) == []
        assert work.get(Incident, incident).due_on == work.today


def test_a_release_of_the_first_release_is_compared_after_the_upgrade_and_going_down_keeps_it(then, incident):
    """Rows without protection stay in the house; what lies in the new columns goes with them, and nothing else."""
    analyst = make.member(then.house, then.coordinator, "Bruno Inventado", Role.ANALYST)
    with then.work(analyst) as work:
        old = publish.prepare(work, "internal", {}).id
    with analyst.work() as work:
        assert work.get(Release, old).ledger is None
        new = publish.prepare(work, "internal", {}).id
    with analyst.work() as work:
        assert work.read(work.get(Release, new), "ledger")["entries"]
    with then.coordinator.work() as work:
        assert list(work.breaks()) == []
    counted = there_and_back()
    assert (counted["release"], counted["released_row"]) == (2, 2)
    with then.coordinator.work() as work:
        assert [work.get(Release, each).ledger for each in (old, new)] == [None, None]
        changed = {found.where.partition("/")[0] for found in work.breaks()}
        assert changed == {"release", "released_row"}  # the ledger of the newer one is missed
        assert publish.release(work, old)[1]["counts"]["released"] == 1
