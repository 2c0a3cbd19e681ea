"""The command line: what it does, what it refuses, and that no secret stands where others can read it."""

import csv
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import closing, contextmanager
from pathlib import Path

import click
import pyotp
import pytest
from click.testing import CliRunner

from config import HERE, Settings
from crypto.lock import FLOOR
from incidents import accounts
from incidents.app import create_app
from incidents.cli import commands as command_line
from incidents.cli import frame, vocabulary
from incidents.model.vocabulary import FILE

PASSPHRASE = "granizo lento sobre el tejado"
STAFF = {
    "Bruno": "coordinator",
    "Rita": "reviewer",
    "Rosa": "reviewer",
    "Alan": "analyst",
    "Fidel": "field_researcher",
}
CANARY = "Xiomara Quetzalinda"
MAPPING = """
format = 1
name = "Invented list"
[file]
kind = "csv"
separator = ";"
[source]
label = "invented"
key = ["id"]
[basis]
kind = "published"
citation = "An invented list, 2021"
licence = "CC0"
[constants]
"incident.place.country" = "MEX"
"persons.p1" = { kind = "individual", teller = false }
"involvements.1" = { person = "p1", act = "a1", part = "DIR" }
"perpetrators.1" = { type = "ARM" }
"sources.1" = { type = "PRE", origin = "invented list" }
[fields]
"incident.moment" = { column = "day", as = "date", required = true }
"incident.place.state" = { column = "state", as = "code", codes = { T = "MX-TAM", C = "MX-CHH" } }
"acts.a1.type" = { column = "what", as = "code", codes = { K = "KID", E = "EXT", B = "ASS" } }
"persons.p1.identity.name" = { column = "name", as = "text" }
"persons.p1.facts.gender" = { column = "sex", as = "code", codes = { F = "F", M = "M" } }
"persons.p1.facts.age" = { column = "age", as = "number" }
"persons.p1.facts.nationality" = { column = "from", as = "code", codes = { H = "HND" } }
"""


def rows(count):
    """Source rows that hide among each other; the last has no day, so that one is refused."""
    lines = []
    for n in range(count - 1):
        day = f"2019-{n % 2 + 7:02}-{n % 27 + 1:02}"
        lines.append(f"{n};{day};{'TC'[n % 2]};{'KEB'[n % 3]};{CANARY} {n};{'FM'[n // 2 % 2]};{20 + n % 4};H")
    return "\n".join(["id;day;state;what;name;sex;age;from", *lines, f"{count};;T;K;{CANARY};F;20;H", ""])


class Line:
    """The command line of one instance, in this process; everybody's passphrase is in one file."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.instance = folder, folder / "instance"
        self.env = {
            "AMPARO_INSTANCE": str(self.instance),
            "AMPARO_BOOT_KEY_FILE": str(folder / "boot" / "boot.key"),
            "AMPARO_DATABASE_URL": url or f"sqlite:///{self.instance / 'data.db'}",
        }
        self.passphrase_file = self.file("passphrase", PASSPHRASE + "\n")

    def file(self, name, content):
        self.folder.mkdir(exist_ok=True)
        path = self.folder / name
        path.write_text(content, "utf-8")
        return path

    def __call__(self, *arguments, code=0, typed=None, **who):
        """`as_="Ana"` adds the name and the passphrase file."""
        given = [str(argument) for argument in arguments]
        if "as_" in who:
            given += [
                "--as",
                who["as_"],
                *(["--passphrase-file", str(self.passphrase_file)] if typed is None else []),
            ]
        make_app = lambda settings: create_app(settings, FLOOR)  # noqa: E731  handed in, not kept
        result = CliRunner(env=self.env).invoke(command_line, given, obj=make_app, input=typed)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def init(self, **more):
        options = {
            "organisation": "Casa Inventada",
            "coordinator": "Ana",
            "passphrase-file": self.passphrase_file,
        } | more
        return self("init", *(part for name, value in options.items() for part in (f"--{name}", value)))

    def join(self, name, role):
        return self(
            "users", "add", name, "--role", role, "--new-passphrase-file", self.passphrase_file, as_="Ana"
        )

    @contextmanager
    def house(self):
        settings = Settings(
            instance=self.instance,
            database_url=self.env["AMPARO_DATABASE_URL"],
            keys_file=self.instance / "keys.db",
            pepper_file=self.instance / "pepper",
            boot_key_file=self.folder / "boot" / "boot.key",
            checkpoints=None,
        )
        app = create_app(settings, FLOOR)
        with app.app_context():
            yield app.extensions["house"]
            frame.db.session.remove()
            frame.db.engine.dispose()

    def listed(self):
        """The members' list: name → the line."""
        lines = self("users", "list", as_="Ana").stdout.splitlines()[1:]
        return {line.split()[0]: line for line in lines}


