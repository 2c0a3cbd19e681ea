"""Quotes in a pack of tables: chosen, printed as two signed them, and stopped by every no of whoever is in them."""

import csv
import io
import random
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents import consent, erasure, redaction
from incidents.errors import ConsentChanged, InvalidInput, SecondPersonNeeded
from incidents.intake import editing
from incidents.model.people import Person
from incidents.model.quote import QuoteKind, QuoteState
from incidents.model.release import Release, ReleasedQuote, ReleasedRow
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import Purpose
from incidents.release import correct, ledger, making, publish, quoted
from incidents.release.publish import Wanted
from tests import make
from tests.conftest import EVERYTHING
from tests.redaction import quoting, test_cases
from tests.redaction.test_shelf import given
from tests.release import unpacked
from tests.release.test_citation import document
from tests.release.test_correct import corrected
from tests.release.test_publish import manifest, pack, signed, story, tell

POLICY = "public-table"
PURPOSES = (Purpose.QUOTE, Purpose.PUBLISH)
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def shelf(staff):
    """Twelve incidents to count, and one of which two quotes were signed: one of who told it, one account."""
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    incident = quoting.tell(staff)
    return [quoting.signed(staff, incident, kind) for kind in (QuoteKind.QUOTE, QuoteKind.ACCOUNT)]


def prepared(staff, quotes=(), filters=None):
    with staff.analyst.work() as work:
        return publish.ready(work, Wanted(POLICY, filters or {}, quotes=tuple(quotes))).id


def out(staff, quotes, filters=None):
    """A pack with these, signed by both."""
    release = prepared(staff, quotes, filters)
    for who in (staff.coordinator, staff.second):
        signed(staff, release, who)
    return release


def someone(work, shelf, who):
    """Whoever told the account, or the one that it tells of."""
    id = quoting.of(work, shelf[0]).person_id if who == "teller" else quoting.person(work, quoting.MENTIONED)
    return work.get(Person, id)


def lines(files, language):
    data = files.get(f"quotes.{language}.csv", b"").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(data, newline="")))


def state(staff, release):
    with staff.analyst.work() as work:
        return work.get(Release, release).state.value


def leaves(staff, release):
    try:
        return pack(staff, release)
    except ConsentChanged:
        return None


def decide(staff, shelf, who, purpose, said):
    with staff.reviewer.work() as work:
        person = someone(work, shelf, who)
        if said == "withdrawn":
            consent.withdraw(work, person, [purpose])
        else:
            consent.decide(work, person, {"given_by": "self", "decisions": {purpose.value: said}})


def test_what_is_chosen_is_printed_under_its_pseudonym_with_a_note_in_both_languages(staff, shelf):
    (on_shelf,) = [each for each in quoting.shelf(staff) if each.id == shelf[0]]
    files = pack(staff, out(staff, shelf))
    assert manifest(files)["quotes"] == {"account": 1, "quote": 1}
    for language, by, said in (("en", "interview with", " said"), ("es", "Entrevista de", " dijo")):
        page = files[f"report-{language}.html"].decode()
        assert page.count("<blockquote") == 2
        assert on_shelf.pseudonym in page
        assert "No he podido dormir desde entonces." in page  # in no other language than their own
        assert by in page
        assert said in page
        found = lines(files, language)
        assert [line["kind"] for line in found] == ["quote", "account"]
        assert found[0]["words"] == on_shelf.text
        assert found[0]["who"].startswith(f"{on_shelf.pseudonym}, ")
        assert on_shelf.pseudonym in found[0]["note"]
        assert {line["source"] for line in found} == {manifest(files)["cite"][language]}
    everything = unpacked.text(files)
    assert not [canary for canary in make.CANARIES if canary in everything]
    assert quoting.MENTIONED.split()[0] not in everything
    assert not [id for id in shelf if str(id) in everything or id.hex in everything]


def test_nothing_is_printed_that_nobody_chose(staff, shelf):
    release = prepared(staff)
    signed(staff, release)  # one is enough, as the policy says
    files = pack(staff, release)
    assert "quotes" not in manifest(files)
    assert not [name for name in files if name.startswith("quotes")]
    assert b"<blockquote" not in files["report-en.html"]


def test_a_pack_with_somebodys_words_is_signed_by_two_beside_whoever_prepared_it(staff, shelf):
    release = prepared(staff, shelf)
    signed(staff, release)
    assert state(staff, release) == "prepared"
    with pytest.raises(SecondPersonNeeded):
        signed(staff, release)
    signed(staff, release, staff.second)
    assert state(staff, release) == "signed"


def test_who_signs_reads_each_quote_as_it_leaves(staff, shelf):
    release = prepared(staff, shelf)
    with staff.coordinator.work() as work:
        found = quoted.printed(work, work.get(Release, release), "en")
    assert [each.words for each in found] == [
        next(each.text for each in quoting.shelf(staff) if each.id == id) for id in shelf
    ]


def test_rows_print_no_quotes(staff, shelf):
    for deed in (publish.ready, making.start):
        with staff.analyst.work() as work, pytest.raises(InvalidInput):
            deed(work, Wanted("dataset-research", {}, quotes=tuple(shelf)))


