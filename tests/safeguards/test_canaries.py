"""Planted names, phones and words are found nowhere: not in a file, a row, a log, an error or a repr."""

import base64
import logging
import shutil
import traceback
import unicodedata
from uuid import uuid4

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import SQLAlchemyError

from incidents import accounts
from incidents.errors import InvalidInput, Problem, WrongSignIn
from incidents.intake import report, schema, take_in
from incidents.jobs import asking
from incidents.model.account import User
from incidents.model.base import Base, Compartment, db
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import Draft
from incidents.model.vocabulary import Role
from incidents.work import Sessions, Unreadable, Vault, begin
from tests import make

PLANTED = (*make.CANARIES, "Filomeno Deltrébol", "Los Faroleros (inventados)", make.PASSPHRASE)


def forms(canary: str) -> set[bytes]:
    """How a text may lie in a file: as it is, in pieces, in other encodings, in other letters."""
    digits = "".join(sign for sign in canary if sign.isdigit())
    words = {word.strip(".,()") for word in canary.split()} - {"Inventada", "inventados"}  # the staff's names
    texts = {canary, *(word for word in words if len(word) >= 7)} | (
        {digits, digits[-9:]} if len(digits) >= 9 else set()
    )
    texts |= {text.upper() for text in texts} | {text.casefold() for text in texts}
    texts |= {unicodedata.normalize("NFD", text) for text in texts}
    texts |= {text.encode("ascii", "backslashreplace").decode() for text in texts}
    found = {text.encode() for text in texts}
    found |= {
        text.encode(coding, "ignore") for text in texts for coding in ("utf-16-le", "utf-16-be", "latin-1")
    }
    raw = canary.encode()
    for shift in range(3):  # base64 of anything that holds it, whatever stands before
        found.add(base64.b64encode(bytes(shift) + raw)[4:-4])
    found.add(raw.hex().encode())
    return {form for form in found if len(form) >= 7}


FORMS = {form for canary in PLANTED for form in forms(canary)}


def planted_in(content: bytes) -> set[bytes]:
    return {form for form in FORMS if form in content}


def test_the_search_finds_what_was_planted():
    for canary in PLANTED:
        for text in (canary, canary.upper(), f"xx{canary}yy"):
            for coding in ("utf-8", "utf-16-le", "utf-16-be"):
                assert planted_in(text.encode(coding))
        assert planted_in(base64.b64encode(b"ab" + canary.encode() + b"c"))
    assert planted_in(b"call 6645550183 now")
    assert planted_in("Quetzalinda".encode("utf-16-le"))
    assert planted_in(b"zanahori\\xf3polis")
    assert not planted_in(b"nothing of the kind")


def everything(instance) -> bytes:
    """Each file of the instance, and each value of each row of the data, wherever the data is."""
    files = [file.read_bytes() for file in sorted(instance.folder.rglob("*")) if file.is_file()]
    with make.behind(instance.house) as data:
        rows = [
            row
            for table in Base.metadata.sorted_tables
            for row in data.exec_driver_sql(f'SELECT * FROM "{table.name}"').all()
        ]
    values = [
        bytes(value) if isinstance(value, (bytes, memoryview)) else repr(value).encode()
        for row in rows
        for value in row
    ]
    assert len(rows) > 50
    return b"\n".join([*files, *values])


@pytest.fixture
def lived(house, coordinator):
    """An instance in which the canaries went through every deed there is."""
    reporter = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    document = schema.load(make.report_document())
    with reporter.work() as work:
        draft = Draft(recorded_by=work.actor.id, changed_on=work.today)
        work.vault.mint(draft.id, Compartment.INTAKE, private=True)
        work.seal(draft, content=document)
        work.add(draft)
    with reporter.work() as work:
        sent = report.send(work, document, "page")
    with coordinator.work() as work:
        incident = take_in.take_in(work, sent.id).id
    with coordinator.work() as work:
        known = work.get(Incident, incident)
        work.seal(known, narrative=f"{make.CANARY_NARRATIVE} {make.CANARY_SUMMARY}")
        work.note("incident.changed", known)
    with coordinator.work() as work:
        asking.registry.setdefault(
            "canaries", asking.Kind("canaries", frozenset(Compartment), lambda _step: None)
        )
        asking.start(work, "canaries", {"of": str(incident)}, input=document)
    asking.registry.pop("canaries")
    accounts.sign_in(house, make.FOUNDER, make.PASSPHRASE)
    with pytest.raises(WrongSignIn):
        accounts.sign_in(house, make.CANARY_NAME, make.CANARY_PHONE)
    with coordinator.work() as work:
        people = work.db.scalars(select(Person)).all()
        assert make.CANARY_NAME in work.read_all(people, "name", "to call back")
        assert work.read(work.get(Incident, incident), "narrative")
    return incident


