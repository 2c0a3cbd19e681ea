"""The rules of the house, held against the house."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import config
from incidents.safeguards.access import GRANTS, Permission

HOUSE = Path(__file__).resolve().parents[1]
DOCS = HOUSE / "docs"
MOST_LINES = 450
NAMES_THAT_SAY_NOTHING = {"common", "core", "helper", "helpers", "lib", "misc", "src", "util", "utils"}
NOT_OURS = {"__pycache__", "instance", "vendor"}
WRITTEN = {".cfg", ".css", ".html", ".in", ".js", ".json", ".md", ".mako", ".po", ".py", ".toml", ".txt", ""}


def files() -> Iterator[Path]:
    """Every file of the house, without what ./run and the tools make."""
    for folder, names, found in os.walk(HOUSE):
        names[:] = [name for name in names if name not in NOT_OURS and (name[0] != "." or name == ".ci")]
        names[:] = [name for name in names if Path(folder, name) != HOUSE / "site"]  # by ./run site
        yield from (Path(folder, name) for name in found)


def texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        if path.suffix in WRITTEN and path != Path(__file__):
            yield path.relative_to(HOUSE), path.read_text("utf-8")


def documented() -> str:
    return "\n".join(path.read_text("utf-8") for path in (HOUSE / "README.md", *DOCS.rglob("*.md")))


def missing(words: Iterator[str] | list[str]) -> list[str]:
    """Which of these stand nowhere in the docs, as words of code."""
    text = documented()
    return sorted(
        word for word in words if not re.search(rf"`[^`\n]*{re.escape(word)}(?![\w-])[^`\n]*`", text)
    )


def ruff(source: str, name: str) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--no-cache",
            "--output-format=concise",
            "--stdin-filename",
            name,
            "-",
        ],
        cwd=HOUSE,
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_a_file_imports_only_what_stands_below_it():
    contracts = "import sys; from importlinter.cli import lint_imports as lint; sys.exit(lint(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", contracts], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_settings_know_nothing_of_the_house():
    tree = ast.parse((HOUSE / "config.py").read_text("utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {str(module).partition(".")[0] for module in modules} <= sys.stdlib_module_names


def test_every_setting_is_documented():
    assert missing([f"AMPARO_{field.name.upper()}" for field in fields(config.Settings)]) == []


def test_every_permission_is_documented():
    assert missing([permission.value for permission in Permission]) == []


def test_the_page_of_roles_says_what_the_table_of_grants_says():
    rows = re.findall(r"^\| `([\w:-]+)` \|(.*)\|$", (DOCS / "roles.md").read_text("utf-8"), re.MULTILINE)
    said = {name: [bool(cell.strip()) for cell in cells.split("|")] for name, cells in rows}
    roles = ["field researcher", "reviewer", "analyst", "coordinator", "administrator", "auditor"]
    granted = {
        role.value.replace("_", " ").replace("-", " "): permissions for role, permissions in GRANTS.items()
    }
    assert said == {p.value: [p in granted[role] for role in roles] for p in Permission}


def test_every_command_is_documented(commands):
    assert missing([f"./run {command}" for command in commands]) == []


def test_every_endpoint_is_documented(app):
    rules = {re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    assert missing([rule for rule in rules if rule.startswith(("/api/", "/healthz", "/readyz"))]) == []


def test_no_file_is_too_long_to_read():
    long = {
        str(path): lines
        for path, text in texts()
        if path.suffix in {".html", ".js", ".py"}
        and path.parts[0]
        not in {"migrations", "tests"}  # read from the top by nobody: a step, a test at a time
        and (lines := text.count("\n")) > MOST_LINES
    }
    assert long == {}


def test_no_name_says_nothing():
    named = {part for path in files() for part in (*path.relative_to(HOUSE).parts[:-1], path.stem)}
    assert named & NAMES_THAT_SAY_NOTHING == set()


def test_no_text_names_a_folder_of_somebodys_machine():
    machine = re.compile(r"(?<![\w.~])/(?:home|work|root|farm|Users)/\w|[A-Z]:\\Users|/tmp/[a-z]")
    assert [str(path) for path, text in texts() if machine.search(text)] == []


def test_every_silenced_rule_has_its_reason():
    silenced = re.compile(r"# noqa(?!: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*\s+\S)")
    lines = (
        (path, number, line) for path, text in texts() for number, line in enumerate(text.splitlines(), 1)
    )
    assert [
        f"{path}:{number}" for path, number, line in lines if path.suffix == ".py" and silenced.search(line)
    ] == []


def test_every_rule_that_is_off_has_its_reason():
    settings = (HOUSE / "pyproject.toml").read_text("utf-8")
    lint = settings[settings.index("[tool.ruff.lint]") : settings.index("[tool.ruff.lint.flake8-tidy")]
    rules = re.findall(r'^  "[A-Z]+\d*",(.*)$', lint, re.MULTILINE)
    assert rules
    assert [rule for rule in rules if "# " not in rule] == []


def test_raw_sql_outside_migrations_fails_lint():
    written = '"""Reads."""\n\nfrom sqlalchemy import text\n\nQUERY = text("SELECT 1")\n'
    assert "TID251" in ruff(written, "incidents/model/incident.py")
    assert "TID251" not in ruff(written, "migrations/versions/20260101_first.py")


def test_no_test_waits_by_a_script_that_the_pages_refuse():
    # The first look is let through, the second refused by the policy of the page: a machine at rest sees nothing.
    refused = "wait_for" + "_function("
    assert [str(path) for path, text in texts() if path.suffix == ".py" and refused in text] == []


def test_no_walk_waits_for_a_number_of_seconds():
    # Too short on a busy machine, too long on every other: walks wait for what they can see.
    passing = "wait_for" + "_timeout("
    assert [path.name for path, text in texts() if passing in text] == ["walking.py"]


def pinned(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (HOUSE / lock).read_text("utf-8"), re.MULTILINE))


def test_both_locks_pin_the_same_versions_and_every_file_by_its_hash():
    run, dev = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert run
    assert dev == dev | run
    for lock in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=\S)", (HOUSE / lock).read_text("utf-8").strip())
        assert [entry for entry in entries if entry[0] != "#" and "--hash=sha256:" not in entry] == []
        assert not re.search(r"https?:|--(?:extra-)?index|--find-links", "".join(entries))


def test_the_locks_hold_what_is_asked_for():
    for wanted, lock in (
        ("requirements.in", "requirements.lock"),
        ("requirements-dev.in", "requirements-dev.lock"),
    ):
        names = re.findall(r"^[A-Za-z0-9-]+", (HOUSE / wanted).read_text("utf-8"), re.MULTILINE)
        assert {name.lower() for name in names if not name.startswith("-")} <= set(pinned(lock)), lock


def test_the_links_of_the_docs_lead_somewhere():
    pages = (*DOCS.rglob("*.md"), HOUSE / "README.md", HOUSE / "SECURITY.md")
    links = (
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    )
    ours = ((page, link) for page, link in links if "://" not in link)
    assert [f"{page.name}: {link}" for page, link in ours if not (page.parent / link).exists()] == []


def test_every_page_of_the_docs_is_in_their_index():
    index = (DOCS / "index.md").read_text("utf-8")
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if path.name != "index.md"]
    assert [page for page in pages if f"({page})" not in index] == []


def test_every_decision_says_what_was_given_up():
    parts = ("## Context", "## Choice", "## What we gave up")
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    assert decisions
    assert [d.name for d in decisions if not re.fullmatch(r"\d{4}-[a-z0-9-]+", d.stem)] == []
    assert [d.name for d in decisions if any(part not in d.read_text("utf-8") for part in parts)] == []


def test_the_version_is_the_newest_of_the_changelog():
    version = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    newest = re.search(r"^## (\S+)", (DOCS / "changelog.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    assert newest[1] == version
