"""How the command line speaks; the trail, the code lists, copies."""

import re
import shutil
import sqlite3
from contextlib import closing

import click
import pytest

from incidents.cli import commands as command_line
from incidents.model import vocabulary as words
from incidents.model.vocabulary import FILE, Own
from tests.cli.line import CANARY, Line


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


def test_the_trail_is_read_by_whom_it_is_for(line):
    line("users", "disable", "Alan", as_="Ana")
    said = line("audit", "list", as_="Ana").stdout
    assert re.search(r"Ana\s+member\.disabled\s+user/[0-9a-f-]{36}", said)
    assert "Your role does not allow this" in line("audit", "list", as_="Rita", code=1).stderr


def test_the_code_lists_are_complete(empty):
    assert "each with an English and a Spanish label" in empty("vocabulary", "check").stdout


def test_a_gap_in_the_code_lists_is_named(empty, monkeypatch, tmp_path, request):
    text = FILE.read_text("utf-8").replace(
        "Kidnapping for ransom,Secuestro extorsivo", "Kidnapping for ransom,", 1
    )
    text = re.sub(r"^verification,DUP,.*\n", "", text, flags=re.MULTILINE)
    twice = re.search(r"^gender,F,.*\n", text, re.MULTILINE)[0]
    broken = tmp_path / "vocabulary.csv"
    broken.write_text(text + twice + "act,XYZ,New,Nuevo,,,,,\n", "utf-8")
    monkeypatch.setattr(words, "FILE", broken)
    (tmp_path / "vocabulary.fr.csv").write_text("vocabulary,code,label\nact,NIL,Rien\n", "utf-8")
    words.shipped.cache_clear()
    words.use([Own("label", "X_NORTH", {"en": "North", "es": ""}, above="X_GONE")])
    request.addfinalizer(lambda: (monkeypatch.undo(), words.shipped.cache_clear(), words.use(())))
    said = empty("vocabulary", "check", code=1)
    assert "act KID: no label in es" in said.stdout
    assert "verification DUP: a rule names it" in said.stdout
    assert "gender F: stands there 2 times" in said.stdout
    assert "act XYZ: the hierarchy act has no place for it" in said.stdout
    assert "act NIL: has a label in fr, the list does not have it" in said.stdout
    assert "label X_NORTH: no label in es" in said.stdout
    assert "label X_NORTH: stands under X_GONE, which the list does not have" in said.stdout
    assert "7 things" in said.stderr


def test_codes_that_were_added_here_are_checked_too(line):
    assert (
        line("vocabulary", "add", "weapon", "--en", "Rope", "--es", "Cuerda", as_="Ana").stdout == "X_ROPE\n"
    )
    words.use(())
    assert "1 of your own, 0 retired" in line("vocabulary", "check").stdout
    words.use(())


def test_who_is_no_coordinator_adds_no_code(line):
    said = line("vocabulary", "add", "weapon", "--en", "Rope", "--es", "Cuerda", as_="Rita", code=1)
    assert "allow" in said.stderr


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
