"""Signing in, and what ends it: guessing, replaying, fixing a session, leaving, forgetting."""

import json
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pyotp
import pytest
from sqlalchemy import select, update

from incidents import accounts, members
from incidents.errors import (
    AccountState,
    Conflict,
    FreshSignInNeeded,
    LastKeyHolder,
    LinkNotValid,
    NameTaken,
    NotAllowed,
    RecoveryNotConfirmed,
    SecondCoordinatorNeeded,
    SecondPersonNeeded,
    SignInNeeded,
    TooManyAttempts,
    WeakPassphrase,
    WillNotStart,
    WrongSignIn,
)
from incidents.model import vocabulary
from incidents.model.account import User
from incidents.model.audit import AuditEntry
from incidents.model.base import Compartment
from incidents.model.people import Person
from incidents.model.vocabulary import Role
from incidents.safeguards import keystore as store
from incidents.safeguards import locks, sessions
from incidents.work import Sessions, begin, keys
from tests import make

NEW = "siete pájaros bajo la escalera"


class Clock:
    """The time of day as the sessions see it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC).timestamp()

    def time(self) -> float:
        return self.now

    def go(self, **span: float) -> None:
        self.now += timedelta(**span).total_seconds()


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    for module in (sessions, accounts):
        monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def rita(house, coordinator):
    return make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)


def signed_in(house, name="Rita Inventada", passphrase=make.PASSPHRASE):
    return accounts.sign_in(house, name, passphrase).token


# -- sessions


def test_each_sign_in_has_a_token_of_its_own(house, rita):
    tokens = {signed_in(house) for _time in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {32}
    assert all(accounts.admit(house, token) for token in tokens)


def test_a_token_that_somebody_planted_before_the_sign_in_is_worth_nothing_after_it(house, rita):
    planted = bytes(range(32))
    assert accounts.admit(house, planted) is None
    signed_in(house)
    assert accounts.admit(house, planted) is None
    assert accounts.admit(house, b"") is None


def test_the_file_holds_no_token_and_no_seed(house, rita):
    token = signed_in(house)
    held = house.keystore.path.read_bytes()
    assert token not in held
    assert rita.own.seed not in held


def test_a_session_ends_with_the_sign_out(house, rita):
    token, other = signed_in(house), signed_in(house)
    house.sessions.end(token)
    assert accounts.admit(house, token) is None
    assert accounts.admit(house, other)


def test_a_session_ends_when_it_is_idle(house, rita, clock):
    token = signed_in(house)
    for _time in range(10):
        clock.go(minutes=14, seconds=59)
        assert accounts.admit(house, token)
    clock.go(minutes=15, seconds=1)
    assert accounts.admit(house, token) is None
    clock.go(minutes=-10)
    assert accounts.admit(house, token) is None  # gone, not only hidden


def test_a_session_ends_after_eight_hours_whatever_is_done_in_it(house, rita, clock):
    token = signed_in(house)
    for _time in range(8 * 6):
        clock.go(minutes=10)
        assert accounts.admit(house, token)
        house.sessions.refresh(token)
    clock.go(seconds=1)
    assert accounts.admit(house, token) is None


def test_a_session_is_fresh_for_five_minutes_and_again_after_the_passphrase(house, rita, clock):
    token = signed_in(house)
    clock.go(minutes=4, seconds=59)
    assert accounts.admit(house, token)[1].fresh
    clock.go(seconds=2)
    _user, found = accounts.admit(house, token)
    assert not found.fresh
    with rita.work(fresh=False) as work:
        with pytest.raises(WrongSignIn):
            accounts.confirm_passphrase(work, found, "not the passphrase at all")
        assert not accounts.admit(house, token)[1].fresh
        accounts.confirm_passphrase(work, found, make.PASSPHRASE)
    assert accounts.admit(house, token)[1].fresh


def test_when_a_session_was_last_seen_is_written_once_a_minute_at_most(house, rita, clock):
    token = signed_in(house)

    def seen():
        (row,) = house.keystore.read(
            select(store.session.c.seen).where(store.session.c.token == sessions._digest(token))
        )
        return row.seen

    at = seen()
    for _second in range(60):
        clock.go(seconds=1)
        accounts.admit(house, token)
    assert seen() == at
    clock.go(seconds=1)
    accounts.admit(house, token)
    assert seen() == clock.now


def test_a_session_opens_nothing_under_another_boot_key(house, rita):
    token = signed_in(house)
    after_power_off = Sessions(house.keystore, bytes(range(32)))
    assert after_power_off.find(token) is None
    assert house.sessions.find(token)


@pytest.mark.parametrize("column", ["user", "generation", "box", "pending"])
def test_a_session_s_row_that_was_changed_is_no_session(house, coordinator, rita, column):
    token = signed_in(house)
    (row,) = house.keystore.read(
        select(store.session).where(store.session.c.token == sessions._digest(token))
    )
    changed = {
        "user": coordinator.id,
        "generation": 2,
        "box": row.box[:-1] + bytes([row.box[-1] ^ 1]),
        "pending": True,
    }
    with house.keystore.step() as step:
        here = store.session.c.token == row.token
        step.execute(update(store.session).where(here).values({column: changed[column]}))
    for pending in (False, True):
        assert house.sessions.find(token, pending=pending) is None


def test_one_session_s_seed_under_another_session_s_token_opens_nothing(house, rita, coordinator):
    mine = signed_in(house)
    theirs = signed_in(house, make.FOUNDER)
    rows = {row.token: row for row in house.keystore.read(select(store.session.c.token, store.session.c.box))}
    with house.keystore.step() as step:
        box = rows[sessions._digest(theirs)].box
        here = store.session.c.token == sessions._digest(mine)
        step.execute(update(store.session).where(here).values(box=box, user=coordinator.id))
    assert house.sessions.find(mine) is None


def test_two_workers_share_one_session(house, instance, rita):
    token = signed_in(house)
    other = make.open_house(instance.folder)
    found = other.sessions.find(token)
    assert found.ring.own.seed == rita.own.seed
    other.sessions.end(token)
    assert house.sessions.find(token) is None
    other.keystore._engine.dispose()


IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from incidents import accounts
from tests import make
instance = make.Instance.open(Path(sys.argv[1]), sys.argv[2])
with instance.app.app_context():
    found = accounts.admit(instance.house, bytes.fromhex(sys.stdin.read()))
    print(found and found[0].name)
instance.close()
"""


