"""Random histories of consents, withdrawals, expiries, erasures, releases, corrections, packages and evidence in them.

Beside the program goes a small model of what each person said, kept in another way. Nothing may leave without a
Permit that the model knows of on that day: at the preparing, at the signature and at each download, however much later.
"""

import io
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pyrage
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from incidents import consent, erasure, evidence, review, search, sharing
from incidents.consent import Permit, codes, pacing
from incidents.errors import ConsentChanged, ConsentMissing, Erased, InvalidInput
from incidents.intake import parting, report, schema
from incidents.intake.take_in import take_in
from incidents.model.consent import ConsentEvent
from incidents.model.evidence import Custody, CustodyEvent
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.release import Release, ReleasedRow
from incidents.model.sharing import SharedPerson, Sharing
from incidents.model.vocabulary import Purpose, Role, Verification
from incidents.release import correct, publish
from incidents.release.anonymize import TooFewForK
from incidents.release.editions import DifferSinceThen, ReleasesDiffer
from incidents.work import NODE_ACTOR, begin
from tests import make
from tests.conftest import EVERYTHING
from tests.evidence import invented
from tests.test_withdrawal_words import NOBODYS

BEGUN = date(2026, 11, 27)
P = Purpose
ASKED = (P.RECORD, P.STATISTICS, P.ROWS, P.PUBLISH, P.LEGAL, P.PHOTO, P.CONTACT)
FIRST = {purpose.value: "given" for purpose in (P.RECORD, P.STATISTICS, P.ROWS, P.LEGAL, P.PHOTO)}
INCIDENTS = (
    7  # one teller each; in the first somebody else was harmed too, of the second two people told apart
)
LAST = INCIDENTS + 1  # of the people
TOLD_TWICE = 1
PICTURED = 3  # incidents of which there is a picture that shows everybody in them
LAWYER = str(pyrage.x25519.Identity.generate().to_public())
DECISION = "They asked for it on the phone; two of us agreed."
STAFF = {
    "reviewer": Role.REVIEWER,
    "analyst": Role.ANALYST,
    "second": Role.COORDINATOR,
    "writer": Role.FIELD_RESEARCHER,
}


# -- the model: what each person said, and what follows


@dataclass
class Said:
    """One event of a ledger, as somebody might have noted it on paper."""

    on: date
    decisions: dict[str, str]
    until: date | None = None
    answers: int = 0  # how many withdrawals were known as they said yes again


@dataclass
class Somebody:
    id: UUID
    incident: int
    teller: bool
    words: str = ""
    said: list[Said] = field(default_factory=list)
    withdrew: list[tuple[date, frozenset[str]]] = field(default_factory=list)  # no purpose: everything
    erased: bool = False

    def stopped(self, purpose: Purpose, day: date) -> bool:
        """Whether they took it back, and nothing that they said since answers that."""
        if self.erased:
            return True
        for number, (on, purposes) in enumerate(self.withdrew, 1):
            covers = not purposes or {purpose.value, "REC"} & purposes
            answered = any(
                each.answers >= number and each.on <= day and each.decisions.get(purpose.value) == "given"
                for each in self.said
            )
            if on <= day and covers and not answered:
                return True
        return False

    def last(self, purpose: Purpose, day: date) -> Said | None:
        found = [each for each in self.said if purpose.value in each.decisions and each.on <= day]
        latest = max((each.on for each in found), default=None)
        return next((each for each in reversed(found) if each.on == latest), None)

    def says_no(self, purpose: Purpose, day: date) -> bool:
        """A no of any kind: what stops even a pack that was signed."""
        kept = self.last(P.RECORD, day)
        last = self.last(purpose, day)
        refused = [each for each in (kept, last) if each is not None]
        by = [
            each.decisions[each_purpose.value]
            for each, each_purpose in zip((kept, last), (P.RECORD, purpose), strict=True)
            if each is not None
        ]
        return self.stopped(purpose, day) or (bool(refused) and "refused" in by)

    def permits(self, purpose: Purpose, day: date) -> bool:
        last = self.last(purpose, day)
        if self.says_no(purpose, day) or last is None or last.decisions[purpose.value] != "given":
            return False
        until = last.until
        if until is None and purpose == P.PUBLISH:
            until = last.on.replace(year=last.on.year + 2)
        return until is None or day <= until