def test_no_more_are_printed_than_somebody_reads(staff):
    with staff.analyst.work() as work, pytest.raises(InvalidInput):
        making.start(work, Wanted(POLICY, {}, quotes=tuple(uuid4() for _each in range(quoted.MOST + 1))))


def test_what_is_not_on_the_shelf_is_not_taken(staff, shelf):
    with staff.reviewer.work() as work:
        redaction.recall(work, quoting.of(work, shelf[0]), "mistake")
    with pytest.raises(ConsentChanged):
        prepared(staff, shelf)


@pytest.mark.parametrize(
    ("who", "purpose", "said"),
    [
        ("teller", Purpose.QUOTE, "withdrawn"),
        ("teller", Purpose.QUOTE, "refused"),
        ("mentioned", Purpose.QUOTE, "refused"),  # in it, and nobody could recognize them: their no is heard
        ("teller", Purpose.STATISTICS, "withdrawn"),
    ],
)
def test_a_no_of_whoever_is_in_it_stops_the_pack_and_the_correction_goes_without_it(
    staff, shelf, who, purpose, said
):
    release = out(staff, shelf[:1])
    assert leaves(staff, release)
    with staff.reviewer.work() as work:
        held = publish.holding(work, someone(work, shelf, who))
    assert release in [each.id for each in held]
    decide(staff, shelf, who, purpose, said)
    assert leaves(staff, release) is None
    with (
        staff.coordinator.work() as work
    ):  # nor are the words shown any more, if they are what was said no to
        shown = quoted.printed(work, work.get(Release, release), "en")
    assert bool(shown) == (purpose == Purpose.STATISTICS)
    correction = corrected(staff, release)
    with staff.analyst.work() as work:
        printed = quoted.printed(work, work.get(Release, correction), "en")
    assert bool(printed) == (purpose == Purpose.STATISTICS)  # they may still be quoted, and are not counted
    for each in (staff.coordinator, staff.second):  # somebody has the edition whose place it takes
        signed(staff, correction, each)
    files = pack(staff, correction)
    assert ("quotes.en.csv" in files) == bool(printed)
    # An empty cell of the sheet is explained where the sheet is.
    assert ("idioma: vacío si nadie lo anotó" in files["README.txt"].decode()) == bool(printed)
    assert state(staff, release) == "recalled"


def test_a_yes_that_ran_out_stops_a_signature_but_no_download(staff, house, shelf, monkeypatch):
    release = out(staff, shelf[1:])
    with staff.reviewer.work() as work:
        permit = consent.permits(work, someone(work, shelf, "teller"), Purpose.PUBLISH)
        assert isinstance(permit, consent.Permit)
    then = house.now()
    monkeypatch.setattr(house, "now", lambda: then + timedelta(days=800))
    assert leaves(staff, release)
    with pytest.raises(ConsentChanged):
        prepared(staff, shelf[1:])


def test_what_changed_since_it_was_prepared_is_not_signed(staff, shelf):
    release = prepared(staff, shelf[:1])
    with staff.reviewer.work() as work:
        redaction.decide(work, quoting.of(work, shelf[0]), 3, take=False)
    with pytest.raises(ConsentChanged):
        signed(staff, release)
    for who in ("reviewer", "other_reviewer"):  # signed anew, in other words
        quoting.sign(staff, shelf[0], who)
    with pytest.raises(ConsentChanged):
        signed(staff, release)


def test_what_is_decided_anew_at_the_desk_stops_no_download_and_what_is_taken_off_does(staff, shelf):
    release = out(staff, shelf[:1])
    before = leaves(staff, release)
    with staff.reviewer.work() as work:
        redaction.decide(work, quoting.of(work, shelf[0]), 3, take=False)
    assert leaves(staff, release) == before
    with staff.reviewer.work() as work:
        redaction.recall(work, quoting.of(work, shelf[0]), "danger")
    assert leaves(staff, release) is None


@pytest.mark.parametrize("whom", ["teller", "mentioned", "report"])
def test_an_erasure_leaves_no_way_from_the_release_to_who_was_quoted(staff, house, shelf, whom):
    release = out(staff, shelf[:1])
    with staff.coordinator.work() as work:
        if whom == "report":
            part = work.get(ReportPart, quoting.of(work, shelf[0]).part_id)
            erasure.erase_report(work, work.get(Report, part.report_id), quoting.WHY)
        else:
            person = someone(work, shelf, whom)
            hashed = ledger.keyed(work, "person", person.id)
            erasure.erase_person(work, person, quoting.WHY)
    erasure.finish(house)
    assert leaves(staff, release) is None
    if whom != "report":
        with staff.analyst.work() as work:
            found = work.db.scalars(select(ReleasedQuote)).all()
            assert hashed not in {row.person for row in found}
            assert [row for row in found if row.person is None and row.quote is None and row.told is None]
            assert not work.db.scalars(select(ReleasedRow).where(ReleasedRow.person == hashed)).all()