def test_another_process_admits_the_session_and_sees_its_end(house, instance, rita):
    token = signed_in(house)

    def admitted():
        url = instance.app.config["SQLALCHEMY_DATABASE_URI"]
        command = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(instance.folder), url]
        ran = subprocess.run(command, input=token.hex(), capture_output=True, text=True, check=True)
        return ran.stdout.strip()

    assert admitted() == "Rita Inventada"
    house.sessions.end(token)
    assert admitted() == "None"


def test_many_threads_of_two_workers_use_one_session_at_once(house, instance, rita):
    token = signed_in(house)
    other = make.open_house(instance.folder)

    def one(number):
        with instance.app.app_context():
            place = (house, other)[number % 2]
            user, found = accounts.admit(place, token)
            with begin(place, accounts.actor_of(user), found.ring) as work:
                make.person(work, name=f"Persona {number}")
            return user.id

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(24))) == {rita.id}
    other.keystore._engine.dispose()
    with rita.work() as work:
        people = work.db.scalars(select(Person)).all()
        assert {str(name) for name in work.read_all(people, "name")} == {f"Persona {n}" for n in range(24)}
        assert list(work.breaks()) == []


# -- what ends every session


def test_a_new_passphrase_ends_every_other_session_and_moves_no_key(house, rita):
    mine, other = signed_in(house), signed_in(house)
    _user, found = accounts.admit(house, mine)
    with rita.work() as work:
        kept = make.person(work)
    with rita.work() as work:
        accounts.change_passphrase(work, found, make.PASSPHRASE, NEW)
    assert accounts.admit(house, other) is None
    assert accounts.admit(house, mine)
    with pytest.raises(WrongSignIn):
        signed_in(house)
    _user, again = accounts.admit(house, signed_in(house, passphrase=NEW))
    assert again.ring.own.seed == rita.own.seed
    assert house.work(rita.actor, again.ring).read(kept, "name") == make.CANARY_NAME