# -- the world that each history begins in


@dataclass(frozen=True)
class Picture:
    """A piece of evidence, and who can be recognised in it, by their place among the people."""

    id: UUID
    incident: int
    shown: tuple[int, ...]


@dataclass(frozen=True)
class Packed:
    """A package as it was prepared: what the model says was in it, and whether it was signed."""

    id: UUID
    content: frozenset[tuple[int, frozenset[UUID]]]
    pictures: tuple[Picture, ...]
    erased: int  # how many were erased by then


@dataclass
class World:
    folder: Path
    members: dict[str, make.Member]
    people: list[Somebody]
    pictures: list[Picture]


def build(template: make.Template, folder) -> World:
    """Seven incidents found credible, all alike: enough for a release, and somebody may leave."""
    instance = template.copy(folder, make.database_file(folder))
    with instance.app.app_context():
        house = instance.house
        house.now = lambda: datetime(BEGUN.year, BEGUN.month, BEGUN.day, 12, tzinfo=UTC)
        members = {"coordinator": template.founder_in(house)}
        for name, role in STAFF.items():
            members[name] = make.member(house, members["coordinator"], f"{name} Inventada", role)
        people: list[Somebody] = []
        for number in range(INCIDENTS):
            people += tell(members, number)
        with members["reviewer"].work() as work:
            for act in work.db.scalars(select(Act)):
                review.move(work, act, Verification.CREDIBLE, "Detailed and consistent account.")
        pictures = [take_picture(members, people, number) for number in range(PICTURED)]
    instance.close()
    return World(folder, members, people, pictures)


def take_picture(members, people: list[Somebody], number: int) -> Picture:
    shown = tuple(place for place, each in enumerate(people) if each.incident == number)
    data = invented.jpeg()
    with members["reviewer"].work() as work:
        _person, incidents = search.person(work, people[shown[0]].id)
        item = evidence.keep(work, incidents[0], invented.about(data), io.BytesIO(data))
    with members["reviewer"].work() as work:
        evidence.name_people(work, evidence.one(work, item.id), [], [people[place].id for place in shown])
    return Picture(item.id, number, shown)


def tell(members, number: int) -> list[Somebody]:
    def one(key, *, teller):
        given = {"decisions": FIRST, "on": BEGUN.isoformat()}
        facts = {"age": 30, "gender": "F", "nationality": ["HND"]}
        return {"key": key, "teller": teller, "facts": facts, "consent": given}

    persons = [one("p1", teller=True), *([one("p2", teller=False)] if number == 0 else [])]
    first = tell_one(members, number, persons)
    again = [one("p1", teller=True)]
    return first + (tell_one(members, number, again, link_to=first[0].id) if number == TOLD_TWICE else [])


def tell_one(members, number: int, persons, link_to: UUID | None = None) -> list[Somebody]:
    """A report of an incident; of one that is known already, without what the first said of exposure."""
    facts = make.report_document()["incident"] | ({"exposure": "JUS"} if link_to is None else {})
    document = make.report_document(persons=persons, involvements=None, sources=None, incident=facts)
    with members["writer"].work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with members["writer"].work() as work:
        (words,) = parting.shown(work, sent)
    with members["reviewer"].work() as work:
        ids = report.read(work, sent).person_ids
        known = search.person(work, link_to)[1][0].id if link_to else None
        take_in(work, sent, link_to=known)
    agreed = Said(BEGUN, dict(FIRST))
    return [
        Somebody(ids[each["key"]], number, each["teller"], words if each["teller"] else "", [agreed])
        for each in persons
    ]