@pytest.fixture
def case(staff):
    """Twelve incidents to count, and a case of one more."""
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    return test_cases.signed(staff, quoting.tell(staff))


def test_a_case_is_printed_in_a_list_of_cases_with_what_was_agreed_to_before_it(staff, case):
    (on_shelf,) = quoting.shelf(staff)
    files = pack(staff, out(staff, [case]))
    assert manifest(files)["quotes"] == {"case": 1}
    for language, heading, country, month in (
        ("en", "Cases", "Venezuela", "November 2019"),
        ("es", "Casos", "Venezuela", "noviembre de 2019"),
    ):
        page = files[f"report-{language}.html"].decode()
        assert f">{heading}</h2>" in page
        who = f"{on_shelf.pseudonym}, 36, {country}, Baja California, {month}:"
        other = "" if language == "en" else " (en inglés, sin traducir)"
        mark = '<span lang="en">' if other else ""
        words = f"{who.removesuffix(':')}{other}: {mark}She was taken off a bus"
        assert words in page
        (run,) = re.findall(
            r"<w:r>(?:(?!</w:r>).)*She was taken off a bus", document(files[f"report-{language}.docx"])
        )
        assert '<w:lang w:val="en-US"/>' in run
        assert "Accounts" not in page
        (line,) = lines(files, language)
        assert (line["kind"], line["words"], line["language"]) == ("case", on_shelf.text, "en")
        assert on_shelf.pseudonym in line["note"]
        assert ("interview" in line["note"]) is False  # there was none: it is on file
    assert test_cases.RISK not in unpacked.text(files)
    assert "her by the sum" not in unpacked.text(files)


def test_whoever_a_case_is_about_stops_it_by_their_no_to_being_published(staff, case):
    release = out(staff, [case])
    decide(staff, [case], "teller", Purpose.QUOTE, "refused")
    assert leaves(staff, release)  # they were not quoted
    decide(staff, [case], "teller", Purpose.PUBLISH, "withdrawn")
    assert leaves(staff, release) is None


class History:
    """A pack that holds two quotes, and what may happen to whoever is in them, at random."""

    def __init__(self, house, staff, shelf, seed):
        self.house, self.staff, self.shelf, self.chance = house, staff, shelf, random.Random(seed)
        self.releases = [out(staff, shelf)]

    def step(self):
        self.chance.choice(
            [self.says_no, self.says_yes, self.edits, self.takes_off, self.waits, self.corrects]
        )()

    def says_no(self):
        who, said = self.chance.choice(["teller", "mentioned"]), self.chance.choice(["withdrawn", "refused"])
        decide(self.staff, self.shelf, who, self.chance.choice([Purpose.QUOTE, Purpose.PUBLISH]), said)

    def says_yes(self):
        with self.staff.reviewer.work() as work:
            purpose = self.chance.choice([Purpose.QUOTE, Purpose.PUBLISH])
            given(work, someone(work, self.shelf, "teller").id, purpose, "given")

    def edits(self):
        with self.staff.coordinator.work() as work:
            row = someone(work, self.shelf, "teller")
            editing.edit(work, row, row.version, {"age": self.chance.randrange(20, 60)}, "She said so.")

    def takes_off(self):
        id = self.chance.choice(self.shelf)
        with self.staff.reviewer.work() as work:
            if quoting.of(work, id).state == QuoteState.SIGNED and self.chance.random() < 0.3:
                redaction.recall(work, quoting.of(work, id), "asked")

    def waits(self):
        now, days = self.house.now, self.chance.choice([1, 400])
        self.house.now = lambda: now() + timedelta(days=days)

    def corrects(self):
        try:
            correction = corrected(self.staff, self.releases[-1])
            for who in (self.staff.coordinator, self.staff.second):
                if state(self.staff, correction) == "prepared":
                    signed(self.staff, correction, who)
        except (correct.NothingToCorrect, ConsentChanged):
            return
        self.releases.append(correction)

    def holds(self):
        """Asked apart from the release: what leaves prints nobody's words who said no to it, or that were taken off."""
        for release in self.releases:
            files = leaves(self.staff, release) if state(self.staff, release) == "signed" else None
            printed = lines(files, "en") if files else []
            for kind in {line["kind"] for line in printed}:
                which = ("quote", "account").index(kind)
                purpose, id = PURPOSES[which], self.shelf[which]
                with self.staff.reviewer.work() as work:
                    assert quoting.of(work, id).state != QuoteState.RECALLED
                    people = [someone(work, self.shelf, who) for who in ("teller", "mentioned")]
                    told, other = (consent.permits(work, each, purpose) for each in people)
                assert getattr(told, "reason", "expired") == "expired"
                assert getattr(other, "reason", "") not in ("withdrawn", "refused")


@pytest.mark.parametrize("seed", range(5 if EVERYTHING else 1))
def test_whatever_happens_nobodys_words_leave_after_their_no(house, staff, shelf, seed):
    history = History(house, staff, shelf, seed)
    history.holds()
    for _step in range(6):
        history.step()
        history.holds()