def test_a_new_passphrase_needs_the_old_one(house, rita):
    _user, found = accounts.admit(house, signed_in(house))
    with rita.work() as work, pytest.raises(WrongSignIn):
        accounts.change_passphrase(work, found, "not the passphrase at all", NEW)
    assert signed_in(house)


def test_a_disabled_member_s_sessions_end_at_once(house, coordinator, rita):
    token = signed_in(house)
    with coordinator.work() as work:
        members.disable(work, work.get(User, rita.id))
    assert accounts.admit(house, token) is None
    with pytest.raises(WrongSignIn):
        signed_in(house)
    with coordinator.work() as work:
        members.enable(work, work.get(User, rita.id))
    assert accounts.admit(house, token) is None
    assert accounts.admit(house, signed_in(house))


def test_a_session_that_was_put_back_into_the_file_does_not_admit_a_disabled_member(house, coordinator, rita):
    token = signed_in(house)
    with sqlite3.connect(house.keystore.path) as file:
        rows = file.execute("SELECT * FROM session").fetchall()
    with coordinator.work() as work:
        members.disable(work, work.get(User, rita.id))
    with sqlite3.connect(house.keystore.path) as file:
        marks = ", ".join("?" * len(rows[0]))
        file.executemany(f"INSERT OR REPLACE INTO session VALUES ({marks})", rows)
    assert accounts.admit(house, token) is None


def test_a_waiting_member_has_a_session_and_no_role(house, coordinator):
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    waiting = make.joined(house, "Elsa Inventada", link)
    user, _found = accounts.admit(house, waiting.token)
    assert user.state == "waiting"
    assert accounts.admit(house, signed_in(house, "Elsa Inventada"))


# -- names and passphrases


@pytest.mark.parametrize(
    "spelled",
    ["Rita Inventada", "rita inventada", "  RITA   INVENTADA ", "\uff32\uff49\uff54\uff41 Inventada"],
)
def test_a_name_is_compared_without_case_spaces_and_spelling_of_its_letters(house, rita, spelled):
    assert signed_in(house, spelled)


def test_a_passphrase_is_compared_in_one_spelling_of_its_letters(house, coordinator):
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    make.joined(house, "Elsa Inventada", link, "el gran canon del rio Ñandú")
    assert signed_in(house, "Elsa Inventada", "el gran canon del rio N\u0303andu\u0301")
    with pytest.raises(WrongSignIn):
        signed_in(house, "Elsa Inventada", "El gran canon del rio Ñandú")


@pytest.mark.parametrize(
    "weak", ["", "short", "aaaaaaaaaaaaaaaa", "abcabcabcabcabc", "           x           "]
)
def test_a_weak_passphrase_is_refused_wherever_one_is_chosen(house, coordinator, rita, weak):
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    with pytest.raises(WeakPassphrase):
        accounts.join(house, link, weak)
    with pytest.raises(WeakPassphrase):
        accounts.recover(house, "Rita Inventada", rita.recovery, weak)
    _user, found = accounts.admit(house, signed_in(house))
    with rita.work() as work, pytest.raises(WeakPassphrase):
        accounts.change_passphrase(work, found, make.PASSPHRASE, weak)
    assert make.joined(house, "Elsa Inventada", link)  # the link is still good


def test_two_accounts_have_not_one_name(house, coordinator, rita):
    for name in ("Rita Inventada", " rita  INVENTADA "):
        with pytest.raises(NameTaken), coordinator.work() as work:
            members.invite(work, name, [Role.ANALYST])


# -- guessing