@pytest.fixture(scope="session")
def staffed(tmp_path_factory):
    line = Line(tmp_path_factory.mktemp("staffed"))
    line.init()
    for name, role in STAFF.items():
        line.join(name, role)
    return line


@pytest.fixture
def line(staffed, tmp_path):
    """An instance of this test alone, with people in it."""
    fresh = Line(tmp_path / "here")
    shutil.copytree(staffed.instance, fresh.instance)
    shutil.copytree(staffed.folder / "boot", fresh.folder / "boot")
    return fresh


@pytest.fixture
def empty(tmp_path):
    return Line(tmp_path / "here")


@pytest.fixture
def imported(line):
    """Forty rows of an invented list, as Rita brought them in; the id of the import."""
    file, mapping = line.file("list.csv", rows(40)), line.file("map.toml", MAPPING)
    said = line(
        "import", file, "--mapping", mapping, "--result", line.folder / "result.csv", as_="Rita"
    ).stdout
    line.batch = re.search(r"The import is (\S+)\.", said)[1]
    return line


def all_commands(group=command_line, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))
        else:
            yield (*path, name), command


# -- how it speaks


def test_help_lists_every_command(empty):
    said = empty("--help").stdout
    assert [
        name for name in command_line.commands if not re.search(rf"^  {name}\s", said, re.MULTILINE)
    ] == []
    assert not empty.instance.exists()


@pytest.mark.parametrize("path", [" ".join(path) for path, _command in all_commands()])
def test_every_command_explains_itself(empty, path):
    assert empty(*path.split(), "--help").stdout.startswith("Usage: ")


def test_no_secret_can_stand_in_the_arguments():
    secrets = re.compile(r"pass|code|secret|share")
    options = {
        option: parameter
        for _path, command in all_commands()
        for parameter in command.params
        for option in parameter.opts
        if secrets.search(option)
    }
    assert set(options) == {
        "--passphrase-file",
        "--new-passphrase-file",
        "--code-file",
        "--shares-file",
        "--shares",
    }
    assert options["--shares"].type.name == "NofM"


def test_what_is_not_understood_is_a_usage_error(empty):
    assert "No such command" in empty("publish", code=2).stderr
    assert "--coordinator" in empty("init", "--organisation", "X", code=2).stderr


@pytest.mark.parametrize("shares", ["1of3", "4of3", "2of17", "two"])
def test_shares_that_protect_nothing_are_a_usage_error(empty, shares):
    arguments = ("init", "--organisation", "X", "--coordinator", "Ana", "--shares", shares)
    assert "2of3" in empty(*arguments, code=2).stderr


def test_before_it_is_set_up_a_command_says_how_to_do_it(empty):
    for arguments in (
        ("audit", "verify"),
        ("users", "list", "--as", "Ana", "--passphrase-file", empty.passphrase_file),
    ):
        result = empty(*arguments, code=1)
        assert "./run init" in result.stderr
        assert result.stdout == ""