def test_no_canary_is_in_any_file_or_row(instance, lived):
    assert planted_in(everything(instance)) == set()


def test_no_canary_is_in_any_file_after_a_removal_and_an_erasure(instance, house, coordinator, lived):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    make.removed(house, coordinator, make.member(house, coordinator, "Rita Inventada", Role.REVIEWER))
    with coordinator.work() as work:
        ids = work.db.scalars(select(Person.id)).all()
    house.keystore.shred([(id, Compartment.IDENTITY) for id in ids], "a decision")
    assert planted_in(everything(instance)) == set()


def test_no_canary_is_in_any_log(instance, house, coordinator, caplog, request):
    """At DEBUG, with every statement and its parameters as SQLAlchemy would log them."""
    with caplog.at_level(logging.DEBUG):
        for name in ("sqlalchemy.engine", "sqlalchemy.pool", "sqlalchemy.orm"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            request.getfixturevalue("lived")
        finally:
            for name in ("sqlalchemy.engine", "sqlalchemy.pool", "sqlalchemy.orm"):
                logging.getLogger(name).setLevel(logging.NOTSET)
    assert "INSERT INTO person" in caplog.text
    assert "SQL parameters hidden" in caplog.text
    assert planted_in(caplog.text.encode()) == set()


def said_by(failure: BaseException) -> bytes:
    """All that an error says of itself, of what caused it and of where it came from."""
    found = ["".join(traceback.format_exception(failure, chain=True))]
    while failure is not None:
        found += [str(failure), repr(failure), repr(failure.args), repr(getattr(failure, "__notes__", ""))]
        found += [repr(getattr(failure, "details", ""))]
        failure = failure.__cause__ or (None if failure.__suppress_context__ else failure.__context__)
    return "\n".join(found).encode()


def raised(deed) -> BaseException:
    with pytest.raises((Problem, SQLAlchemyError, ValueError, TypeError)) as caught:
        deed()
    return caught.value


def test_no_canary_is_in_what_the_database_s_errors_say(house, coordinator):
    with coordinator.work() as work:
        person = make.person(work)

    def refuse(_connection, _cursor, statement, *_more):
        if statement.startswith("INSERT INTO person"):
            raise SQLAlchemyError("the disk is full")

    def failing_commit():
        event.listen(db.engine, "before_cursor_execute", refuse)
        try:
            with coordinator.work() as work:
                make.person(work)
        finally:
            event.remove(db.engine, "before_cursor_execute", refuse)

    def same_row_twice():
        with db.engine.begin() as data:
            row = dict(data.execute(select(Person.__table__).where(Person.id == person.id)).one()._mapping)
            data.execute(insert(Person.__table__).values(**row))

    def incomplete_row():
        with db.engine.begin() as data:
            data.execute(insert(Person.__table__).values(id=uuid4(), name=person.name))

    def key_file_refuses():
        with house.keystore.step() as step:
            step.exec_driver_sql("INSERT INTO meta VALUES (?, ?, ?)", (make.CANARY_NAME, b"", b""))

    for deed in (failing_commit, same_row_twice, incomplete_row, key_file_refuses):
        failure = raised(deed)
        assert planted_in(said_by(failure)) == set(), deed.__name__
    house.db().rollback()


def test_no_canary_is_in_what_the_program_s_own_errors_say(house, coordinator, lived):
    analyst = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    with coordinator.work() as work:
        person = make.person(work)
    odd = {make.CANARY_NAME: {make.CANARY_PHONE}}  # a set is no JSON

    def seal(value):
        with coordinator.work() as work:
            work.seal(work.get(Person, person.id), name=value)

    def read_without_a_key():
        with analyst.work() as work:
            Vault(house.keystore, analyst.ring).open(work.get(Person, person.id), "name")

    def name_twice():
        with coordinator.work() as work:
            user = User(name=make.CANARY_NAME, sign_in="x", roles=[], state="invited", language="es")
            other = User(name=make.CANARY_NAME, sign_in="y", roles=[], state="invited", language="es")
            work.add(user)
            work.add(other)

    deeds = [
        lambda: seal(odd),
        lambda: seal(float("nan")),
        read_without_a_key,
        name_twice,
        lambda: accounts.sign_in(house, make.CANARY_NAME, make.CANARY_PHONE),
        lambda: accounts.recover(house, make.CANARY_NAME, make.CANARY_NARRATIVE, make.PASSPHRASE),
        lambda: accounts.join(house, make.CANARY_NAME, make.PASSPHRASE),
    ]
    for number, deed in enumerate(deeds):
        assert planted_in(said_by(raised(deed))) == set(), number
        house.db().rollback()


@pytest.mark.parametrize(
    "change",
    [
        {"danger": make.CANARY_NAME},
        {"interview": {"mode": make.CANARY_NAME}},
        {"acts": [{"type": make.CANARY_NAME}]},
        {"persons": [{"identity": make.CANARY_NAME}]},
        {"persons": [{"facts": {"age": make.CANARY_PHONE}}]},
        {"persons": [{"consent": {"decisions": {"REC": make.CANARY_NAME}}}]},
        {"incident": {"moment": {"edtf": make.CANARY_NAME, "precision": "DAY"}}},
        {"incident": {"place": {"country": make.CANARY_NAME}}},
        {"incident": {"time": make.CANARY_NAME}},
        {"involvements": [{"person": make.CANARY_NAME, "act": "a1"}]},
        {"client_id": make.CANARY_NAME},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_refused_report_says_which_field_and_not_what_stood_in_it(change):
    with pytest.raises(InvalidInput) as caught:
        schema.load(make.report_document(**change))
    assert caught.value.fields
    assert planted_in(repr(caught.value.fields).encode() + said_by(caught.value)) == set()


def test_no_canary_is_in_what_records_and_works_say_of_themselves(house, coordinator, lived):
    with coordinator.work() as work:
        people = work.db.scalars(select(Person)).all()
        names = work.read_all(people, "name")
        told = report.read(work, work.db.scalars(select(report.Report.id)).first())
        said = repr([work, people, [vars(person) for person in people], house, work._notes])
        assert make.CANARY_NAME in names
        assert told.document["narrative"] == make.CANARY_NARRATIVE
    assert planted_in(said.encode()) == set()
    assert planted_in(repr(told).encode()) == set()


# -- what was copied


def stolen(instance, folder, *names):
    """A copy of the keystore, and of whichever of the small files are named. The data stays where it is."""
    folder.mkdir()
    for name in ("keys.db", "fingerprint", "node.key", *names):
        shutil.copy(instance.folder / name, folder / name)
    return make.open_house(folder)


def test_a_passphrase_without_the_pepper_opens_nothing_and_with_it_everything(
    instance, house, coordinator, lived, tmp_path
):
    without = stolen(instance, tmp_path / "without")
    assert without.locks.pepper != house.locks.pepper
    with pytest.raises(WrongSignIn):
        accounts.sign_in(without, make.FOUNDER, make.PASSPHRASE)
    with_it = stolen(instance, tmp_path / "with", "pepper")
    user, session = accounts.admit(with_it, accounts.sign_in(with_it, make.FOUNDER, make.PASSPHRASE).token)
    with begin(with_it, accounts.actor_of(user), session.ring) as work:
        assert make.CANARY_NAME in work.read_all(work.db.scalars(select(Person)).all(), "name")
        assert work.read(work.get(Incident, lived), "narrative")
    for copied in (without, with_it):
        copied.keystore._engine.dispose()


def test_files_and_a_cookie_open_nothing_after_the_power_went(instance, house, lived, tmp_path):
    token = accounts.sign_in(house, make.FOUNDER, make.PASSPHRASE).token
    copied = stolen(instance, tmp_path / "copied", "pepper")  # the boot key was in memory
    assert copied.sessions.find(token) is None
    assert Sessions(copied.keystore, bytes(32)).find(token) is None
    assert house.sessions.find(token)
    copied.keystore._engine.dispose()


def test_the_data_without_its_keystore_opens_nothing(instance, house, coordinator, lived, tmp_path):
    other = tmp_path / "another"
    other.mkdir()
    empty = make.open_house(other)
    with coordinator.work() as work:
        people = work.db.scalars(select(Person)).all()
    found = {Vault(empty.keystore, coordinator.ring).view(person, "name") for person in people}
    assert found <= {Unreadable("altered"), Unreadable("no-key")}
    empty.keystore._engine.dispose()
    with make.behind(house) as data:
        assert data.execute(select(User.__table__)).all()