@pytest.fixture
def hashed(monkeypatch):
    """Each opening of a lock, and how many were under way at once."""
    found = SimpleNamespace(count=0, most=0, now=0, names=[])
    unlock, guard = locks.unlock, threading.Lock()

    def counted(*arguments, **more):
        with guard:
            found.count += 1
            found.now += 1
            found.most = max(found.most, found.now)
        try:
            return unlock(*arguments, **more)
        finally:
            with guard:
                found.now -= 1

    monkeypatch.setattr(locks, "unlock", counted)
    return found


def test_every_wrong_sign_in_costs_one_hash_whoever_is_named(house, coordinator, rita, hashed):
    make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    gone = make.member(house, coordinator, "Olga Inventada", Role.ANALYST)
    make.removed(house, coordinator, gone)
    off = make.member(house, coordinator, "Nora Inventada", Role.ANALYST)
    with coordinator.work() as work:
        members.disable(work, work.get(User, off.id))
    hashed.count = 0
    names = ["Rita Inventada", "Nadie", "Elsa Inventada", "Olga Inventada", "Nora Inventada", ""]
    for number, name in enumerate(names, 1):
        with pytest.raises(WrongSignIn):
            accounts.sign_in(house, name, "not the passphrase at all")
        assert hashed.count == number
    for number, name in enumerate(names, len(names) + 1):
        with pytest.raises(WrongSignIn):
            accounts.recover(house, name, keys.recovery_code(), NEW)
        assert hashed.count == number


def test_the_decoy_costs_what_a_lock_costs(house):
    lock = house.locks
    assert lock._decoy[:8] == lock._cost.time.to_bytes(4, "big") + lock._cost.memory_kib.to_bytes(4, "big")


def test_ten_wrong_passphrases_close_the_name_for_a_quarter_of_an_hour(house, rita, clock, hashed):
    spellings = ["Rita Inventada", "RITA INVENTADA", " rita inventada"]
    for number in range(10):
        with pytest.raises(WrongSignIn):
            accounts.sign_in(house, spellings[number % 3], "not the passphrase at all")
    assert hashed.count == 10
    with pytest.raises(TooManyAttempts):
        signed_in(house)
    with pytest.raises(TooManyAttempts):
        accounts.recover(house, "Rita Inventada", rita.recovery, NEW)
    assert hashed.count == 10  # counted before anything is hashed
    assert signed_in(house, make.FOUNDER)
    clock.go(minutes=15, seconds=1)
    assert signed_in(house)


def test_a_right_passphrase_clears_the_count(house, rita):
    for _round in range(3):
        for _time in range(9):
            with pytest.raises(WrongSignIn):
                accounts.sign_in(house, "Rita Inventada", "not the passphrase at all")
        assert signed_in(house)


def test_a_right_passphrase_alone_clears_no_count_where_a_second_factor_waits(house, rita):
    house.sessions.put_totp(rita.ring, pyotp.random_base32())
    for _time in range(10):
        assert accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE).pending
    with pytest.raises(TooManyAttempts):
        accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)


def test_attempts_are_counted_for_all_workers_together(house, instance, rita, hashed):
    other = make.open_house(instance.folder)
    for number in range(10):
        with pytest.raises(WrongSignIn):
            accounts.sign_in((house, other)[number % 2], "Rita Inventada", "not the passphrase at all")
    for place in (house, other):
        with pytest.raises(TooManyAttempts):
            signed_in(place)
    other.keystore._engine.dispose()


def test_fifty_sign_ins_at_once_stay_under_the_limit_and_hash_one_at_a_time(house, instance, rita, hashed):
    def one(_number):
        with instance.app.app_context():
            try:
                accounts.sign_in(house, "Rita Inventada", "not the passphrase at all")
            except (WrongSignIn, TooManyAttempts) as refused:
                return type(refused)

    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(one, range(50)))
    assert (found.count(WrongSignIn), found.count(TooManyAttempts)) == (10, 40)
    assert (hashed.count, hashed.most) == (10, 1)


def test_fifty_names_at_once_hash_one_at_a_time(house, instance, hashed):
    def one(number):
        with instance.app.app_context(), pytest.raises(WrongSignIn):
            accounts.sign_in(house, f"Nadie {number}", "not the passphrase at all")

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(one, range(50)))
    assert (hashed.count, hashed.most) == (50, 1)


