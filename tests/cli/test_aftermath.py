"""The demo that goes on after its release: who left is in no later file, and what is left of them is said."""

import json

import pytest
from click.testing import CliRunner

from incidents.cli import commands, demo
from incidents.consent import codes
from tests.test_demo import PASSPHRASE, check, make_app, pack


@pytest.mark.slow
def test_the_demo_goes_on_with_a_withdrawal_an_erasure_and_the_corrected_release(tmp_path, monkeypatch):
    env = {
        "AMPARO_INSTANCE": str(tmp_path / "instance"),
        "AMPARO_BOOT_KEY_FILE": str(tmp_path / "boot" / "boot.key"),
    }
    monkeypatch.setattr(codes, "SLOW", 0.0)
    monkeypatch.setattr(demo, "passphrase", lambda: PASSPHRASE)
    out = tmp_path / "out"
    done = CliRunner(env=env).invoke(
        commands, ["demo", "--headless", str(out), "--then-withdraw"], obj=make_app
    )
    assert done.exit_code == 0, done.output
    lines = [line.split("\t") for line in (out / "found.txt").read_text().splitlines()]
    said = {(what, where): found for what, where, found in lines}
    assert said["who withdrew", "every use"] == "stopped"
    assert said["who withdrew", "their name and facts"] == "still there, sealed"
    assert said["who was erased", "their name and facts"] == "erased"
    assert said["who was erased", "the keystore"] == "a tombstone"
    assert said["the release", "its state"] == "recalled"
    assert said["who was erased", "their picture in the evidence store"] == "nothing of it"
    assert said["who was erased", "texts that wait for an answer"] == "0"
    assert said["who was erased", "what those texts say now"] == "nothing of their name"
    assert said["who was erased", "keys of what they said before"] == "destroyed"
    listed, named = (
        int(word) for word in said["who was erased", "texts of others"].split() if word.isdigit()
    )
    assert listed >= named >= 1
    typed = {found for (what, _where), found in said.items() if what.startswith("name and phone")}
    assert all(found.startswith("nothing in ") for found in typed)
    corrected = pack(out / "corrected")
    promised = check(corrected)
    first = json.loads((out / "manifest.json").read_text())
    assert promised["corrects"]
    gone = first["counts"]["released"] - promised["counts"]["released"]
    excluded, before = promised["counts"]["excluded"], first["counts"]["excluded"]
    left = excluded["withdrawn"] - before["withdrawn"]  # rows of the two: each may have been in several acts
    assert left >= 2
    assert excluded["held_back"] > 0
    assert sum(excluded.values()) - sum(before.values()) == gone


def test_what_comes_after_goes_with_the_headless_demo_alone():
    done = CliRunner().invoke(commands, ["demo", "--then-withdraw"], obj=make_app)
    assert done.exit_code == 2
    assert "--headless" in done.output