def test_tables_of_another_version_are_not_touched(line):
    with closing(sqlite3.connect(line.instance / "data.db")) as data:
        data.execute("UPDATE alembic_version SET version_num = 'another'")
        data.commit()
    assert "another version" in line("audit", "verify", code=1).stderr


def test_a_fault_of_ours_quotes_no_record(line, monkeypatch):
    def fail(*_arguments):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("incidents.members.members", fail)
    said = line("users", "list", as_="Ana", code=1)
    assert "RuntimeError at account.py:" in said.stderr
    assert CANARY not in said.output


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
        with ana.work() as work:
            secret, _uri = accounts.begin_second_factor(work, ana.ring)
        with ana.work() as work:
            accounts.confirm_second_factor(work, ana.ring, pyotp.TOTP(secret).now())
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


# -- import


def results(line):
    with (line.folder / "result.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_import_accounts_for_every_row(imported):
    lines = results(imported)
    assert list(lines[0]) == ["row", "outcome", "reason"]
    assert len(lines) == 40
    assert [line["outcome"] for line in lines] == ["new"] * 39 + ["refused"]
    assert lines[-1]["reason"]


def test_a_dry_run_judges_every_row_and_writes_none(line):
    file, mapping = line.file("list.csv", rows(40)), line.file("map.toml", MAPPING)
    arguments = ("import", file, "--mapping", mapping, "--result", line.folder / "result.csv")
    said = line(*arguments, "--dry-run", as_="Rita").stdout
    assert "Nothing was written" in said
    assert "39 new, 1 refused" in said
    assert len(results(line)) == 40
    assert "39 new" in line(*arguments, as_="Rita").stdout


def test_the_same_file_again_changes_nothing(imported):
    arguments = ("import", imported.folder / "list.csv", "--mapping", imported.folder / "map.toml")
    said = imported(*arguments, "--result", imported.folder / "result.csv", as_="Rita").stdout
    assert "1 refused, 39 unchanged" in said


def test_who_may_not_import_imports_nothing(line):
    file, mapping = line.file("list.csv", rows(40)), line.file("map.toml", MAPPING)
    arguments = ("import", file, "--mapping", mapping, "--result", line.folder / "result.csv")
    line(*arguments, as_="Alan", code=1)
    line(*arguments, as_="Fidel", code=1)
    assert not (line.folder / "result.csv").exists()


def test_a_result_cell_is_never_a_formula(tmp_path):
    from incidents.cli.importers import _told

    _told(tmp_path / "result.csv", [("=1+1", "refused", "@x")], {"refused": 1}, "It has")
    assert (tmp_path / "result.csv").read_text().splitlines()[1] == "'=1+1,refused,'@x"


# -- basis, review


def test_a_basis_needs_a_second_person(imported):
    assert "An invented list, 2021" in imported("basis", "list", as_="Ana").stdout
    assert "Someone else" in imported("basis", "confirm", imported.batch, as_="Rita", code=1).stderr
    imported("basis", "confirm", imported.batch, as_="Ana")
    assert "None waits" in imported("basis", "list", as_="Ana").stdout
    assert "no such record" in imported("basis", "confirm", imported.batch, as_="Rosa", code=1).stderr


def review(line, who, code=0, reason="A list that its publisher checked, row by row."):
    return line("review", line.batch, "--to", "CRE", "--reason", reason, as_=who, code=code)


def test_an_import_is_reviewed_in_bulk_by_a_second_person_with_reasons(imported):
    assert "Someone else" in review(imported, "Rita", code=1).stderr
    assert "write your reasons" in review(imported, "Rosa", code=1, reason="ok").stderr
    assert "39 acts" in review(imported, "Rosa").stdout
    assert "No act of this import waits" in review(imported, "Rosa").stdout


# -- release


@pytest.fixture
def prepared(imported):
    imported("basis", "confirm", imported.batch, as_="Ana")
    review(imported, "Rosa")
    said = imported(
        "release", "prepare", "--policy", "dataset-research", "--batch", imported.batch, as_="Alan"
    ).stdout
    imported.reference = said.split()[0]
    imported.said = said
    return imported


def test_preparing_a_release_says_what_is_in_it_and_why_the_rest_is_not(prepared):
    numbers = {
        name.strip(" -"): int(count)
        for name, count in re.findall(r"^  (\D+?)\s+(\d+)$", prepared.said, re.MULTILINE)
    }
    assert numbers["considered"] == 39
    assert sum(numbers.values()) == 2 * numbers["considered"]
    assert numbers["released"] >= 5
    assert "k = 5" in prepared.said


def test_a_signed_release_is_downloaded_as_folder_and_as_zip(prepared, tmp_path):
    download = ("release", "download", prepared.reference, "--out")
    assert "cannot go" in prepared(*download, tmp_path / "pack", as_="Alan", code=1).stderr
    prepared("release", "sign", prepared.reference, as_="Alan", code=1)
    assert "is signed" in prepared("release", "sign", prepared.reference, as_="Bruno").stdout
    prepared(*download, tmp_path / "pack", as_="Alan")
    prepared(*download, tmp_path / "pack.zip", as_="Alan")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        zipped = {name: archive.read(name) for name in archive.namelist()}
    assert zipped == {path.name: path.read_bytes() for path in (tmp_path / "pack").iterdir()}
    assert json.loads(zipped["manifest.json"])["counts"]["considered"] == 39
    assert not any(CANARY.encode() in content for content in zipped.values())
    assert re.search(
        rf"{prepared.reference}\s+signed\s+dataset-research", prepared("release", "list", as_="Ana").stdout
    )


def test_a_pack_never_mixes_with_what_is_there(prepared, tmp_path):
    prepared("release", "sign", prepared.reference, as_="Ana")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "data.csv").write_text("older")
    arguments = ("release", "download", prepared.reference, "--out")
    assert "not empty" in prepared(*arguments, tmp_path / "old", as_="Alan", code=1).stderr
    (tmp_path / "old.zip").write_text("older")
    assert "exists already" in prepared(*arguments, tmp_path / "old.zip", as_="Alan", code=1).stderr
    assert (tmp_path / "old" / "data.csv").read_text() == "older"


