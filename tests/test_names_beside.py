"""Names of somebody erased that stand in others' sealed fields: listed, answered for, and in no file until then."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents import consent, erasure
from incidents.erasure import elsewhere, texts
from incidents.intake import editing, exporters, report, schema, take_in
from incidents.model.base import Base, Record, compartments
from incidents.model.consent import Basis, ConsentEvent
from incidents.model.edit import Edit
from incidents.model.erasure import Erasure, TextBeside
from incidents.model.incident import Perpetrator
from incidents.model.opentext import FOLLOWS, OPEN_TEXT
from incidents.model.people import Person
from incidents.model.release import Release
from incidents.model.report import ReportPart
from incidents.model.vocabulary import ReleaseState
from incidents.work import Unreadable
from tests.victim import copied, desk, document, opened, people_of, take_in_one

NAME = "Rosa Ibarra"
DECISION = "Rosa Ibarra asked for it in a talk on the phone."
ERASED = Unreadable("erased")


@pytest.fixture(scope="module")
def template_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "instance"


@pytest.fixture
def house(template_folder, tmp_path):
    (tmp_path / "instance-elsewhere").mkdir()
    copied(template_folder, tmp_path / "instance")
    with opened(tmp_path / "instance") as house:
        yield house


@pytest.fixture
def ana(house):
    return desk(house)


def luisa():
    """A report of somebody else whose every field for a name names Rosa."""
    told = {**document("Luisa"), "narrative": "It was at night."}
    told["perpetrators"] = [{"type": "UNK", "name": f"the cousin of {NAME}"}]
    (person,) = told["persons"]
    person["identity"]["contact"] = f"Through {NAME}, her neighbour."
    person["safe_contact"] = {"code_word": "rosa"}
    person["consent"]["names"] = {"witness": NAME, "interviewer": "Ines Pardo"}
    return schema.load(told)


def wrong_name(house, ana, incident):
    """Why a name of Luisa's was corrected: sealed as a name, and it tells of Rosa."""
    with ana.work() as work:
        other = next(p for p in people_of(work, incident) if work.vault.view(p, "name") == "Luisa")
        editing.correct(work, other, other.version, "other_names", "La Güera", f"{NAME} called her so.")
        return other.id


@pytest.fixture
def named(house, ana):
    """An incident that Rosa and Luisa told; Rosa is erased. The incident, Rosa, Luisa, the erasure."""
    incident = take_in_one(house, ana, {**document(NAME), "narrative": "I hid in the cellar."})
    with ana.work() as work:
        sent = report.send(work, luisa(), "page").id
        (rosa,) = people_of(work, incident)
    with ana.work() as work:
        take_in.take_in(work, sent, link_to=incident)
    other = wrong_name(house, ana, incident)
    with ana.work() as work:
        facts = {"kind": "dead", "relation": "parent", "reasons": f"{NAME} saw it.", "purposes": []}
        consent.set_basis(work, facts, person_id=other)
        consent.set_basis(work, {**facts, "reasons": "Her own."}, person_id=rosa.id)
    with ana.work() as work:
        done = erasure.erase_person(work, work.get(Person, rosa.id), DECISION).id
    erasure.finish(house)
    return incident, rosa.id, other, done


KINDS = {"basis", "consent_event", "edit", "erasure", "perpetrator", "person", "report_part"}
HOLD = (
    (Basis, "facts"),
    (ConsentEvent, "names"),
    (Edit, "words"),
    (Erasure, "decision"),
    (Perpetrator, "name"),
    (Person, "contact"),
    (Person, "safe_contact"),
    (ReportPart, "content"),
)


def waiting(ana):
    with ana.work() as work:
        return list(erasure.waiting(work))


def says(ana, name):
    """The columns that still open and say this, whoever's they are."""
    with ana.work() as work:
        return {
            (kind.__tablename__, column)
            for kind, column in HOLD
            for row in work.db.scalars(select(kind))
            if name.casefold() in str(work.vault.view(row, column)).casefold()
        }


def exported(ana):
    with ana.work() as work:
        exporters.begin(work)
    return b"".join(exporters.lines(ana.work)).decode()


def test_what_names_them_in_others_fields_is_listed_and_leaves_in_no_export(ana, named):
    _incident, rosa, _other, _done = named
    found = {each.about for each in waiting(ana) if each.named}
    assert found >= KINDS
    assert all(each.named for each in waiting(ana) if each.about in KINDS - {"report_part"})
    assert says(ana, "rosa") == {(kind.__tablename__, column) for kind, column in HOLD}
    with ana.work() as work:
        (own,) = work.db.scalars(select(Basis).where(Basis.person_id == rosa))
        assert work.vault.view(own, "facts") == ERASED  # what was recorded of her goes with her
    data = exported(ana)
    assert "rosa" not in data.casefold()
    assert "Ines Pardo" not in data  # the field is of one piece: it waits whole
    assert "Luisa" not in data
    assert "parent" not in data