def test_a_refused_sign_in_is_noted_without_the_name_that_was_typed(house, rita):
    with pytest.raises(WrongSignIn):
        accounts.sign_in(house, "Rita Inventada", "not the passphrase at all")
    with make.behind(house) as data:
        notes = data.execute(select(AuditEntry.__table__).where(AuditEntry.event == "sign-in.refused")).all()
    (note,) = notes
    assert (note.about, note.about_id, note.detail) == ("", None, {})


def test_a_passphrase_opens_nothing_with_another_pepper_and_everything_with_the_right_one(
    house, instance, rita
):
    stolen = make.open_house(instance.folder, pepper=bytes(range(32)))
    with pytest.raises(WrongSignIn):
        signed_in(stolen)
    assert signed_in(make.open_house(instance.folder))
    for place in (stolen,):
        place.keystore._engine.dispose()


# -- the second factor


@pytest.fixture
def secret(house, rita, clock):
    with rita.work() as work:
        made, uri = accounts.begin_second_factor(work, rita.ring)
    assert made in uri
    assert "Amparo" in uri
    with rita.work() as work:
        accounts.confirm_second_factor(work, rita.ring, code_at(made, clock))
    clock.go(seconds=60)
    return made


def code_at(secret, clock, steps=0):
    return pyotp.TOTP(secret).at(int(clock.now) + 30 * steps)


def test_a_sign_in_waits_for_the_second_factor_and_then_has_a_new_token(house, rita, secret, clock):
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    assert begun.pending
    assert accounts.admit(house, begun.token) is None
    done = accounts.second_factor(house, begun.token, code_at(secret, clock))
    assert done.token != begun.token
    assert accounts.admit(house, done.token)
    assert accounts.admit(house, begun.token) is None
    with pytest.raises(SignInNeeded):
        accounts.second_factor(house, begun.token, code_at(secret, clock))


def test_a_full_session_is_not_a_pending_one(house, rita, secret, clock):
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    done = accounts.second_factor(house, begun.token, code_at(secret, clock))
    with pytest.raises(SignInNeeded):
        accounts.second_factor(house, done.token, code_at(secret, clock))


def test_a_pending_session_cannot_be_made_a_full_one_in_the_file(house, rita, secret):
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    with house.keystore.step() as step:
        step.execute(update(store.session).values(pending=False))
    assert accounts.admit(house, begun.token) is None


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, False)])
def test_a_code_is_taken_in_its_half_minute_and_the_one_after(house, rita, secret, clock, steps, taken):
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    code = code_at(secret, clock, steps)
    if taken:
        assert accounts.second_factor(house, begun.token, f" {code[:3]} {code[3:]} ")
    else:
        with pytest.raises(WrongSignIn):
            accounts.second_factor(house, begun.token, code)


def test_a_code_that_was_used_is_not_taken_again_nor_one_before_it(house, rita, secret, clock):
    code, before = code_at(secret, clock), code_at(secret, clock, -1)
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    assert accounts.second_factor(house, begun.token, code)
    for replayed in (code, before):
        begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
        with pytest.raises(WrongSignIn):
            accounts.second_factor(house, begun.token, replayed)
    clock.go(seconds=30)
    assert accounts.second_factor(house, begun.token, code_at(secret, clock))


def test_the_code_that_switched_the_second_factor_on_is_used_up(house, rita, clock):
    with rita.work() as work:
        made, _uri = accounts.begin_second_factor(work, rita.ring)
    code = code_at(made, clock)
    with rita.work() as work:
        accounts.confirm_second_factor(work, rita.ring, code)
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    with pytest.raises(WrongSignIn):
        accounts.second_factor(house, begun.token, code)


def test_one_code_used_twenty_times_at_once_is_taken_once(house, instance, rita, secret, clock):
    code, ring = code_at(secret, clock), rita.ring

    def one(_number):
        with instance.app.app_context():
            try:
                accounts.check_code(house, ring, code)
            except WrongSignIn:
                return False
            return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(one, range(20))) == 1


