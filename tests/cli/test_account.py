"""Set up, sign in, members, escrow: by script."""

import re
import sqlite3
from contextlib import closing

import pyotp
import pytest

from incidents import accounts
from incidents.cli import frame
from tests import make
from tests.cli.line import PASSPHRASE, Line

# -- setting up


def test_init_prints_once_what_belongs_on_paper(empty):
    sheet = empty.init(shares="3of5").stdout
    assert "RECOVERY CODE of Ana" in sheet
    assert re.findall(r"ESCROW SHARE (\d) of 5 \(any 3", sheet) == list("12345")
    pepper = (empty.instance / "pepper").read_bytes().hex()
    assert pepper in re.sub(r"\s", "", sheet)
    assert (empty.instance / "fingerprint").read_text().strip() in sheet


def test_init_leaves_nothing_to_be_shown_again_and_nobody_signed_in(empty):
    empty.init()
    with closing(sqlite3.connect(empty.instance / "keys.db")) as keys:
        assert keys.execute("SELECT count(*) FROM session").fetchone() == (0,)
        assert keys.execute("SELECT count(*) FROM meta WHERE name LIKE 'aside%'").fetchone() == (0,)


def test_the_recovery_code_that_init_prints_opens_the_account(empty):
    sheet = empty.init().stdout
    code = " ".join(re.search(r"RECOVERY CODE.*?\n\n(.*?)\n=", sheet, re.DOTALL)[1].split())
    with empty.house() as house:
        assert accounts.recover(house, "Ana", code, "otra frase muy larga")


def test_an_instance_is_set_up_once(line):
    arguments = (
        "init",
        "--organisation",
        "X",
        "--coordinator",
        "Eva",
        "--passphrase-file",
        line.passphrase_file,
    )
    result = line(*arguments, code=1)
    assert "already set up" in result.stderr
    assert result.stdout == ""


def test_an_easy_passphrase_is_refused(empty):
    weak = empty.file("weak", "12345\n")
    arguments = ("init", "--organisation", "X", "--coordinator", "Ana", "--passphrase-file", weak)
    assert "too easy" in empty(*arguments, code=1).stderr


def test_what_it_writes_is_its_owners_alone(line):
    modes = {path.name: path.stat().st_mode & 0o077 for path in line.instance.rglob("*")}
    assert {name for name, open_to_others in modes.items() if open_to_others} == set()


@pytest.mark.postgres
def test_the_command_line_works_on_postgresql_too(tmp_path, empty_postgres_url):
    line = Line(tmp_path / "here", empty_postgres_url)
    line.init()
    line.join("Rita", "reviewer")
    assert "reviewer" in line.listed()["Rita"]
    assert "The trail holds" in line("audit", "verify").stdout


# -- signing in


def test_a_wrong_passphrase_is_one_sentence(line):
    line.passphrase_file.write_text("not the right one\n")
    result = line("users", "list", as_="Ana", code=1)
    assert (
        result.stderr
        == "The name, the passphrase or the code is not right. Nothing was changed; please try again.\n"
    )
    assert result.stdout == ""


def test_the_passphrase_is_asked_for_and_not_shown(line):
    result = line("users", "list", as_="Ana", typed=f"{PASSPHRASE}\n")
    assert "Passphrase of Ana" in result.output
    assert PASSPHRASE not in result.output
    assert "reviewer" in result.stdout


def test_the_passphrase_may_come_through_standard_input(line):
    result = line("users", "list", "--as", "Ana", "--passphrase-file", "-", typed=f"{PASSPHRASE}\n")
    assert "reviewer" in result.stdout


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "its first line is empty"), (b"\xff\xfe1", "it is not UTF-8 text")]
)
def test_a_passphrase_file_that_cannot_be_read_is_named(line, content, why):
    line.passphrase_file.write_bytes(content)
    assert why in line("users", "list", as_="Ana", code=1).stderr


def test_no_session_stays_behind(line):
    line("users", "list", as_="Ana")
    line("users", "list", as_="Fidel", code=1)
    with closing(sqlite3.connect(line.instance / "keys.db")) as keys:
        assert keys.execute("SELECT count(*) FROM session").fetchone() == (0,)


def test_the_second_factor_is_asked_for_where_it_is_set(line):
    with line.house() as house, frame.signed_in(house, "Ana", PASSPHRASE) as ana:
        secret = make.second_factor(ana)
    wrong = line.file("code", "000000\n")
    line("users", "list", "--code-file", wrong, as_="Ana", code=1)
    right = line.file("code", f"{pyotp.TOTP(secret).now()}\n")
    assert "reviewer" in line("users", "list", "--code-file", right, as_="Ana").stdout
    line("users", "list", "--code-file", right, as_="Ana", code=1)  # a code that was seen is not taken again