def test_a_filter_that_is_none_is_said(line):
    arguments = ("release", "prepare", "--policy", "dataset-research", "--act", "XYZ")
    assert "acts: This is not one of the choices" in line(*arguments, as_="Alan", code=1).stderr


def test_a_release_that_is_not_there_is_not_found(line):
    assert "no such record" in line("release", "sign", "L-0000-0000", as_="Ana", code=1).stderr


# -- the trail, the lists, copies


def test_a_trail_that_holds_is_one_sentence(imported):
    assert imported("audit", "verify").stdout == "The trail holds, and every record is what it says.\n"


def test_a_row_changed_behind_the_programs_back_is_named(imported):
    with closing(sqlite3.connect(imported.instance / "data.db")) as data:
        data.execute("UPDATE act SET verification = 'VER'")
        data.commit()
    result = imported("audit", "verify", code=1)
    assert re.match(r"act/[0-9a-f-]{36}: a row was changed", result.stdout)
    assert "... and more." in result.stdout
    assert "does not hold" in result.stderr


def test_the_code_lists_are_complete(empty):
    assert "each with an English and a Spanish label" in empty("vocabulary", "check").stdout


def test_a_gap_in_the_code_lists_is_named(empty, monkeypatch, tmp_path):
    text = FILE.read_text("utf-8").replace(
        "Kidnapping for ransom,Secuestro extorsivo", "Kidnapping for ransom,", 1
    )
    text = re.sub(r"^verification,DUP,.*\n", "", text, flags=re.MULTILINE)
    twice = re.search(r"^gender,F,.*\n", text, re.MULTILINE)[0]
    broken = tmp_path / "vocabulary.csv"
    broken.write_text(text + twice + "act,XYZ,New,Nuevo,,,,,\n", "utf-8")
    monkeypatch.setattr("incidents.model.vocabulary.FILE", broken)
    monkeypatch.setattr(vocabulary, "FILE", broken)
    monkeypatch.setattr(vocabulary, "lists", vocabulary.lists.__wrapped__)
    said = empty("vocabulary", "check", code=1)
    assert "act KID: no label in es" in said.stdout
    assert "verification DUP: a rule names it" in said.stdout
    assert "gender F: stands there 2 times" in said.stdout
    assert "act XYZ: the hierarchy act has no place for it" in said.stdout
    assert "4 things" in said.stderr


