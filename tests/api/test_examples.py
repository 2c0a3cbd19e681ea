"""The examples of the docs, run as they stand there: by a token, over the wire, with nothing but what they name."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from incidents import tokens
from incidents.release import publish
from tests.api.programs import DECLARED
from tests.api.test_road import prepared as prepared
from tests.browser import served
from tests.needs import absent

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
SAID = re.compile(r"\S+ (\d+) files, each as the manifest says")


@pytest.fixture
def address(app):
    with served(app) as here:
        yield here


@pytest.fixture
def secret(staff):
    with staff.analyst.work() as work:
        return tokens.make(work, "An example", ["release:download"], ["facts"]).secret


@pytest.fixture(params=["python", "R"])
def example(request):
    """Python with no package of ours, and R with jsonlite."""
    if request.param == "python":
        return [sys.executable, "-I", "-S", str(EXAMPLES / "pull_release.py")]
    program = shutil.which("Rscript") or absent("R", "On Debian: apt-get install r-base-core r-cran-jsonlite")
    return [program, "--vanilla", str(EXAMPLES / "pull_release.R")]


def run(example, address, secret, folder):
    told = {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "no_proxy": "localhost",
        "AMPARO_HOUSE": address,
        "AMPARO_TOKEN": secret,
    }
    return subprocess.run(
        [*example, str(folder)], env=told, capture_output=True, text=True, timeout=120, check=False
    )


def test_an_example_pulls_the_signed_release_and_checks_it(
    program_for, prepared, address, secret, example, tmp_path
):
    signed = prepared["id"]
    assert program_for("coordinator").post(f"/releases/{signed}/sign", DECLARED).status_code == 200
    done = run(example, address, secret, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    manifest = program_for("analyst").get(f"/releases/{signed}").json["manifest"]
    assert int(SAID.search(done.stdout)[1]) == len(manifest["files"]) > 0
    pack = zipfile.ZipFile(io.BytesIO(program_for("analyst").get(f"/releases/{signed}/pack").data))
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(pack.namelist())
    assert (tmp_path / "out" / "data.csv").read_bytes() == pack.read("data.csv")


def test_an_example_stops_where_a_file_is_another(
    program_for, prepared, address, secret, example, tmp_path, monkeypatch
):
    program_for("coordinator").post(f"/releases/{prepared['id']}/sign", DECLARED)
    real = publish.download

    def altered(*given, **more):
        with zipfile.ZipFile(io.BytesIO(real(*given, **more))) as pack:
            files = {each: pack.read(each) for each in pack.namelist()}
        files["data.csv"] += b"one,more\n"
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as pack:
            for each, held in files.items():
                pack.writestr(each, held)
        return out.getvalue()

    monkeypatch.setattr(publish, "download", altered)
    done = run(example, address, secret, tmp_path / "out")
    assert done.returncode != 0
    assert "data.csv is not what was signed" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_example_is_about_as_long_as_a_page(example):
    assert len(Path(example[-1]).read_text("utf-8").splitlines()) <= 50