def test_what_a_role_does_not_allow_is_refused_and_says_so(line):
    assert "Your role does not allow this" in line("users", "list", as_="Fidel", code=1).stderr
    arguments = ("users", "add", "Eva", "--role", "coordinator")
    assert "Your role does not allow this" in line(*arguments, as_="Rita", code=1).stderr


# -- members


def test_an_invited_member_joins_by_the_link_and_is_confirmed(line):
    said = line("users", "add", "Eva", "--role", "reviewer", as_="Ana").stdout
    token = re.search(r"http://localhost:8000/join/(\S+)", said)[1]
    assert "invited" in line.listed()["Eva"]
    with line.house() as house:
        accounts.join(house, token, PASSPHRASE)
    assert "waiting" in line.listed()["Eva"]
    assert "not in a state" in line("release", "list", as_="Eva", code=1).stderr
    said = line("users", "confirm", "Eva", as_="Ana").stdout
    assert said.split("fingerprint ")[1][:39] in line.listed()["Eva"]
    assert re.search(r"active\s+reviewer\s+facts,identity,intake,testimony", line.listed()["Eva"])


def test_a_member_added_by_script_gets_a_recovery_code_that_works(line):
    said = line.join("Eva", "analyst").stdout
    code = " ".join(said.split("shown once:")[1].split())
    with line.house() as house:
        assert accounts.recover(house, "Eva", code, "otra frase muy larga")


def test_a_weak_passphrase_invites_nobody(line):
    weak = line.file("weak", "12345\n")
    arguments = ("users", "add", "Eva", "--role", "analyst", "--new-passphrase-file", weak)
    assert "too easy" in line(*arguments, as_="Ana", code=1).stderr
    assert "Eva" not in line.listed()


def test_a_disabled_member_is_out_until_enabled_again(line):
    line("users", "disable", "Alan", as_="Ana")
    line("release", "list", as_="Alan", code=1)
    line("users", "enable", "Alan", as_="Ana")
    line("release", "list", as_="Alan")


def test_other_roles_bring_other_keys(line):
    line("users", "roles", "Rita", "--role", "analyst", "--role", "field_researcher", as_="Ana")
    assert re.search(r"analyst,field_researcher\s+facts\s", line.listed()["Rita"])


def test_a_renewed_member_needs_a_new_key(line):
    token = re.search(r"/join/(\S+)", line("users", "renew", "Alan", as_="Ana").stdout)[1]
    with line.house() as house:
        accounts.join(house, token, PASSPHRASE)
    assert "waiting" in line.listed()["Alan"]


def test_a_removed_member_is_out_and_what_they_could_open_has_new_keys(imported):
    said = imported("users", "remove", "Rita", as_="Ana").stdout
    assert int(re.search(r"([\d,]+) data keys", said)[1].replace(",", "")) > 39
    assert "removed" in imported.listed()["Rita"]
    imported("users", "list", as_="Rita", code=1)
    assert "The trail holds" in imported("audit", "verify").stdout


def test_a_name_that_nobody_has_is_not_found(line):
    assert "no such record" in line("users", "disable", "Nadie", as_="Ana", code=1).stderr


def test_too_few_key_holders_are_said(empty):
    empty.init()
    assert "fewer than two people can open facts (1)" in empty("users", "list", as_="Ana").stderr


# -- escrow


def shares_of(sheet):
    found = re.findall(r"ESCROW SHARE.*?\n\n(.*?)\n=", sheet, re.DOTALL)
    return [" ".join(share.split()) for share in found]


def test_the_shares_give_a_member_every_key_again(empty):
    shares = shares_of(empty.init().stdout)
    empty.join("Alan", "analyst")
    file = empty.file("shares", "\n\n".join(shares[1:]) + "\n")
    assert "holds every key" in empty("recover", "--shares-file", file, "--to", "Alan").stdout
    assert "facts,identity,intake,testimony" in empty.listed()["Alan"]
    assert "The trail holds" in empty("audit", "verify").stdout


def test_shares_of_another_instance_open_nothing(line, tmp_path):
    other = Line(tmp_path / "other")
    file = line.file("shares", "\n".join(shares_of(other.init().stdout)))
    assert "open nothing here" in line("recover", "--shares-file", file, "--to", "Alan", code=1).stderr


def test_mistyped_shares_open_nothing(line):
    file = line.file("shares", "granizo lento\nsobre el tejado\n")
    assert "open nothing here" in line("recover", "--shares-file", file, "--to", "Alan", code=1).stderr