def test_ten_wrong_codes_close_the_second_factor(house, rita, secret, clock):
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    for _time in range(10):
        with pytest.raises(WrongSignIn):
            accounts.second_factor(house, begun.token, "000000")
    with pytest.raises(TooManyAttempts):
        accounts.second_factor(house, begun.token, code_at(secret, clock))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "12345",
        "1234567",
        "abcdef",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "\u0661\u0662\u0663\u0664\u0665\u0666",
    ],
)
def test_what_is_no_code_is_a_wrong_code(house, rita, secret, code):
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    with pytest.raises(WrongSignIn):
        accounts.second_factor(house, begun.token, code)


def test_a_second_factor_is_on_only_after_a_code_of_it_was_shown(house, rita, clock):
    with rita.work() as work:
        accounts.begin_second_factor(work, rita.ring)
    with rita.work() as work, pytest.raises(WrongSignIn):
        accounts.confirm_second_factor(work, rita.ring, "000000")
    assert not accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE).pending


def test_the_secret_of_the_second_factor_is_sealed_under_its_owner_s_seed(house, rita, secret, coordinator):
    assert secret.encode() not in house.keystore.path.read_bytes()
    assert house.sessions.totp(rita.ring) == secret
    assert house.sessions.totp(coordinator.ring) is None


def test_whoever_is_fresh_again_gives_the_code_too(house, rita, secret, clock):
    begun = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    done = accounts.second_factor(house, begun.token, code_at(secret, clock))
    clock.go(minutes=6)
    _user, found = accounts.admit(house, done.token)
    with rita.work(fresh=False) as work, pytest.raises(WrongSignIn):
        accounts.confirm_passphrase(work, found, make.PASSPHRASE)
    assert not accounts.admit(house, done.token)[1].fresh
    with rita.work(fresh=False) as work:
        accounts.confirm_passphrase(work, found, make.PASSPHRASE, code_at(secret, clock))
    assert accounts.admit(house, done.token)[1].fresh


# -- recovery


def test_the_recovery_code_gives_a_new_passphrase_and_a_new_code_and_ends_every_session(house, rita):
    token = signed_in(house)
    again, code = accounts.recover(house, "Rita Inventada", f"  {rita.recovery.upper()} ", NEW)
    assert code != rita.recovery
    assert accounts.admit(house, token) is None
    assert accounts.admit(house, again)[1].ring.own.seed == rita.own.seed
    with pytest.raises(WrongSignIn):
        signed_in(house)
    with pytest.raises(WrongSignIn):
        accounts.recover(house, "Rita Inventada", rita.recovery, NEW)
    assert signed_in(house, passphrase=NEW)


@pytest.mark.parametrize("words", ["", "not a code", "academic " * 14, "ábaco " * 14, "x" * 100_000])
def test_what_is_no_recovery_code_is_a_wrong_one(house, rita, words):
    with pytest.raises(WrongSignIn):
        accounts.recover(house, "Rita Inventada", words, NEW)
    assert signed_in(house)


def test_one_member_s_recovery_code_is_not_another_s(house, coordinator, rita):
    other = make.member(house, coordinator, "Olga Inventada", Role.REVIEWER)
    with pytest.raises(WrongSignIn):
        accounts.recover(house, "Rita Inventada", other.recovery, NEW)


def test_a_recovery_code_is_no_passphrase_and_a_passphrase_no_recovery_code(house, rita):
    with pytest.raises(WrongSignIn):
        signed_in(house, passphrase=rita.recovery)
    with pytest.raises(WrongSignIn):
        accounts.recover(house, "Rita Inventada", make.PASSPHRASE, NEW)


def test_a_recovery_code_needs_no_pepper(house, instance, rita):
    moved = make.open_house(instance.folder, pepper=bytes(range(32)))
    accounts.recover(moved, "Rita Inventada", rita.recovery, NEW)
    assert signed_in(moved, passphrase=NEW)
    moved.keystore._engine.dispose()


