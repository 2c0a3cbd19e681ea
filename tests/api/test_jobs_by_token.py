"""Long work that a token begins is done within what the token carries, and no further."""

from uuid import UUID

import pytest

from incidents import jobs, tokens
from incidents.errors import NoKey
from incidents.jobs import owning
from incidents.model.account import User
from incidents.model.job import Job
from incidents.model.token import Token
from tests import make
from tests.api.programs import Program
from tests.api.test_road import files

KEYS = ["facts", "identity", "intake", "testimony"]


@pytest.fixture
def token(app, staff):
    """A program with a token of somebody that carries these permissions."""

    def with_token(who, *permissions, keys=KEYS):
        with getattr(staff, who).work() as work:
            secret = tokens.make(work, "A script", permissions, keys).secret
        program = Program(app)
        program.headers = {"Authorization": f"Bearer {secret}"}
        return program

    return with_token


def test_a_token_that_prepares_releases_has_one_made(app, staff, program_for, token):
    preparing = token("analyst", "release:prepare", "job:own", keys=["facts"])
    job = preparing.post("/releases/jobs", {"policy": "internal"})
    assert job.status_code == 202, job.json
    assert jobs.run_waiting(app.extensions["house"])
    made = preparing.get(f"/releases/jobs/{job.json['id']}").json
    assert made["state"] == "done", made
    assert made["release"] or made["refused"]["code"] not in {"not-in-scope", "not-by-token"}


def test_a_token_imports_with_what_an_import_opens_and_is_told_so_before(app, staff, token):
    refused = token("reviewer", "import:do", "job:own")("POST", "/imports", data=files())
    assert (refused.status_code, refused.json["code"]) == (403, "not-in-scope")
    whole = token("reviewer", "import:do", "job:own", "report:take-in", "consent:record")
    job = whole("POST", "/imports", data=files())
    assert job.status_code == 202, job.json
    assert jobs.run_waiting(app.extensions["house"])
    assert whole.get(f"/imports/{job.json['id']}").json["state"] == "done"
    assert make.CANARY_NAME not in whole.get("/incidents").text


def test_a_job_that_a_token_began_before_its_row_said_so_goes_no_further_than_the_token(
    app, house, staff, token
):
    """As it lies there after an upgrade: whoever signed its first mandate began it."""
    program = token("analyst", "release:prepare", "job:own", keys=["facts"])
    id = UUID(program.post("/releases/jobs", {"policy": "internal"}).json["id"])
    job = house.db().get(Job, id)
    began = house.db().get(Token, job.token)
    job.token = job.scope = None
    with house.db().no_autoflush:
        found = owning.acting(house, job, house.db().get(User, job.owner))
        assert (found.token, found.scope) == (began.id, frozenset({"release:prepare", "job:own"}))
    house.db().rollback()
    with staff.analyst.work() as work:
        tokens.end(work, began.id)
    job = house.db().get(Job, id)
    with house.db().no_autoflush:
        job.token = job.scope = None
        with pytest.raises(NoKey):
            owning.must_be_in_force(house, job)
    house.db().rollback()