def test_a_backup_is_restored_and_its_trail_holds(imported, tmp_path):
    assert "pepper" in imported("backup", "--to", tmp_path / "copy").stdout
    assert "not empty" in imported("backup", "--to", tmp_path / "copy", code=1).stderr
    again = Line(tmp_path / "again")
    assert "Still needed: the pepper" in again("restore", tmp_path / "copy").stdout
    shutil.copyfile(imported.instance / "pepper", again.instance / "pepper")
    (again.instance / "pepper").chmod(0o600)
    assert "The trail holds" in again("audit", "verify").stdout
    assert "An invented list" in again("basis", "list", as_="Ana").stdout


def test_a_restore_overwrites_nothing(line, tmp_path):
    line("backup", "--to", tmp_path / "copy")
    assert "not empty" in line("restore", tmp_path / "copy", code=1).stderr


# -- serving


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """`serve` as ./run starts it, in a process of its own."""

    def __init__(self, line, *command):
        self.port = free_port()
        env = {**os.environ, **line.env, "AMPARO_PORT": str(self.port)}
        self.log = line.folder / "serve.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "incidents", *(command or ["serve"])],
                cwd=HERE,
                env=env,
                stdout=log,
                stderr=log,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(40)

    def wait_for(self, words, seconds=40):
        end = time.monotonic() + seconds
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def said(self):
        return self.log.read_text("utf-8")

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def children(self):
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-a"], capture_output=True, text=True, check=False
        )
        return dict(reversed(row.split(" ", 1)) for row in found.stdout.splitlines())


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_serving_prints_the_address_and_a_link_to_set_up_and_ends_cleanly(empty):
    with Served(empty) as served:
        served.wait_for("Ctrl-C ends it")
        assert f"Amparo is at http://localhost:{served.port}\n" in served.said()
        link = re.search(rf"http://localhost:{served.port}(/setup/\S+)", served.said())[1]
        assert served.get("/healthz") == (200, "ok\n")
        assert served.get(link)[0] == 200
        assert served.get("/setup/another")[0] == 404
        assert len(served.children()) == 2
    assert served.process.returncode == 0, served.said()
    assert not listens(served.port)
    files = [path.read_bytes() for path in empty.instance.rglob("*") if path.is_file()]
    assert not any(link.removeprefix("/setup/").encode() in content for content in files)


def test_once_set_up_no_link_is_printed(line):
    with Served(line) as served:
        served.wait_for("Ctrl-C ends it")
        assert "/setup/" not in served.said()
        assert served.get("/sign-in")[0] == 200


@pytest.mark.slow
def test_a_killed_job_process_is_started_again_and_a_killed_watcher_leaves_none(line):
    with Served(line) as served:
        served.wait_for("Ctrl-C ends it")
        time.sleep(6)  # longer than what counts as failing at once
        job = next(int(pid) for command, pid in served.children().items() if command.endswith(" worker"))
        os.kill(job, signal.SIGKILL)
        served.wait_for("The job process ended (exit code -9) and is started again")
        served.process.kill()
        served.process.wait()
        end = time.monotonic() + 30
        while listens(served.port):
            assert time.monotonic() < end
            time.sleep(0.2)


def test_a_port_that_is_taken_is_said_in_a_sentence(line):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        line.env["AMPARO_PORT"] = str(other.getsockname()[1])
        assert "Set AMPARO_PORT" in line("serve", code=1).stderr