def test_a_recovery_code_is_shown_until_two_of_its_words_were_given_back(house, rita):
    assert accounts.shown_recovery_code(house, rita.ring) == rita.recovery
    words = rita.recovery.split()
    for given in ({}, {1: words[0]}, {1: words[0], 2: "wrong"}, {1: words[1], 2: words[0]}):
        with pytest.raises(RecoveryNotConfirmed):
            accounts.confirm_recovery_code(house, rita.ring, given)
        assert accounts.shown_recovery_code(house, rita.ring) == rita.recovery
    accounts.confirm_recovery_code(house, rita.ring, {1: f" {words[0].upper()} ", 14: words[13]})
    assert accounts.shown_recovery_code(house, rita.ring) is None
    assert rita.recovery.encode() not in house.keystore.path.read_bytes()


@pytest.mark.parametrize("place", [0, -1, 15, 10_000])
def test_a_word_at_a_place_that_is_not_there_confirms_nothing(house, rita, place):
    words = rita.recovery.split()
    with pytest.raises(RecoveryNotConfirmed):
        accounts.confirm_recovery_code(house, rita.ring, {1: words[0], place: words[-1]})


# -- joining


def test_a_link_is_good_once(house, coordinator):
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    first = make.joined(house, "Elsa Inventada", link)
    with pytest.raises(LinkNotValid):
        accounts.join(house, link, NEW)
    assert accounts.admit(house, first.token)


def test_two_who_open_one_link_at_once_are_one_member(house, instance, coordinator):
    """Whoever came second leaves nothing: no key to be confirmed by mistake, no lock in the way."""
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    start = threading.Barrier(2)

    def one(passphrase):
        with instance.app.app_context():
            start.wait()
            try:
                accounts.join(house, link, passphrase)
            except (Conflict, LinkNotValid):
                return None
            return passphrase

    with ThreadPoolExecutor(2) as pool:
        won = [found for found in pool.map(one, [make.PASSPHRASE, NEW]) if found]
    assert len(won) == 1
    house.db().expire_all()
    assert signed_in(house, "Elsa Inventada", won[0])
    (lost,) = {make.PASSPHRASE, NEW} - set(won)
    with pytest.raises(WrongSignIn):
        signed_in(house, "Elsa Inventada", lost)


def test_a_link_ends_after_a_week(house, coordinator):
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    now = house.now()
    house.now = lambda: now + timedelta(days=7)
    assert accounts.invited(house, link)
    house.now = lambda: now + timedelta(days=8)
    with pytest.raises(LinkNotValid):
        accounts.join(house, link, NEW)


@pytest.mark.parametrize("token", ["", "x", "🗝", "0" * 10_000])
def test_a_link_that_nobody_made_is_no_link(house, token):
    with pytest.raises(LinkNotValid):
        accounts.join(house, token, NEW)


def test_the_database_holds_no_link(house, coordinator):
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    with make.behind(house) as data:
        rows = data.execute(select(User.__table__)).all()
    assert link not in repr(rows)


@pytest.mark.parametrize("deed", [members.disable, members.remove])
def test_whoever_was_sent_away_joins_by_no_old_link(house, coordinator, deed):
    user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        deed(work, work.get(User, user.id))
    with pytest.raises((LinkNotValid, AccountState)):
        accounts.join(house, link, NEW)


# -- who may


COORDINATORS_DEEDS = {
    "confirm": members.confirm,
    "set_roles": lambda work, user: members.set_roles(work, user, [Role.ANALYST]),
    "disable": members.disable,
    "enable": members.enable,
    "remove": members.remove,
    "renew": members.renew,
}


@pytest.mark.parametrize("deed", COORDINATORS_DEEDS.values(), ids=COORDINATORS_DEEDS)
def test_only_a_coordinator_decides_on_members(house, coordinator, rita, deed):
    administrator = make.member(house, coordinator, "Ada Invented", Role.ADMINISTRATOR)
    for who in (rita, administrator):
        with pytest.raises(NotAllowed), who.work() as work:
            deed(work, work.get(User, rita.id))