def test_written_anew_each_of_them_says_it_no_more_and_an_export_writes_the_rest(ana, house, named):
    for row in [each for each in waiting(ana) if each.about != "evidence"]:
        with ana.work() as work:
            again = work.get(TextBeside, row.id)
            (shown,) = erasure.show(work, [again])
            given = {place: clean(text) for place, text in shown.said.items()}
            if given == shown.said:
                erasure.say_nothing(work, again)
            else:
                erasure.rewrite(work, again, given)
        erasure.finish(house)
    assert waiting(ana) == []
    assert says(ana, "rosa") == set()
    data = exported(ana)
    assert "rosa" not in data.casefold()
    assert "Ines Pardo" in data
    assert "Luisa" in data
    with ana.work() as work:
        assert list(work.breaks()) == []
        assert list(consent.breaks(work)) == []


def clean(text):
    words = text.replace(NAME, "somebody")
    return "gorrión" if words == "rosa" else words


def test_closed_after_thirty_days_the_codes_that_protect_somebody_stay(ana, house, named):
    _incident, _rosa, other, _done = named
    was = house.now
    house.now = lambda: was() + timedelta(days=31)
    assert says(ana, "rosa") == set()
    with ana.work() as work:
        (basis,) = work.db.scalars(select(Basis).where(Basis.person_id == other))
        assert work.vault.view(basis, "facts") == {"kind": "dead", "purposes": []}
        event = work.db.scalars(select(ConsentEvent).where(ConsentEvent.person_id == other)).one()
        assert work.vault.view(event, "names") == Unreadable("closed")
        assert work.vault.view(event, "decisions")["decisions"]


def test_names_and_ways_to_reach_somebody_are_told_apart_from_words():
    said = texts.Texts()
    said.add("report_part", "content", {"person": {"identity": {"name": "Ana", "contact": "By her aunt"}}})
    said.add("person", "name", "The sister of Rosa Ibarra")
    said.add("person", "safe_contact", {"may_call": "no", "code_word": "rosa"})
    said.add("consent_event", "names", {"witness": "Rosa"})
    assert said.words == {}
    assert said.own_names == {"name.text": "The sister of Rosa Ibarra"}
    assert said.names == {
        "content.person.identity.contact": "By her aunt",
        "safe_contact.code_word": "rosa",
        "names.witness": "Rosa",
    }


# Sealed columns in which nobody writes words, or that go with their own person or writer.
NO_WORDS = {
    "facts": "codes",
    "decisions": "codes",
    "birth_date": "the person's own",
    "phone": "the person's own",
    "about": "figures of an import",
    "input": "a job's, gone with it",
    "result": "a job's, gone with it",
    "permits": "ids",
    "ledger": "codes",
    "manifest": "counts",
    "pack": "rows of codes",
    "choice": "a recipient, and what goes to them",
    "promised": "hashes",
}


def test_every_open_text_is_looked_through_for_a_name_and_no_sealed_column_is_forgotten():
    looked = {(kind.__tablename__, column) for kind, columns in elsewhere.SCANNED for column in columns}
    looked |= {(kind.__tablename__, column) for kind, column in elsewhere.OPENED}
    listed = {(table, column) for table, columns in OPEN_TEXT.items() for column in columns}
    assert looked == {each for each in listed if each[0] not in FOLLOWS}
    kinds = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)]
    sealed = {(kind.__tablename__, column) for kind in kinds for column in compartments(kind)}
    others = {
        column for table, column in sealed - listed if table not in ("draft", "saved")
    }  # their writer's
    assert others == set(NO_WORDS)


def test_why_a_release_was_recalled_is_written_anew_and_its_pack_stays(house, ana):
    incident = take_in_one(house, ana, document(NAME))
    with ana.work() as work:
        (rosa,) = people_of(work, incident)
        gone = Release(
            reference="L-0001-0001",
            state=ReleaseState.RECALLED,
            policy="public-table",
            prepared_by=work.actor.id,
            prepared_on=work.today,
            signed_by=uuid4(),
        )
        work.seal(gone, manifest={"k": 5}, pack={"data.csv": ""}, recalled_why=f"{NAME} took it back.")
        work.add(gone)
    with ana.work() as work:
        erasure.erase_person(work, work.get(Person, rosa.id), DECISION)
    erasure.finish(house)
    with ana.work() as work:
        (row,) = [each for each in erasure.waiting(work) if each.about == "release"]
        erasure.rewrite(work, row, {"recalled_why.text": "Somebody took it back."})
    erasure.finish(house)
    with ana.work() as work:
        again = work.get(Release, gone.id)
        assert work.vault.view(again, "recalled_why") == "Somebody took it back."
        assert work.vault.view(again, "manifest") == {"k": 5}
        assert work.vault.view(again, "pack") == {"data.csv": ""}