class History(RuleBasedStateMachine):
    """Everything that may happen to consents, in any order."""

    world: ClassVar[World]
    folders: ClassVar[Iterator[Path]]

    def __init__(self) -> None:
        super().__init__()
        self.folder = next(self.folders)
        shutil.copytree(self.world.folder, self.folder)
        self.instance = make.Instance.open(self.folder, make.database_file(self.folder))
        self.context = self.instance.app.app_context()
        self.context.push()
        self.house = self.instance.house
        self.day = BEGUN
        self.house.now = lambda: datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        self.members = {n: replace(m, house=self.house) for n, m in self.world.members.items()}
        self.people = [
            replace(each, said=list(each.said), withdrew=list(each.withdrew)) for each in self.world.people
        ]
        self.prepared: list[UUID] = []
        self.within: dict[UUID, set[UUID]] = {}
        self.signed: list[UUID] = []
        self.signed_once = False
        self.packed: list[Packed] = []
        self.handed: list[Packed] = []  # signed, and downloaded on any later day
        self.left: Counter[UUID] = Counter()  # how often a picture left
        self.unverified: set[int] = set()  # incidents that have to be looked at again, or left all counts

    def teardown(self) -> None:
        self.context.pop()
        self.instance.close()
        shutil.rmtree(self.folder)

    def work(self, who: str):
        return self.members[who].work()

    # -- what people do

    @rule(
        who=st.integers(0, LAST),
        decisions=st.dictionaries(
            st.sampled_from([p.value for p in ASKED]),
            st.sampled_from(["given", "given", "refused"]),
            min_size=1,
        ),
        days=st.sampled_from([None, 0, 30, 400]),
        back=st.sampled_from([0, 0, 0, 20]),
        again=st.booleans(),
        stale=st.booleans(),
    )
    def decides(self, who, decisions, days, back, again, stale) -> None:
        person = self.people[who]
        on = max(BEGUN, self.day - timedelta(days=back))
        until = None if days is None else on + timedelta(days=days)
        stands = any(
            not purposes or {"REC", *(p for p, said in decisions.items() if said == "given")} & purposes
            for _on, purposes in person.withdrew
        )
        again = again and stands
        with self.work("reviewer") as work:
            known = [row.id for row in consent.withdrawals(work, [person.id]).get(person.id, [])]
        given = {"decisions": decisions, "on": on.isoformat(), "again": known if again else []}
        if again and stale and not person.erased:
            self.knows_nothing_of_it(person, given)
        if until is not None:
            given["terms"] = {purpose: {"until": until.isoformat()} for purpose in decisions}
        try:
            with self.work("reviewer") as work:
                consent.decide(work, work.get(Person, person.id), given)
        except Erased:  # withdrawals are still taken, new decisions are not
            assert person.erased
            return
        person.said.append(Said(on, decisions, until, len(person.withdrew) if again else 0))

    def knows_nothing_of_it(self, person: Somebody, given) -> None:
        """A page that was opened before somebody took something back: its yes answers nothing, and is not kept."""
        with pytest.raises(InvalidInput), self.work("reviewer") as work:
            consent.decide(work, work.get(Person, person.id), {**given, "again": [UUID(int=0)]})

    @rule(who=st.integers(0, LAST), purposes=st.sets(st.sampled_from(ASKED), max_size=2))
    def withdraws(self, who, purposes) -> None:
        person = self.people[who]
        with self.work("reviewer") as work:
            consent.withdraw(work, work.get(Person, person.id), purposes)
        person.withdrew.append((self.day, frozenset(p.value for p in purposes)))

    @rule(who=st.integers(0, LAST))
    def types_their_words(self, who) -> None:
        person = self.people[who]
        with begin(self.house, NODE_ACTOR, None) as work:
            consent.withdraw_by_words(work, person.words or NOBODYS)
        if person.words:
            person.withdrew.append((self.day, frozenset()))

    @rule(days=st.sampled_from([1, 29, 31, 400]))
    def time_goes_by(self, days) -> None:
        self.day += timedelta(days=days)

    @precondition(lambda self: sum(each.erased for each in self.people) < 2)
    @rule(who=st.integers(0, LAST))
    def is_erased(self, who) -> None:
        person = self.people[who]
        if person.erased:
            return
        with self.work("coordinator") as work:
            erasure.erase_person(work, work.get(Person, person.id), DECISION)
        erasure.finish(self.house)
        person.erased = True
        if person.teller:  # nobody else told of it: its acts leave all counts
            self.unverified.add(person.incident)

    # -- what leaves

    @rule()
    def is_prepared(self) -> None:
        try:
            with self.work("analyst") as work:
                release = publish.prepare(work, "dataset-research", {}).id
        except TooFewForK:
            assert (
                len({each.incident for each in self.rows_that_may_leave()}) < 5 + 1
            )  # k counts incidents too
            return
        except ReleasesDiffer:
            assert self.signed_once  # there is something to be compared with
            return
        assert self.in_pack(release) <= {each.id for each in self.rows_that_may_leave()}
        self.prepared.append(release)

    def rows_that_may_leave(self) -> list[Somebody]:
        told = {each.incident for each in self.people if each.teller and each.permits(P.ROWS, self.day)}
        return [
            each
            for each in self.people
            if each.incident not in self.unverified
            and each.permits(P.ROWS, self.day)
            and each.incident in told
        ]

    def in_pack(self, release: UUID) -> set[UUID]:
        """Whom a pack rests on, found as the program finds them while it is new: an erasure takes them out of it."""
        if release not in self.within:
            with self.work("analyst") as work:
                query = select(ReleasedRow.person).where(ReleasedRow.release_id == release)
                listed = {*work.db.scalars(query)}
                mine = {each.id for each in self.people if publish.keyed(work, "person", each.id) in listed}
            self.within[release] = mine
        return self.within[release]

    @precondition(lambda self: self.prepared)
    @rule(which=st.integers(0, 5))
    def is_signed(self, which) -> None:
        release = self.prepared[which % len(self.prepared)]
        within = [each for each in self.people if each.id in self.in_pack(release)]
        may = all(each.permits(P.ROWS, self.day) and each.incident not in self.unverified for each in within)
        try:
            with self.work("second") as work:
                publish.sign(work, work.get(Release, release), declared=True)
        except ConsentChanged:
            assert not may
            return
        except DifferSinceThen:
            assert may
            assert self.signed_once
            return
        assert may
        self.signed_once = True
        self.prepared.remove(release)
        self.signed = [each for each in self.signed if self.is_out(each)] + [release]

    def is_out(self, release: UUID) -> bool:
        with self.work("second") as work:
            return bool(work.get(Release, release).state == "signed")

    @precondition(lambda self: self.signed)
    @rule(which=st.integers(0, 5))
    def is_downloaded(self, which) -> None:
        release = self.signed[which % len(self.signed)]
        within = [each for each in self.people if each.id in self.in_pack(release)]
        stopped = any(each.says_no(P.ROWS, self.day) for each in within)
        try:
            with self.work("analyst") as work:
                assert publish.files(work, work.get(Release, release))["data.csv"]
        except ConsentChanged:
            assert stopped
            return
        assert not stopped

    @precondition(lambda self: self.signed)
    @rule(which=st.integers(0, 5))
    def is_corrected(self, which) -> None:
        release = self.signed[which % len(self.signed)]
        before = self.in_pack(release)
        try:
            with self.work("analyst") as work:
                correction = correct.correct(work, work.get(Release, release)).id
        except (correct.NothingToCorrect, correct.NothingLeft):
            return
        within = self.in_pack(correction)
        assert within < before
        assert within <= {each.id for each in self.rows_that_may_leave()}
        self.prepared.append(correction)

    # -- packages

    @rule(
        pictures=st.sets(st.integers(0, PICTURED - 1)), at_once=st.sampled_from(["signed", "handed over", ""])
    )
    def is_packed_for_a_lawyer(self, pictures, at_once) -> None:
        """Everything of every incident, and some pictures: refused where one of these may not go.

        Many are signed and handed over that day; all wait for what comes later too.
        """
        chosen = tuple(each for each in self.world.pictures if each.incident in pictures)
        if at_once:  # somebody looked first which may go
            chosen = tuple(each for each in chosen if self.may_go(each))
        with self.work("reviewer") as work:
            incidents = tuple(sorted(set(work.db.scalars(select(Act.incident_id)))))
        choice = sharing.Choice(
            P.LEGAL, "An invented lawyer", LAWYER, DECISION, incidents, evidence={p.id: () for p in chosen}
        )
        content, goes = self.packable(), all(self.may_go(each) for each in chosen)
        try:
            with self.work("reviewer") as work:
                id = sharing.prepare(work, choice).id
        except ConsentMissing:
            assert not content
            return
        except InvalidInput:
            assert not goes
            return
        assert content
        assert goes
        self.holds_nothing_of_whoever_does_not_permit(choice)
        self.packed.append(Packed(id, content, chosen, self.erased()))
        self.names_its_permits(id, content)
        if at_once:
            self.a_package_is_signed(-1)
        if at_once == "handed over":
            self.a_package_is_downloaded(-1)

    def packable(self) -> frozenset[tuple[int, frozenset[UUID]]]:
        """Of each incident whose teller permits today: everybody in it who does."""
        tellers = {each.incident for each in self.people if each.teller and each.permits(P.LEGAL, self.day)}
        return frozenset(
            (
                number,
                frozenset(e.id for e in self.people if e.incident == number and e.permits(P.LEGAL, self.day)),
            )
            for number in tellers
        )

    def holds_nothing_of_whoever_does_not_permit(self, choice) -> None:
        """Of an incident that two told apart: the act of each who permits, and what only one said with their yes."""
        with self.work("reviewer") as work:
            permitting = [e for e in self.people if e.incident == TOLD_TWICE and e.permits(P.LEGAL, self.day)]
            (two,) = {search.person(work, e.id)[1][0].id for e in self.people if e.incident == TOLD_TWICE}
            found = sharing.read(work, replace(choice, incidents=(two,), evidence={})).incidents
        assert [len(each["acts"]) for each in found] == ([len(permitting)] if permitting else [])
        for each in found:
            assert ("exposure" in each["facts"]) == (len(permitting) == 2)
            if not any(e.erased for e in self.people if e.incident == TOLD_TWICE):
                assert (
                    "place" in each["facts"]
                )  # both said it; a report that waits for an answer says nothing

    def may_go(self, picture: Picture) -> bool:
        within = [self.people[place] for place in picture.shown]
        return all(each.permits(purpose, self.day) for each in within for purpose in (P.LEGAL, P.PHOTO))

    def erased(self) -> int:
        return sum(each.erased for each in self.people)

    def names_its_permits(self, id: UUID, content) -> None:
        """A package names the Permit of each person in it, and lists nobody else."""
        with self.work("second") as work:
            _package, _choice, promised = sharing.one(work, id)
            listed = set(work.db.scalars(select(SharedPerson.person).where(SharedPerson.sharing_id == id)))
            events = set(work.db.scalars(select(ConsentEvent.id)))
            within = {e.id for e in self.people if work.vault.keyed("shared/person", e.id) in listed}
        assert within == set().union(*(people for _number, people in content))
        assert len(listed) == len(within)
        assert {UUID(each["person"]) for each in promised["permits"]} == within
        assert all(each["kind"] == "consent" and UUID(each["id"]) in events for each in promised["permits"])

    def may_leave(self, packed: Packed) -> bool:
        return packed.content == self.packable() and all(self.may_go(each) for each in packed.pictures)

    @precondition(lambda self: self.packed)
    @rule(which=st.integers(0, 5))
    def one_is_signed(self, which) -> None:
        self.a_package_is_signed(which)

    @precondition(lambda self: self.handed)
    @rule(which=st.integers(0, 5))
    def one_is_downloaded(self, which) -> None:
        self.a_package_is_downloaded(which)

    def a_package_is_signed(self, which: int) -> None:
        packed = self.packed[which % len(self.packed)]
        try:
            with self.work("second") as work:
                sharing.sign(work, work.get(Sharing, packed.id), declared=True)
        except (
            ConsentChanged
        ):  # an erasure may change what is known of an act, even of people who were not in it
            assert not self.may_leave(packed) or self.erased() > packed.erased
            return
        assert self.may_leave(packed)
        self.packed.remove(packed)
        self.handed.append(packed)

    def a_package_is_downloaded(self, which: int) -> None:
        packed = self.handed[which % len(self.handed)]
        try:
            with self.work("second") as work:
                sharing.download(work, work.get(Sharing, packed.id)).close()
        except ConsentChanged:
            assert not self.may_leave(packed) or self.erased() > packed.erased
        else:
            assert self.may_leave(packed)
            self.left.update(each.id for each in packed.pictures)

    # -- what always holds

    @invariant()
    def the_judge_and_the_model_agree(self) -> None:
        with self.work("reviewer") as work:
            rows = [work.get(Person, each.id) for each in self.people]
            answers = consent.permits_each(work, rows, ASKED)
        for each in self.people:
            for purpose in ASKED:
                answer = answers[purpose][each.id]
                assert isinstance(answer, Permit) == each.permits(purpose, self.day), (purpose, answer)

    @invariant()
    def every_released_row_names_its_permit(self) -> None:
        with self.work("analyst") as work:
            entries = list(work.db.scalars(select(ReleasedRow)))
            events = set(work.db.scalars(select(ConsentEvent.id)))
            named = work.read_all(entries, "permits")
        for entry, permits in zip(entries, named, strict=True):
            assert bool(permits) == (
                entry.incident is not None
            )  # an erasure leaves an entry that names nothing
            assert all(p["kind"] == "consent" and UUID(p["id"]) in events for p in permits)

    @invariant()
    def every_time_a_picture_left_stands_in_its_chain_and_no_other(self) -> None:
        with self.work("reviewer") as work:
            query = select(CustodyEvent.evidence_id).where(CustodyEvent.kind == Custody.RELEASED)
            assert Counter(work.db.scalars(query)) == self.left

    @invariant()
    def the_ledgers_hold(self) -> None:
        with begin(self.house, NODE_ACTOR, None) as work:
            assert Counter(each.what for each in consent.breaks(work)) == Counter()


def test_no_history_lets_anything_out_without_a_permit_in_force_that_day(
    sqlite_template, tmp_path, monkeypatch
):
    monkeypatch.setattr(codes, "SLOW", 0.0)
    monkeypatch.setattr(pacing, "FREE", 10_000)
    world = build(sqlite_template, tmp_path / "world")
    History.world = world
    History.folders = (tmp_path / f"history-{number}" for number in count())
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=40 if EVERYTHING else 5,
            stateful_step_count=35 if EVERYTHING else 14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=(Phase.generate,),  # to shrink a history that takes a second a step would take an hour
        ),
    )


def test_the_model_is_not_empty():
    """A model that permits nothing would agree with anything."""
    person = Somebody(UUID(int=1), 0, teller=True, said=[Said(BEGUN, dict(FIRST))])
    assert person.permits(P.ROWS, BEGUN)
    assert not person.permits(P.PUBLISH, BEGUN)
    person.withdrew.append((BEGUN, frozenset({"ROW"})))
    assert not person.permits(P.ROWS, BEGUN)
    person.said.append(Said(BEGUN, {"ROW": "given"}, None, 1))
    assert person.permits(P.ROWS, BEGUN)