@pytest.mark.parametrize("deed", COORDINATORS_DEEDS.values(), ids=COORDINATORS_DEEDS)
def test_deciding_on_members_needs_a_fresh_passphrase(house, coordinator, rita, deed):
    with pytest.raises(FreshSignInNeeded), coordinator.work(fresh=False) as work:
        deed(work, work.get(User, rita.id))


@pytest.mark.parametrize("name", ["set_roles", "disable", "remove", "renew"])
def test_no_coordinator_decides_on_themselves(house, coordinator, name):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    with pytest.raises(SecondPersonNeeded), coordinator.work() as work:
        COORDINATORS_DEEDS[name](work, work.get(User, coordinator.id))


def test_whoever_made_a_new_link_does_not_also_confirm_it(house, coordinator, rita):
    """Or one coordinator could open a colleague's link, and be two people."""
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    with coordinator.work() as work:
        link = members.renew(work, work.get(User, rita.id))
    accounts.join(house, link, NEW)
    with pytest.raises(SecondCoordinatorNeeded), coordinator.work() as work:
        members.confirm(work, work.get(User, rita.id))
    with second.work() as work:
        members.confirm(work, work.get(User, rita.id))
        assert work.get(User, rita.id).state == vocabulary.AccountState.ACTIVE


@pytest.mark.parametrize("deed", [members.confirm, members.enable])
def test_an_active_member_is_neither_confirmed_nor_enabled_again(house, coordinator, rita, deed):
    with pytest.raises(AccountState), coordinator.work() as work:
        deed(work, work.get(User, rita.id))


@pytest.mark.parametrize("name", ["confirm", "disable", "enable", "remove", "renew"])
def test_nobody_comes_back_who_was_removed(house, coordinator, rita, name):
    make.removed(house, coordinator, rita)
    with pytest.raises(AccountState), coordinator.work() as work:
        COORDINATORS_DEEDS[name](work, work.get(User, rita.id))


def test_the_last_who_opens_a_compartment_is_not_removed(house, coordinator):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    make.removed(house, second, coordinator)
    with second.work() as work:
        assert set(members.too_few(work).values()) == {1}
    analyst = make.member(house, second, "Alan Invented", Role.ANALYST)
    make.removed(house, second, analyst)  # others open the facts
    with pytest.raises(LastKeyHolder), second.work() as work:
        members._leaves_enough(work, work.get(User, second.id), frozenset(Compartment))


def test_membership_is_noted(house, coordinator, rita):
    with coordinator.work() as work:
        members.set_roles(work, work.get(User, rita.id), [Role.ANALYST])
    make.removed(house, coordinator, rita)
    with make.behind(house) as data:
        notes = data.execute(select(AuditEntry.__table__).order_by(AuditEntry.block)).all()
    said = {note.event for note in notes if note.about_id == rita.id}
    assert said >= {"member.invited", "member.joined", "member.confirmed", "member.roles", "member.removed"}
    assert "removal.finished" in {note.event for note in notes}
    assert "Rita" not in json.dumps([note.detail for note in notes])


# -- the boot key


def test_the_boot_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "memory" / "boot.key"
    first = keys.boot_key(path)
    assert (len(first), keys.boot_key(path)) == (32, first)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_boot_key_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "memory" / "boot.key"
    keys.boot_key(path)
    path.chmod(0o644)
    with pytest.raises(WillNotStart):
        keys.boot_key(path)


def test_a_boot_key_that_somebody_else_put_there_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "memory" / "boot.key"
    keys.boot_key(path)
    monkeypatch.setattr("os.getuid", lambda: 4242)
    with pytest.raises(WillNotStart):
        keys.boot_key(path)


def test_a_boot_key_that_is_a_link_to_elsewhere_is_refused(tmp_path):
    (tmp_path / "known").write_bytes(bytes(32))
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "boot.key").symlink_to(tmp_path / "known")
    with pytest.raises(WillNotStart):
        keys.boot_key(tmp_path / "memory" / "boot.key")
