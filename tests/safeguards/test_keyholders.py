"""Who holds which key, whatever happened before: members come, change, forget, leave; rotations are cut.

After each step every active member opens what their roles say, and nobody else opens anything: not
with the session of then, not with the seeds they kept, not with keys of their own that were renewed.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crypto.principal import Principal
from incidents import accounts, members
from incidents.errors import LastKeyHolder, WrongSignIn
from incidents.intake import report
from incidents.model.account import User
from incidents.model.base import Compartment
from incidents.model.incident import Incident
from incidents.model.report import ReportPart
from incidents.model.vocabulary import AccountState, IncidentState, Role
from incidents.safeguards import rotation
from incidents.work import Ring, Unreadable, Vault, keys_of
from tests import make

NEW_PASSPHRASE = "siete pájaros bajo la escalera"
ROLE_SETS = st.sampled_from(
    [
        (Role.ADMINISTRATOR,),
        (Role.ANALYST,),
        (Role.AUDITOR,),
        (Role.COORDINATOR,),
        (Role.FIELD_RESEARCHER,),
        (Role.REVIEWER,),
        (Role.ANALYST, Role.FIELD_RESEARCHER),
        (Role.COORDINATOR, Role.REVIEWER),
    ]
)
SHORT = settings(
    max_examples=6,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a story of twelve steps is short enough; shrinking it takes minutes
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=40, stateful_step_count=25)


ACTIVE, DISABLED = AccountState.ACTIVE, AccountState.DISABLED
REMOVED, WAITING = AccountState.REMOVED, AccountState.WAITING


def somebody(*states: AccountState):
    """There is a member in one of these states, and a coordinator besides."""
    return precondition(lambda self: bool(self._pairs(*states)))


class Cut(BaseException):
    """The process is killed here: nothing of the program catches it."""


@dataclass
class Known:
    """What the test knows of a member, and what a member who keeps everything would know."""

    who: make.Member | None
    name: str
    roles: tuple[Role, ...]
    state: AccountState
    link: str = ""
    passphrase: str = make.PASSPHRASE
    kept: dict = field(default_factory=dict)  # every seed of a compartment that was ever open here
    former: list[tuple[Principal, int]] = field(default_factory=list)  # own keys before the present ones

    @property
    def opens(self) -> frozenset[Compartment]:
        active = self.state == ACTIVE
        return keys_of([role.value for role in self.roles]) if active else frozenset()


@dataclass(frozen=True)
class Kept:
    """A record of one compartment, and who made its key without being able to read it."""

    record: object
    column: str
    compartment: Compartment
    said: str
    maker: tuple | None = None  # the id and generation of the own key that was a holder too


class Keyholders(RuleBasedStateMachine):
    def __init__(self, template: make.Template) -> None:
        super().__init__()
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  thousands of small commits
        self.folder = Path(tempfile.mkdtemp(prefix="amparo-keyholders-", dir=memory))
        self.instance = template.copy(self.folder / "instance", make.database_file(self.folder / "instance"))
        self.context = self.instance.app.app_context()
        self.context.push()
        self.house = self.instance.house
        founder = template.founder_in(self.house)
        self.people = [Known(founder, make.FOUNDER, (Role.COORDINATOR,), ACTIVE)]
        self.records: list[Kept] = []
        self.names = (f"Persona Inventada {number}" for number in count(1))

    def teardown(self) -> None:
        try:
            with self._coordinators()[0].who.work() as work:
                assert list(work.breaks()) == []
        finally:
            self.context.pop()
            self.instance.close()
            shutil.rmtree(self.folder)

    # -- who is there

    def _coordinators(self) -> list[Known]:
        return [known for known in self.people if known.state == ACTIVE and Role.COORDINATOR in known.roles]

    def _pairs(self, *states: AccountState) -> list[tuple[Known, Known]]:
        """A member in one of these states, and a coordinator who is somebody else."""
        return [
            (who, by)
            for who in self.people
            for by in self._coordinators()
            if who.state in states and who is not by
        ]

    def _drawn(self, data, *states: AccountState) -> tuple[Known, Known]:
        return data.draw(st.sampled_from(self._pairs(*states)), label="member, by")

    def _one(self, data, *states: AccountState) -> Known:
        found = [known for known in self.people if known.state in states]
        return data.draw(st.sampled_from(found), label="member")

    def _do(self, by: Known, deed, who: Known, *more) -> None:
        with by.who.work() as work:
            deed(work, work.get(User, who.who.id), *more)

    # -- what happens

    @initialize()
    def some_records(self) -> None:
        self._write(self.people[0])

    @rule(roles=ROLE_SETS, data=st.data())
    def comes_and_is_confirmed(self, roles, data) -> None:
        by = data.draw(st.sampled_from(self._coordinators()), label="by")
        name = next(self.names)
        who = make.member(self.house, by.who, name, *roles)
        self.people.append(Known(who, name, roles, ACTIVE))

    @rule(roles=ROLE_SETS, data=st.data())
    def is_invited_and_joins(self, roles, data) -> None:
        by = data.draw(st.sampled_from(self._coordinators()), label="by")
        name = next(self.names)
        _user, link = make.invited(self.house, by.who, name, *roles)
        who = make.joined(self.house, name, link)
        self.people.append(Known(who, name, roles, WAITING))

    @somebody(WAITING)
    @rule(data=st.data())
    def is_confirmed(self, data) -> None:
        who, by = self._drawn(data, WAITING)
        make.confirmed(self.house, by.who, who.who)
        who.state = ACTIVE

    @somebody(ACTIVE, WAITING, DISABLED)
    @rule(roles=ROLE_SETS, data=st.data())
    def has_other_roles(self, roles, data) -> None:
        who, by = self._drawn(data, ACTIVE, WAITING, DISABLED)
        try:
            self._do(by, members.set_roles, who, list(roles))
        except LastKeyHolder:
            return
        who.roles = roles

    @somebody(ACTIVE, WAITING)
    @rule(data=st.data())
    def is_disabled(self, data) -> None:
        who, by = self._drawn(data, ACTIVE, WAITING)
        self._do(by, members.disable, who)
        who.former_state, who.state = who.state, DISABLED

    @somebody(DISABLED)
    @rule(data=st.data())
    def is_enabled(self, data) -> None:
        who, by = self._drawn(data, DISABLED)
        self._do(by, members.enable, who)
        who.state = who.former_state

    @somebody(ACTIVE, WAITING, DISABLED)
    @rule(data=st.data())
    def is_removed(self, data) -> None:
        who, by = self._drawn(data, ACTIVE, WAITING, DISABLED)
        try:
            make.removed(self.house, by.who, who.who)
        except LastKeyHolder:
            return
        who.state = REMOVED

    @somebody(ACTIVE)
    @rule(after=st.integers(0, 6), data=st.data())
    def is_removed_and_the_rewrapping_is_cut(self, after, data) -> None:
        who, by = self._drawn(data, ACTIVE)
        with pytest.MonkeyPatch.context() as patch:
            _cut(patch, after)
            try:
                make.removed(self.house, by.who, who.who)
            except LastKeyHolder:
                return
            except Cut:
                pass
        who.state = REMOVED
        self.active_members_open_what_they_should()
        heir = data.draw(st.sampled_from(self._coordinators()), label="heir")
        members.finish_removals(self.house, heir.who.ring, heir.who.id)
        assert rotation.pending(self.house.keystore) == []

    @somebody(ACTIVE)
    @rule(roles=ROLE_SETS, after=st.integers(0, 6), data=st.data())
    def has_other_roles_and_the_rewrapping_is_cut(self, roles, after, data) -> None:
        who, by = self._drawn(data, ACTIVE)
        with pytest.MonkeyPatch.context() as patch:
            _cut(patch, after)
            try:
                self._do(by, members.set_roles, who, list(roles))
            except LastKeyHolder:
                return
            except Cut:
                pass
        self._do(by, members.set_roles, who, list(roles))  # the coordinator tries again
        who.roles = roles

    @somebody(ACTIVE, WAITING)
    @rule(data=st.data())
    def forgets_the_passphrase_and_starts_again(self, data) -> None:
        who, by = self._drawn(data, ACTIVE, WAITING)
        with by.who.work() as work:
            link = members.renew(work, work.get(User, who.who.id))
        who.former.append((who.who.own, who.who.generation))
        who.who = make.joined(self.house, who.name, link)
        who.passphrase, who.state = make.PASSPHRASE, WAITING

    @somebody(ACTIVE, WAITING)
    @rule(data=st.data())
    def recovers_by_code(self, data) -> None:
        who = self._one(data, ACTIVE, WAITING)
        _token, who.who.recovery = accounts.recover(self.house, who.name, who.who.recovery, NEW_PASSPHRASE)
        who.passphrase = NEW_PASSPHRASE

    @somebody(ACTIVE, WAITING)
    @rule(data=st.data())
    def signs_in(self, data) -> None:
        who = self._one(data, ACTIVE, WAITING)
        begun = accounts.sign_in(self.house, who.name, who.passphrase)
        user, session = accounts.admit(self.house, begun.token)
        assert (user.id, session.ring.own.seed) == (who.who.id, who.who.own.seed)

    @somebody(DISABLED, REMOVED)
    @rule(data=st.data())
    def is_turned_away(self, data) -> None:
        who = self._one(data, DISABLED, REMOVED)
        with pytest.raises(WrongSignIn):
            accounts.sign_in(self.house, who.name, who.passphrase)
        self.house.sessions.forget_attempts(accounts.sign_in_name(who.name))

    @somebody(ACTIVE)
    @rule(data=st.data())
    def writes(self, data) -> None:
        self._write(self._one(data, ACTIVE))

    def _write(self, known: Known) -> None:
        roles = {role.value for role in known.roles}
        with known.who.work() as work:
            if roles & {Role.COORDINATOR, Role.REVIEWER}:
                self._write_everything(work)
            if roles & {Role.COORDINATOR, Role.REVIEWER, Role.FIELD_RESEARCHER}:
                self._write_a_report(work, known)

    def _write_everything(self, work) -> None:
        said = uuid4().hex
        person = make.person(work, {"said": said}, name=said)
        incident = Incident(
            reference=said, state=IncidentState.OPEN, received_on=work.today, recorded_by=work.actor.id
        )
        work.seal(incident, facts={"said": said}, narrative=said, summary=None)
        work.add(incident)
        self.records += [
            Kept(person, "facts", Compartment.FACTS, said),
            Kept(person, "name", Compartment.IDENTITY, said),
            Kept(incident, "facts", Compartment.FACTS, said),
            Kept(incident, "narrative", Compartment.TESTIMONY, said),
        ]

    def _write_a_report(self, work, known: Known) -> None:
        said = uuid4().hex
        made = report.make(work, {"asks": said}, channel="page", client_id=uuid4())
        part = next(record for record in work.db.new if isinstance(record, ReportPart))
        assert part.report_id == made.report.id
        maker = None if Compartment.INTAKE in known.opens else (known.who.id, known.who.generation)
        self.records.append(Kept(part, "content", Compartment.INTAKE, said, maker))

    # -- what must hold

    @invariant()
    def active_members_open_what_they_should(self) -> None:
        for known in self.people:
            if known.state != ACTIVE:
                continue
            ring = known.who.ring
            opened = self._opened(ring)
            for kept in self.records:
                own = kept.maker == (known.who.id, known.who.generation)
                if kept.compartment in known.opens or own:
                    assert kept in opened, (known.name, known.roles, kept.compartment)
            known.kept |= ring.opened

    @invariant()
    def nobody_else_opens_anything(self) -> None:
        for known in self.people:
            if known.state == DISABLED or known.who is None:
                continue  # the keys stay; the sign-in and the sessions do not
            if known.state == WAITING and known.former:
                continue  # what they kept is let go of at the first sign-in with the new key
            gone = known.state == REMOVED
            present = (known.who.own, known.who.generation)
            for own, generation in [present, *(known.former if gone else [])]:
                for kept in self._opened(Ring(own, generation, dict(known.kept))):
                    mine = kept.maker and kept.maker[0] == known.who.id and not gone
                    assert mine or kept.compartment in known.opens, (
                        known.name,
                        known.state,
                        kept.compartment,
                    )

    @invariant()
    def a_coordinator_sees_who_can_open_what(self) -> None:
        with self._coordinators()[0].who.work() as work:
            holding = members.who_can_open(work)
        for known in self.people:
            if known.state == ACTIVE:
                held = {compartment for compartment, who in holding.items() if known.who.id in who}
                assert held == known.opens, (known.name, known.roles)

    def _opened(self, ring: Ring) -> list[Kept]:
        """What this ring opens, by the keystore as it stands now."""
        vault = Vault(self.house.keystore, ring)
        vault.prepare([kept.record for kept in self.records])
        found = [(kept, vault.view(kept.record, kept.column)) for kept in self.records]
        opened = [(kept, value) for kept, value in found if not isinstance(value, Unreadable)]
        assert all(kept.said in str(value) for kept, value in opened)
        return [kept for kept, _value in opened]


def _cut(patch: pytest.MonkeyPatch, after: int) -> None:
    """Kill the process at the `after`th data key, the keys before it committed one by one."""
    patch.setattr(rotation, "CHUNK", 1)
    left = iter(range(after))
    rewrapped = rotation._rewrapped

    def one(*arguments):
        if next(left, None) is None:
            raise Cut
        return rewrapped(*arguments)

    patch.setattr(rotation, "_rewrapped", one)


def test_active_members_open_what_they_should_and_nobody_else_anything(sqlite_template):
    run_state_machine_as_test(lambda: Keyholders(sqlite_template), settings=SHORT)


@pytest.mark.slow
def test_the_same_holds_through_long_stories(sqlite_template):
    run_state_machine_as_test(lambda: Keyholders(sqlite_template), settings=LONG)
